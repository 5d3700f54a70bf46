"""A flat front under a constant drive: v = |B|, to second order, and what a coarse mesh does (B4)."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq

from phasefield import check
from phasefield.deck import parse_deck
from phasefield.errors import DeckError
from tests.errors import refused
from tests.slow import slow
from tests.verification.by_hand import share
from tests.verification.support import CELLS, PLANAR, FipyEngine, FrontAlone, advance, order, position


def velocity(cells, mobility, bracket=-1.0, steps=40, cell=0.0):
    """Mean velocity over |B| in the time of one width, after that of half another; mobility over |B|δ_PF.

    The well is the continuum's unless a cell size is given.
    """
    front = 2.0 if bracket < 0 else 4.0
    model = FrontAlone(bracket, lambda x: x[0] - front, mobility=mobility * abs(bracket), cell=cell)
    engine = FipyEngine(model, [6 * cells], [1 / cells])
    advance(engine, 0.5 / abs(bracket), None, steps // 2)
    start = position(engine)
    advance(engine, 1.0 / abs(bracket), None, steps)
    return position(engine) - start


def through(function):
    """Its integral over ξ from 0 to 1."""
    return quad(function, 0, 1, points=[0.001, 0.01, 0.99, 0.999])[0]


def travelling_wave(mobility):
    """v/|B| of the continuous equation (1): the profile p(ξ) = −δ dξ/dx that leaves ξ = 0 and reaches ξ = 1.

    An independent solution, by shooting in the phase plane: G p p′ = G ξ(1 − ξ)(1 − 2ξ) + c p − p w(ξ),
    w = `share`.
    """
    G, edge = 4 * mobility, 1e-5

    def miss(c):
        start = edge * (c / G + np.sqrt((c / G) ** 2 + 4)) / 2
        end = edge * (np.sqrt((c / G) ** 2 + 4) - c / G) / 2

        def slope(ξ, p):
            return (G * ξ * (1 - ξ) * (1 - 2 * ξ) + c * p - p * share(ξ)) / (G * p)

        def vanishes(ξ, p):
            return p[0] - 1e-9

        vanishes.terminal = True
        path = solve_ivp(
            slope, [edge, 1 - edge], [start], rtol=1e-9, atol=1e-12, events=vanishes, max_step=0.01
        )
        return path.y[0, -1] - end if path.t[-1] > 1 - 1.5 * edge else path.t[-1] - 1

    return brentq(miss, 0.5, 1.1, xtol=1e-6)


def test_velocity():
    """v = |B| within 1 % at 8 cells, plating as stripping (B4); mobility 4δ_PF|B|, which keeps the profile.

    The velocity is odd in B: 1e-6.
    """
    plating, stripping = (velocity(CELLS, 4.0, bracket=b, cell=1 / CELLS) for b in (-1.0, 1.0))
    assert plating == pytest.approx(1.0, rel=0.01)
    assert stripping == pytest.approx(-plating, rel=1e-6)


def test_second_order():
    """The error falls with the square of the cell: order 1.8-2.2 from 6, 12 and 24 cells."""
    v = [velocity(cells, 4.0, steps=20) for cells in (6, 12, 24)]
    assert 1.8 < order(np.abs(np.diff(v)))[0] < 2.2


@pytest.mark.parametrize("mobility", [0.39, slow(1.0)])
def test_strong_drive(mobility):
    """A drive that is strong for the mobility, Γ = 0.39 or 1 δ_PF v, does not slow the front.

    v/|B| is that of the travelling wave: 1 % at 8 cells.
    """
    fine = 2 * velocity(CELLS, mobility, steps=80) - velocity(CELLS, mobility, steps=40)  # to dt = 0
    assert fine == pytest.approx(travelling_wave(mobility), rel=0.01)


def test_travelling_wave():
    """A stiff profile p = ξ(1 − ξ), whose c∫p dξ = ∫p w dξ, and one that is not have the velocity of the sharp front.

    To 1e-4, since the integrals of w are 1.
    """
    assert through(share) == pytest.approx(1.0, abs=1e-9)
    assert through(lambda ξ: 6 * ξ * (1 - ξ) * share(ξ)) == pytest.approx(1.0, abs=1e-9)
    for mobility in (0.39, 10.0):
        assert travelling_wave(mobility) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("cells", [1, 2])
def test_pinning(cells):
    """At two cells or fewer the mesh holds a weakly driven front: less than half its velocity (B4).

    Not so with the well of the mesh: within 1 % at two cells.
    """
    assert abs(velocity(cells, 40.0)) < 0.5
    if cells == 2:
        assert velocity(cells, 40.0, cell=1 / cells) == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize("cells, too_few", [(2, True), (3, True), (4, False), (8, False)])
def test_pinning_is_refused(cells, too_few):
    """`check` refuses a mesh of fewer than 4 cells across the 10-90 % width, unless forced."""
    text = PLANAR.format(
        height=20, cells=20 * cells, width=1, front=4, conductivity=0.05, exchange=30, extra="",
        mobility="auto",
        drive='mode = "galvanostatic"\ncurrent_density = "30 A/m^2"',
    )  # fmt: skip
    deck = parse_deck(text)
    if not too_few:
        return check.require(deck, "flat.toml")
    with refused(DeckError, "interface.width"):
        check.require(deck, "flat.toml")
    check.require(deck, "flat.toml", force=True)

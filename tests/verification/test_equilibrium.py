"""Undriven fronts: the profile they rest in, and how curvature shrinks them (B1-B3 of the notes)."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.interpolate import CubicSpline

from phasefield import theory
from phasefield.physics.common.energy import double_well, equilibrium_profile
from tests.slow import slow
from tests.verification.support import (
    CELLS,
    FipyEngine,
    FrontAlone,
    advance,
    diagonal_radius,
    front_position,
    order,
    spline_crossing,
)


def relaxed(cells, well):
    """Profile after 32 relaxation times 2δ²/Γ from one 30 % too wide, as a spline, and its front."""
    model = FrontAlone(0.0, lambda x: (x[0] - 4.03) / 1.3, mobility=1.0, cell=well)
    engine = FipyEngine(model, [8 * cells], [1 / cells], "strict")
    advance(engine, 4.0, 0.01, tolerance=1e-4)
    x = (np.arange(8 * cells) + 0.5) / cells
    profile = CubicSpline(x, engine.owned("xi"))
    return profile, spline_crossing(profile, 0.5)


@pytest.fixture(scope="module")
def equilibrium():
    """At 8 cells, with the well of the mesh, as every deck has it."""
    return relaxed(CELLS, 1 / CELLS)


def deviation(profile, front):
    """Largest distance of the cells' ξ from the tanh."""
    return np.max(np.abs(profile(profile.x) - equilibrium_profile(profile.x - front, 1.0)))


def test_profile(equilibrium):
    """The front relaxes to ξ = ½[1 − tanh(2x/δ_PF)] (B1): 0.1 % at 8 cells, in ξ and in the 10-90 % width."""
    profile, front = equilibrium
    assert deviation(profile, front) < 1e-3
    width = spline_crossing(profile, 0.1) - spline_crossing(profile, 0.9)
    assert width == pytest.approx(theory.interface_cells(1.0, 1.0), rel=1e-3)


def test_continuum_well():
    """With the continuum's well the finite volumes steepen the profile, to second order (1.8-2.2)."""
    coarse, fine = deviation(*relaxed(CELLS, 0.0)), deviation(*relaxed(2 * CELLS, 0.0))
    assert coarse > 1e-3
    assert 1.8 < order([coarse, fine])[0] < 2.2


def test_interface_energy(equilibrium):
    """Its energy γ = ∫(W g + ½κξ′²)dx = κ∫ξ′²dx is that the deck asked for (B2): 0.1 % at 8 cells.

    κ and W are those of `theory`, g and ξ′ of a spline through the cells, so that what is judged is the
    profile the engine found and not the quadrature.
    """
    width, γ = 1.5e-6, 0.556
    W, κ = theory.barrier_height(width, γ), theory.gradient_coefficient(width, γ)
    profile, _ = equilibrium
    low, high = profile.x[0], profile.x[-1]

    def integral(density):
        return width * quad(density, low, high, limit=400, epsrel=1e-8)[0]

    slope = profile.derivative()
    gradient = integral(lambda x: κ * (slope(x) / width) ** 2)
    total = integral(lambda x: W * double_well(profile(x))) + gradient / 2
    assert total == pytest.approx(γ, rel=1e-3)
    assert gradient == pytest.approx(γ, rel=1e-3)


def shrink(dimension, cells, box, radius, until, bracket=0.0):
    """March a quarter of a circle or an octant of a sphere down to a radius; (time, axis, diagonal) by step.

    The corner is the centre: the mirror walls complete the figure.
    """
    model = FrontAlone(bracket, lambda x: np.sqrt(sum(c**2 for c in x)) - radius, mobility=1.0, cell=1 / cells)
    engine = FipyEngine(model, [round(box * cells)] * dimension, [1 / cells] * dimension)
    h, trace = 1 / cells, []

    def record(progress):
        xi = engine.owned("xi")
        xi = xi[0] if dimension == 3 else xi
        # the first row of cells lies half a cell off the axis
        near = np.sqrt(front_position(xi[0], h) ** 2 + (dimension - 1) * (h / 2) ** 2)
        trace.append((progress.time, near, diagonal_radius(xi, h)))

    advance(engine, (radius**2 - until**2) / (2 * (dimension - 1)), 0.02, observe=record, tolerance=3e-3)
    return np.array(trace)


@pytest.mark.parametrize(
    "dimension, cells, box, radius", [(2, CELLS, 6.0, 4.8), slow(3, 6, 4.5, 3.6)], ids=["circle", "sphere"]
)
def test_shrinking(dimension, cells, box, radius):
    """R² = R₀² − 2(d − 1)Γt along an axis and a diagonal: 1 % of R while R > 3 δ_PF (B3).

    The sphere has 6 cells per δ_PF, to save time.
    """
    times, axis, diagonal = shrink(dimension, cells, box, radius, 3.0).T
    expected = [theory.shrinking_radius(radius, 1.0, t, dimension) for t in times]
    assert np.min(expected) == pytest.approx(3.0)
    np.testing.assert_allclose(axis, expected, rtol=0.01)
    np.testing.assert_allclose(
        np.sqrt(diagonal**2 + (dimension == 3) * (0.5 / cells) ** 2), expected, rtol=0.01
    )

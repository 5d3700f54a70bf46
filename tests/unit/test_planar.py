"""The flat cell that Newton's method starts from, against the formulas of `theory`."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
import pytest

from phasefield import theory
from phasefield.deck import parse_deck
from phasefield.physics.common.drive import Segment
from phasefield.physics.common.kinetics import ButlerVolmer, LinearKinetics
from phasefield.physics.plating import planned as planned_
from phasefield.physics.plating.planar import PlanarCell
from phasefield.physics.registry import build
from tests.unit.decks import COATED, FLAT, SINGLE_ION


def cell(law, film=(0.0,), exchange=None, gap=5.0, conductivity=2.0):
    film = np.array(film)
    return PlanarCell(
        law, film, np.ones_like(film) if exchange is None else np.array(exchange), 4.0, gap, conductivity
    )


def galvanostatic(i):
    return Segment(True, i)


def potentiostatic(v):
    return Segment(False, v)


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("film", [0.0, 3.0, 1000.0])
@pytest.mark.parametrize("voltage", [-50.0, -4.0, -0.01, 0.0, 4.0])
def test_current_at_a_voltage(linear, film, voltage):
    """The current is that of `theory.planar_current` with gap and film in series: 1e-8."""
    law = LinearKinetics() if linear else ButlerVolmer()
    exact = theory.RateLaw(1.0, theory.FARADAY / theory.GAS_CONSTANT, linear=linear)  # RT/F = 1 V
    expected = theory.planar_current(voltage, exact, 2.5 + film)
    assert cell(law, [film]).current(potentiostatic(voltage)) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("film", [(0.0,), (100.0,), (0.0, 100.0)])
@pytest.mark.parametrize("current", [-20.0, -0.1, 0.0, 0.1, 20.0])
def test_drop_is_the_inverse_of_current(current, film):
    """surface_drop gives back the current of surface_current: 1e-8."""
    surface = cell(ButlerVolmer(0.3, 0.7), film)
    assert surface.surface_current(surface.surface_drop(current)) == pytest.approx(
        current, rel=1e-8, abs=1e-9
    )
    assert surface.current(galvanostatic(current)) == current


def test_bare_and_filmed_parts_share_the_current():
    """Side by side at one potential: the mean of the two parts' own currents; exchange factors count."""
    drop = 3.0
    parts = [cell(ButlerVolmer(), [film], [b]).surface_current(drop) for film, b in ((0.0, 1.0), (10.0, 0.2))]
    assert cell(ButlerVolmer(), [0.0, 10.0], [1.0, 0.2]).surface_current(drop) == pytest.approx(
        np.mean(parts)
    )
    y = ButlerVolmer().solve_activation(-drop, 10.0 * 0.2)  # y + r b B(y) = −drop
    assert parts[1] == pytest.approx(-0.2 * ButlerVolmer().rate(y))


@pytest.mark.parametrize("segment", [galvanostatic(3.0), potentiostatic(-8.0)])
def test_potential(segment):
    """φ rises from the surface's value by i z/σ to the counter electrode; flat in the metal."""
    planar = cell(ButlerVolmer(), [2.0])
    i, potential = planar.current(segment), planar.potential(segment)
    assert potential(4.0) == potential(0.0) == pytest.approx(planar.surface_drop(i), rel=1e-7)
    assert potential(9.0) - potential(4.0) == pytest.approx(i * 5.0 / 2.0)
    if not segment.galvanostatic:
        assert potential(9.0) == pytest.approx(8.0, rel=1e-9)


@pytest.mark.parametrize("coating", [(), COATED])
def test_from_a_deck(coating):
    """A deck's flat cell takes as much current as `theory` says, in SI: 1e-6."""
    step = (
        "drive.steps.0.mode=potentiostatic",
        "drive.steps.0.voltage=-0.3 V",
        "drive.steps.0.current_density=",
    )
    deck = parse_deck(SINGLE_ION, overrides=[*FLAT, *coating, *step])
    case = build(deck)
    plan = planned_.Planned(deck)
    expected = theory.planar_current(
        -0.3, plan.law, deck.gap / deck.electrolyte.conductivity + plan.film_resistance
    )
    assert case.planar.current(case.drive[0]) * case.scales.current == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("voltage", [5e-324, -1e-300, 1e-14, -1e-9])
def test_smallest_voltages_see_the_resistances_in_series(voltage):
    """i = −V/(R + R_ct) near equilibrium; to 1e-6, the next order is far below."""
    law = theory.RateLaw(100.0)
    expected = -voltage / (2.5e-3 + law.resistance())
    assert theory.planar_current(voltage, law, 2.5e-3) == pytest.approx(expected, rel=1e-6, abs=5e-324)

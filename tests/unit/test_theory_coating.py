"""Two fronts in series, against their laws in the limits that have one, and against each other."""

import numpy as np
import pytest

from phasefield import theory
from phasefield.theory import coating as laws

F = theory.FARADAY
PRODUCT = laws.Reactant(onset=1.0, velocity=1.0, volume=F, conductivity=0.2)
LAYER = laws.Reactant(onset=1.0, velocity=1.0, volume=F, conductivity=0.05)


def test_a_coating_that_passes_nothing_on():
    """s²/2k_p + s/k_c = t until it is used up: 1e-5; its constants are those of a layer."""
    assert PRODUCT.parabolic == pytest.approx(theory.parabolic_constant(0.4, 0.4, 1.0, F))
    course = laws.TwoFronts(20.0, 1e-12, PRODUCT, LAYER, 0.0).course(np.array([100.0, 500.0, 1000.0]))
    assert course.consumed**2 / 0.4 + course.consumed == pytest.approx([100.0, 500.0, 1000.0], rel=1e-5)
    assert laws.consumption_time(20.0, PRODUCT) == pytest.approx(20.0**2 / 0.4 + 20)


def test_an_inert_coating():
    """Of an onset that is next to nothing: what grows behind it is the coated law, 1e-3."""
    inert = laws.Reactant(onset=1e-6, velocity=1.0, volume=F, conductivity=0.2)
    times = np.array([100.0, 1000.0])
    course = laws.TwoFronts(20.0, 0.1, inert, LAYER, 1.0).course(times)
    film = 20.0 * 0.05 / 0.1
    assert course.layer == pytest.approx(theory.grown_thickness(times, 0.05, 1.0, film, 1.0), rel=1e-3)
    assert np.max(course.consumed) < 0.01 and course.used_up == np.inf


def test_behind_a_coating_that_is_used_up():
    """L continues, from its value, as under a film of the coating's product; s is the whole coating: 1e-5."""
    fronts = laws.TwoFronts(20.0, 0.02, PRODUCT, LAYER, 0.0)
    course = fronts.course(np.array([3000.0, 4000.0, 6000.0]))
    assert course.used_up < 3000 and np.all(course.consumed == 20.0)
    film = 20.0 * 0.05 / 0.2
    assert fronts.equivalent == pytest.approx(film)
    behind = theory.grown_thickness([1000.0, 3000.0], 0.05, 1.0, film, course.layer[0])
    assert course.layer[1:] == pytest.approx(behind, rel=1e-5)


@pytest.mark.parametrize("onset", [0.3, 1.0, 1.8])
def test_currents_and_potentials(onset):
    """Both rates follow from one V at the coating's front, by Ohm's law and the rates' own, and neither is negative."""
    own = laws.Reactant(onset, 0.7, F / 2, 0.2)
    fronts = laws.TwoFronts(20.0, 0.02, own, LAYER, 0.0)
    for s, L in ((0.0, 0.0), (1.0, 0.5), (10.0, 3.0), (19.0, 0.1)):
        consumed, grown = fronts.rates(s, L)
        own_current, other = 2 * consumed, grown
        V = s / 0.2 * (own_current + other)
        assert own_current == pytest.approx(max(2 * 0.7 * (1 - V / onset), 0.0), rel=1e-9, abs=1e-12)
        assert other == pytest.approx(max((1 - V) / ((20 - s) / 0.02 + L / 0.05 + 1), 0.0), rel=1e-9, abs=1e-12)

"""Double well, interpolation and profile against SymPy."""

import numpy as np
import pytest
import sympy

from phasefield.physics.common import energy

ξ = sympy.Symbol("xi")


@pytest.mark.parametrize(
    "function, slope",
    [(energy.double_well, energy.double_well_slope), (energy.interpolation, energy.interpolation_slope)],
)
def test_slopes_are_derivatives(function, slope):
    """The slope typed in is the derivative of the polynomial, identically."""
    assert sympy.expand(sympy.diff(function(ξ), ξ) - slope(ξ)) == 0


def test_interpolation_joins_the_phases():
    """h goes from 0 to 1, flat to second order at both, and odd about ξ = ½."""
    h = energy.interpolation(ξ)
    assert (h.subs(ξ, 0), h.subs(ξ, 1)) == (0, 1)
    for n in (1, 2):
        assert sympy.diff(h, ξ, n).subs(ξ, 0) == sympy.diff(h, ξ, n).subs(ξ, 1) == 0
    assert sympy.expand(h + energy.interpolation(1 - ξ) - 1) == 0


def test_profile():
    """The tanh profile solves 2δ²ξ″ = g′ with δ = width/4, and |ξ′| = ξ(1 − ξ)/δ; plating side up."""
    x, δ = sympy.Symbol("x"), sympy.Rational(3, 4)
    profile = (1 - sympy.tanh(x / (2 * δ))) / 2
    assert sympy.simplify(2 * δ**2 * sympy.diff(profile, x, 2) - energy.double_well_slope(profile)) == 0
    assert sympy.simplify(sympy.diff(profile, x) + profile * (1 - profile) / δ) == 0
    points = np.linspace(-4, 4, 9)
    exact = [float(profile.subs(x, p)) for p in points]
    np.testing.assert_allclose(energy.equilibrium_profile(points, 3.0), exact, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("cells", [2, 4, 8])
@pytest.mark.parametrize("offset", [0.0, 0.3])
def test_well_on_a_mesh(cells, offset):
    """The second difference of the tanh is the slope on the mesh, wherever the front lies: 1e-12 of the largest.

    With h → 0 it is the continuum's: at h = δ/1000, 1e-6.
    """
    h = 4 / cells  # in units of δ
    x = (np.arange(-10, 10) + offset) * h
    profile = energy.equilibrium_profile(x, 4.0)
    difference = np.diff(profile, 2) / h**2
    slope = energy.double_well_slope(profile[1:-1], h) / 2
    np.testing.assert_allclose(slope, difference, rtol=0, atol=1e-12 * np.max(np.abs(difference)))
    inside = np.linspace(0.01, 0.99, 20)
    np.testing.assert_allclose(
        energy.double_well_slope(inside, 1e-3), energy.double_well_slope(inside), rtol=1e-6, atol=1e-9
    )

"""Open-circuit laws: their slopes, their mobilities, and curves that are refused."""

from itertools import pairwise

import numpy as np
import pytest
import sympy
from fipy import CellVariable, Grid1D

from phasefield.engines.symbolic import trace
from phasefield.errors import PhasefieldError
from phasefield.physics.contact.insertion import (
    LinearPotential,
    MeasuredPotential,
    RegularSolution,
    piecewise_polynomial_of_one,
)
from tests.errors import refused

KNOTS = np.linspace(0.05, 0.95, 10)
LAWS = [LinearPotential(150.0, 8.0), RegularSolution(150.0, 1.2), MeasuredPotential(KNOTS, 150 - 8 * KNOTS**2)]


@pytest.mark.parametrize("law", LAWS)
def test_mobility_times_slope_is_fick(law):
    """m U′ = −1 where D is the chemical diffusivity; −[1 − 2Ωx(1 − x)] for a regular solution."""
    x, step = np.array([0.2, 0.47, 0.8]), 1e-6
    slope = (law.potential(x + step) - law.potential(x - step)) / (2 * step)
    factor = 1 - 2 * 1.2 * x * (1 - x) if isinstance(law, RegularSolution) else 1.0
    assert law.mobility(x) * slope == pytest.approx(-factor * np.ones(3), rel=1e-6)


def test_potentials_written_out():
    """U₀ − a(x − ½) and U₀ − ln[x/(1 − x)] − Ω(1 − 2x); without an interaction the sites are ideal."""
    x = np.array([0.2, 0.5, 0.9])
    ideal = 150 - np.array([np.log(0.25), 0.0, np.log(9.0)])
    assert LAWS[0].potential(x) == pytest.approx(150 + np.array([2.4, 0.0, -3.2]), rel=1e-12)
    assert LAWS[1].potential(x) == pytest.approx(ideal - 1.2 * np.array([0.6, 0.0, -0.8]), rel=1e-12)
    assert RegularSolution(150.0).potential(x) == pytest.approx(ideal, rel=1e-12)


@pytest.mark.parametrize("quantity", ["potential", "mobility"])
@pytest.mark.parametrize("law", LAWS)
def test_traced_derivative(law, quantity):
    """Newton's derivatives of each law are those of its values."""
    of = getattr(law, quantity)
    x = CellVariable(mesh=Grid1D(nx=1), name="x", value=0.43)
    leaves = {}
    expression = trace(of(x), leaves)
    derivative = sympy.diff(expression, leaves[id(x)][0]) if id(x) in leaves else sympy.Integer(0)
    functions = {
        f.func.__name__: f.func.evaluate
        for part in (expression, derivative)
        for f in part.atoms(sympy.Function)
        if hasattr(f.func, "evaluate")
    }
    value = sympy.lambdify([leaf[0] for leaf in leaves.values()], derivative, modules=[functions, "numpy"])(
        *(0.43 for _ in leaves)
    )
    secant = (of(0.43 + 1e-6) - of(0.43 - 1e-6)) / 2e-6
    assert value == pytest.approx(secant, rel=1e-6, abs=1e-9)


def test_one_number_of_a_piecewise_polynomial():
    """Σ cₖ (x − break)^(n − k) of the piece in which x lies, the last one closed at its end; no number outside."""
    breaks = np.array([-0.2, 0.3, 0.5, 1.1, 2.0, 2.5])
    coefficients = np.random.default_rng(4).uniform(-2, 2, (4, 5))
    for piece, (low, high) in enumerate(pairwise(breaks)):
        for x in (low, low + 0.3 * (high - low), np.nextafter(high, low)):
            a, b, c, d = coefficients[:, piece]
            t = x - low
            exact = a * t**3 + b * t**2 + c * t + d
            assert piecewise_polynomial_of_one(x, breaks, coefficients) == pytest.approx(exact, rel=1e-12)
    a, b, c, d = coefficients[:, -1]
    assert piecewise_polynomial_of_one(2.5, breaks, coefficients) == pytest.approx(a / 8 + b / 4 + c / 2 + d)
    for x in (-0.21, 2.51, np.nan):
        assert np.isnan(piecewise_polynomial_of_one(x, breaks, coefficients))


def test_measured_curve_goes_through_its_points():
    """And is not a number outside them, so that a step out of the measured range is rejected."""
    law = LAWS[2]
    assert law.potential(KNOTS) == pytest.approx(150 - 8 * KNOTS**2)
    assert np.isnan(law.potential(np.array([0.01, 0.99]))).all()


@pytest.mark.parametrize(
    "content, potential, named",
    [
        ([0.1, 0.5, 0.9], [4.0, 4.1, 3.0], "x = 0.1"),
        ([0.1, 0.5], [4.0, 3.0], "3 points"),
        ([0.5, 0.1, 0.9], [4.0, 3.5, 3.0], "rising"),
        ([0.1, 0.2, 0.9], [4.0, 3.999, 1.0], "flat"),
        ([0.1, 0.8, 0.9], [4.0, 1.001, 1.0], "flat"),
        ([0.1, 0.8, 0.9], [4e5, 1.001e5, 1e5], "flat"),
        ([0.1, 0.5, 0.9], [4.0, 3.9], "3 points"),
        ([0.1, 0.1, 0.9], [4.0, 3.5, 3.0], "rising"),
        ([0.1, 0.5, 0.9], [4.0, 3.5, 3.5], "x = 0.5"),
    ],
)
def test_bad_curves(content, potential, named):
    """A curve diffusion cannot run on is refused with what to do."""
    with refused(PhasefieldError, "", named):
        MeasuredPotential(content, potential)

"""Open-circuit laws: their slopes, their mobilities, and curves that are refused."""

import numpy as np
import pytest
import sympy
from fipy import CellVariable, Grid1D

from phasefield.engines.symbolic import trace
from phasefield.errors import PhasefieldError
from phasefield.physics.contact.insertion import LinearPotential, MeasuredPotential, RegularSolution
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


@pytest.mark.parametrize("law", LAWS)
def test_traced_derivative(law):
    """Newton's derivative of each law is that of its values."""
    x = CellVariable(mesh=Grid1D(nx=1), name="x", value=0.43)
    leaves = {}
    expression = trace(law.potential(x), leaves)
    symbol = leaves[id(x)][0]
    functions = {
        f.func.__name__: f.func.evaluate for f in expression.atoms(sympy.Function) if hasattr(f.func, "evaluate")
    }
    derivative = sympy.diff(expression, symbol)
    functions |= {
        f.func.__name__: f.func.evaluate for f in derivative.atoms(sympy.Function) if hasattr(f.func, "evaluate")
    }
    value = sympy.lambdify(symbol, derivative, modules=[functions, "numpy"])(0.43)
    secant = (law.potential(0.43 + 1e-6) - law.potential(0.43 - 1e-6)) / 2e-6
    assert value == pytest.approx(secant, rel=1e-6)


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
    ],
)
def test_bad_curves(content, potential, named):
    """A curve diffusion cannot run on is refused with what to do."""
    with refused(PhasefieldError, "", named):
        MeasuredPotential(content, potential)

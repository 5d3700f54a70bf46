"""Rate laws, and the film in series with them."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
import pytest
from fipy import CellVariable, Grid1D
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from phasefield.engines.symbolic import linearize
from phasefield.physics.common.kinetics import ButlerVolmer, DepletingSurface, LinearKinetics
from tests.unit.test_symbolic import parts

LAWS = [ButlerVolmer(), ButlerVolmer(0.3, 0.7), ButlerVolmer(1.2, 0.4), LinearKinetics()]
OVERPOTENTIAL = st.floats(-400, 400)
RESISTANCE = st.just(0.0) | st.floats(-6, 6).map(lambda k: 10.0**k)


@pytest.mark.parametrize("law", LAWS)
def test_slope(law):
    """slope is the derivative of rate: 1e-7 against central differences."""
    η = np.linspace(-3, 3, 13)
    np.testing.assert_allclose(law.slope(η), (law.rate(η + 1e-5) - law.rate(η - 1e-5)) / 2e-5, rtol=1e-7)


def test_butler_volmer_at_known_points():
    """Equilibrium, exchange symmetry at α = ½ (2 sinh(η/2)), and the linear limit of small η."""
    assert ButlerVolmer().rate(0.0) == 0.0
    assert ButlerVolmer().rate(3.0) == pytest.approx(2 * np.sinh(1.5), rel=1e-14)
    assert ButlerVolmer(0.3, 0.9).rate(1e-6) == pytest.approx(LinearKinetics(0.3, 0.9).rate(1e-6), rel=1e-5)


def accurate_rate(law, y):
    """The law's rate with all its digits at small y, where the difference of exponentials has lost some."""
    return np.expm1(law.anodic * y) - np.expm1(-law.cathodic * y) if isinstance(law, ButlerVolmer) else law.rate(y)


@settings(max_examples=300, deadline=None)
@example(ButlerVolmer(1.2, 0.4), 1.0, 822285.663069639)
@given(st.sampled_from(LAWS), OVERPOTENTIAL, RESISTANCE)
def test_activation_solves_the_film_equation(law, η, r):
    """y + r B(y) = η: residual at most 1e-10 of max(1, |η|), y between 0 and η; exactly η without a film."""
    y = law.solve_activation(np.array([η]), r)[0]
    if r == 0.0:
        assert y == η
        return
    assert abs(y + r * accurate_rate(law, y) - η) <= 1e-10 * max(1.0, abs(η))
    assert min(0.0, η) <= y <= max(0.0, η)


def test_activation_of_arrays():
    """Values are solved for one by one: together or alone, the same to 1e-12."""
    η, r = np.meshgrid(np.linspace(-400, 400, 41), [0.0, 1e-6, 1.0, 1e3, 1e6])
    together = ButlerVolmer().solve_activation(η, r)
    alone = [ButlerVolmer().solve_activation(a, b) for a, b in zip(η.ravel(), r.ravel(), strict=True)]
    np.testing.assert_allclose(together.ravel(), alone, rtol=1e-12, atol=1e-12)


def test_no_number_gives_no_number():
    """A NaN stays one, for the step's verdict to see, and does not harm its neighbours."""
    y = ButlerVolmer().solve_activation(np.array([np.nan, 1.0]), 1.0)
    assert np.isnan(y[0])
    assert y[1] + ButlerVolmer().rate(y[1]) == pytest.approx(1.0, abs=1e-10)


@pytest.mark.parametrize("law", LAWS)
def test_derivative_by_the_tracer(law):
    """∂y/∂η and ∂y/∂r as `linearize` finds them: 1e-6 against central differences of the solution."""
    η, r = np.array([-8.0, -1.0, 0.3, 5.0, -60.0]), np.array([0.5, 3.0, 100.0, 1.0, 1000.0])
    mesh = Grid1D(nx=5)
    u, w = (CellVariable(mesh=mesh, name=n, value=x) for n, x in (("u", η), ("w", r)))
    found = parts(linearize(law.activation(u, w), u, w))
    h = 1e-5
    by_η = (law.solve_activation(η + h, r) - law.solve_activation(η - h, r)) / (2 * h)
    by_r = (law.solve_activation(η, r * (1 + h)) - law.solve_activation(η, r * (1 - h))) / (2 * h * r)
    np.testing.assert_allclose(found["u"], by_η, rtol=1e-6)
    np.testing.assert_allclose(found["w"], by_r, rtol=1e-6)


def test_one_function_per_law():
    """Laws with other coefficients do not share their derivative."""
    one, other = ButlerVolmer(0.5, 0.5), ButlerVolmer(0.2, 0.8)
    mesh = Grid1D(nx=1)
    u = CellVariable(mesh=mesh, name="u", value=-2.0)
    r = CellVariable(mesh=mesh, name="r", value=1.0)
    slopes = [parts(linearize(law.activation(u, r), u))["u"][0] for law in (one, other)]
    expected = [1 / (1 + law.slope(law.solve_activation(-2.0, 1.0))) for law in (one, other)]
    assert slopes == pytest.approx(expected, rel=1e-10)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(LAWS), st.floats(-80, 80), RESISTANCE,
    st.floats(-6, 3).map(lambda k: 10.0**k), st.sampled_from([0.0, 1.2]), st.floats(0, 30),
    st.sampled_from([0.0, 0.6, 1.0, 1.5]),
)  # fmt: skip
@example(ButlerVolmer(0.5, 0.5), 48.0, 0.0, 1000.0, 0.0, 10.0, 0.0)  # Newton's steps would all be 1
def test_depleting_surface(law, η, r, κ, β, w, p):
    """J ≥ −1/κ, and y + r J + β ln x + w ∫x^−p dx = η for the y of J = x^α B(y), x = 1 + κJ: 1e-7, where x has digits.

    The integral is that from 1 to x, over ln x.
    """
    η = -abs(η) if law.anodic > 1 else η  # where a surface dissolves there may be no such x
    J = float(DepletingSurface(law, β, p).rate(η, r, κ, w))
    assert -1 / κ <= J * (1 - 1e-9) and J * η >= 0
    x = 1 + κ * J
    if x < 1e-5:
        return
    y = float(law.overpotential(J / x**law.anodic))
    drop = w * quad(lambda u: np.exp((1 - p) * u), 0, np.log(x), epsrel=1e-10)[0]
    assert y + r * J + β * np.log(x) + drop == pytest.approx(η, abs=1e-7 * (1 + abs(η)) + 1e-10 * abs(r * J))


@pytest.mark.parametrize("p", [0.0, 0.7, 1.0])
def test_slopes_of_a_depleting_surface(p):
    """By η, r, κ and w: 1e-6 against central differences, with much salt and with hardly any."""
    mesh, surface = Grid1D(nx=4), DepletingSurface(ButlerVolmer(0.3, 0.8), 1.2, p)
    at = [np.array([-0.4, -3.0, -12.0, 2.0]), np.array([0.0, 0.5, 2.0, 1.0]), np.array([0.01, 0.3, 4.0, 0.2]),
          np.array([3.0, 0.5, 1.0, 8.0])]  # fmt: skip
    names = ("eta", "r", "kappa", "w")
    variables = [CellVariable(mesh=mesh, name=n, value=x) for n, x in zip(names, at, strict=True)]
    found = parts(linearize(surface.rate(*variables), *variables))
    for k, name in enumerate(names):
        h = 1e-6 * (1 + np.abs(at[k]))
        up, down = ([x + sign * h * (i == k) for i, x in enumerate(at)] for sign in (1, -1))
        slope = (surface.rate(*up) - surface.rate(*down)) / (2 * h)
        np.testing.assert_allclose(found[name], slope, rtol=1e-5)

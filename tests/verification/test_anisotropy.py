"""The cubic interface energy: its flux, and the shapes it gives (notes 1.4)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phasefield.engines.factory import make_engine
from phasefield.physics.common.energy import cubic_anisotropy
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import Field
from phasefield.physics.plating.model import Parameters, Plating
from tests.verification.support import (
    FipyEngine,
    FrontAlone,
    advance,
    diagonal_radius,
    front_field,
    front_position,
)

COMPONENT = st.floats(-1, 1)


def energy(p, strength):
    """½a(n)²|p|² with a = 1 − 3ε + 4ε Σn_i⁴."""
    square = p @ p
    a = 1 - 3 * strength + 4 * strength * np.sum(p**4) / square**2
    return 0.5 * a**2 * square


@settings(max_examples=50, deadline=None)
@given(st.tuples(COMPONENT, COMPONENT, COMPONENT), st.floats(0, 0.066))
def test_flux_is_the_derivative_of_the_energy(components, strength):
    """J_i = m_i p_i = ∂/∂p_i ½a(n)²|p|² in 3-D: 1e-8 of |p|, against eighth-order differences."""
    p = np.array(components)
    if np.linalg.norm(p) < 0.1:
        p = p + 0.5
    m = cubic_anisotropy(p**2 / (p @ p), strength)
    h, weights = 5e-3, np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])
    p, size = p / np.linalg.norm(p), np.linalg.norm(p)
    for i, axis in enumerate(np.eye(3)):
        slope = sum(
            w * (energy(p + k * h * axis, strength) - energy(p - k * h * axis, strength)) / h
            for k, w in enumerate(weights, start=1)
        )
        assert size * m[i] * p[i] == pytest.approx(size * slope, abs=1e-8 * size)


def test_two_dimensions():
    """In the plane a = 1 + ε cos 4θ: along an axis and a diagonal the flux is a² times the gradient.

    There a′(θ) = 0, so m = (1 + ε)² on an axis along it, (1 − ε)² on a diagonal: 1e-14.
    """
    assert cubic_anisotropy([1.0, 0.0], 0.03)[0] == pytest.approx(1.03**2, rel=1e-14)
    assert cubic_anisotropy([0.5, 0.5], 0.03) == pytest.approx([0.97**2, 0.97**2], rel=1e-14)


def radii(engine):
    """Radius of a quarter of a disc along an axis and along the diagonal."""
    h = engine.box.spacing[0]
    xi = engine.owned("xi")
    return np.hypot(front_position(xi[0], h), h / 2), diagonal_radius(xi, h)


def test_isotropic_growth():
    """A seed driven by a constant bracket grows as fast along 45° as along 0°: radii within 1 % (B20)."""
    model = FrontAlone(-1.0, lambda x: np.hypot(*x) - 1.5, mobility=1.0)
    engine = FipyEngine(model, [40, 40], [1 / 8, 1 / 8])
    advance(engine, 3.0, 0.01)
    axis, diagonal = radii(engine)
    assert axis > 2.5  # it grew
    assert diagonal == pytest.approx(axis, rel=0.01)


@pytest.fixture(scope="module")
def resting():
    """A disc of 2.2 δ_PF that relaxes at zero current: its area cannot change, so it finds its equilibrium.

    The electrolyte conducts so well that its potential is uniform.
    """

    def rest(strength):
        parameters = Parameters(mobility=1.0, conductivity=1e2, kinetics=ButlerVolmer(), anisotropy=strength)
        potential = Field("phi", "", "V", lambda x: np.zeros_like(x[0]), tolerance=1e-3)
        fields = [front_field(lambda x: np.hypot(*x) - 2.2), potential]
        engine = make_engine("auto", Plating(parameters, fields), [28, 28], [1 / 8, 1 / 8], "strict")
        assert engine.initialise(0.1).accepted  # of which the trial step is 1e-4
        area = np.sum(engine.owned("xi"))
        advance(engine, 3.0, 0.01, tolerance=5e-3)
        return engine, np.sum(engine.owned("xi")) / area

    return {strength: rest(strength) for strength in (0.0, 0.03)}


@pytest.mark.parametrize("strength", [0.0, 0.03])
def test_resting_shape_is_symmetric(resting, strength):
    """The mirror x ↔ y is kept to 1e-8, and the charge that cannot flow keeps the area to 1e-8."""
    engine, area = resting[strength]
    xi = engine.owned("xi")
    np.testing.assert_allclose(xi, xi.T, atol=1e-8)
    assert area == pytest.approx(1.0, abs=1e-8)


def test_resting_shape(resting):
    """Wulff's construction: γ ∝ a(n), so R(0°)/R(45°) = (1 + ε)/(1 − ε), 1.062 at ε = 0.03: 1 %."""
    isotropic, cubic = (radii(resting[strength][0]) for strength in (0.0, 0.03))
    assert isotropic[0] / isotropic[1] == pytest.approx(1.0, rel=0.01)
    assert cubic[0] / cubic[1] == pytest.approx(1.03 / 0.97, rel=0.01)

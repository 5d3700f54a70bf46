"""The film equation as kernels solve it, for one pair of numbers, against bisection; and the laws' defaults."""

import math

import numpy as np
import pytest

from phasefield.physics.common import kinetics
from phasefield.physics.common.kinetics import (
    LAWS,
    MAX_FILM_ITERATIONS,
    ButlerVolmer,
    LinearKinetics,
    activation_of_one,
)

ANODIC, CATHODIC = 0.3, 0.9


def bisected(η, r):
    """y of y + r (e^{α_a y} − e^{−α_c y}) = η, which lies between 0 and η."""
    low, high = min(0.0, η), max(0.0, η)
    for _ in range(200):
        y = (low + high) / 2
        cathodic = -math.inf if -CATHODIC * y > 700 else -math.exp(-CATHODIC * y)
        anodic = math.inf if ANODIC * y > 700 else math.exp(ANODIC * y)
        low, high = (low, y) if y + r * (anodic + cathodic) > η else (y, high)
    return (low + high) / 2


@pytest.mark.parametrize("η", [-300.0, -8.0, -0.3, -1e-5, 0.2, 1.0, 5.0, 90.0, 822285.663069639])
@pytest.mark.parametrize("r", [1e-6, 0.5, 3.0, 1e4])
def test_one_number(η, r):
    """1e-9 of max(1e-3, |y|), in twelve Newton steps, the most that a pair ever needed; alone and as an array."""
    expected = bisected(η, r)
    tolerance = 1e-9 * max(1e-3, abs(expected))
    assert activation_of_one(η, r, ANODIC, CATHODIC, 12) == pytest.approx(expected, abs=tolerance)
    law = ButlerVolmer(ANODIC, CATHODIC)
    assert float(law.solve_activation(η, r)) == pytest.approx(expected, abs=tolerance)


def test_few_steps_are_enough(monkeypatch):
    """Newton's method and not just any iteration: seven steps give 1e-12; one step gives no number.

    Four steps of the last pair end with a change of 1.3e-9, which is below 1e-9 of 1 + |y|: a number.
    """
    expected = bisected(-60.0, 1.0)
    assert activation_of_one(-60.0, 1.0, ANODIC, CATHODIC, 7) == pytest.approx(expected, abs=1e-12)
    assert math.isnan(activation_of_one(-60.0, 1.0, ANODIC, CATHODIC, 1))
    last = bisected(141.0, 1.0)
    assert activation_of_one(141.0, 1.0, ANODIC, CATHODIC, 4) == pytest.approx(last, rel=1e-12)
    for steps, y in ((4, last), (1, math.nan)):
        monkeypatch.setattr(kinetics, "MAX_FILM_ITERATIONS", steps)
        found = ButlerVolmer(ANODIC, CATHODIC).solve_activation([141.0], 1.0)
        assert found[0] == pytest.approx(y, rel=1e-12, nan_ok=True)


def test_no_film_and_no_overpotential():
    """Without a film all of η is charge transfer's; without η nothing is."""
    for η in (-3.0, 0.4, 12.0):
        assert activation_of_one(η, 0.0, ANODIC, CATHODIC, 60) == η
        assert activation_of_one(η, -1.0, ANODIC, CATHODIC, 60) == η
        assert LinearKinetics().activation(η, 0.0) == η
    assert activation_of_one(0.0, 2.0, ANODIC, CATHODIC, 60) == 0.0
    assert ButlerVolmer().solve_activation(0.0, 2.0) == 0.0


def test_no_number_gives_no_number():
    assert math.isnan(activation_of_one(math.nan, 1.0, ANODIC, CATHODIC, 60))


def test_linear_law():
    """B = (α_a + α_c)η, y = η/(1 + r(α_a + α_c)); the slope is one for each η."""
    law = LinearKinetics(ANODIC, CATHODIC)
    η = np.array([-2.0, 0.5])
    np.testing.assert_allclose(law.rate(η), 1.2 * η)
    np.testing.assert_allclose(law.slope(η), [1.2, 1.2])
    np.testing.assert_allclose(law.activation(η, 2.5), η / 4)
    np.testing.assert_allclose(law.solve_activation(η, 2.5), η / 4)


def test_symmetric_unless_said_otherwise():
    """α = ½ on both sides of both laws: B = 2 sinh(η/2), and η; more steps are allowed than were ever needed."""
    assert ButlerVolmer().rate(1.3) == pytest.approx(2 * math.sinh(0.65))
    assert ButlerVolmer().rate(-1.3) == pytest.approx(-2 * math.sinh(0.65))
    assert ButlerVolmer(anodic=0.2).rate(1.3) == pytest.approx(math.exp(0.26) - math.exp(-0.65))
    assert ButlerVolmer(cathodic=0.2).rate(1.3) == pytest.approx(math.exp(0.65) - math.exp(-0.26))
    assert LinearKinetics().rate(1.3) == pytest.approx(1.3)
    assert LinearKinetics(anodic=0.2).rate(1.0) == pytest.approx(0.7)
    assert LinearKinetics(cathodic=0.2).rate(1.0) == pytest.approx(0.7)
    assert LAWS == {"butler-volmer": ButlerVolmer, "linear": LinearKinetics}
    assert MAX_FILM_ITERATIONS > 12

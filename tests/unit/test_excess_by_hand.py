"""Resistance that diffuse fronts lack, against integrals along the profile by SciPy and against limits."""

import numpy as np
import pytest

from phasefield.theory.excess import electron_weight, interface_excess, metal_excess
from tests.verification import excess


@pytest.mark.parametrize("ratio", [1e-9, 0.03, 0.5, 1.0, 1.5, 1e6])
def test_of_an_interphase(ratio):
    """1e-9 of the integral along x, at any contrast."""
    assert interface_excess(ratio) == pytest.approx(excess.interface_excess(ratio), rel=1e-9)


def test_of_equal_conductivities():
    """∫ h(s)/s ds = ∫ s²(6s² − 15s + 10) ds = 6/5 − 15/4 + 10/3."""
    assert interface_excess(1.0) == pytest.approx(6 / 5 - 15 / 4 + 10 / 3, rel=1e-12)


@pytest.mark.parametrize("ratio", [20.0, 1e3, 1e6])
def test_of_a_metal(ratio):
    """The same with the share 1 − (1 − ξ)² of ln σ."""
    assert metal_excess(ratio) == pytest.approx(excess.metal_excess(ratio), rel=1e-9)


def test_share_of_the_metal():
    ξ = np.array([-0.1, 0.0, 0.3, 1.0, 1.1])
    np.testing.assert_allclose(electron_weight(ξ), ξ * (2 - ξ), atol=1e-15)

"""Resistances of diffuse fronts, against integrals along the profile by SciPy and against limits."""

import numpy as np
import pytest

from phasefield.physics.interphase.model import reach
from phasefield.theory.excess import electron_share, metal_excess
from tests.verification import excess


@pytest.mark.parametrize("ratio", [1e-9, 0.03, 0.5, 1.0, 1.5, 1e6])
def test_reach_of_an_interphase(ratio):
    """1e-5 of the integral along x, at any contrast; −ln(1 − ψ) of the product, bounded by 1e-3 far inside."""
    for ψ in (0.02, 0.3, 0.9):
        assert reach(ψ, 2.0, 2.0 * ratio) == pytest.approx(excess.reach(ψ, 2.0, 2.0 * ratio) / 4, abs=1e-5)
    assert reach(1.0, 2.0, 2.0 * ratio) == pytest.approx(np.log(1e3) / 8, abs=1e-12)
    assert min(reach(np.linspace(0, 1, 101), 2.0, 2.0 * ratio)) > -1e-6


@pytest.mark.parametrize("ratio", [20.0, 1e3, 1e6])
def test_of_a_metal(ratio):
    """That of a metal which conducts ξ as far as ξ = 0.03."""
    assert metal_excess(ratio) == pytest.approx(excess.metal_excess(ratio), rel=1e-9)


def test_share_of_the_metal():
    ξ = np.array([-0.1, 0.0, 0.03, 0.3, 1.0, 1.1])
    expected = np.abs(ξ) / (1 + np.divide(0.03, ξ, out=np.full_like(ξ, 1e9), where=ξ != 0) ** 6)
    np.testing.assert_allclose(electron_share(ξ), expected, atol=1e-15)

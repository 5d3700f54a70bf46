"""Formulas of contact theory against numbers and limits from elsewhere."""

import math

import numpy as np
import pytest
from scipy.special import erfc, j0, jn_zeros

from phasefield.theory import FARADAY
from phasefield.theory import contact as theory


def test_published_number():
    """σ = 5e-4 S/cm, discs of 5 µm, θ = 0.1: 7.85 Ω cm² × 0.566 (the project's notes, B18)."""
    density = 0.1 / (math.pi * 5e-6**2)
    lone = theory.spreading_resistance(0.05, 5e-6) / density
    assert lone * 1e4 == pytest.approx(7.85, rel=1e-3)
    assert theory.constriction_factor(0.1) == pytest.approx(0.566, abs=1e-3)  # 0.5654, rounded there
    assert theory.constriction_asr(0.05, 5e-6, density) == pytest.approx(lone * theory.constriction_factor(0.1))


def test_constriction_factor_near_the_exact_tube():
    """Within 1 % of a disc in a tube of its own share of the plane, up to θ = 0.1; 1.5 % at 0.16.

    The tube's modes J₀(λr) with a current ∝ 1/√(1 − r²/a²) on the disc, an equipotential's but for terms in ε³: the
    power lost is (4/πε) Σ sin²(λε)/(λ³J₀(λ)²) over the zeros λ of J₁, in units of the lone disc's.
    """
    λ = jn_zeros(1, 4000)
    for ε, bar in ((0.1, 0.01), (0.2, 0.01), (0.3, 0.01), (0.4, 0.015)):
        tube = 4 / (math.pi * ε) * np.sum(np.sin(λ * ε) ** 2 / (λ**3 * j0(λ) ** 2))
        assert theory.constriction_factor(ε**2) == pytest.approx(tube, rel=bar)


def test_scaling_and_limits():
    """Two sides add, full contact leaves the interface alone, ASR ∝ 1/(aN) for few discs."""
    one, other = (theory.contact_asr(0.2, 1e-6, (σ,)) for σ in (0.01, 0.04))
    assert theory.contact_asr(0.2, 1e-6, (0.01, 0.04), 1e-4) == pytest.approx(one + other + 1e-4 / 0.2)
    assert one == pytest.approx(4 * other)
    assert theory.contact_asr(1.0, 1e-6, (0.01,), 3e-4) == pytest.approx(3e-4)
    few = [theory.constriction_asr(0.01, a, n) * a * n for a, n in ((1e-6, 1e6), (2e-6, 1e6), (1e-6, 2e6))]
    assert few == pytest.approx([25.0] * 3, rel=0.01)


@pytest.mark.parametrize("fraction", [-0.1, 1.1])
def test_fraction_out_of_range(fraction):
    """A contact fraction is between 0 and 1."""
    with pytest.raises(ValueError, match=r"0 .* 1$"):
        theory.constriction_factor(fraction)


def test_charge_transfer():
    """RT/(F i₀): 25.7 mV over 10 A/m² is 25.7 Ω cm²."""
    assert theory.linear_charge_transfer_resistance(10.0, 0.0257) * 1e4 == pytest.approx(25.7)


def test_surface_concentration_is_the_integral_of_the_kernel():
    """∫ j/F · 1/√(πDt) dt, the response of a half-space to a flux; and the flux balance ∫c dz = jt/F."""
    j, D, t = 3.0, 2e-14, 500.0
    rise = theory.surface_concentration_change(j, D, t)
    z = np.linspace(0.0, 12.0, 4001) * math.sqrt(D * t)
    ζ = z / (2 * math.sqrt(D * t))
    profile = rise * (np.exp(-(ζ**2)) - math.sqrt(math.pi) * ζ * erfc(ζ))
    total = np.sum(0.5 * (profile[1:] + profile[:-1]) * np.diff(z))
    assert total == pytest.approx(j * t / FARADAY, rel=1e-4)


def test_quasi_steady_sheet():
    """A parabola of slope j/FD at the surface: surface minus mean is jL/(3FD), and that much is not usable."""
    j, D, L = 5.0, 1e-14, 2e-6
    z = np.linspace(0.0, L, 20001)
    parabola = j / (FARADAY * D) * z**2 / (2 * L)
    expected = parabola[-1] - parabola.mean()
    assert theory.quasi_steady_spread(j, D, L) == pytest.approx(expected, rel=1e-3)
    assert theory.usable_fraction(j, D, L, 3 * expected) == pytest.approx(2 / 3, rel=1e-3)

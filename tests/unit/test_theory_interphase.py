"""The growth laws of layers against the differential equations they solve, and numbers worked out elsewhere."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from phasefield import theory

HOUR, WEEK, YEAR = 3600.0, 7 * 86400.0, 365.25 * 86400.0


def test_parabolic_constant():
    """A LGPS-like layer, σ_e = 6e-8 S/m, 1.7 V, 2.4e-5 m³/mol: 5.5 µm in a week; under a coating 3.3 µm and 51 nm."""
    product = (1.0, 6e-8)
    parabolic = theory.parabolic_constant(*product, 1.7, 2.4e-5)
    assert theory.grown_thickness(WEEK, parabolic) == pytest.approx(5.5e-6, rel=0.01)
    for electronic, wanted in ((1e-10, 3.3e-6), (1e-12, 51e-9)):
        a = theory.equivalent_thickness(5e-9, (1.0, electronic), product)
        assert theory.grown_thickness(WEEK, parabolic, coating=a) == pytest.approx(wanted, rel=0.02)


def test_measured_layer():
    """k_p = 1.0e-19 m²/s: 540 nm of Li6PS5Cl's product in 400 h (Aktekin 2023, doi:10.1038/s41467-023-42512-y)."""
    assert theory.grown_thickness(400 * HOUR, 1.0e-19) == pytest.approx(540e-9, rel=0.01)


def test_carriers_in_series():
    """σ̄ is that of the slower carrier where they differ, half of each where they do not; they exchange freely."""
    assert theory.ambipolar_conductivity(1.0, 1e-6) == pytest.approx(1e-6, rel=1e-5)
    assert theory.ambipolar_conductivity(2.0, 2.0) == pytest.approx(1.0)
    assert theory.ambipolar_conductivity(0.3, 5.0) == theory.ambipolar_conductivity(5.0, 0.3)


def test_grown_thickness():
    """Solves dL/dt = k_p/(L + a + k_p/k_r); tends to k_r t for short times, without cancellation."""
    k_p, k_r, a, initial = 2.0, 0.5, 3.0, 1.0
    times = np.array([0.1, 10.0, 1000.0])
    exact = solve_ivp(
        lambda t, L: k_p / (L + a + k_p / k_r), [0, 1000], [initial], t_eval=times, rtol=1e-10, atol=1e-12
    ).y[0]
    assert theory.grown_thickness(times, k_p, k_r, a, initial) == pytest.approx(exact, rel=1e-8)
    assert theory.grown_thickness(1e-12, 1e3, 1.0) == pytest.approx(1e-12, rel=1e-12)


def test_growth_by_a_reaction_that_is_frozen():
    """L₀ + k_r t where k_p/k_r is too large to be squared."""
    assert theory.grown_thickness(1e6, 1e-17, 1e-190, initial=1e-9) == 1e-9
    assert theory.grown_thickness(1e170, 1e-17, 1e-180, initial=1e-9) - 1e-9 == pytest.approx(1e-10, rel=1e-6)


def test_growth_exponent():
    """d ln L/d ln t from differences; 1 at first and ½ at last; ¾ of the way at the crossover."""
    k_p, k_r = 2.0, 0.5
    times = np.geomspace(1e-4, 1e8, 2001)
    L = theory.grown_thickness(times, k_p, k_r)
    slopes = np.gradient(np.log(L), np.log(times))
    assert slopes[1:-1] == pytest.approx([theory.growth_exponent(x, k_p, k_r) for x in L[1:-1]], rel=1e-4)
    assert slopes[1] == pytest.approx(1, abs=1e-3) and slopes[-2] == pytest.approx(0.5, abs=1e-3)
    assert theory.growth_exponent(theory.crossover_thickness(k_p, k_r), k_p, k_r) == pytest.approx(0.75)


def test_logarithmic_thickness():
    """λ = 1 nm, k = 1 nm/s: 8.2 nm in an hour, 17.3 nm in a year."""
    for time, wanted in ((HOUR, 8.2e-9), (YEAR, 17.3e-9)):
        assert theory.logarithmic_thickness(time, 1e-9, 1e-9) == pytest.approx(wanted, rel=0.005)


def test_tunnelled_thickness():
    """Solves dt/dL = s + (λ/k_e)(exp(L/λ) − 1) + L/k_i; the logarithmic law where k_e = kλ, s = 1/k, ions fast."""
    ions, electrons, series, decay, initial = 3.0, 20.0, 2.0, 0.5, 0.7

    def slope(L):
        return series + decay / electrons * (np.exp(L / decay) - 1) + L / ions

    for grown in (1e-6, 0.1, 4.0, 12.0):
        time = quad(slope, initial, initial + grown)[0]
        found = theory.tunnelled_thickness(time, (ions, electrons), series, decay, initial)
        assert found - initial == pytest.approx(grown, rel=1e-6)
    k, decay = 1e-9, 1e-9
    found = theory.tunnelled_thickness(YEAR, (1.0, k * decay), 1 / k, decay)
    assert found == pytest.approx(theory.logarithmic_thickness(YEAR, k, decay), rel=1e-9)
    assert theory.tunnelled_thickness(YEAR, (1.0, 1.0), 1.0, 1e-12, 1e-9) == 1e-9  # too thick for any electron


def test_tunnelling_conductivity():
    """With a reaction of velocity k in series, σ₀ exp(−d/λ) gives dL/dt = k exp(−L/λ)."""
    rate, decay, onset, volume, L = 1e-9, 1e-9, 1.7, 2.4e-5, 6e-9
    sigma = theory.tunnelling_conductivity(rate, decay, onset, volume)
    resistance = quad(lambda d: np.exp(d / decay) / sigma, 0, L)[0]
    alone = volume * onset / (theory.FARADAY * resistance)
    assert 1 / (1 / alone + 1 / rate) == pytest.approx(rate * np.exp(-L / decay), rel=1e-9)


def test_arrhenius():
    """0.5 eV doubles a conductivity from 25 °C within 11.0 K; nothing happens at the reference."""
    energy = 0.5 * theory.FARADAY
    twice = 1 / (1 / 298.15 - np.log(2) * theory.GAS_CONSTANT / energy)
    assert twice - 298.15 == pytest.approx(10.98, abs=0.05)
    assert theory.arrhenius(3.0, energy, twice) == pytest.approx(6.0)
    assert theory.arrhenius(3.0, energy, 298.15) == 3.0


def test_resistance_and_current():
    """6 nm of 1.6e-6 S/cm: 0.37 Ω cm²; growth at 1 nm/s into 13 cm³/mol draws 7.4 A/m²."""
    assert theory.layer_resistance(6e-9, 1.6e-4) * 1e4 == pytest.approx(0.375, rel=0.01)
    assert theory.growth_current(1e-9, 13e-6) == pytest.approx(7.42, rel=1e-3)
    assert theory.reaction_velocity(2.0, 1.7, 13e-6, 300.0) == pytest.approx(
        theory.growth_current(1, 1) ** -1 * 2.0 * 13e-6 * 1.7 * theory.FARADAY / (theory.GAS_CONSTANT * 300)
    )
    assert theory.pinhole_mean_thickness(0.1, 1.0, 11.0) == pytest.approx(2.0)

"""The formulas behind `phasefield check`, against independent numbers and the limits they must have.

Numbers marked (notes) were worked out by hand or by other programs, with F = 96485 C/mol.
"""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

from phasefield import theory
from phasefield.theory import RateLaw

V_LI = 12.998e-6


def test_profile_and_energy_belong_together():
    """∫(Wg + ½κξ′²)dx over the tanh profile is γ, and its 10–90 % width is what `interface_cells` counts."""
    width, energy = 2e-6, 0.5
    W, κ = theory.barrier_height(width, energy), theory.gradient_coefficient(width, energy)

    def density(x):
        ξ = 0.5 * (1 - np.tanh(2 * x / width))
        slope = -4 * ξ * (1 - ξ) / width
        return W * ξ**2 * (1 - ξ) ** 2 + 0.5 * κ * slope**2

    assert quad(density, -10 * width, 10 * width, points=[0])[0] == pytest.approx(energy, rel=1e-8)
    inner = width / 2 * (np.arctanh(0.8) - np.arctanh(-0.8))
    assert theory.interface_cells(width, width / 8) == pytest.approx(inner / (width / 8))


def test_parameters_of_the_literature():
    """Width 1.5 µm and γ 0.556 J/m² give κ 1.25e-6, W 4.45e6 (notes)."""
    width, energy = 1.5e-6, 0.556
    assert theory.gradient_coefficient(width, energy) == pytest.approx(1.251e-6, rel=1e-3)
    assert theory.barrier_height(width, energy) == pytest.approx(4.448e6, rel=1e-3)


def test_lithium_per_current():
    """1 mA/cm² moves the front by 1.347 nm/s (notes)."""
    assert theory.front_velocity(10.0, V_LI) == pytest.approx(1.347e-9, rel=1e-3)


def test_keeping_mobility():
    """½ width·v: 1 mA/cm², 1.347 nm/s, and a width of 1 µm make 6.7e-16 m²/s."""
    assert theory.keeping_mobility(1e-6, theory.front_velocity(10.0, V_LI)) == pytest.approx(6.735e-16, rel=1e-3)
    assert theory.keeping_mobility(1e-6, 0.0) == 0.0


def test_mobility_and_energy_are_inverse():
    """Γ = i₀γV²/(FRT) = 1.2e-17 m²/s for i₀ = 30 A/m², γ = 0.556 J/m² (notes)."""
    resistance = RateLaw(30.0, 298.0).resistance()
    mobility = theory.physical_mobility(0.556, V_LI, resistance)
    assert mobility == pytest.approx(1.2e-17, rel=0.03)
    assert theory.effective_interface_energy(mobility, V_LI, resistance) == pytest.approx(0.556)


def test_gibbs_thomson_and_capillary_length():
    """γ = 0.5 J/m²: 67 µV at a curvature of 1/µm, capillary length 2.62 nm (notes)."""
    assert theory.gibbs_thomson(0.5, V_LI, 1e6) == pytest.approx(67.4e-6, rel=1e-3)
    assert theory.capillary_length(0.5, V_LI, 298.15) == pytest.approx(2.62e-9, rel=1e-3)


def test_shrinking_radius():
    """Γ = 1.875 µm²/s, R₀ = 20 µm: gone at 106.7 s (circle) and 53.3 s (sphere) (notes)."""
    for dimension, end in ((2, 106.67), (3, 53.33)):
        assert theory.shrinking_radius(20e-6, 1.875e-12, end * 0.999, dimension) > 0
        assert theory.shrinking_radius(20e-6, 1.875e-12, end * 1.001, dimension) == 0


def test_tafel_velocities():
    """i₀ = 30 A/m²: fronts of 0.0285, 0.200, 1.40, 25.9 µm/s at −0.1 … −0.45 V (notes, within 3 %)."""
    law = RateLaw(30.0, 298.15)
    for voltage, velocity in ((-0.1, 0.0285e-6), (-0.2, 0.200e-6), (-0.3, 1.40e-6), (-0.45, 25.9e-6)):
        assert theory.front_velocity(law.current(voltage), V_LI) == pytest.approx(velocity, rel=0.03)
    assert theory.tafel(-0.45, law) == pytest.approx(law.current(-0.45), rel=1e-6)
    slope = -0.1 / math.log10(theory.tafel(-0.4, law) / theory.tafel(-0.3, law))
    assert slope == pytest.approx(-0.118, rel=5e-3)


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("current", [-1e6, -30.0, -1e-9, 0.0, 1e-9, 30.0, 1e6])
def test_overpotential_inverts_current(current, linear):
    law = RateLaw(30.0, 310.0, anodic=0.3, cathodic=0.8, linear=linear)
    assert law.current(law.overpotential(current)) == pytest.approx(current, rel=1e-9)


def test_resistance_is_the_slope():
    """R_ct = −dη/di, and RT/((α_a + α_c)F i₀) at rest."""
    law = RateLaw(30.0, 298.15, anodic=0.3, cathodic=0.8)
    for current in (-50.0, 0.0, 400.0):
        slope = (law.overpotential(current + 1e-3) - law.overpotential(current - 1e-3)) / 2e-3
        assert law.resistance(current) == pytest.approx(-slope, rel=1e-5)
    assert law.resistance() == pytest.approx(0.0256926 / (1.1 * 30.0), rel=1e-5)


@pytest.mark.parametrize(
    ("voltage", "measured"), [(-0.05, 29.00), (-0.1, 60.62), (-0.2, 134.9), (-0.3, 221.3)]
)
def test_planar_current(voltage, measured):
    """σ = 0.05 S/m, gap 45 µm, i₀ = 30 A/m²: currents of an independent program after 20 s (notes).

    The front has moved by then, which shortens the gap and adds up to 1.5 %.
    """
    law = RateLaw(30.0, 298.0)
    moved = theory.front_velocity(measured, 1 / 7.64e4) * 20
    current = theory.planar_current(voltage, law, (45e-6 - moved) / 0.05)
    assert current == pytest.approx(measured, rel=3e-3)


@pytest.mark.parametrize("voltage", [-10.0, -0.3, -1e-6, 0.0, 1e-6, 0.3, 10.0])
@pytest.mark.parametrize("law", [RateLaw(30.0), RateLaw(30.0, linear=True), RateLaw(1e-9, 100.0, 2.0, 0.01)])
@pytest.mark.parametrize("resistance", [1e-9, 1e-3, 1e9])
def test_planar_current_meets_the_voltage(voltage, law, resistance):
    current = theory.planar_current(voltage, law, resistance)
    lost = law.overpotential(current) - current * resistance
    assert lost == pytest.approx(voltage, rel=1e-6, abs=1e-12)


def test_sand_time():
    """D = 3e-10 m²/s, t₊ = 0.38, 1 mol/L: 571, 2282, 5.7e4 s at 10, 5, 1 mA/cm² (notes)."""
    for current, time in ((100.0, 571.0), (50.0, 2282.0), (10.0, 5.7e4)):
        assert theory.sand_time(current, 3e-10, 1000.0, 0.38) == pytest.approx(time, rel=2e-3)
    assert theory.sand_time(0.0, 3e-10, 1000.0, 0.38) == math.inf


def test_limiting_current():
    """46.7 mA/cm² in a gap of 200 µm (notes); half of it when a reservoir holds the salt at c₀."""
    salt = (3e-10, 1000.0, 0.38)
    limit = theory.limiting_current(*salt, 200e-6)
    assert limit == pytest.approx(467.0, rel=1e-3)
    assert theory.limiting_current(*salt, 200e-6, reservoir=True) == pytest.approx(limit / 2)


@pytest.mark.parametrize(("wavelength", "rate"), [(40e-6, 0.00766), (20e-6, 0.01399), (10e-6, 0.0220)])
def test_growth_rate_of_the_notes(wavelength, rate):
    """i₀ = 3000 A/m², σ = 0.05 S/m; current and mobility there are those that give all three rates."""
    resistance = RateLaw(3000.0, 298.0).resistance()
    velocity, mobility = _fitted(resistance)
    found = theory.growth_rate(2 * math.pi / wavelength, velocity, 0.05, resistance, mobility)
    assert found == pytest.approx(rate, rel=5e-3)


def _fitted(resistance):
    """Velocity and mobility from the rates at 40 and 10 µm, which B8 depends on linearly."""
    ks = [2 * math.pi / 40e-6, 2 * math.pi / 10e-6]
    reach = 0.05 * resistance
    rows = [[k / (1 + reach * k), -reach * k**3 / (1 + reach * k)] for k in ks]
    return np.linalg.solve(rows, [0.00766, 0.0220])


def test_growth_rate_limits():
    """Primary distribution without resistance, ω = kv; a film only ever slows the growth."""
    k, velocity = 2e5, 1e-8
    assert theory.growth_rate(k, velocity, 0.05, 0.0, 1e-15) == pytest.approx(k * velocity)
    rates = [theory.growth_rate(k, velocity, 0.05, r, 1e-17) for r in (1e-4, 1e-3, 1e-2)]
    assert rates == sorted(rates, reverse=True)


def test_most_unstable_wavelength():
    """It is where a numerical search finds the largest rate; the marginal one is where the rate is 0."""
    ripple = (8e-9, 0.01, 2.5e-4, 6e-15)
    fastest, marginal = theory.most_unstable_wavelength(*ripple), theory.marginal_wavelength(*ripple)
    search = minimize_scalar(
        lambda k: -theory.growth_rate(k, *ripple), bounds=(0, 2 * math.pi / marginal), method="bounded"
    )
    assert fastest == pytest.approx(2 * math.pi / search.x, rel=1e-4)
    assert theory.growth_rate(2 * math.pi / marginal, *ripple) == pytest.approx(0.0, abs=1e-15)
    assert theory.most_unstable_wavelength(0.0, *ripple[1:]) == math.inf


def test_wagner_number_and_film():
    assert theory.film_resistance(10e-9, 1e-6) == pytest.approx(0.01)
    assert theory.wagner_number(0.01, 2.5e-4, 50e-6) == pytest.approx(0.05)
    assert theory.diffusion_length(1e-11, 1e-8) == pytest.approx(1e-3)
    assert theory.diffusion_length(1e-11, 0.0) == math.inf

"""Stress of films and the cracks that it drives, against integrals and numbers worked out elsewhere."""

import math

import pytest
from scipy.integrate import quad

from phasefield.theory import elasticity


def test_a_channel_releases_the_mean_of_edge_cracks():
    """Z = 1.976 (Hutchinson and Suo 1992): in steady state each slice opens from the surface down to the base."""
    σ, h, E, ν = 80e6, 3e-6, 20e9, 0.3

    def edge(a):
        return (1.1215 * σ * math.sqrt(math.pi * a)) ** 2 * (1 - ν**2) / E

    mean = quad(edge, 0, h)[0] / h
    assert elasticity.channel_release_rate(σ, h, E, ν) == pytest.approx(mean, rel=1e-12)
    assert elasticity.CHANNEL == pytest.approx(1.976, abs=5e-4)
    assert elasticity.channel_release_rate(-σ, h, E, ν) == 0.0


def test_critical_sizes():
    """There, the release rate is K²/E', and the stress intensity K; under compression nothing cracks."""
    σ, K, E, ν = 100e6, 0.23e6, 22.1e9, 0.37
    h, a = elasticity.critical_thickness(σ, K), elasticity.critical_flaw(σ, K)
    assert elasticity.channel_release_rate(σ, h, E, ν) == pytest.approx(K**2 * (1 - ν**2) / E)
    assert 1.1215 * σ * math.sqrt(math.pi * a) == pytest.approx(K)
    for size in (elasticity.critical_thickness, elasticity.critical_flaw):
        assert size(-σ, K) == size(0.0, K) == math.inf


def test_film_stress():
    """Biaxial: E/(1 − ν) times the strain that is taken away; and Poisson's part of a pressure."""
    assert elasticity.film_stress(200e9, 0.25, -0.003) == pytest.approx(800e6)
    assert elasticity.film_stress(200e9, 0.25, 0.0, 30e6) == pytest.approx(-10e6)


def test_linear_strain():
    """Three strains make the volume: −27 % (LPSCl's product) is −10 % along each axis."""
    assert (1 + elasticity.linear_strain(-0.27)) ** 3 == pytest.approx(0.73)
    assert elasticity.linear_strain(-0.27) == pytest.approx(-0.0996, abs=1e-4)

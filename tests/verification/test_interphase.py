"""Flat layers of interphase: growth laws that come out of conductivities, potentials and geometry (B15-B17).

Bars: 2 % for bare layers and tunnelling, 3 % under a coating, 1 % for activation energies, held by what has grown
since the start wherever the law allows for a layer to start from.
"""

from itertools import pairwise

import numpy as np
import pytest

from phasefield import theory
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import CoefficientField
from phasefield.physics.interphase.model import Conductor, mixture
from tests.slow import slow
from tests.verification.interphase import CELLS, grow, layer, thickness

#: V_n/F in units of the tests, where i₀ grows one δ_PF in a unit of time.
MOLAR_VOLUME = theory.FARADAY


def time_to(thickness, parabolic, initial, resistance=0.0):
    """L²/2k_p + (resistance) L = t + C, from an initial thickness on."""
    L = np.asarray(thickness, float)
    return (L**2 - initial**2) / (2 * parabolic) + resistance * (L - initial)


@pytest.mark.parametrize("ratio", [slow(0.1), slow(1.0), 10.0])
def test_wagner(ratio):
    """L² = 2k_p t, k_p = V_nσ̄U/F, whichever of the carriers limits; fast reaction, L > 10 δ_PF."""
    parabolic = 0.02
    ionic, electronic = parabolic * (1 + 1 / ratio), parabolic * (1 + ratio)  # electronic = ratio × ionic
    assert theory.parabolic_constant(ionic, electronic, 1.0, MOLAR_VOLUME) == pytest.approx(parabolic)
    wanted = np.array([10.0, 11.0])
    found = grow(layer((ionic, electronic), 9.0, 14.0, mobility=0.1), time_to(wanted, parabolic, 9.0))
    assert found - 9 == pytest.approx(wanted - 9, rel=0.02)


@pytest.mark.parametrize("parabolic", [slow(0.5), 5.0, slow(50.0)])
def test_deal_grove(parabolic):
    """L²/2k_p + L/k_r = t + C over the crossover, k_r = 1: √t is not wired in. The exponents within 0.02."""
    wanted = np.array([3.0, 4.0, 6.0, 8.0])
    times = time_to(wanted, parabolic, 3.0, resistance=1.0)
    engine = layer((2 * parabolic, 2 * parabolic), 3.0, 11.0, mobility=4.0)
    found = np.array([3.0, *grow(engine, times[1:], tolerance=5e-3)])
    assert found[1:] - 3 == pytest.approx(wanted[1:] - 3, rel=0.02)

    since_nothing = times + 9 / (2 * parabolic) + 3
    exponents = np.diff(np.log(found)) / np.diff(np.log(since_nothing))
    means = [np.sqrt(a * b) for a, b in pairwise(wanted)]
    assert exponents == pytest.approx([theory.growth_exponent(L, parabolic, 1.0) for L in means], abs=0.02)
    if parabolic == 50:
        assert exponents[0] > 0.9
    if parabolic == 0.5:
        assert exponents[-1] < 0.55


@pytest.mark.parametrize("contrast", [slow(1.0), 1e2, slow(1e5), slow(1e10)])
def test_coated(contrast):
    """L = −a + √(a² + 2k_p t), a = h_c σ_IP,e/σ_c,e: a resolved coating whose electrons are slow, ions fast (B16)."""
    height, seed, coating = 2.0, 2.0, (1e3 * contrast, 0.02)
    product = (1e3 * contrast, coating[1] * contrast)
    parabolic = theory.parabolic_constant(*product, 1.0, MOLAR_VOLUME)
    equivalent = theory.equivalent_thickness(height, coating, product)
    assert equivalent == pytest.approx(height * product[1] / coating[1], rel=1e-3)
    wanted = np.array([3.0, 5.0])
    # k_r = 1 is in series with the rest
    times = time_to(wanted, parabolic, seed, resistance=equivalent / parabolic + 1)
    engine = layer(
        product, height + seed, height + 8, electrolyte=(1e6 * contrast, 1e-8 * contrast), mobility=0.05,
        coating=Conductor(*coating), static=[CoefficientField("coating", "", "", lambda x: (x[-1] < height) * 1.0)],
    )  # fmt: skip
    assert grow(engine, times) - height - seed == pytest.approx(wanted - seed, rel=0.03)


def test_tunnelling():
    """L = λ ln(1 + kt/λ) where the product's electronic conductivity falls off as exp(−d/λ) (B17)."""
    decay, rate, seed = 1.5, 1.0, 2.0
    electronic = theory.tunnelling_conductivity(rate, decay, 1.0, MOLAR_VOLUME)
    wanted = np.array([3.0, 6.0])
    times = decay / rate * (np.exp(wanted / decay) - np.exp(seed / decay))
    assert theory.logarithmic_thickness(times, rate, decay, seed) == pytest.approx(wanted)
    fall = CoefficientField("electronic", "", "", lambda x: np.exp(-x[-1] / decay))
    engine = layer((1e5, electronic), seed, 9.0, mobility=1.5, static=[fall])
    assert grow(engine, times) == pytest.approx(wanted, rel=0.02)


def test_activation_energy():
    """Growth at four temperatures gives back the activation energy of the carrier that limits: 1 %."""
    energy, temperatures, measured = 60e3, (298.15, 313.15, 333.15, 353.15), []
    for temperature in temperatures:
        electronic = theory.arrhenius(5e-4, energy, temperature)
        ionic = theory.arrhenius(50.0, 30e3, temperature)
        parabolic = theory.parabolic_constant(ionic, electronic, 1.0, MOLAR_VOLUME)
        time = float(time_to(6.5, parabolic, 6.0))
        (found,) = grow(layer((ionic, electronic), 6.0, 9.0, mobility=0.02), [time], dt=time / 8)
        measured.append((found**2 - 36) / (2 * time))
    slope = np.polyfit([1 / (theory.GAS_CONSTANT * T) for T in temperatures], np.log(measured), 1)[0]
    assert -slope == pytest.approx(energy, rel=0.01)


def test_butler_volmer():
    """Where both carriers are fast the front moves at k = 2 sinh(FU/2RT), in units of i₀V_n/F: 2 %."""
    onset = 3.0
    velocity = 2 * np.sinh(onset / 2)
    engine = layer((1e6, 1e6), 3.0, 8.0, mobility=4 * velocity, kinetics=ButlerVolmer(), onset=onset)
    (found,) = grow(engine, [2 / velocity], dt=0.02 / velocity, tolerance=5e-3)
    assert found - 3 == pytest.approx(2.0, rel=0.02)


def test_potentials():
    """Li⁺ and electrons climb to the front: φ_i falls, φ_e rises; V goes from 0 to U, linearly in the product.

    Ahead of the front it is off by what falls over less than one δ_PF of product.
    """
    engine = layer((0.02, 0.02), 6.0, 11.0, mobility=0.1)
    grow(engine, [20.0])
    ions, electrons = engine.owned("phi_i"), engine.owned("phi_e")
    assert np.all(np.diff(ions) <= 5e-3) and np.all(np.diff(electrons) >= -5e-3)
    V, reached = electrons - ions, thickness(engine)
    assert V[:16] == pytest.approx((np.arange(16) + 0.5) / CELLS / reached, rel=0.01)
    assert V[-1] == pytest.approx(1.0, abs=1 / reached)


@pytest.mark.parametrize("product", [(1e6, 1e6), slow((10.0, 10.0)), (1.0, 1e5)])
def test_first_steps(product):
    """Reaction, or ions, limit: the front has its velocity from the first step on, 0.5 %."""
    engine = layer(product, 3.0, 6.0)
    for _ in range(6):
        before = thickness(engine)
        assert engine.step(0.05).accepted
        engine.accept()
        now = thickness(engine)
        resistance = (before + now) / 2 * sum(1 / σ for σ in product)
        assert (now - before) / 0.05 == pytest.approx(1 / (1 + resistance), rel=5e-3)


def test_mixture():
    """The product's value at ψ = 1 and the electrolyte's at 0; an insulating electrolyte bars no carrier."""
    for product, electrolyte in ((2.0, 1e-8), (2.0, 1e8), (2.0, 2.0)):
        assert mixture(1.0, product, electrolyte) == pytest.approx(product)
        assert mixture(0.0, product, electrolyte) == pytest.approx(electrolyte)
    assert mixture(0.5, 2.0, 1e-8) == pytest.approx(1.0)
    assert mixture(0.5, 2.0, 1e-8, 0.5) == pytest.approx(np.sqrt(2))
    assert mixture(0.5, 2.0, 1e8) == pytest.approx(4.0)


def test_coating_needs_conductivities():
    with pytest.raises(ValueError, match="'coating'"):
        layer((1.0, 1.0), 3.0, 8.0, coating=Conductor(1.0, 1.0))
    with pytest.raises(ValueError, match=r"electronic .* 0"):
        Conductor(1.0, 0.0)

"""Charge transfer at lithium beside a phase that conducts electrons well, badly or not: right from the first step.

A flat front against Butler-Volmer and Ohm. Bars: the voltage within 0.5 % at every step, a rest within 1 mV from its
first step on, and the charge-transfer resistance at most 1.05 times that of the deck beside any phase.
"""

import math
import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
import pytest

from phasefield import run, theory
from phasefield.deck import parse_deck
from phasefield.physics.plating_interphase.transfer import electrons_resistance, share_of_area
from tests.slow import slow
from tests.verification import by_hand as hand
from tests.verification.two_fronts import NM, PLATE, PLATING, REST, WIDTH, flat, growth

RT_F, F, V_LI = theory.GAS_CONSTANT * 298.15 / theory.FARADAY, theory.FARADAY, 12.998e-6
#: δ_PF, height of the box [m], i₀ [A/m²].
FRONT, HEIGHT, EXCHANGE = 4e-6, 30e-6, 10.0
DECK = """
model = "plating-interphase"
[domain]
dimension = 1
size = ["30 um"]
cells = [60]
[interface]
width = "4 um"
{mobility}
[electrolyte]
ionic_conductivity = "{ionic} S/m"
electronic_conductivity = "{electronic} S/m"
reduction_potential = "0 V"
oxidation_potential = "5 V"
[kinetics]
exchange_current_density = "10 A/m^2"
[front]
height = "10 um"
[drive]
steps = [
  {{mode = "galvanostatic", current_density = "{i} A/m^2", duration = "{time} s"}},
  {{mode = "rest", duration = "{rest} s"}},
]
[output]
snapshots = 1
"""


@pytest.mark.parametrize(
    ("ratio", "drop", "electronic", "part"),
    [
        (1.0, 0.3, 1e-8, 1.0), (0.01, 0.01, 1e-6, 1.0), slow(20.0, 2.0, 1e-14, 1.0), slow(20.0, 2.0, 1e-8, 0.25),
        slow(1.0, 0.01, 1e-3, 1.0), slow(0.01, 0.3, 1e-14, 1.0), slow(1.0, 2.0, 1e-14, 0.25),
    ],
)  # fmt: skip
def test_a_current_and_a_rest(ratio, drop, electronic, part, tmp_path):
    """i/i₀, iδ_PF/σ_i in RT/F, σ_e of the electrolyte in S/m, Γ over the automatic one. V = −(η + iL/σ_i); then 0.

    Of every step: 0.5 % of V, 5 % of η beside 0.5 % of iL/σ_i, 1 mV at rest.
    """
    i = ratio * EXCHANGE
    ionic, time = i * FRONT / (drop * RT_F), 0.75 * FRONT * F / (i * V_LI)
    mobility = f'mobility = "{part * 2 * FRONT * i * V_LI / F} m^2/s"'
    deck = parse_deck(
        DECK.format(ionic=ionic, electronic=electronic, i=i, time=time, rest=time / 2, mobility=mobility)
    )
    found = run(deck, tmp_path / "run").history
    η, V = 2 * RT_F * math.asinh(ratio / 2), found["Cell voltage [V]"]
    ohmic = i * (HEIGHT - found["Mean thickness [m]"]) / ionic
    after = found["Time [s]"] > time * 1.0001
    driven = ~after
    driven[0] = False
    assert driven.sum() > 10 and after.sum() > 5
    assert V[driven] == pytest.approx(-(η + ohmic)[driven], rel=5e-3)
    assert np.all(np.abs(-V - ohmic - η)[driven] < 0.05 * η + 5e-3 * ohmic[driven])
    assert np.abs(V[after]).max() < 1e-3
    for column in ("Charge closure [1]", "Carrier closure [1]"):
        assert found[column] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("drive", [PLATE, slow(REST)])
def test_beside_a_product_that_leaks(drive, tmp_path):
    """V at the lithium rises from η to 2.7 V within four widths of product: η is that of the lithium's own current.

    Plating takes 2/3 of 2 mA/cm² where both fronts move; at rest the lithium dissolves at
    −F k_p/V_n/(L + k_p/k_r). 5 % of η, from the first step on.
    """
    product, layer, lithium = growth(8.0, 2.0), 8.0, 3 * WIDTH
    time = 2 * NM / PLATING
    found = run(flat(product, lithium, layer, lithium + layer + 4 * WIDTH, time, drive), tmp_path / "run").history
    leak = F / 26e-6 * product.parabolic / (found["Interphase thickness [m]"] + 2 * NM)  # V_n is 26 cm³/mol
    plated = (20.0 if drive == PLATE else 0.0) - leak
    η = -2 * RT_F * np.arcsinh(plated / 200.0)
    ohmic = -found["Current density [A/m2]"] * (lithium + layer) * NM / 1.0
    assert found["Cell voltage [V]"][1:] == pytest.approx((η + ohmic)[1:], rel=0.05)


def test_share_of_the_area():
    """w as it is computed anew: 1e-7. Nothing of it lies where V may be high, and electrons then cannot come."""
    ξ = np.linspace(0.0, 1.0, 1001)
    assert share_of_area(ξ) == pytest.approx(hand.leaky_share(ξ), abs=1e-7)
    assert share_of_area(np.array([1e-3]))[0] < 1e-8 and share_of_area(ξ).min() >= 0.0
    assert electrons_resistance(np.array([1.0, 0.5, 0.0])) == pytest.approx(
        [0.05 * 0.03**6, 0.05 * 0.03**6 * 32, 0.05 * 0.03**6 / 1e-15], rel=2e-5
    )

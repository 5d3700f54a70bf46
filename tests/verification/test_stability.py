"""Does a ripple grow as linear stability says, bare and under a film?

The sharp-interface growth rate ω = k(v − σRΓk²)/(1 + σRk), R = R_ct + R_film, is derived in
``phasefield.theory.growth_rate`` (secondary current distribution, gap ≫ 1/k), with Γ = γV²/(F²R) of the interface
energy; it does not depend on the mobility that keeps the profile.
"""

from functools import cache

import numpy as np
import pytest

from phasefield import theory
from phasefield.deck import parse_deck
from phasefield.engines.factory import make_engine
from phasefield.physics.common import diagnostics
from phasefield.physics.plating import planned as planned_
from phasefield.physics.registry import build

WAVELENGTH = 21.5e-6
DECK = """
[domain]
dimension = 2
size = ["10.75 um", "28 um"]
cells = [{nx}, {nz}]
[interface]
width = "{width} um"
mobility = "{mobility}"
[electrolyte]
transport = "single-ion"
conductivity = "0.05 S/m"
[lithium]
interface_energy = "{energy} J/m^2"
[kinetics]
exchange_current_density = "3000 A/m^2"
[front]
height = "4 um"
cosines = [{{amplitude = "0.3 um", wavelength = "21.5 um"}}]
{film}
[[drive.steps]]
mode = "galvanostatic"
current_density = "600 A/m^2"
[stop]
time = "100 s"
"""


@cache
def measured_and_predicted(width: float, film_ratio: float, energy=0.5, mobility="auto"):
    """Growth rate of the ripple's first cosine while the front advances from 0.6 to 1.8 µm [1/s]."""
    nx, nz = round(10.75 / width * 6), round(28 / width * 6)
    resistance = theory.RateLaw(3000.0, 298.15, 0.5, 0.5).resistance(0.0) * film_ratio
    film = f'[coating]\nthickness = "10 nm"\nconductivity = "{1e-8 / resistance} S/m"' if film_ratio else ""
    velocity = theory.front_velocity(600.0, 12.998e-6)
    deck = parse_deck(DECK.format(nx=nx, nz=nz, width=width, film=film, energy=energy, mobility=mobility))
    case = build(deck)
    engine = make_engine("auto", case.model, deck.domain.cells, case.spacing)
    case.model.apply(case.drive[0])
    engine.apply_boundaries()
    planned = planned_.Planned(deck)
    dt = 0.06e-6 / velocity / case.scales.time
    assert dt < 1.01 / 16 / case.model.p.mobility  # δ²/Γ: what keeps the profile is partly explicit
    x = (np.arange(nx) + 0.5) / nx
    logs = []
    for _ in range(30):
        verdict = engine.step(dt)
        assert verdict.accepted, verdict.reason
        engine.accept()
        heights = diagnostics.height_map(engine.ghosted("xi"), engine.grid)
        logs.append(np.log(2 * np.mean(heights * np.cos(np.pi * x))))
    slope = np.polyfit(np.arange(20), logs[10:], 1)[0]
    measured = -np.expm1(-slope) / (dt * case.scales.time)  # implicit Euler multiplies by 1/(1 − ω dt)
    capillary = energy * (12.998e-6 / 96485.33212) ** 2 / planned.resistance  # γV²/(F²R)
    predicted = theory.growth_rate(2 * np.pi / WAVELENGTH, velocity, 0.05, planned.resistance, capillary)
    return measured, predicted


#: Film over R_ct, interface energy: nearly none acts as capillarity, or it takes a fifth of the growth.
CASES = {"bare": (0.0, 0.5), "film of 10 R_ct": (10.0, 0.5), "film, 200 J/m^2": (10.0, 200.0)}


@pytest.mark.parametrize("case", CASES)
def test_ripple_grows_at_the_predicted_rate(case):
    """2 % at kδ_PF = 0.29: of them one is the time step's, as half of it shows."""
    measured, predicted = measured_and_predicted(1.0, *CASES[case])
    assert measured == pytest.approx(predicted, rel=0.02)


@pytest.mark.parametrize(("width", "mobility"), [(2.0, "auto"), (1.0, "0.02 um^2/s"), (1.0, "0.08 um^2/s")])
def test_neither_width_nor_mobility_counts(width, mobility):
    """Twice the width, kδ_PF = 0.58, or half or twice the mobility: again 2 %."""
    measured, predicted = measured_and_predicted(width, 0.0, mobility=mobility)
    assert measured == pytest.approx(predicted, rel=0.02)


def test_film_slows_the_ripple_by_the_predicted_factor():
    """The film's whole effect, ω(bare)/ω(film), is met within 1 %."""
    bare, film = (measured_and_predicted(1.0, ratio) for ratio in (0.0, 10.0))
    assert bare[0] / film[0] == pytest.approx(bare[1] / film[1], rel=0.01)

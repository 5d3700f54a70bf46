"""Does a ripple grow as linear stability says, bare and under a film?

The sharp-interface growth rate ω = k(v − σRΓk²)/(1 + σRk), R = R_ct + R_film, is derived in
``phasefield.theory.growth_rate`` (secondary current distribution, gap ≫ 1/k). The diffuse interface adds
corrections of order kδ_PF; tolerance 12 % at kδ_PF ≤ 0.3, and falling with δ_PF, set before the first run.
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
mobility = "{mobility} um^2/s"
[electrolyte]
transport = "single-ion"
conductivity = "0.05 S/m"
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
def measured_and_predicted(width: float, cells_per_width: int, film_ratio: float):
    """Growth rate of the ripple's first cosine while the front advances from 0.6 to 1.8 µm [1/s]."""
    nx, nz = round(10.75 / width * cells_per_width), round(28 / width * cells_per_width)
    resistance = theory.RateLaw(3000.0, 298.15, 0.5, 0.5).resistance(0.0) * film_ratio
    film = f'[coating]\nthickness = "10 nm"\nconductivity = "{1e-8 / resistance} S/m"' if film_ratio else ""
    # soft enough that the ripple grows: the automatic mobility would smooth it away
    velocity = theory.front_velocity(600.0, 12.998e-6)
    reach = 0.05 * (1 + film_ratio) * theory.RateLaw(3000.0, 298.15, 0.5, 0.5).resistance(600.0) * 1e6
    mobility = 0.39 * width * velocity * 1e6 * (1 + width / reach)
    deck = parse_deck(DECK.format(nx=nx, nz=nz, width=width, film=film, mobility=mobility))
    case = build(deck)
    engine = make_engine("auto", case.model, deck.domain.cells, case.spacing)
    case.model.apply(case.drive[0])
    engine.apply_boundaries()
    planned = planned_.Planned(deck)
    dt = 0.12e-6 / velocity / case.scales.time
    x = (np.arange(nx) + 0.5) / nx
    logs = []
    for _ in range(15):
        verdict = engine.step(dt)
        assert verdict.accepted, verdict.reason
        engine.accept()
        heights = diagnostics.height_map(engine.ghosted("xi"), engine.grid)
        logs.append(np.log(2 * np.mean(heights * np.cos(np.pi * x))))
    slope = np.polyfit(np.arange(10), logs[5:], 1)[0]
    measured = -np.expm1(-slope) / (dt * case.scales.time)  # implicit Euler multiplies by 1/(1 − ω dt)
    predicted = theory.growth_rate(
        2 * np.pi / WAVELENGTH, velocity, 0.05, planned.resistance, planned.mobility
    )
    return measured, predicted


@pytest.mark.parametrize("film_ratio", [0.0, 10.0], ids=["bare", "film of 10 R_ct"])
def test_ripple_grows_at_the_predicted_rate(film_ratio):
    """12 % at kδ_PF = 0.29, bare and with R_film = 10 R_ct."""
    measured, predicted = measured_and_predicted(1.0, 6, film_ratio)
    assert measured == pytest.approx(predicted, rel=0.12)


def test_error_falls_with_the_interface_width():
    """Bare: half the width, at most 0.6 times the error."""
    wide, narrow = (abs(np.divide(*measured_and_predicted(width, 6, 0.0)) - 1) for width in (2.0, 1.0))
    assert narrow < 0.6 * wide


def test_film_slows_the_ripple_by_the_predicted_factor():
    """The film's whole effect, ω(bare)/ω(film), is met within 12 %."""
    bare, film = (measured_and_predicted(1.0, 6, ratio) for ratio in (0.0, 10.0))
    assert bare[0] / film[0] == pytest.approx(bare[1] / film[1], rel=0.12)

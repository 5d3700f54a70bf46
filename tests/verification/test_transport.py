"""The binary electrolyte against the textbook: Sand's time, the limiting current, the steady profile.

Sand: t_S = πD(F c₀/(2J(1 − t₊)))² for a semi-infinite cell. Limiting current of a cell between two lithium
electrodes: J_lim = 2FDc₀/((1 − t₊)L). Steady state of an ideal salt against a reservoir (NP, electroneutral):
c = 1 − Jx and, by a lithium reference electrode, φ = −2(RT/F) ln(c) on the way. Tolerance 1 %, set before the
first run. Newman & Thomas-Alyea, Electrochemical Systems, 3rd ed., chs. 11, 12.
"""

import numpy as np
import pytest

from phasefield import theory
from phasefield.deck import parse_deck
from phasefield.engines.fipy import FipyEngine
from phasefield.physics.plating.ledger import Ledger, cell_voltage
from phasefield.physics.registry import build
from phasefield.run.time_loop import Controller, march
from phasefield.theory.constants import FARADAY as F

DECK = """
[domain]
dimension = 1
size = ["{height} um"]
cells = [{cells}]
[interface]
width = "1 um"
[electrolyte]
transport = "binary"
conductivity = "0.5 S/m"
concentration = "{concentration} mol/m^3"
diffusivity = "3e-10 m^2/s"
transference_number = 0.38
counter_electrode = "{counter}"
[kinetics]
exchange_current_density = "3000 A/m^2"
[front]
height = "4 um"
[[drive.steps]]
{drive}
[stop]
time = "100 h"
"""


def engine_of(drive, height=40, per_width=8, counter="lithium", concentration=1000.0):
    deck = parse_deck(DECK.format(
        drive=drive, height=height, cells=height * per_width, counter=counter, concentration=concentration
    ))  # fmt: skip
    case = build(deck)
    engine = FipyEngine(case.model, deck.domain.cells, case.spacing)
    case.model.apply(case.drive[0])
    engine.apply_boundaries()
    return engine, case.scales


def surface_concentration(engine):
    """c/c₀ where the lithium ends: extrapolated from the bulk's nearest cells to ξ = ½."""
    ξ, c = engine.owned("xi"), engine.owned("c")
    z = (np.arange(len(ξ)) + 0.5) * engine.box.spacing[0]
    front = np.interp(0.5, ξ[::-1], z[::-1])
    near = (z > front + 0.8) & (z < front + 1.8)
    return np.polyval(np.polyfit(z[near], c[near], 2), front)


def test_sand_time():
    """The surface runs out of salt at Sand's time (B11). 1 %.

    c there falls as 1 − √(t/t_S): a line through (1 − c)² against t while 0.2 < c < 0.7 gives t_S. The salt is
    dilute, because Sand's electrode stands still: a front that moves pushes the salt it displaces before it,
    which lowers what diffusion must bring by the factor 1 − c V_Li/(1 − t₊) (2 % at 1 mol/L).
    """
    current = 180.0
    sand = theory.sand_time(current, 3e-10, 100.0, 0.38)
    engine, scales = engine_of(
        f'mode = "galvanostatic"\ncurrent_density = "{current} A/m^2"', height=120, concentration=100.0
    )
    assert 4 * np.sqrt(3e-10 * sand) < 116e-6  # semi-infinite while it lasts
    dt, times, depleted = sand / 200 / scales.time, [], []
    for step in range(1, 121):
        verdict = engine.step(dt)
        assert verdict.accepted, verdict.reason
        engine.accept()
        c = surface_concentration(engine)
        if 0.2 < c < 0.7:
            times.append(step * dt * scales.time)
            depleted.append((1 - c) ** 2)
    slope, offset = np.polyfit(times, depleted, 1)
    assert (1 - offset) / slope == pytest.approx(sand, rel=0.01)


def relaxed(engine, scales, seconds: float = 6.0):
    """March for several diffusion times, L²/π²D between electrodes (0.2 s), 4L²/π²D from a reservoir (0.9 s)."""
    ledger = Ledger.open(engine)
    controller = Controller(dt=1e-4 / scales.time, tolerance=0.02, largest=0.3 / scales.time)

    def book(progress):
        if progress.step:
            ledger.update(engine)

    march(engine, controller, [seconds / scales.time], [book])
    return ledger


def gap_and_mean(engine, scales):
    """What is left between lithium and counter electrode [m], and the mean c/c₀ of the salt kept in it."""
    height = engine.box.shape[0] * engine.box.spacing[0] * scales.length
    gap = height - np.sum(engine.owned("xi")) * engine.box.spacing[0] * scales.length
    return gap, (height - 4e-6) / gap


def test_limiting_current():
    """At −0.05 V a symmetric cell passes its limiting current but for what salt is left at the lithium (B12). 1 %.

    The profile is linear and the salt is kept, so i = J_lim (c_mean − c_surface)/c₀.
    """
    engine, scales = engine_of('mode = "potentiostatic"\nvoltage = "-0.05 V"', height=30, concentration=20.0)
    ledger = relaxed(engine, scales, seconds=3.0)
    gap, mean = gap_and_mean(engine, scales)
    limit = theory.limiting_current(3e-10, 20.0, 0.38, gap)
    left = surface_concentration(engine)
    assert left < 0.6
    assert ledger.current * scales.current == pytest.approx(limit * (mean - left), rel=0.01)
    assert abs(ledger.salt_closure(engine)) < 1e-6


@pytest.mark.slow
def test_steady_cell_voltage():
    """Below the limit, the cell's voltage is that of charge transfer, Ohm's law and the salt's gradient (B13). 1 %.

    The profile is linear, from c₀(m − g) at the lithium to c₀(m + g), g = i/J_lim, m the mean. With σ ∝ c, i₀ ∝ √c and
    a lithium reference electrode, −V = (iL/2gσ₀) ln r + 2(1 − t₊)(RT/F) ln r + 2(RT/F) asinh(i/2i₀√(m − g)),
    r = (m + g)/(m − g).
    """
    current = 180.0
    engine, scales = engine_of(
        f'mode = "galvanostatic"\ncurrent_density = "{current} A/m^2"', height=30, concentration=100.0
    )
    relaxed(engine, scales)
    gap, mean = gap_and_mean(engine, scales)
    g = current / theory.limiting_current(3e-10, 100.0, 0.38, gap)
    assert 0.2 < g < 0.8
    thermal, log = scales.potential, np.log((mean + g) / (mean - g))
    ohmic = current * gap / (2 * g * 0.5) * log
    diffusion = 2 * (1 - 0.38) * thermal * log
    transfer = 2 * thermal * np.arcsinh(current / (2 * 3000.0 * np.sqrt(mean - g)))
    voltage = -cell_voltage(engine) * thermal
    assert surface_concentration(engine) == pytest.approx(mean - g, rel=0.01)
    assert voltage == pytest.approx(ohmic + diffusion + transfer, rel=0.01)


def test_steady_cell_voltage_against_a_reservoir():
    """The same where the counter electrode holds c₀: c falls from c₀ to c₀(1 − g), r = 1/(1 − g). 1 %."""
    current = 80.0
    engine, scales = engine_of(
        f'mode = "galvanostatic"\ncurrent_density = "{current} A/m^2"', height=30, concentration=100.0,
        counter="reservoir",
    )  # fmt: skip
    ledger = relaxed(engine, scales)
    gap, _ = gap_and_mean(engine, scales)
    g = current / theory.limiting_current(3e-10, 100.0, 0.38, gap, reservoir=True)
    assert 0.2 < g < 0.8
    thermal, log = scales.potential, -np.log(1 - g)
    ohmic = current * gap / (g * 0.5) * log
    diffusion = 2 * (1 - 0.38) * thermal * log
    transfer = 2 * thermal * np.arcsinh(current / (2 * 3000.0 * np.sqrt(1 - g)))
    assert surface_concentration(engine) == pytest.approx(1 - g, rel=0.01)
    assert -cell_voltage(engine) * thermal == pytest.approx(ohmic + diffusion + transfer, rel=0.01)
    assert ledger.current * scales.current == pytest.approx(current, rel=1e-5)
    assert abs(ledger.charge_closure(engine)) < 1e-4


def test_faraday_scale():
    """1 mA/cm² of lithium is 1.347 nm/s (notes), so the scales plate what Faraday's law says."""
    _, scales = engine_of('mode = "galvanostatic"\ncurrent_density = "60 A/m^2"')
    assert 10.0 * scales.length / (scales.time * scales.current) == pytest.approx(1.347e-9, rel=1e-3)
    assert scales.charge == pytest.approx(1e-6 * F / 12.998e-6)

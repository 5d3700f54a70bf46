"""A flat front of lithium against a single-ion conductor: charge transfer and Ohm's law in series."""

from __future__ import annotations

import tomllib
from math import asinh, sinh
from pathlib import Path

import phasefield
from phasefield.verify.case import Case, Quantity, Source

F, THERMAL, MOLAR_VOLUME = 96485.33212, 8.314462618 * 298.15 / 96485.33212, 12.998e-6  # C/mol, V, m³/mol
EXCHANGE, CONDUCTIVITY, GAP = 30.0, 0.05, 10e-6  # A/m², S/m, m
CURRENT, VOLTAGE, TIME = 60.0, -0.1, 20.0  # A/m², V, s
DECK = """
[domain]
dimension = 1
size = ["{height} um"]
cells = [{cells}]
[interface]
width = "{width} um"
[electrolyte]
transport = "single-ion"
conductivity = "0.05 S/m"
[kinetics]
exchange_current_density = "30 A/m^2"
[front]
height = "4 um"
[[drive.steps]]
{drive}
[stop]
time = "{time} s"
[output]
snapshots = 1
"""


def run(folder: Path, width: float, drive: str):
    """Columns of a run with 8 cells in the width of the interface [µm]."""
    height = 4 + GAP * 1e6
    deck = DECK.format(height=height, cells=round(8 * height / width), width=width, drive=drive, time=TIME)
    return phasefield.run(tomllib.loads(deck), folder).history


def voltage() -> float:
    """−(2RT/F) asinh(i/2i₀) − i·gap/σ [mV], with the gap that is left."""
    gap = GAP - CURRENT * MOLAR_VOLUME / F * TIME
    return -1e3 * (2 * THERMAL * asinh(CURRENT / (2 * EXCHANGE)) + CURRENT * gap / CONDUCTIVITY)


def overpotential() -> float:
    """−(2RT/F) asinh(i/2i₀) [mV]."""
    return -1e3 * 2 * THERMAL * asinh(CURRENT / (2 * EXCHANGE))


def current() -> float:
    """i(t) from i = 2i₀ sinh(F(V − i·gap/σ)/2RT) and d gap/dt = −iV_Li/F [A/m²]."""

    def at(gap: float) -> float:
        low, high = 0.0, -VOLTAGE * CONDUCTIVITY / gap
        for _ in range(60):
            middle = 0.5 * (low + high)
            kinetic = 2 * EXCHANGE * sinh((-VOLTAGE - middle * gap / CONDUCTIVITY) / (2 * THERMAL))
            low, high = (middle, high) if kinetic > middle else (low, middle)
        return low

    gap, step = GAP, TIME / 200
    for _ in range(200):
        middle = gap - 0.5 * step * at(gap) * MOLAR_VOLUME / F
        gap -= step * at(middle) * MOLAR_VOLUME / F
    return at(gap)


def measure(width: float, folder: Path) -> tuple[float, ...]:
    """Cell voltage and overpotential [mV] at a given current, and the current [A/m²] at a given voltage."""
    given = run(folder / "current", width, f'mode = "galvanostatic"\ncurrent_density = "{CURRENT} A/m^2"')
    held = run(folder / "voltage", width, f'mode = "potentiostatic"\nvoltage = "{VOLTAGE} V"')
    last = given["Cell voltage [V]"][-1], given["Overpotential [V]"][-1]
    return 1e3 * last[0], 1e3 * last[1], held["Current density [A/m2]"][-1]


CASES = (
    Case(
        name="butler-volmer-ohm",
        title="Butler and Volmer's law in series with Ohm's law",
        tests="A flat cell with one lithium electrode: −V = (2RT/F) asinh(i/2i₀) + i·gap/σ, at a given current and at "
        "a given voltage. The gap shrinks by what is plated (Faraday's law).",
        sources=(
            Source("E. J. F. Dickinson, A. J. Wain, J. Electroanal. Chem. 872 (2020) 114145",
                   "10.1016/j.jelechem.2020.114145"),
        ),
        quantities=(
            Quantity(f"Cell voltage at {CURRENT:g} A/m²", "mV", voltage, bound=0.005),
            Quantity(f"Overpotential at {CURRENT:g} A/m²", "mV", overpotential, bound=0.005),
            Quantity(f"Current at {1e3 * VOLTAGE:g} mV", "A/m²", current, bound=0.005),
        ),
        measure=measure,
        sizes=(1.0, 0.5),
        size_means="width of the interface [µm], 8 cells in it",
        order=1,
    ),
)  # fmt: skip

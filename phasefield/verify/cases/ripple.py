"""A small ripple on lithium beside a single-ion conductor: it grows with the current, and decays by its energy.

A ripple a cos kx on a front of velocity v = iV/F, in an electrolyte much thicker than 1/k: the potential gains
A e^(−ky), and the current δi = σkA more flows to the crests. With R = RT/(Fi₀√(1 + (i/2i₀)²)) of charge transfer, and
Gibbs and Thomson's γVk²a/F, kinetics are Rδi = ia/σ − A − γVk²a/F. Faraday's law ωa = Vδi/F gives
ω = k(v − σγ(V/F)²k²)/(1 + σRk).
"""

from __future__ import annotations

import tomllib
from math import pi, sqrt
from pathlib import Path

import numpy as np

import phasefield
from phasefield.verify.case import Case, Quantity, Source

F, THERMAL, MOLAR_VOLUME = 96485.33212, 8.314462618 * 298.15 / 96485.33212, 12.998e-6  # C/mol, V, m³/mol
EXCHANGE, CONDUCTIVITY, WAVELENGTH = 50.0, 0.02, 20.0  # A/m², S/m, µm
DECK = """
[domain]
dimension = 2
size = ["10 um", "{height} um"]
cell_size = "{cell} um"
[interface]
width = "{width} um"
{mobility}
[lithium]
interface_energy = "{energy} J/m^2"
[electrolyte]
transport = "single-ion"
conductivity = "0.02 S/m"
[kinetics]
exchange_current_density = "50 A/m^2"
[front]
height = "{front} um"
cosines = [{{ amplitude = "0.2 um", wavelength = "20 um" }}]
[[drive.steps]]
{drive}
[stop]
time = "{time} s"
[time]
max_step = "{step} s"
[output]
snapshots = 1
"""


def rate(energy: float, current: float) -> float:
    """ω = k(v − σγ(V/F)²k²)/(1 + σRk) [1/s], for an energy γ [J/m²] and a current density [A/m²]."""
    k, v = 2e6 * pi / WAVELENGTH, current * MOLAR_VOLUME / F
    resistance = THERMAL / (EXCHANGE * sqrt(1 + (current / (2 * EXCHANGE)) ** 2))
    stiffness = CONDUCTIVITY * energy * (MOLAR_VOLUME / F) ** 2 * k**2
    return k * (v - stiffness) / (1 + CONDUCTIVITY * resistance * k)


def measured(folder: Path, width: float, energy: float, current: float, time: float, mobility: str = "") -> float:
    """Growth rate of half a wave [1/s], from its swing after a fifth of the time; 6 cells in the width [µm]."""
    cell, front = width / 6, 5 * width
    drive = f'mode = "galvanostatic"\ncurrent_density = "{current} A/m^2"' if current else 'mode = "rest"'
    deck = DECK.format(
        height=round((front + 15) / cell) * cell, cell=cell, width=width, energy=energy, front=front, drive=drive,
        time=time, step=time / 15, mobility=mobility,
    )  # fmt: skip
    found = phasefield.run(tomllib.loads(deck), folder).history
    later = found["Time [s]"] > 0.2 * time
    return float(np.polyfit(found["Time [s]"][later], np.log(found["Tip-valley distance [m]"][later]), 1)[0])


GROWTH = Case(
    name="ripple-growth",
    title="A ripple of soft lithium grows with the current",
    tests="Linear stability of a flat front with charge transfer and Ohm's law: a ripple of 20 µm at 4 mA/cm² grows at "
    "ω = k(v − σγ(V/F)²k²)/(1 + σRk). Lithium's 0.5 J/m² changes ω by 0.3 %.",
    sources=(
        Source("C. Monroe, J. Newman, J. Electrochem. Soc. 152 (2005) A396 (without elasticity)", "10.1149/1.1850854"),
        Source("J. L. Barton, J. O'M. Bockris, Proc. R. Soc. Lond. A 268 (1962) 485", "10.1098/rspa.1962.0154"),
    ),
    quantities=(Quantity("Growth rate", "1/h", lambda: 3600 * rate(0.5, 40.0), bound=0.05),),
    measure=lambda width, folder: (3600 * measured(folder, width, 0.5, 40.0, 300.0),),
    sizes=(2.0, 1.0),
    size_means="width of the interface [µm], 6 cells in it",
    order=1,
)
DECAY = Case(
    name="ripple-decay",
    title="A ripple of stiff lithium decays at rest",
    tests="Gibbs and Thomson's law: without a current, and with 100 times the interface energy of lithium (50 J/m²), "
    "the ripple decays at ω = −σγ(V/F)²k³/(1 + σRk), by currents between its crests and its valleys. The mobility that "
    "keeps the profile of the interface is the one that 4 mA/cm² would ask for; it should not matter.",
    sources=(
        Source("W. W. Mullins, R. F. Sekerka, J. Appl. Phys. 35 (1964) 444 (capillarity)", "10.1063/1.1713333"),
        Source("J. L. Barton, J. O'M. Bockris, Proc. R. Soc. Lond. A 268 (1962) 485", "10.1098/rspa.1962.0154"),
    ),
    quantities=(Quantity("Rate of change", "1/h", lambda: 3600 * rate(50.0, 0.0), bound=0.05),),
    measure=lambda width, folder: (
        3600 * measured(folder, width, 50.0, 0.0, 1500.0,
                        f'mobility = "{0.5 * width * 1e-6 * 40.0 * MOLAR_VOLUME / F!r} m^2/s"'),
    ),
    sizes=(2.0, 1.0),
    size_means="width of the interface [µm], 6 cells in it",
    order=1,
)  # fmt: skip
CASES = (GROWTH, DECAY)

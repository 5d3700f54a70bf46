"""Diffusion of a salt to a flat electrode: Sand's time, Cottrell's current, limiting current, and polarisation.

The salt is dilute (100 mol/m³), since these formulas are for electrodes that stand still: a front that moves displaces
salt, which changes what diffusion must bring by the part cV_Li/(1 − t₊), 0.2 % here.
"""

from __future__ import annotations

import tomllib
from math import asinh, log, pi, sqrt
from pathlib import Path

import numpy as np

import phasefield
from phasefield.verify.case import Case, Quantity, Source

F, THERMAL = 96485.33212, 8.314462618 * 298.15 / 96485.33212  # C/mol, V
SALT, DIFFUSIVITY, TRANSFERENCE = 100.0, 3e-10, 0.38  # mol/m³, m²/s
DECK = """
[domain]
dimension = 1
size = ["{height} um"]
cells = [{cells}]
[interface]
width = "{width} um"
[electrolyte]
transport = "binary"
conductivity = "0.5 S/m"
concentration = "100 mol/m^3"
diffusivity = "3e-10 m^2/s"
transference_number = 0.38
[kinetics]
exchange_current_density = "3000 A/m^2"
[front]
height = "4 um"
[[drive.steps]]
{drive}
[stop]
time = "{time} s"
[output]
snapshots = 1
"""


def history(folder: Path, width: float, height: float, drive: str, time: float):
    """Columns of a run with 8 cells in the width of the interface [µm]."""
    cells = round(8 * height / width)
    deck = DECK.format(height=height, cells=cells, width=width, drive=drive, time=time)
    return phasefield.run(tomllib.loads(deck), folder).history


# Sand's time ---------------------------------------------------------------------------------------------

CURRENT = 180.0  # A/m²


def sand_time() -> float:
    """t = πD[Fc/(2i(1 − t₊))]² [s]."""
    return pi * DIFFUSIVITY * (F * SALT / (2 * CURRENT * (1 - TRANSFERENCE))) ** 2


def sand(width: float, folder: Path) -> tuple[float, ...]:
    """Times at which half and nine tenths of the salt at the lithium are gone, over what they are of Sand's time."""
    drive = f'mode = "galvanostatic"\ncurrent_density = "{CURRENT} A/m^2"'
    found = history(folder, width, 120, drive, 0.95 * sand_time())
    time, left = found["Time [s]"], found["Salt at the lithium [mol/m3]"] / SALT
    half, tenth = (float(np.interp(-part, -left, time)) for part in (0.5, 0.1))
    return half, tenth


SAND = Case(
    name="sand-time",
    title="Sand's time",
    tests="At a given current the salt at the electrode falls as c = c₀[1 − √(t/t_S)], with t_S = πD[Fc₀/2i(1 − t₊)]², "
    "in a cell that is much thicker than √(Dt). Half of it is gone at t_S/4, nine tenths at 0.81 t_S.",
    sources=(Source("H. J. S. Sand, Phil. Mag. 1 (1901) 45", "10.1080/14786440109462590"),),
    quantities=(
        Quantity("Time when half of the salt is gone", "s", lambda: 0.25 * sand_time(), bound=0.02),
        Quantity("Time when nine tenths are gone", "s", lambda: 0.81 * sand_time(), bound=0.02),
    ),
    measure=sand,
    sizes=(2.0, 1.0),
    size_means="width of the interface [µm], 8 cells in it",
    order=1,
)

# Cottrell's current, and the limiting current ------------------------------------------------------------

GAP, SHORT, LONG = 26e-6, 0.06, 2.0  # m, s, s


def limiting_current() -> float:
    """i = 2FDc₀/((1 − t₊)L) between two electrodes of lithium; the gap shrinks by what was plated, the salt stays."""
    gap, step = GAP, LONG / 1000
    for _ in range(1000):
        current = 2 * F * DIFFUSIVITY * SALT * GAP / ((1 - TRANSFERENCE) * gap**2)
        gap -= current * 12.998e-6 / F * step
    return current


def cottrell_current() -> float:
    """i = Fc₀/(1 − t₊) √(D/πt) [A/m²]."""
    return F * SALT / (1 - TRANSFERENCE) * sqrt(DIFFUSIVITY / (pi * SHORT))


def held(width: float, folder: Path) -> tuple[float, ...]:
    """Currents [A/m²] at two times after −0.5 V are applied, early and late."""
    drive = 'mode = "potentiostatic"\nvoltage = "-0.5 V"'
    found = history(folder, width, GAP * 1e6 + 4, drive, LONG)
    early = np.interp(SHORT, found["Time [s]"], found["Current density [A/m2]"])
    return float(early), float(found["Current density [A/m2]"][-1])


HELD = Case(
    name="limiting-current",
    title="Cottrell's current and the limiting current",
    tests="At −0.5 V the electrode takes all salt that diffusion brings: i = Fc₀/(1 − t₊) √(D/πt) while the depleted "
    "layer is thin, and 2FDc₀/((1 − t₊)L) in the end, between two lithium electrodes at the distance L.",
    sources=(
        Source("F. G. Cottrell, Z. Phys. Chem. 42U (1903) 385", "10.1515/zpch-1903-4229"),
        Source("J. Newman, K. E. Thomas-Alyea, Electrochemical Systems, 3rd ed., Wiley (2004), ch. 11"),
    ),
    quantities=(
        Quantity(f"Current after {SHORT} s", "A/m²", cottrell_current, bound=0.03),
        Quantity(f"Current after {LONG} s", "A/m²", limiting_current, bound=0.02),
    ),
    measure=held,
    sizes=(1.0, 0.5),
    size_means="width of the interface [µm], 8 cells in it",
    order=1,
)

# Concentration polarisation ------------------------------------------------------------------------------

STEADY = 3.0  # s, 13 times L²/π²D


def polarised() -> tuple[float, float]:
    """Cell voltage [mV], and the salt at the lithium over c₀, in the steady state.

    c is a straight line from m − g to m + g, where g = i/i_lim and m is the mean of what the gap holds. σ is
    proportional to c, i₀ to √c; the counter electrode is a reference electrode.
    """
    gap = GAP - CURRENT * 12.998e-6 / F * STEADY
    mean, g = GAP / gap, CURRENT * (1 - TRANSFERENCE) * gap / (2 * F * DIFFUSIVITY * SALT)
    spread = log((mean + g) / (mean - g))
    ohmic, diffusion = CURRENT * gap / (2 * g * 0.5) * spread, 2 * (1 - TRANSFERENCE) * THERMAL * spread
    transfer = 2 * THERMAL * asinh(CURRENT / (2 * 3000.0 * sqrt(mean - g)))
    return -1e3 * (ohmic + diffusion + transfer), mean - g


def polarisation(width: float, folder: Path) -> tuple[float, ...]:
    """The same of a run at a given current."""
    drive = f'mode = "galvanostatic"\ncurrent_density = "{CURRENT} A/m^2"'
    found = history(folder, width, GAP * 1e6 + 4, drive, STEADY)
    return 1e3 * float(found["Cell voltage [V]"][-1]), float(found["Salt at the lithium [mol/m3]"][-1]) / SALT


POLARISED = Case(
    name="concentration-polarisation",
    title="Concentration polarisation in the steady state",
    tests="At half the limiting current between two lithium electrodes, c falls in a straight line, and "
    "−V = (iL/2gσ₀) ln r + 2(1 − t₊)(RT/F) ln r + (2RT/F) asinh(i/2i₀√(m − g)), with g = i/i_lim and "
    "r = (m + g)/(m − g); σ is proportional to c, i₀ to √c.",
    sources=(
        Source("J. Newman, K. E. Thomas-Alyea, Electrochemical Systems, 3rd ed., Wiley (2004), chs. 11 and 12"),
        Source("C. Monroe, J. Newman, J. Electrochem. Soc. 150 (2003) A1377 (the same cell)", "10.1149/1.1606686"),
    ),
    quantities=(
        Quantity("Cell voltage", "mV", lambda: polarised()[0], bound=0.01),
        Quantity("Salt at the lithium, over that of the start", "1", lambda: polarised()[1], bound=0.01),
    ),
    measure=polarisation,
    sizes=(1.0, 0.5),
    size_means="width of the interface [µm], 8 cells in it",
    order=1,
)

CASES = (SAND, HELD, POLARISED)

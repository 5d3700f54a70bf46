"""Published models of plating, as models of a user's own, compared with what their equations must give.

What they show in a cell, and our quantitative model in the same cell: docs/explanation/published_models.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import partial
from math import exp, log, sinh
from pathlib import Path

import numpy as np

import phasefield
from phasefield.verify.case import Case, Quantity, Source
from phasefield.verify.scripts import script

THERMAL = 8.314462618 * 298.15 / 96485.33212  # V
GAP = 10.0  # µm, of electrolyte
FRONT, TIME = 10.0, 20.0  # µm, s


def bisected(surplus: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function is zero."""
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if surplus(middle) > 0 else (low, middle)
    return low


def speed(name: str, model, cell: float, folder: Path) -> float:
    """Of the front [nm/s], over the second half of a run."""
    found = script(name).solve(model, cell, TIME, folder).history
    late = found["Time [s]"] >= 0.5 * TIME
    return 1e9 * float(np.polyfit(found["Time [s]"][late], found["Front [m]"][late], 1)[0])


# Chen, Arguello ------------------------------------------------------------------------------------------

VOLTAGES, REST = (-0.05, -0.1), -0.05  # V


def nernst() -> float:
    """c/c₀ = e^(FV/RT), where plating stops."""
    return exp(REST / THERMAL)


def butler_volmer(voltage: float) -> float:
    """v = (i₀/Fc_s)(c e^(−FV/2RT) − e^(FV/2RT)), with c = 1 − v(c_s/c₀)·gap/D of salt that diffuses [nm/s]."""
    rate, ratio, diffusivity = 30.0 / (96485.33212 * 7.64e4) * 1e6, 76.4, 319.7  # µm/s, 1, µm²/s

    def surplus(v: float) -> float:
        c = 1 - v * ratio * (GAP - 0.75 * TIME * v) / diffusivity
        return rate * (c * exp(-voltage / (2 * THERMAL)) - exp(voltage / (2 * THERMAL))) - v

    return 1e3 * bisected(surplus, 0.0, 1.0)


def chen(cells: float, folder: Path) -> tuple[float, ...]:
    """c/c₀ of a closed cell in the end, and speeds at two voltages and for twice the width."""
    model, size = script("chen_2015").Chen, FRONT + GAP
    rest = script("chen_2015").solve(
        model(REST, uniform=True, closed=True, front=FRONT, size=size), 1.5 * cells, 2000.0, folder / "rest"
    )
    speeds = [
        speed("chen_2015", model(voltage, width, uniform=True, front=FRONT, size=size), width * cells,
              folder / f"{voltage}_{width}")
        for voltage, width in (*((v, 1.5) for v in VOLTAGES), (VOLTAGES[1], 3.0))
    ]  # fmt: skip
    return float(rest.history["Salt at the front [1]"][-1]), *speeds


CHEN = Case(
    name="chen-2015",
    title="The equations of Chen (2015) and Arguello (2022)",
    tests="One order parameter, one potential, and the cation, in one dimension (`docs/examples/chen_2015.py`). Chen "
    "verifies the model with Nernst's equation at rest and with the rate of Butler and Volmer; here both, at a "
    "potential that is the same everywhere: in a closed cell, plating stops at c/c₀ = exp(FV/RT); with salt kept at "
    "the other end, the front moves at (i₀/Fc_s)(c e^(−FV/2RT) − e^(FV/2RT)), whatever its width is if L_η is adapted.",
    sources=(
        Source("L. Chen et al., J. Power Sources 300 (2015) 376", "10.1016/j.jpowsour.2015.09.055"),
        Source("M. E. Arguello et al., J. Energy Storage 53 (2022) 104892", "10.1016/j.est.2022.104892"),
    ),
    quantities=(
        Quantity(f"Salt at rest, {1e3 * REST:g} mV, over c₀", "1", nernst, 0.01),
        *(Quantity(f"Speed at {1e3 * v:g} mV", "nm/s", partial(butler_volmer, v), 0.03) for v in VOLTAGES),
        Quantity("Speed there, twice the width", "nm/s", partial(butler_volmer, VOLTAGES[1]), 0.03),
    ),
    measure=chen,
    sizes=(0.125, 0.0625),
    size_means="cells, over the width of the interface",
    order=2,
    note="We could not read the tables of the two papers, so the parameters were not checked against them. The "
    "relations hold for any.",
)  # fmt: skip

# Hong and Viswanathan ------------------------------------------------------------------------------------


def hong_speed(voltage: float, width: float = 1.0) -> float:
    """v = (3/2)·width·L_s(½s e^(−AV/2) − e^(AV/2)), with s of the salt that arrives by diffusion [nm/s].

    The factor 1 − h of the cathodic term is ½ in the mean over the interface.
    """
    full, ε = log(1 + exp(-2.631)), 2.631

    def surplus(v: float) -> float:
        w = log(exp(full - v * 5.43 * (GAP - 0.75 * TIME * v) / 317.9) - 1) + ε
        salt = 14.89 / (1 + exp(ε - w))
        return 1.5 * width * 0.001 * (0.5 * salt * exp(-38.69 * voltage / 2) - exp(38.69 * voltage / 2)) - v

    return 1e3 * bisected(surplus, -0.05, 0.05)


def hong(cells: float, folder: Path) -> tuple[float, ...]:
    """Speeds at two voltages, and at the second for twice the width."""
    model = script("hong_2018").Hong
    return tuple(
        speed("hong_2018", model(voltage, width, uniform=True, front=FRONT, size=FRONT + GAP), width * cells,
              folder / f"{voltage}_{width}")
        for voltage, width in ((0.0, 1.0), (-0.1, 1.0), (-0.1, 2.0))
    )  # fmt: skip


HONG = Case(
    name="hong-2018",
    title="The equations of Hong and Viswanathan (2018)",
    tests="A grand potential, in one dimension (`docs/examples/hong_2018.py`). At a potential that is the same "
    "everywhere, the front moves at (3/2)·width·L_s(½s e^(−AV/2) − e^(AV/2)), s being the salt over that of the start: "
    "the factor 1 − h of the cathodic term halves it. So lithium dissolves at 0 V, rest is at −(RT/F) ln 2 = −18 mV, "
    "and a front of twice the width is twice as fast.",
    sources=(
        Source("Z. Hong, V. Viswanathan, ACS Energy Lett. 3 (2018) 1737", "10.1021/acsenergylett.8b01009"),
        Source("Input of its program, in a copy that says that the formulas are the authors'",
               address="https://github.com/bdliangxy/dendrite"),
    ),
    quantities=(
        Quantity("Speed at 0 mV", "nm/s", partial(hong_speed, 0.0), 0.05),
        Quantity("Speed at -100 mV", "nm/s", partial(hong_speed, -0.1), 0.05),
        Quantity("Speed at -100 mV, twice the width", "nm/s", partial(hong_speed, -0.1, 2.0), 0.05),
    ),
    measure=hong,
    sizes=(0.125, 0.0625),
    size_means="cells, over the width of the interface",
    order=2,
    note="The relations follow from the equations; they are not in the paper.",
)  # fmt: skip

# The cell of Hong and Viswanathan, with our model ----------------------------------------------------------

EXCHANGE, CONDUCTIVITY, MOLAR_CHARGE = 11.1, 1.19, 96485.33212 / 12.998e-6  # A/m² (6δL_s·k), S/m, C/m³
CELL, LATE = 180e-6, 100.0  # m, s
DECK = """
[domain]
dimension = 1
size = ["200 um"]
cells = [{cells}]
[interface]
width = "{width} um"
[electrolyte]
transport = "single-ion"
conductivity = "1.19 S/m"
[kinetics]
exchange_current_density = "11.1 A/m^2"
[front]
height = "20 um"
[[drive.steps]]
mode = "potentiostatic"
voltage = "{voltage} V"
[stop]
time = "100 s"
[output]
snapshots = 1
"""


def plated(voltage: float) -> float:
    """Thickness after 100 s, of i = 2i₀ sinh(F(−V − i·gap/σ)/2RT) and d gap/dt = −iV_Li/F [µm]."""

    def current(gap: float) -> float:
        def surplus(i: float) -> float:
            return 2 * EXCHANGE * sinh((-voltage - i * gap / CONDUCTIVITY) / (2 * THERMAL)) - i

        return bisected(surplus, 0.0, -voltage * CONDUCTIVITY / gap)

    gap, step = CELL, LATE / 200
    for _ in range(200):
        middle = gap - 0.5 * step * current(gap) / MOLAR_CHARGE
        gap -= step * current(middle) / MOLAR_CHARGE
    return 1e6 * (CELL - gap)


def ours(width: float, folder: Path) -> tuple[float, ...]:
    """Thickness plated at two voltages, and at the second the charge plated over that passed."""
    found = [
        phasefield.run(tomllib.loads(DECK.format(cells=round(8 * 200 / width), width=width, voltage=voltage)),
                       folder / str(voltage)).history
        for voltage in CELL_VOLTAGES
    ]  # fmt: skip
    thick = (1e6 * float(run["Mean thickness [m]"][-1] - run["Mean thickness [m]"][0]) for run in found)
    return *thick, float(found[1]["Charge plated [C/m2]"][-1] / found[1]["Charge passed [C/m2]"][-1])


CELL_VOLTAGES = (-0.2, -0.45)
OURS = Case(
    name="hong-2018-cell",
    title="Our model in the cell of Hong and Viswanathan",
    tests="Their gap of 180 µm, conductivity, voltages, and exchange current density (11.1 A/m², from L_s), with the "
    "model `plating`: charge transfer and Ohm's law in series, and Faraday's law. What their equations give in this "
    "cell is in the page on published models: 16.3 and 45.0 µm, and for twice the width 17.4 and 58.0 µm.",
    sources=(*HONG.sources, Source("docs/explanation/published_models.md")),
    quantities=(
        *(Quantity(f"Plated in 100 s at {1e3 * v:g} mV", "µm", partial(plated, v), 0.005) for v in CELL_VOLTAGES),
        Quantity("Charge plated over charge passed", "1", 1.0, 1e-6),
    ),
    measure=ours,
    sizes=(2.0, 1.0),
    size_means="width of the interface [µm], 8 cells in it",
    order=1,
    note="The runs had been tried before the formula was computed and the bounds were set.",
)  # fmt: skip
CASES = (CHEN, HONG, OURS)

"""The problem that every program solves: lithium plated from a rough front, in a box of any size."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np

from phasefield.deck import parse_deck
from phasefield.physics.common.surface import TAIL
from phasefield.physics.plating.case import PlatingCase
from phasefield.physics.registry import build

#: Cell size, and with it the front, is that of inputs/plating_uncoated_3d.toml: 5.9 cells across the width.
DECK = """
title = "Benchmark"
[domain]
dimension = {dimension}
size = [{size}]
cells = [{cells}]
[interface]
width = "2.2 um"
mobility = "{mobility}"
capillarity = "effective"
[electrolyte]
{electrolyte}
[kinetics]
exchange_current_density = "{exchange}"
[front]
height = "{height} um"
cosines = [{{ amplitude = "0.6 um", wavelength = "{width} um" }}]
noise = {{ amplitude = "0.1 um", correlation_length = "3 um", seed = 11 }}
[[drive.steps]]
mode = "galvanostatic"
current_density = "{current}"
[stop]
time = "1 h"
"""

#: The electrolytes of plating_uncoated_3d.toml and of plating_binary.toml, each at the current of its deck or below.
SINGLE_ION = {
    "electrolyte": 'transport = "single-ion"\nconductivity = "0.1 mS/cm"',
    "mobility": "1.6e-14 m^2/s",
    "exchange": "10 mA/cm^2",
    "current": "6 mA/cm^2",
}
BINARY = {
    "electrolyte": 'transport = "binary"\nconductivity = "10 mS/cm"\nconductivity_exponent = 1.0\n'
    'concentration = "1 mol/L"\ndiffusivity = "3e-10 m^2/s"\ntransference_number = 0.38',
    "mobility": "3e-13 m^2/s",
    "exchange": "20 mA/cm^2",
    "current": "50 mA/cm^2",
}
TRANSPORT = {"single-ion": SINGLE_ION, "binary": BINARY}
CELL = 0.375  # µm

#: How far the front moves in a step, in widths: the shipped decks' own steps are about as long.
ADVANCE = 0.03


@cache
def area_weights() -> tuple[float, float]:
    """a and b of w = (a + bq) q²/(q² + T²) with ∫w dξ = 6∫qw dξ = 1, for q = ξ(1 − ξ) and T = `TAIL`."""
    ξ = (np.arange(1_000_000) + 0.5) / 1_000_000
    q = ξ * (1 - ξ)
    one, first, second = (float(np.mean(q ** (2 + k) / (q**2 + TAIL**2))) for k in range(3))
    b = (one - 6 * first) / (6 * (one * second - first**2))
    return (1 - b * first) / one, b


@dataclass(frozen=True)
class Problem:
    """A box of so many cells, and the step to march with.

    Attributes
    ----------
    cells : tuple of int
        Along each axis, height last; 2-D or 3-D.
    transport : str
        ``"single-ion"``: ξ and φ. ``"binary"``: and c.
    case : PlatingCase
        As phasefield's own builder makes it: every program takes its parameters and initial state from here.
    """

    cells: tuple[int, ...]
    transport: str
    case: PlatingCase

    @classmethod
    def of(cls, cells: tuple[int, ...], transport: str) -> Problem:
        """A box of cubes of 0.375 µm with its front at three tenths of the height."""
        size = [n * CELL for n in cells]
        text = DECK.format(
            dimension=len(cells), size=", ".join(f'"{x:.9g} um"' for x in size), cells=", ".join(map(str, cells)),
            height=f"{0.3 * size[-1]:.9g}", width=f"{size[0]:.9g}", **TRANSPORT[transport],
        )  # fmt: skip
        return cls(tuple(cells), transport, build(parse_deck(text)))

    @property
    def current(self) -> float:
        """Current density that enters at the top [i₀]."""
        return self.case.drive[0].value

    @property
    def dt(self) -> float:
        """Time step [1]."""
        return ADVANCE / self.current

    @property
    def names(self) -> tuple[str, ...]:
        """Of the unknowns, in the model's order."""
        return tuple(f.name for f in self.case.model.fields)

    def initial(self, coordinates) -> dict:
        """Initial values of the unknowns at coordinates [δ_PF], by name."""
        return {f.name: f.initial(coordinates) for f in self.case.model.fields}

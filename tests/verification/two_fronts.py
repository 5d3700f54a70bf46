"""Decks of plating over an interphase whose electrons limit: thicknesses are chosen, conductivities follow."""

from __future__ import annotations

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

from typing import NamedTuple

from phasefield import theory
from phasefield.deck import parse_deck
from phasefield.physics.plating_interphase.deck import PlatingInterphaseDeck

NM = 1e-9
#: Width of both fronts [nm], cells across it, V_Li/V_n, U [V], V_Li [m³/mol].
WIDTH, CELLS, SHARE, ONSET, MOLAR_VOLUME = 2.0, 4, 0.5, 2.7, 13e-6
#: Velocity of flat lithium at 2 mA/cm² if the interphase takes none [m/s].
PLATING = theory.front_velocity(20.0, MOLAR_VOLUME)

REST = 'mode = "rest"'
PLATE = 'mode = "galvanostatic"\ncurrent_density = "2 mA/cm^2"'

DECK = """
model = "plating-interphase"
[domain]
dimension = 1
size = ["{top:.17g} nm"]
cells = [{cells}]
[interface]
width = "{width} nm"
[electrolyte]
ionic_conductivity = "1 S/m"
electronic_conductivity = "1e-14 S/m"
reduction_potential = "{onset} V"
oxidation_potential = "4 V"
[product]
ionic_conductivity = "1 S/m"
electronic_conductivity = "{electronic:.17g} S/m"
volume_per_lithium = "26 cm^3/mol"
[reaction]
velocity = "{reaction:.17g} m/s"
[lithium]
molar_volume = "13 cm^3/mol"
[kinetics]
exchange_current_density = "10 mA/cm^2"
[front]
height = "{height:.17g} nm"
[layer]
thickness = "{layer} nm"
[[drive.steps]]
{drive}
[stop]
time = "{time:.17g} s"
[time]
tolerance = 0.03
[output]
snapshots = 1
"""


class Growth(NamedTuple):
    """k_p [m²/s] and k_r [m/s] of a product."""

    parabolic: float
    reaction: float

    @property
    def electronic(self) -> float:
        """σ_e that k_p asks for [S/m]; ions are a millionfold faster."""
        return self.parabolic * theory.FARADAY / (MOLAR_VOLUME / SHARE * ONSET)


def growth(steady: float, crossover: float) -> Growth:
    """A product of a steady thickness under 2 mA/cm² and a crossover thickness k_p/k_r [nm]."""
    parabolic = PLATING / (1 + SHARE) * (steady + crossover) * NM
    return Growth(parabolic, parabolic / (crossover * NM))


def flat(
    product: Growth, lithium: float, layer: float, top: float, time: float, drive: str, overrides=()
) -> PlatingInterphaseDeck:
    """A flat cell; lengths in nm."""
    cells = round(top / WIDTH * CELLS)
    text = DECK.format(
        top=cells * WIDTH / CELLS, cells=cells, width=WIDTH, onset=ONSET, electronic=product.electronic,
        reaction=product.reaction, height=lithium, layer=layer, drive=drive, time=time,
    )  # fmt: skip
    return parse_deck(text, overrides=overrides)


#: Overrides that take the interphase away, and put a boundary across the electrolyte where lithium may appear.
LEAKY = (
    "layer=", "reaction=", "product=",
    "electrolyte.ionic_conductivity={ionic} S/m", "electrolyte.electronic_conductivity={electronic} S/m",
    "heterogeneity.grain_boundaries={{pattern='planes', planes=[{{point=['{height} nm'], normal=[1.0]}}],"
    " width='3 nm', nucleation={{rate=1e4, barrier='{barrier} V'}}}}",
)  # fmt: skip


def leaky(ionic, electronic, height, top, time, barrier=0.0) -> PlatingInterphaseDeck:
    """Plating at 2 mA/cm² towards a boundary at a height; the electrolyte's conductivities in S/m, nm, s and V."""
    overrides = [o.format(ionic=ionic, electronic=electronic, height=height, barrier=barrier) for o in LEAKY]
    return flat(growth(10.0, 1.0), 3 * WIDTH, 4.0, top, time, PLATE, overrides)

"""A flat layer that grows between lithium and an electrolyte which lithium reduces: its growth laws.

Li⁺ and electrons cross the layer in parallel with fluxes that are equal, so both conductivities are in series:
dL/dt = (V_n/F) U/(1/σ_i + 1/σ_e)/L = k_p/L where only the layer limits, and 1/(dL/dt) = L/k_p + 1/k_r with a reaction.
"""

from __future__ import annotations

import tomllib
from math import sqrt
from pathlib import Path

import phasefield
from phasefield.verify.case import Case, Quantity, Source

F, ONSET, VOLUME = 96485.33212, 2.0, 20e-6  # C/mol, V, m³/mol
IONIC, ELECTRONIC, START = 1e-4, 1e-6, 100.0  # S/m, S/m, nm
PARABOLIC = 1e18 * VOLUME * ONSET / F / (1 / IONIC + 1 / ELECTRONIC)  # k_p, nm²/s
DECK = """
model = "interphase"
[domain]
dimension = 1
size = ["{height} nm"]
cells = [{cells}]
[interface]
width = "{width} nm"
[electrolyte]
ionic_conductivity = "1e-2 S/m"
electronic_conductivity = "1e-12 S/m"
reduction_potential = "2 V"
oxidation_potential = "5 V"
[product]
ionic_conductivity = "1e-4 S/m"
electronic_conductivity = "1e-6 S/m"
volume_per_lithium = "20 cm^3/mol"
[reaction]
velocity = "{velocity} nm/s"
[layer]
height = "100 nm"
[stop]
time = "{time} s"
[output]
snapshots = 1
"""


def thickness(reaction: float, time: float) -> float:
    """L [nm]: (L² − L₀²)/2k_p + (L − L₀)/k_r = t, with the velocity of the reaction k_r [nm/s]."""
    a = PARABOLIC / reaction
    return -a + sqrt((START + a) ** 2 + 2 * PARABOLIC * time)


def grown(folder: Path, width: float, reaction: float, time: float) -> float:
    """What the layer has grown by [nm]; 6 cells in the width of its front [nm]."""
    height = 480
    deck = DECK.format(height=height, cells=round(6 * height / width), width=width, velocity=reaction, time=time)
    found = phasefield.run(tomllib.loads(deck), folder).history["Thickness [m]"]
    return float(1e9 * (found[-1] - found[0]))


#: k_r [nm/s] and time [s]: the layer grows from 100 nm to about 300 nm.
FAST = (1e4 * PARABOLIC / START, 0.5 * (300**2 - START**2) / PARABOLIC)
SLOW = (PARABOLIC / 200, 0.5 * (300**2 - START**2) / PARABOLIC + 200 * 200 / PARABOLIC)
SIZES, MEANS = (40.0, 20.0), "width of the front [nm], 6 cells in it"

DEAL = Source("B. E. Deal, A. S. Grove, J. Appl. Phys. 36 (1965) 3770", "10.1063/1.1713945")

CASES = (
    Case(
        name="parabolic-growth",
        title="Parabolic growth of an interphase",
        tests="The conduction of the layer limits: L² = L₀² + 2k_p t, with k_p = (V_n/F) U/(1/σ_i + 1/σ_e). Nothing in "
        "the program says √t; it follows from potentials and conductivities.",
        sources=(Source("C. Wagner, Z. Phys. Chem. B 21 (1933) 25"), DEAL),
        quantities=(
            Quantity("Growth from 100 nm on", "nm", lambda: thickness(*FAST) - START, bound=0.02),
        ),
        measure=lambda width, folder: (grown(folder, width, *FAST),),
        sizes=SIZES,
        size_means=MEANS,
        order=1,
    ),
    Case(
        name="linear-parabolic-growth",
        title="Growth that reaction and conduction limit",
        tests="Around the crossover from linear to parabolic growth: (L² − L₀²)/2k_p + (L − L₀)/k_r = t, with a layer "
        "of k_p/k_r in the middle of the run.",
        sources=(DEAL,),
        quantities=(
            Quantity("Growth from 100 nm on", "nm", lambda: thickness(*SLOW) - START, bound=0.02),
        ),
        measure=lambda width, folder: (grown(folder, width, *SLOW),),
        sizes=SIZES,
        size_means=MEANS,
        order=1,
    ),
)  # fmt: skip

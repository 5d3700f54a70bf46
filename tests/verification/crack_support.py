"""Decks of lithium in a flaw, and the current to a flaw without width, written independently of the program."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

FARADAY, VOLUME = 96485.33212, 12.998e-6

#: A garnet: a flaw of 10 µm, with R = 10 Ω cm² and linear kinetics. The damage is 0.075 flaws wide.
DECK = """
title = "A flaw of 10 um"
model = "crack"
[domain]
dimension = 2
size = ["60.5 um", "40 um"]
cells = [121, 80]
[electrolyte]
ionic_conductivity = "0.5 mS/cm"
youngs_modulus = "150 GPa"
poisson_ratio = 0.26
fracture_toughness = "1 MPa m^0.5"
strength = "677 MPa"
[flaw]
length = "10 um"
[kinetics]
law = "linear"
resistance = "10 ohm cm^2"
[[drive.steps]]
mode = "galvanostatic"
current_density = "{current} mA/cm^2"
[stop]
time = "{time} s"
[output]
snapshots = 1
"""
#: Overrides that make it coarse: damage of 0.2 flaws, 2000 cells.
COARSE = (
    "domain.size=['51 um', '40 um']",
    "domain.cells=[51, 40]",
    "electrolyte.strength=415 MPa",
)
LENGTH, WIDTH, HEIGHT, RESISTANCE, CONDUCTIVITY, TOUGHNESS = 10e-6, 60.5e-6, 40e-6, 1e-3, 0.05, 1e6


def critical():
    """Pressure at which a row of such flaws at distances 2 HEIGHT grows [Pa], and the current that makes it [A/m²]."""
    pressure = TOUGHNESS / np.sqrt(2 * HEIGHT * np.tan(0.5 * np.pi * LENGTH / HEIGHT))
    per_current = mean_overpotential(1.0, LENGTH, WIDTH, HEIGHT, RESISTANCE, CONDUCTIVITY)
    return pressure, pressure * VOLUME / FARADAY / per_current


def mean_overpotential(current, length, width, height, resistance, conductivity, cells=8):
    """Potential of ions that a flaw takes if no net current flows into it [V], with linear kinetics.

    The flaw is a slit without width in the middle of a box. The bottom is the electrode, the top gives the current
    [A/m²]. Finite volumes on the right half, `cells` to the length of the flaw; each face that reacts has the
    resistance of half a cell before it.
    """
    h = length / cells
    nx, nz = round(0.5 * width / h), round(height / h)
    number = np.arange(nx * nz).reshape(nz, nx)
    rows, columns, values = [], [], []
    for a, b in ((number[:, :-1], number[:, 1:]), (number[:-1], number[1:])):
        a, b = a.ravel(), b.ravel()
        for i, j, sign in ((a, a, 1), (b, b, 1), (a, b, -1), (b, a, -1)):
            rows.append(i)
            columns.append(j)
            values.append(np.full(len(i), sign * conductivity))
    reacts = h / (resistance + 0.5 * h / conductivity)
    flaw, bottom = number[:cells, 0], number[0]
    diagonal = np.zeros(nx * nz)
    np.add.at(diagonal, flaw, reacts)
    np.add.at(diagonal, bottom, reacts)
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    matrix = sp.csr_matrix(entries) + sp.diags(diagonal)
    supply, lifted = np.zeros(nx * nz), np.zeros(nx * nz)
    supply[number[-1]] = current * h
    lifted[flaw] = reacts
    solve = sla.factorized(matrix.tocsc())
    driven, raised = solve(supply), solve(lifted)
    return np.sum(driven[flaw]) / np.sum(1 - raised[flaw])

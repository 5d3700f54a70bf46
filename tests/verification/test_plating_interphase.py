"""Two fronts in one set of books: what comes through the boundaries is plated or lost to the interphase."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import pytest

from phasefield import run
from phasefield.deck import parse_deck

DECK = """
model = "plating-interphase"
[domain]
dimension = 1
size = ["120 nm"]
cells = [120]
[interface]
width = "6 nm"
[electrolyte]
material = "LAGP"
[product]
electronic_conductivity = "1e-9 S/cm"
[reaction]
velocity = "2 nm/s"
[kinetics]
exchange_current_density = "10 mA/cm^2"
[front]
height = "40 nm"
[layer]
thickness = "10 nm"
[[drive.steps]]
mode = "galvanostatic"
current_density = "2 mA/cm^2"
[stop]
time = "0.2 s"
[time]
tolerance = 0.03
[output]
snapshots = 1
"""


def test_books(tmp_path):
    """Ions through the top are lithium plated plus lithium lost, electrons as many: 1e-6 in every step."""
    history = run(parse_deck(DECK), tmp_path / "run").history
    for column in ("Charge closure [1]", "Carrier closure [1]"):
        assert history[column] == pytest.approx(0.0, abs=1e-6)
    lost, plated = history["Charge lost to the interphase [C/m2]"][-1], history["Charge plated [C/m2]"][-1]
    assert lost > 0
    assert plated == pytest.approx(0.2 * 20.0 - lost, rel=1e-5)

"""Beyond the limiting current: at a voltage the current falls towards it, at a current the run ends in plain words.

Bars: every run ends by itself, no step below 0.1 ms (once the first millisecond has passed, and before a given current
meets the end of the salt), charge and salt closed to 1e-6; the current of a flat front is within 1 % of the limiting
current (`OFF` says where not) and does not swing, in the last tenth of the run.
"""

import numpy as np
import pytest

from phasefield.run import runner
from phasefield.theory.transport import limiting_current
from tests.slow import slow
from tests.verification.sharp_front import SharpFront

DECK = """
[domain]
dimension = {dimension}
size = {size}
cell_size = "{cell} um"
[electrolyte]
transport = "binary"
conductivity = "{conductivity} mS/cm"
conductivity_exponent = {exponent}
concentration = "{salt} mol/L"
diffusivity = "3e-10 m^2/s"
transference_number = 0.38
counter_electrode = "reservoir"
[kinetics]
exchange_current_density = "{exchange} mA/cm^2"
[interface]
width = "{width} um"
[front]
height = "{height} um"
{front}
[drive]
steps = [{{ {drive} }}]
{more}
"""
BUMPS = 'seeds = [{ position = ["4 um"], radius = "2 um" }, { position = ["12 um"], radius = "1.5 um" }]'
COATING = """[coating]
thickness = "10 nm"
conductivity = "{} S/cm"
"""
PINHOLE = COATING.format("5e-8") + 'defects = [{{ position = [{}], width = "{} um" }}]'
TWO_PINHOLES = COATING.format("5e-8") + """defects = [
    { position = ["4.5 um"], width = "2.5 um" }, { position = ["11.5 um"], width = "2.5 um" },
]"""
#: Between the fingers, and between the columns, a gap of about a width closes.
FINGERS = """bumps = [
    { position = ["5 um"], height = "8 um", width = "1.5 um" },
    { position = ["11 um"], height = "6 um", width = "2 um" },
]"""
COLUMNS = """bumps = [
    { position = ["4 um"], height = "10 um", width = "5 um" },
    { position = ["12 um"], height = "10 um", width = "5 um" },
]"""
ONE, TWO = {"dimension": 1, "size": ["50 um"], "height": 10}, {"dimension": 2, "size": ["16 um", "30 um"], "height": 5}
CUBE = {"dimension": 3, "size": ["5 um", "5 um", "10 um"], "height": 3}
#: Deck, voltage, duration [s]
AT_A_VOLTAGE = {
    "1-D, -1 V": (ONE | {"width": 4, "exchange": 1}, -1.0, 12),
    "1-D, -2 V, constant conductivity": (ONE | {"width": 2, "exchange": 1, "exponent": 0.0}, -2.0, 8),
    "2 mol/L": (ONE | {"width": 4, "salt": 2.0, "exponent": 0.0}, -2.0, 8),
    "0.05 mol/L": (ONE | {"width": 1, "salt": 0.05, "conductivity": 0.5, "exchange": 1}, -0.5, 20),
    "bumps": (TWO | {"front": BUMPS}, -0.5, 1),
    "film": (TWO | {"more": COATING.format("5e-7"), "width": 2}, -1.0, 1),
    "pinhole": (TWO | {"more": PINHOLE.format('"8 um"', 3), "exchange": 5}, -0.8, 0.5),
    "narrow pinhole": (TWO | {"more": PINHOLE.format('"8 um"', 1.5), "exchange": 5}, -0.8, 0.5),
    "wide pinhole": (TWO | {"more": PINHOLE.format('"8 um"', 6), "exchange": 5}, -0.6, 0.5),
    "two pinholes, -2 V": (TWO | {"more": TWO_PINHOLES, "exchange": 5}, -2.0, 0.5),
    "crevice": (TWO | {"front": COLUMNS, "exchange": 5}, -0.8, 0.5),
    "fingers, -2 V": (TWO | {"front": FINGERS, "exchange": 5}, -2.0, 0.5),
    "pinhole in 3-D": (CUBE | {"more": PINHOLE.format('"2.5 um", "2.5 um"', 3), "exchange": 5}, -0.8, 0.05),
}
#: Part of the limiting current by which a flat front may be off, if not 1 %: at −0.5 V, some salt is left.
OFF = {"2 mol/L": 0.015, "0.05 mol/L": 0.025}
#: Those that are not slow.
FAST = ("1-D, -1 V", "bumps", "pinhole", "crevice")


def run(folder, drive, width=1.5, cells=6, replaced=(), **changes):
    given = {"conductivity": 10, "exponent": 1.0, "salt": 1.0, "exchange": 20, "front": "", "more": ""} | changes
    size = "[" + ", ".join(f'"{x}"' for x in given.pop("size")) + "]"
    text = DECK.format(size=size, cell=width / cells, width=width, drive=drive, **given)
    for old, new in replaced:
        text = text.replace(old, new)
    (folder / "deck.toml").write_text(text)
    return runner.run(folder / "deck.toml", folder / "run", overrides=("output.snapshots=1",))


def closes(found):
    return all(np.abs(found[f"{amount} closure [1]"]).max() < 1e-6 for amount in ("Charge", "Salt"))


@pytest.mark.parametrize("name", [*FAST, *(slow(name) for name in AT_A_VOLTAGE if name not in FAST)])
def test_at_a_voltage(name, tmp_path):
    """The current falls to what the salt lets pass."""
    deck, voltage, duration = AT_A_VOLTAGE[name]
    drive = f'mode = "potentiostatic", voltage = "{voltage} V", duration = "{duration} s"'
    found = run(tmp_path, drive, **deck).history
    assert found["Time [s]"][-1] == pytest.approx(duration)
    current, time = found["Current density [A/m2]"], found["Time [s]"]
    assert found["Time step [s]"][time > 1e-3].min() > 1e-4 and closes(found)
    last = np.interp(duration, time, found["Charge passed [C/m2]"]) - np.interp(
        0.9 * duration, time, found["Charge passed [C/m2]"]
    )
    mean = last / (0.1 * duration)
    assert current[1:].max() > 1.3 * mean
    if deck["dimension"] == 1:
        gap = 50e-6 - found["Mean thickness [m]"][-1]
        limit = limiting_current(3e-10, 1000 * deck.get("salt", 1.0), 0.38, gap, reservoir=True)
        assert mean == pytest.approx(limit, rel=OFF.get(name, 0.01))
        assert current[time > 0.9 * duration] == pytest.approx(mean, rel=0.01)


@pytest.mark.parametrize(
    ("deck", "current"), [(ONE | {"width": 2, "exchange": 1}, 1500), slow(TWO | {"front": BUMPS}, 800)]
)
def test_at_a_current(deck, current, tmp_path):
    """Six times the limit and more, flat or with bumps: when nothing can carry it the run ends, and says why."""
    drive = f'mode = "galvanostatic", current_density = "{current} mA/cm^2", duration = "5 s"'
    ended = run(tmp_path, drive, **deck)
    found = ended.history
    assert ended.done and found["Time [s]"][-1] < 0.5
    if deck["dimension"] == 1:  # the layer that loses its salt is only 1.4 widths thick
        assert found["Time [s]"][-1] == pytest.approx(used_up(10 * current), rel=0.06)
    some_left = found["Salt at the lithium [mol/m3]"] > 30  # then steps are halved until the end
    assert found["Time step [s]"][1:][some_left[1:]].min() > 1e-4 and closes(found)


def used_up(current, left=0.01, dt=1e-5):
    """Time at which a sharp front has a part of its salt left [s]."""
    front, steps = SharpFront(10e-6, 50e-6, 3e-10, 0.38, 1000.0, 1.0, 10.0), 1
    while front.advance(current, dt) > 1000 * left:
        steps += 1
    return steps * dt


def test_the_metal_behind_a_front(tmp_path):
    """17 times the limit at first, in 20 s: where salt in the metal ends, the potential keeps a meaning.

    It is between that of the lithium and that of the electrolyte at the top.
    """
    drive = 'mode = "potentiostatic", voltage = "-2 V", duration = "20 s"'
    closed = ('counter_electrode = "reservoir"', ""), ("number = 0.38", "number = 0.3")
    deck = ONE | {"size": ["60 um"], "width": 4, "cells": 8, "exchange": 1, "replaced": closed}
    ended = run(tmp_path, drive, **deck)
    found = ended.history
    assert found["Time [s]"][-1] == pytest.approx(20) and closes(found)
    assert found["Time step [s]"][found["Time [s]"] > 1e-3].min() > 1e-4
    φ = ended.snapshot(-1)["phi"]
    assert φ.min() > -0.1 and φ.max() < 2.1

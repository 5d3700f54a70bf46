"""Steps of a drive as sentences and blocks: the tables that they stand for, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from phasefield import check
from phasefield.deck import json_schema, parse_deck
from phasefield.deck.sentence import EXAMPLES
from phasefield.errors import DeckError
from tests.errors import refused

ROOT = Path(__file__).parents[2]
HEAD = """
[domain]
dimension = 1
size = ["30 um"]
cells = [120]
[interface]
width = "2 um"
[electrolyte]
transport = "single-ion"
conductivity = "0.05 S/m"
[kinetics]
exchange_current_density = "30 A/m^2"
[front]
height = "10 um"
[drive]
"""


def read(drive):
    return parse_deck(HEAD + drive)


SAME = {
    "Plate at 1 mA/cm2 for 1 hour or until 5 mAh/cm2":
        '{mode="galvanostatic", current_density="10 A/m^2", duration="3600 s", until={charge="180000 C/m^2"}}',
    "strip AT 1 mA/cm^2 until 1 V": '{mode="galvanostatic", current_density="-1 mA/cm^2", until={voltage="1 V"}}',
    "Rest for 10 minutes or until 1 mV/h": '{mode="rest", duration="10 min", until={voltage_rate="1 mV/h"}}',
    "Hold at -0.1 V until 0.1 mA/cm2 or 20 um":
        '{mode="potentiostatic", voltage="-0.1 V", until={current="0.1 mA/cm^2", tip_height="20 um"}}',
    "Lithiate at 2 A/m2 for 3 hours": '{mode="galvanostatic", current_density="2 A/m^2", duration="3 h"}',
    "Delithiate at 2 A/m2 for 3 h": '{mode="galvanostatic", current_density="-2 A/m^2", duration="3 h"}',
}  # fmt: skip


@pytest.mark.parametrize(("sentence", "table"), SAME.items())
def test_a_sentence_is_a_table(sentence, table):
    assert read(f'steps = ["{sentence}"]').drive == read(f"steps = [{table}]").drive


@pytest.mark.parametrize(("entry", "key", "names"), [
    ('"Plate at 1 mA/cm2 for 1 hour or until 5 mAh/cmm2"', "", ["5 mAh/cmm2", "mAh/cm2"]),
    ('"Plate at 1 mA for 1 hour"', ".current_density", ["mA", "A/m^2"]),
    ('"Charge at 1 mA/cm2 for 1 h"', "", ["Plate", "Strip"]),
    ('"Plate at C/10 for 1 h"', "", ["C/10", "mA/cm2"]),
    ('"Plate at -1 mA/cm2 for 1 h"', "", ["Plate"]),
    ('"Plat at 1 mA/cm2 for 1 h"', "", ["Plat", EXAMPLES[1].split()[0]]),
    ('"Rest for"', "", ["Rest"]),
    ('"Rest"', ".duration", ["until"]),
    ('"Rest for 1 h for 2 h"', "", ["1 h", "2 h"]),
    ('"Rest or 1 h"', "", ["until"]),
    ('"Rest until 1 V"', ".until.voltage", ["rest", "voltage_rate"]),
    ('"Plate at 1 mA/cm2 until 1 V"', ".until.voltage", ["-0.1 V"]),
    ('"Strip at 1 mA/cm2 until -1 V"', ".until.voltage", ["1 V"]),
    ('"Strip at 1 mA/cm2 until 1 mA/cm2"', ".until.current", ["galvanostatic", "voltage"]),
    ('{mode="rest", duration="1 s", until={}}', ".until", ["voltage"]),
    ('{mode="rest", until={voltage_rate="0 V/s"}}', ".until.voltage_rate", ["V/s"]),
    ('{mode="rest", until={rate="1 V/s"}}', ".until.rate", ["voltage_rate"]),
    ('{cycles=0, steps=["Rest for 1 s"]}', ".cycles", ["0"]),
    ('{cycles=3, steps=[]}', ".steps", []),
    ('{cycles=3, step=["Rest for 1 s"]}', ".steps", []),
    ('{cycles=3, steps=["Rest"]}', ".steps.0.duration", []),
    ('3', "", ["3"]),
])  # fmt: skip
def test_what_is_refused(entry, key, names):
    """With file, key, value, and an example of what is allowed."""
    drive = f'steps = ["Rest for 1 s", {entry}, "Rest for 1 s"]'
    with refused(DeckError, f"drive.steps.1{key}", *names):
        parse_deck(HEAD + drive, "case.toml")


def test_too_many_steps():
    with refused(DeckError, "drive.cycles", 100000):
        read('cycles = 400\nsteps = [{cycles=400, steps=["Rest for 1 s"]}]')


def test_blocks():
    """Unrolled in order; each pass through a block is a cycle, and so is what stands around it."""
    deck = read('cycles=2\nsteps=["Rest for 1 s", {cycles=2, steps=["Rest for 2 s", "Rest for 3 s"]}, "Rest for 4 s"]')
    found = [(p.step.duration, p.cycle, p.place) for p in deck.drive.unrolled()]
    first = [(1, 1, "1"), (2, 2, "2.1"), (3, 2, "2.2"), (2, 3, "2.1"), (3, 3, "2.2"), (4, 4, "3")]
    assert found == [*first, *((d, c + 4, p) for d, c, p in first)]
    assert deck.planned_time == 2 * (1 + 2 * (2 + 3) + 4)
    assert [s.duration for s in deck.drive.each] == [1, 2, 3, 4]
    assert [s.end for s in deck.schedule()] == list(np.cumsum([f[0] for f in found]))


def test_longest_durations():
    """The shortest of duration and charge over current; a day for what only a condition ends."""
    steps = ["Plate at 1 mA/cm2 for 1 h or until 0.5 mAh/cm2", "Plate at 1 mA/cm2 for 1 h or until 5 mAh/cm2",
             "Hold at -10 mV until 0.5 mAh/cm2", "Strip at 1 mA/cm2 until 1 V"]  # fmt: skip
    deck = read(f"steps = {json.dumps(steps)}")
    assert [step.longest for step in deck.drive.each] == [1800.0, 3600.0, 86400.0, 86400.0]
    assert not np.isfinite(read('steps=["Rest"]\n[stop]\ntime="3 s"').drive.each[0].longest)


def test_contact_has_no_tip():
    text = (ROOT / "inputs/contact_point.toml").read_text().split("[[drive.steps]]")[0]
    with refused(DeckError, "drive.steps.0.until.tip_height"):
        parse_deck(text, overrides=['drive.steps=["Lithiate at 1 A/m2 until 2 um"]'])
    parse_deck(text, overrides=['drive.steps=["Delithiate at 1 A/m2 until 4.2 V"]'])


def test_check_says_what_the_protocol_is():
    steps = '["Plate at 1 mA/cm2 for 1 h or until -0.1 V", {cycles=2, steps=["Rest until 1 mV/h"]}]'
    deck = read(f"cycles=3\nsteps={steps}")
    lines = [" ".join(line.split()) for line in check.report(deck).splitlines()]
    row = next(k for k, line in enumerate(lines) if line.startswith("drive"))
    assert lines[row : row + 4] == [
        "drive 2 steps × 3 cycles",
        "step 1 plate at 10 A/m² for 3600 s (60 min), or until the voltage falls to -100 mV",
        "step 2 1 step × 2 cycles",
        "step 2.1 rest until the voltage changes by less than 1 mV per hour, or for a day",
    ]


def test_the_schema_allows_sentences():
    items = json_schema()["$defs"]["Drive"]["properties"]["steps"]["items"]
    assert {"type": "string", "examples": list(EXAMPLES)} in items["anyOf"]

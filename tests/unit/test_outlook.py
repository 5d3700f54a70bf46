"""The time that a run says is left: it knows the conditions that end the run."""

import io
import logging
import math
import sys
import types
from types import SimpleNamespace

import pytest
from tqdm import tqdm

import phasefield
from phasefield.deck import parse_deck
from phasefield.physics.common.stop import Limit
from phasefield.run import display as progress_display
from phasefield.run.outlook import RECENT, Outlook
from phasefield.run.protocol import Protocol
from tests.unit.decks import FLAT, SINGLE_ION


def protocol(*overrides, limits=(), bounds=()):
    """The protocol of a deck, with conditions on a row's "x"."""
    case = SimpleNamespace(
        scales=SimpleNamespace(time=1.0), ends=(1000.0,), used_up=None,
        limits=tuple(Limit(name, of, 1.0) for name, of in limits),
        bounds=tuple(Limit(name, of, 0.0) for name, of in bounds),
    )  # fmt: skip
    return Protocol(parse_deck(SINGLE_ION, "deck", overrides), case)


def row(time, **values):
    state = {"Time step": 10.0, "Cell voltage": -0.1, "Current density": 60.0, "Charge passed": 0.0}
    return {"Time": time} | state | values


def test_without_conditions_it_is_the_planned_time():
    """At 10 s of simulated time in 2 s of wall time, 1000 - 30 s take 194 s; the first step says nothing of speed."""
    outlook = Outlook(protocol(), 1000.0)
    assert outlook.expect(row(10.0), 5.0) == (1000.0, "", math.inf)
    outlook.expect(row(20.0), 7.0)
    end, reason, left = outlook.expect(row(30.0), 9.0)
    assert (end, reason) == (1000.0, "") and left == pytest.approx(970.0 * 2 / 10)


def test_recent_steps_count():
    """A run begins with short steps: after 12 longer ones they are forgotten."""
    outlook = Outlook(protocol(), 1000.0)
    for number in range(20):  # 1 s of wall time each, for 0.01 s
        outlook.expect(row(0.01 * (number + 1)), float(number))
    for number in range(RECENT):  # the same for 10 s
        expected = outlook.expect(row(1.0 + 10.0 * number), 100.0 + number)
    now = 1.0 + 10.0 * (RECENT - 1)
    assert expected.left == pytest.approx((1000.0 - now) / 10.0)


@pytest.mark.parametrize("kind", ["limits", "bounds"])
def test_a_condition_that_is_approached_ends_it(kind):
    """x = 3t reaches 600 at 200 s; y falls, and never reaches anything; the wall time is that until 200 s."""
    of = [("planned height", lambda r: r["x"] - 600.0), ("never", lambda r: -r["x"])]
    outlook = Outlook(protocol(**{kind: of}), 1000.0)
    for number in range(5):
        expected = outlook.expect(row(20.0 * number, x=60.0 * number), 4.0 * number)
    assert expected.end == pytest.approx(200.0) and expected.reason == "planned height"
    assert expected.left == pytest.approx((200.0 - 80.0) / 5.0)


def test_a_condition_of_the_last_step_of_the_drive_ends_it():
    """The voltage falls by 1 mV/s from 0 to the -50 mV that end the only step."""
    changes = ("drive.steps.0.until.voltage=-50 mV", "drive.steps.0.duration=600 s")
    outlook = Outlook(protocol(*changes), 600.0)
    for number in range(4):
        expected = outlook.expect(row(5.0 * number, **{"Cell voltage": -5e-3 * number}), 1.0 * number)
    assert expected.end == pytest.approx(50.0)


def test_a_condition_of_an_earlier_step_brings_the_later_ones_forward():
    """A first step of at most 600 s that ends after 50 s, and a second one of 100 s: 150 s."""
    second = '[[drive.steps]]\nmode = "rest"\nduration = "100 s"\n'
    deck = parse_deck(
        SINGLE_ION.replace("[stop]", f"{second}[stop]"), "deck",
        ("drive.steps.0.until.voltage=-50 mV", "drive.steps.0.duration=600 s"),
    )  # fmt: skip
    case = SimpleNamespace(scales=SimpleNamespace(time=1.0), ends=(700.0,), used_up=None, limits=(), bounds=())
    outlook = Outlook(Protocol(deck, case), 700.0)
    for number in range(4):
        expected = outlook.expect(row(5.0 * number, **{"Cell voltage": -5e-3 * number}), 1.0 * number)
    assert expected.end == pytest.approx(150.0)


@pytest.mark.parametrize(
    ("condition", "reason"), [("stop.tip_height=10.5 um", "tip"), ("stop.charge=0.1 mAh/cm^2", "charge")]
)
def test_a_run_that_stops_early_says_so(tmp_path, monkeypatch, condition, reason):
    """A flat front stops at 0.2 or so of the planned time; half way there, the end is right to 2 %."""
    said, expect = [], Outlook.expect

    def listened(self, row, wall):
        said.append((row["Time"], expect(self, row, wall)))
        return said[-1][1]

    monkeypatch.setattr(Outlook, "expect", listened)
    deck = tmp_path / "deck.toml"
    deck.write_text(SINGLE_ION)
    run = phasefield.run(deck, tmp_path / "run", overrides=[*FLAT, "stop.time=1 h", condition])
    end = run.history["Time [s]"][-1]
    assert reason in run.status["reason"] and end < 0.3 * 3600
    later = [expected for time, expected in said if 0.3 * end < time < end]
    assert len(later) > 3
    for expected in later:
        assert expected.reason == run.status["reason"] and expected.end == pytest.approx(end, rel=0.02)


class Account:
    record = SimpleNamespace(summary=lambda row: "tip 1 µm", columns=())


def displayed(display, times, wall):
    """What a display shows of some steps."""
    for number, time in enumerate(times):
        display.history.row = row(time)
        wall[0] = 20.0 * number
        display(SimpleNamespace(step=number, time=time))


@pytest.fixture
def wall(monkeypatch):
    """The wall clock."""
    now = [0.0]
    monkeypatch.setattr(progress_display.time, "perf_counter", lambda: now[0])
    return now


def test_a_log_has_the_time_left(caplog, wall, monkeypatch):
    """Steps of 100 of 1000 s that take 20 s each: after the second, 800 s are left, which take 160 s."""
    monkeypatch.setattr(progress_display, "bar_class", lambda: None)
    display = progress_display.Display(SimpleNamespace(row={}, account=Account), Outlook(protocol(), 1000.0))
    with caplog.at_level(logging.INFO):
        displayed(display, [0.0, 100.0, 200.0], wall)
    assert [record.args[0] for record in caplog.records] == pytest.approx([10.0, 20.0])
    assert "2.7 min" in caplog.messages[-1]


def test_a_notebook_has_a_bar(wall, monkeypatch):
    """In a kernel it is tqdm's bar for notebooks, which knows how far the run is."""
    assert progress_display.bar_class() is None  # neither a terminal nor a notebook
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))

    class Bar(tqdm):
        def __init__(self, **options):
            super().__init__(file=io.StringIO(), **options)

    fitting = types.ModuleType("tqdm.auto")
    fitting.tqdm = Bar
    monkeypatch.setitem(sys.modules, "tqdm.auto", fitting)
    assert progress_display.bar_class() is Bar
    display = progress_display.Display(SimpleNamespace(row={}, account=Account), Outlook(protocol(), 1000.0))
    displayed(display, [0.0, 100.0, 250.0], wall)
    assert display._bar.n == pytest.approx(0.25) and "tip 1 µm" in display._bar.postfix
    display.close()

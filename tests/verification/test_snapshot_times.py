"""When snapshots are written: after the first step that reaches a time, or exactly at it where a deck asks for that."""

from pathlib import Path

import numpy as np
import pytest

from phasefield.io.rundir import open_run
from phasefield.run import runner
from tests.parallel.decks import RIPPLE
from tests.reliability.restarts import ALWAYS, cut, differences

INPUTS = Path(__file__).parents[2] / "inputs"
SMALL = ("domain.cells=[15, 24]", "interface.width=3 um", "time.max_step=0.7 s", "time.initial_step=0.1 s")
#: Relative accuracy of times in the history's text.
ROUNDED = 1e-8
PLANNED = np.arange(1, 7) * 1.5


def ran(place, *overrides):
    (place / "deck.toml").write_text(RIPPLE)
    return runner.run(place / "deck.toml", place / "run", force=True, overrides=(*SMALL, *overrides))


def first_steps_at(run, times):
    """Times of the first rows of the history that are not before some times."""
    reached = run.history["Time [s]"]
    return reached[np.searchsorted(reached, np.asarray(times) * (1 - ROUNDED))]


@pytest.fixture(scope="module")
def passing(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("passing"), "output.snapshots=6", *ALWAYS)


@pytest.fixture(scope="module")
def exact(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("exact"), "output.snapshots=6", "output.exact_times=true")


def test_steps_pass_the_times_of_snapshots(passing):
    """Each snapshot is the state of a row of the history, the first one that reaches its time."""
    np.testing.assert_allclose(passing.times[1:], first_steps_at(passing, PLANNED), rtol=ROUNDED)
    assert len(set(passing.times)) == 7 and passing.times[-1] == pytest.approx(9.0)
    assert np.max(passing.times[1:] - PLANNED) > 0.1, "no snapshot of this run is late: the test would not see it"
    rows = np.searchsorted(passing.history["Time [s]"], passing.times * (1 - ROUNDED))
    thickness = [16e-6 * snapshot["xi"].mean() for snapshot in passing.snapshots]
    np.testing.assert_allclose(thickness, passing.history["Mean thickness [m]"][rows], rtol=1e-7)


def test_exact_times(passing, exact):
    """With the key, steps end at the times of snapshots: more steps, and the same answer."""
    np.testing.assert_allclose(exact.times[1:], PLANNED, rtol=1e-9)
    assert exact.history.rows > passing.history.rows
    for column in ("Tip height [m]", "Roughness [m]", "Charge plated [C/m2]", "Cell voltage [V]"):
        assert passing.history[column][-1] == pytest.approx(exact.history[column][-1], rel=1e-3), column


@pytest.mark.parametrize(
    ("keys", "times"),
    [
        (("output.times=['1.1 s', '4.3 s']",), [1.1, 4.3, 9.0]),
        (("output.every=4 s", "output.exact_times=true"), [4.0, 8.0, 9.0]),
        (("output.times=['1.1 s', '4.3 s']", "output.exact_times=false"), None),
    ],
)
def test_listed_times_are_exact(keys, times, tmp_path):
    """Unless the deck says otherwise."""
    found = ran(tmp_path, "output.snapshots=", *keys)
    expected = first_steps_at(found, [1.1, 4.3, 9.0]) if times is None else times
    np.testing.assert_allclose(found.times[1:], expected, rtol=1e-9)
    assert times is not None or found.times[1] != pytest.approx(1.1)


@pytest.mark.parametrize("spacing", ["linear", "logarithmic"])
def test_no_snapshot_is_left_out(spacing, tmp_path):
    """Steps that could be longer than the time between two snapshots, also at the start: one for each time."""
    count, start = (60, 0.0) if spacing == "linear" else (20, 20e-4)
    overrides = (
        "domain.cells=[54, 27]", "interface.width=10 nm", "layer.height=10 nm", "stop.time=20 s", "time.tolerance=0.1",
        f"output.snapshots={count}", f"output.spacing={spacing}",
    )  # fmt: skip
    found = runner.run(INPUTS / "interphase_coated.toml", tmp_path / "run", overrides=overrides)
    planned = np.geomspace(start, 20, count) if start else np.arange(1, count + 1) * 20 / count
    assert len(found.times) == count + 1
    np.testing.assert_allclose(found.times[1:], first_steps_at(found, planned), rtol=ROUNDED)


def test_restart_between_a_time_and_its_snapshot(passing, tmp_path):
    """From the last step before a snapshot, from its own step, and from the next one: the same files, bit by bit."""
    own = int(np.argmin(np.abs(passing.history["Time [s]"] - passing.times[2])))
    for step in (own - 1, own, own + 1):
        part = cut(passing.path, step, tmp_path / str(step))
        runner.restart(part)
        assert differences(passing.path, part) == []
        assert len(open_run(part).times) == 7

"""Observers of a user: what they see, how they end a run, and what happens when one fails, on one rank or another."""

import json
import re

import numpy as np
import pytest

from phasefield.errors import DeckError, ObserverError, RunError
from phasefield.io.rundir import open_run
from phasefield.run import runner
from tests.parallel.mpi import mpirun
from tests.parallel.pool import on_ranks
from tests.reliability.restarts import ALWAYS, MODELS, differences

TEXT, SMALL = MODELS["plating"]
OVERRIDES = (*SMALL, *ALWAYS)

#: Runs with observers of the names given; `who` is this rank's number.
PARALLEL = f"""
import sys, time
from phasefield import parallel
from phasefield.errors import PhasefieldError
from phasefield.run.runner import run

who = parallel.rank()

def reason_of_one(run):
    return "rank 1 wants it" if who == 1 and run.step == 3 else None

def error_of_one(run):
    if who == 1 and run.step == 3:
        raise KeyError("nothing there")

def error_of_all(run):
    if run.step == 3:
        run.fields.mean("no such field")

def error_before_a_collective_call(run):
    if who == 0 and run.step == 3:
        raise KeyError("left the others")
    run.fields.mean("xi")

for name in sys.argv[1:]:
    try:
        run("deck.toml", name, overrides={OVERRIDES!r}, observers=[globals()[name]])
        print("<no error>", flush=True)
    except PhasefieldError as error:
        print(f"<{{type(error).__name__}} {{who}}: {{error}}>", flush=True)
"""


@pytest.fixture
def deck(tmp_path):
    path = tmp_path / "deck.toml"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run without an error, and what an observer that sums sees of it."""
    folder, summing = tmp_path_factory.mktemp("whole"), Summing()
    (folder / "deck.toml").write_text(TEXT)
    return runner.run(folder / "deck.toml", folder / "run", overrides=OVERRIDES, observers=[summing]).path, summing


class Summing:
    """Adds up what it sees; part of checkpoints."""

    name = "sum"

    def __init__(self):
        self.steps, self.area = 0, 0.0

    def __call__(self, run):
        self.steps, self.area = self.steps + 1, self.area + run.row["Tip height"] * run.dt

    def state(self):
        return {"steps": self.steps, "area": self.area}

    def restore(self, state):
        self.steps, self.area = state["steps"], state["area"]


def test_what_an_observer_sees(deck, tmp_path):
    """Times, rows and fields, in SI units, are those that the run writes; the initial state is seen, too."""
    seen = []

    def look(run):
        x, z = run.fields.coordinates()
        seen.append((run.step, run.time, run.dt, dict(run.row)))
        assert run.fields.values("xi").shape == x.shape == z.shape
        ξ = run.fields.values("xi")
        assert run.fields.mean("xi") == pytest.approx(ξ.mean())
        assert run.fields.mean(ξ**2) == pytest.approx((ξ**2).mean())
        assert (run.fields.minimum("xi"), run.fields.maximum(ξ)) == (ξ.min(), ξ.max())
        assert np.array_equal(run.fields.whole("xi"), ξ)
        assert run.planned_time == pytest.approx(open_run(run.directory).resolved["derived"]["planned_time"])

    run = runner.run(deck, tmp_path / "run", overrides=OVERRIDES, observers=[look])
    history = run.history
    assert [step for step, *_ in seen] == list(range(history.rows))
    assert [time for _, time, *_ in seen] == pytest.approx(history["Time [s]"])
    assert [dt for _, _, dt, _ in seen] == pytest.approx(history["Time step [s]"])
    assert [row["Tip height"] for *_, row in seen] == pytest.approx(history["Tip height [m]"])
    top = run.resolved["deck"]["domain"]["size"][-1]
    assert 0 < history["Tip height [m]"][-1] < top


def test_a_reason_ends_the_run(deck, tmp_path):
    """As a condition of the deck does: done, with a snapshot of the last state."""

    def enough(run):
        return "enough" if run.step == 5 else None

    run = runner.run(deck, tmp_path / "run", overrides=OVERRIDES, observers=[enough])
    assert run.status["state"] == "done" and run.status["reason"] == "enough" and run.history.rows == 6
    assert run.times[-1] == pytest.approx(run.history["Time [s]"][-1])


@pytest.mark.parametrize("wrong", ["raises", "returns a number", "asks for a field that is not there"])
def test_an_error_ends_the_run_as_failed_and_a_restart_goes_on_to_the_same_bits(deck, whole, tmp_path, wrong):
    """After a checkpoint; the cause is kept, and nothing is written that a run without the error would not write."""

    def fail(run):
        if run.step == 7 and wrong == "raises":
            raise ZeroDivisionError("what now")
        if run.step == 7 and wrong == "returns a number":
            return 3
        return run.fields.values("nothing") if run.step == 7 else None

    with pytest.raises(ObserverError) as caught:
        runner.run(deck, tmp_path / "run", overrides=OVERRIDES, observers=[fail])
    assert caught.value.__cause__ is not None and "fail" in str(caught.value)
    run = open_run(tmp_path / "run")
    assert run.status["state"] == "failed" and run.status["reason"] in str(caught.value) and run.history.rows == 8
    assert "Traceback" in (run.path / "run.log").read_text()
    runner.restart(run.path)
    assert differences(whole[0], run.path) == []


def test_state_of_an_observer_is_part_of_checkpoints(deck, whole, tmp_path, caplog):
    """Interrupted by another observer and restarted, it has the same sum, bit for bit; one that is new begins anew."""
    (_, whole), part = whole, Summing()

    def fail(run):
        if run.step == 9:
            raise RuntimeError

    with pytest.raises(ObserverError):
        runner.run(deck, tmp_path / "part", overrides=OVERRIDES, observers=[part, fail])
    again = Summing()
    runner.restart(tmp_path / "part", observers=[again])
    assert again.state() == whole.state() and whole.steps > 15
    saved = sorted((tmp_path / "part" / "checkpoints").iterdir())[-1] / "state.json"
    assert json.loads(saved.read_text())["observers"]["user"]["sum"]["steps"] == whole.steps

    new = Summing()
    with pytest.raises(ObserverError):
        runner.run(deck, tmp_path / "new", overrides=OVERRIDES, observers=[fail])
    runner.restart(tmp_path / "new", observers=[new])
    assert new.steps == whole.steps - 10
    assert "sum" in (tmp_path / "new" / "run.log").read_text()


def test_what_is_no_observer_is_refused_before_anything_is_written(deck, tmp_path):
    for wrong in ([3], [Summing(), Summing()]):
        with pytest.raises(RunError):
            runner.run(deck, tmp_path / "run", overrides=OVERRIDES, observers=wrong)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("ranks", [2, 3])
def test_a_reason_or_an_error_of_one_rank_is_everybodys(deck, tmp_path, ranks):
    """No rank hangs; all raise the same error, which names the rank."""
    program, errors = tmp_path / "program.py", {"error_of_one": 1, "error_of_all": 0}
    program.write_text(PARALLEL)
    done = on_ranks(ranks, [program, "reason_of_one", *errors], cwd=tmp_path, timeout=120)
    assert done.returncode == 0 and done.stdout.count("<no error>") == ranks, done.stdout
    run = open_run(tmp_path / "reason_of_one")
    assert run.status["reason"] == "rank 1 wants it" and run.history.rows == 4

    for name, which in errors.items():
        for rank in range(ranks):
            (line,) = re.findall(rf"<ObserverError {rank}: {name}: observer {name}[^>]*>", done.stdout)
            assert f"(on rank {which})" in line
        assert open_run(tmp_path / name).status["state"] == "failed"


def test_an_error_that_leaves_the_others_in_a_collective_call_ends_the_job(deck, tmp_path):
    """They cannot be reached there: within seconds the job ends, and says why, in its directory too."""
    program = tmp_path / "program.py"
    program.write_text(f"from phasefield import parallel\nparallel.PATIENCE = 1.0\n{PARALLEL}")
    name = "error_before_a_collective_call"
    done = mpirun(2, [program, name], cwd=tmp_path, timeout=60)
    assert done.returncode != 0 and "left the others" in done.stdout
    status = open_run(tmp_path / name).status
    assert status["state"] == "failed" and "left the others" in status["reason"]


def test_a_model_is_no_argument_of_other_decks(deck, tmp_path):
    """restart(model=...) of a run of a shipped model: one problem, of the key `model` among them."""
    import phasefield

    class Nothing(phasefield.Model):
        fields = (phasefield.Field("u", "u", "1", lambda x: 0 * x[0], controls_step=True),)

    runner.run(deck, tmp_path / "run", overrides=OVERRIDES, observers=[lambda run: "enough"])
    with pytest.raises(DeckError) as caught:
        runner.restart(tmp_path / "run", model=Nothing())
    assert "model" in [problem.key for problem in caught.value.problems]

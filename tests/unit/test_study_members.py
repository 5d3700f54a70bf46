"""Members of a study as they are run: what is tried, what an ending means, and what is never started."""

import subprocess
import sys

import pytest

from phasefield.study import load_study, runner
from phasefield.study.folder import Folder, State
from phasefield.study.launch import Ending
from tests.unit.studies import GRID, write_study


@pytest.fixture
def study(tmp_path):
    """Write a study and load it with overrides."""

    def load(*overrides, text=GRID):
        return load_study(write_study(tmp_path, text), overrides)

    return load


class Overtaken(Folder):
    """A directory in which another runner finishes a member between a look at it and its lock."""

    def state(self, member, ours=False):
        return State("done") if ours else State("waiting")


def test_a_runner_looks_again_once_it_has_the_lock(study, tmp_path, monkeypatch):
    def never(*arguments):
        pytest.fail("a member that is done was run again")

    monkeypatch.setattr(runner, "attempt", never)
    found, folder = study(), Overtaken(tmp_path / "runs")
    folder.prepare(found)
    assert runner.Runner(found, folder).run(found.members[0]) == State("done")


def test_a_member_that_is_not_worth_running_fails_at_once(study, tmp_path, monkeypatch):
    """A layer thinner than its front, which `check` calls an error: reported, no job started."""
    monkeypatch.setattr(runner, "attempt", lambda *arguments: pytest.fail("it was run"))
    found, folder = study(), Folder(tmp_path / "runs")
    folder.prepare(found)
    state = runner.Runner(found, folder).run(found.members[0])
    assert state.name == "failed" and state.reason.startswith("interface.width: the layer starts 5 nm thick")


@pytest.mark.parametrize(
    ("code", "cause", "printed", "state", "reason"),
    [
        (3, "itself", "error: step 7 was rejected 12 times", "failed", "step 7 was rejected 12 times"),
        (1, "itself", "Traceback ...\nValueError: no\n-----\nmpirun noticed", "failed", "ValueError: no"),
        (0, "itself", "all is well", "failed", "all is well"),
        (137, "itself", "", "stopped", "ended by signal 9"),
        (75, "itself", "stopped with a checkpoint", "stopped", "stopped with a checkpoint"),
        (137, "stop", "", "stopped", "asked to stop"),
        (137, "timeout", "", "failed", "took longer than the 60 s of timeout"),
    ],
)
def test_what_an_ending_means(study, tmp_path, monkeypatch, code, cause, printed, state, reason):
    """A result counts, not an exit code: a job that ends well without one has failed. Killed jobs are tried twice."""
    attempts = []

    def attempt(arguments, log, claim, stop, timeout):
        attempts.append(arguments)
        log.write_text(printed)
        return Ending(code, cause)

    monkeypatch.setattr(runner, "attempt", attempt)
    found, folder = study('timeout="60 s"'), Folder(tmp_path / "runs")
    folder.prepare(found)
    member = found.members[1]
    assert runner.Runner(found, folder).run(member) == State(state, reason)
    assert folder.state(member) == State(state, reason)
    assert len(attempts) == (2 if (code, cause) == (137, "itself") else 1)
    assert attempts[0][:3] == ["mpirun", "-n", "1"]
    runner.Runner(found, folder).run(member)
    again = len(attempts) > (2 if (code, cause) == (137, "itself") else 1)
    assert again == (state == "stopped"), "what was stopped is tried again, what has failed is not"
    runner.Runner(found, folder, retry=True).run(member)
    assert attempts[-1][attempts[-1].index("phasefield") + 1] == "run"


def test_listing_needs_no_mpi(tmp_path):
    """A runner that had started MPI itself could not start mpirun."""
    path = write_study(tmp_path)
    code = (
        "import sys; from phasefield.study import load_study, actions; import phasefield.study.runner;"
        "print(actions.listing(load_study(sys.argv[1])));"
        "assert not {'mpi4py.MPI', 'petsc4py', 'fipy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "6 members, 1 rank each" in done.stdout

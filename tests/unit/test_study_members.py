"""Running members of a study: attempts, the state that follows from an ending, and members that are not started."""

import errno
import os
import subprocess
import sys

import pytest

from phasefield.io import safe
from phasefield.io.lock import held
from phasefield.study import actions, load_study, runner
from phasefield.study.folder import Folder, State
from phasefield.study.job import LAUNCHER, started
from phasefield.study.launch import Ending
from phasefield.study.lock import claimed
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
    assert state.name == "failed" and state.reason.startswith("interface.width: ")


@pytest.mark.parametrize(
    ("ranks", "launcher", "platform", "forked"),
    [(1, LAUNCHER, "linux", True), (2, LAUNCHER, "linux", False), (1, "srun -n {ranks}", "linux", False),
     (1, LAUNCHER, "darwin", False)],
)  # fmt: skip
def test_only_jobs_of_one_rank_without_a_launcher_are_forked(
    study, tmp_path, monkeypatch, ranks, launcher, platform, forked
):
    """A launcher starts its ranks by itself; elsewhere than on Linux, system libraries may not run after a fork."""
    starts = []
    monkeypatch.setattr(runner.Runner, "run", lambda self, member: starts.append(self._start))
    monkeypatch.setattr(sys, "platform", platform)
    one = runner.Runner(study(f"ranks={ranks}"), Folder(tmp_path / "runs"), launcher=launcher)
    one.run_all(1)
    assert starts and all((start is not started) is forked for start in starts)
    assert one._start is started, "afterwards, a member alone is a process of its own"


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

    def attempt(start, arguments, log, *others):
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
    assert attempts[0][:3] == [sys.executable, "-m", "phasefield"], "one rank needs no mpirun"
    runner.Runner(found, folder).run(member)
    again = len(attempts) > (2 if (code, cause) == (137, "itself") else 1)
    assert again == (state == "stopped"), "what was stopped is tried again, what has failed is not"
    runner.Runner(found, folder, retry=True).run(member)
    assert attempts[-1][attempts[-1].index("phasefield") + 1] == "run"


@pytest.fixture
def checkpointed(study, tmp_path, monkeypatch):
    """A study and its folder, in which the second member has a checkpoint; and a way to script how attempts end."""
    found, folder = study(), Folder(tmp_path / "runs")
    folder.prepare(found)
    (folder.run(found.members[1]) / "checkpoints" / "00000120").mkdir(parents=True)

    def script(*codes, meanwhile=lambda claim: None):
        attempts, left = [], list(codes)

        def attempt(start, arguments, log, claim, stop, timeout, grace):
            attempts.append((arguments[arguments.index("phasefield") + 1], grace))
            meanwhile(claim)
            return Ending(left.pop(0), "itself")

        monkeypatch.setattr(runner, "attempt", attempt)
        return attempts

    return found, folder, script


@pytest.mark.parametrize(("code", "how"), [(2, "restart"), (70, "restart"), (137, "restart"), (3, "run")])
def test_retry_begins_again_only_if_the_solver_failed(checkpointed, code, how):
    """After a full disk, a hung rank or a time-out what was computed counts; it is gone only if it would fail again."""
    found, folder, script = checkpointed
    member, attempts = found.members[1], script(3)
    folder.note_end(member, State("failed"), code)
    runner.Runner(found, folder, retry=True).run(member)
    assert [arguments for arguments, _ in attempts] == [how]
    assert (folder.run(member) / "checkpoints").exists() == (how == "restart")


def test_a_run_that_somebody_writes_is_left_alone(checkpointed):
    found, folder, script = checkpointed
    member, attempts = found.members[1], script()
    folder.note_end(member, State("failed"), 3)
    with held(folder.run(member)):
        assert runner.Runner(found, folder, retry=True).run(member).name == "running"
    assert not attempts and (folder.run(member) / "checkpoints" / "00000120").exists()
    assert folder.state(member).name == "failed", "it is not forgotten how it ended"


def test_a_runner_that_lost_its_member_notes_nothing(checkpointed):
    """Whatever its job came to, the member is another runner's now."""
    found, folder, script = checkpointed
    member, attempts = found.members[1], script(3, meanwhile=lambda claim: claim.path.unlink())
    assert runner.Runner(found, folder).run(member) == State("waiting")
    assert len(attempts) == 1 and not folder.ended(member)


@pytest.mark.parametrize("queued", [True, False])
def test_its_own_wall_time_sends_a_member_back_to_the_queue(checkpointed, monkeypatch, queued):
    """Under --index; --run has no queue, and continues at once while the member makes steps."""
    found, folder, script = checkpointed
    member, steps = found.members[1], iter(range(9))
    monkeypatch.setattr(Folder, "steps", lambda *_: next(steps))
    attempts = script(75, 3)
    state = runner.Runner(found, folder, queued=queued).run(member)
    assert (len(attempts), state.name) == ((1, "stopped") if queued else (2, "failed"))


@pytest.mark.parametrize(("margin", "grace"), [("1 min", 120), ("7 min", 420)])
def test_a_member_gets_the_margin_of_its_deck_to_stop(study, checkpointed, margin, grace):
    _, folder, script = checkpointed
    found, attempts = study(f"set.checkpoint.margin={margin}"), script(3)
    folder.prepare(found)
    runner.Runner(found, folder).run(found.members[1])
    assert [seconds for _, seconds in attempts] == [grace]


def test_a_task_whose_member_another_runner_has_does_not_queue_again(checkpointed):
    """75 would send it to the queue again and again, until the other runner is done."""
    found, folder, script = checkpointed
    script()
    with claimed(folder.lock(found.members[1])):
        said, code = actions.run_one(found, folder, 2, "mpirun", retry=False)
    assert code == actions.ELSEWHERE != actions.UNFINISHED and said.endswith("running: by another runner")


def test_a_full_disk_fails_a_member_not_the_runner(checkpointed, monkeypatch):
    found, folder, script = checkpointed
    script()

    def refuse(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(safe, "appended", refuse)
    state = runner.Runner(found, folder).run(found.members[1])
    assert state.name == "failed" and "No space left" in state.reason


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

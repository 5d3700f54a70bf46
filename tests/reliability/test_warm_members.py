"""Members of a study that a warm process forks: the same results as alone, and nothing that one does to another."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from phasefield.physics.registry import PACKAGES
from phasefield.study import load_study
from phasefield.study.folder import Folder
from phasefield.study.job import PROGRAM, environment, started
from phasefield.study.lock import session_members
from phasefield.study.warm import Forked, Warm
from tests.reliability.restarts import differences
from tests.reliability.study_jobs import BASE, Runners, kill_jobs, signal_once, write_study
from tests.unit.decks import SINGLE_ION

#: Checked in the warm process, after all that it imports.
IMPORTED = """
import os, sys
from phasefield.run import warm
warm._import(sys.argv[1])
from mpi4py import MPI
assert not MPI.Is_initialized() and not {"fipy", "petsc4py.PETSc"} & set(sys.modules)
assert len(os.listdir("/proc/self/task")) == 1, "a fork takes only one thread with it"
"""

#: Three runs that draw one number each.
DRAWING = """
import os
import mpi4py
import numpy
mpi4py.rc.initialize = False
from phasefield import __main__ as program
from phasefield.run import warm
program.main = lambda: print(numpy.random.random(), flush=True)
for _ in range(3):
    if os.fork() == 0:
        warm._run([], os.dup(1))
        break
    os.wait()
"""

COARSE = f"""{SINGLE_ION.replace("0.3125 um", "1.25 um").replace('"1000 s"', '"40 s"').replace('"2 um"', '"6 um"')}
[output]
snapshots = 2
"""
#: Among them solvers of PETSc with options of their own, and the other engine: what one sets, the next must not see.
DIFFERENT = """
base = "base.toml"
[[axes]]
name = "what"
cases.plain = {}
cases.options = { solver = { petsc = { ksp_rtol = 1e-3, phi_pc_type = "jacobi" } } }
cases.fipy = { solver = { engine = "fipy" } }
cases.last = { time = { max_step = "5 s" } }
"""


@pytest.fixture
def warm():
    with Warm("plating", environment(os.environ)) as one:
        yield one


@pytest.fixture
def deck(tmp_path):
    path = tmp_path / "base.toml"
    path.write_text(COARSE)
    return path


def ended(job, timeout=60.0):
    """The exit code of a job."""
    end = time.monotonic() + timeout
    while job.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    if job.poll() is None:
        os.kill(job.pid, signal.SIGKILL)
        raise AssertionError(f"the job did not end within {timeout} s")
    return job.poll()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("model", PACKAGES)
def test_a_process_that_forks_runs_neither_mpi_nor_threads(model):
    """Open MPI promises nothing after a fork of a process in which it runs."""
    subprocess.run([sys.executable, "-c", IMPORTED, model], check=True, timeout=60)


@pytest.mark.timeout(240)
@pytest.mark.promise("a member of a study gives bitwise what its deck gives alone")
def test_members_give_what_they_give_alone(tmp_path, deck):
    """Four different members by one warm process, then each alone: rows and fields are the same bits."""
    path = tmp_path / "four.study.toml"
    path.write_text(DIFFERENT)
    runner = subprocess.run(
        [*PROGRAM, "study", str(path), "--run", "-j", "2"], cwd=tmp_path, capture_output=True, text=True, timeout=200,
        env=dict(os.environ),
    )  # fmt: skip
    assert runner.returncode == 0, runner.stdout + runner.stderr
    study = load_study(path)
    folder, alone = Folder(tmp_path / "runs" / study.name), tmp_path / "alone"
    for member in study.members:
        with open(tmp_path / "log", "w") as log:
            job = started([*PROGRAM, "run", str(folder.file(member, "toml")), "-o", str(alone), "--force"], log)
            assert ended(job) == 0, member.name
        assert differences(folder.run(member), alone) == [], member.name
    iterations = [tuple(folder.finished(m).history["Linear iterations [1]"]) for m in study.members]
    assert len(set(iterations)) == len(iterations), "the members differ, so a leak would show"


@pytest.mark.timeout(120)
def test_exit_codes_and_logs_are_those_of_the_program(warm, deck, tmp_path):
    """A wrong deck, a finished run, and one that is killed; each says so in its own log, from a session of its own."""
    logs = [tmp_path / name for name in ("wrong", "right", "killed")]
    changes = ["--set", "interface.width=-1 um"], [], ["--set", "time.max_step=1 ms"]
    jobs = []
    for log, change in zip(logs, changes, strict=True):
        with open(log, "w") as output:
            run = tmp_path / f"{log.name}.run"
            jobs.append(warm.start([*PROGRAM, "run", str(deck), "-o", str(run), *change], output))
    while not (tmp_path / "killed.run" / "history.csv").exists():
        time.sleep(0.02)
    assert os.getsid(jobs[2].pid) == jobs[2].pid and session_members(jobs[2].pid) == [jobs[2].pid]
    os.kill(jobs[2].pid, signal.SIGKILL)
    assert [ended(job) for job in jobs] == [2, 0, -signal.SIGKILL]
    assert "interface.width" in logs[0].read_text() and "end of the planned time" in logs[1].read_text()
    assert "error" not in logs[2].read_text()


@pytest.mark.timeout(120)
def test_a_signal_that_comes_before_the_run_listens_is_not_lost(warm, deck, tmp_path):
    """USR1 at once after the fork: the run stops with a checkpoint, as later."""
    with open(tmp_path / "log", "w") as output:
        for name in "ab":
            job = warm.start([*PROGRAM, "run", str(deck), "-o", str(tmp_path / name)], output)
            job.send_signal(signal.SIGUSR1)
            assert ended(job) == 75
            assert any((tmp_path / name / "checkpoints").iterdir())


@pytest.mark.timeout(120)
def test_a_warm_process_that_is_killed_is_replaced(warm, deck, tmp_path):
    """Its run goes on and is judged, and the next job, which it was asked for, begins in a new one, at once."""
    command = [*PROGRAM, "run", str(deck), "-o"]
    with open(tmp_path / "log", "w") as output, ThreadPoolExecutor(1) as pool:
        first = warm.start([*command, str(tmp_path / "a"), "--set", "time.max_step=1 ms"], output)
        hanging = warm._process
        hanging.send_signal(signal.SIGSTOP)
        asked = pool.submit(warm.start, [*command, str(tmp_path / "b")], output)
        time.sleep(0.5)
        hanging.kill()
        second = asked.result(60)  # less than PATIENCE: nobody else holds the socket
        assert first.poll() is None
        os.kill(first.pid, signal.SIGTERM)
        assert ended(first) == 75 and ended(second) == 0


@pytest.mark.timeout(60)
def test_a_run_that_nobody_waits_for_ends_at_once(warm, tmp_path):
    """The request was given up, so nobody holds the lock of its member, and another runner may run it."""
    with open(tmp_path / "log", "w") as output:
        ended(warm.start([*PROGRAM, "check", "none.toml"], output))  # now it is warm
        warm._process.send_signal(signal.SIGSTOP)
        warm._reply_to(json.dumps(["examples"]).encode(), output).close()
        warm._process.send_signal(signal.SIGCONT)
        ended(warm.start([*PROGRAM, "check", "none.toml"], output))
    time.sleep(1.0)  # the first of the two would have ended long ago
    said = (tmp_path / "log").read_text()
    assert said.count("none.toml") >= 2 and "plating_coated" not in said


def test_a_signal_to_a_run_that_has_just_ended_is_no_error():
    """As of `subprocess.Popen`: the runner must not take it for a failure of the member."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    reading, writing = os.pipe()
    with open(writing, "wb", buffering=0) as reply:
        reply.write(b"%d\n" % gone.pid)
        job = Forked(open(reading, "rb", buffering=0))
        job.send_signal(signal.SIGUSR1)
        reply.write(b"7\n")
    assert job.wait() == 7


@pytest.mark.timeout(60)
def test_runs_draw_random_numbers_of_their_own():
    """A user's model may draw from NumPy without a seed; what forks has imported NumPy only once."""
    drawn = subprocess.run([sys.executable, "-c", DRAWING], capture_output=True, text=True, check=True, timeout=60)
    assert len(set(drawn.stdout.split())) == 3


@pytest.mark.timeout(60)
def test_a_warm_process_that_cannot_begin_is_an_error(monkeypatch, warm, tmp_path):
    """No member waits for it for ever."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with open(tmp_path / "log", "w") as output, pytest.raises(OSError):
        warm.start([*PROGRAM, "run", "none.toml"], output)


@pytest.mark.timeout(120)
def test_a_warm_process_ends_with_its_runner(tmp_path):
    """The runner is killed: its member runs to its end, and then no process is left."""
    path = write_study(tmp_path, 2, failing=0, base=BASE)
    study, runs = load_study(path), Runners(path)
    try:
        runner = runs.start(1)
        signal_once(study, 0, signal.SIGCONT)  # one that does nothing
        lists = Path(f"/proc/{runner.pid}/task").glob("*/children")  # of each thread
        (warm,) = " ".join(path.read_text() for path in lists).split()
        os.kill(runner.pid, signal.SIGKILL)
        runner.wait()
        end = time.monotonic() + 60
        while os.path.exists(f"/proc/{warm}") and time.monotonic() < end:
            time.sleep(0.05)
        assert not os.path.exists(f"/proc/{warm}")
        states = [Folder(tmp_path / "runs" / study.name).state(member).name for member in study.members]
        assert states == ["done", "waiting"]
    finally:
        runs.end()
        kill_jobs(tmp_path)

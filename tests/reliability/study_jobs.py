"""A study of small members, of which some fail, and the processes that run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from phasefield.study import load_study
from phasefield.study.folder import Folder
from phasefield.study.launch import ATTEMPT
from phasefield.study.lock import is_held, session_members
from tests.unit.studies import LAYER

BASE = f"""{LAYER}[stop]
time = "1 s"
[time]
tolerance = 0.1
[solver]
max_rejections = 0
[output]
snapshots = 2
"""
#: Newton iterations that suffice, and too few for any step.
ENOUGH, TOO_FEW = 12, 1


def write_study(folder: Path, members: int, failing: int, base: str = BASE) -> Path:
    """A study of 1-D members, the last of which fail in their first step."""
    (folder / "base.toml").write_text(base)
    velocities = [f"{1 + n / 10:.1f} nm/s" for n in range(members)]
    newton = [ENOUGH] * (members - failing) + [TOO_FEW] * failing
    path = folder / "many.study.toml"
    path.write_text(f"""
base = "base.toml"
timeout = "120 s"
[[axes]]
name = "velocity"
key = "reaction.velocity"
values = {velocities}
[[axes]]
name = "newton"
key = "solver.max_newton"
values = {newton}
together_with = "velocity"
""")
    return path


class Runners:
    """Processes of ``phasefield study STUDY --run``, none of which outlives a test."""

    def __init__(self, study: Path):
        self.study, self.started = study, []

    def start(self, jobs: int) -> subprocess.Popen:
        arguments = [sys.executable, "-m", "phasefield", "study", str(self.study), "--run", "-j", str(jobs)]
        log = open(self.study.parent / f"runner{len(self.started)}.log", "w")
        runner = subprocess.Popen(
            arguments, cwd=self.study.parent, stdout=log, stderr=log, start_new_session=True,
            env=dict(os.environ),  # not the C environment, which MPI in this process may have marked as inside a job
        )  # fmt: skip
        self.started.append(runner)
        return runner

    def end(self):
        for runner in self.started:
            for process in session_members(runner.pid):
                os.kill(process, signal.SIGKILL)
            runner.wait()


def kill_jobs(folder):
    for process in jobs(str(folder)):
        os.kill(process, signal.SIGKILL)


def jobs(word: str) -> list[int]:
    """Processes of members (not launchers, not runners) whose command line or directory has a word."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace")
            there = str((entry / "cwd").readlink())
        except OSError:
            continue
        is_member = "phasefield\0run" in line or "phasefield.run.warm" in line
        if word in line + there and is_member and not line.startswith("mpirun"):
            found.append(int(entry.name))
    return found


def signal_once(study, index: int, number: int, timeout: float = 60.0) -> None:
    """Send a signal to the process of a member, which its lock names, as soon as there is one."""
    lock, name = Folder(study.source.parent / "runs" / study.name).lock(study.members[index]), study.members[index].name
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        for path in lock.parent.glob(f"{lock.name}.*"):
            with suppress(OSError, ValueError):
                if session := json.loads(path.read_text()).get("session"):
                    time.sleep(0.3)
                    try:
                        os.kill(session, number)
                    except ProcessLookupError:
                        raise AssertionError(f"{name} ended before it could be signalled") from None
                    return
        time.sleep(0.02)
    raise AssertionError(f"{name} was not started within {timeout} s")


def check(study, failing: int) -> None:
    """Every member that can has one result, made by one attempt that ended well; the others are reported."""
    folder = Folder(study.source.parent / "runs" / study.name)
    states = [folder.state(member) for member in study.members]
    assert [state.name for state in states] == ["done"] * (len(states) - failing) + ["failed"] * failing
    for member, state in zip(study.members, states, strict=True):
        log = folder.file(member, "log").read_text()
        if state.name == "done":
            assert log.count("end of the planned time") == 1, member.name
            steps = folder.finished(member).history["Step"]
            assert list(steps) == list(range(len(steps))), member.name
        else:
            assert "rejected" in state.reason
            tried = [line for line in log.splitlines() if line.startswith(ATTEMPT)]
            assert len(tried) == 1, "a failed member is not tried again by itself"
    # The lock of a killed runner may stay behind, if the job that it left made the result; it holds nothing.
    assert not any(is_held(folder.lock(member)) for member in study.members)


def forty(folder: Path) -> None:
    """3 made to fail, 2 killed, two runners at once, one of them killed, one member stopped and gone on with:
    37 results, each once, 3 reported.
    """
    path = write_study(folder, 40, failing=3)
    study, runs = load_study(path), Runners(path)
    try:
        first, second = runs.start(1), runs.start(1)
        signal_once(study, 3, signal.SIGKILL)
        signal_once(study, 8, signal.SIGUSR1)
        signal_once(study, 13, signal.SIGKILL)
        second.kill()
        second.wait()
        third = runs.start(1)
        codes = {first.wait(900), third.wait(900)}
        assert codes <= {3, 75}, codes
        assert runs.start(1).wait(120) == 3
        check(study, failing=3)
    finally:
        runs.end()
        kill_jobs(folder)

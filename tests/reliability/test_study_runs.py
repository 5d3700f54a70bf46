"""Studies keep their promise: every member once, whoever runs it and whatever dies meanwhile."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from phasefield.study import load_study
from phasefield.study.folder import Folder
from phasefield.study.lock import is_held, session_members

BASE = """
model = "interphase"
[domain]
dimension = 1
size = ["60 nm"]
cells = [60]
[interface]
width = "6 nm"
[electrolyte]
material = "LAGP"
[reaction]
velocity = "5 nm/s"
[layer]
height = "8 nm"
[stop]
time = "1 s"
[time]
tolerance = 0.1
[solver]
max_rejections = 0
[output]
snapshots = 2
"""
SCRIPT = Path(__file__).parents[2] / "mpi_runs" / "slurm_array.sbatch"
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


@pytest.fixture
def runners(tmp_path):
    started = []

    def make(study):
        started.append(Runners(study))
        return started[-1]

    yield make
    for each in started:
        each.end()
    _kill_jobs(tmp_path)


def _kill_jobs(folder):
    for process in _jobs(str(folder)):
        os.kill(process, signal.SIGKILL)


def _jobs(word: str) -> list[int]:
    """Ranks (not launchers, not runners) whose command line or directory has a word."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().decode()
            there = str((entry / "cwd").readlink())
        except OSError:
            continue
        if word in line + there and "phasefield\0run" in line and not line.startswith("mpirun"):
            found.append(int(entry.name))
    return found


def _signal_once(word: str, number: int, timeout: float = 60.0) -> None:
    """Send a signal to the rank of a member as soon as there is one."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if found := _jobs(word):
            time.sleep(0.3)
            try:
                os.kill(found[0], number)
            except ProcessLookupError:
                pytest.fail(f"{word} ended before it could be signalled")
            return
        time.sleep(0.02)
    pytest.fail(f"{word} was not started within {timeout} s")


def _check(study, failing: int) -> None:
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
            assert log.count("$ mpirun") == 1, "a failed member is not tried again by itself"
    # The lock of a killed runner may stay behind, if the job that it left made the result; it holds nothing.
    assert not any(is_held(folder.lock(member)) for member in study.members)


@pytest.mark.timeout(240)
def test_four_members(tmp_path, runners):
    """Two runners at once, one member killed, one failing: 3 results, each once, 1 reported."""
    path = write_study(tmp_path, 4, failing=1)
    study = load_study(path)
    runs = runners(path)
    first, second = runs.start(1), runs.start(1)
    _signal_once(study.members[1].name, signal.SIGKILL)
    codes = {first.wait(200), second.wait(200)}
    assert codes <= {3, 75}, "3: some failed; 75: the other runner was still at its last member"
    _check(study, failing=1)


def stand_in_for_slurm(folder: Path) -> dict[str, str]:
    """Commands that do what SLURM's would, as far as the job script can tell, and the environment of a task."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    programs = {
        "srun": 'shift; exec mpirun "$@"',  # without --mpi=pmix
        "scontrol": f'echo "$@" >> {folder}/scontrol.log',
        "phasefield": f'exec {sys.executable} -m phasefield "$@"',
    }
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (folder / name).chmod(0o755)
    (folder / ".venv" / "bin" / "activate").write_text(f'export PATH="{folder}:$PATH"\n')
    task = {"SLURM_SUBMIT_DIR": str(folder), "SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_JOB_ID": "77"}
    return dict(os.environ) | task


@pytest.mark.timeout(240)
def test_a_task_that_is_stopped_goes_on_from_its_checkpoint(tmp_path):
    """A task of a job array whose time is up: USR1 to its script, exit code 75, queued again, run again to its end."""
    slow = BASE.replace("tolerance = 0.1", 'max_step = "4 ms"')  # at least 250 steps
    path = write_study(tmp_path, 2, failing=0, base=slow)
    study = load_study(path)
    folder, member = Folder(tmp_path / "runs" / study.name), study.members[1]
    arguments, environment = ["bash", str(SCRIPT), str(path)], stand_in_for_slurm(tmp_path)

    task = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while folder.steps(member) < 5 and time.monotonic() < end:
        time.sleep(0.05)
    task.send_signal(signal.SIGUSR1)
    said = task.communicate(timeout=60)[0]
    assert task.returncode == 75 and "stopped" in said
    assert (tmp_path / "scontrol.log").read_text() == "requeue 77_2\n"
    assert 5 <= folder.steps(member) < 250 and folder.state(member).name == "stopped"

    again = subprocess.run(arguments, env=environment, stdout=subprocess.PIPE, text=True, timeout=120)
    assert again.returncode == 0 and folder.state(member).name == "done"
    assert "phasefield restart" in folder.file(member, "log").read_text()
    steps = folder.finished(member).history["Step"]
    assert list(steps) == list(range(len(steps))) and len(steps) > 250


@pytest.mark.timeout(120)
def test_a_member_that_takes_too_long_is_ended(tmp_path):
    """Its processes are gone, it counts as failed and says why; the study ends with 3."""
    path = write_study(tmp_path, 1, failing=0)
    slow = ["--set", "timeout=4 s", "--set", "set.time.max_step=1 ms", "--set", "set.stop.time=20 s"]
    arguments = [sys.executable, "-m", "phasefield", "study", str(path), "--run", *slow]
    own = dict(os.environ)
    done = subprocess.run(arguments, cwd=tmp_path, env=own, stdout=subprocess.PIPE, text=True, timeout=100)
    assert done.returncode == 3 and "took longer than the 4 s of timeout" in done.stdout
    assert _jobs(str(tmp_path)) == []


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_forty_members(tmp_path, runners):
    """3 made to fail, 2 killed, two runners at once, one of them killed, one member stopped and gone on with:
    37 results, each once, 3 reported.
    """
    path = write_study(tmp_path, 40, failing=3)
    study = load_study(path)
    runs = runners(path)
    first, second = runs.start(1), runs.start(1)
    _signal_once(study.members[3].name, signal.SIGKILL)
    _signal_once(study.members[8].name, signal.SIGUSR1)
    _signal_once(study.members[13].name, signal.SIGKILL)
    second.kill()
    second.wait()
    third = runs.start(1)
    assert {first.wait(900), third.wait(900)} <= {3, 75}
    assert runs.start(1).wait(120) == 3
    _check(study, failing=3)

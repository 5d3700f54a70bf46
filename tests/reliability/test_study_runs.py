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
from phasefield.study.lock import claimed
from tests.reliability.study_jobs import BASE, Runners, check, jobs, kill_jobs, signal_once, write_study

SCRIPT = Path(__file__).parents[2] / "mpi_runs" / "slurm_array.sbatch"


@pytest.fixture
def runners(tmp_path):
    started = []

    def make(study):
        started.append(Runners(study))
        return started[-1]

    yield make
    for each in started:
        each.end()
    kill_jobs(tmp_path)


@pytest.mark.timeout(240)
@pytest.mark.promise("members of a study killed, failing, run by two at once: each result once")
def test_four_members(tmp_path, runners):
    """Two runners at once, one member killed, one failing: 3 results, each once, 1 reported."""
    path = write_study(tmp_path, 4, failing=1)
    study = load_study(path)
    runs = runners(path)
    first, second = runs.start(1), runs.start(1)
    signal_once(study, 1, signal.SIGKILL)
    codes = {first.wait(200), second.wait(200)}
    assert codes <= {3, 75}, "3: some failed; 75: the other runner was still at its last member"
    check(study, failing=1)


def stand_in_for_slurm(folder: Path) -> dict[str, str]:
    """Commands that do what SLURM's would, as far as the job script sees, and the environment of a task."""
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
@pytest.mark.promise("a SLURM script stops, queues itself again, goes on")
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


@pytest.mark.timeout(60)
def test_a_task_whose_member_another_runner_has_does_not_queue_itself(tmp_path):
    path = write_study(tmp_path, 2, failing=0)
    study, environment = load_study(path), stand_in_for_slurm(tmp_path)
    folder = Folder(tmp_path / "runs" / study.name)
    folder.prepare(study)
    with claimed(folder.lock(study.members[1])):
        task = subprocess.run(["bash", str(SCRIPT), str(path)], env=environment, stdout=subprocess.PIPE, text=True)
    assert task.returncode == 4 and "by another runner" in task.stdout
    assert not (tmp_path / "scontrol.log").exists()


@pytest.mark.timeout(120)
def test_a_member_that_takes_too_long_is_ended(tmp_path):
    """Its processes are gone, it counts as failed and says why; the study ends with 3."""
    path = write_study(tmp_path, 1, failing=0)
    slow = ["--set", "timeout=2 s", "--set", "set.time.max_step=1 ms", "--set", "set.stop.time=20 s"]
    arguments = [sys.executable, "-m", "phasefield", "study", str(path), "--run", *slow]
    own = dict(os.environ)
    done = subprocess.run(arguments, cwd=tmp_path, env=own, stdout=subprocess.PIPE, text=True, timeout=100)
    assert done.returncode == 3 and "took longer than the 2 s of timeout" in done.stdout
    assert jobs(str(tmp_path)) == []

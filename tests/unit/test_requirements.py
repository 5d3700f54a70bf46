"""What a machine lacks is said in one sentence; jobs of a study start, and their errors are found."""

import os
import subprocess
import sys

import pytest

from phasefield.errors import RunError
from phasefield.run.requirements import needing_petsc, require_one_job
from phasefield.study.job import LAUNCHER, command
from phasefield.study.launch import main_message
from tests.errors import refused
from tests.unit.decks import SINGLE_ION


def test_without_petsc4py(tmp_path):
    """One line of error with both ways to get it, and no run directory."""
    deck = tmp_path / "my.toml"
    deck.write_text(SINGLE_ION)
    program = "import sys; sys.modules['petsc4py'] = None; from phasefield.cli import main; main(sys.argv[1:])"
    words = [sys.executable, "-c", program, "run", str(deck), "-o", str(tmp_path / "run")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "python3-petsc4py-real" in done.stderr and "conda-forge" in done.stderr
    assert not (tmp_path / "run").exists()


def test_other_imports_fail_as_they_do():
    with pytest.raises(ModuleNotFoundError), needing_petsc():
        raise ModuleNotFoundError("No module named 'numba'")
    with refused(RunError, "missing-package", "petsc4py"), needing_petsc():
        raise ImportError("Unable to load solver petsc")


@pytest.mark.parametrize(
    ("size", "environment", "fine"),
    [
        (1, {"SLURM_STEP_NUM_TASKS": "2"}, False),
        (2, {"SLURM_STEP_NUM_TASKS": "2"}, True),
        (1, {"SLURM_STEP_NUM_TASKS": "1"}, True),
        (1, {"SLURM_NTASKS": "2"}, True),  # of the allocation, in its batch script
        (1, {"SLURM_STEP_NUM_TASKS": "2", "OMPI_COMM_WORLD_SIZE": "1"}, True),  # by mpirun, inside such a step
        (1, {"SLURM_STEP_NUM_TASKS": "2(x2)"}, True),
        (1, {}, True),
    ],
)
def test_ranks_that_mpi_does_not_connect(monkeypatch, size, environment, fine):
    """The launchers that connect them are named."""
    for name in ("SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if fine:
        require_one_job(size)
    else:
        with refused(RunError, "wrong-launcher", "mpirun -n 2", "srun --mpi=pmix"):
            require_one_job(size)


def test_one_rank_needs_no_mpirun():
    """But a command that leads to a node of a cluster is kept."""
    program = [sys.executable, "-m", "phasefield", "run", "a.toml"]
    assert command(LAUNCHER, 1, ["run", "a.toml"]) == program
    assert command(LAUNCHER, 2, ["run", "a.toml"]) == ["mpirun", "-n", "2", *program]
    assert command("srun -n {ranks}", 1, ["run", "a.toml"]) == ["srun", "-n", "1", *program]


OPEN_MPI = """--------------------------------------------------------------------------
Primary job  terminated normally, but 1 process returned
a non-zero exit code. Per user-direction, the job has been aborted.
--------------------------------------------------------------------------
--------------------------------------------------------------------------
mpirun detected that one or more processes exited with non-zero status:

  Process name: [[1,1],0]
  Exit code:    3
--------------------------------------------------------------------------
"""


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (f"$ mpirun\nstep 1\nerror: runs/a: step 7\n{OPEN_MPI}error: later\n", "runs/a: step 7"),
        (f"$ mpirun\nerror: of the first attempt\n$ mpirun\nerror: of the second\n{OPEN_MPI}", "of the second"),
        (f"$ mpirun\nstep 1\na: stopped, with a checkpoint\n{OPEN_MPI}", "a: stopped, with a checkpoint"),
        (f"$ mpirun\n{OPEN_MPI}", "Primary job  terminated normally, but 1 process returned"),
        ("$ python\nTraceback\n  File\nValueError: 1\n\nDuring\nRuntimeError: 2\n", "ValueError: 1"),
        (f"$ mpirun\nerror: 2 problems\n  a.toml:3: b\n  a.toml: c\n{OPEN_MPI}", "a.toml:3: b"),
        ("$ python\nstep 1\nKilled\n", "Killed"),
        ("", ""),
    ],
)
def test_what_a_log_says(tmp_path, log, said):
    """The first error of the last attempt, not what Open MPI adds to it."""
    folder = tmp_path / "members" / "a"
    folder.mkdir(parents=True)
    (folder / "log").write_text(log)
    assert main_message(folder / "log") == said


@pytest.mark.parametrize(
    ("words", "completed"),
    [("phasefield re", {"restart", "render"}), ("phasefield new co", {"coated", "contact"}),
     ("phasefield examples plating_pu", {"plating_pulse"}), ("phasefield run --out", {"--output"})],
)  # fmt: skip
def test_shells_complete_commands(words, completed):
    """As bash asks, through the environment."""
    asked = {"_PHASEFIELD_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [sys.executable, "-m", "phasefield"], env=os.environ | asked, capture_output=True, text=True, timeout=60
    )
    assert set(done.stdout.split()) == completed

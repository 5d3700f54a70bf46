"""The helper that every MPI test stands on: it must report failures and survive hangs."""

import sys
import time
from pathlib import Path

import pytest

from tests.parallel.mpi import mpirun

HANG = """
import os, time
os.write(1, b"rank process %d" % os.getpid() + bytes([10]))  # one write, so that lines of ranks cannot mix
if rank := int(os.environ.get("OMPI_COMM_WORLD_RANK") or os.environ["PMI_RANK"]):
    from mpi4py import MPI
    MPI.COMM_WORLD.barrier()
time.sleep(600)
"""


def alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_output_and_exit_code_of_every_rank_come_back(tmp_path):
    script = tmp_path / "hello.py"
    script.write_text("from mpi4py import MPI; import os; os.write(1, f'hello from {MPI.COMM_WORLD.rank}\\n'.encode())")
    result = mpirun(3, script)
    assert result.returncode == 0
    assert [f"hello from {rank}" in result.stdout for rank in range(3)] == [True] * 3


def test_nonzero_exit_propagates():
    assert mpirun(2, ["-c", "import sys; sys.exit(3)"]).returncode == 3


def test_hanging_job_is_killed_with_all_its_ranks(tmp_path):
    """One rank sleeps, the other waits for it inside MPI: the test fails, shows the output, leaves no process."""
    script = tmp_path / "hang.py"
    script.write_text(HANG)
    with pytest.raises(pytest.fail.Exception, match="killed") as failure:
        mpirun(2, script, timeout=5)
    lines = [line.split() for line in str(failure.value).splitlines() if line.startswith("rank process")]
    pids = [int(words[-1]) for words in lines]
    assert len(pids) == 2
    time.sleep(0.5)
    assert not any(alive(pid) for pid in pids)


def test_same_interpreter_and_one_thread(tmp_path):
    script = tmp_path / "where.py"
    script.write_text("import os, sys; print(sys.executable, os.environ['OMP_NUM_THREADS'])")
    assert f"{sys.executable} 1" in mpirun(1, script).stdout

"""Ranks that stay: programs leave nothing to the next one, and one that fails or hangs takes its ranks with it."""

import pytest

from tests.parallel.pool import on_ranks

PROGRAM = """
import json, logging, os, signal, sys
from mpi4py import MPI
from phasefield import parallel

before = [os.getpid(), os.getcwd(), len(sys.argv), "LEFT" in os.environ, "left" in globals(), "/left" in sys.path,
          signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL, len(logging.getLogger("phasefield").handlers),
          sys.excepthook is sys.__excepthook__]
left = os.environ["LEFT"] = "left"
sys.path.append("/left")
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
parallel.configure_logging()
parallel.install_abort_hook()
os.chdir("/")
found = MPI.COMM_WORLD.gather(before)
if found:
    print(json.dumps(found))
"""


def write(path, text):
    path.write_text(text)
    return path


def test_a_program_finds_nothing_of_the_one_before(tmp_path):
    """The same processes, and all else as at the start."""
    program = write(tmp_path / "program.py", PROGRAM)
    first, second = (on_ranks(2, [program, "word"], cwd=tmp_path).stdout for _ in range(2))
    assert first == second
    expected = f'"{tmp_path}", 2, false, false, false, true, 0, true]'
    assert first.count(expected) == 2


@pytest.mark.parametrize("failure", ["raise RuntimeError('the cell melted')", "sys.exit(3)", "os._exit(0)"])
def test_a_failure_of_one_rank_is_one_of_the_job(tmp_path, failure):
    """The other rank waits for it in vain; the next program has new ranks."""
    text = f"import os, sys\nfrom mpi4py import MPI\nprint('begun')\nif MPI.COMM_WORLD.rank: {failure}\n"
    failed = on_ranks(2, write(tmp_path / "fails.py", f"{text}MPI.COMM_WORLD.barrier()"), timeout=60)
    assert failed.returncode == 1
    assert failed.stdout.count("begun") >= 1 and ("the cell melted" in failed.stdout) == ("melted" in failure)
    assert on_ranks(2, write(tmp_path / "good.py", "print('good')")).stdout == "good\ngood\n"


def test_a_program_that_hangs_fails_the_test(tmp_path):
    hang = write(tmp_path / "hang.py", "import time\nprint('begun', flush=True)\ntime.sleep(600)")
    with pytest.raises(pytest.fail.Exception, match=r" 2 s: .*hang\.py") as failure:
        on_ranks(2, hang, timeout=2)
    assert str(failure.value).count("begun") == 2

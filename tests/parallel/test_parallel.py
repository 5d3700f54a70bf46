"""Ranks agree, rank 0 shares what it found or failed at, and no exception leaves a job hanging."""

import logging
import subprocess
import sys

import pytest

from phasefield import parallel
from tests.parallel.mpi import mpirun

AGREEMENT = """
from phasefield import parallel

comm = parallel.comm()
me = parallel.rank()
assert parallel.is_root() == (me == 0)

calls = []
assert parallel.on_root(lambda: calls.append(me) or {"rank": me}) == {"rank": 0}
assert calls == ([0] if me == 0 else [])
try:
    parallel.on_root(lambda: {}["absent"])
except KeyError as error:
    assert error.args == ("absent",)
else:
    raise AssertionError("no exception on this rank")

own = parallel.peak_memory(comm.Split(me))
assert 5e6 < own < 1e10
assert comm.allreduce(own) <= parallel.peak_memory() < 1.5 * comm.allreduce(own)
"""

CRASH = """
from phasefield import parallel
{imports}
{install}
comm = parallel.comm()
comm.barrier()
if comm.rank == 1:
    {crash}
comm.barrier()
"""

PETSC = "import petsc4py; petsc4py.init(); import fipy"
RAISE = "raise RuntimeError('the cell melted')"
IN_THREAD = "import threading; threading.Thread(target=lambda: [][0]).start()"
ON_EVERY_RANK = "pass\nraise RuntimeError('the cell melted')"
NO_STDERR = "import sys; sys.stderr = None; raise RuntimeError"
INTERRUPT = "raise KeyboardInterrupt"
INSTALL = "parallel.install_abort_hook()"
IN_TYPER = """
import typer
app = typer.Typer()
@app.command()
def main():
    parallel.install_abort_hook()
    comm = parallel.comm()
    if comm.rank == 1:
        raise RuntimeError('the cell melted')
    comm.barrier()
app()
"""


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_agreement(tmp_path, ranks):
    script = tmp_path / "agreement.py"
    script.write_text(AGREEMENT)
    result = mpirun(ranks, script)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("ranks", [2, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("imports", "crash", "code", "message"),
    [
        ("", RAISE, 70, "[rank 1] RuntimeError: the cell melted"),
        (PETSC, RAISE, 70, "[rank 1] RuntimeError: the cell melted"),
        (PETSC, IN_THREAD, 70, "[rank 1] IndexError"),
        (PETSC, ON_EVERY_RANK, 70, "RuntimeError: the cell melted"),
        (PETSC, NO_STDERR, 70, ""),
        (PETSC, INTERRUPT, 130, "[rank 1] KeyboardInterrupt"),
    ],
    ids=["bare", "petsc", "thread", "every-rank", "no-stderr", "interrupt"],
)
def test_exception_on_one_rank_ends_the_job(tmp_path, ranks, imports, crash, code, message):
    """Rank 1 fails while others wait in a barrier: all are gone before the time-out, and the traceback names it."""
    script = tmp_path / "crash.py"
    script.write_text(CRASH.format(imports=imports, crash=crash, install=INSTALL))
    result = mpirun(ranks, script, timeout=60)
    assert result.returncode == code, result.stdout
    assert message in result.stdout


def test_hook_holds_inside_a_typer_command(tmp_path):
    """Typer replaces sys.excepthook when its application is called; the command installs ours after that."""
    script = tmp_path / "command.py"
    script.write_text(f"from phasefield import parallel\n{PETSC}\n{IN_TYPER}")
    result = mpirun(2, script, timeout=60)
    assert result.returncode == 70
    assert "[rank 1] RuntimeError: the cell melted" in result.stdout


def test_one_rank_keeps_pythons_own_traceback():
    code = f"from phasefield import parallel; parallel.install_abort_hook(); {RAISE}"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert result.stderr.startswith("Traceback") and "rank" not in result.stderr


def test_log_comes_from_root_once_and_errors_from_any_rank(tmp_path):
    script = tmp_path / "log.py"
    script.write_text(
        "import logging, sys\n"
        "from phasefield import parallel\n"
        "for name in ('first.log', 'second.log'):\n"
        "    parallel.configure_logging(name)\n"
        "    log = logging.getLogger('phasefield.run.time_loop')\n"
        "    log.info('step done')\n"
        "    if parallel.rank() == 1: log.error('no room')\n"
    )
    result = mpirun(2, script, cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert result.stdout.count("step done") == result.stdout.count("[rank 1] error: no room") == 2
    for name in ("first.log", "second.log"):
        assert (tmp_path / name).read_text().count("INFO step done") == 1


def test_log_file_that_cannot_be_opened_is_an_error_on_every_rank(tmp_path):
    script = tmp_path / "log.py"
    script.write_text(
        "from phasefield import parallel\n"
        "try:\n"
        "    parallel.configure_logging('nowhere/run.log')\n"
        "except FileNotFoundError:\n"
        "    print('no ' 'log')\n"
    )
    result = mpirun(2, script, cwd=tmp_path, timeout=60)
    assert (result.returncode, result.stdout.count("no log")) == (0, 2), result.stdout


@pytest.fixture
def package_logger():
    logger = logging.getLogger("phasefield")
    before = (list(logger.handlers), logger.level, logger.propagate)
    yield logger
    logger.handlers[:], logger.propagate = before[0], before[2]
    logger.setLevel(before[1])


def test_log_on_a_full_disk_is_lost_without_a_word(capsys, package_logger):
    """The terminal has every line, and closing the file, which writes what waits, raises nothing."""
    parallel.configure_logging("/dev/full")
    package_logger.warning("loud")
    parallel.configure_logging()
    assert capsys.readouterr().err == "warning: loud\n"


def test_log_without_file(capsys, package_logger):
    parallel.configure_logging(level=logging.WARNING)
    package_logger.info("quiet")
    package_logger.warning("loud")
    assert capsys.readouterr().err == "warning: loud\n"

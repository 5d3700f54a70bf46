"""Run a Python file under mpirun from a test, without ever leaving a process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest


def mpirun(
    ranks: int,
    program: str | Path | Sequence[str | Path],
    timeout: float = 120.0,
    cwd: str | Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program with this interpreter on some ranks; a job that hangs is killed and fails the test.

    Parameters
    ----------
    program : path or sequence
        A Python file, or the interpreter's arguments (``["-m", "phasefield", "run", deck]``).
    timeout : float [s]

    Returns
    -------
    subprocess.CompletedProcess
        With the exit code (not checked) and, in ``stdout``, what all ranks printed to standard output and
        standard error.
    """
    arguments = [program] if isinstance(program, str | Path) else list(program)
    command = ["mpirun", "-n", str(ranks), sys.executable, *map(str, arguments)]
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(os.environ),  # not the C environment: MPI_Init in this process marks that as inside a job
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        kill_session(process.pid)
        output, _ = process.communicate()
        pytest.fail(f"killed after {timeout:g} s: {' '.join(command)}\n{output}")
    except BaseException:  # Ctrl-C, pytest-timeout
        kill_session(process.pid)
        process.wait()
        raise
    return subprocess.CompletedProcess(command, process.returncode, output)


def kill_session(session: int) -> None:
    """Kill mpirun and its ranks: Open MPI gives each its own process group, but all share one session."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == session:
                os.kill(int(entry.name), signal.SIGKILL)
        except ProcessLookupError:
            continue

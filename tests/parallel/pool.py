"""Ranks that stay: run programs on them one after another, without starting Python, MPI and the imports each time.

For programs that end by themselves. Whatever kills a rank, ends the job or is judged by its exit code needs
:func:`tests.parallel.mpi.mpirun`.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.parallel.mpi import kill_session

ROOT = Path(__file__).parents[2]
#: Seconds that ranks may take to start, and to follow the first that failed.
START, GRACE = 120.0, 1.0
#: What a rank answers when a program has ended without an error.
GOOD = b"y"
_pools: dict[int, Pool] = {}


def on_ranks(
    ranks: int,
    program: str | Path | Sequence[str | Path],
    timeout: float = 120.0,
    cwd: str | Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program as :func:`tests.parallel.mpi.mpirun` does, on ranks that wait for it since an earlier test.

    Each program begins in a namespace, directory and environment of its own; imported modules stay. Ranks that hang or
    fail are killed, and the next program starts new ones.

    Returns
    -------
    subprocess.CompletedProcess
        With exit code 0, or 1 if any rank failed, and what all ranks printed.
    """
    arguments = [str(program)] if isinstance(program, str | Path) else [str(word) for word in program]
    pool = _pools.pop(ranks, None) or Pool(ranks)
    try:
        done, output = pool.run(arguments, str(cwd or Path.cwd()), timeout)
    except BaseException:  # Ctrl-C, pytest-timeout
        pool.kill()
        raise
    if len(done) == ranks and all(done.values()):
        _pools[ranks] = pool
    else:
        pool.kill()
    if len(done) < ranks and all(done.values()):
        pytest.fail(f"killed after {timeout:g} s: {' '.join(arguments)}\n{output}")
    return subprocess.CompletedProcess(arguments, 0 if ranks in _pools else 1, output)


class Pool:
    """Some ranks, each of which reads programs from a socket.

    Parameters
    ----------
    ranks : int
    """

    def __init__(self, ranks: int):
        self.folder = tempfile.TemporaryDirectory(prefix="ranks-")
        address, self.log = f"{self.folder.name}/socket", Path(self.folder.name, "log")
        with socket.socket(socket.AF_UNIX) as door, self.log.open("w") as log:
            door.bind(address)
            door.listen(ranks)
            door.settimeout(START)
            self.job = subprocess.Popen(
                ["mpirun", "-n", str(ranks), sys.executable, "-m", "tests.parallel.served", address],
                cwd=ROOT, env=dict(os.environ), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
            try:
                self.ranks = [door.accept()[0] for _ in range(ranks)]
            except BaseException as error:
                self.kill()
                raise RuntimeError(f"{ranks} ranks did not start") from error

    def run(self, arguments: list[str], cwd: str, timeout: float) -> tuple[dict[int, bool], str]:
        """Whether the program succeeded, by the ranks that ended it; and what all printed."""
        outputs = [Path(self.folder.name, f"output{n}") for n in range(len(self.ranks))]
        for rank, output in zip(self.ranks, outputs, strict=True):
            output.unlink(missing_ok=True)
            job = {"arguments": arguments, "cwd": cwd, "environment": dict(os.environ), "output": str(output)}
            rank.sendall(json.dumps(job).encode() + b"\n")
        end, done = time.monotonic() + timeout, {}
        while len(done) < len(self.ranks) and (left := end - time.monotonic()) > 0:
            waiting = [rank for n, rank in enumerate(self.ranks) if n not in done]
            for rank in select.select(waiting, [], [], left)[0]:
                good = done[self.ranks.index(rank)] = rank.recv(1) == GOOD
                if not good:
                    end = min(end, time.monotonic() + GRACE)
        return done, "".join(output.read_text(errors="replace") for output in outputs if output.exists())

    def kill(self) -> None:
        """End all ranks, now."""
        kill_session(self.job.pid)
        self.job.wait()
        self.folder.cleanup()

    def close(self) -> None:
        """Let the ranks go: they end when nobody can send them anything."""
        for rank in self.ranks:
            rank.close()
        with suppress(subprocess.TimeoutExpired):
            self.job.wait(10.0)
        self.kill()


@atexit.register
def _close() -> None:
    for pool in _pools.values():
        pool.close()

"""Jobs of a study: the command of a member, and how it is started."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Protocol

LAUNCHER = "mpirun -n {ranks}"
PROGRAM = [sys.executable, "-m", "phasefield"]

#: One thread per rank; and no binding, or jobs side by side would all be bound to the first cores.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
}


class Job(Protocol):
    """A job that was started; part of the interface of :class:`subprocess.Popen`.

    Attributes
    ----------
    pid : int
        Its process, which leads a session.
    """

    pid: int

    def poll(self) -> int | None:
        """Exit code, or minus the signal that ended it; None while it runs."""

    def wait(self) -> int:
        """Wait for the end, and return this code."""

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the job has ended."""


#: Starts a job, given its command and the file for its output; raises OSError if it cannot.
Start = Callable[[Sequence[str], IO[str]], Job]


def command(launcher: str, ranks: int, arguments: Sequence[str]) -> list[str]:
    """The command line of a job. A single rank needs no `LAUNCHER`; another command may be needed to get to a node.

    Parameters
    ----------
    launcher : str
        Command such as `LAUNCHER`; ``{ranks}`` is replaced by the number of ranks.
    ranks : int
    arguments : sequence of str
        Arguments of ``phasefield``.
    """
    before = [] if is_alone(launcher, ranks) else shlex.split(launcher.replace("{ranks}", str(ranks)))
    return [*before, *PROGRAM, *arguments]


def is_alone(launcher: str, ranks: int) -> bool:
    """Whether a job is started without a launcher."""
    return ranks == 1 and launcher == LAUNCHER


def environment(present: Mapping[str, str]) -> dict[str, str]:
    """Environment of a job; variables that are already set are kept."""
    return {**ENVIRONMENT, **present}


def started(arguments: Sequence[str], output: IO[str]) -> subprocess.Popen:
    """A job whose process begins with its imports."""
    return subprocess.Popen(
        list(arguments), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        env=environment(os.environ), start_new_session=True,
    )  # fmt: skip

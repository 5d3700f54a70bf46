"""One attempt at one member: start its job, wait, and say how it ended."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from phasefield.io import safe
from phasefield.study.lock import BEAT, DEPTH, Claim, session_members

#: Exit code of a run that stopped with a checkpoint and wants to go on (EX_TEMPFAIL of sysexits.h).
RESUBMIT = 75
#: Seconds between two looks at a job.
GLANCE = 0.1
LAUNCHER = "mpirun -n {ranks}"
#: Of the end of a log [byte].
MOST_READ = 1 << 18

#: One thread per rank; and no binding, or jobs side by side would all be bound to the first cores.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
}


class Ending(NamedTuple):
    """How a job ended.

    Attributes
    ----------
    code : int
        Exit code; that of the shell (128 + signal) for a job that a signal ended.
    cause : str
        Who ended it.
    """

    code: int
    cause: Literal["itself", "stop", "timeout", "lost"]


def command(launcher: str, ranks: int, arguments: Sequence[str]) -> list[str]:
    """The command line of a job.

    Parameters
    ----------
    launcher : str
        Such as `LAUNCHER`; ``{ranks}`` is replaced.
    ranks : int
    arguments : sequence of str
        Of ``phasefield``.
    """
    return [*shlex.split(launcher.replace("{ranks}", str(ranks))), sys.executable, "-m", "phasefield", *arguments]


def attempt(
    arguments: Sequence[str], log: Path, claim: Claim, stop: threading.Event, timeout: float | None, grace: float
) -> Ending:
    """Run a job to its end, with its output in a log.

    Parameters
    ----------
    arguments : sequence of str
        Its command line.
    log : Path
        Appended to.
    claim : Claim
        Kept young meanwhile; the job is killed if it is lost.
    stop : threading.Event
        Set when the job is to write a checkpoint and stop: it is sent USR1.
    timeout : float or None [s]
        Wall time after which it is killed.
    grace : float [s]
        What it gets for that checkpoint before it is killed.
    """
    with safe.appended(log, DEPTH) as output:
        output.write(f"$ {shlex.join(arguments)}\n")
        output.flush()
        job = subprocess.Popen(
            list(arguments), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env=_environment(os.environ), start_new_session=True,
        )  # fmt: skip
    try:
        claim.working_in(job.pid)
        return _watched(job, claim, stop, timeout, grace)
    finally:
        _clear(job)


def _watched(job: subprocess.Popen, claim: Claim, stop: threading.Event, timeout: float | None, grace: float) -> Ending:
    started = beaten = time.monotonic()
    asked = None
    while (code := job.poll()) is None:
        now = time.monotonic()
        if now - beaten > BEAT:
            if not claim.beat():
                return Ending(128 + signal.SIGKILL, "lost")
            beaten = now
        if timeout is not None and now - started > timeout:
            return Ending(128 + signal.SIGKILL, "timeout")
        if asked is None and stop.is_set():
            asked = now
            job.send_signal(signal.SIGUSR1)
        elif asked is not None and now - asked > grace:
            return Ending(128 + signal.SIGKILL, "stop")
        time.sleep(GLANCE)
    return Ending(code if code >= 0 else 128 - code, "itself" if asked is None else "stop")


def _clear(job: subprocess.Popen) -> None:
    """Leave nothing of a job behind: a launcher that was killed leaves its ranks running."""
    for process in {*session_members(job.pid), *((job.pid,) if job.poll() is None else ())}:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
    job.wait()


def _environment(present: Mapping[str, str]) -> dict[str, str]:
    """What a job inherits: what is set already counts more."""
    return {**ENVIRONMENT, **present}


#: Our own errors, and the last line of a traceback.
_ERROR = re.compile(r"error: |(\[rank \d+\] )?[\w.]*(Error|Exception)(: |$)")


def told(log: Path) -> str:
    """The error that a run printed last, or its last line."""
    try:
        with safe.opened(log, DEPTH) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - MOST_READ))
            text = file.read(MOST_READ).decode(errors="replace")
        lines = [line.strip() for line in text.splitlines()[-200:]]
    except OSError:
        return ""
    lines = [line for line in lines if line and not line.startswith(("$ ", "-----"))]
    errors = [line for line in lines if _ERROR.match(line)]
    found = (errors or lines or [""])[-1]
    return found.removeprefix("error: ")[:300]

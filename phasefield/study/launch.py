"""One attempt to run one member: start its job, wait for it, and report how it ended."""

from __future__ import annotations

import os
import re
import shlex
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Literal, NamedTuple

from phasefield.io import safe
from phasefield.study.job import Job, Start
from phasefield.study.lock import BEAT, DEPTH, Claim, session_members

#: Exit code of a run that stopped with a checkpoint and can be continued (EX_TEMPFAIL of sysexits.h).
RESUBMIT = 75
#: Seconds between two checks of a job.
GLANCE = 0.1
#: Part of a log that is read, at its end [byte].
MOST_READ = 1 << 18


class Ending(NamedTuple):
    """How a job ended.

    Attributes
    ----------
    code : int
        Exit code; 128 + signal, as in a shell, for a job that a signal ended.
    cause : str
        Why the job ended.
    """

    code: int
    cause: Literal["itself", "stop", "timeout", "lost"]


def attempt(
    start: Start, arguments: Sequence[str], log: Path, claim: Claim, stop: threading.Event, timeout: float | None,
    grace: float,
) -> Ending:  # fmt: skip
    """Run a job to its end and write its output to a log.

    Parameters
    ----------
    start : callable
        Starts the job.
    arguments : sequence of str
        Command line of the job.
    log : Path
        File to which the output is appended.
    claim : Claim
        Lock of the member, renewed while the job runs; the job is killed if the lock is lost.
    stop : threading.Event
        When set, the job is sent USR1, so that it writes a checkpoint and stops.
    timeout : float or None [s]
        Wall time after which the job is killed.
    grace : float [s]
        Time that the job has for this checkpoint before it is killed.
    """
    with safe.appended(log, DEPTH) as output:
        output.write(f"{ATTEMPT}{shlex.join(arguments)}\n")
        output.flush()
        job = start(arguments, output)
    try:
        claim.working_in(job.pid)
        return _watched(job, claim, stop, timeout, grace)
    finally:
        _clear(job)


def _watched(job: Job, claim: Claim, stop: threading.Event, timeout: float | None, grace: float) -> Ending:
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


def _clear(job: Job) -> None:
    """Kill all processes of a job: a launcher that was killed leaves its ranks running."""
    for process in {*session_members(job.pid), *((job.pid,) if job.poll() is None else ())}:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
    job.wait()


#: What begins an attempt in a log, and the rules around what Open MPI says.
ATTEMPT, RULE = "$ ", "-----"
#: What begins a list of errors of a deck.
_LIST = re.compile(r"error: \d+ problems")
#: An error line of this package, or the last line of a traceback.
_ERROR = re.compile(r"error: |(\[rank \d+\] )?[\w.]*(Error|Exception)(: |$)")


def main_message(log: Path) -> str:
    """The first error of the last attempt in a member's log; else the run's last line, or its launcher's first."""
    try:
        with safe.opened(log, DEPTH) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - MOST_READ))
            text = file.read(MOST_READ).decode(errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    begun = [number for number, line in enumerate(lines) if line.startswith(ATTEMPT)]
    lines = lines[begun[-1] + 1 :] if begun else lines
    errors = [after if _LIST.fullmatch(line) else line for line, after in pairwise([*lines, ""]) if _ERROR.match(line)]
    before = list(takewhile(lambda line: not line.startswith(RULE), lines))
    launcher = [line for line in lines[len(before) :] if not line.startswith(RULE)]
    found = next(iter([*errors, *before[-1:], *launcher]), "")
    return found.removeprefix("error: ")[:300]

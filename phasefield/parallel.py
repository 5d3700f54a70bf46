"""Functions for several ranks: identity of a rank, calls on rank 0, and errors that must stop all ranks.

Imports nothing else of the package, so that any module may use it.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
import textwrap
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import IO, Any, TextIO, TypeVar

from mpi4py import MPI

T = TypeVar("T")

EXIT_ABORTED = 70  # EX_SOFTWARE of sysexits.h: an error of the program, not of its user
EXIT_INTERRUPTED = 130  # what shells report for Ctrl-C
PATIENCE = 5.0  # seconds within which all ranks must raise an error for it to count as common


def comm() -> MPI.Intracomm:
    """The communicator of the whole job."""
    return MPI.COMM_WORLD


def ranks_here() -> int:
    """Number of ranks on this rank's machine, which share its memory. Collective."""
    node = comm().Split_type(MPI.COMM_TYPE_SHARED)
    try:
        return node.size
    finally:
        node.Free()


def rank() -> int:
    """The number of this rank, from 0."""
    return comm().rank


def is_root() -> bool:
    """Whether this is rank 0, the only one that prints and writes text files."""
    return rank() == 0


def install_abort_hook() -> None:
    """Make an uncaught exception, on any rank or thread, end the whole job and name its rank.

    Without it the other ranks wait for ever in their next collective call. ``python -m mpi4py`` promises the
    same, but hangs once petsc4py is imported. On one rank Python's own behaviour is kept.

    Typer installs a hook of its own when its application is called, so call this from inside a command.
    """
    if comm().size == 1:
        return
    sys.excepthook = _abort
    threading.excepthook = _abort_from_thread


@contextmanager
def in_unison(*errors: type[BaseException]) -> Iterator[None]:
    """Pass these errors on only if every rank raises one; an error on some ranks only ends the whole job.

    It is for errors that a caller catches, so that the abort hook does not see them: the rank that left the block
    would wait for the others in MPI's finalisation, and they for it in their next collective call.
    """
    communicator = comm().Dup()  # separate: the others may be waiting in a call on another
    try:
        yield
    except errors as error:
        if not everyone_meets(communicator):
            _abort(type(error), error, error.__traceback__)
        raise
    communicator.Free()


def everyone_meets(communicator: MPI.Intracomm) -> bool:
    """Whether all ranks arrive here within `PATIENCE`; nothing else may use the communicator. Collective."""
    meeting, deadline = communicator.Ibarrier(), time.monotonic() + PATIENCE
    while not (met := meeting.Test()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return met


def on_root(function: Callable[[], T], communicator: MPI.Intracomm = MPI.COMM_WORLD) -> T:
    """Call ``function`` on rank 0 only; return its result, or raise its exception, on every rank. Collective.

    Parameters
    ----------
    function : callable without arguments
        Its result, or the exception that it raises, must survive pickling.

    Returns
    -------
    object
        What the function returned on rank 0.
    """
    result, error = None, None
    if communicator.rank == 0:
        try:
            result = function()
        except Exception as caught:
            error = caught
    shared_result, shared_error = communicator.bcast((result, error))
    error = error or shared_error  # rank 0 keeps the original, with its traceback
    if error is not None:
        raise error
    return shared_result


def peak_memory(communicator: MPI.Intracomm = MPI.COMM_WORLD) -> int:
    """Largest resident memory so far, summed over the ranks. Collective.

    Returns
    -------
    int [byte]
    """
    return int(communicator.allreduce(_own_peak()))


def _own_peak() -> int:
    """Largest resident memory of this program so far [byte]; on Linux without what its process was before."""
    with suppress(OSError), open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes on macOS, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _appended(path: str | os.PathLike[str]) -> TextIO:
    return open(path, "a", encoding="utf-8")


def configure_logging(
    path: str | os.PathLike[str] | None = None,
    level: int = logging.INFO,
    open_file: Callable[[Any], IO[str]] = _appended,
) -> None:
    """Log to standard error and, if given, to a file, from rank 0; from other ranks only errors, marked.

    Collective if there is a file: if it cannot be opened, every rank raises the OSError. May be called again for the
    next run of the same process: earlier handlers are closed and replaced.

    Parameters
    ----------
    path : path, optional
        File to append to, in an existing directory.
    open_file : callable
        Function that opens the file.
    """
    logger = logging.getLogger("phasefield")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.propagate = False
    logger.setLevel(level if is_root() else logging.ERROR)
    terminal = logging.StreamHandler()
    terminal.setFormatter(_TerminalFormat())
    logger.addHandler(terminal)
    if path is not None:
        on_root(lambda: logger.addHandler(_LogFile(open_file(path))))


class _LogFile(logging.StreamHandler):
    """Log file; on a full disk it only loses lines, which the terminal also shows."""

    def __init__(self, file: IO[str]):
        super().__init__(file)
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))

    def handleError(self, record: logging.LogRecord) -> None:
        pass

    def close(self) -> None:
        super().close()
        with suppress(OSError):
            self.stream.close()


class _TerminalFormat(logging.Formatter):
    """The message, preceded by its level from warnings on, and by its rank if that is not 0."""

    def format(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname.lower()}: " if record.levelno >= logging.WARNING else ""
        return (f"[rank {rank()}] " if rank() else "") + level + super().format(record)


def _abort(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Print the traceback, each line marked with the rank, and end the job, even with nowhere to print."""
    try:
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(textwrap.indent(text, f"[rank {rank()}] "))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        comm().Abort(EXIT_INTERRUPTED if issubclass(kind, KeyboardInterrupt) else EXIT_ABORTED)


def _abort_from_thread(args: threading.ExceptHookArgs) -> None:
    if not issubclass(args.exc_type, SystemExit):  # how a thread ends itself quietly, as in Python's own hook
        _abort(args.exc_type, args.exc_value, args.exc_traceback)

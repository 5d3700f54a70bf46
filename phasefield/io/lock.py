"""Lock of a run directory: one process writes at a time; the system releases the lock when the process ends."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from phasefield.errors import RunError
from phasefield.io import safe

log = logging.getLogger(__name__)

LOCK = "run.lock"
#: Time for which a lock is requested before another process is assumed to hold it [s].
PATIENCE = 2.0
TAKEN = errno.EWOULDBLOCK, errno.EACCES


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold the lock of a run directory.

    Raises
    ------
    RunError
        Another process holds it, or the directory cannot be written.
    """
    file = _opened(directory)
    try:
        try:
            _take(file)
        except OSError as error:
            if error.errno in TAKEN:
                raise RunError(f"{directory}: another process is using this run", code="locked") from None
            log.warning(
                "%s: file locks do not work here (%s): do not start a second process on this run",
                directory,
                error.strerror,
            )
        if not _is_current(file, directory):
            raise RunError(f"{directory}: another process has just replaced this run", code="locked")
        yield
    finally:
        os.close(file)


def _opened(directory: Path) -> int:
    try:
        return safe.descriptor(directory / LOCK, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise RunError(f"{directory / LOCK}: cannot be written ({error.strerror})", code="unwritable") from None


def _is_current(file: int, directory: Path) -> bool:
    """Whether the name still leads to the locked file; a lock on a removed file locks nothing."""
    try:
        found = os.lstat(directory / LOCK)
    except OSError:
        return False
    ours = os.fstat(file)
    return (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino)


def _take(file: int) -> None:
    """Lock a file; retry for a while, since `is_held` also locks it for a moment."""
    last = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in TAKEN or time.monotonic() > last:
                raise
        time.sleep(0.05)


def is_held(directory: Path) -> bool | None:
    """Whether a process is writing the run; None if unknown: no lock file, or no file locking."""
    try:
        file = safe.descriptor(directory / LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return True if error.errno in TAKEN else None
    finally:
        os.close(file)
    return False

"""One process writes a run at a time; the system takes the lock from one that is gone, however it went."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from phasefield.errors import RunError

log = logging.getLogger(__name__)

LOCK = "run.lock"
TAKEN = errno.EWOULDBLOCK, errno.EACCES


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold the lock of a run directory.

    Raises
    ------
    RunError
        Another process holds it.
    """
    file = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in TAKEN:
                raise RunError(f"{directory}: another process is running it") from None
            log.warning("%s: nothing keeps other processes away from this run (%s)", directory, error.strerror)
        yield
    finally:
        os.close(file)


def is_held(directory: Path) -> bool | None:
    """Whether a process is writing the run; None where nobody can tell: no lock file, no locks at all."""
    try:
        file = os.open(directory / LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return True if error.errno in TAKEN else None
    finally:
        os.close(file)
    return False

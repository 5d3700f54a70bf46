"""Locks, by which only one runner at a time runs a member: lock files that a heartbeat keeps up to date.

Every claim has its own file, ``NAME.lock.TOKEN``, whose name is never used again, so that no process can remove the
wrong one. A runner first makes its file and then looks for others: if two runners start at once, at least the later
one sees the file of the earlier one. If each sees the other, the one whose name sorts first keeps the lock.
"""

from __future__ import annotations

import glob
import json
import os
import platform
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from phasefield.io import safe

#: Seconds between two signs of life, and after which a runner on another machine counts as dead.
BEAT, STALE = 5.0, 120.0
#: Seconds given to a runner that came at the same time, and has to go, to do so.
PATIENCE = 2.0
#: Of ``members/NAME.lock.TOKEN`` no name may be a link: see `phasefield.io.safe`. The largest lock file [byte].
DEPTH, MOST = 2, 1 << 16


class Claim:
    """A lock that this process holds; made by :func:`claimed`.

    Parameters
    ----------
    path : Path
        The lock file.
    """

    def __init__(self, path: Path):
        self.path = path

    def beat(self) -> bool:
        """Renew the lock. False if the file is gone: another runner considered this one dead and took the lock."""
        with suppress(OSError):  # a file system may be unavailable for a moment; the run continues
            try:
                os.utime(self.path)
            except FileNotFoundError:
                return False
        return True

    def working_in(self, session: int) -> None:
        """Record the session of the job, which may outlive its runner."""
        safe.replace(self.path, json.dumps({**_read(self.path), "session": session}).encode(), DEPTH, lasting=False)


@contextmanager
def claimed(base: Path) -> Iterator[Claim | None]:
    """Hold a lock inside the context; yield None if another runner holds it.

    Parameters
    ----------
    base : Path
        ``NAME.lock``, without the token.
    """
    if is_held(base):
        yield None
        return
    path = base.with_name(f"{base.name}.{secrets.token_hex(8)}")
    content = {"host": _host(), "pid": os.getpid(), "born": _born(os.getpid())}
    try:
        with safe.appended(path, DEPTH) as file:  # of a name that never was
            file.write(json.dumps(content))
        alone = _is_alone(base, path)
        if not alone:
            safe.remove(path, DEPTH)
        yield Claim(path) if alone else None
    finally:  # on a full disk the file may be there, although writing it failed
        safe.remove(path, DEPTH)


def is_held(base: Path) -> bool:
    """Whether a runner holds a lock now."""
    return any(is_alive(lock) for lock in _locks(base))


def is_alive(path: Path) -> bool:
    """Whether the holder of a lock file, or the job that it started, is still running."""
    try:
        age = _now(path.parent) - path.lstat().st_mtime
    except FileNotFoundError:
        return False
    holder = _read(path)
    if holder.get("host") != _host():
        return abs(age) < STALE  # also for a file that is still empty; one from the future is nobody's
    return _born(holder["pid"]) == holder["born"] or session_members(holder["session"]) != []


def session_members(session: int) -> list[int]:
    """Processes of a session on this machine; empty for session 0."""
    found = []
    for entry in Path("/proc").glob("[0-9]*") if session else ():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(int(entry.name)) == session and _born(int(entry.name)) is not None:
                found.append(int(entry.name))
    return found


def _locks(base: Path) -> list[Path]:
    """All files of a lock, also those of runners that are dead."""
    return [path for path in base.parent.glob(f"{glob.escape(base.name)}.*") if path.suffix != ".new"]


def _is_alone(base: Path, own: Path) -> bool:
    """Whether no other live runner claims a lock; waits for simultaneous claims, removes the files of dead runners."""
    until = time.monotonic() + PATIENCE
    while True:
        others = [lock for lock in _locks(base) if lock != own]
        alive = [lock for lock in others if is_alive(lock)]
        if not alive:
            for lock in others:
                safe.remove(lock, DEPTH)
            return True
        if min(alive) < own or time.monotonic() > until:
            return False
        time.sleep(0.01)


def _now(folder: Path) -> float:
    """Time by the clock of the file system, which dates the locks; if it is read-only, by this machine's clock."""
    probe = folder / f".clock.{os.getpid()}.{threading.get_ident()}"
    try:
        os.close(safe.descriptor(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, DEPTH))
        now = probe.lstat().st_mtime
        safe.remove(probe, DEPTH)
        return now
    except OSError:
        return time.time()


def _host() -> str:
    """Name of this machine and of its process table, since containers may share a host name."""
    with suppress(OSError):
        return f"{platform.node()} {os.readlink('/proc/self/ns/pid')}"
    return platform.node()


def _born(pid: int) -> str | None:
    """Start time of a process, which distinguishes it from a later one with the same number; None if there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    except OSError:
        pass
    if Path("/proc/self").exists():
        return None
    try:
        os.kill(pid, 0)
    except OSError:
        return None
    return "alive"


def _read(path: Path) -> dict[str, Any]:
    """The holder of a lock; empty if the file is still empty or is damaged."""
    try:
        found = json.loads(safe.read(path, DEPTH, MOST))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict) or not isinstance(found.get("born"), str | None):
        return {}
    numbers = found.get("pid"), found.setdefault("session", 0)
    return found if all(type(number) is int for number in numbers) else {}

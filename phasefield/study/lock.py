"""A member belongs to one runner at a time: lock files that a heartbeat keeps young.

The lock of a member is its file ``NAME.lock.N`` with the largest N. A runner holds it by having made that file, which
the file system lets only one do. If its holder died, the next runner makes N + 1 rather than remove N: nobody ever
takes away a lock, so nobody can take away the wrong one.
"""

from __future__ import annotations

import json
import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

#: Seconds between two signs of life, and after which a runner on another machine counts as dead.
BEAT, STALE = 5.0, 120.0


class Claim:
    """A lock that is held; made by :func:`claimed`.

    Parameters
    ----------
    path : Path
        The lock file.
    """

    def __init__(self, path: Path):
        self.path = path

    def beat(self) -> None:
        """Say that the holder is alive."""
        with suppress(OSError):  # a file system that is away for a moment is no reason to end a run
            os.utime(self.path)

    def working_in(self, session: int) -> None:
        """Note the session of the job, which may outlive its runner."""
        _write(self.path, {**_read(self.path), "session": session})


@contextmanager
def claimed(base: Path) -> Iterator[Claim | None]:
    """Hold a lock for the time of the context; None if somebody else holds it.

    Parameters
    ----------
    base : Path
        ``NAME.lock``, without the number.
    """
    number, held = _newest(base)
    if held is not None and is_alive(held):
        yield None
        return
    path = base.with_name(f"{base.name}.{number + 1}")
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        yield None
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"host": _host(), "pid": os.getpid(), "born": _born(os.getpid())}, file)
    try:
        yield Claim(path)
    finally:
        for older in range(number + 2):
            base.with_name(f"{base.name}.{older}").unlink(missing_ok=True)


def is_held(base: Path) -> bool:
    """Whether a runner holds a lock now."""
    newest = _newest(base)[1]
    return newest is not None and is_alive(newest)


def is_alive(path: Path) -> bool:
    """Whether the holder of a lock file, or the job that it left behind, is still there."""
    try:
        age = _now(path.parent) - path.stat().st_mtime
    except FileNotFoundError:
        return False
    holder = _read(path)
    if holder.get("host") != _host():
        return age < STALE  # also one that is made, but not yet written
    return _born(holder["pid"]) == holder["born"] or session_members(holder.get("session", 0)) != []


def session_members(session: int) -> list[int]:
    """Processes of a session on this machine; none of session 0."""
    found = []
    for entry in Path("/proc").glob("[0-9]*") if session else ():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(int(entry.name)) == session and _born(int(entry.name)) is not None:
                found.append(int(entry.name))
    return found


def _newest(base: Path) -> tuple[int, Path | None]:
    """The largest number of a lock's files, and that file; 0 and None if there is none."""
    suffixes = (path.suffix[1:] for path in base.parent.glob(f"{base.name}.*"))
    numbers = [int(suffix) for suffix in suffixes if suffix.isdecimal()]
    return (max(numbers), base.with_name(f"{base.name}.{max(numbers)}")) if numbers else (0, None)


def _now(folder: Path) -> float:
    """Time by the clock of the file system, which wrote the locks; that of this machine may differ."""
    probe = folder / f".clock.{os.getpid()}.{threading.get_ident()}"
    try:
        probe.touch()
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


def _host() -> str:
    """This machine, and which of its process tables: containers may share a name."""
    with suppress(OSError):
        return f"{platform.node()} {os.readlink('/proc/self/ns/pid')}"
    return platform.node()


def _born(pid: int) -> str | None:
    """When a process started; None if there is no such process. Tells it from a later one of the same number."""
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
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _write(path: Path, content: dict[str, Any]) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_text(json.dumps(content), encoding="utf-8")
    os.replace(new, path)

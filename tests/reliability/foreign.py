"""What a stranger may leave in a directory under the name of one of its files, and what must not come of it."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from phasefield.errors import PhasefieldError

#: Longest that anything may take [s]; a pipe without a writer would be waited for without end.
PATIENCE = 60


class Outside:
    """Files of a reader, which nothing inside a directory may change.

    Parameters
    ----------
    folder : Path
        New directory, on the file system of the attacked one.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "home").mkdir(parents=True)
        (folder / "bashrc").write_text("alias ls='ls --color'\n" * 40)
        (folder / "home" / "00000010").mkdir()
        (folder / "home" / "00000010" / "xi.npy").write_bytes(b"mine" * 100)
        (folder / "home" / "study_1.png").write_bytes(b"a picture")
        self.before = self.state()

    def state(self) -> dict[str, tuple]:
        """All names, with what they hold and when that was changed."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            there = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            found[str(path.relative_to(self.folder))] = (stat.S_IFMT(there.st_mode), content, there.st_mtime_ns)
        return found

    @property
    def touched(self) -> list[str]:
        """Names that are not as they were."""
        now = self.state()
        return [name for name in {*self.before, *now} if self.before.get(name) != now.get(name)]


def _device(name: Path, outside: Outside) -> None:
    os.mknod(name, stat.S_IFCHR | 0o666, os.makedev(1, 7))  # /dev/full


#: By kind, how it gets a name.
KINDS = {
    "a link to a file": lambda name, outside: name.symlink_to(outside.folder / "bashrc"),
    "a link to a directory": lambda name, outside: name.symlink_to(outside.folder / "home"),
    "a link to nothing": lambda name, outside: name.symlink_to(outside.folder / "new"),
    "a link to a device": lambda name, outside: name.symlink_to("/dev/full"),
    "a hard link": lambda name, outside: os.link(outside.folder / "bashrc", name),
    "a pipe": lambda name, outside: os.mkfifo(name),
    "a device": _device,
}


def devices_can_be_made(folder: Path) -> bool:
    """Whether this process may make device files, as root may; not in every container."""
    try:
        _device(folder / "device", Outside(folder / "probe"))
        with open(folder / "device", "wb", buffering=0) as file, suppress(OSError):
            file.write(b"x")
    except OSError:
        return False
    return True


def put(kind: str, name: Path, outside: Outside) -> None:
    """Put something in the place of whatever has a name."""
    if name.is_dir() and not name.is_symlink():
        shutil.rmtree(name)
    elif os.path.lexists(name):
        name.unlink()
    name.parent.mkdir(exist_ok=True)
    KINDS[kind](name, outside)


@contextmanager
def in_time() -> Iterator[None]:
    """What hangs is an error."""

    def late(*_):
        raise TimeoutError(f"takes longer than {PATIENCE} s")

    usual = signal.signal(signal.SIGALRM, late)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, usual)


def attempt(action, outside: Outside) -> str:
    """What is wrong with how an action ended: well, or with one line, and nothing outside changed; else empty."""
    try:
        with in_time():
            action()
    except PhasefieldError as error:
        if len(str(error).splitlines()) != 1:
            return f"says {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return f"touched {', '.join(outside.touched)}" if outside.touched else ""

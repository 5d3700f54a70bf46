"""Every file of a run, a study or a checkpoint is opened here, so that no name in such a directory leads out of it.

These directories are shared between users. A name in one may be a symbolic link to a file of its reader, a second name
(hard link) of one, a pipe or a device. So the directory is opened first, and then the name in it without following
links; the file must be a plain one, and must have a single name if it is written. A file is replaced by writing its
bytes under a new temporary name that cannot be guessed.

A directory that is `held` stays the same one even if its path changes: see `DirectoryLost`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from phasefield.errors import DirectoryLost, RunError

#: The largest text that is read [byte]: a history of a million steps has some 300 MB.
MOST_TEXT = 1 << 30
#: Pattern of the names of temporary files.
TEMPORARY = r"\.[0-9a-f]{16}\.tmp(\.\w+)?"

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
#: A pipe without a writer would block; a terminal would become the controlling one.
_PLAIN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = {
    stat.S_IFLNK: "a symbolic link", stat.S_IFDIR: "a directory", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
}  # fmt: skip
#: Directory in which a process finds its own descriptors as file names.
DESCRIPTORS = Path("/proc/self/fd")

_held: dict[str, int] = {}


class NotPlain(OSError):
    """The name leads to something other than a plain file: a link, a pipe, a device, a directory."""


# -- directories ---------------------------------------------------------------------------------------


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold a directory open: inside the context all functions here find it by its descriptor.

    Parameters
    ----------
    directory : Path

    Raises
    ------
    RunError
        It cannot be opened.
    """
    key = os.path.abspath(directory)
    try:
        descriptor = os.open(directory, _DIRECTORY)
    except OSError as error:
        raise RunError(f"{directory}: cannot be opened ({error.strerror})") from None
    before = _held.get(key)
    _held[key] = descriptor
    try:
        yield
    finally:
        if before is None:
            del _held[key]
        else:
            _held[key] = before
        os.close(descriptor)


def require_held(directory: Path) -> None:
    """Check that the path of a held directory still leads to it; does nothing if none is held.

    Raises
    ------
    DirectoryLost
        It was removed or renamed; another may be in its place.
    """
    if (descriptor := _held.get(os.path.abspath(directory))) is not None:
        _require_same(directory, descriptor)


def _require_same(directory: Path, descriptor: int) -> None:
    ours = os.fstat(descriptor)
    try:
        found = os.stat(directory)
    except FileNotFoundError:
        raise DirectoryLost(
            f"{directory}: was removed or renamed by another process; this one stops", code="directory-removed"
        ) from None
    if (found.st_dev, found.st_ino) != (ours.st_dev, ours.st_ino):
        raise DirectoryLost(
            f"{directory}: is another directory now than the one that this process began to write; it stops, "
            "and leaves the new one as it is",
            code="directory-replaced",
        )


@contextmanager
def _parent(path: Path, below: int) -> Iterator[tuple[int, str]]:
    """Descriptor of the directory of a path, and its last name; links are not followed in the last `below` names."""
    path = Path(path)
    base, names = path.parents[below - 1], path.parts[len(path.parts) - below :]
    known = _held.get(os.path.abspath(base))
    if known is None:
        folder = os.open(base, _DIRECTORY)
    else:
        _require_same(base, known)
        folder = os.dup(known)
    try:
        for name in names[:-1]:
            try:
                inner = os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            except NotADirectoryError:
                raise _not_plain(folder, name, "directory") from None
            os.close(folder)
            folder = inner
        yield folder, names[-1]
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
    finally:
        os.close(folder)


def make_directory(path: Path, below: int = 1) -> None:
    """Make a directory unless it exists; OSError if that fails or if the name is a link."""
    with _parent(path, below) as (folder, name):
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=folder)
        if not stat.S_ISDIR(_stat(folder, name).st_mode):
            raise _not_plain(folder, name, "directory")


def names(path: Path, below: int = 1) -> list[str]:
    """Names in a directory; none if it is missing, OSError if it is a link."""
    try:
        with _parent(path / "any", below + 1) as (folder, _):
            return os.listdir(folder)
    except FileNotFoundError:
        return []


def remove(path: Path, below: int = 1) -> None:
    """Remove a file, a link itself, or a directory with all that is in it; nothing if there is none."""
    with suppress(FileNotFoundError), _parent(path, below) as (folder, name):
        if stat.S_ISDIR(_stat(folder, name).st_mode):
            shutil.rmtree(name, dir_fd=folder)
        else:
            os.unlink(name, dir_fd=folder)


def rename(old: Path, new: Path, below: int = 1) -> None:
    """Give a file or directory another name in the same directory."""
    with _parent(old, below) as (folder, name):
        os.rename(name, new.name, src_dir_fd=folder, dst_dir_fd=folder)


def flush(path: Path, below: int = 1) -> None:
    """Flush the entries of a directory to the disk."""
    with _parent(path / "any", below + 1) as (folder, _):
        os.fsync(folder)


@contextmanager
def one_error(path: Path) -> Iterator[None]:
    """Turn an OSError of writing into a RunError that names the file, or else `path`."""
    try:
        yield
    except OSError as error:
        where = error.filename if isinstance(error.filename, str) else path
        raise RunError(f"{where}: cannot be written ({error.strerror or error})", code="unwritable") from None


# -- files ---------------------------------------------------------------------------------------------


def descriptor(path: Path, flags: int, below: int = 1) -> int:
    """Open a plain file; the caller closes the descriptor.

    Parameters
    ----------
    path : Path
    flags : int
        Flags of `os.open`, without ``O_TRUNC``, which could change a file that is not plain.
    below : int
        How many names at the end of the path must not be symbolic links: one of the file in a run directory, three of
        ``checkpoints/00000120/xi.npy``. The path before is the user's own.

    Raises
    ------
    OSError
        It cannot be opened; a NotPlain if it is not a plain file. Nothing was written.
    """
    with _parent(path, below) as (folder, name):
        try:
            _require_plain(_stat(folder, name), flags)
        except FileNotFoundError:
            if not flags & os.O_CREAT:
                raise
        file = os.open(name, flags | _PLAIN, 0o666, dir_fd=folder)
        try:
            _require_plain(os.fstat(file), flags)
        except OSError:
            os.close(file)
            raise
        return file


def is_plain(path: Path, below: int = 1) -> bool:
    """Whether there is a plain file."""
    try:
        with _parent(path, below) as (folder, name):
            return stat.S_ISREG(_stat(folder, name).st_mode)
    except OSError:
        return False


def opened(path: Path, below: int = 1) -> IO[bytes]:
    """Open a file for reading bytes."""
    return os.fdopen(descriptor(path, os.O_RDONLY, below), "rb")


def read(path: Path, below: int = 1, most: int = MOST_TEXT) -> bytes:
    """All bytes of a file; OSError if it has more than `most`."""
    with opened(path, below) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(0, f"has more than {most} bytes", str(path))
    return content


def appended(path: Path, below: int = 1) -> IO[str]:
    """Open a text file to add to its end; made if there is none.

    File names need not be Unicode: bytes without a code point are written as escapes.
    """
    file = descriptor(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, below)
    return os.fdopen(file, "a", encoding="utf-8", errors="backslashreplace", newline="")


def put(path: Path, content: bytes, at: int = 0, flags: int = 0, below: int = 1) -> None:
    """Write bytes at an offset in a file, and flush them to the disk; `flags` as for `descriptor`."""
    file = descriptor(path, os.O_WRONLY | flags, below)
    try:
        write_at(file, content, at)
        os.fsync(file)
    finally:
        os.close(file)


def truncate(path: Path, size: int, below: int = 1) -> None:
    """Cut a file to a size [byte]."""
    file = descriptor(path, os.O_WRONLY, below)
    try:
        os.ftruncate(file, size)
    finally:
        os.close(file)


def replace(path: Path, content: bytes, below: int = 1, lasting: bool = True) -> None:
    """Replace a file atomically: a reader sees the old one or the new one. A link of that name is replaced itself.

    Parameters
    ----------
    path : Path
    content : bytes
    below : int
        As for `descriptor`.
    lasting : bool
        Flush the bytes to the disk before the file gets its name.
    """
    with _parent(path, below) as (folder, name):
        new = f".{secrets.token_hex(8)}.tmp"
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN, 0o666, dir_fd=folder)
        try:
            try:
                write_at(file, content, 0)
                if lasting:
                    os.fsync(file)
            finally:
                os.close(file)
            os.replace(new, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with suppress(OSError):
                os.unlink(new, dir_fd=folder)
            raise


@contextmanager
def replaced_by_other(path: Path) -> Iterator[Path]:
    """An empty temporary file for a program that opens its files itself; renamed to `path` at the end of the context.

    Parameters
    ----------
    path : Path
        File to replace; the temporary name has the same ending.
    """
    path = Path(path)
    new = path.with_name(f".{secrets.token_hex(8)}.tmp{path.suffix}")
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN, 0o666))
    try:
        yield new
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def write_at(file: int, content: bytes, at: int) -> None:
    """Write all bytes at an offset in an open file."""
    left = memoryview(content)
    while left:
        done = os.pwrite(file, left, at)
        left, at = left[done:], at + done


def _stat(folder: int, name: str) -> os.stat_result:
    return os.stat(name, dir_fd=folder, follow_symlinks=False)


def _require_plain(found: os.stat_result, flags: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotPlain(0, f"is {_KINDS.get(stat.S_IFMT(found.st_mode), 'a special file')}, not a plain file")
    if found.st_nlink > 1 and flags & (os.O_WRONLY | os.O_RDWR):
        raise NotPlain(0, "has a second name (a hard link); it would be changed there too")


def _not_plain(folder: int, name: str, wanted: str) -> OSError:
    kind = _KINDS.get(stat.S_IFMT(_stat(folder, name).st_mode), "a file")
    return NotPlain(0, f"{name} is {kind}, not a {wanted}")


def place(path: Path) -> str:
    """File name for a library that opens files itself; it leads into the held directory even if that was renamed."""
    known = _held.get(os.path.abspath(Path(path).parent))
    if known is None or not DESCRIPTORS.is_dir():
        return str(path)
    return str(DESCRIPTORS / str(known) / Path(path).name)

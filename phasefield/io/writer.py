"""Writing a run directory; :mod:`phasefield.io.rundir` reads it."""

from __future__ import annotations

import csv
import logging
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from phasefield.errors import RunError, argument
from phasefield.io import safe
from phasefield.io.checkpoint import CHECKPOINTS
from phasefield.io.lock import LOCK, is_held
from phasefield.io.record import text_of
from phasefield.io.rundir import CYCLES, DECK, EQUATIONS, FIELDS, HISTORY, MANIFEST, RESOLVED, STATUS
from phasefield.mesh.triangles import MESH
from phasefield.parallel import on_root

log = logging.getLogger(__name__)

#: Files that are replaced atomically.
TEXTS = {DECK, EQUATIONS, MANIFEST, MESH, RESOLVED, STATUS}
#: Names that a run directory may have; ``--force`` replaces a directory only if it has no others.
KNOWN = {*TEXTS, FIELDS, HISTORY, CYCLES, "run.log", LOCK, CHECKPOINTS}
KNOWN |= {Path(name).with_suffix(".tmp").name for name in TEXTS}  # left by a killed run of 0.1.0


def create(path, force: bool) -> Path:
    """Make a new run directory. Collective: an error is raised on every rank.

    Parameters
    ----------
    path : path
    force : bool
        Replace an existing run of that name.

    Returns
    -------
    Path

    Raises
    ------
    RunError
        The directory exists without ``force``, has files that no run wrote, or cannot be made.
    """
    path = Path(path)

    def make():
        try:
            if path.exists():
                _refuse_or_empty(path, force)
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"{path}: cannot create the run directory ({error.strerror or error})", code="unwritable"
            ) from error

    on_root(make)
    return path


def _refuse_or_empty(path: Path, force: bool):
    if not path.is_dir():
        raise RunError(f"{path}: is a file, not a run directory", code="not-a-run")
    content = set(os.listdir(path))
    if not content:
        return
    if not force:
        other = f"use {argument('force')} to replace it, or {argument('output')} for another directory"
        raise RunError(f"{path}: exists already; {other}", code="run-exists")
    if is_held(path):
        raise RunError(f"{path}: is not replaced, because another process is using this run", code="locked")
    known = {name for name in content if name in {*KNOWN, "pictures"} or re.fullmatch(safe.TEMPORARY, name)}
    if foreign := sorted(content - known):
        raise RunError(
            f"{path}: is not replaced, because it contains files of others ({', '.join(foreign[:3])})",
            code="foreign-files",
        )
    for name in sorted(known, key=lambda name: name == "pictures"):  # pictures last: they matter least
        safe.remove(path / name)


def write(path: Path, action: Callable[[], None]) -> None:
    """Call a function that writes a file, on rank 0. Collective: a failure is raised on every rank.

    Raises
    ------
    RunError
        The file cannot be written: no space, no permission.
    """

    def attempt():
        try:
            action()
        except OSError as error:
            raise RunError(f"{path}: cannot be written ({error.strerror or error})", code="unwritable") from error

    on_root(attempt)


def write_json(path: Path, content: dict) -> None:
    """Replace a JSON file atomically: a reader sees the old one or the new one. Collective, as :func:`write`."""
    write(path, lambda: replace_json(path, content))


def replace_json(path: Path, content: dict) -> None:
    """The same, on this rank alone; OSError if that fails."""
    replace_text(path, text_of(content))


def replace_text(path: Path, text: str) -> None:
    """Replace a text file atomically, on this rank alone; its bytes are on the disk before it gets its name."""
    content = text.encode(errors="backslashreplace")  # file names need not be Unicode
    with suppress(OSError):
        if safe.read(path) == content:
            return
    safe.replace(path, content)


class NoRoom(RunError):
    """A file cannot be written at present and was not changed; a later attempt may succeed."""


class HistoryFile:
    """``history.csv``: one row per accepted step, written before the next step is tried; or ``cycles.csv``.

    Parameters
    ----------
    path : path
        New file, or an existing one to continue.

    Attributes
    ----------
    behind : str
        Why rows wait to be written; empty if none waits.
    """

    def __init__(self, path):
        self.path, self.behind = Path(path), ""
        self._heads: list[str] = on_root(self._present)
        self._waiting: list[list[str]] = []

    def append(self, row: dict[str, float]) -> None:
        """Write a row, or keep it until the disk has room; the first row sets the heads. Collective."""
        if not self._heads:
            self._heads = list(row)
            self._waiting.append(self._heads)
        self._waiting.append([f"{row[head]:.10g}" for head in self._heads])
        before = self.behind
        if self.catch_up() and not before:
            log.warning("%s; the run continues, and its rows are written later", self.behind)

    def catch_up(self) -> str:
        """Write the rows that wait; return why this is impossible, "" if all are written. Collective."""
        try:
            if self._waiting:
                write(self.path, lambda: self._append(self._waiting))
        except RunError as error:
            self.behind = str(error)
        else:
            self.behind, self._waiting = "", []
        return self.behind

    def _present(self) -> list[str]:
        try:
            with safe.opened(self.path) as file:
                return next(csv.reader([file.readline().decode()]))
        except FileNotFoundError:
            return []
        except (OSError, ValueError, csv.Error, StopIteration) as error:
            raise RunError(f"{self.path}: cannot be read ({error})") from None

    def _append(self, lines) -> None:
        file = safe.appended(self.path)
        size = os.fstat(file.fileno()).st_size
        try:
            with file:
                csv.writer(file).writerows(lines)
        except OSError:
            with suppress(OSError):  # leave no incomplete row
                safe.truncate(self.path, size)
            raise

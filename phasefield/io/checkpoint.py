"""Checkpoints on disk: their content, and how it is verified and read; `phasefield.io.commit` writes them.

::

    checkpoints/00000120/        120: time steps done
      xi.npy  xi.before.npy …    the fields now and in earlier steps, whole grid, axes (last, …, x), dimensionless
      state.json                 every number that is not a field
      snapshots.index            all parts of fields.vtkhdf that are not fields (see `phasefield.io.rewind`)
      manifest.json              format, versions, ranks, deck; size and SHA-256 of each piece of each file

Every digest is computed from the bytes in memory, so it also detects errors of the disk. Arrays are plain ``.npy``
files of float64, which ``numpy.load`` reads. They do not depend on the number of ranks that wrote them.

Nothing that is read here can run code or name a file, and what is allocated is bounded by the grid of the deck.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from phasefield.errors import DirectoryLost, RunError
from phasefield.io import safe
from phasefield.parallel import on_root

if TYPE_CHECKING:
    from phasefield.engines.grid import Box

#: Version of the file layout above; a reader knows its own version and all earlier ones.
FORMAT = 1
CHECKPOINTS, MANIFEST, STATE, INDEX = "checkpoints", "manifest.json", "state.json", "snapshots.index"
#: Size of the largest text that is read, and size of one read [byte].
MOST_TEXT, BLOCK = 1 << 26, 1 << 24

#: None of the three names in ``checkpoints/00000120/xi.npy`` may be a link: see `phasefield.io.safe`.
DEPTH = 3

_NAME = re.compile(r"\d{8,18}")


class CheckpointError(RunError):
    """A checkpoint cannot be written or is not valid; the message names it and the reason."""


class Piece(NamedTuple):
    """Consecutive bytes of a file: name of the file, first byte, number of bytes, SHA-256."""

    file: str
    start: int
    size: int
    sha256: str


def steps(folder: Path, comm) -> list[int]:
    """Numbers of the checkpoints of a run, newest first, valid or not. Collective."""

    def found():
        try:
            entries = safe.names(folder)
        except OSError as error:
            raise CheckpointError(f"{folder}: cannot be read ({error.strerror or error})") from None
        return sorted((int(entry) for entry in entries if _NAME.fullmatch(entry)), reverse=True)

    return on_root(found, comm)


def verify(path: Path, comm) -> str:
    """Problem of a checkpoint; empty if every byte is as it was written. Collective."""
    try:
        pieces = on_root(lambda: _pieces(path), comm)
    except CheckpointError as error:
        return str(error)
    problem = ""
    for piece in pieces[comm.rank :: comm.size]:
        if _digest(path, piece) != piece.sha256:
            end = piece.start + piece.size
            problem = f"{piece.file} differs from what was written between bytes {piece.start} and {end}"
            break
    return next((p for p in comm.allgather(problem) if p), "")


def manifest(path: Path) -> dict[str, Any]:
    """The manifest of a checkpoint.

    Raises
    ------
    CheckpointError
        It is damaged, or its format is unknown to this version.
    """
    text, _, digest = _text(path / MANIFEST).rstrip(b"\n").rpartition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != digest:
        raise CheckpointError(f"{MANIFEST} is damaged")
    try:
        content = json.loads(text)
        found = content["format"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise CheckpointError(f"{MANIFEST} is not the manifest of a checkpoint") from None
    if found != FORMAT:
        raise CheckpointError(f"it has format {found}, but this version reads format {FORMAT}")
    if not isinstance(content.get("deck"), dict):
        raise CheckpointError(f"{MANIFEST} is not the manifest of a checkpoint")
    return content


def state(path: Path) -> dict[str, Any]:
    """The numbers of a verified checkpoint."""
    try:
        return json.loads(_text(path / STATE))
    except (ValueError, RecursionError):
        raise CheckpointError(f"{STATE} is not what a run writes") from None


def index(path: Path) -> bytes:
    """Index of the snapshot file, from a verified checkpoint."""
    return _text(path / INDEX)


def array(path: Path, name: str, box: Box) -> np.ndarray:
    """A field of a verified checkpoint in the cells that a rank holds: axes (last, …, x).

    Raises
    ------
    CheckpointError
        The field is missing, or belongs to another grid.
    """
    header, whole = header_of(box.shape), box.shape[::-1]
    try:
        with safe.opened(path / f"{name}.npy", DEPTH) as file:
            if file.read(len(header)) != header:
                raise CheckpointError(
                    f"{path}: {name}.npy is not a field on {' × '.join(map(str, box.shape))} cells", code="unreadable"
                )
            values = np.memmap(file, "<f8", "r", len(header), whole)
            return np.array(values[tuple(slice(a, b) for a, b in box.ghosted[::-1])])
    except (OSError, ValueError, DirectoryLost) as error:
        raise CheckpointError(f"{path}: {name}.npy cannot be read ({error})", code="unreadable") from None


def _pieces(path: Path) -> list[Piece]:
    """Pieces of all files, after a check that the files exist with the listed sizes."""
    sizes: dict[str, int] = {}
    try:
        pieces = [Piece(*entry) for entry in manifest(path)["pieces"]]
        for piece in pieces:
            if os.path.basename(piece.file) != piece.file or piece.start != sizes.get(piece.file, 0) or piece.size < 0:
                raise ValueError
            sizes[piece.file] = piece.start + piece.size
    except (ValueError, LookupError, TypeError, AttributeError):
        raise CheckpointError(f"{MANIFEST} lists files incompletely") from None
    for name, size in sizes.items():
        found = _size(path / name)
        if found != size:
            raise CheckpointError(f"{name} has {found} bytes instead of {size}")
    return pieces


def _digest(path: Path, piece: Piece) -> str:
    digest, left = hashlib.sha256(), piece.size
    try:
        with safe.opened(path / piece.file, DEPTH) as file:
            file.seek(piece.start)
            while left and (block := file.read(min(left, BLOCK))):
                digest.update(block)
                left -= len(block)
    except (OSError, DirectoryLost) as error:  # may occur on one rank only
        return f"cannot be read ({error})"
    return digest.hexdigest()


def _text(path: Path) -> bytes:
    _size(path)
    try:
        return safe.read(path, DEPTH, MOST_TEXT)
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read ({error.strerror})") from None


def _size(path: Path) -> int:
    """Size of a plain file; links are not followed."""
    try:
        with safe.opened(path, DEPTH) as file:
            return os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        raise CheckpointError(f"{path.name} is missing") from None
    except safe.NotPlain as error:
        raise CheckpointError(f"{path.name} {error.strerror}") from None
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read ({error.strerror})") from None


def header_of(shape: tuple[int, ...]) -> bytes:
    """Header, in NumPy's format, of the file of an array of the whole grid; ``shape`` has x first."""
    text = io.BytesIO()
    layout = {"descr": "<f8", "fortran_order": False, "shape": shape[::-1]}
    np.lib.format.write_array_header_1_0(text, layout)
    return text.getvalue()

"""Writing checkpoints: each is written completely or not at all, and none is removed before its successor is verified.

All ranks write into a directory with a temporary name, and flush it to the disk; rank 0 adds the manifest, flushes, and
renames the directory, which is atomic on file systems. `phasefield.io.checkpoint` describes the files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from phasefield.errors import DirectoryLost
from phasefield.io import safe
from phasefield.io.checkpoint import DEPTH, FORMAT, MANIFEST, CheckpointError, Piece, header_of, steps, verify

if TYPE_CHECKING:
    from phasefield.engines.grid import Grid

_TEMPORARY = re.compile(r"\.(new|old)-\d+")
#: Depths (see `phasefield.io.safe`) of names in a run directory, in ``checkpoints``, and in one checkpoint.
_FOLDER, _ENTRY = DEPTH - 2, DEPTH - 1


def write(
    folder: Path,
    step: int,
    arrays: Mapping[str, np.ndarray],
    texts: Mapping[str, bytes],
    about: Mapping[str, Any],
    grid: Grid,
) -> Path:
    """Write a checkpoint and verify it. Collective.

    Parameters
    ----------
    folder : Path
        ``checkpoints`` of a run; made if there is none.
    step : int
        Time steps done.
    arrays : mapping
        Owned values by name, axes (last, …, x).
    texts : mapping
        Further files by name; only those of rank 0 are written.
    about : mapping
        Content for the manifest, as JSON.
    grid : Grid

    Returns
    -------
    Path
        Directory of the checkpoint.

    Raises
    ------
    CheckpointError
        On every rank, after the incomplete checkpoint was removed (if the disk can still be written).
    """
    path, new, comm = folder / f"{step:08d}", folder / f".new-{step}", grid.comm
    header = header_of(grid.box.shape)
    try:
        _everywhere(comm, new, lambda: _begin(folder, new, arrays, header) if comm.rank == 0 else None)
        written = []
        for name, values in arrays.items():
            first, piece = grid.in_order(values)
            start = len(header) + 8 * first
            put = partial(_write_piece, new / f"{name}.npy", piece, start)
            written.append(_everywhere(comm, new, put))
        _everywhere(comm, new, lambda: _finish(new, path, written, texts, about, header) if comm.rank == 0 else None)
        if problem := verify(path, comm):
            raise CheckpointError(
                f"{path}: the file that was read back differs from the file that was written ({problem})"
            )
    except CheckpointError:
        if comm.rank == 0:
            with suppress(OSError):
                safe.remove(new, _ENTRY)
        raise
    return path


def prune(folder: Path, keep: int, comm) -> None:
    """Remove all but the newest valid checkpoints, and the remains of those that failed. Collective."""
    valid = 0
    for step in steps(folder, comm):
        path = folder / f"{step:08d}"
        if valid < keep:
            valid += not verify(path, comm)
        elif comm.rank == 0:
            _remove(path)


def drop_later(folder: Path, step: int, comm) -> None:
    """Remove the checkpoints after a step, even valid ones: a restart from that step replaces them. Collective."""
    for later in steps(folder, comm):
        if later > step and comm.rank == 0:
            _remove(folder / f"{later:08d}")


def _everywhere(comm, path: Path, action) -> list:
    """Results of an action on all ranks, in order; an error on any rank is raised on all of them."""
    result, error = None, None  # type: Any, str | DirectoryLost | None
    try:
        result = action()
    except OSError as caught:
        error = caught.strerror or str(caught)
    except DirectoryLost as caught:
        error = caught
    results = comm.allgather((result, error))
    for rank, (_, problem) in enumerate(results):
        if isinstance(problem, DirectoryLost):
            raise problem
        if problem is not None:
            raise CheckpointError(f"{path}: cannot be written on rank {rank} ({problem})")
    return [result for result, _ in results]


def _begin(folder: Path, new: Path, arrays, header: bytes) -> None:
    safe.make_directory(folder, _FOLDER)
    safe.flush(folder.parent, 0)  # it may be new, as may other files that a restart needs
    for entry in safe.names(folder, _FOLDER):
        if _TEMPORARY.fullmatch(entry):
            safe.remove(folder / entry, _ENTRY)
    safe.make_directory(new, _ENTRY)
    for name in arrays:
        _put(new / f"{name}.npy", header, os.O_CREAT | os.O_EXCL)


def _write_piece(file: Path, values: np.ndarray, start: int) -> Piece:
    content = np.ascontiguousarray(values, "<f8").tobytes()
    _put(file, content, at=start)
    return Piece(file.name, start, len(content), hashlib.sha256(content).hexdigest())


def _finish(new: Path, path: Path, written, texts, about, header: bytes) -> None:
    pieces: list[Piece] = []
    for of_name in written:  # pieces of one array, rank by rank
        pieces += [Piece(of_name[0].file, 0, len(header), hashlib.sha256(header).hexdigest()), *of_name]
    for name, content in texts.items():
        _put(new / name, content, os.O_CREAT | os.O_EXCL)
        pieces.append(Piece(name, 0, len(content), hashlib.sha256(content).hexdigest()))
    manifest = {"format": FORMAT, **about, "pieces": pieces}
    text = json.dumps(manifest, indent=1).encode()
    # The last line is the digest of all before it.
    _put(new / MANIFEST, text + b"\n" + hashlib.sha256(text).hexdigest().encode() + b"\n", os.O_CREAT | os.O_EXCL)
    safe.flush(new, _ENTRY)
    if os.path.lexists(path):  # a damaged checkpoint that was skipped
        _remove(path)
    safe.rename(new, path, _ENTRY)
    safe.flush(path.parent, _FOLDER)


def _put(path: Path, content: bytes, flags: int = 0, at: int = 0) -> None:
    """Write bytes at an offset in a file, and flush them to the disk."""
    safe.put(path, content, at, flags, DEPTH)


def _remove(path: Path) -> None:
    """Remove a checkpoint atomically: a partly removed one would look damaged."""
    try:
        old = path.with_name(f".old-{int(path.name)}")
        safe.remove(old, _ENTRY)
        safe.rename(path, old, _ENTRY)
        safe.remove(old, _ENTRY)
    except OSError:  # it does no harm, and the next checkpoint tries again
        pass

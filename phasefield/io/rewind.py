"""Output files brought back to what they were at a checkpoint: no row and no snapshot twice, none of a lost step.

``history.csv`` only grows, so its beginning is enough. ``fields.vtkhdf`` grows too, but HDF5 also writes into the
tables by which it finds its data, and a process that is killed meanwhile leaves a file that cannot be opened. A
checkpoint therefore keeps all of the file that is not data of a snapshot (some 100 kB): with that in its place, and the
file cut to its former length, every byte is what it was.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import h5py

from phasefield.io.rundir import FIELDS, HISTORY


def note(directory: Path) -> tuple[dict[str, Any], bytes]:
    """What is needed to come back to the files of a run as they are now; both are flushed to the disk.

    Returns
    -------
    numbers : dict
        As JSON: sizes, a digest, and where the following bytes belong.
    index : bytes
        Of the snapshot file.
    """
    for name in (HISTORY, FIELDS):
        with open(directory / name, "rb") as file:
            os.fsync(file.fileno())
    size = os.path.getsize(directory / FIELDS)
    ranges = _beside_the_data(directory / FIELDS, size)
    with open(directory / FIELDS, "rb") as file:
        parts = [os.pread(file.fileno(), stop - start, start) for start, stop in ranges]
    numbers = {"history": _beginning(directory / HISTORY), "snapshots": {"size": size, "ranges": ranges}}
    return numbers, b"".join(parts)


def problem(directory: Path, numbers: dict[str, Any]) -> str:
    """Why the files of a run cannot be brought back; empty if they can."""
    for name, wanted in ((HISTORY, numbers["history"]), (FIELDS, numbers["snapshots"])):
        path = directory / name
        size = os.path.getsize(path) if path.is_file() else 0
        if size < wanted["size"]:
            return f"{name} is too short: it has {size} bytes, but had {wanted['size']} at the checkpoint"
    if _beginning(directory / HISTORY, numbers["history"]["size"]) != numbers["history"]:
        return f"{HISTORY} was changed after the checkpoint was written"
    return ""


def rewind(directory: Path, numbers: dict[str, Any], index: bytes) -> None:
    """Bring the files back."""
    os.truncate(directory / HISTORY, numbers["history"]["size"])
    with open(directory / FIELDS, "r+b") as file:
        at = 0
        for start, stop in numbers["snapshots"]["ranges"]:
            os.pwrite(file.fileno(), index[at : at + stop - start], start)
            at += stop - start
        file.truncate(numbers["snapshots"]["size"])


def _beginning(path: Path, size: int = -1) -> dict[str, Any]:
    with open(path, "rb") as file:
        content = file.read(size)
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _beside_the_data(path: Path, size: int) -> list[tuple[int, int]]:
    """Where a snapshot file holds anything but fields: (start, stop) in bytes."""
    data: list[tuple[int, int]] = []
    with h5py.File(path, "r", locking=False) as file:
        for dataset in file["VTKHDF/CellData"].values():
            dataset.id.chunk_iter(lambda chunk: data.append((chunk.byte_offset, chunk.byte_offset + chunk.size)))
    edges = [0, *(edge for extent in sorted(data) for edge in extent), size]
    return [(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True) if stop > start]

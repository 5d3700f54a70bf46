"""Rewind output files to a checkpoint, so that no row or snapshot appears twice or belongs to a lost step.

``history.csv`` and ``cycles.csv`` only grow, so they are cut to their former length. ``fields.vtkhdf`` grows too, but
HDF5 also changes the tables by which it finds its data, and a process that is killed meanwhile leaves a file that
cannot be opened. A checkpoint therefore keeps all of the file that is not data of a snapshot (some 100 kB). A rewind
puts this back and cuts the file to its former length, which restores every byte.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from phasefield.io import checksum, hdf5, safe
from phasefield.io.fields import read_snapshot
from phasefield.io.history import file_note
from phasefield.io.rundir import CYCLES, FIELDS, HISTORY


def note(directory: Path) -> tuple[dict[str, Any], bytes]:
    """Record the present state of a run's output files for a later rewind; flush both files to the disk.

    Returns
    -------
    numbers : dict
        As JSON: sizes, a digest, and the offsets of the bytes in `index`.
    index : bytes
        All bytes of the snapshot file that are not data of a snapshot.
    """
    for name in (HISTORY, FIELDS):
        with safe.opened(directory / name) as file:
            os.fsync(file.fileno())
    with safe.opened(directory / FIELDS) as file:
        size = os.fstat(file.fileno()).st_size
        ranges = _beside_the_data(directory / FIELDS, size)
        parts = [os.pread(file.fileno(), stop - start, start) for start, stop in ranges]
    numbers = {"history": _beginning(directory / HISTORY), "snapshots": {"size": size, "ranges": ranges}}
    if safe.is_plain(directory / CYCLES):
        with safe.opened(directory / CYCLES) as file:
            os.fsync(file.fileno())
        numbers["cycles"] = _beginning(directory / CYCLES)
    return numbers, b"".join(parts)


def problem(directory: Path, numbers: dict[str, Any], index: bytes) -> str:
    """Why the files of a run cannot be rewound; empty if they can, with every snapshot as it was written."""
    tables = [(name, numbers[key]) for name, key in _tables(numbers)]
    for name, wanted in (*tables, (FIELDS, numbers["snapshots"])):
        try:
            with safe.opened(directory / name) as file:
                size = os.fstat(file.fileno()).st_size
        except FileNotFoundError:
            size = 0
        except OSError as error:
            return f"{name} cannot be read ({error.strerror})"
        if size < wanted["size"]:
            return f"{name} is too short: it has {size} bytes, but had {wanted['size']} at the checkpoint"
    for name, key in _tables(numbers):
        if _beginning(directory / name, numbers[key]["size"]) != numbers[key]:
            return f"{name} was changed after the checkpoint was written"
    with safe.opened(directory / FIELDS) as file:
        rewound = _Rewound(file.fileno(), numbers["snapshots"]["size"], _parts(numbers, index))
        return _damage(rewound)


def _tables(numbers: dict[str, Any]) -> list[tuple[str, str]]:
    """Tables that a checkpoint refers to, with their keys in it; there is none of cycles before one has ended."""
    return [(HISTORY, "history"), *([(CYCLES, "cycles")] if "cycles" in numbers else [])]


def rewind(directory: Path, numbers: dict[str, Any], index: bytes) -> None:
    """Rewind the files."""
    safe.truncate(directory / HISTORY, numbers["history"]["size"])
    if "cycles" in numbers:
        safe.truncate(directory / CYCLES, numbers["cycles"]["size"])
    else:
        safe.remove(directory / CYCLES)
    file = safe.descriptor(directory / FIELDS, os.O_RDWR)
    try:
        for start, part in _parts(numbers, index):
            safe.write_at(file, part, start)
        os.ftruncate(file, numbers["snapshots"]["size"])
    finally:
        os.close(file)


def _parts(numbers: dict[str, Any], index: bytes) -> list[tuple[int, bytes]]:
    """Pieces of the snapshot file that are not snapshot data: offset and bytes of each."""
    parts, at = [], 0
    for start, stop in numbers["snapshots"]["ranges"]:
        parts.append((start, index[at : at + stop - start]))
        at += stop - start
    return parts


def _damage(rewound: _Rewound) -> str:
    """Problem of the snapshots in a rewound file; empty if there is none."""
    try:
        with h5py.File(rewound, "r") as file:
            hdf5.require_self_contained(file)
            root = file["VTKHDF"]
            times = np.asarray(root["Steps/Values"], float)
            checksum.require_times(root, times)
            for index, time in enumerate(times):
                read_snapshot(root, float(time), index, 3)
    except (OSError, LookupError, ValueError, TypeError, RuntimeError, MemoryError) as error:
        return f"{FIELDS} was changed since, or is damaged ({_words(error)})"
    return ""


def _words(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)


class _Rewound(io.RawIOBase):
    """Read-only view of a snapshot file as it would be after a rewind; the file is not changed.

    Parameters
    ----------
    file : int
        File descriptor.
    size : int [byte]
    parts : list of (int, bytes)
        Offsets and bytes that replace those of the file.
    """

    def __init__(self, file: int, size: int, parts: list[tuple[int, bytes]]):
        self._file, self._size, self._parts, self._at = file, size, parts, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer) -> int:
        begin, end = self._at, min(self._at + len(buffer), self._size)
        view, at = memoryview(buffer), begin
        while at < end and (found := os.pread(self._file, min(end - at, 1 << 24), at)):
            view[at - begin : at - begin + len(found)] = found
            at += len(found)
        for start, part in self._parts:
            first, last = max(start, begin), min(start + len(part), end)
            if first < last:
                view[first - begin : last - begin] = part[first - start : last - start]
        self._at = max(end, begin)
        return self._at - begin


def _beginning(path: Path, size: int = -1) -> dict[str, Any]:
    with safe.opened(path) as file:
        return file_note(file.read(size))


def _beside_the_data(path: Path, size: int) -> list[tuple[int, int]]:
    """Ranges of a snapshot file that are not field data: (start, stop) in bytes."""
    data: list[tuple[int, int]] = []
    with hdf5.opened(path, "r", locking=False) as file:
        for dataset in file["VTKHDF/CellData"].values():
            dataset.id.chunk_iter(lambda chunk: data.append((chunk.byte_offset, chunk.byte_offset + chunk.size)))
    edges = [0, *(edge for extent in sorted(data) for edge in extent), size]
    return [(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True) if stop > start]

"""Checksums of snapshots, which verify that fields, times and grid are read as they were written.

HDF5's checksum (Fletcher32) covers the data but not the metadata, and makes parallel writes go through one rank. The
checksums here cover the values that a reader gets, wherever in the file they are. Value and number of each cell are
mixed to 64 bits, and the sum over all cells does not depend on the number of ranks. They are stored beside VTK's part
of the file::

    /phasefield/times            a copy of the times of the snapshots
    /phasefield/checksums/NAME   of a field, snapshot after snapshot
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import h5py

GROUP = "phasefield"


class Mismatch(OSError):
    """Numbers of a file differ from those that were written."""
#: Constants of the last step of the SplitMix64 generator (Steele et al., OOPSLA 2014, doi:10.1145/2660193.2660195).
_STEP, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
#: Number of cells in one block, which fits into the processor's cache.
_BLOCK = 1 << 14


def of_cells(values: np.ndarray, numbers: np.ndarray | None = None) -> int:
    """Sum over the given cells, modulo 2⁶⁴; the caller adds the sums of all ranks.

    Parameters
    ----------
    values : ndarray of float
    numbers : ndarray of int, optional
        Numbers of the cells in the whole grid, in the same order; by default from 0.
    """
    bits = np.ascontiguousarray(values, "<f8").ravel().view("<u8")
    total = 0
    for start in range(0, len(bits), _BLOCK):
        part = bits[start : start + _BLOCK]
        number = np.arange(start, start + len(part)) if numbers is None else numbers[start : start + _BLOCK]
        mixed = part + (number.astype(np.uint64) + np.uint64(1)) * _STEP
        mixed ^= mixed >> np.uint64(30)
        mixed *= _FIRST
        mixed ^= mixed >> np.uint64(27)
        mixed *= _SECOND
        mixed ^= mixed >> np.uint64(31)
        total += int(np.add.reduce(mixed))
    return total % 2**64


def of_snapshot(cells: int, name: str, time: float, grid: bytes) -> int:
    """Checksum of a field at a time [s], from the sum over its cells and what `of_grid` gives."""
    about = hashlib.sha256(grid + name.encode() + np.float64(time).tobytes()).digest()
    return (cells + int.from_bytes(about[:8], "little")) % 2**64


def of_grid(root: h5py.Group) -> bytes:
    """A digest of the grid that the ``VTKHDF`` group of a file describes."""
    digest = hashlib.sha256()
    for name in ("Origin", "Spacing"):
        if name in root.attrs:
            digest.update(np.asarray(root.attrs[name], "<f8").tobytes())
    for name, kind in (("Points", "<f8"), ("Connectivity", "<i8")):
        if name in root:
            digest.update(np.asarray(root[name], kind).tobytes())
    return digest.digest()


def announce(file: h5py.File, cells: dict[str, int], time: float, count: int) -> None:
    """Write the checksums of a snapshot, the last of `count`; `cells` has the sum over the cells of each field.

    A file that was begun without checksums does not get any.
    """
    group = file.get(GROUP) if count > 1 else file.require_group(GROUP)
    if group is None:
        return
    grid = of_grid(file["VTKHDF"])
    _set(group, "times", np.float64, count, time)
    for name, total in cells.items():
        _set(group.require_group("checksums"), name, np.uint64, count, of_snapshot(total, name, time, grid))


def _set(group, name: str, kind, count: int, value) -> None:
    if name not in group:
        group.create_dataset(name, (0,), kind, maxshape=(None,), chunks=(64,))
    group[name].resize((count,))
    group[name][count - 1] = value


def require_times(root: h5py.Group, times: np.ndarray) -> None:
    """Raise `Mismatch` unless the times of the snapshots are those that were written."""
    group = root.file.get(GROUP)
    if group is not None and not np.array_equal(group["times"][: len(times)], times):
        raise Mismatch(0, "the times of the snapshots are not those that were written")


def require_field(root: h5py.Group, name: str, index: int, time: float, values: np.ndarray) -> None:
    """Raise `Mismatch` unless a field is as it was written.

    Parameters
    ----------
    root : h5py.Group
        ``VTKHDF``.
    name : str
    index : int
        Number of the snapshot.
    time : float [s]
    values : ndarray
        In the order of the file.
    """
    group = root.file.get(GROUP)
    if group is None:  # the file was begun by an earlier version
        return
    if int(group["checksums"][name][index]) != of_snapshot(of_cells(values), name, time, of_grid(root)):
        raise Mismatch(0, f"{name} of snapshot {index} is not what was written")

"""Fields of a run at one time, as they are read from its snapshot file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import h5py
import numpy as np

from phasefield.errors import RunError


@dataclass(frozen=True)
class Snapshot:
    """Fields of one run at one time, on the cells of a uniform grid. The last axis is the height.

    Attributes
    ----------
    time : float [s]
    origin, spacing : tuple of float [µm]
        Corner of the grid and size of a cell, one number per axis.
    fields : mapping of str to array of float
        Values in the cells, one array axis per space dimension in the order x, y, z. ``xi`` [1], ``phi`` [V],
        ``c`` [mol/m³], ``current`` and its components ``ix``, ``iy``, ``iz`` [A/m²], ``film`` [Ω m²].
    """

    time: float
    origin: tuple[float, ...]
    spacing: tuple[float, ...]
    fields: Mapping[str, np.ndarray]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of cells along each axis."""
        return next(iter(self.fields.values())).shape

    @property
    def dimension(self) -> int:
        """Number of space dimensions."""
        return len(self.spacing)

    def centres(self, axis: int) -> np.ndarray:
        """Coordinates of the cell centres along one axis, array of float [µm]."""
        return self.origin[axis] + self.spacing[axis] * (np.arange(self.shape[axis]) + 0.5)

    def __getitem__(self, name: str) -> np.ndarray:
        return _field(self, name)


@dataclass(frozen=True)
class MeshSnapshot:
    """Fields of one run at one time, in the triangles of a mesh.

    Attributes
    ----------
    time : float [s]
    points : ndarray, shape (points, 2) [µm]
        Corners of the triangles.
    corners : ndarray of int, shape (triangles, 3)
        Numbers of each triangle's corners.
    fields : mapping of str to ndarray, shape (triangles,)
        Names and units as of `Snapshot`.
    """

    time: float
    points: np.ndarray
    corners: np.ndarray
    fields: Mapping[str, np.ndarray]

    @property
    def centres(self) -> np.ndarray:
        """Of the triangles, shape (triangles, 2) [µm]."""
        return self.points[self.corners].mean(axis=1)

    def __getitem__(self, name: str) -> np.ndarray:
        return _field(self, name)


def _field(snapshot: Snapshot | MeshSnapshot, name: str) -> np.ndarray:
    try:
        return snapshot.fields[name]
    except KeyError:
        held = ", ".join(snapshot.fields)
        raise RunError(
            f"snapshot at {snapshot.time:g} s: has no field '{name}'; its fields are {held}", code="unknown-name"
        ) from None


def read_snapshot(root: h5py.Group, time: float, index: int, dimension: int) -> Snapshot | MeshSnapshot:
    """The fields of a snapshot file at one time [s], by its number."""
    if "Points" in root:
        count = int(root["NumberOfCells"][0])
        return MeshSnapshot(
            time, np.asarray(root["Points"])[:, :2], np.asarray(root["Connectivity"]).reshape(count, 3),
            {name: _piece(data, index, count) for name, data in root["CellData"].items()},
        )  # fmt: skip
    return Snapshot(
        time=time,
        origin=tuple(float(x) for x in root.attrs["Origin"][:dimension]),
        spacing=tuple(float(x) for x in root.attrs["Spacing"][:dimension]),
        fields={name: _cells(data, index, dimension) for name, data in root["CellData"].items()},
    )


def _cells(data: h5py.Dataset, index: int, dimension: int) -> np.ndarray:
    """One time of a stored (time, z, y, x) array, as an array over (x, y, z) of the deck's dimension."""
    if index >= data.shape[0]:
        raise OSError(f"{data.name} has {data.shape[0]} of the times announced")
    cells = np.ascontiguousarray(data[index].T)
    return cells.reshape(cells.shape[:dimension])


def _piece(data: h5py.Dataset, index: int, count: int) -> np.ndarray:
    """One time of a list that has all times one after the other."""
    if len(data) < (index + 1) * count:
        raise OSError(f"{data.name} has {len(data) // count} of the times announced")
    return np.asarray(data[index * count : (index + 1) * count])

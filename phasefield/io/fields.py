"""Fields of a run at one time, read from its snapshot file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import h5py
import numpy as np

from phasefield.errors import RunError
from phasefield.io import checksum


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
        Indices of each triangle's corners in ``points``.
    fields : mapping of str to ndarray, shape (triangles,)
        Names and units as in `Snapshot`.
    """

    time: float
    points: np.ndarray
    corners: np.ndarray
    fields: Mapping[str, np.ndarray]

    @property
    def centres(self) -> np.ndarray:
        """Centres of the triangles, shape (triangles, 2) [µm]."""
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
    """The fields of a snapshot file at one time [s], by its number.

    Raises
    ------
    OSError
        The fields are missing, or differ from those that were written.
    """
    if "Points" in root:
        corners = root["Connectivity"][...].reshape(-1, 3)
        points = root["Points"][:, :2]
        if corners.min() < 0 or corners.max() >= len(points):
            raise OSError(0, "Connectivity names points that there are not")
        pieces = {name: _piece(root, name, index, len(corners), time) for name in root["CellData"]}
        return MeshSnapshot(time, points, corners, pieces)
    return Snapshot(
        time=time,
        origin=tuple(float(x) for x in root.attrs["Origin"][:dimension]),
        spacing=tuple(float(x) for x in root.attrs["Spacing"][:dimension]),
        fields={name: _cells(root, name, index, dimension, time) for name in root["CellData"]},
    )


def _cells(root: h5py.Group, name: str, index: int, dimension: int, time: float) -> np.ndarray:
    """One time of a stored (time, z, y, x) array, as an array over (x, y, z) of the deck's dimension."""
    data = root["CellData"][name]
    if index >= data.shape[0]:
        raise OSError(0, f"{data.name} has {data.shape[0]} of the times announced")
    values = data[index]
    checksum.require_field(root, name, index, time, values)
    cells = np.ascontiguousarray(values.T)
    return cells.reshape(cells.shape[:dimension])


def _piece(root: h5py.Group, name: str, index: int, count: int, time: float) -> np.ndarray:
    """Values of one time, from a list that holds all times in sequence."""
    data = root["CellData"][name]
    if len(data) < (index + 1) * count:
        raise OSError(0, f"{data.name} has {len(data) // count} of the times announced")
    values = data[index * count : (index + 1) * count]
    checksum.require_field(root, name, index, time, values)
    return values

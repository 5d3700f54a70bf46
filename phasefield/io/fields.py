"""Fields of a run at one time, read from its snapshot file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import h5py
import numpy as np

from phasefield.errors import RunError
from phasefield.io import checksum

#: Attribute with the numbers of cells along x, (y, (z)), where the file lists the cells of a box.
SHAPE = "Shape"


@dataclass(frozen=True)
class Snapshot:
    """Fields of one run at one time, on the cells of a box. The last axis is the height.

    Attributes
    ----------
    time : float [s]
    origin, spacing : tuple of float [µm]
        Corner of the box and size of a cell, of the lowest if they differ; one number per axis.
    fields : mapping of str to array of float
        Values in the cells, one array axis per space dimension in the order x, y, z. ``xi`` [1], ``phi`` [V],
        ``c`` [mol/m³], ``current`` and its components ``ix``, ``iy``, ``iz`` [A/m²], ``film`` [Ω m²].
    heights : ndarray of float or None [µm]
        Ends of the cells along the last axis, from the bottom to the top, if their heights differ.
    """

    time: float
    origin: tuple[float, ...]
    spacing: tuple[float, ...]
    fields: Mapping[str, np.ndarray]
    heights: np.ndarray | None = None

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
        if self.heights is not None and axis % self.dimension == self.dimension - 1:
            return 0.5 * (self.heights[:-1] + self.heights[1:])
        return self.origin[axis] + self.spacing[axis] * (np.arange(self.shape[axis]) + 0.5)

    def __getitem__(self, name: str) -> np.ndarray:
        return _field(self, name)

    def even(self) -> Snapshot:
        """The fields on cells as high as the lowest, by straight lines between the centres of cells.

        Returns
        -------
        Snapshot
            The same object if its cells are equal.
        """
        if self.heights is None:
            return self
        centres, low, step = self.centres(-1), self.origin[-1], self.spacing[-1]
        places = low + step * (np.arange(round((self.heights[-1] - low) / step)) + 0.5)
        after = np.clip(np.searchsorted(centres, places), 1, len(centres) - 1)
        part = (places - centres[after - 1]) / (centres[after] - centres[after - 1])
        fields = {name: (1 - part) * x[..., after - 1] + part * x[..., after] for name, x in self.fields.items()}
        return Snapshot(self.time, self.origin, self.spacing, fields)


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
    if "Points" in root and SHAPE in root.attrs:
        return _graded(root, time, index)
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


def _graded(root: h5py.Group, time: float, index: int) -> Snapshot:
    """A snapshot of a box whose cells differ in height, by the points of the columns at its corner."""
    shape = [int(n) for n in root.attrs[SHAPE]]
    points = root["Points"]
    if not 1 <= len(shape) <= 3 or min(shape) < 1 or len(points) != np.prod([n + 1 for n in shape]):
        raise OSError(0, f"{SHAPE} does not match the points")
    steps = np.cumprod([1, *(n + 1 for n in shape[:-1])])
    axes = [points[: (n + 1) * step : step, axis] for axis, (n, step) in enumerate(zip(shape, steps, strict=True))]
    count = int(np.prod(shape))
    return Snapshot(
        time=time,
        origin=tuple(float(x[0]) for x in axes),
        spacing=tuple(float(x[1] - x[0]) for x in axes),
        fields={
            name: np.ascontiguousarray(_piece(root, name, index, count, time).reshape(shape[::-1]).T)
            for name in root["CellData"]
        },
        heights=axes[-1],
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

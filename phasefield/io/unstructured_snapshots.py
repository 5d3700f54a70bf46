"""Snapshots of cells that are not those of an image, as VTKHDF's temporal UnstructuredGrid.

The file has the cells once; every field is one long list, snapshot after snapshot, which rank 0 writes
(https://docs.vtk.org/en/latest/design_documents/VTKFileFormats.html#vtkhdf-file-format).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from phasefield.io import hdf5
from phasefield.io.fields import SHAPE
from phasefield.io.snapshots import GROUP, MICROMETRE, SnapshotFile
from phasefield.io.writer import write
from phasefield.mesh.triangles import Triangles

#: VTK's cell types: a triangle, and the cells of a box by its number of axes.
VTK_TRIANGLE, VTK_OF_BOX = 5, {1: 3, 2: 9, 3: 12}
#: Corners of a cell of a box in VTK's order, as steps along x, (y, (z)).
_SQUARE: list[tuple[int, ...]] = [(0, 0), (1, 0), (1, 1), (0, 1)]
CORNERS: dict[int, list[tuple[int, ...]]] = {
    1: [(0,), (1,)],
    2: _SQUARE,
    3: [(*place, z) for z in (0, 1) for place in _SQUARE],
}


class UnstructuredSnapshotFile(SnapshotFile):
    """Appends snapshots of cells, given by their corners, to a VTKHDF file."""

    kind, room_of_grid = b"UnstructuredGrid", 10
    cell_type: int

    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        """Points [µm], shape (points, 2 or 3), and the numbers of each cell's points, shape (cells, corners)."""
        raise NotImplementedError

    def _whole(self, values) -> np.ndarray | None:
        """Values of all cells on rank 0, None elsewhere. Collective."""
        raise NotImplementedError

    def _describe(self, root):
        points, corners = self.corners()
        root["Points"] = np.pad(points, [(0, 0), (0, 3 - points.shape[1])])
        root["Connectivity"] = corners.ravel()
        root["Offsets"] = corners.shape[1] * np.arange(len(corners) + 1)
        root["Types"] = np.full(len(corners), self.cell_type, np.uint8)
        for name, number in (("Points", len(points)), ("Cells", len(corners)), ("ConnectivityIds", corners.size)):
            root[f"NumberOf{name}"] = np.array([number])
        steps = root["Steps"]
        for name in ("PartOffsets", "NumberOfParts", "PointOffsets"):
            steps.create_dataset(name, (0,), np.int64, maxshape=(None,))
        for name in ("CellOffsets", "ConnectivityIdOffsets"):
            steps.create_dataset(name, (0, 1), np.int64, maxshape=(None, 1))

    def _write(self, fields):
        for name, values in fields.items():
            whole = self._whole(values)
            write(self.path, partial(self._append, name, whole))

    def _append(self, name, values):
        with hdf5.opened(self.path, "r+") as file:
            group, size = file[GROUP], len(values)
            if name not in group:
                group.create_dataset(name, (0,), float, maxshape=(None,), chunks=(size,))
            group[name].resize((size * (self.count + 1),))
            group[name][size * self.count :] = values

    def _announce_grid(self, steps):
        """The cells are the same at all times: all offsets are 0."""
        for name in ("PartOffsets", "NumberOfParts", "PointOffsets", "CellOffsets", "ConnectivityIdOffsets"):
            steps[name].resize(self.count, axis=0)
            steps[name][...] = int(name == "NumberOfParts")


class MeshSnapshotFile(UnstructuredSnapshotFile):
    """Snapshots of a mesh of triangles, which is on one rank.

    Parameters
    ----------
    path : path
        New file.
    grid : CellGrid
    triangles : Triangles [m]
        The file is in micrometres.
    count : int
        Number of snapshots already in the file; 0 for a new file.
    """

    cell_type = VTK_TRIANGLE

    def __init__(self, path, grid, triangles: Triangles, count: int = 0):
        self.triangles = triangles
        self._open(path, grid.comm, triangles.count, triangles.count, count)

    def corners(self):
        """Those of the triangles."""
        return self.triangles.points / MICROMETRE, self.triangles.corners

    def _whole(self, values):
        return values


class GradedSnapshotFile(UnstructuredSnapshotFile):
    """Snapshots of a box with cells of different size.

    Parameters
    ----------
    path : path
        New file.
    grid : Grid
    edges : sequence of float or of sequence of float [m]
        Sizes of the cells along each axis, or of each of them; the file is in micrometres.
    count : int
        Number of snapshots already in the file; 0 for a new file.
    """

    def __init__(self, path, grid, edges, count: int = 0):
        shape = grid.box.shape
        self._cut: Any = grid
        self._shape, self.cell_type = shape, VTK_OF_BOX[len(shape)]
        self._sides = [np.broadcast_to(np.divide(h, MICROMETRE), (n,)) for h, n in zip(edges, shape, strict=True)]
        cells = int(np.prod(shape))
        self._open(path, grid.comm, cells, cells, count, grid.box)

    def corners(self):
        """Those of the cells, x fastest, in VTK's order."""
        axes = [np.concatenate([[0.0], np.cumsum(sides)]) for sides in self._sides[::-1]]
        points = np.stack([x.ravel() for x in np.meshgrid(*axes, indexing="ij")][::-1], axis=-1)
        number = np.arange(len(points)).reshape([len(x) for x in axes])
        places = [
            tuple(slice(at, at + n) for at, n in zip(corner, self._shape, strict=True))[::-1]
            for corner in CORNERS[len(self._shape)]
        ]
        return points, np.stack([number[place].ravel() for place in places], axis=-1)

    def _describe(self, root):
        super()._describe(root)
        root.attrs[SHAPE] = self._shape

    def _whole(self, values):
        whole = self._cut.whole(values)
        return None if whole is None else whole.ravel()

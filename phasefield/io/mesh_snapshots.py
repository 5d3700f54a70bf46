"""Snapshots of a mesh of triangles, as VTKHDF's temporal UnstructuredGrid.

The file has the mesh once; every field is one long list, snapshot after snapshot
(https://docs.vtk.org/en/latest/design_documents/VTKFileFormats.html#vtkhdf-file-format).
"""

from __future__ import annotations

import numpy as np

from phasefield.io import safe
from phasefield.io.snapshots import GROUP, MICROMETRE, SnapshotFile
from phasefield.io.writer import write
from phasefield.mesh.triangles import Triangles

#: VTK's cell type of a triangle.
VTK_TRIANGLE = 5


class MeshSnapshotFile(SnapshotFile):
    """Appends snapshots of a mesh to a VTKHDF file; the mesh is on one rank.

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

    kind, room_of_grid = b"UnstructuredGrid", 4

    def __init__(self, path, grid, triangles: Triangles, count: int = 0):
        self.triangles = triangles
        self._open(path, grid.comm, triangles.count, triangles.count, count)

    def _describe(self, root):
        points, corners = self.triangles.points / MICROMETRE, self.triangles.corners
        root["Points"] = np.column_stack([points, np.zeros(len(points))])
        root["Connectivity"] = corners.ravel()
        root["Offsets"] = 3 * np.arange(len(corners) + 1)
        root["Types"] = np.full(len(corners), VTK_TRIANGLE, np.uint8)
        for name, number in (("Points", len(points)), ("Cells", len(corners)), ("ConnectivityIds", corners.size)):
            root[f"NumberOf{name}"] = np.array([number])
        steps = root["Steps"]
        for name in ("PartOffsets", "NumberOfParts", "PointOffsets"):
            steps.create_dataset(name, (0,), np.int64, maxshape=(None,))
        for name in ("CellOffsets", "ConnectivityIdOffsets"):
            steps.create_dataset(name, (0, 1), np.int64, maxshape=(None, 1))

    def _write(self, fields):
        write(self.path, lambda: self._append(fields))

    def _append(self, fields):
        with safe.hdf5(self.path, "r+") as file:
            for name, values in fields.items():
                group, size = file[GROUP], len(values)
                if name not in group:
                    group.create_dataset(name, (0,), float, maxshape=(None,), chunks=(size,))
                group[name].resize((size * (self.count + 1),))
                group[name][size * self.count :] = values

    def _announce_grid(self, steps):
        """The mesh is the same at all times: all offsets are 0."""
        for name in ("PartOffsets", "NumberOfParts", "PointOffsets", "CellOffsets", "ConnectivityIdOffsets"):
            steps[name].resize(self.count, axis=0)
            steps[name][...] = int(name == "NumberOfParts")

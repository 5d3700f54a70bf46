"""Snapshots in one VTKHDF file, written by all ranks together through PETSc.

PETSc's HDF5 viewer appends a field on a DMDA as one time of a (time, z, y, x) array: the layout of VTKHDF's
temporal ImageData (https://docs.vtk.org/en/latest/design_documents/VTKFileFormats.html#vtkhdf-file-format).
Rank 0 then adds the time and the offsets with h5py.
"""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
from petsc4py import PETSc

from phasefield.errors import RunError
from phasefield.io.writer import NoRoom, write

GROUP = "/VTKHDF/CellData"
MICROMETRE = 1e-6
METADATA = 1 << 16  # bytes, more than what HDF5 adds to the fields of one snapshot


class SnapshotFile:
    """Appends snapshots of a distributed grid to a VTKHDF file. All methods are collective.

    Parameters
    ----------
    path : path
        New file.
    grid : Grid
    spacing : sequence of float [m]
        Cell size; the file is in micrometres.
    count : int
        Snapshots that the file holds already; 0 for a new file.
    """

    #: VTK's name of the grid; how many fields would take as much room as what describes it.
    kind, room_of_grid = b"ImageData", 1

    def __init__(self, path, grid, spacing, count: int = 0):
        missing = 3 - len(grid.box.shape)
        sizes, parts = [*grid.box.shape, *[1] * missing], [*grid.parts, *[[1]] * missing]
        self._sizes, step = sizes, [h / MICROMETRE for h in spacing]
        self._spacing = [*step, *[step[-1]] * missing]
        self._grid = PETSc.DMDA().create(
            sizes=sizes,
            proc_sizes=[len(p) for p in parts],
            ownership_ranges=parts,
            dof=1,
            stencil_width=0,
            comm=grid.comm,
            setup=True,
        )
        self._open(path, grid.comm, int(np.prod(sizes)), 1, count)

    def _open(self, path, comm, cells: int, stride: int, count: int):
        """Make the file, or go on with it; a snapshot has ``cells`` numbers a field, in ``stride`` rows. Collective."""
        self.path, self.comm, self.count, self._cells, self._stride = Path(path), comm, count, cells, stride
        if not count:
            write(self.path, self._create)

    def append(self, time: float, fields: dict[str, np.ndarray]) -> None:
        """Write one snapshot.

        Parameters
        ----------
        time : float [s]
        fields : dict
            Owned values by name, axes (last, …, x), each with its own unit.

        Raises
        ------
        NoRoom
            There is none for it now; the file is as it was.
        RunError
            The file cannot be written.
        """
        try:
            write(self.path, lambda: self._make_room(len(fields)))
        except RunError as error:
            raise NoRoom(str(error)) from None
        self._write(fields)
        self.count += 1
        write(self.path, lambda: self._announce(time, fields))

    def _write(self, fields):
        viewer = PETSc.ViewerHDF5().create(str(self.path), mode="a", comm=self.comm)
        viewer.pushGroup(GROUP)
        viewer.pushTimestepping()
        viewer.setTimestep(self.count)
        for name, values in fields.items():
            vector = self._grid.createGlobalVec()
            vector.setName(name)
            vector.setArray(np.ascontiguousarray(values, float).ravel())
            vector.view(viewer)
            vector.destroy()
        viewer.popTimestepping()
        viewer.popGroup()
        viewer.flush()
        viewer.destroy()

    def _make_room(self, fields: int):
        """Find out whether the disk holds as many more fields, while one rank's failure is everybody's.

        In a collective HDF5 write only the rank that meets the end of the disk learns of it. Chunks are
        padded, hence twice the size.
        """
        if not hasattr(os, "posix_fallocate"):  # macOS
            return
        with open(self.path, "ab") as file:
            end = file.tell()
            try:
                os.posix_fallocate(file.fileno(), end, 2 * fields * 8 * self._cells + METADATA)
            finally:
                file.truncate(end)

    def _create(self):
        self._make_room(self.room_of_grid)
        with h5py.File(self.path, "w") as file:
            root = file.create_group("VTKHDF")
            root.attrs["Version"] = (2, 0)
            root.attrs.create("Type", self.kind, dtype=h5py.string_dtype("ascii", len(self.kind)))
            root.create_group("CellData")
            steps = root.create_group("Steps")
            steps.attrs["NSteps"] = 0
            steps.create_dataset("Values", (0,), float, maxshape=(None,))
            steps.create_group("CellDataOffsets")
            self._describe(root)

    def _describe(self, root):
        """Write what the grid is."""
        root.attrs["WholeExtent"] = [x for n in self._sizes for x in (0, n)]
        root.attrs["Origin"] = (0.0, 0.0, 0.0)
        root.attrs["Spacing"] = self._spacing
        root.attrs["Direction"] = np.eye(3).ravel()

    def _announce(self, time, fields):
        """Tell readers that the snapshot is there: last, so that they never see half of one."""
        with h5py.File(self.path, "r+") as file:
            steps = file["VTKHDF/Steps"]
            for name in fields:
                group = steps["CellDataOffsets"]
                if name not in group:
                    group.create_dataset(name, (0,), np.int64, maxshape=(None,))
                group[name].resize((self.count,))
                group[name][:] = self._stride * np.arange(self.count)
            self._announce_grid(steps)
            steps["Values"].resize((self.count,))
            steps["Values"][-1] = time
            steps.attrs["NSteps"] = self.count

    def _announce_grid(self, steps):
        """Tell where the grid of the snapshot is: an image stands in the attributes."""

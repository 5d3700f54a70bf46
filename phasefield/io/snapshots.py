"""Snapshots in one VTKHDF file, written by all ranks collectively through PETSc.

PETSc's HDF5 viewer appends a field on a DMDA as one time of a (time, z, y, x) array: the layout of VTKHDF's
temporal ImageData (https://docs.vtk.org/en/latest/design_documents/VTKFileFormats.html#vtkhdf-file-format).
Rank 0 then adds the time and the offsets with h5py.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import h5py
import numpy as np
from petsc4py import PETSc

from phasefield.errors import RunError
from phasefield.io import checksum, hdf5, safe
from phasefield.io.tables import for_pint
from phasefield.io.writer import NoRoom, write
from phasefield.parallel import on_root

if TYPE_CHECKING:
    from phasefield.engines.box import Box

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
        Cell size; coordinates in the file are in micrometres.
    count : int
        Number of snapshots already in the file; 0 for a new file.

    Attributes
    ----------
    names : tuple of str
        Fields in each snapshot of an existing file; empty for a new one.
    labels : mapping
        Label and SI unit of fields by name, for attributes of a new file.
    """

    #: VTK's name of the grid; number of fields that need as much room as the description of the grid.
    kind, room_of_grid = b"ImageData", 1
    labels: Mapping[str, tuple[str, str]] = MappingProxyType({})

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
        self._open(path, grid.comm, int(np.prod(sizes)), 1, count, grid.box)

    def _open(self, path, comm, cells: int, stride: int, count: int, box: Box | None = None):
        """Create the file, or open it to continue. Collective.

        A field of a snapshot has ``cells`` values in ``stride`` rows; this rank has those of a box, or all.
        """
        self.path, self.comm, self.count, self._cells, self._stride = Path(path), comm, count, cells, stride
        self._box = box
        self.names: tuple[str, ...] = on_root(self._names) if count else ()
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
            The disk is full at present; the file was not changed.
        RunError
            The file cannot be written.
        """
        if self.names and set(fields) != set(self.names):
            raise RunError(
                f"{self.path}: its snapshots hold {', '.join(sorted(self.names))}; no other fields can be added "
                f"({', '.join(sorted(fields))})"
            )
        try:
            write(self.path, lambda: self._make_room(len(fields)))
        except RunError as error:
            raise NoRoom(str(error)) from None
        self._write(fields)
        self.count += 1
        sums = {name: self._sum(values) for name, values in fields.items()}
        totals = {name: sum(self.comm.allgather(part)) for name, part in sums.items()}
        write(self.path, lambda: self._announce(time, totals))

    def _sum(self, values) -> int:
        """Checksum of this rank's values of a field."""
        if self._box is None:
            return checksum.of_cells(values)
        slabs = self._box.slabs(self._box.owned_shape[0])
        return sum(checksum.of_cells(values[at], self._box.numbers(at)) for at in slabs)

    def _names(self) -> tuple[str, ...]:
        try:
            with hdf5.opened(self.path, "r") as file:
                return tuple(file[GROUP])
        except (OSError, KeyError) as error:
            raise RunError(f"{self.path}: cannot be read ({error})") from None

    def _write(self, fields):
        viewer = PETSc.ViewerHDF5().create(safe.place(self.path), mode="a", comm=self.comm)
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
        """Check that the disk has room for so many more fields; a failure on one rank is raised on all.

        In a collective HDF5 write only the rank that fills the disk gets an error. Chunks are padded, hence twice the
        size.
        """
        file = safe.descriptor(self.path, os.O_RDWR | os.O_CREAT)
        try:
            if not hasattr(os, "posix_fallocate"):  # macOS
                return
            end = os.fstat(file).st_size
            try:
                os.posix_fallocate(file, end, 2 * fields * 8 * self._cells + METADATA)
            finally:
                os.ftruncate(file, end)
        finally:
            os.close(file)

    def _create(self):
        self._make_room(self.room_of_grid)
        # The format of HDF5 1.8 has checksums of the metadata; the default format of 1998 has none.
        with hdf5.opened(self.path, "w", libver=("v108", "v108")) as file:
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
        """Write the description of the grid."""
        root.attrs["WholeExtent"] = [x for n in self._sizes for x in (0, n)]
        root.attrs["Origin"] = (0.0, 0.0, 0.0)
        root.attrs["Spacing"] = self._spacing
        root.attrs["Direction"] = np.eye(3).ravel()

    def _announce(self, time, sums):
        """Make the snapshot visible to readers; done last, so that they never see an incomplete one."""
        with hdf5.opened(self.path, "r+") as file:
            checksum.announce(file, sums, time, self.count)
            for name in set(sums) & set(self.labels) if self.count == 1 else ():
                label, unit = self.labels[name]
                file[GROUP][name].attrs.update(long_name=label, units=for_pint(unit))
            steps = file["VTKHDF/Steps"]
            for name in sums:
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
        """Write the offsets of the grid; an image needs none, as its grid is in the attributes."""

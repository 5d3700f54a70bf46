"""The coupled matrix: entries that the kernel writes, and what PETSc makes of them."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
from petsc4py import PETSc

from phasefield.engines.compiled.kernel import Entry
from phasefield.engines.grid import Grid

_petsc = ctypes.CDLL(PETSc.__file__)  # brings libpetsc's symbols with it


class CellMatrix:
    """Rows of this rank's cells, the unknowns of a cell side by side.

    Parameters
    ----------
    grid : Grid
    layout : sequence of Entry
        Entries of a cell.
    fields : int

    Attributes
    ----------
    values : ndarray
        Entries of one cell after the other.
    petsc : PETSc.Mat
        Has them after :meth:`changed`.
    """

    def __init__(self, grid: Grid, layout: Sequence[Entry], fields: int):
        rows, columns = _indices(grid, layout, fields)
        cells = int(np.prod(grid.box.owned_shape))
        self.values = np.zeros(rows.size)
        self.petsc = PETSc.Mat().create(grid.comm)
        self.petsc.setSizes(((cells * fields, None), (cells * fields, None)), bsize=fields)
        self.petsc.setType("aij")
        pointers = [x.ctypes.data_as(ctypes.c_void_p) for x in (rows, columns)]
        _call(_petsc.MatSetPreallocationCOO, self.petsc, ctypes.c_ssize_t(rows.size), *pointers)

    def changed(self) -> None:
        """The values are new."""
        _call(_petsc.MatSetValuesCOO, self.petsc, self.values.ctypes.data_as(ctypes.c_void_p), ctypes.c_int(1))


def _indices(grid: Grid, layout, fields):
    """Row and column of each entry in PETSc's numbering; -1 where there is no neighbour."""
    box = grid.box
    numbers = np.full([n + 2 for n in box.held_shape], -1, PETSc.IntType)
    numbers[(slice(1, -1),) * len(box.shape)] = grid.da.getLGMap().getIndices().reshape(box.held_shape)
    start = [part.start + 1 for part in box.inner]
    out = []
    for entry in layout:
        at = list(start)
        if entry.axis >= 0:
            at[-1 - entry.axis] += 1 if entry.upper else -1
        out.append(numbers[tuple(slice(a, a + n) for a, n in zip(at, box.owned_shape, strict=True))].ravel())
    own = numbers[tuple(slice(a, a + n) for a, n in zip(start, box.owned_shape, strict=True))].ravel()
    rows = np.stack([own * fields + e.row for e in layout], axis=1)
    columns = np.stack([np.where(c < 0, -1, c * fields + e.column) for c, e in zip(out, layout, strict=True)], axis=1)
    return tuple(np.ascontiguousarray(x, dtype=PETSc.IntType).ravel() for x in (rows, columns))


def _call(function, matrix, *arguments):
    """A PETSc function that petsc4py does not bind."""
    if function(ctypes.c_void_p(matrix.handle), *arguments):
        raise RuntimeError(f"{function.__name__} failed")

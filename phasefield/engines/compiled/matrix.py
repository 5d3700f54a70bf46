"""The coupled matrix: compressed rows that the kernel writes and PETSc reads, in the same memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from petsc4py import PETSc

from phasefield.engines.grid import Slab
from phasefield.errors import PhasefieldError

_LARGEST = np.iinfo(PETSc.IntType).max


class CellMatrix:
    """Rows of this rank's cells, the unknowns of a cell side by side.

    Parameters
    ----------
    slab : Slab
    coupling : sequence of (list of int, list of int)
        By equation: unknowns it takes from the cell itself, and from its neighbours.
    comm : MPI.Comm

    Attributes
    ----------
    inside, outside : ndarray
        Values for columns of this rank, and of others.
    petsc : PETSc.Mat
        Reads both; tell it by :meth:`changed`.

    Raises
    ------
    PhasefieldError
        More unknowns or entries than PETSc's integers can count.
    """

    def __init__(self, slab: Slab, coupling: Sequence[tuple[list[int], list[int]]], comm):
        fields, cells = len(coupling), (slab.stop - slab.start) * slab.layer
        total = fields * int(np.prod(slab.shape))
        widths = [len(own) + 2 * len(slab.shape) * len(around) for own, around in coupling]
        entries = cells * sum(widths)
        if max(total, entries) > _LARGEST:
            raise PhasefieldError(
                f"{total} unknowns, {entries} matrix entries on a rank: PETSc's {PETSc.IntType.__name__} counts to "
                f"{_LARGEST}; use more ranks, or a PETSc of 64-bit indices"
            )
        owned = slab.start * slab.layer, slab.stop * slab.layer
        columns, present = _columns(slab, coupling)
        here = present & (columns >= owned[0] * fields) & (columns < owned[1] * fields)
        inside = _rows(columns - owned[0] * fields if comm.size > 1 else columns, here, widths)
        outside = _rows(columns, present & ~here, widths)
        self.inside, self.outside = inside[2], outside[2]
        self._arrays = inside, outside  # PETSc does not copy them
        csr = (inside, outside) if comm.size > 1 else inside
        sizes = (cells * fields, total)
        self.petsc = PETSc.Mat().createAIJWithArrays((sizes, sizes), csr, comm=comm)
        self.petsc.assemble()

    def changed(self) -> None:
        """The values are new."""
        self.petsc.assemble()
        self.petsc.stateIncrease()


def _columns(slab: Slab, coupling):
    """Columns of all entries, shape (cells, entries of a cell) in the order of writing, and whether they exist."""
    shape, fields = slab.shape, len(coupling)
    cell = np.arange(slab.start * slab.layer, slab.stop * slab.layer)
    strides = np.cumprod([1, *shape[:-1]])
    position = [cell // s % n for s, n in zip(strides, shape, strict=True)]
    around = [(-s, p > 0) for s, p in zip(strides, position, strict=True)][::-1]
    around += [(0, np.ones(len(cell), bool))]
    around += [(s, p < n - 1) for s, p, n in zip(strides, position, shape, strict=True)]
    columns, present = [], []
    for own, near in coupling:
        for step, exists in around:
            for v in own if step == 0 else near:
                columns.append((cell + step) * fields + v)
                present.append(exists)
    return np.stack(columns, axis=1), np.stack(present, axis=1)


def _rows(columns, present, widths):
    """Compressed rows: pointers, columns, values (zeros)."""
    parts = np.split(present, np.cumsum(widths)[:-1], axis=1)  # one for each equation
    counts = np.stack([part.sum(axis=1) for part in parts], axis=1).ravel()
    pointers = np.concatenate([[0], np.cumsum(counts)]).astype(PETSc.IntType)
    return pointers, columns[present].astype(PETSc.IntType), np.zeros(pointers[-1])

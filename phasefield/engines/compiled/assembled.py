"""The assembled coupled matrix for PETSc's preconditioners: those of the options, or a Schur complement."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
from petsc4py import PETSc

from phasefield.engines.compiled.entries import Entries, Entry, joined
from phasefield.engines.grid import Grid
from phasefield.engines.solver import OPTIONS, SINGLE_OPTIONS, parts

_petsc = ctypes.CDLL(PETSc.__file__)  # brings libpetsc's symbols with it

#: BoomerAMG with coarser coarse grids than its default: a little more iterations, each half as long.
MULTIGRID = {
    "boomeramg_strong_threshold": "0.5",
    "boomeramg_coarsen_type": "HMIS",
    "boomeramg_interp_type": "ext+i",
    "boomeramg_P_max": "4",
    "boomeramg_agg_nl": "1",
}


def options(diffusive: Sequence[bool], coupled: bool) -> dict[str, str]:
    """PETSc options of the solver.

    Parameters
    ----------
    diffusive : sequence of bool
        For each field that is not elliptic: whether it diffuses over many cells in a step.
    coupled : bool
        Whether there are elliptic fields.

    Notes
    -----
    Multigrid treats a block as one field. So if a salt diffuses, the fields of the local block are solved one after the
    other: 8 iterations instead of 22, each a third shorter.
    """
    if not coupled:
        return SINGLE_OPTIONS | {f"pc_hypre_{key}": value for key, value in MULTIGRID.items()}
    phi, local = "fieldsplit_phi_pc_hypre_", "fieldsplit_local_"
    chosen = OPTIONS | {phi + key: value for key, value in MULTIGRID.items()}
    kinds = ["hypre" if far else "bjacobi" for far in diffusive]
    if len(kinds) == 1 or not any(diffusive):
        return chosen | {local + "pc_type": kinds[0]}
    split = local + "pc_fieldsplit_"
    chosen |= {local + "pc_type": "fieldsplit", split + "type": "multiplicative", split + "block_size": str(len(kinds))}
    for k, kind in enumerate(kinds):
        part = f"{local}fieldsplit_{k}_"
        chosen |= {f"{split}{k}_fields": str(k), part + "ksp_type": "preonly", part + "pc_type": kind}
    return chosen


class Assembled:
    """Rows of this rank's cells in PETSc's compressed storage, the unknowns of a cell side by side.

    For equations whose fields have no blocks of their own (Cahn–Hilliard as two equations of second order), and for
    preconditioners that want a matrix.

    Parameters
    ----------
    grid : Grid
    layout : sequence of Entry
        Entries of a cell.
    names : sequence of str
        Names of the fields.
    elliptic : set of str
        Fields without a time derivative.
    diffusive : set of str
        Fields that diffuse over many cells in a step.

    Attributes
    ----------
    entries : Entries
        Matrix and residual, which the kernel writes.
    operator : PETSc.Mat
    right, solution : PETSc.Vec
        Matrix and residual in PETSc's storage after :meth:`changed`, and Newton's update.
    """

    kind = float  # of the stored numbers

    def __init__(
        self, grid: Grid, layout: Sequence[Entry], names: Sequence[str], elliptic: set[str], diffusive: set[str]
    ):
        self._fields, self.joined = len(names), joined(layout)
        self.entries = Entries(layout, grid.box.owned_shape, self._fields, self.kind)
        fields = self._fields
        rows, columns = indices(grid, layout, fields)
        cells = int(np.prod(grid.box.owned_shape))
        self.operator = PETSc.Mat().create(grid.comm)
        self.operator.setSizes(((cells * fields, None), (cells * fields, None)), bsize=fields)
        self.operator.setType("aij")
        pointers = [x.ctypes.data_as(ctypes.c_void_p) for x in (rows, columns)]
        _call(_petsc.MatSetPreallocationCOO, self.operator, ctypes.c_ssize_t(rows.size), *pointers)
        self.right, self.solution = self.operator.createVecLeft(), self.operator.createVecRight()
        self._blocks = _blocks(self.operator, names, elliptic)
        self.options = options([name in diffusive for name in names if name not in elliptic], len(self._blocks) > 1)

    def attach(self, ksp: PETSc.KSP) -> None:
        """Define the blocks of rows for the preconditioner."""
        if len(self._blocks) > 1:
            ksp.getPC().setType("fieldsplit")
            ksp.getPC().setFieldSplitIS(*self._blocks)

    @property
    def update(self) -> np.ndarray:
        """Newton's update, (fields, cells owned); a view."""
        return self.solution.array.reshape(-1, self._fields).T

    def changed(self) -> None:
        """Copy new values into the matrix and the right-hand side."""
        values = np.ascontiguousarray(self.entries.rows())
        _call(_petsc.MatSetValuesCOO, self.operator, values.ctypes.data_as(ctypes.c_void_p), ctypes.c_int(1))
        self.right.array.reshape(-1, self._fields)[...] = self.entries.residual.T

    def renew(self) -> None:
        """Does nothing: PETSc rebuilds its preconditioner when it solves."""


def indices(grid: Grid, layout, fields):
    """Row and column of each entry in PETSc's numbering; -1 where there is no neighbour."""
    box = grid.box
    numbers = np.full([n + 2 for n in box.ghosted_shape], -1, PETSc.IntType)
    numbers[(slice(1, -1),) * len(box.shape)] = grid.da.getLGMap().getIndices().reshape(box.ghosted_shape)
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


def _blocks(matrix, names, elliptic):
    """Rows of the local and of the elliptic fields."""
    first, last = matrix.getOwnershipRange()
    field = np.arange(first, last) % len(names)
    blocks = []
    for label, members in parts(names, elliptic):
        rows = np.arange(first, last)[np.isin(field, members)].astype(PETSc.IntType)
        blocks.append((label, PETSc.IS().createGeneral(rows, comm=matrix.comm)))
    return blocks

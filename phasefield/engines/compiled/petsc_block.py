"""A field's block solved by PETSc, as its options request, instead of the engine's own multigrid."""

from __future__ import annotations

import numpy as np
from petsc4py import PETSc

from phasefield.engines.grid import Grid
from phasefield.engines.solver import PREFIX, given


def wanted(name: str) -> bool:
    """Whether options name a preconditioner for the block of a field, as ``phasefield_phi_pc_type``."""
    return given(f"{name}_pc_type")


class PetscBlock:
    """The assembled block of one field and PETSc's solver for it; one application of it by default.

    Parameters
    ----------
    grid : Grid
    name : str
        Name of the field; its options begin with ``phasefield_`` and this name.

    Attributes
    ----------
    b, u : ndarray of float32
        As in :class:`phasefield.engines.compiled.multigrid.Multigrid`.
    """

    def __init__(self, grid: Grid, name: str):
        self._da = grid.with_direct_neighbours(1)
        shape = [n + 2 for n in grid.box.owned_shape]
        self.b, self.u = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._inner = (slice(1, -1),) * len(shape)
        self._matrix = self._da.createMatrix()
        self._right, self._solution = self._da.createGlobalVec(), self._da.createGlobalVec()
        self._ghosted, self.sign = self._da.createLocalVec(), 1.0
        numbers = self._da.getLGMap().getIndices().reshape(shape)
        around = [numbers[self._inner]]
        for axis in range(len(shape)):
            for step in (-1, 1):
                around.append(np.roll(numbers, -step, -1 - axis)[self._inner])
        self._columns = np.stack([a.ravel() for a in around], axis=1)
        self._ksp = PETSc.KSP().create(grid.comm)
        self._ksp.setOptionsPrefix(f"{PREFIX}{name}_")
        self._ksp.setType("preonly")
        self._ksp.setOperators(self._matrix)
        self._ksp.setFromOptions()

    def setup(self, values, positions, sign: float = 1.0) -> None:
        """Copy the block's entries, as :meth:`Multigrid.setup` does. Collective."""
        self.sign = sign
        mine = np.moveaxis(values[:, positions], 1, 2).reshape(-1, len(positions)).astype(float)
        mine[:, 0] -= mine[:, 1:].sum(axis=1)  # the diagonal
        order = np.argsort(self._columns, axis=1, kind="stable")
        there = np.take_along_axis(self._columns, order, 1)
        entries = np.take_along_axis(sign * mine, order, 1)
        present = there >= 0
        counts = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(PETSc.IntType)
        self._matrix.setOption(PETSc.Mat.Option.NEW_NONZERO_ALLOCATION_ERR, False)
        self._matrix.setValuesCSR(counts, there[present].astype(PETSc.IntType), entries[present])
        self._matrix.assemble()
        self._ksp.setUp()

    def solve(self) -> None:
        """Approximate the solution of block · u = b. Collective."""
        self._right.setArray(self.sign * self.b[self._inner].ravel().astype(float))
        self._ksp.solve(self._right, self._solution)
        self._da.globalToLocal(self._solution, self._ghosted)
        self.u[...] = self._ghosted.getArray(True).reshape(self.u.shape)

"""The matrix as the kernel writes it, and a preconditioner that solves for one field after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from petsc4py import PETSc

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.kernel import Entry, joined
from phasefield.engines.compiled.multigrid import Multigrid
from phasefield.engines.compiled.petsc_block import PetscBlock, wanted
from phasefield.engines.compiled.products import product_text
from phasefield.engines.grid import Grid


def separable(layout: Sequence[Entry], diagonal: Sequence[bool]) -> bool:
    """Whether each field has a block that can be solved by itself.

    A field has one if its equation couples neighbouring cells through it, or can be solved for it cell by cell.

    Parameters
    ----------
    layout : sequence of Entry
    diagonal : sequence of bool
        By field: whether its equation depends on it.
    """
    near = [{e.column for e in layout if e.row == f and e.axis >= 0} for f in range(len(diagonal))]
    return all(f in columns or (not columns and diagonal[f]) for f, columns in enumerate(near))


class Blocks:
    """Matrix, as PETSc's shell, and block Gauss–Seidel over the fields, as PETSc's shell preconditioner.

    Fields whose equation does not couple cells are eliminated from the blocks of the others, within each cell, and
    solved for last.

    Parameters
    ----------
    grid : Grid
    layout : sequence of Entry
    names : sequence of str
        Names of the fields; PETSc options for a field's block begin with its name.

    Attributes
    ----------
    values : ndarray, shape (cells owned, entries)
        Matrix entries, which the kernel writes.
    operator : PETSc.Mat
    """

    def __init__(self, grid: Grid, layout: Sequence[Entry], names: Sequence[str]):
        self.grid, self.layout, self.fields = grid, list(layout), len(names)
        box, dim = grid.box, len(grid.box.shape)
        self.shape = (*box.owned_shape, self.fields)
        self.values = np.zeros((int(np.prod(box.owned_shape)), len(layout)))
        self.joined = self.order = joined(layout)
        self.local = [f for f in range(self.fields) if f not in self.order]
        self._module = cache.shared(product_text(layout, self.fields, dim, self.order), grid.comm)
        self._grid = grid.with_direct_neighbours(self.fields)
        self._ghosted = self._grid.createLocalVec()
        self.blocks: dict[int, Multigrid | PetscBlock] = {}
        for f in self.order:
            like = next((b for b in self.blocks.values() if isinstance(b, Multigrid)), None)
            self.blocks[f] = PetscBlock(grid, names[f]) if wanted(names[f]) else Multigrid(grid, like)
        rows = self._grid.createGlobalVec()
        self.residual, self.update, sizes = rows, rows.duplicate(), rows.getSizes()
        self.operator = PETSc.Mat().createPython((sizes, sizes), context=self, comm=grid.comm)
        self.operator.setUp()
        # A flexible method, as the preconditioner works in single precision; in 3-D, where memory counts, one that
        # keeps few vectors.
        self.options = {"ksp_type": "fbcgs" if dim == 3 else "fgmres"}

    def attach(self, ksp: PETSc.KSP) -> None:
        """Set this object as the preconditioner."""
        ksp.getPC().setType("python")
        ksp.getPC().setPythonContext(self)

    def changed(self) -> None:
        """Does nothing: new values are used in place."""

    def _entry(self, row: int, column: int) -> int | None:
        """Position of a cell's own entry."""
        return next((p for p, e in enumerate(self.layout) if e == Entry(row, column)), None)

    def _with_ghosts(self, x):
        """Values of a vector in the cells owned and one layer around. Collective."""
        self._grid.globalToLocal(x, self._ghosted)
        return self._ghosted.getArray(True).reshape(*[n + 2 for n in self.shape[:-1]], self.fields)

    def sums(self) -> tuple[np.ndarray, float]:
        """Sums over the cells owned, by equation: its change per constant shift of each field and, in the last column,
        its residual after the update. Also the largest size of the update.
        """
        out = np.zeros((self.fields, self.fields + 1))
        update, left = self._with_ghosts(self.update), self._rows(self.residual)
        return out, self._module.sums(self.values, update, left, out)

    def _rows(self, x):
        return x.array.reshape(-1, self.fields)

    # -- callbacks of PETSc ----------------------------------------------------------------------------

    def mult(self, operator, x, y) -> None:
        """y = J x."""
        self._module.product(self.values, self._with_ghosts(x), self._rows(y))

    def apply(self, preconditioner, x, y) -> None:
        """y ≈ J⁻¹ x."""
        r, out = x.getArray(True).reshape(-1, self.fields), y.array.reshape(self.shape)
        if self.local:
            r = self._eliminated(r)
        inner = (slice(1, -1),) * (len(self.shape) - 1)
        for k, f in enumerate(self.order):
            block = self.blocks[f]
            found = [self.blocks[g].u for g in sorted(self.order[:k])]
            getattr(self._module, f"rest_{f}")(self.values, r, block.b, *found)
            block.solve()
        for f in self.order:
            out[..., f] = self.blocks[f].u[inner]
        flat = out.reshape(-1, self.fields)
        for f in self.local:
            total = r[:, f].copy()
            for g in self.order:
                if (p := self._entry(f, g)) is not None:
                    total -= self.values[:, p] * flat[:, g]
            flat[:, f] = total / self.values[:, self._entry(f, f)]

    # -- set-up ----------------------------------------------------------------------------------------

    def renew(self) -> None:
        """Rebuild the blocks' solvers from the present matrix. Collective."""
        for f, block in self.blocks.items():
            mine = [p for p, e in enumerate(self.layout) if e.row == e.column == f]
            diagonal = self.values[:, mine[0]]
            kept = diagonal.copy() if self.local else None
            for g in self.local:
                diagonal -= self._through(f, g) * self._own(g, f)
            positive = self.grid.comm.allreduce(float(np.sum(diagonal)))
            block.setup(self.values, mine, 1.0 if positive >= 0 else -1.0)
            if kept is not None:
                diagonal[:] = kept

    def _own(self, row: int, column: int):
        p = self._entry(row, column)
        return 0.0 if p is None else self.values[:, p]

    def _through(self, f: int, g: int):
        """Factor by which a residual of the local field g enters the equation of f."""
        return self._own(f, g) / self._own(g, g)

    def _eliminated(self, r):
        r = r.copy()
        for f in self.order:
            for g in self.local:
                r[:, f] -= self._through(f, g) * r[:, g]
        return r

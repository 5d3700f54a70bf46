"""The matrix as the kernel writes it, and a preconditioner that solves for one field after the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from petsc4py import PETSc

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.entries import Entries, Entry, joined
from phasefield.engines.compiled.multigrid import Multigrid
from phasefield.engines.compiled.petsc_block import PetscBlock, wanted
from phasefield.engines.compiled.products import product_text
from phasefield.engines.compiled.room import Room
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
    kind : type
        Of the stored numbers and of what the solver keeps: ``numpy.float32`` or ``float``.
    room : Room, optional
        Memory for the solution and for the solver's vectors, free from the kernel's writing to the use of the solution.

    Attributes
    ----------
    entries : Entries
        Matrix and residual, which the kernel writes.
    vectors : module
        Generated functions of vectors, see `products`.
    right, solution : PETSc.Vec
        The residual and Newton's update, field by field.
    operator : PETSc.Mat
    """

    def __init__(self, grid: Grid, layout: Sequence[Entry], names: Sequence[str], kind: type, room: Room | None = None):
        self.grid, self.fields, self.kind = grid, len(names), kind
        box = grid.box
        self.shape, dim = box.owned_shape, len(box.owned_shape)
        self.entries = Entries(layout, self.shape, self.fields, kind)
        self.joined = self.order = joined(layout)
        self.local = [f for f in range(self.fields) if f not in self.order]
        self.vectors = cache.shared(product_text(layout, self.fields, dim, self.order), grid.comm)
        self._inner = (slice(1, -1),) * dim
        self.blocks: dict[int, Multigrid | PetscBlock] = {}
        for f in self.order:
            like = next((b for b in self.blocks.values() if isinstance(b, Multigrid)), None)
            self.blocks[f] = PetscBlock(grid, names[f]) if wanted(names[f]) else Multigrid(grid, like)
        self.right = PETSc.Vec().createWithArray(self.entries.residual, comm=grid.comm)
        self.room, sizes = room or Room(), self.right.getSizes()
        self.solution = PETSc.Vec().createWithArray(self.room.array(self.entries.residual.size, float), comm=grid.comm)
        self.operator = PETSc.Mat().createPython((sizes, sizes), context=self, comm=grid.comm)
        self.operator.setUp()
        self.options = {"ksp_type": "fgmres"}  # flexible, as the preconditioner works in single precision

    @cached_property
    def _ghosted(self) -> np.ndarray:
        """Room for all fields with ghost cells; the engine's own solver needs it for corrections only."""
        return np.zeros((self.fields, *(n + 2 for n in self.shape)))

    @cached_property
    def _da(self) -> PETSc.DMDA:
        return self.grid.with_direct_neighbours(1)

    @property
    def _matrix(self) -> tuple:
        """First arguments of the generated functions: the entries, and the numbers of cells along x, z and y."""
        return self.entries.values.reshape(-1), self.shape[-1], *(1, 1, *self.shape)[-3:-1]

    @property
    def plain(self) -> bool:
        """Whether all fields have multigrids."""
        return not self.local and all(isinstance(block, Multigrid) for block in self.blocks.values())

    @property
    def residual(self) -> np.ndarray:
        """The residual, flat; a view."""
        return self.entries.residual.reshape(-1)

    @property
    def update(self) -> np.ndarray:
        """Newton's update, (fields, cells owned); a view."""
        return self.solution.array.reshape(self.fields, -1)

    def attach(self, ksp: PETSc.KSP) -> None:
        """Set this object as the preconditioner."""
        ksp.getPC().setType("python")
        ksp.getPC().setPythonContext(self)

    def changed(self) -> None:
        """New values are used in place; PETSc must not use norms of earlier ones."""
        self.right.stateIncrease()

    def _with_ghosts(self, x) -> list[np.ndarray]:
        """Values of all fields in the cells owned and one layer around, a flat array for each field. Collective."""
        for held, values in zip(self._ghosted, x.reshape(self.fields, *self.shape), strict=True):
            held[self._inner] = values
            if self.grid.comm.size > 1 or self.grid.box.periodic:
                vector = PETSc.Vec().createWithArray(held, comm=PETSc.COMM_SELF)
                self._da.localToLocal(vector, vector)
                vector.destroy()
        return [held.reshape(-1) for held in self._ghosted]

    # -- callbacks of PETSc ----------------------------------------------------------------------------

    def mult(self, operator, x, y) -> None:
        """y = J x."""
        self.vectors.product(*self._matrix, y.array, *self._with_ghosts(x.getArray(True)))

    def apply(self, preconditioner, x, y) -> None:
        """y ≈ J⁻¹ x."""
        r, out = x.getArray(True), y.array.reshape(self.fields, *self.shape)
        self.precondition(self._eliminated(r) if self.local else r)
        for f in self.order:
            out[f] = self.blocks[f].u[self._inner]
        rows = out.reshape(self.fields, -1)
        for f in self.local:
            total = r.reshape(rows.shape)[f].copy()
            for g in self.order:
                total -= np.ravel(self.entries.diagonal(f, g)) * rows[g]
            rows[f] = total / np.ravel(self.entries.diagonal(f, f))

    # -- operations of a solver, on flat arrays of all fields ------------------------------------------

    def precondition(self, r: np.ndarray) -> None:
        """Solve approximately for r, one field after the other; the blocks have the result. Collective."""
        for k, f in enumerate(self.order):
            block = self.blocks[f]
            found = [self.blocks[g].u.reshape(-1) for g in sorted(self.order[:k])]
            rest = getattr(self.vectors, f"rest_{f}")
            rest(*self._matrix, r, block.b.reshape(-1), *found)
            block.solve()

    def multiply(self, out: np.ndarray) -> None:
        """J times what the blocks have, if all fields have blocks."""
        self.vectors.product(*self._matrix, out, *self._found())

    def collect(self, out: np.ndarray) -> None:
        """Copy what the blocks have."""
        self.vectors.collect(*self._matrix, out, *self._found())

    def times(self, x: np.ndarray) -> np.ndarray:
        """J x, in double precision. Collective."""
        out = np.empty(x.size)
        self.vectors.product(*self._matrix, out, *self._with_ghosts(x))
        return out

    def _found(self) -> list[np.ndarray]:
        return [self.blocks[f].u.reshape(-1) for f in range(self.fields)]

    # -- set-up ----------------------------------------------------------------------------------------

    def renew(self) -> None:
        """Rebuild the blocks' solvers from the present matrix. Collective."""
        entries = self.entries
        for f, block in self.blocks.items():
            own = entries.at(Entry(f, f))
            assert own is not None, "a field that joins cells does so to its own"
            kept = own.copy() if self.local else None
            for g in self.local:
                own -= self._through(f, g) * entries.diagonal(g, f)
            mine = [entries.layout.index(Entry(f, f)), *entries.around(f, f)]
            total, *around = (float(entries.values[:, p].sum(dtype=float)) for p in mine)
            positive = self.grid.comm.allreduce(total - sum(around))  # the sum of the diagonal
            block.setup(entries.values, mine, 1.0 if positive >= 0 else -1.0)
            if kept is not None:
                own[...] = kept

    def _through(self, f: int, g: int):
        """Factor by which a residual of the local field g enters the equation of f."""
        return self.entries.diagonal(f, g) / self.entries.diagonal(g, g)

    def _eliminated(self, r):
        rows = r.reshape(self.fields, -1).copy()
        for f in self.order:
            for g in self.local:
                rows[f] -= np.ravel(self._through(f, g)) * rows[g]
        return rows.reshape(-1)

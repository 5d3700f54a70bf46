"""One level of the multigrid of one field."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from phasefield.engines.compiled.multigrid.layout import Layout

#: Cells of a layer, as few as its rows allow: five layers should fit into a processor's cache.
LAYER = 4000


class Level:
    """Matrix and solution on a rank's part of a grid, and the operations on them.

    Parameters
    ----------
    layout : Layout
    u : ndarray of float32, optional
        Array for the solution, shared with other levels.

    Attributes
    ----------
    a, w : ndarray
        Matrix and prolongation weights, see `stencils`.
    b, u : ndarray of float32
        Right-hand side (the layout's) and solution, with ghosts, as `stencils` has them.
    """

    def __init__(self, layout: Layout, u=None):
        self.layout, self.b = layout, layout.b
        self.a = np.zeros(layout.matrix_shape, np.float32)
        self.u = np.zeros(layout.split_shape, np.float32) if u is None else u
        half = self.a.shape[3] if layout.coarsened else 0
        self.w = np.zeros((len(layout.rows), len(layout.shape), half), np.uint8)
        self._flat = [v.reshape(-1) for v in (self.a, self.b, self.u)]
        self._count = layout.parts.shape[0]

    def exchange(self, colour: int) -> None:
        """Update the ghost cells of one colour of u. Collective."""
        self.layout.halo.exchange(self._flat[2], colour)

    def fill(self, values, positions, sign) -> None:
        """Copy the matrix, and the excess of its diagonal into b."""
        self.layout.kernels.copy_block(values, positions, sign, self.a, self.b, self.layout.rows)

    @property
    def entries(self) -> np.ndarray:
        """Conductances and reciprocal diagonal of each cell owned: float32 (cells, 2 × axes + 1); a copy."""
        out = np.empty((prod(self.layout.parts.shape), self.a.shape[2]), np.float32)
        self.layout.kernels.matrix_cells(self.a, self.layout.rows, out, False)
        return out

    @entries.setter
    def entries(self, values) -> None:
        self.layout.kernels.matrix_cells(self.a, self.layout.rows, values, True)

    def make(self, coarse: Level) -> None:
        """Build the next level's matrix and the prolongation weights. Collective."""
        layout, library = self.layout, self.layout.kernels
        layout.halo.exchange_matrix(self.a)
        coarse.a[...] = 0
        library.coarsen_along(self.a, layout.rows, layout.ends, layout.coarse, self.w, coarse.a)
        library.coarsen_across(self.a, layout.rows, layout.steps, layout.pairs, layout.coarse, self.w, coarse.a)
        for axis in coarse.layout.parts.closed:
            coarse.a[:, :, 2 * axis : 2 * axis + 2] = 0  # a cell beside itself
        library.coarsen_diagonal(self.b, layout.rows, layout.coarse, coarse.a, coarse.b, coarse.layout.rows)

    def sweep(self, colour: int) -> None:
        """Gauss–Seidel on the cells of one colour. Collective."""
        layout = self.layout
        layout.kernels.sweep(*self._flat, layout.rows, layout.steps, colour, self._count)
        self.exchange(colour)

    def first_sweep(self) -> None:
        """The same for colour 0, from u = 0. Collective."""
        if self.layout.parts.odd:
            self.u[...] = 0  # the next sweep reads cells of its own colour, too
        self.layout.kernels.first_sweep(*self._flat, self.layout.rows, self._count)
        self.exchange(0)

    def restrict(self, coarse: Level) -> None:
        """Restrict the residual, after a sweep of colour 1, to the next level's right-hand side.

        Colour 1 has none, except beside neighbours of its own colour.
        """
        layout, room = self.layout, np.empty(self._count, np.float32)
        coarse.b[...] = 0
        for rows in (layout.rows, layout.others) if layout.parts.odd else (layout.rows,):
            layout.kernels.restrict(*self._flat, rows, layout.steps, self._count, layout.factor, room, coarse.b)

    def prolong(self, coarse: Level) -> None:
        """Add the next level's solution, before a sweep of colour 1. Collective."""
        layout, room = self.layout, np.empty(self._count, np.float32)
        here = self._flat[2], layout.rows, self._count, layout.factor
        layout.kernels.prolong(*here, self.w, room, coarse.u)
        self.exchange(0)


def table(levels: Sequence[Level]) -> np.ndarray:
    """The table that `stencils._level` reads, of levels that a rank holds completely: addresses, shapes and tables.

    The addresses are valid as long as the levels are.
    """
    rows = []
    for level in levels:
        layout = level.layout
        arrays = level.a, level.b, level.u, level.w, layout.rows, layout.steps
        addresses = [array.ctypes.data for array in arrays]
        shapes = [len(level.a), level.a.shape[3], layout.shape[-1], len(layout.rows), level.w.shape[2]]
        across = layout.parts.shape[1] if len(layout.shape) == 3 else 1  # neighbours of a row in z are that far away
        layer = max(across, LAYER // layout.parts.shape[0])
        pairing = [array.ctypes.data for array in (layout.pairs, layout.ends, layout.coarse)]
        rows.append([*addresses, *shapes, layout.factor, layer, *pairing])
    return np.array(rows, np.int64)

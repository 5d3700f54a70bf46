"""The V-cycle over all levels."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from mpi4py import MPI

from phasefield.engines.compiled.multigrid.coarsening import Coarsening
from phasefield.engines.compiled.multigrid.gathering import Gathering
from phasefield.engines.compiled.multigrid.layout import Layout
from phasefield.engines.compiled.multigrid.level import Level, table
from phasefield.engines.compiled.multigrid.parts import Parts

#: The coarsest level has at most so many cells, and is solved directly.
COARSEST = 27

#: At this many cells or fewer, messages cost more than sharing the work saves.
GATHER = 6000

#: Relative singular values of the scaled coarsest matrix below this count as zero, given the precision of float32.
NEGLIGIBLE = 1e-7


class Multigrid:
    """Geometric multigrid in float32 for the block of one field, as a preconditioner.

    Parameters
    ----------
    grid : Grid
        Its boxes, of any size and number, in one, two or three dimensions.
    like : Multigrid, optional
        A multigrid on the same grid, for another block, that is not used at the same time; both share tables, messages
        and what a level works with.
    gather : int
        Every rank solves levels with this many cells or fewer.

    Attributes
    ----------
    b, u : ndarray of float32
        Right-hand side, which the caller writes, and solution, which `solve` puts in its place: the cells owned,
        (z, y, x) in 3-D, with one ghost cell at each end of each axis. The ghost cells of u are valid where there are
        neighbours (except across corners), else zero; those of b are not used.

    Notes
    -----
    Cells are paired within each box, along the axes along which they are close; coarse conductances are resistances in
    series (`stencils.coarsen_along`, `coarsen_across`), restriction sums, prolongation is linear in resistance. A cycle
    smooths by red–black Gauss–Seidel, twice before the coarse correction and once after, in the opposite order. It is
    no symmetric operator (restriction is not the transpose of prolongation): use it in FGMRES or BiCGStab. Only one
    colour is corrected, as the other is swept next.

    Ranks share the work on levels with more than `gather` cells; smaller levels are solved by each rank as a whole, in
    one compiled function. The coarsest level is solved by a pseudo-inverse, so a singular block (no diagonal excess)
    does not diverge.

    Along periodic axes a part has neighbours beyond the ends of the grid, on one rank itself. If their cells are odd in
    number, neighbours there have the same colour, and the sweep takes the old values from there.
    """

    gathering: Gathering | None
    levels: list[Level]
    b: np.ndarray
    _neighbours: list[tuple[int, np.ndarray, np.ndarray]]

    def __init__(self, grid, like: Multigrid | None = None, gather: int = GATHER):
        self.layouts: list[Layout] = _layouts(grid, gather) if like is None else like.layouts
        self.levels = [
            Level(layout, None if like is None else like.levels[k].u) for k, layout in enumerate(self.layouts)
        ]
        gathered = [k for k, layout in enumerate(self.layouts[:-1]) if not layout.coarsened]
        self.join = gathered[0] if gathered else -1
        if like is not None:
            self.gathering = like.gathering
        else:
            self.gathering = Gathering(self.layouts[self.join]) if gathered else None
        self.b = self.u = np.zeros(self.layouts[0].shape, np.float32)
        # From here on this rank holds complete levels. Their cycle is one function without messages, so on a grid with
        # periodic axes it solves the coarsest level only.
        self.whole = len(self.levels) - 1 if grid.box.periodic else self.join + 1
        self._neighbours = like._neighbours if like else _neighbours(self.layouts[-1])
        self._kernels, self._table = self.layouts[0].kernels, table(self.levels[self.whole :])
        self.sign = 1.0

    def setup(self, values, positions, sign: float = 1.0) -> None:
        """Copy the block's matrix and build the coarse ones. Collective.

        Parameters
        ----------
        values : ndarray, shape (lines, entries, cells along x)
            Matrix entries of all cells owned, as :class:`phasefield.engines.compiled.entries.Entries` has them.
        positions : sequence of int
            Positions of this block's entries: what is left of the diagonal, then the lower and the upper neighbour axis
            by axis, x first: (own, x−, x+, y−, y+, z−, z+). Entries are zero where the grid has no neighbour.
        sign : float
            1 or −1, the factor that makes the diagonal positive.
        """
        self.sign = float(sign)
        self.levels[0].fill(values, np.asarray(positions, np.int64), self.sign)
        for k, (fine, coarse) in enumerate(pairwise(self.levels[: self.whole + 1])):
            if self.gathering and k == self.join:
                self.gathering.matrix(fine, coarse)
            else:
                fine.make(coarse)
        self._kernels.coarsen(self._table)
        self.inverse = _inverse(self.levels[-1], self._neighbours).astype(np.float32)

    def solve(self, cycles: int = 1) -> None:
        """Approximate the solution of block · u = b by V-cycles, the first from u = 0. Collective."""
        if self.sign < 0:
            np.negative(self.b, out=self.b)
        level = self.levels[0]
        level.layout.split(self.b, level.b)
        for cycle in range(cycles):
            self._cycle(0, from_zero=cycle == 0)
        level.layout.join(level.u, self.u)

    def nbytes(self, shared: bool = True) -> int:
        """Memory of all arrays; with ``shared=False`` without arrays that multigrids of other blocks can share [B]."""
        own = sum(level.a.nbytes + level.w.nbytes for level in self.levels) + self.u.nbytes
        if not shared:
            return own
        common = sum(layout.nbytes() for layout in self.layouts) + sum(level.u.nbytes for level in self.levels)
        return own + common

    def _cycle(self, k: int, from_zero: bool) -> None:
        if k == self.whole:
            self._kernels.cycle(self._table, self.inverse, from_zero)
            for colour in (0, 1):
                self.levels[k].exchange(colour)
            return
        level, coarse = self.levels[k], self.levels[k + 1]
        if self.gathering and k == self.join:
            self.gathering.right_hand_side(level, coarse)
            self._cycle(k + 1, from_zero)
            self.gathering.solution(level, coarse)
            return
        if from_zero:
            level.first_sweep()
        else:
            level.sweep(0)
        level.sweep(1)
        level.sweep(0)
        level.sweep(1)
        level.restrict(coarse)
        self._cycle(k + 1, True)
        level.prolong(coarse)
        level.sweep(1)
        level.sweep(0)


def _layouts(grid, gather: int) -> list[Layout]:
    """Layouts from the finest to the coarsest; an inner one that is not coarsened is gathered into the next."""
    alone = MPI.COMM_SELF if grid.box.periodic else None
    shared = grid.comm.size > 1
    parts = Parts(tuple(tuple(map(int, p)) for p in grid.parts), grid.comm.rank, grid.box.periodic)
    coarsening = Coarsening(grid.box.shape, grid.box.spacing)
    out: list[Layout] = []
    while True:
        smallest = max(map(max, parts.counts)) == 1
        last = not shared and parts.cells <= COARSEST
        gathered = shared and (smallest or parts.cells <= max(gather, COARSEST))
        pairing = coarsening.none(parts) if last or gathered else coarsening.next(parts)
        out.append(Layout(parts, pairing, grid.comm if shared else alone))
        if last:
            return out
        if gathered:
            parts, shared = Parts(tuple((n,) for n in parts.whole), 0, parts.periodic), False
        else:
            parts = parts.coarse(pairing)


def _neighbours(layout: Layout) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Of all cells of a grid: number of a conductance, the cells that have it, and those that it leads to."""
    parts = layout.parts
    numbers = np.arange(parts.cells).reshape(parts.shape[::-1])
    for axis in range(numbers.ndim):
        along = [(0, 0)] * numbers.ndim
        along[-1 - axis] = (1, 1)
        periodic = "xyz"[axis] in parts.periodic
        numbers = np.pad(numbers, along, "wrap") if periodic else np.pad(numbers, along, constant_values=-1)
    found = []
    for k in range(2 * numbers.ndim):
        there = layout.inner(np.roll(numbers, 1 - 2 * (k % 2), axis=-1 - k // 2)).ravel()
        here = np.flatnonzero(there >= 0)
        found.append((k, here, there[here]))
    return found


def _inverse(level: Level, neighbours) -> np.ndarray:
    """Pseudo-inverse of a level's matrix; b contains the excess of the diagonal over the conductances.

    Scaled to a unit diagonal first, so that a region of low conductivity does not look like a singular matrix.
    """
    g = level.entries.astype(float)
    conductances = g[:, :-1]
    diagonal = conductances.sum(axis=1) + level.layout.inner(level.layout.join(level.b)).ravel()
    matrix = np.diag(np.maximum(diagonal, 0.5 * abs(conductances).sum(axis=1)))  # as in `stencils.coarsen_diagonal`
    for k, here, there in neighbours:
        matrix[here, there] -= g[here, k]
    with np.errstate(invalid="ignore", over="ignore"):
        scale = np.sqrt(g[:, -1])
        scaled = scale[:, None] * matrix * scale
    try:
        inverse = np.linalg.inv(scaled)
        if np.linalg.norm(inverse) * np.linalg.norm(scaled) < 1 / NEGLIGIBLE:  # then no singular value is negligible
            return scale[:, None] * inverse * scale
    except np.linalg.LinAlgError:
        pass
    try:
        return scale[:, None] * np.linalg.pinv(scaled, rcond=NEGLIGIBLE) * scale
    except np.linalg.LinAlgError:  # the state has diverged, as will the solution, which the solver detects
        return np.full_like(matrix, np.nan)

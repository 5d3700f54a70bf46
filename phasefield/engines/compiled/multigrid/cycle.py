"""The V-cycle over all levels."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from phasefield.engines.compiled.multigrid.level import Level
from phasefield.engines.compiled.multigrid.parts import Parts

#: The coarsest level has at most so many cells, and is solved directly.
COARSEST = 27

#: At this many cells and fewer, what messages would cost is more than what sharing the work would gain.
GATHER = 6000

#: Parts of the solution that the coarsest matrix holds less than this are not solved for: float32 tells them not from zero.
NEGLIGIBLE = 1e-7


class Multigrid:
    """Geometric multigrid in float32 for the block of one field, as a preconditioner.

    Parameters
    ----------
    grid : Grid
        Its boxes, of any size and number, in one, two or three dimensions.
    like : Multigrid, optional
        One on the same grid, for another block, that is not used at the same time: tables, messages, right-hand side and
        the coarse solutions are shared with it.
    gather : int
        A level of so many cells or fewer is solved by every rank.

    Attributes
    ----------
    b, u : ndarray of float32
        Right-hand side, to be written by the caller, and solution: the cells owned, (z, y, x) in 3-D, with one ghost
        cell at each end of each axis. Those of u are valid after `solve` where there are neighbours (not round
        corners), and zero where there are none; those of b do not matter.

    Notes
    -----
    Cells are paired within each box, along the axes along which they are close; coarse conductances are resistances in
    series (`stencils.coarsen`), restriction sums, prolongation is linear in resistance. A cycle smooths by red–black
    Gauss–Seidel, twice before the coarse correction and once after, in the opposite order. It is no symmetric operator
    (restriction is not the transpose of prolongation): use it in FGMRES or BiCGStab. The correction only of one colour is
    computed, as the other is swept next.

    Ranks share the work on a level until it has `gather` cells; from there on each has them all, and does the same. The
    coarsest level is solved by a pseudo-inverse, so a singular block (nothing left on any diagonal) gives one of its solutions.
    """

    def __init__(self, grid, like: Multigrid | None = None, gather: int = GATHER):
        self.levels = _levels(grid, like, gather)
        self.b, self.u = self.levels[0].b, self.levels[0].u
        join = [k for k, level in enumerate(self.levels[:-1]) if level.factors is None]
        self.join = join[0] if join else None
        if self.join is not None:
            part, whole = self.levels[self.join : self.join + 2]
            self.gathering = like.gathering if like else _Gathering(part, whole)
        self.inverse = np.zeros((0, 0), np.float32)

    def setup(self, values, positions, sign: float = 1.0) -> None:
        """Take the block's matrix and make the coarse ones. Collective. Overwrites b.

        Parameters
        ----------
        values : ndarray of float64, shape (cells owned, entries)
            Matrix entries of all cells, x fastest.
        positions : sequence of int
            Which entries are this block's: the diagonal, then those for the lower and the upper neighbour axis by axis,
            x first: (own, x−, x+, y−, y+, z−, z+). Zeros where the grid has no neighbour.
        sign : float
            1 or −1: what makes the diagonal positive.
        """
        self.sign = np.float32(sign)
        self.levels[0].fill(values, np.asarray(positions, np.int64), float(sign))
        for k, (fine, coarse) in enumerate(zip(self.levels, self.levels[1:], strict=False)):
            if k == self.join:
                self.gathering.matrix(fine, coarse)
            else:
                fine.make(coarse)
        self.inverse = _inverse(self.levels[-1]).astype(np.float32)

    def solve(self, cycles: int = 1) -> None:
        """Approximate the solution of block · u = b by V-cycles, the first from u = 0. Collective.

        Multiplies b by the `sign` of `setup`.
        """
        if self.sign < 0:
            np.negative(self.b, out=self.b)
        for cycle in range(cycles):
            self._cycle(0, from_zero=cycle == 0)

    def nbytes(self) -> int:
        """Memory of all arrays, those shared with others too [B]."""
        return sum(level.nbytes() for level in self.levels) + self.inverse.nbytes

    def _cycle(self, k: int, from_zero: bool) -> None:
        level = self.levels[k]
        if k == len(self.levels) - 1:
            level.inner(level.u)[...] = (self.inverse @ level.inner(level.b).ravel()).reshape(level.inner(level.u).shape)
            return
        coarse = self.levels[k + 1]
        if k == self.join:
            self.gathering.right_hand_side(level, coarse)
            self._cycle(k + 1, from_zero)
            level.u[...] = coarse.u[self.gathering.window]
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


class _Gathering:
    """From the parts of a level to all of it on every rank."""

    def __init__(self, part: Level, whole: Level):
        self.comm = part.comm
        parts = [part.parts.of(rank) for rank in range(self.comm.size)]
        numbers = np.arange(part.parts.cells).reshape(part.parts.whole[::-1])
        pieces = [numbers[_window(p, 0)].ravel() for p in parts]
        self.order, self.sizes = np.concatenate(pieces), np.array([len(p) for p in pieces])
        self.window = _window(part.parts, 2)

    def _all(self, values) -> np.ndarray:
        """Of arrays (cells, …) of the parts, that of the whole grid."""
        tail = values.shape[1:]
        everything = np.empty((len(self.order), *tail), np.float32)
        count = int(np.prod(tail, dtype=int))
        self.comm.Allgatherv(np.ascontiguousarray(values, np.float32), [everything, self.sizes * count])
        out = np.empty_like(everything)
        out[self.order] = everything
        return out

    def right_hand_side(self, part: Level, whole: Level) -> None:
        """Gather b. Collective."""
        inner = whole.inner(whole.b)
        inner[...] = self._all(part.inner(part.b).ravel()).reshape(inner.shape)

    def matrix(self, part: Level, whole: Level) -> None:
        """Gather a and b. Collective."""
        whole.a.reshape(-1)[whole.entries()] = self._all(part.a.reshape(-1)[part.entries()])
        self.right_hand_side(part, whole)


def _window(parts: Parts, ghosts: int) -> tuple[slice, ...]:
    """Where a part is in an array of the whole grid, both without ghosts or both with them (2 more)."""
    return tuple(slice(a, a + n + ghosts) for a, n in zip(parts.start[::-1], parts.shape[::-1], strict=True))


def _levels(grid, like: Multigrid | None, gather: int) -> list[Level]:
    """From the finest to the coarsest. Where the ranks' parts are gathered, a level without factors precedes the whole."""
    comm = grid.comm if grid.comm.size > 1 else None
    parts = Parts(tuple(tuple(map(int, p)) for p in grid.parts), grid.comm.rank)
    spacing, out = np.array(grid.box.spacing, float), []
    while True:
        smallest = max(map(max, parts.counts)) == 1
        gathered = comm is not None and (smallest or parts.cells <= max(gather, COARSEST))
        last = comm is None and parts.cells <= COARSEST
        factors = None if gathered or last else parts.factors(spacing)
        shared = like.levels[len(out)] if like else None
        out.append(Level(parts, factors, comm, shared, own_u=not out))
        if last:
            return out
        if gathered:
            parts, comm = Parts(tuple((n,) for n in parts.whole)), None
        else:
            parts, spacing = parts.coarse(factors), spacing * factors


def _inverse(level: Level) -> np.ndarray:
    """Pseudo-inverse of a level's matrix; what is left of the diagonal is in b.

    Scaled to a unit diagonal first, so that regions of low conductivity do not look like solutions of the singular problem.
    """
    shape = level.parts.shape[::-1]
    numbers = np.pad(np.arange(level.parts.cells).reshape(shape), 1, constant_values=-1)
    g = level.a.reshape(-1)[level.entries()].astype(float)
    matrix = np.diag(g[:, :-1].sum(axis=1) + np.maximum(level.inner(level.b).ravel(), 0))
    for k in range(g.shape[1] - 1):
        there = level.inner(np.roll(numbers, 1 - 2 * (k % 2), axis=-1 - k // 2)).ravel()
        here = np.flatnonzero(there >= 0)
        matrix[here, there[here]] -= g[here, k]
    diagonal = np.sqrt(g[:, -1])
    return diagonal[:, None] * np.linalg.pinv(diagonal[:, None] * matrix * diagonal, rcond=NEGLIGIBLE) * diagonal

"""One level of the multigrid: its arrays, and the tables by which the kernels find their way."""

from __future__ import annotations

from math import prod

import numpy as np

from phasefield.engines.compiled.multigrid.halo import Halo
from phasefield.engines.compiled.multigrid.library import kernels
from phasefield.engines.compiled.multigrid.parts import Parts


class Level:
    """Matrix, right-hand side and solution on a rank's part of a grid.

    Parameters
    ----------
    parts : Parts
    factors : tuple of int or None
        Cells per cell of the next level, x first; None if that is not made from this one.
    comm : MPI.Comm or None
        Of the ranks that have the parts; None where every rank has all cells.
    like : Level, optional
        One on the same parts, of another matrix, to share tables, messages and the right-hand side with.
    own_u : bool
        Whether the solution is not shared either.

    Attributes
    ----------
    a, b, u : ndarray of float32
        See `stencils`; b and u without the axes that the grid does not have, one ghost cell at each end of each.
    """

    def __init__(self, parts: Parts, factors, comm, like: Level | None = None, own_u: bool = False):
        self.parts, self.factors, self.comm = parts, factors, comm
        shape = tuple(n + 2 for n in parts.shape[::-1])
        rows, x = prod(shape[:-1]), shape[-1]
        self.a = np.zeros((rows, 2, 2 * len(shape) + 1, (x + 1) // 2), np.float32)
        self.u = like.u if like and not own_u else np.zeros(shape, np.float32)
        self.b = like.b if like else np.zeros(shape, np.float32)
        self.flat_b, self.flat_u = self.b.reshape(rows, x), self.u.reshape(rows, x)
        if like:
            self.rows, self.steps, self.pairs, self.halo = like.rows, like.steps, like.pairs, like.halo
        else:
            self.rows, self.steps, self.pairs = _rows(parts, factors), _steps(shape), _pairs(parts, factors)
            self.halo = Halo(parts, comm)
        made = factors is not None
        self.w = np.zeros((len(self.rows), len(shape), self.a.shape[3]), np.uint8) if made else None

    def nbytes(self) -> int:
        """Memory of its arrays and tables, shared ones included [B]."""
        arrays = [self.a, self.b, self.u, self.w, self.rows, *self.pairs]
        return sum(a.nbytes for a in arrays if a is not None) + self.halo.nbytes()

    def exchange(self, colour: int) -> None:
        """Renew the ghost cells of one colour of u. Collective."""
        self.halo.exchange(self.flat_u, colour)

    def entries(self) -> np.ndarray:
        """Where the matrix entries of each cell are in a, flat: int (cells, 2 × axes + 1)."""
        inner = np.arange(1, self.flat_u.shape[1] - 1)
        r, k = self.rows[:, 0, None, None], np.arange(self.a.shape[2])
        x = inner[None, :, None]
        return np.ravel_multi_index((r, x & 1, k, x >> 1), self.a.shape).reshape(-1, len(k))

    def inner(self, array) -> np.ndarray:
        """The part without ghosts of b or of u."""
        return array[(slice(1, -1),) * array.ndim]

    def fill(self, values, positions, sign) -> None:
        """Take the matrix, and into b what is left of its diagonal."""
        kernels().copy_block(values, positions, sign, self.a, self.flat_b, self.rows)

    def make(self, coarse: Level) -> None:
        """The next level's matrix and the weights of the way back. Collective."""
        self.halo.exchange_matrix(self.a)
        tables = (self.rows, self.steps, *self.pairs[:2])
        kernels().coarsen(self.a, self.flat_b, *tables, self.pairs[2], coarse.a, coarse.flat_b, coarse.rows)
        kernels().weights(self.a, *tables, self.w)

    def sweep(self, colour: int) -> None:
        """Gauss–Seidel on the cells of one colour. Collective."""
        kernels().sweep(self.a, self.flat_b, self.flat_u, self.rows, self.steps, colour)
        self.exchange(colour)

    def first_sweep(self) -> None:
        """The same for colour 0, from u = 0. Collective."""
        kernels().first_sweep(self.a, self.flat_b, self.flat_u, self.rows)
        self.exchange(0)

    def restrict(self, coarse: Level) -> None:
        """The residual, after a sweep of colour 1, as the next level's right-hand side."""
        here = self.a, self.flat_b, self.flat_u, self.rows, self.steps
        kernels().restrict(*here, self.factors[0], coarse.flat_b)

    def prolong(self, coarse: Level) -> None:
        """Add the next level's solution, before a sweep of colour 1. Collective."""
        kernels().prolong(self.flat_u, self.rows, self.factors[0], self.w, coarse.flat_u)
        self.exchange(0)


def _steps(shape) -> np.ndarray:
    """Rows from a cell to its neighbour along y and z, in an array with ghosts (z, y, x)."""
    return np.array([1, shape[-2]][: len(shape) - 1] if len(shape) > 1 else [], np.int64)


def _numbers(shape) -> np.ndarray:
    """Number of each row of cells in an array with ghosts; shape of the cells without x, (z, y)."""
    return np.arange(prod(n + 2 for n in shape)).reshape([n + 2 for n in shape])[(slice(1, -1),) * len(shape)]


def _rows(parts: Parts, factors) -> np.ndarray:
    """See `stencils`; without a coarse level its columns are zero."""
    across = parts.shape[:0:-1]  # (z, y)
    axes = len(across)
    out = np.zeros((prod(across), 3 + axes), np.int32)
    out[:, 0] = _numbers(across).ravel()
    places = np.indices(across).reshape(axes, len(out))[::-1]  # y, z
    out[:, 1] = (sum(places, np.zeros(len(out), int)) + sum(parts.start) + 1) % 2
    if factors is None:
        return out
    coarse = parts.coarse(factors)
    numbers = np.arange(prod(n + 2 for n in coarse.shape[1:])).reshape([n + 2 for n in coarse.shape[:0:-1]])
    where = tuple(place // f + 1 for place, f in zip(places, factors[1:], strict=True))[::-1]
    out[:, 2] = numbers[where]
    for m in range(axes):
        step = numbers.strides[axes - 1 - m] // numbers.itemsize
        out[:, 3 + m] = step * parts.pairs(m + 1, factors[m + 1])[1:-1][places[m]]
    return out


def _pairs(parts: Parts, factors) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``parts`` and ``ends`` of `stencils`, and the coarse x of each cell."""
    factors = factors or (1,) * len(parts.shape)
    across = parts.shape[:0:-1]
    places = np.indices(across).reshape(len(across), prod(across))[::-1]
    rows = np.zeros((prod(across), len(across), 3), np.int8)
    for m, place in enumerate(places):
        kinds = parts.pairs(m + 1, factors[m + 1])
        for side in range(3):
            rows[:, m, side] = kinds[place + side]
    coarse = (np.arange(parts.shape[0] + 2) - 1) // factors[0] + 1
    return rows, parts.pairs(0, factors[0]), coarse.astype(np.int32)

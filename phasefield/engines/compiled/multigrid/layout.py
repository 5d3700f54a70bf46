"""Data that the levels of all fields share: index tables for the kernels, and a work array."""

from __future__ import annotations

from math import prod

import numpy as np

from phasefield.engines.compiled.multigrid.halo import Halo
from phasefield.engines.compiled.multigrid.library import kernels
from phasefield.engines.compiled.multigrid.parts import Pairing, Parts


class Layout:
    """A rank's part of a grid, and its coarsening.

    Parameters
    ----------
    parts : Parts
    pairing : Pairing
        Which of its cells are paired in the next level; none if this level is not coarsened.
    comm : MPI.Comm or None
        Communicator of the ranks with the parts; if every rank has all cells, that of the rank alone with periodic
        axes, else None.

    Attributes
    ----------
    coarsened : bool
        Whether any cells are paired.
    factor : int
        Cells along x per cell of the next level, 1 or 2.
    shape : tuple of int
        Cells of the part with a ghost cell at each end of each axis, (z, y, x).
    rows, steps, pairs, ends, coarse : ndarray of int
        See `stencils`.
    others : ndarray of int
        `rows`, with the colours exchanged.
    b : ndarray of float32, shape `split_shape`
        The right-hand side, for one field at a time, as `stencils` has its arrays.
    """

    def __init__(self, parts: Parts, pairing: Pairing, comm):
        self.parts, self.comm = parts, comm
        along = [any(part.any() for part in axis) for axis in pairing]
        self.coarsened, self.factor = any(along), 1 + along[0]
        self.shape = tuple(n + 2 for n in parts.shape[::-1])
        self.kernels = kernels(len(self.shape))
        self.rows, self.pairs = _rows(parts, pairing), _pairs(parts, pairing)
        self.others = self.rows ^ np.eye(1, self.rows.shape[1], 1, dtype=self.rows.dtype) if parts.odd else self.rows
        self.steps = np.array([prod(self.shape[-m:-1]) for m in range(1, len(self.shape))], np.int64)
        self.ends = parts.pairs(0, pairing)
        self.coarse = ((np.arange(self.shape[-1]) - 1) // self.factor + 1).astype(np.int32)
        self.halo = Halo(parts, comm)
        self.b = np.zeros(self.split_shape, np.float32)

    @property
    def split_shape(self) -> tuple[int, int, int]:
        """Shape of b and of a level's u."""
        return prod(self.shape[:-1]), 2, (self.shape[-1] + 1) // 2

    @property
    def matrix_shape(self) -> tuple[int, int, int, int]:
        """Shape of a level's matrix a."""
        rows, halves, half = self.split_shape
        return rows, halves, 2 * len(self.shape) + 1, half

    def inner(self, array) -> np.ndarray:
        """An array of shape `shape` without ghost cells."""
        return array[(slice(1, -1),) * array.ndim]

    def split(self, plain, out) -> None:
        """An array of shape `shape` as one of shape `split_shape`."""
        self.kernels.split(plain.reshape(-1, self.shape[-1]), out)

    def join(self, parts, out=None) -> np.ndarray:
        """The opposite of `split`."""
        out = np.empty(self.shape, np.float32) if out is None else out
        self.kernels.join(parts, out.reshape(-1, self.shape[-1]))
        return out

    def nbytes(self) -> int:
        """Memory of arrays, tables and messages [B]."""
        tables = self.b, self.rows, self.others, self.steps, self.pairs, self.ends, self.coarse
        return sum(a.nbytes for a in tables) + self.halo.nbytes()


def _places(parts: Parts) -> np.ndarray:
    """Indices along y and z of each row of the part's cells; shape (axes − 1, rows)."""
    across = parts.shape[:0:-1]
    return np.indices(across).reshape(len(across), prod(across))[::-1]


def _numbers(parts: Parts) -> np.ndarray:
    """Number of each row in an array with ghosts; shape (z, y), with ghosts."""
    across = [n + 2 for n in parts.shape[:0:-1]]
    return np.arange(prod(across)).reshape(across)


def _rows(parts: Parts, pairing: Pairing) -> np.ndarray:
    places, axes = _places(parts), len(pairing) - 1
    out = np.zeros((places.shape[1], 3 + axes), np.int32)
    out[:, 0] = _numbers(parts)[tuple(places[::-1] + 1)]
    out[:, 1] = (places.sum(axis=0) + sum(parts.start) + 1) % 2
    coarse = _numbers(parts.coarse(pairing))
    out[:, 2] = coarse[tuple(parts.coarse_places(m + 1, pairing)[p] + 1 for m, p in enumerate(places))[::-1]]
    for m in range(axes):
        step = coarse.strides[-1 - m] // coarse.itemsize
        out[:, 3 + m] = step * parts.pairs(m + 1, pairing)[places[m] + 1]
    return out


def _pairs(parts: Parts, pairing: Pairing) -> np.ndarray:
    places = _places(parts)
    out = np.zeros((places.shape[1], len(places), 3), np.int8)
    for m, place in enumerate(places):
        out[:, m] = parts.pairs(m + 1, pairing)[place[:, None] + np.arange(3)]
    return out

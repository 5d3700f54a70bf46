"""Structured grids cut into boxes: which cells a rank owns, of which it holds copies, and how these are renewed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from phasefield.errors import PhasefieldError

#: Layers of cells that a rank holds of each neighbour: curvature looks that far. FiPy's slabs have as many.
GHOSTS = 2

#: The most unknowns that this PETSc can number: 2³¹ − 1, unless it was built with 64-bit indices.
MOST_UNKNOWNS = int(np.iinfo(PETSc.IntType).max)


@dataclass(frozen=True)
class Box:
    """A rank's part of a structured grid. Tuples are by axis, x first; arrays have the axes (last, …, x).

    Attributes
    ----------
    shape : tuple of int
        Cells of the whole grid.
    spacing : tuple of float, or of tuple of float
        Cell size; of each cell of the whole grid along an axis where they differ.
    owned, held : tuple of (int, int)
        First cell and the one after the last that this rank owns; the same with its copies of neighbours' cells.
    """

    shape: tuple[int, ...]
    spacing: tuple[Any, ...]
    owned: tuple[tuple[int, int], ...]
    held: tuple[tuple[int, int], ...]

    @classmethod
    def whole(cls, shape, spacing) -> Box:
        """The only part."""
        everything = tuple((0, int(n)) for n in shape)
        return cls(tuple(shape), widths_by_axis(shape, spacing), everything, everything)

    @property
    def columns(self) -> int:
        """Columns of cells of the whole grid: its cells seen from above."""
        return prod(self.shape[:-1])

    @property
    def held_shape(self) -> tuple[int, ...]:
        """Of an array of the cells held."""
        return tuple(b - a for a, b in self.held[::-1])

    @property
    def owned_shape(self) -> tuple[int, ...]:
        """Of an array of the cells owned."""
        return tuple(b - a for a, b in self.owned[::-1])

    @property
    def inner(self) -> tuple[slice, ...]:
        """Where the cells owned are in an array of the cells held."""
        pairs = zip(self.owned[::-1], self.held[::-1], strict=True)
        return tuple(slice(a - first, b - first) for (a, b), (first, _) in pairs)

    @property
    def place(self) -> tuple[slice, ...]:
        """Where the cells owned are in an array of the whole grid."""
        return tuple(slice(a, b) for a, b in self.owned[::-1])

    def own(self, values):
        """The owned part of an array of the cells held, as a view."""
        return values[self.inner]

    def touches(self, face: str) -> bool:
        """Whether this rank owns cells at the ``"bottom"`` or the ``"top"`` of the grid."""
        start, stop = self.owned[-1]
        return start == 0 if face == "bottom" else stop == self.shape[-1]

    def centres(self) -> list[np.ndarray]:
        """Coordinates of the cells held, x first; each an array of length 1 along all axes but its own."""
        out = []
        for axis, ((a, b), h) in enumerate(zip(self.held, self.spacing, strict=True)):
            along = (np.arange(a, b) + 0.5) * h if isinstance(h, float) else (np.cumsum(h) - 0.5 * np.array(h))[a:b]
            out.append(along.reshape(self._along(axis)))
        return out

    def widths(self, axis: int) -> np.ndarray:
        """Sizes along an axis of the cells held, an array of length 1 along all other axes."""
        a, b = self.held[axis]
        h = self.spacing[axis]
        return np.array([h] * (b - a) if isinstance(h, float) else h[a:b]).reshape(self._along(axis))

    def length(self, axis: int) -> float:
        """Of the whole grid along an axis."""
        h = self.spacing[axis]
        return self.shape[axis] * h if isinstance(h, float) else sum(h)

    def end_width(self, face: str) -> float:
        """Size along the last axis of the cells at the ``"bottom"`` or the ``"top"`` of the grid."""
        h = self.spacing[-1]
        return h if isinstance(h, float) else h[0 if face == "bottom" else -1]

    def _along(self, axis: int) -> list[int]:
        shape = [1] * len(self.shape)
        shape[-1 - axis] = self.held[axis][1] - self.held[axis][0]
        return shape

    def coordinates(self) -> list[np.ndarray]:
        """The same, one number for each cell, flat."""
        return [np.broadcast_to(x, self.held_shape).ravel() for x in self.centres()]


class Grid:
    """A box and its neighbours, by PETSc's DMDA.

    Parameters
    ----------
    shape : sequence of int
        Cells along x, (y, (z)).
    spacing : sequence of float or of sequence of float
        Cell size along each axis, or those of all cells along it.
    comm : MPI.Comm
    fields : int
        Unknowns that each cell will have.
    parts : sequence of sequence of int, optional
        Cells of each part, by axis; by default boxes of the least surface.

    Attributes
    ----------
    box : Box
    da : PETSc.DMDA
        One degree of freedom.
    parts : list of list of int
        Cells of each part, by axis.

    Raises
    ------
    PhasefieldError
        More ranks than boxes that are at least as wide as what neighbours hold of them, or more unknowns than PETSc's
        integers can count.
    """

    def __init__(self, shape, spacing, comm=MPI.COMM_WORLD, fields: int = 1, parts=None):
        shape = tuple(int(n) for n in shape)
        require_countable(shape, fields)
        self.parts = parts = ownership(shape, comm.size) if parts is None else parts
        self.comm = comm
        self.da = PETSc.DMDA().create(
            dim=len(shape), dof=1, sizes=shape, proc_sizes=[len(p) for p in parts],
            ownership_ranges=[[int(n) for n in p] for p in parts],
            stencil_type=PETSc.DMDA.StencilType.BOX, stencil_width=GHOSTS, comm=comm, setup=True,
        )  # fmt: skip
        owned, held = _pairs(self.da.getRanges()), _pairs(self.da.getGhostRanges())
        self.box = Box(shape, widths_by_axis(shape, spacing), owned, held)

    def renew(self, held) -> None:
        """Copy neighbours' cells into an array of the cells held, in place. Collective."""
        if self.comm.size > 1:
            vector = PETSc.Vec().createWithArray(held, comm=PETSc.COMM_SELF)
            self.da.localToLocal(vector, vector)
            vector.destroy()

    def in_order(self, owned) -> tuple[int, np.ndarray]:
        """A contiguous piece of an array of the whole grid, and the number of its first cell. Collective.

        Every rank gets a piece of its own, as large as its box, of what all ranks own.
        """
        if self.comm.size == 1:
            return 0, np.ascontiguousarray(owned).ravel()
        box, ordered = self.da.createGlobalVec(), self.da.createNaturalVec()
        box.setArray(np.ascontiguousarray(owned).ravel())
        self.da.globalToNatural(box, ordered)
        piece = ordered.getOwnershipRange()[0], ordered.getArray().copy()
        box.destroy()
        ordered.destroy()
        return piece

    def whole(self, owned):
        """An array of the whole grid on rank 0, None elsewhere, of what all ranks own: for small ones. Collective."""
        pieces = self.comm.gather(self.in_order(owned)[1])
        return None if pieces is None else np.concatenate(pieces).reshape(self.box.shape[::-1])

    def over_columns(self, values, combine=MPI.SUM, empty: float = 0.0):
        """An array over all columns of the grid, from each rank's over those it owns. Collective.

        Parameters
        ----------
        values : ndarray, shape (…, y, x) of the columns owned
        combine : MPI.Op
            What becomes of the parts that lie above each other.
        empty : float
            Its neutral element.
        """
        whole = np.full(self.box.shape[-2::-1], empty)
        whole[self.box.place[1:]] = values
        self.comm.Allreduce(MPI.IN_PLACE, whole, combine)
        return whole

    def integral(self, values) -> float:
        """Integral over the grid of owned cell values, per cross-section; equal to ∫ dz in 1-D. Collective."""
        box = self.box
        if all(isinstance(h, float) for h in box.spacing):
            return self.comm.allreduce(float(np.sum(values)), MPI.SUM) / box.columns * box.spacing[-1]
        sizes = prod(box.widths(axis) for axis in range(len(box.shape)))  # of cells
        total = self.comm.allreduce(float(np.sum(values * box.own(np.broadcast_to(sizes, box.held_shape)))), MPI.SUM)
        return total / prod(box.length(axis) for axis in range(len(box.shape) - 1))

    def mean_at(self, face: str, values) -> float:
        """Mean over the bottom or the top of the grid. Collective.

        Parameters
        ----------
        values : callable
            ``values() -> ndarray`` over the columns owned; called where this rank touches the face.
        """
        total = float(np.sum(values())) if self.box.touches(face) else 0.0
        return self.comm.allreduce(total, MPI.SUM) / self.box.columns


def widths_by_axis(shape: Sequence[int], spacing) -> tuple:
    """Cell sizes by axis: a number where all are equal, else a tuple of one for each cell.

    Raises
    ------
    PhasefieldError
        Not as many sizes as cells, or one that is not positive.
    """
    out: list = []
    for axis, n, h in zip("xyz", shape, spacing, strict=False):
        sizes = np.array(h, float)
        if sizes.ndim and sizes.shape != (n,):
            raise PhasefieldError(f"{sizes.size} cell sizes for {n} cells along {axis}")
        if not np.all(sizes > 0) or not np.all(np.isfinite(sizes)):
            raise PhasefieldError(f"the cell sizes along {axis} must be positive numbers, not {h}")
        first = float(sizes.flat[0])
        out.append(first if np.all(sizes == first) else tuple(map(float, sizes)))
    return tuple(out)


def require_countable(shape: Sequence[int], fields: int) -> None:
    """PhasefieldError unless PETSc's integers can number the unknowns: else rows would wrap, or worse."""
    unknowns = fields * prod(int(n) for n in shape)  # of Python's integers, which do not overflow
    if unknowns > MOST_UNKNOWNS:
        raise PhasefieldError(
            f"{' × '.join(map(str, shape))} cells with {fields} unknowns each are {unknowns:,} unknowns; this PETSc "
            f"can number {MOST_UNKNOWNS:,}: use fewer cells, or a PETSc built with --with-64-bit-indices"
        )


def ownership(shape: Sequence[int], ranks: int) -> list[list[int]]:
    """Cells of each part along each axis, x first: the boxes with the least surface, rather cut along later axes.

    Raises
    ------
    PhasefieldError
        The grid has not so many boxes of `GHOSTS` cells or more along each axis that is cut.
    """
    whole = prod(shape)

    def surface(cuts):
        return sum((n - 1) * whole / size for n, size in zip(cuts, shape, strict=True))

    fitting = [cuts for cuts in _factors(ranks, len(shape)) if all(map(_fits, cuts, shape))]
    if not fitting:
        raise PhasefieldError(
            f"{ranks} ranks cannot share {' × '.join(map(str, shape))} cells: each needs a box of at least {GHOSTS} "
            "along every axis that is cut; use fewer ranks, a number with small factors, or more cells"
        )
    cuts = min(fitting, key=lambda c: (surface(c), c))
    return [[size // n + (k < size % n) for k in range(n)] for n, size in zip(cuts, shape, strict=True)]


def imbalance(parts: Sequence[Sequence[int]]) -> float:
    """Cells of the largest part over the mean.

    Examples
    --------
    >>> imbalance([[8], [4, 4, 3]])
    1.09...
    """
    return prod(max(p) * len(p) / sum(p) for p in parts)


def _fits(cuts: int, size: int) -> bool:
    return cuts == 1 or size // cuts >= GHOSTS


def _factors(ranks: int, axes: int):
    """All ways to write a number as a product of so many."""
    divisors = [n for n in range(1, ranks + 1) if ranks % n == 0]
    return [cuts for cuts in product(divisors, repeat=axes) if prod(cuts) == ranks]


def _pairs(ranges):
    return tuple((int(a), int(b)) for a, b in ranges)

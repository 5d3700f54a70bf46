"""Structured grids cut into boxes: the cells that a rank owns, its ghost cells, and their update."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import product
from math import prod

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from phasefield.engines.box import Box, widths_by_axis
from phasefield.engines.ghosts import Ghosts
from phasefield.errors import PhasefieldError

#: Number of ghost layers, which the stencil of the curvature needs; FiPy's slabs get as many.
GHOSTS = 3

#: The most unknowns that this PETSc can number: 2³¹ − 1, unless it was built with 64-bit indices.
MOST_UNKNOWNS = int(np.iinfo(PETSc.IntType).max)


class Grid:
    """A grid cut into boxes.

    Parameters
    ----------
    shape : sequence of int
        Cells along x, (y, (z)).
    spacing : sequence of float or of sequence of float
        Cell size along each axis, or those of all cells along it.
    comm : MPI.Comm
    fields : int
        Number of unknowns per cell.
    parts : sequence of sequence of int, optional
        Cells of each part, by axis; by default boxes with the smallest surface.
    periodic : str
        Periodic axes, a part of ``"xyz"``.

    Attributes
    ----------
    box : Box
    parts : list of list of int
        Cells of each part, by axis.

    Raises
    ------
    PhasefieldError
        More ranks than boxes that are at least as wide as the ghost layers, or more unknowns than PETSc's integers can
        count.
    """

    def __init__(self, shape, spacing, comm=MPI.COMM_WORLD, fields: int = 1, parts=None, periodic: str = ""):
        shape = tuple(int(n) for n in shape)
        require_countable(shape, fields)
        require_axes(periodic, len(shape))
        self.parts = parts = ownership(shape, comm.size) if parts is None else parts
        self.comm = comm
        self._ghosts = Ghosts(parts, periodic, GHOSTS, comm)
        self.box = Box(shape, widths_by_axis(shape, spacing), self._ghosts.owned, self._ghosts.held, periodic)

    def renew(self, held) -> None:
        """Update the ghost cells of an array of the cells held, in place. Collective."""
        self._ghosts.renew(held.reshape(self.box.ghosted_shape))

    @cached_property
    def da(self) -> PETSc.DMDA:
        """The same boxes with as many ghost cells, one degree of freedom: PETSc's numbers of cells. Collective."""
        return self._boxes(1, GHOSTS, "none", PETSc.DMDA.StencilType.BOX)

    def with_direct_neighbours(self, fields: int, corners: bool = False) -> PETSc.DMDA:
        """DMDA of the same boxes; its local arrays have a ghost cell at each end of each axis, even at the edge.

        Those across edges and corners of the box are only updated with ``corners``.
        """
        return self._boxes(fields, 1, "ghosted", PETSc.DMDA.StencilType.BOX if corners else PETSc.DMDA.StencilType.STAR)

    def _boxes(self, fields: int, width: int, end: str, stencil) -> PETSc.DMDA:
        """DMDA of the boxes; ``end`` is PETSc's name of the kind of an end that is not periodic."""
        shape = self.box.shape
        return PETSc.DMDA().create(
            dim=len(shape), dof=fields, sizes=shape, proc_sizes=[len(p) for p in self.parts],
            ownership_ranges=[[int(n) for n in p] for p in self.parts],
            boundary_type=["periodic" if axis in self.box.periodic else end for axis in "xyz"[: len(shape)]],
            stencil_type=stencil, stencil_width=width, comm=self.comm, setup=True,
        )  # fmt: skip

    def in_order(self, owned) -> tuple[int, np.ndarray]:
        """A contiguous piece of an array of the whole grid, and the number of its first cell. Collective.

        The pieces of all ranks make up the whole array; each is as large as the rank's box.
        """
        if self.comm.size == 1:
            return 0, np.ascontiguousarray(owned).ravel()
        box = PETSc.Vec().createWithArray(np.ascontiguousarray(owned).ravel(), comm=self.comm)
        ordered = box.duplicate()
        # DMDA's own method stores the number of every cell of the whole grid on every rank
        source = PETSc.IS().createStride(box.getLocalSize(), box.getOwnershipRange()[0], 1, comm=self.comm)
        target = PETSc.IS().createGeneral(self.box.numbers().astype(PETSc.IntType), comm=self.comm)
        scatter = PETSc.Scatter().create(box, source, ordered, target)
        scatter.scatter(box, ordered)
        piece = ordered.getOwnershipRange()[0], ordered.getArray().copy()
        for used in (scatter, target, source, ordered, box):
            used.destroy()
        return piece

    def whole(self, owned):
        """Gather an array of the whole grid on rank 0, None elsewhere; for small arrays. Collective."""
        pieces = self.comm.gather(self.in_order(owned)[1])
        return None if pieces is None else np.concatenate(pieces).reshape(self.box.shape[::-1])

    def over_columns(self, values, combine=MPI.SUM, empty: float = 0.0):
        """An array over all columns of the grid, from the parts over each rank's columns. Collective.

        Parameters
        ----------
        values : ndarray, shape (…, y, x) of the columns owned
        combine : MPI.Op
            Operation that combines parts above each other.
        empty : float
            Neutral element of the operation.
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
        total = self.comm.allreduce(float(np.sum(values * box.own(np.broadcast_to(sizes, box.ghosted_shape)))), MPI.SUM)
        return total / prod(box.length(axis) for axis in range(len(box.shape) - 1))

    def integrals(self, of: Callable[[slice], Sequence[np.ndarray]]) -> np.ndarray:
        """The same of several functions, slab by slab, so that little is in memory. Collective.

        ``of(layers) -> sequence of ndarray`` takes a slice of the cells owned along the first axis.
        """
        box = self.box
        volume = prod(box.widths(axis) for axis in range(len(box.shape)))
        sizes = box.own(np.broadcast_to(volume, box.ghosted_shape))
        sums = [[np.vdot(values, sizes[at]) for values in of(at)] for at in box.slabs(box.owned_shape[0])]
        total = self.comm.allreduce(np.sum(sums, axis=0), MPI.SUM)
        return total / prod(box.length(axis) for axis in range(len(box.shape) - 1))

    @property
    def finest(self) -> float:
        """Smallest size of a cell."""
        return float(min(np.min(h) for h in self.box.spacing))

    def sums(self, values, groups, number: int) -> np.ndarray:
        """Sums of owned cell values, by volume, over each of the groups of cells 1, 2, …, ``number``. Collective.

        Parameters
        ----------
        values : ndarray
        groups : ndarray of int
            The group of each cell held; 0 if it is in none.
        number : int
        """
        box = self.box
        uniform = all(isinstance(h, float) for h in box.spacing)
        volumes = 1.0 if uniform else box.own(prod(box.widths(axis) for axis in range(len(box.shape))))
        weights = np.broadcast_to(values * volumes, box.owned_shape)
        found = np.bincount(box.own(groups).ravel(), weights.ravel(), number + 1)[1:]
        self.comm.Allreduce(MPI.IN_PLACE, found, MPI.SUM)
        return found

    def pieces(self, mask) -> np.ndarray:
        """Pieces of some of the cells that the bottom of the grid does not reach, numbered from 1. Collective.

        Cells are connected across their faces. The pieces are in the order of their first cells in the whole grid, so
        their numbers are the same on any number of ranks.

        Parameters
        ----------
        mask : ndarray of bool
            Which of the cells held.

        Returns
        -------
        ndarray of int
            The piece of each cell held; 0 where the bottom reaches it, and outside the mask.
        """
        if not self.comm.allreduce(bool(np.any(mask[1:] & ~mask[:-1])), MPI.LOR):  # each stands on the one below
            return np.zeros(mask.shape, int)
        from scipy import ndimage  # here, because it takes a while, and few runs need it

        parts, count = ndimage.label(mask)
        first = np.zeros(self.box.ghosted_shape)
        self.box.own(first)[...] = 1 + self.box.numbers().reshape(self.box.owned_shape)
        self.renew(first)
        if self.box.touches("bottom"):
            first[0] = 0.0
        lowest = np.full(count + 1, np.inf)
        while True:  # each rank spreads the lowest number through its own box
            before = lowest.copy()
            np.minimum.at(lowest, parts, first)
            lowest[0] = np.inf
            if not self.comm.allreduce(not np.array_equal(before, lowest), MPI.LOR):
                break
            first = lowest[parts]
            self.renew(first)
        apart = (lowest > 0) & np.isfinite(lowest)
        names = np.unique(np.concatenate(self.comm.allgather(lowest[apart])))
        return np.where(apart, 1 + np.searchsorted(names, lowest), 0)[parts]

    def spread(self, labels, mask, times: int) -> np.ndarray:
        """Spread the labels of some of the cells to others across their faces, so many times. Collective.

        Parameters
        ----------
        labels : ndarray of int
        mask : ndarray of bool
            The cells held that have one.
        times : int

        Returns
        -------
        ndarray of int
            Labels of the cells held; 0 where none arrives.
        """
        found = np.where(mask, labels, -1).astype(float)
        for _ in range(times):
            before = found.copy()
            for axis in range(found.ndim):
                low, high = ((slice(None),) * axis + (part,) for part in (slice(None, -1), slice(1, None)))
                for here, there in ((low, high), (high, low)):
                    found[here] = np.where(found[here] < 0, before[there], found[here])
            self.renew(found)
        return np.maximum(found, 0).astype(int)

    def mean_at(self, face: str, values) -> float:
        """Mean over the bottom or the top of the grid. Collective.

        Parameters
        ----------
        values : callable
            ``values() -> ndarray`` over the columns owned; called where this rank touches the face.
        """
        box, axes = self.box, range(len(self.box.shape) - 1)
        total = 0.0
        if box.touches(face):
            areas = prod((box.widths(axis)[0] for axis in axes), start=np.ones(()))
            areas = np.broadcast_to(areas, box.ghosted_shape[1:])[box.inner[1:]]
            total = float(np.sum(values() * areas))
        return self.comm.allreduce(total, MPI.SUM) / prod(box.length(axis) for axis in axes)


def require_axes(periodic: str, dim: int) -> None:
    """Raise PhasefieldError unless the periodic axes are axes of the grid."""
    wrong = [axis for axis in periodic if axis not in "xyz"[:dim]]
    if wrong:
        raise PhasefieldError(f"periodic = {periodic!r}: {wrong[0]!r} is not an axis of this grid ({'xyz'[:dim]})")


def require_countable(shape: Sequence[int], fields: int) -> None:
    """Raise PhasefieldError unless PETSc's integers can number the unknowns; else row numbers would overflow."""
    unknowns = fields * prod(int(n) for n in shape)  # Python's integers do not overflow
    if unknowns > MOST_UNKNOWNS:
        raise PhasefieldError(
            f"{' × '.join(map(str, shape))} cells with {fields} unknowns each are {unknowns:,} unknowns; this PETSc "
            f"can number {MOST_UNKNOWNS:,}: use fewer cells, or a PETSc built with --with-64-bit-indices"
        )


def ownership(shape: Sequence[int], ranks: int) -> list[list[int]]:
    """Cells of each part along each axis, x first: boxes with the smallest surface, preferably cut along later axes.

    Raises
    ------
    PhasefieldError
        The grid cannot be cut into so many boxes with at least `GHOSTS` cells along each axis that is cut.
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
    """Ratio of the largest number of cells of a part to the mean.

    Examples
    --------
    >>> imbalance([[8], [4, 4, 3]])
    1.09...
    """
    return prod(max(p) * len(p) / sum(p) for p in parts)


def _fits(cuts: int, size: int) -> bool:
    return cuts == 1 or size // cuts >= GHOSTS


def _factors(ranks: int, axes: int):
    """All ways to write a number as a product with one factor per axis."""
    divisors = [n for n in range(1, ranks + 1) if ranks % n == 0]
    return [cuts for cuts in product(divisors, repeat=axes) if prod(cuts) == ranks]

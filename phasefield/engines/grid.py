"""Structured FiPy meshes and their slabs: which layers of cells a rank owns."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import fipy
import numpy as np
from petsc4py import PETSc

from phasefield.errors import PhasefieldError


@dataclass(frozen=True)
class Slab:
    """A rank's part of a structured grid; FiPy cuts along the last axis only.

    Attributes
    ----------
    shape : tuple of int
        Cells of the whole grid, x first.
    spacing : tuple of float
        Cell size, in the mesh's units.
    start, stop : int
        Layers (along the last axis) this rank owns.
    ghost_start, ghost_stop : int
        Layers it holds, with those copied from its neighbours.
    """

    shape: tuple[int, ...]
    spacing: tuple[float, ...]
    start: int
    stop: int
    ghost_start: int
    ghost_stop: int

    @property
    def layer(self) -> int:
        """Cells in one layer."""
        return int(np.prod(self.shape[:-1]))

    def held(self, values):
        """Local values as an array of axes (last, …, x), neighbours' layers included."""
        return np.asarray(values).reshape(self.ghost_stop - self.ghost_start, *self.shape[-2::-1])

    def owned(self, values):
        """Local values as an array of axes (last, …, x), only what this rank owns."""
        return self.held(values)[self.start - self.ghost_start : self.stop - self.ghost_start]


#: The most unknowns that this PETSc can number: 2³¹ − 1, unless it was built with 64-bit indices.
MOST_UNKNOWNS = int(np.iinfo(PETSc.IntType).max)


def make_mesh(shape, spacing, fields: int = 1):
    """FiPy grid and the slab this rank has of it.

    Parameters
    ----------
    shape : sequence of int
        Cells along x, (y, (z)).
    spacing : sequence of float
        Cell size along each axis.
    fields : int
        Unknowns that each cell will have.

    Returns
    -------
    mesh : fipy.meshes.Mesh
    slab : Slab

    Raises
    ------
    PhasefieldError
        More ranks than half the layers: FiPy would leave the rest idle, and its ghosts would overlap. Or more
        unknowns than PETSc's integers can count, which would end in wrong rows or a crash.
    """
    unknowns = fields * prod(int(n) for n in shape)  # of Python's integers, which do not overflow
    if unknowns > MOST_UNKNOWNS:
        raise PhasefieldError(
            f"{' × '.join(map(str, shape))} cells with {fields} unknowns each are {unknowns:,} unknowns; this PETSc "
            f"can number {MOST_UNKNOWNS:,}: use fewer cells, or a PETSc built with --with-64-bit-indices"
        )
    ranks = fipy.tools.parallelComm.Nproc
    if ranks > 1 and shape[-1] < 2 * ranks:
        raise PhasefieldError(
            f"{ranks} ranks cannot share {shape[-1]} layers of cells along the height: each rank needs at "
            f"least 2, so use at most {shape[-1] // 2} ranks or more cells"
        )
    axes = "xyz"[: len(shape)]
    sizes = {f"n{a}": n for a, n in zip(axes, shape, strict=True)}
    steps = {f"d{a}": h for a, h in zip(axes, spacing, strict=True)}
    mesh = {1: fipy.Grid1D, 2: fipy.Grid2D, 3: fipy.Grid3D}[len(shape)](**sizes, **steps)
    layer = int(np.prod(shape[:-1]))
    held = mesh._globalOverlappingCellIDs // layer
    owned = mesh._globalNonOverlappingCellIDs // layer
    slab = Slab(
        tuple(shape),
        tuple(spacing),
        int(owned.min()),
        int(owned.max()) + 1,
        int(held.min()),
        int(held.max()) + 1,
    )
    return mesh, slab


def imbalance(shape, ranks: int) -> float:
    """Largest slab over the mean one, as FiPy cuts: the last rank takes the remainder.

    Examples
    --------
    >>> imbalance((8, 11), 3)
    1.36...
    """
    each = max(shape[-1] // ranks, 2)
    last = shape[-1] - each * (ranks - 1)
    return max(each, last) * ranks / shape[-1]

"""How much force displacements on faces need: the product with the stiffness of a solid, compiled."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from phasefield.engines.compiled import cache
from phasefield.mechanics.staggered import Staggered

#: What holds a face in an upper wall, over the stiffness beside it. A multigrid wants the wall's face as a cell like
#: the others: cut off, the coarse grids would have no wall, and corrections four times too large.
WALL = 100.0
#: Where a face is so many times stiffer than its neighbour, those that are as much softer than the stiffest are scaled
#: to it. A coarse cell of a soft and a stiff face has the soft one's stiffness: without that, it answers the stiff
#: one's forces by corrections as large as the contrast.
CONTRAST = 30.0


class Resistance:
    """The stiffness of a solid whose moduli are those that `Staggered` had at the last `take`.

    Parameters
    ----------
    operators : Staggered
    kind : type
        ``float``, or ``numpy.float32``: of its numbers, and of all arrays that it is given.

    Attributes
    ----------
    u : ndarray, shape (axes, …) of the cells owned, with one ghost cell at each end
        Displacements.
    walls : list of tuple of slice
        Where the faces in the upper wall are among those owned; nowhere, if it is another rank's.
    """

    def __init__(self, operators: Staggered, kind: Any = float):
        self.operators, self.kind, o = operators, kind, operators
        shape = tuple(n + 2 for n in o.box.owned_shape)
        self.u = np.zeros((o.dim, *shape), kind)
        self._lame, self._modulus = np.zeros(shape, kind), np.zeros(shape, kind)
        self._edges = np.zeros((max(len(o.pairs), 1), *shape), kind)
        numbers = np.zeros((o.dim, o.dim), np.int64)
        for n, (k, m) in enumerate(o.pairs):
            numbers[k, m] = numbers[m, k] = n
        strides = np.array([math.prod(shape[o.dim - k :]) for k in range(o.dim)])
        places = self.own(np.arange(math.prod(shape)).reshape(shape))
        rows = np.ascontiguousarray(places[..., 0].reshape(-1))
        self._at = numbers, strides, (1 / np.array(o.h, float)).astype(kind), rows, places.shape[-1]
        self._lines = len(rows), places.shape[-1]
        beyond = [slice(n - 1 - first, None) for n, (first, _) in zip(o.box.shape, o.box.owned, strict=True)]
        self.walls = [o._at(slice(None), {k: beyond[k]}) for k in range(o.dim)]
        self._work = np.zeros((len(rows), o.dim))
        self.even = np.ones((o.dim, *o.box.owned_shape), kind)  # scale of the multigrid's unknowns
        faces = [((np.arange(*owned) + 1) * h).astype(kind) for owned, h in zip(o.box.owned, o.h, strict=True)]
        across = np.meshgrid(*faces[:0:-1], indexing="ij")
        self._faces = faces
        self._heights = np.array([np.ones(len(rows), kind), *(at.reshape(-1) for at in reversed(across))])

    @functools.cached_property
    def _values(self) -> np.ndarray:
        """Room for the entries of a block."""
        return np.zeros((self._lines[0], 2 * self.operators.dim + 1, self._lines[1]))

    def take(self) -> None:
        """Take the moduli that the operators have now."""
        o = self.operators
        self._lame[o._at(slice(1, None))], self._modulus[o._at(slice(1, None))] = o.lame, o.modulus
        for n, (k, m) in enumerate(o.pairs):
            self._edges[n][o._at(slice(1, -1), {k: slice(None, -1), m: slice(None, -1)})] = o.edges[k, m]

    def own(self, held) -> np.ndarray:
        """The cells owned of an array with ghosts."""
        return held[(slice(1, -1),) * self.operators.dim]

    def place(self, scale, given, strains) -> None:
        """u = scale × given, and mean strains by axis; with the ghosts of the neighbours. Collective."""
        lines = len(self.u), *self._lines
        strained = strains.astype(self.kind)
        arrays = scale.reshape(lines), given.reshape(lines), strained, self._faces[0], self._heights
        _kernels().place(self.u.reshape(-1), *self._at[3:], *arrays)
        for k in range(len(self.u)):
            self.renew(k)

    def strain(self, k: int, mean: float) -> None:
        """Add a mean strain along an axis to u[k]. Collective."""
        shape = [1] * (self.u.ndim - 1)
        shape[-1 - k] = -1
        self.own(self.u[k])[...] += self.kind(mean) * self._faces[k].reshape(shape)
        self.renew(k)

    def renew(self, k: int) -> None:
        """Get the ghosts of u[k] from the neighbours. Collective."""
        if self.operators.grid.comm.size > 1:
            double = self.u[k].astype(float, copy=False)  # the only precision of PETSc's messages
            vector = PETSc.Vec().createWithArray(double.reshape(-1), comm=PETSc.COMM_SELF)
            self.operators._da.localToLocal(vector, vector)
            vector.destroy()
            self.u[k] = double

    def times(self, scale, out) -> list[float]:
        """out = scale × minus the divergence of the stress of u.

        Returns
        -------
        list of float
            By axis: the sum of the normal stress over the cells owned. It is the work of the forces, those on upper
            walls, too, in a mean strain.
        """
        lines = len(self.u), *self._lines
        scale, out = (np.reshape(array, lines) for array in (scale, out))
        _kernels().resist(*self._solid(self._modulus), scale, self._faces[0], out, self._work)
        return [float(self._work[:, k] @ heights) for k, heights in enumerate(self._heights)]

    def relieve(self, k: int, right, unscale, b) -> None:
        """b = unscale × right, without what u[j] of the axes j < k does to the forces across k, for a multigrid."""
        arrays = (array.reshape(self._lines) for array in (unscale, self.even[k], right))
        _kernels().relieve(k, *self._solid(), *arrays, b.reshape(-1))

    def spread(self, k: int, found, unscale, out) -> None:
        """u[k] = what a multigrid found, with the ghosts of the neighbours, and out = unscale × u[k]. Collective."""
        arrays = (array.reshape(self._lines) for array in (unscale, self.even[k]))
        _kernels().spread(*self._at[3:], *arrays, found.reshape(-1), self.u[k].reshape(-1), out.reshape(self._lines))
        self.renew(k)

    def _solid(self, *moduli) -> tuple:
        """Displacements, moduli, and what is known of the grid, as the kernels want them."""
        return *(array.reshape(-1) for array in (self.u, self._lame, *moduli, self._edges)), *self._at

    def block(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Entries of u_k on itself as `Multigrid.setup` wants them, and its diagonal in the cells owned. Collective."""
        o, values, even = self.operators, self._values, self.even[k]
        diagonal = np.empty(o.box.owned_shape)
        lines = diagonal.reshape(len(values), -1)
        _kernels().block(k, *self._solid(self._modulus)[2:], values, lines)
        values[:, 0] = WALL * (1 - o.moves[k].reshape(lines.shape)) * lines
        stiffest = o.grid.comm.allreduce(float(diagonal.max()), MPI.MAX)
        even[...] = 1.0
        if o.grid.comm.allreduce(float(diagonal.min()), MPI.MIN) * CONTRAST < stiffest and self._sharp(diagonal):
            even[...] = np.where(diagonal * CONTRAST < stiffest, np.sqrt(stiffest / diagonal), 1.0)
            self._scale(values, even, diagonal)
        return values, diagonal

    def _sharp(self, diagonal) -> bool:
        """Whether neighbours differ by more than `CONTRAST`. Collective."""
        o, found = self.operators, False
        around = o.local(diagonal)
        for axis in range(o.dim):
            above = self.own(np.roll(around, -1, -1 - axis))
            found |= bool(np.any(np.abs(np.log(np.where(above > 0, above, diagonal) / diagonal)) > np.log(CONTRAST)))
        return o.grid.comm.allreduce(found, MPI.LOR)

    def _scale(self, values, even, diagonal) -> None:
        """Scale entries; what is left of the diagonal stays positive, so that the multigrid does. Collective."""
        o = self.operators
        around, moved = o.local(even), np.zeros_like(diagonal)
        for entry in range(1, values.shape[1]):
            next_one = self.own(np.roll(around, 1 - 2 * ((entry - 1) % 2), -1 - (entry - 1) // 2))
            there = values[:, entry].reshape(even.shape)
            there *= even * np.where(next_one > 0, next_one, even)  # 0 beyond walls
            moved += there
        held = values[:, 0].reshape(even.shape)
        held[...] = even**2 * held + np.maximum(even**2 * diagonal + moved, 0.0)


@functools.cache
def _kernels() -> ModuleType:
    return cache.load(Path(__file__).with_name("forces.py").read_text(encoding="utf-8"))

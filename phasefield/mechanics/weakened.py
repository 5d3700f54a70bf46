"""An elastic solid that damage weakens where it is not compressed, and a filling that presses on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from phasefield.engines.grid import Grid
from phasefield.engines.solver import failure
from phasefield.mechanics.elasticity import Elasticity, NoEquilibrium
from phasefield.mechanics.end import End

#: Vectors that the linear solver keeps before it starts again; cracks that wind need up to 80.
DIRECTIONS = 100


@dataclass(frozen=True)
class Filling:
    """A fluid in all cracks, at one pressure.

    Its pressure p and the volume V that the cracks have opened follow V = content − compliance p; where no pressure
    p ≥ 0 does that, cracks are wider than what fills them, and p = 0.

    Attributes
    ----------
    content : float [length ^ axes]
        Volume of the fluid without pressure; in 2-D per length.
    compliance : float [length ^ axes / modulus]
        By how much less of it there is for a pressure.
    given : float, optional [modulus]
        Pressure that does not depend on the volume.
    """

    content: float = 0.0
    compliance: float = 0.0
    given: float | None = None

    def pressure(self, volume: float, response: float) -> float:
        """Pressure, if cracks have opened by `volume` without, and by `response` more per pressure."""
        if self.given is not None:
            return self.given
        total = response + self.compliance
        return max((self.content - volume) / total, 0.0) if total > 0 else 0.0


#: A displacement in local arrays, by axis, and the mean strains of plates.
Moved = tuple[list[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Displaced:
    """What the displacement consists of: the part of the loads, that of a unit of pressure, and the cells pressed."""

    loads: Moved
    filling: Moved
    compressed: np.ndarray


class Weakened(Elasticity):
    """A solid whose stiffness is weakened where it is not compressed; a filling presses on it.

    Attributes
    ----------
    dilatation : ndarray of the cells owned [1]
    settled : bool
        Whether the last balance was one for the cells that it found compressed.
    """

    dilatation: np.ndarray
    settled: bool

    def __init__(self, grid: Grid, ends: Sequence[End], lame, shear, split: bool):
        super().__init__(grid, ends)
        o, shape = self.operators, grid.box.owned_shape
        self._μ = np.broadcast_to(shear, shape).astype(float)
        self._bulk = np.broadcast_to(lame, shape) + 2 * self._μ / 3
        self._split = split
        o.take(np.broadcast_to(lame, shape), self._μ)
        self._intact = o.edges
        self._ksp = self._krylov(DIRECTIONS, self._tolerance)
        self._ksp.setInitialGuessNonzero(True)
        self._taken: tuple[np.ndarray, np.ndarray] | None = None

    def start(self, stress_free, before: Displaced | None = None) -> None:
        """Forget the displacement, or go back to an earlier one."""
        self._stress_free = np.broadcast_to(stress_free, self.grid.box.owned_shape)
        dim, shape = self.operators.dim, self.grid.box.owned_shape
        none = [np.zeros([n + 2 for n in shape]) for _ in range(dim)], np.zeros(len(self.free))
        self._found = before or Displaced(none, none, np.zeros(shape, bool))

    @property
    def found(self) -> Displaced:
        """What `start` goes back to."""
        return self._found

    def balance(self, g, filled, filling: Filling | None, tolerance: float | None, loss=0.0) -> tuple[float, float]:
        """Displacement, pressure and volume of the filling, for a weakness g.

        `filled` is the part under pressure, `loss` by how much the pressure of each cell is less than in its part.
        """
        comm, found = self.grid.comm, self._found
        bulk = np.where(found.compressed, 1.0, g) * self._bulk
        self._weaken(g, bulk)
        plates = [-self.ends[axis].pressure for axis in self.free]
        loads = self._respond(found.loads, loss - 3 * bulk * self._stress_free, plates, tolerance)
        pressed = found.filling
        if filling is not None:
            pressed = self._respond(pressed, -filled, [0.0] * len(self.free), tolerance)
        self._found = found = Displaced(loads, pressed, found.compressed)
        cell = math.prod(self.grid.box.sizes)
        sums = comm.allreduce(np.array([np.sum(self.opening(part, filled)) for part in (loads, pressed)]), MPI.SUM)
        volume, response = cell * sums
        p = filling.pressure(volume, response) if filling is not None else 0.0
        self._around = [a + p * b for a, b in zip(loads[0], pressed[0], strict=True)]
        self._e = loads[1] + p * pressed[1]
        self._normal_strains = [self.operators.own(ε) for ε in self._strains(self._around, self._e)]
        self.dilatation = np.sum(self._normal_strains, axis=0)
        self.settled = True
        if self._split:
            now = self.dilatation - 3 * self._stress_free < 0
            wrong = (now != found.compressed) & (g < 0.5)
            self.settled = not comm.allreduce(bool(np.any(wrong)), MPI.LOR)
            self._found = Displaced(loads, pressed, now)
        return p, volume + p * response

    def _weaken(self, g, bulk) -> None:
        """Take the moduli of a weakness, if they are not those of the last balance. Collective."""
        o, last = self.operators, self._taken
        same = last is not None and np.array_equal(last[0], g) and np.array_equal(last[1], bulk)
        if self.grid.comm.allreduce(same, MPI.LAND):
            return
        around = o.local(g)
        edges = {pair: o.on_edges(around, pair) * μ for pair, μ in self._intact.items()}
        self._prepare(bulk - 2 * g * self._μ / 3, g * self._μ, edges)
        self._taken = g, bulk

    def tensile(self) -> np.ndarray:
        """ψ₊ of the intact solid in each cell at the present strain [modulus]."""
        tr = self.dilatation - 3 * self._stress_free
        if self._split:
            tr = np.maximum(tr, 0.0)
        return 0.5 * self._bulk * tr**2 + self._deviatoric(self._intact, self._μ)

    def _deviatoric(self, edges, shear) -> np.ndarray:
        """Energy of the change of shape, for shear moduli on edges and in cells."""
        o = self.operators
        elastic = [ε - self._stress_free for ε in self._normal_strains] + [-self._stress_free] * (3 - o.dim)
        energy = shear * (sum(ε * ε for ε in elastic) - sum(elastic) ** 2 / 3)
        for pair, γ in o.shear_strains(self._around).items():
            energy = energy + o.centred(0.5 * edges[pair] * γ**2, pair)
        return energy

    def state(self, g, pressure) -> tuple[list[np.ndarray], dict[tuple[int, int], np.ndarray], np.ndarray]:
        """Normal stress, shear stress and elastic energy in cells, with the pressure in each cell."""
        o = self.operators
        tr = self.dilatation - 3 * self._stress_free
        bulk = np.where(self._found.compressed, 1.0, g) * self._bulk
        strains = [*self._normal_strains, *[np.zeros_like(tr)] * (3 - o.dim)]
        third = self.dilatation / 3
        normal = [bulk * tr + 2 * g * self._μ * (ε - third) - pressure for ε in strains]
        shear = {pair: g * self._μ * o.centred(γ, pair) for pair, γ in o.shear_strains(self._around).items()}
        return normal, shear, 0.5 * bulk * tr**2 + self._deviatoric(o.edges, g * self._μ)

    def displacements(self) -> tuple[list[np.ndarray], tuple[float, ...]]:
        """Displacements on upper faces, and of the plates."""
        return self._moved(self._around, self._e)

    def opening(self, part: Moved, filled) -> np.ndarray:
        """By how much cells open in a part of the displacement, over their volume."""
        return filled * self.operators.own(np.sum(self._strains(*part), axis=0))

    def _respond(self, start: Moved, inelastic, pulls, tolerance) -> Moved:
        """Displacement for a stress in all directions in each cell, and for the mean stress of the plates."""
        o = self.operators
        extended = o.extended(inelastic)
        zero = {pair: np.zeros_like(μ) for pair, μ in o.edges.items()}
        right, x = self._operator.createVecs()
        sums = self._sums([extended] * o.dim)
        plates = [pull * self._cells - sums[axis] for pull, axis in zip(pulls, self.free, strict=True)]
        self._pack(right.array, o.forces([extended] * o.dim, zero), plates)
        if right.norm() == 0:
            x.set(0.0)
        else:
            v, e = start
            for part, unscale, guess in zip(self._parts(x.array), self._unscale, v, strict=True):
                part[...] = unscale * self._resistance.own(guess)
            if self.grid.comm.rank == 0:
                x.array[self._size :] = e / self._plate_scale
            self._ksp.setTolerances(rtol=tolerance or self._tolerance)
            self._ksp.solve(right, x)
            if (reason := self._ksp.getConvergedReason()) <= 0:
                raise NoEquilibrium(f"no equilibrium of forces was found: {failure(reason)}")
        found = self._unpack(x.array)
        right.destroy()
        x.destroy()
        return found

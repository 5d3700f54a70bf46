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
        self._exact = self._ksp.getTolerances()[0]
        # of many vectors: BiCGStab stagnates on cracks that wind through the cells, and takes 1.5 times as long
        self._ksp.setType("fgmres")
        self._ksp.setGMRESRestart(DIRECTIONS)
        self._ksp.setInitialGuessNonzero(True)

    def start(self, stress_free) -> None:
        """Forget the displacement."""
        self._stress_free = np.broadcast_to(stress_free, self.grid.box.owned_shape)
        self._compressed = np.zeros(self.grid.box.owned_shape, bool)
        none = [np.zeros(self.grid.box.owned_shape) for _ in range(self.operators.dim)], np.zeros(len(self.free))
        self._parts_of = {"loads": none, "filling": none}

    def balance(self, g, filled, filling: Filling | None, tolerance: float | None, loss=0.0) -> tuple[float, float]:
        """Displacement, pressure and volume of the filling, for a weakness g.

        `filled` is the part under pressure, `loss` by how much the pressure of each cell is less than in its part.
        """
        o, comm = self.operators, self.grid.comm
        bulk = np.where(self._compressed, 1.0, g) * self._bulk
        around = o.local(g)
        o.take(bulk - 2 * g * self._μ / 3, g * self._μ)
        o.edges = {pair: o.on_edges(around, pair) * μ for pair, μ in self._intact.items()}
        self._precondition()
        loads = loss - 3 * bulk * self._stress_free
        self._respond("loads", loads, [-self.ends[axis].pressure for axis in self.free], tolerance)
        if filling is not None:
            self._respond("filling", -filled, [0.0] * len(self.free), tolerance)
        cell = math.prod(self.grid.box.sizes)
        sums = comm.allreduce(np.array([np.sum(self.opening(name, filled)) for name in ("loads", "filling")]), MPI.SUM)
        volume, response = cell * sums
        p = filling.pressure(volume, response) if filling is not None else 0.0
        self._v, self._e = (
            [a + p * b for a, b in zip(*(self._parts_of[name][0] for name in self._parts_of), strict=True)],
            self._parts_of["loads"][1] + p * self._parts_of["filling"][1],
        )
        self._around = [o.local(v) for v in self._v]
        self._normal_strains = [o.own(ε) for ε in self._strains(self._around, self._e)]
        self.dilatation = np.sum(self._normal_strains, axis=0)
        if self._split:
            now = self.dilatation - 3 * self._stress_free < 0
            wrong = (now != self._compressed) & (g < 0.5)
            self.settled = not comm.allreduce(bool(np.any(wrong)), MPI.LOR)
            self._compressed = now
        else:
            self.settled = True
        return p, volume + p * response

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
        bulk = np.where(self._compressed, 1.0, g) * self._bulk
        strains = [*self._normal_strains, *[np.zeros_like(tr)] * (3 - o.dim)]
        third = self.dilatation / 3
        normal = [bulk * tr + 2 * g * self._μ * (ε - third) - pressure for ε in strains]
        shear = {pair: g * self._μ * o.centred(γ, pair) for pair, γ in o.shear_strains(self._around).items()}
        return normal, shear, 0.5 * bulk * tr**2 + self._deviatoric(o.edges, g * self._μ)

    def displacements(self) -> tuple[list[np.ndarray], tuple[float, ...]]:
        """Displacements on upper faces, and of the plates."""
        return self._moved(self._around, self._e)

    def opening(self, name: str, filled) -> np.ndarray:
        """By how much cells open under the loads, or under a unit of pressure, over their volume."""
        v, e = self._parts_of[name]
        strains = self._strains([self.operators.local(part) for part in v], e)
        return filled * self.operators.own(np.sum(strains, axis=0))

    def _respond(self, name: str, inelastic, pulls, tolerance) -> None:
        """Displacement for a stress in all directions in each cell, and for the mean stress of the plates."""
        o = self.operators
        extended = o.extended(inelastic)
        zero = {pair: np.zeros_like(μ) for pair, μ in o.edges.items()}
        right, x = self._operator.createVecs()
        sums = self._sums([extended] * o.dim)
        plates = [pull * self._cells - sums[axis] for pull, axis in zip(pulls, self.free, strict=True)]
        self._pack(right, o.forces([extended] * o.dim, zero), plates)
        if right.norm() == 0:
            x.set(0.0)
        else:
            v, e = self._parts_of[name]
            inverse = [np.divide(1.0, s, out=np.zeros_like(s), where=s > 0) for s in self._scale]
            for part, s, guess in zip(self._parts(x.array), inverse, v, strict=True):
                part[...] = s * guess
            if self.grid.comm.rank == 0:
                x.array[self._size :] = e / self._plate_scale
            self._ksp.setTolerances(rtol=tolerance or self._exact)
            self._ksp.solve(right, x)
            if (reason := self._ksp.getConvergedReason()) <= 0:
                raise NoEquilibrium(f"no equilibrium of forces was found: {failure(reason)}")
        v, e = self._unpack(x)
        self._parts_of[name] = [part[(slice(1, -1),) * o.dim] for part in v], e
        right.destroy()
        x.destroy()

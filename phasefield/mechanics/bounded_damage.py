"""The damage for a given force on it, between the damage before and 1."""

from __future__ import annotations

import functools
import math
from pathlib import Path
from types import ModuleType

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from phasefield.engines.compiled import cache
from phasefield.errors import PhasefieldError
from phasefield.mechanics.damage_law import Law
from phasefield.mechanics.elasticity import Elasticity

#: Over-relaxation of the cells.
_WITHIN = 1.6


class NoFracture(PhasefieldError):
    """Damage and displacement found no common equilibrium."""


class BoundedDamage:
    """The damage for a given force on it: least energy between the damage before and 1, by red–black Gauss–Seidel."""

    def __init__(self, solid: Elasticity, release_rate, length: float, law: Law):
        self.operators, self.grid, self.length, self.law = solid.operators, solid.grid, length, law
        o, box = solid.operators, solid.grid.box
        self._rate = release_rate
        around = o.local(release_rate)
        self._shape = around.shape
        inner = np.zeros(self._shape, bool)
        inner[(slice(1, -1),) * o.dim] = True
        parity = sum(np.meshgrid(*(np.arange(a, b) for a, b in box.owned[::-1]), indexing="ij"))
        colour = np.full(self._shape, -1)
        colour[inner] = np.ravel(parity % 2)
        self._colours = [np.flatnonzero(colour == k) for k in (0, 1)]
        self._strides = np.array([math.prod(self._shape[-axis:]) if axis else 1 for axis in range(o.dim)])
        # ∂/∂d of c G_c l |∇d|²; a face has the mean of two cells, none across walls
        self._couplings = np.zeros((o.dim, around.size))
        for axis in range(o.dim):
            lower = np.roll(around, 1, -1 - axis)
            mean = np.where((lower > 0) & (around > 0), 0.5 * (around + lower), 0.0)
            self._couplings[axis] = np.ravel(2 * law.share * mean * length / o.h[axis] ** 2)

    def solve(self, force, least, start) -> np.ndarray:
        """Minimise g(d) force + surface energy over least ≤ d ≤ 1."""
        o, cost = self.operators, self.law.share * self._rate / self.length
        diagonal, right = 2 * force, 2 * force
        if self.law.power == 1:
            right = right - cost
        else:
            diagonal = diagonal + 2 * cost
        d, bound, diagonal, right = (np.ravel(o.local(a)) for a in (start, least, diagonal, right))
        vector = PETSc.Vec().createWithArray(d, comm=PETSc.COMM_SELF)
        for _ in range(5000):
            largest = 0.0
            for cells in self._colours:
                arguments = d, cells, self._strides, self._couplings, diagonal, right, bound, _WITHIN
                largest = max(largest, _kernels().sweep(*arguments))
                if self.grid.comm.size > 1:
                    o._da.localToLocal(vector, vector)
            if self.grid.comm.allreduce(largest, MPI.MAX) < 1e-7:
                break
        else:
            raise NoFracture("the damage for a given strain was not found")
        vector.destroy()
        return d.reshape(self._shape)[(slice(1, -1),) * o.dim].copy()

    def energy(self, damage, by_area: bool = False) -> float:
        """Sum over all cells of the density of the surface energy, or of that over G_c. Collective."""
        return self.grid.comm.allreduce(float(np.sum(self.density(damage, by_area))), MPI.SUM)

    def density(self, damage, by_area: bool = False) -> np.ndarray:
        """Surface energy per volume in the cells owned, or that over G_c. Collective."""
        o, rate = self.operators, np.ones_like(self._rate) if by_area else self._rate
        around, rates, inner = o.local(damage), o.local(rate), (slice(1, -1),) * o.dim
        total = rate * damage**self.law.power / self.length
        for axis in range(o.dim):
            for side in (-1, 1):
                next_rate = np.roll(rates, side, -1 - axis)
                weight = np.where((next_rate > 0) & (rates > 0), next_rate + rates, 0)
                square = 0.25 * weight * (around - np.roll(around, side, -1 - axis)) ** 2
                total = total + square[inner] * self.length / o.h[axis] ** 2
        return self.law.share * total


@functools.cache
def _kernels() -> ModuleType:
    return cache.load(Path(__file__).with_name("bounded.py").read_text(encoding="utf-8"))

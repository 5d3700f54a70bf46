"""Brittle fracture as a phase field: damage, and the pressure of what fills a crack, in equilibrium with the solid.

The functional is that of G. A. Francfort and J.-J. Marigo, regularised by B. Bourdin (J. Mech. Phys. Solids 46, 1319
(1998); 48, 797 (2000)); AT1 is the choice of K. Pham, H. Amor, J.-J. Marigo, C. Maurini, Int. J. Damage Mech. 20, 618
(2011), the split that of H. Amor, J.-J. Marigo, C. Maurini, J. Mech. Phys. Solids 57, 1209 (2009).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from phasefield.engines.compiled import cache
from phasefield.engines.grid import Grid
from phasefield.engines.solver import failure
from phasefield.errors import PhasefieldError
from phasefield.mechanics.elasticity import Elasticity, NoEquilibrium, largest_principal
from phasefield.mechanics.end import End

#: Largest change of the damage of a cell in the last sweep.
TOLERANCE = 1e-3
#: Stiffness that is left in a crack, over that of the solid.
RESIDUAL = 1e-6
#: Sweeps between displacement and damage before the search is given up.
SWEEPS = 500
#: Balances after which the closed parts of cracks are taken as found.
MOST_CLOSINGS = 6
#: Of the damage between two sweeps, and of the cells within the solution for the damage.
_OVER_RELAXATION, _WITHIN = 1.6, 1.6
#: Residual of the balance of forces between sweeps; `Elasticity`'s own holds in the end.
_ROUGH = 1e-5


class NoFracture(PhasefieldError):
    """Damage and displacement found no common equilibrium."""


@dataclass(frozen=True)
class Law:
    """How much energy the damage w(d) of a model takes: G_c ∫ c (w(d)/l + l |∇d|²).

    Attributes
    ----------
    share : float
        c, by which a crack takes G_c per area.
    power : int
        w = d**power.
    """

    share: float
    power: int


#: The solid is elastic up to its strength; the damage of a crack ends at a distance of 2l.
AT1 = Law(3 / 8, 1)
#: The solid is damaged from the start; the damage of a crack decays as exp(−x/l).
AT2 = Law(1 / 2, 2)


def length_of_strength(release_rate: float, youngs_modulus: float, strength: float) -> float:
    """Length l with which a bar breaks at its strength in AT1, 3 G_c E/(8 σ_c²) [length].

    Parameters
    ----------
    release_rate : float [modulus × length]
        G_c.
    youngs_modulus, strength : float [modulus]
    """
    return 3 * release_rate * youngs_modulus / (8 * strength**2)


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


@dataclass(frozen=True)
class Fractured:
    """A state of equilibrium; arrays of the cells owned, with the axes (last, …, x).

    Attributes
    ----------
    damage : ndarray [1]
        0 in the intact solid, 1 in a crack.
    pressure : float [modulus]
        Of the filling.
    volume : float [length ^ axes]
        By which cracks have opened; in 2-D per length.
    opening : ndarray [1]
        The same by cell, over its volume.
    normal : list of ndarray [modulus]
        σ_xx, σ_yy, σ_zz by axis of the box; then those across it. With the pressure of the filling.
    shear : dict of ndarray [modulus]
        σ_km by the pair of axes, from the edges around each cell.
    displacements : list of ndarray [length]
        By axis, on the upper faces of the cells.
    plates : tuple of float [length]
        Outward displacement of the upper end of each axis.
    elastic, surface : float [modulus × length ^ axes]
        Energy of the strained solid, and of its cracks.
    sweeps : int
        Between displacement and damage.
    """

    damage: np.ndarray
    pressure: float
    volume: float
    opening: np.ndarray
    normal: list[np.ndarray]
    shear: dict[tuple[int, int], np.ndarray]
    displacements: list[np.ndarray]
    plates: tuple[float, ...]
    elastic: float
    surface: float
    sweeps: int

    @property
    def largest_principal(self) -> np.ndarray:
        """Largest eigenvalue of the stress tensor in each cell; tension is positive [modulus]."""
        return largest_principal(self.normal, self.shear)


class Fracture:
    """Brittle solid in a box, with cracks that a fluid may fill.

    Energy: ∫ g ψ₊ + ψ₋ − p (1 − g) tr ε + G_c c (w(d)/l + l |∇d|²), with g = (1 − d)² (1 − k) + k. Dilatation and shear
    are weakened by damage; compression is not, so that pressed cracks close, without friction. Damage does not heal.

    Parameters
    ----------
    grid : Grid
        Of equal cells, not periodic. The lower ends of all axes are fixed walls without friction.
    ends : sequence of End
        By axis: the upper end.
    lame, shear : ndarray of the cells owned [any unit of stress]
        Lamé's constants of the intact solid.
    release_rate : ndarray of the cells owned [modulus × length]
        G_c.
    length : float [length]
        l, at least 1.5 cells.
    law : Law
        AT1 or AT2.
    residual : float [1]
        k.
    split : bool
        Whether compression is spared from damage, as it is in a solid.

    Raises
    ------
    PhasefieldError
        The grid is periodic, its cells differ, or are larger than l/1.5.

    Notes
    -----
    Displacement and damage are solved for in turn, with over-relaxation: each is a convex problem, but not both
    together, so what is found is a local minimum, as near to the given state as the sweeps go. The shear modulus of an
    edge is that of the intact solid times the mean of g of four cells: the energy is quadratic in the damage, and the
    force on the damage is its exact derivative. The displacement for a unit of pressure is solved for by itself, so
    that a fluid of given volume needs no further iteration.
    """

    def __init__(
        self,
        grid: Grid,
        ends: Sequence[End],
        lame,
        shear,
        release_rate,
        length: float,
        law: Law = AT1,
        residual: float = RESIDUAL,
        split: bool = True,
    ):
        self.solid = _Weakened(grid, ends, lame, shear, split)
        self.law, self.residual, self.grid = law, residual, grid
        if not length >= 1.5 * max(grid.box.sizes) * (1 - 1e-9):
            raise PhasefieldError(
                f"the length of damage {length:.3g} is less than 1.5 cells ({max(grid.box.sizes):.3g}): use cells of "
                f"{length / 1.5:.3g} or less"
            )
        self.bounded = _Bounded(self.solid, np.broadcast_to(release_rate, grid.box.owned_shape), length, law)
        self._volume = math.prod(grid.box.sizes)

    def seeded(self, cells) -> np.ndarray:
        """Damage of a solid without load that is broken in some cells (ndarray of bool, owned). Collective."""
        start = np.asarray(cells, float)
        return self.bounded.solve(np.zeros_like(start), start, start)

    def surface(self, damage) -> float:
        """Energy of cracks [modulus × length ^ axes]. Collective."""
        return self.bounded.energy(damage) * self._volume

    def area(self, damage) -> float:
        """Area of cracks, in 2-D their length: ∫ c (w(d)/l + l |∇d|²). Collective."""
        return self.bounded.energy(damage, by_area=True) * self._volume

    def solve(
        self,
        damage,
        filling: Filling | None = None,
        stress_free=None,
        tolerance: float = TOLERANCE,
        sweeps: int = SWEEPS,
        where=None,
    ) -> Fractured:
        """Find the damage, the displacement and the pressure that follow from a state of damage. Collective.

        Parameters
        ----------
        damage : ndarray of the cells owned [1]
            Of the last state: nothing heals.
        filling : Filling, optional
            Without it, cracks are empty.
        stress_free : ndarray of the cells owned [1], optional
            Strain, the same along all axes, that each cell would have by itself.
        tolerance : float [1]
            Of the damage.
        sweeps : int
            The most.
        where : ndarray of the cells owned [1], optional
            Part of each crack that the fluid reaches; by default all.

        Returns
        -------
        Fractured

        Raises
        ------
        NoEquilibrium
            The linear solver fails.
        NoFracture
            The sweeps do not end.
        """
        solid, before = self.solid, np.array(damage, float)
        reach = 1.0 if where is None else np.asarray(where, float)
        solid.start(0.0 if stress_free is None else stress_free)
        d = before.copy()
        for count in range(1, sweeps + 1):
            g = self._weak(d)
            pressure, _ = solid.balance(g, reach * (1 - g), filling, _ROUGH)
            found = self.bounded.solve(self._force(pressure, reach), before, d)
            change = self.grid.comm.allreduce(float(np.max(np.abs(found - d))), MPI.MAX)
            if change < tolerance and solid.settled:
                break
            d = found if count <= 2 else np.clip(d + _OVER_RELAXATION * (found - d), before, 1.0)
        else:
            raise NoFracture(f"damage still changes by {change:.2g} after {sweeps} sweeps")
        g = self._weak(found)
        pressure, volume = solid.balance(g, reach * (1 - g), filling, None)
        normal, shear, elastic = solid.state(g, pressure * reach * (1 - g))
        displacements, plates = solid.displacements()
        energy = self.grid.comm.allreduce(float(np.sum(elastic)), MPI.SUM) * self._volume
        opening = reach * (1 - g) * solid.dilatation
        return Fractured(
            found, pressure, volume, opening, normal, shear, displacements, plates, energy, self.surface(found), count
        )

    def response(self, damage, pressure: float) -> tuple[float, np.ndarray]:
        """By how much cracks of given damage open without a filling, and more per pressure in each cell. Collective.

        Parameters
        ----------
        damage : ndarray of the cells owned [1]
        pressure : float [modulus]
            Of a filling, that decides which parts of the cracks are closed.

        Returns
        -------
        volume : float [length ^ axes]
        response : ndarray of the cells owned [1/modulus]
            Over the volume of the cell.
        """
        self.solid.start(0.0)
        g = self._weak(np.asarray(damage, float))
        for _ in range(MOST_CLOSINGS):
            self.solid.balance(g, 1 - g, Filling(given=pressure), None)
            if self.solid.settled:
                break
        without, by_cell = (self.solid.opening(name, 1 - g) for name in ("loads", "filling"))
        return self.grid.comm.allreduce(float(np.sum(without)), MPI.SUM) * self._volume, by_cell

    def _weak(self, damage):
        return (1 - damage) ** 2 * (1 - self.residual) + self.residual

    def _force(self, pressure, reach) -> np.ndarray:
        """Energy that damage would release: minus the derivative of the energy over that of g."""
        return (1 - self.residual) * np.maximum(self.solid.tensile() + pressure * reach * self.solid.dilatation, 0.0)


class _Weakened(Elasticity):
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
        self._ksp.setInitialGuessNonzero(True)

    def start(self, stress_free) -> None:
        """Forget the displacement."""
        self._stress_free = np.broadcast_to(stress_free, self.grid.box.owned_shape)
        self._compressed = np.zeros(self.grid.box.owned_shape, bool)
        none = [np.zeros(self.grid.box.owned_shape) for _ in range(self.operators.dim)], np.zeros(len(self.free))
        self._parts_of = {"loads": none, "filling": none}

    def balance(self, g, filled, filling: Filling | None, tolerance: float | None) -> tuple[float, float]:
        """Displacement, pressure and volume of the filling, for a weakness g; `filled` is the part under pressure."""
        o, comm = self.operators, self.grid.comm
        bulk = np.where(self._compressed, 1.0, g) * self._bulk
        around = o.local(g)
        o.take(bulk - 2 * g * self._μ / 3, g * self._μ)
        o.edges = {pair: o.on_edges(around, pair) * μ for pair, μ in self._intact.items()}
        self._precondition()
        loads = -3 * bulk * self._stress_free
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


class _Bounded:
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
        o, rate = self.operators, np.ones_like(self._rate) if by_area else self._rate
        around, rates = o.local(damage), o.local(rate)
        total = float(np.sum(rate * damage**self.law.power)) / self.length
        for axis in range(o.dim):
            low = np.roll(around, 1, -1 - axis)
            weight = np.where((np.roll(rates, 1, -1 - axis) > 0) & (rates > 0), np.roll(rates, 1, -1 - axis) + rates, 0)
            square = (0.5 * weight * (around - low) ** 2)[(slice(1, -1),) * o.dim]
            total += float(np.sum(square)) * self.length / o.h[axis] ** 2
        return self.law.share * self.grid.comm.allreduce(total, MPI.SUM)


@functools.cache
def _kernels() -> ModuleType:
    return cache.load(Path(__file__).with_name("bounded.py").read_text(encoding="utf-8"))

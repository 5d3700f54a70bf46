"""Brittle fracture as a phase field: damage, and the pressure of what fills a crack, in equilibrium with the solid.

The functional is that of G. A. Francfort and J.-J. Marigo, regularised by B. Bourdin (J. Mech. Phys. Solids 46, 1319
(1998); 48, 797 (2000)); AT1 is the choice of K. Pham, H. Amor, J.-J. Marigo, C. Maurini, Int. J. Damage Mech. 20, 618
(2011), the split that of H. Amor, J.-J. Marigo, C. Maurini, J. Mech. Phys. Solids 57, 1209 (2009).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpi4py import MPI

from phasefield.engines.grid import Grid
from phasefield.errors import PhasefieldError
from phasefield.mechanics.bounded_damage import BoundedDamage, NoFracture
from phasefield.mechanics.damage_law import AT1, Law
from phasefield.mechanics.elasticity import largest_principal
from phasefield.mechanics.end import End
from phasefield.mechanics.flow import Flow, Reach
from phasefield.mechanics.weakened import Displaced, Filling, Weakened

#: Largest change of the damage of a cell in the last sweep.
TOLERANCE = 1e-3
#: Stiffness that is left in a crack, over that of the solid.
RESIDUAL = 1e-6
#: Sweeps between displacement and damage before the search is given up.
SWEEPS = 500
#: Balances after which the closed parts of cracks are taken as found.
MOST_CLOSINGS = 6
#: Balances after which the reach of a filling is taken as it is; sweeps go on from there.
MOST_REACHES = 40
#: Most over-relaxation of the damage between two sweeps.
_FURTHEST = 3.0
#: Residual of the balance of forces where another one follows; `Elasticity`'s own holds in the end.
ROUGH = 1e-5
#: The same where only the cells that are pressed are looked for.
_CLOSING = 1e-2
#: The same between sweeps, over the last change of the damage; at most `ROUGHEST`.
_SWEEP, _ROUGHEST = 1e-2, 1e-3


@dataclass(frozen=True)
class Fractured:
    """A state of equilibrium; arrays of the cells owned, with the axes (last, …, x).

    Attributes
    ----------
    damage : ndarray [1]
        0 in the intact solid, 1 in a crack.
    pressure : float [modulus]
        Of the filling; with a flow, in its source.
    reach, loss : ndarray or float [1], [modulus]
        Part of each cell that the filling reaches. Its mean pressure there is reach × pressure − loss.
    volume : float [length ^ axes]
        By which cracks have opened where they are filled; in 2-D per length.
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
    reach: Any
    loss: Any
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


@dataclass(frozen=True)
class Response:
    """What a filling meets in cracks of given damage.

    Attributes
    ----------
    volume : float [length ^ axes]
        By which the parts that it reaches open without it.
    by_cell : ndarray of the cells owned [1/modulus]
        By how much more per pressure, over the volume of the cell.
    reach, loss : ndarray or float [1], [modulus]
        Part of the faces that it reaches, and by how much its pressure is less there.
    displaced : Displaced
        The displacement, for `Fracture.solve` to start from.
    """

    volume: float
    by_cell: np.ndarray
    reach: Any
    loss: Any
    displaced: Displaced


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
        self.solid = Weakened(grid, ends, lame, shear, split)
        self.law, self.residual, self.grid = law, residual, grid
        if not length >= 1.5 * max(grid.box.sizes) * (1 - 1e-9):
            raise PhasefieldError(
                f"the length of damage {length:.3g} is less than 1.5 cells ({max(grid.box.sizes):.3g}): use cells of "
                f"{length / 1.5:.3g} or less"
            )
        self.bounded = BoundedDamage(self.solid, np.broadcast_to(release_rate, grid.box.owned_shape), length, law)
        self._volume = math.prod(grid.box.sizes)
        stiffness = np.max(np.broadcast_to(release_rate, grid.box.owned_shape) * (np.asarray(lame) + 2 * shear))
        self._strength = math.sqrt(grid.comm.allreduce(float(stiffness), MPI.MAX) / length)

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
        flow: Flow | None = None,
        energy: float = 1.0,
        start: Displaced | None = None,
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
        flow : Flow, optional
            Without it, the filling reaches all cracks at one pressure.
        energy : float [1]
            G_c over that of the solid, for what breaks now.
        start : Displaced, optional
            Displacement from which the solver starts, of a :class:`Response`; without it, from none.

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
        reach = self._start(flow, 0.0 if stress_free is None else stress_free, start)
        if flow is not None:
            self._settle(before, filling, reach)
        d, rough, factor, last = before.copy(), ROUGH, 1.0, None
        for count in range(1, sweeps + 1):
            pressure, _ = self._balance(d, filling, reach, rough)
            found = self.bounded.solve(self._force(pressure, reach) / energy, before, d)
            change = self.grid.comm.allreduce(float(np.max(np.abs(found - d))), MPI.MAX)
            reach.follow(found, self._area(found, flow), self._opened(d), pressure)
            if change < tolerance and solid.settled and reach.settled:
                break
            rough = min(max(ROUGH, _SWEEP * change), _ROUGHEST)
            left = found - d
            factor = self._relaxation(factor, last, left) if count > 2 else 1.0
            d, last = np.clip(d + factor * left, before, 1.0), left
        else:
            raise NoFracture(f"damage still changes by {change:.2g} after {sweeps} sweeps")
        pressure, volume = self._balance(found, filling, reach, None)
        g = self._weak(found)
        normal, shear, elastic = solid.state(g, (reach.part * pressure - reach.loss) * (1 - g))
        displacements, plates = solid.displacements()
        energy = self.grid.comm.allreduce(float(np.sum(elastic)), MPI.SUM) * self._volume
        opening, surface = reach.part * self._opened(found), self.surface(found)
        return Fractured(
            found, pressure, reach.part, reach.loss, volume, opening, normal, shear, displacements, plates, energy,
            surface, count,
        )  # fmt: skip

    def response(self, damage, filling: Filling, flow: Flow | None = None, tolerance: float | None = None) -> Response:
        """By how much cracks of given damage open without a filling, and more per pressure in each cell. Collective.

        Parameters
        ----------
        damage : ndarray of the cells owned [1]
        filling : Filling
            It decides which parts of the cracks are closed, and which are reached.
        flow : Flow, optional
        tolerance : float, optional [1]
            Of the balance of forces; without it, `Elasticity`'s own.
        """
        reach = self._start(flow, 0.0)
        if flow is not None:
            self._settle(damage, filling, reach)
        for count in range(MOST_CLOSINGS):  # the first one only finds what is closed
            self._balance(damage, filling, reach, tolerance if count else _CLOSING)
            if count and self.solid.settled:
                break
        filled, found = reach.part * (1 - self._weak(damage)), self.solid.found
        without, by_cell = (self.solid.opening(part, filled) for part in (found.loads, found.filling))
        volume = self.grid.comm.allreduce(float(np.sum(without)), MPI.SUM) * self._volume
        return Response(volume, by_cell, reach.part, reach.drop, found)

    def _start(self, flow: Flow | None, stress_free, before: Displaced | None = None) -> Reach:
        self.solid.start(stress_free, before)
        return Reach(flow, self.solid.operators, self.bounded.length, self._strength)

    def _settle(self, damage, filling: Filling | None, reach: Reach) -> None:
        """Find the reach of a filling that flows, for a given damage."""
        area = self._area(damage, reach.flow)
        for _ in range(MOST_REACHES):
            pressure, _ = self._balance(damage, filling, reach, ROUGH)
            reach.follow(damage, area, self._opened(damage), pressure)
            if self.solid.settled and reach.settled:
                break

    def _balance(self, damage, filling: Filling | None, reach: Reach, tolerance: float | None) -> tuple[float, float]:
        g = self._weak(damage)
        return self.solid.balance(g, reach.part * (1 - g), filling, tolerance, reach.loss * (1 - g))

    def _relaxation(self, factor: float, last, left) -> float:
        """Over-relaxation from the last one and from what two sweeps have changed. Collective.

        B. M. Irons, R. C. Tuck, Int. J. Numer. Methods Eng. 1, 275 (1969): the slowest change is a geometric series.
        """
        turn = left - last
        along, square = self.grid.comm.allreduce(np.array([np.vdot(last, turn), np.vdot(turn, turn)]), MPI.SUM)
        return min(max(-factor * along / square, 1.0), _FURTHEST) if square > 0 else 1.0

    def _area(self, damage, flow: Flow | None):
        """Area of cracks per volume, if a flow needs it."""
        return None if flow is None else self.bounded.density(damage, by_area=True)

    def _opened(self, damage) -> np.ndarray:
        """By how much cracks have opened, filled or not, over the volume of each cell."""
        return (1 - self._weak(damage)) * self.solid.dilatation

    def _weak(self, damage):
        return (1 - damage) ** 2 * (1 - self.residual) + self.residual

    def _force(self, pressure: float, reach: Reach) -> np.ndarray:
        """Energy that damage would release: minus the derivative of the energy over that of g."""
        inside = reach.part * pressure - reach.loss
        return (1 - self.residual) * np.maximum(self.solid.tensile() + inside * self.solid.dilatation, 0.0)

"""The crack of a case: its solid, and the lithium in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod

import numpy as np
from mpi4py import MPI

from phasefield.engines.box import Box
from phasefield.engines.grid import Grid
from phasefield.mechanics import FIXED, End, Filling, Fracture, Fractured
from phasefield.mechanics.damage_law import Law


@dataclass(frozen=True)
class Solid:
    """A brittle electrolyte, in a model's units.

    Attributes
    ----------
    lame, shear : float
        Lamé's constants.
    release_rate : callable
        ``release_rate(coordinates) -> ndarray``: G_c.
    length : float
        l of the damage.
    law : Law
    pressure, stiffness : float
        Of the plate on the top, and of the casing behind it.
    free : bool
        Whether the sides may move; they stay flat.
    """

    lame: float
    shear: float
    release_rate: Callable
    length: float
    law: Law
    pressure: float = 0.0
    stiffness: float = 0.0
    free: bool = True


@dataclass
class FilledCrack:
    """A crack that grows from a flaw, on the grid of an engine.

    Parameters
    ----------
    solid : Solid
    flaw : callable
        ``flaw(coordinates) -> ndarray of bool``: the cells that are broken at the start.
    closed : bool
        Whether the lithium stays in the crack; otherwise it has the pressure of the plate.
    """

    solid: Solid
    flaw: Callable
    closed: bool
    _fracture: Fracture | None = field(default=None, init=False)
    _found: Fractured | None = field(default=None, init=False)

    def on(self, grid: Grid) -> Fracture:
        """The fracture problem on a grid. Collective."""
        if self._fracture is None or self._fracture.grid.box != grid.box:
            s, box = self.solid, grid.box
            sides = [End() if s.free else FIXED] * (len(box.shape) - 1)
            ends = [*sides, End(pressure=s.pressure, stiffness=s.stiffness)]
            rate = np.broadcast_to(s.release_rate(owned_coordinates(box)), box.owned_shape)
            self._fracture, self._found = Fracture(grid, ends, s.lame, s.shear, rate, s.length, s.law), None
        return self._fracture

    def seeded(self, grid: Grid) -> np.ndarray:
        """Damage of the flaw without load, in the cells owned. Collective."""
        return self.on(grid).seeded(self.flaw(owned_coordinates(grid.box)))

    def response(self, damage, pressure, box: Box) -> np.ndarray:
        """Volume by which the crack opens per pressure and volume, in the cells held. Collective."""
        fracture = self._fracture if self._fracture is not None and self._fracture.grid.box == box else None
        fracture = fracture or self.on(grid_of(box))
        mean = fracture.grid.comm.allreduce(float(np.max(box.own(pressure))), MPI.MAX)
        _, found = fracture.response(box.own(damage), mean)
        held = np.zeros(box.ghosted_shape)
        box.own(held)[...] = found
        fracture.grid.renew(held)
        return held

    def initial_content(self, grid: Grid, pressure: float) -> float:
        """Volume of the flaw, which lithium fills, at a pressure in it. Collective."""
        fracture = self.on(grid)
        volume, by_cell = fracture.response(self.seeded(grid), pressure)
        return volume + pressure * self.volume(grid, by_cell)

    def grow(self, damage, content: float, grid: Grid, energy: float = 1.0) -> Fractured:
        """Equilibrium of crack, solid and lithium, from the damage before (of the cells owned). Collective.

        `energy` is G_c over that without current.
        """
        filling = Filling(content) if self.closed else Filling(given=self.solid.pressure)
        self._found = self.on(grid).solve(damage, filling, energy=energy)
        return self._found

    def state(self, damage, content: float, grid: Grid) -> Fractured:
        """The same for a state that is in equilibrium; it is not solved again if it was the last. Collective."""
        fracture = self.on(grid)
        same = self._found is not None and np.array_equal(self._found.damage, damage)
        if not grid.comm.allreduce(same, MPI.LAND):
            return self.grow(damage, content, grid)
        assert self._found is not None and fracture is self._fracture
        return self._found

    @staticmethod
    def volume(grid: Grid, density) -> float:
        """Integral over the box of a density in the cells owned. Collective."""
        return grid.comm.allreduce(float(np.sum(density)), MPI.SUM) * prod(grid.box.sizes)


def owned_coordinates(box: Box) -> list[np.ndarray]:
    """Coordinates of the centres of the cells owned, x first."""
    return [box.own(np.broadcast_to(x, box.ghosted_shape)) for x in box.centres()]


def grid_of(box: Box) -> Grid:
    """A grid of the same boxes. Collective.

    A box that is whole is a rank's own: an engine reads the equations on a few cells of which each rank has all.
    """
    if box.owned_shape == box.shape[::-1]:
        return Grid(box.shape, box.spacing, MPI.COMM_SELF)
    every = MPI.COMM_WORLD.allgather(box.owned)
    parts = [[b - a for a, b in sorted({owned[axis] for owned in every})] for axis in range(len(box.shape))]
    return Grid(box.shape, box.spacing, MPI.COMM_WORLD, parts=parts)

"""The crack of a case: its solid, and the lithium in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np
from mpi4py import MPI

from phasefield.engines.box import Box
from phasefield.engines.grid import Grid
from phasefield.mechanics import FIXED, End, Filling, Flow, Fracture, Fractured
from phasefield.mechanics.damage import ROUGH, Response
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
    shear : float
        Yield stress of the lithium in shear; 0 if it flows freely.
    """

    solid: Solid
    flaw: Callable
    closed: bool
    shear: float = 0.0
    _fracture: Fracture | None = field(default=None, init=False)
    _found: Fractured | None = field(default=None, init=False)
    _response: tuple[np.ndarray, float, Response] | None = field(default=None, init=False)

    def on(self, grid: Grid) -> Fracture:
        """The fracture problem on a grid. Collective."""
        if self._fracture is None or self._fracture.grid.box != grid.box:
            s, box = self.solid, grid.box
            sides = [End() if s.free else FIXED] * (len(box.shape) - 1)
            ends = [*sides, End(pressure=s.pressure, stiffness=s.stiffness)]
            rate = np.broadcast_to(s.release_rate(owned_coordinates(box)), box.owned_shape)
            self._fracture = Fracture(grid, ends, s.lame, s.shear, rate, s.length, s.law)
            self._found = self._response = None
        return self._fracture

    def seeded(self, grid: Grid) -> np.ndarray:
        """Damage of the flaw without load, in the cells owned. Collective."""
        return self.on(grid).seeded(self.flaw(owned_coordinates(grid.box)))

    def response(self, damage, content: float, box: Box) -> Response:
        """How cracks open, and how far the lithium reaches, in the cells held. Collective."""
        fracture = self._fracture if self._fracture is not None and self._fracture.grid.box == box else None
        fracture = fracture or self.on(grid_of(box))
        own = box.own(damage)
        if not self._known(fracture, own, content):
            found = fracture.response(own, self._filling(content), self._flow(fracture.grid), ROUGH)
            self._response = own.copy(), content, _held(found, fracture.grid)
        assert self._response is not None
        return self._response[-1]

    def _known(self, fracture: Fracture, damage, content: float) -> bool:
        """Whether the last response is that of these cracks and this lithium. Collective."""
        last = self._response
        same = last is not None and last[1] == content and np.array_equal(last[0], damage)
        return bool(fracture.grid.comm.allreduce(same, MPI.LAND))

    def _filling(self, content: float) -> Filling:
        return Filling(content) if self.closed else Filling(given=self.solid.pressure)

    def _flow(self, grid: Grid) -> Flow | None:
        return Flow(self.shear, self.flaw(owned_coordinates(grid.box))) if self.shear > 0 else None

    def initial_content(self, grid: Grid, pressure: float) -> float:
        """Volume of lithium that fills the flaw at a pressure. Collective."""
        found = self.on(grid).response(self.seeded(grid), Filling(given=pressure))
        return found.volume + pressure * self.volume(grid, found.by_cell)

    def grow(self, damage, content: float, grid: Grid, energy: float = 1.0) -> Fractured:
        """Equilibrium of crack, solid and lithium, from the damage before (of the cells owned). Collective.

        `energy` is G_c over that without current. The solver starts from the displacement of the response, which each
        step asks for first, so that a restart has it, too.
        """
        fracture = self.on(grid)
        assert self._response is not None
        return self._equilibrium(fracture, damage, content, energy, self._response[-1].displaced)

    def _equilibrium(self, fracture: Fracture, damage, content: float, energy: float, start) -> Fractured:
        flow, filling = self._flow(fracture.grid), self._filling(content)
        self._found = fracture.solve(damage, filling, flow=flow, energy=energy, start=start)
        return self._found

    def state(self, damage, content: float, grid: Grid) -> Fractured:
        """The same for a state that is in equilibrium; it is not solved again if it was the last. Collective."""
        fracture = self.on(grid)
        same = self._found is not None and np.array_equal(self._found.damage, damage)
        if not grid.comm.allreduce(same, MPI.LAND):
            return self._equilibrium(fracture, damage, content, 1.0, None)
        assert self._found is not None and fracture is self._fracture
        return self._found

    @staticmethod
    def volume(grid: Grid, density) -> float:
        """Integral over the box of a density in the cells owned. Collective."""
        return grid.comm.allreduce(float(np.sum(density)), MPI.SUM) * prod(grid.box.sizes)


def _held(found: Response, grid: Grid) -> Response:
    """The same in the cells that a rank holds. Collective."""
    arrays = []
    for values in (found.by_cell, found.reach, found.loss):
        held = np.zeros(grid.box.ghosted_shape)
        grid.box.own(held)[...] = values
        grid.renew(held)
        arrays.append(held)
    return replace(found, by_cell=arrays[0], reach=arrays[1], loss=arrays[2])


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

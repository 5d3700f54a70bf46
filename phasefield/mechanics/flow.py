"""Flow of a plastic filling along a crack: how far it reaches, and the pressure that it loses on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from mpi4py import MPI

from phasefield.mechanics.staggered import Staggered
from phasefield.mechanics.ways import least_way, mean

#: Damage from which on a filling flows in a cell.
DAMAGED = 0.05
#: Least opening in the law of flow, over the size of a cell.
NARROWEST = 1e-5
#: Power of the damage by which a mean over the width of a crack is one over its middle.
MIDDLE = 8
#: Passes of the mean over neighbours that evens the steps of an inclined crack.
PASSES = 4
#: Variance across a crack of its area, as AT1 spreads it, over l².
SPREAD = 0.4
#: Change of the pressure in a cell with which the reach is found, over that in the source, and over the strength.
TOLERANCE, LEAST = 2e-3, 1e-4


@dataclass(frozen=True)
class Flow:
    """A filling that flows along a crack from a source, where it flows freely.

    Between two faces at a distance w a plastic solid flows if the pressure falls by 2τ/w per length, at any speed.

    Attributes
    ----------
    shear : float [modulus]
        Yield stress in shear, τ.
    source : ndarray of bool of the cells owned
    """

    shear: float
    source: np.ndarray


@dataclass
class Reach:
    """Part of each cell of a crack that a filling reaches, and the pressure that it has lost there.

    The mean pressure in a cell is part P − loss, if P is that of the source.

    Parameters
    ----------
    flow : Flow or None
        None: the filling is everywhere, at one pressure.
    operators : Staggered
    length : float [length]
        l of the damage.
    strength : float [modulus]
        About that of the solid.

    Attributes
    ----------
    part, loss : ndarray of the cells owned, or float [1], [modulus]
    settled : bool
        Whether the last `follow` changed little.
    """

    flow: Flow | None
    operators: Staggered
    length: float
    strength: float
    part: Any = 1.0
    loss: Any = 0.0
    settled: bool = True
    _count: int = field(default=0, init=False)

    def __post_init__(self):
        self.settled = self.flow is None

    @property
    def drop(self):
        """By how much the pressure is less in the part that is reached."""
        part = np.asarray(self.part)
        return np.divide(self.loss, part, out=np.zeros(part.shape), where=part > 0)

    def follow(self, damage, area, opening, pressure: float) -> None:
        """Take the opening and the pressure that were found with the last reach. Collective.

        Parameters
        ----------
        damage, area, opening : ndarray of the cells owned [1], [1/length], [1]
            Area and opening of the crack per volume.
        pressure : float [modulus]
            Of the source.
        """
        if self.flow is None:
            return
        o, source = self.operators, self.flow.source
        slope = 2 * self.flow.shear / np.maximum(self._opening_of(area, opening), NARROWEST * min(o.h))
        slope = np.where(source, 0.0, np.where(damage > DAMAGED, slope, np.inf))
        lost = least_way(o, slope, source)
        reached = np.isfinite(lost)
        step = np.where(reached, slope, 0.0) * prod(o.h) ** (1 / o.dim)
        ahead = np.where(reached, pressure - lost, -np.inf)
        part = np.clip(np.divide(ahead, step, out=np.where(ahead >= 0, 1.0, 0.0) - 0.5, where=step > 0) + 0.5, 0, 1)
        lost = np.where(part < 1, part * pressure - 0.5 * step * part**2, lost)
        part, lost = self._across(part, lost, damage)
        change = float(np.max(np.abs((part - self.part) * pressure - (lost - self.loss))))
        self.settled = o.grid.comm.allreduce(change, MPI.MAX) <= TOLERANCE * pressure + LEAST * self.strength
        self._count += 1
        taken = 1.0 if self._count == 1 else min(0.5, 5.0 / self._count)  # less and less, or tips would swing
        self.part, self.loss = self.part + taken * (part - self.part), self.loss + taken * (lost - self.loss)

    def _across(self, part, lost, damage) -> tuple[np.ndarray, np.ndarray]:
        """The same for all of a crack's width, of the cells in its middle: faces are pressed by the same pressure."""
        o, middle = self.operators, damage**MIDDLE
        around = mean(o, middle, PASSES)
        sums = (mean(o, middle * values, PASSES) for values in (part, lost))
        part, lost = (np.divide(whole, around, out=np.zeros_like(whole), where=around > LEAST) for whole in sums)
        return part, lost

    def _opening_of(self, area, opening) -> np.ndarray:
        """Distance of a crack's faces: its volume over its area, of the neighbourhood of each cell [length]."""
        o = self.operators
        narrow = round(2 * SPREAD * (self.length / max(o.h)) ** 2)  # a pass has a variance of half a cell squared
        area, opening = mean(o, area, PASSES), mean(o, opening, PASSES + narrow)
        return np.divide(opening, area, out=np.zeros_like(area), where=area > 0)

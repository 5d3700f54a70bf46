"""A film that closes the mouth of a flaw, in a model: it holds until the lithium on it presses too hard; record 058.

The film conducts no electrons. As long as it holds, no lithium is plated on the faces of the flaw, which is empty. When
it is broken, the faces have charge transfer without a film, and the flaw fills.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from fipy import Variable
from mpi4py import MPI

from phasefield.engines.state import State

#: Area of the electrode per volume, over that of an intact cell, from which a cell counts.
INTACT = 0.5


@dataclass(frozen=True)
class FilmParameters:
    """Dimensionless parameters.

    Attributes
    ----------
    resistance : float
        In series with charge transfer at the electrode.
    strength : float
        Pressure at which it breaks.
    confined : bool
        Whether the lithium on it has the pressure that the ions' potential is worth, and not only that of the stack.
    """

    resistance: float
    strength: float
    confined: bool


class SealingFilm:
    """The film in a model.

    Attributes
    ----------
    broken : fipy.Variable
        0 or 1.
    load : fipy.Variable
        Pressure of the lithium on it at the end of the last step.
    """

    def __init__(self, parameters: FilmParameters, stack: float):
        self.p, self.stack = parameters, stack
        self.broken = Variable(value=0.0, name="broken film")
        self.load = Variable(value=stack, name="load of the film")
        self.scalars = (self.broken, self.load)

    @property
    def breaks(self) -> bool:
        """Whether the load is more than it holds."""
        return float(self.load.value) >= self.p.strength

    def begin(self) -> None:
        """Begin a step: break if the load of the last state requires it."""
        if self.breaks:
            self.broken.setValue(1.0)

    def follow(self, state: State, potential: np.ndarray) -> None:
        """Find the load in the state of a step; ions have a potential below the cells owned. Collective."""
        box, load = state.box, self.stack
        if self.p.confined:
            electrode = box.own(state.fixed["electrode"] * state.auxiliary["solid"])
            at = electrode > INTACT / box.sizes[-1]
            worth = float(np.max(potential, where=at, initial=-np.inf))
            load = max(load, state.grid.comm.allreduce(worth, MPI.MAX))
        self.load.setValue(load)

"""Stress of a growing interphase that cracks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from mpi4py import MPI

from phasefield.deck.base import given
from phasefield.engines.grid import Grid
from phasefield.mechanics import FIXED, Fractured
from phasefield.physics.interphase.deck import InterphaseDeck
from phasefield.physics.interphase.fracture import BROKEN, LayerCracks, Solid
from phasefield.physics.interphase.scales import InterphaseScales
from phasefield.physics.interphase.stress import LayerStress, quintic
from phasefield.theory import elasticity as laws

if TYPE_CHECKING:
    from phasefield.engines.stepping import NewtonEngine


class CrackedStress(LayerStress):
    """As :class:`LayerStress`, for a solid with damage.

    Parameters
    ----------
    deck : InterphaseDeck
        With ``mechanics.cracks``.
    scales : InterphaseScales
    """

    #: The electrode is a mirror for cracks.
    geometry = laws.TUNNEL

    def __init__(self, deck: InterphaseDeck, scales: InterphaseScales):
        super().__init__(deck, scales)
        places = [x / scales.length for x in given(self.mechanics.cracks).places]
        self.cracks = LayerCracks([FIXED, self.top], given(self.mechanics.damage_length) / scales.length, places)
        self._found: Fractured | None = None
        self._followed: np.ndarray = np.empty(0)
        self._length = 0.0

    def grow(self, damage, psi, coating, grid: Grid) -> np.ndarray:
        """The damage that follows from an earlier one and from the product, of the cells owned. Collective."""
        return self._solve(self.cracks, damage, psi, coating, grid)

    def of(self, engine: NewtonEngine) -> Fractured:
        """The state of equilibrium [Pa] of an engine's present fields; lengths in the model's unit. Collective.

        No crack comes along the layer here: that is for a step.

        Raises
        ------
        NoEquilibrium, NoFracture
            No solution is found.
        """
        d, ψ = engine.owned("d"), engine.owned("psi")
        same = self._found is not None and np.array_equal(ψ, self._followed) and np.array_equal(d, self._found.damage)
        if not engine.comm.allreduce(same, MPI.LAND):
            self._solve(replace(self.cracks, places=()), d, ψ, self._coating(engine), engine.grid)
        assert self._found is not None
        return self._found

    def _solve(self, cracks: LayerCracks, damage, psi, coating, grid: Grid) -> np.ndarray:
        λ, μ, strain = self.properties(psi, coating)
        solid = Solid(λ, μ, strain, self._release_rate(psi, coating))
        self._found, self._length = cracks.grow(damage, psi, coating, solid, grid)
        self._followed = psi.copy()
        return self._found.damage

    def crack_length(self, engine: NewtonEngine) -> float:
        """Length of all cracks [m], by their damage. Collective."""
        self.of(engine)
        return self._length * self.scales.length

    def row(self, engine: NewtonEngine, thickness: float) -> dict[str, float]:
        """Columns of the history, for a layer of a mean thickness [m]. Collective."""
        found, box, length = self.of(engine), engine.box, self.scales.length
        width = box.length(0)
        z = box.own(np.broadcast_to(box.centres()[-1], box.ghosted_shape))
        tip = np.max(z, where=engine.owned("d") >= BROKEN, initial=-0.5 * box.spacing[-1]) + 0.5 * box.spacing[-1]
        return super().row(engine, thickness) | {
            "Energy of cracks": found.surface * length / width,
            "Crack length": self.crack_length(engine),
            "Height of cracks": engine.comm.allreduce(float(tip), MPI.MAX) * length,
        }

    def _energy(self, engine: NewtonEngine, stress) -> float:
        return stress.elastic / engine.box.length(0)

    def _release_rate(self, psi, coating) -> np.ndarray:
        """G_c in each cell [Pa × the model's length]."""
        m, part = self.mechanics, quintic(np.clip(psi, 0.0, 1.0))
        product, electrolyte = given(m.product.release_rate), given(m.electrolyte.release_rate)
        film = given(m.coating.release_rate) if m.coating else 0.0
        return ((1 - coating) * (part * product + (1 - part) * electrolyte) + coating * film) / self.scales.length

r"""Pressure of a solid electrolyte on lithium that grows into it; record 044.

The flat electrolyte lay on the flat collector before there was lithium. What is plated pushes it up: by the thickness
of the lithium below, whatever its shape. In linear elasticity on the present shape that is a stress-free strain of the
lithium of one along the height, :math:`\varepsilon^*_{zz} = 1`, so its integral over a column is the thickness. Lithium
of uniform thickness lifts the electrolyte and the plate above it as they are. A ripple strains both solids: lithium and
electrolyte stick together, without a gap.

Where the strain ends, at the surface, it is a misfit. In the stiffer solid the misfit of a diffuse surface would make
stresses of its own, in proportion to the stiffness there. So the strain is complete where the solid begins to stiffen
(`OF_THE_STRAIN`, `OF_THE_METAL`).

The normal traction −n·σ·n is continuous across the surface; each cell has its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from phasefield.deck.base import given
from phasefield.engines.grid import Grid
from phasefield.mechanics import FIXED, Elasticity, End, Stress
from phasefield.physics.common.energy import δ
from phasefield.physics.common.surface import FLAT
from phasefield.physics.plating.deck import PlatingDeck
from phasefield.physics.plating.planned import Planned
from phasefield.physics.plating.scales import PlatingScales
from phasefield.theory.constants import FARADAY, GAS_CONSTANT

#: ξ between which the stress-free strain goes from 0 to 1, and the moduli from the electrolyte's to the lithium's.
OF_THE_STRAIN, OF_THE_METAL = (0.0, 0.5), (0.3, 0.9)
#: Largest slope of the strain over ξ, times δ|∇ξ|: a cell that advances alone by x is strained by as much x/δ.
STEEPEST = 0.73
#: Step times the largest rate r of the traction's feedback.
STABLE = 0.5


def ramp(ξ, between: tuple[float, float]):
    """From 0 to 1 between two values of ξ, with zero slope and curvature at both."""
    x = np.clip((ξ - between[0]) / (between[1] - between[0]), 0.0, 1.0)
    return x**3 * (x * (6 * x - 15) + 10)


@dataclass
class Traction:
    """Static equilibrium of lithium and electrolyte between the collector and a plate under the stack pressure.

    The sides do not move, without friction.

    Attributes
    ----------
    deck : PlatingDeck
        With ``mechanics``.
    scales : PlatingScales
    """

    deck: PlatingDeck
    scales: PlatingScales

    def __post_init__(self) -> None:
        self._grid: Grid | None = None
        self._solved = np.empty(0)

    @property
    def longest_step(self) -> float:
        """Step up to which the traction may be that of the predicted surface [1]; infinite in 1-D.

        A cell that advances alone by x is pressed back by `STEEPEST` E'x/δ. Its reaction takes the advance back at the
        rate r = `STEEPEST` E'(V_Li/F)²/(δR), R the resistance of charge transfer. With the linear prediction, steps are
        stable up to 2/(3r).
        """
        deck = self.deck
        if deck.domain.dimension == 1:
            return math.inf
        λ, μ = given(deck.mechanics).electrolyte.lame
        modulus = 4 * μ * (λ + μ) / (λ + 2 * μ)  # E' of plane strain
        resistance = Planned(deck).charge_transfer_resistance
        rate = STEEPEST * modulus * (self.scales.molar_volume / FARADAY) ** 2 / (δ * self.scales.length * resistance)
        return STABLE / (rate * self.scales.time)

    def of(self, ξ, grid: Grid) -> Stress:
        """The stress [Pa] for an order parameter in the cells owned. Collective.

        Raises
        ------
        NoEquilibrium
            The linear solver fails.
        """
        if self._grid is not grid:
            top = End(pressure=given(self.deck.mechanics).pressure)
            self._grid, self._solved = grid, np.empty(0)
            self._solver = Elasticity(grid, [*[FIXED] * (len(grid.box.shape) - 1), top])
        if not grid.comm.allreduce(np.array_equal(ξ, self._solved), MPI.LAND):
            self._solved, self._stress = ξ.copy(), self._solver.solve(*self._properties(ξ))
        return self._stress

    def _properties(self, ξ):
        """λ and μ [Pa], and the strain along each axis that each cell would have by itself."""
        m = given(self.deck.mechanics)
        part, grown = ramp(ξ, OF_THE_METAL), ramp(ξ, OF_THE_STRAIN)
        pairs = zip(m.metal.lame, m.electrolyte.lame, strict=True)
        λ, μ = (part * metal + (1 - part) * soft for metal, soft in pairs)
        strains = [np.zeros_like(grown)] * 3
        strains[ξ.ndim - 1] = grown
        return λ, μ, strains

    def excess(self, fields, grid: Grid) -> np.ndarray:
        """−n·σ·n less the stack pressure, as an overpotential p V_Li/RT, in the cells held. Collective.

        Parameters
        ----------
        fields : dict of ndarray
            ``"xi"`` in the cells held.
        grid : Grid
        """
        held = np.zeros(grid.box.ghosted_shape)
        pressure = self.on_surface(fields["xi"], grid) - given(self.deck.mechanics).pressure
        held[grid.box.inner] = pressure * self.scales.molar_volume / (GAS_CONSTANT * self.deck.conditions.temperature)
        grid.renew(held)
        return held

    def fields(self, engine) -> dict[str, np.ndarray]:
        """Fields of snapshots, owned arrays [Pa]. Collective."""
        return {"pressure": -np.mean(self.of(engine.owned("xi"), engine.grid).normal, axis=0)}

    def on_surface(self, ξ, grid: Grid) -> np.ndarray:
        """−n·σ·n in the cells owned [Pa], and the stack pressure where ξ is flat; ξ in the cells held. Collective."""
        box, p = grid.box, given(self.deck.mechanics).pressure
        stress = self.of(box.own(ξ), grid)
        slopes = [box.own(np.gradient(ξ, h, axis=-1 - axis)) for axis, h in enumerate(box.sizes)]
        square = sum(g * g for g in slopes)
        pulled = sum(g * g * (stress.normal[axis] + p) for axis, g in enumerate(slopes))
        pulled += sum(2 * slopes[k] * slopes[m] * τ for (k, m), τ in stress.shear.items())
        return p - pulled / (square + FLAT**2)

"""Stress of a growing interphase: it follows from the fields, and does not act on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from mpi4py import MPI

from phasefield.deck.base import given
from phasefield.mechanics import FIXED, Elasticity, End, Fractured, Stress
from phasefield.physics.interphase.deck import InterphaseDeck
from phasefield.physics.interphase.scales import InterphaseScales
from phasefield.theory import elasticity as laws

if TYPE_CHECKING:
    from phasefield.engines.stepping import NewtonEngine


class LayerStress:
    """Static equilibrium of electrolyte, product and coating between the electrode and a plate.

    The bottom and the sides do not move, without friction. The product would swell by itself; where ψ is between 0 and
    1, so does its part of the cell. Moduli go from those of the electrolyte to those of the product by the fifth-order
    polynomial, whose error in the stress is of second order in the width of the front (decision 040).

    Parameters
    ----------
    deck : InterphaseDeck
        With ``mechanics``.
    scales : InterphaseScales
    """

    #: Z of the criterion for a crack along the layer.
    geometry = laws.CHANNEL

    def __init__(self, deck: InterphaseDeck, scales: InterphaseScales):
        self.deck, self.scales, self.mechanics = deck, scales, given(deck.mechanics)
        self._solver: Elasticity | None = None
        self._solved: np.ndarray = np.empty(0)
        self._stress: Stress | None = None

    @property
    def top(self) -> End:
        """The plate on the top; lengths in the model's unit."""
        return End(pressure=self.mechanics.pressure, stiffness=self.mechanics.casing_stiffness * self.scales.length)

    def of(self, engine: NewtonEngine) -> Stress | Fractured:
        """The stress [Pa] of an engine's present fields; lengths in the model's unit. Collective.

        Raises
        ------
        NoEquilibrium
            The linear solver fails.
        """
        if self._solver is None or self._solver.grid is not engine.grid:
            ends = [*[FIXED] * (len(engine.box.shape) - 1), self.top]
            self._solver, self._stress = Elasticity(engine.grid, ends), None
        ψ = engine.owned("psi")
        same = self._stress is not None and np.array_equal(ψ, self._solved)
        if self._stress is None or not engine.comm.allreduce(same, MPI.LAND):
            properties = self.properties(ψ, self._coating(engine))
            self._solved, self._stress = ψ.copy(), self._solver.solve(*properties)
        return self._stress

    def fields(self, engine: NewtonEngine) -> dict[str, np.ndarray]:
        """Fields of snapshots, owned arrays [Pa]. Collective."""
        stress = self.of(engine)
        return {"tension": stress.largest_principal, "pressure": -np.mean(stress.normal, axis=0)}

    def row(self, engine: NewtonEngine, thickness: float) -> dict[str, float]:
        """Columns of the history, for a layer of a mean thickness [m]. Collective."""
        stress, m, length = self.of(engine), self.mechanics, self.scales.length
        ψ, χ = np.clip(engine.owned("psi"), 0.0, 1.0), self._coating(engine)
        vertical = len(engine.box.shape) - 1
        lateral = 0.5 * sum(σ for axis, σ in enumerate(stress.normal) if axis != vertical)
        layer, tension, free = (1 - χ) * ψ, stress.largest_principal, χ < 0.5
        sums = np.array([np.sum(layer * lateral), np.sum(layer)])
        engine.comm.Allreduce(MPI.IN_PLACE, sums, MPI.SUM)
        mean = float(sums[0] / sums[1]) if sums[1] > 0 else 0.0
        here = [np.max(tension, where=free & part, initial=-np.inf) for part in (ψ >= 0.5, ψ < 0.5)]
        largest = np.array(here)
        engine.comm.Allreduce(MPI.IN_PLACE, largest, MPI.MAX)
        in_layer, in_electrolyte = map(float, largest)
        product, electrolyte = m.product, m.electrolyte
        moduli = product.youngs_modulus, product.poisson_ratio
        row = {
            "Mean stress along the layer": mean,
            "Largest tension in the layer": in_layer,
            "Largest tension in the electrolyte": in_electrolyte,
            "Elastic energy": self._energy(engine, stress) * length,
            "Displacement of the top": stress.plates[vertical] * length,
            "Energy release rate": laws.channel_release_rate(mean, thickness, *moduli, self.geometry),
        }
        if product.fracture_toughness is not None:
            row["Critical thickness"] = laws.critical_thickness(
                mean, product.fracture_toughness, self.geometry
            )
        if electrolyte.fracture_toughness is not None:
            row["Critical flaw in the electrolyte"] = laws.critical_flaw(
                in_electrolyte, electrolyte.fracture_toughness
            )
        return row

    def _coating(self, engine: NewtonEngine) -> np.ndarray:
        return engine.owned("coating") if self.deck.coating else np.zeros(engine.box.owned_shape)

    def _energy(self, engine: NewtonEngine, stress: Any) -> float:
        """Elastic energy per area [Pa × the model's length]. Collective."""
        return engine.grid.integral(stress.energy)

    def properties(self, ψ, χ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """λ and μ [Pa], and the strain that each cell would have by itself, for the parts of product and coating."""
        m = self.mechanics
        part = quintic(np.clip(ψ, 0.0, 1.0))
        coating = m.coating.lame if m.coating else (0.0, 0.0)
        λ, μ = (
            (1 - χ) * (part * product + (1 - part) * electrolyte) + χ * film
            for product, electrolyte, film in zip(m.product.lame, m.electrolyte.lame, coating, strict=True)
        )
        return λ, μ, (1 - χ) * ψ * m.product.strain


def quintic(x):
    """From 0 to 1 with zero slope and curvature at both ends."""
    return x**3 * (x * (6 * x - 15) + 10)

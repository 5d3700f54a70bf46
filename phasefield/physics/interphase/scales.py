"""Scales of an interphase: from SI to the model's units, and back.

Length: front width δ_PF. Potential Φ and current density i₀: those of the rate law, so that its rate is 1 for each:
with the linear law the whole window and the current of a front that only reaction limits, F k_r/V_n; with
Butler–Volmer RT/F and the exchange current density. Time: what i₀ takes to grow one δ_PF.
"""

from __future__ import annotations

from dataclasses import dataclass

from phasefield.deck.base import given
from phasefield.physics.common.scales import ElectricScales
from phasefield.physics.interphase.deck import InterphaseDeck
from phasefield.theory.constants import FARADAY, GAS_CONSTANT
from phasefield.theory.interphase import arrhenius


@dataclass(frozen=True, kw_only=True)
class InterphaseScales(ElectricScales):
    """Units of a layer that grows by reaction.

    Attributes
    ----------
    velocity : float [m/s]
    molar_volume : float [m³/mol]
        Product formed per mole of lithium.
    """

    velocity: float
    molar_volume: float

    @classmethod
    def of(cls, deck: InterphaseDeck) -> InterphaseScales:
        """Scales of a deck, at its temperature."""
        temperature, reaction, volume = deck.conditions.temperature, deck.reaction, deck.product.volume_per_lithium
        faster = arrhenius(1.0, reaction.activation_energy, temperature)
        if reaction.law == "linear":
            potential, current = abs(deck.window), FARADAY * given(reaction.velocity) * faster / volume
        else:
            potential = GAS_CONSTANT * temperature / FARADAY
            current = given(reaction.exchange_current_density) * faster
        length, velocity = deck.interface.width, current * volume / FARADAY
        return cls(
            length=length,
            time=length / velocity,
            potential=potential,
            current=current,
            charge=length * FARADAY / volume,
            velocity=velocity,
            molar_volume=volume,
        )

    @property
    def diffusivity(self) -> float:
        return self.length * self.velocity

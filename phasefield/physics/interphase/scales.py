"""Scales of an interphase: from SI to what the model counts in, and back.

Length: front width δ_PF. Potential Φ and current density i₀: those of the rate law, so that its rate is 1 for each:
with the linear law the whole window and the current of a front that only reaction limits, F k_r/V_n; with
Butler–Volmer RT/F and the exchange current density. Time: what i₀ takes to grow one δ_PF.
"""

from __future__ import annotations

from dataclasses import dataclass

from phasefield.theory import FARADAY, GAS_CONSTANT
from phasefield.theory.interphase import arrhenius


@dataclass(frozen=True)
class Scales:
    """Units of the dimensionless problem.

    Attributes
    ----------
    length : float [m]
    potential : float [V]
    current : float [A/m^2]
    molar_volume : float [m^3/mol]
        Product formed per mole of lithium.
    """

    length: float
    potential: float
    current: float
    molar_volume: float

    @classmethod
    def of(cls, deck) -> Scales:
        """Scales of a deck, at its temperature."""
        temperature, reaction, volume = deck.conditions.temperature, deck.reaction, deck.product.volume_per_lithium
        faster = arrhenius(1.0, reaction.activation_energy, temperature)
        if reaction.law == "linear":
            potential, current = abs(deck.window), FARADAY * reaction.velocity * faster / volume
        else:
            potential = GAS_CONSTANT * temperature / FARADAY
            current = reaction.exchange_current_density * faster
        return cls(deck.interface.width, potential, current, volume)

    @property
    def velocity(self) -> float:
        """[m/s]"""
        return self.current * self.molar_volume / FARADAY

    @property
    def charge(self) -> float:
        """Charge per area that one length of product takes [C/m^2]."""
        return self.length * FARADAY / self.molar_volume

    @property
    def time(self) -> float:
        """[s]"""
        return self.length / self.velocity

    @property
    def diffusivity(self) -> float:
        """[m^2/s]"""
        return self.length * self.velocity

    @property
    def conductivity(self) -> float:
        """[S/m]"""
        return self.current * self.length / self.potential

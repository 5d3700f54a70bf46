"""Scales: from SI to the dimensionless numbers a model solves with, and back.

Length: interface width δ_PF. Potential: RT/F. Current density: exchange current density i₀. Time: what i₀
takes to plate one interface width, δ_PF F/(i₀ V_Li). Concentration: the salt's initial one. With these the
charge source F c_Li ∂ξ/∂t is simply ∂ξ/∂t and the kinetic coefficient L_η is 1/(6δ) = 2/3.
"""

from __future__ import annotations

from dataclasses import dataclass

from phasefield.theory.constants import FARADAY, GAS_CONSTANT


@dataclass(frozen=True)
class Scales:
    """Units of the dimensionless problem.

    Attributes
    ----------
    length : float [m]
    potential : float [V]
    current : float [A/m²]
    molar_volume : float [m³/mol]
        Of lithium.
    concentration : float [mol/m³]
    """

    length: float
    potential: float
    current: float
    molar_volume: float
    concentration: float

    @classmethod
    def of(cls, deck) -> Scales:
        """Scales of a deck."""
        return cls(
            length=deck.interface.width,
            potential=GAS_CONSTANT * deck.conditions.temperature / FARADAY,
            current=deck.kinetics.exchange_current_density,
            molar_volume=deck.lithium.molar_volume,
            concentration=deck.electrolyte.concentration or 1000.0,
        )

    @property
    def charge(self) -> float:
        """Charge per area of one length of lithium [C/m²]."""
        return self.length * FARADAY / self.molar_volume

    @property
    def time(self) -> float:
        """[s]"""
        return self.charge / self.current

    @property
    def conductivity(self) -> float:
        """[S/m]"""
        return self.current * self.length / self.potential

    @property
    def diffusivity(self) -> float:
        """[m²/s]"""
        return self.length**2 / self.time

    @property
    def resistance(self) -> float:
        """Area-specific resistance RT/(F i₀) [Ω m²]: the charge-transfer resistance if α_a + α_c = 1."""
        return self.potential / self.current

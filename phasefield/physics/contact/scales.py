"""Scales of a contact: length the electrode's thickness, potential RT/F, current i₀, time what i₀ takes to fill it."""

from __future__ import annotations

from dataclasses import dataclass

from phasefield.theory import FARADAY, GAS_CONSTANT


@dataclass(frozen=True)
class Scales:
    """Units of the dimensionless problem.

    Attributes
    ----------
    length : float [m]
    potential : float [V]
    current : float [A/m^2]
    concentration : float [mol/m^3]
        Of lithium in the full electrode.
    """

    length: float
    potential: float
    current: float
    concentration: float

    @classmethod
    def of(cls, deck) -> Scales:
        """Scales of a deck."""
        electrode, temperature = deck.electrode, deck.conditions.temperature
        return cls(
            electrode.thickness,
            GAS_CONSTANT * temperature / FARADAY,
            deck.kinetics.exchange_current_density,
            electrode.maximum_concentration,
        )

    @property
    def charge(self) -> float:
        """Charge per area that fills the electrode [C/m^2]."""
        return FARADAY * self.concentration * self.length

    @property
    def time(self) -> float:
        """[s]"""
        return self.charge / self.current

    @property
    def diffusivity(self) -> float:
        """[m^2/s]"""
        return self.length**2 / self.time

    @property
    def conductivity(self) -> float:
        """[S/m]"""
        return self.current * self.length / self.potential

    @property
    def resistance(self) -> float:
        """[ohm m^2]"""
        return self.potential / self.current

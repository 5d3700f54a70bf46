"""Scales: from SI to the dimensionless numbers of the wetting model, and back.

Length: interface width δ_PF. Time: δ_PF²/M. Pressure: γ/δ_PF, γ of lithium and surroundings.
"""

from __future__ import annotations

from dataclasses import dataclass

from phasefield.theory import FARADAY


@dataclass(frozen=True)
class Scales:
    """Units of the dimensionless problem.

    Attributes
    ----------
    length : float [m]
    time : float [s]
    pressure : float [Pa]
    molar_volume : float [m³/mol]
        Of lithium.
    """

    length: float
    time: float
    pressure: float
    molar_volume: float

    @classmethod
    def of(cls, deck) -> Scales:
        """Scales of a deck."""
        width = deck.interface.width
        return cls(
            length=width,
            time=width**2 / deck.interface.mobility,
            pressure=deck.energies.lithium_surroundings / width,
            molar_volume=deck.lithium.molar_volume,
        )

    @property
    def charge(self) -> float:
        """Charge per area of one length of lithium [C/m²]."""
        return self.length * FARADAY / self.molar_volume

    @property
    def current(self) -> float:
        """[A/m²]"""
        return self.charge / self.time

    @property
    def potential(self) -> float:
        """Of lithium under a pressure of one against lithium under none, with its sign turned [V]."""
        return self.pressure * self.molar_volume / FARADAY

"""Scales: length the flaw's, potential RT/F, current i₀, pressure RT/V_Li, time in which i₀ plates the length."""

from __future__ import annotations

from dataclasses import dataclass

from phasefield.physics.common.scales import ElectricScales
from phasefield.physics.crack.deck import CrackDeck
from phasefield.theory.constants import FARADAY, GAS_CONSTANT


@dataclass(frozen=True, kw_only=True)
class CrackScales(ElectricScales):
    """Units of lithium in a crack.

    Attributes
    ----------
    pressure : float [Pa]
    """

    pressure: float

    @classmethod
    def of(cls, deck: CrackDeck) -> CrackScales:
        """Scales of a deck."""
        length, volume = deck.flaw.length, deck.lithium.molar_volume
        thermal = GAS_CONSTANT * deck.conditions.temperature
        charge, current = length * FARADAY / volume, deck.exchange_current_density
        return cls(
            length=length,
            time=charge / current,
            potential=thermal / FARADAY,
            current=current,
            charge=charge,
            pressure=thermal / volume,
        )

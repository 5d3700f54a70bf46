"""Scales: length the depth of the voids, potential RT/F, current i₀, time in which i₀ strips all contact."""

from __future__ import annotations

from dataclasses import dataclass

from phasefield.physics.common.scales import ElectricScales
from phasefield.physics.voids.deck import VoidsDeck


@dataclass(frozen=True, kw_only=True)
class VoidsScales(ElectricScales):
    """Units of voids at an interface."""

    @classmethod
    def of(cls, deck: VoidsDeck) -> VoidsScales:
        """Scales of a deck."""
        charge, current = deck.charge_of_contact, deck.exchange_current_density
        return cls(
            length=deck.voids.depth,
            time=charge / current,
            potential=deck.thermal_voltage,
            current=current,
            charge=charge,
        )

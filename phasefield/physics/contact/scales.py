"""Scales of a contact: length the electrode's thickness, potential RT/F, current i₀, time in which i₀ fills it."""

from __future__ import annotations

from dataclasses import dataclass

from phasefield.physics.common.scales import ElectricScales
from phasefield.physics.contact.deck import ContactDeck
from phasefield.theory.constants import FARADAY, GAS_CONSTANT


@dataclass(frozen=True, kw_only=True)
class ContactScales(ElectricScales):
    """Units of an electrode that fills with lithium.

    Attributes
    ----------
    concentration : float [mol/m³]
        Concentration of lithium in the full electrode.
    """

    concentration: float

    @property
    def stress(self) -> float:
        """Unit of stress, c_max RT [Pa]."""
        return self.concentration * FARADAY * self.potential

    @classmethod
    def of(cls, deck: ContactDeck) -> ContactScales:
        """Scales of a deck."""
        electrode, current = deck.electrode, deck.kinetics.exchange_current_density_at(deck.conditions.temperature)
        charge = FARADAY * electrode.maximum_concentration * electrode.thickness
        return cls(
            length=electrode.thickness,
            time=charge / current,
            potential=GAS_CONSTANT * deck.conditions.temperature / FARADAY,
            current=current,
            charge=charge,
            concentration=electrode.maximum_concentration,
        )

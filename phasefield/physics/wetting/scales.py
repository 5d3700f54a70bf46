"""Scales: from SI to the dimensionless numbers of the wetting model, and back.

Length: interface width δ_PF. Time: δ_PF²/M. Pressure: γ/δ_PF, γ of lithium and surroundings. Potential: of lithium
under a pressure of one against lithium under none, with its sign turned.
"""

from __future__ import annotations

from dataclasses import dataclass

from phasefield.physics.common.scales import ElectricScales
from phasefield.physics.wetting.deck import WettingDeck
from phasefield.theory.constants import FARADAY


@dataclass(frozen=True, kw_only=True)
class WettingScales(ElectricScales):
    """Units of lithium that capillarity shapes.

    Attributes
    ----------
    pressure : float [Pa]
    """

    pressure: float

    @classmethod
    def of(cls, deck: WettingDeck) -> WettingScales:
        """Scales of a deck."""
        width, molar_volume = deck.interface.width, deck.lithium.molar_volume
        time = width**2 / deck.interface.mobility
        pressure = deck.energies.lithium_surroundings / width
        charge = width * FARADAY / molar_volume
        return cls(
            length=width,
            time=time,
            potential=pressure * molar_volume / FARADAY,
            current=charge / time,
            charge=charge,
            pressure=pressure,
        )

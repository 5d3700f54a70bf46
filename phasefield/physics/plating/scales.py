"""Scales: from SI to the dimensionless numbers a model solves with, and back.

Length: interface width δ_PF. Potential: RT/F. Current density: exchange current density i₀. Time: what i₀
takes to plate one interface width, δ_PF F/(i₀ V_Li). Concentration: the salt's initial one. With these the
charge source F c_Li ∂ξ/∂t is simply ∂ξ/∂t, and the kinetic coefficient of a model with h′(ξ) is 1/(6δ) = 2/3; the
resistance RT/(F i₀) is that of charge transfer if α_a + α_c = 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from phasefield.deck.cell import Kinetics, Lithium
from phasefield.physics.common.scales import ElectricScales
from phasefield.physics.plating.deck import PlatingDeck
from phasefield.theory.constants import FARADAY, GAS_CONSTANT


@dataclass(frozen=True, kw_only=True)
class PlatingScales(ElectricScales):
    """Units of lithium plated by charge transfer.

    Attributes
    ----------
    molar_volume : float [m³/mol]
        Molar volume of lithium.
    concentration : float [mol/m³]
        Initial concentration of salt.
    """

    molar_volume: float
    concentration: float = 1000.0

    @classmethod
    def of(cls, deck: PlatingDeck) -> PlatingScales:
        """Scales of a deck."""
        salt = deck.electrolyte.concentration
        scales = cls.of_lithium(deck.interface.width, deck.conditions.temperature, deck.kinetics, deck.lithium)
        return scales if salt is None else replace(scales, concentration=salt)

    @classmethod
    def of_lithium(cls, width: float, temperature: float, kinetics: Kinetics, lithium: Lithium) -> PlatingScales:
        """Scales of lithium without a salt.

        Parameters
        ----------
        width : float [m]
            Width of the interface.
        temperature : float [K]
        kinetics : Kinetics
        lithium : Lithium
        """
        charge = width * FARADAY / lithium.molar_volume
        current = kinetics.exchange_current_density_at(temperature)
        return cls(
            length=width,
            time=charge / current,
            potential=GAS_CONSTANT * temperature / FARADAY,
            current=current,
            charge=charge,
            molar_volume=lithium.molar_volume,
        )

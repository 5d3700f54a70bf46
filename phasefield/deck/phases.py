"""Sections of a deck for phases that conduct ions and electrons; a material supplies the values not given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from phasefield.deck.base import ActivationEnergy, Conductivity, Length, MolarVolume, Section, Voltage
from phasefield.deck.material import OfMaterial
from phasefield.deck.shapes import FilmShape
from phasefield.errors import Problem
from phasefield.theory.interphase import arrhenius


class ConductingPhase(OfMaterial):
    ionic_conductivity: Conductivity = Field(description="Conductivity of lithium ions at 298.15 K.")
    electronic_conductivity: Conductivity = Field(description="Conductivity of electrons at 298.15 K.")
    ionic_activation_energy: ActivationEnergy = Field(
        "0 J/mol", description="Activation energy of the ionic conductivity."
    )
    electronic_activation_energy: ActivationEnergy = Field(
        "0 J/mol", description="Activation energy of the electronic conductivity."
    )

    taken: ClassVar[dict[str, str]] = {
        "ionic_conductivity": "S/m",
        "electronic_conductivity": "S/m",
        "ionic_activation_energy": "J/mol",
        "electronic_activation_energy": "J/mol",
    }

    def conductivities(self, temperature: float) -> tuple[float, float]:
        """Ionic and electronic conductivity [S/m] at a temperature [K]."""
        return (
            arrhenius(self.ionic_conductivity, self.ionic_activation_energy, temperature),
            arrhenius(self.electronic_conductivity, self.electronic_activation_energy, temperature),
        )


class Stability(Section):
    """The window in which a phase is stable."""

    reduction_potential: Voltage = Field(
        description="Potential against lithium below which the electrolyte is reduced."
    )
    oxidation_potential: Voltage = Field(
        description="Potential against lithium above which the electrolyte is oxidised."
    )

    def problems(self) -> Iterator[Problem]:
        if self.reduction_potential >= self.oxidation_potential:
            yield Problem("reduction_potential", "must be below the oxidation potential")


#: Keys of a stability window that a material may supply, and their unit.
WINDOW = {"reduction_potential": "V", "oxidation_potential": "V"}


class SolidElectrolyte(Stability, ConductingPhase):
    taken: ClassVar[dict[str, str]] = ConductingPhase.taken | WINDOW


class ReactionProduct(ConductingPhase):
    """Product of a phase that an electrode reduces or oxidises."""

    volume_per_lithium: MolarVolume = Field(
        examples=["25 cm^3/mol"], description="Volume V_n of product per mole of lithium that reacts."
    )

    taken: ClassVar[dict[str, str]] = ConductingPhase.taken | {"volume_per_lithium": "m^3/mol"}


class Product(ReactionProduct):
    """The interphase."""

    tunnelling_length: Length | None = Field(
        None,
        description=(
            "Decay length λ of the electronic conductivity with the distance d from the electrode, σ_e exp(−d/λ). "
            "Electrons then tunnel, and the layer grows by a logarithmic law."
        ),
    )

    taken: ClassVar[dict[str, str]] = ReactionProduct.taken | {"tunnelling_length": "m"}


class CoatingLayer(ConductingPhase, FilmShape):
    """A coating that the mesh resolves, between electrode and electrolyte."""

    thickness: Length = Field(examples=["5 nm"], description="Thickness of the coating; at least two cells.")


class Electrode(Section):
    name: str = Field("", max_length=200, description="Name of the electrode, used in reports only.")
    potential: Voltage = Field("0 V", description="Potential of the electrode against lithium; 0 V for lithium itself.")

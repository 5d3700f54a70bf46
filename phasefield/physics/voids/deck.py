"""The deck of a voids case: lithium that is stripped from a solid electrolyte, and pressed onto it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from phasefield.deck.base import ActivationEnergy, Conductivity, Length, MolarVolume, Pressure, Section
from phasefield.deck.cell import Kinetics
from phasefield.deck.common import DrivenDeck, absent_axes
from phasefield.deck.drive import DriveStep
from phasefield.deck.material import OfMaterial
from phasefield.deck.operation import FIELDS_MEANING, Duration, Output
from phasefield.deck.positions import point_problems
from phasefield.deck.shapes import LateralPosition
from phasefield.errors import Problem
from phasefield.theory import voids as laws
from phasefield.theory.constants import FARADAY, GAS_CONSTANT
from phasefield.theory.interphase import arrhenius
from phasefield.units import Dimensional, pretty

Rate = Annotated[float, Dimensional("1/s", least=0.0, most=1e6)]
Contact = Annotated[float, Field(ge=0.01, le=1)]
LeastContact = Annotated[float, Field(ge=1e-3, lt=1)]

#: Stress at which the rate of creep is given [Pa].
AT = 1e6


class SolidElectrolyte(OfMaterial):
    ionic_conductivity: Conductivity = Field(description="Conductivity of lithium ions at the temperature of the deck.")

    taken: ClassVar[dict[str, str]] = {"ionic_conductivity": "S/m"}


class CreepingLithium(OfMaterial):
    molar_volume: MolarVolume = Field("12.998 cm^3/mol", description="Molar volume V_Li.")
    creep_rate: Rate = Field(examples=["0.014 1/s"], description="Strain rate of creep under 1 MPa at 298.15 K, A.")
    creep_exponent: float = Field(ge=1, le=50, examples=[6.6], description="Exponent m of the rate, A σ^m.")
    creep_activation_energy: ActivationEnergy | None = Field(
        None, description="Activation energy of the rate; if not given, it is the same at any temperature."
    )
    strengthening: float = Field(
        1.0,
        ge=0.1,
        le=1000,
        description=(
            "Stress for a given rate of creep, over that of bulk lithium; small lithium is stronger: 9.45 µm pillars "
            "about 17.5 times."
        ),
    )

    taken: ClassVar[dict[str, str]] = {
        "molar_volume": "m^3/mol",
        "creep_rate": "1/s",
        "creep_exponent": "",
        "creep_activation_energy": "J/mol",
    }

    @classmethod
    def wanted(cls, data: dict) -> dict[str, str]:
        """An activation energy belongs to the material's rate, not to one that the deck gives."""
        given = "creep_rate" in data
        return {k: unit for k, unit in super().wanted(data).items() if not (given and k == "creep_activation_energy")}

    def creep_rate_at(self, temperature: float) -> float:
        """Strain rate under 1 MPa at a temperature [K], with the strengthening [1/s]."""
        rate = arrhenius(self.creep_rate, self.creep_activation_energy or 0.0, temperature)
        return rate * self.strengthening**-self.creep_exponent


class ContactPlace(Section):
    position: LateralPosition = Field(description="Centre, one coordinate per lateral axis.")
    radius: Length = Field(description="Radius of the disc (3-D), or half the width of the strip (2-D).")
    contact: Contact = Field(examples=[0.5], description="Part of this place that is in contact, likewise.")


class Voids(Section):
    depth: Length = Field(
        examples=["5 um"],
        description=(
            "Depth h from the interface to which voids reach. Where all contact is lost, lithium of this thickness is "
            "missing."
        ),
    )
    contact: Contact = Field(
        1.0,
        description=(
            "Part of the interface that is in contact, before the stack pressure acts for the time of the first step: "
            "voids that creep closes at once are closed at the start."
        ),
    )
    places: tuple[ContactPlace, ...] = Field(
        (),
        strict=False,
        max_length=10_000,
        description="Places with another contact; the last that covers a cell counts.",
    )
    spacing: Length | None = Field(
        None,
        examples=["10 um"],
        description=(
            "Distance s of neighbouring contacts, not above the size of the cells: the current crowds to them, which "
            "adds the constriction resistance s√π(1 − √θ)^1.5/(4σ√θ). If not given, there is none."
        ),
    )


class VoidsMechanics(Section):
    pressure: Pressure = Field("0 Pa", description="Stack pressure on the interface.")

    def problems(self) -> Iterator[Problem]:
        if self.pressure < 0:
            yield Problem("pressure", "must not be negative: the stack cannot pull at the lithium")


class VoidsStop(Section):
    time: Duration | None = Field(None, description="End of the run.")
    contact: LeastContact = Field(0.001, description="Mean contact at which the run ends.")


VoidsField = Literal["contact", "contact_current", "phi", "current", "ix", "iy", "iz"]
FIELDS: tuple[VoidsField, ...] = get_args(VoidsField)


class VoidsOutput(Output):
    fields: tuple[Literal[VoidsField, "interface", "all"], ...] = Field(
        FIELDS, strict=False, min_length=1, description=FIELDS_MEANING
    )


class VoidsDeck(DrivenDeck):
    """Lithium on a solid electrolyte, stripped and plated under a stack pressure.

    Attributes
    ----------
    electrolyte, lithium, voids, kinetics, mechanics, drive, stop
        Sections of the file, beside those of every deck.
    """

    model: Literal["voids"] = Field(
        description="Physical model of the deck: voids between lithium and a solid electrolyte."
    )
    electrolyte: SolidElectrolyte = Field(
        description="Solid electrolyte, which fills the box; lithium is below it, and at the top as well."
    )
    lithium: CreepingLithium = Field(description="Lithium below the electrolyte, and its creep.")
    voids: Voids = Field(description="Voids between the lithium and the electrolyte.")
    kinetics: Kinetics = Field(description="Charge transfer per area of contact.")
    mechanics: VoidsMechanics = Field(default_factory=VoidsMechanics, description="What presses on the interface.")
    stop: VoidsStop = Field(
        default_factory=VoidsStop, description="Conditions that end the run before the drive ends."
    )
    output: VoidsOutput = Field(default_factory=VoidsOutput, description="Snapshots.")

    @property
    def absent_fields(self) -> dict[str, str]:
        return absent_axes(self.domain.dimension)

    @property
    def thermal_voltage(self) -> float:
        """RT/F [V]."""
        return GAS_CONSTANT * self.conditions.temperature / FARADAY

    @property
    def exchange_current_density(self) -> float:
        """i₀ at the deck's temperature [A/m²]."""
        return self.kinetics.exchange_current_density_at(self.conditions.temperature)

    @property
    def charge_of_contact(self) -> float:
        """Charge that takes all contact away without creep [C/m²]."""
        return laws.charge_of_contact(self.voids.depth, self.lithium.molar_volume)

    @property
    def closing_rate(self) -> float:
        """Relative rate at which a single void loses volume under the stack pressure [1/s]."""
        rate = self.lithium.creep_rate_at(self.conditions.temperature)
        return laws.closing_rate(self.mechanics.pressure / AT, rate, self.lithium.creep_exponent)

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        lateral, places = self.domain.size[:-1], self.voids.places
        if self.stop.contact >= self.voids.contact:
            yield Problem("stop.contact", f"must be below voids.contact, {self.voids.contact:g}")
        if places and not lateral:
            yield Problem("voids.places", "are not allowed in 1-D, which has no lateral axis")
            return
        for index, place in enumerate(places):
            yield from point_problems(f"voids.places.{index}.position", place.position, lateral)
        if self.voids.spacing is not None and lateral and self.voids.spacing > (cell := min(self.domain.spacing[:-1])):
            yield Problem(
                "voids.spacing",
                f"must be {pretty(cell, 'm')} or less, the size of a cell: wider ones belong to voids.places",
            )

    def _condition_problems(self, key: str, step: DriveStep) -> Iterator[Problem]:
        if "tip_height" in step.conditions:
            yield Problem(f"{key}.tip_height", "does not exist in this model, whose electrode has no tip")
        yield from super()._condition_problems(key, step)


DECK = VoidsDeck

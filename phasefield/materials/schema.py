"""Schema of a material's file: strict, read into SI floats, with the Arrhenius law for the temperature."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, isclose, pi
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args

from pydantic import Field

from phasefield.deck.base import (
    ActivationEnergy,
    Concentration,
    Conductivity,
    Diffusivity,
    ExchangeCurrentDensity,
    InterfaceEnergy,
    Length,
    MolarVolume,
    Section,
    Temperature,
    Velocity,
    Voltage,
)
from phasefield.deck.explain import nearest
from phasefield.errors import PhasefieldError, Problem
from phasefield.theory.constants import GAS_CONSTANT
from phasefield.units import Dimensional

T = TypeVar("T")
ROOM_TEMPERATURE = 298.15


class MaterialError(PhasefieldError):
    """A material is unknown, its file is not valid, or it lacks the requested property."""

    exit_code = 2


Angle = Annotated[float, Dimensional("rad", least=0.0, most=pi)]
Density = Annotated[float, Dimensional("kg/m^3", least=10.0, most=3e4)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Resistance = Annotated[float, Dimensional("ohm m^2", above=0.0, most=1e3)]
Toughness = Annotated[float, Dimensional("Pa m^0.5", above=0.0, most=1e9)]
Stress = Annotated[float, Dimensional("Pa", above=0.0, most=1e13)]

Rate = Annotated[float, Dimensional("1/s", above=0.0, most=1e9)]

Role = Literal["metal", "electrode", "electrolyte", "coating", "compound", "interphase"]


class Reference(Section):
    """A publication."""

    authors: tuple[str, ...] = Field(strict=False, min_length=1, description='Names; "others" for those not named.')
    year: int = Field(ge=1800, le=2100, description="Year of publication.")
    title: str = Field(description="Title.")
    journal: str | None = Field(None, description="Journal; of a book, the publisher instead.")
    publisher: str | None = Field(None, description="Publisher of a book.")
    volume: str | None = Field(None, description="Volume.")
    pages: str | None = Field(None, description="First page, pages, or number of the article.")
    doi: str | None = Field(None, pattern=r"^10\.\d{4,9}/[^\s\"<>]+$", description="Digital object identifier.")

    def problems(self) -> Iterator[Problem]:
        if (self.journal is None) == (self.publisher is None):
            yield Problem("journal", "give a journal or, for a book, a publisher")


class Datum(Section, Generic[T]):
    """A value with its source and its uncertainty."""

    value: T = Field(description="The value used.")
    range: tuple[T, T] | None = Field(
        None, strict=False, description="Smallest and largest value where sources disagree."
    )
    temperature: Temperature = Field("298.15 K", description="Temperature of the value.")
    what: str = Field(description="What was measured, computed or assumed.")
    source: str | None = Field(None, description="Key of a reference in this file.")
    estimate: bool = Field(False, description="Whether the value is an estimate or a choice.")
    why: str | None = Field(None, description="Reason for an estimate, and its basis.")

    def problems(self) -> Iterator[Problem]:
        value: Any = self.value
        if self.range is not None:
            low, high = self.range
            if not low <= value <= high:
                yield Problem("value", "must lie inside its own range, which goes from least to greatest")
        if self.source is None and not self.estimate:
            yield Problem("source", 'is required: the key of a reference, or "estimate = true" with a "why"')
        if self.estimate != (self.why is not None):
            yield Problem("why", "belongs to an estimate, and every estimate needs one")


class Material(Section):
    """A material: names, values, references.

    Conductivities, diffusivity, exchange current density and the constants of growth obey
    x(T) = x(T_ref) exp[−E/R (1/T − 1/T_ref)], with their own activation energy E and no further power of T.
    """

    name: str = Field(description="Name, as in decks.")
    formula: str = Field(description="Composition.")
    role: Role = Field(description="Main use of the material.")
    aliases: tuple[str, ...] = Field((), strict=False, description="Other names.")
    notes: str = Field("", description="Remarks on the material.")
    interphase: str | None = Field(None, description="Material that forms in contact with lithium.")
    references: dict[str, Reference] = Field({}, description="Publications, by their keys.")

    ionic_conductivity: Datum[Conductivity] | None = Field(
        None, description="Conductivity of Li⁺, grains and grain boundaries together."
    )
    ionic_activation_energy: Datum[ActivationEnergy] | None = Field(
        None, description="Activation energy of the ionic conductivity."
    )
    electronic_conductivity: Datum[Conductivity] | None = Field(
        None, description="Conductivity of electrons and holes."
    )
    electronic_activation_energy: Datum[ActivationEnergy] | None = Field(
        None, description="Activation energy of the electronic conductivity."
    )
    reduction_potential: Datum[Voltage] | None = Field(
        None, description="Potential against lithium below which it is reduced."
    )
    oxidation_potential: Datum[Voltage] | None = Field(
        None, description="Potential against lithium above which it is oxidised."
    )
    equilibrium_potential: Datum[Voltage] | None = Field(
        None, description="Equilibrium potential of an electrode against lithium."
    )
    exchange_current_density: Datum[ExchangeCurrentDensity] | None = Field(
        None, description="Exchange current density of Li plating (electrolyte) or of insertion (electrode)."
    )
    kinetic_activation_energy: Datum[ActivationEnergy] | None = Field(
        None, description="Activation energy of the exchange current density."
    )
    diffusivity: Datum[Diffusivity] | None = Field(
        None, description="Diffusivity of lithium in a solid or of salt in a solution."
    )
    diffusion_activation_energy: Datum[ActivationEnergy] | None = Field(None, description="Of the diffusivity.")
    maximum_concentration: Datum[Concentration] | None = Field(
        None, description="Largest lithium concentration in an electrode."
    )
    salt_concentration: Datum[Concentration] | None = Field(None, description="Of a solution.")
    transference_number: Datum[Fraction] | None = Field(None, description="Of Li⁺.")
    density: Datum[Density] | None = Field(None, description="Mass per volume.")
    molar_volume: Datum[MolarVolume] | None = Field(None, description="Volume per mole of formula units.")
    volume_per_lithium: Datum[MolarVolume] | None = Field(
        None, description="Volume of interphase per mole of reacted lithium."
    )
    parabolic_constant: Datum[Diffusivity] | None = Field(None, description="k of L² = 2 k t, against lithium.")
    linear_constant: Datum[Velocity] | None = Field(None, description="k of L = k t, against lithium.")
    growth_activation_energy: Datum[ActivationEnergy] | None = Field(
        None, description="Activation energy of both growth constants."
    )
    layer_thickness: Datum[Length] | None = Field(
        None, description="Thickness at which growth of the interphase was observed to stop."
    )
    tunnelling_length: Datum[Length] | None = Field(None, description="λ of a leakage ∝ exp(−L/λ).")
    interface_resistance: Datum[Resistance] | None = Field(None, description="Area-specific, against lithium.")
    interface_energy: Datum[InterfaceEnergy] | None = Field(None, description="Against lithium metal.")
    contact_angle: Datum[Angle] | None = Field(None, description="Contact angle of lithium on this material.")
    youngs_modulus: Datum[Stress] | None = Field(None, description="Polycrystal.")
    poisson_ratio: Datum[Annotated[float, Field(ge=0.0, le=0.5)]] | None = Field(None, description="Polycrystal.")
    fracture_toughness: Datum[Toughness] | None = Field(None, description="K_Ic of a dense polycrystal, without flaws.")
    yield_stress: Datum[Stress] | None = Field(None, description="Of plastic flow.")
    creep_rate: Datum[Rate] | None = Field(None, description="Strain rate of creep under 1 MPa, uniaxial.")
    creep_exponent: Datum[Annotated[float, Field(ge=1.0, le=50.0)]] | None = Field(
        None, description="Exponent m of a strain rate of creep in proportion to the stress to the m."
    )
    creep_activation_energy: Datum[ActivationEnergy] | None = Field(
        None, description="Activation energy of the rate of creep."
    )
    growth_stress: Datum[Stress] | None = Field(None, description="Stress that a confined growing deposit generates.")

    def problems(self) -> Iterator[Problem]:
        data = self.data()
        for key, datum in data.items():
            if datum.source is not None and datum.source not in self.references:
                known = nearest(datum.source, list(self.references))
                meant = f'; did you mean "{known}"?' if known else ""
                yield Problem(f"{key}.source", f"is no key of this file's references{meant}")
        for unused in self.references.keys() - {datum.source for datum in data.values()}:
            yield Problem(f"references.{unused}", "no value refers to it")
        low, high = self.reduction_potential, self.oxidation_potential
        if low is not None and high is not None and low.value > high.value:
            yield Problem("reduction_potential.value", "must not be above the oxidation potential")

    def data(self) -> dict[str, Datum]:
        """The known properties of this material, in the order of the schema."""
        found = {key: getattr(self, key) for key in PROPERTIES}
        return {key: datum for key, datum in found.items() if datum is not None}

    def datum(self, key: str) -> Datum:
        """One property with its source; MaterialError if there is none."""
        if key not in PROPERTIES:
            near = nearest(key, PROPERTIES)
            meant = f"did you mean {near}?" if near else "there are: " + ", ".join(PROPERTIES)
            raise MaterialError(f"{self.name}: {key} is not a property of materials; {meant}", code="unknown-name")
        data = self.data()
        if key not in data:
            raise MaterialError(f"{self.name} has no {key}; it has: {', '.join(data)}", code="unknown-name")
        return data[key]

    def value(self, key: str, temperature: float = ROOM_TEMPERATURE) -> float:
        """A property at a temperature.

        Parameters
        ----------
        key : str
            Property, such as ``"ionic_conductivity"``.
        temperature : float [K]
            Properties without an activation energy in `ACTIVATION` are taken as independent of it.

        Returns
        -------
        float [SI unit of the property]

        Raises
        ------
        MaterialError
            The property is unknown, or known at another temperature only and without its activation energy.
        """
        if not 100.0 <= temperature <= 2000.0:
            raise MaterialError(f"{self.name}: the temperature {temperature:g} K is not between 100 K and 2000 K")
        datum = self.datum(key)
        if key not in ACTIVATION or isclose(temperature, datum.temperature, abs_tol=1e-6):
            return datum.value
        energy = getattr(self, ACTIVATION[key])
        if energy is None:
            raise MaterialError(
                f"{self.name}: {key} is known at {datum.temperature:g} K only, not at {temperature:g} K, "
                f"because it has no {ACTIVATION[key]}; set the value in the deck"
            )
        return datum.value * exp(-energy.value / GAS_CONSTANT * (1 / temperature - 1 / datum.temperature))


#: Every property, in the order in which it is shown.
PROPERTIES: tuple[str, ...] = tuple(
    name
    for name, field in Material.model_fields.items()
    if any(isinstance(part, type) and issubclass(part, Datum) for part in get_args(field.annotation))
)
#: The activation energy of each property that is thermally activated.
ACTIVATION = {
    "ionic_conductivity": "ionic_activation_energy",
    "electronic_conductivity": "electronic_activation_energy",
    "diffusivity": "diffusion_activation_energy",
    "exchange_current_density": "kinetic_activation_energy",
    "parabolic_constant": "growth_activation_energy",
    "linear_constant": "growth_activation_energy",
    "creep_rate": "creep_activation_energy",
}

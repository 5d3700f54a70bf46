"""Sections of a deck that describe the cell: conditions, box, interface, electrolyte, lithium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from phasefield.deck.base import (
    ActivationEnergy,
    Concentration,
    Conductivity,
    Diffusivity,
    Duration,
    ExchangeCurrentDensity,
    InterfaceEnergy,
    Length,
    MolarVolume,
    Pressure,
    Section,
    Temperature,
)
from phasefield.deck.material import OfMaterial, supplied
from phasefield.errors import PhasefieldError, Problem
from phasefield.theory.interphase import arrhenius
from phasefield.units import pretty


def _auto(value: Any) -> Any:
    return None if value == "auto" else value


#: "auto" in a deck, None in Python: the program chooses.
AutoDiffusivity = Annotated[Diffusivity | None, BeforeValidator(_auto)]
AutoDuration = Annotated[Duration | None, BeforeValidator(_auto)]

Cells = Annotated[int, Field(ge=4, le=1_000_000)]


class Conditions(Section):
    temperature: Temperature = Field("298.15 K", description='Temperature, such as "298.15 K" or "25 degC".')


class Domain(Section):
    dimension: int = Field(ge=1, le=3, description="Number of space dimensions: 1, 2 or 3.")
    size: tuple[Length, ...] = Field(
        strict=False,
        description=(
            "Size of the box, one length per dimension; the last one is the height, along which lithium is plated. The "
            "lateral walls are mirror planes."
        ),
    )
    cell_size: Length | None = Field(
        None,
        examples=["0.25 um"],
        description="Edge of the cells, instead of `cells`; the size must be a multiple of it.",
    )
    cells: tuple[Cells, ...] = Field(
        (), strict=False, description="Number of cells along each dimension, instead of `cell_size`."
    )

    @field_validator("cells")
    @classmethod
    def _from_cell_size(cls, cells: tuple, info: ValidationInfo) -> tuple:
        size, cell_size = info.data.get("size", ()), info.data.get("cell_size")
        return cells or tuple(round(length / cell_size) for length in size if cell_size)

    def problems(self) -> Iterator[Problem]:
        dimension, given = self.dimension, self.model_fields_set
        for key in ("size", "cells"):
            if key in given and len(getattr(self, key)) != dimension:
                wanted = f"{dimension} {'entry' if dimension == 1 else 'entries'}"
                yield Problem(key, f"must have {wanted}, one per dimension, but has {len(getattr(self, key))}")
        if ("cells" in given) == (self.cell_size is not None):
            yield Problem(
                "cells",
                "is required, or cell_size" if "cells" not in given else "must not be given together with cell_size",
            )
        elif self.cell_size is not None:
            yield from self._cell_size_problems(self.cell_size)

    def _cell_size_problems(self, cell_size: float) -> Iterator[Problem]:
        for length, number in zip(self.size, self.cells, strict=True):
            if not 4 <= number <= 1_000_000:
                yield Problem("cell_size", f"gives {number} cells along a side; 4 to 1000000 are allowed")
            elif abs(number * cell_size - length) > 1e-6 * length:
                side, near = pretty(length, "m"), pretty(length / number, "m", 8)
                yield Problem("cell_size", f"does not divide the side of {side} into whole cells; {near} would")

    @property
    def spacing(self) -> tuple[float, ...]:
        """Edges of a cell [m], of the smallest if they differ."""
        return tuple(length / n for length, n in zip(self.size, self.cells, strict=True))

    @property
    def edges(self) -> tuple[float | tuple[float, ...], ...]:
        """Edges of the cells by axis [m]: a number where all are equal, else one for each cell."""
        return self.spacing

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of cells along each axis."""
        return self.cells


class Interface(Section):
    width: Length = Field(
        examples=["2 um"],
        description=(
            "Width δ_PF of the diffuse interface, ξ = ½[1 − tanh(2x/δ_PF)]; use about 8 cells across it. The results "
            "should not depend on it: halve it to check."
        ),
    )
    mobility: AutoDiffusivity = Field(
        "auto",
        description=(
            'Mobility Γ that keeps the profile of the front. "auto" takes ½δ_PF v, v the velocity of a flat front at '
            "the present current (the largest one if capillarity is effective) times the focusing of the current at "
            "defects of a film, or the mobility of the interface energy if that is larger. With physical capillarity "
            "it is at least the latter. The results should not depend on it, unless capillarity is effective."
        ),
    )
    capillarity: Literal["auto", "physical", "effective"] = Field(
        "auto",
        description=(
            "`physical`: the interface energy acts, by the Gibbs–Thomson shift of the overpotential. `effective`: the "
            "mobility acts as capillarity, usually far stronger than the real one. `auto`: physical, but effective "
            "with domain.mesh."
        ),
    )
    conductivity_floor: float = Field(
        1e-3,
        ge=1e-6,
        le=0.1,
        description="Fraction ε of the electrolyte's conductivity that remains inside the lithium.",
    )


class Electrolyte(OfMaterial):
    name: str = Field("", max_length=200, description="Name of the electrolyte, used in reports only.")
    transport: Literal["single-ion", "binary"] = Field(
        description=(
            "`single-ion`: only Li⁺ moves, and Ohm's law holds; `binary`: a dissolved salt is depleted and diffuses."
        )
    )
    conductivity: Conductivity = Field(description="Ionic conductivity at 298.15 K and the initial concentration.")
    activation_energy: ActivationEnergy | None = Field(
        None, description="Activation energy of the conductivity; if not given, it is the same at any temperature."
    )
    conductivity_exponent: float = Field(1.0, ge=0, le=10, description="Exponent p of σ = σ₀(c/c₀)^p; binary only.")
    concentration: Concentration | None = Field(
        None, description="Initial salt concentration c₀; required for binary, not allowed otherwise."
    )
    diffusivity: Diffusivity | None = Field(
        None, description="Salt diffusivity D at 298.15 K; required for binary, not allowed otherwise."
    )
    diffusion_activation_energy: ActivationEnergy | None = Field(
        None, description="Activation energy of the diffusivity, as that of the conductivity; binary only."
    )
    transference_number: float | None = Field(
        None, ge=0, lt=1, description="Transference number t₊ of Li⁺; required for binary, not allowed otherwise."
    )
    thermodynamic_factor: float = Field(
        1.0, gt=0, le=1e3, description="Thermodynamic factor 1 + ∂ln f/∂ln c; binary only."
    )
    counter_electrode: Literal["lithium", "reservoir"] = Field(
        "lithium",
        description=(
            "Condition at the top: `lithium` supplies the Li⁺ that is plated, `reservoir` keeps the concentration at "
            "c₀; binary only."
        ),
    )

    taken: ClassVar[dict[str, str]] = {
        "conductivity": "S/m",
        "activation_energy": "J/mol",
        "concentration": "mol/m^3",
        "diffusivity": "m^2/s",
        "diffusion_activation_energy": "J/mol",
        "transference_number": "",
    }
    properties: ClassVar[dict[str, str]] = {
        "conductivity": "ionic_conductivity",
        "activation_energy": "ionic_activation_energy",
        "concentration": "salt_concentration",
    }

    @classmethod
    def wanted(cls, data: dict[str, Any]) -> dict[str, str]:
        """A single-ion electrolyte has no salt that a material could describe.

        An activation energy belongs to the material's value, not to one that the deck gives.
        """
        of_salt = ("concentration", "diffusivity", "diffusion_activation_energy", "transference_number")
        left_out = set() if data.get("transport") == "binary" else set(of_salt)
        left_out |= {"activation_energy"} if "conductivity" in data else set()
        left_out |= {"diffusion_activation_energy"} if "diffusivity" in data else set()
        return {key: unit for key, unit in super().wanted(data).items() if key not in left_out}

    def conductivity_at(self, temperature: float) -> float:
        """Ionic conductivity [S/m] at a temperature [K] and the initial concentration."""
        return arrhenius(self.conductivity, self.activation_energy or 0.0, temperature)

    def diffusivity_at(self, temperature: float) -> float | None:
        """Salt diffusivity [m^2/s] at a temperature [K]; None without a salt."""
        if self.diffusivity is None:
            return None
        return arrhenius(self.diffusivity, self.diffusion_activation_energy or 0.0, temperature)

    def problems(self) -> Iterator[Problem]:
        if self.transport == "binary":
            for key in ("concentration", "diffusivity", "transference_number"):
                if getattr(self, key) is None:
                    yield Problem(key, 'is required when transport = "binary"')
            return
        of_any = {"name", "material", "transport", "conductivity", "activation_energy"}
        salt_keys = set(type(self).model_fields) - of_any
        for key in sorted(salt_keys & self.model_fields_set):
            yield Problem(
                key, 'is only allowed with transport = "binary": a single-ion electrolyte has no salt that diffuses'
            )


class Lithium(OfMaterial):
    molar_volume: MolarVolume = Field("12.998 cm^3/mol", description="Molar volume V_Li.")
    interface_energy: InterfaceEnergy = Field("0.5 J/m^2", description="Energy γ of the lithium–electrolyte interface.")
    pressure: Pressure = Field(
        "0 Pa", description="Uniform pressure p in the lithium; it lowers the driving force of plating by p V_Li/F."
    )
    anisotropy: float = Field(
        0.0,
        ge=0,
        lt=1 / 15,
        description="Cubic anisotropy ε of the interface, a(n) = 1 − 3ε + 4ε Σnᵢ⁴; below 1/15.",
    )

    taken: ClassVar[dict[str, str]] = {"molar_volume": "m^3/mol"}


class Kinetics(Section):
    law: Literal["butler-volmer", "linear"] = Field("butler-volmer", description="Rate law of charge transfer.")
    exchange_current_density: ExchangeCurrentDensity = Field(description="Exchange current density i₀ at 298.15 K.")
    activation_energy: ActivationEnergy | None = Field(
        None, description="Activation energy of i₀; if not given, i₀ is the same at any temperature."
    )
    cathodic_transfer_coefficient: float = Field(0.5, ge=0.01, le=2, description="Transfer coefficient α_c.")
    anodic_transfer_coefficient: float = Field(0.5, ge=0.01, le=2, description="Transfer coefficient α_a.")

    def exchange_current_density_at(self, temperature: float) -> float:
        """Exchange current density [A/m^2] at a temperature [K]."""
        return arrhenius(self.exchange_current_density, self.activation_energy or 0.0, temperature)


class CounterElectrode(Section):
    exchange_current_density: ExchangeCurrentDensity | None = Field(
        None, description="Exchange current density i₀ at 298.15 K; if not given, that of `kinetics`."
    )
    activation_energy: ActivationEnergy | None = Field(
        None, description="Activation energy of this i₀; if not given, it is the same at any temperature."
    )
    cathodic_transfer_coefficient: float | None = Field(
        None, ge=0.01, le=2, description="Transfer coefficient α_c; if not given, that of `kinetics`."
    )
    anodic_transfer_coefficient: float | None = Field(
        None, ge=0.01, le=2, description="Transfer coefficient α_a; if not given, that of `kinetics`."
    )
    thickness: Length | None = Field(
        None,
        examples=["50 um"],
        description="Thickness of its lithium at the start: the run ends when it is used up. If not given, it lasts.",
    )

    def kinetics_beside(self, kinetics: Kinetics) -> Kinetics:
        """Its charge transfer, with the values of the other electrode where it has none of its own."""
        keys = set(type(self).model_fields) - {"thickness"}
        own = {key: value for key in keys if (value := getattr(self, key)) is not None}
        if self.exchange_current_density is not None:
            own["activation_energy"] = self.activation_energy
        return kinetics.model_copy(update=own)

    def problems(self) -> Iterator[Problem]:
        if self.activation_energy is not None and self.exchange_current_density is None:
            yield Problem("activation_energy", "is only allowed with exchange_current_density, whose it is")


def with_material_of_electrolyte(data: Any) -> Any:
    """A plating deck with the values that its electrolyte's material has for lithium in contact with it."""
    if not isinstance(data, dict) or not isinstance(electrolyte := data.get("electrolyte"), dict):
        return data
    if not isinstance(material := electrolyte.get("material"), str):
        return data
    for section, keys in LITHIUM_AT.items():
        held = data.get(section, {})
        if not isinstance(held, dict) or next(iter(keys)) in held:
            continue
        try:
            units, names = ({key: pair[place] for key, pair in keys.items()} for place in (0, 1))
            found = supplied(material, units, names)
        except PhasefieldError:
            return data  # the section that names the material reports it
        if next(iter(keys)) in found:
            data = data | {section: found | held}
    return data


#: By section, the keys that the material of an electrolyte may supply for lithium in contact with it: unit and
#: property. They are taken if the first is not given.
LITHIUM_AT = {
    "kinetics": {
        "exchange_current_density": ("A/m^2", "exchange_current_density"),
        "activation_energy": ("J/mol", "kinetic_activation_energy"),
    },
    "lithium": {"interface_energy": ("J/m^2", "interface_energy")},
}

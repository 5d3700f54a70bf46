"""The deck of a contact case: an electrode that stores lithium, in partial contact with an electrolyte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, model_validator

from phasefield.deck.base import (
    Concentration,
    Conductivity,
    Diffusivity,
    Factor,
    Length,
    Section,
    Seed,
    Voltage,
)
from phasefield.deck.cell import Kinetics
from phasefield.deck.common import DrivenDeck, absent_axes
from phasefield.deck.material import OfMaterial
from phasefield.deck.operation import FIELDS_MEANING, Duration, Output
from phasefield.deck.positions import point_problems
from phasefield.deck.shapes import LateralPosition
from phasefield.errors import Problem
from phasefield.physics.contact.deck_mechanics import Breathing, with_materials_of_contact
from phasefield.units import Dimensional, pretty

Resistance = Annotated[float, Dimensional("ohm m^2", least=0.0, most=1e6)]
Content = Annotated[float, Field(gt=0, lt=1)]
LeastContact = Annotated[float, Field(ge=1e-5, lt=1)]


class OpenCircuit(Section):
    law: Literal["linear", "regular-solution", "measured"] = Field(
        description=(
            "`linear`: the potential falls linearly with the lithium content; `regular-solution`: lithium ions "
            "interact, and two phases form if `interaction` is above 2; `measured`: a smooth curve through given "
            "points."
        )
    )
    standard: Voltage | None = Field(
        None, description="Potential against lithium when half of the sites are taken; not allowed for measured."
    )
    fall: Voltage | None = Field(
        None, examples=["0.5 V"], description="Fall of the potential from empty to full; linear only."
    )
    interaction: float | None = Field(
        None, ge=0, le=20, description="Interaction parameter in units of RT; regular-solution only."
    )
    contents: tuple[Content, ...] = Field(
        (), strict=False, max_length=1000, description="Lithium contents of the points, increasing; measured only."
    )
    potentials: tuple[Voltage, ...] = Field(
        (), strict=False, max_length=1000, description="Potentials of the points, decreasing; measured only."
    )

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest content that the law describes."""
        return (self.contents[0], self.contents[-1]) if self.contents else (0.0, 1.0)

    def problems(self) -> Iterator[Problem]:
        wanted = {
            "linear": ("standard", "fall"),
            "regular-solution": ("standard", "interaction"),
            "measured": ("contents", "potentials"),
        }[self.law]
        for key in ("standard", "fall", "interaction", "contents", "potentials"):
            given = getattr(self, key) not in (None, ())
            if key in wanted and not given:
                yield Problem(key, f'is required when law = "{self.law}"')
            elif given and key not in wanted:
                yield Problem(key, f'is not allowed with law = "{self.law}"')
        if self.fall is not None and self.fall <= 0:
            yield Problem("fall", "must be more than 0 V: the potential falls while lithium is inserted")
        if self.law == "measured":
            yield from self._curve_problems()

    def _curve_problems(self) -> Iterator[Problem]:
        if len(self.contents) != len(self.potentials) or len(self.contents) < 3:
            yield Problem("potentials", "must have as many entries as contents, at least 3")
        if any(b <= a for a, b in zip(self.contents, self.contents[1:], strict=False)):
            yield Problem("contents", "must increase from each entry to the next")
        if any(b >= a for a, b in zip(self.potentials, self.potentials[1:], strict=False)):
            yield Problem(
                "potentials",
                'must decrease from each entry to the next; describe a plateau by law = "regular-solution"',
            )


class Skin(Section):
    thickness: Length = Field(
        description=(
            "Thickness of the surface layer, measured down from the contact plane; a whole number of cells, fewer than "
            "the electrode has."
        )
    )
    diffusivity_factor: Factor = Field(
        examples=[0.01], description="Diffusivity of lithium in the surface layer, divided by the one in the electrode."
    )


class StoringElectrode(OfMaterial):
    thickness: Length = Field(
        description="Thickness of the electrode, which fills the box from the bottom; a whole number of cells."
    )
    diffusivity: Diffusivity = Field(
        description=(
            "Diffusivity of lithium at the temperature of the deck: the chemical diffusivity, or the tracer "
            "diffusivity for a regular-solution."
        )
    )
    maximum_concentration: Concentration = Field(description="Concentration of lithium when all sites are taken.")
    content: Content = Field(description="Fraction of the sites that lithium takes at the start.")
    open_circuit: OpenCircuit = Field(description="Open-circuit potential against lithium.")
    skin: Skin | None = Field(
        None,
        description=(
            "Surface layer of the electrode in which lithium diffuses more slowly: rock salt, or a spinel with metal "
            "ions on its lithium sites."
        ),
    )

    taken: ClassVar[dict[str, str]] = {"diffusivity": "m^2/s", "maximum_concentration": "mol/m^3"}

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        lowest, highest = self.open_circuit.range
        if not lowest <= self.content <= highest:
            yield Problem("content", f"must be from {lowest:g} to {highest:g}, as the contents of open_circuit")


class IonConductor(OfMaterial):
    ionic_conductivity: Conductivity = Field(description="Conductivity of lithium ions at the temperature of the deck.")

    taken: ClassVar[dict[str, str]] = {"ionic_conductivity": "S/m"}


class ContactPatch(Section):
    position: LateralPosition = Field(description="Centre, one coordinate per lateral axis.")
    radius: Length = Field(description="Radius of the disc (3-D), or half the width of the strip (2-D).")


class RandomPatches(Section):
    fraction: float = Field(gt=0, lt=0.55, description="Fraction of the plane that the patches cover.")
    radius: Length = Field(description="Radius of each patch.")
    seed: Seed = Field(description="Seed of the random numbers; the same seed gives the same places.")


class Patches(Section):
    patches: tuple[ContactPatch, ...] = Field(
        (),
        strict=False,
        max_length=10_000,
        description="Patches with contact; if no patches are given, there is contact everywhere.",
    )
    random_patches: RandomPatches | None = Field(None, description="Patches at random places.")

    @property
    def partial(self) -> bool:
        """Whether there are places without contact."""
        return bool(self.patches or self.random_patches)

    def problems(self) -> Iterator[Problem]:
        if self.patches and self.random_patches:
            yield Problem("random_patches", "must not be given together with patches: give only one of them")


class ContactPlane(Patches):
    layer_resistance: Resistance = Field(
        "0 ohm m^2",
        examples=["100 ohm cm^2"],
        description="Area-specific resistance of a layer in the contact, at the start.",
    )
    layer_rise: Resistance = Field(
        "0 ohm m^2",
        examples=["10 ohm cm^2"],
        description=(
            "Increase of the resistance of the layer during the first hour; it grows with the square root of time, as "
            "for a layer that grows by diffusion."
        ),
    )


class ContactStop(Section):
    time: Duration | None = Field(None, description="End of the run.")
    lowest_voltage: Voltage | None = Field(
        None, description="Voltage against the counter electrode at which a discharge ends the run."
    )
    highest_voltage: Voltage | None = Field(
        None, description="Voltage against the counter electrode at which a charge ends the run."
    )
    contact: LeastContact = Field(
        1e-3, description="Part of the area in contact at which the run ends, if the contact can open (mechanics)."
    )


ContactField = Literal["c", "phi", "electrode", "coverage", "conductivity", "current", "ix", "iy", "iz"]
FIELDS: tuple[ContactField, ...] = get_args(ContactField)


class ContactOutput(Output):
    fields: tuple[Literal[ContactField, "spreading", "all"], ...] = Field(
        FIELDS, strict=False, min_length=1, description=FIELDS_MEANING
    )


class ContactDeck(DrivenDeck):
    """An electrode that stores lithium, touching an electrolyte in part.

    Attributes
    ----------
    electrode, electrolyte, contact, kinetics, drive, stop
        Sections of the file, beside those of every deck.
    counter
        Contact of the lithium at the top; None where it is whole.
    mechanics
        Breathing of the electrode; None if its volume is constant.
    """

    of_lithium: ClassVar[bool] = False

    model: Literal["contact"] = Field(
        description="Physical model of the deck: an electrode in partial contact with the electrolyte."
    )
    electrode: StoringElectrode = Field(description="Electrode, at the bottom of the box.")
    electrolyte: IonConductor = Field(description="Electrolyte, above the electrode; lithium is at the top of the box.")
    contact: ContactPlane = Field(
        default_factory=ContactPlane, description="Contact between electrode and electrolyte."
    )
    counter: Patches | None = Field(
        None, description="Contact between electrolyte and lithium, if there are voids between them."
    )
    kinetics: Kinetics = Field(description="Charge transfer per area of contact.")
    mechanics: Breathing | None = Field(
        None, description="Volume changes of the electrode, which open the contact; none if the section is not there."
    )
    stop: ContactStop = Field(
        default_factory=ContactStop, description="Conditions that end the run before the drive ends."
    )
    output: ContactOutput = Field(default_factory=ContactOutput, description="Snapshots.")

    _elastic = model_validator(mode="before")(with_materials_of_contact)

    @property
    def absent_fields(self) -> dict[str, str]:
        voids = self.counter is not None and self.counter.partial
        missing = {
            "spreading": not self.contact.partial and "the contact is whole",
            "conductivity": not (self.electrode.skin or voids) and "there is no skin, and no voids",
        }
        return absent_axes(self.domain.dimension) | {name: reason for name, reason in missing.items() if reason}

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        lateral, step = self.domain.size[:-1], self.domain.spacing[-1]
        layers = round(self.electrode.thickness / step)
        yield from _whole_cells("electrode.thickness", self.electrode.thickness, step, self.domain.cells[-1], "box")
        if (skin := self.electrode.skin) is not None:
            yield from _whole_cells("electrode.skin.thickness", skin.thickness, step, layers, "electrode")
        for name, plane in (("contact", self.contact), ("counter", self.counter)):
            if plane is None:
                continue
            if not lateral and (plane.patches or plane.random_patches):
                yield Problem(name, "must cover the whole plane in 1-D, which has no lateral axis")
                continue
            for index, patch in enumerate(plane.patches):
                yield from point_problems(f"{name}.patches.{index}.position", patch.position, lateral)


def _whole_cells(key: str, thickness: float, step: float, room: int, where: str) -> Iterator[Problem]:
    """Problems of a thickness: it must be a whole number of cells, fewer than `room`."""
    cells = thickness / step
    if abs(cells - round(cells)) > 1e-6 * cells or not 1 <= round(cells) < room:
        near = pretty(max(1, min(round(cells), room - 1)) * step, "m")
        yield Problem(key, f"must be whole cells inside the {where}; the nearest is {near}")


DECK = ContactDeck

"""The deck of a wetting case: lithium on a layer, under a third phase."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from pydantic import Field

from phasefield.deck.base import CurrentDensity, Diffusivity, Duration, InterfaceEnergy, Length, MolarVolume, Section
from phasefield.deck.common import Deck
from phasefield.deck.operation import FIELDS_MEANING, Output
from phasefield.deck.positions import point_problems
from phasefield.deck.shapes import HemisphereSeed
from phasefield.errors import Problem
from phasefield.physics.wetting.junction import contact_angle, neumann_angles
from phasefield.units import pretty


class JunctionInterface(Section):
    width: Length = Field(
        examples=["50 nm"],
        description=(
            "Width δ_PF of all interfaces. Contact angles are within 3° if the radius of a droplet is at least 6 "
            "widths, 12 in 3-D."
        ),
    )
    mobility: Diffusivity = Field(
        examples=["1e-15 m^2/s"],
        description=(
            "Mobility M: a surface of curvature K moves at the velocity M K. It sets how fast shapes relax, but not "
            "the final shapes."
        ),
    )


class InterfaceEnergies(Section):
    lithium_layer: InterfaceEnergy = Field(description="Interface energy between lithium and layer.")
    lithium_surroundings: InterfaceEnergy = Field(
        "0.5 J/m^2",
        description="Interface energy between lithium and its surroundings, which are an electrolyte or a void.",
    )
    layer_surroundings: InterfaceEnergy = Field(description="Interface energy between the layer and the surroundings.")

    @property
    def all(self) -> tuple[float, float, float]:
        """γ of lithium and layer, lithium and surroundings, layer and surroundings [J/m²]."""
        return self.lithium_layer, self.lithium_surroundings, self.layer_surroundings


class WettedLayer(Section):
    thickness: Length = Field(
        description="Thickness of the layer, which fills the box from the bottom; at least 1.5 interface widths."
    )
    rigid: bool = Field(
        True,
        description=(
            "Whether the shape of the layer is fixed, as of a solid. Then Young's law gives the contact angle; "
            "otherwise the layer deforms until Neumann's triangle holds."
        ),
    )


class Droplets(Section):
    molar_volume: MolarVolume = Field("12.998 cm^3/mol", description="Molar volume V_Li.")
    seeds: tuple[HemisphereSeed, ...] = Field(
        strict=False, min_length=1, max_length=1000, description="Hemispheres of lithium on the layer at the start."
    )
    current_density: CurrentDensity = Field(
        "0 A/m^2",
        description=(
            "Current divided by the cross-section of the box; positive values plate lithium. It is even over the "
            "surface of the lithium, except for the effect of curvature."
        ),
    )


class WettingStop(Section):
    time: Duration = Field(description="End of the run.")
    contact_fraction: float | None = Field(
        None, gt=0, le=1, description="Fraction of the layer that lithium covers, at which the run ends."
    )


WettingField = Literal["xi", "psi", "p", "q"]
FIELDS: tuple[WettingField, ...] = get_args(WettingField)


class WettingOutput(Output):
    fields: tuple[Literal[WettingField, "all"], ...] = Field(
        FIELDS, strict=False, min_length=1, description=FIELDS_MEANING
    )


class WettingDeck(Deck):
    """Lithium on a layer that it wets or does not.

    Attributes
    ----------
    interface, energies, layer, lithium, stop
        Sections of the file, beside those of every deck.
    """

    model: Literal["wetting"] = Field(description="Physical model of the deck: lithium droplets that wet a layer.")
    interface: JunctionInterface = Field(description="Diffuse interfaces.")
    energies: InterfaceEnergies = Field(description="Energies of the three interfaces.")
    layer: WettedLayer = Field(description="Layer under the lithium.")
    lithium: Droplets = Field(description="Lithium metal.")
    stop: WettingStop = Field(description="Conditions that end the run.")
    output: WettingOutput = Field(default_factory=WettingOutput, description="Snapshots.")

    @property
    def planned_time(self) -> float:
        """End of the run [s]."""
        return self.stop.time

    @property
    def absent_fields(self) -> dict[str, str]:
        return {"q": "the layer is rigid"} if self.layer.rigid else {}

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        lateral, height = self.domain.size[:-1], self.domain.size[-1]
        if not lateral:
            yield Problem("domain.dimension", "must be 2 or 3: a droplet needs a lateral axis")
            return
        for index, seed in enumerate(self.lithium.seeds):
            yield from point_problems(f"lithium.seeds.{index}.position", seed.position, lateral)
            if self.layer.thickness + seed.radius >= height:
                reach = pretty(self.layer.thickness + seed.radius, "m")
                yield Problem(
                    f"lithium.seeds.{index}.radius",
                    f"is too large: the droplet on the layer reaches up to {reach}, which is above the box",
                )
        try:
            (contact_angle if self.layer.rigid else neumann_angles)(self.energies.all)
        except ValueError as error:
            yield Problem("energies", str(error))


DECK = WettingDeck

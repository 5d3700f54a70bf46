"""The deck of plating over an interphase that grows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from pydantic import Field

from phasefield.deck.base import Duration, Length, Section, Velocity, Voltage
from phasefield.deck.cell import AutoDiffusivity, Kinetics, Lithium
from phasefield.deck.common import DrivenDeck, absent_axes
from phasefield.deck.operation import FIELDS_MEANING, Output, Stop
from phasefield.deck.phases import CoatingLayer, Product, SolidElectrolyte
from phasefield.deck.positions import coating_problems, front_problems, plane_problems
from phasefield.deck.reaction import product_of_the_electrolyte
from phasefield.deck.shapes import Front
from phasefield.errors import Problem
from phasefield.physics.interphase.deck import (
    InterphaseGrainBoundaries,
    InterphaseHeterogeneity,
    absent_coating,
    absent_factors,
)
from phasefield.physics.plating_interphase.deck_host import Host


class FrontsInterface(Section):
    width: Length = Field(
        examples=["5 nm"], description="Width δ_PF of both diffuse fronts; the results should not depend on it."
    )
    mobility: AutoDiffusivity = Field(
        "auto",
        description=(
            'Mobility Γ that keeps the profile of the lithium front, without capillarity; "auto" is 2 δ_PF times the '
            "velocity at the present current. At least the mobility of the interface energy."
        ),
    )


class LinearReaction(Section):
    velocity: Velocity = Field(
        examples=["0.1 nm/s"], description="Velocity k_r of the interphase front at the potential of lithium, V = 0."
    )


class InitialLayer(Section):
    thickness: Length = Field(
        description="Thickness of the interphase at the start, on the lithium and on the coating."
    )


class Nucleation(Section):
    rate: float = Field(
        ge=0, le=1e6, description="Rate n at which lithium nucleates in a boundary, in 1/s per RT/F beyond the barrier."
    )
    barrier: Voltage = Field("0 V", description="Voltage below 0 V against lithium at which lithium nucleates.")


class NucleatingGrainBoundaries(InterphaseGrainBoundaries):
    nucleation: Nucleation | None = Field(
        None, description="Nucleation of lithium in grain boundaries, away from the front."
    )


class ElectrolyteStructure(InterphaseHeterogeneity):
    grain_boundaries: NucleatingGrainBoundaries = Field(description="Grain boundaries of the electrolyte.")


PlatingInterphaseField = Literal[
    "xi", "psi", "phi_i", "phi_e", "potential", "current", "ix", "iy", "iz", "coating", "nucleation",
    "host", "theta",
]  # fmt: skip
FIELDS: tuple[PlatingInterphaseField, ...] = get_args(PlatingInterphaseField)


class PlatingInterphaseOutput(Output):
    fields: tuple[Literal[PlatingInterphaseField, "free", "ionic", "electronic", "all"], ...] = Field(
        FIELDS, strict=False, min_length=1, description=FIELDS_MEANING
    )


class PlatingInterphaseStop(Stop):
    time: Duration | None = Field(
        None, description="End of the run; required if the last step of the drive has no duration."
    )


class PlatingInterphaseDeck(DrivenDeck):
    """Lithium plated over an interphase that grows.

    Attributes
    ----------
    interface, electrolyte, lithium, kinetics, front, drive, stop
        Sections of the file, beside those of every deck.
    product, reaction, layer, coating, host, heterogeneity
        Sections that a deck may leave out; None then.
    """

    model: Literal["plating-interphase"] = Field(
        description="Physical model of the deck: plating on lithium on which an interphase grows."
    )
    interface: FrontsInterface = Field(description="Diffuse fronts of the lithium and of the interphase.")
    electrolyte: SolidElectrolyte = Field(
        description="Electrolyte, above the interphase; the counter electrode is at the top."
    )
    product: Product | None = Field(
        None, description="Product of the reaction between lithium and electrolyte, which forms the interphase."
    )
    reaction: LinearReaction | None = Field(
        None,
        description="Reaction at the front of the interphase. Without this section and `layer`, no interphase forms.",
    )
    lithium: Lithium = Field(default_factory=Lithium, description="Lithium metal.")
    kinetics: Kinetics = Field(description="Charge transfer at the lithium.")
    front: Front = Field(description="Shape of the lithium at the start.")
    layer: InitialLayer | None = Field(None, description="Interphase at the start; required together with `reaction`.")
    coating: CoatingLayer | None = Field(None, description="Coating on the flat lithium, which the mesh resolves.")
    host: Host | None = Field(
        None,
        description=(
            "Porous mixed conductor (interlayer) on the flat lithium, which conducts ions and electrons and stores "
            "lithium."
        ),
    )
    heterogeneity: ElectrolyteStructure | None = Field(None, description="Grain structure of the electrolyte.")
    stop: PlatingInterphaseStop = Field(
        default_factory=PlatingInterphaseStop, description="Conditions that end the run before the drive ends."
    )
    output: PlatingInterphaseOutput = Field(default_factory=PlatingInterphaseOutput, description="Snapshots.")

    _product = product_of_the_electrolyte

    @property
    def window(self) -> float:
        """Driving voltage of lithium's reaction with the electrolyte [V]; negative if the electrolyte is stable."""
        return self.electrolyte.reduction_potential

    @property
    def start(self) -> float:
        """Height of coating, host and layer on the flat lithium [m]."""
        films = sum(film.thickness for film in (self.layer, self.host) if film)
        return self.front.height + films + (self.coating.extremes[1] if self.coating else 0.0)

    @property
    def absent_fields(self) -> dict[str, str]:
        missing = absent_axes(self.domain.dimension) | absent_factors(self) | absent_coating(self)
        if not self.host:
            missing |= dict.fromkeys(("host", "theta"), "there is no host")
        nucleation = self.heterogeneity and self.heterogeneity.grain_boundaries.nucleation
        return missing if nucleation and nucleation.rate else missing | {"nucleation": "lithium appears nowhere"}

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        for name, other in (("layer", self.reaction), ("reaction", self.layer), ("product", self.reaction)):
            if other and not getattr(self, name):
                yield Problem(name, "is required: an interphase needs [product], [reaction] and [layer]")
        yield from front_problems("front", self.front, self.domain)
        yield from coating_problems(self.coating, self.domain.size[:-1])
        yield from plane_problems(self.heterogeneity, self.domain.size)
        if self.start + self.front.rise >= self.domain.size[-1]:
            yield Problem(
                "front.height",
                "is too high: with its shapes, coating and interphase, the lithium reaches the top of the box",
            )
        if self.front.height - self.front.fall <= 0:
            yield Problem("front.height", "is too low: the valleys of the front reach the bottom of the box")
        if self.coating and (self.front.rise or self.front.fall):
            yield Problem("coating", "needs flat lithium: remove the shapes in [front]")
        if self.host:
            for key in ("coating", "layer", "reaction"):
                if getattr(self, key):
                    yield Problem("host", f"cannot be combined with [{key}]: remove one of them")
        if self.product and self.product.tunnelling_length is not None:
            yield Problem(
                "product.tunnelling_length",
                'is not supported by model = "plating-interphase"; give electronic_conductivity instead',
            )


DECK = PlatingInterphaseDeck

"""The deck of an interphase case: a layer that grows between an electrode and an electrolyte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol, get_args

from pydantic import Field, model_validator

from phasefield.deck.base import Duration, Factor, InterfaceEnergy, Length, Section, given
from phasefield.deck.cell import AutoDiffusivity, Domain
from phasefield.deck.common import Deck
from phasefield.deck.operation import FIELDS_MEANING, Output
from phasefield.deck.phases import CoatingLayer, Electrode, Product, SolidElectrolyte, Stability
from phasefield.deck.positions import coating_problems, front_problems, plane_problems
from phasefield.deck.reaction import ConsumableCoating, Consumption, Reaction, product_of_the_electrolyte
from phasefield.deck.shapes import Front, GrainBoundaryPattern
from phasefield.errors import Problem
from phasefield.physics.interphase.deck_mechanics import Mechanics, with_materials_of_interphase
from phasefield.units import pretty


class InterphaseFront(Section):
    closure: Literal["phase-field", "degree-of-reaction"] = Field(
        "phase-field",
        description=(
            "`phase-field`: a diffuse front with an interface energy, which the mesh resolves; `degree-of-reaction`: "
            "the fraction of each cell that has reacted, for layers that are thinner than a diffuse front."
        ),
    )
    width: Length = Field(
        examples=["1 nm"],
        description=(
            "Width δ_PF of the diffuse front; the results should not depend on it. With `degree-of-reaction` it is "
            "only the unit of length of the equations; use about the thickness of the layer."
        ),
    )
    mobility: AutoDiffusivity = Field(
        "auto",
        description=(
            'Mobility that keeps the profile of the front; "auto" is δ_PF times the velocity of a front that only the '
            "reaction limits, and in 2-D and 3-D later that of the fastest part of the front. Its own capillarity is "
            "removed, so the results should not depend on it."
        ),
    )
    energy: InterfaceEnergy = Field("0.5 J/m^2", description="Interface energy, for the Gibbs–Thomson effect.")

    @property
    def diffuse(self) -> bool:
        """Whether the front has a width and an energy."""
        return self.closure == "phase-field"

    def problems(self) -> Iterator[Problem]:
        for key in ("mobility", "energy"):
            if not self.diffuse and key in self.model_fields_set:
                yield Problem(key, 'belongs to closure = "phase-field"; a degree of reaction has no interface energy')


class InterphaseGrainBoundaries(GrainBoundaryPattern):
    ionic_factor: Factor = Field(1.0, description="Ionic conductivity in a boundary, divided by the one in a grain.")
    electronic_factor: Factor = Field(
        1.0, description="Electronic conductivity in a boundary, divided by the one in a grain."
    )


class InterphaseHeterogeneity(Section):
    grain_boundaries: InterphaseGrainBoundaries = Field(
        description="Grain boundaries of the electrolyte; the product inherits them."
    )


class InterphaseStop(Section):
    time: Duration = Field(description="End of the run.")
    thickness: Length | None = Field(None, description="Mean thickness of the interphase at which the run ends.")


InterphaseField = Literal[
    "psi", "phi_i", "phi_e", "potential", "coating", "ionic", "electronic", "consumed", "tension", "pressure", "d"
]
FIELDS: tuple[InterphaseField, ...] = get_args(InterphaseField)


class InterphaseOutput(Output):
    fields: tuple[Literal[InterphaseField, "free", "all"], ...] = Field(
        FIELDS, strict=False, min_length=1, description=FIELDS_MEANING
    )
    spacing: Literal["linear", "logarithmic"] = Field(
        "linear",
        description=(
            "Spacing of the `snapshots` in time: `linear` or `logarithmic`, that is, even in the logarithm of time."
        ),
    )

    def times_until(self, end: float) -> tuple[float, ...]:
        """Times of the snapshots after the one at the start [s]; the last is the end."""
        if self.spacing == "linear" or self.times is not None or self.every is not None:
            return super().times_until(end)
        n = self.snapshots
        return (*(end * LOGARITHMIC_START ** ((n - k) / (n - 1)) for k in range(1, n)), end)


#: Memory of the stress and its solver, measured in 2-D (560) and 3-D (800) [byte per cell].
MECHANICS_MEMORY = 700.0

#: Time of the first logarithmic snapshot, as a part of the planned time.
LOGARITHMIC_START = 1e-4


class InterphaseDeck(Deck):
    """A layer that electrode and electrolyte form by reaction.

    Attributes
    ----------
    interface, electrode, electrolyte, product, reaction, layer, stop
        Sections of the file, beside those of every deck.
    coating, heterogeneity, mechanics
        Sections that a deck may leave out; None then.
    """

    model: Literal["interphase"] = Field(
        description="Physical model of the deck: an interphase that grows by reaction."
    )
    interface: InterphaseFront = Field(description="Diffuse front between product and electrolyte.")
    electrode: Electrode = Field(default_factory=Electrode, description="Electrode, at the bottom of the box.")
    electrolyte: SolidElectrolyte = Field(description="Electrolyte, above the interphase.")
    product: Product = Field(
        description="Product of the reaction between electrode and electrolyte, which forms the interphase."
    )
    reaction: Reaction = Field(description="Reaction at the front.")
    layer: Front = Field(description="Interphase at the start, without the coating.")
    coating: ConsumableCoating | None = Field(None, description="Coating on the electrode, which the mesh resolves.")
    heterogeneity: InterphaseHeterogeneity | None = Field(
        None, description="Grain structure of electrolyte and product."
    )
    mechanics: Mechanics | None = Field(
        None,
        description=(
            "Stress in product, electrolyte and coating: linear elasticity at small strain, without flow. It follows "
            "from the fields, and acts on them only by `cracks`. The phases are of the materials of the sections of "
            "the same names, unless another is given here. Bottom and sides are fixed, without friction."
        ),
    )
    stop: InterphaseStop = Field(description="Conditions that end the run.")
    output: InterphaseOutput = Field(default_factory=InterphaseOutput, description="Snapshots.")

    _elastic = model_validator(mode="before")(with_materials_of_interphase)
    _product = product_of_the_electrolyte

    @property
    def planned_time(self) -> float:
        """Planned end of the run [s]."""
        return self.stop.time

    @property
    def sign(self) -> int:
        """−1 if the electrode reduces the electrolyte, 1 if it oxidises it; in the window, as at its nearer edge."""
        edges = self.electrolyte.reduction_potential, self.electrolyte.oxidation_potential
        return 1 if 2 * self.electrode.potential > sum(edges) else -1

    @property
    def window(self) -> float:
        """Driving voltage of the reaction with the electrolyte [V]; negative if the electrolyte is stable."""
        return self.beyond(self.electrolyte)

    def beyond(self, phase: Stability) -> float:
        """Driving voltage of a phase's reaction [V], reduction or oxidation as for the electrolyte."""
        electrode = self.electrode.potential
        return electrode - phase.oxidation_potential if self.sign > 0 else phase.reduction_potential - electrode

    @property
    def cracks(self) -> bool:
        """Whether the layer may crack."""
        return self.mechanics is not None and self.mechanics.cracks is not None

    @property
    def consumes(self) -> bool:
        """Whether the coating reacts: the deck allows it, and the electrode is outside its stability window."""
        consumption = self.coating.consumption if self.coating else None
        return consumption is not None and self.beyond(consumption) > 0

    @property
    def consumption(self) -> Consumption:
        """Reaction of the coating, for decks that have one."""
        return given(given(self.coating).consumption)

    @property
    def start(self) -> float:
        """Height of the flat layer at the start, with the coating under it [m]."""
        return self.layer.height + (self.coating.extremes[1] if self.coating else 0.0)

    @property
    def further_memory(self) -> float:
        return MECHANICS_MEMORY if self.mechanics else 0.0

    @property
    def absent_fields(self) -> dict[str, str]:
        missing = absent_factors(self) | absent_coating(self)
        if self.mechanics is None:
            missing |= dict.fromkeys(("tension", "pressure"), "the deck has no section mechanics")
        if not self.cracks:
            missing |= {"d": "the deck has no section mechanics.cracks"}
        return missing if self.consumes else missing | {"consumed": "no coating is consumed"}

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        lateral, height = self.domain.size[:-1], self.domain.size[-1]
        if self.start + self.layer.rise >= height:
            top = pretty(self.start + self.layer.rise, "m")
            yield Problem(
                "layer.height",
                f"is too large: with coating and roughness, the interphase reaches {top}, the top of the box",
            )
        if self.layer.height - self.layer.fall <= 0:
            yield Problem("layer.height", "is too thin: the valleys of its surface reach the electrode")
        if self.coating and self.coating.consumption:
            yield from self._consumption_problems(self.coating.consumption)
        yield from self._mechanics_problems()
        yield from front_problems("layer", self.layer, self.domain)
        yield from coating_problems(self.coating, lateral)
        yield from plane_problems(self.heterogeneity, self.domain.size)

    def _mechanics_problems(self) -> Iterator[Problem]:
        if self.mechanics is None:
            return
        if (self.coating is None) != (self.mechanics.coating is None):
            wrong = "is required, since the deck has a coating" if self.coating else "is given, but there is no coating"
            yield Problem("mechanics.coating", wrong)
        if self.coating and self.coating.consumption:
            yield Problem("mechanics", "cannot be combined with coating.consumption: remove one of them")
        if self.mechanics.cracks is None:
            return
        if self.domain.dimension != 2:
            yield Problem("mechanics.cracks", f"needs domain.dimension = 2, not {self.domain.dimension}")
        if not self.interface.diffuse:
            closure = self.interface.closure
            yield Problem("mechanics.cracks", f'needs interface.closure = "phase-field", not "{closure}"')
        for index, place in enumerate(self.mechanics.cracks.places):
            if not 0 <= place <= self.domain.size[0]:
                width = pretty(self.domain.size[0], "m")
                yield Problem(f"mechanics.cracks.places.{index}", f"is outside of the box, which is {width} wide")

    def _consumption_problems(self, consumption: Consumption) -> Iterator[Problem]:
        if self.interface.diffuse:
            message = f'needs interface.closure = "degree-of-reaction" instead of "{self.interface.closure}": '
            yield Problem("coating.consumption", message + "a coating is too thin for a diffuse front")
        if consumption.reaction.law != self.reaction.law:
            yield Problem(
                "coating.consumption.reaction.law", f'must be the same as reaction.law, "{self.reaction.law}"'
            )
        if self.product.tunnelling_length is not None:
            yield Problem(
                "coating.consumption", "cannot be combined with product.tunnelling_length: remove one of them"
            )


class Layered(Protocol):
    """Any deck, of any physics, whose mesh resolves coating, product and grain boundaries."""

    @property
    def domain(self) -> Domain: ...

    @property
    def coating(self) -> CoatingLayer | None: ...

    @property
    def product(self) -> Product | None: ...

    @property
    def heterogeneity(self) -> InterphaseHeterogeneity | None: ...


def absent_factors(deck: Layered) -> dict[str, str]:
    """Factors on the conductivities that are 1 everywhere: the reason, by name."""
    grains = deck.heterogeneity and deck.heterogeneity.grain_boundaries
    tunnelling = deck.product and deck.product.tunnelling_length is not None
    there = {
        "ionic": grains and grains.ionic_factor != 1,
        "electronic": tunnelling or (grains and grains.electronic_factor != 1),
    }
    return {name: f"nothing changes the {name} conductivity" for name, is_there in there.items() if not is_there}


def absent_coating(deck: Layered) -> dict[str, str]:
    """Fields of a coating that do not exist without one: the reason, by name."""
    return {} if deck.coating else dict.fromkeys(("coating", "free"), "there is no coating")


DECK = InterphaseDeck

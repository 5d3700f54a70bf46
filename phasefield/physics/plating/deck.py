"""The deck of a plating case, and the consistency of its sections."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from phasefield.deck.cell import (
    CounterElectrode,
    Electrolyte,
    Interface,
    Kinetics,
    Lithium,
    with_material_of_electrolyte,
)
from phasefield.deck.collector import Collector, Nucleation
from phasefield.deck.common import DrivenDeck, absent_axes
from phasefield.deck.mesh import BoxOrMesh
from phasefield.deck.operation import FIELDS_MEANING, Output, Stop
from phasefield.deck.positions import coating_problems, front_problems, plane_problems, point_problems
from phasefield.deck.shapes import Coating, Heterogeneity, LithiumFront
from phasefield.errors import Problem
from phasefield.mesh.triangles import MESH
from phasefield.physics.interphase.deck import MECHANICS_MEMORY, InterphaseDeck
from phasefield.physics.plating.deck_mechanics import PlatingMechanics, SupportedColumn, with_materials_of_plating
from phasefield.units import Dimensional, pretty

#: Largest number of random nucleation sites.
MOST_SITES = 10_000

PlatingField = Literal["xi", "phi", "c", "nuclei", "current", "ix", "iy", "iz", "film", "conductivity", "pressure"]
FIELDS: tuple[PlatingField, ...] = get_args(PlatingField)


class PlatingOutput(Output):
    fields: tuple[Literal[PlatingField, "exchange", "all"], ...] = Field(
        FIELDS, strict=False, min_length=1, description=FIELDS_MEANING
    )


class PlatingFront(LithiumFront):
    height: Annotated[float, Dimensional("m", least=0.0, most=1.0)] = Field(
        description=(
            'Height of the flat lithium; the shapes below are added to it. "0 m" is a bare collector, on which lithium '
            "grows from seeds or nuclei only."
        )
    )


class PlatingDeck(DrivenDeck):
    """Lithium plated from an electrolyte onto lithium, or onto a bare collector.

    Attributes
    ----------
    interface, electrolyte, lithium, kinetics, front, drive, stop
        Sections of the file, beside those of every deck.
    counter, collector, coating, interphase, heterogeneity, mechanics, column
        Sections that a deck may leave out; None then.
    """

    model: Literal["plating"] = Field(
        "plating", description="Physical model of the deck: lithium that is plated and stripped."
    )
    domain: BoxOrMesh = Field(description="Simulation box and mesh.")
    interface: Interface = Field(description="Diffuse interface between lithium and electrolyte.")
    electrolyte: Electrolyte = Field(description="Electrolyte.")
    lithium: Lithium = Field(default_factory=Lithium, description="Lithium metal.")
    kinetics: Kinetics = Field(description="Charge transfer at the lithium.")
    counter: CounterElectrode | None = Field(
        None,
        description=(
            "Lithium as the counter electrode, flat, with charge transfer of its own. It recedes as it is used up, so "
            "that the gap between flat electrodes stays. Without this section, the counter electrode takes no "
            "overpotential and stays in its place."
        ),
    )
    front: PlatingFront = Field(description="Shape of the lithium at the start.")
    collector: Collector | None = Field(None, description="Current collector below the lithium.")
    coating: Coating | None = Field(
        None,
        description=(
            "Film on the lithium that is thinner than a cell: its resistance is in series with charge transfer."
        ),
    )
    interphase: InterphaseDeck | None = Field(
        None,
        description=(
            "Interphase that grows during plating, given as a complete 1-D deck of the interphase model. Its "
            "resistance R(t) is computed first and is then in series with charge transfer."
        ),
    )
    heterogeneity: Heterogeneity | None = Field(None, description="Grain structure of the electrolyte.")
    mechanics: PlatingMechanics | None = Field(
        None,
        description=(
            "Stress of an electrolyte that is a soft solid, as a polymer, and of the lithium that grows into it: "
            "linear elasticity at small strain, without friction at the sides. Its pressure on the lithium acts on "
            "charge transfer. The electrolyte was flat before there was lithium. The phases are of the materials of "
            "the sections of the same names, unless another is given here."
        ),
    )
    column: SupportedColumn | None = Field(
        None,
        description=(
            "The lithium as a column with free sides, a whisker, between the electrolyte and an elastic support. "
            "Growth raises its pressure from `lithium.pressure` on, up to the stress at which it flows. Only in 1-D."
        ),
    )
    stop: Stop = Field(default_factory=Stop, description="Conditions that end the run before the drive ends.")
    output: PlatingOutput = Field(default_factory=PlatingOutput, description="Snapshots.")

    _elastic = model_validator(mode="before")(with_materials_of_plating)

    @model_validator(mode="before")
    @classmethod
    def _of_the_electrolyte(cls, data: Any) -> Any:
        return with_material_of_electrolyte(data)

    @property
    def conductivity(self) -> float:
        """Ionic conductivity of the electrolyte at the deck's temperature [S/m]."""
        return self.electrolyte.conductivity_at(self.conditions.temperature)

    @property
    def diffusivity(self) -> float | None:
        """Salt diffusivity at the deck's temperature [m^2/s]; None without a salt."""
        return self.electrolyte.diffusivity_at(self.conditions.temperature)

    @property
    def exchange_current_density(self) -> float:
        """Exchange current density of bare lithium at the deck's temperature [A/m^2]."""
        return self.kinetics.exchange_current_density_at(self.conditions.temperature)

    @property
    def counter_kinetics(self) -> Kinetics | None:
        """Charge transfer at the counter electrode; None if that takes no overpotential."""
        return self.counter.kinetics_beside(self.kinetics) if self.counter else None

    @property
    def film_conductivity(self) -> float:
        """Ionic conductivity of the coating at the deck's temperature [S/m]; infinite without a coating."""
        return self.coating.conductivity_at(self.conditions.temperature) if self.coating else math.inf

    @property
    def gap(self) -> float:
        """Distance between the flat lithium and the counter electrode at the start [m]."""
        return self.domain.height - self.front.height

    def gap_at(self, height: float) -> float:
        """The same with the lithium at a height [m]; lithium as the counter electrode makes way."""
        return self.gap if self.counter else self.domain.height - height

    @property
    def bare(self) -> bool:
        """Whether the collector is bare at the start, but for seeds."""
        return self.front.is_bare(self.interface.width)

    @property
    def contact_angle(self) -> float:
        """Contact angle of lithium on the collector [rad]."""
        return self.collector.contact_angle if self.collector else math.pi / 2

    @property
    def nucleation(self) -> Nucleation | None:
        """Nucleation on the collector, if there is any."""
        return self.collector.nucleation if self.collector else None

    @property
    def lithium_below(self) -> float | None:
        """Height that the lithium must not pass, since the cells grow above it [m]; None if all cells are equal."""
        grading = self.domain.grading
        return grading.start - 2 * self.interface.width if grading else None

    @property
    def physical_capillarity(self) -> bool:
        """Whether the interface energy acts as capillarity, and not the mobility."""
        chosen = self.interface.capillarity
        return not self.domain.mesh if chosen == "auto" else chosen == "physical"

    @property
    def pressure(self) -> float:
        """Pressure on flat lithium [Pa]."""
        return self.mechanics.pressure if self.mechanics else self.lithium.pressure

    @property
    def further_memory(self) -> float:
        return MECHANICS_MEMORY if self.mechanics else 0.0

    @property
    def attachments(self) -> dict[str, tuple[str, str]]:
        return {"domain.mesh": (MESH, self.domain.triangles.text)} if self.domain.mesh else {}

    def resolved(self) -> dict[str, Any]:
        """The same; a mesh is given by the name of its copy in the run directory and a checksum."""
        found = super().resolved()
        if self.domain.mesh:
            found["domain"]["mesh"] = f"{MESH}, SHA-256 {self.domain.triangles.digest}"
        return found

    @property
    def method(self) -> str:
        return "implicit-euler" if self.nucleation else super().method

    @property
    def unsplit(self) -> str:
        reasons = {
            'a salt (electrolyte.transport = "binary") is solved for together with ξ': self.electrolyte.transport
            == "binary",
            "domain.mesh has no compiled engine": self.domain.mesh,
            'solver.engine = "fipy" solves for ξ and φ together': self.solver.engine == "fipy",
            "solver.petsc has options for the linear solver of all fields": self.solver.petsc,
        }
        parts = ("counter", "interphase", "mechanics", "column")
        reasons |= {f"{part} follows the fields within a step": getattr(self, part) for part in parts}
        reasons["collector.nucleation follows the fields within a step"] = self.nucleation
        return next((reason for reason, found in reasons.items() if found), "")

    @property
    def compiles(self) -> bool:
        return super().compiles and not self.domain.mesh

    def problems(self) -> Iterator[Problem]:
        if self.domain.mesh:
            yield from self._mesh_problems()
        yield from self._front_problems()
        yield from front_problems("front", self.front, self.domain)
        if self.counter and self.electrolyte.counter_electrode == "reservoir":
            yield Problem("counter", 'is lithium: must be left out with electrolyte.counter_electrode = "reservoir"')
        yield from self._collector_problems()
        yield from self._mechanics_problems()
        yield from self._column_problems()
        yield from coating_problems(self.coating, self.domain.size[:-1])
        yield from plane_problems(self.heterogeneity, self.domain.size)
        yield from super().problems()
        yield from self._layer_problems()
        yield from self._grading_problems()

    def _grading_problems(self) -> Iterator[Problem]:
        """Lithium where the cells grow, at the start or as planned; what needs equal cells."""
        if self.lithium_below is None:
            return
        if self.mechanics is not None:
            yield Problem("domain.grading", "must be left out with [mechanics], which needs equal cells")
        allowed = f"with domain.grading.start, at most {pretty(self.lithium_below, 'm')} is allowed"
        if self.front.height + self.front.rise > self.lithium_below:
            yield Problem("front.height", f"is too large: {allowed} with its shapes, two widths below the start")
        if self.stop.tip_height is not None and self.stop.tip_height > self.lithium_below:
            yield Problem("stop.tip_height", f"is too large: {allowed}, two widths below the start")

    def _mesh_problems(self) -> Iterator[Problem]:
        """Problems of features that need columns of cells, or were not tested without them."""
        front, reason = self.front, "is not supported with domain.mesh"
        for name in ("counter", "collector", "coating", "interphase", "heterogeneity", "mechanics", "column"):
            if getattr(self, name) is not None:
                yield Problem(name, f"{reason}: remove it, or use a box")
        for name in ("cosines", "bumps", "seeds", "spheres", "noise"):
            if getattr(front, name):
                yield Problem(f"front.{name}", f"{reason}: remove it, and draw the shape into the mesh")
        if self.lithium.anisotropy:
            yield Problem("lithium.anisotropy", f"{reason}, because its axes are the ones of a box: must be 0")
        if self.physical_capillarity:
            yield Problem("interface.capillarity", f'{reason}: must be "effective" or "auto"')
        if self.solver.engine == "compiled":
            yield Problem("solver.engine", f'{reason}: must be "fipy" or "auto"')

    def _layer_problems(self) -> Iterator[Problem]:
        if self.interphase is None:
            return
        if self.interphase.domain.dimension != 1:
            yield Problem("interphase.domain.dimension", "must be 1: the interphase is computed as a flat layer")
        ends = self.drive.duration is not None or self.stop.time is not None
        if ends and self.interphase.stop.time < self.planned_time * (1 - 1e-9):
            end = pretty(self.planned_time, "s")
            yield Problem("interphase.stop.time", f"is earlier than the planned end of this run, {end}")

    def _front_problems(self) -> Iterator[Problem]:
        front, height = self.front, self.domain.height
        top, bottom = front.height + front.rise, front.height - front.fall
        if top >= height:
            reach = f"is too large: with its shapes the lithium reaches {pretty(top, 'm')}"
            yield Problem("front.height", f"{reach}, but the box is only {pretty(height, 'm')} high")
        if bottom < 0 or (bottom == 0 and front.fall):
            yield Problem("front.height", "is too low: the valleys of the front reach the bottom of the box")
        elif self.bare and not (front.rise or self.nucleation):
            yield Problem(
                "front.height", "leaves the collector bare: front.seeds or collector.nucleation must be given"
            )

    def _collector_problems(self) -> Iterator[Problem]:
        nucleation, lateral = self.nucleation, self.domain.size[:-1]
        if nucleation is None:
            return
        if self.time.method == "bdf2":  # only implicit Euler gives the lithium of a nucleus exactly from its radius
            yield Problem("time.method", 'must be "auto" or "implicit-euler" with collector.nucleation')
        if not lateral:
            yield Problem("collector.nucleation", "is not allowed in 1-D, which has no lateral axis")
            return
        for index, site in enumerate(nucleation.sites):
            yield from point_problems(f"collector.nucleation.sites.{index}.position", site.position, lateral)
        if (number := nucleation.random_sites(lateral)) > MOST_SITES:
            yield Problem("collector.nucleation.density", f"makes {number:.3g} sites; {MOST_SITES} are allowed")

    def _mechanics_problems(self) -> Iterator[Problem]:
        if self.mechanics is None:
            return
        if self.bare or self.nucleation:
            yield Problem("mechanics", "needs lithium that covers the collector: set front.height, without nucleation")
        if self.lithium.pressure:
            yield Problem("lithium.pressure", "is not allowed with mechanics: set mechanics.pressure instead")

    def _column_problems(self) -> Iterator[Problem]:
        if self.column is None:
            return
        if self.domain.dimension != 1:
            yield Problem("column", "is for domain.dimension = 1: a column is one of lithium with free sides")
        if self.mechanics is not None:
            yield Problem("column", "is not allowed with mechanics, which has sides that do not move: remove one")
        most = self.column.strength
        if not 0 <= self.lithium.pressure <= most:
            bound = f" to {pretty(most, 'Pa')}, column.yield_stress" if math.isfinite(most) else ""
            yield Problem("lithium.pressure", f"must be from 0{bound}: it is that of the column at the start")

    @property
    def absent_fields(self) -> dict[str, str]:
        film, grains = self.coating, self.heterogeneity.grain_boundaries if self.heterogeneity else None
        uniform = all(part is None or part.exchange_current_factor == 1 for part in (film, grains))
        missing = {
            "c": self.electrolyte.transport != "binary" and "only a binary electrolyte has a salt concentration",
            "nuclei": self.nucleation is None and "there is no collector.nucleation",
            "film": film is None and "there is no coating",
            "conductivity": grains is None and "there is no heterogeneity",
            "pressure": self.mechanics is None and "the deck has no section mechanics",
            "exchange": uniform and "the exchange current is the same everywhere",
        }
        return absent_axes(self.domain.dimension) | {name: reason for name, reason in missing.items() if reason}


DECK = PlatingDeck

"""The deck of a plating case, and what must fit together between its sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from phasefield.deck.cell import Electrolyte, Interface, Kinetics, Lithium
from phasefield.deck.common import DrivenDeck
from phasefield.deck.mesh import BoxOrMesh
from phasefield.deck.operation import Stop
from phasefield.deck.positions import coating_problems, front_problems, plane_problems
from phasefield.deck.shapes import Coating, Front, Heterogeneity
from phasefield.errors import Problem
from phasefield.mesh.triangles import MESH
from phasefield.physics.interphase.deck import InterphaseDeck
from phasefield.units import pretty


class PlatingDeck(DrivenDeck):
    """Lithium plated from an electrolyte onto lithium.

    Attributes
    ----------
    interface, electrolyte, lithium, kinetics, front, drive, stop
        Sections of the file, beside those of every deck.
    coating, interphase, heterogeneity
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
    front: Front = Field(description="Shape of the lithium at the start.")
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
    stop: Stop = Field(default_factory=Stop, description="Conditions that end the run before the drive ends.")

    @property
    def gap(self) -> float:
        """Electrolyte between the flat lithium and the counter electrode [m]."""
        return self.domain.height - self.front.height

    @property
    def attachments(self) -> dict[str, tuple[str, str]]:
        return {"domain.mesh": (MESH, self.domain.triangles.text)} if self.domain.mesh else {}

    def resolved(self) -> dict[str, Any]:
        """The same; a mesh by the name of its copy in the run directory, and what tells whether it is that mesh."""
        found = super().resolved()
        if self.domain.mesh:
            found["domain"]["mesh"] = f"{MESH}, SHA-256 {self.domain.triangles.digest}"
        return found

    @property
    def compiles(self) -> bool:
        return super().compiles and not self.domain.mesh

    def problems(self) -> Iterator[Problem]:
        if self.domain.mesh:
            yield from self._mesh_problems()
        yield from self._front_problems()
        yield from front_problems("front", self.front, self.domain)
        yield from coating_problems(self.coating, self.domain.size[:-1])
        yield from plane_problems(self.heterogeneity, self.domain.size)
        yield from super().problems()
        yield from self._output_problems()
        yield from self._layer_problems()

    def _mesh_problems(self) -> Iterator[Problem]:
        """What is laid out in columns of cells, or was never tried without them."""
        front, reason = self.front, "is not supported with domain.mesh"
        for name in ("coating", "interphase", "heterogeneity"):
            if getattr(self, name) is not None:
                yield Problem(name, f"{reason}: remove it, or use a box")
        for name in ("cosines", "bumps", "seeds", "noise"):
            if getattr(front, name):
                yield Problem(f"front.{name}", f"{reason}: remove it, and draw the shape into the mesh")
        if self.lithium.anisotropy:
            yield Problem("lithium.anisotropy", f"{reason}, because its axes are the ones of a box: must be 0")
        if self.interface.capillarity != "effective":
            yield Problem("interface.capillarity", f'{reason}: must be "effective"')
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
        if bottom <= 0:
            yield Problem("front.height", "is too low: the valleys of the front reach the bottom of the box")

    def _output_problems(self) -> Iterator[Problem]:
        if "fields" not in self.output.model_fields_set:
            return
        missing = {
            "c": self.electrolyte.transport != "binary" and "only a binary electrolyte has a salt concentration",
            "iy": self.domain.dimension < 2 and "there is no second axis",
            "iz": self.domain.dimension < 3 and "there is no third axis",
            "film": self.coating is None and "there is no coating",
            "conductivity": self.heterogeneity is None and "there is no heterogeneity",
        }
        for name in self.output.fields:
            if reason := missing.get(name):
                yield Problem("output.fields", f'contains "{name}", which this run does not have: {reason}')


DECK = PlatingDeck

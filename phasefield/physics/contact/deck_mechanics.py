"""Section of a deck for an electrode that breathes, and the contact that this opens."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from pydantic import Field

from phasefield.deck.base import InterfaceEnergy, Length, Pressure
from phasefield.deck.mechanics import Elastic, Stacked, with_materials
from phasefield.errors import Problem
from phasefield.theory import breathing as laws
from phasefield.units import Dimensional

Strength = Annotated[float, Dimensional("Pa", least=1.0, most=1e12)]
SiteFraction = Annotated[float, Field(ge=0, le=1)]
VolumeChange = Annotated[float, Field(ge=-0.5, le=0.5)]


class Breathing(Stacked):
    """A sphere of the electrode in the electrolyte, under the stack pressure."""

    pressure: Pressure = Field("0 Pa", description="Stack pressure on the composite of particles and electrolyte.")
    particle_radius: Length | None = Field(
        None,
        description=(
            "Radius of the electrode's particles; if not given, three times the thickness of the electrode, so that "
            "the sheet has the lithium of a sphere per area."
        ),
    )
    volume_fraction: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="Part of the volume that particles take, the rest being electrolyte; 0 for a single particle.",
    )
    contents: tuple[SiteFraction, ...] = Field(
        strict=False,
        min_length=2,
        max_length=1000,
        examples=[[0, 0.5, 1]],
        description="Lithium contents at which the volume is given, increasing from 0 to 1.",
    )
    volume_changes: tuple[VolumeChange, ...] = Field(
        strict=False,
        min_length=2,
        max_length=1000,
        examples=[[-0.09, -0.012, 0.002]],
        description=(
            "Change ΔV/V of the electrode's volume at these contents, from any state; a smooth curve goes through the "
            "points. Particle and electrolyte fit at the content of the start, before the stack pressure acts."
        ),
    )
    adhesion: InterfaceEnergy = Field(
        examples=["0.2 J/m^2"], description="Work per area that separates electrode and electrolyte."
    )
    strength: Strength = Field(
        examples=["20 MPa"],
        description=(
            "Tension that the contact bears; then bonds fail, and none is left at a gap of two times adhesion over "
            "strength."
        ),
    )
    hardness: Strength = Field(
        examples=["1.9 GPa"],
        description=(
            "Hardness of the softer of both solids. Faces that have separated touch again in a part of their area, "
            "which is the pressure over the hardness at first."
        ),
    )
    electrode: Elastic = Field(description="Elastic constants of the electrode.")
    electrolyte: Elastic = Field(description="Elastic constants of the electrolyte.")

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        if len(self.contents) != len(self.volume_changes):
            yield Problem("volume_changes", f"must have as many entries as contents, {len(self.contents)}")
        if any(b <= a for a, b in zip(self.contents, self.contents[1:], strict=False)):
            yield Problem("contents", "must increase from each entry to the next")
        elif self.contents[0] != 0 or self.contents[-1] != 1:
            yield Problem("contents", f"must begin at 0 and end at 1, not at {self.contents[0]:g} and "
                          f"{self.contents[-1]:g}: a run may go anywhere between")  # fmt: skip

    def radius(self, thickness: float) -> float:
        """Radius of a particle, for a thickness of the electrode [m]."""
        return self.particle_radius if self.particle_radius is not None else 3 * thickness

    @property
    def compliances(self) -> tuple[float, float]:
        """C and C_P of :mod:`phasefield.theory.breathing` [1/Pa]."""
        return laws.compliances(self.electrolyte.lame, self.electrode.lame, self.volume_fraction)

    def interface(self, thickness: float, unit: float = 1.0) -> laws.Interface:
        """The interface of a particle, for a thickness of the electrode [m] and stresses in a unit [Pa]."""
        compliance, lifting = self.compliances
        return laws.Interface(
            compliance=compliance * unit,
            lift=lifting * self.pressure,
            strength=self.strength / unit,
            hardness=self.hardness / unit,
            reach=2 * self.adhesion / (self.strength * self.radius(thickness)),
        )


with_materials_of_contact = partial(with_materials, phases=("electrode", "electrolyte"))

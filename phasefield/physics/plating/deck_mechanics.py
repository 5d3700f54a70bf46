"""Sections of a deck for the stress of a solid electrolyte and of the lithium that pushes it, and for a column."""

from __future__ import annotations

import math
from functools import partial
from typing import Annotated, ClassVar

from pydantic import Field

from phasefield.deck.material import OfMaterial
from phasefield.deck.mechanics import Elastic, Modulus, Stacked, with_materials
from phasefield.units import Dimensional

Stiffness = Annotated[float, Dimensional("Pa/m", least=1e3, most=1e20)]
Strength = Annotated[float, Dimensional("Pa", least=1e3, most=1e11)]


class PlatingMechanics(Stacked):
    electrolyte: Elastic = Field(description="Elastic constants of the electrolyte, a soft solid.")
    lithium: Elastic | None = Field(
        None, description='Elastic constants of the lithium; if not given, of the material "Li".'
    )

    @property
    def metal(self) -> Elastic:
        """Elastic constants of the lithium."""
        return self.lithium or Elastic.model_validate({"material": "Li"})


class SupportedColumn(OfMaterial):
    """A column of lithium with free sides that grows against a support."""

    stiffness: Stiffness = Field(
        examples=["200 MPa/um"],
        description=(
            "Stiffness of the support by area of the column: the spring constant of a cantilever over the column's "
            "cross-section."
        ),
    )
    youngs_modulus: Modulus = Field(examples=["7.82 GPa"], description="Young's modulus of the column.")
    yield_stress: Strength | None = Field(
        None,
        examples=["244 MPa"],
        description="Stress at which the column flows aside; if neither key nor material gives one, it does not.",
    )

    taken: ClassVar[dict[str, str]] = {"youngs_modulus": "Pa", "yield_stress": "Pa"}

    @property
    def strength(self) -> float:
        """The yield stress; infinite without one [Pa]."""
        return math.inf if self.yield_stress is None else self.yield_stress

    def compliance(self, length: float) -> float:
        """Length by which support and a column of a length [m] give way, over the pressure [m/Pa]."""
        return 1 / self.stiffness + length / self.youngs_modulus

    def length_under(self, pressure: float, length: float, before: float) -> float:
        """Length, measured without pressure, of a column that is pressed so much [m].

        Parameters
        ----------
        pressure : float [Pa]
            Less than Young's modulus.
        length, before : float [m, Pa]
            A length of it with its pressure, from which on it has not flowed.
        """
        filling = length - before * self.compliance(length)
        return (filling + pressure / self.stiffness) / (1 - pressure / self.youngs_modulus)


with_materials_of_plating = partial(with_materials, phases=("electrolyte", "lithium"))

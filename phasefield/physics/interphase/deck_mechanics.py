"""Section of a deck for the stress that a growing interphase causes."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from pydantic import Field

from phasefield.deck.mechanics import Elastic, Stacked, with_materials
from phasefield.theory.elasticity import linear_strain
from phasefield.units import Dimensional

Stiffness = Annotated[float, Dimensional("Pa/m", least=0.0, most=1e22)]
Toughness = Annotated[float, Dimensional("Pa m^0.5", least=1.0, most=1e9)]


class BrittleElastic(Elastic):
    fracture_toughness: Toughness | None = Field(
        None, description="Fracture toughness K_Ic; without it no criterion for cracks is computed."
    )


class ElasticProduct(BrittleElastic):
    volume_change: float = Field(
        ge=-0.5,
        le=0.5,
        examples=[0.03],
        description=(
            "Change ΔV/V of the volume when electrolyte becomes product, as far as it strains the layer; product that "
            "forms elsewhere, or flows, does not count."
        ),
    )

    @property
    def strain(self) -> float:
        """Strain along each axis that the product would have by itself [1]."""
        return linear_strain(self.volume_change)


class Mechanics(Stacked):
    casing_stiffness: Stiffness = Field(
        "0 Pa/m",
        description="Stiffness of the casing per area: the pressure rises by so much when the top rises.",
    )
    electrolyte: BrittleElastic = Field(description="Elastic constants of the electrolyte.")
    product: ElasticProduct = Field(description="Elastic constants and swelling of the product.")
    coating: Elastic | None = Field(None, description="Elastic constants of the coating, if the deck has one.")


with_materials_of_interphase = partial(with_materials, phases=("electrolyte", "product", "coating"))

"""Section of a deck for the stress that a growing interphase causes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated

from pydantic import Field

from phasefield.deck.base import Coordinate, Section
from phasefield.deck.mechanics import Elastic, Stacked, with_materials
from phasefield.errors import Problem
from phasefield.theory import crack as laws
from phasefield.theory.elasticity import linear_strain
from phasefield.units import Dimensional

Stiffness = Annotated[float, Dimensional("Pa/m", least=0.0, most=1e22)]
Toughness = Annotated[float, Dimensional("Pa m^0.5", least=1.0, most=1e9)]
Strength = Annotated[float, Dimensional("Pa", least=1.0, most=1e12)]
Conductivity = Annotated[float, Dimensional("S/m", least=1e-20, most=1e8)]


class BrittleElastic(Elastic):
    fracture_toughness: Toughness | None = Field(
        None, description="Fracture toughness K_Ic; without it no criterion for cracks is computed."
    )

    @property
    def release_rate(self) -> float | None:
        """G_c [J/m²]; None without a toughness."""
        if self.fracture_toughness is None:
            return None
        return laws.release_rate(self.fracture_toughness, self.youngs_modulus, self.poisson_ratio)


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


class Cracks(Section):
    strength: Strength = Field(
        examples=["1 GPa"],
        description=(
            "Tensile strength of the electrolyte without a flaw. It sets the width of the damage, "
            "l = 3(1 − ν²)K_Ic²/(8σ_c²), which needs at least 1.5 cells; the strength of the other phases follows from "
            "l and their toughness."
        ),
    )
    ionic_conductivity: Conductivity = Field(
        description=(
            "Conductivity of lithium ions in the cells of a crack, which are as wide as the mesh: that of its content, "
            "times the width of the crack over that of a cell."
        )
    )
    electronic_conductivity: Conductivity = Field(description="The same of electrons.")
    places: tuple[Coordinate, ...] = Field(
        (),
        strict=False,
        description=(
            "Positions along x of cracks that come along the layer from outside of the section: each opens as soon as "
            "that lowers the energy. Without one, cracks start only where the stress reaches the strength."
        ),
    )


class Mechanics(Stacked):
    casing_stiffness: Stiffness = Field(
        "0 Pa/m",
        description="Stiffness of the casing per area: the pressure rises by so much when the top rises.",
    )
    electrolyte: BrittleElastic = Field(description="Elastic constants of the electrolyte.")
    product: ElasticProduct = Field(description="Elastic constants and swelling of the product.")
    coating: BrittleElastic | None = Field(None, description="Elastic constants of the coating, if the deck has one.")
    cracks: Cracks | None = Field(
        None,
        description=(
            "Cracks in product, electrolyte and coating, as a phase field, and growth through them. Each phase needs a "
            "fracture toughness. In two dimensions, with the closure `phase-field`."
        ),
    )

    @property
    def damage_length(self) -> float | None:
        """Length l of the damage [m]; None without cracks or toughness."""
        e = self.electrolyte
        if self.cracks is None or e.fracture_toughness is None:
            return None
        return laws.damage_length(e.fracture_toughness, self.cracks.strength, e.poisson_ratio)

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        for name in ("electrolyte", "product", "coating") if self.cracks else ():
            phase = getattr(self, name)
            if phase is not None and phase.fracture_toughness is None:
                yield Problem(f"{name}.fracture_toughness", "is required with mechanics.cracks")


with_materials_of_interphase = partial(with_materials, phases=("electrolyte", "product", "coating"))

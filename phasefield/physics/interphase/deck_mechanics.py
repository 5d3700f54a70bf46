"""Section of a deck for the stress that a growing interphase causes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field

from phasefield.deck.base import Pressure, Section
from phasefield.deck.material import OfMaterial
from phasefield.errors import Problem
from phasefield.theory.elasticity import lame_constants, linear_strain
from phasefield.units import Dimensional

Modulus = Annotated[float, Dimensional("Pa", least=1e3, most=1e13)]
Stiffness = Annotated[float, Dimensional("Pa/m", least=0.0, most=1e22)]
Toughness = Annotated[float, Dimensional("Pa m^0.5", least=1.0, most=1e9)]


class Elastic(OfMaterial):
    """An isotropic elastic phase."""

    youngs_modulus: Modulus = Field(examples=["120 GPa"], description="Young's modulus.")
    poisson_ratio: float = Field(gt=-1, lt=0.5, examples=[0.25], description="Poisson's ratio, below ½.")

    taken: ClassVar[dict[str, str]] = {"youngs_modulus": "Pa", "poisson_ratio": ""}

    @property
    def lame(self) -> tuple[float, float]:
        """Lamé's constants λ and μ [Pa]."""
        return lame_constants(self.youngs_modulus, self.poisson_ratio)


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


class Mechanics(Section):
    pressure: Pressure = Field("0 Pa", description="Stack pressure on the top of the box, which stays flat.")
    casing_stiffness: Stiffness = Field(
        "0 Pa/m",
        description="Stiffness of the casing per area: the pressure rises by so much when the top rises.",
    )
    electrolyte: BrittleElastic = Field(description="Elastic constants of the electrolyte.")
    product: ElasticProduct = Field(description="Elastic constants and swelling of the product.")
    coating: Elastic | None = Field(None, description="Elastic constants of the coating, if the deck has one.")

    def problems(self) -> Iterator[Problem]:
        if self.pressure < 0:
            yield Problem("pressure", "must not be negative: the plate on the top cannot pull")


def with_materials(data: Any) -> Any:
    """Elastic phases of a deck are of the same material as the sections of their names, unless they name another."""
    if not isinstance(data, dict) or not isinstance(mechanics := data.get("mechanics"), dict):
        return data
    filled = {}
    for name in ("electrolyte", "product", "coating"):
        section, phase = data.get(name), mechanics.get(name, {})
        if isinstance(section, dict) and isinstance(phase, dict) and "material" in section:
            filled[name] = {"material": section["material"]} | phase
    return data | {"mechanics": mechanics | filled}

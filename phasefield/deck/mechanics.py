"""Sections of a deck that all stresses need: elastic phases under a stack pressure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from phasefield.deck.base import Pressure, Section
from phasefield.deck.material import OfMaterial
from phasefield.errors import Problem
from phasefield.theory.elasticity import lame_constants
from phasefield.units import Dimensional

Modulus = Annotated[float, Dimensional("Pa", least=1e3, most=1e13)]


class Elastic(OfMaterial):
    """An isotropic elastic phase."""

    youngs_modulus: Modulus = Field(examples=["120 GPa"], description="Young's modulus.")
    poisson_ratio: float = Field(gt=-1, lt=0.5, examples=[0.25], description="Poisson's ratio, below ½.")

    taken: ClassVar[dict[str, str]] = {"youngs_modulus": "Pa", "poisson_ratio": ""}

    @property
    def lame(self) -> tuple[float, float]:
        """Lamé's constants λ and μ [Pa]."""
        return lame_constants(self.youngs_modulus, self.poisson_ratio)


class Stacked(Section):
    """Elastic phases between the bottom of the box and a plate that presses on its top."""

    pressure: Pressure = Field("0 Pa", description="Stack pressure on the top of the box, which stays flat.")

    def problems(self) -> Iterator[Problem]:
        if self.pressure < 0:
            yield Problem("pressure", "must not be negative: the plate on the top cannot pull")


def with_materials(data: Any, phases: Sequence[str]) -> Any:
    """Elastic phases of a deck are of the same material as the sections of their names, unless they name another."""
    if not isinstance(data, dict) or not isinstance(mechanics := data.get("mechanics"), dict):
        return data
    filled = {}
    for name in phases:
        section, phase = data.get(name), mechanics.get(name, {})
        if isinstance(section, dict) and isinstance(phase, dict) and "material" in section:
            filled[name] = {"material": section["material"]} | phase
    return data | {"mechanics": mechanics | filled}

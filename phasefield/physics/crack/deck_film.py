"""Section of a crack deck for a film that closes the mouth of the flaw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from phasefield.deck.base import Length
from phasefield.deck.material import OfMaterial
from phasefield.deck.mechanics import Modulus
from phasefield.errors import Problem
from phasefield.theory.crack import release_rate
from phasefield.theory.film import Bridge
from phasefield.units import Dimensional

Conductivity = Annotated[float, Dimensional("S/m", least=1e-18, most=1e4)]
Resistance = Annotated[float, Dimensional("ohm m^2", least=1e-12, most=1e6)]
Toughness = Annotated[float, Dimensional("Pa m^0.5", least=1.0, most=1e9)]
Adhesion = Annotated[float, Dimensional("J/m^2", least=1e-6, most=1e6)]


class Film(OfMaterial):
    """A film between lithium and electrolyte that bridges the mouth of the flaw, which is empty as long as it holds."""

    thickness: Length = Field(examples=["5 nm"], description="Thickness t.")
    mouth: Length = Field(examples=["100 nm"], description="Width 2w of the flaw's mouth, which the film bridges.")
    ionic_conductivity: Conductivity | None = Field(
        None, description="Its resistance, at the electrode, is the thickness over it; or give `resistance`."
    )
    resistance: Resistance | None = Field(
        None,
        examples=["5 ohm cm^2"],
        description="Resistance at the electrode, in series with charge transfer, instead of that of the conductivity.",
    )
    youngs_modulus: Modulus = Field(examples=["170 GPa"], description="Young's modulus.")
    poisson_ratio: float = Field(gt=-1, lt=0.5, examples=[0.24], description="Poisson's ratio, below ½.")
    fracture_toughness: Toughness = Field(examples=["2.3 MPa m^0.5"], description="Fracture toughness K_Ic.")
    adhesion: Adhesion | None = Field(
        None,
        examples=["1 J/m^2"],
        description="Energy per area that holds it on the electrolyte; if not given, it does not come off.",
    )
    lithium: Literal["confined", "soft"] = Field(
        "confined",
        description=(
            "Pressure of the lithium on the film above the mouth. `confined`: what the potential of the ions there is "
            "worth, the most that plating can make. `soft`: the stack pressure, since the lithium flows aside."
        ),
    )

    taken: ClassVar[dict[str, str]] = {
        "ionic_conductivity": "S/m",
        "youngs_modulus": "Pa",
        "poisson_ratio": "",
        "fracture_toughness": "Pa m^0.5",
    }

    def problems(self) -> Iterator[Problem]:
        if self.ionic_conductivity is None and self.resistance is None:
            yield Problem("resistance", "must be given, or ionic_conductivity, or a material that has one")

    @property
    def series(self) -> float:
        """Resistance [Ω m²]."""
        if self.resistance is not None:
            return self.resistance
        return self.thickness / self.ionic_conductivity if self.ionic_conductivity else 0.0

    @property
    def bridge(self) -> Bridge:
        """The film over the mouth."""
        return Bridge(self.mouth / 2, self.thickness, self.youngs_modulus, self.poisson_ratio)

    @property
    def tearing(self) -> float:
        """Pressure at which a crack along the mouth crosses it [Pa]."""
        energy = release_rate(self.fracture_toughness, self.youngs_modulus, self.poisson_ratio)
        return self.bridge.pressure_of(self.bridge.tearing_at, energy)

    @property
    def pulling(self) -> float | None:
        """Pressure at which its tension pulls it off the electrolyte beside the mouth [Pa]; None without adhesion."""
        return self.bridge.pressure_of(self.bridge.pulling_at, self.adhesion) if self.adhesion else None

    @property
    def lifting(self) -> float | None:
        """Pressure in the flaw that would lift it off [Pa]; None without adhesion."""
        return self.bridge.pressure_of(self.bridge.lifting_at, self.adhesion) if self.adhesion else None

    @property
    def strength(self) -> float:
        """Pressure of the lithium on it at which it breaks, either way [Pa]."""
        return min(self.tearing, self.pulling or self.tearing)

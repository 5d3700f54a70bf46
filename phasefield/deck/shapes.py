"""Sections of a deck for shapes and places: the initial lithium, the coating, grain boundaries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from phasefield.deck.base import ActivationEnergy, Conductivity, Coordinate, Factor, Length, Section, Seed
from phasefield.deck.material import OfMaterial
from phasefield.errors import Problem
from phasefield.theory.interphase import arrhenius

#: Thickness of flat lithium, in widths of the interface, below which the collector counts as bare.
BARE = 1e-3
#: A point of the electrode plane: one coordinate per lateral axis.
LateralPosition = Annotated[tuple[Coordinate, ...], Field(strict=False)]


class Cosine(Section):
    amplitude: Coordinate = Field(examples=["1 um"], description="Amplitude of the ripple; may be negative.")
    wavelength: Length = Field(
        description="Wavelength; a whole number of half waves must fit between the mirror walls."
    )
    axis: int = Field(0, ge=0, le=1, description="Lateral axis along which the height varies, counted from 0.")
    phase: float = Field(0.0, ge=-1e3, le=1e3, description="Phase in radian, cos(2πx/wavelength + phase).")


class Bump(Section):
    position: LateralPosition = Field(description="Centre, one coordinate per lateral axis.")
    height: Coordinate = Field(description="Height above the flat lithium; negative for a pit.")
    width: Length = Field(description="Full width of the Gaussian bump at 1/e of its height.")


class HemisphereSeed(Section):
    position: LateralPosition = Field(description="Centre, one coordinate per lateral axis.")
    radius: Length = Field(description="Radius of the hemisphere, whose centre is on the flat surface.")


class Sphere(Section):
    position: tuple[Coordinate, ...] = Field(strict=False, description="Centre, one coordinate per dimension.")
    radius: Length = Field(description="Radius.")


class Noise(Section):
    amplitude: Length = Field(examples=["0.2 um"], description="Root mean square of the roughness.")
    correlation_length: Length = Field(description="Length l of the autocorrelation, exp(−r²/l²).")
    seed: Seed = Field(
        description=(
            "Seed of the random numbers; the same seed gives the same surface on any mesh and any number of ranks."
        )
    )


class Front(Section):
    height: Length = Field(description="Height of the flat lithium; the shapes below are added to it.")
    cosines: tuple[Cosine, ...] = Field(
        (), strict=False, max_length=1000, description="Cosine ripples, which are summed."
    )
    bumps: tuple[Bump, ...] = Field((), strict=False, max_length=1000, description="Gaussian bumps, which are summed.")
    seeds: tuple[HemisphereSeed, ...] = Field((), strict=False, max_length=1000, description="Hemispheres.")
    noise: Noise | None = Field(None, description="Smooth random roughness.")

    def is_bare(self, width: float) -> bool:
        """Whether the flat lithium is so thin that the collector counts as bare; `width` is the interface's [m]."""
        return self.height < BARE * width

    @property
    def rise(self) -> float:
        """Upper bound of the height above the flat surface [m]; noise counts with four times its root mean square."""
        ripples = sum(abs(c.amplitude) for c in self.cosines) + sum(max(b.height, 0) for b in self.bumps)
        rough = 4 * self.noise.amplitude if self.noise else 0.0
        return max([ripples + rough, *(s.radius for s in self.seeds)])

    @property
    def fall(self) -> float:
        """Upper bound of the depth below the flat surface [m], with the same convention."""
        ripples = sum(abs(c.amplitude) for c in self.cosines) + sum(max(-b.height, 0) for b in self.bumps)
        return ripples + (4 * self.noise.amplitude if self.noise else 0.0)


class LithiumFront(Front):
    spheres: tuple[Sphere, ...] = Field(
        (),
        strict=False,
        max_length=1000,
        description=(
            "Spheres of lithium anywhere in the box, discs in 2-D. Lithium that is not connected to the bottom has a "
            "potential of its own."
        ),
    )

    @property
    def rise(self) -> float:
        """The same, with the spheres [m]."""
        return max([super().rise, *(s.radius + sum(s.position[-1:]) - self.height for s in self.spheres)])


class Defect(Section):
    position: LateralPosition = Field(description="Centre, one coordinate per lateral axis.")
    width: Length = Field(description="Width of the slit (2-D) or diameter of the hole (3-D).")


class RandomDefects(Section):
    number: int = Field(ge=1, le=10_000, description="Number of defects.")
    width: Length = Field(description="Width of each defect.")
    seed: Seed = Field(description="Seed of the random numbers; the same seed gives the same places.")


class Crack(Section):
    start: LateralPosition = Field(description="One end of the crack, one coordinate per lateral axis.")
    end: LateralPosition = Field(description="The other end of the crack.")
    width: Length = Field(description="Width.")


class FilmShape(Section):
    """Local thickness of a film, and the places where it is missing."""

    thickness: Length = Field(description="Thickness.")
    far_thickness: Length | None = Field(
        None,
        description=(
            "Thickness at the far end of the first lateral axis; the thickness then varies linearly along it."
        ),
    )
    roughness: Noise | None = Field(None, description="Smooth random roughness of the thickness.")
    defects: tuple[Defect, ...] = Field(
        (), strict=False, max_length=10_000, description="Pinholes and missing patches, where the coating is absent."
    )
    random_defects: RandomDefects | None = Field(None, description="Defects at random places.")
    cracks: tuple[Crack, ...] = Field(
        (), strict=False, max_length=10_000, description="Straight cracks, where the coating is absent; 3-D only."
    )

    @property
    def broken(self) -> bool:
        """Whether the film is missing anywhere."""
        return bool(self.defects or self.random_defects or self.cracks)

    @property
    def uneven(self) -> bool:
        """Whether the thickness depends on position."""
        return self.far_thickness is not None or self.roughness is not None

    @property
    def mean_thickness(self) -> float:
        """Mean thickness where the film is present [m]."""
        return self.thickness if self.far_thickness is None else (self.thickness + self.far_thickness) / 2

    @property
    def extremes(self) -> tuple[float, float]:
        """Bounds of the thickness [m]; roughness counts four times its root mean square."""
        ends = self.thickness, self.far_thickness or self.thickness
        rough = 4 * self.roughness.amplitude if self.roughness else 0.0
        return min(ends) - rough, max(ends) + rough


class Coating(OfMaterial, FilmShape):
    """A film on the lithium, thinner than a cell: a resistance in series with charge transfer."""

    thickness: Length = Field(
        examples=["20 nm"], description="Thickness h of the film, which adds the resistance h/σ to charge transfer."
    )
    conductivity: Conductivity = Field(
        examples=["1e-8 S/cm"], description="Ionic conductivity of the film at 298.15 K."
    )
    activation_energy: ActivationEnergy | None = Field(
        None, description="Activation energy of the conductivity; if not given, it is the same at any temperature."
    )
    exchange_current_factor: Factor = Field(
        1.0, description="Exchange current density under the film, divided by the one of bare lithium."
    )

    taken: ClassVar[dict[str, str]] = {"conductivity": "S/m", "activation_energy": "J/mol"}
    properties: ClassVar[dict[str, str]] = {
        "conductivity": "ionic_conductivity",
        "activation_energy": "ionic_activation_energy",
    }

    @classmethod
    def wanted(cls, data: dict[str, Any]) -> dict[str, str]:
        """The material's activation energy belongs to its conductivity."""
        return {} if "conductivity" in data else super().wanted(data)

    def conductivity_at(self, temperature: float) -> float:
        """Ionic conductivity [S/m] at a temperature [K]."""
        return arrhenius(self.conductivity, self.activation_energy or 0.0, temperature)


class Plane(Section):
    point: tuple[Coordinate, ...] = Field(
        strict=False, description="A point of the plane, one coordinate per dimension."
    )
    normal: tuple[Annotated[float, Field(ge=-1e6, le=1e6)], ...] = Field(
        strict=False, description="Normal vector of the plane, one number per dimension; its length does not matter."
    )

    def problems(self) -> Iterator[Problem]:
        if all(abs(n) < 1e-6 for n in self.normal):
            yield Problem("normal", "must not be zero")


class GrainBoundaryPattern(Section):
    pattern: Literal["voronoi", "planes"] = Field(
        description="`voronoi`: grains are Voronoi cells at random places; `planes`: boundaries are given planes."
    )
    grains: int | None = Field(None, ge=2, le=100_000, description="Number of grains; voronoi only.")
    seed: Seed | None = Field(
        None, description="Seed of the random numbers; the same seed gives the same grains; voronoi only."
    )
    planes: tuple[Plane, ...] = Field(
        (), strict=False, max_length=1000, description="Planes of the boundaries; planes only."
    )
    width: Length = Field(
        description="Full width of the zone around a boundary, measured where its effect has fallen to 1/e."
    )

    def problems(self) -> Iterator[Problem]:
        wanted = {"voronoi": ("grains", "seed"), "planes": ("planes",)}[self.pattern]
        for key in ("grains", "seed", "planes"):
            given = getattr(self, key) not in (None, ())
            if key in wanted and not given:
                yield Problem(key, f'is required when pattern = "{self.pattern}"')
            elif given and key not in wanted:
                yield Problem(key, f'is not allowed with pattern = "{self.pattern}"')


class GrainBoundaries(GrainBoundaryPattern):
    conductivity_factor: Factor = Field(1.0, description="Conductivity in a boundary, divided by the one in a grain.")
    exchange_current_factor: Factor = Field(
        1.0, description="Exchange current density where a boundary meets the lithium, divided by the one at a grain."
    )


class Heterogeneity(Section):
    grain_boundaries: GrainBoundaries = Field(description="Grain boundaries of the electrolyte.")

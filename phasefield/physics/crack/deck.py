"""The deck of a crack case: a solid electrolyte with a flaw that lithium fills."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from phasefield.deck.base import ExchangeCurrentDensity, Length, MolarVolume, Pressure, Section
from phasefield.deck.cell import Kinetics
from phasefield.deck.common import DrivenDeck, absent_axes
from phasefield.deck.drive import DriveStep
from phasefield.deck.material import OfMaterial
from phasefield.deck.operation import FIELDS_MEANING, Duration, Output
from phasefield.deck.positions import plane_problems
from phasefield.deck.shapes import GrainBoundaryPattern, LateralPosition
from phasefield.errors import Problem
from phasefield.physics.crack.deck_film import Film
from phasefield.theory import crack as laws
from phasefield.theory import grain_boundary
from phasefield.theory.constants import FARADAY, GAS_CONSTANT
from phasefield.theory.elasticity import lame_constants
from phasefield.units import Dimensional, pretty

Conductivity = Annotated[float, Dimensional("S/m", least=1e-12, most=1e4)]
Modulus = Annotated[float, Dimensional("Pa", least=1e3, most=1e13)]
Stiffness = Annotated[float, Dimensional("Pa/m", least=0.0, most=1e22)]
Strength = Annotated[float, Dimensional("Pa", least=1.0, most=1e12)]
Toughness = Annotated[float, Dimensional("Pa m^0.5", least=1.0, most=1e9)]
PlatingCurrent = Annotated[float, Dimensional("A/m^2", least=1e-9, most=1e9)]
Resistance = Annotated[float, Dimensional("ohm m^2", least=1e-12, most=1e6)]

#: Least number of cells to the length l of the damage, and least number of l to a flaw.
LEAST_CELLS, LEAST_LENGTHS = 1.5, 2.5


class Corrosion(Section):
    """A toughness that falls with the current of plating at the faces of the crack: a hypothesis."""

    current_density: PlatingCurrent = Field(
        examples=["1 mA/cm^2"], description="Local current density at which half of the fall is reached."
    )
    least_toughness: float = Field(
        0.25, gt=0, le=1, description="Part of the fracture toughness that is left at high current densities."
    )


class BrittleConductor(OfMaterial):
    ionic_conductivity: Conductivity = Field(description="Conductivity of lithium ions at the temperature of the deck.")
    youngs_modulus: Modulus = Field(examples=["150 GPa"], description="Young's modulus.")
    poisson_ratio: float = Field(gt=-1, lt=0.5, examples=[0.26], description="Poisson's ratio, below ½.")
    fracture_toughness: Toughness = Field(examples=["1 MPa m^0.5"], description="Fracture toughness K_Ic.")
    strength: Strength | None = Field(
        None,
        examples=["300 MPa"],
        description=(
            "Tensile strength of the electrolyte without a flaw; required. It sets the width of the damage, "
            "l = 3(1 − ν²)K_Ic²/(8σ_c²), which needs at least 1.5 cells."
        ),
    )

    corrosion: Corrosion | None = Field(
        None,
        description=(
            "A hypothesis, off by default: the toughness falls with the largest current density of plating at the "
            "faces of the crack, as it was seen in a garnet, to a quarter."
        ),
    )

    taken: ClassVar[dict[str, str]] = {
        "ionic_conductivity": "S/m",
        "youngs_modulus": "Pa",
        "poisson_ratio": "",
        "fracture_toughness": "Pa m^0.5",
    }

    @property
    def lame(self) -> tuple[float, float]:
        """Lamé's constants λ and μ [Pa]."""
        return lame_constants(self.youngs_modulus, self.poisson_ratio)

    @property
    def release_rate(self) -> float:
        """G_c [J/m²]."""
        return laws.release_rate(self.fracture_toughness, self.youngs_modulus, self.poisson_ratio)


class Flaw(Section):
    length: Length = Field(
        examples=["10 um"],
        description="Length from the electrode to the tip; in 3-D the radius of half a disc.",
    )
    position: LateralPosition | None = Field(
        None, description="Where it starts at the electrode, one coordinate per lateral axis; by default in the middle."
    )
    mouth: Literal["closed", "open"] = Field(
        "closed",
        description=(
            "`closed`: the lithium stays in the crack and comes under pressure; `open`: it flows out to the electrode, "
            "and has the stack pressure."
        ),
    )


class LithiumMetal(OfMaterial):
    molar_volume: MolarVolume = Field("12.998 cm^3/mol", description="Molar volume V_Li.")
    yield_stress: Pressure = Field(
        "0 Pa",
        examples=["0.8 MPa"],
        description=(
            "Yield stress in tension, against which the lithium flows from the flaw along the crack that grows from "
            "it: its pressure falls by 2/√3 of it over the opening, per length, so that the crack may run ahead of "
            "the lithium. 0: it flows freely, and fills the crack. Bulk lithium has 0.7 to 0.8 MPa, thin layers more."
        ),
    )

    def problems(self) -> Iterator[Problem]:
        if self.yield_stress < 0:
            yield Problem("yield_stress", "must not be negative")

    taken: ClassVar[dict[str, str]] = {"molar_volume": "m^3/mol"}


class CrackKinetics(Kinetics):
    exchange_current_density: ExchangeCurrentDensity | None = Field(
        None, description="Exchange current density i₀ at 298.15 K; or give `resistance`."
    )
    resistance: Resistance | None = Field(
        None,
        examples=["10 ohm cm^2"],
        description="Resistance of charge transfer at rest, RT/(F i₀(α_a + α_c)), instead of i₀.",
    )

    def problems(self) -> Iterator[Problem]:
        given = [key for key in ("exchange_current_density", "resistance") if getattr(self, key) is not None]
        if len(given) != 1:
            yield Problem("resistance", "must be given, or exchange_current_density, but not both")
        elif given == ["resistance"] and self.activation_energy is not None:
            yield Problem("activation_energy", "is only allowed with exchange_current_density")


class BrittleGrainBoundaries(GrainBoundaryPattern):
    toughness_factor: float = Field(
        gt=0,
        le=1,
        examples=[0.6],
        description=(
            "Fracture toughness K_Ic of a crack along a boundary, divided by that of a grain. The strength in the "
            "boundary follows from it and from the width."
        ),
    )


class BrittleHeterogeneity(Section):
    grain_boundaries: BrittleGrainBoundaries = Field(
        description="Grain boundaries of the electrolyte, along which it breaks more easily."
    )


class CrackMechanics(Section):
    pressure: Pressure = Field("0 Pa", description="Stack pressure on the top of the box, which stays flat.")
    casing_stiffness: Stiffness = Field(
        "0 Pa/m",
        description="Stiffness of the casing per area: the pressure rises by so much when the top rises.",
    )
    sides: Literal["free", "fixed"] = Field(
        "free",
        description="Whether the sides of the box may move; they stay flat. `fixed` adds the stiffness of the pellet.",
    )
    law: Literal["AT1", "AT2"] = Field(
        "AT1",
        description="Phase field of the damage: with `AT1` the electrolyte is elastic up to its strength.",
    )

    def problems(self) -> Iterator[Problem]:
        if self.pressure < 0:
            yield Problem("pressure", "must not be negative: the plate on the top cannot pull")


class CrackStop(Section):
    time: Duration | None = Field(None, description="End of the run.")
    crack_length: Length | None = Field(None, description="Length of the crack at which the run ends.")


CrackField = Literal["d", "phi", "p", "toughness", "tension", "lithium", "reach", "ix", "iy", "iz"]
FIELDS: tuple[CrackField, ...] = get_args(CrackField)


class CrackOutput(Output):
    fields: tuple[Literal[CrackField, "electrode", "all"], ...] = Field(
        FIELDS, strict=False, min_length=1, description=FIELDS_MEANING
    )


def _power(law: str) -> int:
    """Of the damage in its energy."""
    return {"AT1": 1, "AT2": 2}[law]


class CrackDeck(DrivenDeck):
    """A solid electrolyte with a flaw that lithium fills, and opens.

    Attributes
    ----------
    electrolyte, flaw, lithium, kinetics, mechanics, drive, stop
        Sections of the file, beside those of every deck.
    heterogeneity, film
        Sections that a deck may leave out; None then.
    """

    model: Literal["crack"] = Field(
        description="Physical model of the deck: lithium that grows into a solid electrolyte by opening a crack."
    )
    electrolyte: BrittleConductor = Field(description="Solid electrolyte; lithium is at the top of the box as well.")
    heterogeneity: BrittleHeterogeneity | None = Field(None, description="Grain structure of the electrolyte.")
    flaw: Flaw = Field(description="Flaw at the electrode, at the bottom of the box, straight up into the electrolyte.")
    film: Film | None = Field(
        None,
        description=(
            "Film between lithium and electrolyte that closes the mouth of the flaw. The flaw is empty until the film "
            "breaks; then its faces take up lithium without a film."
        ),
    )
    lithium: LithiumMetal = Field(default_factory=LithiumMetal, description="Lithium.")
    kinetics: CrackKinetics = Field(description="Charge transfer per area of electrode and of the crack's faces.")
    mechanics: CrackMechanics = Field(default_factory=CrackMechanics, description="What holds the box, and the damage.")
    stop: CrackStop = Field(
        default_factory=CrackStop, description="Conditions that end the run before the drive ends."
    )
    output: CrackOutput = Field(default_factory=CrackOutput, description="Snapshots.")

    @property
    def method(self) -> str:
        """Implicit Euler: the crack changes the state after each step."""
        return "implicit-euler"

    @property
    def further_memory(self) -> float:
        """Of displacements, stress, damage and up to 80 pairs of vectors of the linear solver, about [byte]."""
        return 1200.0 + 80 * 2 * 8 * self.domain.dimension

    @property
    def absent_fields(self) -> dict[str, str]:
        grains = {} if self.heterogeneity else {"toughness": "there is no heterogeneity"}
        flows = {} if self.lithium.yield_stress > 0 else {"reach": "lithium.yield_stress is 0"}
        return absent_axes(self.domain.dimension) | grains | flows

    @property
    def thermal_voltage(self) -> float:
        """RT/F [V]."""
        return GAS_CONSTANT * self.conditions.temperature / FARADAY

    @property
    def exchange_current_density(self) -> float:
        """i₀ at the deck's temperature [A/m²]."""
        if self.kinetics.resistance is None:
            return self.kinetics.exchange_current_density_at(self.conditions.temperature)
        both = self.kinetics.anodic_transfer_coefficient + self.kinetics.cathodic_transfer_coefficient
        return self.thermal_voltage / (self.kinetics.resistance * both)

    @property
    def damage_length(self) -> float:
        """l [m]; NaN without a strength."""
        e = self.electrolyte
        if e.strength is None:
            return math.nan
        return laws.damage_length(e.fracture_toughness, e.strength, e.poisson_ratio)

    @property
    def boundary_energy(self) -> float | None:
        """G_c in the middle of a grain boundary over that in the grains [1]; None if the boundaries are too narrow."""
        if self.heterogeneity is None:
            return 1.0
        grains = self.heterogeneity.grain_boundaries
        rest = self.damage_length, max(self.domain.spacing), _power(self.mechanics.law)
        return grain_boundary.local_energy(grains.toughness_factor**2, grains.width, *rest)

    @property
    def place(self) -> tuple[float, ...]:
        """Where the flaw starts [m]."""
        return self.flaw.position or tuple(length / 2 for length in self.domain.size[:-1])

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        if "method" in self.time.model_fields_set and self.time.method == "bdf2":
            yield Problem("time.method", 'must be "implicit-euler" or "auto": the crack changes the state after a step')
        if self.domain.dimension == 1:
            yield Problem("domain.dimension", "must be 2 or 3: a flaw has a length and faces")
            return
        yield from plane_problems(self.heterogeneity, self.domain.size)
        yield from self._strength_problems()
        yield from self._flaw_problems()
        yield from self._boundary_problems()

    def _condition_problems(self, key: str, step: DriveStep) -> Iterator[Problem]:
        if "tip_height" in step.conditions:
            yield Problem(f"{key}.tip_height", "does not exist in this model; stop.crack_length ends the run")
        yield from super()._condition_problems(key, step)

    def _strength_problems(self) -> Iterator[Problem]:
        cell, e = max(self.domain.spacing), self.electrolyte
        highest = e.fracture_toughness * math.sqrt(0.375 * (1 - e.poisson_ratio**2) / (LEAST_CELLS * cell))
        most = pretty(highest, "Pa")
        if e.strength is None:
            yield Problem(
                "electrolyte.strength",
                f"is required with fracture_toughness: together they set the width of the damage; with these cells, "
                f"give {most} or less",
            )
        elif self.damage_length < LEAST_CELLS * cell * (1 - 1e-9):
            yield Problem(
                "electrolyte.strength",
                f"gives damage of l = {pretty(self.damage_length, 'm')}, which needs cells of "
                f"{pretty(self.damage_length / LEAST_CELLS, 'm')} or less; with these cells, the strength must be "
                f"{most} or less",
            )

    def _boundary_problems(self) -> Iterator[Problem]:
        if self.heterogeneity is None or self.electrolyte.strength is None or self.boundary_energy is not None:
            return
        grains, cell = self.heterogeneity.grain_boundaries, max(self.domain.spacing)
        rest = self.damage_length, cell, _power(self.mechanics.law)
        least = grain_boundary.least_width(grains.toughness_factor**2, *rest)
        lowest = math.sqrt(grain_boundary.crack_energy(grain_boundary.LEAST, grains.width, *rest))
        yield Problem(
            "heterogeneity.grain_boundaries.width",
            f"is too narrow: the damage of a crack reaches far into the grains, so a toughness_factor of "
            f"{grains.toughness_factor:g} needs {pretty(least, 'm')}; with this width, give {lowest:.2f} or more",
        )

    def _flaw_problems(self) -> Iterator[Problem]:
        flaw, (*lateral, height) = self.flaw, self.domain.size
        most = height - 2 * max(self.domain.spacing)
        if flaw.length > most:
            yield Problem("flaw.length", f"must end inside the box, so it must be {pretty(most, 'm')} or less")
        if len(self.place) != len(lateral):
            yield Problem("flaw.position", f"must have {len(lateral)} entries, one per lateral axis")
            return
        for x, length in zip(self.place, lateral, strict=True):
            if not 0 < x < length:
                yield Problem("flaw.position", f"must be inside the box, between 0 and {pretty(length, 'm')}")
        if self.film and flaw.mouth == "open":
            yield Problem("flaw.mouth", "must be \"closed\" with a film, which closes it")
        if self.film and self.domain.dimension == 3:
            yield Problem("film", "is not allowed in 3-D: it bridges the mouth of a flaw of constant width")
        if self.electrolyte.strength is not None and flaw.length < LEAST_LENGTHS * self.damage_length:
            yield Problem(
                "flaw.length",
                f"must be {LEAST_LENGTHS:g} times the width of the damage, {pretty(self.damage_length, 'm')}, or more; "
                f"a higher strength makes that smaller",
            )


DECK = CrackDeck

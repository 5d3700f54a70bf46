"""Sections of a deck for the current collector: how lithium lies on it, and how it nucleates there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from phasefield.deck.base import Section, Seed
from phasefield.deck.shapes import LateralPosition
from phasefield.errors import Problem
from phasefield.units import Dimensional

Angle = Annotated[float, Dimensional("rad", least=0.17, most=2.97)]
Capacitance = Annotated[float, Dimensional("F/m^2", least=1e-4, most=1e3)]
Density = Annotated[float, Dimensional("1/m^2", least=1e3, most=1e18)]
Frequency = Annotated[float, Dimensional("1/s", least=1e-12, most=1e30)]
NucleationOverpotential = Annotated[float, Dimensional("V", least=1e-3, most=2.0)]
Spread = Annotated[float, Dimensional("V", least=0.0, most=1.0)]


class NucleationSite(Section):
    position: LateralPosition = Field(description="Place, one coordinate per lateral axis.")
    overpotential: NucleationOverpotential | None = Field(
        None, description="Overpotential at which a nucleus forms here, if it is not that of all sites."
    )


class Nucleation(Section):
    sites: tuple[NucleationSite, ...] = Field((), strict=False, max_length=10_000, description="Sites by their place.")
    density: Density | None = Field(
        None,
        description=(
            "Number of random sites per area; a 2-D box is a cut through the collector and has the square root of it "
            "per length."
        ),
    )
    seed: Seed = Field(
        0, description="Seed of the random numbers; the same seed gives the same nuclei on any number of ranks."
    )
    overpotential: NucleationOverpotential | None = Field(
        None, description="Overpotential at which a site becomes a nucleus, its mean over the random sites."
    )
    spread: Spread = Field("0 V", description="Standard deviation of the overpotential over the random sites.")
    attempt_frequency: Frequency | None = Field(
        None,
        description=(
            "Classical nucleation, instead of `overpotential`: a free site becomes a nucleus at the rate "
            "ν exp(−ΔG*/kT), ν this frequency, ΔG* the barrier that the interface energy of the lithium, its contact "
            "angle and the overpotential make."
        ),
    )
    capacitance: Capacitance = Field(
        "20 uF/cm^2",
        description=(
            "Capacitance of the double layer on the bare collector, which takes the current until there are nuclei; it "
            "is uncharged at 0 V, where the run starts."
        ),
    )

    def random_sites(self, lateral: Sequence[float]) -> float:
        """Expected number of random sites on a collector of these lateral sizes [m]."""
        if self.density is None:
            return 0.0
        return self.density * math.prod(lateral) if len(lateral) == 2 else math.sqrt(self.density) * lateral[0]

    def problems(self) -> Iterator[Problem]:
        if not self.sites and self.density is None:
            yield Problem("density", "is required, or sites")
        classical = self.attempt_frequency is not None
        own = [site.overpotential is not None for site in self.sites]
        if classical and (self.overpotential is not None or any(own)):
            yield Problem("attempt_frequency", "must not be given together with an overpotential")
        if not classical and self.overpotential is None and (self.density is not None or not all(own)):
            yield Problem("overpotential", "is required, or attempt_frequency")
        if self.spread and (self.density is None or classical):
            yield Problem("spread", "needs density and overpotential, since it is that of the random sites")
        elif self.overpotential is not None and self.spread > self.overpotential / 3:
            yield Problem("spread", "must be at most a third of the overpotential, which is positive at all sites")


class Collector(Section):
    contact_angle: Angle = Field(
        "90 deg", description="Contact angle of lithium on it in the electrolyte: of seeds on it, and of nuclei."
    )
    nucleation: Nucleation | None = Field(None, description="Nucleation of lithium where the collector is bare.")

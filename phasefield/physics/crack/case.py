"""From a crack deck to its model, drive and measurements."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from phasefield.deck.base import given
from phasefield.mechanics import AT1, AT2
from phasefield.mesh import shapes as geometry
from phasefield.physics.common.case import Driven, in_metres
from phasefield.physics.common.drive import Segment
from phasefield.physics.common.kinetics import LAWS
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.common.schedule import segments
from phasefield.physics.common.stop import Limit
from phasefield.physics.crack.deck import CrackDeck
from phasefield.physics.crack.film import FilmParameters
from phasefield.physics.crack.growth import FilledCrack, Solid
from phasefield.physics.crack.model import LithiumCrack, Parameters
from phasefield.physics.crack.record import CrackRecord
from phasefield.physics.crack.scales import CrackScales
from phasefield.theory import crack as laws

#: Parts of the filling time for the first step and the longest one.
FIRST_STEP, LONGEST_STEP = 0.01, 0.5
#: Growth of the crack in a step, in l, and rise of the pressure over that of growth, that the next steps aim at.
GROWTH, RISE = 0.3, 0.05
#: Distance of the tip from the top, in l, at which the run ends.
NEAR = 3.0
#: Part of the charge that counts as no lithium: in a flaw under a film there is none but for round-off.
NOTHING = 1e-9


@dataclass(frozen=True)
class CrackCase(Driven):
    """A crack deck, ready to run.

    Attributes
    ----------
    deck : CrackDeck
    scales : CrackScales
    model : LithiumCrack
    drive : tuple of Segment
    spacing : tuple of float [flaw length]
    """

    deck: CrackDeck
    scales: CrackScales
    model: LithiumCrack
    drive: tuple[Segment, ...]
    spacing: tuple[float, ...]

    @property
    def pressure(self) -> float:
        """At which the flaw grows [Pa]."""
        e, axes = self.deck.electrolyte, self.deck.domain.dimension
        return laws.critical_pressure(e.fracture_toughness, self.deck.flaw.length, axes)

    @property
    def start(self) -> float:
        """Pressure in the flaw at the start: that of the stack, or none under a film [1]."""
        return 0.0 if self.deck.film else self.model.p.pressure

    def filling(self, current: float) -> float:
        """Time in which a current density fills the flaw up to that pressure, both [1]."""
        e = self.deck.electrolyte
        volume, length = self.deck.lithium.molar_volume, self.deck.flaw.length
        moduli = e.youngs_modulus, e.poisson_ratio
        time = laws.filling_time(self.pressure, current * self.scales.current, volume, length, *moduli)
        return time / self.scales.time

    def expected(self, segment):
        """The given current density; in rests and at given voltages the largest one, as no error is estimated here."""
        return abs(segment.value) if segment.galvanostatic and segment.value else self.fastest or 1.0

    @property
    def first_step(self):
        """A part of the time in which the flaw is filled."""
        return FIRST_STEP * self.filling(self.fastest or 1.0)

    def longest_at(self, current):
        """Likewise."""
        return LONGEST_STEP * self.filling(current)

    def largest_after(self, row):
        """So long that neither the crack nor the pressure changes much."""
        grown = abs(row["Crack velocity"]) / (GROWTH * self.deck.damage_length)
        risen = abs(row["Pressure rate"]) / (RISE * self.pressure)
        fastest = max(grown, risen) * self.scales.time
        film = self.model.film
        if film and (film.breaks or row["Film"] == 0) and row["Pressure"] < RISE * self.pressure:  # the flaw fills
            return min(self.largest_step, self.first_step)
        return min(self.largest_step, 1 / fastest) if fastest > 0 else self.largest_step

    def record(self, engine):
        """Pressure, crack and charge."""
        return CrackRecord(engine, self.scales, self.deck)

    def engine(self):
        """The engine, with the damage of the flaw and the lithium in it."""
        engine = super().engine()
        crack, state = self.model.crack, engine.state
        seeded = crack.seeded(engine.grid)
        for values in (state.now, state.old, state.before, state.origin):
            engine.box.own(values["d"])[...] = seeded
            engine.grid.renew(values["d"])
        self.model.content.setValue(crack.initial_content(engine.grid, self.start))
        state.look()
        return engine

    def events(self, engine):
        """No extrapolation: the crack changes the state after each step."""
        return NoPrediction(engine)

    @property
    def limits(self):
        """The deck's length of the crack."""
        length = self.deck.stop.crack_length
        if length is None:
            return ()
        return (Limit("planned crack length reached", lambda row: row["Crack length"] - length, 0.02 * length),)

    def stop_reason(self, row):
        """The planned length, a crack through the electrolyte, or no lithium left in it."""
        if row["Crack length"] >= self.deck.domain.size[-1] - NEAR * self.deck.damage_length:
            return "the crack has reached the top of the box"
        if row["Charge in the crack"] < -NOTHING * abs(row["Charge passed"]):
            return "the lithium in the crack is used up"
        return super().stop_reason(row)

    def derived_fields(self, engine):
        """Largest principal stress, lithium per volume, how far it reaches, and components of the current density.

        In damaged cells that are compressed, beside a crack, there is less than no lithium; the sum is right.
        """
        found = self.model.crack.state(engine.owned("d"), float(self.model.content.value), engine.grid)
        fluxes = zip("xyz", engine.cell_flux("phi"), strict=False)
        currents = {f"i{x}": -flux * self.scales.current for x, flux in fluxes}
        tension = found.largest_principal * self.scales.pressure
        reach = {} if "reach" in self.deck.absent_fields else {"reach": found.reach}
        return currents | reach | {"tension": tension, "lithium": found.opening}


@dataclass
class NoPrediction:
    """An observer of steps after which the next one starts from the state as it is."""

    engine: object

    def __call__(self, progress) -> None:
        self.engine.state.extrapolates = False  # type: ignore[attr-defined]

    def state(self):
        """Nothing."""
        return {}

    def restore(self, state) -> None:
        """Nothing."""


def build(deck: CrackDeck) -> CrackCase:
    """The case of a validated deck.

    Parameters
    ----------
    deck : CrackDeck

    Returns
    -------
    CrackCase
    """
    scales = CrackScales.of(deck)
    spacing = tuple(h / scales.length for h in deck.domain.spacing)
    kinetics, pressure = deck.kinetics, deck.mechanics.pressure / scales.pressure
    closed = deck.flaw.mouth == "closed"
    parameters = Parameters(
        conductivity=deck.electrolyte.ionic_conductivity / scales.conductivity,
        kinetics=LAWS[kinetics.law](kinetics.anodic_transfer_coefficient, kinetics.cathodic_transfer_coefficient),
        cell=spacing[-1],
        flank=flank(deck),
        pressure=pressure,
        closed=closed,
        toughness=corrosion(deck, scales),
        film=film_parameters(deck, scales),
    )
    start = 0.0 if deck.film else pressure
    shear = deck.lithium.yield_stress / (math.sqrt(3) * scales.pressure)
    crack = FilledCrack(solid_of(deck, scales), flaw_of(deck, scales, spacing), closed, shear)
    model = LithiumCrack(parameters, fields(scales, start, crack.flaw), static_fields(deck, scales, spacing), crack)
    return CrackCase(deck, scales, model, segments(deck, scales), spacing)


def solid_of(deck: CrackDeck, scales: CrackScales) -> Solid:
    """The electrolyte in the model's units."""
    e, m = deck.electrolyte, deck.mechanics
    λ, μ = (modulus / scales.pressure for modulus in e.lame)
    rate, factor = e.release_rate / (scales.pressure * scales.length), energy_factor(deck, scales)
    return Solid(
        λ,
        μ,
        lambda x: rate * factor(x),
        given(deck.damage_length) / scales.length,
        {"AT1": AT1, "AT2": AT2}[m.law],
        m.pressure / scales.pressure,
        m.casing_stiffness * scales.length / scales.pressure,
        m.sides == "free",
    )


def corrosion(deck: CrackDeck, scales: CrackScales) -> Callable | None:
    """Toughness over that without current, as a function of the current density."""
    if (c := deck.electrolyte.corrosion) is None:
        return None
    return lambda current: laws.corroded(current, c.current_density / scales.current, c.least_toughness)


def film_parameters(deck: CrackDeck, scales: CrackScales) -> FilmParameters | None:
    """The film in the model's units."""
    if (film := deck.film) is None:
        return None
    confined = film.lithium == "confined"
    return FilmParameters(film.series / scales.resistance, film.strength / scales.pressure, confined)


def energy_factor(deck: CrackDeck, scales: CrackScales) -> Callable:
    """G_c at a place over that in a grain; lower in the boundaries."""
    if deck.heterogeneity is None:
        return lambda x: 1.0
    local = given(deck.boundary_energy)
    weight = in_metres(geometry.grain_boundaries(deck.heterogeneity.grain_boundaries, deck.domain.size), scales)
    return lambda x: 1 - (1 - local) * weight(x)


def static_fields(deck: CrackDeck, scales: CrackScales, spacing) -> list[CoefficientField]:
    """Area of the electrode, and the toughness where it depends on position."""
    h = spacing[-1]
    out = [CoefficientField("electrode", "Electrode", "1/m", lambda x: (x[-1] < h) / h, 1 / scales.length)]
    if deck.heterogeneity is not None:
        factor, toughness = energy_factor(deck, scales), deck.electrolyte.fracture_toughness
        out.append(
            CoefficientField(
                "toughness", "Fracture toughness", "Pa m^0.5", lambda x: np.sqrt(factor(x)), toughness
            )
        )
    return out


def flank(deck: CrackDeck) -> float:
    """Damage of the cells beside a crack."""
    away = max(deck.domain.spacing) / deck.damage_length
    return (1 - 0.5 * away) ** 2 if deck.mechanics.law == "AT1" else math.exp(-away)


def flaw_of(deck: CrackDeck, scales: CrackScales, spacing):
    """Cells that are broken at the start: in the column of the flaw, as far as its half disc reaches."""
    place = [x / scales.length for x in deck.place]
    column = np.floor(place[0] / spacing[0] + 1e-9)

    def flaw(x):
        in_plane = np.floor(x[0] / spacing[0]) == column
        away = x[-1] if len(x) == 2 else np.hypot(x[1] - place[1], x[-1])
        return in_plane & (away < 1.0)

    return flaw


def fields(scales: CrackScales, pressure: float, flaw) -> list[Field]:
    """The unknowns with their initial state."""
    return [
        Field("phi", "Potential of ions", "V", lambda x: 0 * x[-1] + pressure, scales.potential, tolerance=1e-6),
        Field("p", "Pressure in the crack", "Pa", lambda x: 0 * x[-1] + pressure, scales.pressure, tolerance=1e-6),
        Field("d", "Damage", "1", lambda x: 1.0 * flaw(x), lower=-1e-9, upper=1 + 1e-9, tolerance=1e-6),
    ]

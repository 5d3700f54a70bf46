"""The check of a crack deck."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield.check.common import Row, area_resistance, box_rows, given_current, impossible_steps, si
from phasefield.check.drive import drive_rows
from phasefield.deck.base import given
from phasefield.errors import Problem
from phasefield.physics.crack.check_film import film_numbers, film_problems, film_rows
from phasefield.theory import crack as laws
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.physics.crack.deck import CrackDeck

__all__ = ["derived", "errors", "sections", "unknowns", "warnings"]

#: Widths of the damage to a flaw, cells to that width, and flaws to the box, for a pressure within 2 or 3 %.
GOOD_LENGTHS, GOOD_CELLS, GOOD_BOX = 5.0, 2.0, 4.0
#: Cells across a grain boundary: with fewer, its energy depends by more than 10 % on where it is in its cells.
GOOD_BOUNDARY = 4.0


def derived(deck: CrackDeck) -> dict[str, Any]:
    """Numbers that follow from a deck, in SI units by ASCII name; None for those that it does not have."""
    e, flaw, damage = deck.electrolyte, deck.flaw, deck.damage_length
    pressure = laws.critical_pressure(e.fracture_toughness, flaw.length, deck.domain.dimension)
    grains = deck.heterogeneity and deck.heterogeneity.grain_boundaries
    corrosion = e.corrosion
    both = deck.kinetics.anodic_transfer_coefficient + deck.kinetics.cathodic_transfer_coefficient
    resistance = deck.thermal_voltage / (deck.exchange_current_density * both)
    volume, σ = deck.lithium.molar_volume, e.ionic_conductivity
    film = film_numbers(deck, resistance)
    critical = laws.critical_current(pressure, volume, resistance + film.get("film_resistance", 0.0), flaw.length, σ)
    current = max((abs(step.current_density or 0.0) for step in deck.drive.each), default=0.0)
    fill = laws.filling_time(
        pressure, current or critical, volume, flaw.length, e.youngs_modulus, e.poisson_ratio
    )
    return {
        "damage_length": damage,
        "damage_cells": damage / max(deck.domain.spacing),
        "flaw_lengths": flaw.length / damage,
        "release_rate": e.release_rate,
        "critical_pressure": pressure,
        "critical_overpotential": pressure * volume / laws.FARADAY,
        "charge_transfer_resistance": resistance,
        "critical_current_density": critical if deck.flaw.mouth == "closed" else None,
        "corroded_current_density": (
            laws.corroded_critical_current(critical, corrosion.current_density, corrosion.least_toughness)
            if corrosion and deck.flaw.mouth == "closed"
            else None
        ),
        "filling_time": fill,
        "current_density": current,
        "boundary_strength": math.sqrt(given(deck.boundary_energy)) * given(e.strength) if deck.heterogeneity else None,
        "boundary_pressure": pressure * grains.toughness_factor if grains else None,
        **film,
        "planned_time": deck.planned_time,
        "cells": math.prod(deck.domain.cells),
    }


def unknowns(deck: CrackDeck) -> int:
    """Number of unknowns per cell."""
    return 3 + deck.domain.dimension


def errors(deck: CrackDeck) -> list[Problem]:
    """Problems that make a run pointless; ``--force`` ignores them."""
    return list(impossible_steps(deck))


def warnings(deck: CrackDeck) -> list[Problem]:
    """Problems that may make the results wrong or inaccurate."""
    return list(_warnings(deck))


def _warnings(deck: CrackDeck) -> Iterator[Problem]:
    numbers, length = derived(deck), deck.flaw.length
    if numbers["flaw_lengths"] < GOOD_LENGTHS * (1 - 1e-3):
        least = numbers["damage_length"] * GOOD_LENGTHS
        yield Problem(
            "flaw.length",
            f"is only {numbers['flaw_lengths']:.2g} times the width of the damage: the pressure of growth is too low "
            f"by more than 2 %; use {pretty(least, 'm')}, or a higher strength with finer cells",
        )
    if numbers["damage_cells"] < GOOD_CELLS * (1 - 1e-3):
        yield Problem(
            "electrolyte.strength",
            f"gives only {numbers['damage_cells']:.2g} cells to the width of the damage; use {GOOD_CELLS:g}",
        )
    cell, grains = max(deck.domain.spacing), deck.heterogeneity and deck.heterogeneity.grain_boundaries
    if grains and grains.width < GOOD_BOUNDARY * cell * (1 - 1e-9):
        yield Problem(
            "heterogeneity.grain_boundaries.width",
            f"is only {grains.width / cell:.2g} cells: the toughness of a boundary depends on where it is in its "
            f"cells; use {pretty(GOOD_BOUNDARY * cell, 'm')}",
        )
    *lateral, height = deck.domain.size
    if min(min(lateral) / 2, height) < GOOD_BOX * length:
        yield Problem(
            "domain.size",
            f"is small: walls at less than {GOOD_BOX:g} lengths of the flaw, {pretty(GOOD_BOX * length, 'm')}, change "
            "the pressure of growth by more than 3 %",
        )
    if numbers["critical_overpotential"] > 2 * deck.thermal_voltage and deck.kinetics.law == "butler-volmer":
        yield Problem(
            "flaw.length",
            f"is so short that growth needs an overpotential of {pretty(numbers['critical_overpotential'], 'V')}: the "
            "critical current density of this report is that of linear kinetics, and too low",
        )


    yield from film_problems(deck)


def sections(deck: CrackDeck) -> dict[str, Iterator[Row]]:
    """Rows of the report by section title."""
    numbers = derived(deck)
    film = {"Film": film_rows(deck, numbers)} if deck.film else {}
    fracture, lithium = _fracture(deck, numbers), _lithium(deck, numbers)
    return {"Case": _case(deck, numbers), "Fracture": fracture, **film, "Lithium": lithium}


def _case(deck: CrackDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield from box_rows(deck, numbers["cells"])
    yield Row("flaw", si(deck.flaw.length, "m"), f"{deck.flaw.mouth} mouth")
    yield from drive_rows(deck)


def _fracture(deck: CrackDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield Row("width of the damage l", si(numbers["damage_length"], "m"), f"{numbers['damage_cells']:.3g} cells")
    yield Row("flaw over l", f"{numbers['flaw_lengths']:.3g}")
    yield Row("energy of a crack", si(numbers["release_rate"], "J/m^2"), "K_Ic²(1 − ν²)/E")
    yield Row("pressure of growth", si(numbers["critical_pressure"], "Pa"), "Griffith")
    if deck.heterogeneity:
        yield Row("along a grain boundary", si(numbers["boundary_pressure"], "Pa"), "straight on from the flaw")
        yield Row("strength of a boundary", si(numbers["boundary_strength"], "Pa"), "by toughness_factor and width")


def _lithium(deck: CrackDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield Row("overpotential of growth", si(numbers["critical_overpotential"], "V"), "p V_Li/F")
    yield Row("charge transfer", area_resistance(numbers["charge_transfer_resistance"]), "at rest")
    yield from given_current(deck, numbers["current_density"])
    if (critical := numbers["critical_current_density"]) is not None:
        film = "with R of the film, once it is broken" if deck.film else "(p V_Li/F)/(R + 0.52 a/σ)"
        yield Row("critical current density", si(critical, "A/m^2"), film)
    if (corroded := numbers["corroded_current_density"]) is not None:
        yield Row("with corrosion", si(corroded, "A/m^2"), "if the crack has the current density of the electrode")
    yield Row("filling time", si(numbers["filling_time"], "s"), "until the pressure of growth")

"""The check of a deck of plating over an interphase."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield import theory
from phasefield.check.common import Row, box_rows, coarse, given_current, si, unresolved
from phasefield.check.drive import drive_rows
from phasefield.errors import Problem
from phasefield.theory import interphase as laws
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.deck.phases import Product
    from phasefield.physics.plating_interphase.deck import PlatingInterphaseDeck

__all__ = ["derived", "errors", "sections", "unknowns", "warnings"]


def derived(deck: PlatingInterphaseDeck) -> dict[str, Any]:
    """Numbers that follow from a deck, in SI units by ASCII name; None for infinite values."""
    currents = [step.current_density or 0.0 for step in deck.drive.each]
    current, plating = max(map(abs, currents)), max(0.0, *currents)
    velocity = theory.front_velocity(current, deck.lithium.molar_volume)
    numbers = {
        "window": deck.window,
        "current_density": current,
        "velocity": velocity,
        "interface_cells": theory.interface_cells(deck.interface.width, max(deck.domain.spacing)),
        "planned_time": deck.planned_time,
        "cells": math.prod(deck.domain.shape),
    }
    if deck.host:
        host, pair = deck.host, deck.host.conductivities(deck.conditions.temperature)
        numbers["spreading_length"] = theory.spreading_length(
            *pair, host.maximum_concentration, host.rate, deck.conditions.temperature
        )
        numbers["host_charge"] = theory.FARADAY * host.maximum_concentration * host.thickness * (1 - host.content)
    if deck.product and deck.reaction:
        numbers |= _growth(
            deck, deck.product, deck.reaction.velocity, theory.front_velocity(plating, deck.lithium.molar_volume)
        )
    return {key: value if math.isfinite(value) else None for key, value in numbers.items()}


def _growth(deck: PlatingInterphaseDeck, product: Product, reaction: float, velocity: float) -> dict[str, float]:
    """Laws of the interphase; velocities of its front on bare lithium and of the lithium [m/s]."""
    pair = product.conductivities(deck.conditions.temperature)
    parabolic = laws.parabolic_constant(*pair, max(deck.window, 0.0), product.volume_per_lithium)
    share = deck.lithium.molar_volume / product.volume_per_lithium
    steady = laws.steady_thickness(parabolic, reaction, velocity / (1 + share)) if velocity else math.inf
    return {"parabolic_constant": parabolic, "reaction_velocity": reaction, "steady_thickness": steady}


def unknowns(deck: PlatingInterphaseDeck) -> int:
    """Number of unknowns per cell."""
    return 5 if deck.host else 4


def errors(deck: PlatingInterphaseDeck) -> list[Problem]:
    """Problems that make a run pointless; ``--force`` ignores them."""
    return list(_errors(deck))


def _errors(deck: PlatingInterphaseDeck) -> Iterator[Problem]:
    yield from unresolved(derived(deck)["interface_cells"])
    width = deck.interface.width
    layer = deck.layer.thickness if deck.layer else math.inf
    for key, thickness in (("layer.thickness", layer), ("front.height", deck.front.height)):
        if thickness < width:
            thin = pretty(thickness, "m")
            yield Problem(key, f"is {thin}, thinner than the fronts: it needs an interface.width of {thin} or less")
    cell = deck.domain.spacing[-1]
    thinnest = {"coating": deck.coating.extremes[0]} if deck.coating else {}
    for key, least in (thinnest | ({"host": deck.host.thickness} if deck.host else {})).items():
        if least < 2 * cell * (1 - 1e-9):
            finest = pretty(least / 2, "m")
            yield Problem(
                f"{key}.thickness", f"is thinner than two cells: it needs cells of {finest} or less along the height"
            )
    if deck.reaction and deck.window <= 0:
        yield Problem(
            "electrolyte.reduction_potential", "must be above 0 V, or lithium does not reduce the electrolyte"
        )


def warnings(deck: PlatingInterphaseDeck) -> list[Problem]:
    """Problems that may make the results wrong or inaccurate."""
    numbers = derived(deck)
    found = list(coarse(deck, numbers["interface_cells"]))
    steady = numbers.get("steady_thickness")
    if steady is not None and steady < deck.interface.width:
        message = f"is too large: at this current the interphase thins to {pretty(steady, 'm')}, less than the width"
        found.append(Problem("interface.width", message))
    spread = numbers.get("spreading_length")
    if spread is not None and spread < deck.domain.spacing[-1]:
        message = f"is too large: lithium is stored within {pretty(spread, 'm')}, less than a cell"
        found.append(Problem("host.rate", message))
    return found


def sections(deck: PlatingInterphaseDeck) -> dict[str, Iterator[Row]]:
    """Rows of the report by section title."""
    return {"Case": _case(deck), "Fronts": _fronts(deck)}


def _case(deck: PlatingInterphaseDeck) -> Iterator[Row]:
    numbers = derived(deck)
    yield from box_rows(deck, numbers["cells"])
    cells = f"{numbers['interface_cells']:.3g} cells across 10–90 %; at least 6 are recommended"
    yield Row("front width δ_PF", si(deck.interface.width, "m"), cells)
    yield from drive_rows(deck)


def _fronts(deck: PlatingInterphaseDeck) -> Iterator[Row]:
    numbers = derived(deck)
    current = numbers["current_density"]
    yield from given_current(deck, current)
    if current:
        yield Row("velocity of a flat lithium front", si(numbers["velocity"], "m/s"))
    if deck.host:
        yield Row(
            "spreading length √(σ̄RT/F²c_hk)",
            si(numbers["spreading_length"], "m"),
            "of the zone in which the interlayer stores lithium",
        )
        room = numbers["host_charge"]
        yield Row("capacity of the interlayer", si(room, "C/m^2"), f"{room / 36e3:.3g} mAh/cm²")
    if not deck.reaction:
        return
    yield Row("driving voltage ΔE", si(numbers["window"], "V"), "of the reduction")
    at_rest = "L² = 2(1 + V_Li/V_n) k_p t at rest"
    yield Row("parabolic constant k_p", si(numbers["parabolic_constant"], "m^2/s"), at_rest)
    yield Row("reaction velocity k_r", si(numbers["reaction_velocity"], "m/s"))
    if numbers["steady_thickness"] is not None:
        steady = si(numbers["steady_thickness"], "m")
        yield Row("steady thickness of the interphase", steady, "while plating at the largest current")

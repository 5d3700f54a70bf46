"""The check of a wetting deck."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield import theory
from phasefield.check.common import Row, box_rows, coarse, si, unresolved
from phasefield.errors import Problem
from phasefield.physics.wetting import junction
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.physics.wetting.deck import WettingDeck

__all__ = ["derived", "errors", "sections", "unknowns", "warnings"]

#: Interface widths to a radius, in 2-D, for angles within 3°; at twice the curvature, in 3-D, twice as many.
LEAST_WIDTHS = 6.0
#: Interface widths to a layer, for lithium not to feel the bottom of the box.
LEAST_LAYER = 1.5


def derived(deck: WettingDeck) -> dict[str, Any]:
    """Numbers that follow from a deck, in SI units by ASCII name; angles in degrees."""
    energies, width = deck.energies.all, deck.interface.width
    if deck.layer.rigid:
        lithium, layer = junction.contact_angle(energies), math.pi
    else:
        lithium, layer, _ = junction.neumann_angles(energies)
    radius = min(seed.radius for seed in deck.lithium.seeds)
    return {
        "lithium_angle": math.degrees(lithium),
        "layer_angle": math.degrees(layer),
        "interface_cells": theory.interface_cells(width, max(deck.domain.spacing)),
        "seed_widths": radius / width,
        "relaxation_time": radius**2 / deck.interface.mobility,
        "velocity": theory.front_velocity(deck.lithium.current_density, deck.lithium.molar_volume),
        "planned_time": deck.planned_time,
        "cells": math.prod(deck.domain.shape),
    }


def unknowns(deck: WettingDeck) -> int:
    """Number of unknowns per cell."""
    return 2 if deck.layer.rigid else 4


def errors(deck: WettingDeck) -> list[Problem]:
    """Problems that make a run pointless; ``--force`` ignores them."""
    return list(_errors(deck))


def _errors(deck: WettingDeck) -> Iterator[Problem]:
    yield from unresolved(derived(deck)["interface_cells"])
    least = LEAST_LAYER * deck.interface.width
    if deck.layer.thickness < least * (1 - 1e-9):
        message = f"is too thin: the bottom of the box disturbs the lithium; use {pretty(least, 'm')} or more"
        yield Problem("layer.thickness", message)


def warnings(deck: WettingDeck) -> list[Problem]:
    """Problems that may make the results wrong or inaccurate."""
    return list(_warnings(deck))


def _warnings(deck: WettingDeck) -> Iterator[Problem]:
    numbers = derived(deck)
    yield from coarse(deck, numbers["interface_cells"])
    if numbers["seed_widths"] < LEAST_WIDTHS * (deck.domain.dimension - 1):
        needed = LEAST_WIDTHS * (deck.domain.dimension - 1)
        message = f"is too large: the radius of the smallest droplet is only {numbers['seed_widths']:.2g} widths"
        yield Problem("interface.width", f"{message}; contact angles need at least {needed:g} to be within 3°")
    if deck.planned_time < numbers["relaxation_time"]:
        relaxation = pretty(numbers["relaxation_time"], "s")
        yield Problem(
            "stop.time", f"is too short: the smallest droplet needs about {relaxation} to reach its final shape"
        )


def sections(deck: WettingDeck) -> dict[str, Iterator[Row]]:
    """Rows of the report by section title."""
    numbers = derived(deck)
    return {"Case": _case(deck, numbers), "Wetting": _wetting(deck, numbers)}


def _case(deck: WettingDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield from box_rows(deck, numbers["cells"])
    cells = f"{numbers['interface_cells']:.3g} cells across 10–90 %; at least 6 are recommended"
    yield Row("interface width δ_PF", si(deck.interface.width, "m"), cells)
    yield Row("planned time", si(numbers["planned_time"], "s"))


def _wetting(deck: WettingDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    if deck.layer.rigid:
        kind = (
            "lithium wets the layer (lithiophilic)"
            if numbers["lithium_angle"] < 90
            else "lithium does not wet the layer (lithiophobic)"
        )
        yield Row("contact angle", f"{numbers['lithium_angle']:.4g}°", f"Young's law; {kind}")
    else:
        yield Row("angle in the lithium", f"{numbers['lithium_angle']:.4g}°", "Neumann's triangle")
        yield Row("angle in the layer", f"{numbers['layer_angle']:.4g}°")
    yield Row("relaxation of the smallest droplet", si(numbers["relaxation_time"], "s"), "R²/M")
    if numbers["velocity"]:
        yield Row("growth", si(numbers["velocity"], "m/s"), "of the mean lithium thickness")

"""Errors and warnings of the check of a valid interphase deck."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield.check.common import coarse, unresolved
from phasefield.deck.base import given
from phasefield.errors import Problem
from phasefield.physics.interphase.check.derived import derived
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.physics.interphase.deck import InterphaseDeck

#: Least number of cells across a coating, its holes, grain boundaries, or the tunnelling length.
LEAST_CELLS = 2
#: Least number of cells to the length l of the damage.
LEAST_DAMAGE_CELLS = 1.5
#: A layer thinner than this many front widths has no bulk.
LEAST_LAYER_WIDTHS = 1.0
#: A layer needs this many widths at the start if its front is more than `FAST` times as wide as k_p/k_r. In a layer of
#: one width, the first growth was 4 % too small at 31 times, 13 % at 63 and 50 % at 157; at 314 the layer dissolved.
GOOD_LAYER_WIDTHS, FAST = 2, 100
#: Width of a front over k_p/k_r beyond which the round-off of the reaction is larger than what the layer conducts: runs
#: at 3e10 end, those at 3e11 stop at the first step.
EXACT = 1e11
#: A slower front [m/s] does not move by an atom in the age of the universe, and numbers of the equations overflow.
FROZEN = 1e-28
#: Part of the driving voltage from which on the elastic energy per lithium counts.
NOTICED = 0.02
#: Largest strain at which linear elasticity is right within a few per cent.
LARGE_STRAIN = 0.03
#: Number of cells across a coating that is consumed, whose end is uncertain by half a cell.
GOOD_CELLS = 8


def errors(deck: InterphaseDeck) -> list[Problem]:
    """Problems that make a run pointless; ``--force`` ignores them."""
    return list(_errors(deck, derived(deck)))


def warnings(deck: InterphaseDeck) -> list[Problem]:
    """Problems that may make the results wrong or inaccurate."""
    numbers = derived(deck)
    rough = coarse(deck, numbers["interface_cells"]) if deck.interface.diffuse else ()
    stress = _strained(deck, numbers) if deck.mechanics else ()
    layer = [*_fast(deck, numbers), *_exact(deck, numbers), *_room(deck, numbers)]
    return [*rough, *_stable(deck), *layer, *_few_cells(deck), *stress]


def _errors(deck: InterphaseDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    if deck.interface.diffuse:
        yield from unresolved(numbers["interface_cells"])
    width = deck.interface.width
    if deck.interface.diffuse and deck.layer.height - deck.layer.fall < LEAST_LAYER_WIDTHS * width:
        thin = pretty(deck.layer.height - deck.layer.fall, "m")
        message = (
            f"is too large: the layer is {thin} thick at the start, thinner than its front of {pretty(width, 'm')}"
        )
        yield Problem("interface.width", f"{message}: use a width of {thin} or less, or a thicker layer")
    for key, size, cell in _features(deck):
        if size < LEAST_CELLS * cell * (1 - 1e-9):
            needed = pretty(size / LEAST_CELLS, "m")
            yield Problem(
                key,
                f"is {pretty(size, 'm')}, but the cells are {pretty(cell, 'm')}: it needs cells of {needed} or less",
            )
    if deck.cracks:
        yield from _narrow_damage(deck, numbers["damage_length"])
    yield from _broken_cells(deck)
    if deck.window > 0 and numbers["reaction_velocity"] < FROZEN:
        velocity, temperature = numbers["reaction_velocity"], pretty(deck.conditions.temperature, "K")
        yield Problem("reaction", f"is frozen at {temperature}: its front would move at {velocity:.1g} m/s")
    if deck.window == 0:
        yield Problem(
            "electrode.potential",
            "is exactly at the edge of the stability window of the electrolyte: nothing drives a front",
        )


def _narrow_damage(deck: InterphaseDeck, length: float) -> Iterator[Problem]:
    cell = max(deck.domain.spacing)
    if length < LEAST_DAMAGE_CELLS * cell * (1 - 1e-9):
        strength = given(given(deck.mechanics).cracks).strength * math.sqrt(length / (LEAST_DAMAGE_CELLS * cell))
        message = f"gives a damage of l = {pretty(length, 'm')}, but the cells are {pretty(cell, 'm')}: use cells of "
        message += f"{pretty(length / LEAST_DAMAGE_CELLS, 'm')} or less, or at most {pretty(strength, 'Pa')}"
        yield Problem("mechanics.cracks.strength", message)


def _features(deck: InterphaseDeck) -> Iterator[tuple[str, float, float]]:
    """Features that the mesh must resolve: key, size [m], and size of the cells across it [m]."""
    *lateral, step = deck.domain.spacing
    coating, decay, heterogeneity = deck.coating, deck.product.tunnelling_length, deck.heterogeneity
    if coating is not None:
        yield "coating.thickness", coating.extremes[0], step
        for index, defect in enumerate(coating.defects):
            yield f"coating.defects.{index}.width", defect.width, max(lateral)
        for index, crack in enumerate(coating.cracks):
            yield f"coating.cracks.{index}.width", crack.width, max(lateral)
        if coating.random_defects is not None:
            yield "coating.random_defects.width", coating.random_defects.width, max(lateral)
    if decay is not None:
        yield "product.tunnelling_length", decay, step
    if heterogeneity is not None:
        yield "heterogeneity.grain_boundaries.width", heterogeneity.grain_boundaries.width, max(deck.domain.spacing)


def _broken_cells(deck: InterphaseDeck) -> Iterator[Problem]:
    """A coating that is consumed must have whole cells; an uneven one is rounded column by column."""
    coating, step = deck.coating, deck.domain.spacing[-1]
    if coating is None or not deck.consumes or coating.uneven:
        return
    cells = coating.thickness / step
    if abs(cells - round(cells)) > 1e-6:
        allowed = " or ".join(pretty(n * step, "m") for n in (math.floor(cells), math.ceil(cells)) if n)
        message = (
            f"is {pretty(coating.thickness, 'm')}, but the cells are {pretty(step, 'm')}: a consumed coating must be "
        )
        yield Problem("coating.thickness", f"{message}a whole number of cells thick, such as {allowed}")


def _few_cells(deck: InterphaseDeck) -> Iterator[Problem]:
    if deck.coating is not None and deck.consumes:
        cells = deck.coating.extremes[0] / deck.domain.spacing[-1]
        if cells < GOOD_CELLS * (1 - 1e-9):
            message = f"is only {cells:.3g} cells thick: the time at which it is used up is uncertain by half a cell"
            message += f"; use at least {GOOD_CELLS}"
            yield Problem("coating.thickness", message)


def _fast(deck: InterphaseDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    """A front that conduction limits from the start, in a layer as thin as the front: the layer may dissolve."""
    width, crossover = deck.interface.width, numbers["crossover_thickness"]
    thin = deck.layer.height - deck.layer.fall < GOOD_LAYER_WIDTHS * width
    if deck.interface.diffuse and deck.window > 0 and thin and width > FAST * crossover:
        message = f"is large beside the {pretty(crossover, 'm')} from which on conduction limits the growth"
        yield Problem("interface.width", f"{message}: start with a layer of at least {GOOD_LAYER_WIDTHS} widths")


def _exact(deck: InterphaseDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    """A layer that conducts so little beside its reaction that the numbers of a computer are not exact enough."""
    width, crossover = deck.interface.width, numbers["crossover_thickness"]
    if deck.interface.diffuse and deck.window > 0 and (excess := width / crossover / EXACT) > 1:
        message = f"is {width / crossover:.0e} times the thickness from which on conduction limits the growth"
        message += f": round-off stops the run. A reaction {excess:.2g} times slower, or a product that conducts better"
        yield Problem("interface.width", f"{message} by that factor, can be computed")


def _stable(deck: InterphaseDeck) -> Iterator[Problem]:
    if deck.window < 0:
        e = deck.electrolyte
        window = f"{pretty(e.reduction_potential, 'V')} to {pretty(e.oxidation_potential, 'V')}"
        message = (
            f"is {pretty(deck.electrode.potential, 'V')}, inside the stability window of the electrolyte, {window}"
        )
        yield Problem("electrode.potential", f"{message}: no layer grows, and an existing one dissolves")


def _strained(deck: InterphaseDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    """A strain that is not small, and a layer that would crack."""
    strain, critical = numbers["swelling_strain"], numbers.get("critical_thickness")
    if abs(strain) > LARGE_STRAIN:
        message = f"strains the product by {100 * strain:.2g} %: linear elasticity needs strains of at most "
        yield Problem("mechanics.product.volume_change", f"{message}{100 * LARGE_STRAIN:g} %")
    if numbers["elastic_voltage"] > NOTICED * deck.window > 0:
        message = f"stores {pretty(numbers['elastic_voltage'], 'V')} of elastic energy per lithium, more than "
        message += f"{100 * NOTICED:g} % of the driving voltage of {pretty(deck.window, 'V')}: the run neglects it"
        yield Problem("mechanics.product.volume_change", message)
    if critical is not None and numbers["planned_thickness"] > critical and not deck.cracks:
        message = f"lets a flat layer crack at {pretty(critical, 'm')}, before the planned thickness of "
        message += f"{pretty(numbers['planned_thickness'], 'm')}: the model has no cracks"
        yield Problem("mechanics.product.fracture_toughness", message)


def _room(deck: InterphaseDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    height, widths = deck.domain.size[-1], 2 * deck.interface.width
    top = numbers["planned_thickness"] + (deck.coating.extremes[1] if deck.coating else 0.0) + widths
    stops = deck.stop.thickness is not None and deck.stop.thickness + widths < height
    if top > height and not stops:
        message = f"is too low: the layer is planned to reach {pretty(top - widths, 'm')} of {pretty(height, 'm')}"
        yield Problem("domain.size", f"{message}; use a higher box, or set stop.thickness")

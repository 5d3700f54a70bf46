"""What is wrong, or may be wrong, with a deck that is valid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield.check.common import coarse, unresolved
from phasefield.errors import Problem
from phasefield.physics.plating.check.derived import derived
from phasefield.theory import FARADAY, GAS_CONSTANT
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.physics.plating.deck import PlatingDeck

LEAST_STABILITY_THRESHOLD = 0.1


def errors(deck: PlatingDeck) -> list[Problem]:
    """What makes a run pointless; ``--force`` runs it all the same."""
    return list(_errors(deck, derived(deck)))


def warnings(deck: PlatingDeck) -> list[Problem]:
    """What a careful person would look at again."""
    numbers = derived(deck)
    return [
        *_resolution(deck, numbers),
        *_stability(deck, numbers),
        *_wavelengths(deck, numbers),
        *_current(deck, numbers),
        *_books(deck),
        *_room(deck, numbers),
        *_geometry(deck),
    ]


def _errors(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    yield from unresolved(numbers["interface_cells"])


def _resolution(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    width = deck.interface.width
    yield from coarse(deck, numbers["interface_cells"])
    features = [(f"front.seeds.{i}.radius", s.radius) for i, s in enumerate(deck.front.seeds)]
    features += [(f"front.bumps.{i}.width", b.width) for i, b in enumerate(deck.front.bumps)]
    for key, size in features:
        if size < width:
            yield Problem(key, f"smaller than the interface's width of {pretty(width, 'm')}, which blurs it")


def _stability(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    threshold, focused = numbers["stability_threshold"], numbers["stability_threshold_at_defects"]
    if threshold is None:
        return
    remedy = "lithium may appear ahead of the front; raise interface.mobility"
    if threshold < LEAST_STABILITY_THRESHOLD:
        message = f"the bulk-stability threshold ξ* is {threshold:.2g}, below {LEAST_STABILITY_THRESHOLD}"
        yield Problem("interface.mobility", f"{message}: {remedy}")
    elif focused < LEAST_STABILITY_THRESHOLD:
        message = f"at the film's defects the current may be {numbers['current_focusing']:.2g} times larger"
        message += f", and the bulk-stability threshold ξ* falls to {focused:.2g}"
        yield Problem("interface.mobility", f"{message}: {remedy}")


def _wavelengths(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    fastest, shortest = numbers["most_unstable_wavelength"], numbers["marginal_wavelength"]
    if deck.domain.dimension == 1 or fastest is None:
        return
    if shortest > 2 * max(deck.domain.size[:-1]):
        message = f"too narrow for the instability: only ripples longer than {pretty(shortest, 'm')} grow"
        yield Problem("domain.size", message)
    elif fastest < 3 * deck.interface.width:
        message = f"the most unstable wavelength, {pretty(fastest, 'm')}, is shorter than 3 widths"
        yield Problem("interface.width", message)


def _current(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    limit, current = numbers["limiting_current"], numbers["current_density"]
    if limit is not None and current > limit:
        message = f"{pretty(current, 'A/m^2')} planned, the limiting current is {pretty(limit, 'A/m^2')}"
        depleted = pretty(numbers["sand_time"], "s")
        yield Problem("drive.steps", f"{message}: the salt at the lithium is used up after about {depleted}")
    thermal = GAS_CONSTANT * deck.conditions.temperature / FARADAY
    if deck.kinetics.law == "linear" and abs(numbers["overpotential"]) > thermal:
        beyond = f"the overpotential, {pretty(numbers['overpotential'], 'V')}, is beyond RT/F"
        yield Problem("kinetics.law", f"{beyond}, where the linear law does not hold")
    spacing = min(deck.domain.spacing)
    if deck.coating and deck.coating.extremes[1] > spacing:
        message = f"more than a cell of {pretty(spacing, 'm')}, but the film is modelled as thinner"
        yield Problem("coating.thickness", message)


def _books(deck: PlatingDeck) -> Iterator[Problem]:
    """FiPy's engine meets its tolerances early where the salt's flux follows from the fields."""
    reservoir = deck.electrolyte.counter_electrode == "reservoir"
    follows = reservoir or any(step.mode == "potentiostatic" for step in deck.drive.steps)
    default = deck.solver.profile == "default"
    if deck.electrolyte.transport == "binary" and follows and default and not deck.compiles:
        message = 'charge and lithium agree to 1e-4 only with this drive on FiPy\'s engine; "strict" closes the books'
        yield Problem("solver.profile", message)


def _room(deck: PlatingDeck, numbers: dict[str, Any]) -> Iterator[Problem]:
    height, front = deck.domain.height, deck.front
    top = numbers["planned_height"] + front.rise
    if top > 0.9 * height and deck.stop.tip_height is None:
        message = f"a flat front would already reach {pretty(top, 'm')} of {pretty(height, 'm')}"
        yield Problem("domain.size", f"{message}; raise the box, or set stop.tip_height")
    if numbers["lowest_height"] - front.fall < deck.interface.width:
        yield Problem("drive.steps", "stripping, or the valleys of the front, use up the lithium of the box")
    if front.height - front.fall < 2 * deck.interface.width:
        yield Problem("front.height", "less than two interface widths of lithium below the front's valleys")
    tip = deck.stop.tip_height
    if tip is not None and tip <= front.height + front.rise:
        yield Problem("stop.tip_height", "already reached by the first front")
    elif tip is not None and tip >= height:
        yield Problem("stop.tip_height", f"outside the box, which is {pretty(height, 'm')} high")


def _geometry(deck: PlatingDeck) -> Iterator[Problem]:
    for index, cosine in enumerate(deck.front.cosines):
        halves = 2 * deck.domain.size[cosine.axis] / cosine.wavelength
        if abs(halves - round(halves)) > 1e-6 * halves:
            message = f"{halves:.4g} half waves fit the box: the mirror walls put a kink into the front there"
            yield Problem(f"front.cosines.{index}.wavelength", message)

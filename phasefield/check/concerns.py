"""What is wrong, or may be wrong, with a deck that is valid."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield.check.numbers import derived, memory
from phasefield.errors import DeckError, Problem
from phasefield.theory import FARADAY, GAS_CONSTANT
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.deck import Deck

GOOD_INTERFACE_CELLS, LEAST_INTERFACE_CELLS = 6, 4
LEAST_STABILITY_THRESHOLD = 0.1


def errors(deck: Deck) -> list[Problem]:
    """What makes a run pointless; ``--force`` runs it all the same."""
    return list(_errors(deck, derived(deck)))


def warnings(deck: Deck) -> list[Problem]:
    """What a careful person would look at again."""
    numbers = derived(deck)
    return [
        *_resolution(deck, numbers),
        *_stability(deck, numbers),
        *_wavelengths(deck, numbers),
        *_current(deck, numbers),
        *_room(deck, numbers),
        *_geometry(deck),
    ]


def require(deck: Deck, source: str, force: bool = False) -> None:
    """Refuse a deck whose run would be pointless.

    Parameters
    ----------
    deck : Deck
    source : str
        What the error calls the deck, usually its file.
    force : bool
        Let it pass.

    Raises
    ------
    DeckError
        With the `errors` of the deck, unless forced.
    """
    if not force and (problems := errors(deck)):
        raise DeckError(source, [Problem(p.key, f"{p.message}; --force runs it anyway") for p in problems])


def _errors(deck: Deck, numbers: dict[str, Any]) -> Iterator[Problem]:
    cells = numbers["interface_cells"]
    if cells < LEAST_INTERFACE_CELLS:
        message = f"{cells:.2g} cells across its 10–90 % width, needs {LEAST_INTERFACE_CELLS}"
        yield Problem("interface.width", f"{message}: the mesh would hold the front")
    needed, present = memory(deck, ranks=1), _machine_memory()
    if needed > present:
        message = f"about {needed / 1e9:.3g} GB of memory needed, this machine has {present / 1e9:.3g} GB"
        yield Problem("domain.cells", message)


def _machine_memory() -> float:
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def _resolution(deck: Deck, numbers: dict[str, Any]) -> Iterator[Problem]:
    cells, width = numbers["interface_cells"], deck.interface.width
    if LEAST_INTERFACE_CELLS <= cells < GOOD_INTERFACE_CELLS:
        message = f"only {cells:.2g} cells across its 10–90 % width; {GOOD_INTERFACE_CELLS} or more are good"
        yield Problem("interface.width", message)
    if max(deck.domain.spacing) > 1.5 * min(deck.domain.spacing):
        yield Problem("domain.cells", "the cells are far from square; the coarsest edge sets the resolution")
    features = [(f"front.seeds.{i}.radius", s.radius) for i, s in enumerate(deck.front.seeds)]
    features += [(f"front.bumps.{i}.width", b.width) for i, b in enumerate(deck.front.bumps)]
    for key, size in features:
        if size < width:
            yield Problem(key, f"smaller than the interface's width of {pretty(width, 'm')}, which blurs it")


def _stability(deck: Deck, numbers: dict[str, Any]) -> Iterator[Problem]:
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


def _wavelengths(deck: Deck, numbers: dict[str, Any]) -> Iterator[Problem]:
    fastest, shortest = numbers["most_unstable_wavelength"], numbers["marginal_wavelength"]
    if deck.domain.dimension == 1 or fastest is None:
        return
    if shortest > 2 * max(deck.domain.size[:-1]):
        message = f"too narrow for the instability: only ripples longer than {pretty(shortest, 'm')} grow"
        yield Problem("domain.size", message)
    elif fastest < 3 * deck.interface.width:
        message = f"the most unstable wavelength, {pretty(fastest, 'm')}, is shorter than 3 widths"
        yield Problem("interface.width", message)


def _current(deck: Deck, numbers: dict[str, Any]) -> Iterator[Problem]:
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
    if deck.coating and deck.coating.thickness > spacing:
        message = f"more than a cell of {pretty(spacing, 'm')}, but the film is modelled as thinner"
        yield Problem("coating.thickness", message)


def _room(deck: Deck, numbers: dict[str, Any]) -> Iterator[Problem]:
    height, front = deck.domain.size[-1], deck.front
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


def _geometry(deck: Deck) -> Iterator[Problem]:
    for index, cosine in enumerate(deck.front.cosines):
        halves = 2 * deck.domain.size[cosine.axis] / cosine.wavelength
        if abs(halves - round(halves)) > 1e-6 * halves:
            message = f"{halves:.4g} half waves fit the box: the mirror walls put a kink into the front there"
            yield Problem(f"front.cosines.{index}.wavelength", message)

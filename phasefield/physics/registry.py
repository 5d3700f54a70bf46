"""The models there are: where the deck, the case and the check of each one are."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phasefield.deck.common import Deck
    from phasefield.physics.common.case import Case
    from phasefield.physics.common.columns import Column, Derived

#: By the deck's ``model``, the package of each; the first is meant where a deck does not say.
PACKAGES = {
    name: f"phasefield.physics.{name.replace('-', '_')}"
    for name in ("plating", "interphase", "plating-interphase", "contact", "wetting")
}
DEFAULT = next(iter(PACKAGES))


def names() -> tuple[str, ...]:
    """What a deck's ``model`` may be."""
    return tuple(PACKAGES)


def part(model: str, name: str) -> ModuleType:
    """A module of a model's package, imported when it is first needed: no start waits for what it does not run."""
    return import_module(f"{PACKAGES[model]}.{name}")


def schema(model: str) -> type[Deck]:
    """The class of a model's decks."""
    return part(model, "deck").DECK


def columns(model: str) -> tuple[Column, ...]:
    """What is measured of a model's runs, beside what is of every run."""
    return part(model, "columns").COLUMNS


def derived(model: str) -> tuple[Derived, ...]:
    """What is shown of the numbers that follow from a model's deck."""
    return part(model, "columns").DERIVED


def build(deck: Deck) -> Case:
    """The case of a validated deck: all that an engine needs."""
    return part(deck.model, "case").build(deck)

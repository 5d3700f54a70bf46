"""The models there are: where the deck, the case and the check of each one are."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phasefield.deck.common import Deck
    from phasefield.physics.common.case import Case

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


def build(deck: Deck) -> Case:
    """The case of a validated deck: all that an engine needs."""
    return part(deck.model, "case").build(deck)

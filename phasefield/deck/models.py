"""Which class of deck belongs to which physics."""

from __future__ import annotations

from typing import Any

from phasefield.deck.contact import ContactDeck
from phasefield.deck.explain import nearest, shown
from phasefield.deck.interphase import InterphaseDeck
from phasefield.deck.plating import PlatingDeck
from phasefield.deck.plating_interphase import PlatingInterphaseDeck
from phasefield.deck.wetting import WettingDeck
from phasefield.deck.whole import Deck
from phasefield.errors import DeckError, Problem

#: By the deck's ``model``; the first is meant where a deck does not say.
MODELS: dict[str, type[Deck]] = {
    "plating": PlatingDeck,
    "interphase": InterphaseDeck,
    "plating-interphase": PlatingInterphaseDeck,
    "contact": ContactDeck,
    "wetting": WettingDeck,
}
DEFAULT = next(iter(MODELS))


def schema_of(name: Any, source: str) -> type[Deck]:
    """The class of the decks of a model.

    Raises
    ------
    DeckError
        No model is called so; `source` is where the name stands.
    """
    if isinstance(name, str) and name in MODELS:
        return MODELS[name]
    near = nearest(name, list(MODELS)) if isinstance(name, str) else None
    message = "must be one of " + ", ".join(f'"{model}"' for model in MODELS)
    raise DeckError(source, [Problem("model", message + (f'; did you mean "{near}"?' if near else ""), shown(name))])

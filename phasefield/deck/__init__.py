"""The deck of a case: its schema, and how it is read."""

from phasefield.deck.contact import ContactDeck
from phasefield.deck.export import json_schema, markdown
from phasefield.deck.interphase import InterphaseDeck
from phasefield.deck.load import deck_text, load_deck, parse_deck
from phasefield.deck.operation import DriveStep
from phasefield.deck.plating import PlatingDeck
from phasefield.deck.plating_interphase import PlatingInterphaseDeck
from phasefield.deck.shapes import Coating, Front, GrainBoundaries
from phasefield.deck.wetting import WettingDeck
from phasefield.deck.whole import Deck, ScheduledStep

__all__ = [
    "Coating",
    "ContactDeck",
    "Deck",
    "DriveStep",
    "Front",
    "GrainBoundaries",
    "InterphaseDeck",
    "PlatingDeck",
    "PlatingInterphaseDeck",
    "ScheduledStep",
    "WettingDeck",
    "deck_text",
    "json_schema",
    "load_deck",
    "markdown",
    "parse_deck",
]

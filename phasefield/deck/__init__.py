"""The deck of a case: how it is read, and the sections that several models share."""

from phasefield.deck.common import Deck, ScheduledStep
from phasefield.deck.drive import DriveStep
from phasefield.deck.export import json_schema, markdown
from phasefield.deck.load import deck_text, load_deck, parse_deck
from phasefield.deck.shapes import Coating, Front, GrainBoundaries

__all__ = [
    "Coating",
    "Deck",
    "DriveStep",
    "Front",
    "GrainBoundaries",
    "ScheduledStep",
    "deck_text",
    "json_schema",
    "load_deck",
    "markdown",
    "parse_deck",
]

"""What ends a plating run: an electrode without lithium, or without salt for the current that is given."""

from __future__ import annotations

import math
from collections.abc import Iterator

from phasefield.deck.base import given
from phasefield.physics.common.stop import EXACT, Limit
from phasefield.physics.common.stop import limits as of_the_deck
from phasefield.physics.plating.columns import SALT_AT
from phasefield.physics.plating.deck import PlatingDeck
from phasefield.physics.plating.ledger import carried_at_most, connected_lithium, largest_at_top, thickest
from phasefield.physics.plating.model import Plating
from phasefield.theory.constants import FARADAY

#: Mean thickness of the lithium, in widths of the interface, at which it counts as used up.
LEFT = 1e-3
#: Largest ξ of lithium at which rejected steps of stripping mean the same.
THIN = 0.1
#: Largest concentration of salt at an electrode, over the initial one, at which it counts as used up.
SALT_LEFT = 0.01
#: The same at the counter electrode if steps are rejected.
LITTLE_SALT = 0.02
#: Current that diffusion can bring to the lithium, over the given one, below which rejected steps mean that its salt is
#: used up.
CARRIES = 1.25
#: Why a run ends without salt at the place of a column.
SALT_USED_UP = {
    column: f"{column.replace('Salt', 'salt used up')}: the electrolyte cannot carry the current any longer"
    for column in SALT_AT
}


def lithium_used_up(width: float) -> Limit:
    """The end of the lithium that is connected to the collector, given the width of the interface [m]."""
    return Limit("lithium used up", lambda row: LEFT * width - row["Connected lithium"], EXACT * width)


def limits(deck: PlatingDeck, model: Plating) -> Iterator[Limit]:
    """The deck's charge and tip height, and the end of the counter electrode's lithium and of the salt."""
    yield from of_the_deck(deck.stop)
    if deck.counter is not None and deck.counter.thickness is not None:
        held = deck.counter.thickness * FARADAY / deck.lithium.molar_volume
        yield Limit("counter electrode used up", lambda row: row["Charge passed"] - held, EXACT * held)
    if (highest := deck.lithium_below) is not None:
        reason = "the lithium has reached the cells that grow with the height (domain.grading.start)"
        yield Limit(reason, lambda row: row["Tip height"] - highest, EXACT * highest)
    if model.binary:
        yield from (_salt_used_up(column, given(deck.electrolyte.concentration), model) for column in SALT_AT)


def _salt_used_up(column: str, whole: float, model: Plating) -> Limit:
    """The end of the salt at an electrode. At a given voltage there is none: the current falls instead."""

    def beyond(row):
        asked = model.galvanostatic and column == SALT_AT[float(model.current.value) < 0]
        return SALT_LEFT * whole - row[column] if asked else -math.inf

    return Limit(SALT_USED_UP[column], beyond, 0.1 * SALT_LEFT * whole)


def exhausted(model: Plating, engine, nuclei: bool) -> str:
    """Why a given current can make no further step, after several were rejected; "" if it can. Collective.

    Parameters
    ----------
    model : Plating
    engine : NewtonEngine
    nuclei : bool
        Whether lithium nucleates: a double layer makes short steps usual, so only the amount says that none is left.
    """
    if not model.galvanostatic:
        return ""
    stripping = float(model.current.value) < 0
    some = nuclei and connected_lithium(engine) > 2 * LEFT
    if stripping and thickest(engine) < THIN and not some:
        return "lithium used up"
    if not model.binary:
        return ""
    current = float(model.current.value)
    enough = largest_at_top(engine) > LITTLE_SALT if stripping else carried_at_most(engine) > CARRIES * current
    return "" if enough else SALT_USED_UP[SALT_AT[stripping]]

"""The check of a general deck: its box, and the fields of the model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield.check.common import Row, box_rows, si
from phasefield.errors import Problem
from phasefield.physics.custom.parameters import units

if TYPE_CHECKING:
    from phasefield.physics.custom.deck import CustomDeck

__all__ = ["derived", "errors", "sections", "unknowns", "warnings"]


def derived(deck: CustomDeck) -> dict[str, Any]:
    """Numbers that follow from a deck, in SI units by ASCII name."""
    return {"planned_time": deck.planned_time, "cells": math.prod(deck.domain.shape)}


def unknowns(deck: CustomDeck) -> int:
    """Number of unknowns per cell."""
    return len(deck.physics.fields)


def errors(deck: CustomDeck) -> list[Problem]:
    """None: the requirements of the model are unknown here."""
    return []


def warnings(deck: CustomDeck) -> list[Problem]:
    """None, likewise."""
    return []


def sections(deck: CustomDeck) -> dict[str, Iterator[Row]]:
    """Rows of the report by section title."""
    return {"Case": _case(deck), "Parameters": _parameters(deck), "Fields": _fields(deck)}


def _case(deck: CustomDeck) -> Iterator[Row]:
    yield from box_rows(deck, math.prod(deck.domain.shape))
    yield Row("unit of length", si(deck.physics.length_scale, "m"), "in the equations")
    yield Row("unit of time", si(deck.physics.time_scale, "s"), "in the equations")
    yield Row("planned time", si(deck.planned_time, "s"))


def _parameters(deck: CustomDeck) -> Iterator[Row]:
    known = units(type(deck.physics))
    for name, value in deck.parameters.items():
        yield Row(name, si(value, known.get(name, "")) if isinstance(value, float) else str(value))


def _fields(deck: CustomDeck) -> Iterator[Row]:
    for field in deck.physics.fields:
        yield Row(field.name, field.label, "" if field.unit == "1" else f"in {field.unit}")

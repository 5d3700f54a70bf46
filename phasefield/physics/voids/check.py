"""The check of a voids deck."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield.check.common import Row, area_resistance, box_rows, given_current, si
from phasefield.check.drive import drive_rows
from phasefield.errors import Problem
from phasefield.physics.voids.deck import AT
from phasefield.theory import voids as laws
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.physics.voids.deck import VoidsDeck

__all__ = ["derived", "errors", "sections", "unknowns", "warnings"]

#: Contact for which the report gives the critical stripping current density and stack pressure.
HALF = 0.5
#: Part of the interface that voids must keep, so that Newton's method can follow how they open and close.
LEAST_VOIDS = 1e-7


def derived(deck: VoidsDeck) -> dict[str, Any]:
    """Numbers that follow from a deck, in SI units by ASCII name; None for those that it does not have."""
    m, charge, closing = deck.lithium.creep_exponent, deck.charge_of_contact, deck.closing_rate
    rate = deck.lithium.creep_rate_at(deck.conditions.temperature)
    steps = [step.current_density for step in deck.drive.each if step.current_density is not None]
    stripping = max((-current for current in steps if current < 0), default=0.0)
    both = deck.kinetics.anodic_transfer_coefficient + deck.kinetics.cathodic_transfer_coefficient
    pressed = stripping and rate
    return {
        "creep_rate": rate,
        "closing_rate": closing,
        "charge_of_contact": charge,
        "charge_transfer_resistance": deck.thermal_voltage / (deck.exchange_current_density * both),
        "current_density": max((abs(current) for current in steps), default=0.0),
        "stripping_current_density": stripping,
        "steady_contact": laws.steady_contact(stripping, closing, m, charge) if stripping else None,
        "critical_current_density": laws.critical_current(HALF, closing, m, charge),
        "critical_pressure": laws.critical_pressure(HALF, stripping, rate, m, charge) * AT if pressed else None,
        "planned_time": deck.planned_time,
        "cells": math.prod(deck.domain.cells),
    }


def unknowns(deck: VoidsDeck) -> int:
    """Number of unknowns per cell."""
    return 2


def errors(deck: VoidsDeck) -> list[Problem]:
    """Problems that make a run pointless; ``--force`` ignores them."""
    numbers = derived(deck)
    contact = numbers["steady_contact"]
    if contact is None or 1 - contact > LEAST_VOIDS:
        return []
    rate, m, charge = numbers["creep_rate"], deck.lithium.creep_exponent, numbers["charge_of_contact"]
    most = AT * laws.critical_pressure(1 - LEAST_VOIDS, numbers["stripping_current_density"], rate, m, charge)
    return [
        Problem(
            "mechanics.pressure",
            f"is so high that creep closes all voids; at this current density, use {pretty(most, 'Pa')} or less",
        )
    ]


def warnings(deck: VoidsDeck) -> list[Problem]:
    """Problems that may make the results wrong or inaccurate."""
    return list(_warnings(deck))


def _warnings(deck: VoidsDeck) -> Iterator[Problem]:
    cells = deck.domain.spacing
    for index, place in enumerate(deck.voids.places):
        if place.radius < max(cells[:-1]):
            yield Problem(
                f"voids.places.{index}.radius",
                f"is less than a cell of {pretty(max(cells[:-1]), 'm')}; the place may have one cell, or none",
            )


def sections(deck: VoidsDeck) -> dict[str, Iterator[Row]]:
    """Rows of the report by section title."""
    numbers = derived(deck)
    return {"Case": _case(deck, numbers), "Voids": _voids(deck, numbers)}


def _case(deck: VoidsDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield from box_rows(deck, numbers["cells"])
    yield from drive_rows(deck)
    yield Row("charge transfer", area_resistance(numbers["charge_transfer_resistance"]), "at rest, in full contact")
    yield from given_current(deck, numbers["current_density"])


def _voids(deck: VoidsDeck, numbers: dict[str, Any]) -> Iterator[Row]:
    yield Row("stack pressure", si(deck.mechanics.pressure, "Pa"))
    yield Row("creep of lithium", si(numbers["creep_rate"], "1/s"), "under 1 MPa")
    yield Row("closing of a single void", si(numbers["closing_rate"], "1/s"), "relative, under the stack pressure")
    yield Row("charge of the contact", si(numbers["charge_of_contact"], "C/m^2"), "takes it away without creep, F h/V")
    if numbers["steady_contact"] is not None:
        yield Row("steady contact", f"{numbers['steady_contact']:.3g}", "at the largest stripping current")
    yield Row("critical stripping current", si(numbers["critical_current_density"], "A/m^2"), "keeps a contact of 0.5")
    if numbers["critical_pressure"] is not None:
        yield Row("critical stack pressure", si(numbers["critical_pressure"], "Pa"), "likewise, at the largest current")

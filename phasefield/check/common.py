"""Functions that the checks of all models share: rows of the report, resolution of the mesh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from phasefield.errors import Problem
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.deck import Deck
    from phasefield.deck.common import DrivenDeck

GOOD_INTERFACE_CELLS, LEAST_INTERFACE_CELLS = 6, 4


#: Largest number of time steps that a run may need at least: months, even on a small mesh.
MOST_STEPS = 1e8
#: Shortest first time step, as a part of the planned time. At 60 A/m² the front moves by 1e-11 of its width in 1e-10 of
#: 60 s, in tens of machine precisions; of a tenth of that no step could be solved.
SHORTEST_STEP = 1e-10


class Row(NamedTuple):
    """One line of the report: name, value and remark."""

    name: str
    value: str
    remark: str = ""


def si(value: float, unit: str = "") -> str:
    """`pretty` with raised exponents and the ohm's sign."""
    text = pretty(value, unit)
    for plain, raised in (("^2", "²"), ("^3", "³"), ("ohm", "Ω")):
        text = text.replace(plain, raised)
    return text


def area_resistance(value: float) -> str:
    """An area-specific resistance [Ω m²] in the unit the field uses."""
    return f"{value * 1e4:.4g} Ω cm²"


def box_rows(deck: Deck, cells: int) -> Iterator[Row]:
    """The box and its mesh."""
    domain = deck.domain
    yield Row(
        "box",
        " × ".join(si(length, "m") for length in domain.size),
        f"{domain.dimension}-D; the last length is the height",
    )
    sizes = np.hstack(domain.edges)
    spacing = dict.fromkeys(si(h, "m") for h in (sizes.min(), sizes.max()))
    yield Row("mesh", " × ".join(map(str, domain.shape)), f"{cells} cells of {' to '.join(spacing)}")


def given_current(deck: DrivenDeck, current: float) -> Iterator[Row]:
    """The largest given current density [A/m^2], if one is given."""
    if current:
        some = any(step.mode == "potentiostatic" for step in deck.drive.each)
        name = "largest given current density" if some else "largest current density"
        yield Row(name, si(current, "A/m^2"), f"{current / 10:.4g} mA/cm²")


def impossible_steps(deck: Deck) -> Iterator[Problem]:
    """Errors if the time steps that the deck gives are so short that the run would not end."""
    end = pretty(deck.planned_time, "s")
    if deck.time.max_step and deck.planned_time > MOST_STEPS * deck.time.max_step:
        number = deck.planned_time / deck.time.max_step
        yield Problem("time.max_step", f"gives at least {number:.2g} steps until {end}, which no run would finish")
    if deck.time.initial_step and deck.time.initial_step < SHORTEST_STEP * deck.planned_time:
        least = pretty(SHORTEST_STEP * deck.planned_time, "s")
        message = f"must be at least {least}, {SHORTEST_STEP:g} of the planned time of {end}"
        yield Problem("time.initial_step", f"{message}: what happens in a shorter step is lost in round-off")


def unresolved(interface_cells: float) -> Iterator[Problem]:
    """Error if the mesh is so coarse that it would pin the front."""
    if interface_cells < LEAST_INTERFACE_CELLS:
        message = f"has {interface_cells:.2g} cells across the 10–90 % width of the interface, which is too few"
        yield Problem(
            "interface.width", f"{message}: the mesh would pin the front (at least {LEAST_INTERFACE_CELLS} are needed)"
        )


def coarse(deck: Deck, interface_cells: float) -> Iterator[Problem]:
    """Warnings about a mesh that gives inaccurate results."""
    if LEAST_INTERFACE_CELLS <= interface_cells < GOOD_INTERFACE_CELLS:
        message = f"has only {interface_cells:.2g} cells across the 10–90 % width of the interface"
        message += f"; use at least {GOOD_INTERFACE_CELLS}"
        yield Problem("interface.width", message)
    if max(deck.domain.spacing) > 1.5 * min(deck.domain.spacing):
        yield Problem("domain.cells", "gives cells that are far from square; their longest edge limits the resolution")

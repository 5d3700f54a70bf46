"""What the checks of all physics share: rows of the report, the mesh, the memory."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from phasefield.errors import Problem
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.deck import Deck

GOOD_INTERFACE_CELLS, LEAST_INTERFACE_CELLS = 6, 4
#: The program and its libraries [bytes per rank]; and of each field, by dimension, with its part of matrix and
#: preconditioner [bytes per cell]. Measured: 11 decks of 2 to 4 fields and up to 147,456 cells (compiled, within 20 %).
MEMORY_PER_RANK = 370e6
MEMORY_PER_FIELD = {"compiled": {1: 1.2e3, 2: 1.2e3, 3: 2.0e3}, "fipy": {1: 1.6e3, 2: 1.6e3, 3: 4.8e3}}


class Row(NamedTuple):
    """One line: what it is, its value, what to think of it."""

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
    yield Row("box", " × ".join(si(length, "m") for length in domain.size), f"{domain.dimension}-D, height last")
    spacing = sorted({si(h, "m") for h in domain.spacing})
    yield Row("mesh", " × ".join(map(str, domain.cells)), f"{cells} cells of {' to '.join(spacing)}")


def memory_of(deck: Deck, fields: int, ranks: int = 0) -> float:
    """Estimated memory of a run, with what each of `ranks` needs for itself [bytes]."""
    engine = "fipy" if deck.solver.engine == "fipy" else "compiled"
    per_cell = fields * MEMORY_PER_FIELD[engine][deck.domain.dimension]
    return math.prod(deck.domain.cells) * per_cell + ranks * MEMORY_PER_RANK


def memory_row(needed: float) -> Row:
    """Estimated memory [bytes], without what each rank needs for itself."""
    total = (needed + MEMORY_PER_RANK) / 1e6
    memory = f"{total:.0f} MB" if total < 10_000 else f"{total / 1e3:.4g} GB"
    return Row("memory", f"about {memory}", f"and {MEMORY_PER_RANK / 1e6:.0f} MB for each further rank")


def unresolved(interface_cells: float) -> Iterator[Problem]:
    """A mesh that would hold the front."""
    if interface_cells < LEAST_INTERFACE_CELLS:
        message = f"{interface_cells:.2g} cells across its 10–90 % width, needs {LEAST_INTERFACE_CELLS}"
        yield Problem("interface.width", f"{message}: the mesh would hold the front")


def coarse(deck: Deck, interface_cells: float) -> Iterator[Problem]:
    """A mesh on which the answer will be rough."""
    if LEAST_INTERFACE_CELLS <= interface_cells < GOOD_INTERFACE_CELLS:
        message = f"only {interface_cells:.2g} cells across its 10–90 % width; {GOOD_INTERFACE_CELLS} or more are good"
        yield Problem("interface.width", message)
    if max(deck.domain.spacing) > 1.5 * min(deck.domain.spacing):
        yield Problem("domain.cells", "the cells are far from square; the coarsest edge sets the resolution")


def too_large(needed: float) -> Iterator[Problem]:
    """More memory than this machine has."""
    present = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    if needed > present:
        message = f"about {needed / 1e9:.3g} GB of memory needed, this machine has {present / 1e9:.3g} GB"
        yield Problem("domain.cells", message)

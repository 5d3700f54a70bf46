"""Errors and warnings of the check of a valid contact deck."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from phasefield.errors import Problem
from phasefield.physics.contact.check.derived import derived
from phasefield.units import pretty

if TYPE_CHECKING:
    from phasefield.physics.contact.deck import ContactDeck

GOOD_PATCH_CELLS, LEAST_PATCH_CELLS = 6, 2


def errors(deck: ContactDeck) -> list[Problem]:
    """Problems that make a run pointless; ``--force`` ignores them."""
    return list(_errors(deck))


def warnings(deck: ContactDeck) -> list[Problem]:
    """Problems that may make the results wrong or inaccurate."""
    return list(_warnings(deck))


def _errors(deck: ContactDeck) -> Iterator[Problem]:
    numbers = derived(deck)
    cells, radius = numbers["patch_cells"], numbers["patch_radius"]
    if cells is not None and cells < LEAST_PATCH_CELLS:
        needed = pretty(radius / LEAST_PATCH_CELLS, "m")
        yield Problem(
            "domain.cells",
            f"give {cells:.2g} cells across the radius of a patch, which needs cells of {needed} or less",
        )
    if deck.mechanics and deck.mechanics.strength >= (most := numbers["largest_strength"]):
        yield Problem(
            "mechanics.strength",
            f"is so high that all bonds of the contact fail at once; with this adhesion, use less than "
            f"{pretty(most, 'Pa')}, or smaller particles",
        )


def _warnings(deck: ContactDeck) -> Iterator[Problem]:
    numbers = derived(deck)
    cells = numbers["patch_cells"]
    if cells is not None and LEAST_PATCH_CELLS <= cells < GOOD_PATCH_CELLS:
        message = f"give only {cells:.2g} cells across the radius of a patch; use at least {GOOD_PATCH_CELLS}"
        yield Problem("domain.cells", message)
    if (spread := numbers["content_spread"]) > 1:
        message = f"diffusion can carry at most {1 / spread:.2g} of the current: the surface fills or empties first"
        yield Problem("drive.steps", message)

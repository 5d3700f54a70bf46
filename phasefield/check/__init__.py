"""What a careful person works out before running a deck, and what should make them pause.

Each physics has a package here with ``derived``, ``errors``, ``warnings``, ``sections`` and ``unknowns``; what a run
needs of memory and disk is worked out for all alike (`phasefield.check.resources`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from phasefield.check import resources
from phasefield.errors import DeckError, Problem
from phasefield.physics.registry import part

if TYPE_CHECKING:
    from phasefield.deck import Deck

__all__ = ["derived", "errors", "needs", "report", "require", "require_room", "unknowns", "warnings"]

def _of(deck: Deck):
    return part(deck.model, "check")


def unknowns(deck: Deck) -> int:
    """How many each cell has."""
    return _of(deck).unknowns(deck)


def needs(deck: Deck) -> resources.Needs:
    """Memory and disk that a run of a deck will take."""
    return resources.needs(deck, unknowns(deck))


def derived(deck: Deck) -> dict[str, Any]:
    """Numbers that follow from a deck, in SI units by ASCII name; None for what is infinite or not there."""
    needed = needs(deck)
    sizes = {"memory": needed.cells, "memory_per_rank": needed.rank, "disk": needed.disk}
    return _of(deck).derived(deck) | sizes


def errors(deck: Deck) -> list[Problem]:
    """What makes a run pointless; ``--force`` runs it all the same."""
    return [*resources.too_large(needs(deck)), *_of(deck).errors(deck)]


def warnings(deck: Deck) -> list[Problem]:
    """What a careful person would look at again."""
    return _of(deck).warnings(deck)


def require(
    deck: Deck, source: str, directory: Path | None = None, ranks: tuple[int, int] = (1, 1), force: bool = False
) -> None:
    """Refuse a deck whose run would be pointless, or would not fit.

    Parameters
    ----------
    deck : Deck
    source : str
        What the error calls the deck, usually its file.
    directory : Path, optional
        Where it would be written; need not be there yet.
    ranks : tuple of int
        Of the whole run, and on this machine.
    force : bool
        Let it pass.

    Raises
    ------
    DeckError
        With the `errors` of the deck, unless forced.
    """
    if not force:
        _refuse(source, _of(deck).errors(deck), deck, directory, ranks)


def require_room(deck: Deck, source: str, directory: Path, ranks: tuple[int, int], force: bool = False) -> None:
    """Refuse to go on with a run that would not fit; parameters as for `require`.

    Only that, for the rest of the deck was let in when the run began, by force perhaps.
    """
    if not force:
        _refuse(source, [], deck, directory, ranks)


def _refuse(
    source: str, of_the_model: list[Problem], deck: Deck, directory: Path | None, ranks: tuple[int, int]
) -> None:
    problems = [*resources.too_large(needs(deck), *ranks), *of_the_model]
    if directory is not None:
        problems += resources.too_much(needs(deck), directory)
    if problems:
        raise DeckError(source, [Problem(p.key, f"{p.message}. Use --force to run anyway") for p in problems])


def report(deck: Deck) -> str:
    """Lay out what follows from a deck, then its errors and warnings.

    Parameters
    ----------
    deck : Deck

    Returns
    -------
    str
        Several lines for a terminal.
    """
    tables = {title: list(rows) for title, rows in _of(deck).sections(deck).items()}
    tables["Resources"] = list(resources.rows(needs(deck)))
    names = max(len(row.name) for rows in tables.values() for row in rows)
    values = max(len(row.value) for rows in tables.values() for row in rows if row.remark)
    lines = [deck.title] if deck.title else []
    for title, rows in tables.items():
        if rows:
            lines += ["", title]
            lines += [f"  {row.name:{names}}  {row.value:{values}}  {row.remark}".rstrip() for row in rows]
    lines += [""] + [f"error: {problem}" for problem in errors(deck)]
    lines += [f"warning: {problem}" for problem in warnings(deck)]
    return "\n".join(lines).strip("\n")

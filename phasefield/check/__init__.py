"""What a careful person works out before running a deck, and what should make them pause.

Each physics has a package here with ``derived``, ``errors``, ``warnings``, ``sections`` and ``memory``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from phasefield.check import contact, interphase, plating, plating_interphase, wetting
from phasefield.errors import DeckError, Problem

if TYPE_CHECKING:
    from phasefield.deck import Deck

__all__ = ["derived", "errors", "report", "require", "warnings"]

_BY_MODEL: dict[str, Any] = {
    "plating": plating,
    "interphase": interphase,
    "contact": contact,
    "plating-interphase": plating_interphase,
    "wetting": wetting,
}


def derived(deck: Deck) -> dict[str, Any]:
    """Numbers that follow from a deck, in SI units by ASCII name; None for what is infinite or not there."""
    return _BY_MODEL[deck.model].derived(deck)


def errors(deck: Deck) -> list[Problem]:
    """What makes a run pointless; ``--force`` runs it all the same."""
    return _BY_MODEL[deck.model].errors(deck)


def warnings(deck: Deck) -> list[Problem]:
    """What a careful person would look at again."""
    return _BY_MODEL[deck.model].warnings(deck)


def require(deck: Deck, source: str, force: bool = False) -> None:
    """Refuse a deck whose run would be pointless.

    Parameters
    ----------
    deck : Deck
    source : str
        What the error calls the deck, usually its file.
    force : bool
        Let it pass.

    Raises
    ------
    DeckError
        With the `errors` of the deck, unless forced.
    """
    if not force and (problems := errors(deck)):
        raise DeckError(source, [Problem(p.key, f"{p.message}; --force runs it anyway") for p in problems])


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
    tables = {title: list(rows) for title, rows in _BY_MODEL[deck.model].sections(deck).items()}
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

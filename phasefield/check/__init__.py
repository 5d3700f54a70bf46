"""The check of a deck before a run: numbers that theory predicts, memory and disk space, errors and warnings.

Each model has its own functions ``derived``, ``errors``, ``warnings``, ``sections`` and ``unknowns`` in
``phasefield.physics.<model>.check``. `phasefield.check.resources` estimates memory and disk space for all models.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from phasefield.check import resources
from phasefield.check.common import impossible_steps
from phasefield.errors import DeckError, Problem, argument
from phasefield.physics.registry import part

if TYPE_CHECKING:
    from phasefield.deck import Deck

__all__ = ["derived", "errors", "needs", "report", "require", "require_room", "unknowns", "warnings"]

def _of(deck: Deck):
    return part(deck.model, "check")


def unknowns(deck: Deck) -> int:
    """Number of unknowns per cell."""
    return _of(deck).unknowns(deck)


def needs(deck: Deck) -> resources.Needs:
    """Memory and disk space that a run of a deck needs."""
    return resources.needs(deck, unknowns(deck))


def derived(deck: Deck) -> dict[str, Any]:
    """Numbers that follow from a deck, in SI units, by ASCII name; None if a number is infinite or does not apply."""
    needed = needs(deck)
    sizes = {"memory": needed.cells, "memory_per_rank": needed.rank, "disk": needed.disk}
    return _of(deck).derived(deck) | sizes


def errors(deck: Deck) -> list[Problem]:
    """Problems that make a run pointless; ``--force`` ignores them."""
    return [*resources.too_large(needs(deck)), *_pointless(deck)]


def _pointless(deck: Deck) -> list[Problem]:
    """Errors that are the same on any machine."""
    return [*impossible_steps(deck), *_of(deck).errors(deck)]


def warnings(deck: Deck) -> list[Problem]:
    """Problems that may make the results wrong or inaccurate."""
    return _of(deck).warnings(deck)


def require(
    deck: Deck, source: str, directory: Path | None = None, ranks: tuple[int, int] = (1, 1), force: bool = False
) -> None:
    """Raise an error if the run of a deck would be pointless, or would need more memory or disk space than there is.

    Parameters
    ----------
    deck : Deck
    source : str
        Name of the deck in the error message, usually its file.
    directory : Path, optional
        Run directory; it need not exist yet.
    ranks : tuple of int
        Number of ranks of the whole run, and on this machine.
    force : bool
        Skip the check.

    Raises
    ------
    DeckError
        With the `errors` of the deck, unless forced.
    """
    if not force:
        _refuse(source, _pointless(deck), deck, directory, ranks)


def require_room(deck: Deck, source: str, directory: Path, ranks: tuple[int, int], force: bool = False) -> None:
    """Raise an error if a restart would need more memory or disk space than there is; parameters as for `require`.

    The other errors of the deck were checked, or ignored with ``--force``, when the run started.
    """
    if not force:
        _refuse(source, [], deck, directory, ranks)


def _refuse(
    source: str, pointless: list[Problem], deck: Deck, directory: Path | None, ranks: tuple[int, int]
) -> None:
    problems = [*resources.too_large(needs(deck), *ranks), *pointless]
    if directory is not None:
        problems += resources.too_much(needs(deck), directory)
    if problems:
        anyway = f". Use {argument('force')} to run anyway"
        raise DeckError(source, deck.located([Problem(p.key, p.message + anyway) for p in problems]))


def _with_line(problem: Problem) -> str:
    return str(problem) if problem.line is None else f"{problem} (line {problem.line})"


def report(deck: Deck) -> str:
    """Text of the check: tables of numbers that follow from a deck, then its errors and warnings.

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
    lines += [""] + [f"error: {_with_line(problem)}" for problem in deck.located(errors(deck))]
    lines += [f"warning: {_with_line(problem)}" for problem in deck.located(warnings(deck))]
    return "\n".join(lines).strip("\n")

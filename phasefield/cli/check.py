"""``phasefield check``: validate a deck and report what theory predicts for it."""

from __future__ import annotations

from typing import Annotated

import typer

from phasefield.cli.common import DeckFile, Overrides, say
from phasefield.run import garbage


def check(
    deck: DeckFile,
    overrides: Overrides = None,
    force: Annotated[bool, typer.Option("--force", help="Exit with code 0 even if the report has errors.")] = False,
) -> None:
    """Validate a deck without running it, and print what theory predicts for it.

    The report lists characteristic lengths and times, the memory and disk space that the run needs, and errors and
    warnings about the resolution. The exit code is 2 if there are errors.
    """
    with garbage.importing():
        from phasefield.check import errors, report, warnings
        from phasefield.deck import load_deck

        case = load_deck(deck, overrides or ())
    say(report(case))
    wrong, doubtful = len(errors(case)), len(warnings(case))
    verdict = "valid, but not worth running" if wrong else "valid"
    say(f"\n{deck}: {verdict}; {_count(wrong, 'error')}, {_count(doubtful, 'warning')}")
    if wrong and not force:
        raise typer.Exit(2)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'s' * (number != 1)}"

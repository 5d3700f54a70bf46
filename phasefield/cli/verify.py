"""``phasefield verify``: solve problems with published answers, and write a page of the comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phasefield.cli.common import output_option, say


def _beginning(incomplete: str) -> list[str]:
    """Names that a shell may complete."""
    from phasefield.verify import registry

    return [case.name for case in registry.cases() if case.name.startswith(incomplete)]


def verify(
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CASE", help="Run only this case, such as sand-time. The option can be repeated.",
            autocompletion=_beginning,
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Run the long cases, too; this takes some twenty minutes.")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the cases, and run none.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Number of cases that run at the same time.")] = 1,
    output: Annotated[
        Path, output_option("Directory for the page (verify.md, .html, .json) and the runs; earlier ones are replaced.")
    ] = Path("runs/verify"),
) -> None:
    """Compare the program with formulas and published results, and write a page. It takes a few minutes on one core.

    The exit code is 1 if a number is beyond its bound or a run fails; the page is written in any case.
    """
    from phasefield.verify import registry

    if listed:
        for case in registry.cases():
            say(f"{case.name:28}{'(--full) ' if case.full else ''}{case.title}")
        return
    from phasefield.verify import command

    chosen = registry.chosen(only or (), full)
    words = ["phasefield verify", *(["--full"] if full else []), *(f"--only {name}" for name in only or ())]
    outcomes = command.verify(chosen, output, " ".join(words), say, jobs)
    if not all(outcome.held for outcome in outcomes):
        raise typer.Exit(1)

"""Arguments that several commands share, and printing on the first rank only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from phasefield.errors import RunError, printable

DeckFile = Annotated[
    Path, typer.Argument(metavar="DECK", help="Input file (deck) in TOML; inputs/README.md lists its keys.")
]
RunDirectory = Annotated[Path, typer.Argument(metavar="RUN", help="Directory of a run, such as runs/plating_film.")]
RunDirectories = Annotated[
    list[Path], typer.Argument(metavar="RUN", help="Directories of one or more runs, such as runs/plating_film.")
]


def set_option(what: str, example: str) -> Any:
    """The option ``--set`` with its help text."""
    meaning = f"Set a key of {what}, such as {example}. An empty value removes the key. The option can be repeated."
    return typer.Option("--set", metavar="KEY=VALUE", help=meaning)


Overrides = Annotated[list[str] | None, set_option("the deck", 'interface.width="1 um"')]


def output_option(meaning: str) -> Any:
    """The option ``--output`` with its help text."""
    return typer.Option("--output", "-o", metavar="PATH", help=meaning)


def say(text: str) -> None:
    """Print on the first rank."""
    if is_first_rank():
        try:
            typer.echo(printable(text))
        except OSError as error:
            message = f"the standard output cannot be written ({error.strerror or error})"
            raise RunError(message, code="unwritable") from None


def is_first_rank() -> bool:
    """Whether this process prints. Reads the launcher's environment, so that MPI need not be started for this."""
    ranks = (os.environ.get(name) for name in ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"))
    return all(rank in (None, "0") for rank in ranks)

"""``phasefield new`` and ``phasefield examples``: a deck to start from, and the decks that come with the program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phasefield.cli.common import output_option, say


def _beginning(incomplete: str, of: str) -> list[str]:
    """Names that a shell may complete."""
    from phasefield.deck import examples

    known = list(examples.STARTS) if of == "kinds" else [example.name for example in examples.examples()]
    return [name for name in known if name.startswith(incomplete)]


def new(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="KIND", help="Kind of deck, such as coated; without it, the kinds are listed.",
            autocompletion=lambda incomplete: _beginning(incomplete, "kinds"),
        ),
    ] = None,
    deck: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="File to write; by default KIND.toml.")
    ] = None,
) -> None:
    """Write a commented deck to start from. It runs in less than a minute on one core. Nothing is overwritten."""
    from phasefield.deck import examples

    if kind is None:
        _table((name, examples.start(name).kind, examples.start(name).title) for name in examples.STARTS)
        return
    say(str(examples.write_start(kind, deck or Path(f"{kind}.toml"))))


def examples(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME", help="Examples to copy, such as plating_pulse; without any, all are listed.",
            autocompletion=lambda incomplete: _beginning(incomplete, "names"),
        ),
    ] = None,
    output: Annotated[
        Path | None, output_option("Directory to copy to; by default the current one. It is created if missing.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Copy all examples, not only some.")] = False,
) -> None:
    """List the decks that come with the program, or copy some with the files that they need. Nothing is overwritten."""
    from phasefield.deck import examples as shipped

    chosen = shipped.examples() if everything else [shipped.named(name) for name in names or ()]
    if chosen:
        for path in shipped.copy(chosen, output or Path()):
            say(str(path))
    else:
        _table((example.name, example.kind, example.title) for example in shipped.examples())


def _table(rows) -> None:
    """Print rows in columns."""
    listed = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in list(zip(*listed, strict=True))[:-1]]
    for *cells, last in listed:
        say("  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), last]))

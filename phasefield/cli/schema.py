"""``phasefield keys`` and ``phasefield schema``: the keys of decks, for readers and for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phasefield.cli.common import output_option, say
from phasefield.errors import RunError


def keys() -> None:
    """Print every key of a deck with its unit, default and meaning, in Markdown."""
    from phasefield.deck import markdown

    say(markdown().rstrip("\n"))


def schema(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Model whose decks the schema describes, such as interphase.")
    ] = "plating",
    output: Annotated[Path | None, output_option("File to write; by default the schema is printed.")] = None,
) -> None:
    """Export the JSON schema of decks, with which an editor completes keys and marks mistakes."""
    import json

    from phasefield.deck import json_schema

    text = json.dumps(json_schema(model), indent=2, ensure_ascii=False)
    if output is None:
        say(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise RunError(f"{output}: cannot be written: {error.strerror}", code="unwritable") from None

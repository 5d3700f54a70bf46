"""``phasefield materials``: look up the built-in materials."""

from __future__ import annotations

from typing import Annotated

import typer

from phasefield.cli.common import say

materials = typer.Typer(no_args_is_help=True, help="Look up built-in materials: values, units and references.")


@materials.command("list")
def list_materials() -> None:
    """Print all materials with their conductivities and electrochemical stability windows."""
    from phasefield.materials.tables import overview

    say(overview())


@materials.command("show")
def show_material(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a material, such as LLZO.")],
) -> None:
    """Print all values of a material and the references that they come from."""
    from phasefield.materials.tables import sheet

    say(sheet(name))


@materials.command("cite")
def cite_materials(
    chosen: Annotated[list[str], typer.Argument(metavar="NAME", help="Names of materials, such as LLZO LiF.")],
    as_bibtex: Annotated[bool, typer.Option("--bibtex", help="Print the references in BibTeX.")] = False,
) -> None:
    """Print the references for the values of materials."""
    from phasefield.materials.tables import bibtex, citations

    say(bibtex(chosen) if as_bibtex else citations(chosen))

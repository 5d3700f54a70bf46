"""Pages that are made when the site is built, so that they cannot be old: keys, commands, Python, gallery, decks."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import PurePosixPath

import typer
from typer.cli import get_docs_for_click

import phasefield
from phasefield import errors, theory
from phasefield.cli.program import app
from phasefield.deck.examples import examples
from phasefield.deck.export import HEAD, chapter
from phasefield.io.rundir import History, Run
from phasefield.physics import registry
from tools.site import gallery

#: The same place as in the repository, where one page holds the keys of all models.
KEYS = PurePosixPath("inputs/README.md")
COMMANDS, API, GALLERY = (PurePosixPath(f"docs/{name}.md") for name in ("commands", "api", "gallery"))
TITLES = {
    KEYS: "Keys of decks",
    COMMANDS: "Commands",
    API: "Python",
    GALLERY: "Every shipped deck",
}


def made() -> dict[PurePosixPath, str]:
    """All of them, by their place."""
    keys = {KEYS.parent / "keys" / f"{model}.md": chapter(model) for model in registry.names()}
    decks = {gallery.place(example): gallery.deck_page(example) for example in examples()}
    return {KEYS: keys_page(), COMMANDS: commands_page(), API: api_page(), GALLERY: gallery.page(), **keys, **decks}


def keys_page() -> str:
    """What all decks have in common, and the way to the keys of each model."""
    links = "\n".join(f"- [Keys of `{model}`](keys/{model}.md)" for model in registry.names())
    head = HEAD.replace("tables below list", "pages below list")
    return f"{head}\n## Keys of each model\n\n{links}\n"


def commands_page() -> str:
    """The help texts of all commands."""
    command = typer.main.get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name="phasefield")
    return text.replace("# `phasefield`", "# Commands", 1)


def api_page() -> str:
    """What Python programs use, from the docstrings."""
    names = [name for name in phasefield.__all__ if not name.startswith("_")]
    public = [f"phasefield.{name}" for name in names]
    results = [f"{kind.__module__}.{kind.__qualname__}" for kind in (Run, History)]
    raised = [f"{errors.__name__}.{name}" for name, kind in vars(errors).items() if inspect.isclass(kind)
              and issubclass(kind, errors.PhasefieldError)]  # fmt: skip
    modules = [f"{theory.__name__}.{module.name}" for module in pkgutil.iter_modules(theory.__path__)]
    return "\n".join([
        "# Python", "", "## What `import phasefield` gives", "", *_blocks(public),
        "## Results", "", *_blocks(results),
        "## Errors", "", *_blocks(raised),
        "## Formulas", "",
        "The package `phasefield.theory` has the formulas with which `phasefield check` and the tests compare.", "",
        *(line for module in modules for line in (f"### `{module}`", "", *_block("automodule", module))),
    ])  # fmt: skip


def _blocks(names: list[str]) -> Iterator[str]:
    for dotted in names:
        thing = pkgutil.resolve_name(dotted)
        yield from _block("autoclass" if inspect.isclass(thing) else "autofunction", dotted)


def _block(directive: str, name: str) -> Iterator[str]:
    members = "" if directive == "autofunction" else "   :members:\n"
    yield from (f"```{{eval-rst}}\n.. {directive}:: {name}\n{members}```", "")

"""Find and read the files of materials."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from phasefield.deck.explain import explain, nearest, shown
from phasefield.materials.schema import Material, MaterialError

_PLAIN = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789", " -–_.()|:")


def names() -> tuple[str, ...]:
    """The names of all materials, in alphabetical order."""
    return tuple(sorted(_texts(), key=str.casefold))


@cache
def load(name: str) -> Material:
    """Read a material.

    Parameters
    ----------
    name : str
        Its name or an alias; case, spaces, hyphens and subscripts do not matter.

    Returns
    -------
    Material

    Raises
    ------
    MaterialError
        No material has this name, or its file is not valid.
    """
    proper = find(name)
    return parse(_texts()[proper], _source(proper))


def find(name: str) -> str:
    """The full name of a material, given its name or an alias; MaterialError if there is none."""
    plain = _plain(name)
    known = {_plain(proper): proper for proper in _texts()}
    if plain not in known:
        known = _index()  # for which all files are read
    if plain in known:
        return known[plain]
    near = nearest(plain, list(known))
    meant = f"did you mean {known[near]}? " if near else ""
    raise MaterialError(
        f"no material is called {shown(name)}; {meant}`phasefield materials list` shows all", code="unknown-name"
    )


def parse(text: str, source: str) -> Material:
    """Validate the text of a material's file; errors name it `source`."""
    data = _data(text, source)
    try:
        return Material.model_validate(data)
    except ValidationError as error:
        problems = explain(error, data, Material)
        raise MaterialError("\n".join(f"{source}: {problem}" for problem in problems)) from None


def written(name: str) -> dict[str, Any]:
    """A material's file as it is written, with the values in the units of the file."""
    proper = find(name)
    return _data(_texts()[proper], _source(proper))


@cache
def _texts() -> dict[str, str]:
    """The text of each file by the name of its material, which is also the name of the file."""
    found = (entry for entry in files(__package__).iterdir() if entry.name.endswith(".toml"))
    return {entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8") for entry in found}


@cache
def _index() -> dict[str, str]:
    """Full name of each material by its name and its aliases."""
    index: dict[str, str] = {}
    for proper, text in _texts().items():
        aliases = _data(text, _source(proper)).get("aliases", ())
        for called in (_plain(word) for word in (proper, *aliases)):
            if index.setdefault(called, proper) != proper:
                raise MaterialError(f"phasefield/materials: {called} means both {index[called]} and {proper}")
    return index


def _data(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise MaterialError(f"{source}: is not valid TOML: {error}") from None


def _source(proper: str) -> str:
    return f"phasefield/materials/{proper}.toml"


def _plain(name: str) -> str:
    return name.translate(_PLAIN).casefold()

"""Write a dict or a Deck as the text of a deck, so that a run made from Python can be restarted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import numpy as np
from pydantic import BaseModel

from phasefield.deck.common import Deck
from phasefield.deck.keys import Key
from phasefield.errors import DeckError, Problem


def text_of(data: Mapping[str, Any], source: str = "deck") -> str:
    """The text of a deck that is given as a dict in the form that ``tomllib`` returns.

    Raises
    ------
    DeckError
        A value cannot be written in TOML; the error names `source`.
    """
    import tomlkit

    problems: list[Problem] = []
    plain = _plain(data, "", problems)
    if problems:
        raise DeckError(source, problems)
    return tomlkit.dumps(plain)


def text_of_deck(deck: Deck, source: str = "deck") -> str:
    """The text of a validated deck: the keys that were set, in SI units.

    A mesh is named by its copy in the run directory.
    """
    data = _section(deck)
    if deck.attachments:
        box = data["domain"]
        data["domain"] = {key: value for key, value in box.items() if key not in ("size", "cells")}
        for key, (name, _) in deck.attachments.items():
            section, _, last = key.rpartition(".")
            data[section][last] = name
    return text_of(data, source)


def _section(section: BaseModel) -> dict[str, Any]:
    """Keys that were set, in the order of the schema; a None is omitted."""
    found = {}
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if name in section.model_fields_set and value is not None:
            found[name] = _written(value, Key("", name, field).unit)
    return found


def _written(value: Any, unit: str | None) -> Any:
    if isinstance(value, BaseModel):
        return _section(value)
    if isinstance(value, list | tuple):
        return [_written(item, unit) for item in value]
    return f"{value!r} {unit}" if isinstance(value, float) and unit else value


def _plain(value: Any, key: str, problems: list[Problem]) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item, f"{key}.{name}".lstrip("."), problems) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item, f"{key}.{index}", problems) for index, item in enumerate(value)]
    if isinstance(value, PurePath):
        return str(value)
    if not isinstance(value, bool | int | float | str):
        hint = "leave out what does not apply" if value is None else f"is of type {type(value).__name__}"
        problems.append(Problem(key, f"has no form in a deck: {hint}; texts, numbers, lists and tables have"))
    return value

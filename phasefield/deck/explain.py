"""Translate the errors of pydantic into messages with key, value and what is allowed."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from phasefield.deck.base import Inconsistent
from phasefield.deck.drive import BLOCK, STEP
from phasefield.deck.keys import Key, keys
from phasefield.errors import Problem
from phasefield.units import describe

MAX_PROBLEMS = 50

_WANTED = {
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "string_type": "must be a text in quotes",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "model_type": "must be a table",
    "finite_number": "must be finite",
}


def explain(error: ValidationError, data: Any, schema: type[BaseModel]) -> list[Problem]:
    """Translate pydantic's errors.

    Parameters
    ----------
    error : ValidationError
        Raised by ``schema.model_validate``.
    data : dict
        The validated data.
    schema : type
        The schema of the validation.

    Returns
    -------
    list of Problem
        At most `MAX_PROBLEMS`, and one that gives the number of the others.
    """
    known = list(keys(schema))
    problems = (p for e in error.errors(include_url=False) for p in _explain(e, data, known))
    found = list(islice(problems, MAX_PROBLEMS))
    more = error.error_count() - MAX_PROBLEMS
    return [*found, Problem("", f"and about {more} more problems")] if more > 0 else found


def _explain(error: Any, data: Any, known: Sequence[Key]) -> Iterator[Problem]:
    path = tuple(part for part in error["loc"] if part not in (STEP, BLOCK))
    kind = error["type"]
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, Inconsistent):
        for problem in cause.problems:
            names = problem.key.split(".") if problem.key else ()
            inner = (*path, *(int(name) if name.isdecimal() else name for name in names))
            yield Problem(_dotted(inner), problem.message, shown(_look_up(data, inner)))
    elif kind == "missing":
        yield Problem(_dotted(path), f"is required{_wanted(path, known)}")
    elif kind == "extra_forbidden":
        yield Problem(_dotted(path), _unknown(path, known), shown(error["input"]))
    elif kind != "too_short" or not error["input"]:  # a list whose entries are wrong counts as short too
        yield Problem(_dotted(path), _refusal(error, cause), shown(error["input"]))


def _refusal(error: Any, cause: Exception | None) -> str:
    value, kind = error["input"], error["type"]
    if cause is not None:
        return str(cause)
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        if not choices:
            return f"must be {error['ctx']['expected']}"
        listed = ", ".join(f'"{choice}"' for choice in choices)
        near = nearest(str(value), choices)
        return f"must be one of {listed}" + (f'; did you mean "{near}"?' if near else "")
    if kind in _WANTED:
        quoted = kind in ("float_type", "int_type", "bool_type") and isinstance(value, str)
        return _WANTED[kind] + (", without quotes" if quoted else "")
    if kind == "too_short":
        return "must not be empty"
    return re.sub(r"^\w+ should ", "must ", error["msg"])


def _wanted(path: tuple, known: Sequence[Key]) -> str:
    """Short description of the value that a path requires."""
    name = _schema_path(path)
    for key in known:
        if key.path.replace("[]", "") == name:
            if key.unit:
                return f": {describe(key.unit)}"
            if key.choices:
                return ": one of " + ", ".join(json.dumps(choice) for choice in key.choices)
            return f": {key.field.description}"
    return ""


def _unknown(path: tuple, known: Sequence[Key]) -> str:
    """Message that suggests the nearest key of this section, or the only section that has a key of this name."""
    section, name = _schema_path(path[:-1]), str(path[-1])
    siblings = list(dict.fromkeys(key.name for key in known if key.section.replace("[]", "") == section))
    here = _deck_of(section, known)
    elsewhere = {key.path for key in known if key.name == name and _deck_of(key.section, known) == here}
    if near := nearest(name, siblings):
        return f"unknown key; did you mean {_dotted((*path[:-1], near))}?"
    elsewhere = {place for place in elsewhere if place.startswith(f"{section}.")} or elsewhere
    if len(elsewhere) == 1 and "[]" not in (place := elsewhere.pop()):
        return f"unknown key; did you mean {place}?"
    models = [f' of model "{key.choices[0]}"' for key in known if key.path == "model" and not section and key.choices]
    return f"unknown key{''.join(models)}; allowed here: " + ", ".join(siblings)


def _deck_of(section: str, known: Sequence[Key]) -> str:
    """Key of the nested deck to which a section belongs; empty if it belongs to the deck itself."""
    inner = (key.path for key in known if key.is_deck)
    return next((path for path in inner if f"{section}.".startswith(f"{path}.")), "")


def nearest(word: str, choices: Sequence[str]) -> str | None:
    near = difflib.get_close_matches(word[:80].lower(), choices, n=1, cutoff=0.65)
    return near[0] if near else None


def _schema_path(path: tuple) -> str:
    """Dotted path without list indices; as `Key.path`, but without brackets."""
    return ".".join(str(part) for part in path if not isinstance(part, int))


def _look_up(data: Any, path: tuple) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _dotted(path: tuple) -> str:
    names = (str(p) if re.fullmatch(r"[\w-]{1,60}", str(p)) else shown(str(p)) for p in path)
    return ".".join(names)


def shown(value: Any, longest: int = 60) -> str:
    """A value as in TOML, cut short; containers only if they are small."""
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        items = [shown(item) for item in value[:5]]
        text = ", ".join(items)
        return f"[{text}]" if len(value) <= 5 and len(text) <= longest else f"a list of {len(value)}"
    if isinstance(value, str):
        text = json.dumps(value[: longest + 1], ensure_ascii=not value.isprintable())
    elif isinstance(value, int):
        text = str(value) if abs(value) < 10**longest else "an enormous number"
    else:
        text = str(value)
    return text if len(text) <= longest + 2 else text[:longest] + "…"

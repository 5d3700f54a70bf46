"""Read a deck: first the file, then the overrides, then validation; all mistakes are reported in one DeckError."""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Callable, Iterator, MutableMapping, MutableSequence, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from phasefield.deck.base import Section
from phasefield.deck.common import Deck
from phasefield.deck.explain import explain, nearest, shown
from phasefield.deck.keys import keys
from phasefield.deck.lines import Written, locating
from phasefield.deck.renamed import given_twice, old_names, renamed, synonyms
from phasefield.errors import DeckError, Problem, argument, printable
from phasefield.physics import registry

log = logging.getLogger(__name__)

S = TypeVar("S", bound=Section)

#: Largest size of a deck, which is written by hand [byte].
MAX_BYTES = 1_000_000
#: The parser's time grows with the square of the depth of a dotted key.
_TOO_DEEP = re.compile(r"""(?<![\w"'-])(?:[\w"'-]+[ \t]*\.[ \t]*){50}""")


def load_deck(path: str | Path, overrides: Sequence[str] = ()) -> Deck:
    """Read and validate a deck.

    Parameters
    ----------
    path : str or Path
        A TOML file.
    overrides : sequence of str
        ``"drive.steps.0.voltage=-0.1 V"`` sets a key, ``"coating="`` removes one. The value is TOML, or a
        plain text if it is no valid TOML.

    Returns
    -------
    Deck

    Raises
    ------
    DeckError
        Lists every problem.
    """
    return parse_deck(read_text(path), str(path), overrides, Path(path).parent, lines=True)


def parse_deck(
    text: str, source: str = "deck", overrides: Sequence[str] = (), folder: Path | None = None, physics: Any = None,
    lines: bool = False,
) -> Deck:  # fmt: skip
    """Validate the text of a deck, as `load_deck` does; errors name `source`, and ``lines`` of it if asked to.

    ``folder`` contains the files that the deck names; without it, the deck must not name files. ``physics`` is the
    :class:`phasefield.Model` of a script; without it, the deck's ``model`` must be installed.
    """
    written = Written(text if lines else "", overrides)

    def schema(data: dict) -> type[Deck]:
        if physics is not None:
            return registry.custom_schema()
        if _is_study(data):
            what = "is a study: `phasefield study {0}` lists its members, `phasefield study {0} --run` runs them"
            raise DeckError(source, [Problem("", what.format(source))])
        return schema_of(data.get("model", registry.DEFAULT), source)

    with locating(written, source):
        deck = validated(text, source, overrides, schema, folder, physics)
    deck.set_text(written)
    return deck


def _is_study(data: dict) -> bool:
    """Whether the keys are those of a study deck, not of a deck of any model."""
    return isinstance(data.get("base"), str) and "axes" in data and "domain" not in data


def schema_of(name: Any, source: str) -> type[Deck]:
    """The deck class of a model, given the name in a deck.

    Raises
    ------
    DeckError
        No model has this name; the error names `source`.
    """
    if isinstance(name, str) and registry.known(name):
        try:
            return registry.schema(name)
        except registry.BrokenModel as error:
            raise DeckError(source, [Problem("model", str(error), shown(name))]) from error
    if isinstance(name, str) and name.endswith(registry.OF_SCRIPT):
        message = 'belongs to a script: continue there with phasefield.restart("RUN", model=...), or install the model'
        raise DeckError(source, [Problem("model", message, shown(name))])
    names = registry.names()
    near = nearest(name, list(names)) if isinstance(name, str) else None
    message = "must be one of " + ", ".join(f'"{model}"' for model in names)
    raise DeckError(source, [Problem("model", message + (f'; did you mean "{near}"?' if near else ""), shown(name))])


def validated(
    text: str,
    source: str,
    overrides: Sequence[str],
    schema_for: Callable[[dict], type[S]],
    folder: Path | None = None,
    physics: Any = None,
) -> S:
    """Validate a text in TOML by the schema that its own content asks for; ``folder``, ``physics`` as of `parse_deck`.

    Raises
    ------
    DeckError
        Lists every problem, and names `source`.
    """
    data = _parse(text, source)
    problems = [*_override(data, overrides), *_unprintable(data)]
    if problems:
        raise DeckError(source, problems)
    schema = schema_for(data)
    old = old_names(data, {key.path for key in keys(schema)})
    if problems := given_twice(data, old):
        raise DeckError(source, problems)
    for pair in old.items():
        _name_the_new_key(*pair)
    data = renamed(data, old)
    try:
        return schema.model_validate(data, context={"folder": folder, "physics": physics})
    except ValidationError as error:
        raise DeckError(source, explain(error, data, schema)) from None


@cache
def _name_the_new_key(old: str, new: str) -> None:
    """Log the new name of a key once per process, since a study reads its base deck for each member."""
    log.warning("the deck's key %s is %s now; the old name still works", old, new)


def deck_text(path: str | Path, overrides: Sequence[str] = ()) -> str:
    """The text of a deck with the overrides written into it, comments kept.

    Raises
    ------
    DeckError
        The file cannot be read, or an override does not fit it.
    """
    return overridden(read_text(path), str(path), overrides)


def overridden(text: str, source: str, overrides: Sequence[str]) -> str:
    """The same for a text; errors name `source`."""
    import tomlkit

    _parse(text, source)
    if not overrides:
        return text
    document = tomlkit.parse(text)
    if problems := _override(document, overrides):
        raise DeckError(source, problems)
    return tomlkit.dumps(document)


def read_text(path: str | Path) -> str:
    """The text of a deck.

    Raises
    ------
    DeckError
        The file cannot be read, or is no text.
    """
    try:
        if not Path(path).is_file():
            what = "is a directory" if Path(path).is_dir() else "no such file"
            raise DeckError(str(path), [Problem("", f"{what}; a deck must be a TOML file")])
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise DeckError(str(path), [Problem("", f"is larger than {MAX_BYTES} bytes; a deck is a small TOML file")])
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = Problem("", f"is not text encoded in UTF-8 (byte {error.start} is invalid)")
        raise DeckError(str(path), [problem]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DeckError(str(path), [Problem("", f"cannot be read: {reason}")]) from None


def _parse(text: str, source: str) -> dict[str, Any]:
    try:
        if _TOO_DEEP.search(text):
            raise RecursionError
        return tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise DeckError(source, [Problem("", "has tables or lists that are nested too deeply")]) from None
    except ValueError as error:  # TOMLDecodeError, or the error of an overlong integer
        raise DeckError(source, [Problem("", f"is not valid TOML: {error}")]) from None


def _unprintable(data: Any, key: str = "") -> Iterator[Problem]:
    """Problems of texts with control characters or line ends, which a terminal would execute."""
    if isinstance(data, str) and printable(data).replace("\n", "\\n") != data:
        yield Problem(key, "must be one line without control characters", shown(data))
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, value in pairs:
        yield from _unprintable(value, f"{key}.{printable(str(name)[:60])}".lstrip("."))


def _override(data: Any, overrides: Sequence[str]) -> list[Problem]:
    """Apply overrides in place; return the problems of those that do not fit."""
    problems = []
    for override in overrides:
        key, equals, value = override.partition("=")
        key = key.strip()
        parts = key.split(".")
        if not equals or not all(parts) or len(parts) > 20:
            message = "must be written as KEY=VALUE, such as interface.width=2um"
            problems.append(Problem(f"{argument('overrides')} {override[:60]}", message))
            continue
        try:
            _set(data, parts, value.strip())
        except (KeyError, IndexError, TypeError, ValueError) as error:
            problems.append(Problem(key, f"cannot be set: {error.args[0]}"))
    return problems


def _set(data: Any, parts: list[str], value: str) -> None:
    for depth, part in enumerate(parts[:-1]):
        if isinstance(data, MutableMapping):
            data = data.setdefault(part, {})
        else:
            data = data[_index(data, parts, depth)]
    last: Any = parts[-1]
    if isinstance(data, MutableMapping):  # use the name of a renamed key that is in the file
        last = next((name for name in (last, *synonyms(".".join(parts))) if name in data), last)
    else:
        last = _index(data, parts, len(parts) - 1)
    if value == "":
        if isinstance(data, MutableMapping) and last not in data:
            raise KeyError("the deck has no such key that could be removed")
        del data[last]
    else:
        data[last] = _value(value)


def _index(data: Any, parts: list[str], depth: int) -> int:
    name = ".".join(parts[:depth])
    if not isinstance(data, MutableSequence):
        raise TypeError(f"{name} is neither a table nor a list")
    if not parts[depth].isdecimal() or int(parts[depth][:9]) >= len(data):
        raise IndexError(f"{name} has {len(data)} entries, numbered from 0")
    return int(parts[depth])


def _value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return parsed["value"] if parsed.keys() == {"value"} else text

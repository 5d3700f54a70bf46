"""JSON files of runs and studies, with a checksum; damage raises one clear error."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from phasefield.errors import RunError
from phasefield.io import safe

#: Key of the checksum: SHA-256 of all other keys, in JSON without spaces, in order of the names.
CHECKSUM = "sha256"
#: The largest such file [byte].
MOST = 1 << 26
#: The longest integer: more than 2⁶⁴ has.
MOST_DIGITS = 21


class Record(dict[str, Any]):
    """An object of a JSON file: a missing key is a RunError that names the file."""

    source: Path

    def __missing__(self, key: str) -> Any:
        raise RunError(f"{self.source}: has no '{key}'; not what this version writes, or damaged", code="unreadable")


def text_of(content: dict[str, Any]) -> str:
    """A record as text, with its checksum."""
    plain = json.loads(json.dumps(content, default=str))
    return json.dumps(plain | {CHECKSUM: _digest(plain)}, indent=1) + "\n"


def read_record(path: Path, below: int = 1) -> Record:
    """Read a record; one without a checksum (of an earlier version or another program) is not verified.

    Parameters
    ----------
    path : Path
    below : int
        As for `phasefield.io.safe.descriptor`.

    Raises
    ------
    RunError
        There is no such file, or it differs from what was written.
    """

    def record(found: dict[str, Any]) -> Record:
        made = Record(found)
        made.source = path
        return made

    try:
        content = json.loads(safe.read(path, below, MOST), object_hook=record, parse_int=_integer)
        if not isinstance(content, Record):
            raise RunError(f"{path}: not what a run writes", code="unreadable")
        expected = content.pop(CHECKSUM, None)
        if expected is None and _is_renamed(*next(reversed(content.items()), ("", ""))):
            raise RunError(f"{path}: is damaged: its checksum has lost its name", code="damaged")
        if expected is not None and _digest(content) != expected:
            raise RunError(f"{path}: is damaged: its content does not fit its checksum", code="damaged")
    except FileNotFoundError:
        raise RunError(f"{path}: missing; the run has not written it (yet)") from None
    except OSError as error:
        raise RunError(f"{path}: cannot be read ({error.strerror or error})", code="unreadable") from None
    except RecursionError:
        raise RunError(f"{path}: not what a run writes; it is nested too deeply", code="unreadable") from None
    except ValueError as error:
        raise RunError(f"{path}: not valid JSON ({error})", code="unreadable") from None
    return content


def require_kinds(path: Path, record: Record, kinds: Mapping[str, Any]) -> Record:
    """Return the record; raise RunError if an entry has another type than required.

    Parameters
    ----------
    path : Path
        File that the error names.
    record : Record
    kinds : mapping
        By key: a type, several types, or a mapping like this one for an object.
    """
    for key in kinds.keys() & record.keys():
        inner = kinds[key] if isinstance(kinds[key], dict) else None
        if not isinstance(record[key], dict if inner is not None else kinds[key]):
            raise RunError(f"{path}: '{key}' is {record[key]!s:.40}; not what a run writes", code="unreadable")
        if inner:
            require_kinds(path, record[key], inner)
    return record


def _integer(text: str) -> int:
    """An integer of JSON, where it may have any size; ValueError if it is larger than any that a run writes."""
    if len(text) > MOST_DIGITS:
        raise ValueError(f"an integer of {len(text)} digits")
    return int(text)


def _is_renamed(key: str, value: Any) -> bool:
    """Whether an entry is the checksum under a slightly changed name, and not another digest."""
    digest = isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value)
    return bool(digest and get_close_matches(key, [CHECKSUM]))


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

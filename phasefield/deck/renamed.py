"""Renamed keys and changed defaults of decks.

Old names still work in decks, studies and run directories; a run keeps the defaults that it was made with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from phasefield.errors import Problem

#: Present key by old key, both in the same section.
RENAMED: dict[str, str] = {"lithium.stress": "lithium.pressure"}
#: By the present key, the old key that the digest of a deck still uses, so that digests do not change.
FORMER: dict[str, str] = {new: old for old, new in RENAMED.items()}


#: Defaults of earlier versions that are others now, by key.
FORMER_DEFAULTS: dict[str, str] = {"interface.capillarity": "effective"}


def kept_defaults(before: Any, after: Any) -> list[str]:
    """Overrides with which a restart keeps the defaults of the version that made a run.

    Parameters
    ----------
    before, after : dict
        Resolved decks of the run, and of its deck in this version.
    """
    return [
        f"{key}={value}"
        for key, value in FORMER_DEFAULTS.items()
        if _value(before, key) == value != _value(after, key) is not None
    ]


def _value(resolved: Any, key: str) -> Any:
    for part in key.split("."):
        resolved = resolved.get(part) if isinstance(resolved, dict) else None
    return resolved


def renamed(values: Any, names: Mapping[str, str] = RENAMED, section: str = "") -> Any:
    """A copy of a deck's values with keys renamed; a key is kept if its new name is already used.

    Parameters
    ----------
    values : dict
        Values of a deck, as written or resolved.
    names : mapping of str to str
        New by old dotted keys; by default the present by the old keys.
    section : str
        Dotted key of `values` in the deck, with a dot at the end; empty for a whole deck.
    """
    if not isinstance(values, dict):
        return values
    out = {}
    for key, value in values.items():
        name = names.get(f"{section}{key}", key).rpartition(".")[2]
        out[key if name in values else name] = renamed(value, names, f"{section}{key}.")
    return out


def old_names(values: dict[str, Any], known: Collection[str]) -> dict[str, str]:
    """Old keys in a deck with their present names, as far as its model has them."""
    return {old: new for old, new in RENAMED.items() if new in known and _has(values, old)}


def given_twice(values: dict[str, Any], old: Mapping[str, str]) -> list[Problem]:
    """Problems of keys that are given by their old and by their present name."""
    return [
        Problem(key, f"is the old name of {new}, which is given too: leave {key} out")
        for key, new in old.items()
        if _has(values, new)
    ]


def synonyms(key: str) -> list[str]:
    """Last parts of other names of a dotted key."""
    pairs = RENAMED.items()
    others = [new for old, new in pairs if old == key] + [old for old, new in pairs if new == key]
    return [name.rpartition(".")[2] for name in others]


def _has(values: Any, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(values, dict) or part not in values:
            return False
        values = values[part]
    return True

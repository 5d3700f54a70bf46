"""What a restart may change in the deck of a run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phasefield.deck import Deck
from phasefield.deck.common import DrivenDeck
from phasefield.deck.renamed import renamed
from phasefield.errors import RunError

if TYPE_CHECKING:
    from phasefield.run.restart import Saved

#: Largest relative difference between one value as read by two versions.
ROUND_OFF = 1e-9
#: Keys that a restart may change: the operation of the cell and the numerics, not the cell itself.
CHANGEABLE = ("title", "drive.cycles", "stop", "time", "solver", "output", "checkpoint")


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Keys in which two resolved decks differ, with both values; None where a key is missing."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return {key: (old.get(key), new.get(key)) for key in sorted({*old, *new}) if old.get(key) != new.get(key)}


def completed(saved: Any, now: Any) -> Any:
    """A resolved deck of an earlier version, completed with keys that are new in this version.

    Values that differ only by new digits of physical constants are also taken from this version.
    """
    if isinstance(saved, float) and isinstance(now, float) and math.isclose(saved, now, rel_tol=ROUND_OFF):
        return now
    if isinstance(saved, dict) and isinstance(now, dict):
        return saved | {key: completed(saved[key], value) if key in saved else value for key, value in now.items()}
    if isinstance(saved, list) and isinstance(now, list) and len(saved) == len(now):
        return [completed(*pair) for pair in zip(saved, now, strict=True)]
    return saved


def require_continuable(saved: Saved, unchanged: Deck, deck: Deck, unit: float) -> dict[str, tuple[Any, Any]]:
    """The changes of a deck since a checkpoint, in SI units.

    Parameters
    ----------
    unchanged : Deck
        The deck of the run directory.
    deck : Deck
        The deck with the present overrides.
    unit : float [s]
        Time unit of the model.

    Raises
    ------
    RunError
        A change would define another cell, or the new end is before the checkpoint.
    """
    if set(deck.output.fields) != set(unchanged.output.fields):
        raise RunError(
            "a restart cannot change output.fields, because all snapshots of a file have the same fields; run the "
            "changed deck instead",
            code="changed-key",
        )
    found = changes(completed(renamed(saved.manifest["deck"]), unchanged.resolved()), deck.resolved())
    if wrong := [key for key in found if not any(key == part or key.startswith(f"{part}.") for part in CHANGEABLE)]:
        listed = ", ".join(f"{key} ({found[key][0]} → {found[key][1]})" for key in wrong[:5])
        raise RunError(
            f"a restart cannot change {listed}; this key defines the cell, so run the changed deck instead",
            code="changed-key",
        )
    if found and deck.planned_time <= saved.time * unit * (1 + 1e-12):
        raise RunError(
            f"the run would end at {deck.planned_time:g} s; but its checkpoint is already at {saved.time * unit:g} s",
            code="end-passed",
        )
    begun = saved.numbers.get("protocol", {}).get("index", 0)
    if found and isinstance(deck, DrivenDeck) and begun >= (number := sum(1 for _ in deck.drive.unrolled())):
        raise RunError(
            f"the drive would have {number} steps; but its checkpoint is already in step {begun + 1}", code="end-passed"
        )
    return found


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list) and value:
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for name, entry in entries:
            yield from _flat(entry, f"{key}.{name}" if key else str(name))
    else:
        yield key, value

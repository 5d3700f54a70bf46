"""The drive of a deck in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from phasefield.check.common import Row, si
from phasefield.deck.drive import DAY, Block, Drive, DriveStep

if TYPE_CHECKING:
    from phasefield.deck.common import DrivenDeck

#: Steps that are listed.
LISTED = 12


def drive_rows(deck: DrivenDeck) -> Iterator[Row]:
    """The drive, each of its steps with what ends it, and the planned time."""
    drive = deck.drive
    yield Row("drive", _repeated(drive), "")
    rows = list(_rows(drive, "", ("plate", "strip") if deck.of_lithium else ("lithiate", "delithiate")))
    yield from rows[:LISTED]
    if len(rows) > LISTED:
        yield Row("  …", f"{len(rows) - LISTED} more", "")
    earlier = any(step.conditions for step in drive.each)
    yield Row("planned time", si(deck.planned_time, "s"), "if no condition ends a step earlier" if earlier else "")


def _repeated(block: Drive | Block) -> str:
    number = len(block.steps)
    steps = f"{number} step{'s' * (number > 1)}"
    return steps + f" × {block.cycles} cycles" * (block.cycles > 1)


def _rows(block: Drive | Block, outer: str, verbs: tuple[str, str]) -> Iterator[Row]:
    for number, entry in enumerate(block.steps, start=1):
        name = f"  step {outer}{number}"
        if isinstance(entry, Block):
            yield Row(name, _repeated(entry), "")
            yield from _rows(entry, f"{outer}{number}.", verbs)
        else:
            yield Row(name, _driven(entry, verbs), _ended(entry))


def _driven(step: DriveStep, verbs: tuple[str, str]) -> str:
    if step.current_density is not None:
        return f"{verbs[0] if step.plates else verbs[1]} at {si(abs(step.current_density), 'A/m^2')}"
    return f"hold at {si(step.voltage, 'V')}" if step.voltage is not None else "rest"


def _ended(step: DriveStep) -> str:
    ends = [f"for {si(step.duration, 's')}"] if step.duration is not None else []
    ends += [f"until {_met(key, limit, step)}" for key, limit in step.conditions.items()]
    if step.longest == DAY and step.duration is None:
        ends.append("for a day")
    return ", or ".join(ends) if ends or not math.isinf(step.longest) else "until the end of the run"


def _met(key: str, limit: float, step: DriveStep) -> str:
    if key == "voltage":
        return f"the voltage {'falls' if step.plates else 'rises'} to {si(limit, 'V')}"
    if key == "current":
        return f"the current density falls to {si(limit, 'A/m^2')}"
    if key == "charge":
        return f"{limit / 36000:.4g} mAh/cm² have passed"
    if key == "tip_height":
        return f"the tip is at {si(limit, 'm')}"
    return f"the voltage changes by less than {si(limit * 3600, 'V')} per hour"

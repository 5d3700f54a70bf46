"""Conditions under which a run ends before its planned time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from phasefield.deck.operation import Stop

#: How exactly a limit is met, relative to it.
EXACT = 1e-6
#: How exactly a voltage is met [V], which may be 0.
EXACT_VOLTAGE = 1e-6


@dataclass(frozen=True)
class Limit:
    """A condition that ends a run when a quantity reaches a value; the last time step is cut so that it just does.

    Attributes
    ----------
    reason : str
        Why the run ends, for its status.
    beyond : callable
        How far the values of a row are beyond the limit, in its SI unit; negative while it is not reached.
    tolerance : float
        How far they may be beyond, in the same unit.
    """

    reason: str
    beyond: Callable[[Mapping[str, float]], float]
    tolerance: float


def limits(stop: Stop) -> Iterator[Limit]:
    """Limits of a ``[stop]`` section."""
    charge, height = stop.charge, stop.tip_height
    if charge is not None:
        yield Limit("planned charge passed", lambda row: abs(row["Charge passed"]) - charge, EXACT * charge)
    if height is not None:
        yield Limit("planned tip height reached", lambda row: row["Tip height"] - height, EXACT * height)


def short_circuit(stop: Stop, row: Mapping[str, float]) -> str | None:
    """The reason to end a run in whose last row lithium connects the electrodes, or None."""
    ends = stop.short_circuit and row["Short circuit"]
    return "short circuit: lithium connects the electrodes" if ends else None

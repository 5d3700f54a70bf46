"""Conditions under which a plating run ends before its planned time."""

from __future__ import annotations

import math
from collections.abc import Mapping

from phasefield.deck.operation import Stop


def stop_reason(stop: Stop, row: Mapping[str, float]) -> str | None:
    """The condition of the ``[stop]`` section that a row meets, or None."""

    def reached(limit, column):
        return row[column] >= (math.inf if limit is None else limit)

    if stop.short_circuit and row["Short circuit"]:
        return "short circuit: lithium connects the electrodes"
    if reached(stop.charge, "Charge passed"):
        return "planned charge passed"
    if reached(stop.tip_height, "Tip height"):
        return "planned tip height reached"
    return None

"""Balances of what is conserved: whether an amount has changed by what came in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

#: Relative round-off of a sum over all cells.
ROUND_OFF = 1e-13


class Balance(NamedTuple):
    """Where the balance of one amount stands, all in one unit.

    Attributes
    ----------
    gap : float
        What the cell has gained since the start, less what came in.
    passed : float
        What came in or reacted since the start; the sum of its changes is the measure of the gap.
    moved : float
        What moved within the cell in the present step. In a rest at the start nothing passes, and this alone is the
        measure.
    held : float
        What the cell holds; its round-off is no error.
    """

    gap: float
    passed: float
    moved: float
    held: float

    def error(self, through: float) -> float:
        """Gap over what has passed, in any direction, and what moves now [1]; NaN if one of them is no number."""
        if not np.isfinite([self.gap, through, self.moved]).all():
            return float("nan")
        gap = max(0.0, abs(self.gap) - ROUND_OFF * abs(self.held))
        return gap / (through + abs(self.moved)) if gap else 0.0

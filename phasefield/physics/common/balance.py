"""Balances of what is conserved: whether an amount has changed by what came in, in one step as in a whole run."""

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
        What came in or reacted since the start: by its change in a step the error of that step is measured.
    moved : float
        What moved within the cell in the present step. At rest nothing passes, and this alone is the measure.
    held : float
        What the cell holds; its round-off is no error of a step.
    """

    gap: float
    passed: float
    moved: float
    held: float

    def error(self, before: Balance) -> float:
        """Error of the step since an earlier state, over what passed and moved in it [1]; not finite if one is not."""
        gap = abs(self.gap - before.gap)
        if not np.isfinite([gap, self.passed, self.moved]).all():
            return float("nan")
        gap = max(0.0, gap - ROUND_OFF * abs(self.held))
        return gap / (abs(self.passed - before.passed) + abs(self.moved)) if gap else 0.0

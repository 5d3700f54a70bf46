"""Balances of conserved amounts: the change of an amount compared with its inflow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

#: Relative round-off of a sum over all cells.
ROUND_OFF = 1e-13


class Balance(NamedTuple):
    """Balance of one amount; all values in the same unit.

    Attributes
    ----------
    gap : float
        Gain of the cell since the start, minus the inflow.
    passed : float
        Inflow or reaction since the start.
    moved : float
        Amount that moved within the cell in the present step: in a rest, nothing passes.
    held : float
        Content of the cell; its round-off does not count as an error.
    """

    gap: float
    passed: float
    moved: float
    held: float

    def traffic(self, before: Balance) -> float:
        """Amount that passed, or moved within the cell, in the step since an earlier balance; NaN if one is NaN."""
        return float(np.maximum(abs(self.passed - before.passed), abs(self.moved)))

    def error(self, through: float) -> float:
        """Gap relative to what has passed or moved, in any direction [1]; NaN if one is not finite."""
        if not np.isfinite([self.gap, through]).all():
            return float("nan")
        gap = max(0.0, abs(self.gap) - ROUND_OFF * abs(self.held))
        return float(gap / through if through else np.inf) if gap else 0.0

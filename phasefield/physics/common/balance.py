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
        Inflow or reaction since the start; the gap is relative to the sum of its changes.
    moved : float
        Amount that moved within the cell in the present step, the only reference in a rest at the start, when nothing
        passes.
    held : float
        Content of the cell; its round-off does not count as an error.
    """

    gap: float
    passed: float
    moved: float
    held: float

    def error(self, through: float) -> float:
        """Gap relative to the amounts passed, in any direction, and moving now [1]; NaN if one is not finite."""
        if not np.isfinite([self.gap, through, self.moved]).all():
            return float("nan")
        gap = max(0.0, abs(self.gap) - ROUND_OFF * abs(self.held))
        return gap / (through + abs(self.moved)) if gap else 0.0

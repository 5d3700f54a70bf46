"""Balances of a run: each step is measured before it is accepted, and rejected if a balance error is too large."""

from __future__ import annotations

import math

from phasefield.physics.common.balance import Balance
from phasefield.physics.common.case import Record


class Account:
    """Checks the balances and the measured values of each step, and keeps the row of the last accepted one.

    Parameters
    ----------
    record : Record
        Opened on the initial state.
    bound : float [1]
        Largest balance error allowed after a step, relative to what has passed, or moved within the cell, until then.

    Attributes
    ----------
    row : dict of float
        Values of the columns in the last good state, by their names.
    """

    def __init__(self, record: Record, bound: float):
        self.record, self.bound = record, bound
        self.row: dict[str, float] = {}
        self._undo: tuple = ()
        self._before: dict[str, Balance] = record.balances()
        self._through = {name: abs(balance.passed) for name, balance in self._before.items()}

    def open(self, time: float) -> None:
        """Measure the initial state, at a time [s]. Collective."""
        self.row = self.record.row(time)

    def judge(self, time: float, dt: float) -> str:
        """Measure a solved step; return why it must be rejected, or "". A rejected step changes nothing. Collective.

        Parameters
        ----------
        time : float [s]
            At the end of the step.
        dt : float [1]
        """
        earlier = self.record.state()
        self.record.update(dt)
        found = self.record.balances()
        through = {name: self._through[name] + balance.traffic(self._before[name]) for name, balance in found.items()}
        if not (reason := self._open_balance(found, through)):
            row = self.record.row(time)
            reason = self._undefined(row) or self.record.impossible(row)
        if reason:
            self.record.restore(earlier)
            return reason
        self._undo = earlier, self._before, self._through, self.row
        self._before, self._through, self.row = found, through, row
        return ""

    def undo(self) -> None:
        """Forget the last judged step, which was good but is not accepted."""
        earlier, self._before, self._through, self.row = self._undo
        self.record.restore(earlier)

    def _open_balance(self, found: dict[str, Balance], through: dict[str, float]) -> str:
        for name, balance in found.items():
            error = balance.error(through[name])
            if not error <= self.bound:
                what = next(column.closes for column in self.record.columns if column.name == name)
                return (
                    f"the balance of {what} would have an error of {error:.1e} of what has passed, more than "
                    f'solver.closure = {self.bound:g}; solver.profile = "strict" solves more exactly'
                )
        return ""

    def _undefined(self, row: dict[str, float]) -> str:
        needed = {key for column in self.record.columns if not column.undefined for key in (column.name, column.head)}
        wrong = [name for name, value in row.items() if name in needed and not math.isfinite(value)]
        return f"{', '.join(wrong)}: not a finite number" if wrong else ""

    def state(self) -> dict:
        """State of the balances, as JSON."""
        return {"record": self.record.state(), "through": self._through}

    def restore(self, state: dict) -> None:
        """Continue from a state, after the engine was restored. States of version 0.1.0 have no sums."""
        self.record.restore(state["record"])
        self._before = self.record.balances()
        passed = {name: abs(balance.passed) for name, balance in self._before.items()}
        self._through = passed | state.get("through", {})

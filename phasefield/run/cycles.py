"""``cycles.csv``: charge, Coulombic efficiency and mean voltages of each cycle of the drive."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from phasefield.run.observers import History
from phasefield.run.protocol import Protocol
from phasefield.run.time_loop import Progress

#: Sums over the present cycle.
SUMS = ("charge in", "charge out", "voltage in", "voltage out", "overpotential")


class Cycles:
    """Sums over each cycle of the drive, and writes its row when it ends.

    Parameters
    ----------
    history : History
        Observed before this.
    protocol : Protocol
        Has noted the step before this.
    file : HistoryFile

    Notes
    -----
    Charge is of the external circuit: in while lithium is plated or stored, out while it is stripped or released.
    Voltages and overpotentials are means over this charge. The Coulombic efficiency is the charge that comes back over
    the charge that passes first in the cycle: stripped over plated lithium, discharge over charge of a cathode.
    """

    def __init__(self, history: History, protocol: Protocol, file):
        self.history, self.protocol, self.file = history, protocol, file
        self._start, self._charge, self._first = 0.0, 0.0, ""
        self._last: dict[str, float] = {"Time": 0.0}
        self._sums = dict.fromkeys(SUMS, 0.0)

    def __call__(self, progress: Progress) -> None:
        row = self.history.row
        if self.protocol.step is None:
            return
        if progress.step:
            self._add(row)
        self._last = {key: row[key] for key in ("Time", "Overpotential") if key in row}

    def _add(self, row: Mapping[str, float]) -> None:
        passed = row["Charge passed"] - self._charge
        way, amount = ("in" if passed > 0 else "out"), abs(passed)
        self._charge = row["Charge passed"]
        self._first = self._first or (way if amount else "")
        self._sums[f"charge {way}"] += amount
        self._sums[f"voltage {way}"] += amount * row["Cell voltage"]
        self._sums["overpotential"] += amount * abs(row.get("Overpotential", 0.0))

    def end(self) -> None:
        """Write the row of the cycle that ends now, if any time has passed in it, and begin the next one."""
        sums, row, step = self._sums, self._last, self.protocol.step
        if step is None or not row["Time"] > self._start:
            return
        into, out = sums["charge in"], sums["charge out"]
        overpotential = {"Mean overpotential [V]": _ratio(sums["overpotential"], into + out)}
        self.file.append(
            {
                "Cycle": step.cycle,
                "Time [s]": row["Time"],
                "Duration [s]": row["Time"] - self._start,
                "Charge in [C/m2]": into,
                "Charge out [C/m2]": out,
                "Coulombic efficiency [1]": _ratio(into, out) if self._first == "out" else _ratio(out, into),
                "Mean voltage in [V]": _ratio(sums["voltage in"], into),
                "Mean voltage out [V]": _ratio(sums["voltage out"], out),
            }
            | (overpotential if "Overpotential" in row else {})
        )
        self._start, self._first, self._sums = row["Time"], "", dict.fromkeys(SUMS, 0.0)

    def state(self) -> dict[str, Any]:
        """Sums over the present cycle, as JSON."""
        sums = {"first": self._first, "sums": dict(self._sums)}
        return {"start": self._start, "charge": self._charge, "last": self._last} | sums

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from a state; version 0.1.0 had none, and a cycle then begins at the restart.

        Version 0.2.0 did not keep which charge came first; it counts as plated.
        """
        if state:
            self._first = state.get("first", "in")
            self._start, self._charge = state["start"], state["charge"]
            self._last, self._sums = dict(state["last"]), dict(state["sums"])


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else math.nan

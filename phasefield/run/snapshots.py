"""The observer that writes snapshots of the fields, and keeps them in memory while the disk is full."""

from __future__ import annotations

import bisect
import logging
import math

from phasefield.deck.operation import ALL
from phasefield.errors import RunError
from phasefield.io.rundir import COMPUTED
from phasefield.io.writer import NoRoom

log = logging.getLogger(__name__)

#: Number of snapshots that may wait in memory until the disk has room.
MOST_WAITING = 2


class Snapshots:
    """Writes the fields after the first step that reaches a given time, and in the last state of a run.

    Parameters
    ----------
    engine : NewtonEngine
    case : Case
    file : SnapshotFile
    times : sequence of float [1]
        Times of the snapshots, in their order.
    also : callable
        Whether a snapshot is also wanted at present, called without arguments.
    names : sequence of str
        Requested fields, "all" for every field of the run; fields that this deck's runs do not have are omitted.

    Attributes
    ----------
    behind : str
        Why snapshots wait to be written; empty if none waits.
    """

    def __init__(self, engine, case, file, times, also, names):
        self.also = also
        self.engine, self.case, self.file, self.times = engine, case, file, list(times)
        self._reached = 0
        self.names, self._written = file.names or names, -1
        file.labels = COMPUTED | {f.name: (f.label, f.unit) for f in (*engine.model.fields, *engine.model.static)}
        self.behind = ""
        self._waiting: list[tuple] = []

    def __call__(self, progress) -> None:
        if self._waiting:
            self.catch_up()
        reached, self._reached = self._reached, bisect.bisect_right(self.times, progress.time)
        if self._reached > reached or self.also():
            self.write(progress)

    def go_on_from(self, now: float) -> None:
        """Expect only snapshots after a time [1]."""
        self._reached = bisect.bisect_right(self.times, now)

    def spacing(self, now: float) -> float:
        """Time from the next snapshot to the one after it [1]: a step from now that is not longer cannot pass both."""
        following = self.times[bisect.bisect_right(self.times, now) :][:2]
        return following[1] - following[0] if len(following) == 2 else math.inf

    def write(self, progress) -> None:
        """Write the present state once, or keep it in memory until the disk has room.

        Raises
        ------
        RunError
            Too many snapshots wait, the file was changed from outside, or a requested field does not exist.
        """
        if progress.step == self._written:
            return
        self._written = progress.step
        self._waiting.append((progress.time * self.case.scales.time, self._wanted()))
        if self.catch_up():
            if len(self._waiting) > MOST_WAITING:
                raise RunError(self.behind, code="unwritable")
            log.warning("%s; the run continues, and the snapshot is written later", self.behind)

    def _wanted(self) -> dict:
        """The requested fields of the present state, by name."""
        model, owned = self.engine.model, self.engine.owned
        own, everything = {f.name: f for f in (*model.fields, *model.static)}, ALL in self.names
        fields = {name: owned(name) * f.scale for name, f in own.items() if everything or name in self.names}
        if everything or not set(self.names) <= set(own):
            fields |= self.case.derived_fields(self.engine)
        if everything:
            return fields
        if unknown := set(self.names) - set(fields) - set(self.case.deck.absent_fields):
            message = f"output.fields: this run has no field '{min(unknown)}'; it has {', '.join({**own, **fields})}"
            raise RunError(message, code="unknown-name")
        return {name: values for name, values in fields.items() if name in self.names}

    def catch_up(self) -> str:
        """Write the snapshots that wait; return why this is impossible, "" if all are written. Collective."""
        self.behind = ""
        while self._waiting:
            try:
                self.file.append(*self._waiting[0])
            except NoRoom as error:
                self.behind = str(error)
                break
            self._waiting.pop(0)
        return self.behind

    def state(self) -> dict:
        """The number of snapshots and the step of the last one, as JSON."""
        return {"count": self.file.count, "written": self._written}

    def restore(self, state: dict) -> None:
        """Continue after the existing snapshots; the file has their number."""
        self._written = state["written"]

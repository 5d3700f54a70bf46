"""Observers of a run, called after each accepted step: they record it, end it, or save it."""

from __future__ import annotations

import bisect
import logging
import math
import sys
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

from tqdm import tqdm

from phasefield.deck.operation import ALL
from phasefield.engines.solver import unread
from phasefield.errors import RunError
from phasefield.io.rundir import COMPUTED
from phasefield.io.writer import NoRoom
from phasefield.parallel import is_root
from phasefield.physics.common.columns import headed, of_a_run
from phasefield.run.account import Account
from phasefield.run.outlook import Expectation, Outlook
from phasefield.run.time_loop import Observer

log = logging.getLogger(__name__)

#: Units of long times, from the longest [s].
LONG = ((86400, "d"), (3600, "h"), (60, "min"))
#: Number of snapshots that may wait in memory until the disk has room.
MOST_WAITING = 2


class Observers:
    """The observers of a run by kind, in the order in which they are called.

    Observers that record a step come first, since others read the row of the history; then those that may end the run;
    last the one that saves the state of all others, and the watchdog.

    Attributes
    ----------
    stateful : dict
        Observers with a state, by name: a checkpoint saves ``state()``, and a restart calls ``restore(state)``.
    """

    def __init__(self) -> None:
        self._recording: list[Observer] = []
        self._ending: list[Observer] = []
        self._last: list[Observer] = []
        self.stateful: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Observer]:
        return chain(self._recording, self._ending, self._last)

    def add_recording(self, observer: Observer, state: str | None = None) -> None:
        """Add an observer that measures or writes; `state` is the name of its state in checkpoints, if it has one."""
        self._add(self._recording, observer, state)

    def add_ending(self, observer: Observer, state: str | None = None) -> None:
        """Add an observer that returns a reason when the run should end; `state` as for :meth:`add_recording`."""
        self._add(self._ending, observer, state)

    def add_last(self, observer: Observer) -> None:
        """Add an observer that must be called after all others."""
        self._add(self._last, observer, None)

    def _add(self, kind: list[Observer], observer: Observer, state: str | None) -> None:
        kind.append(observer)
        if state is not None:
            self.stateful[state] = observer


class History:
    """Writes the measured values of each accepted state as a row of ``history.csv``.

    Parameters
    ----------
    account : Account
        The account that has measured the state.
    unit : float [s]
        Time unit of the model.
    file : HistoryFile

    Attributes
    ----------
    row : dict of float
        The last row, by the names of its columns.
    """

    def __init__(self, account: Account, unit: float, file):
        self.account, self.unit, self.file = account, unit, file
        self.row: dict[str, float] = {}
        self._start = time.perf_counter()

    def __call__(self, progress) -> None:
        now = progress.time * self.unit
        if progress.step == 0:
            self.account.open(now)
        self.row = {
            "Step": progress.step,
            "Time": now,
            "Time step": progress.dt * self.unit,
            **self.account.row,
            "Newton iterations": progress.verdict.newton,
            "Linear iterations": progress.verdict.linear,
            "Limited updates": progress.verdict.limited,
            "Rejected steps": progress.rejected,
            "Wall time": self.wall,
        }
        self.file.append(headed(self.row, of_a_run(self.account.record.columns)))

    @property
    def wall(self) -> float:
        """Wall time of the run, summed over its restarts [s]."""
        return time.perf_counter() - self._start

    def state(self) -> dict:
        """The account so far, as JSON."""
        return self.account.state() | {"wall": self.wall}

    def restore(self, state: dict) -> None:
        """Continue from a saved state."""
        self.account.restore(state)
        self._start = time.perf_counter() - state["wall"]


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
        fields = {f.name: owned(f.name) * f.scale for f in (*model.fields, *model.static)}
        fields |= self.case.derived_fields(self.engine)
        if ALL in self.names:
            return fields
        if unknown := set(self.names) - set(fields) - set(self.case.deck.absent_fields):
            message = f"output.fields: this run has no field '{min(unknown)}'; it has {', '.join(fields)}"
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


class Display:
    """Shows the progress of the run, on rank 0: a bar on a terminal or in a notebook, lines at intervals in a log.

    Parameters
    ----------
    history : History
        Observed before this.
    outlook : Outlook
        Expects the end.
    period : float [s]
        Between two lines of a log.
    """

    def __init__(self, history: History, outlook: Outlook, period: float = 15.0):
        self.history, self.outlook, self.period = history, outlook, period
        self._last = time.perf_counter()
        self._bar = None
        if is_root() and (kind := bar_class()) is not None:
            form = "{percentage:3.0f}% {bar} {postfix} [{elapsed}]"
            self._bar = kind(total=1.0, bar_format=form, dynamic_ncols=True)

    def __call__(self, progress) -> None:
        if not is_root():
            return
        now, row = time.perf_counter(), self.history.row
        expected = self.outlook.expect(row, now)
        text = f"t = {row['Time']:.4g} s, dt = {row['Time step']:.3g} s, {self.history.account.record.summary(row)}"
        part = row["Time"] / expected.end if expected.end else 0.0
        if self._bar is not None:
            self._bar.n = part
            self._bar.set_postfix_str(f"{text}{_left(expected)}")
        elif now - self._last >= self.period and progress.step:
            self._last = now
            log.info("%3.0f %%  step %d  %s%s", 100 * part, progress.step, text, _left(expected))

    def close(self) -> None:
        """Finish the bar."""
        if self._bar is not None:
            self._bar.close()


def bar_class() -> type[tqdm] | None:
    """The kind of progress bar that suits the standard error: of a notebook or of a terminal; None for a log."""
    if "ipykernel" in sys.modules:
        from tqdm.auto import tqdm as fitting

        return fitting
    return tqdm if sys.stderr.isatty() else None


def _left(expected: Expectation) -> str:
    """The wall time left, and the condition that is expected to end the run."""
    if not math.isfinite(expected.left):
        return ""
    size, unit = next((one for one in LONG if expected.left >= 2 * one[0]), (1, "s"))
    until = f" until: {expected.reason}" if expected.reason else " left"
    return f", about {float(f'{expected.left / size:.2g}'):g} {unit}{until}"


class Options:
    """Warns, after the first step, about PETSc options of the deck that no solver has read."""

    def __init__(self) -> None:
        self._told = False

    def __call__(self, progress) -> None:
        if progress.step and not self._told:
            self._told = True
            for key in unread():
                log.warning("solver.petsc.%s: the solver of this run does not use this option", key)


class Checkpoints:
    """Writes checkpoints when they are due, and ends the run when a stop is requested.

    Parameters
    ----------
    save : callable
        Writes a checkpoint, given the progress. Collective; raises RunError if that fails.
    requests : StopRequests
    comm : MPI.Comm
    bearable : int
        Failures in a row that are tolerated; one more ends the run.

    Attributes
    ----------
    asked : str
        Why the run must stop; empty if it need not.
    """

    def __init__(self, save, requests, comm, bearable: int):
        self.save, self.requests, self.comm, self.bearable = save, requests, comm, bearable
        self.asked, self._failures, self._written = "", 0, -1

    def __call__(self, progress) -> str | None:
        if progress.step == 0:  # wait for the first step
            return None
        self.asked, due = self.requests.poll(self.comm)
        if due and not self.asked:
            self.write(progress)
        return self.asked or None

    def write(self, progress) -> bool:
        """Save the present state once; return whether that succeeded.

        Raises
        ------
        RunError
            It failed, as did all recent attempts.
        """
        if progress.step in (0, self._written):
            return True
        try:
            self.save(progress)
        except RunError as error:
            self._failures += 1
            if self._failures > self.bearable:
                raise RunError(
                    f"no checkpoint could be written {self._failures} times in a row: {error}", code="unwritable"
                ) from None
            log.warning("the checkpoint of step %d was not written, but the run continues: %s", progress.step, error)
            return False
        self._failures, self._written = 0, progress.step
        return True


class StopConditions:
    """Ends the run when a stop condition of the case is met.

    Parameters
    ----------
    case : Case
    protocol : Protocol
        Knows whether lithium that is used up ends the run, or a step of the drive only.
    history : History
        Observed before this.
    """

    def __init__(self, case, protocol, history: History):
        self.case, self.protocol, self.history = case, protocol, history

    def __call__(self, progress) -> str | None:
        return self.case.stop_reason(self.history.row) or self.protocol.stop_reason(self.history.row)

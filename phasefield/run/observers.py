"""What observes a run after each accepted step: what records it, what ends it, what saves it."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

from tqdm import tqdm

from phasefield.deck.operation import ALL
from phasefield.engines.solver import unread
from phasefield.errors import RunError
from phasefield.io.writer import NoRoom
from phasefield.parallel import is_root
from phasefield.physics.common.columns import headed, of_a_run
from phasefield.run.account import Account
from phasefield.run.time_loop import Observer

log = logging.getLogger(__name__)

#: Snapshots that may wait in memory for room on the disk.
MOST_WAITING = 2


class Observers:
    """The observers of a run by kind, which is also the order in which a step is shown to them.

    Those that record a step come first, since others read the row of the history; then those that may end the run;
    last what saves the state of all others, and the watchdog.

    Attributes
    ----------
    stateful : dict
        By name, those whose ``state()`` a checkpoint keeps, and to which a restart gives it back by ``restore(state)``.
    """

    def __init__(self) -> None:
        self._recording: list[Observer] = []
        self._ending: list[Observer] = []
        self._last: list[Observer] = []
        self.stateful: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Observer]:
        return chain(self._recording, self._ending, self._last)

    def add_recording(self, observer: Observer, state: str | None = None) -> None:
        """Add one that measures or writes; `state` is the name of its state in checkpoints, if it has one."""
        self._add(self._recording, observer, state)

    def add_ending(self, observer: Observer, state: str | None = None) -> None:
        """Add one that returns a reason when the run should end; `state` as of :meth:`add_recording`."""
        self._add(self._ending, observer, state)

    def add_last(self, observer: Observer) -> None:
        """Add one that must see a step after all others."""
        self._add(self._last, observer, None)

    def _add(self, kind: list[Observer], observer: Observer, state: str | None) -> None:
        kind.append(observer)
        if state is not None:
            self.stateful[state] = observer


class History:
    """Writes the measures of each accepted state as a row of ``history.csv``.

    Parameters
    ----------
    account : Account
        Which has measured the state.
    unit : float [s]
        The model's time.
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
        """Wall time since the start, of all parts of a run that was restarted [s]."""
        return time.perf_counter() - self._start

    def state(self) -> dict:
        """The account so far, as JSON."""
        return self.account.state() | {"wall": self.wall}

    def restore(self, state: dict) -> None:
        """Go on with an account."""
        self.account.restore(state)
        self._start = time.perf_counter() - state["wall"]


class Snapshots:
    """Writes the fields at given times, and in the last state of a run that stops early.

    Parameters
    ----------
    engine : NewtonEngine
    case : Case
    file : SnapshotFile
    times : sequence of float [1]
        Times the march stops at anyway.
    names : sequence of str
        Fields wanted, "all" for every field that the run has; those that the deck says it lacks are left out.

    Attributes
    ----------
    behind : str
        Why snapshots wait to be written; empty if none do.
    """

    def __init__(self, engine, case, file, times, names):
        self.engine, self.case, self.file, self.times = engine, case, file, set(times)
        self.names, self._written = file.names or names, -1
        self.behind = ""
        self._waiting: list[tuple] = []

    def __call__(self, progress) -> None:
        if self._waiting:
            self.catch_up()
        if progress.time in self.times:
            self.write(progress)

    def write(self, progress) -> None:
        """Write the present state, once, or let it wait for room.

        Raises
        ------
        RunError
            More of them wait than is bearable, the file is not what it was, or no field has a name that is wanted.
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
        """Fields of the present state, by name."""
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
        """Write the snapshots that wait; why they cannot be, if so. Collective."""
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
        """How many there are, and of which step the last one is, as JSON."""
        return {"count": self.file.count, "written": self._written}

    def restore(self, state: dict) -> None:
        """Go on after the snapshots that there are; the file knows how many."""
        self._written = state["written"]


class Display:
    """Shows where the run stands: a bar on a terminal, a line now and then in a log; rank 0 only.

    Parameters
    ----------
    history : History
        Observed before this.
    planned : float [1]
        Planned time.
    period : float [s]
        Between two lines of a log.
    """

    def __init__(self, history: History, planned: float, period: float = 15.0):
        self.history, self.planned, self.period = history, planned, period
        self._last = self._start = time.perf_counter()
        self._bar = None
        if is_root() and sys.stderr.isatty():
            form = "{percentage:3.0f}% {bar} {postfix} [{elapsed} < {remaining}]"
            self._bar = tqdm(total=1.0, bar_format=form, dynamic_ncols=True)

    def __call__(self, progress) -> None:
        if not is_root():
            return
        fraction, now = min(progress.time / self.planned, 1.0), time.perf_counter()
        row = self.history.row
        text = f"t = {row['Time']:.4g} s, dt = {row['Time step']:.3g} s, {self.history.account.record.summary(row)}"
        if self._bar is not None:
            self._bar.n = fraction
            self._bar.set_postfix_str(text)
        elif now - self._last >= self.period and fraction > 0:
            self._last = now
            left = (now - self._start) * (1 - fraction) / fraction
            log.info("%3.0f %%  step %d  %s, about %.0f s left", 100 * fraction, progress.step, text, left)

    def close(self) -> None:
        """Finish the bar."""
        if self._bar is not None:
            self._bar.close()


class Options:
    """Warns, after the first step, of PETSc options in a deck that no solver has read."""

    def __init__(self) -> None:
        self._told = False

    def __call__(self, progress) -> None:
        if progress.step and not self._told:
            self._told = True
            for key in unread():
                log.warning("solver.petsc.%s: the solver of this run does not use this option", key)


class Checkpoints:
    """Saves the run when it is time, and ends it when it is asked to stop.

    Parameters
    ----------
    save : callable
        Writes a checkpoint of a progress. Collective; RunError if it cannot.
    requests : StopRequests
    comm : MPI.Comm
    bearable : int
        Failures in a row; one more ends the run.

    Attributes
    ----------
    asked : str
        Why the run is to stop; empty if it is not.
    """

    def __init__(self, save, requests, comm, bearable: int):
        self.save, self.requests, self.comm, self.bearable = save, requests, comm, bearable
        self.asked, self._failures, self._written = "", 0, -1

    def __call__(self, progress) -> str | None:
        if progress.step == 0:  # one step is worth waiting for
            return None
        self.asked, due = self.requests.poll(self.comm)
        if due and not self.asked:
            self.write(progress)
        return self.asked or None

    def write(self, progress) -> bool:
        """Save the present state, once; whether that was possible.

        Raises
        ------
        RunError
            It was not, and not for the last times either.
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
    """Ends the run when the case says so.

    Parameters
    ----------
    case : Case
    history : History
        Observed before this.
    """

    def __init__(self, case, history: History):
        self.case, self.history = case, history

    def __call__(self, progress) -> str | None:
        return self.case.stop_reason(self.history.row)

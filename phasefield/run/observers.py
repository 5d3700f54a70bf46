"""Observers of a run, called after each accepted step: they record it, end it, or save it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

from phasefield.engines.solver import unread
from phasefield.errors import RunError
from phasefield.physics.common.columns import headed, of_a_run
from phasefield.run.account import Account
from phasefield.run.time_loop import Observer

log = logging.getLogger(__name__)


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

"""A user's observers of a run: the view that they get, and the handling of their errors."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from phasefield import parallel
from phasefield.errors import ObserverError, RunError
from phasefield.physics.common.view import FieldView
from phasefield.run.observers import History
from phasefield.run.time_loop import Progress

log = logging.getLogger(__name__)


class RunView:
    """View of a run for observers, after each accepted step and once before the first.

    Attributes
    ----------
    directory : Path
        Run directory.
    fields : FieldView
        Fields, their means and extremes; its ``engine`` is the engine of the run.
    planned_time : float [s]
        Simulated time at the end, if nothing ends the run earlier.
    """

    def __init__(self, case, engine, history: History, directory: Path):
        self.directory, self.fields = directory, FieldView(engine, case)
        self.planned_time: float = case.ends[-1] * case.scales.time
        self._history, self._progress, self._unit = history, Progress(), case.scales.time

    @property
    def step(self) -> int:
        """Accepted steps so far; 0 in the initial state."""
        return self._progress.step

    @property
    def time(self) -> float:
        """Simulated time [s]."""
        return self._progress.time * self._unit

    @property
    def dt(self) -> float:
        """Length of the last step [s]; 0 in the initial state."""
        return self._progress.dt * self._unit

    @property
    def row(self) -> Mapping[str, float]:
        """The last row of ``history.csv`` in SI units, by the name of its column, such as ``"Tip height"``."""
        return MappingProxyType(self._history.row)


#: Called on every rank; a text that it returns on any rank ends the run and is the reason.
UserObserver = Callable[[RunView], str | None]


class UserObservers:
    """Calls a user's observers and shares with all ranks a reason to end the run, or an error, from any rank.

    An observer with the methods ``state()`` and ``restore(state)`` is part of checkpoints: ``state()`` is called on
    rank 0 only and returns a value for JSON; ``restore`` is called on every rank at a restart, if the checkpoint has a
    state under the observer's name: its attribute ``name``, or else the name of its class.

    Parameters
    ----------
    observers : sequence of callable
    case, engine, history, directory
        Parts of the run.
    last_words : callable
        Called with the reason on a rank that ends the whole job.
    """

    def __init__(
        self,
        observers: Sequence[UserObserver],
        case,
        engine,
        history: History,
        directory: Path,
        last_words: Callable[[str], None],
    ):
        self._observers, self._last_words = observers, last_words
        self._view = RunView(case, engine, history, directory)
        self._comm = parallel.comm().Dup()  # separate: after an error, ranks may still be inside a call on another one
        self.stateful = stateful(observers)

    def __call__(self, progress: Progress) -> str | None:
        self._view._progress = progress
        reasons = [self._call(observer) for observer in self._observers]
        return next(filter(None, reasons), None)

    def _call(self, observer: UserObserver) -> str:
        """Reason that one observer gives, on any rank, to end the run; "" if none. Collective."""
        reason, error = "", None
        try:
            reason = observer(self._view) or ""
            if not isinstance(reason, str):
                raise TypeError(f"returned {reason!r}; it must return a reason to end the run, a text, or None")
        except Exception as caught:
            error = caught
        return self._agreed(observer, reason, error)

    def _agreed(self, observer: UserObserver, reason: str, error: Exception | None) -> str:
        trouble = "" if error is None else f"observer {name_of(observer)}: {type(error).__name__}: {error}"
        if self._comm.size > 1:
            if error is None:
                self._comm.Ibarrier().Wait()
            elif not parallel.everyone_meets(self._comm):
                self._end_the_job(trouble, error)
            met = self._comm.allgather((reason, trouble))
        else:
            met = [(reason, trouble)]
        for rank, (_, text) in enumerate(met):
            if text:
                if rank == self._comm.rank and error is not None:
                    log.error("%s", _traced(error).rstrip())
                raise ObserverError(f"{text} (on rank {rank})" if len(met) > 1 else text) from error
        return next((text for text, _ in met if text), "")

    def _end_the_job(self, trouble: str, error: Exception) -> None:
        """End the whole job: other ranks wait inside the observer for this rank, and no message reaches them there."""
        with suppress(OSError):
            self._last_words(trouble)
        log.error("%s%s: the other ranks still wait inside it, so the whole job ends", _traced(error), trouble)
        parallel.comm().Abort(parallel.EXIT_ABORTED)

    def state(self) -> dict[str, Any]:
        """States of the observers that have one, by name; on rank 0."""
        return {name: observer.state() for name, observer in self.stateful.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore the state of each observer, if the checkpoint has it."""
        for name, observer in self.stateful.items():
            if name in state:
                observer.restore(state[name])
            else:
                log.warning("the checkpoint has no state of the observer %s, which begins anew", name)


def stateful(observers: Sequence[UserObserver]) -> dict[str, Any]:
    """The observers with a state for checkpoints, by name.

    Raises
    ------
    RunError
        An observer is not callable, or two observers with a state have the same name.
    """
    for observer in observers:
        if not callable(observer):
            raise RunError(f"observers: {observer!r} cannot be called; write a function of one argument, the run")
    keeping = [observer for observer in observers if hasattr(observer, "state") and hasattr(observer, "restore")]
    named = {name_of(observer): observer for observer in keeping}
    if len(named) < len(keeping):
        raise RunError("observers: two that have a state have the same name; give each an attribute `name`")
    return named


def _traced(error: Exception) -> str:
    return "".join(traceback.format_exception(error))


def name_of(observer: Any) -> str:
    """Name of an observer in messages and checkpoints."""
    given = getattr(observer, "name", None)
    return given if isinstance(given, str) else getattr(observer, "__qualname__", type(observer).__name__)

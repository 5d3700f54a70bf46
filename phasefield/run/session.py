"""One run in its directory: engine, observers, time loop and end of the run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from phasefield import check, parallel
from phasefield.deck import Deck
from phasefield.deck.common import DrivenDeck
from phasefield.engines.grid import imbalance
from phasefield.engines.stepping import NewtonEngine
from phasefield.errors import ObserverError, PhasefieldError, RunError, StepError, Stopped
from phasefield.io import writer
from phasefield.io.rundir import CYCLES, FIELDS, HISTORY, STATUS, Run, open_run
from phasefield.physics.common.case import Case, Record
from phasefield.run import provenance
from phasefield.run.account import Account
from phasefield.run.cycles import Cycles
from phasefield.run.display import Display
from phasefield.run.observers import Checkpoints, History, Observers, Options, StopConditions
from phasefield.run.outlook import Outlook
from phasefield.run.protocol import Protocol, Rules, stops
from phasefield.run.restart import USER, RunState, Saved, write_checkpoint
from phasefield.run.snapshots import Snapshots
from phasefield.run.stop_requests import StopRequests, Watchdog
from phasefield.run.time_loop import END, Controller, Progress, march
from phasefield.run.user_observers import UserObserver, UserObservers, stateful
from phasefield.units import pretty

log = logging.getLogger(__name__)

#: Ratio of the largest box to the mean one above which the run warns.
TOLERATED_IMBALANCE = 1.25

#: A step that is tried again must be longer than this part of the planned time: a run that crawls has failed.
SHORTEST = 1e-14
#: A hundred steps in a row that are shorter than this part of the drive's segment are a stall.
CRAWLING = 1e-6


class RunSession:
    """One run of a case in its own directory, from the first line of its log to its end. All methods are collective.

    Parameters
    ----------
    directory : Path
        Run directory, locked by this process.
    deck : Deck
    text : str
        Text of the deck.
    case : Case
    engine : NewtonEngine
        Engine of the case, in the initial state.
    watchdog : Watchdog
        A watchdog that has been started.
    user : sequence of callable
        The user's observers.
    saved : Saved, optional
        Checkpoint from which the run continues; the files of the run have been rewound to it.

    Attributes
    ----------
    observers : Observers
        All observers, by kind.
    progress : Progress
    origin : dict
        Times of the start and of the restarts.
    failure : PhasefieldError or None
        Error of the solver or of a user's observer that ended the run, if any.
    stopped : bool
        Whether a stop was requested.
    """

    def __init__(
        self,
        directory: Path,
        deck: Deck,
        text: str,
        case: Case,
        engine: NewtonEngine,
        watchdog: Watchdog,
        user: Sequence[UserObserver] = (),
        saved: Saved | None = None,
    ):
        self.directory, self.deck, self.text, self.case, self.engine = directory, deck, text, case, engine
        self.watchdog, self.saved, self.unit = watchdog, saved, case.scales.time
        self.progress, self.stopped = Progress(), False
        self.failure: PhasefieldError | None = None
        self.origin: dict[str, Any] = {}
        self._user = tuple(user)

    def run(self) -> Run:
        """Open or restore the run, advance it to its end, and finish it.

        Raises
        ------
        RunError
            The directory, or a checkpoint, cannot be written.
        StepError, ObserverError
            The run failed.
        Stopped
            The run was asked to stop.
        """
        record = self.case.record(self.engine)
        provenance.write_provenance(self.directory, self.deck, self.text, self.engine, record)
        self._warn()
        self._prepare(record)
        if self.saved:
            self._restore(self.saved)
        else:
            self._open()
        self._write_status("running")
        if parallel.is_root():
            self.watchdog.last_words = self._last_words
        self.watchdog.beat()
        try:
            with parallel.in_unison(PhasefieldError), self._requests() as requests:
                self._march(requests)
        except RunError as error:
            with suppress(RunError):  # a full disk may have no room for this either
                self._write_status("failed", str(error))
            raise
        return self._finish()

    # -- the beginning ---------------------------------------------------------------------------------

    def _warn(self) -> None:
        log.info("time method: %s", self.engine.method)
        for warning in check.warnings(self.deck):
            log.warning("%s", warning)
        if (excess := imbalance(self.engine.grid.parts)) > TOLERATED_IMBALANCE:
            log.warning(
                "the largest of %d boxes has %.2f times its share of the cells; choose numbers that divide better",
                self.engine.comm.size, excess,
            )  # fmt: skip
        if self.engine.remark:
            log.warning("%s", self.engine.remark)

    def _prepare(self, record: Record) -> None:
        """Make the step controller, the observers, and the state that checkpoints save."""
        case, engine, deck, end = self.case, self.engine, self.deck, self.case.ends[-1]
        outputs = [_snapped(t / self.unit, case.ends) for t in deck.snapshot_times]
        self.landings = outputs if deck.output.lands else []
        self.protocol = Protocol(deck, case)
        self.account = Account(record, deck.solver.closure)
        self.rules = Rules(self.account, self.protocol, self.unit)
        self.history = History(self.account, self.unit, writer.HistoryFile(self.directory / HISTORY))
        file = case.snapshot_file(self.directory / FIELDS, engine.grid, self.saved.snapshots if self.saved else 0)
        at_ends = deck.more_snapshots > 0
        self.snapshots = Snapshots(
            engine, case, file, [0.0, *outputs], lambda: at_ends and self.protocol.ended, deck.output.fields
        )
        self.cycles = Cycles(self.history, self.protocol, writer.HistoryFile(self.directory / CYCLES))
        self.display = Display(self.history, Outlook(self.protocol, end * self.unit))
        self.controller = Controller(
            dt=1.0, tolerance=deck.time.tolerance, largest=case.largest_step, smallest=SHORTEST * end
        )
        self.observers = Observers()
        if (events := case.events(engine)) is not None:
            self.observers.add_recording(events, state="events")
        self.observers.add_recording(self.history, state="history")
        self.observers.add_recording(self._note)
        self.observers.add_recording(self.cycles, state="cycles")
        self.observers.add_recording(self.snapshots, state="snapshots")
        self.observers.add_recording(self.display)
        self.observers.add_recording(Options())
        self.observers.add_ending(StopConditions(case, self.protocol, self.history))
        if self._user:
            user = UserObservers(self._user, case, engine, self.history, self.directory, self._last_words)
            self.observers.add_ending(user, state=USER if user.stateful else None)
        self.parts = RunState(case, engine, self.controller, self.progress, self.protocol, self.observers.stateful)

    def _open(self) -> None:
        """Apply the drive, and solve for the potential of the initial state."""
        self._begin()
        self.origin = {"started": provenance.now(), "restarts": []}
        if not (first := self.engine.initialise(self.controller.dt)).accepted:
            log.warning(
                "the initial potential did not converge (%s): the first row of history.csv is only a starting guess",
                first.reason,
            )

    def _restore(self, saved: Saved) -> None:
        """Restore the whole run from a checkpoint."""
        if not_given := saved.numbers["observers"].get(USER, {}).keys() - stateful(self._user).keys():
            log.warning("observers that the run had are not given, their state is lost: %s", ", ".join(not_given))
        self.parts.restore(saved)
        self.snapshots.go_on_from(self.progress.time)
        self._expect()
        self.origin = saved.resumed(self.engine.comm.size)
        log.info("%s continues after step %d on %d ranks", self.directory, self.progress.step, self.engine.comm.size)

    def _note(self, progress: Progress) -> None:
        """Let the protocol see an accepted step, and bound the next one."""
        self.protocol.note(self.history.row, progress.dt * self.unit if progress.step else 0.0)
        self.controller.limit(self._longest(self.case.largest_after(self.history.row)))

    def _longest(self, dt: float) -> float:
        """A length of a step, shortened if the step might pass two snapshots."""
        return dt if self.deck.output.lands else min(dt, self.snapshots.spacing(self.progress.time))

    def _switch(self, now: float) -> None:
        """Go on to the next step of the drive if the present one ends at a time [1]."""
        if self.protocol.complete(now) and self.protocol.last_of_cycle:
            self.cycles.end()
        if self.protocol.due(now) and not self.protocol.over(now):
            self.protocol.advance(now)
            self._begin()

    def _begin(self) -> None:
        """Apply the present step of the drive."""
        first = self.case.begin(self.protocol.index, self.engine)
        self.controller.dt = first
        self.controller.limit(self._longest(self.case.largest_step))
        self._expect()

    def _expect(self) -> None:
        """Set the step length that counts as stalled in the present step of the drive."""
        self.controller.crawling = CRAWLING * self.protocol.length

    def _requests(self) -> StopRequests:
        given = self.deck.checkpoint
        return StopRequests(given.every, given.wall_time and given.wall_time - given.margin)

    # -- the steps -------------------------------------------------------------------------------------

    def _march(self, requests: StopRequests) -> None:
        """Step until the end, or until an observer ends the run; then write all output to the disk."""
        checkpoints = Checkpoints(self._save, requests, self.engine.comm, self.deck.checkpoint.failures)
        self.observers.add_last(checkpoints)
        self.observers.add_last(self.watchdog.beat)
        progress, rejections = self.progress, self.deck.solver.max_rejections
        try:
            march(
                self.engine, self.controller, stops(self.protocol, self.landings, lambda: progress.time),
                self.observers, rejections, progress, on_stop=self._switch, rules=self.rules,
                exhausted=self._exhausted,
                written=lambda dt: pretty(dt * self.unit, "s"),
            )  # fmt: skip
            if progress.stop_reason == END and progress.time < self.case.ends[-1]:
                progress.stop_reason = self.protocol.ending
        except StepError as error:
            when = f"at t = {progress.time * self.unit:.6g} s{self.protocol.described()}"
            self._fail(StepError(f"{error} {when}{self._nearly_empty()}; {self._advice()}"))
        except ObserverError as error:
            self._fail(error)
        self.stopped = bool(checkpoints.asked) and progress.stop_reason == checkpoints.asked
        # A run that is continued from here would have one snapshot more than a run that was never stopped
        if not self.stopped and not isinstance(self.failure, ObserverError):
            self.snapshots.write(progress)
        saved_last = checkpoints.write(progress)
        if not (self.failure or self.stopped):
            self.cycles.end()  # a cycle that is cut short; the last checkpoint is without it
        if behind := self.history.file.catch_up() or self.cycles.file.catch_up() or self.snapshots.catch_up():
            raise RunError(behind)
        if not saved_last and self.stopped:
            raise RunError(f"{self.directory}: stopped ({progress.stop_reason}), but no checkpoint could be written")

    def _exhausted(self) -> str:
        """Why the cell allows no further step, unless that only ends the present step of the drive."""
        why = self.case.exhausted(self.engine)
        return "" if why and self.protocol.exhausted() else why

    def _advice(self) -> str:
        """What a user may try after a time step has failed."""
        finer = "more cells across the interface" if hasattr(self.deck, "interface") else "a finer mesh"
        smaller = "a smaller current or voltage, or " if isinstance(self.deck, DrivenDeck) else ""
        return f"{smaller}{finer} may help"

    def _nearly_empty(self) -> str:
        """Places of the minima of the fields that must stay positive; steps often fail there."""
        text, fields = "", {f.name: f for f in self.engine.fields}
        for name, (value, centre) in self.engine.smallest().items():
            place = zip("xyz", (pretty(x * self.case.scales.length, "m") for x in centre), strict=False)
            where = ", ".join(f"{axis} = {x}" for axis, x in place)
            text += f"; the smallest {name}, {value * fields[name].scale:.3g} {fields[name].unit}, is at {where}"
        return text

    def _fail(self, error: PhasefieldError) -> None:
        self.failure, self.progress.stop_reason = error, str(error)

    def _save(self, progress: Progress) -> None:
        """Write a checkpoint."""
        # A restart would lose what is behind
        if behind := self.history.file.behind or self.cycles.file.behind or self.snapshots.behind:
            raise RunError(behind)
        about = {"deck": self.deck.resolved(), "ranks": self.engine.comm.size, "versions": provenance.versions()}
        write_checkpoint(self.directory, self.parts, self.origin, about, self.deck.checkpoint.keep)
        self._write_status("running")

    # -- the end ---------------------------------------------------------------------------------------

    def _finish(self) -> Run:
        """Report how the run ended: in its directory, in the log, and to the caller."""
        self.display.close()
        progress, directory = self.progress, self.directory
        wall = self.history.wall
        provenance.write_manifest(directory, self.deck, self.engine, progress, self.unit, self.origin, wall)
        ending = "failed" if self.failure else "stopped" if self.stopped else "done"
        self._write_status(ending, progress.stop_reason)
        log.info("%s after %d steps: %s", directory, progress.step, progress.stop_reason)
        if self.failure:
            raise type(self.failure)(f"{directory}: {self.failure}") from self.failure.__cause__
        if self.stopped:
            again = "continue it with `phasefield restart`"
            raise Stopped(f"{directory}: {progress.stop_reason}: stopped after step {progress.step}; {again}")
        return parallel.on_root(lambda: open_run(directory))

    def _write_status(self, state: str, reason: str = "") -> None:
        provenance.write_status(self.directory, state, reason, self.progress, self.unit)

    def _last_words(self, text: str) -> None:
        """Record that the run failed, on this rank alone."""
        status = provenance.status("failed", text, self.progress, self.unit)
        writer.replace_json(self.directory / STATUS, status)


def _snapped(time: float, ends: Sequence[float]) -> float:
    """A time, moved to the end of a segment if only round-off separates them; this avoids extremely short steps."""
    nearest = min(ends, key=lambda end: abs(end - time))
    return nearest if abs(nearest - time) <= 1e-9 * ends[-1] else time

"""One run, from a deck that was let in to a run directory: engine, observers, the march, and how it ended."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

from phasefield import check, parallel
from phasefield.deck import Deck
from phasefield.engines.grid import imbalance
from phasefield.engines.stepping import NewtonEngine
from phasefield.errors import PhasefieldError, RunError, StepError, Stopped
from phasefield.io import lock, safe, writer
from phasefield.io.rundir import FIELDS, HISTORY, STATUS, Run, open_run
from phasefield.physics.common.case import Case
from phasefield.physics.registry import build
from phasefield.run import provenance
from phasefield.run.observers import Checkpoints, Display, History, Options, Snapshots, StopConditions
from phasefield.run.restart import RunState, Saved, newest, require_continuable, rewind_files, write_checkpoint
from phasefield.run.stop_requests import StopRequests, Watchdog
from phasefield.run.time_loop import Controller, Observer, Progress, march

log = logging.getLogger(__name__)

#: A largest box this much above the mean one is worth a warning.
TOLERATED_IMBALANCE = 1.25

#: A step that is tried again must be longer than this part of the planned time: a run that crawls has failed.
SHORTEST = 1e-14


def begin(deck: Deck, text: str | None, directory: Path, force: bool) -> Run:
    """Run a deck in a new directory. Collective.

    Parameters
    ----------
    deck : Deck
    text : str or None
        As it was written, with what was set; None if it came from no file.
    directory : Path
    force : bool
        Replace an earlier run.

    Raises
    ------
    RunError, StepError, Stopped
        As of :func:`phasefield.run.runner.run`.
    """
    with Watchdog(deck.checkpoint.watchdog) as watchdog:
        case = build(deck)
        watchdog.beat()
        engine = case.engine()
        watchdog.beat()
        directory = writer.create(directory, force)
        with _ours(directory):
            return _run_in(directory, deck, text, case, engine, watchdog)


def go_on(earlier: Run, unchanged: Deck, deck: Deck, text: str, fallback: bool) -> Run:
    """Go on with a run. Collective.

    Parameters
    ----------
    earlier : Run
    unchanged : Deck
        As it stands in the run directory.
    deck, text
        As for :func:`begin`. If it is the unchanged one, a run that is done is left alone.
    fallback : bool
        Go back to an earlier checkpoint if the newest is damaged.

    Raises
    ------
    RunError, StepError, Stopped
        As of :func:`phasefield.run.runner.restart`.
    """
    directory = earlier.path
    with _ours(directory), Watchdog(deck.checkpoint.watchdog) as watchdog:
        if deck is unchanged and parallel.on_root(lambda: earlier.done):
            log.info("%s is done; to go on, give --until or --set", directory)
            return earlier
        saved = newest(directory, parallel.comm(), fallback)
        case = build(deck)
        for key, (old, new) in require_continuable(saved, unchanged, deck, case.scales.time).items():
            log.warning("%s was %s, is now %s", key, old, new)
        watchdog.beat()
        engine = case.engine()
        watchdog.beat()
        rewind_files(directory, saved, engine.comm)
        return _run_in(directory, deck, text, case, engine, watchdog, saved)


@contextmanager
def _ours(directory: Path) -> Iterator[None]:
    """Nobody else writes this directory; what is logged goes there too."""
    with ExitStack() as stack:
        stack.enter_context(safe.held(directory))
        parallel.on_root(lambda: stack.enter_context(lock.held(directory)))
        try:
            parallel.configure_logging(directory / "run.log", open_file=safe.appended)
        except OSError as error:
            raise RunError(f"{directory / 'run.log'}: cannot be written ({error.strerror})") from None
        stack.callback(parallel.configure_logging, None)
        yield


def _run_in(
    directory: Path,
    deck: Deck,
    text: str | None,
    case: Case,
    engine: NewtonEngine,
    watchdog: Watchdog,
    saved: Saved | None = None,
) -> Run:
    provenance.write_provenance(directory, deck, text, engine)
    for warning in check.warnings(deck):
        log.warning("%s", warning)
    if (excess := imbalance(engine.grid.parts)) > TOLERATED_IMBALANCE:
        log.warning(
            "the largest of %d boxes has %.2f times its share of the cells; choose numbers that divide better",
            engine.comm.size, excess,
        )  # fmt: skip
    if engine.remark:
        log.warning("%s", engine.remark)

    unit, end = case.scales.time, case.ends[-1]
    history = History(case.record(engine), unit, writer.HistoryFile(directory / HISTORY))
    outputs = [_snapped(t / unit, case.ends) for t in deck.snapshot_times]
    count = saved.snapshots if saved else 0
    file = case.snapshot_file(directory / FIELDS, engine.grid, count)
    snapshots = Snapshots(engine, case, file, [0.0, *outputs], deck.output.fields)
    display = Display(history, end)
    shortest = SHORTEST * end
    controller = Controller(dt=1.0, tolerance=deck.time.tolerance, largest=case.largest_step, smallest=shortest)
    stops = sorted({*outputs, *case.ends})
    progress, failure = Progress(), None
    parts = RunState(case, engine, controller, progress, {"history": history, "snapshots": snapshots})

    def switch(now: float) -> None:
        if (first_step := case.switch(now, engine)) is not None:
            controller.dt = first_step

    if saved:
        parts.restore(saved)
        origin = saved.resumed(engine.comm.size)
        log.info("%s goes on after step %d, on %d ranks", directory, progress.step, engine.comm.size)
    else:
        switch(0.0)
        origin = {"started": provenance.now(), "restarts": []}
        if not (first := engine.initialise(controller.dt)).accepted:
            log.warning("no potential found for the initial state (%s); the first row is a guess", first.reason)

    def save(progress: Progress) -> None:
        if behind := history.file.behind or snapshots.behind:  # a restart would miss what waits
            raise RunError(behind)
        about = {"deck": deck.resolved(), "ranks": engine.comm.size, "versions": provenance.versions()}
        write_checkpoint(directory, parts, origin, about, deck.checkpoint.keep)
        provenance.write_status(directory, "running", "", progress, unit)

    def last_words(text: str) -> None:
        if parallel.is_root():
            writer.replace_json(directory / STATUS, provenance.status("failed", text, progress, unit))

    provenance.write_status(directory, "running", "", progress, unit)
    watchdog.last_words = last_words
    watchdog.beat()
    given = deck.checkpoint
    try:
        with (
            parallel.in_unison(PhasefieldError),
            StopRequests(given.every, given.wall_time and given.wall_time - given.margin) as requests,
        ):
            checkpoints = Checkpoints(save, requests, engine.comm, given.failures)
            ends = StopConditions(case, history)
            observers: list[Observer] = [history, snapshots, display, Options(), ends, checkpoints, watchdog.beat]
            try:
                march(engine, controller, stops, observers, deck.solver.max_rejections, progress, on_stop=switch)
            except StepError as error:
                failure = progress.stop_reason = f"{error} at t = {progress.time * unit:.6g} s"
            stopped = bool(checkpoints.asked) and progress.stop_reason == checkpoints.asked
            if not stopped:  # it would be one more than those of a run that is never stopped
                snapshots.write(progress)
            saved_last = checkpoints.write(progress)
            if behind := history.file.catch_up() or snapshots.catch_up():
                raise RunError(behind)
            if not saved_last and stopped:
                raise RunError(f"{directory}: stopped ({progress.stop_reason}), and no checkpoint could be written")
    except RunError as error:
        with suppress(RunError):  # a full disk may have no room for this either
            provenance.write_status(directory, "failed", str(error), progress, unit)
        raise
    display.close()
    provenance.write_manifest(directory, deck, engine, progress, unit, origin, history.wall)
    ending = "failed" if failure else "stopped" if stopped else "done"
    provenance.write_status(directory, ending, progress.stop_reason, progress, unit)
    log.info("%s after %d steps: %s", directory, progress.step, progress.stop_reason)
    if failure:
        raise StepError(f"{directory}: {failure}")
    if stopped:
        raise Stopped(f"{directory}: {progress.stop_reason}: stopped after step {progress.step}; restart goes on")
    return parallel.on_root(lambda: open_run(directory))


def _snapped(time: float, ends: Sequence[float]) -> float:
    """A time, or the end of a segment that differs from it by round-off only: no step as short as that."""
    nearest = min(ends, key=lambda end: abs(end - time))
    return nearest if abs(nearest - time) <= 1e-9 * ends[-1] else time

"""One run, from a deck to a run directory."""

from __future__ import annotations

import inspect
import logging
import os
import platform
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import phasefield
from phasefield import check, parallel
from phasefield.case import Case, build
from phasefield.deck import Deck, deck_text, load_deck
from phasefield.engines.fipy import FipyEngine
from phasefield.engines.grid import imbalance
from phasefield.engines.solver import PETSC_VERSION, petsc_options
from phasefield.errors import PhasefieldError, RunError, StepError
from phasefield.io import writer
from phasefield.io.rundir import FIELDS, HISTORY, MANIFEST, RESOLVED, STATUS, Run, open_run
from phasefield.io.snapshots import SnapshotFile
from phasefield.ledger import lithium
from phasefield.march import Controller, Progress, march
from phasefield.observers import Display, History, Snapshots, StopConditions
from phasefield.symbolic import describe

log = logging.getLogger(__name__)

#: The first step, and the first after a change of the drive, moves the front by this part of its width.
FIRST_ADVANCE = 0.02
#: No step moves it by more than this.
LARGEST_ADVANCE = 0.5
#: A largest slab this much above the mean one is worth a warning.
TOLERATED_IMBALANCE = 1.25


def run(deck, output=None, force: bool = False, overrides: Sequence[str] = ()) -> Run:
    """Simulate a deck. Collective under MPI.

    Parameters
    ----------
    deck : str, Path or Deck
        File of a deck, or one already loaded.
    output : str or Path, optional
        Run directory to make; by default ``runs/`` and the deck's name.
    force : bool
        Replace an earlier run of that name, and run in spite of errors that ``check`` reports.
    overrides : sequence of str
        ``key=value``, as of ``--set``; only with a file.

    Returns
    -------
    Run

    Raises
    ------
    DeckError
        The deck is not valid, or should not be run.
    RunError
        The run directory cannot be made.
    StepError
        A time step failed for good; the directory holds everything up to it.
    """
    parallel.install_abort_hook()
    path = None if isinstance(deck, Deck) else Path(deck)

    def load() -> tuple[str | None, Deck]:
        text, loaded = (deck_text(path, overrides), load_deck(path, overrides)) if path else (None, deck)
        check.require(loaded, str(path or loaded.title or "deck"), force=force)
        return text, loaded

    text, deck = parallel.on_root(load)
    case = build(deck)
    engine = FipyEngine(
        case.model, deck.domain.cells, case.spacing, deck.solver.profile, max_newton=deck.solver.max_newton
    )
    directory = writer.create(output or Path("runs") / (path.stem if path else "deck"), force)
    parallel.configure_logging(directory / "run.log")
    try:
        return _run_in(directory, deck, text, case, engine)
    finally:
        parallel.configure_logging(None)


def _run_in(directory: Path, deck: Deck, text: str | None, case: Case, engine: FipyEngine) -> Run:
    started, clock = datetime.now(UTC), time.perf_counter()
    _write_head(directory, deck, text, engine)
    for warning in check.warnings(deck):
        log.warning("warning: %s", warning)
    _warn_of_imbalance(deck)

    s = case.scales
    history = History(engine, s, writer.HistoryFile(directory / HISTORY))
    end = case.drive[-1].end
    ends = [segment.end for segment in case.drive]
    outputs = [_snapped(t / s.time, ends) for t in deck.snapshot_times]
    snapshots = Snapshots(
        engine, s, SnapshotFile(directory / FIELDS, engine.slab, deck.domain.spacing, engine.comm),
        [0.0, *outputs], deck.output.fields,
    )  # fmt: skip
    display = Display(history, end)
    controller = Controller(dt=1.0, tolerance=deck.time.tolerance, largest=_largest_step(deck, case))
    stops = sorted({*outputs, *ends})
    starts = {segment.start: segment for segment in case.drive}

    def switch(now: float) -> None:
        if now in starts:
            _apply(starts[now], case, engine)
            controller.dt = _first_step(starts[now], deck, case)

    switch(0.0)
    if not (first := engine.initialise(controller.dt)).accepted:
        log.warning("warning: no potential found for the initial state (%s); the first row is a guess", first.reason)
    progress, failure = Progress(), None
    _status(directory, "running", "", progress, s)
    try:
        with parallel.in_unison(PhasefieldError):
            march(
                engine, controller, stops, [history, snapshots, display, StopConditions(deck.stop, history)],
                deck.solver.max_rejections, progress, on_stop=switch,
            )  # fmt: skip
    except StepError as error:
        failure = progress.stop_reason = f"{error} at t = {progress.time * s.time:.6g} s"
    except RunError as error:
        with suppress(RunError):  # a full disk may have no room for this either
            _status(directory, "failed", str(error), progress, s)
        raise
    snapshots.write(progress)
    display.close()
    _write_manifest(directory, deck, engine, progress, s, started, time.perf_counter() - clock)
    _status(directory, "failed" if failure else "done", progress.stop_reason, progress, s)
    log.info("%s after %d steps: %s", directory, progress.step, progress.stop_reason)
    if failure:
        raise StepError(f"{directory}: {failure}")
    return parallel.on_root(lambda: open_run(directory))


def _apply(segment, case: Case, engine: FipyEngine) -> None:
    """Set the drive, and move the potential by what that changes in the planar cell."""
    model, φ = case.model, engine.v.phi
    if model.segment is not None:
        z = φ.mesh.cellCenters.value[-1]
        now = case.planar.at(lithium(engine))
        earlier, later = now.potential(model.segment), now.potential(segment)
        φ.setValue(φ.value + later(z) - earlier(z))
    model.apply(segment)
    engine.apply_boundaries()


def _first_step(segment, deck: Deck, case: Case) -> float:
    if deck.time.initial_step is not None:
        return deck.time.initial_step / case.scales.time
    current = abs(case.planar.current(segment)) or _fastest(case)  # a rest relaxes as fast as the drive disturbed
    return min(FIRST_ADVANCE / current, _largest_step(deck, case))


def _fastest(case: Case) -> float:
    """Largest current density of the drive; at least what makes a step of one width per thousand times."""
    return max(1e-3, *(abs(case.planar.current(segment)) for segment in case.drive))


def _largest_step(deck: Deck, case: Case) -> float:
    own = LARGEST_ADVANCE / _fastest(case)
    return own if deck.time.max_step is None else min(own, deck.time.max_step / case.scales.time)


def _snapped(time: float, ends: Sequence[float]) -> float:
    """A time, or the end of a segment that differs from it by round-off only: no step as short as that."""
    nearest = min(ends, key=lambda end: abs(end - time))
    return nearest if abs(nearest - time) <= 1e-9 * ends[-1] else time


def _warn_of_imbalance(deck: Deck) -> None:
    ranks = parallel.comm().size
    if (excess := imbalance(deck.domain.cells, ranks)) > TOLERATED_IMBALANCE:
        log.warning(
            "warning: %d layers of cells on %d ranks: the last rank gets %.2f times its share; choose a "
            "number of layers that the ranks divide", deck.domain.cells[-1], ranks, excess,
        )  # fmt: skip


def _write_head(directory: Path, deck: Deck, text: str | None, engine: FipyEngine) -> None:
    equations = equations_text(engine)  # on every rank: FiPy's repr is collective

    def write():
        if text is not None:
            (directory / "deck.toml").write_text(text, encoding="utf-8")
        (directory / "equations.txt").write_text(equations, encoding="utf-8")

    writer.write(directory, write)
    writer.write_json(directory / RESOLVED, {"deck": deck.resolved(), "derived": check.derived(deck)})


def equations_text(engine: FipyEngine) -> str:
    """The equations as the paper has them, and as FiPy terms. Collective."""
    model = engine.model
    parts = [inspect.getdoc(inspect.getmodule(type(model))) or "", "FiPy terms, dimensionless; each sum is zero:"]
    parts += [f"({name})  {equation!r}" for name, equation in engine.equations.items()]
    parts += [f"{name} = {describe(source)}" for name, source in model.sources.items()]
    return "\n\n".join(parts) + "\n"


def _status(directory: Path, state: str, reason: str, progress: Progress, scales) -> None:
    writer.write_json(
        directory / STATUS,
        {"state": state, "reason": reason, "time": progress.time * scales.time, "steps": progress.step},
    )


def _write_manifest(directory, deck, engine, progress, scales, started, wall) -> None:
    memory = parallel.peak_memory()
    manifest = {
        "title": deck.title,
        "stop reason": progress.stop_reason,
        "ranks": engine.comm.size,
        "cells": engine.cells,
        "steps": progress.step,
        "rejected steps": progress.rejected,
        "simulated time [s]": progress.time * scales.time,
        "wall time [s]": round(wall, 3),
        "peak memory [bytes]": memory,
        "started": started.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": platform.node(),
        "solver profile": deck.solver.profile,
        "PETSc options": petsc_options(),
        "versions": {"phasefield": phasefield.__version__, "python": platform.python_version(),
                     "petsc": PETSC_VERSION, **_versions()},
    }  # fmt: skip
    writer.write_json(directory / MANIFEST, manifest)


def _versions() -> dict[str, str]:
    found = {}
    for package in ("fipy", "petsc4py", "mpi4py", "numpy", "scipy", "sympy", "h5py"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found

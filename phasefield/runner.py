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
from phasefield.cases import Case, build
from phasefield.deck import Deck, deck_text, load_deck
from phasefield.engines.choice import make_engine
from phasefield.engines.grid import imbalance
from phasefield.engines.solver import PETSC_VERSION, petsc_options
from phasefield.engines.stepping import NewtonEngine
from phasefield.errors import PhasefieldError, RunError, StepError
from phasefield.io import writer
from phasefield.io.rundir import FIELDS, HISTORY, MANIFEST, RESOLVED, STATUS, Run, open_run
from phasefield.io.snapshots import SnapshotFile
from phasefield.march import Controller, Progress, march
from phasefield.observers import Display, History, Snapshots, StopConditions
from phasefield.symbolic import describe

log = logging.getLogger(__name__)

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
    solver = deck.solver
    engine = make_engine(
        solver.engine, case.model, deck.domain.cells, case.spacing, solver.profile, max_newton=solver.max_newton
    )
    directory = writer.create(output or Path("runs") / (path.stem if path else "deck"), force)
    parallel.configure_logging(directory / "run.log")
    try:
        return _run_in(directory, deck, text, case, engine)
    finally:
        parallel.configure_logging(None)


def _run_in(directory: Path, deck: Deck, text: str | None, case: Case, engine: NewtonEngine) -> Run:
    started, clock = datetime.now(UTC), time.perf_counter()
    _write_head(directory, deck, text, engine)
    for warning in check.warnings(deck):
        log.warning("%s", warning)
    _warn_of_imbalance(deck)
    if engine.remark:
        log.warning("%s", engine.remark)

    unit, end = case.scales.time, case.ends[-1]
    history = History(case.record(engine), unit, writer.HistoryFile(directory / HISTORY))
    outputs = [_snapped(t / unit, case.ends) for t in deck.snapshot_times]
    snapshots = Snapshots(
        engine, case, SnapshotFile(directory / FIELDS, engine.slab, deck.domain.spacing, engine.comm),
        [0.0, *outputs], deck.output.fields,
    )  # fmt: skip
    display = Display(history, end)
    controller = Controller(dt=1.0, tolerance=deck.time.tolerance, largest=case.largest_step)
    stops = sorted({*outputs, *case.ends})

    def switch(now: float) -> None:
        if (first_step := case.switch(now, engine)) is not None:
            controller.dt = first_step

    switch(0.0)
    if not (first := engine.initialise(controller.dt)).accepted:
        log.warning("no potential found for the initial state (%s); the first row is a guess", first.reason)
    progress, failure = Progress(), None
    _status(directory, "running", "", progress, unit)
    try:
        with parallel.in_unison(PhasefieldError):
            march(
                engine, controller, stops, [history, snapshots, display, StopConditions(case, history)],
                deck.solver.max_rejections, progress, on_stop=switch,
            )  # fmt: skip
    except StepError as error:
        failure = progress.stop_reason = f"{error} at t = {progress.time * unit:.6g} s"
    except RunError as error:
        with suppress(RunError):  # a full disk may have no room for this either
            _status(directory, "failed", str(error), progress, unit)
        raise
    snapshots.write(progress)
    display.close()
    _write_manifest(directory, deck, engine, progress, unit, started, time.perf_counter() - clock)
    _status(directory, "failed" if failure else "done", progress.stop_reason, progress, unit)
    log.info("%s after %d steps: %s", directory, progress.step, progress.stop_reason)
    if failure:
        raise StepError(f"{directory}: {failure}")
    return parallel.on_root(lambda: open_run(directory))


def _snapped(time: float, ends: Sequence[float]) -> float:
    """A time, or the end of a segment that differs from it by round-off only: no step as short as that."""
    nearest = min(ends, key=lambda end: abs(end - time))
    return nearest if abs(nearest - time) <= 1e-9 * ends[-1] else time


def _warn_of_imbalance(deck: Deck) -> None:
    ranks = parallel.comm().size
    if (excess := imbalance(deck.domain.cells, ranks)) > TOLERATED_IMBALANCE:
        log.warning(
            "%d layers of cells on %d ranks: the last rank gets %.2f times its share; choose a "
            "number of layers that the ranks divide", deck.domain.cells[-1], ranks, excess,
        )  # fmt: skip


def _write_head(directory: Path, deck: Deck, text: str | None, engine: NewtonEngine) -> None:
    equations = equations_text(engine)  # on every rank: FiPy's repr is collective

    def write():
        if text is not None:
            (directory / "deck.toml").write_text(text, encoding="utf-8")
        (directory / "equations.txt").write_text(equations, encoding="utf-8")

    writer.write(directory, write)
    writer.write_json(directory / RESOLVED, {"deck": deck.resolved(), "derived": check.derived(deck)})


def equations_text(engine: NewtonEngine) -> str:
    """The equations as the paper has them, and as FiPy terms. Collective."""
    model = engine.model
    parts = [inspect.getdoc(inspect.getmodule(type(model))) or "", "FiPy terms, dimensionless; each sum is zero:"]
    parts += [f"({name})  {equation!r}" for name, equation in engine.equations.items()]
    parts += [f"{name} = {describe(source)}" for name, source in model.sources.items()]
    return "\n\n".join(parts) + "\n"


def _status(directory: Path, state: str, reason: str, progress: Progress, unit: float) -> None:
    writer.write_json(
        directory / STATUS,
        {"state": state, "reason": reason, "time": progress.time * unit, "steps": progress.step},
    )


def _write_manifest(directory, deck, engine, progress, unit, started, wall) -> None:
    memory = parallel.peak_memory()
    manifest = {
        "title": deck.title,
        "stop reason": progress.stop_reason,
        "ranks": engine.comm.size,
        "cells": engine.cells,
        "steps": progress.step,
        "rejected steps": progress.rejected,
        "simulated time [s]": progress.time * unit,
        "wall time [s]": round(wall, 3),
        "peak memory [bytes]": memory,
        "started": started.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": platform.node(),
        "engine": engine.name,
        "solver profile": deck.solver.profile,
        "PETSc options": petsc_options(),
        "versions": {"phasefield": phasefield.__version__, "python": platform.python_version(),
                     "petsc": PETSC_VERSION, **_versions()},
    }  # fmt: skip
    writer.write_json(directory / MANIFEST, manifest)


def _versions() -> dict[str, str]:
    found = {}
    for package in ("fipy", "petsc4py", "mpi4py", "numba", "numpy", "scipy", "sympy", "h5py"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found

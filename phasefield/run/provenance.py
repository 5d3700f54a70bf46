"""Provenance and status files of a run directory: how the run was made, and its progress."""

from __future__ import annotations

import inspect
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import phasefield
from phasefield import check, parallel
from phasefield.deck import Deck
from phasefield.engines.solver import PETSC_VERSION, petsc_options
from phasefield.engines.stepping import NewtonEngine
from phasefield.engines.symbolic import describe
from phasefield.io import safe, writer
from phasefield.io.history import file_note
from phasefield.io.rundir import DECK, EQUATIONS, HISTORY, MANIFEST, RESOLVED, STATUS
from phasefield.physics.common.case import Record
from phasefield.physics.common.columns import of_a_run, to_json
from phasefield.physics.common.model import Model
from phasefield.run.time_loop import Progress


def now() -> str:
    """The time of day, to the second, as text."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_provenance(directory: Path, deck: Deck, text: str, engine: NewtonEngine, record: Record) -> None:
    """Write the deck as text and in SI, the files it names, the declared columns, and the equations. Collective."""
    equations = equations_text(engine)  # on every rank: FiPy's repr is collective

    def write():
        writer.replace_text(directory / DECK, text)
        for name, content in deck.attachments.values():
            writer.replace_text(directory / name, content)
        writer.replace_text(directory / EQUATIONS, equations)

    writer.write(directory, write)
    resolved = {
        "deck": deck.resolved(),
        "derived": check.derived(deck),
        "columns": [to_json(column) for column in of_a_run(record.columns)],
        "derived_shown": [to_json(number) for number in record.derived],
        "fields": {f.name: {"label": f.label, "unit": f.unit} for f in (*engine.model.fields, *engine.model.static)},
    }
    writer.write_json(directory / RESOLVED, resolved)


def equations_text(engine: NewtonEngine) -> str:
    """The equations as in the paper, those of the base models first, and as FiPy terms. Collective."""
    model = engine.model
    parts = [*explanations(type(model)), "FiPy terms, dimensionless; each sum is zero:"]
    with np.printoptions(threshold=6, edgeitems=1):  # shortens arrays of face normals
        parts += [f"({name})  {equation!r}" for name, equation in engine.equations.items()]
    parts += [f"{name} = {describe(source)}" for name, source in model.sources.items()]
    return "\n\n".join(parts) + "\n"


def explanations(model: type[Model]) -> list[str]:
    """Module docstrings, with the equations, of a model and of its base models, the most general base first."""
    models = [base for base in reversed(model.__mro__) if issubclass(base, Model)]
    bases = [base for base in models if base.equations is not Model.equations]  # the others declare no equations
    modules = dict.fromkeys(inspect.getmodule(base) for base in bases)
    return [f"{module.__name__}:\n\n{text}" for module in modules if module and (text := inspect.getdoc(module))]


def status(state: str, reason: str, progress: Progress, unit: float) -> dict[str, Any]:
    """Content of ``status.json``; `unit` is the time unit of the model [s]."""
    return {"state": state, "reason": reason, "time": progress.time * unit, "steps": progress.step}


def write_status(directory: Path, state: str, reason: str, progress: Progress, unit: float) -> None:
    """Replace ``status.json``; once the run has ended, it also has size and checksum of the history. Collective."""

    def write():
        found = status(state, reason, progress, unit)
        if state != "running":
            found["files"] = {HISTORY: file_note(safe.read(directory / HISTORY))}
        writer.replace_json(directory / STATUS, found)

    writer.write(directory / STATUS, write)


def write_manifest(
    directory: Path, deck: Deck, engine: NewtonEngine, progress: Progress, unit: float, origin: dict, wall: float
) -> None:
    """Write ``manifest.json``. Collective.

    Parameters
    ----------
    origin : dict
        Times of the start and of the restarts.
    wall : float [s]
        Wall time of the run, summed over its restarts.
    """
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
        **origin,
        "ended": now(),
        "host": platform.node(),
        "engine": engine.name,
        "time method": engine.method,
        "solver profile": deck.solver.profile,
        "PETSc options": petsc_options(),
        "versions": versions(),
    }
    writer.write_json(directory / MANIFEST, manifest)


def versions() -> dict[str, str]:
    """Versions of this package and of the libraries that it computes with."""
    found = {"phasefield": phasefield.__version__, "python": platform.python_version(), "petsc": PETSC_VERSION}
    for package in ("fipy", "petsc4py", "mpi4py", "numba", "numpy", "scipy", "sympy", "h5py"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found

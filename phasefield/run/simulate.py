"""Run a user's own model from a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phasefield.deck import Deck, parse_deck
from phasefield.deck.load import overridden
from phasefield.deck.write import text_of
from phasefield.physics import registry
from phasefield.physics.common.model import Model
from phasefield.physics.custom.parameters import can_be_read_back, written
from phasefield.run.runner import start

if TYPE_CHECKING:
    from phasefield.io.rundir import Run
    from phasefield.run.user_observers import UserObserver


@dataclass(frozen=True)
class Grid:
    """A box of equal cells, in 1, 2 or 3 dimensions; the last axis is the height.

    Attributes
    ----------
    cells : tuple of int
        Along each axis; 4 or more.
    size : tuple of float [m] or of str
        Lengths of the box, as numbers or as texts with a unit (``"40 um"``).

    Examples
    --------
    >>> Grid(cells=(80, 40), size=("40 um", "20 um"))
    Grid(cells=(80, 40), size=('40 um', '20 um'))
    """

    cells: tuple[int, ...]
    size: tuple[float | str, ...]

    def section(self) -> dict[str, Any]:
        """``[domain]`` of a deck."""
        return {
            "dimension": len(self.cells),
            "size": [length if isinstance(length, str) else f"{float(length)!r} m" for length in self.size],
            "cells": [int(n) for n in self.cells],
        }


def simulate(
    model: Model,
    grid: Grid,
    until: float | str,
    output: str | Path | None = None,
    force: bool = False,
    overrides: Sequence[str] = (),
    observers: Sequence[UserObserver] = (),
    title: str = "",
) -> Run:
    """Run a model of your own: adaptive steps, history, snapshots, checkpoints, restart. Collective under MPI.

    Parameters
    ----------
    model : Model
        Its ``length_scale`` [m] and ``time_scale`` [s] are the units of its dimensionless equations.
    grid : Grid
    until : float [s] or str
        Simulated time at the end, as a number or as a text with a unit (``"5 min"``).
    output : str or Path, optional
        Run directory to create; by default ``runs/`` and the name of the model's class.
    force, observers
        As for :func:`phasefield.run`.
    overrides : sequence of str
        ``key=value`` of the sections ``time``, ``solver``, ``output`` and ``checkpoint``, as in a deck:
        ``"time.max_step=1 s"``, ``"output.snapshots=40"``; see ``inputs/README.md``.
    title : str
        Title of the run, shown in reports and pictures.

    Returns
    -------
    Run

    Raises
    ------
    DeckError
        The grid, the time or an override is not valid.
    RunError, StepError, ObserverError, Stopped
        As for :func:`phasefield.run`.

    Notes
    -----
    ``phasefield.restart(directory, model=...)`` continues the run. The command ``phasefield restart`` can do so only if
    the class is an installed entry point and a deck can hold the arguments that the model was made with.
    """
    if not isinstance(model, Model):
        raise TypeError(f"simulate() takes an instance of a phasefield.Model, not {model!r}")
    name = type(model).__name__
    directory = Path(output or Path("runs") / name.lower())
    data = {
        **({"title": title} if title else {}),
        "model": name + registry.OF_SCRIPT,
        "parameters": written(model),
        "domain": grid.section(),
        "stop": {"time": until if isinstance(until, str) else f"{float(until)!r} s"},
    }

    def read() -> tuple[str, Deck]:
        installed = registry.installed_as(type(model))
        called = {"model": installed} if installed and can_be_read_back(model) else {}
        text = overridden(text_of(data | called, name), name, overrides)
        return text, parse_deck(text, name, physics=model)

    return start(read, name, directory, force, observers, model)

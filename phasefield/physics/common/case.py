"""What the runner asks of a case, whichever physics it is about."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from phasefield.deck.common import Deck
from phasefield.engines.factory import make_engine
from phasefield.engines.stepping import NewtonEngine
from phasefield.io.snapshots import SnapshotFile
from phasefield.physics.common.balance import Balance
from phasefield.physics.common.columns import Column, Derived
from phasefield.physics.common.drive import Segment
from phasefield.physics.common.scales import Scales


class Record(ABC):
    """The measured state of a run: one row of ``history.csv`` per accepted step.

    Attributes
    ----------
    columns : tuple of Column
        What is measured, in the order of the file.
    derived : tuple of Derived
        What ``phasefield compare`` shows beside it of the numbers that follow from the deck.
    kept : tuple of str
        Attributes that steps change, or that belong to the initial state: numbers, or tuples of them.
    """

    columns: tuple[Column, ...] = ()
    derived: tuple[Derived, ...] = ()
    kept: tuple[str, ...] = ()

    @abstractmethod
    def update(self, dt: float) -> None:
        """Book an accepted step of length dt [1]."""

    @abstractmethod
    def row(self, time: float) -> dict[str, float]:
        """Values of the present state at a time [s], in SI, by the name of their column. Collective.

        A column that this run does not have is left out; of two columns of one name, the heads stand for the names.
        """

    def balances(self) -> dict[str, Balance]:
        """Where each balance stands, by the name of the column that shows its error. Collective.

        A step whose balances do not close is rejected (:class:`phasefield.run.account.Account`).
        """
        return {}

    def state(self) -> dict[str, Any]:
        """The account so far, as JSON."""
        return {name: getattr(self, name) for name in self.kept}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on with an account."""
        for name in self.kept:
            value = state[name]
            setattr(self, name, tuple(value) if isinstance(value, list) else value)

    @abstractmethod
    def summary(self, row: dict[str, float]) -> str:
        """What of a row, by the names of its columns, a person wants to see while the run goes on."""


class Case(ABC):
    """One deck, ready to run: the model and all that is particular to its physics.

    Attributes
    ----------
    deck : Deck
    scales : Scales
    model : Model
    spacing : tuple of float [1]
        Cell sizes in the model's length.
    """

    deck: Deck
    scales: Scales
    model: Any
    spacing: tuple[float, ...]

    @property
    @abstractmethod
    def ends(self) -> tuple[float, ...]:
        """Times [1] at which something changes from outside; the last is the planned end."""

    @property
    @abstractmethod
    def largest_step(self) -> float:
        """Longest time step [1]."""

    @abstractmethod
    def switch(self, now: float, engine) -> float | None:
        """Put in force what begins at a time; the first step to try then, None if nothing begins."""

    @abstractmethod
    def record(self, engine) -> Record:
        """Open the account of an engine's initial state."""

    @abstractmethod
    def stop_reason(self, row: dict[str, float]) -> str | None:
        """Why a run should end in the state of a row, by the names of its columns, if it should."""

    def engine(self) -> NewtonEngine:
        """The engine that the deck asks for, with the initial state. Collective."""
        s, cells = self.deck.solver, self.deck.domain.cells
        return make_engine(s.engine, self.model, cells, self.spacing, s.profile, s.max_newton, s.petsc)

    def snapshot_file(self, path: Path, grid, count: int) -> SnapshotFile:
        """Where the fields of an engine on this grid go; ``count`` as of `SnapshotFile`. Collective."""
        return SnapshotFile(path, grid, self.deck.domain.spacing, count)

    def derived_fields(self, engine) -> dict[str, Any]:
        """Owned arrays in SI units for snapshots, beside the model's own fields."""
        return {}


class Undriven(Case):
    """A case that nothing changes from outside: it begins, and is left to itself until the planned time.

    Attributes
    ----------
    first_step : float [1]
        The step to try first where the deck says none.
    """

    first_step = 0.02

    @property
    def ends(self):
        """The end of the run; nothing changes from outside before."""
        return (self.deck.planned_time / self.scales.time,)

    @property
    def largest_step(self):
        """What the deck allows; the error of the step limits it otherwise."""
        given = self.deck.time.max_step
        return math.inf if given is None else given / self.scales.time

    def switch(self, now, engine):
        """Nothing but the beginning."""
        if now > 0:
            return None
        given = self.deck.time.initial_step
        return min(self.first_step if given is None else given / self.scales.time, self.largest_step)


class Driven(Case):
    """A case with a drive: currents, voltages and rests, one after the other.

    Attributes
    ----------
    drive : tuple of phasefield.physics.common.drive.Segment
    """

    drive: tuple[Segment, ...]

    @property
    @abstractmethod
    def first_step(self) -> float:
        """The first step of a segment where the deck says none [1]."""

    @property
    @abstractmethod
    def longest(self) -> float:
        """Longest step that the drive allows [1]."""

    @property
    def fastest(self) -> float:
        """Largest given current density of the drive [1]; 0 where only voltages or rests are given."""
        return max((abs(s.value) for s in self.drive if s.galvanostatic), default=0.0)

    @property
    def ends(self):
        """Of the drive's segments."""
        return tuple(segment.end for segment in self.drive)

    @property
    def largest_step(self):
        """What the deck allows, and the drive."""
        given = self.deck.time.max_step
        return self.longest if given is None else min(self.longest, given / self.scales.time)

    def segment_at(self, now: float) -> Segment | None:
        """The segment that begins at a time, if one does."""
        return next((s for s in self.drive if s.start == now), None)

    def switch(self, now, engine):
        """Set the drive."""
        segment = self.segment_at(now)
        if segment is None:
            return None
        self.model.apply(segment)
        engine.apply_boundaries()
        given = self.deck.time.initial_step
        return min(self.first_step if given is None else given / self.scales.time, self.largest_step)


def in_metres(function: Callable, scales: Scales) -> Callable:
    """A function of coordinates [m] as one of a model's dimensionless coordinates."""
    return lambda x: function([np.asarray(c) * scales.length for c in x])


def product_of(functions: list[Callable]) -> Callable:
    """The function of coordinates that is the product of some."""
    return lambda x: np.prod([f(x) for f in functions], axis=0)

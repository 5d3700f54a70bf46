"""Interface of cases and records that all physics implement."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from phasefield.deck.common import Deck, DrivenDeck
from phasefield.engines.factory import make_engine
from phasefield.engines.solver import from_environment
from phasefield.engines.stepping import NewtonEngine
from phasefield.io.snapshots import SnapshotFile
from phasefield.io.unstructured_snapshots import GradedSnapshotFile
from phasefield.physics.common.balance import Balance
from phasefield.physics.common.columns import Column, Derived
from phasefield.physics.common.drive import Segment
from phasefield.physics.common.scales import Scales
from phasefield.physics.common.stop import Limit


class Record(ABC):
    """The measured state of a run: one row of ``history.csv`` per accepted step.

    Attributes
    ----------
    columns : tuple of Column
        Columns that the record measures, in the order of the file.
    derived : tuple of Derived
        Numbers from the deck that ``phasefield compare`` also shows.
    kept : tuple of str
        Attributes that checkpoints save, since steps or the initial state define them: numbers or tuples of numbers.
    """

    columns: tuple[Column, ...] = ()
    derived: tuple[Derived, ...] = ()
    kept: tuple[str, ...] = ()

    @abstractmethod
    def update(self, dt: float) -> None:
        """Add a step of length dt [1] to the sums."""

    @abstractmethod
    def row(self, time: float) -> dict[str, float]:
        """Values of the present state at a time [s], in SI, by the name of their column. Collective.

        Columns that this run does not have are omitted; two columns of the same name are given by their heads.
        """

    def balances(self) -> dict[str, Balance]:
        """All balances, by the name of the column with their error. Collective.

        A step with too large a balance error is rejected (:class:`phasefield.run.account.Account`).
        """
        return {}

    def impossible(self, row: dict[str, float]) -> str:
        """Why the values of a row cannot be right though all balances close; empty if they can.

        A step to such a row is rejected.
        """
        return ""

    def state(self) -> dict[str, Any]:
        """Present state of the record, as JSON."""
        return {name: getattr(self, name) for name in self.kept}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a saved state."""
        for name in self.kept:
            value = state[name]
            setattr(self, name, tuple(value) if isinstance(value, list) else value)

    @abstractmethod
    def summary(self, row: dict[str, float]) -> str:
        """Short text about a row, by the names of its columns, for the display of a running simulation."""


class Case(ABC):
    """One deck, ready to run: the model and all other parts that depend on its physics.

    Attributes
    ----------
    deck : Deck
    scales : Scales
    model : Model
    spacing : tuple of float or ndarray [1]
        Cell sizes in the model's length, by axis; one for each cell where they differ.
    """

    deck: Deck
    scales: Scales
    model: Any
    spacing: tuple[Any, ...]

    @property
    @abstractmethod
    def ends(self) -> tuple[float, ...]:
        """Times [1] at which the drive changes unless a condition ends a step earlier; the last is the planned end."""

    @property
    @abstractmethod
    def largest_step(self) -> float:
        """Longest time step [1]."""

    def largest_after(self, row: dict[str, float]) -> float:
        """Longest time step [1] after the state of a row, by the names of its columns."""
        return self.largest_step

    @abstractmethod
    def begin(self, index: int, engine) -> float:
        """Apply a segment of the drive by its number from 0; return the first time step to try [1]."""

    @abstractmethod
    def record(self, engine) -> Record:
        """Make the record of an engine, from its initial state."""

    @property
    def petsc(self) -> dict[str, Any]:
        """PETSc options of the solver: the deck's, and those that the model needs."""
        return self.deck.solver.petsc

    @property
    def limits(self) -> tuple[Limit, ...]:
        """Conditions that end the run, and that its last step just meets."""
        return ()

    @property
    def bounds(self) -> tuple[Limit, ...]:
        """Conditions that end the run after the step that meets them; this step is not cut."""
        return ()

    @property
    def used_up(self) -> Limit | None:
        """Condition that nothing is left to strip; None if the model does not know."""
        return None

    def stop_reason(self, row: dict[str, float]) -> str | None:
        """Why a run should end in the state of a row, by the names of its columns; None if it should not."""
        return next((limit.reason for limit in (*self.limits, *self.bounds) if limit.beyond(row) >= 0), None)

    def exhausted(self, engine) -> str:
        """Why the cell allows no further step, asked after several rejections; empty if it does. Collective."""
        return ""

    def events(self, engine) -> Any:
        """What happens between steps of an engine, or None: an observer of accepted steps that may change the fields.

        Its ``state()`` is saved in checkpoints, and given to its ``restore(state)``.
        """
        return None

    @property
    def splits(self) -> bool:
        """Whether steps are split; "auto" does not if PETSc's options in the environment are for all fields' matrix."""
        return self.deck.splits and (self.deck.time.method == "split" or not from_environment("pc_type"))

    def engine(self) -> NewtonEngine:
        """The engine that the deck selects, with the initial state. Collective."""
        deck, s = self.deck, self.deck.solver
        common = self.model, deck.domain.shape, self.spacing, s.profile, s.max_newton, deck.order, self.petsc
        return make_engine(s.engine, *common, split=self.splits)

    def snapshot_file(self, path: Path, grid, count: int) -> SnapshotFile:
        """Snapshot file for the fields of an engine on this grid; ``count`` as for `SnapshotFile`. Collective."""
        edges = self.deck.domain.edges
        kind = SnapshotFile if edges == self.deck.domain.spacing else GradedSnapshotFile
        return kind(path, grid, edges, count)

    def derived_fields(self, engine) -> dict[str, Any]:
        """Owned arrays in SI units for snapshots, in addition to the model's fields."""
        return {}


class Undriven(Case):
    """A case without a drive, which evolves by itself until the planned time.

    Attributes
    ----------
    first_step : float [1]
        First step if the deck gives none.
    """

    first_step = 0.02

    @property
    def ends(self):
        """The end of the run, the only such time."""
        return (self.deck.planned_time / self.scales.time,)

    @property
    def largest_step(self):
        """Largest step of the deck; otherwise only the error limits the step."""
        given = self.deck.time.max_step
        return math.inf if given is None else given / self.scales.time

    def begin(self, index, engine):
        """The first step; there is nothing to apply."""
        given = self.deck.time.initial_step
        return min(self.first_step if given is None else given / self.scales.time, self.largest_step)


class Driven(Case):
    """A case with a drive: currents, voltages and rests, one after the other.

    Attributes
    ----------
    deck : DrivenDeck
    drive : tuple of phasefield.physics.common.drive.Segment
    """

    deck: DrivenDeck
    drive: tuple[Segment, ...]

    @property
    @abstractmethod
    def first_step(self) -> float:
        """First step of a segment if the deck gives none [1]."""

    @abstractmethod
    def longest_at(self, current: float) -> float:
        """Longest step that a current density allows, both [1]."""

    def expected(self, segment: Segment) -> float:
        """Size of a segment's current density [1]: the given one, else that of exchange, which is the unit."""
        return abs(segment.value) if segment.galvanostatic and segment.value else 1.0

    @property
    def fastest(self) -> float:
        """Largest given current density of the drive [1]; 0 if only voltages or rests are given."""
        return max((abs(s.value) for s in self.drive if s.galvanostatic), default=0.0)

    @property
    def ends(self):
        """Ends of the segments up to the planned end, if no condition ends one earlier."""
        return tuple(scheduled.end / self.scales.time for scheduled in self.deck.schedule())

    @property
    def largest_step(self):
        """Largest step that the deck and the segment in force, or the first one before it begins, allow."""
        longest, given = self.longest_at(self.expected(self.model.segment or self.drive[0])), self.deck.time.max_step
        return longest if given is None else min(longest, given / self.scales.time)

    def begin(self, index, engine):
        """Set the drive."""
        self.model.apply(self.drive[index])
        engine.apply_boundaries()
        given = self.deck.time.initial_step
        return min(self.first_step if given is None else given / self.scales.time, self.largest_step)


def in_metres(function: Callable, scales: Scales) -> Callable:
    """Convert a function of coordinates [m] to one of a model's dimensionless coordinates."""
    return lambda x: function([np.asarray(c) * scales.length for c in x])


def product_of(functions: list[Callable]) -> Callable:
    """Product of functions of coordinates."""
    return lambda x: np.prod([f(x) for f in functions], axis=0)

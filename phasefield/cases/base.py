"""What the runner asks of a case, whichever physics it is about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np


class Record(ABC):
    """The measured state of a run: one row of ``history.csv`` per accepted step.

    Attributes
    ----------
    kept : tuple of str
        Attributes that steps change, or that belong to the initial state: numbers, or tuples of them.
    """

    kept: tuple[str, ...] = ()

    @abstractmethod
    def enter(self, dt: float) -> None:
        """Book an accepted step of length dt [1]."""

    @abstractmethod
    def row(self, time: float) -> dict[str, float]:
        """Columns of the present state at a time [s], by head with its unit, in SI. Collective."""

    def state(self) -> dict[str, Any]:
        """The account so far, as JSON."""
        return {name: getattr(self, name) for name in self.kept}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on with an account."""
        for name in self.kept:
            value = state[name]
            setattr(self, name, tuple(value) if isinstance(value, list) else value)

    @staticmethod
    @abstractmethod
    def tell(row: dict[str, float]) -> str:
        """What of a row a person wants to see while the run goes on."""


class Case(ABC):
    """One deck, ready to run: the model and all that is particular to its physics.

    Attributes
    ----------
    deck : Deck
    scales : object
        ``length`` [m], ``time`` [s] and what else the physics needs.
    model : Model
    spacing : tuple of float [1]
        Cell sizes in the model's length.
    """

    deck: Any
    scales: Any
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
        """Why a run should end in the state of a row, if it should."""

    def derived_fields(self, engine) -> dict[str, Any]:
        """Owned arrays in SI units for snapshots, beside the model's own fields."""
        return {}


def in_metres(function: Callable, scales) -> Callable:
    """A function of coordinates [m] as one of a model's dimensionless coordinates."""
    return lambda x: function([np.asarray(c) * scales.length for c in x])


def product_of(functions: list[Callable]) -> Callable:
    """The function of coordinates that is the product of some."""
    return lambda x: np.prod([f(x) for f in functions], axis=0)

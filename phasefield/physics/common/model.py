"""What a model declares: fields, static fields, boundary conditions and equations, all as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from phasefield.physics.common.columns import Column


@dataclass(frozen=True)
class Field:
    """An unknown of a model.

    Attributes
    ----------
    name : str
        ASCII name: key of the deck's output list, name of the array in the snapshots.
    label, unit : str
        For tables and pictures.
    initial : callable
        ``initial(coordinates) -> ndarray``, dimensionless, of dimensionless global coordinates.
    scale : float [unit]
        What one dimensionless unit is worth.
    lower, upper : float [1]
        Bounds an accepted state must keep, in dimensionless units.
    positive : bool
        Newton's steps are shortened so that the field stays positive.
    tolerance : float [1]
        Largest change in the last Newton iteration of a converged step.
    controls_step : bool
        Whether the local time error of this field steers the time step.
    """

    name: str
    label: str
    unit: str
    initial: Callable[[Any], np.ndarray]
    scale: float = 1.0
    lower: float = -np.inf
    upper: float = np.inf
    positive: bool = False
    tolerance: float = 1e-3
    controls_step: bool = False


@dataclass(frozen=True)
class CoefficientField:
    """A function of position, fixed in time; ``values(coordinates) -> ndarray``, dimensionless."""

    name: str
    label: str
    unit: str
    values: Callable[[Any], np.ndarray]
    scale: float = 1.0


@dataclass(frozen=True)
class LaggedField:
    """What a model computes from its fields when a step starts, from their prediction, and keeps while it is solved.

    Where there is no prediction, in the first step and after a change of the drive, it is computed again in the first
    Newton iterations. ``values(fields, box) -> ndarray``: of the present fields and the static ones by name, arrays of axes (last, …, x)
    over the cells that a rank holds, and its :class:`phasefield.engines.grid.Box`. What it says of a cell may depend
    on the next cells.
    """

    name: str
    values: Callable[[dict[str, np.ndarray], Any], np.ndarray]


@dataclass(frozen=True)
class Boundary:
    """A condition on a face of the box; every face without one is a mirror, or its axis is periodic.

    ``bottom`` and ``top`` are the ends of the last axis; ``left`` and ``right`` those of x in 2-D and 3-D, ``front``
    and ``back`` those of y in 3-D.

    ``kind = "value"`` prescribes the field on the face; ``"flux"`` what enters through the face, per area,
    of the quantity that the field's equation balances. ``value`` may be a FiPy variable without a mesh, read at each
    iteration; that of a flux also ``value(layer) -> ndarray``, a function of the fields next to the face, by name.
    """

    field: str
    face: Literal["bottom", "top", "left", "right", "front", "back"]
    kind: Literal["value", "flux"]
    value: Any


class Model:
    """Base of all models: the declaration an engine needs, and nothing about how it is solved.

    Attributes
    ----------
    fields, static, auxiliary
        Unknowns, functions of position, and what is worked out once a step.
    periodic : str
        Axes of the box that close upon themselves, of "xyz".
    columns : tuple of Column
        What :meth:`measure` gives.
    length_scale : float [m]
        What one unit of length of the equations is worth, where no scales of a deck say it.
    time_scale : float [s]
        The same of time.
    arguments : tuple
        What the constructor was called with, by position and by name; a run's deck notes it.
    """

    fields: tuple[Field, ...] = ()
    static: tuple[CoefficientField, ...] = ()
    auxiliary: tuple[LaggedField, ...] = ()
    periodic: str = ""
    columns: tuple[Column, ...] = ()
    length_scale: float = 1.0
    time_scale: float = 1.0
    arguments: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *positional, **named):
        self = super().__new__(cls)
        self.arguments = positional, named
        return self

    def __init__(self):
        self.sources: dict[str, Any] = {}  # expressions that were linearised, for the record
        self.scalars: tuple[Any, ...] = ()  # FiPy variables that refresh() changes; a rejected step restores them

    def boundaries(self, v) -> tuple[Boundary, ...]:
        """Conditions in force now; an engine asks again whenever the model says they changed."""
        return ()

    def refresh(self, state, dt, iteration: int) -> None:
        """Bring the model's own scalars up to date with the present iterate.

        Called before each Newton iteration (1, 2, …) and, with 0, once the step has converged; ``state`` is a
        :class:`phasefield.engines.state.State`, ``dt`` a FiPy variable.
        """

    def gradient_fluxes(self, v) -> dict:
        """FiPy face variables, by field: what a gradient drives into the field's equation, along +n."""
        return {}

    def equations(self, v, dt) -> dict:
        """FiPy equations by the name of the field each one is for; every term names its ``var=``.

        Parameters
        ----------
        v : SimpleNamespace
            FiPy cell variables of the fields, static fields and auxiliaries, by name, and ``v.inflow`` with one more
            per field: what the flux conditions let in, per volume. Expressions count, not present values, which are
            those of a grid of a few cells.
        dt : fipy.Variable [1]
            Time step.
        """
        raise NotImplementedError(f"{type(self).__name__} declares no equations")

    def measure(self, fields) -> dict[str, float]:
        """Numbers of the present state, in SI units, by the names of :attr:`columns`. Called on every rank.

        Parameters
        ----------
        fields : FieldView
            The present fields, their means and extremes; see :class:`phasefield.physics.common.view.FieldView`.
        """
        return {}

    def conserved(self, fields) -> dict[str, float]:
        """Amounts that no step should change, by name; each becomes a column that says how far it is from its start.

        Relative to the amount at the start, unless that is zero; `fields` as of :meth:`measure`.
        """
        return {}

"""Declaration of a model: fields, static fields, boundary conditions and equations, all as data."""

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
        Name and unit in tables and pictures.
    initial : callable
        ``initial(coordinates) -> ndarray``, dimensionless, of dimensionless global coordinates.
    scale : float [unit]
        Size of one dimensionless unit.
    lower, upper : float [1]
        Bounds an accepted state must keep, in dimensionless units.
    positive : bool
        Newton's steps are shortened so that the field stays positive.
    tolerance : float [1]
        Largest change in the last Newton iteration of a converged step.
    controls_step : bool
        Whether the local time error of this field steers the time step.
    part : callable or None
        ``part(fields) -> ndarray`` between 0 and 1 of the present fields by name: the part of each cell in which this
        field has a meaning. Its time error counts by it. None for all of each cell.
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
    part: Callable[[dict[str, np.ndarray]], np.ndarray] | None = None


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
    """A field that is computed once per step, from the predicted fields, and is constant while the step is solved.

    ``values(fields, box) -> ndarray`` takes the present fields and the static ones by name, arrays of axes (last, …, x)
    over the cells that a rank holds, and its :class:`phasefield.engines.grid.Box`. A cell's value may depend on the
    neighbouring cells.

    A step without prediction, as the first one after a change of the drive, computes a field that ``settles`` again in
    each of its first Newton iterations, until it follows the fields that the step finds. Others do so in the first
    ``looks`` iterations of the model.

    A field that is ``collective`` gets the :class:`phasefield.engines.grid.Grid` instead of its box, and all ranks
    compute it together.
    """

    name: str
    values: Callable[[dict[str, np.ndarray], Any], np.ndarray]
    settles: bool = False
    collective: bool = False


@dataclass(frozen=True)
class Floating:
    """Unknown numbers, one for each of some groups of cells: the one with which no step changes the group's content.

    Attributes
    ----------
    name : str
        Lagged field that holds the numbers in the cells of their groups, and 0 in all others.
    group : str
        Lagged field that holds the number of the group, from 1 on, and 0 in cells of none.
    content : str
        Field whose integral over each group stays constant.
    groups : callable
        ``groups(values, grid) -> ndarray of int`` of the content in the cells held: the group of each cell, numbered
        from 1 on, or 0. Called when a step starts. Collective.
    first : callable
        ``first(fields) -> (values, weights)`` of the present fields by name: the weighted mean over a group is the
        first guess of its number.
    tolerance : float [1]
        Largest change in the last Newton iteration of a converged step.
    """

    name: str
    group: str
    content: str
    groups: Callable[[np.ndarray, Any], np.ndarray]
    first: Callable[[dict[str, np.ndarray]], tuple[np.ndarray, np.ndarray]]
    tolerance: float = 1e-3


@dataclass(frozen=True)
class Split:
    """How a step may be split: a field by explicit stages, then the potential that its reaction follows.

    The equations must then accept a ``v.reaction``, a field to use as the reaction; ``v.metal``, a number; and None as
    ``v.piece``, where no cell belongs to a group of :class:`Floating`.

    Attributes
    ----------
    field, potential : str
        Names of the two fields. The field has a rate of change, linear in the reaction; the potential has none.
    predicted : str
        The only lagged field that depends on the fields: a copy of ``field``.
    reaction : callable
        ``reaction(v)``, the FiPy expression of the reaction: a function of the fields that changes little across the
        interface, so that it may be extrapolated in time where the interface moves through.
    stored : float [1]
        Factor of the field's rate of change in the balance of charge, which is the potential's equation.
    """

    field: str
    potential: str
    predicted: str
    reaction: Callable[[Any], Any]
    stored: float


@dataclass(frozen=True)
class Boundary:
    """A condition on a face of the box; every face without one is a mirror, or its axis is periodic.

    ``bottom`` and ``top`` are the ends of the last axis; ``left`` and ``right`` those of x in 2-D and 3-D, ``front``
    and ``back`` those of y in 3-D.

    ``kind = "value"`` prescribes the field on the face; ``"flux"`` the inward flux, per area, of the quantity that the
    field's equation balances. ``value`` may be a FiPy variable without a mesh, read at each iteration; for a flux it
    may also be ``value(layer) -> ndarray``, a function of the fields next to the face, by name.
    """

    field: str
    face: Literal["bottom", "top", "left", "right", "front", "back"]
    kind: Literal["value", "flux"]
    value: Any


class Model:
    """Base of all models: the declaration that an engine needs, independent of how it is solved.

    Attributes
    ----------
    fields, static, auxiliary
        Unknowns, functions of position, and fields computed once per step.
    floating : Floating or None
        Numbers of groups of cells that are unknowns too.
    split : Split or None
        How a step may be split; None if it may not.
    looks : int
        Newton iterations of a step with a prediction in which lagged fields that settle are computed, at least 1.
    periodic : str
        Periodic axes of the box, a part of "xyz".
    columns : tuple of Column
        Columns that :meth:`measure` returns.
    instant : float [1]
        Length of the trial step that finds the initial potentials, over that of the first step. What else changes in
        it, as a concentration does, shows in the first row.
    length_scale : float [m]
        Unit of length of the equations, for models without scales from a deck.
    time_scale : float [s]
        Unit of time of the equations, likewise.
    arguments : tuple
        Arguments of the constructor, by position and by name; the deck of a run contains them.
    """

    fields: tuple[Field, ...] = ()
    static: tuple[CoefficientField, ...] = ()
    auxiliary: tuple[LaggedField, ...] = ()
    floating: Floating | None = None
    split: Split | None = None
    looks: int = 1
    periodic: str = ""
    columns: tuple[Column, ...] = ()
    instant: float = 1.0
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
        """Present boundary conditions; an engine reads them again when the drive changes."""
        return ()

    def refresh(self, state, dt, iteration: int) -> None:
        """Bring the model's own scalars up to date with the present iterate.

        Called before each Newton iteration (1, 2, …) and, with 0, once the step has converged; ``state`` is a
        :class:`phasefield.engines.state.State`, ``dt`` that of :meth:`equations`; the step is ``state.dt`` long.
        """

    def gradient_fluxes(self, v) -> dict:
        """FiPy face variables, by field: the flux along +n that gradients drive in the field's equation."""
        return {}

    def equations(self, v, dt) -> dict:
        """FiPy equations by the name of the field each one is for; every term names its ``var=``.

        Parameters
        ----------
        v : SimpleNamespace
            FiPy cell variables of the fields, static fields and auxiliaries, by name, and ``v.inflow`` with one more
            per field: the flux of the boundary conditions, per volume. Only the expressions matter: the present values
            belong to a grid of a few cells. ``v.lag`` is the part of a step by which a coefficient may be taken before
            its end: ½ in implicit Euler, 0 in BDF2.
        dt : fipy.Variable [1]
            (u − u.old)/dt is the rate of change of a field u. In implicit Euler that is the length of the step, and
            ``u.old`` the last state; see :class:`phasefield.engines.state.Difference`.
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
        """Amounts that no step should change, by name; each becomes a column with its deviation from the start.

        The deviation is relative to the amount at the start, unless that is zero; `fields` as for :meth:`measure`.
        """
        return {}

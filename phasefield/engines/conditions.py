"""Boundary conditions in force: values on the ends of the last axis, and what enters through them."""

from __future__ import annotations

from typing import Any

import numpy as np
from fipy import Variable

from phasefield.engines.state import State
from phasefield.errors import PhasefieldError


class Conditions:
    """The conditions of a model, evaluated on this rank.

    Parameters
    ----------
    model : Model
    state : State

    Attributes
    ----------
    inflow : dict of ndarray
        By (field, end), where this rank touches the end and something enters there: per area, over the columns held.
    """

    def __init__(self, model, state: State):
        self.model, self.state = model, state
        self._boundaries: tuple = ()
        self.inflow: dict[tuple[str, str], np.ndarray] = {}

    def ask(self, v) -> None:
        """Take over the conditions that the model has in force now."""
        self._boundaries = self.model.boundaries(v)
        last = "xyz"[len(self.state.box.shape) - 1]
        if self._boundaries and last in self.model.periodic:
            raise PhasefieldError(
                f"{type(self.model).__name__} has a condition on {self._boundaries[0].field} at the "
                f"{self._boundaries[0].face}, but its axis {last} is periodic and has no ends"
            )
        self.evaluate()

    def evaluate(self) -> None:
        """Work out what enters at the present iterate."""
        box, self.inflow = self.state.box, {}
        for b in self._boundaries:
            if b.kind == "flux" and box.touches(b.face):
                entering = np.broadcast_to(self._given(b), box.held_shape[1:])
                self.inflow[b.field, b.face] = self.inflow.get((b.field, b.face), 0.0) + entering

    def _given(self, b):
        if callable(b.value) and not isinstance(b.value, Variable):  # FiPy's variables can be called, too
            return b.value(self.state.layer(b.face))
        return number(b.value)

    @property
    def fixed(self) -> dict[tuple[str, str], Any]:
        """Values prescribed, numbers or FiPy variables, by field and end, whether or not this rank touches it."""
        return {(b.field, b.face): b.value for b in self._boundaries if b.kind == "value"}

    def entering(self, field: str, face: str):
        """What is prescribed to enter, over the columns owned; 0 where nothing is."""
        found = self.inflow.get((field, face))
        return 0.0 if found is None else found[self.state.box.inner[1:]]


def number(value) -> float:
    """Of a number or a FiPy variable, present value."""
    return float(getattr(value, "value", value))

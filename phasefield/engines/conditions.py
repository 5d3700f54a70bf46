"""Present boundary conditions: values on the faces of the box, and fluxes through them."""

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
        Prescribed fluxes per area, by (field, face), on faces that this rank touches: at the bottom and the top over
        the columns held, else one number.
    """

    def __init__(self, model, state: State):
        self.model, self.state = model, state
        self._boundaries: tuple = ()
        self.inflow: dict[tuple[str, str], np.ndarray] = {}

    def ask(self, v) -> None:
        """Read the model's present conditions."""
        self._boundaries = self.model.boundaries(v)
        for b in self._boundaries:
            self._require(b)
        self.evaluate()

    def evaluate(self) -> None:
        """Evaluate the prescribed fluxes at the present iterate."""
        box, self.inflow = self.state.box, {}
        for b in self._boundaries:
            if b.kind == "flux" and box.touches(b.face):
                entering = np.broadcast_to(self._given(b), box.end_shape(b.face))
                self.inflow[b.field, b.face] = self.inflow.get((b.field, b.face), 0.0) + entering

    def _given(self, b):
        if callable(b.value) and not isinstance(b.value, Variable):  # FiPy's variables can be called, too
            return b.value(self.state.layer(b.face))
        return number(b.value)

    def _require(self, b) -> None:
        """Raise PhasefieldError unless the grid has the face and its axis is not periodic."""
        faces = self.state.box.faces
        name = f"{type(self.model).__name__} has a condition on {b.field} at the {b.face}"
        if b.face not in faces:
            raise PhasefieldError(f"{name}; this grid has the faces {', '.join(faces)}")
        axis = "xyz"[faces[b.face][0]]
        if axis in self.model.periodic:
            raise PhasefieldError(f"{name}, but its axis {axis} is periodic and has no ends")
        if b.face not in ("bottom", "top") and callable(b.value) and not isinstance(b.value, Variable):
            raise PhasefieldError(f"{name} varies along the face; only conditions at the bottom and the top can vary")

    @property
    def axes(self) -> set[int]:
        """Axes with conditions at their ends."""
        return {self.state.box.faces[b.face][0] for b in self._boundaries}

    @property
    def fixed(self) -> dict[tuple[str, str], Any]:
        """Prescribed values, numbers or FiPy variables, by field and face, on every rank."""
        return {(b.field, b.face): b.value for b in self._boundaries if b.kind == "value"}

    def entering(self, field: str, face: str):
        """Prescribed flux through a face: over the columns owned at the bottom and the top, one number elsewhere."""
        found = self.inflow.get((field, face))
        if found is None:
            return 0.0
        return found[self.state.box.inner[1:]] if found.ndim else float(found)


def number(value) -> float:
    """Present value of a number or a FiPy variable."""
    return float(getattr(value, "value", value))

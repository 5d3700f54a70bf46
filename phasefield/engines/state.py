"""State of an engine: all values on which its next step depends; the same arrays give bitwise the same step.

Boundary conditions are not part of it: they follow from the drive at the present time. Preconditioners are not either:
they are built anew in every step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import Any

import numpy as np

from phasefield.engines.grid import Grid

#: Suffix of the name of a field one step earlier, from which the next step extrapolates.
BEFORE = ".before"


class State:
    """Values of a model's fields in the cells that this rank holds; arrays have the axes (last, …, x).

    Parameters
    ----------
    model : Model
    grid : Grid

    Attributes
    ----------
    now, old, before : dict of ndarray
        By field: the present iterate, the last accepted state, and the one before that.
    fixed : dict of ndarray
        Coefficient fields.
    auxiliary : dict of ndarray
        Lagged fields, which are constant while a step is solved.
    extrapolates : bool
        Whether the next step extrapolates from `before` and `old`.
    previous_dt : float [1]
        Length of the step from `before` to `old`.
    """

    def __init__(self, model, grid: Grid):
        self.model, self.grid, self.box = model, grid, grid.box
        coordinates = grid.box.coordinates()
        self.now = {f.name: self._shaped(f.initial(coordinates)) for f in model.fields}
        self.old = {name: values.copy() for name, values in self.now.items()}
        self.before = {name: values.copy() for name, values in self.now.items()}
        self.fixed = {s.name: self._shaped(s.values(coordinates)) for s in model.static}
        self.auxiliary: dict[str, np.ndarray] = {}
        self.extrapolates, self.previous_dt = False, 0.0
        self.look()

    def _shaped(self, values):
        flat = np.broadcast_to(values, (int(np.prod(self.box.ghosted_shape)),))
        return np.array(flat, float).reshape(self.box.ghosted_shape)

    def ghosted(self, name: str) -> np.ndarray:
        """Values of a field, coefficient field or lagged field in the cells held; a view."""
        for kind in (self.now, self.fixed, self.auxiliary):
            if name in kind:
                return kind[name]
        raise KeyError(name)

    def put(self, name: str, values) -> None:
        """Set the values of a field or a coefficient field in the cells held."""
        self.ghosted(name)[...] = np.reshape(values, self.box.ghosted_shape)

    def look(self, again: bool = False) -> None:
        """Compute the lagged fields from the present fields; ``again`` only those that settle."""
        for a in (a for a in self.model.auxiliary if a.settles or not again):
            self.auxiliary[a.name] = np.ascontiguousarray(a.values(self.now | self.fixed, self.box), float)

    def layer(self, face: str, owned: bool = False) -> SimpleNamespace:
        """Present values in the cells at the ``"bottom"`` or ``"top"``, by name: columns held, or only owned."""
        at = self.box.at_end(face, owned)
        return SimpleNamespace(**{name: values[at] for name, values in (self.now | self.fixed).items()})

    def gained(self, density: Callable[[dict[str, np.ndarray]], np.ndarray]) -> float:
        """Integral over the grid, per cross-section, of what a function of the fields gains in this step. Collective.

        ``density(fields) -> ndarray`` takes the fields and the coefficient fields by name.
        """
        now, old = (self.box.own(density(fields | self.fixed)) for fields in (self.now, self.old))
        return self.grid.integral(now - old)

    def moved(self, name: str) -> float:
        """Integral of the magnitude of a field's change in this step. Collective."""
        return self.grid.integral(np.abs(self.box.own(self.now[name]) - self.box.own(self.old[name])))

    # -- in time ---------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin a step: copy the present values to the old ones."""
        for name, values in self.now.items():
            self.old[name][...] = values

    def go_back(self) -> None:
        """Restore every field bitwise."""
        for name, values in self.old.items():
            self.now[name][...] = values
        self.look()

    def keep(self, dt: float, elliptic: Collection[str] = ()) -> None:
        """Accept the step of length dt; the next one extrapolates from it.

        Parameters
        ----------
        dt : float [1]
        elliptic : collection of str
            Fields without a rate of their own. If the step was not extrapolated, their change in it followed the
            drive at once and was no rate: the next step expects them as they are.
        """
        for name, values in self.old.items():
            jumped = name in elliptic and not self.extrapolates
            self.before[name][...] = self.now[name] if jumped else values
        self.extrapolates, self.previous_dt = True, dt

    def predicted(self, name: str, dt: float) -> np.ndarray:
        """A field extrapolated linearly in time."""
        old = self.old[name]
        return old + dt * ((old - self.before[name]) / self.previous_dt)

    # -- for checkpoints -------------------------------------------------------------------------------

    def arrays(self) -> dict[str, np.ndarray]:
        """Owned values by name, dimensionless."""
        kept = self.now | ({n + BEFORE: v for n, v in self.before.items()} if self.extrapolates else {})
        return {name: self.box.own(values) for name, values in kept.items()}

    def numbers(self) -> dict[str, Any]:
        """All parts of the state that are not fields, as JSON; the same on every rank."""
        return {
            "extrapolates": self.extrapolates,
            "previous dt": self.previous_dt,
            "scalars": {x.name: float(x.value) for x in self.model.scalars},
        }

    def restore(self, found: dict[str, Any], read: Callable[[str], np.ndarray]) -> None:
        """Continue from a saved state.

        Parameters
        ----------
        found : dict
            Result of :meth:`numbers`.
        read : callable
            Returns the values in the cells held, given a name of :meth:`arrays`.
        """
        for x in self.model.scalars:
            x.setValue(found["scalars"][x.name])
        self.extrapolates, self.previous_dt = found["extrapolates"], found["previous dt"]
        for name in self.now:
            self.put(name, read(name))
            if self.extrapolates:
                self.before[name][...] = read(name + BEFORE)
            self.old[name][...] = self.before[name] if self.extrapolates else self.now[name]
        self.look()

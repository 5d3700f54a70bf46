"""State of an engine: all values on which its next step depends; the same arrays give bitwise the same step.

Boundary conditions are not part of it: they follow from the drive at the present time. Preconditioners are not either:
they are built anew in every step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from mpi4py import MPI

from phasefield.engines.grid import Grid

log = logging.getLogger(__name__)

#: Suffixes of the names of a field one and two steps earlier.
BEFORE, EARLIER = ".before", ".earlier"
#: Suffix of the names of what belongs to a moment of an earlier step, before the number of the moment.
MOMENT = ".moment"
#: Value of a positive field below which it is used up, or has no meaning, and may become negative.
NOTHING = 1e-6
EVERYWHERE = slice(None)


@dataclass(frozen=True)
class Difference:
    """Backward difference of a step: (u − origin)/dt is the rate of change of u at its end.

    Implicit Euler has origin = old; BDF2 (E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, ch. V) has
    origin = old + carry (old − before).

    Attributes
    ----------
    dt : float [1]
        Length of the step in implicit Euler, less in BDF2.
    carry : float [1]
        0 in implicit Euler. What a rate adds up to in a step is dt times the rate, plus carry times what it added up to
        in the step before.
    """

    dt: float
    carry: float = 0.0

    @property
    def lag(self) -> float:
        """Part of a step by which a coefficient may be taken before its end: the middle of implicit Euler's step."""
        return 0.0 if self.carry else 0.5


@dataclass(frozen=True)
class Moment:
    """What a split step found in its middle, or at the start of the first one, in the cells held.

    Attributes
    ----------
    time : float [1]
        From the end of the last accepted step; not positive.
    potential : ndarray
    reaction : ndarray of float32
    """

    time: float
    potential: np.ndarray
    reaction: np.ndarray

    def shifted(self, dt: float) -> Moment:
        """The same, after a step of length dt."""
        return Moment(self.time - dt, self.potential, self.reaction)

    def older(self) -> Moment:
        """The same as the first of two: its potential, in single precision, is for a first guess only."""
        return Moment(self.time, self.potential.astype(np.float32), self.reaction)


class State:
    """Values of a model's fields in the cells that this rank holds; arrays have the axes (last, …, x).

    Parameters
    ----------
    model : Model
    grid : Grid
    order : int
        1 for implicit Euler, 2 for BDF2.

    Attributes
    ----------
    now, old, before : dict of ndarray
        By field: the present iterate, the last accepted state, and the one before that; the latter without the
        potential of split steps.
    earlier : dict of ndarray
        The one before `before`, of the fields whose error controls the step; in single precision with split steps,
        as it is for predictions only.
    origin : dict of ndarray
        Values from which the rates of change of the present step count, see `Difference`; those of `old` themselves in
        implicit Euler.
    added, adding : dict of float
        What rates have added up to in the last accepted step, and in the present one, by their names.
    fixed : dict of ndarray
        Coefficient fields.
    auxiliary : dict of ndarray
        Lagged fields, which are constant while a step is solved; without those of :meth:`leave_out`.
    extrapolates : bool
        Whether the next step extrapolates from `before` and `old`.
    previous_dt, earlier_dt : float [1]
        Lengths of the steps from `before` to `old`, and from `earlier` to `before`; the latter is 0 if there was none
        since the drive changed.
    dt : float [1]
        Length of the present step.
    difference : Difference
    moments : list of Moment
        Those from which a split step extrapolates, in their order; empty with other methods, and after a change of the
        drive.
    whole : bool
        Whether steps that could be split are not, until the next change of the drive.
    """

    def __init__(self, model, grid: Grid, order: int = 1):
        self.model, self.grid, self.box, self.order = model, grid, grid.box, order
        coordinates = grid.box.coordinates()
        self.now = {f.name: self._shaped(f.initial(coordinates)) for f in model.fields}
        self.old = {name: values.copy() for name, values in self.now.items()}
        self.before = {name: values.copy() for name, values in self.now.items()}
        self.origin = dict(self.old)
        kept = [f.name for f in model.fields if f.controls_step and order > 1]
        self.earlier = {name: self.now[name].copy() for name in kept}
        self.fixed = {s.name: self._shaped(s.values(coordinates)) for s in model.static}
        self.auxiliary: dict[str, np.ndarray] = {}
        self._left_out: Collection[str] = ()
        self.extrapolates, self.previous_dt, self.earlier_dt = False, 0.0, 0.0
        self.dt, self.difference = 0.0, Difference(1.0)
        self.added: dict[str, float] = {}
        self.adding: dict[str, float] = {}
        self.moments: list[Moment] = []
        self.whole = False
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
        for a in (a for a in self.model.auxiliary if (a.settles or not again) and a.name not in self._left_out):
            where = self.grid if a.collective else self.box
            self.auxiliary[a.name] = np.ascontiguousarray(a.values(self.now | self.fixed, where), float)

    def leave_out(self, names: Collection[str]) -> None:
        """Have no lagged fields of these names until the next call, as nothing reads them."""
        self._left_out = names
        for name in names:
            self.auxiliary.pop(name, None)

    def layer(self, face: str, owned: bool = False) -> SimpleNamespace:
        """Present values in the cells at the ``"bottom"`` or ``"top"``, by name: columns held, or only owned."""
        at = self.box.at_end(face, owned)
        return SimpleNamespace(**{name: values[at] for name, values in (self.now | self.fixed).items()})

    def rate(self, density: Callable[[dict[str, np.ndarray]], np.ndarray]) -> float:
        """Integral over the grid, per cross-section, of the rate of change of a function of the fields. Collective.

        At the end of the step; ``density(fields) -> ndarray`` takes the fields and the coefficient fields by name.
        """
        change, old = (density(fields | self.fixed) for fields in (self.now, self.old))
        if carry := self.difference.carry:
            old = old + carry * (old - density(self.before | self.fixed))
        change = change - old
        return self.grid.integral(self.box.own(change)) / self.difference.dt

    def moved(self, name: str) -> float:
        """Integral of the magnitude of a field's change in this step. Collective."""
        change = self.box.own(self.now[name]) - self.box.own(self.old[name])
        return self.grid.integral(np.abs(change, out=change))

    # -- in time ---------------------------------------------------------------------------------------

    def begin(self, dt: float, order: int | None = None) -> None:
        """Begin a step of length dt: copy the present values to the old ones, and choose its backward difference.

        With order 1 instead of the state's own, the difference is that of implicit Euler. So is that of the first step
        after a change of the drive, and of one in which a field that must stay positive would start from less than
        nothing in some cell, as it fell to a third in the last step. Collective.
        """
        second = (order or self.order) == 2 and self.extrapolates
        self.dt, ratio = dt, dt / self.previous_dt if second else 0.0
        self.added, self.adding = self.adding or self.added, {}
        carry = ratio**2 / (1 + 2 * ratio)
        if carry and self._falls(carry):
            ratio = carry = 0.0
        self.difference = Difference(dt * (1 + ratio) / (1 + 2 * ratio), carry)
        for name, values in self.now.items():
            self.old[name][...] = values
            self.origin[name] = values + carry * (values - self.before[name]) if carry else self.old[name]

    def _falls(self, carry: float) -> bool:
        """Whether the origin of a field that must stay positive would be below nothing in some cell. Collective."""
        fields = [f.name for f in self.model.fields if f.positive]
        here = any(np.any((1 + carry) * self.now[name] < carry * self.before[name] - NOTHING) for name in fields)
        return bool(fields) and self.grid.comm.allreduce(here, MPI.LOR)

    def go_back(self) -> None:
        """Restore every field bitwise."""
        self.adding = {}
        for name, values in self.old.items():
            self.now[name][...] = values
        self.look()

    def keep(self, elliptic: Collection[str] = ()) -> None:
        """Accept the step; the next one extrapolates from it.

        Parameters
        ----------
        elliptic : collection of str
            Fields without a rate of their own. If the step was not extrapolated, their change in it followed the
            drive at once and was no rate: the next step expects them as they are.
        """
        for name, values in self.earlier.items():
            values[...] = self.before[name]
        for name, values in self.before.items():
            jumped = name in elliptic and not self.extrapolates
            values[...] = (self.now if jumped else self.old)[name]
        self.earlier_dt = self.previous_dt if self.extrapolates and self.earlier else 0.0
        self.extrapolates, self.previous_dt = True, self.dt
        self.moments = []

    def predicted(self, name: str, dt: float, at: slice = EVERYWHERE) -> np.ndarray:
        """A field extrapolated in time, in some layers: quadratically if `earlier` has it, else linearly."""
        old, before = self.old[name][at], self.before[name][at]
        rate = (old - before) / self.previous_dt
        if not self.earlier_dt or name not in self.earlier:
            return old + dt * rate
        bend = (rate - (before - self.earlier[name][at]) / self.earlier_dt) / (self.previous_dt + self.earlier_dt)
        return old + dt * (rate + (dt + self.previous_dt) * bend)

    # -- for checkpoints -------------------------------------------------------------------------------

    def arrays(self) -> dict[str, np.ndarray]:
        """Owned values by name, dimensionless."""
        kept = self.now | ({n + BEFORE: v for n, v in self.before.items()} if self.extrapolates else {})
        kept |= {n + EARLIER: v for n, v in self.earlier.items()} if self.earlier_dt else {}
        for k, m in enumerate(self.moments):
            kept |= {f"potential{MOMENT}{k}": m.potential, f"reaction{MOMENT}{k}": m.reaction}
        return {name: self.box.own(values) for name, values in kept.items()}

    def numbers(self) -> dict[str, Any]:
        """All parts of the state that are not fields, as JSON; the same on every rank."""
        return {
            "extrapolates": self.extrapolates,
            "previous dt": self.previous_dt,
            "earlier dt": self.earlier_dt,
            "added": self.adding or self.added,
            "moments": [m.time for m in self.moments],
            "whole": self.whole,
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
        # Version 0.1.0 had implicit Euler only. BDF2 needs what the last step added: without it, it begins anew. So do
        # all methods after split steps but these: the potential of the step before was not kept
        times = found.get("moments", [])
        known = (self.order == 1 or "added" in found) and not (times and self.before.keys() == self.now.keys())
        if not known:
            times = []
            log.info("the saved steps are of another method: the next one begins anew, as after a change of the drive")
        self.extrapolates, self.previous_dt = found["extrapolates"] and known, found["previous dt"]
        self.earlier_dt = found.get("earlier dt", 0.0) if known else 0.0
        self.added, self.adding = dict(found.get("added", {})), {}
        self.whole = found.get("whole", False)
        self.moments = [Moment(time, *self._of_moment(k, read)) for k, time in enumerate(times)]
        self.moments[:-1] = [m.older() for m in self.moments[:-1]]
        for name in self.now:
            self.put(name, read(name))
            if self.extrapolates and (name in self.before or not self.moments):
                self.before[name] = self._shaped(np.ravel(read(name + BEFORE)))
            if self.earlier_dt and name in self.earlier:
                self.earlier[name][...] = read(name + EARLIER)
            self.old[name][...] = (self.before if self.extrapolates and name in self.before else self.now)[name]
        self.look()

    def _of_moment(self, k: int, read: Callable[[str], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Potential and reaction of the kth moment of a saved state."""
        potential, reaction = (self._shaped(np.ravel(read(f"{n}{MOMENT}{k}"))) for n in ("potential", "reaction"))
        return potential, reaction.astype(np.float32)

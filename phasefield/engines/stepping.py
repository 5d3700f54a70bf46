"""Base of all engines: Newton's iteration, its verdict, and access to the state."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from fipy import Variable
from mpi4py import MPI

from phasefield.engines.allocator import give_back
from phasefield.engines.conditions import Conditions
from phasefield.engines.floats import Floats
from phasefield.engines.grid import Grid
from phasefield.engines.solver import PROFILES, Profile, failure
from phasefield.engines.state import EVERYWHERE, NOTHING, State
from phasefield.engines.verdict import Verdict

#: Iterations that compute the lagged fields that settle, in a step whose fields could not be predicted.
LOOKS = 4
#: Least part of a positive field that an update leaves in each cell.
LEAST = 0.1


class NewtonEngine:
    """Advances a model by one implicit step at a time; subclasses solve the equations.

    A step is that of implicit Euler or of BDF2 with variable steps. Both are the same equations: with rates of change
    (u − u.old)/dt, where BDF2 has a shorter ``dt`` and an ``u.old`` that combines two earlier states, see
    :class:`phasefield.engines.state.Difference`.

    They implement ``_solve_once``, one Newton iteration on all equations together, and set ``v`` and ``equations``.

    Parameters
    ----------
    model : Model
    grid : Grid
    profile : str
        ``"default"`` or ``"strict"``, see :data:`phasefield.engines.solver.PROFILES`.
    max_newton : int
        Number of iterations after which a step is rejected.
    order : int
        1 for implicit Euler, 2 for BDF2.

    Attributes
    ----------
    state : State
    floats : Floats
        The model's numbers of groups of cells, if it has some.
    box : Box
        This rank's part of the grid.
    v : SimpleNamespace
        FiPy variables that the equations are declared with, by name.
    equations : dict
        FiPy equations by field.
    name, remark : str
        Name of the engine, and a remark on its choice.
    searches, searching : bool
        Whether the engine has a line search, and whether the present step uses it.
    """

    name = ""
    remark = ""
    searches = False
    searching = False
    v: SimpleNamespace
    equations: dict

    def __init__(self, model, grid: Grid, profile: str = "default", max_newton: int = 12, order: int = 1):
        give_back()
        self.model, self.grid, self.max_newton = model, grid, max_newton
        self.box, self.comm = grid.box, grid.comm
        self.profile: Profile = PROFILES[profile]
        self.fields = model.fields
        self.state = State(model, grid, order)
        self.conditions = Conditions(model, self.state)
        self.dt, self.carry = Variable(value=1.0, name="dt"), Variable(value=0.0, name="carry")
        self.lag = Variable(value=0.5, name="lag")
        self.floats = Floats(self)
        self._limited = 0
        self._entered: tuple[list, dict] = [], {}

    @property
    def method(self) -> str:
        """Method of the time steps, as `time.method` of a deck names it."""
        return "implicit-euler" if self.state.order == 1 else "bdf2"

    @property
    def elliptic(self) -> set[str]:
        """Fields without a time derivative; empty if the model has one field only."""
        found = {name for name, eq in self.equations.items() if name not in {t.name for t in eq._transientVars}}
        return found if len(self.fields) > 1 else set()

    def apply_boundaries(self) -> None:
        """Apply the model's present conditions and discard the predictor, since the drive changed."""
        self.conditions.ask(self.v)
        self.state.extrapolates = False

    @property
    def _settles(self) -> bool:
        """Whether a lagged field is computed in several iterations of a step without prediction."""
        return any(a.settles for a in self.model.auxiliary)

    # -- stepping --------------------------------------------------------------------------------------

    def step(self, dt: float) -> Verdict:
        """Try one step; the fields hold its result, accepted or not, until accept() or reject().

        Parameters
        ----------
        dt : float [1]

        Returns
        -------
        Verdict
            The same on every rank.
        """
        self.state.begin(dt)
        self.dt.setValue(self.state.difference.dt)
        self.carry.setValue(self.state.difference.carry)
        self.lag.setValue(self.state.difference.lag)
        self._entered = [(x, x.value.copy()) for x in self.model.scalars], self.conditions.inflow
        verdict = self._newton(dt)
        if verdict.accepted or self.state.extrapolates or not self.searches:
            return verdict
        self.reject()
        self.searching = True  # without a prediction the first guess may be far away
        verdict = self._newton(dt)
        self.searching = False
        return verdict

    def _newton(self, dt: float) -> Verdict:
        """Newton's iteration from the state that :meth:`step` has begun with."""
        self._limited = 0
        self._predict(dt)
        looks = LOOKS if not self.state.extrapolates and self._settles else self.model.looks
        linear = 0

        def verdict(accepted: bool, reason: str, error: float = 0.0) -> Verdict:
            return Verdict(accepted, reason, error, self._order, newton, linear, self._limited)

        for newton in range(1, self.max_newton + 1):
            if newton <= looks:
                self.state.look(again=newton > 1)
                self.forget()
            if newton == 1:
                self.floats.begin()
            self.model.refresh(self.state, self.dt, newton)
            self.conditions.evaluate()
            with np.errstate(over="ignore", invalid="ignore"):  # the verdict checks for values that are not finite
                reason, iterations, updates = self._solve_once()
                linear += iterations
                if reason > 0:
                    reason, iterations, updates, numbers = self.floats.follow(updates)
                    linear += iterations
                if reason <= 0:
                    return verdict(False, failure(reason))
                changes, finite, whole = self._limit_and_apply(updates, numbers)
            if not finite:
                return verdict(False, "a field is not finite")
            small = (c <= f.tolerance * self.profile.newton for c, f in zip(changes, self.fields, strict=True))
            if whole and self.floats.settled and all(small):  # a shortened step balances nothing
                break
        else:
            worst = ", ".join(f"{f.name} {c:.1e}" for f, c in zip(self.fields, changes, strict=True))
            return verdict(False, f"Newton's method still moves ({worst})")
        self.model.refresh(self.state, self.dt, 0)
        outside = self._outside_bounds()
        if outside:
            return verdict(False, outside)
        return verdict(True, "converged", self._time_error(dt))

    def forget(self) -> None:
        """Compute anew what an engine keeps while a step is solved: old values and lagged fields have changed."""

    def renumbered(self) -> None:
        """Compute anew what an engine keeps, but for the line search, since a number of a group has changed."""

    def _solve_once(self) -> tuple[int, int, list[np.ndarray]]:
        """PETSc's reason or `NOT_FINITE`, iterations, both the same on every rank, and updates of the cells owned."""
        raise NotImplementedError(f"{type(self).__name__} does not implement _solve_once")

    def initialise(self, dt: float) -> Verdict:
        """Solve for the elliptic fields of the initial state by a short first step; all other results are discarded."""
        verdict = self.step(self.model.instant * dt)
        found = {name: self.state.now[name].copy() for name in self.elliptic}
        self.reject()
        for name, value in found.items():
            if verdict.accepted:
                self.state.put(name, value)
        self.conditions.evaluate()  # the first row and snapshot show the current that flows from now on
        return verdict

    def accept(self) -> None:
        """Keep the step's result; the next step extrapolates from it."""
        self.state.keep(self.elliptic if self._settles else ())

    def reject(self) -> None:
        """Restore every field, and the variables that boundary conditions read, bitwise."""
        self.state.go_back()
        scalars, self.conditions.inflow = self._entered
        for variable, value in scalars:
            variable.setValue(value)

    def _predict(self, dt: float) -> None:
        """Start Newton from an extrapolation in time."""
        if not self.state.extrapolates:
            return
        for f in self.fields:
            guess = self._guess(f, dt)
            if f.positive:
                limited = np.any(guess != self.state.predicted(f.name, dt))
                self._limited += self.comm.allreduce(bool(limited), MPI.LOR)
            self.state.put(f.name, guess)

    def _guess(self, f, dt, at: slice = EVERYWHERE):
        """Extrapolation of a field in some layers; a positive field is reduced by half at most."""
        guess = self.state.predicted(f.name, dt, at)
        old = self.state.old[f.name][at]
        return np.maximum(guess, np.minimum(0.5 * old, old)) if f.positive else guess

    def _limit_and_apply(self, updates, numbers):
        """Apply the update, shortened to keep positive fields positive; return each field's largest change."""
        now = [self.box.own(self.state.now[f.name]) for f in self.fields]
        local = np.zeros(len(now) + 2)
        for k, (f, values, update) in enumerate(zip(self.fields, now, updates, strict=True)):
            if f.positive:
                least = np.where(values > NOTHING, (LEAST - 1) * values, -np.inf)
                local[-2] = max(local[-2], float(np.any(update < least)))
                update = np.maximum(update, least)
            values += update
            change = np.max(np.abs(update))
            local[k], local[-1] = (change, local[-1]) if np.isfinite(change) else (np.inf, 1.0)
            self.grid.renew(self.state.now[f.name])
        self.floats.move(numbers)
        self.comm.Allreduce(MPI.IN_PLACE, local, MPI.MAX)
        self._limited += local[-2] > 0
        return local[:-2], local[-1] == 0.0, local[-2] == 0.0

    def _outside_bounds(self) -> str:
        for f in self.fields:
            value = self.owned(f.name)
            low = self.comm.allreduce(float(value.min()), MPI.MIN)
            high = self.comm.allreduce(float(value.max()), MPI.MAX)
            if low < f.lower or high > f.upper:
                return f"{f.name} reached [{low:.3g}, {high:.3g}], outside [{f.lower:g}, {f.upper:g}]"
        return ""

    @property
    def _order(self) -> int:
        """Order of the present step's error estimate; BDF2 in its first step is judged as implicit Euler."""
        return 2 if self.state.difference.carry and self.state.earlier_dt else 1

    def _time_error(self, dt: float) -> float:
        """Local error of the step from its distance to a predictor of the same order (Milne's device).

        The linear predictor errs by dt (dt + d₁) u″/2, implicit Euler by −dt² u″/2; the quadratic one by
        dt (dt + d₁)(dt + d₁ + d₂) u‴/6, BDF2 by −h dt (dt + d₁) u‴/6, where h is the ``dt`` of its difference, and d₁,
        d₂ are the lengths of earlier steps.
        """
        state = self.state
        h, back = state.difference.dt, dt + state.previous_dt
        share = h / (h + back + state.earlier_dt) if self._order == 2 else dt / (dt + back)
        if self._order == 1 and state.earlier_dt:  # implicit Euler after BDF2: nearly all of the distance is its error
            share = 1.0
        return share * self._from_prediction(dt)

    def _from_prediction(self, dt: float) -> float:
        """Largest distance of the fields that control the step to their prediction; 0 without one. Collective."""
        state, largest = self.state, 0.0
        for f in self.fields if state.extrapolates else ():
            for at in self.box.slabs() if f.controls_step else ():
                distance = np.abs(state.now[f.name][at] - self._guess(f, dt, at))
                if f.part is not None:
                    distance *= f.part({name: values[at] for name, values in state.now.items()})
                largest = max(largest, float(np.max(distance)))
        return self.comm.allreduce(largest, MPI.MAX)

    def smallest(self) -> dict[str, tuple[float, tuple[float, ...]]]:
        """Smallest value of each field that must stay positive, and the centre of its cell, x first. Collective."""
        centres = [self.box.own(np.broadcast_to(x, self.box.ghosted_shape)) for x in self.box.centres()]
        found = {}
        for f in self.fields:
            if f.positive:
                values = self.owned(f.name)
                at = np.unravel_index(np.argmin(values), values.shape)
                here = float(values[at]), tuple(float(x[at]) for x in centres)
                found[f.name] = min(self.comm.allgather(here))
        return found

    # -- reading the state -----------------------------------------------------------------------------

    def owned(self, name: str) -> np.ndarray:
        """This rank's values of a field or static field, axes (last, …, x); dimensionless, a view."""
        return self.box.own(self.state.ghosted(name))

    def ghosted(self, name: str) -> np.ndarray:
        """The same with ghost cells."""
        return self.state.ghosted(name)

    def gradient(self, name: str, layers: slice = EVERYWHERE) -> np.ndarray:
        """Gradient of a field or static field in the cells owned, as FiPy's ``.grad``, beyond the ends a mirror.

        Parameters
        ----------
        name : str
        layers : slice
            Those of the cells owned that are wanted, along the first axis of arrays.

        Returns
        -------
        ndarray, shape (dimensions, ...)
            Components along x, y, z; then axes (last, …, x).
        """
        values, out, inner = self.ghosted(name), [], self.box.inner
        start, stop, _ = layers.indices(self.box.owned_shape[0])
        first = max(inner[0].start + start - 1, 0)  # with the layers beside them
        values = values[first : inner[0].start + stop + 1]
        wanted = (slice(inner[0].start + start - first, inner[0].start + stop - first), *inner[1:])
        for axis in range(values.ndim):
            across = np.moveaxis(values, -1 - axis, 0)
            widths = np.moveaxis(self.box.widths(axis), -1 - axis, 0)
            widths = widths if axis < values.ndim - 1 else widths[first : first + len(values)]
            faces = 0.5 * (across[1:] + across[:-1])
            faces = np.concatenate([across[:1], faces, across[-1:]])
            out.append(np.moveaxis((faces[1:] - faces[:-1]) / widths, 0, -1 - axis)[wanted])
        return np.stack(out)

    def gradient_flux(self, name: str) -> list[np.ndarray]:
        """Fluxes along each axis that gradients drive into a field's equation, on all faces of the cells owned.

        Arrays of axes (last, …, x), one longer along the axis of the flux than the cells. Fluxes prescribed by boundary
        conditions are not included.
        """
        raise NotImplementedError(f"{type(self).__name__} does not compute fluxes")

    def end_flux(self, name: str, face: str) -> np.ndarray:
        """The same through the bottom or the top, over the columns owned; only where this rank touches it."""
        return self.gradient_flux(name)[-1][0 if face == "bottom" else -1]

    def boundary_flux(self, name: str, face: str) -> float:
        """Mean flux that enters a field's equation through the bottom or the top of the box. Collective.

        The prescribed flux, if any, plus, where the model prescribes a value, the flux that gradients drive through the
        face, computed as in the discretisation.
        """
        inward = 1.0 if face == "top" else -1.0
        return self.grid.mean_at(
            face, lambda: inward * self.end_flux(name, face) + self.conditions.entering(name, face)
        )

    def added(self, name: str, rate: float) -> float:
        """What a rate adds up to in this step, as its method integrates the fields.

        Parameters
        ----------
        name : str
            Of the rate, which must be given in every step.
        rate : float
            At the end of the step.
        """
        state = self.state
        state.adding[name] = state.difference.dt * rate + state.difference.carry * state.added.get(name, 0.0)
        return state.adding[name]

    def cell_flux(self, name: str) -> list[np.ndarray]:
        """Total flux into a field's equation, averaged over each cell's faces: owned values by axis.

        Prescribed fluxes are included, also in the cells at the boundary.
        """
        out, left = [], self.gradient_flux(name)
        for axis in range(len(left)):
            flux = np.moveaxis(left.pop(0), -1 - axis, 0)
            mean = flux[:-1] + flux[1:]
            mean *= 0.5
            out.append(np.moveaxis(mean, 0, -1 - axis))
        for face, (axis, upper) in self.box.faces.items():
            if self.box.touches(face):
                layers = np.moveaxis(out[axis], -1 - axis, 0)  # a view; in 1-D a layer of it is a number
                layers[-upper] += (0.5 if upper else -0.5) * self.conditions.entering(name, face)
        return out

    @property
    def cells(self) -> int:
        """Cells of the whole grid."""
        return int(np.prod(self.box.shape))

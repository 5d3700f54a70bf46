"""The compiled engine with split steps: a field by explicit stages, then one linear solve for the potential."""

from __future__ import annotations

import logging
from functools import reduce

import numpy as np
from mpi4py import MPI

from phasefield.engines.compiled.engine import SINGLE, CompiledEngine
from phasefield.engines.compiled.split.derive import MISSED, derive, kept
from phasefield.engines.compiled.split.kernels import Kernels
from phasefield.engines.compiled.split.stages import error_constant, number_of_stages, stages
from phasefield.engines.compiled.trace import Tracer
from phasefield.engines.solver import failure, given
from phasefield.engines.state import Moment
from phasefield.engines.verdict import Verdict
from phasefield.errors import TraceError

log = logging.getLogger(__name__)

#: Change of the field, of alternating sign from cell to cell, by which the stiffness of its equation is measured.
PROBE = 1e-6
#: Most stages of a step.
MOST_STAGES = 99
#: Largest change of the potential in one iteration of a step that starts afresh, and the number of such iterations.
FURTHEST, ITERATIONS = 2.0, 60
#: A split step has failed if one of half its length has more than this part of its error, or fails as well.
NO_BETTER = 0.75
#: Factor on the tolerance of the linear solver in a step: the potential is expected to within its time error, and what
#: is left of the sum of its equation is removed.
LOOSE = 10.0


class SplitEngine(CompiledEngine):
    """As :class:`CompiledEngine`, but with split steps, of a model that declares a `split`; record 063.

    A step extrapolates the reaction from the middles of the two steps before, at each cell. Stages then carry the field
    to the end of the step. At the field halfway, the balance of charge, linear in the potential there, has what the
    field has gained on one side. Its solution corrects the reaction, and so the field. The sum of a conservation
    equation is zero: what the field gains is what enters, to round-off, however loosely the potential is solved for.

    The step after a change of the drive solves for the potential at its start. Steps with pieces of metal apart are
    those of :class:`CompiledEngine`. So are all steps until the next change of the drive if shorter steps are no
    better: where the voltage across the interface itself is several RT/F, the reaction cannot be extrapolated.

    Raises
    ------
    TraceError
        The model does not declare a `split`; or axes are periodic, or PETSc's options ask for a ``pc_type``, for which
        there is no matrix.
    """

    def __init__(self, model, shape, spacing, profile="default", max_newton: int = 12):
        if model.split is None:
            raise TraceError(f"{type(model).__name__} with these fields and parameters declares no split of a step")
        if model.periodic or given("pc_type"):
            raise TraceError("a split step has only its own multigrid: no periodic axes, no PETSc option pc_type")
        self._split = model.split
        self._next: list[Moment] = []
        self._last_try = self._last_rejected = (0.0, 0.0)  # lengths and errors of tries of the present step
        self._through: dict[str, float] = {}  # what flowed through the top in the middle of the step, by field
        super().__init__(model, shape, spacing, profile, max_newton, order=2)
        self.state.leave_out(self._spare)
        del self.state.before[self._split.potential]
        self.state.earlier = {name: values.astype(SINGLE) for name, values in self.state.earlier.items()}

    @property
    def method(self):
        return "split"

    def _make_kernel(self):
        model, unknowns = self.model, [getattr(self.v, f.name) for f in self.fields]
        arrays = kept(unknowns[0].mesh)
        declared = [*self._declared, *((variable, ("split", name)) for name, variable in arrays.items())]
        tracer = Tracer(unknowns[0].mesh, self.box.spacing, unknowns, declared, self._axes, model.periodic)
        derived = derive(model, self.v, tracer, arrays, self.dt, unknowns)
        self._kernels = Kernels(self, derived, self._told_by(tracer), tracer.ops.widths, SINGLE)
        self._alternating = _chequered(self.box)
        self._spare = {a.name for a in model.auxiliary} - self._kernels.read("fixed")
        self._whole = False  # the kernel of all equations is made when it is wanted

    def apply_boundaries(self):
        super().apply_boundaries()
        self.state.moments, self.state.whole = [], False

    # -- a step ----------------------------------------------------------------------------------------

    def step(self, dt):
        self._next, self._through = [], {}
        pieces = self._in_pieces()
        verdict = self._implicit(dt, pieces) if pieces or self.state.whole else self._split_step(dt)
        self._last_try = dt, verdict.error if verdict.accepted else np.inf
        return verdict

    def _split_step(self, dt: float) -> Verdict:
        state, arrays, write = self.state, self._kernels.arrays, self._kernels.write
        field, potential = state.now[self._split.field], state.now[self._split.potential]
        state.leave_out(self._spare)
        state.begin(dt, order=1)
        self._entered = [(x, x.value.copy()) for x in self.model.scalars], self.conditions.inflow
        if not state.moments:
            if why := self._find_potential():
                return Verdict(False, why)
            state.old[self._split.potential][...] = potential
        state.before.pop(self._split.potential, None)  # nothing is extrapolated from it
        self.dt.setValue(dt)
        self._kernels.renew()
        self._expect(dt)
        write("rate", field, arrays["first"], ahead=self._ahead(0.0))
        stiffness = self._stiffness(field)
        if not np.isfinite(stiffness):
            return Verdict(False, "a field is not finite")
        if (number := number_of_stages(dt * stiffness)) > MOST_STAGES:
            return Verdict(False, f"{self._split.field} would need {number} explicit stages, more than {MOST_STAGES}")
        with np.errstate(over="ignore", invalid="ignore"):  # the verdict checks for values that are not finite
            self._halfway(dt, number)
            ahead = self._ahead(0.5 * dt)
            reason, linear = self._kernels.solve(field, potential, ahead, LOOSE * self.profile.update)
            if reason <= 0:
                return Verdict(False, failure(reason), linear=linear)
            write("gain", field, arrays[MISSED], arrays["reaction"], ahead=ahead)
            self._end(dt)
            correction = np.subtract(arrays[MISSED], arrays["gained"], out=arrays[MISSED])
        error = max(dt * self._largest(correction), self._of_stages(dt, number))
        if not np.isfinite(error):
            return Verdict(False, "a field is not finite", linear=linear)
        self.model.refresh(state, self.dt, 0)
        if outside := self._outside_bounds():
            return Verdict(False, outside, linear=linear)
        return Verdict(True, "converged", error, 2, 1, linear)

    def _halfway(self, dt: float, number: int) -> None:
        """Bring the field halfway through its stages; keep their mean rate, and what else the balance of charge needs.

        Only fields of the state may be kept in double precision: the others, and what the solver needs, share memory.
        """
        arrays, write = self._kernels.arrays, self._kernels.write
        field, start = self.state.now[self._split.field], self.state.old[self._split.field]
        gained = self._stages(start, dt, number)
        gained -= start
        np.multiply(gained, 0.5, out=field)
        field += start
        np.divide(gained, dt, out=arrays["gained"], casting="same_kind")
        write("rate", field, arrays[MISSED], ahead=self._ahead(0.5 * dt))
        np.subtract(arrays["gained"], arrays[MISSED], out=arrays[MISSED])
        arrays["reaction"] = np.empty_like(arrays["gained"])  # that of the step before belongs to a moment
        write("reactions", field, arrays["reaction"], arrays["slope"])

    def _end(self, dt: float) -> None:
        """Bring field and potential to the end of the step, and keep what was found in its middle for the next."""
        state, field, potential = self.state, self._split.field, self.state.now[self._split.potential]
        found, then = potential.copy(), state.moments[-1]
        self._measure_through()
        np.multiply(self._kernels.arrays[MISSED], dt, out=state.now[field])
        state.now[field] += state.old[field]
        np.subtract(found, then.potential, out=potential)
        potential *= 0.5 * dt / (0.5 * dt - then.time)
        potential += found
        self._next = [m.shifted(dt) for m in (then, Moment(0.5 * dt, found, self._kernels.arrays["reaction"]))]

    def _stages(self, field: np.ndarray, dt: float, number: int) -> np.ndarray:
        """The field after all stages, in memory of the stages."""
        arrays = self._kernels.arrays
        arrays["start"] = field
        earlier, (last, room) = arrays[MISSED], self._kernels.rooms
        steps = stages(number)
        np.multiply(arrays["first"], dt * next(steps).first, out=last)
        last += field
        earlier[...] = field
        for stage in steps:
            arrays["earlier"] = earlier
            self._kernels.write(
                "stage", last, room, last=stage.last, earlier=stage.earlier, start=stage.start,
                first=dt * stage.first, own=dt * stage.own, ahead=self._ahead(dt * stage.time),
            )  # fmt: skip
            earlier, last, room = last, room, earlier
        return last

    def _expect(self, dt: float) -> None:
        """Extrapolate the potential to the middle of the step from earlier moments, as the stages do the reaction."""
        arrays, moments, potential = self._kernels.arrays, self.state.moments, self.state.now[self._split.potential]
        last, before = moments[-1], moments[0]
        arrays["known"], arrays["before"] = last.reaction, before.reaction
        np.subtract(last.potential, before.potential, out=potential)
        potential *= self._ahead(0.5 * dt)
        potential += last.potential
        arrays["guess"][...] = potential
        potential[...] = arrays["guess"]

    def _ahead(self, time: float) -> float:
        """How far a time of the step is from the last moment, over the time between the last two; 0 if there is one."""
        last, before = self.state.moments[-1], self.state.moments[0]
        return (time - last.time) / (last.time - before.time) if last is not before else 0.0

    def _stiffness(self, field: np.ndarray) -> float:
        """Largest eigenvalue of the field's equation: a change that alternates from cell to cell excites it most.

        Where a cell's rate follows its neighbours' values as in diffusion, the rate of this change is the sum of the
        sizes of a row of the matrix, which bounds all eigenvalues (Gershgorin).
        """
        probe, rate = self._kernels.rooms
        np.multiply(*self._alternating, out=probe)
        probe *= PROBE
        probe += field
        self._kernels.write("rate", probe, rate, ahead=self._ahead(0.0))
        rate -= self._kernels.arrays["first"]
        return self._largest(rate) / PROBE

    def _of_stages(self, dt: float, number: int) -> float:
        """Local error of the stages from the step's distance to a quadratic predictor, see `_time_error`."""
        state, back = self.state, dt + self.state.previous_dt
        predictors, own = dt * back * (back + state.earlier_dt) / 6, error_constant(number) * dt**3
        return own / (predictors - own) * self._from_prediction(dt) if state.earlier_dt else 0.0

    def _find_potential(self) -> str:
        """Find the potential of the present field by Newton's method, and keep it; why it could not be found, or ""."""
        split, state, kernels, arrays = self._split, self.state, self._kernels, self._kernels.arrays
        field, potential = state.now[split.field], state.now[split.potential]
        self.dt.setValue(1.0)
        kernels.renew()
        enough = next(f.tolerance for f in self.fields if f.name == split.potential) * self.profile.newton
        before = 0.0
        arrays["reaction"] = arrays["known"] = arrays["before"] = np.empty_like(arrays["gained"])
        for _ in range(ITERATIONS):
            last = potential.copy()
            arrays["guess"][...] = potential
            potential[...] = arrays["guess"]  # which is in single precision
            kernels.write("reactions", field, arrays["reaction"], arrays["slope"])
            kernels.write("rate", field, arrays["gained"], ahead=0.0)
            arrays[MISSED][...] = 0.0
            reason, _ = kernels.solve(field, potential, 0.0, self.profile.update)
            if reason <= 0:
                return failure(reason)
            change = potential - last
            largest = self._largest(change)
            if not np.isfinite(largest):
                return "a field is not finite"
            if largest > FURTHEST:
                potential[...] = last + change * (FURTHEST / largest)
            if largest * min(largest / before if before else 1.0, 1.0) < enough:  # as much as the next change
                kernels.write("reactions", field, arrays["reaction"], arrays["slope"])
                state.moments = [Moment(0.0, potential.copy(), arrays["reaction"])]
                return ""
            before = largest
        return f"Newton's method still moves ({split.potential} {largest:.1e})"

    def _largest(self, values: np.ndarray) -> float:
        """Largest magnitude in all cells, of values in the cells held; not finite if one is not. Collective."""
        own = self.box.own(values)
        largest = float(max(np.max(own), -np.min(own)))
        return self.comm.allreduce(largest if np.isfinite(largest) else np.inf, MPI.MAX)

    # -- steps that are not split ----------------------------------------------------------------------

    def _in_pieces(self) -> bool:
        """Whether there is metal whose potential is not known. Collective."""
        floating = self.model.floating
        if floating is None:
            return False
        groups = floating.groups(self.state.now[floating.content], self.grid)
        return self.comm.allreduce(int(groups.max(initial=0)), MPI.MAX) > 0

    def _implicit(self, dt: float, pieces: bool) -> Verdict:
        if not self._whole:
            if pieces:
                log.info("steps are implicit while there is metal without contact to the electrode")
            super()._make_kernel()
            self._whole = True
        potential = self._split.potential
        self.state.moments = []
        self.state.leave_out(())
        self.state.before.setdefault(potential, self.state.now[potential].copy())
        return super().step(dt)

    def accept(self):
        super().accept()
        self.state.moments, self._last_rejected = [*(m.older() for m in self._next[:-1]), *self._next[-1:]], (0.0, 0.0)
        self._next = []

    def reject(self):
        super().reject()
        longer, before = self._last_rejected
        dt, error = self._last_rejected = self._last_try
        if not self.state.whole and dt <= 0.6 * longer and not error < NO_BETTER * before:
            log.info("split steps fail: steps are implicit until the drive changes")
            self.state.whole = True

    # -- what flows ------------------------------------------------------------------------------------

    def _measure_through(self) -> None:
        """Keep what flows through the top at the present fields, those of the middle, where the potential is given."""
        potential = self._split.potential
        if (potential, "top") in self.conditions.fixed:
            self._through[potential] = self.boundary_flux(potential, "top")

    def added(self, name, rate):
        """As the base; of a current through the electrode, in a split step, that of the step's middle counts."""
        return super().added(name, self._through.get(name, rate))

    def _write_fluxes(self, *arguments):
        self._kernels.charge.fluxes(*self._kernels.of_charge(), *arguments)


def _chequered(box) -> tuple[np.ndarray, np.ndarray]:
    """Two factors, of the last axis and of the others, of 1 and −1 in turn in the cells held."""
    signs = [1.0 - 2.0 * (np.arange(*ends) % 2) for ends in box.ghosted[::-1]]
    layer = reduce(np.multiply.outer, signs[1:], np.array(1.0))
    return signs[0].reshape(-1, *(1,) * layer.ndim), layer

"""The compiled engine with split steps: ξ by explicit stages, then one linear solve for the potential."""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.blocks import Blocks
from phasefield.engines.compiled.engine import SINGLE, CompiledEngine
from phasefield.engines.compiled.kernel import Writer
from phasefield.engines.compiled.linear import UpdateSolver
from phasefield.engines.compiled.split.derive import ARRAYS, derive, kept
from phasefield.engines.compiled.split.formulas import FormulaWriter
from phasefield.engines.compiled.split.stages import number_of_stages, stages
from phasefield.engines.compiled.trace import Tracer
from phasefield.engines.solver import failure
from phasefield.engines.state import Difference
from phasefield.engines.verdict import Verdict

#: Change of ξ, of alternating sign from cell to cell, by which the stiffness of its equation is measured.
PROBE = 1e-6
#: Largest change of the potential in one iteration of a step without prediction, and the number of iterations.
FURTHEST, ITERATIONS = 2.0, 60
#: Residual that the linear solve for the potential may leave; the sum of its equation is put right in any case.
LOOSE = 1e-2


class SplitEngine(CompiledEngine):
    """As :class:`CompiledEngine`, with split steps of a model that declares a `split`."""

    def _make_kernel(self) -> None:
        super()._make_kernel()
        model, box, name = self.model, self.box, type(self.model).__name__
        split = model.split
        unknowns = [getattr(self.v, f.name) for f in self.fields]
        arrays = kept(unknowns[0].mesh)
        declared = [*self._declared, *((variable, ("split", n)) for n, variable in arrays.items())]
        tracer = Tracer(unknowns[0].mesh, box.spacing, unknowns, declared, self._axes, model.periodic)
        found = derive(model, self.v, tracer, arrays, self.dt, unknowns)
        self._formulas = FormulaWriter(tracer.ops.widths).formulas(f"Split step of {name}", found.formulas)
        self._functions = cache.shared(self._formulas.source, self.comm)
        writer = Writer([found.charge], [found.potential], [], tracer.ops.widths)
        self._charge = writer.write(f"Charge of {name} in {writer.dim}-D", SINGLE)
        self._charging = cache.shared(self._charge.source, self.comm)
        self._scalars = found.numbers
        self._kept = {n: np.zeros(box.ghosted_shape) for n in ARRAYS}
        self._rooms = [np.zeros(box.ghosted_shape) for _ in range(4)]
        self._blocks = Blocks(self.grid, self._charge.layout, [split.potential], SINGLE)
        self._potential = UpdateSolver(self._blocks, self.profile)
        cells = int(np.prod(box.ghosted_shape))
        self._room = np.empty((max(self._formulas.work, self._charge.work, 1), cells))
        self._knots: list[tuple[float, np.ndarray, np.ndarray]] = []
        signs = sum(np.arange(n).reshape([-1] + [1] * k) for k, n in enumerate(reversed(box.ghosted_shape)))
        origin = sum(a for a, _ in box.ghosted)
        self._alternating = PROBE * (1.0 - 2.0 * ((signs + origin) % 2))

    # -- generated functions ---------------------------------------------------------------------------

    def _given(self, kernel, bound) -> list:
        """First arguments of a module's functions; ``bound`` are arrays by their keys."""
        inputs, numbers = kernel.inputs, np.zeros(max(len(kernel.inputs.numbers), 1))
        for key, position in inputs.numbers.items():
            if not isinstance(key, tuple):
                numbers[position] = key.number()
            elif key[0] == "constant":
                numbers[position] = key[1]
            else:
                numbers[position] = self._at_face(*key)
        arrays = [self._bound(key, bound) for key in inputs.arrays]
        return [*self.box.ghosted_shape[::-1], numbers, self._room, *arrays]

    def _bound(self, key, bound) -> np.ndarray:
        if isinstance(key, tuple) or key.array not in bound:
            return self._array(key)
        return bound[key.array].reshape(-1)

    def _write(self, name: str, field: np.ndarray, *out: np.ndarray, **numbers: float) -> None:
        """Call a function with a field's values, and update the ghost cells of what it writes."""
        for each, value in numbers.items():
            self._scalars[each].setValue(value)
        bound = {("split", n): a for n, a in self._kept.items()} | {("now", self.model.split.field): field}
        ranges = [n for pair in self._ranges() for n in pair]
        getattr(self._functions, name)(*self._given(self._formulas, bound), *ranges, *(o.reshape(-1) for o in out))
        for o in out:
            self.grid.renew(o)

    # -- a step ----------------------------------------------------------------------------------------

    def apply_boundaries(self):
        super().apply_boundaries()
        self._knots = []

    def initialise(self, dt):
        return super().initialise(dt)

    def step(self, dt):
        state, split = self.state, self.model.split
        self._tried = None
        if not self._knots:
            reason = self._begin()
            if reason:
                return Verdict(False, reason)
        state.begin(dt)
        state.difference = Difference(dt)
        self.dt.setValue(dt)
        self._entered = [(x, x.value.copy()) for x in self.model.scalars], self.conditions.inflow
        start, k = state.now[split.field], self._kept
        k["start"][...] = state.old[split.field]
        self._expect(dt)
        self._write("rate", start, k["first"], later=0.0)
        probe, probed = self._rooms[:2]
        np.add(start, self._alternating, out=probe)
        self._write("rate", probe, probed)
        stiffness = self.comm.allreduce(float(np.abs(self.box.own(probed - k["first"])).max()), MPI.MAX) / PROBE
        if not np.isfinite(stiffness):
            return Verdict(False, "a field is not finite")
        number = number_of_stages(dt * stiffness)
        predicted = self._stages(dt, number)
        k["gained"][...] = (predicted - start) / dt
        middle = self._rooms[3]
        np.add(start, predicted, out=middle)
        middle *= 0.5
        self._write("rate", middle, probed, later=0.5 * dt)
        np.subtract(k["gained"], probed, out=k["missed"])
        k["expected"] += 0.5 * dt * k["change"]
        self._write("reactions", middle, k["reaction"], k["slope"])
        reason, linear = self._solve(middle, middle - dt * k["gained"], state.now[split.potential], LOOSE)
        if reason <= 0:
            return Verdict(False, failure(reason), linear=linear)
        found = state.now[split.potential].copy()
        rate, reaction = self._rooms[0], np.empty_like(found)
        self._write("gain", middle, rate, reaction)
        error = self.comm.allreduce(dt * float(np.abs(self.box.own(rate - k["gained"])).max()), MPI.MAX)
        start += dt * rate
        if not np.isfinite(error):
            return Verdict(False, "a field is not finite")
        (then, potential, _) = self._knots[-1]
        state.now[split.potential][...] = found + (found - potential) * (0.5 * dt / (0.5 * dt - then))
        self._next = [self._knots[-1], (0.5 * dt, found, reaction)]
        self._next = [(t - dt, p, r) for t, p, r in self._next]
        self.model.refresh(state, self.dt, 0)
        if outside := self._outside_bounds():
            return Verdict(False, outside)
        self.stiffness, self.stages, self.split_error = stiffness, number, error
        return Verdict(True, "converged", self._time_error(dt), self._order, 1, linear, 0)

    def _begin(self) -> str:
        """Find the potential of the present field, by Newton's method; it is kept whatever becomes of the step."""
        split, k, state = self.model.split, self._kept, self.state
        field, potential = state.now[split.field], state.now[split.potential]
        k["missed"][...] = 0.0
        k["change"][...] = 0.0
        for _ in range(ITERATIONS):
            k["guess"][...] = potential
            self._write("reactions", field, k["reaction"], k["slope"])
            k["expected"][...] = k["reaction"]
            self._write("rate", field, k["gained"], later=0.0)
            dt = 1.0
            self.dt.setValue(dt)
            reason, _ = self._solve(field, field - dt * k["gained"], potential, self.profile.update)
            if reason <= 0:
                return failure(reason)
            change = potential - k["guess"]
            largest = self.comm.allreduce(float(np.abs(change).max()), MPI.MAX)
            if not np.isfinite(largest):
                return "a field is not finite"
            if largest > FURTHEST:
                potential[...] = k["guess"] + change * (FURTHEST / largest)
            if largest < 1e-6:
                break
        else:
            return f"Newton's method still moves ({split.potential} {largest:.1e})"
        self._write("reactions", field, k["reaction"], k["slope"])
        self._knots = [(0.0, potential.copy(), k["reaction"].copy())]
        return ""

    def _expect(self, dt: float) -> None:
        """Extrapolate the reaction to the start of the step, and the potential to its middle."""
        k, potential = self._kept, self.state.now[self.model.split.potential]
        then, last, reaction = self._knots[-1]
        if len(self._knots) == 1:
            k["expected"][...], k["change"][...] = reaction, 0.0
            k["guess"][...] = last
        else:
            earlier, before, previous = self._knots[0]
            np.subtract(reaction, previous, out=k["change"])
            k["change"] /= then - earlier
            np.multiply(k["change"], -then, out=k["expected"])
            k["expected"] += reaction
            k["guess"][...] = last + (last - before) * ((0.5 * dt - then) / (then - earlier))
        potential[...] = k["guess"]

    def _stages(self, dt: float, number: int) -> np.ndarray:
        k = self._kept
        steps = stages(number)
        first = next(steps)
        earlier, last, room = self._rooms[0], self._rooms[1], self._rooms[2]
        earlier[...] = k["start"]
        np.multiply(k["first"], dt * first.first, out=last)
        last += k["start"]
        for stage in steps:
            k["earlier"] = earlier
            self._write(
                "stage", last, room, last=stage.last, earlier=stage.earlier, start=stage.start,
                first=dt * stage.first, own=dt * stage.own, later=dt * stage.time,
            )  # fmt: skip
            earlier, last, room = last, room, earlier
        k["earlier"] = np.zeros(0)
        return last

    def _solve(self, field, origin, potential, tolerance) -> tuple[int, int]:
        """Improve the potential at a field whose rate of change is (field − origin)/dt."""
        split, entries = self.model.split, self._blocks.entries
        bound = {("split", n): a for n, a in self._kept.items()}
        bound |= {("now", split.field): field, ("old", split.field): origin, ("now", split.potential): potential}
        inputs = self._given(self._charge, bound)
        self._charging.prepare(*inputs)
        ranges = [n for pair in self._ranges() for n in pair]
        written = (a.reshape(-1) for a in (entries.residual, entries.values, entries.columns))
        squares = self._charging.assemble(*inputs, *ranges, *written)
        self._blocks.changed()
        self._potential.renew()
        reason, iterations = self._potential.solve(float(np.sqrt(self.comm.allreduce(squares))), tolerance)
        if reason > 0:
            self.box.own(potential)[...] += self._blocks.update[0].reshape(self.box.owned_shape)
            self.grid.renew(potential)
        return reason, iterations

    def accept(self):
        self._knots = self._next
        super().accept()

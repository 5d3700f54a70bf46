"""The generated functions of a split step, with the arrays that they read."""

from __future__ import annotations

import numpy as np

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.blocks import Blocks
from phasefield.engines.compiled.kernel import Kernel, Writer
from phasefield.engines.compiled.linear import UpdateSolver
from phasefield.engines.compiled.split.derive import OF_CHARGE, Derived
from phasefield.engines.compiled.split.formulas import Formulas, FormulaWriter


class Kernels:
    """Functions that write expressions, and the solver of the potential's equation.

    Parameters
    ----------
    engine : CompiledEngine
        Whose grid, model and conditions they use.
    derived : Derived
    fluxes : sequence of sequence of Node
        Those of the model, on the faces of each axis.
    widths : sequence of Node
        Widths of a cell, by axis.
    kind : type
        Of the numbers in the matrix.

    Attributes
    ----------
    arrays : dict of ndarray
        `OF_STAGES` and `OF_CHARGE` by name, in the cells held.
    rooms : list of ndarray
        Two more for the stages. Like ``first`` and ``change``, they lose their values in :meth:`solve`, which works
        in the same memory, and in ``charge.fluxes``.
    charge : module
        With the balance of charge, and ``fluxes``.
    """

    def __init__(self, engine, derived: Derived, fluxes, widths, kind: type):
        self._engine, self._split = engine, engine.model.split
        grid, box, name = engine.grid, engine.box, type(engine.model).__name__
        self._formulas = FormulaWriter(widths).formulas(f"Stages of {name} in {len(widths)}-D", derived.formulas)
        self._functions = cache.shared(self._formulas.source, grid.comm)
        writer = Writer([derived.charge], [derived.potential], fluxes, widths)
        self._charge = writer.write(f"Charge in {name} in {writer.dim}-D", kind, iterated=False)
        self.charge = cache.shared(self._charge.source, grid.comm)
        self._own = {n: self._formulas.inputs.numbers.get(leaf) for n, leaf in derived.numbers.items()}
        self.renew()
        self.system = Blocks(grid, self._charge.layout, [self._split.potential], kind)
        self.solver = UpdateSolver(self.system, engine.profile)
        lines = max(self._formulas.work + 4, self._charge.work)
        self._work = np.zeros((lines, int(np.prod(box.ghosted_shape))))
        first, change, *self.rooms = self._work[self._formulas.work :][:4].reshape(4, *box.ghosted_shape)
        self.arrays = {n: np.zeros(box.ghosted_shape) for n in OF_CHARGE} | {"first": first, "change": change}
        self.arrays |= dict.fromkeys(("start", "earlier"), first)  # the stages replace these two by what they have

    def renew(self) -> None:
        """Read the numbers of the model and of the conditions, which stay the same while a step is solved."""
        kernels = self._formulas, self._charge
        self._numbers = [np.array([self._engine.number_of(key) for key in k.inputs.numbers] or [0.0]) for k in kernels]

    def write(self, name: str, field: np.ndarray, *out: np.ndarray, **numbers: float) -> None:
        """Write the expressions of a name at a field, with ghost cells. Collective."""
        inputs = self._inputs(self._formulas, {("now", self._split.field): field})
        for each, value in numbers.items():
            self._numbers[0][self._own[each]] = value
        getattr(self._functions, name)(*inputs, *self._engine.ranges(), *(o.reshape(-1) for o in out))
        for o in out:
            self._engine.grid.renew(o)

    def solve(self, field: np.ndarray, origin: np.ndarray, potential: np.ndarray, tolerance: float) -> tuple[int, int]:
        """Improve a potential at a field whose rate of change is (field − origin)/dt. Collective.

        Returns
        -------
        int, int
            PETSc's reason or `NOT_FINITE`, and iterations.
        """
        engine, split, entries = self._engine, self._split, self.system.entries
        bound = {("now", split.field): field, ("old", split.field): origin, ("now", split.potential): potential}
        inputs = self._inputs(self._charge, bound)
        written = (a.reshape(-1) for a in (entries.residual, entries.values, entries.columns))
        squares = self.charge.assemble(*inputs, *engine.ranges(), *written)
        self.system.changed()
        self.solver.renew()
        reason, iterations = self.solver.solve(float(np.sqrt(engine.comm.allreduce(squares))), tolerance)
        if reason > 0:
            engine.box.own(potential)[...] += self.system.update[0].reshape(engine.box.owned_shape)
            engine.grid.renew(potential)
        return reason, iterations

    def of_charge(self) -> list:
        """First arguments of ``charge.fluxes``, at the engine's present fields."""
        self.renew()
        return self._inputs(self._charge, {})

    def _inputs(self, kernel: Kernel | Formulas, bound: dict[tuple[str, str], np.ndarray]) -> list:
        """First arguments of a module's functions; ``bound`` are arrays, by key, in place of the engine's."""
        engine, arrays = self._engine, []
        numbers = self._numbers[kernel is self._charge]
        for key in kernel.inputs.arrays:
            kind, name = ("", "") if isinstance(key, tuple) else key.array
            found = self.arrays[name] if kind == "split" else bound.get((kind, name))
            arrays.append(engine.array_of(key) if found is None else found.reshape(-1))
        return [*engine.box.ghosted_shape[::-1], numbers, self._work, *arrays]

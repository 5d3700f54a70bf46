"""The generated functions of a split step, with the arrays that they read."""

from __future__ import annotations

import numpy as np

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.blocks import Blocks
from phasefield.engines.compiled.kernel import Kernel, Writer
from phasefield.engines.compiled.linear import UpdateSolver
from phasefield.engines.compiled.room import Room
from phasefield.engines.compiled.split.derive import MISSED, OF_CHARGE, Derived
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
        Those of :mod:`derive` by name, in the cells held. ``known`` and ``before`` are the caller's.
    rooms : list of ndarray
        Two more for the stages. Like ``first`` and ``missed``, they lose their values in :meth:`solve`, which works in
        the same memory; all but ``missed`` in ``charge.fluxes``, too.
    charge : module
        With the balance of charge, and ``fluxes``.
    """

    def __init__(self, engine, derived: Derived, fluxes, widths, kind: type):
        self._engine, self._split = engine, engine.model.split
        grid, box, name = engine.grid, engine.box, type(engine.model).__name__
        self._formulas = FormulaWriter(widths).formulas(f"Stages of {name} in {len(widths)}-D", derived.formulas)
        self._functions = cache.shared(self._formulas.source, grid.comm)
        writer = Writer([derived.charge], [derived.potential], fluxes, widths)
        single = {("split", n) for n in OF_CHARGE}
        self._charge = writer.write(f"Charge in {name} in {writer.dim}-D", kind, iterated=False, single=single)
        self.charge = cache.shared(self._charge.source, grid.comm)
        self._own = [{n: k.inputs.numbers.get(leaf) for n, leaf in derived.numbers.items()} for k in self._both]
        self.renew()
        shape, cells, rooms = box.ghosted_shape, int(np.prod(box.ghosted_shape)), self._formulas.work
        self._work = np.zeros((max(rooms + 3, self._charge.work) + 1, cells))
        self.system = Blocks(grid, self._charge.layout, [self._split.potential], kind, Room(self._work))
        self.solver = UpdateSolver(self.system, engine.profile)
        first, *self.rooms = self._work[rooms : rooms + 3].reshape(3, *shape)
        self.arrays: dict[str, np.ndarray] = {n: np.zeros(shape, kind) for n in OF_CHARGE}
        self.arrays |= {"first": first, MISSED: self._work[-1].reshape(shape)}  # the last, as `charge` reads it
        self.arrays |= dict.fromkeys(("start", "earlier"), first)  # the stages replace these two by what they have

    @property
    def _both(self) -> tuple[Formulas, Kernel]:
        return self._formulas, self._charge

    def renew(self) -> None:
        """Read the numbers of the model and of the conditions, which stay the same while a step is solved."""
        self._numbers = [
            np.array([self._engine.number_of(key) for key in k.inputs.numbers] or [0.0]) for k in self._both
        ]

    def read(self, kind: str) -> set[str]:
        """Names of the arrays of a kind that the functions read."""
        keys = (key.array for k in self._both for key in k.inputs.arrays if not isinstance(key, tuple))
        return {name for found, name in keys if found == kind}

    def write(self, name: str, field: np.ndarray, *out: np.ndarray, **numbers: float) -> None:
        """Write the expressions of a name at a field, with ghost cells. Collective."""
        inputs = self._inputs(0, {("now", self._split.field): field}, numbers)
        getattr(self._functions, name)(*inputs, *self._engine.ranges(), *(o.reshape(-1) for o in out))
        for o in out:
            self._engine.grid.renew(o)

    def solve(self, field: np.ndarray, potential: np.ndarray, ahead: float, tolerance: float) -> tuple[int, int]:
        """Improve a potential at a field whose rate of change is ``gained``. Collective.

        Returns
        -------
        int, int
            PETSc's reason or `NOT_FINITE`, and iterations.
        """
        engine, split, entries = self._engine, self._split, self.system.entries
        bound = {("now", split.field): field, ("now", split.potential): potential}
        inputs = self._inputs(1, bound, {"ahead": ahead})
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
        return self._inputs(1, {}, {})

    def _inputs(self, which: int, bound: dict[tuple[str, str], np.ndarray], values: dict[str, float]) -> list:
        """First arguments of the functions of one of `_both`.

        ``bound`` are arrays, by key, in place of the engine's; ``values`` are numbers of a stage by name.
        """
        engine, arrays, inputs, numbers = self._engine, [], self._both[which].inputs, self._numbers[which]
        for name, value in values.items():
            if (position := self._own[which][name]) is not None:
                numbers[position] = value
        for key in inputs.arrays:
            kind, name = ("", "") if isinstance(key, tuple) else key.array
            found = self.arrays[name] if kind == "split" else bound.get((kind, name))
            arrays.append(engine.array_of(key) if found is None else found.reshape(-1))
        return [*engine.box.ghosted_shape[::-1], numbers, self._work, *arrays]

"""The compiled engine: a kernel generated from the model's FiPy equations, and a persistent linear solver."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from fipy import CellVariable
from mpi4py import MPI

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.assembled import Assembled
from phasefield.engines.compiled.blocks import Blocks, separable
from phasefield.engines.compiled.elimination import booked, settled
from phasefield.engines.compiled.expressions import Node
from phasefield.engines.compiled.kernel import Writer
from phasefield.engines.compiled.linear import UpdateSolver
from phasefield.engines.compiled.stencil import Assembler
from phasefield.engines.compiled.trace import SMALL, Tracer
from phasefield.engines.conditions import number
from phasefield.engines.grid import Grid
from phasefield.engines.mesh import declared_variables, local_mesh
from phasefield.engines.solver import given
from phasefield.engines.state import State
from phasefield.engines.stepping import NewtonEngine
from phasefield.errors import TraceError

#: Halvings of an update that makes the residual larger.
HALVINGS = 8
#: Residual over the size of its terms below which it is round-off.
ROUND_OFF = 1e-10
#: Precision of the matrix where at most one potential is solved for; two need double precision (record 061).
SINGLE = np.float32


class Tried(NamedTuple):
    """An iterate of Newton's method.

    Attributes
    ----------
    fields : dict of ndarray
        By name, in the cells held.
    numbers : ndarray
        Those of groups of cells.
    given : ndarray
        What else was given to the equations.
    size : float
        Norm of the residual.
    """

    fields: dict[str, np.ndarray]
    numbers: np.ndarray
    given: np.ndarray
    size: float


class CompiledEngine(NewtonEngine):
    """All equations are compiled into one kernel, which writes Newton's matrix and the residual.

    The model declares its equations on a FiPy grid of a few cells; the run itself uses arrays only.

    Parameters and attributes are those of :class:`phasefield.engines.stepping.NewtonEngine`, but for:

    Parameters
    ----------
    shape : sequence of int
        Cells along each axis, instead of a grid.
    spacing : sequence of float or array
        Cell size along each axis, or that of each cell.
    picard : bool
        Use FiPy's own matrix: without the derivatives that FiPy's terms omit, and without elimination.

    Raises
    ------
    TraceError
        A term or a part of one, which the error names, has no compiled form.
    PhasefieldError
        The grid cannot be shared between the ranks, or has more unknowns than PETSc can number.
    """

    name = "compiled"
    searches = True

    def __init__(
        self, model, shape, spacing, profile="default", max_newton: int = 12, order: int = 1, picard: bool = False
    ):
        grid = Grid(shape, spacing, MPI.COMM_WORLD, len(model.fields), periodic=model.periodic)
        super().__init__(model, grid, profile, max_newton, order)
        self.v, self._declared = _on_few_cells(model, self.box.spacing)
        self.v.lag = self.lag
        self.equations = model.equations(self.v, self.dt)
        self._told, self._picard = model.gradient_fluxes(self.v), picard
        self._geometry: dict[tuple[str, str], np.ndarray] = {}
        self._axes: set[int] = set()  # axes with conditions at their ends in the present kernel
        self.apply_boundaries()

    def apply_boundaries(self):
        super().apply_boundaries()
        axes = self.conditions.axes | {len(self.box.shape) - 1}
        if not axes <= self._axes:
            self._axes |= axes
            self._make_kernel()

    def _make_kernel(self) -> None:
        """Generate and compile the kernel, and allocate the arrays that depend on it."""
        writer = self._derive()
        blocks = separable(writer.layout, writer.diagonal) and self._plain and not given("pc_type")
        # A reaction between two potentials may be 10⁹ times what one carrier conducts: seven digits would lose it.
        kind = SINGLE if blocks and len(self.elliptic) < 2 else float
        self.kernel = writer.write(f"{type(self.model).__name__} in {writer.dim}-D", kind)
        self._module = cache.shared(self.kernel.source, self.comm)
        self.system = self._made(blocks, kind)
        self.solver = UpdateSolver(self.system, self.profile)
        self._numbers = np.zeros(max(len(self.kernel.inputs.numbers), 1))
        self._work = np.empty((self.kernel.work, int(np.prod(self.box.ghosted_shape))))
        self._tried: Tried | None = None
        self._used: np.ndarray | None = None  # numbers with which the kernel's `prepare` ran
        self._residual = self.system.entries.residual

    def _derive(self) -> Writer:
        unknowns, spacing = [getattr(self.v, f.name) for f in self.fields], self.box.spacing
        tracer = Tracer(unknowns[0].mesh, spacing, unknowns, self._declared, self._axes, self.model.periodic)
        assembler = Assembler(tracer, unknowns, self.dt, self.carry, newton=not self._picard)
        balances = []
        for f in self.fields:
            try:
                balances.append(assembler.balance(self.equations[f.name], getattr(self.v, f.name)))
            except TraceError as error:
                raise TraceError(f"equation of {f.name}: {error}") from error
        self._plain = not assembler.convects  # geometric multigrid is for diffusion
        balances = (booked if self._picard else settled)(balances, assembler)
        return Writer(balances, assembler.nodes, self._told_by(tracer), tracer.ops.widths)

    def _told_by(self, tracer: Tracer) -> list[list[Node]]:
        """The model's fluxes on the faces of each axis."""
        axes = range(tracer.dim)
        return [[tracer.trace(flux, axis)[axis].item() for axis in axes] for flux in self._told.values()]

    def _made(self, blocks: bool, kind: type) -> Blocks | Assembled:
        names, layout = [f.name for f in self.fields], self.kernel.layout
        if blocks:
            return Blocks(self.grid, layout, names, kind)
        return Assembled(self.grid, layout, names, self.elliptic, {f.name for f in self.fields if f.positive})

    def step(self, dt):
        self.solver.renew()
        return super().step(dt)

    # -- one iteration ---------------------------------------------------------------------------------

    def forget(self):
        self._used = self._tried = None

    def renumbered(self):
        self._used = None

    def assemble(self, anew: bool = True) -> float:
        """Evaluate matrix and residual at the present fields.

        Parameters
        ----------
        anew : bool
            Compute also what does not depend on the unknowns. Else it is kept until :meth:`forget`, or until a number
            in it changes.

        Returns
        -------
        float
            Norm of the sizes of each row's terms; the same on every rank.
        """
        inputs, entries = self._inputs(), self.system.entries
        numbers = self._numbers[: self.kernel.prepared]
        if anew or self._used is None or not np.array_equal(numbers, self._used):
            self._module.prepare(*inputs)
            self._used = numbers.copy()
        written = (array.reshape(-1) for array in (entries.residual, entries.values, entries.columns))
        squares = self._module.assemble(*inputs, *self.ranges(), *written)
        self.system.changed()
        return float(np.sqrt(self.comm.allreduce(squares)))

    def _solve_once(self):
        magnitude = self.assemble(anew=False)
        magnitude = self._search(magnitude) if self.searching else magnitude
        exact = self.floats.number or len(self.system.joined) < len(self.fields)
        tolerance = self.profile.response if exact else self.profile.update
        reason, iterations = self.solver.solve(magnitude, tolerance)
        return reason, iterations, [update.reshape(self.box.owned_shape) for update in self.system.update]

    def _search(self, magnitude: float) -> float:
        """Line search: halve the last update while it has made the residual larger.

        Not if the equations have changed since then, nor at round-off. Collective; returns what :meth:`assemble` does.
        """
        last, size = self._tried, self._size()
        given = np.concatenate([self._numbers, *map(np.ravel, self.conditions.inflow.values())])
        if last and self.comm.allreduce(np.array_equal(last.given, given), MPI.LAND):
            for _ in range(HALVINGS):
                if size <= max(last.size, ROUND_OFF * magnitude):
                    break
                for name, before in last.fields.items():
                    now = self.state.now[name]
                    now[...] = 0.5 * (before + now)
                self.floats.move(0.5 * (last.numbers - self.floats.numbers))
                magnitude, size = self.assemble(anew=False), self._size()
        now = {name: values.copy() for name, values in self.state.now.items()}
        self._tried = Tried(now, self.floats.numbers, given, size)
        return magnitude

    def _size(self) -> float:
        """Norm of the residual."""
        return float(np.sqrt(self.comm.allreduce(float(np.vdot(self._residual, self._residual)))))

    # -- fluxes ----------------------------------------------------------------------------------------

    def gradient_flux(self, name):
        return [flux[list(self._told).index(name)] for flux in self._fluxes(self._ranges())]

    def end_flux(self, name, face):
        ranges = self._ranges()
        start, stop = ranges[-1]
        ranges[-1] = (start, start + 1) if face == "bottom" else (stop - 1, stop)
        found = self._fluxes(ranges)[-1][list(self._told).index(name)]
        return found[0 if face == "bottom" else -1]

    def _fluxes(self, ranges) -> list[np.ndarray]:
        """All declared gradient fluxes on the faces of the cells in a range, by axis."""
        out = []
        for axis in range(len(ranges)):
            shape = [stop - start + (d == axis) for d, (start, stop) in enumerate(ranges)]
            out.append(np.empty((len(self._told), *shape[::-1])))
        flat = [flux.reshape(len(self._told), -1) for flux in out] if self._told else out
        self._write_fluxes(*_flat(ranges), *flat)
        return out

    def _write_fluxes(self, *arguments) -> None:
        self._module.fluxes(*self._inputs(), *arguments)

    # -- inputs of the kernel --------------------------------------------------------------------------

    def ranges(self) -> list[int]:
        """Range of the cells owned among those held: first and last of each axis, x first."""
        return _flat(self._ranges())

    def _ranges(self) -> list[tuple[int, int]]:
        """Range of the cells owned among those held, by axis."""
        return [(part.start, part.stop) for part in self.box.inner[::-1]]

    def _inputs(self) -> list:
        """First arguments of all functions of the kernel."""
        self._read_numbers()
        arrays = map(self.array_of, self.kernel.inputs.arrays)
        return [*self.box.ghosted_shape[::-1], self._numbers, self._work, *arrays]

    def _read_numbers(self) -> None:
        for key, position in self.kernel.inputs.numbers.items():
            self._numbers[position] = self.number_of(key)

    def number_of(self, key) -> float:
        """The present value of one of a kernel's numbers."""
        if not isinstance(key, tuple):
            return key.number()
        return key[1] if key[0] == "constant" else self._at_face(*key)

    def _at_face(self, what: str, upper: int, place) -> float:
        """Whether an unknown is fixed on a face of the grid, its value there, or the prescribed flux per volume."""
        (leaf, axis), conditions = place, self.conditions
        face = next(name for name, at in self.box.faces.items() if at == (axis, upper))
        if what == "entering":
            return float(conditions.inflow.get((leaf.array[1], face), 0.0)) / self.box.end_width(face)
        given = conditions.fixed.get((leaf.array[1], face)) if self.box.touches(face) else None
        return float(given is not None) if what == "fixed" else number(given or 0.0)

    def array_of(self, key) -> np.ndarray:
        """The values of an array in the kernel's format."""
        if isinstance(key, tuple):
            leaf, end = key
            entering = self.conditions.inflow.get((leaf.array[1], end), 0.0)
            layer = np.broadcast_to(np.asarray(entering) / self.box.end_width(end), self.box.ghosted_shape[1:])
            return np.array(layer, float).reshape(-1)
        kind, name = key.array
        if kind in ("coordinate", "width"):
            return self._of_the_grid(kind, name)
        earlier = {"old": self.state.origin, "last": self.state.old, "before": self.state.before}
        return (earlier[kind][name] if kind in earlier else self.state.ghosted(name)).reshape(-1)

    def _of_the_grid(self, kind: str, name: str) -> np.ndarray:
        if (kind, name) not in self._geometry:
            axis, box = "xyz".index(name), self.box
            along = box.centres()[axis] if kind == "coordinate" else box.widths(axis)
            self._geometry[kind, name] = np.array(np.broadcast_to(along, box.ghosted_shape)).ravel()
        return self._geometry[kind, name]


def _on_few_cells(model, spacing):
    """The model's FiPy variables on a grid of a few cells, and the key of each in a run."""
    shape = SMALL[: len(spacing)]
    # Cell sizes that differ also differ on this grid, so that expressions of them do not look constant.
    few = [[1.0 + 0.1 * k for k in range(n)] for n in shape]
    spacing = [h if isinstance(h, float) else sizes for h, sizes in zip(spacing, few, strict=True)]
    mesh = local_mesh(shape, spacing)
    v = declared_variables(model, mesh, State(model, Grid(shape, spacing, MPI.COMM_SELF)).ghosted)
    declared = []
    for f in model.fields:
        variable, entering = getattr(v, f.name), CellVariable(mesh=mesh, name=f"inflow_{f.name}")
        setattr(v.inflow, f.name, entering)
        declared += [(variable, ("now", f.name)), (variable.old, ("old", f.name)), (entering, ("inflow", f.name))]
    declared += [(getattr(v, s.name), ("fixed", s.name)) for s in (*model.static, *model.auxiliary)]
    return v, declared


def _flat(ranges) -> list[int]:
    return [n for pair in ranges for n in pair]

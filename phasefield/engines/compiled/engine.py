"""The compiled engine: a kernel made of the model's FiPy equations, and a solver that is kept."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from mpi4py import MPI

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.kernel import Kernel, Writer
from phasefield.engines.compiled.linear import UpdateSolver
from phasefield.engines.compiled.matrix import CellMatrix
from phasefield.engines.compiled.stencil import Assembler
from phasefield.engines.compiled.trace import Tracer
from phasefield.engines.stepping import NewtonEngine
from phasefield.errors import TraceError

#: Layers of cells that a rank holds of each neighbour; FiPy's slabs have as many.
GHOSTS = 2


class CompiledEngine(NewtonEngine):
    """All equations are compiled into one kernel, which writes Newton's matrix and the residual.

    Parameters and attributes are those of :class:`phasefield.engines.stepping.NewtonEngine`, and:

    Parameters
    ----------
    picard : bool
        Leave out the derivatives of diffusion and storage coefficients: FiPy's own matrix.

    Raises
    ------
    TraceError
        A term, or something in one, that has no compiled form; it is named.
    """

    name = "compiled"

    def __init__(self, model, shape, spacing, profile: str = "default", max_newton: int = 12, picard: bool = False):
        super().__init__(model, shape, spacing, profile, max_newton)
        self._unknowns = [getattr(self.v, f.name) for f in self.fields]
        self.kernel = self._derive(picard)
        self._module = self._compiled(self.kernel.source)
        self.matrix = CellMatrix(self.slab, self.kernel.coupling, self.comm)
        names, diffusive = [f.name for f in self.fields], {f.name for f in self.fields if f.positive}
        self.solver = UpdateSolver(self.matrix, names, self.elliptic, diffusive, self.profile)
        self._numbers = np.zeros(max(len(self.kernel.inputs.numbers), 1))
        self._work = np.empty((self.kernel.work, self.mesh.numberOfCells))
        self._residual = self.solver.residual.array
        self._arrays = [self._reader(key) for key in self.kernel.inputs.arrays]

    def _derive(self, picard: bool) -> Kernel:
        tracer = Tracer(self.mesh, self.slab.spacing, self._unknowns)
        assembler = Assembler(tracer, self._unknowns, self.dt, newton=not picard)
        balances = []
        for f in self.fields:
            try:
                balances.append(assembler.balance(self.equations[f.name]))
            except (TraceError, NotImplementedError) as error:
                raise TraceError(f"equation of {f.name}: {error}") from error
        fluxes = [
            [tracer.trace(flux, axis)[axis].item() for axis in range(tracer.dim)]
            for flux in self._gradient_fluxes.values()
        ]
        writer = Writer(balances, assembler.nodes, fluxes, self.slab.spacing)
        title = f"{type(self.model).__name__} in {len(self.slab.shape)}-D"
        return writer.write(title)

    def _compiled(self, source: str):
        """The kernel's function; one rank compiles, the others find it done."""
        if self.comm.rank == 0:
            cache.load(source)
        self.comm.barrier()
        return cache.load(source)

    def step(self, dt):
        self.solver.renew()
        return super().step(dt)

    # -- one iteration ---------------------------------------------------------------------------------

    def assemble(self) -> float:
        """Evaluate matrix and residual at the present fields.

        Returns
        -------
        float
            Norm of the sizes of each row's terms; the same on every rank.
        """
        slab = self.slab
        own = slab.start - slab.ghost_start, slab.stop - slab.ghost_start
        more = int(slab.start > 0), int(slab.stop < slab.shape[-1])
        squares = self._module.assemble(
            *self._inputs(), *own, *more, self._residual, self.matrix.inside, self.matrix.outside
        )
        self.matrix.changed()
        return float(np.sqrt(self.comm.allreduce(squares)))

    def _solve_once(self):
        result = self.solver.solve(self.assemble())
        update = self.solver.update.array.reshape(-1, len(self.fields))
        slab = self.slab
        for k, variable in enumerate(self._unknowns):
            values = np.array(variable.value)
            slab.owned(values)[...] += update[:, k].reshape(slab.owned(values).shape)
            self._exchange(slab.held(values))
            variable.setValue(values)
        return result

    def _exchange(self, held) -> None:
        """Copy the neighbours' outermost layers, in place."""
        comm, me = self.comm, self.comm.rank
        for towards in (-1, 1):
            to = me + towards if 0 <= me + towards < comm.size else MPI.PROC_NULL
            source = me - towards if 0 <= me - towards < comm.size else MPI.PROC_NULL
            first, stop = self.slab.start - self.slab.ghost_start, self.slab.stop - self.slab.ghost_start
            sent = held[first : first + GHOSTS] if towards < 0 else held[stop - GHOSTS : stop]
            got = held[stop : stop + GHOSTS] if towards < 0 else held[first - GHOSTS : first] if first else held[:0]
            comm.Sendrecv(np.ascontiguousarray(sent), to, recvbuf=got, source=source)

    def gradient_flux(self, name):
        """The flux's ``value``: FiPy's array of shape (dimension, faces), filled where axis and face go together."""
        told = np.zeros((len(self._gradient_fluxes), self.mesh.numberOfFaces))
        parts = [_faces_of(self.mesh, axis) for axis in range(self.mesh.dim)]
        self._module.fluxes(*self._inputs(), *(part.start for part in parts), told)
        value = np.zeros((self.mesh.dim, self.mesh.numberOfFaces))
        for axis, part in enumerate(parts):
            value[axis, part] = told[list(self._gradient_fluxes).index(name), part]
        return SimpleNamespace(value=value)

    # -- what the kernel reads -------------------------------------------------------------------------

    def _inputs(self) -> list:
        """Arguments that all functions of the kernel begin with."""
        self._read_numbers()
        sizes = (*self.slab.shape[:-1], self.slab.ghost_stop - self.slab.ghost_start)
        return [*sizes, self._numbers, self._work, *(read() for read in self._arrays)]

    def _read_numbers(self) -> None:
        fixed = {(b.field, b.face): b.value for b in self._conditions if b.kind == "value"}
        at_end = {"bottom": self.slab.start == 0, "top": self.slab.stop == self.slab.shape[-1]}
        for key, position in self.kernel.inputs.numbers.items():
            if not isinstance(key, tuple):
                self._numbers[position] = float(key.variable.value)
            elif key[0] == "constant":
                self._numbers[position] = key[1]
            else:
                what, end, leaf = key
                face = ("bottom", "top")[end]
                given = fixed.get((leaf.variable.name, face)) if at_end[face] else None
                self._numbers[position] = (given is not None) if what == "fixed" else float(_value(given))

    def _reader(self, key):
        """A function that gives the numbers of an array as the kernel wants them."""
        leaf, component, *axis = key
        variable = leaf.variable
        count = self.mesh.numberOfFaces if axis else self.mesh.numberOfCells
        part = _faces_of(self.mesh, axis[0]) if axis else slice(None)

        def read():
            return np.ascontiguousarray(np.asarray(variable.value).reshape(-1, count)[component, part], float)

        return read


def _value(given):
    return getattr(given, "value", given) or 0.0


def _faces_of(mesh, axis: int) -> slice:
    """Where the faces across an axis are in FiPy's numbering: those of the last axis come first."""
    shape = mesh.shape
    counts = [int(np.prod(shape)) // n * (n + 1) for n in shape]
    start = sum(counts[axis + 1 :])
    return slice(start, start + counts[axis])

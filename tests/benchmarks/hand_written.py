"""The same equations by hand: numba stencils, PETSc's DMDA, coupled Newton. No FiPy, no model, no symbols.

What one would write in C++ for this one set of equations, to know what the generality of phasefield costs. Its boxes
are DMDA's own, its unknowns lie cell by cell, its preconditioner is of the family that phasefield's engines use.
"""

from __future__ import annotations

import ctypes

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from phasefield.engines import stepping
from phasefield.physics.common.energy import δ
from tests.benchmarks.hand_kernel import SURVEYED, Constants, assembler, slots, surveyor
from tests.benchmarks.problem import Problem, area_weights

OPTIONS = {
    "ksp_type": "fgmres",
    "pc_type": "fieldsplit",
    "pc_fieldsplit_type": "multiplicative",
    "fieldsplit_xi_pc_type": "bjacobi",
    "fieldsplit_phi_pc_type": "hypre",
    "fieldsplit_c_pc_type": "hypre",
    **{f"fieldsplit_{name}_ksp_type": "preonly" for name in ("xi", "phi", "c")},
}
#: BoomerAMG with cheap coarse grids, which in 3-D halves the time of a solve (and in 2-D lengthens it).
OPTIONS_3D = {
    f"fieldsplit_{name}_pc_hypre_boomeramg_{key}": value
    for name in ("phi", "c")
    for key, value in {"coarsen_type": "HMIS", "interp_type": "ext+i", "P_max": 4, "agg_nl": 1}.items()
}
PREFIX = "hand_"
#: Linear tolerance over the right-hand side, and factor on Newton's tolerances: phasefield's two profiles.
PROFILES = {"default": (1e-9, 1.0), "strict": (1e-13, 1e-7)}
#: A preconditioner is made anew after a solve that took more than this many times its first, plus so many iterations.
REBUILD = (1.5, 3)
MAX_NEWTON = 12

_petsc = ctypes.CDLL(PETSc.__file__)  # brings libpetsc's symbols with it


class HandWritten:
    """Advances the problem by implicit Euler steps, Newton's method on all fields at once.

    Parameters
    ----------
    problem : Problem
    profile : str
        ``"default"`` or ``"strict"``, with the meaning they have for phasefield's engines.
    """

    def __init__(self, problem: Problem, profile: str = "default"):
        self.problem, self.comm = problem, MPI.COMM_WORLD
        self.linear_tolerance, factor = PROFILES[profile]
        self.tolerances = np.array([f.tolerance * factor for f in problem.case.model.fields])
        self.fields = len(self.tolerances)
        self.da = _grid(problem.cells, self.fields)
        self.box = _grid(problem.cells, self.fields, PETSc.DMDA.StencilType.BOX)  # for the normals of the surface
        self.constants = _constants(problem)
        self.spacing = np.array(_on_three_axes(problem.case.spacing, 1.0))
        self.weights = self.spacing**-2
        self.owned, self.held = self.da.getRanges(), self.da.getGhostRanges()
        self.inner = np.array([(a - g, b - g) for (a, b), (g, _) in zip(self.owned, self.held, strict=True)])
        self.at_top = self.owned[2][1] == problem.cells[-1]
        self.kernel, self.survey = assembler(self.fields), surveyor(self.fields)

        self.x, self.old, self.before = (self.da.createGlobalVec() for _ in range(3))
        self.local, self.local_old = (self.da.createLocalVec() for _ in range(2))
        self.around = self.box.createLocalVec()
        self.residual, self.update = (self.da.createGlobalVec() for _ in range(2))
        self.product = self.da.createGlobalVec()
        self.older = None
        self._start()
        self.surveyed = np.zeros((self.x.local_size // self.fields, SURVEYED))
        self.matrix, self.values = _matrix(self.da, self.fields, self.inner, self.held)
        self.ksp = self._solver()
        self.first_iterations: int | None = None
        self.dt = 0.0

    def _start(self):
        centres = [(np.arange(a, b) + 0.5) * h for (a, b), h in zip(self.owned, self.spacing, strict=True)]
        z, y, x = np.meshgrid(*centres[::-1], indexing="ij")
        coordinates = [x.ravel(), y.ravel(), z.ravel()] if len(self.problem.cells) == 3 else [x.ravel(), z.ravel()]
        values = self.problem.initial(coordinates)
        self.x.array = np.stack([values[name] for name in self.problem.names], axis=-1).ravel()

    def _solver(self):
        options = PETSc.Options()
        for key, value in (OPTIONS | (OPTIONS_3D if len(self.problem.cells) == 3 else {})).items():
            if not options.hasName(PREFIX + key):
                options[PREFIX + key] = value
        ksp = PETSc.KSP().create(self.da.comm)
        ksp.setOptionsPrefix(PREFIX)
        ksp.setOperators(self.matrix)
        ksp.getPC().setType("fieldsplit")
        blocks = [(name, [k]) for k, name in enumerate(self.problem.names)]
        ksp.getPC().setFieldSplitFields(self.fields, *blocks[::-1])  # salt, potential, front
        ksp.setFromOptions()
        return ksp

    def step(self, dt: float) -> dict:
        """Advance by one step; Newton and Krylov iterations that it took.

        Raises
        ------
        RuntimeError
            A solve failed, or Newton's method did not converge.
        """
        self.x.copy(self.old)
        predicts = self.older is not None
        if predicts:  # linear extrapolation in time
            self.x.axpby(-dt / self.dt, 1 + dt / self.dt, self.older)
        else:
            self.older = self.old.duplicate()
        self.dt = dt
        self.da.globalToLocal(self.old, self.local_old)
        linear = 0
        for newton in range(1, MAX_NEWTON + 1):
            if newton <= (1 if predicts else stepping.LOOKS):
                self._look()
            self.assemble()
            linear += self._solve()
            self.x.axpy(1.0, self.update)
            moved = np.abs(self.update.array.reshape(-1, self.fields)).max(axis=0)
            self.comm.Allreduce(MPI.IN_PLACE, moved, MPI.MAX)
            if np.all(moved <= self.tolerances):
                break
        else:
            raise RuntimeError(f"Newton's method still moves: {moved}")
        self.old.copy(self.older)
        if not predicts:  # the potential jumped to that of the current, which is no rate
            k = self.problem.names.index("phi")
            self.older.array[k :: self.fields] = self.x.array[k :: self.fields]
        return {"newton": newton, "linear": linear}

    def _look(self):
        """Survey the surface at the present fields."""
        self.box.globalToLocal(self.x, self.around)
        with self.around as u, self.local_old as old:
            u, old = u.reshape(self._held), old.reshape(self._held)
            self.survey(u, old, self.spacing, self.inner, self.dt, self.constants, self.surveyed)

    @property
    def _held(self):
        """Shape of the cells held, with the fields of each."""
        return *(b - a for a, b in self.held[::-1]), self.fields

    def assemble(self) -> None:
        """Write matrix and residual at the present fields."""
        self.da.globalToLocal(self.x, self.local)
        with self.local as u, self.local_old as old, self.residual as r:
            self.kernel(
                u.reshape(self._held), old.reshape(self._held), self.surveyed, self.weights, self.inner, self.at_top,
                self.dt, self.constants, self.values, r.reshape(-1, self.fields),
            )  # fmt: skip
        _call(_petsc.MatSetValuesCOO, self.matrix, self.values.ctypes.data_as(ctypes.c_void_p), ctypes.c_int(1))

    def _solve(self) -> int:
        """Update from J δx = −R, to a residual below the tolerance times that of x = 0, as FiPy has it."""
        self.matrix.mult(self.x, self.product)
        self.product.axpy(-1.0, self.residual)
        self.residual.scale(-1.0)
        self.ksp.setTolerances(rtol=1e-50, atol=self.linear_tolerance * self.product.norm(), max_it=400)
        self.ksp.getPC().setReusePreconditioner(self.first_iterations is not None)
        self.ksp.solve(self.residual, self.update)
        if self.ksp.getConvergedReason() <= 0:
            raise RuntimeError(f"linear solver diverged ({self.ksp.getConvergedReason()})")
        iterations = self.ksp.getIterationNumber()
        if self.first_iterations is None:
            self.first_iterations = iterations
        elif iterations > REBUILD[0] * self.first_iterations + REBUILD[1]:
            self.first_iterations = None
        return iterations

    def gather(self, name: str):
        """A field of the whole grid on rank 0, axes (last, …, x); None elsewhere."""
        sizes = [b - a for a, b in self.owned[::-1]]
        own = self.x.array.reshape(*sizes, self.fields)[..., self.problem.names.index(name)].copy()
        parts = self.comm.gather((self.owned, own))
        if parts is None:
            return None
        nx, ny, nz = self.da.sizes
        whole = np.empty((nz, ny, nx))
        for ((x0, x1), (y0, y1), (z0, z1)), values in parts:
            whole[z0:z1, y0:y1, x0:x1] = values
        return whole if len(self.problem.cells) == 3 else whole[:, 0, :]


def _on_three_axes(values, filler):
    """Values by axis of a 2-D grid, with one for the missing y."""
    return tuple(values) if len(values) == 3 else (values[0], filler, values[1])


def _grid(cells, fields, stencil=PETSc.DMDA.StencilType.STAR):
    proc_sizes = None
    if len(cells) == 2:
        across, along = sorted(MPI.Compute_dims(MPI.COMM_WORLD.size, 2))
        proc_sizes = (across, 1, along)
    return PETSc.DMDA().create(
        dim=3, dof=fields, sizes=_on_three_axes(cells, 1), proc_sizes=proc_sizes, stencil_width=1,
        stencil_type=stencil, boundary_type=("none",) * 3,
    )  # fmt: skip


def _matrix(da, fields, inner, held):
    """Matrix with the pattern of `slots`, and the array its values are written to."""
    shape = [b - a for a, b in held[::-1]]
    numbers = da.getLGMap().getBlockIndices().reshape(shape)
    padded = np.pad(numbers, 1, constant_values=-1)  # beyond the box: PETSc ignores negative indices
    (x0, x1), (y0, y1), (z0, z1) = inner + 1

    def shifted(dx, dy, dz):
        return padded[z0 + dz : z1 + dz, y0 + dy : y1 + dy, x0 + dx : x1 + dx].ravel()

    around = [(0, 0, 0), (-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)]
    cells = np.stack([shifted(*d) for d in around], axis=-1)
    rows, columns = [], []
    for row, column, neighbours in slots(fields):
        there = cells[:, : 1 + neighbours]
        columns.append(np.where(there < 0, -1, there * fields + column))
        rows.append(np.broadcast_to(cells[:, :1] * fields + row, there.shape))
    i, j = (np.ascontiguousarray(np.hstack(x), dtype=PETSc.IntType) for x in (rows, columns))
    matrix = PETSc.Mat().create(da.comm)
    owned = cells.shape[0] * fields
    matrix.setSizes(((owned, None), (owned, None)), bsize=fields)
    matrix.setType("aij")
    pointers = [x.ctypes.data_as(ctypes.c_void_p) for x in (i, j)]
    _call(_petsc.MatSetPreallocationCOO, matrix, ctypes.c_ssize_t(i.size), *pointers)
    return matrix, np.zeros(i.shape)


def _call(function, matrix, *arguments):
    """A PETSc function that petsc4py does not bind."""
    if function(ctypes.c_void_p(matrix.handle), *arguments):
        raise RuntimeError(f"{function.__name__} failed")


def _constants(problem: Problem) -> Constants:
    p = problem.case.model.p
    height = problem.case.spacing[-1]
    current = problem.current / height
    uptake = (1 - p.transference) * p.lithium_per_salt
    a, b = area_weights()
    return Constants(
        mobility=p.mobility, conductivity=p.conductivity, exponent=p.conductivity_exponent, floor=p.floor,
        anodic=p.kinetics.anodic, cathodic=p.kinetics.cathodic, tanh=float(np.tanh(p.cell / δ / 2)), cell=p.cell / δ,
        delta=δ, pull=2 * (1 - p.transference) * p.thermodynamic_factor, diffusivity=p.diffusivity, uptake=uptake,
        depletion=uptake / p.diffusivity if uptake else 0.0, current=current, salt=uptake * current, a=a, b=b,
    )  # fmt: skip

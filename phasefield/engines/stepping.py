"""What all engines share: the state, boundary conditions, Newton's iteration and its verdict, fluxes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from fipy import CellVariable, FaceVariable, Variable
from mpi4py import MPI

from phasefield.engines.grid import make_mesh
from phasefield.engines.solver import PROFILES, Profile
from phasefield.engines.verdict import Verdict


class NewtonEngine:
    """Advances a model by one implicit Euler step at a time; how the equations are solved is the subclasses' own.

    They say it in ``_solve_once``: one Newton iteration on all equations together.

    Parameters
    ----------
    model : Model
    shape : sequence of int
        Cells along each axis.
    spacing : sequence of float [1]
        Cell size in the model's unit of length.
    profile : str
        ``"default"`` or ``"strict"``, see :data:`phasefield.engines.solver.PROFILES`.
    max_newton : int
        Iterations after which a step is rejected.

    Attributes
    ----------
    v : SimpleNamespace
        FiPy variables by name.
    slab : Slab
        This rank's part of the grid.
    name, remark : str
        Which engine it is, and what there is to say of that choice.
    """

    name = ""
    remark = ""

    def __init__(self, model, shape, spacing, profile: str = "default", max_newton: int = 12):
        self.model, self.max_newton = model, max_newton
        self.profile: Profile = PROFILES[profile]
        self.mesh, self.slab = make_mesh(shape, spacing, len(model.fields))
        self.comm = MPI.COMM_WORLD
        coordinates = [np.asarray(x) for x in self.mesh.cellCenters.value]
        self.dt = Variable(value=1.0, name="dt")
        self.fields = model.fields
        self.v = SimpleNamespace(inflow=SimpleNamespace())
        self._face_flux = {}
        for f in model.fields:
            setattr(
                self.v,
                f.name,
                CellVariable(mesh=self.mesh, name=f.name, value=f.initial(coordinates), hasOld=True),
            )
            self._face_flux[f.name] = FaceVariable(mesh=self.mesh, rank=1, value=0.0)
            inflow = self._face_flux[f.name].divergence
            inflow.name = f"inflow_{f.name}"
            setattr(self.v.inflow, f.name, inflow)
        for s in model.static:
            setattr(self.v, s.name, CellVariable(mesh=self.mesh, name=s.name, value=s.values(coordinates)))
        self.equations = model.equations(self.v, self.dt)
        diffusing = {
            name for name, eq in self.equations.items() if name not in {t.name for t in eq._transientVars}
        }
        self.elliptic = diffusing if len(model.fields) > 1 else set()
        self._gradient_fluxes = model.gradient_fluxes(self.v)
        bottom, top = [("Left", "Right"), ("Bottom", "Top"), ("Front", "Back")][len(shape) - 1]
        self._faces = {
            "bottom": getattr(self.mesh, f"faces{bottom}"),
            "top": getattr(self.mesh, f"faces{top}"),
        }
        self._end_faces = {end: np.flatnonzero(faces.value) for end, faces in self._faces.items()}
        self._constraints: list = []
        self._previous: dict = {}
        self._previous_dt = 0.0
        self._limited = 0
        self._entered: list = []
        self.apply_boundaries()

    # -- boundary conditions ---------------------------------------------------------------------------

    def apply_boundaries(self):
        """Put the conditions the model has in force now, and forget the predictor: the drive changed."""
        for variable, constraint in self._constraints:
            variable.release(constraint)
        self._constraints = []
        self._conditions = self.model.boundaries(self.v)
        for b in self._conditions:
            if b.kind == "value":
                variable = getattr(self.v, b.field)
                variable.constrain(b.value, self._faces[b.face])
                self._constraints.append((variable, variable.faceConstraints[-1]))
        for f in self.fields:  # FiPy's terms would keep the mask of their first sweep
            getattr(self.v, f.name).arithmeticFaceValue.constraintMask._markStale()
        self._previous = {}

    def _update_inflow(self):
        """Evaluate the flux conditions at the present iterate."""
        for name, flux in self._face_flux.items():
            total = np.zeros((self.mesh.dim, self.mesh.numberOfFaces))
            for b in self._conditions:
                if b.kind == "flux" and b.field == name:
                    faces, outward = self._end_faces[b.face], -1.0 if b.face == "bottom" else 1.0
                    value = np.asarray(getattr(b.value, "value", b.value), float)
                    total[-1, faces] += (value[faces] if value.ndim else value) * outward
            flux.setValue(total)

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
        variables = [getattr(self.v, f.name) for f in self.fields]
        for variable in variables:
            variable.updateOld()
        self._entered = [(x, x.value.copy()) for x in (*self.model.scalars, *self._face_flux.values())]
        self._limited = 0
        predicted = self._predict(dt)
        self.dt.setValue(dt)
        linear = 0

        def verdict(accepted: bool, reason: str, error: float = 0.0) -> Verdict:
            return Verdict(accepted, reason, error, newton, linear, self._limited)

        for newton in range(1, self.max_newton + 1):
            before = [variable.value.copy() for variable in variables]
            self.model.refresh(self.v, self.dt, newton)
            self._update_inflow()
            with np.errstate(over="ignore", invalid="ignore"):  # the verdict sees what is not finite
                reason, iterations = self._solve_once()
            linear += iterations
            changes, finite, whole = self._limit_and_measure(variables, before)
            if reason <= 0:
                return verdict(False, f"linear solver diverged (PETSc reason {reason})")
            if not finite:
                return verdict(False, "a field is not finite")
            small = (c <= f.tolerance * self.profile.newton for c, f in zip(changes, self.fields, strict=True))
            if whole and all(small):  # a shortened step balances nothing
                break
        else:
            worst = ", ".join(f"{f.name} {c:.1e}" for f, c in zip(self.fields, changes, strict=True))
            return verdict(False, f"Newton's method still moves ({worst})")
        self.model.refresh(self.v, self.dt, 0)
        outside = self._outside_bounds()
        if outside:
            return verdict(False, outside)
        return verdict(True, "converged", self._time_error(predicted, dt))

    def _solve_once(self) -> tuple[int, int]:
        """Set the fields to what the linearised equations give; PETSc's reason, and Krylov iterations.

        The same on every rank.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how it solves")

    def initialise(self, dt: float) -> Verdict:
        """Find the elliptic fields of the initial state by a first short step, of which nothing else is kept."""
        verdict = self.step(dt)
        found = {name: getattr(self.v, name).value.copy() for name in self.elliptic}
        self.reject()
        for name, value in found.items():
            if verdict.accepted:
                getattr(self.v, name).setValue(value)
        self._update_inflow()  # the first row and snapshot show the current that flows from now on
        return verdict

    def accept(self):
        """Keep the step's result; the next step extrapolates from it."""
        self._previous = {f.name: getattr(self.v, f.name).old.value.copy() for f in self.fields}
        self._previous_dt = float(self.dt.value)

    def reject(self):
        """Put every field, and what the boundary conditions read, back, bit for bit."""
        for f in self.fields:
            variable = getattr(self.v, f.name)
            variable.setValue(variable.old.value)
        for variable, value in self._entered:
            variable.setValue(value)

    def _predict(self, dt):
        """Start Newton from a linear extrapolation in time, and return it for the error estimate."""
        predicted = {}
        if self._previous:
            for f in self.fields:
                variable = getattr(self.v, f.name)
                rate = (variable.old.value - self._previous[f.name]) / self._previous_dt
                guess = variable.old.value + dt * rate
                if f.positive:
                    low = 0.5 * variable.old.value
                    self._limited += self.comm.allreduce(bool(np.any(guess < low)), MPI.LOR)
                    guess = np.maximum(guess, low)
                predicted[f.name] = guess
                variable.setValue(guess)
        return predicted

    def _limit_and_measure(self, variables, before):
        """Largest change of each field, after shortening the step where a field would lose its sign."""
        shrink = 1.0
        for f, variable, old in zip(self.fields, variables, before, strict=True):
            if f.positive:
                with np.errstate(invalid="ignore"):
                    ratio = np.min(variable.value / old)
                if ratio < 0.1:
                    shrink = min(shrink, 0.9 / (1 - ratio))
        shrink = self.comm.allreduce(shrink, MPI.MIN)
        self._limited += shrink < 1.0
        local = np.zeros(len(variables) + 1)
        for k, (variable, old) in enumerate(zip(variables, before, strict=True)):
            if shrink < 1.0:
                variable.setValue(old + shrink * (variable.value - old))
            change = np.max(np.abs(variable.value - old))
            local[k], local[-1] = (change, local[-1]) if np.isfinite(change) else (np.inf, 1.0)
        self.comm.Allreduce(MPI.IN_PLACE, local, MPI.MAX)
        return local[:-1], local[-1] == 0.0, shrink == 1.0

    def _outside_bounds(self) -> str:
        for f in self.fields:
            value = getattr(self.v, f.name).value
            low = self.comm.allreduce(float(value.min()), MPI.MIN)
            high = self.comm.allreduce(float(value.max()), MPI.MAX)
            if low < f.lower or high > f.upper:
                return f"{f.name} reached [{low:.3g}, {high:.3g}], outside [{f.lower:g}, {f.upper:g}]"
        return ""

    def _time_error(self, predicted, dt) -> float:
        """Local error of implicit Euler from its distance to the linear predictor (Gresho's formula)."""
        error = 0.0
        for f in self.fields:
            if f.controls_step and f.name in predicted:
                distance = np.max(np.abs(getattr(self.v, f.name).value - predicted[f.name]))
                error = max(error, float(distance) * dt / (2 * dt + self._previous_dt))
        return self.comm.allreduce(error, MPI.MAX)

    # -- reading the state -----------------------------------------------------------------------------

    def owned(self, name: str):
        """This rank's values of a field or static field, axes (last, …, x); dimensionless."""
        return self.slab.owned(getattr(self.v, name).value)

    def held(self, name: str):
        """The same with the neighbours' layers."""
        return self.slab.held(getattr(self.v, name).value)

    @property
    def top_faces(self):
        """Mask of this rank's faces on the top of the box."""
        return self._faces["top"].value

    def face_flux(self, name: str):
        """Prescribed flux into a field's equation, shape (dimension, faces)."""
        return self._face_flux[name].value

    def gradient_flux(self, name: str):
        """Flux that gradients drive into a field's equation, FiPy face variable of rank 1."""
        return self._gradient_fluxes[name]

    def boundary_flux(self, name: str, face: str) -> float:
        """Mean flux that enters a field's equation through the bottom or the top of the box.

        Where the model prescribes a flux, that; where it prescribes a value, what the gradients at the face
        drive in addition, measured as the discretisation itself does. Collective.
        """
        holder, first = (0, True) if face == "bottom" else (self.comm.size - 1, False)
        total = 0.0
        if self.comm.rank == holder:
            mask = self._faces[face].value
            along = np.asarray(self.gradient_flux(name).value)[-1][mask] + self.face_flux(name)[-1][mask]
            total = float(np.mean(along)) * (-1 if first else 1)
        return self.comm.bcast(total, holder)

    def cell_flux(self, name: str) -> list:
        """Total flux into a field's equation, averaged over each cell's faces: owned values by axis.

        Prescribed fluxes count, so the cells at the boundary carry their full share.
        """
        on_faces = self.gradient_flux(name).value + self.face_flux(name)
        normals = np.abs(np.asarray(self.mesh.faceNormals))
        faces = np.asarray(self.mesh.cellFaceIDs)
        return [self.slab.owned(0.5 * np.sum((f * n)[faces], axis=0)) for f, n in zip(on_faces, normals, strict=True)]

    @property
    def cells(self) -> int:
        """Cells of the whole grid."""
        return int(np.prod(self.slab.shape))

"""The reference engine: FiPy assembles the declared equations, Newton's method solves them together."""

from __future__ import annotations

from functools import reduce
from operator import and_

import fipy
import numpy as np
from fipy import FaceVariable
from fipy.terms.abstractConvectionTerm import _AbstractConvectionTerm
from fipy.terms.transientTerm import TransientTerm

from phasefield.engines.mesh import declared_variables, end_faces, face_array, make_mesh
from phasefield.engines.solver import CoupledSolver
from phasefield.engines.stepping import NewtonEngine
from phasefield.engines.symbolic import terms_of
from phasefield.errors import PhasefieldError


class FipyEngine(NewtonEngine):
    """All equations are assembled as one FiPy system and solved together.

    So the coupling through the sources is Newton's; coefficients of diffusion terms follow by one iteration (Picard).
    Parameters and attributes are those of :class:`phasefield.engines.stepping.NewtonEngine`, but for ``shape`` and
    ``spacing``, sequences of the cells and their size along each axis, instead of a grid.

    Raises
    ------
    PhasefieldError
        FiPy uses another solver suite than PETSc, or would order the unknowns differently from the model.
    """

    name = "fipy"

    def __init__(self, model, shape, spacing, profile: str = "default", max_newton: int = 12, order: int = 1):
        mesh, grid = make_mesh(shape, spacing, len(model.fields), model.periodic)
        ends = {face: end_faces(mesh, face) for face in grid.box.faces}  # FiPy asks all ranks for them
        self._prepare(model, mesh, grid, ends, profile, max_newton, order)

    def _prepare(self, model, mesh, grid, ends, profile: str, max_newton: int, order: int) -> None:
        """Declare the equations on a mesh; ``ends`` are masks of the faces that boundary conditions name."""
        if fipy.solvers.solver_suite != "petsc":
            raise PhasefieldError(f"FiPy uses {fipy.solvers.solver_suite}; set FIPY_SOLVERS=petsc before importing it")
        self.mesh, self._ends = mesh, ends
        super().__init__(model, grid, profile, max_newton, order)
        self.v, self._entering = declared_variables(model, self.mesh, self.state.ghosted), {}
        for f in self.fields:
            self._entering[f.name] = FaceVariable(mesh=self.mesh, rank=1, value=0.0)
            setattr(self.v.inflow, f.name, self._entering[f.name].divergence)
        self.v.lag = self.lag
        self.equations = model.equations(self.v, self.dt)
        self._gradient_fluxes = model.gradient_fluxes(self.v)
        self.system = reduce(and_, [self.equations[f.name] for f in self.fields])
        unknowns, declared = [v.name for v in self.system._vars], [f.name for f in self.fields]
        if len(declared) > 1 and unknowns != declared:  # rows of the matrix would be taken for another field's
            raise PhasefieldError(f"FiPy orders the unknowns {unknowns}, the model {declared}; reorder its fields")
        self._constraints: list = []
        self.apply_boundaries()

    def apply_boundaries(self):
        super().apply_boundaries()
        for variable, constraint in self._constraints:
            variable.release(constraint)
        self._constraints = []
        for (field, end), value in self.conditions.fixed.items():
            variable = getattr(self.v, field)
            variable.constrain(value, self._ends[end])
            self._constraints.append((variable, variable.faceConstraints[-1]))
        for f in self.fields:  # FiPy's terms would keep the mask of their first sweep
            getattr(self.v, f.name).arithmeticFaceValue.constraintMask._markStale()

    def show(self) -> None:
        """Copy the present state to FiPy's variables."""
        for name in (*self.state.now, *self.state.fixed, *self.state.auxiliary):
            getattr(self.v, name).setValue(self.state.ghosted(name).ravel())
        self._show_origin()
        for name, flux in self._entering.items():
            total = np.zeros((self.mesh.dim, self.mesh.numberOfFaces))
            for end, faces in self._ends.items():
                if (name, end) in self.conditions.inflow:
                    at = np.flatnonzero(faces.value)
                    total[:, at] = np.asarray(self.mesh.faceNormals)[:, at] * self.conditions.inflow[name, end].ravel()
            flux.setValue(total)

    def _show_origin(self) -> None:
        """Set old values from which FiPy's rates of change count: of what is stored where the storage varies."""
        state, unknowns = self.state, self.system._vars
        stored = [term for equation in self.equations.values() for term in _varying(equation, unknowns)]
        amounts = []
        for values in (state.old, state.before) if state.difference.carry else ():
            self._set_old(values)
            amounts.append([term.coeff.old.value * term.var.old.value for term in stored])
        self._set_old(state.origin)
        for term, last, before in zip(stored, *amounts, strict=True) if amounts else ():
            origin, storage = last + state.difference.carry * (last - before), term.coeff.old.value
            term.var.old.setValue(np.divide(origin, storage, out=term.var.old.value.copy(), where=storage != 0))

    def _set_old(self, values) -> None:
        for name, found in values.items():
            getattr(self.v, name).old.setValue(found.ravel())

    def _solve_once(self):
        self.show()
        self._renew_convection()
        diffuses = any(f.positive for f in self.fields)
        multigrids = len(self.fields) - len(self.elliptic) if diffuses else 0
        solver = CoupledSolver(self.elliptic, self.profile, multigrids)
        self.system.sweep(dt=float(self.dt.value), solver=solver)
        found = [getattr(self.v, f.name).value.reshape(self.box.ghosted_shape) for f in self.fields]
        updates = [self.box.own(u - self.state.now[f.name]) for u, f in zip(found, self.fields, strict=True)]
        return solver.reason, solver.iterations_done, updates

    def _renew_convection(self):
        """Update the Péclet numbers of convection terms; FiPy would keep the diffusion coefficients of the first sweep,
        and so the weights of both cells of a face."""
        for equation in self.equations.values():
            for term in terms_of(equation):
                if isinstance(term, _AbstractConvectionTerm):
                    term.stencil = term.coeffMatrix = None
                    for kept in ("constraintL", "constraintB"):
                        term.__dict__.pop(kept, None)

    def gradient_flux(self, name):
        self.show()
        out = []
        for axis, values in enumerate(self._gradient_fluxes[name].value):
            inner = list(self.box.inner)
            part = inner[-1 - axis]
            inner[-1 - axis] = slice(part.start, part.stop + 1)
            out.append(face_array(self.mesh, values, axis)[tuple(inner)])
        return out


def _varying(equation, unknowns) -> list[TransientTerm]:
    """Terms of an equation that store an unknown times a coefficient which follows an unknown."""
    terms = [term for term in terms_of(equation) if isinstance(term, TransientTerm)]
    return [term for term in terms if _follows(term.coeff, unknowns)]


def _follows(variable, unknowns) -> bool:
    if any(variable is u for u in unknowns):
        return True
    return any(_follows(needed, unknowns) for needed in getattr(variable, "requiredVariables", ()))

"""The reference engine: FiPy assembles the declared equations, Newton's method solves them together."""

from __future__ import annotations

from functools import reduce
from operator import and_

import fipy
from fipy.terms.abstractBinaryTerm import _AbstractBinaryTerm
from fipy.terms.abstractConvectionTerm import _AbstractConvectionTerm

from phasefield.engines.solver import CoupledSolver
from phasefield.engines.stepping import NewtonEngine
from phasefield.errors import PhasefieldError


class FipyEngine(NewtonEngine):
    """All equations are assembled as one FiPy system and solved together.

    So the coupling through the sources is Newton's; coefficients of diffusion terms follow by one iteration (Picard).
    Parameters and attributes are those of :class:`phasefield.engines.stepping.NewtonEngine`.

    Raises
    ------
    PhasefieldError
        FiPy uses another solver suite than PETSc, or would order the unknowns otherwise than the model does.
    """

    name = "fipy"

    def __init__(self, model, shape, spacing, profile: str = "default", max_newton: int = 12):
        if fipy.solvers.solver_suite != "petsc":
            raise PhasefieldError(f"FiPy uses {fipy.solvers.solver_suite}; set FIPY_SOLVERS=petsc before importing it")
        super().__init__(model, shape, spacing, profile, max_newton)
        self.system = reduce(and_, [self.equations[f.name] for f in self.fields])
        unknowns, declared = [v.name for v in self.system._vars], [f.name for f in self.fields]
        if len(declared) > 1 and unknowns != declared:  # rows of the matrix would be taken for another field's
            raise PhasefieldError(f"FiPy orders the unknowns {unknowns}, the model {declared}; reorder its fields")

    def _solve_once(self):
        self._renew_convection()
        solver = CoupledSolver(self.elliptic, self.profile, any(f.positive for f in self.fields))
        self.system.sweep(dt=float(self.dt.value), solver=solver)
        return solver.reason, solver.iterations_done

    def _renew_convection(self):
        """Let convection terms see today's Péclet numbers; FiPy's would keep the diffusion coefficients of their first
        sweep, and with them the weights of both cells of a face."""
        for equation in self.equations.values():
            for term in _terms(equation):
                if isinstance(term, _AbstractConvectionTerm):
                    term.stencil = term.coeffMatrix = None
                    for kept in ("constraintL", "constraintB"):
                        term.__dict__.pop(kept, None)


def _terms(equation):
    if isinstance(equation, _AbstractBinaryTerm):
        return [*_terms(equation.term), *_terms(equation.other)]
    return [equation]

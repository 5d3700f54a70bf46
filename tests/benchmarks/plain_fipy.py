"""The same equations as a user of FiPy would write them: a short script, FiPy's own terms and solvers.

The equations are swept one after the other, the front's first, until no field moves. The
potential's has the reaction's slope beside the rate of the last sweep, without which the sweeps would not converge;
algebraic multigrid solves it.
"""

from __future__ import annotations

import numpy as np
from fipy import CellVariable, DiffusionTerm, FaceVariable, ImplicitSourceTerm, TransientTerm
from fipy.solvers.petsc import HYPREPreconditioner, LinearCGSolver, LinearGMRESSolver
from fipy.tools import numerix

from phasefield.engines.mesh import make_mesh
from phasefield.physics.common.energy import double_well_slope, interpolation_slope, δ
from tests.benchmarks.problem import Problem

MAX_SWEEPS = 200
LINEAR_TOLERANCE = 1e-9


class PlainFipy:
    """Advances the problem by implicit Euler steps, its equations swept in turn.

    Parameters
    ----------
    problem : Problem
        Its own time step is the only one.
    """

    def __init__(self, problem: Problem):
        self.names, p, k = problem.names, problem.case.model.p, problem.case.model.p.kinetics
        mesh, self.grid = make_mesh(problem.cells, problem.case.spacing)
        self.tolerance = {f.name: f.tolerance for f in problem.case.model.fields}
        initial = problem.initial([np.asarray(x) for x in mesh.cellCenters.value])
        variables = {name: CellVariable(mesh=mesh, name=name, value=initial[name], hasOld=True) for name in self.names}
        self.variables, ξ, φ, c = variables, variables["xi"], variables["phi"], variables.get("c", 1.0)
        self.dt = dt = problem.dt

        top = {2: "facesTop", 3: "facesBack"}[mesh.dim]
        entering = FaceVariable(mesh=mesh, rank=1, value=0.0)
        entering.setValue(problem.current * np.asarray(mesh.faceNormals), where=getattr(mesh, top))

        s = 1 - ξ + p.floor
        σ = p.conductivity * c**p.conductivity_exponent * s
        rate = (ξ - ξ.old) / dt

        # the reaction and the double well, each with its slope
        q = c**k.anodic
        strength = interpolation_slope(ξ) / (6 * δ)
        reaction = strength * q * (numerix.exp(-k.anodic * φ) - numerix.exp(k.cathodic * φ))
        by_φ = strength * q * (k.anodic * numerix.exp(-k.anodic * φ) + k.cathodic * numerix.exp(k.cathodic * φ))
        well = p.mobility * double_well_slope(ξ, p.cell / δ) / (2 * δ**2)
        steepness = p.mobility * (1 - 6 * ξ + 6 * ξ**2) / δ**2

        equations = {
            "xi": TransientTerm()
            == DiffusionTerm(coeff=p.mobility) - well - reaction + steepness * ξ - ImplicitSourceTerm(coeff=steepness),
            "phi": DiffusionTerm(coeff=σ) + entering.divergence == rate + ImplicitSourceTerm(coeff=by_φ) - by_φ * φ,
        }
        if "c" in variables:
            anions = 1 - p.transference
            uptake = anions * p.lithium_per_salt
            pull = 2 * anions * p.thermodynamic_factor * (σ / c).faceValue * (1 - mesh.exteriorFaces)
            equations["phi"] = equations["phi"] - (pull * c.faceGrad).divergence
            equations["c"] = (
                TransientTerm(coeff=s) + uptake * rate == DiffusionTerm(coeff=s * p.diffusivity)
                + uptake * entering.divergence
            )  # fmt: skip
        self.equations = equations
        options = {"tolerance": LINEAR_TOLERANCE, "criterion": "RHS", "iterations": 1000}
        amg = HYPREPreconditioner()
        self.solvers = {
            "phi": LinearCGSolver(precon=amg, **options),
            "xi": LinearGMRESSolver(**options),
            "c": LinearGMRESSolver(precon=amg, **options),
        }

    def step(self, dt: float) -> dict:
        """Advance by one step; sweeps that it took.

        Raises
        ------
        RuntimeError
            The sweeps did not converge.
        """
        if dt != self.dt:
            raise ValueError(f"dt is {dt}, but the equations were written for {self.dt}")
        for variable in self.variables.values():
            variable.updateOld()
        for sweeps in range(1, MAX_SWEEPS + 1):
            before = {name: variable.value.copy() for name, variable in self.variables.items()}
            for name, equation in self.equations.items():
                equation.sweep(var=self.variables[name], dt=dt, solver=self.solvers[name])
            moved = {name: float(abs(self.variables[name] - before[name]).max()) for name in self.names}
            if all(moved[name] <= self.tolerance[name] for name in self.names):
                return {"newton": sweeps, "linear": 0}
        raise RuntimeError(f"the sweeps still move: {moved}")

    def assemble(self) -> None:
        """Write every equation's matrix and right-hand side, as each sweep does."""
        for variable in self.variables.values():
            variable.setValue(variable.value)  # else FiPy keeps the coefficients
        for name, equation in self.equations.items():
            equation._prepareLinearSystem(self.variables[name], self.solvers[name], (), self.dt)

    def gather(self, name: str):
        """A field of the whole grid on rank 0, axes (last, …, x); None elsewhere."""
        box = self.grid.box
        return self.grid.whole(box.own(self.variables[name].value.reshape(box.ghosted_shape)))

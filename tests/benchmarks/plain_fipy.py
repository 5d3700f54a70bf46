"""The same equations as a user of FiPy would write them: a short script, FiPy's own terms and solvers.

The equations are swept one after the other, the front's first, until no field moves. The
potential's has the reaction's slope beside the rate of the last sweep, without which the sweeps would not converge;
algebraic multigrid solves it. What depends on the predicted ξ only is kept in variables of its own, once per step;
the rate law in series with the electrolyte up to the surface, and with the salt that it takes there, is solved in
NumPy before each sweep.
"""

from __future__ import annotations

import numpy as np
from fipy import CellVariable, DiffusionTerm, FaceVariable, ImplicitSourceTerm, TransientTerm
from fipy.solvers.petsc import HYPREPreconditioner, LinearCGSolver, LinearGMRESSolver
from fipy.tools import numerix

from phasefield.engines import stepping
from phasefield.engines.mesh import make_mesh
from phasefield.physics.common.energy import double_well_slope, δ
from phasefield.physics.common.surface import FAR, FLAT, NEGLIGIBLE, STEEP, TAIL
from phasefield.physics.plating.salt import LAST_SALT, LEAST_REACH
from tests.benchmarks.problem import Problem, area_weights

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
        self.names, self.p = problem.names, problem.case.model.p
        p = self.p
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
        conducting = σ + p.floor * p.conductivity * ξ**2 if "c" in variables else σ  # decision 054
        rate = (ξ - ξ.old) / dt

        # the surface as it is predicted, and the reaction on it with its slope
        self.expected = CellVariable(mesh=mesh, value=initial["xi"])
        self.reaction, self.by_φ = (CellVariable(mesh=mesh) for _ in range(2))
        self.outward = FaceVariable(mesh=mesh, rank=1)
        self.before: dict = {}
        well = p.mobility * double_well_slope(ξ, p.cell / δ) / (2 * δ**2)
        steepness = p.mobility * (1 - 6 * ξ + 6 * ξ**2) / δ**2
        source = well + self.reaction
        moved = ((ξ - ξ.old).faceValue * self.outward).divergence / dt
        current, slope = entering.divergence + moved, self.by_φ

        equations = {
            "xi": TransientTerm()
            == DiffusionTerm(coeff=p.mobility) - source + steepness * ξ - ImplicitSourceTerm(coeff=steepness),
            "phi": DiffusionTerm(coeff=conducting) + current == rate + ImplicitSourceTerm(coeff=slope) - slope * φ,
        }
        if "c" in variables:
            anions = 1 - p.transference
            uptake = anions * p.lithium_per_salt
            pull = 2 * anions * p.thermodynamic_factor * σ.faceValue / c.faceValue * (1 - mesh.exteriorFaces)
            equations["phi"] = equations["phi"] - (pull * c.faceGrad).divergence
            equations["c"] = (
                TransientTerm(coeff=s) + uptake * rate == DiffusionTerm(coeff=s * p.diffusivity)
                + uptake * current
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
        """Advance by one step; sweeps that it took. The first, without prediction, looks for the surface several times.

        Raises
        ------
        RuntimeError
            The sweeps did not converge.
        """
        if dt != self.dt:
            raise ValueError(f"dt is {dt}, but the equations were written for {self.dt}")
        predicts = bool(self.before)
        for name, variable in self.variables.items():
            variable.updateOld()
            if predicts:  # linear extrapolation in time
                variable.setValue(2 * variable.value - self.before[name])
        sweeps = 0
        for _ in range(1 if predicts else stepping.LOOKS):
            self._look()
            sweeps += self._sweep(dt)
        self.before = {name: variable.old.value.copy() for name, variable in self.variables.items()}
        if not predicts:  # the potential jumped to that of the current, which is no rate
            self.before["phi"] = self.variables["phi"].value.copy()
        return {"newton": sweeps, "linear": 0}

    def _sweep(self, dt: float) -> int:
        """Sweep until no field moves."""
        for sweeps in range(1, MAX_SWEEPS + 1):
            before = {name: variable.value.copy() for name, variable in self.variables.items()}
            self._react()
            for name, equation in self.equations.items():
                equation.sweep(var=self.variables[name], dt=dt, solver=self.solvers[name])
            moved = {name: float(abs(self.variables[name] - before[name]).max()) for name in self.names}
            if all(moved[name] <= self.tolerance[name] for name in self.names):
                return sweeps
        raise RuntimeError(f"the sweeps still move: {moved}")

    def _look(self) -> None:
        """Find the surface of the present fields: its area, its distance, and δn, by which it takes up further out."""
        self.expected.setValue(self.variables["xi"].value)
        ξ, old = self.expected, self.variables["xi"].old
        gradient, ξs = ξ.grad.value, ξ.value
        middle, q = 0.5 * (gradient + old.grad.value), 0.5 * (ξs + old.value)
        q = q * (1 - q)
        t = np.tanh(self.p.cell / δ / 2)
        on_mesh = self.p.cell / δ / (2 * t) * (1 - t * t * (1 - 4 * q))  # (1 − 2ξ)² = 1 − 4ξ(1 − ξ)
        steepness = np.sqrt((middle**2).sum(axis=0) + FLAT**2)
        a, b = area_weights()
        self.area = steepness * on_mesh * q**2 / (q**2 + TAIL**2) * (a + b * q)
        self.reach = np.maximum(-0.5 * δ * np.log(ξs**2 + FAR**2), 0.0)
        if "c" in self.variables:
            self.area = self.area * (1 + STEEP**4) * q**4 / (q**4 + (STEEP * δ * steepness) ** 4)
            self.reach = np.sqrt(self.reach**2 + (LEAST_REACH * δ) ** 2)
        g = ξ.faceGrad
        self.outward.setValue(-δ * g / numerix.sqrt(g.dot(g) + FLAT**2))

    def _react(self) -> None:
        """The reaction and minus its slope by φ at the present fields, where there is a surface."""
        p, k = self.p, self.p.kinetics
        there = self.area > NEGLIGIBLE
        area, reach, η = self.area[there], self.reach[there], -self.variables["phi"].value[there]
        q, series, taken, drop, pull = 1.0, reach / p.conductivity, 0.0, 0.0, 0.0
        if "c" in self.variables:  # the salt that a current takes from the surface, and the ohmic drop that follows it
            c, depletion = self.variables["c"].value[there], (1 - p.transference) * p.lithium_per_salt / p.diffusivity
            seen = c**3 / (c**2 + LAST_SALT**2)  # the last salt hardly reacts
            q, series = seen**k.anodic, 0.0
            taken = q * reach * depletion / seen
            drop = seen / (p.conductivity * c**p.conductivity_exponent * depletion)
            pull = 2 * (1 - p.transference) * p.thermodynamic_factor
        J, slope = current(η, series, taken, drop, k.anodic, k.cathodic, pull, p.conductivity_exponent)
        for variable, values in ((self.reaction, area * q * J), (self.by_φ, area * q * slope)):
            whole = np.zeros(self.area.shape)
            whole[there] = values
            variable.setValue(whole)

    def assemble(self) -> None:
        """Write every equation's matrix and right-hand side, as each sweep does."""
        self._react()
        for variable in self.variables.values():
            variable.setValue(variable.value)  # else FiPy keeps the coefficients
        for name, equation in self.equations.items():
            equation._prepareLinearSystem(self.variables[name], self.solvers[name], (), self.dt)

    def gather(self, name: str):
        """A field of the whole grid on rank 0, axes (last, …, x); None elsewhere."""
        box = self.grid.box
        return self.grid.whole(box.own(self.variables[name].value.reshape(box.ghosted_shape)))


def current(η, r, κ, w, anodic, cathodic, pull, exponent):
    """J of J = x^α_a B(y), x = 1 + κJ, y + rJ + 2(1 − t₊)χ ln x + w (x^(1−p) − 1)/(1 − p) = η, and its slope by η.

    Arrays; r, κ and w ≥ 0. Newton's method from the linear law's current, between 0 and η/r; it leaves a tenth of x at
    least.
    """
    J, least, bound = η / (1 / (anodic + cathodic) + r), 0.1, η / np.maximum(r, 1e-300)
    for _ in range(60):
        J = np.clip(np.maximum(J, (least - 1) / np.maximum(κ, 1e-300)), np.minimum(bound, 0), np.maximum(bound, 0))
        x = 1 + κ * J
        bend = x ** (1 - exponent)
        ohmic = np.log(x) if exponent == 1 else (bend - 1) / (1 - exponent)
        least, y = 0.1 * x, η - r * J - pull * np.log(x) - w * ohmic
        forward, backward = x**anodic * np.exp(anodic * y), x**anodic * np.exp(-cathodic * y)
        found, conductance = forward - backward, anodic * forward + cathodic * backward
        slope = 1 + r * conductance - κ * (anodic * found - (pull + w * bend) * conductance) / x
        change = (found - J) / slope
        J = J + change
        if not np.any(abs(change) > 1e-10 * (1 + abs(J))):  # then quadratic convergence has reached round-off
            return J, conductance / slope
    raise RuntimeError("the rate law has no solution")

"""PFHub benchmark 1a: a mixture separates (spinodal decomposition), on a periodic square of 200 × 200 units.

∂c/∂t = ∇·M∇(∂f/∂c − κ∇²c) with f = ρ(c − c_α)²(c_β − c)², as two equations of second order.
https://pages.nist.gov/pfhub/benchmarks/benchmark1.ipynb; A. M. Jokisaari et al., Comput. Mater. Sci. 126 (2017) 139,
doi:10.1016/j.commatsci.2016.09.022.

    python docs/examples/pfhub_1a.py
"""

import numpy as np
from fipy import DiffusionTerm, TransientTerm
from numpy import cos

import phasefield
from phasefield import Column, Field, Grid, Model, linearize

SIDE = 200.0
ρ, α, β, κ, M = 5.0, 0.3, 0.7, 2.0, 5.0
c0, ε = 0.5, 0.01


def start(x):
    """c at t = 0."""
    x, y = x[0], x[1]
    waves = cos(0.105 * x) * cos(0.11 * y) + (cos(0.13 * x) * cos(0.087 * y)) ** 2
    return c0 + ε * (waves + cos(0.025 * x - 0.15 * y) * cos(0.07 * x - 0.02 * y))


class Spinodal(Model):
    """The composition and its potential μ = ∂f/∂c − κ∇²c."""

    periodic = "xy"
    fields = (Field("c", "Composition", "1", start, controls_step=True, tolerance=1e-5),
              Field("mu", "Potential", "1", lambda x: 0 * x[0], tolerance=1e-4))  # fmt: skip
    columns = (Column("Free energy", "1"),)

    def equations(self, v, dt):
        c, μ = v.c, v.mu
        slope = 2 * ρ * (c - α) * (β - c) * (α + β - 2 * c)
        return {
            "c": TransientTerm(var=c) == DiffusionTerm(M, var=μ),
            "mu": DiffusionTerm(κ, var=c) + linearize(μ - slope, c, μ) == 0.0,
        }

    def measure(self, fields):
        c = fields.values("c")
        density = ρ * (c - α) ** 2 * (β - c) ** 2 + 0.5 * κ * fields.squared_gradient("c")
        return {"Free energy": fields.integral(density)}

    def conserved(self, fields):
        return {"Solute": fields.mean("c")}


def solve(cell, end, output):
    """The run."""
    n = round(SIDE / cell)
    settings = ["time.tolerance=5e-4", "time.initial_step=0.1 s", "output.snapshots=4"]
    return phasefield.simulate(Spinodal(), Grid((n, n), (SIDE, SIDE)), end, output, overrides=settings)


if __name__ == "__main__":
    run = solve(1.0, 1e4, "runs/pfhub_1a")
    for time in (1, 10, 100, 1000, 10000):
        energy = np.interp(time, run.history["Time [s]"], run.history["Free energy [1]"])
        print(f"t = {time:5}: free energy {energy:8.3f}")

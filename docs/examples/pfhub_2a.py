"""PFHub benchmark 2a: particles of four kinds ripen (Ostwald), on a periodic square of 200 × 200 units.

∂c/∂t = ∇·M∇(∂f/∂c − κ∇²c) and ∂η_i/∂t = −L(∂f/∂η_i − κ∇²η_i), i = 1 to 4, with f = f_α(1 − h) + f_β h + w g.
https://pages.nist.gov/pfhub/benchmarks/benchmark2.ipynb; A. M. Jokisaari et al., Comput. Mater. Sci. 126 (2017) 139,
doi:10.1016/j.commatsci.2016.09.022.

    python docs/examples/pfhub_2a.py
"""

from functools import partial

import numpy as np
from fipy import DiffusionTerm, TransientTerm
from numpy import cos

import phasefield
from phasefield import Column, Field, Grid, Model, linearize

SIDE = 200.0
α, β, κ, M, L, w, overlap = 0.3, 0.7, 3.0, 5.0, 5.0, 1.0, 5.0  # ρ² = 2 below
KINDS = (1, 2, 3, 4)


def composition(x):
    """c at t = 0."""
    x, y = x[0], x[1]
    waves = cos(0.105 * x) * cos(0.11 * y) + (cos(0.13 * x) * cos(0.087 * y)) ** 2
    return 0.5 + 0.05 * (waves + cos(0.025 * x - 0.15 * y) * cos(0.07 * x - 0.02 * y))


def order(x, i):
    """η_i at t = 0."""
    x, y = x[0], x[1]
    k, j = 0.01 * i, 0.001 * i
    waves = cos(k * x - 4) * cos((0.007 + k) * y) + cos((0.11 + k) * x) * cos((0.11 + k) * y)
    product = cos((0.046 + j) * x + (0.0405 + j) * y) * cos((0.031 + j) * x - (0.004 + j) * y)
    return 0.1 * (waves + 1.5 * product**2) ** 2


def chemical(c, η):
    """f, of numbers or of FiPy variables."""
    h = sum(e**3 * (6 * e**2 - 15 * e + 10) for e in η)
    g = sum(e**2 * (1 - e) ** 2 for e in η) + overlap * sum(a**2 * b**2 for a in η for b in η if a is not b)
    return 2 * (c - α) ** 2 * (1 - h) + 2 * (β - c) ** 2 * h + w * g


def slope(c, η, k):
    """∂f/∂η of the kth order parameter."""
    e, others = η[k], sum(o**2 for j, o in enumerate(η) if j != k)
    towards = 30 * e**2 * (1 - e) ** 2 * 2 * ((β - c) ** 2 - (c - α) ** 2)
    return towards + w * (2 * e * (1 - e) * (1 - 2 * e) + 4 * overlap * e * others)


class Ripening(Model):
    """The composition, its potential, and four order parameters."""

    periodic = "xy"
    columns = (Column("Free energy", "1"),)
    fields = (
        Field("c", "Composition", "1", composition, controls_step=True, tolerance=1e-5),
        Field("mu", "Potential", "1", lambda x: 0 * x[0], tolerance=1e-4),
        *(Field(f"eta{i}", "Order", "1", partial(order, i=i), controls_step=True, tolerance=1e-5) for i in KINDS),
    )

    def equations(self, v, dt):
        c, μ, η = v.c, v.mu, [v.eta1, v.eta2, v.eta3, v.eta4]
        h = sum(e**3 * (6 * e**2 - 15 * e + 10) for e in η)
        equations = {
            "c": TransientTerm(var=c) == DiffusionTerm(M, var=μ),
            "mu": DiffusionTerm(κ, var=c) + linearize(μ - 4 * (c - α) * (1 - h) + 4 * (β - c) * h, c, μ, *η) == 0.0,
        }
        for k, e in enumerate(η):
            falls = linearize(-L * slope(c, η, k), c, *η)
            equations[e.name] = TransientTerm(var=e) == DiffusionTerm(L * κ, var=e) + falls
        return equations

    def measure(self, fields):
        names = [f"eta{i}" for i in KINDS]
        density = chemical(fields.values("c"), [fields.values(name) for name in names])
        gradients = sum(fields.squared_gradient(name) for name in ("c", *names))
        return {"Free energy": fields.integral(density + 0.5 * κ * gradients)}

    def conserved(self, fields):
        return {"Solute": fields.mean("c")}


def solve(cell, end, output):
    """The run."""
    n = round(SIDE / cell)
    settings = ["time.tolerance=2e-3", "time.initial_step=1e-3 s", "output.snapshots=4"]
    return phasefield.simulate(Ripening(), Grid((n, n), (SIDE, SIDE)), end, output, overrides=settings)


if __name__ == "__main__":
    run = solve(1.0, 1e4, "runs/pfhub_2a")
    for time in (0.1, 1, 10, 100, 1000, 10000):
        energy = np.interp(time, run.history["Time [s]"], run.history["Free energy [1]"])
        print(f"t = {time:7}: free energy {energy:8.2f}")

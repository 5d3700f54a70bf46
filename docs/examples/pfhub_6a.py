"""PFHub benchmark 6a: charged atoms separate in an electric field (Cahn–Hilliard and Poisson), on 100 × 100 units.

∂c/∂t = ∇·M∇(∂f/∂c − κ∇²c + kΦ) and ∇²Φ = −kc/ϵ, with f = ρ(c − c_α)²(c_β − c)². Φ = 0 on the left, Φ = sin(y/7) on
the right, no flux elsewhere. https://pages.nist.gov/pfhub/benchmarks/benchmark6-hackathon.ipynb

    python docs/examples/pfhub_6a.py
"""

import numpy as np
from fipy import DiffusionTerm, ImplicitSourceTerm, TransientTerm
from numpy import cos

import phasefield
from phasefield import Boundary, CoefficientField, Column, Field, Grid, Model, linearize

SIDE = 100.0
ρ, α, β, κ, M, k, ϵ = 5.0, 0.3, 0.7, 2.0, 5.0, 0.09, 90.0


def start(x):
    """c at t = 0."""
    x, y = x[0], x[1]
    waves = cos(0.2 * x) * cos(0.11 * y) + (cos(0.13 * x) * cos(0.087 * y)) ** 2
    return 0.5 + 0.04 * (waves + cos(0.025 * x - 0.15 * y) * cos(0.07 * x - 0.02 * y))


class Charged(Model):
    """The concentration, the electrochemical potential μ = ∂f/∂c − κ∇²c + kΦ, and the electric potential Φ.

    With kΦ in μ, no flux of c enters where Φ is given; a diffusion term of Φ in the equation of c would bring one.
    A condition of the engine is one number for a face. So the right side, where Φ varies, has none: its last cells get
    the flux (Φ_side − Φ)/(h/2) through their face as a source, which is the same.
    """

    columns = (Column("Free energy", "1"),)

    def __init__(self, cell: float):
        super().__init__()
        self.fields = (
            Field("c", "Concentration", "1", start, controls_step=True, tolerance=1e-5),
            Field("mu", "Electrochemical potential", "1", lambda x: 0 * x[0], tolerance=1e-4),
            Field("phi", "Electric potential", "1", lambda x: 0 * x[0], tolerance=1e-4),
        )
        self.static = (
            CoefficientField("edge", "Last cells", "1", lambda x: 2 / cell**2 * (x[0] > SIDE - cell)),
            CoefficientField("given", "Potential of the side", "1", lambda x: np.sin(x[1] / 7)),
        )

    def equations(self, v, dt):
        c, μ, Φ = v.c, v.mu, v.phi
        slope = 2 * ρ * (c - α) * (β - c) * (α + β - 2 * c)
        side = v.edge * v.given - ImplicitSourceTerm(v.edge, var=Φ)
        return {
            "c": TransientTerm(var=c) == DiffusionTerm(M, var=μ),
            "mu": DiffusionTerm(κ, var=c) + linearize(μ - slope - k * Φ, c, μ, Φ) == 0.0,
            "phi": DiffusionTerm(1.0, var=Φ) + ImplicitSourceTerm(k / ϵ, var=c) + side == 0.0,
        }

    def boundaries(self, v):
        return (Boundary("phi", "left", "value", 0.0),)

    def measure(self, fields):
        c, Φ = fields.values("c"), fields.values("phi")
        density = ρ * (c - α) ** 2 * (β - c) ** 2 + 0.5 * κ * fields.squared_gradient("c") + 0.5 * k * c * Φ
        return {"Free energy": fields.integral(density)}

    def conserved(self, fields):
        return {"Charge": fields.mean("c")}


def solve(cell, end, output):
    """The run."""
    n = round(SIDE / cell)
    settings = ["time.tolerance=1e-3", "time.initial_step=1e-2 s", "output.snapshots=4"]
    return phasefield.simulate(Charged(cell), Grid((n, n), (SIDE, SIDE)), end, output, overrides=settings)


if __name__ == "__main__":
    run = solve(0.5, 400.0, "runs/pfhub_6a")
    for time in (0, 5, 10, 20, 50, 100, 200, 400):
        energy = np.interp(time, run.history["Time [s]"], run.history["Free energy [1]"])
        print(f"t = {time:3}: free energy {energy:8.3f}")

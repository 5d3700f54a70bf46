"""PFHub benchmark 8a: a seed of nearly the critical radius in an undercooled liquid grows or melts.

∂φ/∂t = ∇²φ − g′(φ) + Δf p′(φ) with g = φ²(1 − φ)² and p = φ³(10 − 15φ + 6φ²), periodic on 100 × 100 units. The critical
radius is r* = 1/(3√2 Δf) = 5. https://pages.nist.gov/pfhub/benchmarks/benchmark8.ipynb; W. Wu et al., Comput. Mater.
Sci. 193 (2021) 110371, doi:10.1016/j.commatsci.2021.110371.

    python docs/examples/pfhub_8a.py
"""

import numpy as np
from fipy import DiffusionTerm, TransientTerm

import phasefield
from phasefield import Column, Field, Grid, Model, linearize

SIDE, CRITICAL = 100.0, 5.0
Δf = 1 / (3 * np.sqrt(2) * CRITICAL)


class Seed(Model):
    """A round seed of a radius, in the middle."""

    periodic = "xy"
    columns = (Column("Solid area", "m2"), Column("Free energy", "1"))

    def __init__(self, radius: float = CRITICAL, side: float = SIDE):
        super().__init__()

        def seed(x):
            r = np.hypot(x[0] - side / 2, x[1] - side / 2)
            return 0.5 * (1 - np.tanh((r - radius) / np.sqrt(2)))

        self.fields = (Field("phi", "Phase", "1", seed, controls_step=True),)

    def equations(self, v, dt):
        φ = v.phi
        slope = 30 * φ**2 * (1 - φ) ** 2 * Δf - 2 * φ * (1 - φ) * (1 - 2 * φ)
        return {"phi": TransientTerm(var=φ) == DiffusionTerm(1.0, var=φ) + linearize(slope, φ)}

    def measure(self, fields):
        φ = fields.values("phi")
        density = φ**2 * (1 - φ) ** 2 - Δf * φ**3 * (10 - 15 * φ + 6 * φ**2)
        energy = fields.integral(density + 0.5 * fields.squared_gradient("phi"))
        return {"Solid area": fields.integral("phi"), "Free energy": energy}


def solve(radius, cell, end, output):
    """The run of a radius."""
    n = round(SIDE / cell)
    settings = ["time.tolerance=2e-4", "time.max_step=1 s", "output.snapshots=1"]
    return phasefield.simulate(Seed(radius), Grid((n, n), (SIDE, SIDE)), end, output, overrides=settings)


if __name__ == "__main__":
    for part in (0.99, 1.0, 1.01):
        run = solve(part * CRITICAL, 0.5, 200.0, f"runs/pfhub_8a_{part}")
        for time in (0, 50, 100, 200):
            area, energy = (np.interp(time, run.history["Time [s]"], run.history[name])
                            for name in ("Solid area [m2]", "Free energy [1]"))  # fmt: skip
            print(f"r = {part} r*, t = {time:3}: solid area {area:8.3f}, free energy {energy:8.4f}")

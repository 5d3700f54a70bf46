"""PFHub benchmark 8b: 25 seeds at random places grow together, in a periodic square of 500 × 500 units.

The equation is that of 8a (`pfhub_8a.py`), with a critical radius r* = 1; the seeds have 2.2 r*. Where they overlap,
φ = 1. https://pages.nist.gov/pfhub/benchmarks/benchmark8.ipynb; J. Mancias et al., Integr. Mater. Manuf. Innov.
(2022), doi:10.1007/s40192-022-00284-1.

    python docs/examples/pfhub_8b.py
"""

import numpy as np
from fipy import DiffusionTerm, TransientTerm

import phasefield
from phasefield import Column, Field, Grid, Model, linearize

SIDE, SEEDS, RADIUS = 500.0, 25, 2.2
Δf = 1 / (3 * np.sqrt(2))


def places(number: int, seeds: int = SEEDS, side: float = SIDE):
    """Centres of the seeds of a realisation, shape (seeds, 2)."""
    return np.random.default_rng(number).uniform(0, side, (seeds, 2))


def distance(x, centre, side):
    """To the nearest of a centre's periodic images."""
    dx, dy = (abs(x[k] - centre[k]) for k in (0, 1))
    return np.hypot(np.minimum(dx, side - dx), np.minimum(dy, side - dy))


class Seeds(Model):
    """Seeds of a realisation."""

    periodic = "xy"
    columns = (Column("Solid fraction", "1"), Column("Free energy", "1"))

    def __init__(self, number: int = 1, seeds: int = SEEDS, side: float = SIDE):
        super().__init__()

        def start(x):
            away = (distance(x, centre, side) for centre in places(number, seeds, side))
            phases = (0.5 * (1 - np.tanh((r - RADIUS) / np.sqrt(2))) for r in away)
            return np.minimum(sum(phases), 1.0)

        self.fields = (Field("phi", "Phase", "1", start, controls_step=True),)

    def equations(self, v, dt):
        φ = v.phi
        slope = 30 * φ**2 * (1 - φ) ** 2 * Δf - 2 * φ * (1 - φ) * (1 - 2 * φ)
        return {"phi": TransientTerm(var=φ) == DiffusionTerm(1.0, var=φ) + linearize(slope, φ)}

    def measure(self, fields):
        φ = fields.values("phi")
        density = φ**2 * (1 - φ) ** 2 - Δf * φ**3 * (10 - 15 * φ + 6 * φ**2)
        energy = fields.integral(density + 0.5 * fields.squared_gradient("phi"))
        return {"Solid fraction": fields.mean("phi"), "Free energy": energy}


def solve(number, cell, end, output, seeds=SEEDS, side=SIDE):
    """The run of a realisation."""
    n = round(side / cell)
    settings = ["time.tolerance=5e-3", "time.max_step=1 s", "output.snapshots=1"]
    return phasefield.simulate(Seeds(number, seeds, side), Grid((n, n), (side, side)), end, output, overrides=settings)


def avrami(time, fraction):
    """Slope of log(−log(1 − Y)) against log t, between −2 and 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        double = np.log(-np.log(1 - np.minimum(fraction, 1 - 1e-12)))
    there = (double > -2) & (double < 0) & (time > 0)
    return np.polyfit(np.log(time[there]), double[there], 1)[0]


if __name__ == "__main__":
    for number in range(1, 11):
        run = solve(number, 1.0, 200.0, f"runs/pfhub_8b_{number}")
        time, fraction = run.history["Time [s]"], run.history["Solid fraction [1]"]
        half = np.interp(0.5, fraction, time)
        print(f"realisation {number:2}: half solid at t = {half:6.2f}, Avrami exponent {avrami(time, fraction):.3f}")

"""PFHub benchmark 8c: 100 seeds appear at random places and times, in a periodic square of 1000 × 1000 units.

The equation is that of 8a (`pfhub_8a.py`), with a critical radius r* = 1. A seed of 2.2 r* is added to φ, which is cut
at 1. Seeds that appear in the solid change nothing. https://pages.nist.gov/pfhub/benchmarks/benchmark8.ipynb;
J. Mancias et al., Integr. Mater. Manuf. Innov. (2022), doi:10.1007/s40192-022-00284-1.

    python docs/examples/pfhub_8c.py
"""

import numpy as np
from fipy import DiffusionTerm, TransientTerm

from phasefield import Field, Model, linearize
from phasefield.engines.compiled.engine import CompiledEngine

SIDE, SEEDS, RADIUS, END, SHORTEST = 1000.0, 100, 2.2, 600.0, 1e-3
Δf = 1 / (3 * np.sqrt(2))


def events(number: int):
    """Times and centres of the seeds of a realisation, in the order of time: rows (t, x, y)."""
    random = np.random.default_rng(number)
    rows = np.column_stack([random.uniform(0, END, SEEDS), random.uniform(0, SIDE, (SEEDS, 2))])
    return rows[np.argsort(rows[:, 0])]


def distance(x, centre):
    """To the nearest of a centre's periodic images."""
    dx, dy = (abs(x[k] - centre[k]) for k in (0, 1))
    return np.hypot(np.minimum(dx, SIDE - dx), np.minimum(dy, SIDE - dy))


class Liquid(Model):
    """A liquid without seeds."""

    periodic = "xy"
    fields = (Field("phi", "Phase", "1", lambda x: 0 * x[0], lower=-0.05, upper=1.05),)  # else Newton may end far away

    def equations(self, v, dt):
        φ = v.phi
        slope = 30 * φ**2 * (1 - φ) ** 2 * Δf - 2 * φ * (1 - φ) * (1 - 2 * φ)
        return {"phi": TransientTerm(var=φ) == DiffusionTerm(1.0, var=φ) + linearize(slope, φ)}


def add_seed(engine, centre):
    """Add a seed to φ, and let the next step begin anew."""
    φ = engine.ghosted("phi")
    seed = 0.5 * (1 - np.tanh((distance(engine.box.centres(), centre) - RADIUS) / np.sqrt(2)))
    engine.state.put("phi", np.minimum(φ + seed, 1.0))
    engine.apply_boundaries()


def advance(engine, dt):
    """Take a step, or two of half the length if it is rejected."""
    tried = engine.step(dt)
    if tried.accepted:
        engine.accept()
        return
    engine.reject()
    if dt < SHORTEST:
        raise RuntimeError(f"a step of {dt} was rejected: {tried.reason}")
    advance(engine, dt / 2)
    advance(engine, dt / 2)


def solve(number, cell, dt=0.5, enough=1.0):
    """Times and solid fractions of a realisation, until so much is solid.

    A seed appears at the start of the step in which its time lies.
    """
    n = round(SIDE / cell)
    engine, waiting = CompiledEngine(Liquid(), (n, n), (cell, cell), order=2), list(events(number))
    times, fractions = [0.0], [0.0]
    while times[-1] < END - dt / 2 and fractions[-1] < enough:
        while waiting and waiting[0][0] < times[-1] + dt:
            add_seed(engine, waiting.pop(0)[1:])
        advance(engine, dt)
        times.append(times[-1] + dt)
        fractions.append(engine.grid.integral(engine.owned("phi")) / SIDE)
    return np.array(times), np.array(fractions)


if __name__ == "__main__":
    for number in range(1, 11):
        time, fraction = solve(number, 1.0, enough=0.5)
        print(f"realisation {number:2}: half solid at t = {np.interp(0.5, fraction, time):6.2f}")

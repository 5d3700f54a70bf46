"""PFHub benchmark 7a: an Allen-Cahn equation with a manufactured solution, and its convergence in space and time.

∂η/∂t = κ∇²η − 4η(η − 1)(η − ½) + S, with S such that η = ½[1 − tanh((y − α)/√(2κ))] is the solution, α(x, t) a wavy
line. Periodic in x, values fixed in y. https://pages.nist.gov/pfhub/benchmarks/benchmark7.ipynb; A. M. Jokisaari et
al., Comput. Mater. Sci. 126 (2017) 139, doi:10.1016/j.commatsci.2016.09.022.

    python docs/examples/pfhub_7a.py [end]
"""

import sys
from itertools import pairwise

import numpy as np
from fipy import DiffusionTerm, TransientTerm, Variable
from fipy.tools import numerix

from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.physics.common.model import Boundary, Field, Model

κ, A1, B1, A2, B2, C2 = 0.0004, 0.0075, 8 * np.pi, 0.03, 22 * np.pi, 0.0625 * np.pi


def line(x, t, sin=np.sin):
    """α, the height of the middle of the interface."""
    return 0.25 + A1 * t * sin(B1 * x) + A2 * sin(B2 * x + C2 * t)


def solution(x, y, t):
    """η."""
    return 0.5 * (1 - np.tanh((y - line(x, t)) / np.sqrt(2 * κ)))


class Manufactured(Model):
    """η, its source and its conditions; ``time`` is that at the end of a step."""

    fields = (Field("eta", "Order parameter", "1", lambda x: solution(x[0], x[1], 0.0)),)
    periodic = "x"

    def __init__(self):
        super().__init__()
        self.time = Variable(value=0.0, name="time")

    def equations(self, v, dt):
        η, x, y, t, sin, cos = v.eta, v.mesh.x, v.mesh.y, self.time, numerix.sin, numerix.cos
        slope = A1 * B1 * t * cos(B1 * x) + A2 * B2 * cos(B2 * x + C2 * t)
        curvature = -A1 * B1**2 * t * sin(B1 * x) - A2 * B2**2 * sin(B2 * x + C2 * t)
        rate = A1 * sin(B1 * x) + A2 * C2 * cos(B2 * x + C2 * t)
        tanh = numerix.tanh((y - line(x, t, sin)) / np.sqrt(2 * κ))
        S = (1 - tanh**2) / (4 * np.sqrt(κ)) * (np.sqrt(2) * (rate - κ * curvature) - 2 * np.sqrt(κ) * tanh * slope**2)
        return {"eta": TransientTerm(var=η) == DiffusionTerm(κ, var=η) - 4 * η * (η - 1) * (η - 0.5) + S}

    def boundaries(self, v):
        return Boundary("eta", "bottom", "value", 1.0), Boundary("eta", "top", "value", 0.0)


def solve(cells, steps, end):
    """Engine at the end, after equal steps, on 2·cells by cells squares. Collective."""
    model, h = Manufactured(), 0.5 / cells
    engine = CompiledEngine(model, (2 * cells, cells), (h, h))
    for n in range(1, steps + 1):
        model.time.setValue(n * end / steps)
        assert engine.step(end / steps).accepted
        engine.accept()
    return engine


def norm(engine, values):
    """L² norm over the box, of its owned values; its width is 1. Collective."""
    return np.sqrt(engine.grid.integral(values**2))


def error(engine, end):
    """L² norm of the distance to the solution. Collective."""
    x, y = engine.box.centres()
    return norm(engine, engine.owned("eta") - engine.box.own(solution(x, y, end)))


def in_space(end, cells, steps):
    """Cell sizes and errors; steps as short as to matter little."""
    return [0.5 / n for n in cells], [error(solve(n, steps, end), end) for n in cells]


def in_time(end, cells, steps):
    """Steps, and L² norms of what half of them changes, which the error in space is not part of."""
    found = [solve(cells, n, end) for n in (*steps, 2 * steps[-1])]
    return [end / n for n in steps], [norm(a, a.owned("eta") - b.owned("eta")) for a, b in pairwise(found)]


def orders(sizes, errors):
    """Of convergence, from one size to the next."""
    return np.diff(np.log(errors)) / np.diff(np.log(sizes))


if __name__ == "__main__":
    end = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    for name, (sizes, errors) in {
        "cell size": in_space(end, (32, 64, 128, 256), 100),
        "step": in_time(end, 64, (25, 50, 100, 200)),
    }.items():
        print(f"{name:>10} {'L²':>10} {'order':>6}")
        for size, found, order in zip(sizes, errors, [np.nan, *orders(sizes, errors)], strict=True):
            print(f"{size:10.5f} {found:10.2e} {order:6.2f}")

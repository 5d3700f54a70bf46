"""Elastic problems with known solutions, and their solutions, written independently of the program.

Run as a program on some ranks, it prints what `test_elasticity` compares.
"""

from __future__ import annotations

import json

import numpy as np
from scipy.linalg import solveh_banded

#: Young's modulus [GPa] and Poisson's ratio of lithium (Masias 2019) and of a stiff garnet.
LITHIUM, GARNET = (7.82, 0.381), (150.0, 0.26)
#: Part of the stiffness of the garnet that is left around it, so that the box does not matter.
AROUND = 1e-4


def constants(young, poisson):
    """λ, μ."""
    return young * poisson / ((1 + poisson) * (1 - 2 * poisson)), young / (2 + 2 * poisson)


def smooth(x):
    """0 to 1, of zero slope and curvature at both ends."""
    return x**3 * (10 - 15 * x + 6 * x**2)


def inside(r, radius, width):
    """Diffuse disc or ball."""
    return 0.5 - 0.5 * np.tanh(2 * (r - radius) / width)


def inclusion(r, a, R, width, strain):
    """λ, μ and the stress-free strain at the distance r from the centre: lithium up to a, then garnet up to R."""
    w, body = smooth(inside(r, a, width)), AROUND + (1 - AROUND) * smooth(inside(r, R, width))
    pairs = zip(constants(*LITHIUM), constants(*GARNET), strict=True)
    λ, μ = (body * (w * soft + (1 - w) * stiff) for soft, stiff in pairs)
    return λ, μ, strain * inside(r, a, width)


def radial(a, R, width, strain, end, axes, nodes=20000):
    """Radial and tangential stress of the same profile as functions of r: least energy over piecewise linear u(r).

    u(0) = 0; the surface r = `end` is free. `axes` is 2 for a long cylinder in plane strain, 3 for a ball.
    """
    r = np.linspace(0, end, nodes + 1)
    middle, h, n = 0.5 * (r[1:] + r[:-1]), end / nodes, axes - 1
    λ, μ, ε0 = inclusion(middle, a, R, width, strain)
    # With ε_r = (u₂ − u₁)/h and ε_t = (u₂ + u₁)/2r, n of them: energy density ½λ(ε_r + nε_t)² + μ(ε_r² + nε_t²)
    slope, mean = np.array([-1 / h, 1 / h])[:, None], np.array([0.5, 0.5])[:, None] / middle
    trace, weight = slope + n * mean, h * middle**n

    def entry(i, j):
        return weight * (λ * trace[i] * trace[j] + 2 * μ * (slope[i] * slope[j] + n * mean[i] * mean[j]))

    band, load = np.zeros((2, nodes + 1)), np.zeros(nodes + 1)
    band[1, :-1], band[0, 1:] = entry(0, 0), entry(0, 1)
    band[1, 1:] += entry(1, 1)
    pull = weight * (3 * λ + 2 * μ) * ε0
    load[:-1] += pull * trace[0]
    load[1:] += pull * trace[1]
    u = np.concatenate([[0.0], solveh_banded(band[:, 1:], load[1:])])
    ε_r, ε_t = np.diff(u) / h, 0.5 * (u[1:] + u[:-1]) / middle
    common = λ * (ε_r + n * ε_t) - (3 * λ + 2 * μ) * ε0
    return tuple(lambda x, σ=common + 2 * μ * ε: np.interp(x, middle, σ) for ε in (ε_r, ε_t))


def numbers():
    """Stress at some places of a box with an inclusion, a pressed plate, and a spring behind it, on all ranks."""
    from mpi4py import MPI

    from phasefield.engines.grid import Grid
    from phasefield.mechanics import FIXED, Elasticity, End

    comm, out = MPI.COMM_WORLD, {}
    for shape in ((17,), (14, 23), (9, 11, 13)):
        grid = Grid(shape, [1.0] * len(shape), comm)
        r = np.sqrt(sum(np.square(x) for x in grid.box.centres()))
        λ, μ, ε0 = (grid.box.own(q) for q in inclusion(r, 5.0, 40.0, 4.0, 0.01))
        ends = [FIXED] * (len(shape) - 1) + [End(pressure=0.3, stiffness=2.0)]
        found = Elasticity(grid, ends, 1e-12).solve(λ, μ, ε0)
        cells = [*found.normal, *found.shear.values(), found.energy, *found.displacements]
        whole = [grid.whole(values) for values in cells]
        if comm.rank == 0:
            out[str(shape)] = [[*np.ravel(values)[::7]] for values in whole] + [[*found.plates]]
    return out


if __name__ == "__main__":
    from mpi4py import MPI

    result = numbers()
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps(result))

"""Model problems for the multigrid, and what is done with them on any number of ranks.

Run as a program on some ranks, it prints what `test_multigrid` compares.
"""

from __future__ import annotations

import json
from itertools import product

import numpy as np
from mpi4py import MPI

from phasefield.engines.compiled.multigrid import Multigrid
from phasefield.engines.grid import GHOSTS, Grid

#: Name: cells (x, y, z), the fewest cells for which ranks share a level, periodic axes.
SHARED = {
    "ragged": ((24, 18, 31), 200, ""),
    "thin": ((8, 9, 9), 30, ""),
    "flat": ((53, 37), 30, ""),
    "line": ((61,), 30, ""),
    "small": ((6, 9, 5), 6000, ""),
    "ring": ((61,), 30, "x"),
    "torus": ((52, 37), 30, "xy"),
    "sides": ((24, 17, 31), 200, "xy"),
    "small torus": ((6, 9, 5), 6000, "xyz"),
}


def front(shape, contrast=1e-3, width=6.0, seed=1):
    """Conductivity of an electrolyte (1) above a metal (`contrast`) with a ragged front; widths in cells; (z, y, x)."""
    rng = np.random.default_rng(seed)
    place = np.meshgrid(*(np.arange(n) for n in shape[::-1]), indexing="ij")
    height = place[0] - 0.3 * shape[-1]
    for _ in range(3 * len(shape)):  # lumps on it, and islands
        centre = [rng.uniform(0, n) for n in shape[::-1]]
        radius = rng.uniform(2, 2 + 0.12 * min(shape))
        height = np.minimum(height, np.sqrt(sum((p - c) ** 2 for p, c in zip(place, centre, strict=True))) - radius)
    metal = 0.5 - 0.5 * np.tanh(2.2 * height / width)
    return 1 - metal + contrast, metal


def block(conductivity, spacing, surplus=0.0, film=1.0, periodic=""):
    """Entries (cells, 1 + 2 × axes) of −∇·σ∇ + surplus, times the cell's volume.

    `film` multiplies the conductance of the faces across the last axis at 35 % of the height, but of every seventh.
    """
    axes = conductivity.ndim
    out = np.zeros((*conductivity.shape, 1 + 2 * axes))
    for axis, h in enumerate(spacing):
        here = conductivity.ndim - 1 - axis
        s = np.moveaxis(conductivity, here, 0)
        g = 0.5 * (s[1:] + s[:-1]) * np.prod(spacing) / h**2
        if axis == axes - 1:
            across = g[int(0.35 * len(s)) - 1].reshape(-1)
            across[np.arange(len(across)) % 7 != 0] *= film
        entries = np.moveaxis(out, here, 0)
        entries[1:, ..., 1 + 2 * axis] = -g
        entries[:-1, ..., 2 + 2 * axis] = -g
        if "xyz"[axis] in periodic:
            seam = 0.5 * (s[0] + s[-1]) * np.prod(spacing) / h**2
            entries[0, ..., 1 + 2 * axis] = entries[-1, ..., 2 + 2 * axis] = -seam
    out[..., 0] = surplus * np.prod(spacing) - out[..., 1:].sum(axis=-1)
    return out.reshape(-1, 1 + 2 * axes)


def reaction(metal, strength=0.8):
    """What a reaction at the front leaves on the diagonal, per volume."""
    return strength * (metal * (1 - metal)) ** 2


def dense(values, shape):
    """The whole matrix of a block; entries at the ends lead to the other end."""
    numbers = np.arange(len(values)).reshape(shape[::-1])
    out = np.diag(values[:, 0])
    for k, (axis, side) in enumerate(product(range(len(shape)), (1, -1)), 1):
        there = np.roll(numbers, side, axis=-1 - axis).ravel()
        np.add.at(out, (numbers.ravel(), there), values[:, k])
    return out


class Problem:
    """A block on a grid's boxes, with its multigrid."""

    def __init__(self, shape, values, spacing=None, comm=MPI.COMM_SELF, sign=1.0, parts=None, periodic="", **options):
        self.grid = Grid(shape, spacing or (1.0,) * len(shape), comm, parts=parts, periodic=periodic)
        self.box, self.comm = self.grid.box, comm
        self.values = self.owned(values).reshape(-1, values.shape[-1])
        self.multigrid = Multigrid(self.grid, **options)
        self.setup(self.values, sign)
        self.inner = (slice(1, -1),) * len(shape)

    def setup(self, values, sign=1.0):
        """Build the multigrid of these entries, which it takes in rows, with sums of rows in place of the diagonal."""
        rows = np.concatenate([values.sum(axis=1, keepdims=True), values[:, 1:]], axis=1)
        lines = rows.reshape(-1, self.box.owned_shape[-1], values.shape[-1])
        self.multigrid.setup(np.ascontiguousarray(np.moveaxis(lines, 1, 2)), range(values.shape[-1]), sign)

    def owned(self, whole):
        """This rank's part of an array (cells of the grid, …)."""
        return np.ascontiguousarray(whole.reshape(*self.box.shape[::-1], *whole.shape[1:])[self.box.place])

    def times(self, v):
        """Block times cells owned."""
        held = np.zeros(self.box.ghosted_shape)
        held[self.box.inner] = v
        self.grid.renew(held)
        held, out = np.pad(held, 1), self.values[:, 0].reshape(v.shape) * v
        starts = [s.start + 1 for s in self.box.inner]
        for k, (axis, side) in enumerate(product(range(v.ndim), (-1, 1)), 1):
            first = list(starts)
            first[-1 - axis] += side
            shifted = held[tuple(slice(a, a + n) for a, n in zip(first, v.shape, strict=True))]
            out += self.values[:, k].reshape(v.shape) * shifted
        return out

    def solve(self, b, cycles=1):
        """Approximate solution for cells owned."""
        self.multigrid.b[self.inner] = b
        self.multigrid.solve(cycles)
        return self.multigrid.u[self.inner].astype(float)

    def iterations(self, rtol=1e-8, most=40):
        """Of FGMRES, for a right-hand side of noise."""
        b = self.owned(np.random.default_rng(7).standard_normal(np.prod(self.box.shape)))
        size = self.dot(b, b) ** 0.5
        basis, search, hessenberg = [b / size], [], np.zeros((most + 1, most))
        for j in range(most):
            search.append(self.solve(basis[j]))
            w = self.times(search[j])
            for i, v in enumerate(basis):
                hessenberg[i, j] = self.dot(w, v)
                w = w - hessenberg[i, j] * v
            hessenberg[j + 1, j] = self.dot(w, w) ** 0.5
            basis.append(w / hessenberg[j + 1, j])
            h, e = hessenberg[: j + 2, : j + 1], np.eye(j + 2)[0]
            y = np.linalg.lstsq(h, e, rcond=None)[0]
            if np.linalg.norm(h @ y - e) < rtol:
                return j + 1
        return most + 1

    def dot(self, a, b):
        """Inner product over all ranks."""
        return self.comm.allreduce(float(np.sum(a * b)))

    def whole(self, array):
        """The array of the whole grid, on every rank, of cells owned."""
        out = np.zeros(self.box.shape[::-1], array.dtype)
        out[self.box.place] = array
        return self.comm.allreduce(out)

    def stale_ghosts(self):
        """Cells of u's ghost layers that differ from what their owners have, or from zero outside the grid."""
        u = self.multigrid.u
        whole = self.whole(u[self.inner])
        for axis in range(u.ndim):
            ends = [(int(k == u.ndim - 1 - axis),) * 2 for k in range(u.ndim)]
            whole = np.pad(whole, ends, "wrap" if "xyz"[axis] in self.box.periodic else "constant")
        around = whole[tuple(slice(a, b + 2) for a, b in self.box.owned[::-1])]
        wrong = around != u
        corners = sum(np.isin(i, (0, n - 1)).astype(int) for i, n in zip(np.indices(u.shape), u.shape, strict=True)) > 1
        return self.comm.allreduce(int(np.count_nonzero(wrong & ~corners)))


def shared(name, comm=MPI.COMM_WORLD):
    """One of SHARED on the ranks of a communicator."""
    shape, gather, periodic = SHARED[name]
    conductivity, metal = front(shape)
    values = block(conductivity, (1.0,) * len(shape), reaction(metal), periodic=periodic)
    parts = None
    if name == "thin":  # boxes as thin as the ghost layers, cut along x and z
        cuts = {1: (1, 1), 2: (1, 2), 3: (1, 3), 4: (2, 2)}[comm.size]
        along = zip((cuts[0], 1, cuts[1]), shape, strict=True)
        parts = [[GHOSTS] * (n - 1) + [size - GHOSTS * (n - 1)] for n, size in along]
    return Problem(shape, values, comm=comm, parts=parts, periodic=periodic, gather=gather)


def main():
    """Print iterations, stale ghosts, the residual of many cycles, and whether a repetition gives the same bits."""
    for name, (shape, *_) in SHARED.items():
        problem = shared(name)
        b = problem.owned(np.random.default_rng(3).standard_normal(np.prod(shape)))
        first = problem.solve(b)
        stale = problem.stale_ghosts()
        again = shared(name).solve(b)
        residual = b - problem.times(problem.solve(b, cycles=25))
        row = {
            "name": name,
            "iterations": problem.iterations(),
            "stale": stale,
            "same": bool(problem.comm.allreduce(int(np.array_equal(first, again))) == problem.comm.size),
            "residual": (problem.dot(residual, residual) / problem.dot(b, b)) ** 0.5,
            "shared levels": max(0, problem.multigrid.join),
        }
        if problem.comm.rank == 0:
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()

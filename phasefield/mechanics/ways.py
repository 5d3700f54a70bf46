"""Means and shortest ways over the cells of a rank's box and of its neighbours."""

from __future__ import annotations

from itertools import product

import numpy as np
from mpi4py import MPI

from phasefield.mechanics.staggered import Staggered


def mean(operators: Staggered, values, passes: int) -> np.ndarray:
    """Values of the cells owned after some means over neighbours, with 0 beyond walls. Collective.

    Each pass has a variance of half of a cell squared along each axis.
    """
    inner = (slice(1, -1),) * operators.dim
    for _ in range(passes):
        around = operators.local(values)
        for axis in range(operators.dim):
            around = 0.5 * around + 0.25 * (np.roll(around, 1, axis) + np.roll(around, -1, axis))
        values = around[inner]
    return values


def least_way(operators: Staggered, slope, source) -> np.ndarray:
    """Least integral of a slope along ways from the source to each cell owned. Collective.

    Parameters
    ----------
    operators : Staggered
    slope : ndarray of the cells owned [value/length]
        Infinite where no way leads.
    source : ndarray of bool of the cells owned

    Returns
    -------
    ndarray [value]
        Infinite where no way leads. Ways go from the middle of a cell to that of a neighbour, also across corners.
    """
    o, axes = operators, tuple(range(operators.dim))
    inner = (slice(1, -1),) * o.dim
    around = np.where(o.local(np.ones_like(slope)) > 0, o.local(slope), np.inf)
    moves = [move for move in product((-1, 0, 1), repeat=o.dim) if any(move)]
    steps = []
    for move in moves:
        length = np.sqrt(sum((m * h) ** 2 for m, h in zip(move, o.h[::-1], strict=True)))
        steps.append(0.5 * length * (slope + np.roll(around, move, axes)[inner]))
    least = np.where(source, 0.0, np.inf)
    while True:
        held, found = o.local(least), least
        for move, step in zip(moves, steps, strict=True):
            found = np.minimum(found, np.roll(held, move, axes)[inner] + step)
        if o.grid.comm.allreduce(bool(np.array_equal(found, least)), MPI.LAND):
            return least
        least = found

"""What is measured on a state: pure functions of arrays, reduced over the ranks.

Arrays have the axes (height, …, x). ``slab`` tells which layers a rank owns and holds. Lengths are in the
unit of the slab's spacing; nothing larger than one layer of cells is ever sent between ranks.
"""

from __future__ import annotations

import numpy as np
from mpi4py import MPI
from scipy import ndimage


def height_map(xi, slab, comm):
    """Height of the topmost ξ = ½ in each column.

    Between two cells ξ is taken to be a tanh, so that the inverse profile ln(ξ/(1 − ξ)) is interpolated
    linearly: exact for a flat front.

    Parameters
    ----------
    xi : ndarray, shape (held layers, …)
        Order parameter with the neighbours' layers.
    slab : Slab
    comm : MPI.Comm

    Returns
    -------
    ndarray, shape (…)
        The same on every rank; −1 where a column has no lithium, the box's height where it is all lithium.
    """
    h = slab.spacing[-1]
    inside = np.clip(xi, 1e-12, 1 - 1e-12)
    logit = np.log(inside / (1 - inside))
    crossing = (xi[:-1] >= 0.5) & (xi[1:] < 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = np.where(crossing, logit[:-1] / (logit[:-1] - logit[1:]), 0.0)
    layers = slab.ghost_start + 0.5 + np.arange(len(xi) - 1).reshape(-1, *[1] * (xi.ndim - 1))
    heights = np.where(crossing, (layers + fraction) * h, -1.0).max(axis=0, initial=-1.0)
    if slab.stop == slab.shape[-1]:
        heights = np.where(xi[-1] >= 0.5, slab.shape[-1] * h, heights)
    out = np.array(heights, float, order="C")  # ascontiguousarray would give the point of a 1-D box an axis
    comm.Allreduce(MPI.IN_PLACE, out, MPI.MAX)
    return out


def integral(values, slab, comm) -> float:
    """Integral over the box of owned cell values, per cross-section; equal to ∫ dz in 1-D."""
    return comm.allreduce(float(np.sum(values)), MPI.SUM) / slab.layer * slab.spacing[-1]


def area_ratio(xi, slab, comm) -> float:
    """Area (3-D) or arc length (2-D) of the surface over that of a flat one: ∫|∇ξ| dV per cross-section.

    Parameters
    ----------
    xi : ndarray
        Order parameter with the neighbours' layers.
    """
    if xi.shape[0] < 2:
        return 1.0
    # the mean slope of a cell's two faces telescopes: exactly 1 for a flat front, however steep
    squares = []
    for axis, h in enumerate(slab.spacing[::-1]):
        faces = np.abs(np.diff(xi, axis=axis)) / h
        pad = [(0, 0)] * xi.ndim
        pad[axis] = (1, 1)
        faces = np.moveaxis(np.pad(faces, pad), axis, 0)
        squares.append(np.moveaxis((0.5 * (faces[:-1] + faces[1:])) ** 2, 0, axis))
    own = slice(slab.start - slab.ghost_start, slab.stop - slab.ghost_start)
    return integral(np.sqrt(sum(squares))[own], slab, comm)


def tip_radius(heights, spacing, reach: float) -> float:
    """Radius of curvature at the highest column, from a parabola through its neighbourhood.

    Parameters
    ----------
    heights : ndarray, shape (…)
        Height map.
    spacing : sequence of float
        Cell size along x, (y).
    reach : float
        Half-width of the neighbourhood.

    Returns
    -------
    float
        1/K with K the mean of the principal curvatures; infinite where the front is flat, NaN in 1-D.
    """
    if heights.ndim == 0:
        return float("nan")
    top = np.unravel_index(np.argmax(heights), heights.shape)
    curvatures = []
    for axis in range(heights.ndim):
        h = spacing[heights.ndim - 1 - axis]
        line = np.moveaxis(heights, axis, -1)[tuple(np.delete(top, axis))]
        n = max(2, round(reach / h))
        index = np.arange(top[axis] - n, top[axis] + n + 1)
        inside = np.where(index < 0, -1 - index, np.where(index >= len(line), 2 * len(line) - 1 - index, index))
        line = line[np.clip(inside, 0, len(line) - 1)]  # walls are mirrors
        curvatures.append(-2 * np.polyfit((index - top[axis]) * h, line, 2)[0])
    mean = float(np.mean(curvatures))
    return 1 / mean if abs(mean) > 1e-12 else float("inf")


def largest_ahead(xi, heights, slab, comm, distance: float) -> float:
    """Largest ξ further than a distance above the highest tip: lithium that appears where it should not."""
    z = (slab.ghost_start + 0.5 + np.arange(len(xi))) * slab.spacing[-1]
    ahead = xi[z > heights.max() + distance]
    return comm.allreduce(float(ahead.max(initial=0.0)), MPI.MAX)


def connected(xi, slab, comm):
    """Which owned cells hold lithium (ξ ≥ ½) that is connected to the bottom face.

    Each rank spreads the connection through its own slab; layers at the cuts are exchanged until nothing
    changes any more.

    Parameters
    ----------
    xi : ndarray
        Owned values of the order parameter.

    Returns
    -------
    ndarray of bool
    """
    metal = xi >= 0.5
    labels, count = ndimage.label(metal)
    reached = np.zeros(count + 1, bool)
    if slab.start == 0:
        reached[np.unique(labels[0])] = True
    reached[0] = False
    while True:
        before = int(reached.sum())
        edges = comm.allgather((slab.start, slab.stop, reached[labels[0]], reached[labels[-1]]))
        for start, stop, bottom, top in edges:
            if stop == slab.start:
                reached[np.unique(labels[0][top & metal[0]])] = True
            if start == slab.stop:
                reached[np.unique(labels[-1][bottom & metal[-1]])] = True
        reached[0] = False
        if not comm.allreduce(int(reached.sum()) != before, MPI.LOR):
            break
    return reached[labels]


def short_circuit(xi, slab, comm) -> bool:
    """Whether lithium (ξ ≥ ½) connects the bottom face to the top face, from owned values of ξ."""
    top = slab.stop == slab.shape[-1]
    if not comm.allreduce(top and bool((xi[-1] >= 0.5).any()), MPI.LOR):
        return False
    joined = connected(xi, slab, comm)  # on every rank: it is collective
    return comm.allreduce(top and bool(joined[-1].any()), MPI.LOR)


def isolated(xi, slab, comm) -> float:
    """Lithium (ξ ≥ ½) without connection to the bottom face, as thickness per cross-section; owned values of ξ."""
    return integral((xi >= 0.5) & ~connected(xi, slab, comm), slab, comm)

"""Measurements of a state: pure functions of arrays, reduced over the ranks.

Arrays have the axes (height, …, x) and contain the cells that a rank holds, including ghost cells, unless only owned
cells are mentioned. ``grid`` is a :class:`phasefield.engines.grid.Grid`; lengths are in its unit. Nothing larger than
one layer of cells is ever sent between ranks.
"""

from __future__ import annotations

import numpy as np
from mpi4py import MPI


def height_map(xi, grid):
    """Height of the topmost ξ = ½ in each column.

    Between two cells ξ is taken to be a tanh, so that the inverse profile ln(ξ/(1 − ξ)) is interpolated
    linearly: exact for a flat front.

    Parameters
    ----------
    xi : ndarray
        Order parameter.
    grid : Grid

    Returns
    -------
    ndarray, shape (…) of all columns
        The same on every rank; 0 where a column has no lithium as thick as its interface, the box's height where it is
        all lithium.
    """
    box = grid.box
    z, xi = box.centres()[-1], xi[:, *box.inner[1:]]
    heights = np.zeros(xi.shape[1:])
    for at in box.slabs():
        with_next = slice(at.start, at.stop + 1)
        np.maximum(heights, _crossings(z[with_next], xi[with_next]), out=heights)
    if box.touches("top"):
        heights = np.where(xi[-1] >= 0.5, box.length(len(box.shape) - 1), heights)
    return grid.over_columns(heights, MPI.MAX, 0.0)


def _crossings(z, xi):
    """Height of the topmost ξ = ½ of columns of some layers; 0 where there is none."""
    inside = np.clip(xi, 1e-12, 1 - 1e-12)
    logit = np.log(inside / (1 - inside))
    crossing = (xi[:-1] >= 0.5) & (xi[1:] < 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = np.where(crossing, logit[:-1] / (logit[:-1] - logit[1:]), 0.0)
    return np.where(crossing, z[:-1] + fraction * np.diff(z, axis=0), 0.0).max(axis=0, initial=0.0)


def area_ratio(xi, grid) -> float:
    """Area (3-D) or arc length (2-D) of the surface over that of a flat one: ∫|∇ξ| dV per cross-section."""
    if xi.shape[0] < 2:
        return 1.0
    box = grid.box

    def steepness(at):
        start, stop = (box.inner[0].start + k for k in (at.start, at.stop))
        first = max(start - 1, 0)  # with the layers beside them
        held = slice(first, stop + 1)
        return [_steepness(xi[held], box, held)[start - first : stop - first, *box.inner[1:]]]

    return float(grid.integrals(steepness)[0])


def _steepness(xi, box, layers):
    """|∇ξ| in some layers; the mean step at a cell's two faces telescopes: exact for a flat front, however steep."""
    squares = []
    for axis in range(xi.ndim):
        h = box.widths(xi.ndim - 1 - axis)
        faces = np.abs(np.diff(xi, axis=axis))
        pad = [(0, 0)] * xi.ndim
        pad[axis] = (1, 1)
        faces = np.moveaxis(np.pad(faces, pad), axis, 0)
        mean = np.moveaxis(0.5 * (faces[:-1] + faces[1:]), 0, axis)
        squares.append((mean / (h if axis else h[layers])) ** 2)
    return np.sqrt(sum(squares))


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


def peaks(heights):
    """Maxima of a height map, each with the saddle at which it joins a higher one: the merge tree of the map.

    Parameters
    ----------
    heights : ndarray, shape (…)
        Height map. Its walls are mirrors, so that a maximum at a wall counts.

    Returns
    -------
    ndarray, shape (number, 2)
        Height and saddle, the highest first; the saddle of the highest is the lowest place of the map.
    """
    padded = np.ascontiguousarray(np.pad(heights, 1, constant_values=-np.inf))
    flat, steps = padded.ravel().tolist(), [stride // padded.itemsize for stride in padded.strides]
    owner: dict[int, int] = {}  # peak to which a place belongs, of the places from the top down to the present one
    parent: list[int] = []
    found: list[list[float]] = []

    def joined(peak: int) -> int:
        while parent[peak] != peak:
            peak = parent[peak]
        return peak

    for place in np.argsort(-padded, axis=None, kind="stable")[: heights.size].tolist():
        met = {joined(owner[k]) for step in steps for k in (place - step, place + step) if k in owner}
        if not met:
            parent.append(len(parent))
            found.append([flat[place], float(heights.min())])
        highest = min(met, default=len(parent) - 1)  # peaks are numbered from the highest
        owner[place] = highest
        for lower in met - {highest}:
            parent[lower], found[lower][1] = highest, flat[place]
    first, *others = found
    return np.array([first, *(peak for peak in others if peak[0] > peak[1])])  # not the parts of a plateau


def tips(heights, width: float) -> int:
    """Number of maxima of a height map that stand out by two widths of the interface at least.

    They do so from their saddle and from the mean height: a bump between two narrow crevices is no tip.

    Parameters
    ----------
    heights : ndarray, shape (…)
        Height map.
    width : float
        Width of the interface.
    """
    if heights.ndim == 0:
        return 0
    top, saddle = peaks(heights).T
    return int(np.sum(top - np.maximum(saddle, heights.mean()) >= 2 * width))


def overhang(xi, grid) -> float:
    """Part of the columns in which electrolyte lies below lithium: beside a branch, under a bulb, or enclosed."""
    metal = grid.box.own(xi) >= 0.5
    place = grid.box.owned[-1][0] + 1 + np.arange(len(metal)).reshape(-1, *[1] * (metal.ndim - 1))
    highest = grid.over_columns(np.max(metal * place, axis=0, initial=0), MPI.MAX)
    return float(np.mean(grid.over_columns(metal.sum(axis=0)) < highest))


def largest_ahead(xi, heights, grid, distance: float) -> float:
    """Largest ξ further than a distance above the highest tip: spurious lithium."""
    box = grid.box
    z = box.centres()[-1][box.inner[0]].ravel()
    ahead = box.own(xi)[z > heights.max() + distance]
    return grid.comm.allreduce(float(ahead.max(initial=0.0)), MPI.MAX)


def short_circuit(xi, grid) -> bool:
    """Whether lithium (ξ ≥ ½) connects the bottom face to the top face."""
    top = grid.box.touches("top")
    if not grid.comm.allreduce(top and bool((xi[-1] >= 0.5).any()), MPI.LOR):
        return False
    joined = (xi >= 0.5) & (grid.pieces(xi >= 0.5) == 0)  # on every rank: it is collective
    return grid.comm.allreduce(top and bool(joined[-1].any()), MPI.LOR)


def isolated(xi, grid) -> float:
    """Lithium (ξ ≥ ½) without connection to the bottom face, as thickness per cross-section."""
    return grid.integral(grid.box.own(grid.pieces(xi >= 0.5)) > 0)

"""Shapes of the lithium, the film's defects and the grain boundaries, as functions of global coordinates.

Nothing here depends on the rank, so no partition can change a geometry; only the smoothing of a film's
rims (one cell) depends on the mesh. Coordinates come as one array per axis; the last axis is the height, and the
walls at 0 and at ``size`` are mirrors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from phasefield.deck.base import given
from phasefield.mesh.caps import Cap

if TYPE_CHECKING:
    from phasefield.deck.collector import Nucleation
    from phasefield.deck.shapes import FilmShape, Front, GrainBoundaryPattern

#: Thickness of flat lithium, in widths of the interface, from which on all of its profile is in the box, to e⁻⁸.
FILM = 2.0
#: Random seeds are split by purpose, so that two patterns with the same seed in a deck are independent.
_NOISE, _DEFECTS, _GRAINS, _FILM, _NUCLEI = 1, 2, 3, 4, 5


def _rng(seed: int, purpose: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, purpose])))


def lateral_distance(lateral, position):
    """Distance in the plane of the electrode.

    Parameters
    ----------
    lateral : sequence of ndarray [m]
        Lateral coordinates (none in 1-D, one in 2-D, two in 3-D).
    position : sequence of float [m]
        A point of the plane.

    Returns
    -------
    ndarray [m]
    """
    return np.sqrt(sum((x - p) ** 2 for x, p in zip(lateral, position, strict=True)))


def noise(lateral, size, amplitude: float, correlation_length: float, seed: int, purpose: int = _NOISE):
    """Smooth seeded roughness: a sum of mirror-symmetric cosines with a Gaussian spectrum.

    Parameters
    ----------
    lateral : sequence of ndarray [m]
        Lateral coordinates.
    size : sequence of float [m]
        Lateral size of the box.
    amplitude : float [m]
        Root mean square over the box.
    correlation_length : float [m]
        The autocorrelation falls as exp(−r²/l²).
    seed : int
        The same seed gives the same surface at any resolution and on any number of ranks.
    purpose : int
        Surfaces for different purposes differ at the same seed.

    Returns
    -------
    ndarray [m]
    """
    counts = [int(np.ceil(6 * L / (np.pi * correlation_length))) + 1 for L in size]
    modes = np.stack(np.meshgrid(*[np.arange(n) for n in counts], indexing="ij"), axis=-1).reshape(
        -1, len(size)
    )
    modes = modes[1:]  # the mean height is the front's own
    k = np.pi * modes / np.asarray(size)
    weight = np.exp(-np.sum(k**2, axis=1) * correlation_length**2 / 8)
    weight *= np.prod(np.where(modes > 0, 1.0, 0.5), axis=1)  # a wall's mirror gives the others two signs
    weight *= _rng(seed, purpose).standard_normal(len(modes))
    mean_square = np.prod(np.where(modes > 0, 0.5, 1.0), axis=1) @ weight**2
    weight *= amplitude / np.sqrt(mean_square)
    keep = np.abs(weight) > 1e-9 * amplitude
    places, back = _columns(lateral)
    surface = np.zeros(np.broadcast_shapes(*(x.shape for x in places)))
    for w, q in zip(weight[keep], k[keep], strict=True):
        surface += w * math.prod(np.cos(qi * x) for qi, x in zip(q, places, strict=True))
    return surface[back]


def _columns(lateral) -> tuple[list[np.ndarray], Any]:
    """Lateral coordinates without repetition, and an index that expands values computed from them to all points.

    A box has far more cells than columns, so one line of coordinates per axis is used, which broadcast to a table.
    Points that are not on a grid are unchanged.
    """
    lines, places = zip(*(np.unique(x, return_inverse=True) for x in lateral), strict=True)
    if math.prod(map(len, lines)) > lateral[0].size:
        return list(lateral), ...
    back = tuple(place.reshape(x.shape) for place, x in zip(places, lateral, strict=True))
    return list(np.ix_(*lines)), back


def front_distance(front: Front, size: Sequence[float], width: float = 0.0, angle: float = math.pi / 2) -> Callable:
    """Initial lithium as a signed distance.

    Parameters
    ----------
    front : Front
        The ``[front]`` section of a deck.
    size : sequence of float [m]
        Box.
    width : float [m]
        Width of the interface, if the front may lie on the bottom of the box: a diffuse film thinner than `FILM`
        widths, or a cap on a bare collector, then holds as much lithium as a sharp one.
    angle : float [rad]
        Contact angle of the seeds on a bare collector.

    Returns
    -------
    callable
        ``distance(coordinates) -> ndarray [m]``, positive in the electrolyte. Ripples are divided by the
        surface's slope, so that the interface keeps its width on them; spheres are exact.
    """
    δ = width / 4
    cap = Cap(angle, len(size)) if front.is_bare(width) and front.seeds else None
    rounds = [cap.diffuse_radius(s.radius / cap.base, δ) for s in front.seeds] if cap else []

    def height(lateral):
        h = np.full(lateral[0].shape if lateral else (), front.height)
        for c in front.cosines:
            h = h + c.amplitude * np.cos(2 * np.pi * lateral[c.axis] / c.wavelength + c.phase)
        for b in front.bumps:
            h = h + b.height * np.exp(-((2 * lateral_distance(lateral, b.position) / b.width) ** 2))
        if front.noise is not None:
            n = front.noise
            h = h + noise(lateral, size[:-1], n.amplitude, n.correlation_length, n.seed)
        return h

    def distance(coordinates):
        *lateral, z = coordinates
        h = height(lateral)
        step = 1e-6 * max(size)
        slope2 = 0.0
        for axis in range(len(lateral)):
            ahead = [x + step * (i == axis) for i, x in enumerate(lateral)]
            slope2 = slope2 + ((height(ahead) - h) / step) ** 2
        if front.height < FILM * width:
            with np.errstate(divide="ignore"):  # no lithium is infinitely far away
                h = h + δ * np.log1p(-np.exp(-np.maximum(h, 0.0) / δ))
        d = (z - h) / np.sqrt(1 + slope2)
        for k, s in enumerate(front.seeds):
            if cap:
                d = np.minimum(d, cap.distance(lateral, z, s.position, s.radius / cap.base) - rounds[k])
                continue
            r = np.sqrt(lateral_distance(lateral, s.position) ** 2 + (z - front.height) ** 2)
            d = np.minimum(d, r - s.radius)
        for sphere in getattr(front, "spheres", ()):
            d = np.minimum(d, lateral_distance(coordinates, sphere.position) - sphere.radius)
        return d

    return distance


def defect_positions(coating: FilmShape, size: Sequence[float]) -> list[tuple[tuple[float, ...], float]]:
    """Every defect of a film, the listed and the random ones.

    Returns
    -------
    list of (tuple of float [m], float [m])
        Lateral position and width.
    """
    defects = [(tuple(d.position), d.width) for d in coating.defects]
    if coating.random_defects is not None:
        r = coating.random_defects
        points = _rng(r.seed, _DEFECTS).random((r.number, len(size) - 1)) * np.asarray(size[:-1])
        defects += [(tuple(p), r.width) for p in points]
    return defects


class NucleationSites(NamedTuple):
    """Places where lithium may nucleate, and when each of them does.

    Attributes
    ----------
    positions : ndarray, shape (sites, lateral axes) [m]
    overpotentials : ndarray, shape (sites,) [V]
        At which each becomes a nucleus; 0 in classical nucleation.
    patience : ndarray, shape (sites,) [1]
        Integral of its rate at which each becomes a nucleus in classical nucleation, with an exponential distribution.
    """

    positions: np.ndarray
    overpotentials: np.ndarray
    patience: np.ndarray


def nucleation_sites(nucleation: Nucleation, lateral: Sequence[float]) -> NucleationSites:
    """Every site of a collector: the listed ones, then the random ones.

    Parameters
    ----------
    nucleation : Nucleation
        The ``[collector.nucleation]`` section of a deck.
    lateral : sequence of float [m]
        Lateral size of the box.
    """
    number, listed, mean = round(nucleation.random_sites(lateral)), nucleation.sites, nucleation.overpotential or 0.0
    rng = _rng(nucleation.seed, _NUCLEI)
    random = rng.random((number, len(lateral))) * np.asarray(lateral)
    own = np.array([mean if site.overpotential is None else site.overpotential for site in listed])
    drawn = np.maximum(mean + nucleation.spread * rng.standard_normal(number), 0.0)
    return NucleationSites(
        np.concatenate([np.reshape([site.position for site in listed], (-1, len(lateral))), random]),
        np.concatenate([own, drawn]),
        rng.exponential(size=len(listed) + number),
    )


def segment_distance(lateral, start, end):
    """Distance in the plane of the electrode from the line between two points [m]; arguments as `lateral_distance`."""
    along = np.subtract(end, start)
    square = float(along @ along) or 1.0
    t = np.clip(sum((x - a) * d for x, a, d in zip(lateral, start, along, strict=True)) / square, 0.0, 1.0)
    return np.sqrt(sum((x - a - t * d) ** 2 for x, a, d in zip(lateral, start, along, strict=True)))


def film_thickness(coating: FilmShape, size: Sequence[float]) -> Callable:
    """Thickness of a film where it is present: even, graded along the first axis, or rough.

    Parameters
    ----------
    coating : FilmShape
        The ``[coating]`` section of a deck.
    size : sequence of float [m]
        Box.

    Returns
    -------
    callable
        ``thickness(coordinates) -> ndarray [m]``.
    """

    def thickness(coordinates):
        *lateral, z = coordinates
        h = np.full(np.shape(z), coating.thickness)
        if coating.far_thickness is not None:
            h = h + (coating.far_thickness - coating.thickness) * lateral[0] / size[0]
        if coating.roughness is not None:
            n = coating.roughness
            h = h + noise(lateral, size[:-1], n.amplitude, n.correlation_length, n.seed, _FILM)
        return h

    return thickness


def film_coverage(coating: FilmShape, size: Sequence[float], edge: float) -> Callable:
    """Fraction of the surface that the film covers: 1 on it, 0 in its defects and cracks.

    Parameters
    ----------
    coating : FilmShape
        The ``[coating]`` section of a deck.
    size : sequence of float [m]
        Box.
    edge : float [m]
        Width over which a defect's rim is smoothed (about a cell).

    Returns
    -------
    callable
        ``coverage(coordinates) -> ndarray [1]``.
    """
    defects = defect_positions(coating, size)

    def coverage(coordinates):
        *lateral, z = coordinates
        covered = np.ones_like(z)
        rims = [lateral_distance(lateral, position) - width / 2 for position, width in defects]
        rims += [segment_distance(lateral, c.start, c.end) - c.width / 2 for c in coating.cracks]
        for rim in rims:
            covered = covered * 0.5 * (1 + np.tanh(2 * rim / edge))
        return covered

    return coverage


def _voronoi_distance(tree, points) -> np.ndarray:
    """Distance of points to the nearest face between Voronoi cells of the seeds in a tree.

    The face towards a seed k is at (r_k² − r₀²)/(2|x_k − x₀|) from a point whose nearest seed is 0. That is not less
    than (r_k − r₀)/2, so seeds are looked at by their distance, until that is more than the least found.
    """
    seeds = tree.data
    out = np.empty(len(points))
    left, number = np.arange(len(points)), 4
    while left.size:
        number = min(2 * number, len(seeds))
        r, k = tree.query(points[left], k=number)
        apart = np.linalg.norm(seeds[k[:, 1:]] - seeds[k[:, :1]], axis=2)
        out[left] = np.min((r[:, 1:] ** 2 - r[:, :1] ** 2) / (2 * apart), axis=1)
        left = left[0.5 * (r[:, -1] - r[:, 0]) < out[left]] if number < len(seeds) else left[:0]
    return out


def grain_boundaries(pattern: GrainBoundaryPattern, size: Sequence[float]) -> Callable:
    """Weight of the grain boundaries: 1 in the middle of one, 0 in the grains.

    Parameters
    ----------
    pattern : GrainBoundaryPattern
        The ``[heterogeneity.grain_boundaries]`` section of a deck.
    size : sequence of float [m]
        Box.

    Returns
    -------
    callable
        ``weight(coordinates) -> ndarray [1]``, exp(−(2d/width)²) with d the distance to the nearest boundary.
    """
    if pattern.pattern == "planes":
        planes = [
            (np.asarray(p.point), np.asarray(p.normal) / np.linalg.norm(p.normal)) for p in pattern.planes
        ]

        def distance(x):
            return np.min([np.abs(np.tensordot(n, x - p[:, None], 1)) for p, n in planes], axis=0)

    else:
        from scipy.spatial import cKDTree

        grains, seed = given(pattern.grains), given(pattern.seed)
        tree = cKDTree(_rng(seed, _GRAINS).random((grains, len(size))) * np.asarray(size))

        def distance(x):
            return _voronoi_distance(tree, x.T)

    def weight(coordinates):
        x = np.stack([np.asarray(c, float).ravel() for c in coordinates])
        return np.exp(-((2 * distance(x) / pattern.width) ** 2)).reshape(np.shape(coordinates[0]))

    return weight

"""Meshes of triangles in a plane, read from Gmsh, and their geometry."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from phasefield.errors import PhasefieldError
from phasefield.mesh import msh
from phasefield.mesh.gmsh import mesh_text

#: File name of a mesh in a run directory.
MESH = "mesh.msh"
#: Physical curves that a mesh must have: the electrode, and the counter electrode.
ENDS = ("bottom", "top")


@dataclass(frozen=True, eq=False)
class Triangles:
    """A mesh of triangles.

    Attributes
    ----------
    points : ndarray, shape (points, 2)
        Corners.
    corners : ndarray of int, shape (triangles, 3)
        Numbers of each triangle's corners, counter-clockwise.
    ends : dict of ndarray of int, shape (edges, 2)
        Numbers of the corners of the edges of each end.
    text : str
        In MSH, as it was read.
    """

    points: NDArray[np.float64]
    corners: NDArray[np.int64]
    ends: dict[str, NDArray[np.int64]]
    text: str = ""

    def scaled(self, unit: float) -> Triangles:
        """The mesh with its lengths multiplied."""
        return replace(self, points=self.points * unit)

    @property
    def digest(self) -> str:
        """Digest of the text, which identifies the mesh."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def count(self) -> int:
        """Number of triangles."""
        return len(self.corners)

    @property
    def size(self) -> tuple[float, float]:
        """Sides of the rectangle around it."""
        x, y = np.ptp(self.points, axis=0)
        return float(x), float(y)

    @cached_property
    def centres(self) -> NDArray[np.float64]:
        """Centres of the triangles, shape (triangles, 2)."""
        return self.points[self.corners].mean(axis=1)

    @cached_property
    def areas(self) -> NDArray[np.float64]:
        """Areas of the triangles."""
        return _areas(self.points, self.corners)

    @cached_property
    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Corners of every edge, shape (edges, 2); the numbers of each triangle's edges, shape (triangles, 3)."""
        each = np.sort(self.corners[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        edges, of_triangles = np.unique(each, axis=0, return_inverse=True)
        return edges, of_triangles.reshape(-1, 3)

    def edges_at(self, end: str) -> NDArray[np.int64]:
        """Numbers of the edges of an end."""
        return _numbers(self.edges[0], self.ends[end])

    def length(self, end: str) -> float:
        """Length of an end along its edges."""
        a, b = np.moveaxis(self.points[self.ends[end]], 1, 0)
        return float(np.sum(np.hypot(*(b - a).T)))

    def distance(self, points, end: str = "bottom") -> NDArray[np.float64]:
        """Shortest distance of points, shape (…, 2), from an end, shape (…)."""
        points = np.asarray(points, float)
        nearest = np.full(points.shape[:-1], np.inf)
        for a, b in self.points[self.ends[end]]:
            along = b - a
            t = np.clip((points - a) @ along / (along @ along), 0.0, 1.0)
            np.minimum(nearest, np.hypot(*np.moveaxis(points - a - t[..., None] * along, -1, 0)), out=nearest)
        return nearest

    @cached_property
    def heights(self) -> NDArray[np.float64]:
        """Distance of the triangles' centres from the bottom."""
        return self.distance(self.centres)

    @cached_property
    def gap(self) -> float:
        """Shortest distance from the bottom to the top."""
        bottom, top = (self.points[np.unique(self.ends[end])] for end in ENDS)
        return float(min(self.distance(top, "bottom").min(), self.distance(bottom, "top").min()))

    def coarsest(self, height: float) -> float:
        """Side of the square as large as the largest triangle up to a distance from the bottom."""
        near = self.heights <= max(height, float(self.heights.min()))
        return float(np.sqrt(self.areas[near].max()))


def read_triangles(path) -> Triangles:
    """Mesh of a geometry or mesh of Gmsh, with its physical curves ``bottom`` and ``top``.

    Parameters
    ----------
    path : path
        ``.geo``, which Gmsh must be installed for, or ``.msh`` (version 4.1 or 2.2, ASCII).

    Raises
    ------
    PhasefieldError
        As for :func:`phasefield.mesh.gmsh.mesh_text` and :func:`phasefield.mesh.msh.parse`; not a mesh of triangles
        in the plane; an end is missing, or lies inside.
    """
    return parsed(mesh_text(path))


def parsed(text: str) -> Triangles:
    """The same of a text in MSH."""
    mesh = msh.parse(text)
    lines = [(mesh.names.get(group, ""), pair) for group, *pair in mesh.edges]
    found = sorted({name for name, _ in lines if name})
    for end in ENDS:
        if end not in found:
            near = difflib.get_close_matches(end, found, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            there = f"but {', '.join(found)}" if found else "and no other"
            raise PhasefieldError(f"the mesh has no physical curve {end!r}, {there}{hint}", code="bad-mesh")
    nodes, corners = mesh.nodes, mesh.triangles
    used, corners = np.unique(corners, return_inverse=True)  # Gmsh's numbers of corners that triangles have
    place = {int(n): k for k, n in enumerate(used)}
    try:
        points = np.array([nodes[int(n)] for n in used])
        ends = {end: np.array([[place[n] for n in pair] for name, pair in lines if name == end]) for end in ENDS}
    except KeyError as missing:
        message = f"the mesh has no node {missing.args[0]}, which a triangle uses"
        raise PhasefieldError(message, code="bad-mesh") from None
    if np.ptp(points[:, 2]) > 1e-9 * np.ptp(points):
        raise PhasefieldError("the mesh must lie in the plane of x and y", code="bad-mesh")
    made = Triangles(points[:, :2].copy(), _counter_clockwise(points, corners.reshape(-1, 3)), ends, text)
    if made.areas.min() <= 1e-12 * made.areas.max():
        raise PhasefieldError("the mesh has triangles without area", code="bad-mesh")
    edges, of_triangles = made.edges
    shared = np.bincount(of_triangles.ravel())
    if shared.max() > 2:
        raise PhasefieldError("the mesh has triangles that overlap: three of them share an edge", code="bad-mesh")
    outer = shared == 1
    for end in ENDS:
        at = _numbers(edges, ends[end])
        if np.any(at < 0) or not np.all(outer[at]):
            message = f"the physical curve {end!r} does not lie on the boundary of the mesh"
            raise PhasefieldError(message, code="bad-mesh")
    return made


def _areas(points, corners):
    a, b, c = np.moveaxis(points[corners][..., :2], 1, 0)
    return 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


def _counter_clockwise(points, corners):
    return np.where((_areas(points, corners) < 0)[:, None], corners[:, ::-1], corners)


def _numbers(edges, wanted):
    """Places of some edges among all; −1 for those that are not there."""
    place = {tuple(edge): k for k, edge in enumerate(edges.tolist())}
    return np.array([place.get(tuple(sorted(edge)), -1) for edge in wanted.tolist()])

"""Measurements of a deposit on triangles: the line ξ = ½, its distance from the electrode, its connections.

Pure functions of ξ in the triangles; lengths are in the unit of the mesh. For boxes, see
`phasefield.physics.common.diagnostics`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from phasefield.mesh.triangles import Triangles

#: ξ is taken to be at least this far from 0 and 1, so that its inverse profile is finite.
LEAST = 1e-12


@dataclass(frozen=True)
class Surface:
    """Pieces of the line ξ = ½.

    Attributes
    ----------
    lengths, heights : ndarray, shape (pieces,)
        Length of each piece, and distance of its middle from the electrode.
    """

    lengths: NDArray[np.float64]
    heights: NDArray[np.float64]

    @property
    def area(self) -> float:
        """Length of the whole line; 0 without lithium."""
        return float(np.sum(self.lengths))

    @property
    def highest(self) -> float:
        """Largest distance from the electrode; 0 without lithium."""
        return float(self.heights.max(initial=0.0))

    @property
    def lowest(self) -> float:
        """Smallest distance from the electrode; 0 without lithium."""
        return float(self.heights.min()) if len(self.heights) else 0.0

    @property
    def roughness(self) -> float:
        """Standard deviation of the distance along the line; 0 without lithium."""
        if self.area == 0:
            return 0.0
        mean = np.average(self.heights, weights=self.lengths)
        return float(np.sqrt(np.average((self.heights - mean) ** 2, weights=self.lengths)))


class Deposit:
    """Measures lithium on a mesh.

    Parameters
    ----------
    triangles : Triangles
    """

    def __init__(self, triangles: Triangles):
        self.triangles = triangles
        touching = _belonging(triangles.corners)
        self._to_corners = touching.multiply(1 / touching.sum(axis=1)).tocsr()  # means over the triangles at a corner
        self._heights = self._to_corners @ triangles.heights
        self._faces = _belonging(triangles.edges[1])
        self._ends = [np.flatnonzero(self._faces[triangles.edges_at(end)].sum(axis=0)) for end in ("bottom", "top")]

    def surface(self, xi) -> Surface:
        """The line ξ = ½.

        ξ is taken to be a tanh across it, so that the inverse profile ln(ξ/(1 − ξ)) is interpolated linearly, together
        with the distance from the electrode: exact for a flat front.

        Parameters
        ----------
        xi : ndarray, shape (triangles,)
        """
        inside = np.clip(xi, LEAST, 1 - LEAST)
        logit = self._to_corners @ np.log(inside / (1 - inside))
        corners = self.triangles.corners
        above = logit[corners] > 0
        cut = (above.sum(axis=1) % 3) != 0
        corners, above = corners[cut], above[cut]
        alone = np.argmax(above == (above.sum(axis=1) == 1)[:, None], axis=1)  # the corner on its own side of the line
        rows = np.arange(len(corners))
        apex = corners[rows, alone]
        places, heights = [], []
        for step in (1, 2):
            other = corners[rows, (alone + step) % 3]
            t = logit[apex] / (logit[apex] - logit[other])
            points = self.triangles.points
            places.append(points[apex] + t[:, None] * (points[other] - points[apex]))
            heights.append(self._heights[apex] + t * (self._heights[other] - self._heights[apex]))
        return Surface(np.hypot(*(places[1] - places[0]).T), 0.5 * (heights[0] + heights[1]))

    def largest_beyond(self, xi, height: float) -> float:
        """Largest ξ further than a distance from the electrode: spurious lithium."""
        return float(xi[self.triangles.heights > height].max(initial=0.0))

    def connects(self, xi) -> bool:
        """Whether lithium (ξ ≥ ½) connects the bottom to the top."""
        metal = xi >= 0.5
        bottom, top = (cells[metal[cells]] for cells in self._ends)
        if not len(bottom) or not len(top):
            return False
        faces = self._faces.multiply(metal).tocsr()
        _, label = connected_components(faces.T @ faces, directed=False)
        return bool(np.intersect1d(label[bottom], label[top]).size)


def _belonging(parts):
    """1 where a corner, or an edge (row), is one of a triangle's (column), from their numbers for each triangle."""
    of = np.repeat(np.arange(len(parts)), 3)
    return csr_matrix((np.ones(parts.size), (parts.ravel(), of)))

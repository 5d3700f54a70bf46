"""Reference engine on any FiPy mesh, mainly triangles from Gmsh, on one rank."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import fipy
import numpy as np
from fipy import FaceVariable
from fipy.meshes.mesh2D import Mesh2D
from mpi4py import MPI
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from phasefield.engines.fipy import FipyEngine
from phasefield.engines.state import EVERYWHERE
from phasefield.errors import PhasefieldError, RunError
from phasefield.mesh.triangles import ENDS, Triangles


class CellList:
    """Replaces a box: all cells of a mesh, in the mesh's order; at an end, its cells in the order of its faces.

    Attributes
    ----------
    shape, owned_shape, ghosted_shape : tuple of int
    ghosted : tuple of (int, int)
    inner : tuple of slice
    """

    periodic = ""
    faces = dict.fromkeys(ENDS, (0, 0))

    def __init__(self, mesh):
        self._mesh = mesh
        self.shape = self.owned_shape = self.ghosted_shape = (mesh.numberOfCells,)
        self.ghosted, self.inner = ((0, mesh.numberOfCells),), (slice(None),)
        self._end_faces = {end: np.flatnonzero(mesh.physicalFaces[end].value) for end in ENDS}
        self._end_cells = {end: np.asarray(mesh.faceCellIDs[0])[at] for end, at in self._end_faces.items()}

    def slabs(self) -> list[slice]:
        """All cells at once: meshes are small."""
        return [slice(None)]

    def own(self, values):
        """The values of all cells."""
        return values

    def touches(self, face: str) -> bool:
        """True: the only rank has both ends."""
        return True

    def centres(self) -> list[np.ndarray]:
        """Coordinates of the cells' centres, x first."""
        return [np.asarray(x) for x in self._mesh.cellCenters.value]

    coordinates = centres

    def end_shape(self, face: str) -> tuple[int, ...]:
        """Shape of an array over the cells at an end."""
        return self._end_faces[face].shape

    def at_end(self, face: str, owned: bool = False) -> tuple[np.ndarray]:
        """Indices of the cells at an end in an array of all cells."""
        return (self._end_cells[face],)

    def end_width(self, face: str) -> np.ndarray:
        """Twice the distance from the centres of the cells at an end to their faces there."""
        faces = self._end_faces[face]
        away = np.asarray(self._mesh.faceCenters.value)[:, faces] - np.stack(self.centres())[:, self._end_cells[face]]
        return 2 * np.sum(away * np.asarray(self._mesh.faceNormals)[:, faces], axis=0)

    def end_areas(self, face: str) -> np.ndarray:
        """Areas of the faces at an end; lengths in 2-D."""
        return np.asarray(self._mesh._faceAreas)[self._end_faces[face]]


class CellGrid:
    """Replaces a grid: the cells of a mesh and their volumes.

    Attributes
    ----------
    box : CellList
    comm : MPI.Comm
    parts : list of list of int
    """

    def __init__(self, mesh):
        self.box, self.comm, self.parts = CellList(mesh), MPI.COMM_WORLD, [[mesh.numberOfCells]]
        self._volumes, self._top = np.asarray(mesh.cellVolumes), float(np.sum(self.box.end_areas("top")))
        self._sides = np.asarray(mesh.faceCellIDs)[:, np.asarray(mesh.interiorFaces.value)]

    def renew(self, held) -> None:
        """Does nothing: there are no ghost cells."""

    def in_order(self, owned) -> tuple[int, np.ndarray]:
        """The whole array, and the number of its first cell."""
        return 0, np.ascontiguousarray(owned)

    def integral(self, values) -> float:
        """Integral over the mesh of cell values, per area of the top."""
        return float(np.sum(values * self._volumes)) / self._top

    def integrals(self, of: Callable[[slice], Sequence[np.ndarray]]) -> np.ndarray:
        """As `phasefield.engines.grid.Grid.integrals`."""
        return np.array([self.integral(values) for values in of(slice(None))])

    @property
    def finest(self) -> float:
        """Square root of the smallest area of a cell."""
        return float(np.sqrt(self._volumes.min()))

    def sums(self, values, groups, number: int) -> np.ndarray:
        """As `phasefield.engines.grid.Grid.sums`."""
        return np.bincount(groups, values * self._volumes, number + 1)[1:]

    def pieces(self, mask) -> np.ndarray:
        """As `phasefield.engines.grid.Grid.pieces`."""
        one, other = self._sides[:, np.all(mask[self._sides], axis=0)]
        links = coo_array((np.ones(len(one)), (one, other)), (len(mask), len(mask)))
        _, parts = connected_components(links, directed=False)
        reached = np.unique(parts[self.box.at_end("bottom")])
        apart = mask & ~np.isin(parts, reached)
        names, first = np.unique(parts[apart], return_index=True)
        places = np.zeros(len(mask), int)
        places[names[np.argsort(first)]] = 1 + np.arange(len(names))
        return np.where(apart, places[parts], 0)

    def spread(self, labels, mask, times: int) -> np.ndarray:
        """As `phasefield.engines.grid.Grid.spread`."""
        found = np.where(mask, labels, -1)
        for _ in range(times):
            before = found.copy()
            for here, there in (self._sides, self._sides[::-1]):
                at = (found[here] < 0) & (before[there] >= 0)
                found[here[at]] = before[there[at]]
        return np.maximum(found, 0)

    def mean_at(self, face: str, values: Callable[[], np.ndarray]) -> float:
        """Mean over an end of values at its faces."""
        areas = self.box.end_areas(face)
        return float(np.sum(values() * areas) / np.sum(areas))


class MeshEngine(FipyEngine):
    """FiPy's equations on a mesh of any kind, solved as :class:`phasefield.engines.fipy.FipyEngine` does.

    The ends that boundary conditions name are the mesh's physical faces ``bottom`` and ``top``, of any shape; all other
    faces are mirrors. ``owned`` gives one number for each cell, in the mesh's order.

    Parameters
    ----------
    model : Model
    mesh : fipy.meshes.Mesh
        With ``physicalFaces`` of these names, as :func:`fipy_mesh` and FiPy's own readers of Gmsh make it.
    profile, max_newton, order
        As for :class:`phasefield.engines.stepping.NewtonEngine`.

    Raises
    ------
    RunError
        Several ranks.
    PhasefieldError
        No such ends; a periodic model.
    """

    def __init__(self, model, mesh, profile: str = "default", max_newton: int = 12, order: int = 1):
        if MPI.COMM_WORLD.size > 1:
            raise RunError(f"a mesh of triangles can be used on one rank only, not on {MPI.COMM_WORLD.size}")
        if model.periodic:
            raise PhasefieldError(
                f"{type(model).__name__} is periodic along {model.periodic}, which a mesh does not support"
            )
        if missing := [end for end in ENDS if end not in mesh.physicalFaces]:
            found = ", ".join(sorted(mesh.physicalFaces))
            raise PhasefieldError(f"the mesh has no physical faces {missing[0]!r}, but {found}")
        ends = {end: mesh.physicalFaces[end] for end in ENDS}
        self._prepare(model, mesh, CellGrid(mesh), ends, profile, max_newton, order)

    def gradient(self, name, layers=EVERYWHERE):
        self.show()
        return np.array(getattr(self.v, name).grad.value[:, layers])

    def gradient_flux(self, name):
        raise PhasefieldError("the faces of an unstructured mesh have no axes")

    def end_flux(self, name, face):
        self.show()
        at, upward = np.flatnonzero(self._ends[face].value), 1.0 if face == "top" else -1.0
        through = np.asarray(self._gradient_fluxes[name].value)[:, at] * np.asarray(self.mesh.faceNormals)[:, at]
        return upward * np.sum(through, axis=0)

    def cell_flux(self, name):
        """Flux from the fluxes through each cell's faces, Σ (F·n) A (x_face − x_cell)/V: exact for a uniform flux."""
        self.show()
        mesh, total = self.mesh, np.array(self._gradient_fluxes[name].value)
        normals, areas = np.asarray(mesh.faceNormals), np.asarray(mesh._faceAreas)
        through = np.sum(total * normals, axis=0)
        for end in ENDS:
            through[np.flatnonzero(self._ends[end].value)] += self.conditions.entering(name, end)
        out, centres = np.zeros((mesh.dim, mesh.numberOfCells)), np.stack(self.box.centres())
        sides = np.ma.filled(mesh.faceCellIDs, -1)  # cells on either side of each face; normals leave the first
        for side, sign in zip(sides, (1.0, -1.0), strict=True):
            there = np.flatnonzero(side >= 0)
            arm = np.asarray(mesh.faceCenters.value)[:, there] - centres[:, side[there]]
            for axis in range(mesh.dim):
                weight = sign * through[there] * areas[there] * arm[axis]
                out[axis] += np.bincount(side[there], weight, mesh.numberOfCells)
        return list(out / np.asarray(mesh.cellVolumes))


def fipy_mesh(triangles: Triangles):
    """FiPy mesh of triangles, with its ends as ``physicalFaces``; cells keep the numbers of the triangles.

    Parameters
    ----------
    triangles : Triangles

    Returns
    -------
    fipy.meshes.mesh2D.Mesh2D
    """
    edges, of_triangles = triangles.edges
    mesh = Mesh2D(triangles.points.T, edges.T, of_triangles.T, communicator=fipy.tools.serialComm)
    mesh.physicalFaces = {}
    for end in ENDS:
        mask = np.zeros(len(edges), bool)
        mask[triangles.edges_at(end)] = True
        mesh.physicalFaces[end] = FaceVariable(mesh=mesh, value=mask)
    return mesh

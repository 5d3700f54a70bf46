"""Any FiPy mesh, Gmsh's above all: the reference engine without boxes, on one rank."""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import fipy
import numpy as np
from mpi4py import MPI

from phasefield.engines.fipy import FipyEngine
from phasefield.errors import PhasefieldError

#: Physical curves (in 2-D) or surfaces that a Gmsh geometry must have.
ENDS = ("bottom", "top")


class CellList:
    """What stands for a box: all cells of a mesh, in its own order.

    Attributes
    ----------
    shape, held_shape, owned_shape : tuple of int
    inner : tuple of slice
    """

    periodic = ""
    faces = dict.fromkeys(ENDS, (0, 0))

    def __init__(self, mesh):
        self._mesh = mesh
        self.shape = self.held_shape = self.owned_shape = (mesh.numberOfCells,)
        self.inner = (slice(None),)

    def own(self, values):
        """All of them."""
        return values

    def touches(self, face: str) -> bool:
        """This rank has both ends."""
        return True

    def coordinates(self) -> list[np.ndarray]:
        """Of the cells' centres, x first."""
        return [np.asarray(x) for x in self._mesh.cellCenters.value]

    def length(self, axis: int) -> float:
        """Volume over the area of the top: the mean height."""
        return float(np.sum(self._mesh.cellVolumes)) / end_area(self._mesh, "top")


class CellGrid:
    """What stands for a grid: the cells of a mesh and their volumes.

    Attributes
    ----------
    box : CellList
    comm : MPI.Comm
    """

    def __init__(self, mesh):
        self.box, self.comm, self._mesh = CellList(mesh), MPI.COMM_WORLD, mesh

    def renew(self, held) -> None:
        """Nothing is held of neighbours."""

    def integral(self, values) -> float:
        """Integral over the mesh of cell values, per area of the top."""
        return float(np.sum(values * self._mesh.cellVolumes)) / end_area(self._mesh, "top")


class MeshEngine(FipyEngine):
    """FiPy's equations on a mesh of any kind, solved as :class:`phasefield.engines.fipy.FipyEngine` does.

    The ends that boundary conditions name are the mesh's physical faces ``bottom`` and ``top``, of any shape; all other
    faces are mirrors. ``owned`` gives one number for each cell, in the mesh's order.

    Parameters
    ----------
    model : Model
    mesh : fipy.meshes.Mesh
        With ``physicalFaces`` of these names, as :func:`read_gmsh` gives it.
    profile, max_newton
        As for :class:`phasefield.engines.stepping.NewtonEngine`.

    Raises
    ------
    PhasefieldError
        Several ranks; no such ends; a periodic model, or a condition that differs along an end.
    """

    def __init__(self, model, mesh, profile: str = "default", max_newton: int = 12):
        if MPI.COMM_WORLD.size > 1:
            raise PhasefieldError("unstructured meshes are for one rank")
        if model.periodic:
            raise PhasefieldError(f"{type(model).__name__} is periodic along {model.periodic}, which no mesh says")
        missing = [end for end in ENDS if end not in mesh.physicalFaces]
        if missing:
            found = sorted(mesh.physicalFaces)
            near = difflib.get_close_matches(missing[0], found, 1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise PhasefieldError(f"the mesh has no physical faces {missing[0]!r}, but {', '.join(found)}{hint}")
        self._prepare(model, mesh, CellGrid(mesh), {end: mesh.physicalFaces[end] for end in ENDS}, profile, max_newton)

    def apply_boundaries(self):
        for b in self.model.boundaries(self.v):
            if callable(b.value) and not isinstance(b.value, fipy.Variable):
                raise PhasefieldError(f"the {b.kind} of {b.field} at the {b.face} differs along it: not on a mesh")
        super().apply_boundaries()

    def boundary_flux(self, name, face):
        """Mean flux into a field's equation through an end."""
        self.show()
        at, normals = np.flatnonzero(self._ends[face].value), np.asarray(self.mesh.faceNormals)
        through = np.sum(self._gradient_fluxes[name].value * normals, axis=0)[at]
        areas = np.asarray(self.mesh._faceAreas)[at]
        return float(np.sum(through * areas) / np.sum(areas)) + float(self.conditions.entering(name, face))

    def gradient_flux(self, name):
        raise PhasefieldError("the faces of an unstructured mesh have no axes")


def end_area(mesh, end: str) -> float:
    """Area of an end; length in 2-D."""
    return float(np.sum(np.asarray(mesh._faceAreas)[mesh.physicalFaces[end].value]))


def find_gmsh() -> tuple[str, str | None]:
    """Where programs are looked for, this interpreter's own directory first; and Gmsh, if it is there."""
    places = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
    return places, shutil.which("gmsh", path=places)


def read_gmsh(path, dimension: int = 2):
    """Mesh of a Gmsh geometry (``.geo``) or mesh (``.msh``, version 2).

    Parameters
    ----------
    path : path
    dimension : int
        Of the cells, 2 or 3.

    Returns
    -------
    fipy.meshes.Mesh

    Raises
    ------
    PhasefieldError
        No such file; Gmsh is not installed, or finds a fault in the file.
    """
    path = Path(path)
    if not path.is_file():
        raise PhasefieldError(f"no such geometry: {path}")
    places, program = find_gmsh()
    if program is None:
        ways = "pip install phasefield-li[mesh], or apt install gmsh"
        raise PhasefieldError(f"{path.name} needs Gmsh, which is not installed: {ways}")
    with tempfile.TemporaryDirectory() as directory:
        mesh = path
        if path.suffix != ".msh":
            mesh = Path(directory) / "mesh.msh"
            command = [program, path, f"-{dimension}", "-format", "msh2", "-o", mesh]
            done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PATH": places})
            faults = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]
            if done.returncode or faults or not mesh.exists():
                raise PhasefieldError(f"Gmsh cannot mesh {path.name}: {faults[0] if faults else done.stderr.strip()}")
        return _with_path(places, {2: fipy.Gmsh2D, 3: fipy.Gmsh3D}[dimension], str(mesh))


def _with_path(places: str, read, mesh: str):
    """FiPy asks the program for its version, even to read a file."""
    before = os.environ.get("PATH")
    os.environ["PATH"] = places
    try:
        return read(mesh)
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before

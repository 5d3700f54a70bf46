"""FiPy's structured meshes: cut into slabs for the FiPy engine, or on one rank."""

from __future__ import annotations

from types import SimpleNamespace

import fipy
import numpy as np
from fipy import CellVariable
from fipy.tools import serialComm
from mpi4py import MPI

from phasefield.engines.grid import GHOSTS, Grid, require_axes, require_countable
from phasefield.errors import PhasefieldError

_GRIDS = {1: fipy.Grid1D, 2: fipy.Grid2D, 3: fipy.Grid3D}
#: FiPy's names of a box's faces, by the number of axes.
_FACES = {
    1: {"bottom": "Left", "top": "Right"},
    2: {"bottom": "Bottom", "top": "Top", "left": "Left", "right": "Right"},
    3: {"bottom": "Front", "top": "Back", "left": "Left", "right": "Right", "front": "Bottom", "back": "Top"},
}


def make_mesh(shape, spacing, fields: int = 1, periodic: str = ""):
    """FiPy grid on all ranks, and this rank's part of it; FiPy cuts along the last axis only. Collective.

    Parameters
    ----------
    shape : sequence of int
        Cells along x, (y, (z)).
    spacing : sequence of float or array
        Cell size along each axis, or that of each cell.
    fields : int
        Number of unknowns per cell.
    periodic : str
        Periodic axes, a part of ``"xyz"``; not the last one on several ranks.

    Returns
    -------
    mesh : fipy.meshes.Mesh
    grid : Grid

    Raises
    ------
    PhasefieldError
        More ranks than layers over `GHOSTS`: FiPy would leave the rest idle, and its ghosts would overlap. Or more
        unknowns than PETSc's integers can count.
    """
    require_countable(shape, fields)
    require_axes(periodic, len(shape))
    ranks = fipy.tools.parallelComm.Nproc
    if ranks > 1 and shape[-1] < GHOSTS * ranks:
        raise PhasefieldError(
            f"{ranks} ranks cannot share {shape[-1]} layers of cells along the height: FiPy needs at "
            f"least {GHOSTS} for each, so use at most {shape[-1] // GHOSTS} ranks or more cells"
        )
    if ranks > 1 and "xyz"[len(shape) - 1] in periodic:
        raise PhasefieldError("the FiPy engine cannot cut a periodic axis: use one rank, or the compiled engine")
    mesh = _grid_class(len(shape), periodic)(**_sizes(shape, spacing), overlap=GHOSTS)
    layers = len(mesh._globalNonOverlappingCellIDs) // int(np.prod(shape[:-1]))
    parts = [[int(n)] for n in shape[:-1]] + [MPI.COMM_WORLD.allgather(layers)]
    return mesh, Grid(shape, spacing, MPI.COMM_WORLD, fields, parts)


def _grid_class(dim: int, periodic: str):
    sides = {"x": "LeftRight", "y": "TopBottom", "z": "FrontBack"}
    closed = [name for axis, name in sides.items() if axis in periodic]
    if not closed:
        return _GRIDS[dim]
    return getattr(fipy, f"PeriodicGrid{dim}D" + ("" if len(closed) == dim else "".join(closed)))


def local_mesh(shape, spacing):
    """FiPy grid of this rank alone."""
    return _GRIDS[len(shape)](**_sizes(shape, spacing), communicator=serialComm)


def declared_variables(model, mesh, values) -> SimpleNamespace:
    """FiPy variables of a model's fields, static fields and auxiliaries on a mesh.

    Parameters
    ----------
    model : Model
    mesh : fipy.meshes.Mesh
    values : callable
        ``values(name) -> ndarray``, one value for each cell.
    """
    v = SimpleNamespace(inflow=SimpleNamespace(), mesh=mesh)
    for f in model.fields:
        setattr(v, f.name, CellVariable(mesh=mesh, name=f.name, value=values(f.name).ravel(), hasOld=True))
    for s in (*model.static, *model.auxiliary):
        setattr(v, s.name, CellVariable(mesh=mesh, name=s.name, value=values(s.name).ravel()))
    return v


def on_layers(state, first: int, stop: int) -> SimpleNamespace:
    """FiPy variables of the present state in some layers of the cells that this rank holds, for measurements.

    Parameters
    ----------
    state : State
    first, stop : int
        Layers of the whole grid, counted along the last axis.
    """
    below = state.box.ghosted[-1][0]
    mesh = local_mesh((*state.box.ghosted_shape[:0:-1], stop - first), state.box.sizes)
    return declared_variables(state.model, mesh, lambda name: state.ghosted(name)[first - below : stop - below])


def show_layers(v, state, first: int, stop: int) -> None:
    """Copy the present state into variables made by :func:`on_layers`; expressions of what is the same stay valid."""
    below = state.box.ghosted[-1][0]
    for name in (*state.now, *state.fixed, *state.auxiliary):
        variable, values = getattr(v, name), state.ghosted(name)[first - below : stop - below].ravel()
        if not np.array_equal(variable.value, values):
            variable.setValue(values)


def end_faces(mesh, face: str):
    """Mask of the mesh's faces on a face of the box, a FiPy variable."""
    return getattr(mesh, f"faces{_FACES[mesh.dim][face]}")


def faces_across(mesh, axis: int) -> slice:
    """Slice of the faces across an axis in FiPy's numbering, which begins with the last axis."""
    shape = mesh.shape
    counts = [int(np.prod(shape)) // n * (n + 1) for n in shape]
    start = sum(counts[axis + 1 :])
    return slice(start, start + counts[axis])


def face_array(mesh, values, axis: int):
    """Values on the faces across an axis, from FiPy's on all faces: axes (last, …, x)."""
    shape = [n + (d == axis) for d, n in enumerate(mesh.shape)]
    return np.asarray(values)[faces_across(mesh, axis)].reshape(shape[::-1])


def _sizes(shape, spacing):
    axes = "xyz"[: len(shape)]
    sizes = {f"n{a}": int(n) for a, n in zip(axes, shape, strict=True)}
    return sizes | {f"d{a}": h for a, h in zip(axes, spacing, strict=True)}

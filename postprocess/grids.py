"""Preparation of snapshots for pictures: VTK grids, coarser copies of large fields, currents at the surface."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt, label

from phasefield.io.rundir import MeshSnapshot, Snapshot
from phasefield.postprocess.headless import pyvista

AHEAD_OF_FRONT = 0.05


def to_pyvista(
    snapshot: Snapshot | MeshSnapshot,
) -> pyvista.ImageData | pyvista.RectilinearGrid | pyvista.UnstructuredGrid:
    """The snapshot as a VTK grid with one cell per cell of the run: an image if the cells are equal.

    Parameters
    ----------
    snapshot : Snapshot or MeshSnapshot

    Returns
    -------
    pyvista.ImageData, pyvista.RectilinearGrid or pyvista.UnstructuredGrid
        Lengths in micrometres, every field as cell data, missing axes one cell thick. The time [s] is field
        data called ``TimeValue``.
    """
    grid = _triangles(snapshot) if isinstance(snapshot, MeshSnapshot) else _box(snapshot)
    for name, values in snapshot.fields.items():
        grid.cell_data[name] = values.ravel(order="F")
    grid.field_data["TimeValue"] = [snapshot.time]
    return grid


def _triangles(snapshot: MeshSnapshot) -> pyvista.UnstructuredGrid:
    points = np.column_stack([snapshot.points, np.zeros(len(snapshot.points))])
    return pyvista.UnstructuredGrid({pyvista.CellType.TRIANGLE: snapshot.corners}, points)


def _box(snapshot: Snapshot) -> pyvista.ImageData | pyvista.RectilinearGrid:
    missing = 3 - snapshot.dimension
    if snapshot.heights is not None:
        lateral = zip(snapshot.origin[:-1], snapshot.spacing[:-1], snapshot.shape[:-1], strict=True)
        ends = [low + step * np.arange(n + 1) for low, step, n in lateral]
        return pyvista.RectilinearGrid(*ends, snapshot.heights, *[np.array([0.0, 1.0])] * missing)
    return pyvista.ImageData(
        dimensions=tuple(n + 1 for n in snapshot.shape) + (2,) * missing,
        spacing=snapshot.spacing + (1.0,) * missing,
        origin=snapshot.origin + (0.0,) * missing,
    )


def coarsened(snapshot: Snapshot, limit: int) -> Snapshot:
    """The snapshot averaged over blocks of cells until it is small enough to draw.

    The last cells along an axis that do not fill a block are omitted.

    Parameters
    ----------
    snapshot : Snapshot
    limit : int
        Largest number of cells.

    Returns
    -------
    Snapshot
        The same object if it is small enough.
    """
    cells = np.prod(snapshot.shape)
    if cells <= limit:
        return snapshot
    block = int(np.ceil((cells / limit) ** (1 / snapshot.dimension)))
    return Snapshot(
        time=snapshot.time,
        origin=snapshot.origin,
        spacing=tuple(block * step for step in snapshot.spacing),
        fields={name: _block_means(values, block) for name, values in snapshot.fields.items()},
    )


def _block_means(values: np.ndarray, block: int) -> np.ndarray:
    whole = values[tuple(slice(n // block * block) for n in values.shape)]
    split = whole.reshape([m for n in whole.shape for m in (n // block, block)])
    return split.mean(axis=tuple(range(1, split.ndim, 2)))


def size_of(snapshot: Snapshot) -> tuple[float, ...]:
    """Sides of the box [µm]."""
    return tuple(n * step for n, step in zip(snapshot.shape, snapshot.spacing, strict=True))


def to_rim(snapshot: Snapshot, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A field of a two-dimensional run continued to the rim of its box, for contours.

    Returns
    -------
    x, y : array of float [µm]
    values : array of float
        Rows along y.
    """
    x, y = (
        np.concatenate([[low], snapshot.centres(axis), [low + side]])
        for axis, (low, side) in enumerate(zip(snapshot.origin, size_of(snapshot), strict=True))
    )
    return x, y, np.pad(snapshot[name], 1, mode="edge").T


def isolated(xi: np.ndarray) -> np.ndarray:
    """Cells of lithium (ξ > ½) that the bottom of the box does not reach, array of bool; axes (x, …, height)."""
    pieces, _ = label(xi > 0.5)
    return (pieces > 0) & ~np.isin(pieces, pieces[..., 0])


def carried_to_surface(values: np.ndarray, xi: np.ndarray) -> np.ndarray:
    """Values of the electrolyte continued into the lithium from the nearest cell just ahead of the front.

    Inside the diffuse interface the ionic current decreases to zero; the current at the surface of the metal is the
    value ahead of the interface.

    Parameters
    ----------
    values : array of float
    xi : array of float [1]
        Order parameter on the same cells.

    Returns
    -------
    array of float
    """
    electrolyte = xi < AHEAD_OF_FRONT
    if not electrolyte.any():
        return values
    nearest = distance_transform_edt(~electrolyte, return_distances=False, return_indices=True)
    return values[tuple(nearest)]

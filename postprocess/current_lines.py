"""Lines of ionic current in two dimensions, traced by VTK on the cells or triangles of a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from phasefield.io.rundir import MeshSnapshot, Snapshot
from phasefield.postprocess.grids import to_pyvista
from phasefield.postprocess.headless import pyvista

LINES = 16
WHITE = (1, 1, 1, 0.75)
#: Parts of the picture's diagonal: distance of the lines' starts from the counter electrode, and least height of the
#: lines that get an arrow.
BEGIN, ARROW = 0.001, 0.15
#: Length of an arrow-head [inch]; the line serves as its shaft.
HEAD = 0.045


def draw_current_lines(axes: Axes, snapshot: Snapshot | MeshSnapshot, barred: np.ndarray) -> None:
    """Draw lines of ionic current, with evenly spaced starts under the counter electrode and arrow-heads half-way.

    Parameters
    ----------
    axes : Axes
    snapshot : Snapshot or MeshSnapshot
        Snapshot with the fields ``ix`` and ``iy``.
    barred : array of bool
        Cells that no line enters, such as those of metal.
    """
    grid = to_pyvista(replace(snapshot, fields={name: snapshot[name] for name in ("ix", "iy")}))
    free = ~barred.ravel(order="F")
    if not free.any():
        return
    grid.cell_data["flow"] = np.column_stack([np.where(free, grid[name], 0.0) for name in ("ix", "iy")] + [0 * free])
    grid.cell_data["free"] = free.astype(float)
    top = _highest(snapshot, ~barred) - BEGIN * grid.length
    x0, x1, *_ = grid.bounds
    begin = x0 + (x1 - x0) * (np.arange(LINES) + 0.5) / LINES
    seeds = pyvista.PolyData(np.column_stack([begin, np.full_like(begin, top), np.full_like(begin, grid.center[2])]))
    traced = grid.cell_data_to_point_data().streamlines_from_source(
        seeds, vectors="flow", max_length=4 * grid.length, max_step_length=0.5, terminal_speed=0.0,
        surface_streamlines=isinstance(snapshot, MeshSnapshot),
    )  # fmt: skip
    pieces, heads = [], []
    for k in range(traced.n_cells):
        line = np.array(traced.get_cell(k).point_ids)
        line = line[traced["free"][line] > 0.5]
        if len(line) < 2:
            continue
        places = traced.points[line, :2]
        pieces.append(places)
        if np.ptp(places[:, 1]) > ARROW * grid.length:
            heads.append(_half_way(places, traced["flow"][line, :2]))
    axes.add_collection(LineCollection(pieces, colors=[WHITE], linewidths=0.55, capstyle="round", zorder=2))
    if heads:
        x, y, along, up = np.transpose(heads)
        axes.quiver(
            x, y, along, up, color=[WHITE], zorder=2, angles="xy", pivot="mid", units="inches", scale_units="inches",
            scale=1, width=HEAD / 3, headwidth=3, headlength=3, headaxislength=3, minlength=0,
        )  # fmt: skip


def _highest(snapshot: Snapshot | MeshSnapshot, cells: np.ndarray) -> float:
    """Upper end of the highest of some cells [µm]."""
    if isinstance(snapshot, MeshSnapshot):
        return float(snapshot.points[snapshot.corners[cells], 1].max())
    row = np.flatnonzero(cells.any(axis=0))[-1]
    side = snapshot.spacing[1] if snapshot.heights is None else snapshot.heights[row + 1] - snapshot.heights[row]
    return float(snapshot.centres(1)[row] + side / 2)


def _half_way(places: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Middle of a line, and an arrow as long as its head along the flow there."""
    way = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1)))
    x, y, *along = (np.interp(way[-1] / 2, way, part) for part in (*places.T, *flow.T))
    return np.array([x, y, *HEAD * np.array(along) / np.hypot(*along)])

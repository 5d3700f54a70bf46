"""Two-dimensional runs on a mesh: lithium on an electrode of any shape, drawn on the triangles of the run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.path import Path as Outline
from matplotlib.tri import Triangulation
from scipy.spatial import cKDTree

from phasefield.io.rundir import MeshSnapshot, Run
from phasefield.postprocess import style
from phasefield.postprocess.current_lines import draw_current_lines
from phasefield.postprocess.grids import AHEAD_OF_FRONT, to_pyvista
from phasefield.postprocess.phases import KEY, phase_key
from phasefield.postprocess.plane import BODY, INSIDE_METAL, SHADE, panels_of
from phasefield.postprocess.sheet import Scale, fitted_scale


def draw_mesh_plane(
    runs: Sequence[Run], snapshots: Sequence[Sequence[int]], colour: str, scale: Scale
) -> Figure:
    """Draw two-dimensional runs on meshes side by side; parameters as of `draw_plane`."""
    size = tuple(np.ptp(runs[0].snapshot(0).points, axis=0))

    def panel(axes: Axes, snapshot: MeshSnapshot) -> None:
        draw_mesh_panel(axes, snapshot, colour, scale)

    sheet = panels_of(runs, snapshots, size, panel, colour, scale, foot=KEY)
    colours = {"electrode": style.ELECTRODE, "lithium": style.LITHIUM}
    phase_key(sheet, list(colours), colours)
    return sheet.figure


def mesh_plane_scale(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], colour: str) -> Scale:
    """Colour scale that fits the electrolyte in all the snapshots given."""
    shown = (run.snapshot(index) for run, indices in zip(runs, snapshots, strict=True) for index in set(indices))
    return fitted_scale(colour, (_shown(snapshot, colour)[snapshot["xi"] < 0.5] for snapshot in shown))


def draw_mesh_panel(axes: Axes, snapshot: MeshSnapshot, colour: str, scale: Scale) -> None:
    """Draw one state: the electrode, the lithium, and the electrolyte coloured by a field with lines of current."""
    grid = to_pyvista(snapshot)
    grid.cell_data["shown"] = _shown(snapshot, colour)
    corners = grid.cell_data_to_point_data()  # fields at the corners of the triangles
    mesh = Triangulation(*snapshot.points.T, snapshot.corners)
    (x0, y0), (x1, y1) = snapshot.points.min(axis=0), snapshot.points.max(axis=0)
    axes.set(xlim=(x0, x1), ylim=(y0, y1), facecolor=style.ELECTRODE)
    axes.tripcolor(
        mesh, corners["shown"], shading="gouraud", cmap=style.QUANTITIES[colour].colours, norm=scale, rasterized=True
    )
    draw_current_lines(axes, snapshot, snapshot["xi"] > INSIDE_METAL)
    _lithium(axes, mesh, corners["xi"], x1 - x0)
    axes.tricontour(mesh, corners["xi"], levels=[0.5], colors=[style.LITHIUM_EDGE], linewidths=0.8, zorder=4)
    triangle, side = np.nonzero(mesh.neighbors < 0)
    rim = [snapshot.corners[triangle, (side + step) % 3] for step in (0, 1)]
    pieces = np.stack([snapshot.points[end] for end in rim], axis=1)
    axes.add_collection(LineCollection(pieces, colors=[style.ELECTRODE], linewidths=1.2, capstyle="round", zorder=5))


def _shown(snapshot: MeshSnapshot, colour: str) -> np.ndarray:
    """Values in the unit of `style.QUANTITIES`; currents continued into the lithium, as `carried_to_surface` does."""
    values = snapshot[colour] * style.QUANTITIES[colour].factor
    electrolyte = snapshot["xi"] < AHEAD_OF_FRONT
    if colour != "current" or not electrolyte.any():
        return values
    _, nearest = cKDTree(snapshot.centres[electrolyte]).query(snapshot.centres)
    return values[electrolyte][nearest]


def _lithium(axes: Axes, mesh: Triangulation, xi: np.ndarray, width: float) -> None:
    """Fill the metal, shaded from its rim inwards."""
    body = axes.tricontourf(mesh, xi, levels=[0.5, np.inf], colors=[style.LITHIUM], zorder=3)
    outlines = body.get_paths()
    outside = xi < 0.5
    if not outlines or not outside.any():
        return
    places = np.column_stack([mesh.x, mesh.y])
    depth, _ = cKDTree(places[outside]).query(places)
    shade = axes.tripcolor(
        mesh, 1 - np.exp(-depth / (SHADE * width)), shading="gouraud", cmap=BODY, vmin=0, vmax=1, zorder=3.1
    )
    shade.set_clip_path(Outline.make_compound_path(*outlines), axes.transData)

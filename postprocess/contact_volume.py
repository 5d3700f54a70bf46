"""Three-dimensional contacts: the electrode as a block, with lines of current through its patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.spatial import cKDTree

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.contact import COLOURS, contact_note, parts, touching, voids_and_lithium
from phasefield.postprocess.grids import size_of, to_pyvista
from phasefield.postprocess.headless import pyvista
from phasefield.postprocess.scene import BACK_WALLS, FRONT_WALLS, Scene, aspect_of, show, side
from phasefield.postprocess.sheet import Scale, Sheet, caption, run_labels
from phasefield.postprocess.volume import DEFECT_MARK, LARGE_PANEL_WIDTH, LARGEST, PANEL_WIDTH

#: Lines of current along each side of the counter electrode.
LINES = 8
TUBE, RING = 0.005, 0.007
STEPS = 4000


def draw_contact_volume(
    runs: Sequence[Run],
    snapshots: Sequence[Sequence[int]],
    colour: str,
    scales: Mapping[str, Scale],
    detail: float = 2.0,
) -> Figure:
    """Draw three-dimensional runs side by side, all from the same viewpoint.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    colour : str
        Quantity that colours the plane of contact: ``"current"`` or ``"content"``.
    scales : mapping of str to Scale
        Common scales of the two.
    detail : float
        Points drawn for each pixel of the figure, along each side.
    """
    times = len(snapshots[0])
    width = LARGE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    aspect = aspect_of(size_of(run.snapshot(0)) for run in runs)
    sheet = Sheet.new(run_labels(runs), times, aspect, width, bars=2)
    longest = max(run.times[-1] for run in runs)
    pixels = int(width * style.PIXELS_PER_INCH * detail)
    for run, indices, panels in zip(runs, snapshots, sheet.panels, strict=True):
        for index, axes in zip(indices, panels, strict=True):
            electrode, electrolyte = parts(run, index, LARGEST)
            _draw_panel(axes, Scene(run.snapshot(index), pixels, aspect), electrode, electrolyte, colour, scales)
            caption(axes, style.time_label(electrode.time, longest), contact_note(run, electrode.time))
    for number, (name, where) in enumerate((("content", "electrode"), ("current", "lines and contact"))):
        sheet.colour_bar(number, style.QUANTITIES[name].titled(where), COLOURS[name], scales[name])
    return sheet.figure


def _draw_panel(
    axes: Axes, scene: Scene, electrode: Snapshot, electrolyte: Snapshot, colour: str, scales: Mapping[str, Scale]
) -> None:
    block, gap = (to_pyvista(part).cell_data_to_point_data() for part in (electrode, electrolyte))
    for name in FRONT_WALLS:
        _coloured(scene, side(block, name), "content", scales)
    top = block if colour == "content" else gap
    _coloured(scene, side(top, "z1" if colour == "content" else "z0"), colour, scales)
    for name in BACK_WALLS:
        scene.plotter.add_mesh(side(gap, name), color=style.ELECTROLYTE, opacity=0.55, lighting=False)
    rims = _plane(electrolyte).contour([0.5], scalars="touching")
    if rims.n_points:
        rings = rims.strip().tube(radius=RING * scene.size[0])
        scene.plotter.add_mesh(rings, color=style.FILM, ambient=0.5, diffuse=0.6)
    lines = current_lines(electrolyte)
    if lines.n_points:
        _coloured(scene, lines.tube(radius=TUBE * scene.size[0]), "current", scales, lighting=True, ambient=0.35)
    ring = Line2D([], [], marker="o", linestyle="none", label="patch in contact", **DEFECT_MARK)
    axes.legend(handles=[ring], loc="upper right", bbox_to_anchor=(1.06, 0.05), fontsize=8, handletextpad=0.0)
    show(axes, scene, style.round_length(electrode.shape[0] * electrode.spacing[0]))


def _coloured(scene: Scene, mesh: pyvista.DataSet, name: str, scales: Mapping[str, Scale], **look) -> None:
    scale, look = scales[name], {"lighting": False, **look}
    limits = (scale.vmin, scale.vmax)
    scene.plotter.add_mesh(mesh, scalars=name, cmap=COLOURS[name], clim=limits, show_scalar_bar=False, **look)


def _plane(electrolyte: Snapshot) -> pyvista.ImageData:
    """The plane of contact and its coverage at the corners of its cells."""
    flat = touching(electrolyte)[..., None]
    layer = Snapshot(electrolyte.time, electrolyte.origin, electrolyte.spacing, {"touching": flat})
    return side(to_pyvista(layer).cell_data_to_point_data(), "z0")


def current_lines(electrolyte: Snapshot) -> pyvista.PolyData:
    """Lines of current through the electrolyte, with evenly spaced starts under the counter electrode.

    They end on the patches. Within the last cell the direction of the current is not known, so tracing stops up to a
    cell and a half before the patch; the way that is left is straight.
    """
    image = to_pyvista(electrolyte)
    image.cell_data["flux"] = np.column_stack([electrolyte[f"i{axis}"].ravel(order="F") for axis in "xyz"])
    image = image.cell_data_to_point_data()
    gap = _plane(electrolyte)["touching"] < 0.5
    image["flux"][: gap.size][gap, 2] = 0.0  # otherwise lines would end in the gap
    (x0, y0, _), (width, depth, _) = electrolyte.origin, size_of(electrolyte)
    free = ~np.logical_or(*voids_and_lithium(electrolyte)).all(axis=(0, 1))
    even = (np.arange(LINES) + 0.5) / LINES
    x, y = np.meshgrid(x0 + width * even, y0 + depth * even)
    start = np.column_stack([x.ravel(), y.ravel(), np.full(x.size, electrolyte.centres(2)[free][-1])])
    down = "forward" if electrolyte["iz"].mean() < 0 else "backward"
    traced = image.streamlines_from_source(
        pyvista.PolyData(start), vectors="flux", integration_direction=down, max_steps=STEPS, initial_step_length=0.3,
        max_step_length=0.3, terminal_speed=1e-12,
    )  # fmt: skip
    return _to_patches(traced, _plane(electrolyte))


def _to_patches(traced: pyvista.PolyData, plane: pyvista.ImageData) -> pyvista.PolyData:
    """Lines with a last piece to the patch: straight down, or to its nearest point if no patch is there."""
    corners, patch = np.array(plane.points), plane["touching"] >= 0.5
    if not patch.any():
        return pyvista.PolyData()
    every, touching = cKDTree(corners[:, :2]), cKDTree(corners[patch][:, :2])
    lines = []
    for number in range(traced.n_cells):
        line = np.array(traced.get_cell(number).point_ids)
        if len(line) < 2:
            continue
        places = traced.points[line]
        end = places[-1]
        foot = end[:2] if patch[every.query(end[:2])[1]] else corners[patch][touching.query(end[:2])[1], :2]
        places = np.vstack([places, [*foot, corners[0, 2]]])
        whole = pyvista.PolyData(places, lines=[len(places), *range(len(places))])
        whole["current"] = traced["current"][[*line, line[-1]]]
        lines.append(whole)
    return pyvista.merge(lines) if lines else pyvista.PolyData()

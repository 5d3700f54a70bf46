"""Three-dimensional interphases, cut open: the front half of the product is removed to show the coating."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import coarsened, size_of
from phasefield.postprocess.headless import pyvista
from phasefield.postprocess.phases import (
    COLOURS,
    KEY,
    outside_electrolyte,
    phase_key,
    phases_of,
    strip_of,
    thickness_note,
)
from phasefield.postprocess.scene import FRONT_WALLS, Scene, aspect_of, show, side
from phasefield.postprocess.sheet import Scale, Sheet, caption, fitted_scale, run_labels
from phasefield.postprocess.volume import LARGE_PANEL_WIDTH, LARGEST, PANEL_WIDTH

SURFACE_COLOURS = {"height": style.PRODUCT_HEIGHT, "potential": style.QUANTITIES["potential"].colours}
SOLID = {"ambient": 0.45, "diffuse": 0.62}


def draw_interphase_volume(
    runs: Sequence[Run],
    snapshots: Sequence[Sequence[int]],
    colour: str,
    behind: str,
    scales: tuple[Scale, Scale],
    detail: float = 2.0,
) -> Figure:
    """Draw three-dimensional runs side by side, all from the same viewpoint.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    colour : str
        Quantity that colours the front of the interphase: ``"height"`` or ``"potential"``.
    behind : str
        Potential or stress on the cut through the product and on the back walls.
    scales : tuple of Scale
        Common scales of the two [µm or V, V or Pa].
    detail : float
        Points drawn for each pixel of the figure, along each side.
    """
    times = len(snapshots[0])
    width = LARGE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    aspect = aspect_of(np.add(size_of(first), [0.0, 0.0, _below(first)]) for first in (run.snapshot(0) for run in runs))
    sheet = Sheet.new(run_labels(runs), times, aspect, width, bars=2, foot=KEY)
    longest = max(run.times[-1] for run in runs)
    pixels = int(width * style.PIXELS_PER_INCH * detail)
    for run, indices, panels in zip(runs, snapshots, sheet.panels, strict=True):
        for index, axes in zip(indices, panels, strict=True):
            snapshot = coarsened(run.snapshot(index), LARGEST)
            _draw_panel(axes, outside_electrolyte(snapshot), colour, behind, scales, pixels, aspect)
            caption(axes, style.time_label(snapshot.time, longest), thickness_note(run, snapshot.time))
    factor, unit = style.length_unit(scales[0].vmax) if colour == "height" else (1.0, "V")
    surface = style.Quantity(style.QUANTITIES[colour].label, unit, factor, SURFACE_COLOURS[colour])
    inside = style.QUANTITIES[behind]
    sheet.colour_bar(0, surface.titled("interphase"), surface.colours, scales[0].times(factor))
    sheet.colour_bar(1, inside.titled("cut and walls"), inside.colours, scales[1].times(inside.factor))
    phase_key(sheet, [phase for phase in phases_of(runs) if phase != "electrolyte"])
    return sheet.figure


def surface_scale(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], name: str) -> Scale:
    """Scale of a quantity at the front in all the snapshots given [µm or V]."""
    shown = (run.snapshot(index) for run, indices in zip(runs, snapshots, strict=True) for index in set(indices))
    return fitted_scale(name, (_shown(one, name)[np.abs(one["psi"] - 0.5) < 0.3] for one in shown))


def _shown(snapshot: Snapshot, name: str) -> np.ndarray:
    return np.broadcast_to(snapshot.centres(2), snapshot.shape) if name == "height" else snapshot[name]


def _below(snapshot: Snapshot) -> float:
    """Height of the electrode under the box [µm]."""
    return strip_of(snapshot) * size_of(snapshot)[2]


def _draw_panel(
    axes: Axes, snapshot: Snapshot, colour: str, behind: str, scales: tuple, pixels: int, aspect: float
) -> None:
    scene = Scene(snapshot, pixels, aspect, body="psi", below=_below(snapshot))
    solids = {name: snapshot[name] for name in ("coating", "consumed", "xi") if name in snapshot.fields}
    if "consumed" in solids:
        solids["left"] = snapshot["coating"] - snapshot["consumed"]
    image = scene.at_corners(shown=_shown(snapshot, colour), inside=snapshot[behind], **solids)
    _metal(scene, image)
    drawn = {"left": "coating", "consumed": "coating's product"} if "left" in solids else {"coating": "coating"}
    for name, phase in drawn.items():
        if name in solids:
            _solid(scene, image, name, COLOURS[phase])
    back = _behind_cut(image)
    scene.surface(back, SURFACE_COLOURS[colour], scales[0])
    for name in FRONT_WALLS:
        _section(scene, side(back, name), style.QUANTITIES[behind].colours, scales[1])
    scene.back_walls(snapshot[behind], style.QUANTITIES[behind].colours, scales[1], beside_body=False)
    show(axes, scene, style.round_length(snapshot.shape[0] * snapshot.spacing[0]))


def _metal(scene: Scene, image: pyvista.ImageData) -> None:
    """The lithium where it is a phase, otherwise a slab of electrode under the box."""
    if "xi" in image.point_data:
        _solid(scene, image, "xi", COLOURS["lithium"])
    else:
        x0, x1, y0, y1, z0, _ = image.bounds
        slab = pyvista.Box((x0, x1, y0, y1, scene.low[2], z0))
        scene.plotter.add_mesh(slab, color=COLOURS["electrode"], **SOLID)


def _solid(scene: Scene, image: pyvista.ImageData, name: str, colour: str) -> None:
    """A phase as an opaque body, closed where the box cuts it."""
    body = image.clip_scalar(scalars=name, value=0.5, invert=False).extract_surface(algorithm="dataset_surface")
    if body.n_cells:
        scene.plotter.add_mesh(body, color=colour, **SOLID)


def _section(scene: Scene, cut: pyvista.ImageData, colours: Colormap, scale: Scale) -> None:
    """A cut through the product, coloured by the potential, its front in ink."""
    inside = cut.clip_scalar(scalars="psi", value=0.5, invert=False)
    for solid in ("coating", "xi"):
        if solid in cut.point_data and inside.n_cells:
            inside = inside.clip_scalar(scalars=solid, value=0.5)
    if inside.n_cells:
        look = {"cmap": colours, "clim": (scale.vmin, scale.vmax), "show_scalar_bar": False, "lighting": False}
        scene.plotter.add_mesh(inside, scalars="inside", **look)
    outline = cut.contour([0.5], scalars="psi")
    if outline.n_points:
        scene.plotter.add_mesh(outline, color=style.INK, line_width=4, lighting=False)


def _behind_cut(image: pyvista.ImageData) -> pyvista.ImageData:
    """The back part, behind a cut in the middle or where the coating has most holes."""
    ny = image.dimensions[1]
    middle = ny // 2
    if "coating" in image.point_data:
        film = image["coating"].reshape(image.dimensions, order="F").max(axis=2)
        rows = np.arange(ny // 4, 3 * ny // 4)
        width = np.count_nonzero(film[:, rows] < 0.5, axis=0)
        if width.any():
            middle = int(np.median(rows[width == width.max()]))
    extent = list(image.extent)
    extent[2] = middle
    return image.extract_subset(extent)

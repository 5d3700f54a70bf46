"""Three-dimensional interphases, cut open: the front half of the product is taken off, so that the coating shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import coarsened
from phasefield.postprocess.headless import pyvista
from phasefield.postprocess.interphase_plane import PHASES, STRIP, has_coating, phase_key, thickness_note
from phasefield.postprocess.scene import Scene, side
from phasefield.postprocess.sheet import Sheet, caption, fitted_scale, short_names
from phasefield.postprocess.volume import LARGE_PANEL_WIDTH, LARGEST, PANEL_WIDTH

COATING_OPACITY = 0.6
KEY = 0.28


def draw_interphase_volume(
    runs: Sequence[Run],
    snapshots: Sequence[Sequence[int]],
    colour: str,
    behind: str,
    scales: tuple[Normalize, Normalize],
    detail: float = 2.0,
) -> Figure:
    """Draw three-dimensional runs side by side, all seen from the same place.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    colour : str
        What colours the front of the interphase: ``"height"`` or ``"potential"``.
    behind : str
        The potential shown where the product is cut, and on the back walls.
    scales : tuple of Normalize
        Common scales of the two [µm or V, V].
    detail : float
        Points drawn for each pixel of the figure, along each side.
    """
    times = len(snapshots[0])
    width = LARGE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    sheet = Sheet.new(short_names([run.name for run in runs]), times, 1.0, width, bars=2, foot=KEY)
    longest = max(run.times[-1] for run in runs)
    pixels = int(width * style.PIXELS_PER_INCH * detail)
    for run, indices, panels in zip(runs, snapshots, sheet.panels, strict=True):
        for index, axes in zip(indices, panels, strict=True):
            snapshot = coarsened(run.snapshot(index), LARGEST)
            _draw_panel(axes, snapshot, colour, behind, scales, pixels)
            caption(axes, style.time_label(snapshot.time, longest), thickness_note(run, snapshot.time))
    surface, inside = _quantity(colour, scales[0]), style.QUANTITIES[behind]
    lengths = Normalize(scales[0].vmin * surface.factor, scales[0].vmax * surface.factor)
    sheet.colour_bar(0, surface.titled("front"), surface.colours, lengths)
    sheet.colour_bar(1, inside.titled("cut and back walls"), inside.colours, scales[1])
    phase_key(sheet, ["electrode", *(["coating"] if any(has_coating(run) for run in runs) else [])])
    return sheet.figure


def surface_scale(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], name: str) -> Normalize:
    """Scale that fits a quantity at the front in all the snapshots given [µm or V]."""
    shown = (run.snapshot(index) for run, indices in zip(runs, snapshots, strict=True) for index in set(indices))
    return fitted_scale(name, (_shown(one, name)[np.abs(one["psi"] - 0.5) < 0.3] for one in shown))


def _shown(snapshot: Snapshot, name: str) -> np.ndarray:
    return np.broadcast_to(snapshot.centres(2), snapshot.shape) if name == "height" else snapshot[name]


def _quantity(name: str, scale: Normalize) -> style.Quantity:
    """How a quantity is shown; lengths in the unit that suits them."""
    quantity = style.QUANTITIES[name]
    if name != "height":
        return quantity
    factor, unit = style.length_unit(scale.vmax)
    return style.Quantity(quantity.label, unit, factor, quantity.colours)


def _draw_panel(axes: Axes, snapshot: Snapshot, colour: str, behind: str, scales: tuple, pixels: int) -> None:
    height = snapshot.shape[2] * snapshot.spacing[2]
    scene = Scene(snapshot, pixels, body="psi", below=STRIP * height)
    fields = {"shown": _shown(snapshot, colour), "inside": snapshot[behind]}
    if "coating" in snapshot.fields:
        fields["coating"] = snapshot["coating"]
    image = scene.at_corners(**fields)
    _electrode(scene, image)
    if "coating" in snapshot.fields:
        _coating(scene, image)
    back = _behind_cut(image)
    scene.surface(back, style.QUANTITIES[colour].colours, scales[0])
    for name in ("y0", "x1"):
        _section(scene, side(back, name), style.QUANTITIES[behind].colours, scales[1])
    scene.back_walls(snapshot[behind], style.QUANTITIES[behind].colours, scales[1])
    length = style.round_length(snapshot.shape[0] * snapshot.spacing[0])
    scene.box_and_scale_bar(length)
    picture, anchor = scene.photograph()
    axes.imshow(picture, aspect="auto", interpolation="antialiased")
    axes.annotate(
        style.length_label(length), anchor, (0, -3), textcoords="offset points", ha="center", va="top", size=8
    )
    axes.axis("off")


def _electrode(scene: Scene, image: pyvista.ImageData) -> None:
    x0, x1, y0, y1, z0, _ = image.bounds
    slab = pyvista.Box((x0, x1, y0, y1, scene.low[2], z0))
    scene.plotter.add_mesh(slab, color=PHASES["electrode"], ambient=0.42, diffuse=0.75)


def _coating(scene: Scene, image: pyvista.ImageData) -> None:
    """The coating, through which the electrode shines, and the rims of its holes."""
    film = image.clip_scalar(scalars="coating", value=0.5, invert=False).extract_surface()
    if film.n_cells:
        scene.plotter.add_mesh(film, color=PHASES["coating"], opacity=COATING_OPACITY, ambient=0.35, diffuse=0.7)
    floor = _layer(image, 2, 1)
    rims = floor.contour([0.5], scalars="coating")
    if rims.n_points:
        tube = rims.strip().tube(radius=0.005 * scene.size[0])
        scene.plotter.add_mesh(tube, color=PHASES["coating"], ambient=0.4, diffuse=0.6)


def _section(scene: Scene, cut: pyvista.ImageData, colours: Colormap, scale: Normalize) -> None:
    """A cut through product and coating, coloured by the potential, the coating outlined."""
    inside = cut.clip_scalar(scalars="psi", value=0.5, invert=False)
    if not inside.n_cells:
        return
    scene.plotter.add_mesh(
        inside, scalars="inside", cmap=colours, clim=(scale.vmin, scale.vmax), show_scalar_bar=False, lighting=False
    )
    lines = {"psi": style.INK, "coating": PHASES["coating"]}
    for name, colour in lines.items():
        outline = cut.contour([0.5], scalars=name) if name in cut.point_data else None
        if outline is not None and outline.n_points:
            scene.plotter.add_mesh(outline, color=colour, line_width=4, lighting=False)


def _behind_cut(image: pyvista.ImageData) -> pyvista.ImageData:
    """What is left when the front half is taken off: cut in the middle, or through the hole nearest to it."""
    ny = image.dimensions[1]
    middle = ny // 2
    if "coating" in image.point_data:
        film = image["coating"].reshape(image.dimensions, order="F")[:, :, 0]
        least = film.min(axis=0)
        rows = np.arange(ny // 4, 3 * ny // 4)
        holes = rows[least[rows] < 0.5]
        middle = int(holes[np.argmin(np.abs(holes - middle))]) if holes.size else middle
    extent = list(image.extent)
    extent[2] = middle
    return image.extract_subset(extent)


def _layer(image: pyvista.ImageData, axis: int, index: int) -> pyvista.ImageData:
    extent = list(image.extent)
    extent[2 * axis : 2 * axis + 2] = [index, index]
    return image.extract_subset(extent)

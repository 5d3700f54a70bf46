"""Two-dimensional runs: the lithium as a solid body, the electrolyte coloured, lines of the current."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from scipy.ndimage import binary_dilation, distance_transform_edt, map_coordinates

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.current_lines import draw_current_lines
from phasefield.postprocess.grids import carried_to_surface, coarsened, isolated, size_of, to_rim
from phasefield.postprocess.history import charge_note
from phasefield.postprocess.sheet import Scale, Sheet, caption, fitted_scale, run_labels

LARGEST = 400_000
PANEL_WIDTH, MOVIE_PANEL_WIDTH = 1.95, 3.2
INSIDE_METAL = 0.9
#: Depth of the shade at the rim of the lithium, as a part of the panel's width.
SHADE = 0.06
#: Rows beyond those that are seen, which bicubic interpolation reads.
BEYOND = 3
DEFECT_MARK = {"color": style.FILM, "markersize": 4.5, "markeredgewidth": 0}
BODY = style.LinearSegmentedColormap.from_list("lithium", ["#eef0f2", style.LITHIUM, "#b3b9c1"])
#: Part of the box that isolated lithium must cover to be named: a few cells are hardly seen.
SEEN = 1e-3
ISOLATED_BODY = style.LinearSegmentedColormap.from_list("isolated", ["#f3ddd7", style.ISOLATED, "#b86f5d"])


def draw_plane(
    runs: Sequence[Run], snapshots: Sequence[Sequence[int]], colour: str, scale: Scale
) -> Figure:
    """Draw two-dimensional runs side by side.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, the same number for all.
    colour : str
        Field that colours the electrolyte.
    scale : Scale
        Common scale of the field, in the unit of `style.QUANTITIES`.
    """

    def panel(axes: Axes, snapshot: Snapshot) -> None:
        draw_panel(axes, coarsened(snapshot, LARGEST), colour, scale)

    sheet = panels_of(runs, snapshots, size_of(runs[0].snapshot(0)), panel, colour, scale)
    for run, indices, panels in zip(runs, snapshots, sheet.panels, strict=True):
        key(panels[0], [coarsened(run.snapshot(index), LARGEST) for index in indices])
    return sheet.figure


def panels_of(
    runs: Sequence[Run], snapshots: Sequence[Sequence[int]], size: Sequence[float], panel: Callable[[Axes, Any], None],
    colour: str, scale: Scale, foot: float = 0.0,
) -> Sheet:  # fmt: skip
    """A sheet of panels with their times and charges, a scale bar and a colour bar.

    Parameters
    ----------
    runs, snapshots, colour, scale
        As for `draw_plane`.
    size : sequence of float [µm]
        Size of a panel.
    panel : callable
        Function that draws a snapshot into axes.
    foot : float [inch]
        Height left for a key.
    """
    times = len(snapshots[0])
    width = MOVIE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    x, y = size
    sheet = Sheet.new(run_labels(runs), times, y / x, width, bars=1, foot=foot)
    longest = max(run.times[-1] for run in runs)
    for run, indices, panels in zip(runs, snapshots, sheet.panels, strict=True):
        for index, axes in zip(indices, panels, strict=True):
            snapshot = run.snapshot(index)
            panel(axes, snapshot)
            caption(axes, style.time_label(snapshot.time, longest), charge_note(run, snapshot.time))
    scale_bar(sheet.panels[0][0], x)
    quantity = style.QUANTITIES[colour]
    sheet.colour_bar(0, quantity.title, quantity.colours, scale)
    return sheet


def plane_scale(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], colour: str) -> Scale:
    """Colour scale that fits the electrolyte in all the snapshots given."""
    shown = (
        run.snapshot(index) for run, indices in zip(runs, snapshots, strict=True) for index in set(indices)
    )
    return fitted_scale(colour, (_shown(snapshot, colour)[snapshot["xi"] < 0.5] for snapshot in shown))


def _shown(snapshot: Snapshot, colour: str) -> np.ndarray:
    values = snapshot[colour] * style.QUANTITIES[colour].factor
    return carried_to_surface(values, snapshot["xi"]) if colour == "current" else values


def draw_panel(axes: Axes, snapshot: Snapshot, colour: str, scale: Scale) -> None:
    """Draw one state: the metal, its film, and the electrolyte coloured by a field with lines of current."""
    ahead = _rows(snapshot["xi"] <= 0.5)
    field_map(axes, snapshot, _shown(snapshot, colour), style.QUANTITIES[colour].colours, scale, ahead)
    draw_current_lines(axes, snapshot, snapshot["xi"] > INSIDE_METAL)
    surface = _lithium(axes, snapshot)
    if "film" in snapshot.fields:
        _film(axes, snapshot, surface)
    (x0, y0), (width, height) = snapshot.origin, size_of(snapshot)
    axes.set(xlim=(x0, x0 + width), ylim=(y0, y0 + height))


def field_map(
    axes: Axes, snapshot: Snapshot, values: np.ndarray, colours: Colormap, scale: Normalize,
    rows: slice = slice(None), **look: Any,
) -> AxesImage:  # fmt: skip
    """Colour the box of a snapshot by cell values, smoothly; only some rows of cells if the others are covered."""
    (x0, y0), (dx, dy) = snapshot.origin, snapshot.spacing
    columns, (first, last, _) = len(values), rows.indices(values.shape[1])
    single = values[:, rows].T.astype(np.float32)  # enough for a picture, in two thirds of the time
    return axes.imshow(
        single, extent=(x0, x0 + columns * dx, y0 + first * dy, y0 + last * dy), origin="lower", aspect="auto",
        cmap=colours, norm=scale, **{"interpolation": "bilinear"} | look,
    )  # fmt: skip


def _rows(cells: np.ndarray) -> slice:
    """The rows with some of the cells, and as many more as smooth colours there need."""
    found = np.flatnonzero(cells.any(axis=0))
    return slice(max(0, found[0] - BEYOND), found[-1] + 1 + BEYOND) if len(found) else slice(0, 1)


def _lithium(axes: Axes, snapshot: Snapshot) -> list[np.ndarray]:
    """Fill the metal, shaded from its rim inwards, and return the lines of its surface."""
    x, y, xi = to_rim(snapshot, "xi")
    body = axes.contourf(x, y, xi, levels=[0.5, np.inf], colors=[style.LITHIUM], zorder=3)
    inside = _rows(snapshot["xi"] > 0.5)
    depth = distance_transform_edt(snapshot["xi"] > 0.5) * snapshot.spacing[0]
    shade = 1 - np.exp(-depth / (SHADE * size_of(snapshot)[0]))
    outlines = [path for path in body.get_paths() if len(path.vertices)]  # a bare collector has no lithium
    for colours, cells in ((BODY, None), (ISOLATED_BODY, isolated(snapshot["xi"]))):
        if outlines and (cells is None or cells.any()):
            near = 1.0 if cells is None else binary_dilation(cells, iterations=2)[:, inside].T.astype(float)
            image = field_map(
                axes, snapshot, shade, colours, Normalize(0, 1), inside, interpolation="bicubic", zorder=3.1, alpha=near
            )
            image.set_clip_path(Outline.make_compound_path(*outlines), axes.transData)
    edge = axes.contour(x, y, xi, levels=[0.5], colors=[style.LITHIUM_EDGE], linewidths=0.8, zorder=4)
    return [segment for segment in edge.allsegs[0] if len(segment) > 1]


def _film(axes: Axes, snapshot: Snapshot, surface: list[np.ndarray]) -> None:
    """Draw the film along the lithium where it is intact, with markers below its defects."""
    film = snapshot["film"]
    half = film.max() / 2
    for line in surface:
        cells = [(line[:, a] - snapshot.origin[a]) / snapshot.spacing[a] - 0.5 for a in (0, 1)]
        whole = map_coordinates(film, cells, order=1, mode="nearest") > half
        pieces = np.stack([line[:-1], line[1:]], axis=1)[whole[:-1] & whole[1:]]
        axes.add_collection(
            LineCollection(pieces, colors=style.FILM, linewidths=2.0, capstyle="round", zorder=5)
        )
    for x in _defects(snapshot):
        axes.plot(x, -0.018, "^", transform=axes.get_xaxis_transform(), clip_on=False, **DEFECT_MARK)


def key(axes: Axes, shown: Sequence[Snapshot]) -> None:
    """Name the signs of the snapshots of a run."""
    signs: list[Artist] = []
    if "film" in shown[0].fields:
        signs.append(Line2D([], [], color=style.FILM, linewidth=2, label="film"))
        if _defects(shown[0]):
            signs.append(Line2D([], [], marker="^", linestyle="none", label="defect", **DEFECT_MARK))
    if any(isolated(snapshot["xi"]).mean() > SEEN for snapshot in shown):
        signs.append(Patch(facecolor=style.ISOLATED, edgecolor=style.LITHIUM_EDGE, linewidth=0.6, label="isolated"))
    if not signs:
        return
    axes.legend(
        handles=signs, loc="upper right", fontsize=7.5, handlelength=1.3, handletextpad=0.5, borderaxespad=0.3,
        frameon=True, framealpha=0.85, edgecolor="none",
    ).set_zorder(8)  # fmt: skip


def _defects(snapshot: Snapshot) -> list[float]:
    """Centre of each section where the film is broken [µm]."""
    x, film = snapshot.centres(0), snapshot["film"]
    broken = film.mean(axis=1) < film.max() / 2
    edges = np.flatnonzero(np.diff(np.concatenate([[0], broken.astype(int), [0]])))
    return [float(x[first:last].mean()) for first, last in edges.reshape(-1, 2)]


def scale_bar(axes: Axes, width: float, level: float = 0.045) -> None:
    """Draw a scale bar of a round length at the left of a panel, given the panel's width [µm] and the bar's level."""
    length = style.round_length(width)
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    start, level = x0 + 0.06 * (x1 - x0), y0 + level * (y1 - y0)
    halo = [withStroke(linewidth=2, foreground="white", alpha=0.6)]
    axes.plot([start, start + length], [level, level], color=style.INK, lw=2, solid_capstyle="butt", zorder=7)
    axes.annotate(
        style.length_label(length), (start + length / 2, level), (0, 3), textcoords="offset points", ha="center",
        size=7.5, zorder=7, path_effects=halo,
    )  # fmt: skip

"""Three-dimensional runs: the lithium as a lit block, its surface coloured, the film's defects outlined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import carried_to_surface, coarsened, size_of
from phasefield.postprocess.history import charge_note
from phasefield.postprocess.scene import WALL_OPACITY, Scene, aspect_of, show
from phasefield.postprocess.sheet import Scale, Sheet, caption, fitted_scale, run_labels

LARGEST = 4_000_000
PANEL_WIDTH, LARGE_PANEL_WIDTH = 2.3, 3.6
DEFECT_MARK = {"color": style.FILM, "markersize": 6, "markerfacecolor": "none", "markeredgewidth": 1.6}
SURFACE_COLOURS = {"current": style.SURFACE_CURRENT, "height": style.QUANTITIES["height"].colours}


def draw_volume(
    runs: Sequence[Run],
    snapshots: Sequence[Sequence[int]],
    colour: str,
    behind: str,
    scales: tuple[Scale, Scale],
    detail: float = 2.0,
) -> Figure:
    """Draw three-dimensional runs side by side, all seen from the same place.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    colour : str
        Quantity that colours the surface of the lithium: ``"current"`` or ``"height"``.
    behind : str
        Field shown on the back walls, in the electrolyte.
    scales : tuple of Scale
        Common scales of the two, in the units of `style.QUANTITIES`.
    detail : float
        Points drawn for each pixel of the figure, along each side: more is smoother, and slower.
    """
    times = len(snapshots[0])
    width = LARGE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    aspect = aspect_of(size_of(run.snapshot(0)) for run in runs)
    sheet = Sheet.new(run_labels(runs), times, aspect, width, bars=2)
    longest = max(run.times[-1] for run in runs)
    pixels = int(width * style.PIXELS_PER_INCH * detail)
    for run, indices, panels in zip(runs, snapshots, sheet.panels, strict=True):
        for index, axes in zip(indices, panels, strict=True):
            snapshot = coarsened(run.snapshot(index), LARGEST)
            _draw_panel(axes, Scene(snapshot, pixels, aspect), colour, behind, scales)
            caption(axes, style.time_label(snapshot.time, longest), charge_note(run, snapshot.time))
    surface, walls = style.QUANTITIES[colour], style.QUANTITIES[behind]
    sheet.colour_bar(0, surface.title, SURFACE_COLOURS[colour], scales[0])
    sheet.colour_bar(1, walls.titled("back walls"), walls.colours, scales[1], alpha=WALL_OPACITY)
    return sheet.figure


def volume_scale(
    runs: Sequence[Run], snapshots: Sequence[Sequence[int]], name: str, surface: bool
) -> Scale:
    """Colour scale for a field on the lithium surface, or in the electrolyte, in all the snapshots given."""

    def region(snapshot: Snapshot) -> np.ndarray:
        return np.abs(snapshot["xi"] - 0.5) < 0.3 if surface else snapshot["xi"] < 0.5

    shown = (
        run.snapshot(index) for run, indices in zip(runs, snapshots, strict=True) for index in set(indices)
    )
    return fitted_scale(name, (_shown(snapshot, name)[region(snapshot)] for snapshot in shown))


def _shown(snapshot: Snapshot, name: str) -> np.ndarray:
    """A field in the unit it is shown in, continued to the surface of the lithium."""
    if name == "height":
        return np.broadcast_to(snapshot.centres(2), snapshot.shape)
    values = snapshot[name] * style.QUANTITIES[name].factor
    return carried_to_surface(values, snapshot["xi"]) if name == "current" else values


def _draw_panel(axes: Axes, scene: Scene, colour: str, behind: str, scales: tuple) -> None:
    snapshot = scene.snapshot
    scene.lithium(_shown(snapshot, colour), SURFACE_COLOURS[colour], scales[0])
    scene.back_walls(_shown(snapshot, behind), style.QUANTITIES[behind].colours, scales[1])
    if "film" in snapshot.fields and scene.defects(snapshot["film"]):
        ring = Line2D([], [], marker="o", linestyle="none", label="film defect", **DEFECT_MARK)
        place = {"loc": "upper right", "bbox_to_anchor": (1.06, 0.05)}
        axes.legend(handles=[ring], fontsize=8, handletextpad=0.0, **place)
    show(axes, scene, style.round_length(snapshot.shape[0] * snapshot.spacing[0]))

"""Two-dimensional wetting: lithium, the layer it lies on and their surroundings, each in its colour, and the angle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import coarsened, size_of, to_rim
from phasefield.postprocess.phases import COLOURS, KEY, phase_key
from phasefield.postprocess.plane import LARGEST, MOVIE_PANEL_WIDTH, PANEL_WIDTH, scale_bar
from phasefield.postprocess.sheet import Sheet, at_time, caption, run_labels

PHASES = ("lithium", "layer", "surroundings")


def draw_wetting_plane(runs: Sequence[Run], snapshots: Sequence[Sequence[int]]) -> Figure:
    """Draw two-dimensional runs side by side.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    """
    times = len(snapshots[0])
    width = MOVIE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    x, y = size_of(runs[0].snapshot(0))
    sheet = Sheet.new(run_labels(runs), times, y / x, width, bars=0, foot=KEY)
    longest = max(run.times[-1] for run in runs)
    for run, indices, panels in zip(runs, snapshots, sheet.panels, strict=True):
        for index, axes in zip(indices, panels, strict=True):
            snapshot = coarsened(run.snapshot(index), LARGEST)
            _draw_panel(axes, snapshot)
            caption(axes, style.time_label(snapshot.time, longest), _note(run, snapshot.time))
    scale_bar(sheet.panels[0][0], x)
    phase_key(sheet, PHASES)
    return sheet.figure


def _draw_panel(axes: Axes, snapshot: Snapshot) -> None:
    """The phases' colours, mixed by their order parameters, and where lithium or the layer is one half."""
    (x0, y0), (width, height) = snapshot.origin, size_of(snapshot)
    ξ, ψ = (np.clip(snapshot[name], 0, 1) for name in ("xi", "psi"))
    parts = np.stack([ξ, ψ, np.clip(1 - ξ - ψ, 0, 1)], axis=-1)
    colours = np.array([to_rgb(COLOURS[phase]) for phase in PHASES])
    image = np.clip(parts @ colours, 0, 1).swapaxes(0, 1)
    axes.imshow(image, extent=(x0, x0 + width, y0, y0 + height), origin="lower", interpolation="bilinear")
    for name in ("xi", "psi"):
        axes.contour(*to_rim(snapshot, name), levels=[0.5], colors=style.LITHIUM_EDGE, linewidths=0.8)
    axes.set(xlim=(x0, x0 + width), ylim=(y0, y0 + height))


def _note(run: Run, time: float) -> str:
    return f"{100 * at_time(run, 'Contact fraction [1]', time):.0f} % covered"

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
#: Length of the line that shows the angle, as a part of the height of the panel.
TANGENT = 0.3


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
    x, y = size_of(whole(runs[0].snapshot(0)))
    sheet = Sheet.new(run_labels(runs), times, y / x, width, bars=0, foot=KEY)
    longest = max(run.times[-1] for run in runs)
    for run, indices, panels in zip(runs, snapshots, sheet.panels, strict=True):
        for index, axes in zip(indices, panels, strict=True):
            snapshot = whole(coarsened(run.snapshot(index), LARGEST))
            _draw_panel(axes, snapshot)
            _draw_angle(axes, snapshot, run)
            caption(axes, style.time_label(snapshot.time, longest), _note(run, snapshot.time))
    scale_bar(sheet.panels[0][0], x)
    phase_key(sheet, PHASES)
    return sheet.figure


def whole(snapshot: Snapshot) -> Snapshot:
    """A snapshot with its mirror image, if its lithium is cut by one of the side walls, which are mirrors."""
    at_left, at_right = (bool((snapshot["xi"][column] > 0.5).any()) for column in (0, -1))
    if at_left == at_right:
        return snapshot
    halves = (lambda f: (f[::-1], f)) if at_left else (lambda f: (f, f[::-1]))
    fields = {name: np.concatenate(halves(field)) for name, field in snapshot.fields.items()}
    x0, y0 = snapshot.origin
    return Snapshot(snapshot.time, (x0 - at_left * size_of(snapshot)[0], y0), snapshot.spacing, fields)


def _draw_angle(axes: Axes, snapshot: Snapshot, run: Run) -> None:
    """The contact angle of a single drop: a line from where its surface would meet that of the layer."""
    level = 1e6 * run.resolved["deck"]["layer"]["thickness"]
    above = min(int((level - snapshot.origin[1]) / snapshot.spacing[1]) + 1, snapshot.shape[1] - 1)
    rims = np.flatnonzero(np.diff(np.pad(snapshot["xi"][:, above] > 0.5, 1).astype(int)))
    if len(rims) != 2:  # none, or several
        return
    width, height = size_of(snapshot)
    angle = at_time(run, "Contact angle [deg]", snapshot.time)
    covered = at_time(run, "Contact fraction [1]", snapshot.time) * width
    end = float(snapshot.origin[0] + snapshot.spacing[0] * rims.mean() + covered / 2)
    x, y = (TANGENT * height * of(np.radians(angle)) for of in (np.cos, np.sin))
    axes.plot([end, end - x], [level, level + y], color=style.INK, lw=1.0, ls=(0, (4, 2)), zorder=6)
    axes.annotate(f"{angle:.0f}°", (end, level), (5, 4), textcoords="offset points", size=8, weight="bold", zorder=6)


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

"""Two-dimensional interphases: the phases as flat colours, and under them the potential as a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import coarsened, size_of, to_rim
from phasefield.postprocess.plane import LARGEST, scale_bar
from phasefield.postprocess.sheet import Sheet, at_time, caption, fitted_scale, short_names

PANEL_WIDTH, MOVIE_PANEL_WIDTH = 2.0, 3.6
KEY = 0.28
#: Height of the strip of electrode under the box over that of the box.
STRIP = 0.1
PHASES = {
    "electrode": style.LITHIUM,
    "coating": style.FILM,
    "interphase": style.PRODUCT,
    "electrolyte": style.ELECTROLYTE,
}


def draw_interphase_plane(
    runs: Sequence[Run], snapshots: Sequence[Sequence[int]], colour: str, scale: Normalize
) -> Figure:
    """Draw two-dimensional runs: for each its phases and, under or beside them, the potential.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    colour : str
        The potential mapped: ``"potential"``, ``"phi_e"`` or ``"phi_i"``.
    scale : Normalize
        Its common scale [V].
    """
    times = len(snapshots[0])
    width = MOVIE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    x, y = size_of(runs[0].snapshot(0))
    names = [text for name in short_names([run.name for run in runs]) for text in (name, "")]
    sheet = Sheet.new(names, times, (1 + STRIP) * y / x, width, bars=1, foot=KEY)
    longest = max(run.times[-1] for run in runs)
    for run, indices, above, below in zip(runs, snapshots, sheet.panels[::2], sheet.panels[1::2], strict=True):
        for index, body, map_ in zip(indices, above, below, strict=True):
            snapshot = coarsened(run.snapshot(index), LARGEST)
            _draw_phases(body, snapshot)
            _draw_map(map_, snapshot, colour, scale)
            caption(body, style.time_label(snapshot.time, longest), thickness_note(run, snapshot.time))
    scale_bar(sheet.panels[0][0], x)
    quantity = style.QUANTITIES[colour]
    sheet.colour_bar(0, quantity.title, quantity.colours, scale)
    phase_key(sheet, [phase for phase in PHASES if phase != "coating" or any(has_coating(run) for run in runs)])
    return sheet.figure


def potential_scale(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], colour: str) -> Normalize:
    """Scale that fits a potential in all the snapshots given [V]."""
    shown = (run.snapshot(index) for run, indices in zip(runs, snapshots, strict=True) for index in set(indices))
    return fitted_scale(colour, (snapshot[colour].ravel() for snapshot in shown))


def thickness_note(run: Run, time: float) -> str:
    """Mean thickness of the interphase at a time [s]."""
    return style.length_label(1e6 * at_time(run, "Thickness [m]", time))


def has_coating(run: Run) -> bool:
    """Whether a run has a coating."""
    return "coating" in run.snapshot(0).fields


def phase_key(sheet: Sheet, phases: Sequence[str]) -> None:
    """Name the colours of the phases at the foot of a sheet."""
    patches = [Patch(facecolor=PHASES[phase], edgecolor=style.INK, linewidth=0.6, label=phase) for phase in phases]
    left = sheet.panels[0][0].get_position().x0
    sheet.figure.legend(
        handles=patches, loc="lower left", bbox_to_anchor=(left, 0.0), ncols=len(patches), fontsize=8, handlelength=1.3,
        handleheight=0.9, handletextpad=0.5, columnspacing=1.4, borderaxespad=0.35, borderpad=0.0,
    )  # fmt: skip


def _draw_phases(axes: Axes, snapshot: Snapshot) -> None:
    axes.set_facecolor(PHASES["electrolyte"])
    _fill(axes, snapshot, "psi", PHASES["interphase"])
    if "coating" in snapshot.fields:
        _fill(axes, snapshot, "coating", PHASES["coating"])
    _outlines(axes, snapshot)
    _electrode(axes, snapshot)


def _draw_map(axes: Axes, snapshot: Snapshot, colour: str, scale: Normalize) -> None:
    (x0, y0), (width, height) = snapshot.origin, size_of(snapshot)
    axes.imshow(
        snapshot[colour].T, extent=(x0, x0 + width, y0, y0 + height), origin="lower", aspect="auto",
        interpolation="bilinear", cmap=style.QUANTITIES[colour].colours, norm=scale,
    )  # fmt: skip
    levels = np.linspace(scale.vmin, scale.vmax, 11)[1:-1]
    axes.contour(*to_rim(snapshot, colour), levels=levels, colors="white", linewidths=0.35, alpha=0.6)
    _outlines(axes, snapshot)
    _electrode(axes, snapshot)


def _fill(axes: Axes, snapshot: Snapshot, name: str, colour: str) -> None:
    """Fill where a phase is more than half of the cell."""
    axes.contourf(*to_rim(snapshot, name), levels=[0.5, np.inf], colors=[colour])


def _outlines(axes: Axes, snapshot: Snapshot) -> None:
    """The front of the interphase, and the rim of the coating."""
    axes.contour(*to_rim(snapshot, "psi"), levels=[0.5], colors=[style.INK], linewidths=0.9)
    if "coating" in snapshot.fields:
        axes.contour(*to_rim(snapshot, "coating"), levels=[0.5], colors=[style.INK], linewidths=0.7)


def _electrode(axes: Axes, snapshot: Snapshot) -> None:
    """The electrode as a strip under the box, where the model has only its potential."""
    (x0, y0), (width, height) = snapshot.origin, size_of(snapshot)
    strip = Rectangle((x0, y0 - STRIP * height), width, STRIP * height, facecolor=PHASES["electrode"], zorder=3)
    axes.add_patch(strip)
    axes.axhline(y0, color=style.LITHIUM_EDGE, lw=0.8, zorder=4)
    axes.set(xlim=(x0, x0 + width), ylim=(y0 - STRIP * height, y0 + height))

"""Two-dimensional contacts: the lithium content of the electrode, and the current in the electrolyte above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.contact import COLOURS, contact_note, parts, touching, voids_and_lithium
from phasefield.postprocess.current_lines import draw_current_lines
from phasefield.postprocess.grids import size_of, to_rim
from phasefield.postprocess.phases import KEY
from phasefield.postprocess.plane import LARGEST, MOVIE_PANEL_WIDTH, PANEL_WIDTH, field_map, scale_bar
from phasefield.postprocess.sheet import Scale, Sheet, caption, run_labels

CONTOURS = 9
#: Thickness of a gap in the picture, over the height of the box; in the model it has none.
GAP = 0.018


def draw_contact_plane(
    runs: Sequence[Run], snapshots: Sequence[Sequence[int]], scales: Mapping[str, Scale]
) -> Figure:
    """Draw two-dimensional runs side by side.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    scales : mapping of str to Scale
        Common scales of ``"content"`` and ``"current"``.
    """
    times = len(snapshots[0])
    width = MOVIE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    x, y = size_of(runs[0].snapshot(0))
    names = run_labels(runs)
    sheet = Sheet.new(names, times, y / x, width, bars=2, foot=KEY)
    longest = max(run.times[-1] for run in runs)
    for run, indices, panels in zip(runs, snapshots, sheet.panels, strict=True):
        for index, axes in zip(indices, panels, strict=True):
            electrode, electrolyte = parts(run, index, LARGEST)
            _draw_panel(axes, electrode, electrolyte, scales)
            caption(axes, style.time_label(electrode.time, longest), contact_note(run, electrode.time))
    scale_bar(sheet.panels[0][0], x)
    for number, (name, where) in enumerate((("content", "electrode"), ("current", "electrolyte"))):
        sheet.colour_bar(number, style.QUANTITIES[name].titled(where), COLOURS[name], scales[name])
    _key(sheet)
    return sheet.figure


def _draw_panel(axes: Axes, electrode: Snapshot, electrolyte: Snapshot, scales: Mapping[str, Scale]) -> None:
    (x0, y0), (width, below), (_, above) = electrode.origin, size_of(electrode), size_of(electrolyte)
    plane, height = y0 + below, below + above
    field_map(axes, electrode, electrode["content"], COLOURS["content"], scales["content"])
    levels = np.linspace(scales["content"].vmin, scales["content"].vmax, CONTOURS)[1:-1]
    axes.contour(*to_rim(electrode, "content"), levels=levels, colors="white", linewidths=0.35, alpha=0.7)
    field_map(axes, electrolyte, electrolyte["current"], COLOURS["current"], scales["current"])
    void, lithium = voids_and_lithium(electrolyte)
    if np.any(electrolyte["current"] > 0):
        draw_current_lines(axes, electrolyte, void | lithium)
    axes.axhline(plane, color=style.INK, lw=0.8, zorder=4)
    _boxes(axes, electrolyte, touching(electrolyte) < 0.5, plane - GAP * height / 2, GAP * height)
    for cells, colour in ((lithium, style.LITHIUM), (void, "white")):
        if cells.any():
            rows = electrolyte.centres(1)[cells.any(axis=0)]
            step = electrolyte.spacing[1]
            _boxes(axes, electrolyte, np.any(cells, axis=1), rows[0] - step / 2, rows[-1] - rows[0] + step, colour)
    axes.set(xlim=(x0, x0 + width), ylim=(y0, y0 + height))


def _boxes(axes: Axes, part: Snapshot, columns: np.ndarray, low: float, height: float, colour: str = "white") -> None:
    """Draw a box over each run of adjacent columns."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], columns.astype(int), [0]])))
    for first, last in part.origin[0] + part.spacing[0] * edges.reshape(-1, 2):
        look = {"facecolor": colour, "edgecolor": style.INK, "linewidth": 0.7, "zorder": 5}
        axes.add_patch(Rectangle((first, low), last - first, height, **look))


def _key(sheet: Sheet) -> None:
    gap = Patch(facecolor="white", edgecolor=style.INK, linewidth=0.7, label="gap or void: no contact")
    left = sheet.panels[0][0].get_position().x0
    sheet.figure.legend(handles=[gap], loc="lower left", bbox_to_anchor=(left, 0.0), fontsize=8, handlelength=1.6,
                        handleheight=0.5, borderaxespad=0.35, borderpad=0.0)  # fmt: skip

"""Two-dimensional voids at an interface: current density in the electrolyte, contact and the current in it below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.current_lines import draw_current_lines
from phasefield.postprocess.grids import size_of
from phasefield.postprocess.phases import COLOURS, KEY
from phasefield.postprocess.plane import MOVIE_PANEL_WIDTH, PANEL_WIDTH, field_map, scale_bar
from phasefield.postprocess.sheet import Scale, Sheet, at_time, caption, fitted_scale, run_labels

#: Colour of the curve of the current density in contact, and room above the curve's largest value.
CURVE, ROOM = "#a4465b", 1.12
#: Current densities [A/m²] below which none flows.
NONE = 1e-9


def draw_void_plane(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], scale: Scale, largest: float) -> Figure:
    """Draw two-dimensional runs: for each the current density in the electrolyte, and below it the interface.

    The interface is filled by the part that is in contact; the curve is the current density in contact.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    scale : Scale
        Of the current density in the electrolyte [A/m²].
    largest : float [A/m²]
        Largest current density in contact.
    """
    times = len(snapshots[0])
    x, y = size_of(runs[0].snapshot(0))
    width = MOVIE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    sheet = Sheet.new(run_labels(runs), times, y / x, width, bars=1, foot=KEY, stack=2)
    longest = max(run.times[-1] for run in runs)
    for number, (run, indices) in enumerate(zip(runs, snapshots, strict=True)):
        rows = sheet.panels[2 * number : 2 * number + 2]
        for index, (body, interface) in zip(indices, zip(*rows, strict=True), strict=True):
            snapshot = run.snapshot(index)
            _electrolyte(body, snapshot, scale)
            _interface(interface, snapshot, largest)
            contact = at_time(run, "Contact [1]", snapshot.time)
            caption(body, style.time_label(snapshot.time, longest), f"contact {contact:.2f}")
    scale_bar(sheet.panels[0][0], x, level=0.82)
    quantity = style.QUANTITIES["current"]
    sheet.colour_bar(0, quantity.titled("electrolyte"), quantity.colours, scale.times(quantity.factor))
    _key(sheet, largest * quantity.factor)
    return sheet.figure


def void_scale(runs: Sequence[Run], snapshots: Sequence[Sequence[int]]) -> Scale:
    """Scale of the current density in the electrolyte of some snapshots [A/m²]."""
    shown = (run.snapshot(k) for run, indices in zip(runs, snapshots, strict=True) for k in sorted(set(indices)))
    return fitted_scale("current", (snapshot["current"].ravel() for snapshot in shown))


def largest_in_contact(runs: Sequence[Run], snapshots: Sequence[Sequence[int]]) -> float:
    """Largest current density in contact in some snapshots [A/m²]; 1 without current."""
    shown = (run.snapshot(k) for run, indices in zip(runs, snapshots, strict=True) for k in sorted(set(indices)))
    found = float(max(snapshot["contact_current"].max() for snapshot in shown))
    return found if found > NONE else 1.0


def _electrolyte(axes: Axes, snapshot: Snapshot, scale: Scale) -> None:
    field_map(axes, snapshot, snapshot["current"], style.QUANTITIES["current"].colours, scale)
    if np.max(snapshot["current"]) > NONE:
        draw_current_lines(axes, snapshot, np.zeros(snapshot.shape, bool))


def _interface(axes: Axes, snapshot: Snapshot, largest: float) -> None:
    (x0, _), (width, _) = snapshot.origin, size_of(snapshot)
    edges = x0 + snapshot.spacing[0] * np.arange(snapshot.shape[0] + 1)
    axes.add_patch(Rectangle((x0, 0), width, 1, facecolor="white", zorder=0))
    axes.stairs(snapshot["contact"][:, 0], edges, fill=True, color=COLOURS["lithium"], zorder=1)
    axes.stairs(snapshot["contact"][:, 0], edges, color=style.LITHIUM_EDGE, linewidth=0.8, zorder=2)
    axes.axhline(0.5, color=style.QUIET, linewidth=0.5, linestyle=":", zorder=3)
    curve = snapshot["contact_current"][:, 0] / (ROOM * largest)
    axes.plot(snapshot.centres(0), curve, color=CURVE, linewidth=1.3, zorder=4)
    axes.set(xlim=(x0, x0 + width), ylim=(0, 1))


def _key(sheet: Sheet, largest: float) -> None:
    handles = [
        Patch(facecolor=COLOURS["lithium"], edgecolor=style.INK, linewidth=0.6, label="part in contact, dotted: ½"),
        Patch(facecolor="white", edgecolor=style.INK, linewidth=0.6, label="voids"),
        Line2D([], [], color=CURVE, linewidth=1.3,
               label=f"current density in contact, {largest:.2g} mA cm⁻² at most"),
    ]  # fmt: skip
    left = sheet.panels[0][0].get_position().x0
    sheet.figure.legend(handles=handles, loc="lower left", bbox_to_anchor=(left, 0.0), ncols=3, fontsize=8,
                        handlelength=1.6, handleheight=0.7, columnspacing=1.4, borderaxespad=0.35,
                        borderpad=0.0)  # fmt: skip

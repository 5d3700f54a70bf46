"""Two-dimensional interphases: the phases as flat colours, and the potentials as maps below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import coarsened, size_of, to_rim
from phasefield.postprocess.phases import (
    COLOURS,
    HOSTED,
    KEY,
    in_host,
    outside_electrolyte,
    phase_key,
    phases_of,
    strip_of,
    thickness_note,
)
from phasefield.postprocess.plane import LARGEST, field_map, scale_bar
from phasefield.postprocess.sheet import Scale, Sheet, caption, run_labels

PANEL_WIDTH, MOVIE_PANEL_WIDTH = 1.9, 3.6
#: Height of all panels of one time together [inch]; a movie's frame must fit a screen.
TALLEST = 6.5
CONTOURS = 11
#: Level of the scale bar, in the electrolyte, as a part of the panel's height.
HIGH = 0.8
#: Damage from which on a cell is drawn as crack.
CRACKED = 0.9
#: Phases drawn over the electrolyte where a field is above ½, in this order.
PHASES = {"psi": "interphase", "coating": "coating", "consumed": "coating's product", "host": "host"}


def draw_interphase_plane(
    runs: Sequence[Run], snapshots: Sequence[Sequence[int]], scales: Mapping[str, Scale]
) -> Figure:
    """Draw two-dimensional runs: for each its phases and, below them, maps of potentials or stress.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    scales : mapping of str to Scale
        What is mapped, any of ``"potential"``, ``"phi_e"``, ``"phi_i"`` [V], ``"tension"`` and ``"pressure"`` [Pa], and
        the common scales.
    """
    times, stack = len(snapshots[0]), 1 + len(scales)
    first = runs[0].snapshot(0)
    x, y = size_of(first)
    aspect = (1 + strip_of(first)) * y / x
    width = min(MOVIE_PANEL_WIDTH, TALLEST / (stack * aspect)) if times == 1 else PANEL_WIDTH
    names = run_labels(runs)
    sheet = Sheet.new(names, times, aspect, width, bars=len(scales), foot=KEY, stack=stack)
    longest = max(run.times[-1] for run in runs)
    for number, (run, indices) in enumerate(zip(runs, snapshots, strict=True)):
        rows = sheet.panels[number * stack : (number + 1) * stack]
        for index, (body, *maps) in zip(indices, zip(*rows, strict=True), strict=True):
            snapshot = outside_electrolyte(coarsened(run.snapshot(index), LARGEST))
            _draw_phases(body, snapshot)
            for axes, (name, scale) in zip(maps, scales.items(), strict=True):
                _draw_map(axes, snapshot, name, scale)
            caption(body, style.time_label(snapshot.time, longest), thickness_note(run, snapshot.time))
    scale_bar(sheet.panels[0][0], x, level=HIGH)
    for number, (name, scale) in enumerate(scales.items()):
        quantity = style.QUANTITIES[name]
        sheet.colour_bar(number, quantity.title, quantity.colours, scale.times(quantity.factor))
    phase_key(sheet, phases_of(runs))
    return sheet.figure


def _draw_phases(axes: Axes, snapshot: Snapshot) -> None:
    axes.set_facecolor(COLOURS["electrolyte"])
    for name, phase in PHASES.items():
        if name in snapshot.fields:
            axes.contourf(*to_rim(snapshot, name), levels=[0.5, np.inf], colors=[COLOURS[phase]])
    _cracks(axes, snapshot)
    _outlines(axes, snapshot)
    _metal(axes, snapshot)


def _cracks(axes: Axes, snapshot: Snapshot) -> None:
    """Cells whose damage is that of a crack."""
    if "d" in snapshot.fields and np.max(snapshot["d"]) >= CRACKED:
        axes.contourf(*to_rim(snapshot, "d"), levels=[CRACKED, np.inf], colors=[COLOURS["crack"]])


def _draw_map(axes: Axes, snapshot: Snapshot, name: str, scale: Scale) -> None:
    quantity = style.QUANTITIES[name]
    if name == HOSTED:
        axes.set_facecolor(COLOURS["electrolyte"])
        inside = np.where(in_host(snapshot), snapshot[name], np.nan)
        snapshot = replace(snapshot, fields={**snapshot.fields, name: inside})
    field_map(axes, snapshot, snapshot[name], quantity.colours, scale)
    levels = np.linspace(scale.vmin, scale.vmax, CONTOURS)[1:-1]
    axes.contour(*to_rim(snapshot, name), levels=levels, colors="white", linewidths=0.35, alpha=0.6)
    _cracks(axes, snapshot)
    _outlines(axes, snapshot)
    _metal(axes, snapshot)
    halo = [withStroke(linewidth=2.2, foreground="white", alpha=0.75)]
    axes.annotate(quantity.symbol, (0, 1), (5, -5), xycoords="axes fraction", textcoords="offset points", va="top",
                  size=9, weight="bold", path_effects=halo)  # fmt: skip


def _outlines(axes: Axes, snapshot: Snapshot) -> None:
    """The front of the interphase, and the rims of coating and host."""
    for name, width in (("psi", 0.9), ("coating", 0.7), ("consumed", 0.5), ("host", 0.7)):
        if name in snapshot.fields:
            axes.contour(*to_rim(snapshot, name), levels=[0.5], colors=[style.INK], linewidths=width)


def _metal(axes: Axes, snapshot: Snapshot) -> None:
    """Draw the lithium if it is a phase, otherwise the electrode as a strip under the box."""
    (x0, y0), (width, height) = snapshot.origin, size_of(snapshot)
    below = strip_of(snapshot) * height
    if below:
        axes.add_patch(Rectangle((x0, y0 - below), width, below, facecolor=COLOURS["electrode"], zorder=3))
        axes.axhline(y0, color=style.LITHIUM_EDGE, lw=0.8, zorder=4)
    else:
        lithium = to_rim(snapshot, "xi")
        axes.contourf(*lithium, levels=[0.5, np.inf], colors=[COLOURS["lithium"]], zorder=3)
        axes.contour(*lithium, levels=[0.5], colors=[style.LITHIUM_EDGE], linewidths=0.9, zorder=4)
    axes.set(xlim=(x0, x0 + width), ylim=(y0 - below, y0 + height))

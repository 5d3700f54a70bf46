"""Scalars against time for several runs: small multiples, one per quantity, with units."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from phasefield.errors import RunError
from phasefield.io.rundir import Run
from phasefield.postprocess import style
from phasefield.postprocess.sheet import run_labels

if TYPE_CHECKING:
    from phasefield.physics.common.columns import Column

COLUMNS = 3
#: Columns that are always zero in most runs, and are left out of their charts then.
OPTIONAL = ("Isolated lithium",)
#: Number of characters that fit above a panel.
LONGEST_TITLE = 33


def charted(runs: Sequence[Run]) -> list[Column]:
    """Columns declared for a chart that at least one of the runs has; of parts that need not exist, if they do."""
    found = {column.head: column for run in runs for column in run.columns if column.chart}
    return [column for column in found.values() if any(_has(run, column) for run in runs)]


def _has(run: Run, column: Column) -> bool:
    values = run.history.get(column.head)
    return values is not None and (column.name not in OPTIONAL or bool(np.any(values)))


def draw_history(runs: Sequence[Run]) -> Figure | None:
    """Plot scalars of several runs against time: the columns declared for a chart.

    Parameters
    ----------
    runs : sequence of Run

    Returns
    -------
    matplotlib.figure.Figure or None
        None if there is no such column.

    Raises
    ------
    RunError
        If a run has made no step yet.
    """
    for run in runs:
        if run.history.rows == 0:
            raise RunError(f"{run.path}: its history has no time step yet")
    columns = charted(runs)
    if not columns:
        return None
    factor, unit = style.time_unit(max(run.history["Time [s]"][-1] for run in runs))
    rows = -(-len(columns) // COLUMNS)
    figure = Figure(figsize=(7.4, 0.75 + 1.85 * rows), facecolor="white")
    panels = figure.subplots(rows, COLUMNS, sharex=True, squeeze=False)
    for axes, column in zip(panels.flat, columns, strict=False):
        for run, colour in zip(runs, colours_of(runs), strict=True):
            if column.head in run.history:
                values = run.history[column.head] / column.per_unit
                axes.plot(run.history["Time [s]"] / factor, values, color=colour, lw=1.6)
        dress(axes, _titled(column))
    for axes in panels.flat[len(columns) :]:
        axes.remove()
    for axes in panels[-1]:
        axes.set_xlabel(f"Time ({unit})")
    named = zip(run_labels(runs), colours_of(runs), strict=True)
    lines = [Line2D([], [], color=colour, lw=1.6, label=name) for name, colour in named]
    figure.legend(handles=lines, loc="upper left", ncols=len(runs), fontsize=9, bbox_to_anchor=(0.055, 1.0))
    figure.subplots_adjust(
        left=0.075, right=0.985, bottom=0.5 / figure.get_figheight(), hspace=0.32, wspace=0.26
    )
    figure.subplots_adjust(top=1 - 0.6 / figure.get_figheight())
    return figure


def charge_note(run: Run, time: float) -> str:
    """Charge per area plated up to a time [s], in the units of battery research."""
    history = run.history
    times, charges = (np.append(0.0, history[head]) for head in ("Time [s]", "Charge plated [C/m2]"))
    return style.charge_label(float(np.interp(time, times, charges)))


def colours_of(runs: Sequence[Run]) -> list[str]:
    """Colour of each run's lines."""
    return [style.RUN_COLOURS[k % len(style.RUN_COLOURS)] for k in range(len(runs))]


def _titled(column: Column) -> str:
    """Name and unit, in two lines if one would overlap the next panel."""
    name, unit = column.called, style.unit_label(column.shown)
    between = "\n" if len(column.called) + len(column.shown) > LONGEST_TITLE else " "
    return f"{name}{between}({unit})" if unit else "\n".join(wrap(name, LONGEST_TITLE))


def dress(axes: Axes, title: str) -> None:
    """Title, grid and ticks of a panel."""
    axes.set_title(title, loc="left", pad=5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e4e6e9", lw=0.6)
    axes.set_axisbelow(True)
    axes.margins(x=0.0, y=0.08)
    if not np.any(axes.dataLim.intervaly):
        axes.set_ylim(-0.08, 1.0)  # keeps a quantity that is always 0 at the bottom
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))

"""The cycles of the drive: voltage and current against time, and charge, efficiency and overpotential of each cycle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from phasefield.io.rundir import Run
from phasefield.postprocess import style
from phasefield.postprocess.history import colours_of, dress
from phasefield.postprocess.sheet import run_labels

#: Part of the time in which the voltage may leave the picture: it has no bound where lithium or salt is used up.
LEFT_OUT = 0.005
#: Smallest half range of a summary, over its middle: no digits are magnified that say nothing.
NARROWEST = 0.02


class Panel(NamedTuple):
    """A panel: its title with the unit, factor to it, and columns; of two, the second is drawn hollow."""

    title: str
    factor: float
    columns: tuple[str, ...]


#: Columns of history.csv against time.
COURSES = (
    Panel("Cell voltage (mV)", 1e3, ("Cell voltage [V]",)),
    Panel("Current density (mA cm⁻²)", 0.1, ("Current density [A/m2]",)),
    Panel("Contact fraction", 1.0, ("Contact [1]",)),
    Panel("Resistance (Ω cm²)", 1e4, ("Total resistance [ohm m2]",)),
)
#: Columns of cycles.csv by cycle.
SUMMARIES = (
    Panel("Charge in ●, out ○ (mAh cm⁻²)", 1 / 36000, ("Charge in [C/m2]", "Charge out [C/m2]")),
    Panel("Coulombic efficiency (%)", 100.0, ("Coulombic efficiency [1]",)),
    Panel("Mean overpotential (mV)", 1e3, ("Mean overpotential [V]",)),
)


def draw_cycles(runs: Sequence[Run]) -> Figure | None:
    """Draw voltage and current of several runs against time, and a summary of their cycles.

    Parameters
    ----------
    runs : sequence of Run

    Returns
    -------
    matplotlib.figure.Figure or None
        None unless a run has finished two cycles.
    """
    cycled = [(run, colour) for run, colour in zip(runs, colours_of(runs), strict=True) if run.cycles.rows > 1]
    if not cycled:
        return None
    panels = [p for p in SUMMARIES if any(_has(run, head) for run, _ in cycled for head in p.columns)]
    courses = [c for c in COURSES if any(c.columns[0] in run.history for run, _ in cycled)]
    rows = len(courses) + 1
    figure = Figure(figsize=(7.4, 0.7 + 1.75 * rows), facecolor="white")
    grid = figure.add_gridspec(rows, len(panels))
    shared: Axes | None = None
    for place, panel in enumerate(courses):
        shared = figure.add_subplot(grid[place, :], sharex=shared)
        _course(shared, panel, cycled)
    for place, panel in enumerate(panels):
        _summary(figure.add_subplot(grid[-1, place]), panel, cycled)
    lines = [
        Line2D([], [], color=colour, lw=1.6, label=name)
        for name, (_, colour) in zip(run_labels([run for run, _ in cycled]), cycled, strict=True)
    ]
    figure.legend(handles=lines, loc="upper left", ncols=len(lines), fontsize=9, bbox_to_anchor=(0.055, 1.0))
    high = figure.get_figheight()
    figure.subplots_adjust(left=0.075, right=0.985, bottom=0.5 / high, top=1 - 0.6 / high, hspace=0.62, wspace=0.3)
    return figure


def _course(axes: Axes, panel: Panel, cycled: Sequence[tuple[Run, str]]) -> None:
    """A column of the history against time."""
    factor, unit = style.time_unit(max(run.history["Time [s]"][-1] for run, _ in cycled))
    bounds, (head,) = [], panel.columns
    for run, colour in cycled:
        if head in run.history:
            defined = np.isfinite(run.history[head])  # no resistance at rest
            times, values = run.history["Time [s]"][defined], run.history[head][defined] * panel.factor
            axes.plot(times / factor, values, color=colour, lw=1.4)
            bounds += [bound(times, values, share) for share in (LEFT_OUT, 1 - LEFT_OUT)]
    dress(axes, panel.title)
    low, high = min(bounds), max(bounds)
    margin = 0.08 * (high - low or 1.0)
    axes.set_ylim(low - margin, high + margin)
    axes.set_xlabel(f"Time ({unit})")


def bound(times: np.ndarray, values: np.ndarray, share: float) -> float:
    """The value below which a quantity is for a share of the time.

    Parameters
    ----------
    times, values : ndarray, shape (rows,)
        Each value holds since the time before.
    share : float [1]
    """
    order = np.argsort(values[1:])
    passed = np.cumsum(np.diff(times)[order])
    place = min(int(np.searchsorted(passed, share * passed[-1])), len(order) - 1)
    return float(values[1:][order][place])


def _summary(axes: Axes, panel: Panel, cycled: Sequence[tuple[Run, str]]) -> None:
    """Points of each cycle."""
    for run, colour in cycled:
        for place, head in enumerate(panel.columns):
            if _has(run, head):
                face = "white" if place else colour
                values = run.cycles[head] * panel.factor
                axes.plot(run.cycles["Cycle"], values, "o-", color=colour, mfc=face, ms=4, lw=1)
    dress(axes, panel.title)
    axes.margins(x=0.1)
    axes.ticklabel_format(axis="y", useOffset=False)
    low, high = axes.get_ylim()
    middle = 0.5 * (low + high)
    half = max(0.5 * (high - low), NARROWEST * abs(middle))
    axes.set_ylim(middle - half, middle + half)
    axes.set_xlabel("Cycle")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _has(run: Run, head: str) -> bool:
    return head in run.cycles and bool(np.isfinite(run.cycles[head]).any())

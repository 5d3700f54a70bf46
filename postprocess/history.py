"""Scalars against time for several runs: small multiples, one per quantity, with units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from phasefield.errors import RunError
from phasefield.io.rundir import Run
from phasefield.postprocess import style
from phasefield.postprocess.sheet import run_labels

# Column of history.csv -> title with a reader's unit, factor to it
SHOWN = {
    "Tip height [m]": ("Tip height (µm)", 1e6),
    "Tip-valley distance [m]": ("Tip–valley distance (µm)", 1e6),
    "Roughness [m]": ("Roughness (µm)", 1e6),
    "Overpotential [V]": ("Overpotential (mV)", 1e3),
    "Cell voltage [V]": ("Cell voltage (mV)", 1e3),
    "Charge plated [C/m2]": ("Charge plated (mAh cm$^{-2}$)", 1 / 36e3),
}
#: The same for plating over an interphase
PLATING_INTERPHASE = {
    "Tip height [m]": ("Tip height (nm)", 1e9),
    "Interphase thickness [m]": ("Interphase thickness (nm)", 1e9),
    "Cell voltage [V]": ("Cell voltage (mV)", 1e3),
    "Charge plated [C/m2]": ("Charge plated (µAh cm$^{-2}$)", 1 / 36),
    "Charge lost to the interphase [C/m2]": ("Charge lost (µAh cm$^{-2}$)", 1 / 36),
    "Isolated lithium [m]": ("Isolated lithium (nm)", 1e9),
}
#: The same for partial contact
CONTACT = {
    "Cell voltage [V]": ("Cell voltage (V)", 1.0),
    "Mean content [1]": ("Mean lithium content", 1.0),
    "Spread of content [1]": ("Spread of content", 1.0),
    "Total resistance [ohm m2]": ("Total resistance (Ω cm$^2$)", 1e4),
    "Constriction resistance [ohm m2]": ("Constriction (Ω cm$^2$)", 1e4),
    "Hot spot [1]": ("Hot spot (× mean current)", 1.0),
}
#: The same for wetting
WETTING = {
    "Contact fraction [1]": ("Contact fraction", 1.0),
    "Contact angle [deg]": ("Contact angle (°)", 1.0),
    "Height over the layer [m]": ("Height over the layer (nm)", 1e9),
    "Potential [V]": ("Potential (µV)", 1e6),
}
COLUMNS = 3


def draw_history(runs: Sequence[Run], columns: Mapping[str, tuple[str, float]] = SHOWN) -> Figure:
    """Plot scalars of several runs against time.

    Parameters
    ----------
    runs : sequence of Run
    columns : mapping
        Heads of the columns wanted, each with a title for readers and the factor from SI to its unit.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    RunError
        If a run has made no step yet, or lacks a column.
    """
    for run in runs:
        if run.history.rows == 0:
            raise RunError(f"{run.path}: its history holds no step yet")
    factor, unit = style.time_unit(max(run.history["Time [s]"][-1] for run in runs))
    rows = -(-len(columns) // COLUMNS)
    figure = Figure(figsize=(7.4, 0.75 + 1.85 * rows), facecolor="white")
    panels = figure.subplots(rows, COLUMNS, sharex=True, squeeze=False)
    for axes, (head, (title, scale)) in zip(panels.flat, columns.items(), strict=False):
        for run, name, colour in zip(runs, run_labels(runs), _colours(runs), strict=True):
            axes.plot(
                run.history["Time [s]"] / factor, run.history[head] * scale, color=colour, lw=1.6, label=name
            )
        _dress(axes, title)
    for axes in panels.flat[len(columns) :]:
        axes.remove()
    for axes in panels[-1]:
        axes.set_xlabel(f"Time ({unit})")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper left", ncols=len(runs), fontsize=9, bbox_to_anchor=(0.055, 1.0))
    figure.subplots_adjust(
        left=0.075, right=0.985, bottom=0.5 / figure.get_figheight(), hspace=0.32, wspace=0.26
    )
    figure.subplots_adjust(top=1 - 0.6 / figure.get_figheight())
    return figure


def charge_note(run: Run, time: float) -> str:
    """Charge per area plated up to a time [s], as battery people state it."""
    history = run.history
    times, charges = (np.append(0.0, history[head]) for head in ("Time [s]", "Charge plated [C/m2]"))
    return style.charge_label(float(np.interp(time, times, charges)))


def _colours(runs: Sequence[Run]) -> list[str]:
    return [style.RUN_COLOURS[k % len(style.RUN_COLOURS)] for k in range(len(runs))]


def _dress(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", pad=5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e4e6e9", lw=0.6)
    axes.set_axisbelow(True)
    axes.margins(x=0.0, y=0.08)
    if not np.any(axes.dataLim.intervaly):
        axes.set_ylim(-0.08, 1.0)  # a quantity that stays 0 is not stretched around it
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))

"""Curves of the page, drawn as images: the history against time, and one-dimensional fields against height."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.history import charted, dress
from phasefield.postprocess.sheet import Scale

#: Left and right end of the axes of a curve, as parts of its image; the page draws the present time between them.
LEFT, RIGHT = 0.155, 0.975
TIME = "Time [s]"


class Shown(NamedTuple):
    """A column of a history and how it is shown."""

    head: str
    title: str
    unit: str
    per_unit: float

    @property
    def label(self) -> str:
        """Name and unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title


def columns_of(runs: Sequence[Run]) -> list[Shown]:
    """Columns that can be drawn, those that the model declares for a chart first."""
    declared = {column.head: column for run in runs for column in run.columns if column.shown}
    first = [column.head for column in charted(runs)]
    held = {head for run in runs for head in run.history} - {TIME}
    others = [head for head in declared if head not in first]
    found = [declared[head] for head in [*first, *others] if head in held]
    return [Shown(c.head, c.called, "" if c.shown == "1" else c.shown, c.per_unit) for c in found]


def draw_curve(runs: Sequence[Run | None], shown: Shown, longest: float, inches: tuple[float, float]) -> Figure:
    """One column of the histories against time, up to the longest time [s]."""
    factor, unit = style.time_unit(longest)
    figure = style.Picture(figsize=inches, facecolor="white")
    axes = figure.add_axes((LEFT, 0.23, RIGHT - LEFT, 0.71))
    for run, colour in zip(runs, style.RUN_COLOURS, strict=False):
        if run is not None and shown.head in run.history:
            axes.plot(run.history[TIME] / factor, run.history[shown.head] / shown.per_unit, color=colour, lw=1.6)
    dress(axes, "")  # the page has the title, as a list to choose from
    axes.set(xlim=(0, longest / factor or 1), xlabel=f"Time ({unit})")
    return figure


def draw_profile(
    snapshots: Sequence[Snapshot | None], field: str, quantity: style.Quantity, scale: Scale,
    inches: tuple[float, float],
) -> Figure:  # fmt: skip
    """A field of one-dimensional runs against height."""
    figure = style.Picture(figsize=inches, facecolor="white")
    axes = figure.add_axes((0.1, 0.1, 0.87, 0.82))
    tops = [snapshot.centres(0)[-1] for snapshot in snapshots if snapshot is not None]
    factor, unit = style.length_unit(float(max(tops)))
    for snapshot, colour in zip(snapshots, style.RUN_COLOURS, strict=False):
        if snapshot is not None:
            axes.plot(snapshot.centres(0) * factor, snapshot[field] * quantity.factor, color=colour, lw=1.8)
    dress(axes, quantity.title)
    margin = 0.05 * (scale.vmax - scale.vmin)
    axes.set(ylim=(scale.vmin - margin, scale.vmax + margin), xlabel=f"Height ({unit})")
    return figure


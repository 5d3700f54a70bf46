"""Sheets of equal panels with colour bars, and the choice of the runs and times that they show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from phasefield.errors import RunError, argument
from phasefield.io.rundir import Run
from phasefield.postprocess import style

VIDEO_BLOCK = 16
#: How far a time may be beyond the end of a run, since people round the times that they read from pictures.
ROUNDING = 2e-3
#: Label of the axes of colour bars.
BAR_AXES = "colour bar"
#: The last sheet by its layout, while sheets are reused.
_kept: ContextVar[dict[tuple, Sheet] | None] = ContextVar("kept", default=None)
LEFT, RIGHT, TOP, BOTTOM, GAP, CAPTION, BAR = 0.12, 0.12, 0.12, 0.18, 0.12, 0.24, 0.78
#: Mean width of a bold letter over its size.
LETTER = 0.7
ROW_NAME, COLUMN_NAME, STACK_GAP = 0.26, 0.26, 0.07


def common_model(runs: Sequence[Run]) -> str:
    """The common model of the runs.

    Raises
    ------
    RunError
        The models differ.
    """
    return _common(runs, lambda run: run.model, "model", "is of {}")


def common_dimension(runs: Sequence[Run]) -> int:
    """The common dimension of the runs.

    Raises
    ------
    RunError
        The dimensions differ.
    """
    return _common(runs, lambda run: run.dimension, "dimension", "is {}-D")


def common_grid(runs: Sequence[Run]) -> bool:
    """Whether all runs are on meshes of triangles.

    Raises
    ------
    RunError
        Only some of them are.
    """
    return _common(runs, lambda run: "a mesh" if run.meshed else "a box", "grids", "is on {}") == "a mesh"


def _common(runs: Sequence[Run], of: Callable[[Run], Any], what: str, phrase: str) -> Any:
    found = [of(run) for run in runs]
    if len(set(found)) > 1:
        listed = ", ".join(f"{run.name} {phrase.format(one)}" for run, one in zip(runs, found, strict=True))
        raise RunError(f"runs of different {what} cannot be drawn in one picture: {listed}", code="mixed-runs")
    return found[0]


def short_names(names: Sequence[str]) -> list[str]:
    """Names without their common first and last words, such as "uncoated" for ``plating_uncoated_3d``."""
    words = [name.replace("-", "_").split("_") for name in names]
    lead = _shared(words) if len(words) > 1 else 0
    rest = [w[lead:] for w in words]
    trail = _shared([w[::-1] for w in rest]) if len(words) > 1 else 0
    short = [" ".join(w[: len(w) - trail]) for w in rest]
    return short if all(short) else [" ".join(w) for w in words]


def run_labels(runs: Sequence[Run]) -> list[str]:
    """The short names of runs, as texts of a picture."""
    return [style.literal(name) for name in short_names([run.name for run in runs])]


def _shared(lists: Sequence[Sequence[str]]) -> int:
    """Number of first items that all lists have in common."""
    alike = [len(set(items)) == 1 for items in zip(*lists, strict=False)]
    return [*alike, False].index(False)


def chosen_snapshots(runs: Sequence[Run], times: Sequence[float] | None, count: int) -> list[list[int]]:
    """For each run, the snapshots nearest to the requested times.

    Parameters
    ----------
    runs : sequence of Run
    times : sequence of float [s] or None
        If None, times spread evenly over the time that all runs have reached, with the last one replaced by each run's
        own end; a single one is the last time that all have reached.
    count : int
        Number of times, if the runs have as many snapshots.

    Raises
    ------
    RunError
        If a run has no snapshot, or a time lies outside a run.
    """
    for run in runs:
        if len(run.times) == 0:
            raise RunError(f"{run.path}: has no snapshot yet", code="no-snapshot")
        first, last = run.times[0], run.times[-1]
        for time in times or ():
            if not first <= time <= last * (1 + ROUNDING):
                reach = f"{run.path} has snapshots from {first:g} s to {last:g} s"
                raise RunError(f"{argument('time')}: {time:g} s is outside the run: {reach}", code="no-snapshot")
    if times is None:
        end = min(run.times[-1] for run in runs)
        count = min(count, *(len(run.times) for run in runs))
        times = np.linspace(runs[0].times[0], end, count).tolist() if count > 1 else [end]
        if count > 1:
            return [[*(run.nearest(time) for time in times[:-1]), len(run.times) - 1] for run in runs]
    return [[run.nearest(time) for time in times] for run in runs]


class Scale(Normalize):
    """A colour scale, with the information whether values lie beyond its ends.

    Parameters
    ----------
    low, high : float
    extend : {"neither", "min", "max", "both"}
        Ends of the colour bar that get an arrow-head.
    """

    def __init__(self, low: float, high: float, extend: str = "neither"):
        super().__init__(float(low), float(high))
        self.extend = extend

    def times(self, factor: float) -> Scale:
        """The scale in another unit."""
        return Scale(self.vmin * factor, self.vmax * factor, self.extend)


def fitted_scale(name: str, samples: Iterable[np.ndarray]) -> Scale:
    """Colour scale for all values of a field in a picture.

    A current density starts at zero, and its few largest values are cut off. The scale of a nearly constant field is
    kept so wide that rounding errors do not show.
    """
    values = np.concatenate([np.zeros(0), *samples])
    if values.size == 0:
        return Scale(0.0, 1.0)
    density = name == "current"
    low = 0.0 if density else values.min()
    high = np.percentile(values, 99.6) if density else values.max()
    least = 0.01 * max(abs(low), abs(high)) or 1.0
    return Scale(low, max(high, low + least), "max" if density else "neither")


def at_time(run: Run, head: str, time: float) -> float:
    """A column of the history at a time [s], by interpolation; its first value at the very start."""
    history = run.history
    return float(np.interp(time, history["Time [s]"], history[head]))


def caption(axes: Axes, time: str, note: str) -> None:
    """Write the time and a note above a panel."""
    above = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "baseline"}
    axes.annotate(time, (0, 1), (0, 4), ha="left", weight="bold", **above)
    axes.annotate(note, (1, 1), (0, 4), ha="right", size=7.5, color=style.QUIET, **above)


@dataclass(frozen=True)
class Sheet:
    """A figure of equal panels: one row per run and one column per time; for a single time, one column per run.

    Attributes
    ----------
    figure : Figure
    panels : tuple of tuple of Axes
        Panels of each run over the times; with several panels per time, the rows follow each other.
    bars : dict
        What the colour bars show, by their numbers.
    """

    figure: Figure
    panels: tuple[tuple[Axes, ...], ...]
    bars: dict[int, tuple] = field(default_factory=dict)

    @classmethod
    def new(
        cls, names: Sequence[str], times: int, aspect: float, width: float, bars: int, foot: float = 0.0, stack: int = 1
    ) -> Sheet:
        """Lay out a sheet, or empty the last one if it is kept (:func:`keep_sheets`) and like this one.

        Parameters
        ----------
        names : sequence of str
            One per run.
        times : int
            Number of times.
        aspect : float
            Height of a panel over its width.
        width : float [inch]
            Width of a panel.
        bars : int
            Number of colour bars on the right.
        foot : float [inch]
            Height left for a key under the panels.
        stack : int
            Number of panels one above the other for each run and time.
        """
        layout = (tuple(names), times, aspect, width, bars, foot, stack)
        kept = _kept.get()
        if kept is not None and layout in kept:
            return kept[layout]._emptied(names, stack)
        sheet = cls._laid_out(*layout)
        if kept is not None:
            kept.clear()
            kept[layout] = sheet
        return sheet

    @classmethod
    def _laid_out(
        cls, names: Sequence[str], times: int, aspect: float, width: float, bars: int, foot: float, stack: int
    ) -> Sheet:
        across = times == 1
        blocks, columns = (1, len(names)) if across else (len(names), times)
        left, top = (LEFT, TOP + COLUMN_NAME) if across else (LEFT + ROW_NAME, TOP)
        height = width * aspect
        block = CAPTION + stack * height + (stack - 1) * STACK_GAP
        inches = (
            left + columns * width + (columns - 1) * GAP + bars * BAR + RIGHT,
            top + blocks * block + (blocks - 1) * GAP + BOTTOM + foot,
        )
        # Video codecs work in blocks of pixels, and would resize frames that do not fill them.
        full = [
            np.ceil(x * style.PIXELS_PER_INCH / VIDEO_BLOCK) * VIDEO_BLOCK / style.PIXELS_PER_INCH
            for x in inches
        ]
        figure = style.Picture(figsize=full, facecolor="white")
        rows = []
        for row in range(blocks * stack):
            number, layer = divmod(row, stack)
            y = full[1] - top - number * (block + GAP) - CAPTION - layer * (height + STACK_GAP) - height
            boxes = [(left + column * (width + GAP), y, width, height) for column in range(columns)]
            rows.append(tuple(_axes(figure, box, full) for box in boxes))
        panels = tuple((axes,) for run in zip(*rows, strict=True) for axes in run) if across else tuple(rows)
        sheet = cls(figure, panels)
        sheet._name_runs(names, stack)
        return sheet

    def _emptied(self, names: Sequence[str], stack: int) -> Sheet:
        """The same sheet without what is in its panels and its key."""
        self.figure.legends.clear()
        for axes in (axes for panels in self.panels for axes in panels):
            for artist in (*axes.images, *axes.collections, *axes.lines, *axes.patches, *axes.texts, *axes.artists):
                artist.remove()  # clear() would also make all ticks anew
            axes.legend_ = None
            axes.relim()
            axes.autoscale(True)
        self._name_runs(names, stack)
        return self

    def _name_runs(self, names: Sequence[str], stack: int) -> None:
        across = len(self.panels[0]) == 1
        upper, lower = self.panels[::stack], self.panels[stack - 1 :: stack]
        look: dict[str, Any] = {"textcoords": "offset points", "size": 10, "weight": "bold"}
        for name, (first, *_), (last, *_) in zip(names, upper, lower, strict=True):
            if across:
                first.annotate(name, (0, 1), (0, 20), xycoords="axes fraction", ha="left", va="baseline", **look)
            else:
                box, foot = first.get_position(), last.get_position()
                room = (box.y1 - foot.y0) * self.figure.get_figheight() + CAPTION
                look["size"] = min(10.0, 72 * room / (LETTER * len(name) or 1))
                first.annotate(
                    name, (box.x0, (foot.y0 + box.y1) / 2), (-8, 0), xycoords="figure fraction", ha="right",
                    va="center", rotation=90, **look,
                )  # fmt: skip

    def colour_bar(self, number: int, title: str, colours: Colormap, scale: Scale, alpha: float = 1.0) -> None:
        """Draw a colour bar, unless the sheet has it already; `number` counts from the panels outwards."""
        shown = (title, colours.name, scale.vmin, scale.vmax, scale.extend, alpha)
        if self.bars.get(number) == shown:
            return
        self.bars[number] = shown
        last = [row[-1].get_position() for row in self.panels]
        right, low, high = max(p.x1 for p in last), min(p.y0 for p in last), max(p.y1 for p in last)
        width, height = self.figure.get_size_inches()
        tall = min(high - low, 2.6 / height)
        box = (right + (GAP + number * BAR) / width, (low + high - tall) / 2, 0.11 / width, tall)
        axes = self.figure.add_axes(box, label=BAR_AXES)
        bar = self.figure.colorbar(
            ScalarMappable(scale, colours), cax=axes, extend=scale.extend, extendfrac=0.03, alpha=alpha
        )
        bar.outline.set_linewidth(0.5)
        bar.ax.tick_params(labelsize=7.5, length=2.5)
        bar.set_label(title, size=8)
        bar.locator.set_params(nbins=6)
        bar.update_ticks()


def keep_sheets() -> None:
    """From now on, in this context, a new sheet is the last one, emptied, if its layout is the same.

    The frames of a movie are such sheets: half of their time goes into axes, colour bars and texts.
    """
    _kept.set({})


def letter_panels(figure: Figure) -> None:
    """Write (a), (b), ... at the panels, from left to right and from above to below, for the captions of papers."""
    panels = [axes for axes in figure.axes if axes.get_label() != BAR_AXES]
    figure.draw_without_rendering()  # places panels whose layout is constrained
    placed = sorted(panels, key=lambda axes: (-round(axes.get_position().y1, 2), axes.get_position().x0))
    halo = [withStroke(linewidth=2.2, foreground="white", alpha=0.75)]
    for number, axes in enumerate(placed):
        letter = f"({chr(ord('a') + number % 26) * (1 + number // 26)})"
        if axes.axison and len(axes.get_xticks()):  # curves: beside the title, where no curve is
            axes.set_title(letter, loc="right", weight="bold", pad=5)
        else:
            axes.annotate(letter, (1, 1), (-4, -4), xycoords="axes fraction", textcoords="offset points", ha="right",
                          va="top", size=9, weight="bold", zorder=10, path_effects=halo)  # fmt: skip


def _axes(figure: Figure, inches: tuple[float, ...], full: Sequence[float]) -> Axes:
    x, y, width, height = inches
    axes = figure.add_axes((x / full[0], y / full[1], width / full[0], height / full[1]))
    axes.set(xticks=[], yticks=[])
    return axes

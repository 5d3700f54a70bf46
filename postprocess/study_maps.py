"""Outcomes of a study against its settings: maps over two axes, or lines with the spread of replicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm, Colormap, LogNorm, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import NDArray

from phasefield.postprocess import style
from phasefield.postprocess.study_table import Axis, StudyTable, number

SEQUENTIAL, DIVERGING = style.part(cm.lapaz, 0.05, 0.97), style.part(cm.vik, 0.08, 0.92)
MISSING = "#e9e9ec"
LUMINANCE = (0.3, 0.59, 0.11)
#: Place that lines leave free around a number.
NUMBER_BOX = "square,pad=0.25"
WIDTH, HEIGHT, MOST_FACETS = 3.6, 3.1, 6
#: Looks of an outcome's own lines.
LINES: tuple[dict[str, str], ...] = (
    {"colors": style.INK, "linestyles": "-"},
    {"colors": style.INK, "linestyles": "--"},
    {"colors": style.INK, "linestyles": ":"},
    {"colors": style.INK, "linestyles": "-."},
)


class Spot(NamedTuple):
    """Position of a member in a picture, as parts of its width and height from the upper left."""

    x: float
    y: float
    member: int


@dataclass(frozen=True)
class Chart:
    """A picture of a report, with the positions of members."""

    title: str
    figure: Figure
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """A quantity to draw; see the study deck's ``[[outcomes]]``."""

    quantity: str
    scale: str = "linear"
    level: float | None = None
    theory: str | None = None
    names: Sequence[str] = ()
    lines: Sequence[Mapping[str, Any]] = ()

    @property
    def title(self) -> str:
        """Title with the unit in round brackets, as on axes."""
        name, _, unit = self.quantity.rpartition(" [")
        return f"{name} ({unit.rstrip(']')})" if unit != "1]" else name


def draw_outcome(table: StudyTable, outcome: Outcome) -> Chart:
    """Draw an outcome: a map if two numbers vary, lines otherwise; further axes side by side."""
    x, y, others = arranged(table)
    names = [axis.name for axis in others]
    facets = [dict(zip(names, chosen, strict=True)) for chosen in product(*(axis.values for axis in others))]
    facets, left_out = facets[:MOST_FACETS], len(facets[MOST_FACETS:])
    figure = Figure(figsize=(WIDTH * len(facets) + 1.0, HEIGHT + 0.5 * (len(others) > 0)), layout="constrained")
    panels = figure.subplots(1, len(facets), squeeze=False, sharex=True, sharey=True)[0]
    as_map = y is not None and y.numeric and x.numeric and min(len(x.values), len(y.values)) > 2
    placed: list[tuple[Axes, float, float, int]] = []
    scale = _scale(outcome, table.outcome(outcome.quantity))
    for axes, facet in zip(panels, facets, strict=True):
        if as_map:
            assert y is not None
            placed += _map(axes, table, outcome, x, y, facet, scale)
        else:
            placed += _lines(axes, table, outcome, x, y, facet)
        if facet:
            axes.set_title(style.literal(", ".join(axis.text(facet[axis.name]) for axis in others)), loc="left")
        axes.set_xlabel(x.title)
    panels[0].set_ylabel(y.title if as_map and y is not None else outcome.title)
    if as_map and not outcome.names:
        mappable = panels[0].collections[0]
        bar = figure.colorbar(mappable, ax=list(panels), pad=0.02, aspect=28)
        bar.set_label(outcome.title)
        bar.outline.set_linewidth(0.5)
        if isinstance(scale, LogNorm):
            bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(float(value), 3)))
            bar.ax.yaxis.set_minor_locator(NullLocator())
    if as_map and outcome.names:
        _named(figure, outcome, scale, any(np.ma.is_masked(axes.collections[0].get_array()) for axes in panels))
    _key(figure, panels[-1], outcome, as_map)
    if left_out:
        figure.supxlabel(f"{left_out} more panels not shown", x=0.99, ha="right", fontsize=7.5, color=style.QUIET)
    return Chart(outcome.title, figure, spots(figure, placed))


def arranged(table: StudyTable) -> tuple[Axis, Axis | None, list[Axis]]:
    """The axes along x and y, and the rest; numeric axes with many values first."""
    axes = sorted(table.varied, key=lambda axis: (not axis.numeric, -len(axis.values)))
    axes = [axis for axis in axes if not axis.sampled] or axes or list(table.axes[:1])
    independent = [a for n, a in enumerate(axes) if not any(_in_step(table, a, b) for b in axes[:n])]
    first, second = independent[0], independent[1] if len(independent) > 1 else None
    return first, second, independent[2:]


def _in_step(table: StudyTable, a: Axis, b: Axis) -> bool:
    """Whether the setting of one axis determines that of the other."""
    pairs = set(zip(table.settings(a), table.settings(b), strict=True))
    return len(pairs) == len(a.values) == len(b.values)


def _scale(outcome: Outcome, values: NDArray[np.float64]) -> Normalize:
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return Normalize(0, 1)
    if outcome.names:
        return Normalize(-0.5, len(outcome.names) - 0.5)
    if outcome.scale == "log" and finite.min() > 0:
        return LogNorm(finite.min(), finite.max())
    if outcome.level is not None:
        return CenteredNorm(outcome.level, np.abs(finite - outcome.level).max() or 1.0)
    return Normalize(finite.min(), finite.max() if finite.max() > finite.min() else finite.min() + 1)


def _grid(table: StudyTable, values: NDArray, x: Axis, y: Axis, facet: Mapping[str, Any]) -> NDArray[np.float64]:
    """Medians over all other axes, rows along y."""
    cells = np.full((len(y.values), len(x.values)), np.nan)
    for (row, b), (column, a) in product(enumerate(y.values), enumerate(x.values)):
        found = values[table.where({**facet, x.name: a, y.name: b})]
        if np.isfinite(found).any():
            cells[row, column] = np.nanmedian(found)
    return cells


def _map(
    axes: Axes, table: StudyTable, outcome: Outcome, x: Axis, y: Axis, facet: Mapping[str, Any], scale: Normalize
) -> list[tuple[Axes, float, float, int]]:
    cells = _grid(table, table.outcome(outcome.quantity), x, y, facet)
    colours: Colormap = DIVERGING if isinstance(scale, CenteredNorm) else SEQUENTIAL
    axes.set_facecolor(MISSING)
    axes.pcolormesh(np.ma.masked_invalid(cells), cmap=colours, norm=scale, linewidth=0)
    for (row, column), value in np.ndenumerate(cells):
        if outcome.names:
            continue  # the key names the colours, so that no line crosses a word
        behind = colours(scale(value)) if np.isfinite(value) else MISSING
        dark = np.dot(to_rgb(behind), LUMINANCE) < 0.5
        axes.annotate(
            number(float(value), 2), (column + 0.5, row + 0.5), ha="center", va="center", size=7.5, zorder=4,
            color="white" if dark else style.INK, bbox={"boxstyle": NUMBER_BOX, "facecolor": behind, "linewidth": 0},
        )  # fmt: skip
    for axis, drawn in ((x, axes.xaxis), (y, axes.yaxis)):
        drawn.set_ticks(np.arange(len(axis.values)) + 0.5, [number(value, 3) for value in axis.values])
    if outcome.level is not None:
        look: dict[str, Any] = {"colors": style.INK, "levels": [outcome.level]}
        _contour(axes, cells, linewidths=1.6, **look)
        if outcome.theory:
            predicted = _grid(table, table.outcome(outcome.theory), x, y, facet)
            _contour(axes, predicted, linewidths=1.6, linestyles="--", **look)
    for line, style_of in zip(outcome.lines, LINES, strict=False):
        ratio = _grid(table, table.outcome(line["quantity"]), x, y, facet) / line["level"]
        beyond = np.pad(_continued(ratio), 1, "reflect", reflect_type="odd")  # linear, to the edges of the map and on
        _contour(axes, beyond, first=-0.5, levels=[0.0], linewidths=1.8, **style_of)
    axes.set(xlim=(0, len(x.values)), ylim=(0, len(y.values)))
    columns, rows = ([axis.values.index(value) + 0.5 for value in table.settings(axis)] for axis in (x, y))
    return [(axes, columns[index], rows[index], int(index)) for index in np.flatnonzero(table.where(facet))]


def _continued(ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of a grid of positive numbers, as a power law along both axes where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(ratio)
    known = np.isfinite(logs)
    if known.sum() < 3:
        return logs
    at = np.stack([np.ones(logs.shape), *np.indices(logs.shape)], axis=-1)
    law, *_ = np.linalg.lstsq(at[known], logs[known], rcond=None)
    return np.where(known, logs, at @ law)


def _contour(axes: Axes, cells: NDArray, first: float = 0.5, **look: Any) -> None:
    """Draw a contour of a grid whose first centre is at a place along both axes, in cells."""
    finite = cells[np.isfinite(cells)]
    if finite.size and finite.min() < look["levels"][0] < finite.max():
        centres = (np.arange(size) + first for size in cells.shape[::-1])
        axes.contour(*centres, np.ma.masked_invalid(cells), **look)


def _lines(
    axes: Axes, table: StudyTable, outcome: Outcome, x: Axis, series: Axis | None, facet: Mapping[str, Any]
) -> list[tuple[Axes, float, float, int]]:
    """Medians as lines, the range of replicates as bands, every member as a dot."""
    values = table.outcome(outcome.quantity)
    placed = []
    position = {value: value if x.numeric else n for n, value in enumerate(x.values)}
    own = [position[value] for value in table.settings(x)]
    for n, chosen in enumerate(series.values if series else (None,)):
        colour = style.RUN_COLOURS[n % len(style.RUN_COLOURS)]
        wanted = {**facet, series.name: chosen} if series else dict(facet)
        rows = np.flatnonzero(table.where(wanted) & np.isfinite(values))
        axes.plot([own[row] for row in rows], values[rows], "o", ms=4, mew=0, color=colour, alpha=0.75)
        placed += [(axes, float(own[row]), float(values[row]), int(row)) for row in rows]
        middle, low, high, ideal = _statistics(table, outcome, x, wanted)
        places = [position[value] for value in x.values]
        label = style.literal(series.text(chosen)) if series else None
        axes.plot(places, middle, color=colour, lw=1.6, label=label)
        axes.fill_between(places, low, high, color=colour, alpha=0.18, lw=0)
        if outcome.theory:
            axes.plot(places, ideal, "--", color=colour, lw=1.1)
    if outcome.level is not None:
        axes.axhline(outcome.level, color=style.QUIET, lw=0.8)
    if outcome.scale == "log" and np.nanmin(values, initial=np.inf) > 0:
        axes.set_yscale("log")
    dress(axes, x)
    if series:
        axes.legend(title=series.title, fontsize=7.5, title_fontsize=7.5)
    return placed


def _statistics(table: StudyTable, outcome: Outcome, x: Axis, wanted: Mapping[str, Any]) -> list[NDArray[np.float64]]:
    """Median, least, largest and predicted value at each setting of an axis."""
    values = table.outcome(outcome.quantity)
    theory = table.outcome(outcome.theory) if outcome.theory else np.full_like(values, np.nan)
    found = [table.where({**wanted, x.name: value}) for value in x.values]

    def each(statistic, data):
        return np.array([statistic(data[w]) if np.isfinite(data[w]).any() else np.nan for w in found])

    pairs = (np.nanmedian, values), (np.nanmin, values), (np.nanmax, values), (np.nanmedian, theory)
    return [each(statistic, data) for statistic, data in pairs]


def dress(axes: Axes, x: Axis) -> None:
    if not x.numeric:
        axes.set_xticks(range(len(x.values)), [style.literal(x.text(value)) for value in x.values])
    elif x.scale == "log" and min(x.values) > 0:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(float(value), 3)))
        axes.xaxis.set_minor_locator(NullLocator())
    if x.numeric and len(x.values) <= 8:
        axes.set_xticks(x.values, [number(value, 3) for value in x.values])
        axes.xaxis.set_minor_locator(NullLocator())
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e4e6e9", lw=0.6)
    axes.set_axisbelow(True)


def _named(figure: Figure, outcome: Outcome, scale: Normalize, missing: bool) -> None:
    """Draw a legend of the colours of a map's names, the largest value on top as on a colour bar."""
    colours = [SEQUENTIAL(scale(value)) for value in range(len(outcome.names))]
    patches = [Patch(color=c, label=style.literal(name)) for c, name in zip(colours, outcome.names, strict=True)]
    if missing:
        patches.insert(0, Patch(color=MISSING, label="no result"))
    figure.legend(handles=patches[::-1], loc="outside right upper", fontsize=7.5)


def _key(figure: Figure, axes: Axes, outcome: Outcome, as_map: bool) -> None:
    """Draw a legend for full and broken lines, if there are both, or of the outcome's own lines."""
    if as_map and outcome.lines:
        own = [
            Line2D([], [], color=look["colors"], ls=look["linestyles"], lw=1.5, label=style.literal(line["label"]))
            for line, look in zip(outcome.lines, LINES, strict=False)
        ]
        figure.legend(handles=own, loc="outside upper left", fontsize=7.5)
        return
    if not outcome.theory or (as_map and outcome.level is None):
        return
    what = f"{outcome.level:g} in " if as_map else ""
    signs = [("-", f"{what}simulation"), ("--", f"{what}theory")]
    handles = [Line2D([], [], color=style.INK, ls=ls, lw=1.5, label=label) for ls, label in signs]
    figure.legend(handles=handles, loc="outside upper left", ncols=2, fontsize=7.5)


def spots(figure: Figure, placed: Sequence[tuple[Axes, float, float, int]]) -> tuple[Spot, ...]:
    """Positions of the members' data points in a finished figure."""
    figure.draw_without_rendering()  # computes the layout
    width, height = figure.get_size_inches() * figure.dpi
    found = [(member, axes.transData.transform((x, y))) for axes, x, y, member in placed]
    return tuple(Spot(float(at[0] / width), float(1 - at[1] / height), member) for member, at in found)

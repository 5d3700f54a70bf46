"""Final states of a study's two-dimensional members, as small pictures side by side on a common scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from phasefield.io.rundir import EvenRun, Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import coarsened, size_of
from phasefield.postprocess.plane import draw_panel, plane_scale, scale_bar
from phasefield.postprocess.sheet import Scale
from phasefield.postprocess.study_maps import MISSING, Chart, Spot, arranged
from phasefield.postprocess.study_table import StudyTable, number

MOST_ACROSS, MOST_DOWN, SMALLEST, LARGEST = 8, 8, 1.05, 120_000
ROOM = 6.4


def draw_morphologies(table: StudyTable) -> Chart | None:
    """Small multiples over the first two axes, the first replicate of each; None if the runs are not 2-D plating."""
    if table.description["model"] != "plating":
        return None
    x, y, _ = arranged(table)
    columns, rows = _thinned(x.values, MOST_ACROSS), _thinned(y.values if y else (None,), MOST_DOWN)
    chosen: list[list[tuple[int, Run] | None]] = []
    for b in rows[::-1]:
        wanted = [{x.name: a} | ({y.name: b} if y else {}) for a in columns]
        chosen.append([_first(table, settings) for settings in wanted])
    runs = [found[1] for row in chosen for found in row if found]
    if not runs or any(run.dimension != 2 for run in runs):
        return None
    colour = "c" if all("c" in run.snapshot(-1).fields for run in runs) else "current"
    scale = plane_scale(runs, [[len(run.times) - 1] for run in runs], colour)
    sides = size_of(runs[0].snapshot(0))
    width = max(SMALLEST, ROOM / len(columns))
    figure = Figure(figsize=(width * len(columns) + 1.5, width * sides[1] / sides[0] * len(rows) + 0.75))
    panels = figure.subplots(len(rows), len(columns), squeeze=False)
    w, h = figure.get_size_inches()
    figure.subplots_adjust(0.62 / w, 0.5 / h, 1 - 0.92 / w, 1 - 0.12 / h, wspace=0.06, hspace=0.06)
    spots = []
    for row, found_row in zip(panels, chosen, strict=True):
        for axes, found in zip(row, found_row, strict=True):
            _panel(axes, found, colour, scale, sides)
            if found:
                box = axes.get_position()
                spots.append(Spot((box.x0 + box.x1) / 2, 1 - (box.y0 + box.y1) / 2, found[0]))
    _label(figure, panels, x, columns, y, rows[::-1])
    _colour_bar(figure, panels, colour, scale)
    where = next(axes for row, found_row in zip(panels, chosen, strict=True)
                 for axes, found in zip(row, found_row, strict=True) if found)  # fmt: skip
    scale_bar(where, sides[0])
    return Chart("The last states, on a common scale", figure, tuple(spots))


def _thinned(values: Sequence[Any], most: int) -> list[Any]:
    """At most `most` of the values, evenly spaced, with the first and the last."""
    places = np.unique(np.linspace(0, len(values) - 1, min(most, len(values))).round().astype(int))
    return [values[place] for place in places]


def _first(table: StudyTable, settings: dict[str, Any]) -> tuple[int, Run] | None:
    """The first member with these settings that is done, and its run."""
    for index in np.flatnonzero(table.where(settings)):
        if run := table.run(int(index)):
            return int(index), EvenRun(run.path)
    return None


def _panel(
    axes: Axes, found: tuple[int, Run] | None, colour: str, scale: Scale, sides: tuple[float, ...]
) -> None:
    axes.set(xticks=[], yticks=[], aspect="equal", xlim=(0, sides[0]), ylim=(0, sides[1]))
    if found is None:
        axes.set_facecolor(MISSING)
        axes.text(sides[0] / 2, sides[1] / 2, "no result", ha="center", va="center", size=7, color=style.QUIET)
        return
    snapshot: Snapshot = coarsened(found[1].snapshot(-1), LARGEST)
    draw_panel(axes, snapshot, colour, scale)
    axes.set_aspect("equal")


def _label(figure: Figure, panels: np.ndarray, x: Any, columns: list, y: Any, rows: list) -> None:
    for axes, value in zip(panels[-1], columns, strict=True):
        axes.set_xlabel(style.literal(number(value)), labelpad=5)
    left, right = panels[-1, 0].get_position(), panels[-1, -1].get_position()
    height = figure.get_figheight()
    figure.text((left.x0 + right.x1) / 2, 0.08 / height, x.title, ha="center", va="bottom")
    if y is not None:
        for row, value in zip(panels, rows, strict=True):
            row[0].set_ylabel(style.literal(number(value)), labelpad=5)
        upper = panels[0, 0].get_position()
        place = left.x0 - 0.3 / figure.get_figwidth(), (left.y0 + upper.y1) / 2
        figure.text(*place, y.title, rotation=90, ha="right", va="center")


def _colour_bar(figure: Figure, panels: np.ndarray, colour: str, scale: Scale) -> None:
    low, high = panels[-1, -1].get_position(), panels[0, -1].get_position()
    width, quantity = figure.get_figwidth(), style.QUANTITIES[colour]
    axes = figure.add_axes((high.x1 + 0.12 / width, low.y0, 0.11 / width, high.y1 - low.y0))
    bar = figure.colorbar(ScalarMappable(scale, quantity.colours), cax=axes, extend=scale.extend, extendfrac=0.03)
    bar.outline.set_linewidth(0.5)
    bar.set_label(quantity.title)

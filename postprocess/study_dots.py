"""Members of a study as dots: outcomes against sampled settings, and against theory."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from phasefield.postprocess import style
from phasefield.postprocess.study_maps import Chart, Outcome, dress, spots
from phasefield.postprocess.study_table import StudyTable

MOST_ACROSS, WIDTH, HEIGHT = 4, 2.6, 2.5
DOT = {"ms": 4, "mew": 0, "alpha": 0.75, "color": style.RUN_COLOURS[0]}


def draw_scatter(table: StudyTable, outcome: Outcome) -> Chart | None:
    """Draw an outcome against each sampled setting; None if none was sampled."""
    axes = [axis for axis in table.varied if axis.sampled]
    if not axes:
        return None
    values = table.outcome(outcome.quantity)
    rows = np.flatnonzero(np.isfinite(values))
    across, down = min(len(axes), MOST_ACROSS), -(-len(axes) // MOST_ACROSS)
    figure = Figure(figsize=(WIDTH * across + 0.4, HEIGHT * down), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False, sharey=True)
    placed = []
    for panel, axis in zip(panels.flat, axes, strict=False):
        settings = np.array(table.settings(axis), float)
        panel.plot(settings[rows], values[rows], "o", **DOT)
        placed += [(panel, float(settings[row]), float(values[row]), int(row)) for row in rows]
        if outcome.scale == "log" and (values[rows] > 0).all():
            panel.set_yscale("log")
        dress(panel, axis)
        panel.set_xlabel(axis.title)
    for panel in panels.flat[len(axes) :]:
        panel.remove()
    figure.supylabel(outcome.title, size=8.5)
    return Chart(f"{outcome.title}: every member", figure, spots(figure, placed))


def draw_agreement(table: StudyTable, outcome: Outcome) -> Chart | None:
    """Draw an outcome against its value by theory, one dot per member; None if the study names no theory."""
    if outcome.theory is None:
        return None
    expected, found = table.outcome(outcome.theory), table.outcome(outcome.quantity)
    rows = np.flatnonzero(np.isfinite(expected) & np.isfinite(found))
    if len(rows) == 0:
        return None
    figure = Figure(figsize=(3.4, 3.2), layout="constrained")
    axes = figure.subplots()
    both = np.concatenate([expected[rows], found[rows]])
    axes.plot([both.min(), both.max()], [both.min(), both.max()], color=style.QUIET, lw=0.8)
    axes.plot(expected[rows], found[rows], "o", **DOT)
    if outcome.scale == "log" and both.min() > 0:
        axes.set(xscale="log", yscale="log")
    axes.set(xlabel=Outcome(outcome.theory).title, ylabel=outcome.title)
    axes.spines[["top", "right"]].set_visible(False)
    placed = [(axes, float(expected[row]), float(found[row]), int(row)) for row in rows]
    return Chart(f"{outcome.title.partition(' (')[0]}: simulation against theory", figure, spots(figure, placed))

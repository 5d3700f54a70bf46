"""Sensitivity of a study: rank correlations, and Sobol indices if the members were sampled for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import spearmanr

from phasefield.postprocess import style
from phasefield.postprocess.study_maps import Chart, Outcome
from phasefield.postprocess.study_table import Axis, StudyTable

#: Least number of members for a meaningful correlation.
FEWEST = 8


def rank_correlations(table: StudyTable, head: str) -> dict[str, float]:
    """Spearman's rank correlation of an outcome with each numeric axis [1], −1 to 1; empty for too few members.

    Parameters
    ----------
    table : StudyTable
    head : str
        Column of the outcome.

    References
    ----------
    C. Spearman, Am. J. Psychol. 15 (1904) 72, doi:10.2307/1412159.
    """
    values = table.outcome(head)
    known = np.isfinite(values)
    if known.sum() < FEWEST or np.ptp(values[known]) == 0:
        return {}
    axes = [axis for axis in table.varied if axis.numeric]
    settings = {axis.name: np.array(table.settings(axis), float)[known] for axis in axes}
    varied = {name: column for name, column in settings.items() if np.ptp(column) > 0}
    return {name: float(spearmanr(column, values[known]).statistic) for name, column in varied.items()}


def sobol_indices(table: StudyTable, head: str) -> dict[str, NDArray[np.float64]]:
    """Parts of an outcome's variance due to each sampled axis, from the complete blocks of Saltelli's sampling.

    Parameters
    ----------
    table : StudyTable
    head : str
        Column of the outcome.

    Returns
    -------
    dict
        ``"S1"`` alone, ``"ST"`` together with others [1], one number per axis, and ``"S1_conf"``, ``"ST_conf"``, half
        the width of their 95 % confidence intervals. Empty for other samplings, and for fewer than two complete
        blocks.

    References
    ----------
    A. Saltelli et al., Comput. Phys. Commun. 181 (2010) 259, doi:10.1016/j.cpc.2009.09.018.
    """
    from SALib.analyze import sobol

    axes = sampled_axes(table)
    sampling = table.description["sampling"]
    if not sampling or sampling["method"] != "saltelli" or len(table.varied) > len(axes):
        return {}
    size = len(axes) + 2
    sums, counts = np.zeros((2, sampling["samples"] * size))
    for member, value in zip(table.members, table.outcome(head), strict=True):
        if np.isfinite(value):
            sums[member["sample"]] += value
            counts[member["sample"]] += 1
    complete = counts.reshape(-1, size).all(axis=1)
    whole = (sums / np.maximum(counts, 1)).reshape(-1, size)[complete]
    if len(whole) < 2 or np.ptp(whole) == 0:
        return {}
    names = np.array([axis.name for axis in axes])  # SALib 1.5 passes it to pandas 3, which accepts no list
    problem: dict[str, Any] = {"num_vars": len(axes), "names": names, "bounds": [[0, 1]] * len(axes)}
    found = sobol.analyze(problem, whole.ravel(), calc_second_order=False, seed=sampling["seed"])
    return {key: np.asarray(found[key]) for key in ("S1", "S1_conf", "ST", "ST_conf")}


def sampled_axes(table: StudyTable) -> list[Axis]:
    """The axes that were sampled."""
    return [axis for axis in table.axes if axis.sampled]


def draw_sensitivity(table: StudyTable, outcome: Outcome) -> Chart | None:
    """Bars of correlations and indices, largest first; None if there are too few members."""
    ranks, indices = rank_correlations(table, outcome.quantity), sobol_indices(table, outcome.quantity)
    if len(ranks) < 2:
        return None
    figure = Figure(figsize=(3.7 * (1 + bool(indices)), 0.95 + 0.3 * len(ranks)), layout="constrained")
    panels = figure.subplots(1, 1 + bool(indices), squeeze=False)[0]
    names = sorted(ranks, key=lambda name: abs(ranks[name]))
    _bars(panels[0], names, [[ranks[name] for name in names]], None, (style.RUN_COLOURS[0],))
    panels[0].axvline(0, color=style.INK, lw=0.7)
    panels[0].set(xlim=(-1, 1), xticks=[-1, -0.5, 0, 0.5, 1], xlabel="Rank correlation (Spearman)")
    if indices:
        order = [[axis.name for axis in sampled_axes(table)].index(name) for name in names]
        values, errors = ([indices[key][order] for key in keys] for keys in (("ST", "S1"), ("ST_conf", "S1_conf")))
        _bars(panels[1], names, values, errors, (style.RUN_COLOURS[1], style.RUN_COLOURS[0]))
        panels[1].set(xlabel="Part of the variance (Sobol indices)", yticklabels=[])
        panels[1].set_xlim(min(0.0, panels[1].get_xlim()[0]), None)
        handles = panels[1].containers
        bars = [c for c in handles if hasattr(c, "patches")][::-1]
        figure.legend(bars, ["alone", "with the others"], loc="outside upper right", ncols=2, fontsize=7.5)
    figure.suptitle(outcome.title, x=0.01, ha="left", size=9)
    return Chart(f"What matters for: {outcome.title}", figure)


def _bars(axes: Axes, names: list[str], series: list, errors: list | None, colours: tuple[str, ...]) -> None:
    height = 0.7 / len(series)
    for n, (values, colour) in enumerate(zip(series, colours, strict=True)):
        places = np.arange(len(names)) + (n - (len(series) - 1) / 2) * height
        spread = errors[n] if errors else None
        axes.barh(places, values, height * 0.92, xerr=spread, color=colour, error_kw={"lw": 0.8, "ecolor": style.INK})
    axes.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)

"""One-dimensional interphases: potentials, stress and order parameters against height, over the phases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.phases import COLOURS, outside_electrolyte, phases_of, potential_scale, thickness_note
from phasefield.postprocess.sheet import caption, run_labels

#: Name of a field, its colour and its line style.
LINES = {"potential": (style.INK, "-"), "phi_e": ("#2f5d8c", "--"), "phi_i": ("#a4465b", "-.")}
STRESS = {"tension": (style.INK, "-"), "pressure": ("#2f5d8c", "--")}
ORDER = {"psi": (style.INK, "-"), "xi": (style.LITHIUM_EDGE, ":")}
#: Space above the highest front, and width of the electrode, as parts of that front's height.
BEYOND, ELECTRODE = 0.35, 0.12
SHADES = dict.fromkeys(COLOURS, 0.75) | {"interphase": 0.38}
MARGIN = 0.06


def draw_interphase_profiles(runs: Sequence[Run], snapshots: Sequence[Sequence[int]]) -> Figure:
    """Draw one-dimensional runs: one column per time; for each run potentials, stress if known, and order parameters.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    """
    columns, stressed = len(snapshots[0]), all("tension" in run.snapshot(0).fields for run in runs)
    rows = [(LINES, 3), (STRESS, 2), (ORDER, 1)] if stressed else [(LINES, 3), (ORDER, 1)]
    ratios = [ratio for _, ratio in rows]
    inches = 1.2 + 1.75 * columns, 0.7 + 0.65 * sum(ratios) * len(runs)
    figure = style.Picture(figsize=inches, facecolor="white", layout="constrained")
    panels = figure.subplots(
        len(rows) * len(runs), columns, sharex=True, sharey="row", squeeze=False, height_ratios=ratios * len(runs)
    )
    longest = max(run.times[-1] for run in runs)
    shown = [[run.snapshot(index) for index in indices] for run, indices in zip(runs, snapshots, strict=True)]
    top = max(front_height(outside_electrolyte(snapshot)) for row in shown for snapshot in row)
    factor, unit = style.length_unit(top)
    names = run_labels(runs) if len(runs) > 1 else [""]
    limits = _limits(runs, snapshots)
    stacks = panels.reshape(len(runs), len(rows), columns)
    for run, name, row, (upper, *middle, lower) in zip(runs, names, shown, stacks, strict=True):
        for snapshot, *column in zip(row, upper, *middle, lower, strict=True):
            height = snapshot.centres(0) * factor
            for axes, (lines, _) in zip(column, rows, strict=True):
                for field, (colour, dash) in lines.items():
                    if field in snapshot.fields:
                        axes.plot(height, snapshot[field] * _factor(field), color=colour, ls=dash, lw=1.5)
                _shade(axes, snapshot, factor, top)
            caption(column[0], style.time_label(snapshot.time, longest), thickness_note(run, snapshot.time))
        for stress in middle:
            stress[0].set_ylabel("Stress (MPa)")
            _name_lines(stress[-1], row[-1], STRESS)
        upper[0].set(ylabel="Potential (V)", ylim=limits)
        lower[0].set(ylabel=", ".join(_symbol(f) for f in ORDER if f in row[0].fields), ylim=(-0.08, 1.08))
        lower[0].set_yticks((0, 1))
        upper[0].annotate(name, (0, 0.5), (-44, 0), xycoords="axes fraction", textcoords="offset points", rotation=90,
                          ha="right", va="center", size=10, weight="bold")  # fmt: skip
        _name_lines(upper[-1], row[-1], LINES)
    for axes in panels[-1]:
        axes.set_xlabel(f"Height ({unit})")
    patches = [Patch(facecolor=COLOURS[phase], alpha=SHADES[phase], label=phase) for phase in phases_of(runs)]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(patches), fontsize=8, handlelength=1.3)
    return figure


def front_height(snapshot: Snapshot, name: str = "psi") -> float:
    """Height of a front, where its order parameter is ½ [µm]; the top of the box if the phase has filled it."""
    heights, below = snapshot.centres(0), snapshot[name] < 0.5
    if not below.any():
        return float(heights[-1])
    # from the front's lowest cell down, the order parameter rises
    first = max(1, int(np.argmax(below)))
    pair = slice(first - 1, first + 1)
    return float(np.interp(-0.5, -snapshot[name][pair], heights[pair]))


def _limits(runs: Sequence[Run], snapshots: Sequence[Sequence[int]]) -> tuple[float, float]:
    """Common range of the potentials in all panels [V]."""
    scales = [potential_scale(runs, snapshots, field) for field in LINES]
    low, high = min(scale.vmin for scale in scales), max(scale.vmax for scale in scales)
    return low - MARGIN * (high - low), high + MARGIN * (high - low)


def bands(snapshot: Snapshot, top: float) -> dict[str, tuple[float, float]]:
    """Start and end of each phase [µm], from the electrode to slightly beyond the height `top`."""
    moving = "xi" in snapshot.fields
    surface = front_height(snapshot, "xi") if moving else 0.0
    ends = {"lithium" if moving else "electrode": (0.0 if moving else -ELECTRODE * top, surface)}
    film = surface
    if "consumed" in snapshot.fields:
        film = surface + float(snapshot["consumed"].sum() * snapshot.spacing[0])
        ends["coating's product"] = (surface, film)
    if "coating" in snapshot.fields:
        below, film = film, surface + float(snapshot["coating"].sum() * snapshot.spacing[0])
        ends["coating"] = (below, film)
    front = max(film, front_height(outside_electrolyte(snapshot)))
    return ends | {"interphase": (film, front), "electrolyte": (front, (1 + BEYOND) * top)}


def _shade(axes: Axes, snapshot: Snapshot, factor: float, top: float) -> None:
    """The phases as vertical bands."""
    placed = bands(snapshot, top)
    for phase, (low, high) in placed.items():
        axes.axvspan(low * factor, high * factor, color=COLOURS[phase], alpha=SHADES[phase], lw=0, zorder=0)
        axes.axvline(high * factor, color=style.INK, lw=0.6, zorder=1)
    axes.set_xlim(next(iter(placed.values()))[0] * factor, (1 + BEYOND) * top * factor)
    axes.spines[["top", "right"]].set_visible(False)


def _factor(field: str) -> float:
    """From SI to the unit of the pictures."""
    return style.QUANTITIES[field].factor if field in style.QUANTITIES else 1.0


def _symbol(field: str) -> str:
    return style.ORDER_SYMBOLS.get(field) or style.QUANTITIES[field].symbol


def _name_lines(axes: Axes, snapshot: Snapshot, lines: Mapping[str, tuple[str, str]]) -> None:
    """Write the name of each line at its end, without overlap."""
    right = axes.get_xlim()[1]
    low, high = axes.get_ylim()
    held = [field for field in lines if field in snapshot.fields]
    at_end = {field: _factor(field) * float(np.interp(right, snapshot.centres(0), snapshot[field])) for field in held}
    least, place = 0.11 * (high - low), -np.inf
    for field in sorted(held, key=at_end.__getitem__):
        place = max(at_end[field], place + least)
        axes.annotate(_symbol(field), (1, place), (4, 0), xycoords=("axes fraction", "data"),
                      textcoords="offset points", color=lines[field][0], va="center", weight="bold",
                      annotation_clip=False)  # fmt: skip

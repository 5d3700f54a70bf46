"""One-dimensional interphases: the potentials and the order parameter against height, over the phases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.interphase_plane import PHASES, has_coating, thickness_note
from phasefield.postprocess.sheet import caption, short_names

#: Name of a field, its sign in text, its colour and its line.
LINES = {
    "potential": ("V", style.INK, "-"),
    "phi_e": ("φ$_e$", "#2f5d8c", "--"),
    "phi_i": ("φ$_i$", "#a4465b", "-."),
}
#: Room over the highest front shown, and width of the electrode, as parts of that front's height.
BEYOND, ELECTRODE = 0.35, 0.12
SHADE = 0.38


def draw_interphase_profiles(runs: Sequence[Run], snapshots: Sequence[Sequence[int]]) -> Figure:
    """Draw one-dimensional runs: times across, and for each run the potentials over the order parameter.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    """
    columns = len(snapshots[0])
    figure = Figure(figsize=(1.0 + 1.75 * columns, 0.6 + 2.55 * len(runs)), facecolor="white", layout="constrained")
    panels = figure.subplots(
        2 * len(runs), columns, sharex=True, sharey="row", squeeze=False, height_ratios=(3, 1) * len(runs)
    )
    longest = max(run.times[-1] for run in runs)
    shown = [[run.snapshot(index) for index in indices] for run, indices in zip(runs, snapshots, strict=True)]
    top = max(front_height(snapshot) for row in shown for snapshot in row)
    factor, unit = style.length_unit(top)
    names = short_names([run.name for run in runs])
    for run, name, row, upper, lower in zip(runs, names, shown, panels[::2], panels[1::2], strict=True):
        for snapshot, potentials, order in zip(row, upper, lower, strict=True):
            height = snapshot.centres(0) * factor
            for field, (_, colour, dash) in LINES.items():
                if field in snapshot.fields:
                    potentials.plot(height, snapshot[field], color=colour, ls=dash, lw=1.5)
            order.plot(height, snapshot["psi"], color=style.INK, lw=1.2)
            for axes in (potentials, order):
                _shade(axes, snapshot, factor, top)
            caption(potentials, style.time_label(snapshot.time, longest), thickness_note(run, snapshot.time))
        upper[0].set_ylabel(f"{name}\nPotential (V)" if len(runs) > 1 else "Potential (V)")
        lower[0].set(ylabel="ψ", ylim=(-0.08, 1.08), yticks=(0, 1))
        _name_lines(upper[-1], row[-1])
    for axes in panels[-1]:
        axes.set_xlabel(f"Height ({unit})")
    _key(figure, [phase for phase in PHASES if phase != "coating" or any(has_coating(run) for run in runs)])
    return figure


def front_height(snapshot: Snapshot) -> float:
    """Height of the front, ψ = ½ [µm]; the top of the box if the layer has filled it."""
    heights, below = snapshot.centres(0), snapshot["psi"] < 0.5
    if not below.any():
        return float(heights[-1])
    # from the front's lowest cell down, ψ rises
    first = max(1, int(np.argmax(below)))
    pair = slice(first - 1, first + 1)
    return float(np.interp(-0.5, -snapshot["psi"][pair], heights[pair]))


def _shade(axes: Axes, snapshot: Snapshot, factor: float, top: float) -> None:
    """The phases as vertical bands, from the electrode to a little beyond the highest front shown."""
    ends = {"electrode": (-ELECTRODE * top, 0.0)}
    front, film = front_height(snapshot), 0.0
    if "coating" in snapshot.fields:
        film = float(snapshot["coating"].sum() * snapshot.spacing[0])
        ends["coating"] = (0.0, film)
    ends |= {"interphase": (film, front), "electrolyte": (front, (1 + BEYOND) * top)}
    for phase, (low, high) in ends.items():
        alpha = SHADE if phase == "interphase" else 0.75
        axes.axvspan(low * factor, high * factor, color=PHASES[phase], alpha=alpha, lw=0, zorder=0)
    for edge in (0.0, front):
        axes.axvline(edge * factor, color=style.INK, lw=0.6, zorder=1)
    axes.set_xlim(-ELECTRODE * top * factor, (1 + BEYOND) * top * factor)
    axes.spines[["top", "right"]].set_visible(False)


def _name_lines(axes: Axes, snapshot: Snapshot) -> None:
    """Write what each line is at its end, kept apart where lines meet."""
    right = axes.get_xlim()[1]
    low, high = axes.get_ylim()
    held = [field for field in LINES if field in snapshot.fields]
    at_end = {field: float(np.interp(right, snapshot.centres(0), snapshot[field])) for field in held}
    least, place = 0.11 * (high - low), -np.inf
    for field in sorted(held, key=at_end.__getitem__):
        place = max(at_end[field], place + least)
        text, colour, _ = LINES[field]
        axes.annotate(text, (1, place), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                      color=colour, va="center", weight="bold", annotation_clip=False)  # fmt: skip


def _key(figure: Figure, phases: Sequence[str]) -> None:
    patches = [
        Patch(facecolor=PHASES[phase], alpha=SHADE if phase == "interphase" else 0.75, label=phase) for phase in phases
    ]
    figure.legend(handles=patches, loc="outside lower left", ncols=len(patches), fontsize=8, handlelength=1.3)

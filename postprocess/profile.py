"""One-dimensional runs: fields against height, one line per time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cmcrameri import cm
from matplotlib.figure import Figure

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.sheet import run_labels

LINE_COLOURS = style.part(cm.lipari, 0.1, 0.8)
#: Fields of plating runs.
KNOWN = {
    "xi": style.Quantity("Order parameter ξ", "", 1.0, cm.grayC),
    "phi": style.QUANTITIES["phi"],
    "c": style.QUANTITIES["c"],
}


def draw_profiles(
    runs: Sequence[Run],
    snapshots: Sequence[Sequence[int]],
    known: Mapping[str, style.Quantity] = KNOWN,
    read: Callable[[Run, int], Snapshot] = Run.snapshot,
) -> Figure:
    """Draw one-dimensional runs side by side, their fields one above the other.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show.
    known : mapping of str to Quantity
        Fields to draw, for runs that have them, and their display.
    read : callable
        Returns the snapshot to draw, given a run and the number of the snapshot.
    """
    held = [set(read(run, 0).fields) for run in runs]
    shown = {name: quantity for name, quantity in known.items() if any(name in fields for fields in held)}
    figure = style.Picture(
        figsize=(0.6 + 3.3 * len(runs), 0.7 + 1.6 * len(shown)), facecolor="white", layout="constrained"
    )
    panels = figure.subplots(len(shown), len(runs), sharex="col", sharey="row", squeeze=False)
    longest = max(run.times[-1] for run in runs)
    for column, (run, indices) in enumerate(zip(runs, snapshots, strict=True)):
        for position, index in enumerate(indices):
            snapshot = read(run, index)
            colour = LINE_COLOURS(position / max(1, len(indices) - 1))
            label = style.time_label(snapshot.time, longest)
            for row, (name, quantity) in enumerate(shown.items()):
                if name in held[column]:
                    values = snapshot[name] * quantity.factor
                    panels[row, column].plot(snapshot.centres(0), values, color=colour, lw=1.5, label=label)
    for name, axes in zip(run_labels(runs), panels[0], strict=True):
        axes.set_title(name, loc="left", size=10, weight="bold")
        axes.legend(fontsize=7.5, handlelength=1.2)
    for axes, quantity in zip(panels[:, 0], shown.values(), strict=True):
        axes.set_ylabel(quantity.title)
    for axes in panels[-1]:
        axes.set_xlabel("Height (µm)")
    for axes in panels.flat:
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0)
    return figure

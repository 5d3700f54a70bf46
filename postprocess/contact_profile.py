"""One-dimensional contacts: content and ion potential against height, one line per time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.contact import parts
from phasefield.postprocess.grids import size_of
from phasefield.postprocess.phases import COLOURS
from phasefield.postprocess.profile import draw_profiles

SHADE = 0.45
SHOWN = {
    "content": style.QUANTITIES["content"],
    "phi": style.Quantity("Ion potential φ", "V", 1.0, style.QUANTITIES["phi"].colours),
}


def draw_contact_profiles(runs: Sequence[Run], snapshots: Sequence[Sequence[int]]) -> Figure:
    """Draw one-dimensional runs side by side, electrode and electrolyte shaded.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show.
    """
    figure = draw_profiles(runs, snapshots, SHOWN, _whole)
    for number, axes in enumerate(figure.axes):
        below, above = parts(runs[number % len(runs)], 0)
        plane = above.origin[0]
        axes.axvspan(below.origin[0], plane, color=COLOURS["electrode"], alpha=SHADE, lw=0, zorder=0)
        axes.axvspan(plane, plane + size_of(above)[0], color=COLOURS["electrolyte"], lw=0, zorder=0)
        if number < len(runs):
            for place, word, side in ((plane, "electrode ", "right"), (plane, " electrolyte", "left")):
                axes.annotate(word, (place, 1.02), xycoords=("data", "axes fraction"), ha=side, size=7.5)
    return figure


def _whole(run: Run, index: int) -> Snapshot:
    """A snapshot with the content of the electrode, NaN in the electrolyte."""
    below, above = parts(run, index)
    content = np.append(below["content"], np.full(above.shape, np.nan))
    return Snapshot(below.time, below.origin, below.spacing, {"content": content, "phi": run.snapshot(index)["phi"]})

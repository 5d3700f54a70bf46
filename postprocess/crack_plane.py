"""Two-dimensional cracks: damage with the lithium in it, and below them the largest principal stress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import coarsened, size_of, to_rim
from phasefield.postprocess.phases import COLOURS, KEY, STRIP, phase_key
from phasefield.postprocess.plane import LARGEST, MOVIE_PANEL_WIDTH, PANEL_WIDTH, field_map, scale_bar
from phasefield.postprocess.sheet import Scale, Sheet, at_time, caption, run_labels

#: Damage from which a cell is drawn as crack, and at the line around a crack in the map of the stress.
BROKEN, LINE = 0.9, 0.5
#: Part of a broken cell from which on it is drawn as lithium.
REACHED = 0.5
#: Opacity of the weakest grain boundary.
DARKEST = 0.35


def draw_crack_plane(
    runs: Sequence[Run], snapshots: Sequence[Sequence[int]], scales: Mapping[str, Scale]
) -> Figure:
    """Draw two-dimensional runs: for each the damage, and below it the largest principal stress.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    scales : mapping of str to Scale
        Of ``"d"`` [1] and ``"tension"`` [Pa].
    """
    times, stack = len(snapshots[0]), len(scales)
    x, y = size_of(runs[0].snapshot(0))
    width = MOVIE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    sheet = Sheet.new(run_labels(runs), times, (1 + STRIP) * y / x, width, bars=stack, foot=KEY, stack=stack)
    longest = max(run.times[-1] for run in runs)
    for number, (run, indices) in enumerate(zip(runs, snapshots, strict=True)):
        rows = sheet.panels[number * stack : (number + 1) * stack]
        for index, (body, stressed) in zip(indices, zip(*rows, strict=True), strict=True):
            snapshot = coarsened(run.snapshot(index), LARGEST)
            field_map(body, snapshot, snapshot["d"], style.QUANTITIES["d"].colours, scales["d"])
            if "toughness" in snapshot.fields:
                _boundaries(body, snapshot)
            _lithium(body, snapshot)
            field_map(stressed, snapshot, snapshot["tension"], style.QUANTITIES["tension"].colours, scales["tension"])
            stressed.contour(*to_rim(snapshot, "d"), levels=[LINE], colors=[style.INK], linewidths=0.6)
            for axes in (body, stressed):
                _electrode(axes, snapshot)
            caption(body, style.time_label(snapshot.time, longest), _note(run, snapshot.time))
    scale_bar(sheet.panels[0][0], x, level=0.82)
    for number, (name, scale) in enumerate(scales.items()):
        quantity = style.QUANTITIES[name]
        sheet.colour_bar(number, quantity.title, quantity.colours, scale.times(quantity.factor))
    dry = ["dry crack"] if any("reach" in run.snapshot(0).fields for run in runs) else []
    phase_key(sheet, ("lithium", *dry, "electrolyte"))
    return sheet.figure


def _lithium(axes: Axes, snapshot: Snapshot) -> None:
    """Paint the cells that are broken, as far as lithium reaches; the film itself is far thinner than a cell."""
    broken = snapshot["d"] > BROKEN
    filled = broken & (snapshot["reach"] >= REACHED) if "reach" in snapshot.fields else broken
    _paint(axes, snapshot, COLOURS["dry crack"], 1.0 * (broken & ~filled), zorder=2)
    _paint(axes, snapshot, COLOURS["lithium"], 1.0 * filled, zorder=2)


def _paint(axes: Axes, snapshot: Snapshot, colour: str, opacity: np.ndarray, zorder: float = 1.5) -> None:
    """Lay a colour over a map, with an opacity by cell."""
    image = np.zeros((*opacity.T.shape, 4))
    image[...] = to_rgba(colour)
    image[..., 3] = opacity.T
    image[image[..., 3] == 0] = 0
    (x0, y0), (width, height) = snapshot.origin, size_of(snapshot)
    axes.imshow(
        image, extent=(x0, x0 + width, y0, y0 + height), origin="lower", aspect="auto", interpolation="nearest",
        norm=Normalize(0, 1), zorder=zorder,
    )  # fmt: skip


def _boundaries(axes: Axes, snapshot: Snapshot) -> None:
    """Shade the grain boundaries, the more the weaker they are."""
    weaker = 1 - snapshot["toughness"] / np.max(snapshot["toughness"])
    _paint(axes, snapshot, style.INK, DARKEST * weaker / max(np.max(weaker), 1e-9))


def _electrode(axes: Axes, snapshot: Snapshot) -> None:
    """The electrode as a strip under the box."""
    (x0, y0), (width, height) = snapshot.origin, size_of(snapshot)
    below = STRIP * height
    axes.add_patch(Rectangle((x0, y0 - below), width, below, facecolor=COLOURS["electrode"], zorder=3))
    axes.axhline(y0, color=style.LITHIUM_EDGE, lw=0.8, zorder=4)
    axes.set(xlim=(x0, x0 + width), ylim=(y0 - below, y0 + height))


def _note(run: Run, time: float) -> str:
    return f"{at_time(run, 'Pressure [Pa]', time) / 1e6:.0f} MPa"

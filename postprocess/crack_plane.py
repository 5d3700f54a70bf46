"""Two-dimensional cracks: damage with the lithium in it, and below them the largest principal stress.

A film over the mouth of a flaw is a line along the electrode; the flaw is empty until it breaks.
"""

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
#: Column of the history: 1 as long as the film holds.
WHOLE = "Film [1]"
#: Width of the line of a film [point].
FILM = 3.0


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
            sealed = _sealed(run, snapshot.time)
            _lithium(body, snapshot, sealed)
            field_map(stressed, snapshot, snapshot["tension"], style.QUANTITIES["tension"].colours, scales["tension"])
            stressed.contour(*to_rim(snapshot, "d"), levels=[LINE], colors=[style.INK], linewidths=0.6)
            for axes in (body, stressed):
                _electrode(axes, snapshot)
                if has_film(run):
                    _film(axes, snapshot, sealed)
            caption(body, style.time_label(snapshot.time, longest), _note(run, snapshot.time))
    scale_bar(sheet.panels[0][0], x, level=0.82)
    for number, (name, scale) in enumerate(scales.items()):
        quantity = style.QUANTITIES[name]
        sheet.colour_bar(number, quantity.title, quantity.colours, scale.times(quantity.factor))
    films = ["coating"] if any(map(has_film, runs)) else []
    dry = ["dry crack"] if films or any("reach" in run.snapshot(0).fields for run in runs) else []
    phase_key(sheet, ("lithium", *films, *dry, "electrolyte"))
    return sheet.figure


def has_film(run: Run) -> bool:
    """Whether a film closes the mouth of the flaw."""
    return WHOLE in run.history


def _sealed(run: Run, time: float) -> bool:
    """Whether it still does."""
    return has_film(run) and at_time(run, WHOLE, time) > 0.5


def _lithium(axes: Axes, snapshot: Snapshot, sealed: bool) -> None:
    """Paint the cells that are broken, as far as lithium reaches; it is far thinner there than a cell."""
    broken = snapshot["d"] > BROKEN
    reached = snapshot["reach"] >= REACHED if "reach" in snapshot.fields else not sealed
    filled = broken & reached
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


def _film(axes: Axes, snapshot: Snapshot, sealed: bool) -> None:
    """The film along the electrode, with a gap at the flaw once it is broken."""
    (x0, y0), (width, _) = snapshot.origin, size_of(snapshot)
    cells = snapshot.shape[0]
    covered = np.full(cells, True) if sealed else snapshot["d"][:, 0] <= BROKEN
    starts = x0 + width / cells * np.flatnonzero(covered)
    axes.hlines(np.full(len(starts), y0), starts, starts + width / cells, colors=COLOURS["coating"], lw=FILM, zorder=5)


def _note(run: Run, time: float) -> str:
    if _sealed(run, time):
        return f"{at_time(run, 'Load of the film [Pa]', time) / 1e6:.0f} MPa on the coating"
    return f"{at_time(run, 'Pressure [Pa]', time) / 1e6:.0f} MPa"

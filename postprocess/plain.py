"""Pictures of any model: maps of its fields or, in three dimensions, a surface of the first field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from cmcrameri import cm
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation

from phasefield.errors import RunError
from phasefield.io.rundir import MeshSnapshot, Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import coarsened, size_of
from phasefield.postprocess.plane import LARGEST, MOVIE_PANEL_WIDTH, PANEL_WIDTH, field_map, scale_bar
from phasefield.postprocess.scene import WALL_OPACITY, Scene, aspect_of, show
from phasefield.postprocess.sheet import Scale, Sheet, caption, fitted_scale, run_labels
from phasefield.postprocess.volume import LARGE_PANEL_WIDTH
from phasefield.postprocess.volume import LARGEST as LARGEST_VOLUME
from phasefield.postprocess.volume import PANEL_WIDTH as VOLUME_PANEL_WIDTH

#: Parts of colour maps; no two have an end in common, since they stand side by side.
COLOURS = (
    style.part(cm.lapaz, 0.05, 0.8), style.part(cm.acton, 0.2, 0.8), style.part(cm.bamako, 0.05, 0.8),
    style.part(cm.lajolla, 0.1, 0.95),
)  # fmt: skip
#: Largest number of fields that are mapped one below the other if no colour is given.
MOST_MAPS = len(COLOURS)


class Body(NamedTuple):
    """A field, and the range in whose middle its surface is drawn."""

    field: str
    low: float
    high: float


def common_fields(runs: Sequence[Run]) -> tuple[str, ...]:
    """Fields that all runs have in their first snapshot; the model's own first, in its order.

    Raises
    ------
    RunError
        The runs have no field in common, or a run has no snapshot yet.
    """
    held = [run.snapshot(0).fields for run in runs]
    ordered = dict.fromkeys([*runs[0].labels, *held[0]])
    found = tuple(name for name in ordered if all(name in fields for fields in held))
    if not found:
        raise RunError(f"no field is in the snapshots of all of {', '.join(run.name for run in runs)}")
    return found


def quantities_of(runs: Sequence[Run], fields: Sequence[str]) -> dict[str, style.Quantity]:
    """Display of fields, with the names and units of the runs."""
    found = {}
    for number, name in enumerate(fields):
        label, unit = runs[0].labels.get(name, (name, ""))
        raised = unit.replace("m2", "m²").replace("m3", "m³")
        found[name] = style.Quantity(label, style.unit_label(raised), 1.0, COLOURS[number % len(COLOURS)])
    return found


def plain_scales(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], fields: Sequence[str]) -> dict[str, Scale]:
    """Colour scales for fields in all the snapshots given; for the first `MOST_MAPS` fields."""
    shown = fields[:MOST_MAPS]
    return {name: fitted_scale("", _values(runs, snapshots, name)) for name in shown}


def body_of(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], field: str) -> Body:
    """The range of a field in all the snapshots given."""
    ends = [(values.min(), values.max()) for values in _values(runs, snapshots, field)]
    return Body(field, float(min(low for low, _ in ends)), float(max(high for _, high in ends)))


def _values(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], name: str) -> list[np.ndarray]:
    pairs = zip(runs, snapshots, strict=True)
    return [run.snapshot(index)[name].ravel() for run, indices in pairs for index in set(indices)]


def draw_plain_plane(
    runs: Sequence[Run], snapshots: Sequence[Sequence[int]], scales: Mapping[str, Scale]
) -> Figure:
    """Draw two-dimensional runs side by side, their fields one below the other.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    scales : mapping of str to Scale
        Fields, and their common scales.
    """
    times, stack = len(snapshots[0]), len(scales)
    width = MOVIE_PANEL_WIDTH / stack**0.5 if times == 1 else PANEL_WIDTH
    quantities = quantities_of(runs, tuple(scales))
    x, y = _size(runs[0].snapshot(0))
    names = run_labels(runs)
    sheet = Sheet.new(names, times, y / x, width, bars=stack, stack=stack)
    longest = max(run.times[-1] for run in runs)
    for number, (run, indices) in enumerate(zip(runs, snapshots, strict=True)):
        rows = sheet.panels[number * stack : (number + 1) * stack]
        for index, panels in zip(indices, zip(*rows, strict=True), strict=True):
            snapshot = run.snapshot(index)
            for axes, (name, scale) in zip(panels, scales.items(), strict=True):
                _map(axes, snapshot, name, quantities[name], scale)
            caption(panels[0], style.time_label(snapshot.time, longest), "")
    scale_bar(sheet.panels[0][0], x)
    for number, (name, scale) in enumerate(scales.items()):
        sheet.colour_bar(number, quantities[name].title, quantities[name].colours, scale)
    return sheet.figure


def _map(axes: Axes, snapshot: Snapshot | MeshSnapshot, name: str, quantity: style.Quantity, scale: Scale) -> None:
    if isinstance(snapshot, MeshSnapshot):
        mesh = Triangulation(*snapshot.points.T, snapshot.corners)
        axes.tripcolor(mesh, facecolors=snapshot[name], cmap=quantity.colours, norm=scale, rasterized=True)
        (x0, y0), (x1, y1) = snapshot.points.min(axis=0), snapshot.points.max(axis=0)
        axes.set(xlim=(x0, x1), ylim=(y0, y1))
    else:
        small = coarsened(snapshot, LARGEST)
        field_map(axes, small, small[name], quantity.colours, scale)


def _size(snapshot: Snapshot | MeshSnapshot) -> tuple[float, ...]:
    if isinstance(snapshot, MeshSnapshot):
        return tuple(np.ptp(snapshot.points, axis=0))
    return size_of(snapshot)


def draw_plain_volume(
    runs: Sequence[Run], snapshots: Sequence[Sequence[int]], behind: str, body: Body, detail: float = 2.0
) -> Figure:
    """Draw three-dimensional runs side by side: the surface at the middle of a field's range, another on the walls.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    behind : str
        Field on the back walls.
    body : Body
        Field and range of the surface, which is coloured by height.
    detail : float
        Points drawn for each pixel of the figure, along each side.
    """
    times = len(snapshots[0])
    width = LARGE_PANEL_WIDTH if times == 1 else VOLUME_PANEL_WIDTH
    aspect = aspect_of(size_of(run.snapshot(0)) for run in runs)
    sheet = Sheet.new(run_labels(runs), times, aspect, width, bars=2)
    longest, pixels = max(run.times[-1] for run in runs), int(width * style.PIXELS_PER_INCH * detail)
    quantities, height = quantities_of(runs, (behind, body.field)), style.QUANTITIES["height"]
    scale = plain_scales(runs, snapshots, (behind,))[behind]
    top = max(float(run.snapshot(0).centres(2)[-1]) for run in runs)
    factor, unit = style.length_unit(top)
    heights = Scale(0.0, top * factor)
    for run, indices, panels in zip(runs, snapshots, sheet.panels, strict=True):
        for index, axes in zip(indices, panels, strict=True):
            snapshot = coarsened(run.snapshot(index), LARGEST_VOLUME)
            part = (snapshot[body.field] - body.low) / (body.high - body.low or 1.0)
            whole = Snapshot(snapshot.time, snapshot.origin, snapshot.spacing, {body.field: part})
            scene = Scene(whole, pixels, aspect, body=body.field)
            up = np.broadcast_to(snapshot.centres(2) * factor, snapshot.shape)
            scene.lithium(up, height.colours, heights)
            scene.back_walls(snapshot[behind], quantities[behind].colours, scale)
            show(axes, scene, style.round_length(snapshot.shape[0] * snapshot.spacing[0]))
            caption(axes, style.time_label(snapshot.time, longest), "")
    half = f"{quantities[body.field].label} = {(body.low + body.high) / 2:.3g}"
    sheet.colour_bar(0, f"Height of {half} ({unit})", height.colours, heights)
    walls = quantities[behind]
    sheet.colour_bar(1, walls.titled("back walls"), walls.colours, scale, alpha=WALL_OPACITY)
    return sheet.figure

"""Three-dimensional cracks: their surface with the thickness of the lithium, and the stress in the middle planes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from phasefield.io.rundir import Run, Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.grids import coarsened, size_of
from phasefield.postprocess.headless import pyvista
from phasefield.postprocess.interphase_volume import SOLID
from phasefield.postprocess.phases import COLOURS, KEY, STRIP, phase_key
from phasefield.postprocess.scene import WALL_OPACITY, Scene, aspect_of, show
from phasefield.postprocess.sheet import Scale, Sheet, at_time, caption, run_labels
from phasefield.postprocess.volume import LARGE_PANEL_WIDTH, LARGEST, PANEL_WIDTH

#: Damage at the surface of a crack.
CRACKED = 0.7
#: Of the stresses in the middle planes, the part that the scale holds.
SHOWN = 99.0


def draw_crack_volume(runs: Sequence[Run], snapshots: Sequence[Sequence[int]], detail: float = 2.0) -> Figure:
    """Draw three-dimensional runs side by side.

    Parameters
    ----------
    runs : sequence of Run
    snapshots : sequence of sequence of int
        For each run the snapshots to show, equally many.
    detail : float
        Points drawn for each pixel of the figure, along each side.
    """
    times = len(snapshots[0])
    width = LARGE_PANEL_WIDTH if times == 1 else PANEL_WIDTH
    aspect = aspect_of(size_of(run.snapshot(0)) for run in runs)
    sheet = Sheet.new(run_labels(runs), times, aspect, width, bars=2, foot=KEY)
    longest, pixels = max(run.times[-1] for run in runs), int(width * style.PIXELS_PER_INCH * detail)
    shown = [[coarsened(run.snapshot(k), LARGEST) for k in some] for run, some in zip(runs, snapshots, strict=True)]
    every = [snapshot for some in shown for snapshot in some]
    film = Scale(0.0, max(float(thickness(one).max()) for one in every) or 1.0)
    stress = np.abs(np.concatenate([np.ravel(plane) for one in every for plane in middle_planes(one)]))
    end = float(np.percentile(stress, SHOWN)) or 1.0
    walls = Scale(-end, end, "both" if stress.max() > end else "neither")
    for run, some, panels in zip(runs, shown, sheet.panels, strict=True):
        for snapshot, axes in zip(some, panels, strict=True):
            _draw(axes, snapshot, film, walls, pixels, aspect)
            note = f"{at_time(run, 'Pressure [Pa]', snapshot.time) / 1e6:.0f} MPa"
            caption(axes, style.time_label(snapshot.time, longest), note)
    sheet.colour_bar(0, "Thickness of the lithium (nm)", style.QUANTITIES["height"].colours, film)
    tension = style.QUANTITIES["tension"]
    title = f"{tension.symbol} in the middle planes (MPa)"
    sheet.colour_bar(1, title, tension.colours, walls.times(tension.factor), alpha=WALL_OPACITY)
    phase_key(sheet, ("electrode",))
    return sheet.figure


def thickness(snapshot: Snapshot) -> np.ndarray:
    """Of the lithium, summed across a crack along x, in each cell of that line [nm]."""
    across = np.sum(snapshot["lithium"], axis=0, keepdims=True) * snapshot.spacing[0] * 1e3
    return np.broadcast_to(np.maximum(across, 0.0), snapshot.shape)


def middle_planes(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray]:
    """Largest principal stress in the middle of x, and in that of y [Pa]."""
    tension = snapshot["tension"]
    return tension[tension.shape[0] // 2], tension[:, tension.shape[1] // 2]


def _draw(axes: Axes, snapshot: Snapshot, film: Scale, walls: Scale, pixels: int, aspect: float) -> None:
    part = 0.5 * snapshot["d"] / CRACKED
    whole = Snapshot(snapshot.time, snapshot.origin, snapshot.spacing, {"d": part})
    scene = Scene(whole, pixels, aspect, body="d", below=STRIP * size_of(snapshot)[2])
    image = scene.at_corners(shown=thickness(snapshot))
    scene.surface(image, style.QUANTITIES["height"].colours, film)
    x0, x1, y0, y1, z0, _ = image.bounds
    slab = pyvista.Box((x0, x1, y0, y1, scene.low[2], z0))
    scene.plotter.add_mesh(slab, color=COLOURS["electrode"], **SOLID)
    behind = np.array(snapshot["tension"])
    behind[0], behind[:, -1] = middle_planes(snapshot)
    scene.back_walls(behind, style.QUANTITIES["tension"].colours, walls, beside_body=False)
    show(axes, scene, style.round_length(snapshot.shape[0] * snapshot.spacing[0]))

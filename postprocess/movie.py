"""Movies: one figure per output time, written as MP4."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import imageio.v2 as imageio
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from phasefield.io.rundir import Run
from phasefield.postprocess.sheet import VIDEO_BLOCK

SECONDS = 6.0
SLOWEST, FASTEST = 4, 24


def movie_snapshots(runs: Sequence[Run]) -> list[list[int]]:
    """For each run, the snapshot shown in each frame.

    Frames follow the run with the most snapshots; the others show the nearest time they have, and each panel
    states its own.
    """
    leader = max(runs, key=lambda run: len(run.times))
    return [[run.nearest(time) for time in leader.times] for run in runs]


def write_movie(
    path: Path, snapshots: Sequence[Sequence[int]], draw: Callable[[list[list[int]]], Figure]
) -> Path:
    """Draw every frame and write the movie.

    Parameters
    ----------
    path : Path
        File to write, ending in ``.mp4``.
    snapshots : sequence of sequence of int
        For each run, the snapshot of each frame.
    draw : callable
        Draws one frame from a list with one snapshot per run, such as ``[[3], [3]]``.

    Returns
    -------
    Path
        `path`.
    """
    frames = list(zip(*snapshots, strict=True))
    rate = float(np.clip(len(frames) / SECONDS, SLOWEST, FASTEST))
    options = {
        "codec": "libx264",
        "quality": 8,
        "pixelformat": "yuv420p",
        "macro_block_size": VIDEO_BLOCK,
        "ffmpeg_log_level": "error",
    }
    with imageio.get_writer(path, fps=rate, **options) as writer:
        for frame in frames:
            writer.append_data(_pixels(draw([[index] for index in frame])))
    return path


def _pixels(figure: Figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]

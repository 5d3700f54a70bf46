"""Movies: one figure per output time, written as MP4."""

from __future__ import annotations

import contextvars
import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

import imageio.v2 as imageio
import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from phasefield.errors import RunError, argument
from phasefield.io import safe
from phasefield.io.rundir import Run
from phasefield.postprocess import style
from phasefield.postprocess.sheet import BAR_AXES, VIDEO_BLOCK, keep_sheets

SECONDS = 6.0
SLOWEST, FASTEST = 4, 24
#: Number of frames for which starting a process saves time, by dimension.
WORTH = {2: 32, 3: 8}

#: Draws one frame from a list with one snapshot per run, such as ``[[3], [3]]``.
Draw = Callable[[list[list[int]]], Figure]
_frames: Frames  # in a process that draws for another


def movie_snapshots(runs: Sequence[Run]) -> list[list[int]]:
    """For each run, the snapshot shown in each frame.

    Frames follow the run with the most snapshots; the others show their nearest time, and each panel has its own time.
    """
    leader = max(runs, key=lambda run: len(run.times))
    return [[run.nearest(time) for time in leader.times] for run in runs]


def write_movie(
    path: Path, snapshots: Sequence[Sequence[int]], draw: Draw, processes: int = 1, worth: int = 1
) -> Path:
    """Draw every frame and write the movie; an existing movie is kept until the new one is complete.

    Parameters
    ----------
    path : Path
        File to write, ending in ``.mp4``.
    snapshots : sequence of sequence of int
        For each run, the snapshot of each frame.
    draw : Draw
        Function that draws a frame; for more than one process it must be picklable.
    processes : int
        Largest number of processes.
    worth : int
        Least number of frames for each; otherwise all are drawn in this one.

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
        "ffmpeg_params": ["-preset", "veryfast"],  # half the time of the default, and no larger a file
    }
    with safe.replaced_by_other(path) as begun, imageio.get_writer(begun, fps=rate, **options) as writer:
        few = min(processes, len(frames) // worth)
        for pixels in _drawn([[[index] for index in frame] for frame in frames], draw, few):
            writer.append_data(pixels)
    return path


def _drawn(frames: Sequence[list[list[int]]], draw: Draw, processes: int) -> Iterator[np.ndarray]:
    """Pixels of each frame, in order."""
    if processes < 2:
        yield from map(Frames(draw).pixels, frames)
        return
    with _pool(processes, draw) as pool:
        pending: deque[Future[np.ndarray]] = deque()
        for frame in frames:
            pending.append(pool.submit(_frame, frame))
            if len(pending) > 2 * processes:  # limits the frames that wait in memory
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


@contextmanager
def _pool(processes: int, draw: Draw) -> Iterator[ProcessPoolExecutor]:
    """Pool of new processes: forks of this one would lack the threads and the screen of VTK."""
    afresh = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, afresh, initializer=_begin, initargs=(draw,))
    try:
        yield pool
    except BrokenProcessPool:
        raise RunError(
            "a process that drew the movie was killed, perhaps for lack of memory; use fewer processes: "
            + argument("one process")
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(draw: Draw) -> None:
    """Initialise a process."""
    global _frames
    _frames = Frames(draw)
    matplotlib.rcParams.update(style.RC)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that writes the movie


def _frame(frame: list[list[int]]) -> np.ndarray:
    return _frames.pixels(frame)


class Frames:
    """Draws frames one after the other; what is the same in all of them, as colour bars, is drawn once.

    Parameters
    ----------
    draw : Draw
    """

    def __init__(self, draw: Draw):
        self._draw = draw
        self._context = contextvars.copy_context()
        self._context.run(keep_sheets)
        self._figure = Figure()  # until the first frame

    def pixels(self, frame: list[list[int]]) -> np.ndarray:
        """Colours of a frame, array of int, shape (height, width, 3)."""
        figure = self._context.run(self._draw, frame)
        if figure is not self._figure:
            self._figure, self._canvas = figure, FigureCanvasAgg(figure)
            moving = self._moving()
            for artist in moving:
                artist.set_visible(False)
            self._canvas.draw()
            for artist in moving:
                artist.set_visible(True)
            self._still = self._canvas.copy_from_bbox(figure.bbox)
        self._canvas.restore_region(self._still)
        for artist in self._moving():
            figure.draw_artist(artist)
        return np.array(self._canvas.buffer_rgba())[..., :3]

    def _moving(self) -> list[Artist]:
        """What differs between frames, in the order in which it is drawn."""
        return [*(axes for axes in self._figure.axes if axes.get_label() != BAR_AXES), *self._figure.legends]

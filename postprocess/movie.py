"""Movies: one figure per output time, written as MP4."""

from __future__ import annotations

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
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from phasefield.errors import RunError, argument
from phasefield.io import safe
from phasefield.io.rundir import Run
from phasefield.postprocess import style
from phasefield.postprocess.sheet import VIDEO_BLOCK

SECONDS = 6.0
SLOWEST, FASTEST = 4, 24
#: Number of frames from which starting a process saves time.
WORTH = 8

#: Draws one frame from a list with one snapshot per run, such as ``[[3], [3]]``.
Draw = Callable[[list[list[int]]], Figure]
_draw: Draw  # in a process that draws for another


def movie_snapshots(runs: Sequence[Run]) -> list[list[int]]:
    """For each run, the snapshot shown in each frame.

    Frames follow the run with the most snapshots; the others show their nearest time, and each panel has its own time.
    """
    leader = max(runs, key=lambda run: len(run.times))
    return [[run.nearest(time) for time in leader.times] for run in runs]


def write_movie(
    path: Path, snapshots: Sequence[Sequence[int]], draw: Draw, processes: int = 1
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
        Largest number of processes; a few frames are drawn in this one.

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
    with safe.replaced_by_other(path) as begun, imageio.get_writer(begun, fps=rate, **options) as writer:
        for pixels in _drawn([[[index] for index in frame] for frame in frames], draw, processes):
            writer.append_data(pixels)
    return path


def _drawn(frames: Sequence[list[list[int]]], draw: Draw, processes: int) -> Iterator[np.ndarray]:
    """Pixels of each frame, in order."""
    processes = min(processes, len(frames) // WORTH)
    if processes < 2:
        yield from (_pixels(draw(frame)) for frame in frames)
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
    global _draw
    _draw = draw
    matplotlib.rcParams.update(style.RC)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that writes the movie


def _frame(frame: list[list[int]]) -> np.ndarray:
    return _pixels(_draw(frame))


def _pixels(figure: Figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]

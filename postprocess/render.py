"""From run directories to files: which pictures are made for which kind of run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from phasefield.errors import RunError
from phasefield.io.rundir import Run, open_run
from phasefield.postprocess import style
from phasefield.postprocess.history import draw_history
from phasefield.postprocess.movie import movie_snapshots, write_movie
from phasefield.postprocess.plane import draw_plane, plane_scale
from phasefield.postprocess.profile import draw_profiles
from phasefield.postprocess.sheet import chosen_snapshots, common_dimension, short_names
from phasefield.postprocess.volume import SURFACE_COLOURS, draw_volume, volume_scale

COLUMNS = {1: 5, 2: 4, 3: 3}
MOVIE_DETAIL = 1.25
ELECTROLYTE_FIELDS = ("c", "current", "phi")


def render_runs(
    paths: Sequence[str | Path],
    output: str | Path | None = None,
    movie: bool = True,
    times: Sequence[float] | None = None,
    colour: str | None = None,
    surface: str = "current",
) -> list[Path]:
    """Draw one or several runs side by side: pictures of the fields, a movie, and scalars against time.

    Parameters
    ----------
    paths : sequence of str or Path
        Run directories, all of the same dimension.
    output : str or Path, optional
        Directory for the pictures; by default ``pictures`` beside the first run.
    movie : bool
        Whether to make a movie of 2-D and 3-D runs.
    times : sequence of float [s], optional
        Times to show; by default a few spread over what all runs have reached, and in 3-D also a large
        picture of the last one.
    colour : str, optional
        Field that colours the electrolyte: ``"c"``, ``"current"`` or ``"phi"``. By default the concentration
        if there is one, otherwise the current density (2-D) or the potential (3-D, on the back walls).
    surface : str
        What colours the lithium surface in 3-D: ``"current"`` or ``"height"``.

    Returns
    -------
    list of Path
        The files written, pictures of the fields first.

    Raises
    ------
    RunError
        If a directory is not a run, has no snapshot yet, lacks a field, or the dimensions differ.
    """
    runs = [open_run(path) for path in paths]
    if not runs:
        raise RunError("no run directory given to render")
    _check_choice("colour", colour, (None, *ELECTROLYTE_FIELDS))
    _check_choice("surface", surface, tuple(SURFACE_COLOURS))
    dimension = common_dimension(runs)
    sheets = {"": chosen_snapshots(runs, times, COLUMNS[dimension])}
    if dimension == 3 and times is None:
        sheets = {"": chosen_snapshots(runs, None, 1), "_times": sheets[""]}

    output = Path(output) if output is not None else runs[0].path.resolve().parent / "pictures"
    output.mkdir(parents=True, exist_ok=True)
    stem = _stem(runs)
    with matplotlib.rc_context(style.RC):
        written = []
        for suffix, snapshots in sheets.items():
            figure = _painter(runs, dimension, snapshots, colour, surface)(snapshots)
            written.append(_save(figure, output / f"{stem}{suffix}.png"))
        if movie and dimension > 1:
            snapshots = movie_snapshots(runs)
            draw = _painter(runs, dimension, snapshots, colour, surface)
            if dimension == 3:
                draw = partial(draw, detail=MOVIE_DETAIL)
            written.append(write_movie(output / f"{stem}.mp4", snapshots, draw))
        written.append(_save(draw_history(runs), output / f"{stem}_history.png"))
    return written


def _painter(
    runs: Sequence[Run], dimension: int, snapshots: list[list[int]], colour: str | None, surface: str
) -> Callable[..., Figure]:
    """A function that draws snapshots, with colour scales that fit all of those given."""
    if dimension == 1:
        return partial(draw_profiles, runs)
    if colour is None:
        binary = all("c" in run.snapshot(0).fields for run in runs)
        colour = "c" if binary else {2: "current", 3: "phi"}[dimension]
    if dimension == 2:
        return partial(draw_plane, runs, colour=colour, scale=plane_scale(runs, snapshots, colour))
    scales = (volume_scale(runs, snapshots, surface, True), volume_scale(runs, snapshots, colour, False))
    return partial(draw_volume, runs, colour=surface, behind=colour, scales=scales)


def _check_choice(name: str, value: str | None, allowed: Sequence[str | None]) -> None:
    if value not in allowed:
        listed = ", ".join(f"'{choice}'" for choice in allowed if choice)
        raise RunError(f"render: {name} = '{value}' is not known; allowed are {listed}")


def _stem(runs: Sequence[Run]) -> str:
    """Name of the files: that of a single run, or those of several in short."""
    names = [run.name for run in runs]
    others = [name.replace(" ", "_") for name in short_names(names)[1:]]
    return "_vs_".join([names[0], *others])


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path)
    return path

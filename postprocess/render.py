"""Pictures of run directories, written as files."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Literal, get_args

import matplotlib
from matplotlib.figure import Figure

from phasefield.errors import RunError
from phasefield.io import safe
from phasefield.io.rundir import EvenRun, MeshSnapshot, Run, Snapshot, open_run
from phasefield.postprocess import style
from phasefield.postprocess.cycles import draw_cycles
from phasefield.postprocess.galleries import Gallery, Painter, gallery_of
from phasefield.postprocess.movie import WORTH, movie_snapshots, write_movie
from phasefield.postprocess.sheet import chosen_snapshots, common_dimension, letter_panels, short_names

COLUMNS = {1: 5, 2: 4, 3: 3}
#: Points that 3-D scenes draw for each pixel, along each side.
DETAIL, MOVIE_DETAIL = 2.0, 1.25
LEAST_DPI, MOST_DPI = 50, 1200
#: Snapshots of a run that are kept while it is drawn, beside the last one [byte].
MOST_KEPT = 2**28
Format = Literal["png", "pdf", "svg"]


def render_runs(
    paths: Sequence[str | Path],
    output: str | Path | None = None,
    movie: bool = True,
    times: Sequence[float] | None = None,
    colour: str | None = None,
    surface: str | None = None,
    processes: int = 1,
    format: Format = "png",
    dpi: int | None = None,
    letters: bool = False,
) -> list[Path]:
    """Draw one or several runs side by side: pictures of the fields, a movie, scalars against time, and cycles.

    Parameters
    ----------
    paths : sequence of str or Path
        Run directories, all of the same model and dimension.
    output : str or Path, optional
        Directory for the pictures; by default ``pictures`` beside the first run.
    movie : bool
        Whether to make a movie of 2-D and 3-D runs.
    times : sequence of float [s], optional
        Times to show; by default a few spread over what all runs have reached, and in 3-D also a large
        picture of the last one.
    colour : str, optional
        Field that colours the electrolyte. Plating: ``"c"``, ``"current"`` or ``"phi"``, by default the
        concentration if there is one, otherwise the current density (2-D) or the potential (3-D, on the back
        walls). Interphases: ``"potential"`` (against lithium), ``"phi_e"`` or ``"phi_i"``, by default the first two
        (2-D) or the first (3-D, on the cut and the back walls). Contact: ``"current"``. Plain pictures, for a model
        without its own, or for runs without the required fields: any field; by default the first few (2-D) or
        the first (3-D, on the back walls).
    surface : str, optional
        Quantity that colours the surface in 3-D. Plating: ``"current"`` (the default) or ``"height"``. Interphases:
        ``"height"`` (the default) or ``"potential"``. Contact: ``"current"`` (the default) or ``"content"``. Plain
        pictures: ``"height"``.
    processes : int
        Processes that draw the frames of a movie. With more than one, a script must be guarded by
        ``if __name__ == "__main__"``, as for all of `multiprocessing`.
    format : {"png", "pdf", "svg"}
        Format of the pictures. In PDF and SVG lines and texts are vectors; maps and 3-D scenes are not.
    dpi : int, optional
        Pixels per inch of PNG, and of maps and scenes in the others: 50 to 1200, by default 200.
    letters : bool
        Whether panels get letters (a), (b), ..., to which a caption can refer.

    Returns
    -------
    list of Path
        The files written, pictures of the fields first.

    Raises
    ------
    RunError
        If a directory is not a run, has no snapshot yet, lacks a field, or models or dimensions differ; if a time lies
        outside a run.
    """
    _check_choice("format", format, get_args(Format))
    if dpi is not None and not LEAST_DPI <= dpi <= MOST_DPI:
        raise RunError(f"render: dpi = {dpi} must be from {LEAST_DPI} to {MOST_DPI}", code="limit-passed")
    runs = [Shown(open_run(path).path) for path in paths]
    if not runs:
        raise RunError("render needs at least one run directory")
    gallery = gallery_of(runs)
    painter = _painter(runs, gallery, colour, surface)
    dimension = common_dimension(runs)
    sheets = {"": chosen_snapshots(runs, times, COLUMNS[dimension])}
    if dimension == 3 and times is None:
        sheets = {"": chosen_snapshots(runs, None, 1), "_times": sheets[""]}

    stem, given = _stem(runs), output is not None
    output = Path(output) if output is not None else runs[0].path.resolve().parent / "pictures"

    def save(figure: Figure, name: str) -> Path:
        if letters:
            letter_panels(figure)
        return save_picture(figure, output / f"{stem}{name}.{format}", dpi=dpi)

    def still(snapshots: list[list[int]]) -> Painter:
        drawn = painter(snapshots)
        return partial(drawn, detail=DETAIL * dpi / style.PIXELS_PER_INCH) if dimension == 3 and dpi else drawn

    with safe.one_error(output), matplotlib.rc_context(style.RC):
        output.mkdir(parents=True, exist_ok=True) if given else safe.make_directory(output)
        written = []
        for suffix, snapshots in sheets.items():
            written.append(save(still(snapshots)(snapshots), suffix))
        if movie and dimension > 1:
            snapshots = movie_snapshots(runs)
            frame = painter(snapshots)
            if dimension == 3:
                frame = partial(frame, detail=MOVIE_DETAIL)
            written.append(write_movie(output / f"{stem}.mp4", snapshots, frame, processes, WORTH[dimension]))
        if (chart := gallery.chart(runs)) is not None:
            written.append(save(chart, f"_{gallery.chart_name}"))
        if (cycles := draw_cycles(runs)) is not None:
            written.append(save(cycles, "_cycles"))
    return written


def draw(
    runs: Sequence[Run], times: Sequence[float] | None = None, colour: str | None = None, surface: str | None = None
) -> Figure:
    """The picture of `render_runs` that shows several times of a run, in 3-D too, but not written to a file.

    Parameters and errors are those of `render_runs`.
    """
    painter = _painter(runs, gallery_of(runs), colour, surface)
    snapshots = chosen_snapshots(runs, times, COLUMNS[common_dimension(runs)])
    with matplotlib.rc_context(style.RC):
        return painter(snapshots)(snapshots)


class Shown(EvenRun):
    """A run that keeps the snapshots that it has read last: scales need all of them, and a frame each several times."""

    @cached_property
    def _kept(self) -> dict[int, Snapshot | MeshSnapshot]:
        return {}

    def snapshot(self, index):
        """As of the run."""
        if index not in self._kept:
            self._kept[index] = super().snapshot(index)
            while len(self._kept) > 1 and sum(map(_size, self._kept.values())) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return self._kept[index]

    def __reduce__(self):
        return type(self), (self.path,)  # other processes read by themselves


def _size(snapshot: Snapshot | MeshSnapshot) -> int:
    return sum(values.nbytes for values in snapshot.fields.values())


def _painter(
    runs: Sequence[Run], gallery: Gallery, colour: str | None, surface: str | None
) -> Callable[[list[list[int]]], Painter]:
    """Returns what draws some of the snapshots, given all for the scales."""
    _check_choice("colour", colour, (None, *gallery.colours))
    _check_choice("surface", surface, (None, *gallery.surfaces))
    dimension = common_dimension(runs)
    shown = [run if isinstance(run, Shown) else Shown(run.path) for run in runs]
    return lambda snapshots: gallery.painter(shown, dimension, snapshots, colour, surface or gallery.surfaces[0])


def _check_choice(name: str, value: str | None, allowed: Sequence[str | None]) -> None:
    if value not in allowed:
        listed = ", ".join(f"'{choice}'" for choice in allowed if choice)
        raise RunError(f"render: {name} = '{value}' is not known; allowed are {listed}", code="unknown-name")


def _stem(runs: Sequence[Run]) -> str:
    """Name of the files: that of a single run, or those of several in short."""
    names = [run.name for run in runs]
    others = [name.replace(" ", "_") for name in short_names(names)[1:]]
    return "_vs_".join([names[0], *others])


def save_picture(figure: Figure, path: Path, below: int = 1, dpi: int | None = None) -> Path:
    """Write a picture in the format of its ending, all or nothing; `below` as of `phasefield.io.safe.descriptor`."""
    content = io.BytesIO()
    figure.savefig(content, format=path.suffix[1:], dpi=dpi or style.PIXELS_PER_INCH)
    safe.replace(path, content.getvalue(), below, lasting=False)
    return path

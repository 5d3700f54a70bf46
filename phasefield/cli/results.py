"""``phasefield status``, ``compare`` and ``render``: look at the results of runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from phasefield.cli.common import RunDirectories, output_option, say
from phasefield.errors import RunError


class Format(StrEnum):
    """Formats of pictures."""

    png = "png"
    pdf = "pdf"
    svg = "svg"


def status(runs: RunDirectories) -> None:
    """Print the state of runs: running, done, stopped or failed, and the simulated time."""
    from phasefield.compare import standing
    from phasefield.io.rundir import open_run

    opened = [open_run(path) for path in runs]
    width = max(len(str(run.path)) for run in opened)
    for run in opened:
        say(f"{run.path!s:{width}}  {standing(run)}")


def compare(runs: RunDirectories) -> None:
    """Print a table of runs side by side: final state, errors of the charge and lithium balances, cost."""
    from phasefield.compare import comparison
    from phasefield.io.rundir import open_run

    say(comparison([open_run(path) for path in runs]))


def render(
    runs: RunDirectories,
    output: Annotated[
        Path | None, output_option("Directory for the pictures; by default pictures/ next to the first run.")
    ] = None,
    movie: Annotated[bool, typer.Option(help="Also make a movie, if the runs are 2-D or 3-D.")] = True,
    time: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TIME",
            help=(
                'Simulated time to show, such as "10 min". By default a few times between start and end are shown. '
                "The option can be repeated."
            ),
        ),
    ] = None,
    colour: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help=(
                "Field that the colour map of 2-D pictures shows. Each model has a default; "
                "an unknown name prints the fields of the model."
            ),
        ),
    ] = None,
    surface: Annotated[
        str | None,
        typer.Option(
            metavar="QUANTITY",
            help=(
                "Quantity that colours surfaces in 3-D pictures. Each model has a default; "
                "an unknown name prints the quantities of the model."
            ),
        ),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Number of processes that draw a movie; by default one per core."),
    ] = None,
    format: Annotated[
        Format, typer.Option(help="Format of the pictures. In pdf and svg, lines and texts are vectors.")
    ] = Format.png,
    dpi: Annotated[
        int | None, typer.Option(min=50, max=1200, help="Pixels per inch of the pictures; by default 200.")
    ] = None,
    letters: Annotated[
        bool, typer.Option("--letters", help="Mark the panels of each picture with (a), (b), and so on.")
    ] = False,
) -> None:
    """Draw runs side by side: pictures, a movie and curves over time. No display is needed."""
    times = [_seconds(text) for text in time] if time else None
    from phasefield.postprocess.render import render_runs
    from phasefield.run.cores import cores

    drawers = processes or cores()
    written = render_runs(
        runs, output, movie, times, colour, surface, drawers, format=format.value, dpi=dpi, letters=letters
    )
    for path in written:
        say(str(path))


def _seconds(text: str) -> float:
    from phasefield.units import UnitError, quantity

    try:
        return quantity(text, "s")
    except UnitError as error:
        raise RunError(f"--time {text}: {error}") from None


class Target(StrEnum):
    """Formats that other programs read."""

    pvd = "pvd"
    xdmf = "xdmf"
    csv = "csv"
    zarr = "zarr"


def export(
    runs: RunDirectories,
    to: Annotated[
        Target,
        typer.Option(
            "--to",
            help=(
                "Format: pvd for any version of ParaView; xdmf for the same, by one small file that refers to the run; "
                "csv for spreadsheets; zarr for xarray."
            ),
        ),
    ],
    output: Annotated[
        Path | None, output_option("Directory for the files; by default exports/ next to the run.")
    ] = None,
) -> None:
    """Write all snapshots of runs for other programs. Replaces earlier exports. ParaView 5.12 needs no export."""
    from tqdm import tqdm

    from phasefield.io.rundir import open_run
    from phasefield.postprocess.export import export

    for path in runs:
        run = open_run(path)
        with tqdm(total=len(run.times), desc=run.name, unit="snapshot", disable=None, leave=False) as bar:
            try:
                written = export(run, to.value, output, lambda done, _: bar.update(done - bar.n))
            except ImportError as error:
                raise RunError(str(error), code="missing-package") from None
        say(str(written))

"""``phasefield run`` and ``phasefield restart``: simulate what a deck describes, and continue a simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phasefield.cli.common import DeckFile, Overrides, RunDirectory, output_option
from phasefield.errors import PhasefieldError


def run(
    deck: DeckFile,
    output: Annotated[
        Path | None, output_option("Directory for the results; by default runs/NAME for a deck NAME.toml.")
    ] = None,
    overrides: Overrides = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace an earlier run in this directory, and ignore errors of `check`."),
    ] = False,
) -> None:
    """Run a deck. To run in parallel, start it as `mpirun -n 2 phasefield run DECK`."""
    from phasefield.parallel import in_unison
    from phasefield.run.runner import run

    with in_unison(PhasefieldError, KeyboardInterrupt):  # which main() and typer turn into exit codes
        run(deck, output=output, force=force, overrides=overrides or ())


def restart(
    directory: RunDirectory,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help='Continue until this simulated time, such as "2 h"; changes stop.time.'),
    ] = None,
    overrides: Overrides = None,
    fallback: Annotated[bool, typer.Option(help="Use an earlier checkpoint if the newest one is damaged.")] = True,
    force: Annotated[
        bool, typer.Option("--force", help="Continue even if memory or disk space may be too small.")
    ] = False,
) -> None:
    """Continue a run from its newest checkpoint after it was stopped, was killed or failed.

    A finished run is not changed, unless --until or --set gives it more to do.
    """
    from phasefield.parallel import in_unison
    from phasefield.run.runner import restart

    changed = [*(overrides or ()), *([f"stop.time={until}"] if until else ())]
    with in_unison(PhasefieldError, KeyboardInterrupt):
        restart(directory, overrides=changed, fallback=fallback, force=force)

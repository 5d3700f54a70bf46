"""``phasefield run`` and ``phasefield restart``: simulate what a deck describes, and continue a simulation."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phasefield.cli.common import DeckFile, Overrides, RunDirectory, is_first_rank, output_option
from phasefield.errors import PhasefieldError, printable

if TYPE_CHECKING:
    from phasefield.postprocess.viewer.launch import Apart
    from phasefield.run.user_observers import RunView

Live = Annotated[bool, typer.Option("--live", help="Open an interactive page of the run, as `phasefield view` does.")]


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
    live: Live = False,
) -> None:
    """Run a deck. To run in parallel, start it as `mpirun -n 2 phasefield run DECK`."""
    from phasefield.parallel import in_unison
    from phasefield.run.runner import run

    with in_unison(PhasefieldError, KeyboardInterrupt):  # which main() and typer turn into exit codes
        pages = _pages(live)
        run(deck, output=output, force=force, overrides=overrides or (), observers=pages)
        _wait_for(pages)


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
    live: Live = False,
) -> None:
    """Continue a run from its newest checkpoint after it was stopped, was killed or failed.

    A finished run is not changed, unless --until or --set gives it more to do.
    """
    from phasefield.parallel import in_unison
    from phasefield.run.runner import restart

    changed = [*(overrides or ()), *([f"stop.time={until}"] if until else ())]
    with in_unison(PhasefieldError, KeyboardInterrupt):
        pages = _pages(live)
        restart(directory, overrides=changed, fallback=fallback, force=force, observers=pages)
        _wait_for(pages)


def _pages(live: bool) -> list[LivePage]:
    if live:
        from phasefield.postprocess.viewer.server import require_trame

        require_trame()
    return [LivePage()] if live else []


def _wait_for(pages: list[LivePage]) -> None:
    """A run may be over before its page is there."""
    for page in pages:
        page.wait()


class LivePage:
    """Opens the page of a run as it begins, in a process of its own; the run goes on whatever happens to the page."""

    def __init__(self) -> None:
        self._begun = False
        self._page: Apart | None = None

    def __call__(self, view: RunView) -> None:
        if not self._begun and is_first_rank():
            self._open(view.directory)
        self._begun = True

    def _open(self, directory: Path) -> None:
        from phasefield.postprocess.viewer.launch import Apart

        try:
            self._page = Apart([directory], port=0, browser=True, said=_say_beside_bar)
        except (OSError, PhasefieldError) as error:
            _say_beside_bar(f"the page cannot be opened: {error}")

    def wait(self) -> None:
        """Wait until the address is printed."""
        if self._page is not None:
            try:
                self._page.wait()
            except PhasefieldError as error:
                _say_beside_bar(str(error))


def _say_beside_bar(line: str) -> None:
    """Print above the bar of a run; not in its log, which others may read: the address is for this user only."""
    from tqdm import tqdm

    with suppress(OSError):
        tqdm.write(f"view: {printable(line)}", file=sys.stderr)

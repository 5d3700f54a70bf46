"""``phasefield view``: an interactive page of runs, for a browser on this machine or at the other end of a tunnel."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated

import typer

from phasefield.cli.common import RunDirectories, say
from phasefield.errors import RunError


def view(
    runs: RunDirectories,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on this machine, to forward it by SSH; by default a free one.")
    ] = 0,
    browser: Annotated[
        bool, typer.Option(help="Open the page in a browser. Without a display, the address is only printed.")
    ] = True,
    idle: Annotated[
        str,
        typer.Option(metavar="TIME", help='End if no page is open for this time, such as "10 min"; 0 s is never.'),
    ] = "0 s",
    wait: Annotated[bool, typer.Option("--wait", help="Wait for directories that do not exist yet.")] = False,
) -> None:
    """Show runs in an interactive page: times, fields, cuts and surfaces, curves; runs that go on are followed.

    The page is served on this machine only, and its address has a random part that nobody else knows. Ctrl-C ends it.
    """
    from phasefield.postprocess.viewer.launch import serve
    from phasefield.units import UnitError, quantity

    try:
        seconds = quantity(idle, "s")
    except UnitError as error:
        raise RunError(f"--idle {idle}: {error}") from None
    for path in runs:
        if not path.exists() and not wait:
            near = get_close_matches(path.name, [p.name for p in path.parent.glob("*") if p.is_dir()], n=1)
            hint = f"did you mean {path.parent / near[0]}? " if near else ""
            raise RunError(f"{path}: there is no such directory; {hint}--wait waits for it", code="not-a-run")
    serve(runs, port, say, browser, seconds)

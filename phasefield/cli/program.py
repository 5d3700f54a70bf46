"""The program ``phasefield``: its commands, in the order of its help, and its exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated

import typer

from phasefield.cli.check import check
from phasefield.cli.common import is_first_rank, say
from phasefield.cli.examples import examples, new
from phasefield.cli.materials import materials
from phasefield.cli.results import compare, export, render, status
from phasefield.cli.run import restart, run
from phasefield.cli.schema import keys, schema
from phasefield.cli.study import study
from phasefield.cli.verify import verify
from phasefield.cli.view import view
from phasefield.errors import PhasefieldError, RunError, Stopped, on_command_line, printable

HELP = """Phase-field simulation of lithium plating and interphase growth: from an input file (deck) to numbers and
pictures.

Start with `phasefield new coated my.toml`, which writes a deck; then `phasefield check my.toml`,
`phasefield run my.toml` and `phasefield render runs/my`.
"""

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help=HELP)
PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    "Begin": (new, examples, check),
    "Simulate": (run, restart, study),
    "Look at results": (status, compare, view, render, export),
    "Look up": (keys, schema, verify),
}
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
app.add_typer(materials, name="materials", rich_help_panel="Look up")


@app.callback(invoke_without_command=True)
def phasefield(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        from phasefield import __version__

        say(f"phasefield {__version__}")
        raise typer.Exit


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    The exit code is 0 when done, 1 when `verify` missed a bound, 2 for a wrong deck, wrong usage, or files that cannot
    be written or read, 3 when a time step failed, and 75 when the run stopped with a checkpoint.

    Parameters
    ----------
    arguments : sequence of str, optional
        Arguments of the command line; by default those of the process.
    """
    # Not app(), which would replace sys.excepthook, and with it the hook that ends all ranks.
    command = typer.main.get_command(app)
    try:
        with on_command_line():
            _require_present_directory()
            command.main(args=None if arguments is None else list(arguments), prog_name="phasefield")
    except PhasefieldError as error:
        if is_first_rank():
            with suppress(OSError):  # the exit code says it, too
                print(printable(_message(error)), file=sys.stderr)
        sys.exit(error.exit_code)


def _require_present_directory() -> None:
    """RunError if the directory in which the command was started is gone: no relative path leads anywhere."""
    try:
        os.getcwd()
    except OSError as error:
        raise RunError(f"the present directory cannot be found ({error.strerror})", code="unreadable") from None


def _message(error: PhasefieldError) -> str:
    lines = str(error).splitlines()
    if isinstance(error, Stopped):
        return lines[0]
    if len(lines) == 1:
        return f"error: {lines[0]}"
    return "\n".join([f"error: {len(lines)} problems", *(f"  {line}" for line in lines)])

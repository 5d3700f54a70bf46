"""The console script ``phasefield``; also ``python -m phasefield``."""

import os
import sys


def main() -> None:
    """Run the command line with the arguments of the process, and exit."""
    complete_streams()
    # That of a notebook, from which the command was started, may not exist here; pictures are files anyhow
    os.environ.pop("MPLBACKEND", None)
    if sys.argv[1:2] in (["run"], ["restart"]):
        from phasefield.run.startup_signals import listen

        listen()  # first, since the imports below take a second
    from phasefield.run import garbage

    with garbage.importing():
        from phasefield.cli import main

    main()


def complete_streams() -> None:
    """Make sure that standard output and error exist, and that any text can be written to them.

    If a stream was closed (``2>&-``), the next opened file would get its number, and messages of libraries would be
    written into that file. Characters that a terminal cannot show are written as escapes.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(number, True)
    os.close(number)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        getattr(sys, name).reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()

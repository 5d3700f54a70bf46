"""The console script ``phasefield``, which is ``python -m phasefield`` too."""

import os
import sys


def main() -> None:
    """Run the command line with the arguments of the process, and exit."""
    complete_streams()
    if sys.argv[1:2] in (["run"], ["restart"]):
        from phasefield.run.startup_signals import listen

        listen()  # first of all: what follows takes a second
    from phasefield import garbage

    with garbage.importing():
        from phasefield.cli import main

    main()


def complete_streams() -> None:
    """Make sure that there is a standard output and error, and that any text can be written to them.

    A number of a stream that was closed (``2>&-``) would be given to the next file that is opened, and what a library
    complains of would be written there. What a terminal of few letters lacks is written as an escape.
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

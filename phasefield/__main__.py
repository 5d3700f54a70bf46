"""The console script ``phasefield``, which is ``python -m phasefield`` too."""

import sys


def main() -> None:
    """Run the command line with the arguments of the process, and exit."""
    if sys.argv[1:2] in (["run"], ["restart"]):
        from phasefield.run.startup_signals import listen

        listen()  # first of all: what follows takes a second
    from phasefield.cli import main

    main()


if __name__ == "__main__":
    main()

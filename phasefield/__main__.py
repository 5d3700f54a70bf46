"""``python -m phasefield`` is the console script ``phasefield``."""

from phasefield.cli import main

if __name__ == "__main__":
    main()

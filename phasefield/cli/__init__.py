"""The command line: one module for each command or group of commands; `program` puts them together.

No physics is here, and a command imports what takes time only when it is called, so that ``phasefield --help``
answers at once.
"""

from phasefield.cli.program import app, main

__all__ = ["app", "main"]

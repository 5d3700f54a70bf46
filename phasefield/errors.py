"""Errors that a user may cause or see; each class has an exit code of the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

#: What happened, for scripts that react to it: a code stays the same when the wording of a message changes.
Code = Literal[
    "",  # most errors have none: their class, and the keys of a DeckError, identify them
    "bad-mesh",  # a mesh can be read, but is not of triangles in the plane between two ends
    "changed-key",  # a restart would change a key of the deck that must stay as it is
    "damaged",  # a file does not match its checksum
    "directory-removed",  # the directory of a run was removed or renamed while a process wrote in it
    "directory-replaced",  # another directory is at its path now
    "end-passed",  # a restart is asked to end before its checkpoint
    "file-exists",  # a new file would replace an existing one
    "foreign-files",  # a directory holds files that no run wrote, so it is not replaced
    "gmsh-failed",  # Gmsh did not make a mesh
    "limit-passed",  # a file, or work that it asks for, is beyond a bound of size, memory or time
    "locked",  # another process works on the run
    "missing-package",  # a package that pip does not install by itself
    "mixed-runs",  # runs of different models, dimensions or grids cannot be shown together
    "no-checkpoint",  # there is no checkpoint that can be used
    "no-member",  # no member of a study is finished
    "no-number",  # a file has something that is not a finite number where one must be
    "no-page",  # the page of `phasefield view` did not start
    "no-snapshot",  # the run has not written this snapshot (yet)
    "not-a-run",  # the path is missing or is not a run directory
    "run-exists",  # the directory holds an earlier run
    "syntax",  # a text is not in the language of its file
    "unknown-name",  # there is no such column, field, colour, material, property, model or command
    "unreadable",  # a file is damaged, incomplete or of another format
    "unwritable",  # a file or directory cannot be written
    "wrong-launcher",  # processes were started together, but MPI does not connect them
]


def printable(text: str) -> str:
    """A text with its control characters, except line ends, written as escapes, since a terminal executes them."""
    return "".join(c if c.isprintable() or c in "\n\u00a0" else ascii(c)[1:-1] for c in text)


#: How a caller gives what a message recommends: the argument in Python, and the option of the command line.
_ARGUMENTS = {
    "force": ("force=True", "--force"),
    "output": ("output", "-o"),
    "overrides": ("overrides", "--set"),
    "until": ('overrides=["stop.time=..."]', "--until or --set"),
    "one process": ("processes=1", "--processes 1"),
    "time": ("times", "--time"),
}
_on_command_line = ContextVar("on_command_line", default=False)


@contextmanager
def on_command_line() -> Iterator[None]:
    """Inside the context, messages name options of the command line instead of arguments in Python."""
    token = _on_command_line.set(True)
    try:
        yield
    finally:
        _on_command_line.reset(token)


def argument(name: str) -> str:
    """An argument as the caller of this process gives it, for messages: ``force=True`` or ``--force``."""
    return _ARGUMENTS[name][_on_command_line.get()]


class PhasefieldError(Exception):
    """Base of all errors that a user may cause or see. The command line prints the message without a traceback.

    Parameters
    ----------
    message : str
        One or more lines that name the problem and the allowed values.
    code : Code, optional
        Stable name of the kind of error.

    Attributes
    ----------
    exit_code : int
        Exit code of the command line.
    """

    exit_code = 1

    def __init__(self, *message: object, code: Code = ""):
        super().__init__(*message)
        self.code: Code = code


@dataclass(frozen=True)
class Problem:
    """One mistake in a deck.

    Attributes
    ----------
    key : str
        Dotted key, such as ``drive.steps.0.voltage``; empty if the problem concerns the whole file.
    message : str
        What is wrong with the value, and what is allowed.
    value : str
        Value as written in the deck, shortened; empty if the key is missing.
    line : int or None
        Line of the deck, if it is known; never of what was changed by an override.
    """

    key: str
    message: str
    value: str = ""
    line: int | None = None

    def __str__(self) -> str:
        found = f"{self.key} = {self.value}" if self.value else self.key
        return f"{found}: {self.message}" if found else self.message


class DeckError(PhasefieldError):
    """A deck cannot be used. The error lists every problem that was found, not only the first one.

    Parameters
    ----------
    source : str
        File (or other origin) of the deck; named in front of each problem.
    problems : iterable of Problem
        Mistakes that were found.
    """

    exit_code = 2

    def __init__(self, source: str, problems: Iterable[Problem]):
        self.source = source
        self.problems = tuple(problems)
        super().__init__(source, self.problems)

    def __str__(self) -> str:
        return "\n".join(f"{self.source}{_at(problem.line)}: {problem}" for problem in self.problems)


def _at(line: int | None) -> str:
    return "" if line is None else f":{line}"


class RunError(PhasefieldError):
    """A run directory cannot be written or read, or a request does not fit the run."""

    exit_code = 2


class DirectoryLost(PhasefieldError):
    """The path of a run's directory now leads elsewhere, so nothing more is written.

    Not a RunError: after a RunError, as of a full disk, a run may continue and write to the directory.
    """

    exit_code = 2


class StepError(PhasefieldError):
    """A time step failed and could not be rescued by smaller steps."""

    exit_code = 3


class ObserverError(PhasefieldError):
    """An observer that the caller gave has raised an error, which is the cause; the run ended as failed."""


class Stopped(PhasefieldError):
    """A run was stopped early on request and wrote a checkpoint; ``phasefield restart`` continues it."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: try again later


class TraceError(PhasefieldError):
    """An equation has a part that the compiled engine does not support; the FiPy engine supports it."""

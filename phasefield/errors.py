"""The errors a user can cause or meet; each carries the exit code of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class PhasefieldError(Exception):
    """Base of the family: one clear message, no traceback, on the command line."""

    exit_code = 1


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a deck.

    Attributes
    ----------
    key : str
        Dotted key, such as ``drive.steps.0.voltage``; empty if the whole file is meant.
    message : str
        What is allowed instead.
    value : str
        What was found, as written in the deck and shortened; empty if nothing was.
    """

    key: str
    message: str
    value: str = ""

    def __str__(self) -> str:
        found = f"{self.key} = {self.value}" if self.value else self.key
        return f"{found}: {self.message}" if found else self.message


class DeckError(PhasefieldError):
    """A deck cannot be used; carries every problem found, not only the first.

    Parameters
    ----------
    source : str
        File (or other origin) of the deck; named in front of each problem.
    problems : iterable of Problem
        What is wrong with it.
    """

    exit_code = 2

    def __init__(self, source: str, problems: Iterable[Problem]):
        self.source = source
        self.problems = tuple(problems)
        super().__init__(source, self.problems)

    def __str__(self) -> str:
        return "\n".join(f"{self.source}: {problem}" for problem in self.problems)


class RunError(PhasefieldError):
    """A run directory cannot be written or read, or the request makes no sense."""

    exit_code = 2


class DirectoryLost(PhasefieldError):
    """The path of a run's directory leads elsewhere now, so nothing more is written.

    No RunError: those of a full disk are waited for, and noted in the directory.
    """

    exit_code = 2


class StepError(PhasefieldError):
    """A time step failed and could not be rescued by smaller steps."""

    exit_code = 3


class Stopped(PhasefieldError):
    """A run ended early because it was asked to, with a checkpoint: ``phasefield restart`` goes on."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: try again later


class TraceError(PhasefieldError):
    """An equation has a part that the compiled engine does not know; the FiPy engine does."""

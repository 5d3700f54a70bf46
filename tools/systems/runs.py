"""Runs of decks in inputs/systems/, made at first use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import phasefield

DECKS = Path(__file__).parents[2] / "inputs" / "systems"

#: ``key=value`` as for ``phasefield run --set``, or a function that returns it from other runs.
Override = str | Callable[["Runs"], str]


class Runs:
    """Runs by the names of cases.

    Parameters
    ----------
    directory : Path
        Parent of the run directories; existing ones are replaced.
    cases : mapping of str to tuple
        Name of a deck without its suffix, and overrides.
    """

    def __init__(self, directory: Path, cases: Mapping[str, tuple[Override, ...]]):
        self.directory, self.cases, self._done = directory, cases, {}

    def __getitem__(self, name: str):
        return self.changed(name)

    def changed(self, case: str, *more: str):
        """A case with further overrides."""
        name = " ".join((case, *more))
        if name not in self._done:
            deck, *overrides = (*self.cases[case], *more)
            given = [override(self) if callable(override) else override for override in overrides]
            place = self.directory / re.sub(r"[^\w.=-]+", "_", name.replace(",", ""))
            self._done[name] = phasefield.run(DECKS / f"{deck}.toml", place, force=True, overrides=given)
        return self._done[name]

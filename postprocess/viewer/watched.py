"""Run directories that may still grow, be replaced, or not exist yet."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from phasefield.errors import PhasefieldError
from phasefield.io.rundir import FIELDS, HISTORY, RESOLVED, STATUS, EvenRun, MeshSnapshot, Run, Snapshot, open_run
from phasefield.postprocess.sheet import Scale, fitted_scale
from phasefield.postprocess.style import Quantity

#: Largest number of snapshots of a run from which a colour scale for the whole run is made.
SAMPLED = 12


class Watched:
    """A run directory, opened again whenever one of its files has changed.

    Parameters
    ----------
    path : Path
        The directory; it need not exist yet.

    Attributes
    ----------
    run : Run or None
        The run as it was last read; None before it can be read.
    times : ndarray [s]
        Times of its snapshots.
    state : str
        ``"running"``, ``"done"`` and so on, as in ``status.json``; empty before there is a run.
    trouble : str
        Why the directory could not be read when it was last tried; empty if it could.
    generation : int
        Counts the runs that were found in the directory: a new run may replace an old one.
    """

    def __init__(self, path: Path):
        self.path = path
        self.run: Run | None = None
        self.times = np.empty(0)
        self.state, self.trouble, self.generation = "", "", 0
        self._seen: list[tuple[int, ...]] = []

    def refresh(self) -> bool:
        """Read what is new; return whether anything is."""
        before, known = (self.state, self.trouble), self._seen
        self._seen = [_mark(self.path / name) for name in (RESOLVED, FIELDS, HISTORY, STATUS)]
        changed = self._seen != known
        if changed or self.trouble:  # a file may have been caught half-written
            self._open(replaced=bool(known) and self._seen[0] != known[0])
        self._read_state()  # a run that was killed leaves its files as they were
        return changed or (self.state, self.trouble) != before

    def _open(self, replaced: bool) -> None:
        if replaced:
            self.run, self.times, self.generation = None, np.empty(0), self.generation + 1
        try:
            found = EvenRun(open_run(self.path).path)
            self.times = found.times
            self.run, self.trouble = found, ""
        except PhasefieldError as error:
            self.trouble = str(error)

    def _read_state(self) -> None:
        try:
            self.state = str(open_run(self.path).status["state"])
        except (PhasefieldError, KeyError):
            self.state = ""

    @property
    def rows(self) -> tuple[int, ...]:
        """Changes when the history has other rows."""
        return self._seen[2] if self._seen else ()

    def snapshot(self, time: float) -> Snapshot | MeshSnapshot:
        """The snapshot nearest to a time [s].

        Raises
        ------
        RunError
            There is none yet, or the file is damaged.
        """
        assert self.run is not None, "only a run that was read has snapshots"
        return self.run.snapshot(self.run.nearest(time))


def _mark(path: Path) -> tuple[int, ...]:
    """Changes when a file is written or replaced; empty if there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


def all_times(watched: Sequence[Watched]) -> np.ndarray:
    """Times at which at least one of the runs has a snapshot, sorted [s]."""
    return np.unique(np.concatenate([np.empty(0), *(one.times for one in watched)]))


class Ranges:
    """Ranges of the values of fields over whole runs; each snapshot is looked at once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Scale] = {}

    def of_runs(self, watched: Sequence[Watched], field: str, quantity: Quantity) -> Scale:
        """Colour scale, in the unit shown, from snapshots spread evenly over what the runs have written."""
        scales = []
        for number, one in enumerate(watched):
            count = len(one.times)
            for index in np.unique(np.linspace(0, count - 1, min(count, SAMPLED)).round().astype(int)):
                key = number, one.generation, int(index), field
                if key not in self._known:
                    assert one.run is not None
                    self._known[key] = scale_of([one.run.snapshot(int(index))], field, quantity)
                scales.append(self._known[key])
        return _widest(scales)


def scale_of(snapshots: Sequence[Snapshot | MeshSnapshot], field: str, quantity: Quantity) -> Scale:
    """Colour scale of some snapshots, in the unit shown."""
    return fitted_scale(field, (snapshot[field].ravel() * quantity.factor for snapshot in snapshots))


def _widest(scales: Sequence[Scale]) -> Scale:
    extends = {scale.extend for scale in scales} - {"neither"}
    low, high = min(scale.vmin for scale in scales), max(scale.vmax for scale in scales)
    return Scale(low, high, extends.pop() if extends else "neither")

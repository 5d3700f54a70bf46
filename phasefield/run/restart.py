"""Restart of a run from its newest valid checkpoint."""

from __future__ import annotations

import json
import logging
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from phasefield.errors import RunError
from phasefield.io import checkpoint, commit, rewind
from phasefield.parallel import on_root

log = logging.getLogger(__name__)

#: Name of the user's observers in a checkpoint.
USER = "user"


@dataclass(frozen=True)
class Saved:
    """A checkpoint that was verified.

    Attributes
    ----------
    path : Path
    manifest : dict
        Manifest of the checkpoint.
    numbers : dict
        All parts of the state that are not fields.
    """

    path: Path
    manifest: dict[str, Any]
    numbers: dict[str, Any]

    @property
    def time(self) -> float:
        """Simulated time of the checkpoint [1]."""
        return self.numbers["progress"]["time"]

    def resumed(self, ranks: int) -> dict[str, Any]:
        """Times of the start and of the restarts, including this one."""
        origin = self.numbers["origin"]
        this = {"after step": self.numbers["progress"]["step"], "ranks": ranks}
        return origin | {"restarts": [*origin["restarts"], this]}

    @property
    def snapshots(self) -> int:
        """Number of snapshots written before the checkpoint."""
        return self.numbers["observers"]["snapshots"]["count"]


def newest(directory: Path, comm, fallback: bool = True) -> Saved:
    """The newest valid checkpoint of a run to which its output files can be rewound. Collective.

    Parameters
    ----------
    directory : Path
    fallback : bool
        Use an earlier checkpoint if the newest is damaged; each checkpoint that is skipped is named in the log.

    Raises
    ------
    RunError
        There is no such checkpoint.
    """
    folder = directory / checkpoint.CHECKPOINTS
    passed_over = []
    for step in checkpoint.steps(folder, comm):
        path = folder / f"{step:08d}"
        try:
            if problem := checkpoint.verify(path, comm):
                raise checkpoint.CheckpointError(problem)
            return on_root(partial(_read, directory, path), comm)
        except RunError as error:
            passed_over.append(f"{path}: this checkpoint is not used: {error}")
        if not fallback:
            break
        log.warning("%s", passed_over[-1])
    raise RunError(
        "\n".join(passed_over) or f"{directory}: there is no checkpoint; run the deck again", code="no-checkpoint"
    )


def _read(directory: Path, path: Path) -> Saved:
    saved = Saved(path, checkpoint.manifest(path), checkpoint.state(path))
    try:
        if wrong := _unlike(saved.numbers, _OF_ANY_RUN) or _out_of_range(saved.numbers, int(path.name)):
            raise ValueError(wrong)
        problem = rewind.problem(directory, saved.numbers["files"], checkpoint.index(path))
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        problem = f"{checkpoint.STATE} is not what a run writes ({error})"
    if problem:
        raise checkpoint.CheckpointError(problem)
    return saved


def rewind_files(directory: Path, saved: Saved, comm) -> None:
    """Remove from a run all output that was written after a checkpoint. Collective."""

    def back():
        try:
            rewind.rewind(directory, saved.numbers["files"], checkpoint.index(saved.path))
        except OSError as error:
            raise RunError(f"{directory}: cannot be written ({error.strerror or error})", code="unwritable") from None

    on_root(back, comm)
    commit.drop_later(saved.path.parent, int(saved.path.name), comm)  # they would count as the newest


#: Observers that runs of version 0.1.0 did not have.
LATER = ("cycles",)
#: Kinds of the numbers that every checkpoint has; a checkpoint from others may have right digests and anything inside.
_OF_ANY_RUN: dict[str, Any] = {
    "progress": {"time": 0.0, "dt": 0.0, "step": 0, "rejected": 0},
    "controller": {"dt": 0.0, "largest": 0.0},
    "protocol": {"index": 0},
    "engine": {"extrapolates": True, "previous dt": 0.0, "earlier dt": 0.0, "added": {}, "scalars": {}},
    "observers": {"snapshots": {"count": 0}, USER: {}},
    "origin": {"restarts": []},
    "files": {},
}


def _unlike(found: Any, usual: Any, key: str = "") -> str:
    """The first key whose value is not of the usual kind; empty if there is none. Keys may be missing.

    Numbers must be finite; None stands for a number or a list that is not known at the start.
    """
    if isinstance(usual, dict):
        if not isinstance(found, dict):
            return key or "no table"
        common = ((name, f"{key}.{name}" if key else name) for name in usual if name in found)
        return next(filter(None, (_unlike(found[name], usual[name], inner) for name, inner in common)), "")
    if isinstance(usual, bool):
        fine = isinstance(found, bool)
    elif isinstance(usual, int):
        fine = type(found) is int and abs(found) < 2**53
    elif isinstance(usual, float):
        fine = _is_finite(found)
    elif isinstance(usual, str):
        fine = isinstance(found, str)
    elif isinstance(usual, list | tuple):
        fine = isinstance(found, list) and (not usual or all(map(_is_finite, found)))
    else:
        fine = found is None or all(map(_is_finite, found if isinstance(found, list) else [found]))
    return "" if fine else key


def _out_of_range(numbers: dict[str, Any], step: int) -> str:
    """The first of the numbers of every checkpoint with an impossible value; empty if there is none."""
    progress, engine = numbers["progress"], numbers["engine"]
    possible = {
        "progress.step": progress["step"] == step,
        "progress.rejected": progress["rejected"] >= 0,
        "progress.time": progress["time"] >= 0,
        "progress.dt": progress["dt"] >= 0,
        "controller.dt": numbers["controller"]["dt"] > 0,
        "controller.largest": numbers["controller"].get("largest", 1.0) > 0,
        "engine.previous dt": engine["previous dt"] > 0 or not engine["extrapolates"],
        "engine.earlier dt": engine.get("earlier dt", 0.0) >= 0,
        "engine.moments": all(_is_finite(m) and m <= 0 for m in engine.get("moments", [])),
        "engine.added": all(map(_is_finite, engine.get("added", {}).values())),
        "origin.restarts": "restarts" in numbers["origin"],
        "observers.snapshots.count": numbers["observers"]["snapshots"]["count"] >= 0,
    }
    return next((key for key, fine in possible.items() if not fine), "")


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= sys.float_info.max  # JSON has integers of any size


# -- state of a run --------------------------------------------------------------------------------------


@dataclass
class RunState:
    """All parts of a run that have a state.

    Attributes
    ----------
    case, engine, controller, progress, protocol
    observers : dict
        By name, each with ``state()`` and ``restore(state)``.
    """

    case: Any
    engine: Any
    controller: Any
    progress: Any
    protocol: Any
    observers: dict[str, Any]

    def numbers(self) -> dict[str, Any]:
        """All parts of the state that are not fields, as JSON."""
        progress = self.progress
        return {
            "progress": {name: getattr(progress, name) for name in ("time", "dt", "step", "rejected")},
            "controller": self.controller.state(),
            "engine": self.engine.state.numbers(),
            "protocol": self.protocol.state(),
            "observers": {name: observer.state() for name, observer in self.observers.items()},
        }

    def restore(self, saved: Saved) -> None:
        """Restore all parts. Collective.

        Raises
        ------
        RunError
            The checkpoint has no numbers of this model, or other ones.
        """
        numbers = saved.numbers
        for name in _OF_ANY_RUN["progress"]:
            setattr(self.progress, name, numbers["progress"][name])
        with self._of_this_model(saved):
            self.protocol.restore(numbers.get("protocol", {}), saved.time)
            self.case.begin(self.protocol.index, self.engine)
            self.engine.state.restore(numbers["engine"], self._reader(saved.path))
        self.engine.conditions.evaluate()
        # The deck may have lowered the largest step.
        self.controller.dt = numbers["controller"]["dt"]
        self.controller.limit(min(numbers["controller"].get("largest", math.inf), self.case.largest_step))
        with self._of_this_model(saved):
            for name, observer in self._ours.items():
                found = numbers["observers"]
                observer.restore(found.get(name, {}) if name in LATER else found[name])
        for name in self.observers.keys() - self._ours.keys():
            self.observers[name].restore(numbers["observers"].get(name, {}))  # a user's observer may be new

    @property
    def _ours(self) -> dict[str, Any]:
        """The observers of every run: all but the user's, whose states may be any JSON."""
        return {name: observer for name, observer in self.observers.items() if name != USER}

    @contextmanager
    def _of_this_model(self, saved: Saved) -> Iterator[None]:
        """Numbers of other kinds than this run would write, or missing ones, are one error."""
        usual = {
            "engine": self.engine.state.numbers(),
            "protocol": self.protocol.state(),
            "observers": {n: o.state() for n, o in self._ours.items()},
        }
        try:
            if wrong := _unlike(saved.numbers, usual):
                raise ValueError(wrong)
            yield
        except (LookupError, TypeError, ValueError) as error:
            path = saved.path / checkpoint.STATE
            raise RunError(f"{path}: is not what a run of this model writes ({error})", code="unreadable") from None

    def _reader(self, path: Path) -> Callable[[str], np.ndarray]:
        """A reader of fields; an error on one rank becomes an error on all ranks."""

        def read(name):
            values, error = None, None
            try:
                values = checkpoint.array(path, name, self.engine.box)
            except RunError as caught:
                error = caught
            for problem in self.engine.comm.allgather(error):
                if problem is not None:
                    raise problem
            return values

        return read


def write_checkpoint(
    directory: Path, parts: RunState, origin: dict[str, Any], about: dict[str, Any], keep: int
) -> None:
    """Write a checkpoint of a run, and remove those that are no longer needed. Collective.

    Parameters
    ----------
    directory : Path
    parts : RunState
    origin : dict
        When the run was started, and its restarts.
    about : dict
        Content for the checkpoint's manifest.
    keep : int
        Number of valid checkpoints to keep.

    Raises
    ------
    RunError
        It cannot be written.
    """
    engine, folder = parts.engine, directory / checkpoint.CHECKPOINTS

    def texts() -> dict[str, bytes]:
        try:
            files, index = rewind.note(directory)
        except OSError as error:
            raise RunError(f"{directory}: its output cannot be read ({error.strerror or error})") from None
        numbers = parts.numbers() | {"origin": origin, "files": files}
        return {checkpoint.STATE: json.dumps(numbers, indent=1).encode(), checkpoint.INDEX: index}

    commit.write(folder, parts.progress.step, engine.state.arrays(), on_root(texts, engine.comm), about, engine.grid)
    commit.prune(folder, keep, engine.comm)

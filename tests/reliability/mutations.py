"""Single bytes of a run's files, changed at random: what is read is the same as before, or refused in one line."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from mpi4py import MPI

from phasefield.errors import PhasefieldError
from phasefield.io import checkpoint
from phasefield.io.rundir import Run, open_run

#: What nothing reads back: the log, a lock, the equations for people. The deck is compared with that of the checkpoint.
UNREAD = {"run.log", "run.lock", "equations.txt", "deck.toml"}


def mutations(run: Path, count: int, seed: int) -> Iterator[str]:
    """Change a byte, read the whole run and its newest checkpoint, put the byte back; what was wrong, or nothing.

    Half of the bytes are drawn from all files, half from the beginning of a file drawn first: fields are large.
    """
    rng, before = random.Random(seed), read(run)
    newest = max((run / "checkpoints").iterdir())
    files = [path for path in sorted(run.iterdir()) if path.is_file() and path.name not in UNREAD]
    files += sorted(newest.iterdir())
    sizes = [path.stat().st_size for path in files]
    for number in range(count):
        path = rng.choices(files, sizes)[0] if number % 2 else rng.choice(files)
        size = path.stat().st_size
        at, new = rng.randrange(size if rng.random() < 0.5 else min(size, 4096)), rng.randrange(256)
        with open(path, "r+b", buffering=0) as file:
            file.seek(at)
            old = file.read(1)
            file.seek(at)
            file.write(bytes([new]))
            problem = _problem(run, before)
            file.seek(at)
            file.write(old)
        yield f"{path.name}, byte {at}, {old[0]} to {new}: {problem}" if problem else ""


def _problem(run: Path, before: dict[str, Any]) -> str:
    for key, expected in before.items():
        try:
            found = _READERS[key](run)
        except PhasefieldError as error:
            if len(str(error).splitlines()) != 1:
                return f"{key}: says {error}"
        except Exception as error:
            return f"{key}: {type(error).__name__}: {error}"
        else:
            if not _same(found, expected):
                return f"{key}: another value, and no error"
    return ""


def read(run: Path) -> dict[str, Any]:
    """All that can be read of a run."""
    return {key: reader(run) for key, reader in _READERS.items()}


def _snapshots(run: Path) -> list[Any]:
    found = open_run(run)
    return [found.times, *(_numbers(found, index) for index in range(len(found.times)))]


def _numbers(run: Run, index: int) -> list[Any]:
    snapshot = run.snapshot(index)
    about = [getattr(snapshot, name) for name in ("time", "origin", "spacing", "points", "corners")
             if hasattr(snapshot, name)]  # fmt: skip
    return [*about, dict(snapshot.fields)]


def _checkpoint(run: Path) -> Any:
    path = max((run / "checkpoints").iterdir())
    if problem := checkpoint.verify(path, MPI.COMM_SELF):
        raise checkpoint.CheckpointError(problem)
    return [checkpoint.manifest(path), checkpoint.state(path), checkpoint.index(path)]


_READERS = {
    "history": lambda run: dict(open_run(run).history),
    "resolved": lambda run: open_run(run).resolved,
    "manifest": lambda run: open_run(run).manifest,
    "status": lambda run: open_run(run).status,
    "snapshots": _snapshots,
    "checkpoint": _checkpoint,
}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other, equal_nan=np.asarray(one).dtype.kind == "f")
    return one == other


if __name__ == "__main__":  # a child of the soak: damaged HDF5 files may end a process
    found = list(mutations(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    print(json.dumps(found))

"""Commits of small checkpoints that fail or are damaged: what went wrong in each attempt, or nothing."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import numpy as np
from mpi4py import MPI

from phasefield.engines.grid import Grid
from phasefield.io import checkpoint, commit, safe
from phasefield.io.checkpoint import INDEX, STATE, CheckpointError

COMM = MPI.COMM_SELF
GRID = Grid((4, 6), (1.0, 1.0), COMM)
#: What a commit asks of the system to write.
CALLS = ("listdir", "mkdir", "open", "pwrite", "fsync", "rename")


def content(step):
    """Arrays and texts that differ from step to step."""
    arrays = {name: np.arange(24.0).reshape(6, 4) + step + k for k, name in enumerate(("xi", "xi.before"))}
    return arrays, {STATE: json.dumps({"step": step}).encode(), INDEX: bytes([step % 256]) * 1000}


def write(folder, step):
    arrays, texts = content(step)
    commit.write(folder, step, arrays, texts, {"deck": {}}, GRID)
    commit.prune(folder, 2, COMM)


def valid(folder):
    """Steps of the checkpoints that are whole, newest first; each is read and compared with what was written."""
    found = [step for step in checkpoint.steps(folder, COMM) if not checkpoint.verify(folder / f"{step:08d}", COMM)]
    for step in found:
        path = folder / f"{step:08d}"
        arrays, texts = content(step)
        assert checkpoint.state(path) == {"step": step}
        assert checkpoint.index(path) == texts[INDEX]
        for name, values in arrays.items():
            assert np.array_equal(checkpoint.array(path, name, GRID.box), values)
    return found


class Failing:
    """The module `os`, whose call of some number fails, and all later ones if it is to stay so."""

    def __init__(self, number, fail, lasting=False):
        self.number, self.fail, self.lasting, self.calls = number, fail, lasting, 0

    def __getattr__(self, name):
        function = getattr(os, name)
        if name not in CALLS:
            return function

        def call(*arguments, **keywords):
            if name == "open" and not arguments[1] & (os.O_WRONLY | os.O_RDWR):  # to read, or a directory
                return function(*arguments, **keywords)
            self.calls += 1
            if self.calls == self.number or (self.lasting and self.calls > self.number):
                self.fail()
            return function(*arguments, **keywords)

        return call


def no_space():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def die():
    os.kill(os.getpid(), signal.SIGKILL)


#: How a commit may fail before any of its system calls.
WAYS = ("killed", "no space", "no space any more")


def failures(how: str, folder: Path) -> Iterator[str]:
    """A commit fails before each of its system calls in turn; then the newest that is whole is the old or the new one.

    The next commit must succeed, and leave no rest.
    """
    write(folder / "count", 10)
    write(folder / "count", 20)
    counter = Failing(0, no_space)
    with mock.patch.object(safe, "os", counter):
        write(folder / "count", 30)
    for number in range(1, counter.calls + 1):
        yield _failure(how, number, folder / str(number))


def _failure(how: str, number: int, folder: Path) -> str:
    write(folder, 10)
    write(folder, 20)
    if how == "killed":
        child = os.fork()
        if child == 0:
            safe.os = Failing(number, die)
            write(folder, 30)
            os._exit(0)
        if (status := os.waitpid(child, 0)[1]) != signal.SIGKILL:
            return f"call {number}: the child ended with {status}"
    else:
        with mock.patch.object(safe, "os", Failing(number, no_space, lasting=how.endswith("more"))):
            try:
                write(folder, 30)
            except CheckpointError as error:
                if "No space left on device" not in str(error):
                    return f"call {number}: {error}"
        if list(folder.glob(".new-*")):
            return f"call {number}: parts are left"
    if (found := valid(folder))[:1] not in ([20], [30]) or len(found) < 2:
        return f"call {number}: {found} are whole"
    write(folder, 40)
    if valid(folder)[:1] != [40] or list(folder.glob(".*")):
        return f"call {number}: the next one does not stand alone"
    return ""


def flip(path, position):
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def damages(saved: Path) -> Iterator[str]:
    """A checkpoint with one flipped bit (200 places), a lost end (50 places), without each file: seen, and named."""
    rng, files = random.Random(1), sorted(saved.iterdir())
    for _ in range(200):
        path = rng.choice(files)
        whole = path.read_bytes()
        position = rng.randrange(len(whole))
        flip(path, position)
        yield _seen(saved, path.name, f"byte {position}")
        path.write_bytes(whole)
    for _ in range(50):
        path = rng.choice(files)
        whole = path.read_bytes()
        size = rng.randrange(len(whole) - 1)
        path.write_bytes(whole[:size])
        yield _seen(saved, path.name, f"cut to {size}")
        path.write_bytes(whole)
    for path in files:
        whole = path.read_bytes()
        path.unlink()
        yield _seen(saved, path.name, "missing")
        path.write_bytes(whole)
    yield checkpoint.verify(saved, COMM)


def _seen(saved: Path, name: str, what: str) -> str:
    found = checkpoint.verify(saved, COMM)
    return "" if name in found else f"{name}, {what}: {found or 'not seen'}"

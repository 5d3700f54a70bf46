"""Checkpoints on disk: whole or absent whenever the writer dies, and never believed when a byte is wrong."""

import errno
import json
import os
import random
import signal

import numpy as np
import pytest
from mpi4py import MPI

from phasefield.engines.grid import Box, Grid
from phasefield.io import checkpoint, commit
from phasefield.io.checkpoint import INDEX, MANIFEST, STATE, CheckpointError

COMM = MPI.COMM_SELF
GRID = Grid((4, 6), (1.0, 1.0), COMM)
#: What a commit asks of the system.
CALLS = ("makedirs", "listdir", "mkdir", "open", "pwrite", "fsync", "close", "rename")


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


# -- dying in the middle ---------------------------------------------------------------------------------


class Failing:
    """The module `os`, whose call of some number fails, and all later ones if it is to stay so."""

    def __init__(self, number, fail, lasting=False):
        self.number, self.fail, self.lasting, self.calls = number, fail, lasting, 0

    def __getattr__(self, name):
        function = getattr(os, name)
        if name not in CALLS:
            return function

        def call(*arguments, **keywords):
            self.calls += 1
            if self.calls == self.number or (self.lasting and self.calls > self.number):
                self.fail()
            return function(*arguments, **keywords)

        return call


def no_space():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def number_of_calls(folder, monkeypatch):
    counter = Failing(0, no_space)
    monkeypatch.setattr(commit, "os", counter)
    write(folder, 30)
    monkeypatch.undo()
    return counter.calls


@pytest.mark.parametrize("how", ["killed", "no space", "no space any more"])
def test_commit_that_fails_before_any_system_call_loses_nothing(tmp_path, monkeypatch, how):
    """Then the newest that is whole is the old or the new one, and the next commit succeeds and leaves no rest."""
    write(tmp_path / "count", 10)
    write(tmp_path / "count", 20)
    calls = number_of_calls(tmp_path / "count", monkeypatch)
    assert calls >= 14
    for number in range(1, calls + 1):
        folder = tmp_path / str(number)
        write(folder, 10)
        write(folder, 20)
        if how == "killed":
            child = os.fork()
            if child == 0:
                commit.os = Failing(number, die)
                write(folder, 30)
                os._exit(0)
            assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
        else:
            monkeypatch.setattr(commit, "os", Failing(number, no_space, lasting=how.endswith("more")))
            try:
                write(folder, 30)
            except CheckpointError as error:
                assert "No space left on device" in str(error)
            monkeypatch.undo()
            assert not list(folder.glob(".new-*"))
        assert valid(folder)[0] in (20, 30), number
        assert len(valid(folder)) >= 2, number
        write(folder, 40)
        assert valid(folder)[0] == 40
        assert not list(folder.glob(".*")), number


def test_oldest_goes_only_when_two_newer_ones_are_whole(tmp_path):
    for step in (10, 20, 30):
        write(tmp_path, step)
    assert valid(tmp_path) == [30, 20]
    flip(tmp_path / "00000030" / "xi.npy", 200)
    write(tmp_path, 40)
    assert valid(tmp_path) == [40, 20]


def test_step_that_is_written_again_replaces_a_damaged_one(tmp_path):
    write(tmp_path, 10)
    flip(tmp_path / "00000010" / "xi.npy", 200)
    write(tmp_path, 10)
    assert valid(tmp_path) == [10]


# -- damage ------------------------------------------------------------------------------------------------


def flip(path, position):
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


@pytest.fixture
def saved(tmp_path):
    write(tmp_path, 10)
    return tmp_path / "00000010"


def test_every_flipped_bit_is_seen(saved):
    """200 places over all files; and the file is named."""
    rng, files = random.Random(1), sorted(saved.iterdir())
    for _ in range(200):
        path = rng.choice(files)
        position = rng.randrange(path.stat().st_size)
        flip(path, position)
        assert path.name in checkpoint.verify(saved, COMM), position
        flip(path, position)
    assert not checkpoint.verify(saved, COMM)


def test_every_lost_end_is_seen(saved):
    rng, files = random.Random(2), sorted(saved.iterdir())
    for _ in range(50):
        path = rng.choice(files)
        whole = path.read_bytes()
        path.write_bytes(whole[: rng.randrange(len(whole) - 1)])
        assert path.name in checkpoint.verify(saved, COMM)
        path.write_bytes(whole)
    assert not checkpoint.verify(saved, COMM)


def test_every_missing_file_is_seen(saved):
    for path in sorted(saved.iterdir()):
        whole = path.read_bytes()
        path.unlink()
        assert checkpoint.verify(saved, COMM) == f"{path.name} is missing"
        path.write_bytes(whole)


def sign(saved, **changes):
    """Put a manifest in place whose digest is right, whatever it says."""
    import hashlib

    text, _, _ = (saved / MANIFEST).read_bytes().rstrip(b"\n").rpartition(b"\n")
    text = json.dumps(json.loads(text) | changes).encode()
    (saved / MANIFEST).write_bytes(text + b"\n" + hashlib.sha256(text).hexdigest().encode() + b"\n")


def test_other_format_is_named(saved):
    sign(saved, format=2)
    assert checkpoint.verify(saved, COMM) == "it has format 2, this version reads format 1"


@pytest.mark.parametrize(
    "pieces",
    [[["../../secret", 0, 5, ""]], [["/etc/passwd", 0, 5, ""]], [["xi.npy", 0, -5, ""]], [["xi.npy", 2**60, 5, ""]],
     [["xi.npy", 0]], [[1, 2, 3, 4]], "xi.npy", None],
)  # fmt: skip
def test_manifest_that_lies_is_refused(saved, pieces):
    sign(saved, pieces=pieces)
    assert "does not describe whole files" in checkpoint.verify(saved, COMM)


def test_size_that_is_not_there_is_refused_before_anything_is_read(saved):
    sign(saved, pieces=[["xi.npy", 0, 2**60, ""]])
    assert "instead of 1152921504606846976" in checkpoint.verify(saved, COMM)


def test_links_are_not_followed(saved, tmp_path):
    (saved / "xi.npy").rename(tmp_path / "elsewhere.npy")
    (saved / "xi.npy").symlink_to(tmp_path / "elsewhere.npy")
    assert checkpoint.verify(saved, COMM) == "xi.npy is not a plain file"
    with pytest.raises(CheckpointError, match="cannot be read"):
        checkpoint.array(saved, "xi", GRID.box)


def test_array_of_another_grid_or_kind_is_refused(saved):
    """Objects, which NumPy would unpickle, and other shapes: the file must begin as ours do."""
    with pytest.raises(CheckpointError, match="not a field on 4 × 7 cells"):
        checkpoint.array(saved, "xi", Box.whole((4, 7), (1.0, 1.0)))
    np.save(saved / "xi.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(CheckpointError, match="not a field on 4 × 6 cells"):
        checkpoint.array(saved, "xi", GRID.box)

"""Checkpoints on disk: whole or absent whenever the writer dies, and never believed when a byte is wrong."""

import json

import numpy as np
import pytest

from phasefield.engines.grid import Box
from phasefield.io import checkpoint
from phasefield.io.checkpoint import MANIFEST, CheckpointError
from tests.reliability.commits import COMM, GRID, WAYS, damages, failures, flip, valid, write


@pytest.mark.promise("a commit killed or without space before each system call: nothing lost")
@pytest.mark.parametrize("how", WAYS)
def test_commit_that_fails_before_any_system_call_loses_nothing(tmp_path, how):
    """At 14 points or more: the newest that is whole is the old or the new one, and the next commit succeeds."""
    problems = list(failures(how, tmp_path))
    assert len(problems) >= 14
    assert not any(problems), [problem for problem in problems if problem]


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


@pytest.fixture
def saved(tmp_path):
    write(tmp_path, 10)
    return tmp_path / "00000010"


@pytest.mark.promise("200 flipped bits, 50 lost ends, each file deleted: seen and named")
def test_damage_is_seen(saved):
    """Each bit flipped, end cut off and file taken away is seen, and the file named."""
    problems = list(damages(saved))
    assert len(problems) == 200 + 50 + len(list(saved.iterdir())) + 1
    assert not any(problems), [problem for problem in problems if problem]


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
    assert checkpoint.verify(saved, COMM) == "xi.npy is a symbolic link, not a plain file"
    with pytest.raises(CheckpointError, match="cannot be read"):
        checkpoint.array(saved, "xi", GRID.box)


def test_array_of_another_grid_or_kind_is_refused(saved):
    """Objects, which NumPy would unpickle, and other shapes: the file must begin as ours do."""
    with pytest.raises(CheckpointError, match="not a field on 4 × 7 cells"):
        checkpoint.array(saved, "xi", Box.whole((4, 7), (1.0, 1.0)))
    np.save(saved / "xi.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(CheckpointError, match="not a field on 4 × 6 cells"):
        checkpoint.array(saved, "xi", GRID.box)

"""Restarts from what is damaged, on a full disk, or with a changed deck: passed over, retried, or refused by name."""

import errno
import json
import os
import re
import resource
import shutil

import pytest

from phasefield import cli
from phasefield.errors import RunError
from phasefield.io import checkpoint, commit, lock
from phasefield.io.rundir import DECK, FIELDS, HISTORY, STATUS, open_run
from phasefield.io.snapshots import SnapshotFile
from phasefield.io.writer import HistoryFile
from phasefield.run import deck_changes, provenance, runner
from tests.errors import refused
from tests.reliability.restarts import ALWAYS, MODELS, differences, interrupt

# -- damage ---------------------------------------------------------------------------------------------


def damage(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def test_damaged_checkpoint_is_passed_over(plating, capsys):
    part, whole = plating
    damage(part / "checkpoints" / "00000010" / "xi.npy")
    assert runner.restart(part).manifest["restarts"] == [{"after step": 9, "ranks": 1}]
    assert re.search("00000010: .*xi.npy", capsys.readouterr().err)
    assert differences(whole, part) == []


def test_damaged_checkpoint_is_refused_if_asked(plating):
    part, _ = plating
    damage(part / "checkpoints" / "00000010" / "xi.npy")
    before = (part / HISTORY).read_text()
    with refused(RunError, "no-checkpoint", "00000010", "xi.npy"):
        runner.restart(part, fallback=False)
    assert (part / HISTORY).read_text() == before


@pytest.mark.parametrize("content", ["", '{"state": "do', "[]", None])
def test_status_that_cannot_be_read_stops_no_restart(plating, content):
    """It says nothing; the checkpoints do."""
    part, whole = plating
    (part / STATUS).unlink()
    if content is not None:
        (part / STATUS).write_text(content)
    assert runner.restart(part).done
    assert differences(whole, part) == []


def test_no_checkpoint(plating):
    part, _ = plating
    shutil.rmtree(part / "checkpoints")
    with refused(RunError, "no-checkpoint", part):
        runner.restart(part)


def test_history_that_was_changed_is_refused(plating):
    """Rows from the beginning: no checkpoint fits."""
    part, _ = plating
    text = (part / HISTORY).read_text()
    (part / HISTORY).write_text(text.replace("\n0,0,", "\n0,1,", 1))
    with refused(RunError, "no-checkpoint", "00000010", HISTORY):
        runner.restart(part)


def test_snapshots_that_lost_their_end_are_refused(plating):
    part, _ = plating
    os.truncate(part / FIELDS, 1000)
    with refused(RunError, "no-checkpoint", FIELDS, "1000 bytes"):
        runner.restart(part)


@pytest.mark.parametrize("name", [lock.LOCK, "run.log"])
def test_directory_that_cannot_be_written_is_one_error(plating, name):
    """A directory stands where the file should be, which stops root, too."""
    part, _ = plating
    (part / name).unlink()
    (part / name).mkdir()
    with refused(RunError, "unwritable", f"{part / name}: ", "directory"):
        runner.restart(part)


def test_checkpoints_that_were_passed_over_do_not_count_as_kept(plating):
    """The newest is whole, but a row before it is lost: the one that was used stays, not that one."""
    part, _ = plating
    os.truncate(part / HISTORY, checkpoint.state(part / "checkpoints" / "00000009")["files"]["history"]["size"])
    run = runner.restart(part, overrides=["checkpoint.keep=2", "checkpoint.every=1 h"])
    found = {int(entry.name) for entry in (part / "checkpoints").iterdir()}
    assert found == {9, run.status["steps"]}


# -- a disk that is full --------------------------------------------------------------------------------


def failing_at(monkeypatch, counts):
    """The disk has no room at some of the attempts; it is counted in attempts."""
    begin, attempts = commit._begin, []

    def full(*arguments):
        begin(*arguments)
        attempts.append(1)
        if counts(len(attempts)):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(commit, "_begin", full)


def test_full_disk_now_and_then(whole, tmp_path, monkeypatch, capsys):
    """The run goes on, says so, tries again, and leaves no parts of checkpoints."""
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    failing_at(monkeypatch, lambda attempt: attempt % 4 != 0)
    run = runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=(*overrides, *ALWAYS, "checkpoint.failures=3"))
    assert run.status["state"] == "done"
    assert "No space left on device" in capsys.readouterr().err
    assert differences(whole("plating"), run.path) == []
    assert {entry.name for entry in (run.path / "checkpoints").iterdir()} >= {"00000004", "00000008"}
    assert not list((run.path / "checkpoints").glob(".*"))


def test_full_disk_for_ever(tmp_path, monkeypatch):
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    failing_at(monkeypatch, lambda attempt: attempt > 3)
    changes = (*overrides, *ALWAYS, "checkpoint.failures=2")
    with refused(RunError, "unwritable", " 3 "):
        runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=changes)
    run = open_run(tmp_path / "run")
    assert run.status["state"] == "failed" and "No space left" in run.status["reason"]
    assert run.history.rows == 7
    assert max(int(entry.name) for entry in (run.path / "checkpoints").iterdir()) == 3


@pytest.mark.promise("outputs and checkpoints without room for a time: nothing lost")
def test_rows_and_snapshots_wait_for_room(whole, tmp_path, monkeypatch, capsys):
    """For five attempts nothing can be written, nor a checkpoint; then all is as if nothing had been."""
    text, overrides = MODELS["plating, liquid"]
    (tmp_path / "deck.toml").write_text(text)
    tries: dict[str, int] = {}

    def full_at_first(original, name, first):
        def attempt(self, *arguments):
            tries[name] = tries.get(name, 0) + 1
            if first <= tries[name] < first + 5:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return original(self, *arguments)

        return attempt

    monkeypatch.setattr(HistoryFile, "_append", full_at_first(HistoryFile._append, "rows", 4))
    monkeypatch.setattr(SnapshotFile, "_make_room", full_at_first(SnapshotFile._make_room, "snapshots", 3))
    changes = (*overrides, *ALWAYS, "checkpoint.failures=20")
    run = runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=changes)
    assert differences(whole("plating, liquid"), run.path) == []
    said = capsys.readouterr().err
    for name in (HISTORY, FIELDS):  # once each, beside the checkpoints that could not be written
        assert said.count(f"warning: {run.path / name}: cannot be written (No space left on device)") == 1
    steps = {int(entry.name) for entry in (run.path / "checkpoints").iterdir()}
    assert not steps & {3, 4, 5, 6, 7} and {1, 2, 15} <= steps


def test_snapshots_do_not_wait_for_ever(tmp_path, monkeypatch):
    """The third that finds no room ends the run, which says so; the last checkpoint stays."""
    text, overrides = MODELS["plating, liquid"]
    (tmp_path / "deck.toml").write_text(text)
    room, tries = SnapshotFile._make_room, []

    def full(self, fields):
        tries.append(1)
        if len(tries) > 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        room(self, fields)

    monkeypatch.setattr(SnapshotFile, "_make_room", full)
    changes = (*overrides, *ALWAYS, "checkpoint.failures=1000", "output.snapshots=8")
    with refused(RunError, "unwritable", "fields.vtkhdf", os.strerror(errno.ENOSPC)):
        runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=changes)
    run = open_run(tmp_path / "run")
    assert run.status["state"] == "failed" and len(run.times) == 1
    assert 0 < len(list((run.path / "checkpoints").iterdir())) < run.history.rows - 1


def test_directory_that_vanished_is_made_again(whole, tmp_path, monkeypatch):
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    interrupt(monkeypatch, 20, lambda: shutil.rmtree(tmp_path / "run" / "checkpoints"))
    run = runner.run(tmp_path / "deck.toml", tmp_path / "run", overrides=(*overrides, *ALWAYS))
    assert differences(whole("plating"), run.path) == []
    assert (run.path / "checkpoints" / "00000019").is_dir()


def test_full_disk_at_a_restart_leaves_the_deck(plating, monkeypatch):
    """A file may have 100 bytes while the head is written (EFBIG stands for ENOSPC): the next restart goes on."""
    part, whole = plating
    write_provenance, before = provenance.write_provenance, (part / DECK).read_bytes()

    def full(*arguments):
        usual = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, usual[1]))
        try:
            write_provenance(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    with monkeypatch.context() as context:
        context.setattr(provenance, "write_provenance", full)
        with refused(RunError, "unwritable", os.strerror(errno.EFBIG)):
            runner.restart(part, overrides=["title=Other"])
    assert (part / DECK).read_bytes() == before
    runner.restart(part)
    assert differences(whole, part) == []


def test_restart_without_room_is_refused_unless_forced(plating, monkeypatch, capsys):
    part, whole = plating
    before = (part / HISTORY).read_bytes()
    monkeypatch.setattr("phasefield.check.resources.memory_present", lambda: 1e6)
    with pytest.raises(SystemExit) as caught:
        cli.main(["restart", str(part)])
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert "domain.cells: " in error and " 1 MB " in error and "--force" in error
    assert (part / HISTORY).read_bytes() == before
    with pytest.raises(SystemExit) as caught:
        cli.main(["restart", str(part), "--force"])
    assert caught.value.code == 0
    assert differences(whole, part) == []


# -- changes --------------------------------------------------------------------------------------------


def test_until_goes_on_as_a_longer_run(plating, tmp_path):
    """A finished run goes on; without being asked to, it does not."""
    _, whole = plating
    part = shutil.copytree(whole, tmp_path / "part")
    before = (part / HISTORY).read_text()
    assert runner.restart(part).status["state"] == "done"
    assert (part / HISTORY).read_text() == before
    with pytest.raises(SystemExit) as caught:
        cli.main(["restart", str(part), "--until", "10 s"])
    assert caught.value.code == 0
    run = open_run(part)
    assert run.history["Time [s]"][-1] == 10.0
    assert (part / HISTORY).read_text().startswith(before)
    assert run.resolved["deck"]["stop"]["time"] == 10.0
    assert 'time = "10 s"' in (part / "deck.toml").read_text()


def test_changes_are_named(plating, capsys):
    part, _ = plating
    runner.restart(part, overrides=["time.max_step=0.2 s"])
    assert "time.max_step was 0.4, is now 0.2" in capsys.readouterr().err
    assert max(open_run(part).history["Time step [s]"][11:]) <= 0.2 * (1 + 1e-9)


@pytest.mark.parametrize("change", ["electrolyte.conductivity=1 mS/cm", "domain.cells=[20, 48]", "front.height=4 um",
                                    "drive.steps.0.current_density=1 mA/cm^2"])  # fmt: skip
def test_another_cell_is_refused(plating, change):
    part, _ = plating
    key = change.partition("=")[0]
    with refused(RunError, "changed-key", key):
        runner.restart(part, overrides=[change])


def test_keys_that_an_earlier_version_did_not_know():
    """They are as this version reads the deck; what it did know must be the same, and what is set now counts."""
    saved = {"a": {"b": 1, "gone": 5}, "steps": [{"x": 1}], "coating": None}
    read = {"a": {"b": 1, "new": 2}, "steps": [{"x": 1, "y": 0}], "coating": None, "more": {"m": 3}}
    assert deck_changes.changes(deck_changes.completed(saved, read), read) == {"a.gone": (5, None)}
    now = read | {"a": {"b": 7, "new": 4}, "steps": [{"x": 1, "y": 0}, {"x": 2, "y": 0}], "coating": {"c": 1}}
    found = deck_changes.changes(deck_changes.completed(saved, read), now)
    assert found.pop("a.b") == (1, 7) and found.pop("a.new") == (2, 4)
    assert set(found) == {"a.gone", "steps.1.x", "steps.1.y", "coating.c"}


def test_end_that_is_past_is_refused(plating):
    part, _ = plating
    with refused(RunError, "end-passed", "1 s"):
        runner.restart(part, overrides=["stop.time=1 s"])


def test_ledger_of_a_checkpoint_is_that_of_the_history(whole):
    """Only accepted states are saved: time, step and charge of each checkpoint stand in a row."""
    run = open_run(whole("plating"))
    for entry in (run.path / "checkpoints").iterdir():
        numbers = checkpoint.state(entry)
        step = numbers["progress"]["step"]
        assert step == int(entry.name)
        tip = numbers["observers"]["history"]["record"]["tip"]
        assert tip == pytest.approx([run.history["Tip height [m]"][step], run.history["Time [s]"][step]], rel=1e-9)
    json.dumps(numbers, allow_nan=False)

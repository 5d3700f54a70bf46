"""Run directories: never replaced unasked, never more than a run's own files, and every rank knows."""

import os

import pytest

from phasefield.errors import RunError
from phasefield.io import writer
from phasefield.io.record import read_record
from phasefield.io.rundir import RESOLVED
from tests.errors import refused
from tests.parallel.pool import on_ranks


def test_makes_a_directory_and_its_parents(tmp_path):
    assert writer.create(tmp_path / "study" / "case", force=False).is_dir()


def test_takes_an_empty_directory(tmp_path):
    (tmp_path / "run").mkdir()
    assert writer.create(tmp_path / "run", force=False).is_dir()


def test_an_earlier_run_is_kept_unless_forced(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / RESOLVED).write_text("{}")
    with refused(RunError, "run-exists", run, "force=True"):
        writer.create(run, force=False)
    assert (run / RESOLVED).read_text() == "{}"
    writer.create(run, force=True)
    assert list(run.iterdir()) == []


def test_force_removes_everything_that_a_run_leaves(tmp_path):
    run = tmp_path / "run"
    (run / "pictures").mkdir(parents=True)
    (run / "pictures" / "xi.png").touch()
    for name in writer.KNOWN - {"checkpoints"}:
        (run / name).touch()
    writer.create(run, force=True)
    assert list(run.iterdir()) == []


def test_force_spares_what_no_run_wrote(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / RESOLVED).touch()
    (run / "thesis.tex").write_text("years of work")
    with refused(RunError, "foreign-files", run, "thesis.tex"):
        writer.create(run, force=True)
    assert sorted(entry.name for entry in run.iterdir()) == [RESOLVED, "thesis.tex"]


@pytest.mark.parametrize("force", [False, True])
def test_a_file_is_no_directory(tmp_path, force):
    (tmp_path / "run").write_text("mine")
    with refused(RunError, "not-a-run", tmp_path / "run"):
        writer.create(tmp_path / "run", force)
    assert (tmp_path / "run").read_text() == "mine"


def test_where_nothing_can_be_made(tmp_path):
    (tmp_path / "file").touch()
    with refused(RunError, "unwritable", tmp_path / "file" / "run"):
        writer.create(tmp_path / "file" / "run", force=False)


def test_json_is_replaced_at_once(tmp_path, monkeypatch):
    """A write that fails halfway leaves the old file whole."""
    path = tmp_path / "status.json"
    writer.write_json(path, {"steps": 1})

    def fail(*_, **__):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "replace", fail)
    with refused(RunError, "unwritable", "status.json", os.strerror(28)):
        writer.write_json(path, {"steps": 2})
    assert read_record(path) == {"steps": 1} and os.listdir(tmp_path) == ["status.json"]


def test_history_is_in_the_file_after_each_row(tmp_path):
    history = writer.HistoryFile(tmp_path / "history.csv")
    history.append({"Step": 0, "Time [s]": 0.0})
    assert (tmp_path / "history.csv").read_text().split() == ["Step,Time", "[s]", "0,0"]
    history.append({"Time [s]": 1 / 3, "Step": 1})
    assert (tmp_path / "history.csv").read_text().splitlines()[-1] == "1,0.3333333333"


def test_rows_that_find_no_room_wait_whole(tmp_path, monkeypatch):
    """Half of a row reaches the disk: it is taken back, and written with the next one."""
    history = writer.HistoryFile(tmp_path / "history.csv")
    history.append({"Step": 0})

    class Full:
        def writerows(self, lines):
            with open(tmp_path / "history.csv", "a") as file:
                file.write("1,2")
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(writer.csv, "writer", lambda file: Full())
        history.append({"Step": 1})
    assert "No space left on device" in history.behind
    assert (tmp_path / "history.csv").read_text().split() == ["Step", "0"]
    history.append({"Step": 2})
    assert history.behind == "" and (tmp_path / "history.csv").read_text().split() == ["Step", "0", "1", "2"]


EVERY_RANK_LEARNS = """
from pathlib import Path
from phasefield import parallel
from phasefield.errors import RunError
from phasefield.io import writer

def refused(call):
    try:
        call()
    except RunError as error:
        return str(error)

def behind(path):
    history = writer.HistoryFile(path)
    history.append({"Step": 0})
    return history.behind or None

comm = parallel.comm()
messages = comm.allgather((
    refused(lambda: writer.create("taken", False)),
    refused(lambda: writer.create("foreign", True)),
    refused(lambda: writer.write_json(Path("nowhere/status.json"), {})),
    behind("nowhere/history.csv"),
))
assert all(m == messages[0] for m in messages) and None not in messages[0], messages
writer.create("new", False)
assert all(comm.allgather(Path("new").is_dir()))
"""


@pytest.mark.parametrize("ranks", [2, 3])
def test_every_rank_learns_of_a_refusal(tmp_path, ranks):
    for name, file in (("taken", RESOLVED), ("foreign", "thesis.tex")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).touch()
    script = tmp_path / "refuse.py"
    script.write_text(EVERY_RANK_LEARNS)
    result = on_ranks(ranks, script, cwd=tmp_path, timeout=60)
    assert result.returncode == 0, result.stdout

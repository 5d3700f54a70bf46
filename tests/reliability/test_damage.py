"""Files of a run that were changed behind its back: seen and named in one line, or as good as before."""

import errno
import json
import os
import random
import re
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

from phasefield import cli
from phasefield.errors import DirectoryLost, RunError
from phasefield.io import checksum
from phasefield.io.rundir import FIELDS, HISTORY, MANIFEST, RESOLVED, STATUS, open_run
from phasefield.run import runner
from phasefield.study import actions, load_study
from phasefield.study.folder import Folder
from phasefield.study.lock import STALE, _host, is_held
from tests.errors import refused
from tests.reliability.mutations import mutations
from tests.reliability.restarts import MODELS, differences, interrupt
from tests.unit.studies import write_study

DEEP = "[" * 100_000


def said(capsys, *words) -> tuple[int, str]:
    """Exit code of a command, and what it said on standard error."""
    with pytest.raises(SystemExit) as caught:
        cli.main(list(map(str, words)))
    return caught.value.code, capsys.readouterr().err


# -- snapshots -------------------------------------------------------------------------------------------


def test_checksum_is_the_sum_of_its_formula():
    """SplitMix64 of value and number, cell by cell, in Python's integers; whoever has which cells."""
    values, mask = np.random.default_rng(1).normal(size=40_000), 2**64 - 1

    def mixed(bits, number):
        x = (bits + (number + 1) * 0x9E3779B97F4A7C15) & mask
        x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & mask
        x = ((x ^ x >> 27) * 0x94D049BB133111EB) & mask
        return x ^ x >> 31

    expected = sum(mixed(int(bits), n) for n, bits in enumerate(values.view(np.uint64))) % 2**64
    assert checksum.of_cells(values) == expected
    order = np.random.default_rng(2).permutation(len(values))
    parts = [checksum.of_cells(values[some], some) for some in np.array_split(order, 3)]
    assert sum(parts) % 2**64 == expected


def _data_of(path, name, index):
    """Where in a file a snapshot of a field begins."""
    with h5py.File(path, "r") as file:
        return file[f"VTKHDF/CellData/{name}"].id.get_chunk_info(index).byte_offset


def test_flipped_byte_of_a_field_is_named(plating):
    """7081a31 drew it: 1.8e308 in a picture."""
    part, _ = plating
    with open(part / FIELDS, "r+b") as file:
        file.seek(_data_of(part / FIELDS, "xi", 1) + 15)
        file.write(b"\x7f")
    run = open_run(part)
    run.snapshot(0)
    with refused(RunError, "damaged", f"{part / FIELDS}: ", "xi", "snapshot 1"):
        run.snapshot(1)


@pytest.mark.parametrize("name", ["Origin", "Spacing", "Steps/Values"])
def test_grid_and_times_are_covered(plating, name):
    part, _ = plating
    with h5py.File(part / FIELDS, "r+") as file:
        root = file["VTKHDF"]
        if name in root.attrs:
            root.attrs[name] = root.attrs[name] * 1.001 + 1e-9
        else:
            root[name][1] *= 1.001
    with refused(RunError, "damaged", f"{part / FIELDS}: "):
        open_run(part).snapshot(1)


@pytest.mark.parametrize(("damage", "named"), [("random bytes", ()), ("one byte of a field", ("phi", "snapshot 0"))])
def test_restart_reads_before_it_appends(plating, damage, named):
    """7081a31 restarted from random bytes, and was done."""
    part, _ = plating
    size, at = (part / FIELDS).stat().st_size, _data_of(part / FIELDS, "phi", 0)
    with open(part / FIELDS, "r+b") as file:
        file.seek(0 if damage == "random bytes" else at)
        file.write(random.Random(1).randbytes(size if damage == "random bytes" else 1))
    before = (part / FIELDS).read_bytes(), (part / HISTORY).read_bytes()
    with refused(RunError, "no-checkpoint", *sorted((part / "checkpoints").iterdir()), f": {FIELDS} ", *named):
        runner.restart(part)
    assert ((part / FIELDS).read_bytes(), (part / HISTORY).read_bytes()) == before


def test_files_without_checksums_stay_readable_and_go_on(plating):
    """Of an earlier version; the restart adds none, which would cover a part only."""
    part, _ = plating
    run = open_run(part)
    before = [run.snapshot(k)["xi"] for k in range(len(run.times))]
    with h5py.File(part / FIELDS, "r+") as file:
        del file[checksum.GROUP]
    again = open_run(part)
    assert all(np.array_equal(again.snapshot(k)["xi"], xi) for k, xi in enumerate(before))


def test_other_fields_need_another_run(plating):
    """7081a31 wrote zeros for the times before, and then could not read the file."""
    part, whole = plating
    before = (part / FIELDS).read_bytes()
    for fields in ('["xi"]', '["xi", "phi", "current", "ix", "iy"]'):
        with refused(RunError, "changed-key", "output.fields"):
            runner.restart(part, overrides=[f"output.fields={fields}"])
    assert (part / FIELDS).read_bytes() == before
    runner.restart(part)
    assert differences(whole, part) == []


# -- a directory that is another one now -----------------------------------------------------------------


def test_run_whose_directory_is_replaced_stops(plating, tmp_path, monkeypatch):
    """In the middle of its way; in the new directory nothing is changed, and the lock of the old one is free."""
    part, whole = plating
    old = tmp_path / "old"

    def replace():
        part.rename(old)
        shutil.copytree(whole, part)

    interrupt(monkeypatch, 5, replace)
    with refused(DirectoryLost, "directory-replaced", part) as caught:
        runner.restart(part)
    assert len(str(caught.value).splitlines()) == 1
    assert differences(whole, part) == [] and open_run(part).done
    assert open_run(old).status["state"] == "killed"
    assert runner.restart(old).done
    assert differences(whole, old) == []


def test_run_whose_directory_is_removed_stops(plating, monkeypatch):
    part, _ = plating
    interrupt(monkeypatch, 5, lambda: shutil.rmtree(part))
    with refused(DirectoryLost, "directory-removed", part):
        runner.restart(part)
    assert not part.exists()


# -- records ---------------------------------------------------------------------------------------------

TEXTS = {
    "empty": b"", "no text": b"\xff\xfe\x00", "a list": b"[]", "a number": b"5", "null": b"null", "nothing": b"{}",
    "deep": DEEP.encode(), "strange": b'{"deck": 5, "derived": [], "state": [], "time": "x", "steps": null}',
    "huge": b'{"state": "done", "reason": "x", "time": 1%s, "steps": 5}' % (400 * b"0"),
    "infinite": b'{"state": "done", "reason": "x", "time": 1e999, "steps": NaN}',
    "stranger": b'{"deck": {"domain": {"dimension": "x", "cells": 7}}, "state": "done", "files": [], "time": 1}',
}  # fmt: skip


@pytest.mark.parametrize("what", TEXTS)
@pytest.mark.parametrize("name", [RESOLVED, STATUS, MANIFEST, HISTORY])
def test_commands_name_what_cannot_be_read(plating, capsys, name, what):
    _, whole = plating
    run = shutil.copytree(whole, plating[0].parent / "damaged")
    (run / name).write_bytes(TEXTS[what])
    for command in ("status", "compare"):
        code, err = said(capsys, command, run)
        assert code in (0, 2) and len(err.splitlines()) == (code == 2)
        assert code == 0 or name in err
    if name == RESOLVED:
        assert code == 2
    code, err = said(capsys, "render", "--no-movie", run) if name != MANIFEST else (2, "error: ")
    assert code in (0, 2) and "Traceback" not in err and len(err.splitlines()) == (code == 2)


@pytest.mark.parametrize("name", [RESOLVED, STATUS, MANIFEST])
def test_changed_digit_of_a_record_is_seen(plating, name):
    _, whole = plating
    run = shutil.copytree(whole, plating[0].parent / "changed")
    text = (run / name).read_text()
    at = next(k for k, letter in enumerate(text) if letter in "12345678")
    (run / name).write_text(f"{text[:at]}9{text[at + 1 :]}")
    with refused(RunError, "damaged", f"{run / name}: "):
        getattr(open_run(run), name.partition(".")[0])


def test_checksum_that_lost_its_name_is_seen(plating):
    """Else a record without one would be of an earlier version."""
    _, whole = plating
    run = shutil.copytree(whole, plating[0].parent / "changed")
    text = (run / MANIFEST).read_text()
    assert text.count('"sha256"') == 1
    (run / MANIFEST).write_text(text.replace('"sha256"', '"sha25="'))
    with refused(RunError, "damaged", f"{run / MANIFEST}: "):
        _ = open_run(run).manifest


def test_changed_digit_of_a_history_is_seen(plating):
    _, whole = plating
    run = shutil.copytree(whole, plating[0].parent / "changed")
    text = (run / HISTORY).read_text()
    (run / HISTORY).write_text(text.replace("\n3,", "\n4,", 1))
    with refused(RunError, "damaged", f"{run / HISTORY}: "):
        _ = open_run(run).history


def test_mutated_bytes(plating):
    """A hundred, each alone: the soak tries a hundred thousand."""
    _, whole = plating
    found = list(mutations(shutil.copytree(whole, plating[0].parent / "mutated"), 100, seed=1))
    assert len(found) == 100
    assert [problem for problem in found if problem] == []


# -- names and streams -----------------------------------------------------------------------------------


def test_names_that_no_file_can_have(capsys):
    for command in (["status"], ["compare"], ["restart"], ["render"], ["check"]):
        code, err = said(capsys, *command, "x" * 300)
        assert code == 2 and len(err.splitlines()) == 1 and "Traceback" not in err


def test_a_present_directory_that_is_gone(tmp_path, monkeypatch, capsys):
    """A relative path leads nowhere, and an absolute one is not tried."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for command in (["status", "run"], ["run", "deck.toml"], ["run", tmp_path / "deck.toml", "-o", "run"]):
        code, err = said(capsys, *command)
        assert code == 2 and len(err.splitlines()) == 1 and "directory" in err


DONE = "import sys; from phasefield.__main__ import main; sys.argv[1:] = ['status', sys.argv[1]]; main()"
SCRIPT = f"""exec {sys.executable} -c "{DONE}" "$1" """


@pytest.mark.parametrize(
    ("how", "code", "wanted"),
    [
        ("", 0, ""),
        ("2>&-", 0, ""),
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        (">/dev/full", 2, rf"error: [^\n]*\({os.strerror(errno.ENOSPC)}\)\n"),
        (">/dev/full 2>/dev/full", 2, ""),
    ],
)
@pytest.mark.parametrize(
    "locale",
    [
        {},
        pytest.param({"PYTHONIOENCODING": "latin-1"}, marks=pytest.mark.slow),
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
    ],
)
def test_streams_and_names_of_any_bytes(plating, tmp_path, how, code, wanted, locale):
    """A run in a directory that is no Unicode, on terminals of few letters, with streams closed or full."""
    _, whole = plating
    run = os.fsencode(tmp_path) + b"/caf\xe9 \xce\xa9 \xff"
    shutil.copytree(os.fsencode(whole), run)
    call = ["sh", "-c", SCRIPT + how, "sh", run]
    done = subprocess.run(call, capture_output=True, env=os.environ | locale, timeout=60)
    assert done.returncode == code and re.fullmatch(wanted, done.stderr.decode()), done.stderr
    if not how:
        assert b"done at" in done.stdout


def test_run_in_a_directory_of_any_bytes(tmp_path):
    """All of it: log, snapshots, checkpoints; then a restart."""
    text, overrides = MODELS["plating"]
    (tmp_path / "deck.toml").write_text(text)
    run = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 \xff")
    runner.run(tmp_path / "deck.toml", run, overrides=(*overrides, "stop.time=1 s"))
    again = runner.restart(run, overrides=["stop.time=2 s"])
    assert again.done and len(again.times) == len(open_run(run).times)
    assert "\\udcff" in (again.path / "run.log").read_text()


# -- studies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["[]", "5", "null", "{}", "", DEEP, '{"hash": "HASH", "state": 7, "reason": []}'])
def test_one_damaged_note_of_a_study(tmp_path, text):
    """That member is reported, the others go on."""
    study, folder = load_study(write_study(tmp_path)), Folder(tmp_path / "runs")
    folder.prepare(study)
    bad = study.members[2]
    folder.file(bad, "ended").write_text(text.replace("HASH", bad.hash))
    report = actions.status(study, folder)
    assert "5 waiting, 1 failed" in report and f"{bad.name}.ended" in report
    assert [folder.state(member).name for member in study.members].count("waiting") == 5


@pytest.mark.parametrize("text", ["[]", "5", "{}", '{"host": "HERE"}', '{"host": "HERE", "pid": "../1", "born": "1"}',
                                  '{"host": "HERE", "pid": 1, "born": [], "session": 0}'])  # fmt: skip
def test_one_damaged_lock_of_a_study(tmp_path, text):
    """It counts while it is young, as one of a machine that cannot be asked; then it is nobody's."""
    study, folder = load_study(write_study(tmp_path)), Folder(tmp_path / "runs")
    folder.prepare(study)
    base = folder.lock(study.members[0])
    path = base.with_name(f"{base.name}.0123456789abcdef")
    path.write_text(text.replace("HERE", json.dumps(_host())[1:-1]))
    assert is_held(base) and "1 running" in actions.status(study, folder)
    now = path.stat().st_mtime
    for other in (now - STALE - 5, now + 1e9):  # 1e9: of an archive with a wrong date
        os.utime(path, (other, other))
        assert not is_held(base) and "6 waiting" in actions.status(study, folder)

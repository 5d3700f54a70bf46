"""What a run needs is known before it starts, and what will not fit is refused at once."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from phasefield.check import errors, needs, report, require, require_room, resources
from phasefield.check.resources import COSTS, Needs, size, too_large, too_much
from phasefield.deck import load_deck, parse_deck
from phasefield.errors import DeckError
from phasefield.study import load_study
from phasefield.study.runner import jobs_that_fit
from tests.errors import refused
from tests.reliability.refused import WAYS, refuse
from tests.unit.decks import BINARY, SINGLE_ION
from tests.unit.studies import write_study

SIX_MEGABYTES = ("output.snapshots=4", "output.fields=['xi', 'phi']", "checkpoint.keep=2", "time.method=bdf2")
HUGE = ("domain.cell_size=", "domain.cells=[100000, 100000]")


def read(*overrides):
    return parse_deck(SINGLE_ION, "deck", overrides)


@pytest.mark.parametrize("engine", ["compiled", "fipy"])
def test_memory_is_of_fields_and_of_their_pairs(engine):
    """Twice the cells take twice the memory; each rank takes its own."""
    cost, cells = COSTS[engine][2], 160 * 192
    found = needs(read(f"solver.engine={engine}", "time.method=bdf2"))
    assert found.cells == pytest.approx(cells * (2 * cost.field + 4 * cost.block))
    assert found.memory(3) == pytest.approx(found.cells + 3 * cost.rank)
    three = needs(read(f"solver.engine={engine}", *BINARY))
    assert three.cells == pytest.approx(cells * (3 * cost.field + 9 * cost.block))


@pytest.mark.parametrize("cells", [64, pytest.param(96, marks=pytest.mark.slow)])
def test_memory_of_split_steps_is_as_measured(tmp_path, cells):
    """A short run of a shipped deck on so many cells along each axis, when all is compiled. Bar: 15 %."""
    path, size = Path("inputs/plating_uncoated_3d.toml").resolve(), f"'{cells * 0.375} um'"
    changes = [f"domain.cells=[{cells}, {cells}, {cells}]", f"domain.size=[{size}, {size}, {size}]", "stop.time=4 s"]
    words = [word for change in changes for word in ("--set", change)]
    for _ in range(2):
        command = [sys.executable, "-m", "phasefield", "run", path, "-o", tmp_path / "run", "--force", *words]
        subprocess.run(command, check=True, capture_output=True)
    measured = json.loads((tmp_path / "run" / "manifest.json").read_text())["peak memory [bytes]"]
    assert needs(load_deck(path, changes)).memory() == pytest.approx(measured, rel=0.15)


def test_peak_memory_is_that_of_the_program_alone():
    """A process begins as a copy of the one that starts it, which may be large."""
    held = np.ones(2**26)  # 512 MB
    command = [sys.executable, "-c", "from phasefield.parallel import peak_memory; print(peak_memory())"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert 1e7 < int(done.stdout) < held.nbytes


def test_checkpoints_of_split_steps_have_two_moments():
    """ξ and φ now, ξ one and two steps before, and the potential and the reaction of two moments."""
    more = needs(read(*SIX_MEGABYTES, "time.method=split")).disk - needs(read(*SIX_MEGABYTES)).disk
    assert more == pytest.approx(160 * 192 * 8 * 3 * 4)


def test_disk_is_of_snapshots_and_checkpoints():
    """Four planned snapshots, one at the start, one in the end; three checkpoints of both fields, now and before."""
    found = needs(read(*SIX_MEGABYTES))
    assert found.disk == pytest.approx(160 * 192 * 8 * (6 * 2 + 3 * 4), abs=resources.TEXTS)


def test_what_does_not_fit_is_named_with_what_there_is(tmp_path, monkeypatch):
    few = Needs(cells=3e9, rank=1e9, disk=1e9)
    monkeypatch.setattr(resources, "memory_present", lambda: 3.5e9)
    message = next(too_large(few)).message
    assert "4000 MB" in message and "3500 MB" in message
    assert list(too_large(few, ranks=4, here=1)) == [], "a quarter of the cells, and one rank, on this machine"
    message = next(too_large(few, 2, 2)).message
    assert "5000 MB" in message and "2 of 2 ranks" in message
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 9e8}))
    (problem,) = too_much(few, tmp_path / "runs" / "new")
    assert problem.key == "output" and all(f" {n}" in problem.message for n in ("1000 MB", tmp_path, "900 MB"))


def test_full_disk_is_refused_before_the_run_unless_forced(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10}))
    with refused(DeckError, "output", "case.toml", "6 MB", "force=True"):
        require(read(*SIX_MEGABYTES), "case.toml", tmp_path)
    require(read(), "case.toml", tmp_path, force=True)
    require(read(), "case.toml")


def test_restart_is_refused_what_will_not_fit_beside_what_is_there(tmp_path, monkeypatch):
    """Its existing files are part of the prediction; other errors of its deck were accepted at the start."""
    deck = read(*SIX_MEGABYTES, "interface.width=1 um")
    assert errors(deck)
    disk = needs(deck).disk
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": disk / 2}))
    with refused(DeckError, "output"):
        require_room(deck, "deck.toml", tmp_path, (1, 1))
    require_room(deck, "deck.toml", tmp_path, (1, 1), force=True)
    (tmp_path / "checkpoints").mkdir()
    with open(tmp_path / "checkpoints" / "xi.npy", "wb") as file:
        file.truncate(int(disk / 2) + 1)
    require_room(deck, "deck.toml", tmp_path, (1, 1))


def test_job_on_several_machines_needs_its_share_on_each(monkeypatch):
    """Two ranks, one of them here."""
    needed = needs(read())
    monkeypatch.setattr(resources, "memory_present", lambda: needed.rank + 0.6 * needed.cells)
    require(read(), "case.toml", ranks=(2, 1))
    with refused(DeckError, "domain.cells"):
        require(read(), "case.toml")


@pytest.mark.parametrize(
    ("groups", "top", "name"),
    [
        ("0::/slurm/job_7/step_0\n", "", "memory.max"),
        ("4:cpu,cpuacct:/else\n3:memory:/slurm/job_7/step_0\n0::/\n", "memory", "memory.limit_in_bytes"),
    ],
    ids=["cgroups 2", "cgroups 1"],
)
def test_limit_of_the_job_counts(tmp_path, monkeypatch, groups, top, name):
    """A queue or a container allows less than the machine has: the smallest limit of a group and those around it."""
    step = tmp_path / top / "slurm/job_7/step_0"
    step.mkdir(parents=True)
    (tmp_path / "groups").write_text(groups)
    monkeypatch.setattr(resources, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(resources, "ALL_GROUPS", tmp_path)
    machine = resources.memory_present()
    assert machine > 123e6
    for group, limit in ((step, "max"), (tmp_path / top, "124000000"), (step.parent, "123000000")):
        (group / name).write_text(f"{limit}\n")
    assert resources.memory_present() == 123e6
    (tmp_path / "groups").unlink()
    assert resources.memory_present() == machine


def test_report_and_record_tell():
    table = report(read())
    assert "Resources" in table and "\n  memory " in table and "\n  disk " in table
    assert [problem.key for problem in errors(read(*HUGE))] == ["domain.cells"]


def test_members_side_by_side_fit_the_memory(tmp_path, monkeypatch):
    study = load_study(write_study(tmp_path))
    one = max(needs(member.deck).memory() for member in study.members)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: range(64))
    monkeypatch.setattr("phasefield.study.runner.memory_present", lambda: 5.5 * one)
    assert jobs_that_fit(study) == 5


@pytest.mark.promise("what will not fit is refused before anything is made, in 200 MB")
@pytest.mark.parametrize(("verb", "engine"), WAYS)
def test_ten_billion_cells_are_refused_at_once(verb, engine, tmp_path):
    """How long that takes is a matter of the machine, and tried by ``make soak``."""
    assert refuse(verb, engine, tmp_path)[0] == ""


def test_sizes_as_text():
    assert [size(4.112e8), size(2.4e13), size(3.14159e10)] == ["411 MB", "24000 GB", "31.4 GB"]

"""Links, pipes and devices under every name of a run or study directory: nothing outside is touched, nothing hangs.

Whatever ends, ends well or with one line.
"""

import functools
import hashlib
import json
import os
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from phasefield.errors import PhasefieldError, RunError
from phasefield.io import checkpoint, safe, writer
from phasefield.io.rundir import FIELDS, HISTORY, open_run
from phasefield.run import runner
from phasefield.study import load_study
from phasefield.study.actions import collect, plot, prepare, status
from phasefield.study.folder import Folder
from phasefield.study.lock import claimed
from tests.errors import refused
from tests.reliability.foreign import KINDS, Outside, attempt, devices_can_be_made, in_time, put
from tests.unit.studies import write_study
from tests.unit.synthetic_run import write_run

#: A layer of some cells that moves for two steps: a restart takes a fraction of a second.
DECK = """
model = "interphase"
[domain]
dimension = 1
size = ["60 nm"]
cells = [30]
[interface]
width = "8 nm"
[electrolyte]
material = "LAGP"
[reaction]
velocity = "5 nm/s"
[layer]
height = "10 nm"
[stop]
time = "0.2 s"
[output]
snapshots = 2
[checkpoint]
every = "1e-15 s"
keep = 2
"""
#: Devices are read as pipes are: without an end.
READ = [pytest.param(kind, marks=[pytest.mark.slow] if "device" in kind else []) for kind in KINDS]
CHECKPOINT = ("state.json", "manifest.json", "snapshots.index")


@pytest.fixture(params=KINDS)
def kind(request, tmp_path):
    if request.param == "a device" and not devices_can_be_made(tmp_path):
        pytest.skip("this user may not make devices")
    return request.param


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small run with the checkpoint of its end."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "deck.toml").write_text(DECK)
    run = runner.run(folder / "deck.toml", folder / "run").path
    for earlier in sorted((run / "checkpoints").iterdir())[:-1]:
        shutil.rmtree(earlier)
    return run


def names_of(run: Path) -> list[str]:
    """Every name that a run has, or had while it was written."""
    found = [str(path.relative_to(run)) for path in sorted(run.rglob("*"))]
    *_, saved = [name for name in found if name.startswith("checkpoints/0") and name.count("/") == 1]
    assert {f"{saved}/{name}" for name in CHECKPOINT} <= {*found}
    missing = sorted({*writer.KNOWN, "pictures"} - {*found})
    return [*found, *missing, "checkpoints/.new-20", "checkpoints/00000099"]


@pytest.mark.parametrize("kind", READ, indirect=True)
def test_restart_and_reading(finished, kind, tmp_path):
    """Until later than it ended: it appends to all there is, if it is what it seems."""
    outside, problems = Outside(tmp_path / "outside"), {}
    for number, name in enumerate(names_of(finished)):
        run = shutil.copytree(finished, tmp_path / str(number))
        put(kind, run / name, outside)
        if problem := attempt(lambda run=run: read(run), outside):
            problems[f"read {name}"] = problem
        if problem := attempt(lambda run=run: runner.restart(run, overrides=["stop.time=0.3 s"]), outside):
            problems[f"restart {name}"] = problem
    assert problems == {}


def read(run: Path) -> None:
    found = open_run(run)
    found.snapshot(-1), found.history, found.status, found.manifest


def test_force(finished, kind, tmp_path):
    """What was in the directory is gone, and what it led to is there."""
    outside, problems = Outside(tmp_path / "outside"), {}
    for number, name in enumerate(names_of(finished)):
        run = shutil.copytree(finished, tmp_path / str(number))
        put(kind, run / name, outside)
        if problem := attempt(lambda run=run: writer.create(run, force=True), outside):
            problems[name] = problem
        elif os.listdir(run):
            problems[name] = f"left {os.listdir(run)}"
    assert problems == {}


def test_force_through_a_link_that_the_user_made(finished, tmp_path):
    """The run directory itself may be a link, to a larger disk for one: it stays one."""
    real = shutil.copytree(finished, tmp_path / "large disk")
    (tmp_path / "run").symlink_to(real)
    writer.create(tmp_path / "run", force=True)
    assert (tmp_path / "run").is_symlink() and list(real.iterdir()) == []


def test_study(kind, tmp_path):
    """Names of a study: its texts, members' decks, notes, logs and locks, its table."""
    outside, problems = Outside(tmp_path / "outside"), {}
    study = load_study(write_study(tmp_path))
    member = study.members[0].name
    names = ["study.toml", "study.json", "members", "table.csv", "table.parquet", member]
    names += [f"members/{member}.{ending}" for ending in ("toml", "log", "ended", "lock.0123456789abcdef")]
    for number, name in enumerate(names):
        folder = Folder(tmp_path / f"study {number}")
        folder.prepare(study)
        put(kind, folder.path / name, outside)

        def use(folder=folder):
            for action in (status, prepare, status, collect):
                action(study, folder)
            folder.note_end(study.members[0], folder.state(study.members[0]), 3)
            with in_time(), claimed(folder.lock(study.members[0])):
                pass

        if problem := attempt(use, outside):
            problems[name] = problem
    assert problems == {}


def test_pictures_of_a_study(kind, tmp_path):
    """The directory of the pictures, each of them, and the page."""
    from phasefield.io.safe import make_directory
    from phasefield.postprocess.render import save_picture

    outside, problems = Outside(tmp_path / "outside"), {}
    from matplotlib.figure import Figure

    for name in ("pictures", "pictures/study_1.png"):
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir()
        put(kind, folder / name, outside)

        def draw(folder=folder):
            with safe.one_error(folder):
                make_directory(folder / "pictures")
                save_picture(Figure(), folder / "pictures" / "study_1.png", below=2)

        if problem := attempt(draw, outside):
            problems[name] = problem
    assert problems == {}


def test_plot_does_not_follow_its_page(tmp_path):
    """`study --plot` of a study none of whose members is done ends with one line and leaves a link alone."""
    outside = Outside(tmp_path / "outside")
    study = load_study(write_study(tmp_path))
    folder = Folder(tmp_path / "study")
    folder.prepare(study)
    put("a link to a file", folder.path / "report.html", outside)
    assert attempt(lambda: plot(study, folder), outside) == ""


def test_movie_does_not_follow_a_link_to_its_part(tmp_path):
    """Its frames go to a name that nobody can guess; 7081a31 wrote through ``NAME.part.mp4``."""
    from matplotlib.figure import Figure

    from phasefield.postprocess.movie import write_movie

    outside = Outside(tmp_path / "outside")
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in ("run.part.mp4", "run.mp4"):
        put("a link to a file", pictures / name, outside)
    write_movie(pictures / "run.mp4", [[0, 1]], lambda _: Figure((1, 1)))
    assert outside.touched == []
    assert (pictures / "run.mp4").stat().st_size > 100 and not (pictures / "run.mp4").is_symlink()
    assert sorted(os.listdir(pictures)) == ["run.mp4", "run.part.mp4"]


# -- HDF5 ------------------------------------------------------------------------------------------------


def _first(file):
    return f"VTKHDF/CellData/{next(iter(file['VTKHDF/CellData']))}"


def _external_link(file, other):
    name = _first(file)
    del file[name]
    file[name] = h5py.ExternalLink(other, name)


def _external_group(file, other):
    del file["VTKHDF"]
    file["VTKHDF"] = h5py.ExternalLink(other, "VTKHDF")


def _external_data(file, other):
    name = _first(file)
    shape = file[name].shape
    del file[name]
    file.create_dataset(name, shape, float, external=[(other, 0, h5py.h5f.UNLIMITED)])


def _virtual_data(file, other):
    name = _first(file)
    layout = h5py.VirtualLayout(file[name].shape, float)
    layout[...] = h5py.VirtualSource(other, name, file[name].shape)
    del file[name]
    file.create_virtual_dataset(name, layout)


def _soft_link(file, other):
    file["VTKHDF/CellData/more"] = h5py.SoftLink("/" + _first(file))


def _circle(file, other):
    file["VTKHDF/CellData/more"] = file["VTKHDF"]


def _huge_data(file, other):
    """A terabyte that takes no room in the file."""
    file["VTKHDF/CellData"].create_dataset("more", (2, 1, 10**6, 10**6), float, chunks=(1, 1, 1000, 1000))


@pytest.mark.parametrize(
    ("trick", "named"),
    [(_external_link, ""), (_external_group, "/VTKHDF "), (_external_data, ""), (_virtual_data, ""),
     (_soft_link, "/VTKHDF/CellData/more"), (_circle, "/VTKHDF/CellData/more"), (_huge_data, "/VTKHDF/CellData/more")],
)  # fmt: skip
def test_snapshots_are_all_in_their_file(tmp_path, trick, named):
    """`open_run` reads from no other file, and makes no numbers up."""
    run = write_run(tmp_path / "run", (8, 10), (8.0, 20.0), snapshots=2)
    other = shutil.copy(run / FIELDS, tmp_path / "other.vtkhdf")
    with h5py.File(run / FIELDS, "r+") as file:
        named = named or f"/{_first(file)} "
        trick(file, str(other))
    with refused(RunError, "unreadable", f"{run / FIELDS}: ", named) as caught:
        open_run(run).snapshot(-1)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("trick", [_external_link, _external_data, _virtual_data])
def test_restart_does_not_append_to_other_files(finished, tmp_path, trick):
    """Not with the tables that a checkpoint puts back, and not where they are the attacker's own."""
    run, outside = shutil.copytree(finished, tmp_path / "run"), Outside(tmp_path / "outside")
    with h5py.File(run / FIELDS, "r+") as file:
        trick(file, str(shutil.copy(finished / FIELDS, outside.folder / "other.vtkhdf")))
    outside.before = outside.state()
    assert attempt(lambda: runner.restart(run, overrides=["stop.time=0.3 s"]), outside) == ""


# -- a checkpoint with right checksums, by somebody who can compute them ---------------------------------


def forged(run, key, value) -> None:
    """Put a value, or nothing, in the place of one in the newest checkpoint's state, and digests that match."""
    path = max((run / "checkpoints").iterdir())
    numbers = json.loads((path / checkpoint.STATE).read_text())
    *tables, name = key
    inner = functools.reduce(lambda table, key: table[key], tables, numbers)
    inner.pop(name) if value is GONE else inner.update({name: value})
    text = json.dumps(numbers).encode()
    content = checkpoint.manifest(path)
    pieces = [piece for piece in content["pieces"] if piece[0] != checkpoint.STATE]
    pieces.append([checkpoint.STATE, 0, len(text), hashlib.sha256(text).hexdigest()])
    (path / checkpoint.STATE).write_bytes(text)
    about = json.dumps(content | {"pieces": pieces}).encode()
    (path / checkpoint.MANIFEST).write_bytes(about + f"\n{hashlib.sha256(about).hexdigest()}\n".encode())


def keys_of(table, path=()):
    for name, value in table.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from keys_of(value, (*path, name))


GONE = "nothing in its place"


@pytest.mark.parametrize("value", [
    "x", GONE, *(pytest.param(value, marks=pytest.mark.slow) for value in ({}, -1, 10**400, float("nan"))),
], ids=lambda value: str(value)[:20])
@pytest.mark.parametrize("model", ["interphase", pytest.param("plating", marks=pytest.mark.slow)])
def test_forged_state(finished, whole, tmp_path, model, value):
    """Each number and table of a checkpoint: what no run writes is one line; with what may be, a run goes on.

    A sum that is wrong by more than `solver.closure` ends it.
    """
    original = finished if model == "interphase" else whole("plating")
    *_, newest = sorted((original / "checkpoints").iterdir())
    end = 1.1 * open_run(original).times[-1]
    for number, key in enumerate(keys_of(checkpoint.state(newest))):
        run = shutil.copytree(original, tmp_path / str(number), ignore=lambda folder, names: [
            name for name in names if folder.endswith("checkpoints") and name != newest.name
        ])  # fmt: skip
        forged(run, key, value)
        try:
            found = runner.restart(run, overrides=[f"stop.time={end} s"])
        except PhasefieldError as error:
            assert len(str(error).splitlines()) == 1, key
        else:
            assert found.done and found.times[-1] == pytest.approx(end), key


# -- a directory that is another one now -----------------------------------------------------------------


def test_history_of_a_run_whose_directory_was_replaced(tmp_path):
    """Nothing is written into the new one, nor into the old one under its new name."""
    from phasefield.errors import DirectoryLost

    run = tmp_path / "run"
    run.mkdir()
    with safe.held(run):
        history = writer.HistoryFile(run / HISTORY)
        history.append({"Step": 0})
        run.rename(tmp_path / "old")
        with refused(DirectoryLost, "directory-removed", run):
            history.append({"Step": 1})
        run.mkdir()
        with refused(DirectoryLost, "directory-replaced", run):
            history.append({"Step": 2})
    assert list(run.iterdir()) == [] and (tmp_path / "old" / HISTORY).read_text().split() == ["Step", "0"]
    history.append({"Step": 3})  # the path is nobody's any more
    assert np.array_equal((run / HISTORY).read_text().split(), ["1", "2", "3"])

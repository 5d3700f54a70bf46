"""Reading a run directory returns what was written; damage gives a clear error."""

import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

from phasefield.errors import RunError
from phasefield.io.rundir import open_run
from tests.errors import refused
from tests.unit.synthetic_run import HISTORY_HEADS, write_run

CELLS, SIZE = (24, 16, 12), (30.0, 20.0, 18.0)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "block", CELLS, SIZE, coated=True, snapshots=3)


@pytest.fixture
def own(tmp_path):
    """A small run that a test may damage."""
    return write_run(tmp_path / "own", (8, 10), (8.0, 20.0), snapshots=2)


def test_axes_come_back_in_the_order_of_the_deck(written):
    """The file stores (time, z, y, x); a reader gets (x, y, z), the height last."""
    snapshot = open_run(written).snapshot(1)
    assert snapshot.shape == CELLS
    assert snapshot.spacing == pytest.approx(np.divide(SIZE, CELLS))
    with h5py.File(written / "fields.vtkhdf") as file:
        assert snapshot["xi"][5, 3, 7] == file["VTKHDF/CellData/xi"][1, 7, 3, 5]
    assert snapshot["xi"][:, :, 0].min() > 0.95, "lithium is at the bottom"
    assert snapshot.centres(2)[[0, -1]] == pytest.approx([0.75, 17.25])


@pytest.mark.parametrize("cells", [(40,), (8, 10), (4, 6, 8)])
def test_fields_have_the_dimension_of_the_deck(tmp_path, cells):
    """Axes the deck does not have are not in the arrays."""
    run = open_run(write_run(tmp_path / "run", cells, (20.0,) * len(cells), snapshots=2, holes=[]))
    assert run.dimension == len(cells)
    assert run.snapshot(0).shape == cells
    assert run.snapshot(0).dimension == len(cells)


def test_times_and_negative_indices(written):
    """Snapshots are numbered like a list, and found by time."""
    run = open_run(written)
    assert run.times == pytest.approx([0, 550, 1100])
    assert run.snapshot(-1).time == run.snapshot(2).time == 1100
    assert run.nearest(500.0) == 1


def test_history_is_a_table_with_units_in_its_heads(written):
    """Columns keep order and names; a mistyped one is answered with the nearest."""
    history = open_run(written).history
    assert history.columns == HISTORY_HEADS
    assert history.rows == len(history["Time [s]"]) == 60
    assert history["Charge plated [C/m2]"][-1] == pytest.approx(60.0 * 1100)
    assert history.get("Colour") is None
    with refused(RunError, "unknown-name", "'Tip height [m]'"):
        history["Tip heigth [m]"]


def test_name_and_records(written):
    """The records beside the fields are read as they are."""
    run = open_run(written)
    assert run.name == "block"
    assert run.resolved["deck"]["domain"]["cells"] == list(CELLS)
    assert run.status["state"] == "done"
    assert run.manifest["ranks"] == 1


def test_not_a_run_directory(tmp_path):
    """A wrong path is refused at once, by name."""
    with refused(RunError, "not-a-run", tmp_path / "nowhere"):
        open_run(tmp_path / "nowhere")
    with refused(RunError, "not-a-run", tmp_path):
        open_run(tmp_path)


def test_unknown_snapshot_and_field(written):
    """An index or name that does not exist: the error lists the existing ones."""
    run = open_run(written)
    with refused(RunError, "no-snapshot", "3", "0 to 2"):
        run.snapshot(3)
    with refused(RunError, "unknown-name", "'c'"):
        run.snapshot(0)["c"]


def test_run_in_progress(own):
    """Flushed data of a run can be read while it has the file open; other data give a clear error."""
    with h5py.File(own / "fields.vtkhdf", "r+") as file:
        values = file["VTKHDF/Steps/Values"][...]
        del file["VTKHDF/Steps/Values"]
        file["VTKHDF/Steps/Values"] = np.append(values, 2000.0)
        file.flush()
        reader = f"from phasefield.io.rundir import open_run; print(open_run({str(own)!r}).snapshot(1).time)"
        done = subprocess.run([sys.executable, "-c", reader], capture_output=True, text=True, check=True)
    assert float(done.stdout) == 1100
    with refused(RunError, "unreadable", "fields.vtkhdf"):
        open_run(own).snapshot(2)


def test_history_with_an_unfinished_line(own):
    """The last line of a running history may be cut anywhere; the whole lines count."""
    path = own / "history.csv"
    path.write_text(path.read_text()[:-25])
    assert open_run(own).history.rows == 59


def test_history_that_is_no_table(own):
    """A damaged line is an error that names the file."""
    with (own / "history.csv").open("a") as file:
        file.write("1,2\n")
    with refused(RunError, "unreadable", "history.csv"):
        _ = open_run(own).history


@pytest.mark.parametrize("content", [b"", b"not HDF5", None])
def test_broken_field_file(own, content):
    """An unreadable or missing field file is one clear error."""
    path = own / "fields.vtkhdf"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RunError, match=r"fields\.vtkhdf"):
        _ = open_run(own).times


def test_field_file_without_snapshots(own):
    """A run that has just begun has no snapshot yet."""
    with h5py.File(own / "fields.vtkhdf", "w") as file:
        file.create_group("VTKHDF")
    with refused(RunError, "no-snapshot", "fields.vtkhdf"):
        _ = open_run(own).times


def test_broken_json(own):
    """A truncated record is named."""
    (own / "status.json").write_text(json.dumps({"state": "done"})[:-3])
    with refused(RunError, "unreadable", "status.json"):
        _ = open_run(own).status


def test_reading_needs_neither_graphics_nor_petsc():
    """Results can be read on a machine without pyvista, matplotlib or PETSc."""
    check = (
        "import sys, phasefield.io.rundir; "
        "print([m for m in ('pyvista', 'vtk', 'matplotlib', 'petsc4py', 'mpi4py') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

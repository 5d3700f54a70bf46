"""Exports have every number of every snapshot, for programs that cannot read the file of a run."""

import csv
import os
import sys
from types import SimpleNamespace
from typing import get_args

import h5py
import numpy as np
import pytest
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline
from vtkmodules.vtkIOXdmf2 import vtkXdmfReader

from phasefield.cli import main, results
from phasefield.errors import RunError
from phasefield.io.fields import MeshSnapshot
from phasefield.io.rundir import open_run
from phasefield.postprocess.export import FORMATS, VECTOR, export
from phasefield.postprocess.headless import pyvista
from phasefield.postprocess.render import Format
from tests.errors import refused
from tests.unit.synthetic_run import write_run


@pytest.fixture(scope="module", params=[(40,), (6, 8), (4, 5, 6)], ids=["1-D", "2-D", "3-D"])
def run(request, tmp_path_factory):
    cells = request.param
    folder = tmp_path_factory.mktemp("runs") / "a run & <more>"
    return open_run(write_run(folder, cells, (30.0, 20.0, 18.0)[-len(cells) :], snapshots=3, holes=[]))


def test_vtk_reads_every_time_step(run, tmp_path):
    """By its reader of collections: times, box, every field of every cell, and the current as one vector."""
    reader = pyvista.get_reader(export(run, "pvd", tmp_path))
    assert reader.time_values == pytest.approx(run.times)
    for number, snapshot in enumerate(run.snapshots):
        reader.set_active_time_point(number)
        (grid,) = reader.read()
        lengths = [n * step for n, step in zip(snapshot.shape, snapshot.spacing, strict=True)]
        assert grid.bounds[1::2] == pytest.approx([*lengths, 1.0, 1.0][:3])
        for name, values in snapshot.fields.items():
            assert np.array_equal(grid.cell_data[name], values.ravel(order="F"))
        components = [snapshot[f"i{axis}"].ravel("F") for axis in "xyz"[: snapshot.dimension]]
        zeros = [np.zeros(values.size)] * (3 - len(components))
        assert np.array_equal(grid.cell_data[VECTOR], np.column_stack([*components, *zeros]))


def read_xdmf(path):
    """Times, and the grid at each."""
    reader = vtkXdmfReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    key, known = vtkStreamingDemandDrivenPipeline.TIME_STEPS(), reader.GetOutputInformation(0)
    times = [known.Get(key, k) for k in range(known.Length(key))]
    for time in times:
        reader.UpdateTimeStep(time)
        yield time, pyvista.wrap(reader.GetOutputDataObject(0)).copy()


def test_vtk_reads_xdmf(run, tmp_path, monkeypatch):
    """Every time step, from wherever it was started; the numbers are in the run's own file."""
    path = export(run, "xdmf", tmp_path / "there")
    monkeypatch.chdir("/")
    read = list(read_xdmf(path))
    assert [time for time, _ in read] == pytest.approx(run.times)
    for (_, grid), snapshot in zip(read, run.snapshots, strict=True):
        lengths = [n * step for n, step in zip(snapshot.shape, snapshot.spacing, strict=True)]
        assert grid.bounds[1::2][: snapshot.dimension] == pytest.approx(lengths, rel=1e-6)
        for name, values in snapshot.fields.items():
            assert np.array_equal(grid.cell_data[name], values.ravel(order="F"))


def test_vtk_reads_xdmf_of_a_mesh(tmp_path):
    """The layout is that of `phasefield.io.unstructured_snapshots`: the fields of all times one after the other."""
    points = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [0.0, 3.0, 0.0], [3.0, 3.0, 0.0]])
    corners, values = np.array([[0, 1, 2], [1, 3, 2]]), np.array([1.0, 0.5, 0.25, 2.0])
    with h5py.File(tmp_path / "fields.vtkhdf", "w") as file:
        file["VTKHDF/Points"], file["VTKHDF/Connectivity"] = points, corners.ravel()
        file["VTKHDF/CellData/xi"] = values
    snapshots = [MeshSnapshot(t, points[:, :2], corners, {"xi": values[k : k + 2]}) for t, k in ((0.0, 0), (2.0, 2))]
    run = SimpleNamespace(name="mesh", times=[0.0, 2.0], snapshot=snapshots.__getitem__, path=tmp_path)
    (first, one), (second, other) = read_xdmf(export(run, "xdmf", tmp_path / "there"))
    assert (first, second) == (0, 2) and other.cell_data["xi"].tolist() == [0.25, 2.0]
    assert one.cell_data["xi"].tolist() == [1.0, 0.5]
    assert one.cell_centers().points[:, :2] == pytest.approx(np.array([[1, 1], [2, 2]]))


def test_xdmf_with_a_colon(run, tmp_path):
    """It separates file and field there."""
    moved = SimpleNamespace(path=tmp_path / "a:b", times=run.times, name="a")
    with refused(RunError, "unwritable", "a:b"):
        export(moved, "xdmf", tmp_path / "there")


def test_tables(run, tmp_path):
    """A row for each cell, its centre first; heads with units."""
    with export(run, "csv", tmp_path).open() as file:
        times = list(csv.DictReader(file))
    assert [float(row["Time [s]"]) for row in times] == pytest.approx(run.times)
    for row, snapshot in zip(times, run.snapshots, strict=True):
        with (tmp_path / row["File"]).open() as file:
            heads, *rows = list(csv.reader(file))
        assert heads[0] == "x [um]" and "current [A/m2]" in heads
        cells = np.array(rows, float)
        assert len(cells) == np.prod(snapshot.shape)
        for cell in cells[:: len(cells) // 7]:
            place = tuple(round((cell[k] - 0.5 * h) / h) for k, h in enumerate(snapshot.spacing))
            assert cell[heads.index("current [A/m2]")] == pytest.approx(snapshot["current"][place], rel=1e-9)


def test_zarr_is_what_xarray_has(run, tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("zarr")
    for _ in range(2):  # an earlier export is replaced
        path = export(run, "zarr", tmp_path)
    with xarray.open_zarr(path, consolidated=False) as stored:
        assert stored.identical(run.to_xarray())


def test_a_mesh_is_exported_as_triangles(tmp_path, monkeypatch):
    points = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0], [3.0, 3.0]])
    snapshot = MeshSnapshot(2.0, points, np.array([[0, 1, 2], [1, 3, 2]]), {"xi": np.array([1.0, 0.5])})
    run = SimpleNamespace(
        name="mesh", times=[2.0], snapshots=[snapshot], meshed=True, labels={}, path=tmp_path / "mesh"
    )
    reader = pyvista.get_reader(export(run, "pvd", tmp_path))
    (grid,) = reader.read()
    assert grid.n_cells == 2 and grid.cell_data["xi"].tolist() == [1.0, 0.5]
    assert grid.cell_centers().points[:, :2] == pytest.approx(np.array([[1, 1], [2, 2]]))
    export(run, "csv", tmp_path)
    assert (tmp_path / "mesh" / "mesh_0.csv").read_text() == "x [um],y [um],xi\n1,1,1\n2,2,0.5\n"


def test_a_table_has_no_formulas(tmp_path):
    """Names of fields of others, and of directories, are texts to a spreadsheet."""
    points, corners = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]]), np.array([[0, 1, 2]])
    snapshot = MeshSnapshot(2.0, points, corners, {'=HYPERLINK("x")': np.ones(1), "@a": np.ones(1)})
    run = SimpleNamespace(name="=b", times=[2.0], snapshots=[snapshot], meshed=True, labels={}, path=tmp_path / "b")
    for path in (export(run, "csv", tmp_path), tmp_path / "=b" / "=b_0.csv"):
        with path.open() as file:
            assert not [cell for row in csv.reader(file) for cell in row if cell[0] in "=+@"]


_PLACES = {"zarr": "{}.zarr"}


@pytest.mark.parametrize("to", FORMATS)
def test_nothing_is_written_elsewhere(run, tmp_path, to):
    """Links at the places of new files are not followed, and other directories not replaced."""
    outside, folder = tmp_path / "outside", tmp_path / "exports"
    outside.mkdir()
    (outside / "mine").write_text("mine")
    folder.mkdir()
    os.symlink(outside, folder / _PLACES.get(to, "{}").format(run.name))
    if to == "xdmf":  # replaces the link itself
        os.unlink(folder / run.name)
        os.symlink(outside / "mine", folder / f"{run.name}.xmf")
        assert not export(run, to, folder).is_symlink() and (outside / "mine").read_text() == "mine"
        return
    with refused(RunError, "unwritable", "exports"):
        export(run, to, folder)
    assert [path.name for path in outside.iterdir()] == ["mine"]


def test_a_directory_that_is_no_store_is_kept(run, tmp_path):
    pytest.importorskip("zarr")
    store = tmp_path / f"{run.name}.zarr"
    store.mkdir()
    (store / "mine").write_text("mine")
    with refused(RunError, "foreign-files", store):
        export(run, "zarr", tmp_path)
    assert (store / "mine").read_text() == "mine"


def test_wrong_requests(run, tmp_path, monkeypatch):
    with refused(RunError, "unknown-name", "'vtk'", "pvd"):
        export(run, "vtk", tmp_path)
    empty = SimpleNamespace(path=tmp_path / "young", times=[])
    with refused(RunError, "no-snapshot", "young"):
        export(empty, "pvd", tmp_path)
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(ImportError, match="zarr"):
        export(run, "zarr", tmp_path)


def test_command(run, tmp_path, capsys, monkeypatch):
    """Exports are beside the run; what to open is printed; a missing package is one line."""
    with pytest.raises(SystemExit) as caught:
        main(["export", str(run.path), "--to", "pvd"])
    assert not caught.value.code
    assert capsys.readouterr().out == f"{run.path.parent / 'exports' / run.name}.pvd\n"
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(SystemExit) as caught:
        main(["export", str(run.path), "--to", "zarr"])
    error = capsys.readouterr().err
    assert caught.value.code == 2 and error.startswith("error: ") and error.count("\n") == 1
    assert "phasefield-li" in error


def test_the_command_line_has_all_formats():
    """It lists them itself, since it imports nothing that draws before a command needs it."""
    assert {target.value for target in results.Target} == set(FORMATS)
    assert {format.value for format in results.Format} == set(get_args(Format))


def test_progress_counts_snapshots(run, tmp_path):
    seen = []
    export(run, "pvd", tmp_path, lambda done, of: seen.append((done, of)))
    assert seen == [(1, 3), (2, 3), (3, 3)]

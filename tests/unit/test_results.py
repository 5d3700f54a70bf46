"""Results in the forms that people work with: tables of pandas, arrays of xarray with units, pictures in a notebook."""

from types import SimpleNamespace

import h5py
import numpy as np
import pytest

import phasefield
from phasefield.cli import main
from phasefield.errors import RunError
from phasefield.io.rundir import MeshSnapshot, open_run
from phasefield.io.tables import dataset, for_pint
from tests.errors import refused
from tests.unit.decks import SINGLE_ION
from tests.unit.synthetic_run import HISTORY_HEADS, write_run


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "block", (6, 5, 8), (30.0, 20.0, 18.0), coated=True, snapshots=3)


@pytest.fixture(scope="module")
def plane(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "<b>plane", (12, 14), (30.0, 40.0), snapshots=3)


def test_history_is_a_dict_of_arrays(written):
    """So that pandas, polars and the like read it; still with a hint for a mistyped head."""
    history = open_run(written).history
    assert isinstance(history, dict) and tuple(history) == history.columns == HISTORY_HEADS
    with refused(RunError, "unknown-name", "'Tip height [m]'"):
        history["Tip heigth [m]"]


def test_history_in_pandas(written):
    """One row per step; `DataFrame(run.history)` has the columns of the file."""
    pandas = pytest.importorskip("pandas")
    run = open_run(written)
    table = run.to_pandas()
    from_file = pandas.read_csv(written / "history.csv", float_precision="round_trip")
    assert list(pandas.DataFrame(run.history)) == list(from_file) == list(HISTORY_HEADS)
    assert table.index.name == "Step" and table.index.dtype.kind == "i" and table.index[-1] == 60
    for head in HISTORY_HEADS[1:]:
        assert np.array_equal(table[head], from_file[head])
    assert table.attrs["units"]["Charge passed [C/m2]"] == "C/m^2"


def test_arrays_are_those_of_the_file(written):
    """Axes are time, z, y, x, as in the file; coordinates are the centres of cells, (i + ½) size / cells in µm."""
    pytest.importorskip("xarray")
    fields = open_run(written).to_xarray()
    assert fields.xi.dims == ("time", "z", "y", "x") and fields.xi.shape == (3, 8, 5, 6)
    with h5py.File(written / "fields.vtkhdf") as file:
        for name in file["VTKHDF/CellData"]:
            assert np.array_equal(fields[name], file["VTKHDF/CellData"][name])
    assert fields.z.values == pytest.approx((np.arange(8) + 0.5) * 18.0 / 8)
    assert fields.time.values == pytest.approx([0, 550, 1100])
    assert fields.xi.sel(time=1100, x=2.4, y=2, z=1.2, method="nearest") == fields.xi[2, 0, 0, 0]


def test_chosen_fields(plane):
    pytest.importorskip("xarray")
    fields = open_run(plane).to_xarray(["phi"])
    assert list(fields) == ["phi"] and fields.phi.dims == ("time", "y", "x")
    with refused(RunError, "unknown-name", "'c'"):
        open_run(plane).to_xarray(["c"])


def test_units_of_arrays(written):
    """60 A/m² is 6 mA/cm²; pint-xarray reads the units from the attributes."""
    pytest.importorskip("pint_xarray")
    current = open_run(written).to_xarray()[["current"]].pint.quantify().current
    assert str(current.pint.to("mA/cm^2").pint.units) == "milliampere / centimeter ** 2"
    assert np.allclose(current.pint.to("mA/cm^2").pint.dequantify(), 0.1 * current.pint.dequantify())


@pytest.mark.parametrize(("unit", "read"), [("A/m2", "A/m^2"), ("ohm m2", "ohm m^2"), ("1", "1")])
def test_units_for_pint(unit, read):
    assert for_pint(unit) == read


def test_snapshots_one_after_the_other(plane):
    """Each is read when its turn comes, so a later one may be missing."""
    run = open_run(plane)
    assert [snapshot.time for snapshot in run.snapshots] == pytest.approx(run.times)
    assert next(run.snapshots).time == 0


@pytest.mark.parametrize("index", [1.5, "1", None])
def test_a_snapshot_has_a_whole_number(plane, index):
    with refused(RunError, "no-snapshot", "0 to 2", repr(index), "run.nearest(time)"):
        open_run(plane).snapshot(index)
    assert open_run(plane).snapshot(np.int64(1)).time == 550


def test_arrays_of_triangles(monkeypatch):
    """On a mesh a cell has its centre and its three corners."""
    pytest.importorskip("xarray")
    points = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0], [3.0, 3.0]])
    snapshot = MeshSnapshot(0.0, points, np.array([[0, 1, 2], [1, 3, 2]]), {"xi": np.array([1.0, 0.5])})
    run = SimpleNamespace(
        snapshot=lambda index: snapshot, snapshots=[snapshot], times=np.zeros(1), resolved={"deck": {}},
        labels={"xi": ("Order parameter", "1")}, model="plating", name="mesh",
    )  # fmt: skip
    fields = dataset(run, None)
    assert fields.xi.dims == ("time", "cell") and fields.xi.attrs == {"units": "1", "long_name": "Order parameter"}
    assert fields.x.values == pytest.approx([1, 2]) and fields.y.values == pytest.approx([1, 2])
    assert fields.corner_x.dims == ("cell", "corner") and fields.corner_x.values.tolist() == [[0, 3, 0], [3, 3, 0]]


def test_a_package_that_is_missing(plane, monkeypatch):
    """The command that installs it is given; there is no other way for it to be missing than in sys.modules."""
    monkeypatch.setitem(__import__("sys").modules, "xarray", None)
    with pytest.raises(ImportError, match="phasefield-li"):
        open_run(plane).to_xarray()


def test_plot_is_the_picture_of_render(plane):
    """A panel for each time; a notebook gets it as PNG, without pyplot."""
    figure = open_run(plane).plot()
    assert len(figure.axes) == 3 + 1, "three times and a colour bar"
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert len(open_run(plane).plot(times=[550.0]).axes) == 1 + 1
    with refused(RunError, "unknown-name", "'pink'"):
        open_run(plane).plot(colour="pink")


def test_drawing_leaves_the_windows_of_a_script_alone():
    """A notebook's own figures stay in the notebook, and `to_pyvista(...).plot()` opens a window."""
    pyvista = pytest.importorskip("pyvista")
    import matplotlib

    before = matplotlib.get_backend(), pyvista.OFF_SCREEN
    import phasefield.postprocess  # noqa: F401

    assert (matplotlib.get_backend(), pyvista.OFF_SCREEN) == before


def test_a_run_in_a_notebook(plane):
    """Picture and table; what others wrote is no HTML."""
    text = open_run(plane)._repr_html_()
    assert "data:image/png;base64," in text and "<b>" not in text and "&lt;b&gt;plane" in text
    assert "<td>Cells</td><td>168</td>" in text


def test_a_run_in_a_notebook_before_its_first_snapshot(plane, tmp_path):
    """The reason stands in place of what is missing."""
    young = tmp_path / "young"
    young.mkdir()
    for name in ("resolved.json", "status.json"):
        (young / name).write_bytes((plane / name).read_bytes())
    text = open_run(young)._repr_html_()
    assert "fields.vtkhdf" in text and "history.csv" in text and "base64" not in text


def test_messages_name_arguments_of_the_caller(tmp_path, capsys):
    """In Python they are arguments, on the command line they are options."""
    deck, directory = tmp_path / "deck.toml", tmp_path / "run"
    deck.write_text(SINGLE_ION)
    directory.mkdir()
    (directory / "resolved.json").write_text("{}")
    with pytest.raises(RunError) as caught:
        phasefield.run(deck, output=directory)
    assert "force=True" in str(caught.value) and "--" not in str(caught.value)
    with pytest.raises(SystemExit):
        main(["run", str(deck), "-o", str(directory)])
    assert "--force" in (said := capsys.readouterr().err) and "force=True" not in said

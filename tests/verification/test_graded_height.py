"""A tall gap with cells that grow above the lithium gives what equal cells give, from far fewer cells."""

import numpy as np
import pytest

from phasefield.io.rundir import open_run
from phasefield.postprocess.headless import pyvista
from phasefield.run import runner

DECK = """
title = "A gap of 100 µm"
[domain]
dimension = 2
size = ["10 um", "100 um"]
cell_size = "0.5 um"
[interface]
width = "2 um"
[electrolyte]
transport = "{transport}"
conductivity = "1 mS/cm"
[kinetics]
exchange_current_density = "10 mA/cm^2"
[counter]
[front]
height = "6 um"
cosines = [{{ amplitude = "0.5 um", wavelength = "10 um" }}]
[[drive.steps]]
mode = "galvanostatic"
current_density = "6 mA/cm^2"
[stop]
time = "{time} s"
[output]
snapshots = 1
"""
SALT = (
    "electrolyte.concentration=1 mol/L",
    "electrolyte.diffusivity=1e-10 m^2/s",
    "electrolyte.transference_number=0.3",
)
GRADED = ("domain.grading={start='16 um', growth=1.1}",)
#: Fine enough for the salt that piles up at the counter electrode.
FINER = ("domain.grading={start='16 um', growth=1.1, largest='2 um'}",)


@pytest.mark.parametrize(
    ("transport", "time", "salt", "grading", "ratio"),
    [("single-ion", 300, (), GRADED, 3), ("binary", 60, SALT, FINER, 2)],
)
def test_equal_and_growing_cells(tmp_path, transport, time, salt, grading, ratio):
    """Tip, roughness and voltage within 0.1 %, from a part of the cells; iterations of the solver hardly rise."""
    deck = tmp_path / "deck.toml"
    deck.write_text(DECK.format(transport=transport, time=time))
    equal = runner.run(deck, tmp_path / "equal", overrides=salt)
    graded = runner.run(deck, tmp_path / "graded", overrides=(*salt, *grading))
    assert ratio * graded.manifest["cells"] < equal.manifest["cells"]
    a, b = equal.history, graded.history
    assert len(a["Step"]) == len(b["Step"]) and a["Roughness [m]"][-1] > 1.02 * a["Roughness [m]"][0]
    for head in ("Tip height [m]", "Roughness [m]", "Cell voltage [V]", "Area ratio [1]", "Tip radius [m]"):
        assert b[head][1:] == pytest.approx(a[head][1:], rel=1e-3), head
    assert np.abs(b["Charge closure [1]"]).max() < 1e-10 and np.abs(b["Salt closure [1]"]).max() < 1e-8
    assert b["Linear iterations [1]"].sum() < 1.2 * a["Linear iterations [1]"].sum()


def test_the_lithium_stays_below_growing_cells(tmp_path):
    """The run ends where the tip is two widths below them."""
    deck = tmp_path / "deck.toml"
    deck.write_text(DECK.format(transport="single-ion", time=1000))
    run = runner.run(deck, tmp_path / "run", overrides=["domain.grading={start='12 um'}"])
    assert run.history["Tip height [m]"][-1] == pytest.approx(8e-6, rel=1e-5)
    assert run.status["state"] == "done" and run.status["time"] < 1000


def test_snapshots_have_true_heights(tmp_path):
    """VTK reads the run's own file: each cell is where and as large as the grid has it, with its value."""
    deck = tmp_path / "deck.toml"
    deck.write_text(DECK.format(transport="single-ion", time=10))
    runner.run(deck, tmp_path / "run", overrides=GRADED)
    run = open_run(tmp_path / "run")
    snapshot = run.snapshot(-1)
    assert snapshot.heights[-1] == pytest.approx(100) and snapshot.heights[:33] == pytest.approx(0.5 * np.arange(33))
    reader = pyvista.get_reader(run.path / "fields.vtkhdf")
    reader.reader.UpdateInformation()
    reader.reader.SetStep(1)
    grid = reader.read()
    assert grid.n_cells == snapshot["phi"].size
    x, y = np.meshgrid(snapshot.centres(0), snapshot.centres(1), indexing="ij")
    assert grid.cell_centers().points[:, :2] == pytest.approx(np.column_stack([x.ravel("F"), y.ravel("F")]), rel=1e-6)
    assert np.array_equal(grid.cell_data["phi"], snapshot["phi"].ravel("F"))
    areas = np.outer(np.full(20, 0.5), np.diff(snapshot.heights))
    assert grid.compute_cell_sizes()["Area"] == pytest.approx(areas.ravel("F"), rel=1e-5)

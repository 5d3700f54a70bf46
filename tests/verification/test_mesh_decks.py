"""Decks on meshes of triangles: their books, their shapes, the same flat cell in a box, restarts, pictures."""

import json
import re
import shutil
import subprocess
import sys

import matplotlib.image
import numpy as np
import pytest

from phasefield import compare
from phasefield.errors import DeckError, RunError
from phasefield.io.rundir import DECK, open_run
from phasefield.mesh import gmsh
from phasefield.mesh.triangles import MESH
from phasefield.postprocess import render_runs, to_pyvista
from phasefield.run import runner
from tests import meshes
from tests.errors import refused
from tests.meshes import needs_gmsh
from tests.parallel.mpi import mpirun
from tests.reliability.restarts import ALWAYS, cut, differences
from tests.slow import slow

pytestmark = needs_gmsh


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    """The flat cell on triangles, a checkpoint of every step."""
    folder = tmp_path_factory.mktemp("flat")
    return runner.run(meshes.flat_deck(folder), folder / "on_a_mesh", overrides=ALWAYS)


@pytest.fixture(scope="module")
def curved(tmp_path_factory):
    """The first two minutes on the bump."""
    folder = tmp_path_factory.mktemp("curved")
    options = ("stop.time=2 min", "output.snapshots=2")
    return runner.run(meshes.curved_deck(folder, fine=0.5), folder / "curved", force=True, overrides=options)


def books_close(run):
    """What passes is what is plated, and the salt is where it should be: 1e-6 in every row."""
    for name in ("Charge closure [1]", "Salt closure [1]"):
        assert run.history[name] == pytest.approx(0.0, abs=1e-6)


def test_all_current_becomes_lithium(curved):
    """The charge plated is the current at the counter electrode by the time: i t = F/V_Li ∫ξ over its area."""
    books_close(curved)
    history = curved.history
    assert history["Charge plated [C/m2]"][1:] == pytest.approx(60.0 * history["Time [s]"][1:], rel=1e-6)
    volume = np.sum(to_pyvista(curved.snapshot(-1)).compute_cell_sizes()["Area"] * curved.snapshot(-1)["xi"])  # µm²
    electrode = 2 * (24 - 8 + 4 * np.pi)  # µm: flat parts and half a circle
    assert history["Mean thickness [m]"][-1] == pytest.approx(1e-6 * volume / electrode, rel=2e-3)


def test_the_bump_gets_more_than_its_flank(curved):
    """Current crowds onto the bump, so lithium grows at least half as fast again there as where it grows slowest."""
    history = curved.history
    assert history["Tip height [m]"][0] == pytest.approx(4e-6, rel=1e-3)
    assert history["Tip-valley distance [m]"][0] < 1e-8
    grown = history["Tip height [m]"][-1] - 4e-6
    least = grown - history["Tip-valley distance [m]"][-1]
    assert grown > 1.5 * least > 0
    last = curved.snapshot(-1)
    x, y = last.centres.T
    over = np.hypot(x, y) - 8.0
    metal = [np.max(over[(np.abs(np.arctan2(x, y) - angle) < 0.1) & (last["xi"] > 0.5)]) for angle in (0.0, 0.9)]
    assert metal[0] > metal[1] + 0.2


def test_columns_that_need_columns_are_left_out(curved, flat):
    """A tip's radius is fitted along columns of cells: it is left out, and all there is are numbers."""
    for run in (curved, flat):
        assert "Tip radius [m]" not in run.history.columns
        assert np.all(np.isfinite(list(run.history.values())))


def test_flat_mesh_agrees_with_a_box(flat, tmp_path):
    """The same deck on triangles of 0.6 µm and on squares of 0.4 µm.

    The charge, to 1e-6; the front, to 1 % of how far it went; the area, to 1 %; voltage and overpotential, to 2 %: on
    triangles |∇ξ| is less even than on squares.
    """
    box = runner.run(meshes.flat_deck(tmp_path), tmp_path / "box", overrides=meshes.IN_A_BOX)
    books_close(flat)
    ours, theirs = ({name: run.history[name][-1] for name in run.history} for run in (flat, box))
    assert ours["Charge plated [C/m2]"] == pytest.approx(theirs["Charge plated [C/m2]"], rel=1e-6)
    grown = theirs["Tip height [m]"] - 5e-6
    assert grown > 1.3e-6
    for name in ("Tip height [m]", "Mean thickness [m]"):
        assert ours[name] == pytest.approx(theirs[name], abs=0.01 * grown)
    for name, bar in (("Cell voltage [V]", 0.02), ("Overpotential [V]", 0.02), ("Area ratio [1]", 0.01)):
        assert ours[name] == pytest.approx(theirs[name], rel=bar)
    assert ours["Tip-valley distance [m]"] < 0.02 * grown
    last = flat.snapshot(-1)
    ahead = last["xi"] < 1e-3
    assert last["iy"][ahead].mean() == pytest.approx(60.0, rel=0.01)  # it strips
    assert "mesh" in compare.comparison([flat, box])


@pytest.mark.parametrize("counter", [slow("lithium"), "reservoir"])
def test_salt_at_a_given_voltage(tmp_path, counter):
    """A binary electrolyte, driven by a voltage: the salt flux at the counter electrode follows the current.

    FiPy's engine needs tight tolerances for the books of such a drive, on triangles as in boxes.
    """
    path = meshes.flat_deck(tmp_path, edge=0.8)
    runs = {}
    for name, overrides in {"mesh": ("solver.profile=strict",), "box": meshes.IN_A_BOX}.items():
        cell = (*meshes.LIQUID, f"electrolyte.counter_electrode={counter}", *overrides)
        runs[name] = runner.run(path, tmp_path / name, force=True, overrides=(*cell, "output.snapshots=1"))
        books_close(runs[name])
    for column in ("Charge plated [C/m2]", "Current density [A/m2]"):
        assert runs["mesh"].history[column][-1] == pytest.approx(runs["box"].history[column][-1], rel=0.02)


@pytest.mark.parametrize("step", [1, 6])
def test_restart_without_gmsh(flat, tmp_path, monkeypatch, step):
    """To the same bits, from the run directory alone: the mesh is in it."""
    part = cut(flat.path, step, tmp_path / "part")
    monkeypatch.setattr(gmsh.shutil, "which", lambda *args, **options: None)
    runner.restart(part)
    assert differences(flat.path, part) == []
    assert f'mesh = "{MESH}"' in (part / DECK).read_text()


def test_restart_on_another_mesh_is_refused(flat, tmp_path):
    """One corner moved by hand, or none of the file: another cell."""
    part = cut(flat.path, 6, tmp_path / "part")
    lines = (part / MESH).read_text().splitlines()
    at = lines.index("$Nodes") + 12
    number, x, y, z = lines[at].split()
    lines[at] = " ".join([number, str(float(x) + 1e-9), y, z])
    (part / MESH).write_text("\n".join(lines) + "\n")
    with refused(RunError, "changed-key", "domain.mesh"):
        runner.restart(part)
    (part / MESH).unlink()
    with refused(DeckError, "domain.mesh", f'"{MESH}"'):
        runner.restart(part)


def test_pictures(curved, flat, tmp_path):
    """A sheet, a movie and the curves; a run in a box cannot stand beside it."""
    written = render_runs([curved.path], tmp_path)
    assert [path.name for path in written] == ["curved.png", "curved.mp4", "curved_history.png"]
    picture = matplotlib.image.imread(written[0])
    electrode = np.all(np.abs(picture[..., :3] - np.array([0x6A, 0x5F, 0x57]) / 255) < 0.01, axis=-1)
    assert electrode.mean() > 0.01, "the bump is drawn"
    grid = to_pyvista(curved.snapshot(-1))
    assert grid.n_cells == curved.manifest["cells"] and grid.celltypes.max() == 5


def test_box_beside_a_mesh(flat, tmp_path):
    """Their pictures have no panel in common."""
    box = shutil.copytree(flat.path, tmp_path / "box")
    resolved = json.loads((box / "resolved.json").read_text())
    del resolved["sha256"], resolved["deck"]["domain"]["mesh"]
    (box / "resolved.json").write_text(json.dumps(resolved))
    with refused(RunError, "mixed-runs", "on_a_mesh", "box"):
        render_runs([flat.path, box], tmp_path / "pictures")


def test_several_ranks_are_refused(tmp_path):
    """One line, and nothing written."""
    deck = meshes.flat_deck(tmp_path)
    done = mpirun(2, ["-m", "phasefield", "run", deck, "-o", tmp_path / "run"])
    assert done.returncode == 2
    (line,) = [line for line in done.stdout.splitlines() if "error" in line]
    assert line.startswith("error: ") and "mesh" in line and re.findall(r"\d+", line) == ["2"]
    assert not (tmp_path / "run").exists()


def test_log_says_which_engine(flat):
    """`auto` falls back, and says so once."""
    told = [line for line in (flat.path / "run.log").read_text().splitlines() if "FiPy engine" in line]
    assert len(told) == 1 and "boxes, not for meshes" in told[0]
    assert open_run(flat.path).manifest["engine"] == "fipy"


def test_command_line_ends_with_2(tmp_path):
    """A deck whose geometry is missing: one line, exit code 2, no run directory."""
    deck = meshes.flat_deck(tmp_path)
    (tmp_path / "flat.geo").unlink()
    command = [sys.executable, "-m", "phasefield", "run", deck, "-o", tmp_path / "run"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and not (tmp_path / "run").exists()
    geometry = tmp_path / "flat.geo"
    assert done.stderr.startswith(f"error: {deck}:5: domain.mesh") and str(geometry) in done.stderr
    assert done.stderr.count("\n") == 1

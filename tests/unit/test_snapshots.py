"""Snapshot files are VTKHDF that other programs read: axes, units, times and values in their place."""

import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

from phasefield.io.rundir import FIELDS, RESOLVED, open_run
from tests.parallel.pool import on_ranks

#: The value encodes the position: 100 i + 10 j + k, plus 1000 times the number of the snapshot.
WRITE = """
import json, sys
from pathlib import Path
import numpy as np
from phasefield.engines.grid import Grid
from phasefield.io.snapshots import SnapshotFile

shape = tuple(json.loads(sys.argv[1]))
grid = Grid(shape, (1e-6,) * len(shape))
index = np.indices(shape)
place = sum(10.0 ** (2 - axis) * i for axis, i in enumerate(index)).T[grid.box.place]
file = SnapshotFile(Path(sys.argv[2]), grid, [0.5e-6, 0.25e-6, 0.125e-6][:len(shape)])
file.labels = {"film": ("Film", "A/m2"), "absent": ("Absent", "V")}
for number, time in enumerate((0.0, 2.5, 10.0)):
    file.append(time, {"xi": place + 1000 * number, "film": 0 * place + 7})
"""

READ = """
import json, sys
import pyvista
reader = pyvista.get_reader(sys.argv[1])
vtk, times = reader.reader, []  # pyvista's own reader of these files knows no times yet
vtk.UpdateInformation()
for step in range(vtk.GetNumberOfSteps()):
    vtk.SetStep(step)
    mesh = reader.read()
    times.append(vtk.GetTimeValue())
found = {"times": times}
found |= {"cells": [n - 1 for n in mesh.dimensions], "spacing": mesh.spacing, "origin": mesh.origin,
          "names": sorted(mesh.cell_data.keys()), "xi": mesh.cell_data["xi"].tolist(),
          "centre": mesh.cell_centers().points[1].tolist()}
print(json.dumps(found))
"""


def place(shape):
    """The same on axes (x, y, z)."""
    return sum(10.0 ** (2 - axis) * i for axis, i in enumerate(np.indices(shape)))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Run directory with the snapshots of a shape, written by two ranks."""
    made = {}

    def get(shape):
        if shape not in made:
            folder = tmp_path_factory.mktemp("snapshots")
            (folder / "write.py").write_text(WRITE)
            result = on_ranks(2, [folder / "write.py", json.dumps(shape), folder / FIELDS], timeout=60)
            assert result.returncode == 0, result.stdout
            (folder / RESOLVED).write_text(json.dumps({"deck": {"domain": {"dimension": len(shape)}}}))
            made[shape] = folder
        return made[shape]

    return get


@pytest.mark.parametrize("shape", [(6,), (3, 6), (3, 4, 6)])
def test_pyvista_reads_what_was_written(written, shape):
    """In a process of its own: VTK and h5py may bring different HDF5 libraries."""
    call = [sys.executable, "-c", READ, str(written(shape) / FIELDS)]
    result = subprocess.run(call, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["times"] == [0.0, 2.5, 10.0]
    assert found["cells"] == [*shape, *[1] * (3 - len(shape))]
    assert found["spacing"][: len(shape)] == [0.5, 0.25, 0.125][: len(shape)]  # micrometres
    assert found["origin"] == [0.0, 0.0, 0.0]
    assert found["names"] == ["film", "xi"]
    assert np.array_equal(found["xi"], (place(shape) + 2000).ravel(order="F"))  # VTK runs through x first
    assert found["centre"][0] == pytest.approx(0.75)


@pytest.mark.parametrize("shape", [(6,), (3, 6), (3, 4, 6)])
def test_open_run_reads_what_was_written(written, shape):
    run = open_run(written(shape))
    assert np.array_equal(run.times, [0.0, 2.5, 10.0])
    for index, time in enumerate(run.times):
        snapshot = run.snapshot(index)
        assert snapshot.time == time
        assert snapshot.spacing == (0.5, 0.25, 0.125)[: len(shape)]
        assert np.array_equal(snapshot["xi"], place(shape) + 1000 * index)
        assert np.all(snapshot["film"] == 7)


def test_labels_are_attributes(written):
    """Of the fields that have them, with units as Pint reads them."""
    with h5py.File(written((6,)) / FIELDS) as file:
        cells = file["VTKHDF/CellData"]
        about = {name: {key: cells[name].attrs[key] for key in ("long_name", "units") if key in cells[name].attrs}
                 for name in cells}  # fmt: skip
    assert about == {"xi": {}, "film": {"long_name": "Film", "units": "A/m^2"}}

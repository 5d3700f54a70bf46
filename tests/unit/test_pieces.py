"""Which cells belong to isolated pieces of lithium, on boxes cut into parts and on triangles."""

import numpy as np
import pytest
from mpi4py import MPI

from phasefield.deck import parse_deck
from phasefield.engines.grid import Grid
from phasefield.engines.unstructured import CellGrid, fipy_mesh
from phasefield.physics.plating.pieces import isolated, potential_around
from phasefield.physics.registry import build
from tests.parallel.pool import on_ranks
from tests.unit.test_triangles import fan

#: Cells of half a width; each row a layer, the top one first. Digits are ξ in tenths, * is 1.
CELL = 0.5


def read(picture):
    return np.array([[1.0 if c == "*" else float(c) / 10 for c in row] for row in picture.split()[::-1]])


def found(picture):
    ξ = read(picture)
    return isolated(ξ, Grid(ξ.shape[::-1], (CELL, CELL), MPI.COMM_SELF))


def test_nearest():
    """Two pieces, numbered from the bottom: each cell belongs to the lithium to which it is nearest along the axes."""
    ξ = read("00000000 0**00000 00000000 00000000 000000*0 00000000 00000000 00000000 ********")
    labels = isolated(ξ, Grid(ξ.shape[::-1], (CELL, CELL), MPI.COMM_SELF))
    z, x = np.indices(ξ.shape)
    away = np.array([
        z, np.abs(x - 6) + np.abs(z - 4), np.minimum(np.abs(x - 1), np.abs(x - 2)) + np.abs(z - 7),
    ])  # fmt: skip
    clear = np.sort(away, axis=0)[0] < np.sort(away, axis=0)[1]
    assert clear.sum() > 50 and (labels == away.argmin(axis=0))[clear].all()


@pytest.mark.parametrize(
    ("picture", "number"),
    [
        ("00000 0***0 00000 00000 00000 *****", 1),
        ("00000 0***0 00000 00000 00000 00000", 1),  # nothing on the collector
        ("00000 0***0 0*000 0*000 0*000 *****", 0),
        ("00000 0***0 05000 05000 05000 *****", 0),
        ("00000 0***0 04000 05000 05000 *****", 1),
        ("00000 06660 00000 00000 00000 *****", 0),  # thinner than half a width
        ("00000 06760 00000 00000 00000 *****", 1),
        ("00000 00000 0***0 00000 00000 00000", 0),  # the collector is less than a width below it: not resolved
    ],
)
def test_what_counts(picture, number):
    assert found(picture).max() == number


def test_left_on_the_collector():
    """A film thinner than ½ on the collector is the collector's, up to half the gap."""
    labels = found("00000 0***0 00000 00000 00000 00000 33333")
    assert labels[:, 2].tolist() == [0, 0, 0, 1, 1, 1, 1]


IN_PARALLEL = """
import numpy as np
from mpi4py import MPI
from phasefield.engines.grid import Grid
from phasefield.physics.plating.pieces import isolated

rng = np.random.default_rng(3)
for shape in ((24, 20), (10, 12, 14)):
    for _ in range(20):
        xi = np.clip(rng.random(shape[::-1]) + 0.05, 0, 1)
        whole = isolated(xi, Grid(shape, (0.5,) * len(shape), MPI.COMM_SELF))
        grid = Grid(shape, (0.5,) * len(shape))
        held = tuple(slice(a, b) for a, b in grid.box.ghosted[::-1])
        assert np.array_equal(isolated(xi[held].copy(), grid), whole[held])
        number = whole.max()
        sums = np.bincount(whole.ravel(), xi.ravel(), number + 1)[1:]
        assert number > 1 and np.allclose(grid.sums(grid.box.own(xi[held]), whole[held], number), sums, rtol=1e-12)
"""


@pytest.mark.parametrize("ranks", [1, 2, 3, 4])
def test_any_number_of_ranks(ranks, tmp_path):
    (tmp_path / "pieces.py").write_text(IN_PARALLEL)
    result = on_ranks(ranks, tmp_path / "pieces.py", timeout=60)
    assert result.returncode == 0, result.stdout


def test_sums_on_cells_of_different_sizes():
    grid = Grid((2, 3), (0.5, (1.0, 2.0, 4.0)), MPI.COMM_SELF)
    groups = np.array([[1, 0], [1, 2], [0, 2]])
    assert grid.sums(np.full((3, 2), 3.0), groups, 2) == pytest.approx([4.5, 9.0])
    assert grid.finest == 0.5


def test_on_triangles():
    """A ring around the electrode is connected; an arc outside of it is a piece, with the cells nearest to it."""
    mesh = fipy_mesh(fan())
    grid, radius = CellGrid(mesh), np.hypot(*mesh.cellCenters.value)
    inner, outer = radius.min(), radius.max()
    near, middle, far = inner + 0.2 * (outer - inner), inner + 0.6 * (outer - inner), inner + 0.8 * (outer - inner)
    arc = (radius > middle) & (radius < far)
    ξ = np.where((radius < near) | arc, 1.0, 0.0)
    assert (grid.pieces(ξ > 0.5) == arc).all()
    labels = isolated(ξ, grid)
    assert labels[arc].all() and not labels[radius < near].any()
    areas = np.asarray(mesh.cellVolumes)
    assert grid.sums(ξ, arc.astype(int), 1) == pytest.approx([areas[arc].sum()])


def test_first_guess():
    """The mean of φ over the surface, weighted by ξ(1 − ξ)."""
    fields = {"xi": np.array([1.02, 0.5, 0.1]), "phi": np.array([9.0, 2.0, 1.0])}
    values, weights = potential_around(fields)
    assert np.sum(values * weights) / np.sum(weights) == pytest.approx((0.25 * 2 + 0.09 * 1) / 0.34)


def test_connected_lithium_is_what_can_be_used_up():
    """However much lithium is isolated."""
    case = build(parse_deck("\n".join([
        "[domain]", "dimension = 1", 'size = ["30 um"]', 'cell_size = "0.5 um"', "[interface]", 'width = "3 um"',
        "[electrolyte]", 'transport = "single-ion"', 'conductivity = "0.1 mS/cm"', "[kinetics]",
        'exchange_current_density = "1 mA/cm^2"', "[front]", 'height = "5 um"', "[[drive.steps]]",
        'mode = "galvanostatic"', 'current_density = "-1 mA/cm^2"', 'duration = "1 h"',
    ])))  # fmt: skip
    row = {"Mean thickness": 5e-6, "Connected lithium": 4e-9, "Isolated lithium": 5e-6, "Current density": -10.0}
    assert case.used_up.beyond(row) < 0 < case.used_up.beyond(row | {"Connected lithium": 2e-9})
    assert case.largest_after(row) < 0.1 * case.largest_after(row | {"Connected lithium": 5e-6})

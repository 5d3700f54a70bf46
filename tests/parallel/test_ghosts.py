"""Ghost cells have what the cells have that they copy, across faces, edges and corners; PETSc's DMDA has the same."""

import pytest

from tests.parallel.pool import on_ranks

PROGRAM = """
import numpy as np
from mpi4py import MPI
from phasefield.engines.grid import Grid

for cuts, periodic in {cases}:
    shape = tuple(2 + 3 * n for n in cuts)
    parts = [[2 + 3 * n - 3 * (n - 1), *(3,) * (n - 1)] for n in cuts]
    grid = Grid(shape, [1.0] * len(shape), parts=parts, periodic=periodic)
    box = grid.box
    pairs = lambda ranges: tuple((int(a), int(b)) for a, b in ranges)
    assert box.owned == pairs(grid.da.getRanges()), (cuts, box.owned)
    assert box.ghosted == pairs(grid.da.getGhostRanges()), (cuts, box.ghosted)
    where = np.meshgrid(*(np.arange(*ends) % n for ends, n in zip(box.ghosted, shape)), indexing="ij")
    expected = sum(w * 100.0**k for k, w in enumerate(where)).T
    for kind in (float, np.float32, int):
        held = np.full(box.ghosted_shape, -1, kind)
        box.own(held)[...] = box.own(expected)
        grid.renew(held.reshape(-1))
        assert np.array_equal(held, expected.astype(kind)), (cuts, periodic, grid.comm.rank)
print("renewed")
"""
CASES = {
    1: [((1,), ""), ((1,), "x"), ((1, 1), "y"), ((1, 1, 1), "xz")],
    2: [((2,), ""), ((2,), "x"), ((1, 2), "x"), ((2, 1), "xy"), ((1, 1, 2), "z"), ((2, 1, 1), "")],
    3: [((3,), "x"), ((3, 1), ""), ((1, 3, 1), "xy")],
    4: [((2, 2), ""), ((2, 2), "xy"), ((2, 2, 1), "y"), ((2, 1, 2), "xz"), ((1, 1, 4), "z")],
}


@pytest.mark.parametrize("ranks", CASES)
def test_ghosts_are_copies(tmp_path, ranks):
    """Numbers of all cells, in arrays of any type; axes cut and not, periodic and not."""
    (tmp_path / "ghosts.py").write_text(PROGRAM.format(cases=CASES[ranks]))
    done = on_ranks(ranks, tmp_path / "ghosts.py")
    assert done.returncode == 0 and done.stdout.count("renewed") == ranks, done.stdout

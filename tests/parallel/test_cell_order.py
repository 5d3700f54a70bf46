"""Whatever boxes a grid is cut into, files have its cells in one order."""

import pytest

from tests.parallel.pool import on_ranks

PROGRAM = """
import numpy as np
from mpi4py import MPI
from phasefield.engines.grid import Grid

for cuts in {cuts}:
    shape = tuple(2 + 3 * n for n in cuts)
    parts = [[2 + 3 * n - 3 * (n - 1), *(3,) * (n - 1)] for n in cuts]
    grid = Grid(shape, [1.0] * len(shape), parts=parts)
    x = grid.box.centres()
    first, piece = grid.in_order(grid.box.own(sum(x * 100.0**k for k, x in enumerate(x))))
    cells = np.indices(shape[::-1]).reshape(len(shape), -1)[::-1] + 0.5
    expected = sum(x * 100.0**k for k, x in enumerate(cells))
    assert piece.size == np.prod(grid.box.owned_shape)
    assert np.array_equal(piece, expected[first : first + piece.size]), (cuts, grid.comm.rank)
print("in order")
"""


@pytest.mark.parametrize(
    ("ranks", "cuts"),
    [(2, [(2,), (1, 2), (2, 1), (2, 1, 1)]), (3, [(3,), (3, 1), (1, 3, 1)]), (4, [(2, 2), (2, 2, 1), (2, 1, 2)])],
)
def test_cells_are_in_the_order_of_the_whole_grid(tmp_path, ranks, cuts):
    """Cut along any axes; each rank gets a piece of its own, as large as its box."""
    (tmp_path / "order.py").write_text(PROGRAM.format(cuts=cuts))
    done = on_ranks(ranks, tmp_path / "order.py")
    assert done.returncode == 0 and done.stdout.count("in order") == ranks, done.stdout

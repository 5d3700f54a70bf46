"""Lines of current follow the current, keep out of metal, and point where it goes."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver

from phasefield.io.rundir import MeshSnapshot, Snapshot
from phasefield.postprocess.current_lines import LINES, draw_current_lines

CELLS, SIDE = 40, 20.0


def drawn(snapshot, barred):
    """Lines and arrow-heads of a snapshot."""
    axes = Figure().add_subplot()
    draw_current_lines(axes, snapshot, barred)
    lines = [piece for found in axes.collections if type(found) is LineCollection for piece in found.get_segments()]
    heads = next(found for found in axes.collections if isinstance(found, Quiver))
    return lines, heads


def stagnation(x, y):
    """Towards the floor and out to both sides: along its lines, x y stays the same."""
    return {"ix": x, "iy": -y}


def on_grid():
    step = SIDE / CELLS
    x = -SIDE / 2 + step * (np.arange(CELLS) + 0.5)
    y = step * (np.arange(CELLS) + 0.5)
    return Snapshot(0.0, (-SIDE / 2, 0.0), (step, step), stagnation(*np.meshgrid(x, y, indexing="ij")))


def on_mesh():
    """The same box, each cell cut into two triangles."""
    x, y = np.meshgrid(np.linspace(-SIDE / 2, SIDE / 2, CELLS + 1), np.linspace(0, SIDE, CELLS + 1), indexing="ij")
    number = np.arange(x.size).reshape(x.shape)
    a, b, c, d = (part.ravel() for part in (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]))
    corners = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    points = np.column_stack([x.ravel(), y.ravel()])
    return MeshSnapshot(0.0, points, corners, stagnation(*points[corners].mean(axis=1).T))


@pytest.mark.parametrize("make", [on_grid, on_mesh])
def test_lines_follow_the_current(make):
    """Every line keeps x y to 2 % of its largest value; at the rim, fields at corners are those of the cells."""
    snapshot = make()
    lines, heads = drawn(snapshot, np.zeros(snapshot["ix"].shape, dtype=bool))
    long = [line for line in lines if np.ptp(line[:, 1]) > 0.2 * SIDE]
    assert len(long) >= LINES - 4  # those near the walls soon leave
    for x, y in (line.T for line in long):
        inside = (np.abs(x) < 0.47 * SIDE) & (y > 0.03 * SIDE) & (y < 0.97 * SIDE)
        stream = (x * y)[inside]
        assert len(stream) > 2 and np.ptp(stream) < 0.02 * SIDE**2 / 2
    assert np.all(heads.V < 0) and np.all(heads.U * heads.X > 0)


@pytest.mark.parametrize("make", [on_grid, on_mesh])
def test_lines_keep_out_of_metal_and_begin_under_what_is_barred(make):
    """Not more than one cell into it."""
    snapshot = make()
    height = snapshot.centres(1) if make is on_grid else snapshot.centres[:, 1]
    barred = np.broadcast_to((height < 0.4 * SIDE) | (height > 0.8 * SIDE), snapshot["ix"].shape)
    lines, _ = drawn(snapshot, barred)
    y = np.concatenate(lines)[:, 1]
    assert y.min() > 0.4 * SIDE - SIDE / CELLS and y.max() < 0.8 * SIDE + SIDE / CELLS
    assert np.ptp(y) > 0.35 * SIDE


def test_all_metal_has_no_lines():
    snapshot = on_grid()
    axes = Figure().add_subplot()
    draw_current_lines(axes, snapshot, np.ones((CELLS, CELLS), dtype=bool))
    assert not axes.collections

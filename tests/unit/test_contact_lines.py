"""In three dimensions, lines of current end on the patches that carry it."""

import numpy as np
import pytest

from phasefield.io.rundir import Snapshot
from phasefield.postprocess.contact_volume import LINES, current_lines

CELLS, STEP = 20, 0.5


def above_a_patch(radius, sign=1.0):
    """Electrolyte over a round patch in the middle; its current is that of a point sink below the patch."""
    centres = STEP * (np.arange(CELLS) + 0.5)
    x, y, z = np.meshgrid(centres, centres, centres, indexing="ij")
    away = np.stack([x - CELLS * STEP / 2, y - CELLS * STEP / 2, z + radius])
    flux = -sign * away / (away**2).sum(axis=0) ** 1.5
    touching = np.hypot(away[0], away[1]) < radius
    fields = dict(zip(("ix", "iy", "iz"), flux, strict=True))
    fields |= {"current": np.sqrt((flux**2).sum(axis=0)), "coverage": touching.astype(float)}
    return Snapshot(0.0, (0.0, 0.0, 3.0), (STEP,) * 3, fields)


@pytest.mark.parametrize("sign", [1.0, -1.0], ids=["discharge", "charge"])
@pytest.mark.parametrize("radius", [1.0, 3.0])
def test_lines_end_on_the_patch(radius, sign):
    """Each line that begins under the counter electrode ends in the plane of contact, within the patch."""
    lines = current_lines(above_a_patch(radius, sign))
    assert lines.n_cells == LINES**2
    for number in range(lines.n_cells):
        points = lines.points[lines.get_cell(number).point_ids]
        end = points[np.argmin(points[:, 2])]
        assert end[2] == pytest.approx(3.0) and np.array_equal(end, points[-1])
        assert np.hypot(*(end[:2] - CELLS * STEP / 2)) <= radius + STEP
        assert points[0, 2] > 3.0 + (CELLS - 1) * STEP


def test_without_a_patch_there_is_no_line():
    snapshot = above_a_patch(1.0)
    bare = {**snapshot.fields, "coverage": np.zeros((CELLS,) * 3)}
    assert current_lines(Snapshot(0.0, snapshot.origin, snapshot.spacing, bare)).n_cells == 0

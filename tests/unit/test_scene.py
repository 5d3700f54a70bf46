"""Three-dimensional pictures: the box fills its panel."""

import numpy as np
import pytest

from phasefield.io.rundir import Snapshot
from phasefield.postprocess.scene import Scene, aspect_of

BOXES = {"cube": (8, 8, 8), "flat": (10, 10, 3), "tall": (4, 4, 14), "long": (20, 5, 6)}


@pytest.mark.parametrize("cells", BOXES.values(), ids=BOXES)
def test_a_box_fills_its_picture(cells):
    """From edge to edge in both directions, with no more than a tenth left empty on both sides together."""
    xi = np.broadcast_to(np.arange(cells[2]) < cells[2] / 2, cells).astype(float)
    scene = Scene(Snapshot(0.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), {"xi": xi}), 400, aspect_of([cells]))
    scene.box_and_scale_bar(2.0)
    picture, (column, row) = scene.photograph()
    drawn = (picture < 250).any(axis=-1)
    for axis, size in enumerate(picture.shape[:2]):
        places = np.flatnonzero(drawn.any(axis=1 - axis))
        assert np.ptp(places) > 0.9 * size  # the label of the scale bar is drawn later, below it
        assert places[0] > 0 and places[-1] < size - 1
    assert 0 < column < picture.shape[1] and 0 < row < picture.shape[0]


def test_the_picture_suits_the_widest_need():
    """Of several boxes, the one that is tallest for its width counts."""
    assert aspect_of([(4, 4, 2), (4, 4, 8)]) == aspect_of([(4, 4, 8)]) > aspect_of([(4, 4, 2)])

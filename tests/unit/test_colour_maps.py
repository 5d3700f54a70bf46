"""Colour maps of 2-D pictures: between cells they are linear, at every pixel, whatever part of the box they show."""

import numpy as np
import pytest
from matplotlib.colors import Normalize

from phasefield.io.fields import Snapshot
from phasefield.postprocess import style
from phasefield.postprocess.plane import BODY, pixel_map

SPACING, ORIGIN = (0.5, 2.0), (3.0, -1.0)


@pytest.fixture
def tilted():
    """A box of 12 x 8 cells with the values x + 3 y."""
    x, y = (o + (np.arange(n) + 0.5) * h for o, n, h in zip(ORIGIN, (12, 8), SPACING, strict=True))
    return Snapshot(0.0, ORIGIN, SPACING, {"f": x[:, None] + 3 * y})


@pytest.mark.parametrize("rows", [slice(None), slice(2, 7)])
def test_a_plane_is_a_plane_at_every_pixel(tilted, rows):
    """Pixels between the middles of cells lie on x + 3 y, with places from the image's own extent."""
    image = pixel_map(style.Picture().subplots(), tilted, tilted["f"], BODY, Normalize(), rows)
    shown = np.asarray(image.get_array())
    left, right, bottom, top = image.get_extent()
    assert (left, right) == (3.0, 9.0) and (bottom, top) == ((-1.0, 15.0) if rows == slice(None) else (3.0, 13.0))
    x, y = (
        low + (np.arange(n) + 0.5) * (high - low) / n
        for low, high, n in ((left, right, shown.shape[1]), (bottom, top, shown.shape[0]))
    )
    inside = np.ix_((y > bottom + 1) & (y < top - 1), (x > left + 0.25) & (x < right - 0.25))
    assert shown[inside] == pytest.approx((x + 3 * y[:, None])[inside], abs=1e-4)


def test_a_map_has_the_pixels_of_its_axes(tilted):
    """Also if they are fewer than cells; an opacity has the same ones."""
    for dpi in (10, 200, 600):
        axes = style.Picture(dpi=dpi).subplots()
        image = pixel_map(axes, tilted, tilted["f"], BODY, Normalize(), opacity=tilted["f"] > 20)
        assert np.shape(image.get_array()) == pytest.approx((axes.bbox.height, axes.bbox.width), abs=1)
        assert np.shape(image.get_alpha()) == np.shape(image.get_array())
        assert (np.min(image.get_alpha()), np.max(image.get_alpha())) == (0.0, 1.0)

"""Colour bars that stand side by side can be told apart at both ends."""

from itertools import product

import numpy as np
import pytest

from phasefield.postprocess import interphase_volume, style, void_interface, volume
from phasefield.postprocess.plain import COLOURS
from phasefield.postprocess.scene import WALL_OPACITY

#: Least distance of two ends in the CIELAB space; 2 can just be seen side by side, and 20 on opposite sides of a page.
APART = 20.0


def lab(rgb):
    """CIELAB coordinates of an sRGB colour, for daylight D65 (CIE 15:2004, IEC 61966-2-1)."""
    c = np.asarray(rgb)
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ linear / [0.9505, 1.0, 1.089]
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_distance_is_that_of_the_standard():
    """White and black are 100 apart; sRGB's red is at (53.2, 80.1, 67.2)."""
    assert np.linalg.norm(lab((1, 1, 1)) - lab((0, 0, 0))) == pytest.approx(100, abs=0.1)
    assert lab((1, 0, 0)) == pytest.approx([53.2, 80.1, 67.2], abs=0.2)


def ends(colours, opacity=1.0):
    return [lab(opacity * np.array(colours(end)[:3]) + 1 - opacity) for end in (0.0, 1.0)]


QUANTITIES = style.QUANTITIES
SIDE_BY_SIDE = {
    **{
        f"plating in 3-D, {surface} and {walls}": (
            ends(volume.SURFACE_COLOURS[surface]), ends(QUANTITIES[walls].colours, WALL_OPACITY),
        )
        for surface, walls in product(volume.SURFACE_COLOURS, ("c", "current", "phi", "pressure"))
    },
    **{
        f"interphases, {name} and potential": (ends(QUANTITIES[name].colours), ends(QUANTITIES["potential"].colours))
        for name in ("phi_e", "theta", "tension")
    },
    **{
        f"interphases in 3-D, height and {name}": (
            ends(interphase_volume.SURFACE_COLOURS["height"]), ends(QUANTITIES[name].colours),
        )
        for name in ("potential", "phi_e", "phi_i", "tension", "pressure")
    },
    "voids in 3-D": (ends(void_interface.CONTACT), ends(QUANTITIES["current"].colours)),
    "cracks": (ends(QUANTITIES["d"].colours), ends(QUANTITIES["tension"].colours)),
    "contact": (ends(QUANTITIES["content"].colours), ends(style.SURFACE_CURRENT)),
    **{
        f"your own fields {a} and {b}": (ends(COLOURS[a]), ends(COLOURS[b]))
        for a, b in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
    },
}  # fmt: skip


@pytest.mark.parametrize("pair", SIDE_BY_SIDE)
def test_no_end_is_shared(pair):
    for one, other in product(*SIDE_BY_SIDE[pair]):
        assert np.linalg.norm(one - other) > APART

"""The geometry of triangles, and measurements of a deposit on them."""

import numpy as np
import pytest

from phasefield.mesh.level_line import Deposit
from phasefield.mesh.triangles import Triangles, read_triangles
from tests.meshes import SQUARE


def test_square(tmp_path):
    """What is read of four triangles: all counter-clockwise, nodes that none has left out, ends, sizes."""
    (tmp_path / "square.msh").write_text(SQUARE)
    square = read_triangles(tmp_path / "square.msh")
    assert square.areas == pytest.approx([0.25] * 4)
    assert len(square.points) == 5 and square.size == (1.0, 1.0) and square.gap == 1.0
    assert square.length("bottom") == square.length("top") == 1.0
    assert square.heights == pytest.approx(square.centres[:, 1])
    assert square.distance([[0.5, 0.25], [2.0, 0.0], [-3.0, 4.0]]) == pytest.approx([0.25, 1.0, 5.0])


def fan(n=40, rings=60):
    """Half a ring of triangles between radii 1 and 3, the electrode inside."""
    angles, radii = np.linspace(0, np.pi, n + 1), np.linspace(1, 3, rings + 1)
    points = np.array([[r * np.cos(a), r * np.sin(a)] for r in radii for a in angles])
    corner = np.arange((n + 1) * (rings + 1)).reshape(rings + 1, n + 1)
    a, b, c, d = corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]
    corners = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    ends = {end: np.column_stack([row[:-1], row[1:]]) for end, row in (("bottom", corner[0]), ("top", corner[-1]))}
    return Triangles(points, corners, ends)


def test_surface_of_a_ring():
    """ξ = ½ on a half circle of radius 2 around one of radius 1: length 2π to 1 %, height 1 to 0.3 % everywhere."""
    ring = fan()
    xi = 0.5 * (1 - np.tanh(2 * (np.hypot(*ring.centres.T) - 2) / 0.4))
    surface = Deposit(ring).surface(xi)
    assert surface.area == pytest.approx(2 * np.pi, rel=0.01)
    assert surface.highest == pytest.approx(1.0, rel=3e-3)
    assert surface.lowest == pytest.approx(1.0, rel=3e-3)
    assert surface.roughness < 2e-3


def test_roughness_is_along_the_surface():
    """A deposit whose thickness is 1 + 0.1 cos 4θ: a standard deviation of 0.1/√2, to 3 %."""
    ring = fan(160)
    x, y = ring.centres.T
    edge = 2 + 0.1 * np.cos(4 * np.arctan2(y, x))
    surface = Deposit(ring).surface(0.5 * (1 - np.tanh(2 * (np.hypot(x, y) - edge) / 0.4)))
    assert surface.roughness == pytest.approx(0.1 / np.sqrt(2), rel=0.03)
    assert surface.highest - surface.lowest == pytest.approx(0.2, rel=0.03)


def test_short_circuit_and_lithium_ahead():
    """A bridge connects the ends; an island does not, and is seen beyond the front. No lithium is no surface."""
    ring = fan()
    deposit, (x, y) = Deposit(ring), ring.centres.T
    r, bridge = np.hypot(x, y), np.abs(np.arctan2(y, x) - 1.5) < 0.2
    assert deposit.connects(np.where(bridge, 1.0, 0.0))
    assert not deposit.connects(np.where(bridge & ((r < 1.8) | (r > 2.2)), 1.0, 0.0))
    assert deposit.largest_beyond(np.where(r > 2.5, 0.7, 0.0), 1.4) == 0.7
    assert deposit.largest_beyond(np.where(r > 2.5, 0.7, 0.0), 2.0) == 0.0
    bare = deposit.surface(np.zeros(ring.count))
    assert (bare.area, bare.highest, bare.lowest, bare.roughness) == (0, 0, 0, 0)

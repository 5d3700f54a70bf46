"""Measurements of a state, against fronts of known height, length and curvature."""

import numpy as np
import pytest
from mpi4py import MPI
from scipy.integrate import quad

from phasefield.engines.grid import Grid
from phasefield.physics.common import diagnostics
from tests.parallel.pool import on_ranks

SELF = MPI.COMM_SELF
WIDTH = 2.0


def grid(shape, spacing):
    """The whole grid in one box, and the coordinates x, (y,) height on axes (height, …, x)."""
    centres = [(np.arange(n) + 0.5) * h for n, h in zip(shape, spacing, strict=True)]
    mesh = np.meshgrid(*centres[::-1], indexing="ij")
    return Grid(shape, spacing, SELF), mesh[::-1]


def profile(distance):
    return 0.5 * (1 - np.tanh(2 * distance / WIDTH))


@pytest.mark.parametrize("height", [4.0, 4.37, 4.5, 9.99])
@pytest.mark.parametrize("shape", [(50,), (4, 50), (3, 4, 50)])
def test_height_of_a_flat_front_is_exact(shape, height):
    """ξ = ½[1 − tanh(2x/δ_PF)] has ln(ξ/(1 − ξ)) linear in x, so the interpolation makes no error."""
    box, (*_, z) = grid(shape, [0.4] * (len(shape) - 1) + [0.3])
    found = diagnostics.height_map(profile(z - height), box)
    assert found.shape == shape[-2::-1]
    assert found == pytest.approx(np.full(found.shape, height), abs=1e-10)


def test_height_of_each_column():
    box, (x, z) = grid((40, 50), (0.25, 0.3))
    height = 7 + np.sin(x)
    found = diagnostics.height_map(profile(z - height), box)
    assert found == pytest.approx(height[0], abs=1e-10)


def test_height_of_the_topmost_lithium():
    """An island counts; a column without lithium has height 0, a full one the box's."""
    box, (_, z) = grid((3, 10), (1.0, 1.0))
    xi = np.where(z < 3, 1.0, 0.0)
    xi[6, 0] = 1.0
    xi[:, 1], xi[:, 2] = 0.0, 1.0
    island, empty, full = diagnostics.height_map(xi, box)
    assert 6.5 < island < 7.5
    assert (empty, full) == (0.0, 10.0)
    xi[9, 2] = 0.0
    assert diagnostics.height_map(xi, box)[2] == pytest.approx(9.0)


def test_integral_is_thickness():
    """But for the tails that the box cuts off, e^(−4·6/δ_PF) at either end."""
    box, (_, _, z) = grid((4, 5, 60), (0.5, 0.25, 0.2))
    assert box.integral(profile(z - 6.1)) == pytest.approx(6.1, rel=1e-6)


@pytest.mark.parametrize("shape", [(80,), (4, 80), (4, 4, 80)])
def test_area_ratio_of_a_flat_front_is_one(shape):
    box, (*_, z) = grid(shape, [0.25] * len(shape))
    assert diagnostics.area_ratio(profile(z - 9.93), box) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("slope", [0.25, 0.5, 1.0])
def test_area_ratio_of_a_tilted_front(slope):
    """√(1 + slope²) away from the walls; the mirrors at the two ends cost half a cell each of the slope."""
    box, (x, z) = grid((200, 400), (0.125, 0.125))
    found = diagnostics.area_ratio(profile((z - 10 - slope * x) / np.hypot(1, slope)), box)
    assert found == pytest.approx(np.hypot(1, slope), rel=0.01)


def test_area_ratio_of_a_ripple_is_its_arc_length():
    """h = a cos(kx): ∫√(1 + h′²)dx/L, by quadrature."""
    length, amplitude = 25.0, 2.0
    k = 2 * np.pi / length
    box, (x, z) = grid((200, 240), (0.125, 0.125))
    distance = (z - 15 - amplitude * np.cos(k * x)) / np.sqrt(1 + (amplitude * k * np.sin(k * x)) ** 2)
    expected = quad(lambda s: np.sqrt(1 + (amplitude * k * np.sin(k * s)) ** 2), 0, length)[0] / length
    assert diagnostics.area_ratio(profile(distance), box) == pytest.approx(expected, rel=0.005)


@pytest.mark.parametrize("apex", [10.0, 0.0, 20.0])
def test_tip_radius_of_a_parabola(apex):
    """h = −x²/2R; at a wall the mirror makes the other half."""
    x = (np.arange(80) + 0.5) * 0.25
    radius = diagnostics.tip_radius(-((x - apex) ** 2) / (2 * 7.5), (0.25, 0.1), reach=1.0)
    assert radius == pytest.approx(7.5, rel=1e-9 if apex == 10.0 else 0.03)


@pytest.mark.parametrize(("reach", "cells"), [(1.0, 4), (0.1, 2)])
def test_tip_radius_by_least_squares(reach, cells):
    """Of −x⁴ − x³ on both sides of the tip, at least two cells each, by the sums of powers."""
    x = (np.arange(40) - 20) * 0.25
    s0, s2, s4, s6 = (np.sum((np.arange(-cells, cells + 1) * 0.25) ** k) for k in (0, 2, 4, 6))
    curvature = 2 * (s0 * s6 - s2 * s4) / (s0 * s4 - s2**2)
    assert diagnostics.tip_radius(-(x**4) - 0.1 * x**3, (0.25, 0.1), reach) == pytest.approx(1 / curvature)


def test_tip_radius_of_a_sphere():
    """A parabola through a cap of half-width 1 on R = 8 errs by (reach/R)²."""
    x, y = np.meshgrid((np.arange(60) + 0.5) * 0.25, (np.arange(60) + 0.5) * 0.2)
    heights = np.sqrt(np.maximum(8.0**2 - (x - 7.4) ** 2 - (y - 6.1) ** 2, 0.0))
    assert diagnostics.tip_radius(heights, (0.25, 0.2, 0.1), reach=1.0) == pytest.approx(8.0, rel=(1 / 8) ** 2)


def test_tip_radius_takes_the_mean_of_both_curvatures():
    """A ridge along y of radius R has principal curvatures 1/R and 0."""
    x, _ = np.meshgrid((np.arange(60) + 0.5) * 0.25, np.arange(40))
    assert diagnostics.tip_radius(-((x - 7) ** 2) / 10, (0.25, 1.0, 0.1), reach=1.0) == pytest.approx(10.0)


def test_tip_radius_of_a_flat_front():
    assert diagnostics.tip_radius(np.full(20, 3.0), (0.25, 0.1), 1.0) == np.inf
    assert np.isnan(diagnostics.tip_radius(np.array(3.0), (0.1,), 1.0))


def test_largest_ahead():
    """Only what lies further than the distance above its own column's front counts."""
    box, (x, z) = grid((20, 60), (0.5, 0.25))
    height = 5 + 2 * (x > 5)
    xi = np.where(z < height, 1.0, 0.0)
    heights = diagnostics.height_map(xi, box)
    assert diagnostics.largest_ahead(xi, heights, box, 1.5) == 0.0
    xi[40, 3] = 0.2  # 5 above its front
    xi[24, 2] = 0.4  # 1 above its front
    assert diagnostics.largest_ahead(xi, heights, box, 1.5) == 0.2


def test_lithium_ahead_begins_at_the_distance():
    """Cells count by their middle, along the height: 8.375 is not beyond 7 + 1.5, 8.625 is."""
    box, (*_, z) = grid((4, 5, 60), (0.5, 0.4, 0.25))
    xi = np.where(z < 7.0, 1.0, 0.0)
    heights = diagnostics.height_map(xi, box)
    xi[33, 2, 1] = 0.3
    assert diagnostics.largest_ahead(xi, heights, box, 1.5) == 0.0
    xi[34, 3, 2] = 0.2
    assert diagnostics.largest_ahead(xi, heights, box, 1.5) == 0.2


# -- short circuit, on any number of ranks -----------------------------------------------------------------

#: Each row a layer, the top one first; # is lithium.
MAZES = {
    "wire": (True, "..#.. ..#.. ..#.. ..#.. ..#.. ..#.. ..#.. ..#.. ..#.."),
    # up, down again through both cuts between three boxs, and up once more
    "spiral": (True, "#...... #.###.. #.#.#.. #.#.#.. #.#.#.. #.#.#.. #.#.#.. ###.#.. ....#.."),
    "gap": (False, "..#.. ..#.. ..#.. ..#.. ..... ..#.. ..#.. ..#.. ..#.."),
    "corner": (False, "..#.. ..#.. ..#.. ..#.. ...#. ...#. ...#. ...#. ...#."),
    "bottom only": (False, "..... ..#.. ..#.. ..#.. ..#.. ..#.. ..#.. ..#.. #####"),
    "top only": (False, "##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#.. ..#.. ....."),
    "beside": (False, "#.... ....# ....# ....# ....# ....# ....# ....# ....#"),
    "none": (False, "..... ..... ..... ..... ..... ..... ..... ..... ....."),
}

#: Cells of each that nothing connects to the bottom.
ISOLATED = {"wire": 0, "spiral": 0, "gap": 4, "corner": 4, "bottom only": 0, "top only": 12, "beside": 1, "none": 0}


@pytest.mark.parametrize("name", MAZES)
def test_connections(name):
    """Across faces, not corners; what is isolated as a thickness, in cells of 0.5 by 0.2."""
    expected, picture = MAZES[name]
    xi = np.array([[0.5 if cell == "#" else 0.49 for cell in row] for row in picture.split()[::-1]])
    box, _ = grid(xi.shape[::-1], (0.5, 0.2))
    assert diagnostics.short_circuit(xi, box) is expected
    assert diagnostics.isolated(xi, box) == pytest.approx(ISOLATED[name] * 0.2 / xi.shape[1])


IN_PARALLEL = """
import numpy as np
from mpi4py import MPI
from phasefield.physics.common.diagnostics import area_ratio, height_map, largest_ahead, overhang, short_circuit
from phasefield.engines.grid import Grid

for name, (expected, picture) in {mazes!r}.items():
    xi = np.array([[float(cell == "#") for cell in row] for row in picture.split()[::-1]])
    xi = xi.repeat(2, axis=0).repeat(2, axis=1)  # no box may be thinner than the ghost layers
    for parts in {cuts}:
        shape = xi.shape[::-1]
        cuts = parts and [[n // p + (k < n % p) for k in range(p)] for n, p in zip(shape, parts)]
        grid = Grid(shape, (1.0, 1.0), parts=cuts)
        held = tuple(slice(a, b) for a, b in grid.box.ghosted[::-1])
        found = short_circuit(xi[held].copy(), grid)
        assert found is expected, (name, parts, found)
        whole = Grid(shape, (1.0, 1.0), MPI.COMM_SELF)
        assert overhang(xi[held].copy(), grid) == overhang(xi, whole), (name, parts)

rng = np.random.default_rng(1)
surface = 6 + rng.standard_normal((7, 6))
z = (np.arange(36).reshape(-1, 1, 1) + 0.5) * 0.4
xi = 0.5 * (1 - np.tanh(z - surface))
whole = Grid((6, 7, 36), (0.3, 0.2, 0.4), MPI.COMM_SELF)
for parts in (None, [[3, 3], [7], [36]], [[6], [4, 3], [36]]) if MPI.COMM_WORLD.size == 2 else (None,):
    grid = Grid((6, 7, 36), (0.3, 0.2, 0.4), parts=parts)
    held = xi[tuple(slice(a, b) for a, b in grid.box.ghosted[::-1])].copy()
    heights = height_map(held, grid)
    assert np.allclose(heights, surface, atol=1e-10)
    assert np.isclose(area_ratio(held, grid), area_ratio(xi, whole), rtol=1e-12)
    assert np.isclose(grid.integral(grid.box.own(held)), whole.integral(xi), rtol=1e-12)
    assert largest_ahead(held, heights, grid, 1.5) == largest_ahead(xi, heights, whole, 1.5)
"""


@pytest.mark.parametrize(
    ("ranks", "cuts"), [(1, [None]), (2, [None, (2, 1), (1, 2)]), (3, [None, (1, 3)]), (4, [None, (2, 2)])]
)
def test_any_cut_into_boxes_measures_the_same(tmp_path, ranks, cuts):
    """Connections that cross the cuts back and forth, touch one side only, or only by corners."""
    script = tmp_path / "measure.py"
    script.write_text(IN_PARALLEL.format(mazes=MAZES, cuts=cuts))
    result = on_ranks(ranks, script, timeout=60)
    assert result.returncode == 0, result.stdout


def test_peaks_of_a_line():
    """Two peaks of 9 and 7 with a saddle of 4 between them, a shoulder that is none, a maximum at the wall."""
    heights = np.array([3.0, 5.0, 9.0, 4.0, 7.0, 6.0, 6.0, 2.0, 2.5])
    assert diagnostics.peaks(heights) == pytest.approx(np.array([[9.0, 2.0], [7.0, 4.0], [2.5, 2.0]]))


def test_peaks_of_a_plane():
    """Three cones over a floor of 1: two meet at the height of the ridge between them, the third at the floor."""
    x, y = np.meshgrid(np.arange(40.0), np.arange(30.0))
    cones = [(8.0, 10.0, 15.0), (6.0, 20.0, 15.0), (4.0, 33.0, 5.0)]
    heights = np.maximum(1.0, np.max([top - np.hypot(x - a, y - b) for top, a, b in cones], axis=0))
    expected = [[8.0, 1.0], [6.0, 2.0], [4.0, 1.0]]
    assert diagnostics.peaks(heights) == pytest.approx(np.array(expected))
    assert diagnostics.peaks(heights.T) == pytest.approx(np.array(expected))


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        (np.full(9, 5.0), 0),
        (np.array(5.0), 0),
        ([5.0, 6.0, 5.0, 6.5, 5.0], 0),  # bumps of less than two widths
        ([2.0, 9.0, 2.0, 7.0, 2.0], 2),
        ([2.0, 9.0, 8.0, 9.5, 2.0], 1),  # the notch between two of them is too shallow
    ],
)
def test_tips(heights, expected):
    assert diagnostics.tips(np.array(heights), 1.0) == expected


def test_overhang():
    """A bar from wall to wall in the upper half, over 12 of 16 columns that are empty below; 4 hold pillars."""
    box, _ = grid((16, 24), (1.0, 1.0))
    xi = np.zeros((24, 16))
    assert diagnostics.overhang(xi, box) == 0
    xi[:3], xi[14:18], xi[:14, 6:10] = 1.0, 1.0, 1.0
    assert diagnostics.overhang(xi, box) == pytest.approx(12 / 16)

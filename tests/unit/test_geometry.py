"""Geometry as functions of position: noise, fronts, film defects, grain boundaries."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from phasefield.deck import Coating, Front, GrainBoundaries
from phasefield.deck.shapes import LithiumFront
from phasefield.mesh import shapes as geometry

SIZE = (40e-6, 30e-6)


def line(n, length):
    return (np.arange(n) + 0.5) * (length / n)


def plane(n, lengths):
    return np.meshgrid(*[line(n, length) for length in lengths], indexing="ij")


@pytest.mark.parametrize("lengths", [(40.0,), (12.0, 9.0)])
def test_noise_has_its_amplitude(lengths):
    """The root mean square over the box is the amplitude, the mean zero: 1e-9, as cosines are orthogonal."""
    surface = geometry.noise(plane(120, lengths), lengths, 0.3, 1.5, seed=7)
    assert np.sqrt(np.mean(surface**2)) == pytest.approx(0.3, rel=1e-9)
    assert np.mean(surface) == pytest.approx(0.0, abs=1e-12)


def test_noise_correlation():
    """Averaged over 600 seeds, the autocorrelation is exp(−r²/l²) but for the absent mean: 0.05.

    The mean, absent, takes l√π/L from the covariance; the mirrors add half of that to the variance of the
    box, which is what the amplitude fixes.
    """
    n, length, correlation = 400, 40.0, 2.0
    x = [line(n, length)]
    surfaces = np.array([geometry.noise(x, (length,), 1.0, correlation, seed) for seed in range(600)])
    inside = slice(n // 4, n // 2)  # away from the mirrors
    missing = correlation * np.sqrt(np.pi) / length
    for lag in (0, 5, 10, 20, 30, 60):
        moved = slice(inside.start + lag, inside.stop + lag)
        expected = (np.exp(-((lag * length / n / correlation) ** 2)) - missing) / (1 - missing / 2)
        assert np.mean(surfaces[:, inside] * surfaces[:, moved]) == pytest.approx(expected, abs=0.05)


def test_noise_is_isotropic():
    """Averaged over 100 seeds, the autocorrelation at one distance is the same on any ray: 0.05."""
    length, correlation = (20.0, 20.0), 2.0
    surfaces = np.array(
        [geometry.noise(plane(40, length), length, 1.0, correlation, seed) for seed in range(100)]
    )
    here = surfaces[:, 10:20, 10:20]
    along = np.mean(here * surfaces[:, 20:30, 10:20])  # 10 cells
    across = np.mean(here * surfaces[:, 17:27, 17:27])  # 7 √2 cells
    assert along == pytest.approx(across, abs=0.05)


def test_noise_is_the_same_on_any_mesh():
    """The height at a point does not depend on other points: 1e-12; another seed gives another surface."""
    length = (20.0,)
    fine = geometry.noise([line(300, 20.0)], length, 1.0, 2.0, seed=3)
    coarse = geometry.noise([line(100, 20.0)], length, 1.0, 2.0, seed=3)
    np.testing.assert_allclose(fine[1::3], coarse, atol=1e-12)
    assert np.corrcoef(fine, geometry.noise([line(300, 20.0)], length, 1.0, 2.0, seed=4))[0, 1] < 0.5


def test_noise_of_a_box_is_that_of_its_points():
    """Bit for bit, in any order: the table of a box's columns, and points that lie on no grid."""
    lengths = (20.0, 12.0)
    x, y, _ = np.meshgrid(line(30, 20.0), line(20, 12.0), np.arange(4.0), indexing="ij")
    box = geometry.noise([x, y], lengths, 1.0, 2.0, seed=3)
    scattered = np.random.default_rng(1).permutation(x.size)[:25]  # of more lines than points
    at = [x.ravel()[scattered], y.ravel()[scattered]]
    assert box.shape == x.shape and np.ptp(box) > 1
    assert np.array_equal(geometry.noise(at, lengths, 1.0, 2.0, seed=3), box.ravel()[scattered])
    assert np.array_equal(geometry.noise([x.ravel(), y.ravel()], lengths, 1.0, 2.0, seed=3), box.ravel())


def test_noise_is_flat_at_the_walls():
    """The surface meets the mirrors at a right angle: slope below 1e-4 of the typical one."""
    surface = geometry.noise([np.array([0.0, 1e-6, 20 - 1e-6, 20.0])], (20.0,), 1.0, 2.0, seed=1)
    assert abs(surface[1] - surface[0]) / 1e-6 < 1e-4
    assert abs(surface[3] - surface[2]) / 1e-6 < 1e-4


def front(**parts):
    return Front.model_validate({"height": "10 um"} | parts)


def test_flat_front():
    """The distance is the height above the front, negative in the lithium."""
    distance = geometry.front_distance(front(), SIZE)
    np.testing.assert_allclose(
        distance([np.zeros(3), np.array([5e-6, 10e-6, 12e-6])]), [-5e-6, 0, 2e-6], atol=1e-18
    )


def test_front_in_one_dimension():
    distance = geometry.front_distance(front(), (30e-6,))
    np.testing.assert_allclose(distance([np.array([4e-6, 12e-6])]), [-6e-6, 2e-6], atol=1e-18)


def test_ripple():
    """On a slope the distance is taken across the surface: z − h over √(1 + h′²); 0 on the surface."""
    ripple = front(cosines=[{"amplitude": "2 um", "wavelength": "40 um"}])
    distance = geometry.front_distance(ripple, SIZE)
    x, k = np.linspace(0, 40e-6, 9), 2 * np.pi / 40e-6
    height, slope = 10e-6 + 2e-6 * np.cos(k * x), -2e-6 * k * np.sin(k * x)
    np.testing.assert_allclose(distance([x, height]), 0.0, atol=1e-18)
    np.testing.assert_allclose(distance([x, height + 1e-6]), 1e-6 / np.sqrt(1 + slope**2), rtol=1e-5)


def test_bump_and_seed():
    """A bump has its height and falls to 1/e at half its width; a seed is a hemisphere on the flat."""
    bump = geometry.front_distance(
        front(bumps=[{"position": ["20 um"], "height": "3 um", "width": "4 um"}]), SIZE
    )
    tops = [np.array([20e-6, 22e-6]), 10e-6 + np.array([3e-6, 3e-6 / np.e])]
    np.testing.assert_allclose(bump(tops), 0.0, atol=1e-12)
    seed = geometry.front_distance(front(seeds=[{"position": ["20 um"], "radius": "5 um"}]), SIZE)
    angle = np.linspace(0.1, np.pi - 0.1, 7)
    for extra in (0.0, 1e-6):
        r = 5e-6 + extra
        around = [20e-6 + r * np.cos(angle), 10e-6 + r * np.sin(angle)]
        np.testing.assert_allclose(seed(around), np.minimum(extra, r * np.sin(angle)), atol=1e-17)


def test_spheres():
    """Anywhere in the box, in 3-D too; the nearest lithium counts, and the highest is the front's rise."""
    ball = {"position": ["4 um", "5 um", "20 um"], "radius": "3 um"}
    found = LithiumFront.model_validate({"height": "10 um", "spheres": [ball]})
    assert found.rise == pytest.approx(13e-6) and found.fall == 0.0
    distance = geometry.front_distance(found, (8e-6, 9e-6, 40e-6))
    points = np.array([[4, 5, 20], [4, 5, 24], [7, 9, 20], [4, 5, 16], [4, 5, 12]]).T * 1e-6
    np.testing.assert_allclose(distance(list(points)), np.array([-3, 1, 2, 1, 2]) * 1e-6, atol=1e-17)
    low = ball | {"position": ["4 um", "5 um", "6 um"]}
    assert LithiumFront.model_validate({"height": "10 um", "spheres": [low]}).rise == 0.0


def test_film_defects():
    """The film is whole far from a defect, absent inside it, half at its rim; defects multiply."""
    coating = Coating.model_validate(
        {"thickness": "10 nm", "conductivity": "1e-6 S/m",
         "defects": [{"position": ["10 um"], "width": "4 um"}, {"position": ["30 um"], "width": "2 um"}]}
    )  # fmt: skip
    coverage = geometry.film_coverage(coating, SIZE, edge=0.25e-6)
    x = np.array([10e-6, 12e-6, 8e-6, 20e-6, 30e-6, 31e-6])
    np.testing.assert_allclose(coverage([x, np.zeros(6)]), [0, 0.5, 0.5, 1, 0, 0.5], atol=1e-3)


def test_random_defects():
    """The requested number, inside the box, the same for the same seed."""

    def positions(seed):
        random = {"number": 25, "width": "1 um", "seed": seed}
        coating = {"thickness": "10 nm", "conductivity": "1e-6 S/m", "random_defects": random}
        return geometry.defect_positions(Coating.model_validate(coating), (*SIZE, 50e-6))

    defects = positions(1)
    assert len(defects) == 25 and defects == positions(1) and defects != positions(2)
    assert all(0 <= p < size for point, _ in defects for p, size in zip(point, SIZE, strict=True))
    assert {width for _, width in defects} == {1e-6}


def test_planes():
    """exp(−(2d/width)²) of the distance to the nearest plane, whatever the length of its normal."""
    pattern = GrainBoundaries.model_validate(
        {"pattern": "planes", "width": "2 um",
         "planes": [{"point": ["10 um", "0 um"], "normal": [5.0, 0.0]},
                    {"point": ["0 um", "20 um"], "normal": [0, -2]}]}
    )  # fmt: skip
    weight = geometry.grain_boundaries(pattern, SIZE)
    x, z = np.array([10e-6, 11e-6, 30e-6, 30e-6]), np.array([5e-6, 5e-6, 20e-6, 22e-6])
    np.testing.assert_allclose(weight([x, z]), np.exp([0, -1, 0, -4]), rtol=1e-9)


def test_voronoi():
    """The weight is largest where two grains are equally near; these places are found by brute force.

    Across a boundary the nearest grain changes; there the weight exceeds exp(−(2h/width)²) at distance h.
    Far inside a grain it vanishes. Equal bits for any set of points.
    """
    pattern = GrainBoundaries.model_validate({"pattern": "voronoi", "grains": 9, "seed": 5, "width": "1 um"})
    weight = geometry.grain_boundaries(pattern, SIZE)
    n = 400
    x, z = plane(n, SIZE)
    w = weight([x, z])
    sites = geometry._rng(5, geometry._GRAINS).random((9, 2)) * SIZE
    nearest = cKDTree(sites).query(np.stack([x, z], -1))[1]
    changes, h = nearest[1:] != nearest[:-1], SIZE[0] / n
    assert np.all(np.maximum(w[1:], w[:-1])[changes] > np.exp(-((2 * h / 1e-6) ** 2)))
    assert set(np.unique(nearest)) == set(range(9))
    assert np.all((w >= 0) & (w <= 1))
    np.testing.assert_array_equal(weight([x[::7, ::5], z[::7, ::5]]), w[::7, ::5])
    lead = cKDTree(sites).query(np.stack([x, z], -1), k=2)[0] @ [-1, 1]  # of the nearest grain over the next
    assert w.flat[np.argmax(lead)] < 1e-6


@pytest.mark.parametrize("size", [(20e-6, 30e-6), (8e-6, 30e-6, 12e-6)])
def test_the_nearest_boundary_of_a_voronoi_pattern(size):
    """exp(−(2d/width)²) with d the least distance to the bisectors between the nearest grain and all others."""
    pattern = GrainBoundaries.model_validate({"pattern": "voronoi", "grains": 40, "seed": 3, "width": "4 um"})
    points = np.random.default_rng(1).random((500, len(size))) * size
    sites = geometry._rng(3, geometry._GRAINS).random((40, len(size))) * size
    wanted = []
    for point in points:
        order = np.argsort(np.linalg.norm(sites - point, axis=1))
        nearest, others = sites[order[0]], sites[order[1:]]
        normal = (others - nearest) / np.linalg.norm(others - nearest, axis=1)[:, None]
        away = np.sum((0.5 * (others + nearest) - point) * normal, axis=1)
        wanted.append(np.exp(-((2 * np.min(away) / 4e-6) ** 2)))
    np.testing.assert_allclose(geometry.grain_boundaries(pattern, size)(points.T), wanted, rtol=1e-9)


BOX = (40e-6, 24e-6, 30e-6)


def anywhere(seed=1):
    """Points of the box."""
    return list(np.random.default_rng(seed).uniform(0, 1, (3, 50)) * np.array(BOX)[:, None])


def film(**parts):
    return Coating.model_validate({"thickness": "10 nm", "conductivity": "1e-6 S/m"} | parts)


def test_thickness_of_a_film():
    """Even; linear along the first axis; rough by a noise of its own, whatever else has the same seed."""
    x, y, z = anywhere()
    even = geometry.film_thickness(film(), BOX)([x, y, z])
    assert even.shape == z.shape and (even == 10e-9).all()
    graded = geometry.film_thickness(film(far_thickness="30 nm"), BOX)([x, y, z])
    np.testing.assert_allclose(graded, 10e-9 + 20e-9 * x / 40e-6, rtol=1e-12)
    roughness = {"amplitude": "1 nm", "correlation_length": "4 um", "seed": 3}
    rough = geometry.film_thickness(film(far_thickness="30 nm", roughness=roughness), BOX)([x, y, z])
    wave = geometry.noise([x, y], BOX[:2], 1e-9, 4e-6, 3, purpose=4)
    np.testing.assert_allclose(rough - graded, wave, atol=1e-18)
    assert np.abs(wave - geometry.noise([x, y], BOX[:2], 1e-9, 4e-6, 3)).max() > 1e-10


def test_rough_front_in_three_dimensions():
    """z − h over √(1 + |∇h|²), h by cosines along both axes, a bump and the noise of the front; slopes by hand."""
    x, y, z = anywhere()
    cosines = [{"amplitude": "1 um", "wavelength": "40 um"}, {"amplitude": "0.5 um", "wavelength": "12 um", "axis": 1}]
    bump = {"position": ["20 um", "10 um"], "height": "3 um", "width": "8 um"}
    distance = geometry.front_distance(front(cosines=cosines, bumps=[bump]), BOX)([x, y, z])
    k, q = 2 * np.pi / 40e-6, 2 * np.pi / 12e-6
    peak = 3e-6 * np.exp(-((x - 20e-6) ** 2 + (y - 10e-6) ** 2) / 4e-6**2)
    h = 10e-6 + 1e-6 * np.cos(k * x) + 0.5e-6 * np.cos(q * y) + peak
    along = -1e-6 * k * np.sin(k * x) - 2 * (x - 20e-6) / 4e-6**2 * peak
    across = -0.5e-6 * q * np.sin(q * y) - 2 * (y - 10e-6) / 4e-6**2 * peak
    np.testing.assert_allclose(distance, (z - h) / np.sqrt(1 + along**2 + across**2), rtol=1e-4)
    waves = {"amplitude": "0.1 um", "correlation_length": "9 um", "seed": 3}
    rough = geometry.front_distance(front(noise=waves), BOX)
    surface = 10e-6 + geometry.noise([x, y], BOX[:2], 0.1e-6, 9e-6, 3)
    np.testing.assert_allclose(rough([x, y, surface]), 0.0, atol=1e-18)


def test_cracks():
    """½[1 + tanh 2(d − w/2)/edge] of the distance to the line between two points, beyond its ends to these."""
    x, y, z = anywhere()
    start, end, point = np.array([8e-6, 4e-6]), np.array([30e-6, 18e-6]), np.array([35e-6, 5e-6])
    cracks = [{"start": ["8 um", "4 um"], "end": ["30 um", "18 um"], "width": "4 um"},
              {"start": ["35 um", "5 um"], "end": ["35 um", "5 um"], "width": "3 um"}]  # fmt: skip
    found = geometry.film_coverage(film(cracks=cracks), BOX, edge=2e-6)([x, y, z])
    expected = np.ones(50)
    for k, place in enumerate(np.stack([x, y], -1)):
        line, ends = end - start, [np.linalg.norm(place - start), np.linalg.norm(place - end)]
        beside = (place - start) @ line > 0 > (place - end) @ line
        nearest = abs(line[0] * (place - start)[1] - line[1] * (place - start)[0]) / np.linalg.norm(line)
        for d, width in ((nearest if beside else min(ends), 4e-6), (np.linalg.norm(place - point), 3e-6)):
            expected[k] *= (1 + np.tanh((d - width / 2) / 1e-6)) / 2
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert 0.1 < found.mean() < 0.95

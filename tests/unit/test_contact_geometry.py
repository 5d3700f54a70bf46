"""Patches and the plane they lie on: areas, seeds, refusals."""

import math

import numpy as np
import pytest

from phasefield.errors import PhasefieldError
from phasefield.physics.contact import geometry
from tests.errors import refused


def plane(size, cell):
    x, y = (cell * (np.arange(round(s / cell)) + 0.5) for s in size)
    return [g.ravel() for g in np.meshgrid(x, y)] + [np.zeros(len(x) * len(y))]


def test_coverage_has_the_discs_area():
    """Six discs of ten cells' radius cover what their area says, wherever they lie. 1 %."""
    patches = geometry.scatter(6, 1.0, (9.0, 8.0), seed=5)
    covered = geometry.coverage(patches, 0.1)(plane((9.0, 8.0), 0.1))
    assert covered.mean() == pytest.approx(6 * math.pi / 72, rel=0.01)
    assert covered.min() == 0.0 and covered.max() == 1.0


@pytest.mark.parametrize("size", [(10.0,), (10.0, 10.0)])
def test_scattered_patches_lie_apart_and_whole(size):
    """No two overlap, none is cut by a wall; the seed alone decides; more of them keep the first ones' places."""
    patches = geometry.scatter(4, 0.8, size, seed=1)
    centres = np.array([p.position for p in patches])
    distances = np.linalg.norm(centres[:, None] - centres[None], axis=-1)[np.triu_indices(4, 1)]
    assert distances.min() >= 1.6
    assert np.all((centres >= 0.8) & (centres <= 9.2))
    assert geometry.scatter(4, 0.8, size, seed=1) == patches != geometry.scatter(4, 0.8, size, seed=2)
    assert geometry.scatter(3, 0.8, size, seed=1) == patches[:3]


def test_scattered_patches_come_close():
    """Of twenty in a plane of a hundred, two almost touch: no more room is kept between them than they need."""
    centres = np.array([p.position for p in geometry.scatter(20, 0.8, (10.0, 10.0), seed=1)])
    distances = np.linalg.norm(centres[:, None] - centres[None], axis=-1)[np.triu_indices(20, 1)]
    assert 1.6 <= distances.min() < 1.65


def test_number_of_patches():
    """As many as come nearest to the contact fraction: discs on an area, strips on a line."""
    assert geometry.patch_number(0.2, 1.5, (20.0, 20.0)) == round(0.2 * 400 / math.pi / 2.25)
    assert geometry.patch_number(0.3, 0.5, (10.0,)) == 3


def test_a_patch_as_wide_as_the_plane():
    """It fits, in the middle."""
    (patch,) = geometry.scatter(1, 5.0, (10.0, 10.0), seed=0)
    assert patch.position == pytest.approx((5.0, 5.0))


def test_skin():
    """Down from the plane of contact, along the height."""
    factor = geometry.skin(2.0, 0.5, 0.01)
    z = np.array([1.4, 1.6, 1.9, 2.1])
    assert factor([0 * z, 0 * z + 1.7, z]) == pytest.approx([1.0, 0.01, 0.01, 1.0])


@pytest.mark.parametrize("number, radius", [(40, 1.0), (1, 6.0)])
def test_too_many_patches(number, radius):
    """What does not fit is refused with what did."""
    with refused(PhasefieldError, "", f" {number} ", f"{radius:g}"):
        geometry.scatter(number, radius, (10.0, 10.0), seed=0)


@pytest.mark.parametrize("height, low, high", [(0.25, 0.2, 0.3), (0.01, 0.1, 0.2), (-1.0, 0.1, 0.2)])
def test_plane_off_the_faces(height, low, high):
    """A contact between two planes of faces is refused with the nearest ones; one above the first cell is taken."""
    with refused(PhasefieldError, "", f"{height:g}", "0.1", f"{low:g} and {high:g}"):
        geometry.electrode(height, 0.1)
    electrode = geometry.electrode(0.1, 0.1)
    assert electrode([np.array([0.05, 0.15])]) == pytest.approx([1.0, 0.0])


def test_voids():
    """Lithium on top, its voids in the layer below, the electrolyte further down."""
    disc = geometry.coverage([geometry.Patch((0.0, 0.0), 0.5)], 0.1)
    factor = geometry.voids(disc, 1.0, 0.1)
    inside, outside = np.array([0.05, 0.05, 0.05]), np.array([0.95, 0.95, 0.95])
    z = np.array([0.95, 0.85, 0.75])
    assert factor([inside, inside, z]) == pytest.approx([1e8, 1e8, 1.0])
    assert factor([outside, outside, z]) == pytest.approx([1e8, 1e-8, 1.0])

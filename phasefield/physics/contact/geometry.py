"""Contact between electrode and electrolyte: patches and voids as functions of global coordinates.

Nothing here depends on the rank, and only rims depend on the mesh: a cell that a rim crosses is covered in part.
Coordinates come as one array per axis, the height last; the walls are mirrors, so a patch centred in a corner of the
box is one of a square lattice. All lengths are in the same unit, which is arbitrary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from phasefield.errors import PhasefieldError
from phasefield.mesh.shapes import lateral_distance

#: Seeds are split by purpose, see :mod:`phasefield.mesh.shapes`.
_PATCHES = 4
#: Places tried for one patch before the plane counts as full.
MAX_TRIES = 10_000


@dataclass(frozen=True)
class Patch:
    """A disc of contact (3-D) or a strip (2-D).

    Attributes
    ----------
    position : tuple of float
        Position of its centre on the plane.
    radius : float
        Radius of the disc, or half the width of the strip.
    """

    position: tuple[float, ...]
    radius: float


def electrode(height: float, cell: float) -> Callable:
    """1 in the electrode, which fills the box up to a height; 0 in the electrolyte.

    Raises
    ------
    PhasefieldError
        The height is not a whole number of cells, so no plane of faces is there.
    """
    cells = height / cell
    if cells < 0.5 or abs(cells - round(cells)) > 1e-6:
        low, high = max(math.floor(cells), 1) * cell, (max(math.floor(cells), 1) + 1) * cell
        raise PhasefieldError(
            f"contact height {height:g}: the contact must lie on a plane of cell faces (cell size {cell:g}); "
            f"the nearest are {low:g} and {high:g}"
        )
    return lambda coordinates: np.where(np.asarray(coordinates[-1]) < height, 1.0, 0.0)


def skin(height: float, thickness: float, factor: float) -> Callable:
    """Factor on the diffusivity in a skin of the electrode, down from the plane of contact; 1 elsewhere.

    Parameters
    ----------
    height : float
        Height of the plane of contact.
    thickness : float
        Thickness of the skin.
    factor : float [1]
        Diffusivity in the skin over that in the electrode.
    """

    def of(coordinates):
        z = np.asarray(coordinates[-1])
        return np.where((z < height) & (z > height - thickness), factor, 1.0)

    return of


def rim(patches: Sequence[Patch], cell: float) -> Callable:
    """Distance of a place inside the nearest rim of a patch; negative between the patches.

    Parameters
    ----------
    patches : sequence of Patch
    cell : float
        Lateral cell size.

    Returns
    -------
    callable
        ``rim(coordinates) -> ndarray [cells]``.
    """

    def distance(coordinates):
        lateral = coordinates[:-1]
        return np.max([p.radius - lateral_distance(lateral, p.position) for p in patches], axis=0) / cell

    return distance


def coverage(patches: Sequence[Patch], cell: float) -> Callable:
    """Fraction of a cell's face that patches cover: 1 on them, 0 between them, linear over a cell at their rims.

    Returns
    -------
    callable
        ``coverage(coordinates) -> ndarray [1]``.
    """
    distance = rim(patches, cell)
    return lambda coordinates: np.clip(0.5 + distance(coordinates), 0.0, 1.0)


def patch_number(fraction: float, radius: float, size: Sequence[float]) -> int:
    """Number of patches that gives the contact fraction nearest to the given one."""
    area = math.pi * radius**2 if len(size) == 2 else 2 * radius
    return round(fraction * math.prod(size) / area)


def scatter(number: int, radius: float, size: Sequence[float], seed: int) -> tuple[Patch, ...]:
    """Equal patches at random places, complete and without overlap, by random sequential addition.

    Parameters
    ----------
    number : int
    radius : float
    size : sequence of float
        Lateral size of the box.
    seed : int
        The same seed gives the same patches at any resolution and on any number of ranks.

    Raises
    ------
    PhasefieldError
        No place was found for one more: random discs jam at 0.547 of the plane, strips at 0.748 (Feder, J. Theor. Biol.
        87 (1980) 237, doi:10.1016/0022-5193(80)90358-6; Rényi 1958).
    """
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, _PATCHES])))
    room = np.asarray(size, float) - 2 * radius
    centres = np.empty((0, len(size)))
    for _ in range(number):
        for _ in range(MAX_TRIES if np.all(room >= 0) else 0):
            place = radius + rng.random(len(size)) * room
            if np.all(np.sum((centres - place) ** 2, axis=1) >= (2 * radius) ** 2):
                break
        else:
            raise PhasefieldError(
                f"patches: only {len(centres)} of {number} of radius {radius:g} found room on the plane; "
                "use fewer or smaller ones, another seed, or give their places"
            )
        centres = np.vstack([centres, place])
    return tuple(Patch(tuple(map(float, centre)), radius) for centre in centres)


def voids(contact: Callable, height: float, cell: float, void: float = 1e-8, metal: float = 1e8) -> Callable:
    """Factor on the conductivity where lithium at the top touches the electrolyte through patches only.

    The two topmost layers of cells are lithium, an equipotential; the lower one has voids where there is no contact.

    Parameters
    ----------
    contact : callable
        Coverage, 1 where lithium touches.
    height : float
        Height of the box.
    cell : float
        Cell size along the height.
    void, metal : float [1]
        Conductivities over the electrolyte's, so small and so large that their values do not matter.
    """

    def factor(coordinates):
        below = np.asarray(coordinates[-1]) - height + 0.5 * cell  # 0 in the topmost cells
        gap = np.where(contact(coordinates) > 0.5, metal, void)
        return np.where(below > -0.5 * cell, metal, np.where(below > -1.5 * cell, gap, 1.0))

    return factor

"""Displacements on faces, normal stress in cells, shear stress on edges: the staggered grid, for elastic solids.

The grid is that of F. H. Harlow and J. E. Welch, Physics of Fluids 8, 2182 (1965). The displacement u_k along the axis
k is on the upper face across k of its cell, so that its array is one of cells; the lowest face is a wall. The shear
stress σ_km is on the upper edge of its cell.

Arrays have the axes (last, …, x). A *local* array has the cells owned and one ghost cell at each end of each axis. What
the balance of forces of the owned faces needs has one cell more than the box: at the upper end of each axis for values
in cells, and at the lower ends of the two axes of a shear stress for values on edges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from phasefield.engines.grid import Grid
from phasefield.errors import PhasefieldError

#: All of an axis of an array but its first, its last, or both.
UPPER, LOWER, INNER = slice(1, None), slice(None, -1), slice(1, -1)

Pair = tuple[int, int]


class Staggered:
    """Strain, stress and forces of an elastic solid in a rank's box; its sides are walls without friction.

    Parameters
    ----------
    grid : Grid
        Of equal cells, not periodic.

    Attributes
    ----------
    dim : int
    pairs : list of (int, int)
        The two axes of each shear stress.
    modulus, lame : ndarray
        λ + 2μ and λ in cells.
    edges : dict of ndarray
        Shear modulus on edges, by pair: the geometric mean of four cells, hence 0 at walls.
    moves : list of ndarray
        By axis: 1 on the owned faces across it, 0 on the upper wall.

    Raises
    ------
    PhasefieldError
        The grid is periodic, or its cells differ.
    """

    lame: np.ndarray
    modulus: np.ndarray

    def __init__(self, grid: Grid):
        if grid.box.periodic:
            raise PhasefieldError(f"stress is computed between walls, but this grid is periodic in {grid.box.periodic}")
        self.grid, self.box, self.dim = grid, grid.box, len(grid.box.shape)
        self.h = grid.box.sizes
        self._da = grid.with_direct_neighbours(1, corners=True)
        self._owned, self._local = self._da.createGlobalVec(), self._da.createLocalVec()
        self.pairs: list[Pair] = list(combinations(range(self.dim), 2))
        self.edges: dict[Pair, np.ndarray] = {}
        self.moves = [np.ones(self.box.owned_shape) for _ in range(self.dim)]
        for axis, moves in enumerate(self.moves):
            if self.box.owned[axis][1] == self.box.shape[axis]:
                moves[self._at(slice(None), {axis: -1})] = 0.0

    def take(self, lame, shear, edges: dict[Pair, np.ndarray] | None = None) -> None:
        """Take other moduli. Collective.

        Parameters
        ----------
        lame, shear : ndarray of the cells owned [any unit of stress]
            Lamé's constants λ and μ.
        edges : dict of ndarray, optional
            Shear moduli on edges; without them, means of the cells.
        """
        λ, μ = self.local(lame), self.local(shear)
        self.lame, self.modulus = λ[self._at(UPPER)].copy(), (λ + 2 * μ)[self._at(UPPER)]
        if edges is not None:
            self.edges = edges
            return
        with np.errstate(divide="ignore"):
            logarithm = np.log(μ)  # minus infinity beyond a wall
        self.edges = {pair: np.exp(self.on_edges(logarithm, pair)) for pair in self.pairs}

    def _at(self, default: slice, other: Mapping[int, slice | int] | None = None) -> tuple[slice | int, ...]:
        """Index of an array: the default along all axes, but for the axes in `other`."""
        other = other or {}
        return tuple(other.get(axis, default) for axis in reversed(range(self.dim)))

    def on_edges(self, cells: np.ndarray, pair: Pair) -> np.ndarray:
        """Mean of the four values around each edge, of a local array."""
        k, m = pair
        return _mean([cells[self._at(INNER, {k: a, m: b})] for a in (LOWER, UPPER) for b in (LOWER, UPPER)])

    def local(self, owned) -> np.ndarray:
        """Local array of owned values; 0 beyond walls. Collective."""
        self._owned.array[...] = np.ravel(owned)
        self._local.set(0.0)
        self._da.globalToLocal(self._owned, self._local)
        return self._local.array.reshape([n + 2 for n in self.box.owned_shape]).copy()

    def strains(self, u: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Normal strains ∂u_k/∂x_k in cells, by axis, from local arrays of the displacements."""
        return [(u[k][self._at(UPPER)] - u[k][self._at(UPPER, {k: LOWER})]) / self.h[k] for k in range(self.dim)]

    def normal(self, strains: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Normal elastic stress in cells, by axis [modulus]."""
        pressure = self.lame * sum(strains)
        return [pressure + (self.modulus - self.lame) * ε for ε in strains]

    def shear_strains(self, u: Sequence[np.ndarray]) -> dict[Pair, np.ndarray]:
        """Shear strains ∂u_k/∂x_m + ∂u_m/∂x_k on edges, by pair, from local arrays of the displacements.

        On edges in walls they have no meaning, and no stress.
        """
        out = {}
        for k, m in self.pairs:
            slopes = [
                (u[a][self._at(INNER, {a: LOWER, b: UPPER})] - u[a][self._at(INNER, {a: LOWER, b: LOWER})]) / self.h[b]
                for a, b in ((k, m), (m, k))
            ]
            out[k, m] = slopes[0] + slopes[1]
        return out

    def shear(self, strains: Mapping[Pair, np.ndarray]) -> dict[Pair, np.ndarray]:
        """Shear stress on edges, by pair [modulus]."""
        return {pair: self.edges[pair] * γ for pair, γ in strains.items()}

    def forces(self, normal: Sequence[np.ndarray], shear: Mapping[Pair, np.ndarray]) -> list[np.ndarray]:
        """Divergence of the stress on owned faces, by axis [modulus/length]; 0 on upper walls."""
        out = []
        for k in range(self.dim):
            σ = normal[k]
            force = (σ[self._at(LOWER, {k: UPPER})] - σ[self._at(LOWER)]) / self.h[k]
            for pair in (pair for pair in self.pairs if k in pair):
                m, τ = sum(pair) - k, shear[pair]
                full = slice(None)
                force += (τ[self._at(full, {k: UPPER, m: UPPER})] - τ[self._at(full, {k: UPPER, m: LOWER})]) / self.h[m]
            out.append(force * self.moves[k])
        return out

    def centred(self, edges: np.ndarray, pair: Pair) -> np.ndarray:
        """Mean of the four edges around each cell owned; edges in walls count as 0."""
        (k, m), full = pair, slice(None)
        inside = np.where(self.edges[pair] > 0, edges, 0.0)
        return _mean([inside[self._at(full, {k: a, m: b})] for a in (LOWER, UPPER) for b in (LOWER, UPPER)])

    def own(self, cells: np.ndarray) -> np.ndarray:
        """Owned part of values in cells."""
        return cells[self._at(LOWER)]

    def extended(self, owned) -> np.ndarray:
        """Values in cells, from those owned. Collective."""
        return self.local(owned)[self._at(UPPER)].copy()


def _mean(four: list[np.ndarray]) -> np.ndarray:
    """Of four arrays; NumPy's would copy them into one first."""
    first, *others = four
    return 0.25 * sum(others, first)

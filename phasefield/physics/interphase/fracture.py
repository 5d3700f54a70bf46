"""Cracks that a reaction product causes: damage by its stress, and cracks that run along the layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from phasefield.engines.grid import Grid
from phasefield.mechanics import End, Fracture, Fractured

#: Part of the crack's cost that an upper bound of its energy release must reach before the crack is tried.
WORTH_TRYING = 0.5
#: Least thickness of a layer, in l, at which cracks along it are tried.
LEAST_LENGTHS = 2.0
#: Damage from which on a cell counts as part of a crack.
BROKEN = 0.9


@dataclass(frozen=True)
class Solid:
    """State of the solid, arrays of the cells owned; moduli in Pa, lengths in the model's unit.

    Attributes
    ----------
    lame, shear : ndarray [Pa]
    stress_free : ndarray [1]
    release_rate : ndarray [Pa length]
        G_c.
    """

    lame: np.ndarray
    shear: np.ndarray
    stress_free: np.ndarray
    release_rate: np.ndarray


@dataclass(frozen=True)
class LayerCracks:
    """Cracks across a section of a layer, from one state of the damage to the next.

    Damage starts where the stress reaches the strength, and grows as the energy requires; both are a local minimum of
    the energy. A crack that runs along the layer (a channel or tunnelling crack) comes from elsewhere: it crosses the
    section as soon as that lowers the energy of the section, since its front then releases more energy than it takes
    (J. W. Hutchinson, Z. Suo, Advances in Applied Mechanics 29, 63 (1992)). Such cracks are tried at given places: one
    through the layer, if it is under tension there, or one in the electrolyte, from the layer on and as deep as the
    layer is thick. For a swollen half cylinder that is the depth that releases most energy per area (record 056).

    Attributes
    ----------
    ends : sequence of End
    length : float [length]
        l of the damage.
    places : sequence of float [length]
        Along x, at the start of which cracks are tried.
    """

    ends: Sequence[End]
    length: float
    places: Sequence[float]

    def grow(self, damage, psi, coating, solid: Solid, grid: Grid) -> tuple[Fractured, float]:
        """Equilibrium of solid and cracks, from the damage before, and the length of the cracks. Collective.

        Parameters
        ----------
        damage, psi, coating : ndarray of the cells owned [1]
            Damage of the last state; the parts of product and of coating.
        solid : Solid

        Raises
        ------
        NoEquilibrium, NoFracture
            No solution is found.
        """
        fracture = Fracture(grid, self.ends, solid.lame, solid.shear, solid.release_rate, self.length)
        found = fracture.solve(damage, stress_free=solid.stress_free)
        for place in self.places:
            cells = self.candidate(place, (1 - coating) * psi, coating, solid, found, grid)
            if cells is not None:
                start = np.maximum(found.damage, fracture.seeded(cells))
                tried = fracture.solve(start, stress_free=solid.stress_free)
                if self._energy(tried, grid) < self._energy(found, grid):
                    found = tried
        return found, fracture.area(found.damage)

    def candidate(self, place, layer, coating, solid: Solid, found: Fractured, grid: Grid):
        """Cells of the crack to try at a place; None if there is none or it cannot pay."""
        box = grid.box
        *_, height = box.spacing
        column = min(int(place / box.spacing[0]), box.shape[0] - 1)
        x, z = (box.own(np.broadcast_to(c, box.ghosted_shape)) for c in box.centres())
        here = np.floor(x / box.spacing[0]).astype(int) == column
        σ = found.normal[0]

        def total(values, combine=MPI.SUM) -> float:
            return grid.comm.allreduce(values, combine)

        depth, base = (height * total(float(np.sum(part, where=here))) for part in (layer, coating))
        if depth < LEAST_LENGTHS * self.length:
            return None
        bottom = base if total(float(np.sum(layer * σ, where=here))) > 0 else base + depth
        # one cell short of its end: the damage of a tip reaches further
        cells = here & (z > bottom) & (z < bottom + depth - height)
        broken = total(float(np.max(found.damage, where=cells, initial=0.0)), MPI.MAX) > 0.5
        if broken or bottom + depth > box.length(1):
            return None
        λ, μ = solid.lame, solid.shear
        stiffness = 4 * μ * (λ + μ) / (λ + 2 * μ)  # E' = E/(1 − ν²)
        tension = total(float(np.max(σ, where=cells, initial=0.0)), MPI.MAX)
        least = total(float(np.min(stiffness, where=cells, initial=np.inf)), MPI.MIN)
        cost = total(float(np.min(solid.release_rate, where=cells, initial=np.inf)), MPI.MIN)
        # a crack and its mirror image under a uniform tension
        return cells if 0.5 * np.pi * tension**2 * depth / least > WORTH_TRYING * cost else None

    def _energy(self, state: Fractured, grid: Grid) -> float:
        """Of the solid, its cracks, and the plates that press on it [Pa length²]."""
        lengths = [grid.box.length(axis) for axis in range(2)]
        plates = sum(
            (end.pressure * moved + 0.5 * end.stiffness * moved**2) * across
            for end, moved, across in zip(self.ends, state.plates, reversed(lengths), strict=True)
            if end.free
        )
        return state.elastic + state.surface + plates

"""The balance of forces in single precision, which is half of the memory that a solver has to read and write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from phasefield.engines.compiled import cache, products
from phasefield.engines.compiled.room import Room
from phasefield.mechanics.resistance import Resistance

if TYPE_CHECKING:
    from phasefield.mechanics.elasticity import Elasticity


class Single:
    """The scaled system of an elastic solid, as `gmres.System`: displacements by axis, then mean strains on rank 0.

    Parameters
    ----------
    solid : Elasticity
        Which has the system in double precision, and the multigrids.
    """

    kind: Any = np.float32

    def __init__(self, solid: Elasticity):
        self._solid, self.grid, self.room = solid, solid.grid, Room()
        size = solid._operator.getLocalSize()[0]
        self.residual, self.update = np.zeros(size), np.zeros(size)
        self.vectors = cache.shared(products.vectors(), self.grid.comm)
        self._resistance = Resistance(solid.operators, self.kind)
        self._found = np.zeros(size, self.kind)

    def take(self) -> None:
        """Take the moduli that the solid has now. Collective."""
        solid, r = self._solid, self._resistance
        r.take()
        r.even[...] = solid._resistance.even
        self._scale, self._unscale = solid._scale.astype(self.kind), solid._unscale.astype(self.kind)

    def precondition(self, r: np.ndarray) -> None:
        """One displacement after the other, each with what the ones before it do to its faces. Collective."""
        self._solid.relax(self._resistance, self._unscale, r, self._found)

    def collect(self, out: np.ndarray) -> None:
        """Copy what has been found."""
        out[:] = self._found

    def multiply(self, out: np.ndarray) -> None:
        """S A S times what has been found; where a plate moves, so do all faces. Collective."""
        solid, r = self._solid, self._resistance
        strains = solid.mean_strains(self._found)
        for axis, mean in zip(solid.free, strains, strict=True):
            r.strain(axis, mean)
        solid.resisted(r, self._scale, strains, out)

    def times(self, x: np.ndarray) -> np.ndarray:
        """S A S x, in double precision. Collective."""
        out = np.empty_like(x)
        self._solid.times(x, out)
        return out

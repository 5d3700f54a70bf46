"""Which cells of a level are one cell of the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from phasefield.engines.compiled.multigrid.parts import Pairing, Parts


class Coarsening:
    """Which cells of the levels of a grid are paired.

    A smoother damps errors only along axes with strong coupling, where cells are short. So short cells are paired
    first, until all are about equally long along all axes. Along x, whose cells are stored by even and odd, either all
    are paired or none; pairs do not cross the ends of parts, and the last cell of an odd number is alone.

    Parameters
    ----------
    shape : sequence of int
    spacing : sequence of float or of sequence of float
        Cell size along each axis, or those of all cells along it.
    """

    def __init__(self, shape: Sequence[int], spacing: Sequence[Any]):
        self.sizes = [np.broadcast_to(h, (n,)) for h, n in zip(spacing, shape, strict=True)]
        self._nominal = np.array([h.min() for h in self.sizes])

    def next(self, parts: Parts) -> Pairing:
        """The pairing of the present level, after which the coarser one is the present one."""
        while True:
            splits = np.array([max(counts) > 1 for counts in parts.counts])
            short = 2 * self._nominal[splits].min()
            pairing = []
            for axis, (counts, size, nominal) in enumerate(zip(parts.counts, self.sizes, self._nominal, strict=True)):
                paired = np.full(len(size), nominal < short) if axis == 0 else np.maximum(size, nominal) < short
                pairing.append(tuple(map(_pairs, np.split(paired, np.cumsum(counts)[:-1]))))
            self._nominal = np.where(self._nominal < short, 2 * self._nominal, self._nominal)
            if any(part.any() for axis in pairing for part in axis):
                self.sizes = [
                    np.add.reduceat(size, np.flatnonzero(np.concatenate(axis) < 1))
                    for size, axis in zip(self.sizes, pairing, strict=True)
                ]
                return tuple(pairing)

    @staticmethod
    def none(parts: Parts) -> Pairing:
        """All cells alone."""
        return tuple(tuple(np.zeros(n, np.int8) for n in counts) for counts in parts.counts)


def _pairs(short) -> np.ndarray:
    """Pairs of neighbours that are both short, from the first on."""
    out, first = np.zeros(len(short), np.int8), 0
    while first < len(short) - 1:
        if short[first] and short[first + 1]:
            out[first], out[first + 1] = -1, 1
            first += 1
        first += 1
    return out

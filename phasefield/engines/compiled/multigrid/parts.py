"""Distribution of a multigrid level's cells over the ranks."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np


@dataclass(frozen=True)
class Parts:
    """A grid cut along its axes, numbered as PETSc's DMDA does: x fastest. Tuples are by axis, x first.

    Attributes
    ----------
    counts : tuple of tuple of int
        Cells of each part, by axis.
    rank : int
        Rank whose part this is.
    """

    counts: tuple[tuple[int, ...], ...]
    rank: int = 0

    @property
    def whole(self) -> tuple[int, ...]:
        """Number of cells of the grid along each axis."""
        return tuple(map(sum, self.counts))

    @property
    def cells(self) -> int:
        """Total number of cells of the grid."""
        return prod(self.whole)

    @property
    def at(self) -> tuple[int, ...]:
        """Index of the part along each axis."""
        left, out = self.rank, []
        for c in self.counts:
            out.append(left % len(c))
            left //= len(c)
        return tuple(out)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of cells of the part along each axis."""
        return tuple(c[i] for c, i in zip(self.counts, self.at, strict=True))

    @property
    def start(self) -> tuple[int, ...]:
        """First cell of the part along each axis."""
        return tuple(sum(c[:i]) for c, i in zip(self.counts, self.at, strict=True))

    def of(self, rank: int) -> Parts:
        """The parts seen from another rank."""
        return Parts(self.counts, rank)

    def neighbour(self, axis: int, side: int) -> int | None:
        """Rank of the part below (``side`` −1) or above (1), if there is one."""
        there = self.at[axis] + side
        if not 0 <= there < len(self.counts[axis]):
            return None
        return self.rank + side * prod(map(len, self.counts[:axis]))

    def factors(self, spacing) -> tuple[int, ...]:
        """Fine cells per coarse cell along each axis: 2 where coupling is strong and a part has cells to pair, else 1.

        A smoother damps errors only along axes with strong coupling, where cells are short. So these axes are coarsened
        first, until cells are about equally long along all axes.
        """
        strength = np.array([h**-2.0 if max(c) > 1 else 0.0 for c, h in zip(self.counts, spacing, strict=True)])
        return tuple(int(s > 0.25 * strength.max()) + 1 for s in strength)

    def coarse(self, factors) -> Parts:
        """The next level: pairs within each part; the last cell of an odd number is not paired."""
        counts = tuple(tuple(-(-n // f) for n in c) for c, f in zip(self.counts, factors, strict=True))
        return Parts(counts, self.rank)

    def pairs(self, axis: int, factor: int) -> np.ndarray:
        """For each cell and the adjacent ghost cells: lower (−1) or upper (1) of a pair, or alone (0); int8."""
        here, counts = self.at[axis], self.counts[axis]

        def of(part):
            return _pairs(counts[part], factor) if 0 <= part < len(counts) else np.zeros(1, np.int8)

        return np.concatenate([of(here - 1)[-1:], of(here), of(here + 1)[:1]])


def _pairs(cells: int, factor: int) -> np.ndarray:
    out = np.zeros(cells, np.int8)
    if factor == 2:
        paired = cells // 2 * 2
        out[:paired:2], out[1:paired:2] = -1, 1
    return out

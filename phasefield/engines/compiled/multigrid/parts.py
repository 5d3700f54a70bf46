"""Distribution of a multigrid level's cells over the ranks."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

#: By axis and part: whether each cell is the lower (−1) or the upper (1) of a pair, or alone (0); int8.
Pairing = tuple[tuple[np.ndarray, ...], ...]


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

    def coarse(self, pairing: Pairing) -> Parts:
        """The next level."""
        counts = tuple(tuple(int(np.sum(part < 1)) for part in axis) for axis in pairing)
        return Parts(counts, self.rank)

    def pairs(self, axis: int, pairing: Pairing) -> np.ndarray:
        """For each cell and the adjacent ghost cells: lower (−1) or upper (1) of a pair, or alone (0); int8."""
        here, parts, outside = self.at[axis], pairing[axis], np.zeros(1, np.int8)
        before = parts[here - 1][-1:] if here > 0 else outside
        after = parts[here + 1][:1] if here + 1 < len(parts) else outside
        return np.concatenate([before, parts[here], after])

    def coarse_places(self, axis: int, pairing: Pairing) -> np.ndarray:
        """Index in this part of the next level of each cell of the part."""
        return np.cumsum(pairing[axis][self.at[axis]] < 1) - 1

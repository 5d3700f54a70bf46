"""Distribution of a multigrid level's cells over the ranks."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    periodic : str
        Periodic axes, a part of ``"xyz"``.
    """

    counts: tuple[tuple[int, ...], ...]
    rank: int = 0
    periodic: str = ""

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

    @property
    def closed(self) -> list[int]:
        """Periodic axes with a single cell."""
        return [axis for axis, n in enumerate(self.whole) if n == 1 and "xyz"[axis] in self.periodic]

    @property
    def odd(self) -> bool:
        """Whether neighbours along a periodic axis have the same colour, since their number is odd."""
        return any(n % 2 and "xyz"[axis] in self.periodic for axis, n in enumerate(self.whole))

    def of(self, rank: int) -> Parts:
        """The parts seen from another rank."""
        return replace(self, rank=rank)

    def neighbour(self, axis: int, side: int) -> int | None:
        """Rank of the part below (``side`` −1) or above (1), if there is one."""
        if self.ends(axis, side) and "xyz"[axis] not in self.periodic:
            return None
        here, count = self.at[axis], len(self.counts[axis])
        return self.rank + ((here + side) % count - here) * prod(map(len, self.counts[:axis]))

    def ends(self, axis: int, side: int) -> bool:
        """Whether the grid ends below (``side`` −1) or above (1) the part, or begins anew along a periodic axis."""
        return not 0 <= self.at[axis] + side < len(self.counts[axis])

    def coarse(self, pairing: Pairing) -> Parts:
        """The next level."""
        counts = tuple(tuple(int(np.sum(part < 1)) for part in axis) for axis in pairing)
        return replace(self, counts=counts)

    def pairs(self, axis: int, pairing: Pairing) -> np.ndarray:
        """For each cell and the adjacent ghost cells: lower (−1) or upper (1) of a pair, or alone (0); int8."""
        here, parts, outside = self.at[axis], pairing[axis], np.zeros(1, np.int8)
        before, after = parts[here - 1][-1:], parts[(here + 1) % len(parts)][:1]
        if "xyz"[axis] not in self.periodic:
            before = outside if self.ends(axis, -1) else before
            after = outside if self.ends(axis, 1) else after
        return np.concatenate([before, parts[here], after])

    def coarse_places(self, axis: int, pairing: Pairing) -> np.ndarray:
        """Index in this part of the next level of each cell of the part."""
        return np.cumsum(pairing[axis][self.at[axis]] < 1) - 1

"""Ghost cells of a rank's box, copied from the boxes beside it, axis by axis, so that corners are right, too.

PETSc's DMDA would do the same with lists of the numbers of all cells: 32 bytes for each (record 068).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import prod

import numpy as np

from phasefield.errors import PhasefieldError

#: First of the tags that distinguish these messages from others on the same communicator.
FIRST_TAG = 4300

Ranges = tuple[tuple[int, int], ...]


class Ghosts:
    """The layers that a rank shares with others, or along a periodic axis with itself.

    Parameters
    ----------
    parts : sequence of sequence of int
        Cells of each part, by axis, x first; ranks count along x first.
    periodic : str
        Periodic axes, a part of ``"xyz"``.
    width : int
        Layers of ghost cells.
    comm : MPI.Comm

    Raises
    ------
    PhasefieldError
        A part of an axis that is cut is thinner than its ghost cells.

    Attributes
    ----------
    owned, held : tuple of (int, int)
        First cell of the box and the one after the last, by axis; and with ghost cells. Numbers beyond a periodic end
        go on.
    """

    def __init__(self, parts: Sequence[Sequence[int]], periodic: str, width: int, comm):
        if any(len(p) > 1 and min(p) < width for p in parts):
            raise PhasefieldError(f"each rank's part of an axis that is cut must have at least {width} cells: {parts}")
        self._parts, self._width, self._comm = parts, width, comm
        self._periodic = [axis in periodic for axis in "xyz"[: len(parts)]]
        counts = [len(p) for p in parts]
        self._steps = [prod(counts[:axis]) for axis in range(len(parts))]
        self._place = [comm.rank // step % count for step, count in zip(self._steps, counts, strict=True)]
        self.owned: Ranges = tuple(map(self._ends, range(len(parts))))
        self.held: Ranges = tuple(
            (start - width * (self._beside(axis, -1) is not None), stop + width * (self._beside(axis, 1) is not None))
            for axis, (start, stop) in enumerate(self.owned)
        )

    def renew(self, held: np.ndarray) -> None:
        """Update the ghost cells of an array of the cells held, of axes (last, …, x), in place. Collective."""
        for axis in range(len(self._parts)):
            if len(self._parts[axis]) > 1:
                layers = np.moveaxis(held, -1 - axis, 0)
                for side in (-1, 1):
                    self._exchange(layers, axis, side)
            elif self._periodic[axis]:
                layers, cells, w = np.moveaxis(held, -1 - axis, 0), self._parts[axis][0], self._width
                around = np.arange(w)
                layers[:w], layers[-w:] = layers[w + (around - w) % cells], layers[w + around % cells]

    def _exchange(self, layers: np.ndarray, axis: int, side: int) -> None:
        """Send this rank's layers to a side, and receive from the other side those that lie there."""
        w, there, here = self._width, self._beside(axis, side), self._beside(axis, -side)
        below, above = (self._beside(axis, s) is not None for s in (-1, 1))
        first, last = w * below, len(layers) - w * above
        if there is not None:
            request = self._send(layers[last - w : last] if side > 0 else layers[first : first + w], there, axis)
        if here is not None:
            found = np.empty((w, *layers.shape[1:]), layers.dtype)
            self._comm.Recv(found, here, FIRST_TAG + axis)
            layers[slice(w) if side > 0 else slice(-w, None)] = found
        if there is not None:
            request.Wait()

    def _send(self, layers: np.ndarray, there: int, axis: int):
        return self._comm.Isend(np.ascontiguousarray(layers), there, FIRST_TAG + axis)

    def _beside(self, axis: int, side: int) -> int | None:
        """Rank of the part beside this rank's."""
        place, count = self._place[axis] + side, len(self._parts[axis])
        if not 0 <= place < count and not self._periodic[axis]:
            return None
        return self._comm.rank + (place % count - self._place[axis]) * self._steps[axis]

    def _ends(self, axis: int) -> tuple[int, int]:
        ends = [0, *accumulate(map(int, self._parts[axis]))]
        return ends[self._place[axis]], ends[self._place[axis] + 1]

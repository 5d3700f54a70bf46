"""Memory that is free for a while, in which arrays can be made."""

from __future__ import annotations

import numpy as np


class Room:
    """Hands out parts of an array, and new memory when nothing is left of it.

    Parameters
    ----------
    memory : ndarray, optional
        Contiguous. Who uses what `array` returns must know when its owner does.
    """

    def __init__(self, memory: np.ndarray | None = None):
        self._left = np.empty(0, np.uint8) if memory is None else memory.reshape(-1).view(np.uint8)

    def array(self, size: int, kind: type) -> np.ndarray:
        """An array of some numbers, of any values."""
        length = size * np.dtype(kind).itemsize
        if length > len(self._left):
            return np.empty(size, kind)
        taken, self._left = self._left[:length], self._left[length:]
        return taken.view(kind)

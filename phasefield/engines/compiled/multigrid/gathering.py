"""Gather the parts of a level, so that every rank has the whole level."""

from __future__ import annotations

import numpy as np

from phasefield.engines.compiled.multigrid.layout import Layout
from phasefield.engines.compiled.multigrid.level import Level
from phasefield.engines.compiled.multigrid.parts import Parts


class Gathering:
    """Positions of the parts of a level in the whole.

    Parameters
    ----------
    layout : Layout
        Layout of the parts.

    Attributes
    ----------
    window : tuple of slice
        This rank's part, with ghosts, in an array of the whole with ghosts.
    """

    def __init__(self, layout: Layout):
        self.comm, parts = layout.comm, layout.parts
        numbers = np.arange(parts.cells).reshape(parts.whole[::-1])
        pieces = [numbers[_window(parts.of(rank))].ravel() for rank in range(self.comm.size)]
        self.order, self.sizes = np.concatenate(pieces), np.array([len(p) for p in pieces])
        self.window = _window(parts, ghosts=2)

    def right_hand_side(self, part: Level, whole: Level) -> None:
        """Gather b. Collective."""
        plain = np.zeros(whole.layout.shape, np.float32)
        inner = whole.layout.inner(plain)
        inner[...] = self._all(part.layout.inner(part.layout.join(part.b)).ravel()).reshape(inner.shape)
        whole.layout.split(plain, whole.b)

    def solution(self, part: Level, whole: Level) -> None:
        """Copy this rank's part of u, with ghosts, from the whole."""
        part.layout.split(np.ascontiguousarray(whole.layout.join(whole.u)[self.window]), part.u)

    def matrix(self, part: Level, whole: Level) -> None:
        """Gather a, and the excess of the diagonal in b. Collective."""
        whole.entries = self._all(part.entries)
        self.right_hand_side(part, whole)

    def _all(self, values) -> np.ndarray:
        """Combine arrays (cells, …) of the parts into that of the whole grid."""
        everything = np.empty((len(self.order), *values.shape[1:]), np.float32)
        self.comm.Allgatherv(np.ascontiguousarray(values), [everything, self.sizes * (values.size // len(values))])
        out = np.empty_like(everything)
        out[self.order] = everything
        return out


def _window(parts: Parts, ghosts: int = 0) -> tuple[slice, ...]:
    return tuple(slice(a, a + n + ghosts) for a, n in zip(parts.start[::-1], parts.shape[::-1], strict=True))

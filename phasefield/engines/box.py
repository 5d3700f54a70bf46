"""A rank's part of a structured grid: which cells it owns and holds, and where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from phasefield.errors import PhasefieldError

#: Faces of a box by the number of its axes: along which axis each lies, and whether at its upper end.
FACES = {
    1: {"bottom": (0, 0), "top": (0, 1)},
    2: {"bottom": (1, 0), "top": (1, 1), "left": (0, 0), "right": (0, 1)},
    3: {"bottom": (2, 0), "top": (2, 1), "left": (0, 0), "right": (0, 1), "front": (1, 0), "back": (1, 1)},
}

#: Cells of a slab, but for one whose layers have more.
SLAB = 1 << 15


@dataclass(frozen=True)
class Box:
    """A rank's part of a structured grid. Tuples are by axis, x first; arrays have the axes (last, …, x).

    Attributes
    ----------
    shape : tuple of int
        Cells of the whole grid.
    spacing : tuple of float, or of tuple of float
        Cell size; of each cell of the whole grid along an axis where they differ.
    owned, ghosted : tuple of (int, int)
        First cell that this rank owns, and the one after the last; the same including ghost cells, whose numbers along
        a periodic axis may be negative or exceed the last cell.
    periodic : str
        Periodic axes, a part of ``"xyz"``.
    """

    shape: tuple[int, ...]
    spacing: tuple[Any, ...]
    owned: tuple[tuple[int, int], ...]
    ghosted: tuple[tuple[int, int], ...]
    periodic: str = ""

    @classmethod
    def whole(cls, shape, spacing) -> Box:
        """The box of the whole grid, on one rank."""
        everything = tuple((0, int(n)) for n in shape)
        return cls(tuple(shape), widths_by_axis(shape, spacing), everything, everything)

    @property
    def faces(self) -> dict[str, tuple[int, int]]:
        """Axis of each face, and whether the face is at its upper end."""
        return FACES[len(self.shape)]

    @property
    def columns(self) -> int:
        """Number of columns of cells of the whole grid."""
        return prod(self.shape[:-1])

    @property
    def ghosted_shape(self) -> tuple[int, ...]:
        """Shape of an array of the cells held (owned and ghost cells)."""
        return tuple(b - a for a, b in self.ghosted[::-1])

    @property
    def owned_shape(self) -> tuple[int, ...]:
        """Shape of an array of the cells owned."""
        return tuple(b - a for a, b in self.owned[::-1])

    def slabs(self, layers: int | None = None) -> list[slice]:
        """Pieces of the first axis of arrays, so small that what is computed on one stays small.

        ``layers`` are those of the cells held, if no other number is given.
        """
        layers, each = layers or self.ghosted_shape[0], max(1, SLAB // prod(self.ghosted_shape[1:]))
        return [slice(k, min(k + each, layers)) for k in range(0, layers, each)]

    @property
    def inner(self) -> tuple[slice, ...]:
        """Slices of the cells owned in an array of the cells held."""
        pairs = zip(self.owned[::-1], self.ghosted[::-1], strict=True)
        return tuple(slice(a - first, b - first) for (a, b), (first, _) in pairs)

    @property
    def place(self) -> tuple[slice, ...]:
        """Slices of the cells owned in an array of the whole grid."""
        return tuple(slice(a, b) for a, b in self.owned[::-1])

    def numbers(self, layers: slice = slice(None)) -> np.ndarray:
        """Numbers, in the whole grid, of the cells owned in some layers along the first axis, x fastest; flat."""
        number = np.zeros((), np.int64)
        for axis, cells in enumerate(self.shape[::-1]):
            along = np.arange(*self.owned[-1 - axis])
            number = number[..., None] * cells + (along if axis else along[layers])
        return number.ravel()

    def own(self, values):
        """The owned part of an array of the cells held, as a view."""
        return values[self.inner]

    def touches(self, face: str) -> bool:
        """Whether this rank owns cells at a face of the grid; False if the grid has no such face."""
        axis, upper = FACES[len(self.shape)][face]
        start, stop = self.owned[axis]
        if "xyz"[axis] in self.periodic:
            return False
        return stop == self.shape[axis] if upper else start == 0

    def centres(self) -> list[np.ndarray]:
        """Coordinates of the cells held, x first; each an array of length 1 along all axes but its own.

        Ghost cells beyond the end of a periodic axis have the coordinates of the cells that they copy.
        """
        out = []
        for axis, h in enumerate(self.spacing):
            cells = self._cells(axis)
            along = (cells + 0.5) * h if isinstance(h, float) else (np.cumsum(h) - 0.5 * np.array(h))[cells]
            out.append(along.reshape(self._along(axis)))
        return out

    def widths(self, axis: int) -> np.ndarray:
        """Sizes along an axis of the cells held, an array of length 1 along all other axes."""
        h, cells = self.spacing[axis], self._cells(axis)
        return (np.full(len(cells), h) if isinstance(h, float) else np.array(h)[cells]).reshape(self._along(axis))

    @property
    def sizes(self) -> tuple[float, ...]:
        """Cell size by axis, for quantities that need equal cells.

        Raises
        ------
        PhasefieldError
            They differ along an axis.
        """
        for axis, h in zip("xyz", self.spacing, strict=False):
            if not isinstance(h, float):
                raise PhasefieldError(f"this quantity needs a grid of equal cells, but the cells along {axis} differ")
        return self.spacing

    def length(self, axis: int) -> float:
        """Length of the whole grid along an axis."""
        h = self.spacing[axis]
        return self.shape[axis] * h if isinstance(h, float) else sum(h)

    def end_shape(self, face: str) -> tuple[int, ...]:
        """Shape of an array over the cells held at a face of the grid: the columns at bottom and top, else ()."""
        return self.ghosted_shape[1:] if face in ("bottom", "top") else ()

    def at_end(self, face: str, owned: bool = False) -> tuple[Any, ...]:
        """Index of the cells at the bottom or the top in an array of the cells held: all of them, or those owned."""
        return (0 if face == "bottom" else -1, *(self.inner[1:] if owned else ()))

    def end_width(self, face: str) -> float:
        """Size of the cells at a face of the grid, across it."""
        axis, upper = FACES[len(self.shape)][face]
        h = self.spacing[axis]
        return h if isinstance(h, float) else h[-upper]

    def _cells(self, axis: int) -> np.ndarray:
        """Numbers along an axis of the cells held."""
        return np.arange(*self.ghosted[axis]) % self.shape[axis]

    def _along(self, axis: int) -> list[int]:
        shape = [1] * len(self.shape)
        shape[-1 - axis] = self.ghosted[axis][1] - self.ghosted[axis][0]
        return shape

    def coordinates(self) -> list[np.ndarray]:
        """Coordinates of all cells held, one number for each cell, flat."""
        return [np.broadcast_to(x, self.ghosted_shape).ravel() for x in self.centres()]


def widths_by_axis(shape: Sequence[int], spacing) -> tuple:
    """Cell sizes by axis: a number where all are equal, else a tuple of one for each cell.

    Raises
    ------
    PhasefieldError
        Not as many sizes as cells, or one that is not positive.
    """
    out: list = []
    for axis, n, h in zip("xyz", shape, spacing, strict=False):
        sizes = np.array(h, float)
        if sizes.ndim and sizes.shape != (n,):
            raise PhasefieldError(f"{sizes.size} cell sizes are given for {n} cells along {axis}")
        if not np.all(sizes > 0) or not np.all(np.isfinite(sizes)):
            raise PhasefieldError(f"the cell sizes along {axis} must be positive numbers, not {h}")
        first = float(sizes.flat[0])
        out.append(first if np.all(sizes == first) else tuple(map(float, sizes)))
    return tuple(out)

"""FiPy's operators between cells and faces: means, gradients, and fixed values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from phasefield.engines.compiled import expressions as ex
from phasefield.engines.compiled.expressions import Node

EXTERIOR = ex.node("exterior", place="face")  # 1 on the faces at the edge of the grid, 0 inside
OUTWARD = ex.node("outward", place="face")  # component of FiPy's face normal: -1 at the lower edge, 1 elsewhere


class Operators:
    """FiPy's operators between cells and faces, on one grid.

    Parameters
    ----------
    widths : sequence of Node
        Widths of a cell, by axis: a number, or values in cells where they differ.
    fixable : callable
        ``fixable(leaf) -> bool``: whether the leaf is an unknown, which may be fixed at the ends of some axes.
    axes : collection of int
        These axes.
    """

    def __init__(self, widths: Sequence[Node], fixable: Callable[..., bool], axes: Collection[int]):
        self.widths, self.dim, self._fixable, self._axes = list(widths), len(widths), fixable, axes

    def distance(self, axis: int) -> Node:
        """Distance between the cells of a face; at the edge of the grid, from the cell to the face."""
        inside, half = self._inside(axis), 0.5 * ex.side(self.widths[axis], 0)
        return ex.where(EXTERIOR, half, inside)

    def _inside(self, axis: int) -> Node:
        """Distance between the cells on both sides of an inner face."""
        width = self.widths[axis]
        return width if width.op == "number" else 0.5 * (ex.side(width, 0) + ex.side(width, 1))

    def _ratio(self, axis: int) -> Node:
        """Distance from the lower cell to the face over the distance to the upper cell."""
        width = self.widths[axis]
        return ex.number(0.5) if width.op == "number" else 0.5 * ex.side(width, 0) / self._inside(axis)

    def mean(self, e: Node, axis: int) -> Node:
        """Arithmetic face value; the given one where an unknown is fixed."""
        fixed, given = self.fixed(e, axis)
        return ex.where(fixed, given, self._mean(e, axis))

    def harmonic_mean(self, e: Node, axis: int) -> Node:
        """Harmonic face value; the given one where an unknown is fixed."""
        fixed, given = self.fixed(e, axis)
        return ex.where(fixed, given, self._harmonic_mean(e, axis))

    def _mean(self, e: Node, axis: int) -> Node:
        low, high = ex.side(e, 0), ex.side(e, 1)
        return (high - low) * self._ratio(axis) + low

    def _harmonic_mean(self, e: Node, axis: int) -> Node:
        product, mean = ex.side(e, 0) * ex.side(e, 1), self._mean(e, axis)
        usable = ex.where(ex.node("gt", ex.node("fabs", mean), 1e-20), ex.node("ge", product, 0.0), 0.0)
        return ex.where(usable, product / mean, 0.0)

    def difference(self, e: Node, axis: int) -> Node:
        """Gradient along the normal; over half a cell where an unknown is fixed."""
        fixed, given = self.fixed(e, axis)
        at_edge = OUTWARD * (given - ex.side(e, 0)) * (2 / ex.side(self.widths[axis], 0))
        return ex.where(fixed, at_edge, (ex.side(e, 1) - ex.side(e, 0)) / self._inside(axis))

    def face_gradient(self, e: Node, axis: int) -> list[Node]:
        """All components of the gradient on the faces of an axis: the normal one, and means of Gauss gradients."""
        along = ex.frozen(self.difference(e, axis))  # an incomplete derivative of a gradient is worse than none
        return [along if k == axis else _halfway(self.gradient(e, k)) for k in range(self.dim)]

    def gradient(self, e: Node, axis: int) -> Node:
        """A component of the Gauss gradient in cells."""
        return self._gradient(self.mean(e, axis), axis)

    def _gradient(self, mean: Node, axis: int) -> Node:
        return ex.divergence([mean if k == axis else ex.ZERO for k in range(self.dim)])

    def tangential(self, e: Node, along: int, axis: int) -> Node:
        """Harmonic mean, on the faces of an axis, of a component of the Gauss gradient without fixed values.

        FiPy computes the explicit part of anisotropic diffusion from it.
        """
        return self._harmonic_mean(self._gradient(self._mean(e, along), along), axis)

    def fixed(self, e: Node, axis: int) -> tuple[Node, Node]:
        """Whether an unknown is fixed on a face, and the value given there."""
        if axis not in self._axes or e.op != "cell" or not self._fixable(e.data):
            return ex.ZERO, ex.ZERO
        at = (e.data, axis)
        return ex.node("fixed", data=at, place="face"), ex.node("given", data=at, place="face")


def _halfway(e: Node) -> Node:
    """FiPy's mean of gradients in two cells, whatever their distances."""
    return (ex.side(e, 0) + ex.side(e, 1)) / 2

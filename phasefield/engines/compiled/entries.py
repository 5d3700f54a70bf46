"""The matrix of a rank's cells, in the form in which the kernel writes it.

All cells have the same entries, in rows along x: ``values[line, entry, x]``. An entry in a column of the cell itself is
the sum of the cell's row over all cells, for one unknown. So

    (J v)[cell] = Σ value[neighbour] (v[neighbour] − v[cell]) + Σ value[own] v[cell].

In this form each number keeps its own relative error: single precision is enough for an iteration, even where the sum
of a row is much smaller than its entries. What the sums over the grid need exactly, the sums of the columns, is kept in
double precision: ``columns[line, own entry, x]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np


@dataclass(frozen=True)
class Entry:
    """An entry of the matrix that every cell has.

    Attributes
    ----------
    row, column : int
        Equation and unknown.
    axis : int
        Axis along which the unknown's cell is a neighbour; -1 for the cell itself.
    upper : int
        Whether the neighbour is the upper one.
    """

    row: int
    column: int
    axis: int = -1
    upper: int = 0


def joined(layout: Iterable[Entry]) -> list[int]:
    """Fields whose equations join cells, given the entries; the others are solved in each cell by itself."""
    return sorted({entry.row for entry in layout if entry.axis >= 0})


class Entries:
    """Arrays that the kernel writes.

    Parameters
    ----------
    layout : sequence of Entry
        Entries of a cell.
    shape : tuple of int
        Cells owned, (z, y, x).
    fields : int
    kind : type
        Of the numbers in `values`: ``numpy.float32`` or ``float``.

    Attributes
    ----------
    values : ndarray, shape (lines, entries, cells along x)
    columns : ndarray of float, shape (lines, own entries, cells along x)
    residual : ndarray of float, shape (fields, cells)
        Minus the residual.
    own : list of Entry
        Entries in columns of the cell itself.
    """

    def __init__(self, layout: Sequence[Entry], shape: tuple[int, ...], fields: int, kind: type):
        self.layout, self.fields = list(layout), fields
        self.own = [e for e in self.layout if e.axis < 0]
        lines, along = prod(shape[:-1]), shape[-1]
        self.values: np.ndarray = np.zeros((lines, len(self.layout), along), kind)
        self.columns = np.zeros((lines, len(self.own), along))
        self.residual = np.zeros((fields, lines * along))

    def at(self, entry: Entry) -> np.ndarray | None:
        """Values of an entry, (lines, cells along x), a view; None if no cell has it."""
        return self.values[:, self.layout.index(entry)] if entry in self.layout else None

    def around(self, row: int, column: int) -> list[int]:
        """Positions of a row's entries in neighbours, in one column: lower and upper, axis by axis, x first."""
        return [p for p, e in enumerate(self.layout) if (e.row, e.column) == (row, column) and e.axis >= 0]

    def diagonal(self, row: int, column: int) -> np.ndarray:
        """Derivatives by the cell's own unknown, (lines, cells along x): the sum of the row without its neighbours."""
        total = self.at(Entry(row, column))
        if total is None:
            return np.zeros(self.values[:, 0].shape)
        return total - self.values[:, self.around(row, column)].sum(axis=1, dtype=float)

    def rows(self) -> np.ndarray:
        """The matrix's own numbers, (cells, entries): derivatives by the unknown of one cell each."""
        out = np.moveaxis(self.values, 1, 2).astype(float)
        for p, e in enumerate(self.layout):
            if e.axis < 0:
                out[..., p] = self.diagonal(e.row, e.column)
        return out.reshape(-1, len(self.layout))

    def sums(self, update: np.ndarray) -> tuple[np.ndarray, float]:
        """Sums over these cells of the linear equations, and the largest size of the update.

        Parameters
        ----------
        update : ndarray, shape (fields, cells)

        Returns
        -------
        ndarray, shape (fields, fields + 1)
            By equation: its change per constant shift of each field and, in the last column, what the update leaves of
            its residual.
        float
        """
        out = np.zeros((self.fields, self.fields + 1))
        out[:, -1] = self.residual.sum(axis=1)
        for k, entry in enumerate(self.own):
            column = self.columns[:, k]
            out[entry.row, entry.column] += column.sum()
            out[entry.row, -1] -= np.vdot(column, update[entry.column])
        return out, float(np.abs(update).max(initial=0.0))

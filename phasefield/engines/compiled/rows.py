"""Lines of a kernel that write one equation of a cell, see :mod:`phasefield.engines.compiled.entries`."""

from __future__ import annotations

from collections.abc import Sequence

from phasefield.engines.compiled.emit import Lines, piece
from phasefield.engines.compiled.entries import Entry
from phasefield.engines.compiled.expressions import ZERO, Node
from phasefield.engines.compiled.faces import Faces, at_end
from phasefield.engines.compiled.stencil import Balance


class Row:
    """Lines that write one equation of a cell.

    Parameters
    ----------
    e : int
        Index of the equation.
    balance : Balance
    nodes : sequence of Node
        The unknowns.
    layout : sequence of Entry
        Of all equations.
    volume : str
        Code of the cell's volume.
    areas : sequence of str
        Code of the areas of its faces, by axis.
    faces : Faces
    code : Lines
        Code of the cell.
    """

    def __init__(
        self,
        e: int,
        balance: Balance,
        nodes: Sequence[Node],
        layout: Sequence[Entry],
        volume: str,
        areas: Sequence[str],
        faces: Faces,
        code: Lines,
    ):
        self.e, self.balance, self.nodes, self.layout = e, balance, nodes, layout
        self.volume, self.areas, self.faces, self.code = volume, areas, faces, code

    def lines(self) -> list[str]:
        """Code that writes the entries, the sums of columns, the residual and the size of its terms.

        In this order they follow each other for all rows in an array o with a piece for each.
        """
        own = [e for e in self.layout if e.axis < 0]
        sums, residual = len(self.layout), len(self.layout) + len(own)
        end = residual + len({entry.row for entry in self.layout})
        lines, sizes = [f"o[{piece(residual + self.e)} + i] = {self._residual()}"], []
        for p, entry in enumerate(self.layout):
            if entry.row == self.e and entry.axis >= 0:
                lines.append(f"o[{piece(p)} + i] = {self._neighbour(entry)}")
            elif entry.row == self.e:
                column, total, size = self._own_entry(entry.column)
                lines += [f"o[{piece(p)} + i] = {total}", f"o[{piece(sums + own.index(entry))} + i] = {column}"]
                sizes.append(f"fabs(({size}) * {self.code.name(self.nodes[entry.column])})")
        return [*lines, f"o[{piece(end + self.e)} + i] = {' + '.join(sizes)}"]

    def _at(self, axis: int, upper: int, n: Node) -> str:
        """Code of a node on a face, which is read once for all entries."""
        read = self.faces.at(axis, upper, n)
        return self.code.kept(read) if "[" in read else read

    def _edge(self, axis: int, upper: int) -> str:
        """Code of a number: 1 in the last cell of the grid along an axis, or in the first one, 0 in all others."""
        return self.code.kept(f"1.0 if {at_end(axis, upper)} else 0.0")

    def _residual(self) -> str:
        b, at = self.balance, self._at
        parts = [f"{self.volume} * {self.code.name(b.density)}"] if b.density is not ZERO else []
        for d, area in enumerate(self.areas):
            if b.flux[d] is not ZERO:
                parts.append(f"{area} * ({at(d, 1, b.flux[d])} - {at(d, 0, b.flux[d])})")
        return f"-({' + '.join(parts) or '0.0'})"

    def _own_entry(self, v: int) -> tuple[str, str, str]:
        """Code of the sum of a column, of the sum of the row, and of the derivative by the cell's own unknown.

        What a face adds to the cells at its two sides has the sum zero, so only faces at the grid's edge, where both
        sides are the cell, add to the sum of a column.
        """
        b, at, kept = self.balance, self._at, self.code.kept
        source = kept(f"{self.volume} * {self.code.name(b.by_cell[v])}") if b.by_cell[v] is not ZERO else "0.0"
        column, total, own = [source], [source], [source]
        for d, area in enumerate(self.areas):
            low, high = b.by_side[d, v, 0], b.by_side[d, v, 1]
            if low is not ZERO or high is not ZERO:
                above, below = (kept(f"{area} * ({at(d, upper, low)} + {at(d, upper, high)})") for upper in (1, 0))
                total.append(f"({above} - {below})")
                own.append(f"{area} * ({at(d, 1, low)} - {at(d, 0, high)})")
                column.append(f"({above} * {self._edge(d, 1)} - {below} * {self._edge(d, 0)})")
        return " + ".join(column), " + ".join(total), " + ".join(own)

    def _neighbour(self, entry: Entry) -> str:
        """Code of a neighbour's entry; 0 at the grid's edge, where the cell replaces the missing neighbour."""
        d, upper = entry.axis, entry.upper
        slope = self._at(d, upper, self.balance.by_side[d, entry.column, upper])
        inside = self.code.kept(f"1.0 - {self._edge(d, upper)}")
        return f"{'' if upper else '-'}{self.areas[d]} * {slope} * {inside}"


def entries_of(e: int, b: Balance, dim: int) -> list[Entry]:
    """Entries of one equation: the cell's own, then its neighbours'."""
    own = sorted({e, *b.neighbours, *(v for v, slope in b.by_cell.items() if slope is not ZERO)})
    around = [Entry(e, v, axis, upper) for v in b.neighbours for axis in range(dim) for upper in (0, 1)]
    return [*(Entry(e, v) for v in own), *around]

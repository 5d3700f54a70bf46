"""Code for the values on the faces of cells: a function for each axis, which goes over the faces of a row of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from phasefield.engines.compiled.emit import Inputs, Lines, piece, row_function
from phasefield.engines.compiled.expressions import ZERO, Node

_ENDS = ("bottom", "top")
#: What the function of an axis may be given: the first cells below and above the faces, how many faces, whether they
#: are at the grid's end, the sign of their outward normal, the first face's place, and the array.
_KNOWN = ("lo", "hi", "count", "exterior", "outward", "at", "f")


class Faces:
    """Functions that compute the face values of one loop over the cells, and code that reads them in a cell.

    Parameters
    ----------
    name : str
        Prefix of the functions' names.
    widths : sequence of Node
        Widths of a cell, by axis.
    inputs : Inputs
    work : mapping of Node to str
        Cell expressions that earlier loops have stored in work arrays.
    cell_roots : sequence of Node
        Cell expressions of the loop; the fluxes of their divergences are computed.
    wanted : sequence of sequence of Node, optional
        Further face expressions to compute, by axis.

    Attributes
    ----------
    functions : list of str
        Source text of the functions.
    outputs : list of list of Node
        What they compute, by axis.
    """

    def __init__(
        self,
        name: str,
        widths: Sequence[Node],
        inputs: Inputs,
        work: Mapping[Node, str],
        cell_roots: Sequence[Node],
        wanted: Sequence[Sequence[Node]] | None = None,
    ):
        self.name, self.widths, self.dim = name, widths, len(widths)
        self._inputs, self._work = inputs, work
        divergences = self._divergences(cell_roots)
        self.outputs: list[list[Node]] = []
        for axis in range(self.dim):
            nodes = [n.args[axis] for n in divergences] + list(wanted[axis] if wanted else ())
            self.outputs.append([n for n in dict.fromkeys(nodes) if n.op != "number"])
        self.functions: list[str] = []
        self._arguments: dict[int, list[str]] = {}
        for axis in range(self.dim):
            if self.outputs[axis]:
                text, self._arguments[axis] = self._function(axis)
                self.functions.append(text)

    def in_cell(self, n: Node) -> str | None:
        """Code with which the loop reads a node in its cell."""
        if n in self._work:
            return f"{self._work[n]}c + i]"
        if n.op == "cell":
            return f"{self._inputs.array(n.data)}[c + i]"
        if n.op == "inflow":
            return self._inflow(*n.data)
        if n.op == "divergence":
            return " + ".join(
                f"({self.at(axis, 1, flux)} - {self.at(axis, 0, flux)}) {self._per_width(axis)}"
                for axis, flux in enumerate(n.args)
                if flux is not ZERO
            )
        return None

    def _inflow(self, leaf, sides: Sequence[int]) -> str:
        """Code of the prescribed flux into a cell at the bottom and the top, and at the ends of other axes."""
        column, last = ("U0", "x + i", "U(j * n0) + x + i")[self.dim - 1], self.dim - 1
        entering = {(last, upper): f"{self._inputs.array((leaf, end))}[{column}]" for upper, end in enumerate(_ENDS)}
        for axis in sides:
            entering |= {(axis, upper): self._inputs.number(("entering", upper, (leaf, axis))) for upper in (0, 1)}
        return " + ".join(f"({value} if {at_end(*end)} else 0.0)" for end, value in entering.items())

    def _per_width(self, axis: int) -> str:
        width = self.widths[axis]
        return f"* {self._inputs.constant(1 / width.data)}" if width.op == "number" else f"/ {self.in_cell(width)}"

    def at(self, axis: int, upper: int, n: Node) -> str:
        """Code of a node's value on the cell's lower or upper face of an axis."""
        if n.op == "number":
            return self._inputs.constant(n.data)
        k = self.outputs[axis].index(n)
        return f"fx[{piece(k)} + i{' + U1' * upper}]" if axis == 0 else f"f{'xyz'[axis]}{'lu'[upper]}[{piece(k)} + i]"

    def arrays(self) -> list[str]:
        """Names of the arrays that `at` reads."""
        names = (["fx"], ["fyl", "fyu"], ["fzl", "fzu"])
        return [name for axis in range(self.dim) if self.outputs[axis] for name in names[axis]]

    def room(self) -> list[str]:
        """Code that makes the arrays: one along x; across, two for faces that are lower and upper ones in turn."""
        shapes = ("", "2, ", "2, e1 - b1, ")
        return [
            f"f{'xyz'[axis]} = room(({shapes[axis]}{len(outputs)} * WIDE,))"
            for axis, outputs in enumerate(self.outputs)
            if outputs
        ]

    def calls(self) -> list[str]:
        """Calls for the faces of a row of cells, those that no earlier row has computed.

        Comparisons are passed as numbers: Numba allows no branches in a call with more than thirty arguments.
        """
        lines = []
        if self.outputs[0]:
            between = "c - 1 + first", "c + first", "count + 1 - first - last", "0.0", "1.0", "first"
            lines += [
                "first, last = int(i0 == 0), int(i0 + count == n0)",
                "if first:",
                f"    {self._call(0, 'c', 'c', 'I1', '1.0', '-1.0', 'I0', 'fx')}",
                self._call(0, *between, "fx"),
                "if last:",
                f"    {self._call(0, 'c + count - 1', 'c + count - 1', 'I1', '1.0', '1.0', 'count', 'fx')}",
            ]
        for axis in range(1, self.dim):
            if not self.outputs[axis]:
                continue
            x, index, step = "xyz"[axis], "ijk"[axis], stride(axis)
            row = ", j - b1" if axis == 2 else ""
            lines += [f"f{x}l, f{x}u = f{x}[{index} & 1{row}], f{x}[1 - ({index} & 1){row}]"]
            low, high = f"1.0 * ({index} == 0)", f"1.0 * ({index} == n{axis} - 1)"
            below, above = f"c - {step} * ({index} > 0)", f"c + {step} * ({index} < n{axis} - 1)"
            lines += [
                f"if {index} == b{axis}:",
                f"    {self._call(axis, below, 'c', 'count', low, f'1.0 - 2.0 * ({index} == 0)', 'I0', f'f{x}l')}",
                self._call(axis, "c", above, "count", high, "1.0", "I0", f"f{x}u"),
            ]
        return lines

    def _call(self, axis: int, *values: str) -> str:
        """Call of the function of an axis with values of its `_KNOWN` arguments."""
        given = dict(zip(_KNOWN, values, strict=True))
        return f"{self.name}_{'xyz'[axis]}({', '.join(given.get(a, a) for a in self._arguments[axis])})"

    def _divergences(self, roots) -> list[Node]:
        """Divergences in cell expressions, except in parts that are in work arrays."""
        seen: dict[Node, None] = {}

        def visit(n: Node) -> None:
            if n in seen or n in self._work:
                return
            seen[n] = None
            if n.op != "divergence":
                for a in n.args:
                    visit(a)

        for root in roots:
            visit(root)
        return [n for n in seen if n.op == "divergence"]

    def _function(self, axis: int) -> tuple[str, list[str]]:
        code = Lines(self._inputs, self._on_face)
        results = [f"f[{piece(k)} + at + i] = {name}" for k, name in enumerate(code.names(self.outputs[axis]))]
        start = ["lo, hi, at = U(lo), U(hi), U(at)"]
        return row_function(f"{self.name}_{'xyz'[axis]}", _KNOWN, start, [*code.lines, *results])

    def _on_face(self, n: Node) -> str | None:
        """Code with which a face reads a node."""
        data: Any = n.data
        if n.op == "side":
            cell, at = n.args[0], ("lo", "hi")[data]
            return f"{self._work[cell] if cell in self._work else self._inputs.array(cell.data) + '['}{at} + i]"
        if n.op in ("exterior", "outward"):
            return n.op
        if n.op in ("fixed", "given"):  # whether an unknown is fixed at the lower and at the upper end, and to what
            low, high = (self._inputs.number((n.op, end, data)) for end in (0, 1))
            value = f"{low} if outward < 0.0 else {high}"
            return f"({value}) if exterior != 0.0 else 0.0" if n.op == "fixed" else value
        return None


def stride(axis: int) -> str:
    """Difference between the numbers of neighbours along an axis."""
    return ("1", "n0", "n0 * n1")[axis]


def row_start(dim: int) -> str:
    """Number of the cell at (i0, j, k) in a grid with ``dim`` axes."""
    return ("i0", "j * n0 + i0", "(k * n1 + j) * n0 + i0")[dim - 1]


def at_end(axis: int, upper: int) -> str:
    """Condition that a cell is the first or the last of the grid along an axis."""
    if axis == 0:
        return "x + i == U(n0 - 1)" if upper else "x + i == U0"
    return f"{'ijk'[axis]} == n{axis} - 1" if upper else f"{'ijk'[axis]} == 0"

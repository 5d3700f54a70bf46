"""Code for the values on the faces of a cell, used for the lower and for the upper face of each axis."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from phasefield.engines.compiled.emit import INNER, Inputs, Lines
from phasefield.engines.compiled.expressions import ZERO, Node

#: Placeholder for the arguments common to all functions, until all of them are known.
EVERYTHING = "EVERYTHING"
_ENDS = ("bottom", "top")


class Faces:
    """Functions that compute the face values of one loop over the cells, and the calls of these functions.

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
        self._outputs: list[list[Node]] = []
        for axis in range(self.dim):
            nodes = [n.args[axis] for n in divergences] + list(wanted[axis] if wanted else ())
            self._outputs.append([n for n in dict.fromkeys(nodes) if n.op != "number"])
        self.functions = [self._function(axis) for axis in range(self.dim) if self._outputs[axis]]

    def in_cell(self, n: Node) -> str | None:
        """Code with which the loop reads a node in its cell."""
        if n in self._work:
            return f"{self._work[n]}c]"
        if n.op == "cell":
            return f"{self._inputs.array(n.data)}[c]"
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
        column, last = cell_id(self.dim - 1), self.dim - 1
        entering = {(last, upper): f"{self._inputs.array((leaf, end))}[{column}]" for upper, end in enumerate(_ENDS)}
        for axis in sides:
            entering |= {(axis, upper): self._inputs.number(("entering", upper, (leaf, axis))) for upper in (0, 1)}
        parts = []
        for (axis, upper), value in entering.items():
            at_end = f"{'ijk'[axis]} == n{axis} - 1" if upper else f"{'ijk'[axis]} == 0"
            parts.append(f"({value} if {at_end} else 0.0)")
        return " + ".join(parts)

    def _per_width(self, axis: int) -> str:
        width = self.widths[axis]
        return f"* {self._inputs.constant(1 / width.data)}" if width.op == "number" else f"/ {self.in_cell(width)}"

    def at(self, axis: int, upper: int, n: Node) -> str:
        """Code of a node's value on the cell's lower or upper face of an axis."""
        if n.op == "number":
            return self._inputs.constant(n.data)
        return f"{'xyz'[axis]}{'lu'[upper]}[{self._outputs[axis].index(n)}]"

    def calls(self, first: str) -> list[str]:
        """Calls for the faces of a cell; ``first`` is the loop's first cell along x.

        Comparisons are passed as numbers: Numba allows no branches in a call with more than thirty arguments.
        """
        lines = []
        for axis, outputs in enumerate(self._outputs):
            if not outputs:
                continue
            x, index, step = "xyz"[axis], "ijk"[axis], stride(axis)
            call = f"{self.name}_{x}"
            lower = (
                f"{x}l = {call}(c - {step} * ({index} > 0), c, "
                f"1.0 * ({index} == 0), 1.0 - 2.0 * ({index} == 0), {EVERYTHING})"
            )
            upper = (
                f"{x}u = {call}(c, c + {step} * ({index} < n{axis} - 1), "
                f"1.0 * ({index} == n{axis} - 1), 1.0, {EVERYTHING})"
            )
            lines += [f"if i == {first}:", f"    {lower}", upper] if axis == 0 else [lower, upper]
        return lines

    def remember(self) -> list[str]:
        """Code that reuses the upper face along x as the next cell's lower one."""
        return ["xl = xu"] if self._outputs[0] else []

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

    def _function(self, axis: int) -> str:
        code = Lines(self._inputs, self._on_face)
        results = code.names(self._outputs[axis])
        lines = "\n".join([*code.lines, f"return ({', '.join(results)},)"])
        head = f"def {self.name}_{'xyz'[axis]}(lo, hi, exterior, outward, {EVERYTHING}):"
        # Without forceinline the compiler calls large functions, and a kernel takes six times as long
        return f"@njit({INNER}, forceinline=True)\n{head}\n{textwrap.indent(lines, '    ')}"

    def _on_face(self, n: Node) -> str | None:
        """Code with which a face reads a node."""
        data: Any = n.data
        if n.op == "side":
            cell, at = n.args[0], ("lo", "hi")[data]
            return f"{self._work[cell]}{at}]" if cell in self._work else f"{self._inputs.array(cell.data)}[{at}]"
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


def cell_id(dim: int) -> str:
    """Number of the cell at (i, j, k) in a grid with ``dim`` axes."""
    return ("0", "i", "j * n0 + i", "(k * n1 + j) * n0 + i")[dim]

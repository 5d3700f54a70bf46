"""The text of a kernel: loops over the cells that fill the matrix and the residual of all equations at once.

All cells have the same entries in the same order, zeros where the grid has no neighbour, so no index is ever looked up.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from math import prod

import numpy as np

from phasefield.engines.compiled.emit import EVERYTHING, INNER, OUTER, Inputs, Lines, function_text, piece, pieces
from phasefield.engines.compiled.entries import Entry
from phasefield.engines.compiled.expressions import ONE, ZERO, Node
from phasefield.engines.compiled.faces import Faces
from phasefield.engines.compiled.loops import HEAD, PIECES, Loop
from phasefield.engines.compiled.rows import Row, entries_of
from phasefield.engines.compiled.schedule import constant, reach, stages
from phasefield.engines.compiled.stencil import Balance
from phasefield.engines.grid import GHOSTS
from phasefield.errors import TraceError

_FLUXES = """


@njit({outer}, cache=True)
def fluxes(EVERYTHING, RANGES, PARTS):
    '''Write what gradients drive through the faces of the cells in a range, by axis of the faces.'''
{body}
"""

_PREPARE = """


@njit({outer}, cache=True)
def prepare(EVERYTHING):
    '''Compute what stays the same while a step is solved.'''
{body}
"""

_MATRIX = """


@njit("float64(TYPES)", {outer}, cache=True)
def assemble(EVERYTHING, RANGES, r, m, t):
    '''Write r, minus the residual, m, the matrix, and t, the sums of its columns, of the cells in a range; all flat.

WHAT
    '''
{body}
"""


@dataclass
class Kernel:
    """A generated kernel.

    Attributes
    ----------
    source : str
        Python text with the functions ``prepare``, ``assemble`` and ``fluxes``.
    inputs : Inputs
        Inputs, in the order of its arguments.
    work : int
        Number of work arrays over the cells.
    prepared : int
        Number of inputs, the first ones among the numbers, that ``prepare`` uses.
    layout : list of Entry
        Entries of a cell, in the order in which they are written.
    diagonal : list of bool
        By equation: whether it depends on its own unknown.
    """

    source: str
    inputs: Inputs
    work: int
    prepared: int
    layout: list[Entry]
    diagonal: list[bool]


@dataclass
class Fills:
    """Functions that fill work arrays.

    Attributes
    ----------
    work : dict
        What is in work arrays once they have been called: code that reads each expression.
    functions, calls : list of str
        Texts of the functions, and their calls in order.
    """

    work: dict[Node, str]
    functions: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)


class Writer:
    """Writes the kernel of some balances.

    Parameters
    ----------
    balances : sequence of Balance
        By unknown.
    nodes : sequence of Node
        The unknowns.
    fluxes : sequence of sequence of Node
        Fluxes that ``fluxes`` computes, on the faces of each axis.
    widths : sequence of Node
        Widths of a cell, by axis.
    """

    def __init__(
        self,
        balances: Sequence[Balance],
        nodes: Sequence[Node],
        fluxes: Sequence[Sequence[Node]],
        widths: Sequence[Node],
    ):
        self.balances, self.nodes, self.fluxes = list(balances), list(nodes), [list(f) for f in fluxes]
        self.widths, self.dim = tuple(widths), len(widths)
        self.inputs = Inputs()
        self.layout = [entry for e, b in enumerate(self.balances) for entry in entries_of(e, b, self.dim)]
        self.diagonal = [e in b.neighbours or b.by_cell[e] is not ZERO for e, b in enumerate(self.balances)]
        self.ranges = ", ".join(f"b{d}, e{d}" for d in range(self.dim))

    def write(
        self, title: str, kind: type = float, iterated: bool = True, single: Collection[tuple[str, ...]] = ()
    ) -> Kernel:
        """The kernel's text.

        Parameters
        ----------
        title : str
            For the reader.
        kind : type
            Of the numbers in the matrix.
        iterated : bool
            Whether the matrix is written several times in a step, so that ``prepare`` has something to do.
        single : collection of tuple of str
            Keys of arrays in single precision.
        """
        roots, fluxes = [n for b in self.balances for n in b.nodes()], [n for f in self.fluxes for n in f]
        memo: dict[Node, int] = {}
        if (farthest := max(reach(n, memo) for n in [*roots, *fluxes])) > GHOSTS:
            raise TraceError(
                f"the equations use values {farthest} cells away, but ranks exchange only {GHOSTS} layers of cells"
            )
        once = constant(roots, self.nodes) if iterated else []
        before, loops = stages(once, once), stages(roots, known=set(once))
        lasting = {n for loop in before for n in loop} & {*once, *(n for loop in loops for n in loop)}
        kept = self._fills("once", before, lasting=lasting)
        prepared = len(self.inputs.numbers)
        lasts = {n: kept.work[n] for n in kept.work if n in lasting}
        filled = self._fills("fill", loops, lasts)
        told = self._fills("told", stages(fluxes), first=len(lasts))
        matrix, gradients = self._matrix_loop(filled), self._flux_loop(told)
        inputs = self.inputs
        arrays = list(inputs.arrays.values())
        shared = ", ".join([*(f"n{k}" for k in range(self.dim)), "s", "w", *arrays])
        types = ["int64"] * self.dim + ["float64[::1]", "float64[:, ::1]"]
        types += [f"float{32 if getattr(key, 'array', ()) in single else 64}[::1]" for key in inputs.arrays]
        types += ["int64"] * (2 * self.dim) + [f"{np.dtype(k)}[::1]" for k in (float, kind, float)]
        parts = [
            HEAD.format(title=title, inner=INNER),
            *(f"{name} = np.array({text})" for text, name in inputs.tables.items()),
            *(function_text(f, name) for f, name in inputs.functions.items()),
            *(text for fills in (kept, filled, told) for text in fills.functions),
            _PREPARE.format(body=indented("\n".join([*kept.calls, "return"])), outer=OUTER),
            matrix.replace("TYPES", ", ".join(types)).replace("WHAT", _described(inputs.arrays)),
            gradients,
        ]
        source = "\n\n\n".join(part.strip() for part in parts)
        for placeholder, text in ((EVERYTHING, shared), ("RANGES", self.ranges), (PIECES, pieces(source))):
            source = source.replace(placeholder, text)
        work = max(len(kept.work), len(filled.work), len(lasts) + len(told.work))
        return Kernel(source + "\n", inputs, work, prepared, self.layout, self.diagonal)

    def _fills(
        self,
        name: str,
        loops: list[list[Node]],
        known: Mapping[Node, str] | None = None,
        first: int | None = None,
        lasting: Collection[Node] = (),
    ) -> Fills:
        """Functions that compute cell expressions into work arrays, including ghost layers.

        Parameters
        ----------
        name : str
            Prefix of their names.
        loops : list of list of Node
            The expressions of each loop, in order; those that are known are left out.
        known : mapping of Node to str, optional
            What is in work arrays already.
        first : int, optional
            The first work array to use; by default the one after those known.
        lasting : collection of Node
            Expressions that are put into the first of these arrays.
        """
        fills = Fills(dict(known or {}))
        loops = [[e for e in loop if e not in fills.work] for loop in loops]
        order = sorted((e for loop in loops for e in loop), key=lambda e: e not in lasting)
        start = len(fills.work) if first is None else first
        rows = {e: start + k for k, e in enumerate(order)}
        for k, expressions in enumerate(loops):
            if not expressions:
                continue
            faces = Faces(f"{name}{k}", self.widths, self.inputs, dict(fills.work), expressions)
            loop = Loop(self.inputs, faces, expressions, len(expressions), partial(of_each, expressions))
            puts = [
                f"put(o, {piece(p)}, {piece(p + 1)}, count, w[{rows[e]}], c, count)" for p, e in enumerate(expressions)
            ]
            body = "\n".join([*(f"b{d}, e{d} = 0, n{d}" for d in range(self.dim)), loop.text(puts)])
            fills.work |= {e: f"w[{rows[e]}, " for e in expressions}
            fills.functions += [*loop.functions, f"@njit({INNER})\ndef {name}{k}({EVERYTHING}):\n{indented(body)}"]
            fills.calls.append(f"{name}{k}({EVERYTHING})")
        return fills

    def _matrix_loop(self, fills: Fills) -> str:
        """Function that writes the rows of a range of cells."""
        cell_roots = [n for b in self.balances for n in (b.density, *b.by_cell.values())]
        wanted = [[n for b in self.balances for n in b.on_faces(axis)] for axis in range(self.dim)]
        faces = Faces("face", self.widths, self.inputs, fills.work, cell_roots, wanted)
        own = sum(entry.axis < 0 for entry in self.layout)
        sums, residuals, sizes, end = accumulate([len(self.layout), own, len(self.balances), len(self.balances)])

        def rows(code: Lines) -> list[str]:
            volume = code.name(prod(self.widths, start=ONE))
            areas = [code.name(prod((*self.widths[:d], *self.widths[d + 1 :]), start=ONE)) for d in range(self.dim)]
            parts = (
                Row(e, balance, self.nodes, self.layout, volume, areas, faces, code).lines()
                for e, balance in enumerate(self.balances)
            )
            return [line for lines in parts for line in lines]

        loop = Loop(self.inputs, faces, [*cell_roots, *self.nodes], end, rows)
        p0, p1, p2, p3, p4 = map(piece, (0, sums, residuals, sizes, end))
        puts = [
            f"line = {('0', 'j - b1', '(k - b2) * (e1 - b1) + j - b1')[self.dim - 1]}",
            f"put(o, {p0}, {p1}, count, m, line * {len(self.layout)} * along + i0 - b0, along)",
            f"put(o, {p1}, {p2}, count, t, line * {own} * along + i0 - b0, along)",
            f"put(o, {p2}, {p3}, count, r, line * along + i0 - b0, cells)",
            f"magnitude += sum_of_squares(o, {p3}, {p4}, count)",
        ]
        cells = " * ".join(f"(e{d} - b{d})" for d in range(self.dim))
        start = [*fills.calls, f"magnitude, along, cells = 0.0, e0 - b0, {cells}"]
        body = indented("\n".join([*start, loop.text(puts), "return magnitude"]))
        return "\n\n\n".join([*loop.functions, _MATRIX.format(body=body, outer=OUTER).strip()])

    def _flux_loop(self, fills: Fills) -> str:
        """Function that writes the fluxes through all faces of a range of cells."""
        faces = Faces("flux", self.widths, self.inputs, fills.work, [], list(zip(*self.fluxes, strict=True)))
        start, puts = [*fills.calls], []
        for axis in range(self.dim):
            for k, flux in enumerate(flux[axis] for flux in self.fluxes):
                if flux.op == "number":
                    start.append(f"g{axis}[{k}].fill({self.inputs.constant(flux.data)})")
                    continue
                at = faces.outputs[axis].index(flux)
                pieces_of = f"{piece(at)}, {piece(at + 1)}"
                if axis == 0:
                    puts.append(f"put(fx, {pieces_of}, count + 1, g0[{k}], {self._face_place(0, 0)}, count)")
                    continue
                x, index = "xyz"[axis], "ijk"[axis]
                upper, lower = (self._face_place(axis, side) for side in (1, 0))
                puts.append(f"put(f{x}u, {pieces_of}, count, g{axis}[{k}], {upper}, count)")
                puts.append(f"if {index} == b{axis}:\n    put(f{x}l, {pieces_of}, count, g{axis}[{k}], {lower}, count)")
        parts = ", ".join(f"g{axis}" for axis in range(self.dim))
        loop = Loop(self.inputs, faces)
        body = indented("\n".join([*start, loop.text(puts)]))
        text = _FLUXES.format(body=body, outer=OUTER).replace("PARTS", parts).strip()
        return "\n\n\n".join([*loop.functions, text])

    def _face_place(self, axis: int, upper: int) -> str:
        """Place of a row's lower or upper faces of an axis in a flat array of a flux in a range."""
        sizes = [f"(e{d} - b{d}{' + 1' * (d == axis)})" for d in range(self.dim)]
        place = "0"
        for d in reversed(range(1, self.dim)):
            place = f"({place} * {sizes[d]} + {'ijk'[d]} - b{d}{' + 1' * (d == axis and upper)})"
        return f"{place} * {sizes[0]} + i0 - b0"


def of_each(expressions: Sequence[Node], code: Lines) -> list[str]:
    """Lines that write expressions to pieces of a row's array, one after the other."""
    return [f"o[{piece(p)} + i] = {name}" for p, name in enumerate(code.names(expressions))]


def indented(text: str) -> str:
    """Text of a block within another."""
    return textwrap.indent(text, "    ")


def _described(arrays) -> str:
    lines = []
    for key, name in arrays.items():
        leaf, *end = key if isinstance(key, tuple) else (key,)
        lines.append(f"    {name}: {leaf!r}{f' at the {end[0]}' if end else ''}")
    return "\n".join(lines)

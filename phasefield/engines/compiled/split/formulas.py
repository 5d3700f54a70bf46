"""Functions that write the values of expressions in cells, generated like the kernel that writes the matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from phasefield.engines.compiled.emit import EVERYTHING, INNER, OUTER, Inputs, function_text, piece, pieces
from phasefield.engines.compiled.expressions import Node
from phasefield.engines.compiled.faces import Faces
from phasefield.engines.compiled.kernel import Writer, indented, of_each
from phasefield.engines.compiled.loops import HEAD, PIECES, Loop
from phasefield.engines.compiled.schedule import stages

_FUNCTION = """
@njit({outer}, cache=True)
def {name}(EVERYTHING, RANGES, {out}):
    '''Write the values in the cells of a range, into flat arrays of the cells held.'''
{body}
"""


@dataclass
class Formulas:
    """Generated functions.

    Attributes
    ----------
    source : str
        Python text with a function for each name.
    inputs : Inputs
        Inputs, in the order of their first arguments.
    work : int
        Number of work arrays over the cells.
    """

    source: str
    inputs: Inputs
    work: int


class FormulaWriter(Writer):
    """Writes such functions.

    Parameters
    ----------
    widths : sequence of Node
        Widths of a cell, by axis.
    """

    def __init__(self, widths: Sequence[Node]):
        super().__init__([], [], [], widths)

    def formulas(self, title: str, wanted: Mapping[str, Sequence[Node]]) -> Formulas:
        """The functions' text; ``wanted`` are expressions in cells, by the name of the function that writes them."""
        made, work = [], 0
        for name, nodes in wanted.items():
            fills = self._fills(f"{name}_before", stages(nodes))
            faces = Faces(name, self.widths, self.inputs, fills.work, nodes)
            loop = Loop(self.inputs, faces, nodes, len(nodes), partial(of_each, nodes))
            puts = [f"put(o, {piece(k)}, {piece(k + 1)}, count, out{k}, c, count)" for k in range(len(nodes))]
            body = indented("\n".join([*fills.calls, loop.text(puts)]))
            out = ", ".join(f"out{k}" for k in range(len(nodes)))
            made += [*fills.functions, *loop.functions]
            made.append(_FUNCTION.format(name=name, body=body, out=out, outer=OUTER))
            work = max(work, len(fills.work))
        inputs = self.inputs
        shared = ", ".join([*(f"n{k}" for k in range(self.dim)), "s", "w", *inputs.arrays.values()])
        parts = [
            HEAD.format(title=title, inner=INNER),
            *(f"{name} = np.array({text})" for text, name in inputs.tables.items()),
            *(function_text(f, name) for f, name in inputs.functions.items()),
            *made,
        ]
        source = "\n\n\n".join(part.strip() for part in parts)
        for placeholder, text in ((EVERYTHING, shared), ("RANGES", self.ranges), (PIECES, pieces(source))):
            source = source.replace(placeholder, text)
        return Formulas(source + "\n", inputs, work)

"""From nodes to lines of Python that Numba compiles."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from phasefield.engines.compiled.expressions import COMPARISONS, Node

#: Options of functions that Python calls, and of functions that only compiled functions call. Unused entry points for C
#: and Python would take a tenth of a kernel's compilation time.
OUTER = 'error_model="numpy", no_cfunc_wrapper=True'
INNER = f"{OUTER}, inner=True"

#: Placeholder for the arguments common to all functions, until all of them are known.
EVERYTHING = "EVERYTHING"

#: Arguments of a kernel: numbers of cells, numbers, work arrays and arrays.
_KERNELS = re.compile(r"n\d|s|w|a\d+")

_INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
_SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
#: Powers that are products.
_PRODUCTS = (2.0, 3.0, 4.0, 5.0, 6.0)
#: Numbers written into the code; all others are arguments, so that different decks share a kernel.
_LITERALS = {float(k) for k in range(-16, 17)} | {0.5, -0.5, 0.25, 1.5, 2.5}


#: Operations that cost no call of a function: what else is in a loop keeps the compiler from working on many cells.
_INLINE = {"add", "sub", "mul", "div", "sqrt", "fabs", "sign", "minimum", "maximum", "where", "frozen", *COMPARISONS}


@dataclass
class Inputs:
    """Inputs of a kernel, in order of first use.

    Attributes
    ----------
    arrays : dict
        Names of the arrays: values in cells by leaf; prescribed fluxes over the columns by (leaf, end).
    numbers : dict
        Positions of scalar leaves, constants and ends in the array of numbers.
    functions : dict
        Names of the functions that it calls.
    tables : dict
        Names of constant arrays, by their contents as text.
    """

    arrays: dict[Any, str] = field(default_factory=dict)
    numbers: dict[Any, int] = field(default_factory=dict)
    functions: dict[Any, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)

    def array(self, key) -> str:
        """Name of an array."""
        return self.arrays.setdefault(key, f"a{len(self.arrays)}")

    def number(self, key) -> str:
        """Expression of a number that is read when the kernel runs."""
        return f"s[{self.numbers.setdefault(key, len(self.numbers))}]"

    def constant(self, value: float) -> str:
        """Expression of a constant."""
        return repr(value) if value in _LITERALS else self.number(("constant", value))

    def table(self, values) -> str:
        """Name of a constant array."""
        return self.tables.setdefault(repr(np.asarray(values, float).tolist()), f"T{len(self.tables)}")

    def function(self, function) -> str:
        """Name of a function."""
        return self.functions.setdefault(function, f"f{len(self.functions)}_{function!r}")


class Lines:
    """Straight-line code; equal nodes are computed once.

    Parameters
    ----------
    inputs : Inputs
    leaf : callable
        ``leaf(node) -> str or None``: code that reads a node which need not be computed.
    prefix : str
        Prefix of the names of intermediate results.
    """

    def __init__(self, inputs: Inputs, leaf: Callable[[Node], str | None], prefix: str = "t"):
        self.inputs, self._leaf, self._prefix = inputs, leaf, prefix
        self.lines: list[str] = []
        self._names: dict[Node, str] = {}
        self._kept: dict[str, str] = {}

    def name(self, node: Node) -> str:
        """An expression for a node, after the lines it needs."""
        if node not in self._names:
            self._names[node] = self._write(node)
        return self._names[node]

    def kept(self, read: str) -> str:
        """Name of what some code reads or computes, after a line that does so once."""
        if read not in self._kept:
            self._kept[read] = f"v{len(self._kept)}"
            self.lines.append(f"{self._kept[read]} = {read}")
        return self._kept[read]

    def names(self, nodes: Iterable[Node]) -> list[str]:
        """Expressions for several nodes."""
        return [self.name(n) for n in nodes]

    def _write(self, n: Node) -> str:
        if n.op == "number":
            return self.inputs.constant(float(n.data))
        if n.op == "scalar":
            return self.inputs.number(n.data)
        read = self._leaf(n)
        if read is None:
            read = self._operation(n, self.names(n.args))
        if read.isidentifier():
            return read
        name = f"{self._prefix}{len(self._names)}"
        self.lines.append(f"{name} = {read}")
        return name

    def _operation(self, n: Node, args: list[str]) -> str:
        if n.op == "frozen":
            return args[0]
        if n.op in _INFIX:
            return f"{args[0]} {_INFIX[n.op]} {args[1]}"
        if n.op == "pow":
            return self._power(n, *args)
        if n.op in COMPARISONS:
            return f"1.0 if {args[0]} {_SIGNS[n.op]} {args[1]} else 0.0"
        if n.op == "where":
            return f"{args[1]} if {args[0]} != 0.0 else {args[2]}"
        if n.op == "call":
            function: Any = n.data
            constants = [
                self.inputs.table(c) if np.ndim(c) else self.inputs.constant(float(c))
                for c in function.sympy.compiled[1:]
            ]
            return f"{self.inputs.function(function)}({', '.join([*args, *constants])})"
        return f"{n.op}({', '.join(args)})"

    def _power(self, n: Node, base: str, exponent: str) -> str:
        power = n.args[1].data if n.args[1].op == "number" else None
        if power == 0.5:
            return f"sqrt({base})"
        if power in _PRODUCTS:
            return f"{base}**{int(power)}"
        return f"{base} ** {exponent}"


def slow(roots: Iterable[Node], leaf: Callable[[Node], str | None]) -> list[Node]:
    """Parts of some expressions that call functions; arguments first.

    Parameters
    ----------
    roots : iterable of Node
    leaf : callable
        As in :class:`Lines`.
    """
    seen: dict[Node, bool] = {}

    def visit(n: Node) -> None:
        if n in seen or not n.args or leaf(n) is not None:
            return
        for argument in n.args:
            visit(argument)
        power = n.op == "pow" and n.args[1].op == "number" and n.args[1].data in (0.5, *_PRODUCTS)
        seen[n] = not power and n.op not in _INLINE

    for root in roots:
        visit(root)
    return [n for n, calls in seen.items() if calls]


def piece(k: int) -> str:
    """Where the numbers of a row of cells begin for the kth of several expressions; `pieces` defines the name."""
    return f"P{k}"


def pieces(text: str) -> str:
    """Definitions of the names of all pieces that a text uses: the compiler need not resolve a product each time."""
    return "\n".join(f"P{k} = U({k} * WIDE)" for k in sorted({int(k) for k in re.findall(r"\bP(\d+)\b", text)}))


def row_function(
    name: str, known: Sequence[str], start: Sequence[str], lines: Sequence[str]
) -> tuple[str, list[str]]:
    """Function that goes over the cells or faces of a row; i counts them.

    Numbers are read before: else the compiler would have to read them again after everything that is written.

    Parameters
    ----------
    name : str
    known : sequence of str
        Names that may be arguments, besides those of the kernel.
    start, lines : sequence of str
        Code before the loop, and in it.

    Returns
    -------
    str
    list of str
        Its arguments: only names that it uses, since Numba takes long for a call with many arrays.
    """
    found = dict.fromkeys(re.findall(r"\bs\[(\d+)\]", "\n".join(lines)))
    head = [*start, *(f"s{k} = s[{k}]" for k in found)]
    body = re.sub(r"\bs\[(\d+)\]", r"s\1", "\n".join(lines))
    text = "\n".join([*head, "for i in range(U(count)):", textwrap.indent(body, "    ")])
    words = set(re.findall(r"\w+", text))
    arguments = [w for w in known if w in words] + sorted(w for w in words if _KERNELS.fullmatch(w))
    return f"@njit({INNER})\ndef {name}({', '.join(arguments)}):\n{textwrap.indent(text, '    ')}", arguments


def function_text(function, name: str) -> str:
    """Source of a scalar function of a model, under another name, after those of the functions that it calls."""
    compiled = function.sympy.compiled[0]
    helpers = {n: f for n, f in inspect.getclosurevars(compiled).globals.items() if inspect.isfunction(f)}
    return "\n\n".join(_scalar(f, n) for n, f in [*helpers.items(), (name, compiled)])


def _scalar(function: Callable, name: str) -> str:
    source = textwrap.dedent(inspect.getsource(function)).replace(f"def {function.__name__}(", f"def {name}(", 1)
    return f"@njit({INNER})\n{source}"

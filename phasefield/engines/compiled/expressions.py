"""Expressions as a graph in which equal parts are one node, with derivatives.

A :class:`Node` lives in a cell, on a face, or is a number everywhere. Cell nodes are built of the values of the cell
itself; face nodes of the two cells that share the face, the lower one (side 0) and the upper one (side 1) along the
face's axis; at the edge of the grid both are the one cell there is. Two operations lead from one to the other:
:func:`side` takes a cell's value to a face, :func:`divergence` sums faces into a cell.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from phasefield.errors import TraceError

#: Functions of numbers that a node may apply; Python's for constants, and written under these names in a kernel.
FUNCTIONS: dict[str, Callable[..., float]] = {
    **{name: getattr(math, name) for name in (
        "exp", "log", "log10", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh",
        "asinh", "acosh", "atanh", "asin", "acos", "atan", "fabs", "floor", "ceil", "fmod", "atan2",
    )},
    "sign": lambda x: float((x > 0) - (x < 0)),
    "minimum": min,
    "maximum": max,
}  # fmt: skip
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
}
_known: WeakValueDictionary[tuple, Node] = WeakValueDictionary()


def _operator(op: str, swapped: bool = False):
    def apply(self, other):
        if isinstance(other, np.ndarray):  # of nodes: NumPy goes through its elements
            return NotImplemented
        return node(op, other, self) if swapped else node(op, self, other)

    return apply


class Node:
    """One operation on other nodes; make it by :func:`node` and the operators, never directly.

    Attributes
    ----------
    op : str
        The operation.
    args : tuple of Node
    data : hashable
        Further data of the operation: a number, a variable, a side.
    place : str
        ``"cell"``, ``"face"`` or, for values that are the same everywhere, ``"any"``.
    """

    __slots__ = ("__weakref__", "args", "data", "op", "place")
    op: str
    args: tuple[Node, ...]
    data: Any
    place: str

    __add__, __radd__ = _operator("add"), _operator("add", swapped=True)
    __sub__, __rsub__ = _operator("sub"), _operator("sub", swapped=True)
    __mul__, __rmul__ = _operator("mul"), _operator("mul", swapped=True)
    __truediv__, __rtruediv__ = _operator("div"), _operator("div", swapped=True)
    __pow__, __rpow__ = _operator("pow"), _operator("pow", swapped=True)

    def __neg__(self):
        return node("mul", -1.0, self)

    def __repr__(self):
        shown = [repr(a) for a in self.args] + ([str(self.data)] if self.data is not None else [])
        return str(self.data) if self.op == "number" else f"{self.op}({', '.join(shown)})"


def node(op: str, *args, data=None, place: str | None = None) -> Node:
    """The unique node of this operation on these arguments, simplified where constants allow.

    Parameters
    ----------
    op : str
    *args : Node or float
    data : hashable, optional
    place : str, optional
        Place of a leaf; other nodes have the place of their arguments.

    Raises
    ------
    ValueError
        A cell's value is used where a face's is needed, or vice versa.
    """
    nodes = tuple(a if isinstance(a, Node) else number(a) for a in args)
    simple = _simplified(op, nodes)
    return _unique(op, nodes, data, place) if simple is None else simple


def number(value) -> Node:
    """A constant."""
    return _unique("number", (), float(value), "any")


def side(value: Node, which: int) -> Node:
    """Value, on a face, of the lower cell (0) or the upper cell (1)."""
    return value if value.place == "any" else node("side", value, data=which, place="face")


def divergence(fluxes) -> Node:
    """Outward flux of a cell per volume, from the flux components along each axis on its faces."""
    fluxes = [f if isinstance(f, Node) else number(f) for f in fluxes]
    return ZERO if all(f is ZERO for f in fluxes) else node("divergence", *fluxes, place="cell")


def frozen(value: Node) -> Node:
    """The same value, without derivatives."""
    return value if value.op == "number" else node("frozen", value)


def thawed(value: Node) -> Node:
    """The same value on a face, with all its derivatives by the face's two cells."""
    if value.op == "frozen":
        return thawed(value.args[0])
    args = tuple(thawed(a) for a in value.args) if value.op != "side" else value.args
    return value if args == value.args else node(value.op, *args, data=value.data)


def where(condition, yes, no) -> Node:
    """``yes`` where the condition is not zero, else ``no``."""
    return node("where", condition, yes, no)


def derivative(of: Node, by: Node, memo: dict[Node, Node] | None = None) -> Node:
    """Derivative by a leaf or, on a face, by one side of a leaf.

    A divergence counts as a constant, since it also depends on other cells; so does a frozen node.

    Raises
    ------
    TraceError
        The expression has a function without a known derivative.
    """
    memo = {} if memo is None else memo
    if of not in memo:
        memo[of] = _derivative(of, by, memo)
    return memo[of]


def replaced(of: Node, other: Callable[[Node], Node], memo: dict[Node, Node] | None = None) -> Node:
    """The same expression of other leaves, or of expressions in their place."""
    memo = {} if memo is None else memo
    if of not in memo:
        if of.op == "side" and not of.args[0].args:
            memo[of] = _sides(other(of.args[0]), of.data)
        else:
            args = [replaced(arg, other, memo) for arg in of.args]
            memo[of] = node(of.op, *args, data=of.data, place=of.place) if args else other(of)
    return memo[of]


def _sides(value: Node, which: int) -> Node:
    """The value on one side of a face, from the leaves there: nothing has to be stored for it."""
    args = [_sides(arg, which) for arg in value.args]
    return node(value.op, *args, data=value.data) if args else side(value, which)


def _unique(op, args, data, place) -> Node:
    key = (op, tuple(map(id, args)), data, place)
    found = _known.get(key)
    if found is None:
        places = {a.place for a in args if a.place != "any"} if place is None else {place}
        if len(places) > 1:
            raise ValueError(f"{op} mixes values of cells and of faces")
        found = Node()
        found.op, found.args, found.data, found.place = op, args, data, next(iter(places), "any")
        _known[key] = found
    return found


def _simplified(op, args) -> Node | None:
    """A simpler node of the same value, if constants among the arguments allow one."""
    values: list[Any] = [a.data if a.op == "number" else None for a in args]
    rule = _ARITHMETIC.get(op) or FUNCTIONS.get(op) or COMPARISONS.get(op)
    if rule and None not in values:
        try:
            return number(rule(*values))
        except (ArithmeticError, ValueError, TypeError):  # the error appears at evaluation
            return None
    if op == "where" and values[0] is not None:
        return args[1] if values[0] else args[2]
    if op == "where" and args[1] is args[2]:
        return args[1]
    if len(args) != 2:
        return None
    (a, b), (x, y) = args, values
    if (op == "add" and x == 0) or (op == "mul" and x == 1):
        return b
    if (op in ("add", "sub") and y == 0) or (op in ("mul", "div", "pow") and y == 1):
        return a
    if (op == "mul" and 0 in (x, y)) or (op == "div" and x == 0):
        return ZERO
    if op == "pow" and y == 0:
        return ONE
    if op == "sub" and a is b:
        return ZERO
    return None


#: Derivatives of functions of one argument, by value x and result f.
_SLOPES: dict[str, Callable[[Node, Node], Node]] = {
    "exp": lambda x, f: f,
    "log": lambda x, f: 1 / x,
    "log10": lambda x, f: 1 / (math.log(10) * x),
    "log1p": lambda x, f: 1 / (1 + x),
    "expm1": lambda x, f: f + 1,
    "sqrt": lambda x, f: 0.5 / f,
    "sin": lambda x, f: node("cos", x),
    "cos": lambda x, f: -node("sin", x),
    "tan": lambda x, f: 1 + f * f,
    "sinh": lambda x, f: node("cosh", x),
    "cosh": lambda x, f: node("sinh", x),
    "tanh": lambda x, f: 1 - f * f,
    "asinh": lambda x, f: 1 / node("sqrt", 1 + x * x),
    "acosh": lambda x, f: 1 / node("sqrt", x * x - 1),
    "atanh": lambda x, f: 1 / (1 - x * x),
    "asin": lambda x, f: 1 / node("sqrt", 1 - x * x),
    "acos": lambda x, f: -1 / node("sqrt", 1 - x * x),
    "atan": lambda x, f: 1 / (1 + x * x),
    "fabs": lambda x, f: node("sign", x),
    **dict.fromkeys(("sign", "floor", "ceil"), lambda x, f: ZERO),
}


def _derivative(of: Node, by: Node, memo) -> Node:
    if of is by:
        return ONE
    if of.op == "side" and by.op == "side":
        same = of.data == by.data
        return side(derivative(of.args[0], by.args[0]), of.data) if same else ZERO
    if not of.args or of.op in ("side", "divergence", "frozen") or of.op in COMPARISONS:
        return ZERO
    parts = of.args if of.op != "where" else of.args[1:]
    slopes = [derivative(a, by, memo) for a in parts]
    if all(s is ZERO for s in slopes):
        return ZERO
    if of.op == "where":
        return where(of.args[0], *slopes)
    if of.op in _SLOPES:
        return _SLOPES[of.op](of.args[0], of) * slopes[0]
    if of.op == "call":
        total = ZERO
        for k, slope in enumerate(slopes):
            if slope is not ZERO:
                total = total + of.data.slope(of, k) * slope
        return total
    (a, b), (da, db) = of.args, slopes
    rules: dict[str, Callable[[], Node]] = {
        "add": lambda: da + db,
        "sub": lambda: da - db,
        "mul": lambda: da * b + a * db,
        "div": lambda: da / b - of * db / b,
        "pow": lambda: (b * a ** (b - 1) * da if da is not ZERO else ZERO)
        + (of * node("log", a) * db if db is not ZERO else ZERO),
        "fmod": lambda: da + (of - a) / b * db,  # a - b times a whole number, which holds between its jumps
        "atan2": lambda: (b * da - a * db) / (a * a + b * b),
        "minimum": lambda: where(node("lt", a, b), da, db),
        "maximum": lambda: where(node("gt", a, b), da, db),
    }
    if of.op not in rules:
        raise TraceError(f"the derivative of {of.op} is not known")
    return rules[of.op]()


ZERO: Node = number(0.0)
ONE: Node = number(1.0)

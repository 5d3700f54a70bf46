"""Functions that a model defines by numbers and a derivative, as parts of expressions and of kernels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import sympy

from phasefield.engines.compiled import expressions as ex
from phasefield.engines.compiled.expressions import Node
from phasefield.errors import TraceError

_SYMPY_NAMES = {"Abs": "fabs", "Min": "minimum", "Max": "maximum"}


@dataclass(frozen=True)
class Function:
    """A function of :func:`phasefield.engines.symbolic.sympy_function` that can be compiled."""

    sympy: Any

    @classmethod
    def of(cls, function) -> Function:
        """Wrap a SymPy function; raises TraceError if it has no compiled form."""
        if getattr(function, "compiled", None) is None:
            raise TraceError(f"the function {function.__name__}() has no compiled form")
        return cls(function)

    def slope(self, value: Node, argument: int) -> Node:
        """Derivative of a call of this function by one of its arguments (from 0)."""
        symbols = [sympy.Dummy(f"a{k}") for k in range(len(value.args))]
        called = self.sympy(*symbols)
        known = {called: value, **dict(zip(symbols, value.args, strict=True))}
        return from_sympy(sympy.sympify(called.fdiff(argument + 1)), known)

    def __repr__(self):
        return self.sympy.__name__


def from_sympy(expression, known: dict[Any, Node]) -> Node:
    """Nodes of a SymPy expression.

    Parameters
    ----------
    expression : sympy.Expr
    known : dict
        Nodes of symbols and of other expressions that have one.

    Raises
    ------
    TraceError
        A function without a compiled form, named.
    """
    if expression not in known:
        known[expression] = _convert(expression, known)
    return known[expression]


def _convert(e, known) -> Node:
    if e.is_Number or e.is_NumberSymbol:
        return ex.number(float(e))
    args = [from_sympy(a, known) for a in e.args]
    if e.is_Add or e.is_Mul:
        total = args[0]
        for a in args[1:]:
            total = total + a if e.is_Add else total * a
        return total
    if e.is_Pow:
        if (exponent := e.args[1]).is_Number and exponent < 0:
            return 1 / args[0] ** float(-exponent)
        return args[0] ** args[1]
    if isinstance(e, sympy.Heaviside):
        return ex.node("gt", args[0], 0.0)
    if hasattr(e.func, "evaluate"):
        return ex.node("call", *args, data=Function.of(e.func))
    name = _SYMPY_NAMES.get(e.func.__name__, e.func.__name__)
    if name not in ex.FUNCTIONS:
        raise TraceError(f"the function {name}() has no compiled form")
    return ex.node(name, *args) if len(args) == 1 else reduce(lambda a, b: ex.node(name, a, b), args)

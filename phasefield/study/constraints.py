"""Constraints between axes: arithmetic comparisons in a small grammar. Nothing is ever evaluated as Python.

``"current * thickness <= '5 mA/cm'"``: names of axes, numbers, quantities in quotes, ``+ - * / **``, comparisons,
``and``, ``or``, ``not``, brackets. Units are carried along, so that metres are never compared with volts.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from phasefield.units import UnitError, measured

_NUMERIC = re.compile(r"\s*[+-]?\.?\d")
LONGEST, MOST_PARTS, LARGEST_POWER = 500, 100, 8

_ARITHMETIC: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARISONS: dict[type, Callable] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_SIGNS: dict[type, Callable] = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_}
_ALLOWED = "names of axes, numbers, quantities in quotes, + - * / **, comparisons, and, or, not, brackets"


class ConstraintError(ValueError):
    """A text is not a valid constraint, or its units do not match."""


def names_in(text: str) -> set[str]:
    """The names of the axes in a constraint.

    Raises
    ------
    ConstraintError
        The text is not of the grammar.
    """
    return {node.id for node in ast.walk(_parsed(text)) if isinstance(node, ast.Name)}


def holds(text: str, values: Mapping[str, Any]) -> bool:
    """Whether a constraint holds.

    Parameters
    ----------
    text : str
    values : mapping
        By name of the axis: a number, a word, or a text with a unit.

    Raises
    ------
    ConstraintError
        The units do not fit together.
    """
    try:
        return bool(_value(_parsed(text), {name: _read(value) for name, value in values.items()}))
    except ConstraintError:
        raise
    except Exception as error:  # pint raises errors of many families for units that do not fit
        raise ConstraintError(f"cannot be evaluated: {error}") from None


def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise ConstraintError(f"is longer than {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ConstraintError(f"is not a valid constraint; allowed are {_ALLOWED}") from None
    nodes = list(ast.walk(tree))
    if len(nodes) > MOST_PARTS:
        raise ConstraintError(f"has more than {MOST_PARTS} parts")
    for node in nodes:
        _check(node)
    if not isinstance(tree, ast.Compare | ast.BoolOp | ast.UnaryOp):
        raise ConstraintError("must be a comparison, such as 'current <= 5'")
    return tree


def _check(node: ast.AST) -> None:
    structure = ast.BoolOp, ast.boolop, ast.Compare, ast.BinOp, ast.UnaryOp, ast.Name, ast.Load
    if isinstance(node, ast.Constant):
        fine = type(node.value) in (int, float, str)
        if fine:
            _read(node.value)
    else:
        fine = isinstance(node, structure) or type(node) in {**_ARITHMETIC, **_COMPARISONS, **_SIGNS}
    if not fine:
        raise ConstraintError(f"has a part that is not allowed ({ast.unparse(node)[:40]}); allowed are {_ALLOWED}")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        power = node.right
        if not (isinstance(power, ast.Constant) and type(power.value) is int and power.value <= LARGEST_POWER):
            raise ConstraintError(f"has a power whose exponent is not a whole number up to {LARGEST_POWER}")


def _read(value: Any) -> Any:
    """A quantity from a text that begins like a number; other texts are words, and numbers are never huge integers."""
    if not isinstance(value, str):
        return float(value)
    if not _NUMERIC.match(value):
        return value
    try:
        return measured(value)
    except UnitError as error:
        raise ConstraintError(f"'{value[:40]}': {error}") from None


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return _read(node.value)
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.UnaryOp):
        return _SIGNS[type(node.op)](_value(node.operand, names))
    if isinstance(node, ast.BinOp):
        return _ARITHMETIC[type(node.op)](_value(node.left, names), _value(node.right, names))
    if isinstance(node, ast.BoolOp):
        parts = (_value(part, names) for part in node.values)
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    assert isinstance(node, ast.Compare)
    terms = [_value(term, names) for term in (node.left, *node.comparators)]
    return all(_COMPARISONS[type(op)](a, b) for op, a, b in zip(node.ops, terms, terms[1:], strict=False))

"""The small changes that are made in a module: one each, in its syntax tree."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any

BINARY = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}
COMPARE = {
    ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "any": "all", "all": "any"}
#: How exactly an equation is solved, and what a thing is called, is no physics.
SETTINGS = {"tolerance", "controls_step", "name"}


def mutants(source: str) -> list[tuple[int, str, str]]:
    """Line, description and text of each mutant of a module, in the order of the text."""
    tree = ast.parse(source)
    found = []
    for parent, field, index, node in list(_places(tree)):
        for changed in _changes(node):
            what = f"{ast.unparse(node)}  →  {ast.unparse(changed)}"
            found.append((node.lineno, what, _text(tree, parent, field, index, changed)))
    return found


def _text(tree, parent, field, index, changed) -> str:
    """The module with one node changed; the tree is left as it was."""
    before = getattr(parent, field)
    setattr(parent, field, changed if index is None else [*before[:index], changed, *before[index + 1 :]])
    text = ast.unparse(tree)
    setattr(parent, field, before)
    return text


def _places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, Any]]:
    """Nodes that can be changed, each with its place in its parent; no annotations, messages, docstrings."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _no_physics(child):
                continue
            if isinstance(child, ast.expr):
                yield node, field, index, child
            yield from _places(child)


def _no_physics(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.FunctionDef) and node.name == "__repr__")
        or (isinstance(node, ast.keyword) and node.arg in SETTINGS)
    )


def _changes(node: ast.expr) -> Iterator[ast.expr]:
    """What may stand in a node's place."""

    def altered(**fields):
        other = copy.copy(node)
        for field, value in fields.items():
            setattr(other, field, value)
        return other

    match node:
        case ast.BinOp() if type(node.op) in BINARY:
            yield altered(op=BINARY[type(node.op)]())
            if isinstance(node.op, ast.Add | ast.Sub):  # a dropped term
                yield node.left
                yield node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield node.operand
        case ast.Compare(ops=[op]) if type(op) in COMPARE:
            yield altered(ops=[COMPARE[type(op)]()])
        case ast.BoolOp():
            yield altered(op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.IfExp():
            yield altered(body=node.orelse, orelse=node.body)
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float()):
            yield ast.Constant(node.value + 1)
            if node.value:
                yield ast.UnaryOp(ast.USub(), ast.Constant(node.value))
        case ast.Call(args=[first, second, *rest]) if _order_counts(node):
            yield altered(args=[second, first, *rest])
        case ast.Name() if node.id in NAMES:
            yield altered(id=NAMES[node.id])
        case ast.Attribute() if node.attr in NAMES:
            yield altered(attr=NAMES[node.attr])


def _order_counts(call: ast.Call) -> bool:
    """Whether the first two arguments of a call may not be swapped without a change."""
    symmetric = getattr(call.func, "attr", getattr(call.func, "id", "")) in ("min", "max", "minimum", "maximum")
    starred = any(isinstance(a, ast.Starred) for a in call.args)
    return not symmetric and not starred and ast.dump(call.args[0]) != ast.dump(call.args[1])

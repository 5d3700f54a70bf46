"""Assignment of expressions to loops over the cells, with work arrays between the loops.

A face needs values of both its cells. If these are expressions and not fields, an earlier loop computes them into work
arrays; if they contain a divergence, that loop needs faces itself, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable

from phasefield.engines.compiled.expressions import Node


def depth(node: Node, memo: dict[Node, int]) -> int:
    """Number of loops that must run before a node can be evaluated."""
    if node not in memo:
        own = 1 if node.op == "side" and node.args[0].op != "cell" else 0
        memo[node] = own + max((depth(a, memo) for a in node.args), default=0)
    return memo[node]


def reach(node: Node, memo: dict[Node, int]) -> int:
    """Distance, in cells, of the farthest values that a node uses, in either direction."""
    if node not in memo:
        own = 1 if node.op == "side" else 0
        memo[node] = own + max((reach(a, memo) for a in node.args), default=0)
    return memo[node]


def descendants(roots: Iterable[Node]) -> list[Node]:
    """All nodes in the expressions of some roots, each once, arguments first."""
    order: dict[Node, None] = {}

    def visit(node: Node):
        if node not in order:
            for argument in node.args:
                visit(argument)
            order[node] = None

    for root in roots:
        visit(root)
    return list(order)


def stages(roots: Iterable[Node]) -> list[list[Node]]:
    """Cell expressions that are stored in work arrays, by the loop that fills them."""
    memo: dict[Node, int] = {}
    waiting = [n.args[0] for n in descendants(roots) if n.op == "side" and n.args[0].op != "cell"]
    waiting = list(dict.fromkeys(waiting))
    if not waiting:
        return []
    last = max(depth(n, memo) for n in waiting)
    return [[n for n in waiting if depth(n, memo) == k] for k in range(last + 1)]

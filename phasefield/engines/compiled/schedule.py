"""Assignment of expressions to loops over the cells, with work arrays between the loops.

A face needs values of both its cells. If these are expressions and not fields, an earlier loop computes them into work
arrays; if they contain a divergence, that loop needs faces itself, and so on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from phasefield.engines.compiled.expressions import Node

#: Operations that cost no more than reading their result.
_CHEAP = {"number", "scalar", "cell", "side", "frozen", "add", "sub", "mul"}
#: What boundary conditions prescribe; they are evaluated in each iteration.
_AT_ENDS = {"inflow", "fixed", "given"}


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


def descendants(roots: Iterable[Node], known: Collection[Node] = ()) -> list[Node]:
    """All nodes in the expressions of some roots, each once, arguments first; without parts that are known."""
    order: dict[Node, None] = {}

    def visit(node: Node):
        if node not in order and node not in known:
            for argument in node.args:
                visit(argument)
            order[node] = None

    for root in roots:
        visit(root)
    return list(order)


def stages(
    roots: Iterable[Node], stored: Iterable[Node] = (), known: Collection[Node] = frozenset()
) -> list[list[Node]]:
    """Cell expressions that are stored in work arrays, by the loop that fills them.

    Parameters
    ----------
    roots : iterable of Node
        Expressions to evaluate; of those on faces, the values in both cells are stored.
    stored : iterable of Node
        What is to be stored besides.
    known : collection of Node
        What is in work arrays already.
    """
    memo: dict[Node, int] = {}
    waiting = [n.args[0] for n in descendants(roots, known) if n.op == "side" and n.args[0].op != "cell"]
    waiting = [n for n in dict.fromkeys([*waiting, *stored]) if n not in known]
    last = max((depth(n, memo) for n in waiting), default=-1)
    return [[n for n in waiting if depth(n, memo) == k] for k in range(last + 1)]


def constant(roots: Iterable[Node], changing: Collection[Node]) -> list[Node]:
    """Cell expressions that are worth computing once per step: the largest parts of the roots without unknowns.

    Sums and products of fields are not: reading them again costs as much as computing them.

    Parameters
    ----------
    roots : iterable of Node
    changing : collection of Node
        The unknowns.
    """
    changes: dict[Node, bool] = {}
    costs: dict[Node, bool] = {}
    for n in descendants(roots):
        changes[n] = n in changing or n.op in _AT_ENDS or any(changes[a] for a in n.args)
        costs[n] = n.op not in _CHEAP or any(costs[a] for a in n.args)
    found: dict[Node, None] = {}
    seen: set[Node] = set()

    def visit(n: Node):
        if n in seen:
            return
        seen.add(n)
        if n.place == "cell" and costs[n] and not changes[n]:
            found[n] = None
        else:
            for argument in n.args:
                visit(argument)

    for root in roots:
        visit(root)
    return list(found)

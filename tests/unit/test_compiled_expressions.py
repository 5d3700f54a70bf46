"""Expression graphs know their derivatives, and equal parts are one node."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phasefield.engines.compiled import expressions as ex
from phasefield.engines.compiled.emit import Inputs, Lines

X, Y = (ex.node("cell", data=name, place="cell") for name in "xy")
UNARY = ("exp", "sin", "tanh", "atan", "asinh", "cosh")
expressions = st.recursive(
    st.sampled_from([X, Y, ex.number(0.7), ex.number(2.0)]),
    lambda inner: st.one_of(
        st.builds(lambda op, a, b: ex.node(op, a, b), st.sampled_from(["add", "sub", "mul", "maximum"]), inner, inner),
        st.builds(lambda a, b: a / (2 + b * b), inner, inner),
        st.builds(lambda a: (1 + a * a) ** 1.5, inner),
        st.builds(lambda name, a: ex.node(name, ex.node("sin", a)), st.sampled_from(UNARY), inner),
        st.builds(lambda a, b, c: ex.where(ex.node("gt", a, 0.3), b, c), inner, inner, inner),
    ),
    max_leaves=8,
)


def value(node, x, y):
    """By the lines that a kernel would have."""
    inputs = Inputs()
    code = Lines(inputs, lambda n: str(n.data) if n.op == "cell" else None)
    result = code.name(node)
    names = {**vars(math), "x": x, "y": y, "maximum": max, "sign": lambda t: (t > 0) - (t < 0)}
    names["s"] = [key[1] for key in inputs.numbers]
    exec("\n".join([*code.lines, f"result = {result}"]), names)
    return float(names["result"])


@settings(max_examples=100, deadline=None)
@given(expressions, st.floats(0.1, 1.9), st.floats(0.1, 1.9))
def test_derivatives(node, x, y):
    """Against central differences, where these exist: 1e-5."""
    h = 1e-6
    for by, dx, dy in ((X, h, 0.0), (Y, 0.0, h)):
        found = value(ex.derivative(node, by), x, y)
        ahead, here, behind = value(node, x + dx, y + dy), value(node, x, y), value(node, x - dx, y - dy)
        if abs(ahead - 2 * here + behind) > 1e-8 * (1 + abs(here)):
            continue  # a kink or a jump lies between
        assert found == pytest.approx((ahead - behind) / (2 * h), rel=1e-5, abs=1e-5 * (1 + abs(here)))


def test_equal_parts_are_one():
    assert (X + Y) * 2.0 is (X + Y) * 2.0
    assert X * 0.0 is ex.ZERO and X + 0.0 is X and X**1.0 is X and X - X is ex.ZERO
    assert ex.node("exp", 0.0) is ex.ONE


def test_places_do_not_mix():
    with pytest.raises(ValueError, match="faces"):
        X + ex.side(Y, 0)


def test_sides_are_different_unknowns():
    mean = (ex.side(X * X, 0) + ex.side(X * X, 1)) * 0.5
    below, above = ex.derivative(mean, ex.side(X, 0)), ex.derivative(mean, ex.side(X, 1))
    assert below is not above and ex.derivative(mean, ex.side(Y, 0)) is ex.ZERO

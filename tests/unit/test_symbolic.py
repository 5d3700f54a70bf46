"""Sources that linearise themselves: exact against SymPy and against differences, whole in the matrix."""

import os
from itertools import pairwise

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
import pytest
import sympy
from fipy import CellVariable, Grid1D, TransientTerm
from fipy.solvers import LinearLUSolver
from fipy.tools import numerix
from hypothesis import given, settings
from hypothesis import strategies as st

from phasefield.engines.symbolic import (
    _FUNCTIONS,
    FunctionVariable,
    LinearTerm,
    describe,
    linearize,
    sympy_function,
    trace,
)
from phasefield.errors import TraceError

N = 5
U, V = np.linspace(-0.9, 0.8, N), np.linspace(0.3, 1.4, N)

#: Operations on things that may be FiPy variables, arrays or symbols, all defined near U and V.
UNARY = {
    "exp": lambda m, a: m.exp(a / 4),
    "tanh": lambda m, a: m.tanh(a),
    "sin": lambda m, a: m.sin(a),
    "root": lambda m, a: m.sqrt(a**2 + 1),
    "log": lambda m, a: m.log(a**2 + 2),
    "minus": lambda m, a: -a,
    "cube": lambda m, a: a**3 / 9,
    "inverse": lambda m, a: 1 / (a**2 + 1),
}
BINARY = {
    "sum": lambda a, b: a + b,
    "difference": lambda a, b: a - b,
    "product": lambda a, b: a * b / 4,
    "ratio": lambda a, b: a / (b**2 + 3),
}
LEAF = st.sampled_from(["u", "v"]) | st.floats(-2, 2).map(lambda x: round(x, 3))
TREE = st.recursive(
    LEAF,
    lambda inner: (
        st.tuples(st.sampled_from(sorted(UNARY)), inner)
        | st.tuples(st.sampled_from(sorted(BINARY)), inner, inner)
    ),
    max_leaves=6,
)


def build(tree, module, u, v):
    """An expression tree in the terms of a module: FiPy's numerix or sympy."""
    if isinstance(tree, tuple):
        name, *operands = tree
        operands = [build(o, module, u, v) for o in operands]
        return UNARY[name](module, *operands) if name in UNARY else BINARY[name](*operands)
    return {"u": u, "v": v}.get(tree, tree)


def variables():
    mesh = Grid1D(nx=N)
    return [CellVariable(mesh=mesh, name=n, value=x.copy(), hasOld=True) for n, x in (("u", U), ("v", V))]


def parts(terms):
    """Values of the explicit source (key None) and of the coefficients, by the names of their variables."""
    found, queue = {}, [terms]
    while queue:
        term = queue.pop()
        if hasattr(term, "term"):  # FiPy's sums hold two terms
            queue += [term.term, term.other]
        else:
            key = term.var.name if isinstance(term, LinearTerm) else None
            found[key] = np.asarray(getattr(term, "coeff", term).value)
    return found


@settings(max_examples=60, deadline=None)
@given(TREE)
def test_linearize_is_exact(tree):
    """S* + Σ ∂S/∂w (w − w*) has SymPy's value and derivatives, and central differences agree.

    Tolerances: 1e-12 relative against SymPy, cell by cell; 1e-6 against differences of the tree itself.
    """
    u, v = variables()
    expression = build(tree, numerix, u, v)
    if not isinstance(expression, CellVariable):  # a number
        expression = expression + 0 * u
    found = parts(linearize(expression, u, v))
    symbols = sympy.symbols("u v")
    exact = sympy.sympify(build(tree, sympy, *symbols))
    total = np.zeros(N) + found[None]
    for symbol, values, name in zip(symbols, (U, V), ("u", "v"), strict=True):
        derivative = sympy.diff(exact, symbol)
        slope = np.array(
            [float(derivative.subs({symbols[0]: a, symbols[1]: b})) for a, b in zip(U, V, strict=True)]
        )
        np.testing.assert_allclose(found.get(name, 0.0), slope, rtol=1e-12, atol=1e-12)
        h = 1e-5 * np.array([symbol is symbols[0], symbol is symbols[1]])
        ahead, behind = (build(tree, numerix, U + k * h[0], V + k * h[1]) for k in (1, -1))
        np.testing.assert_allclose(slope, (ahead - behind) / 2e-5 + np.zeros(N), rtol=1e-6, atol=1e-8)
        total = total + slope * values
    np.testing.assert_allclose(total, build(tree, numerix, U, V) + np.zeros(N), rtol=1e-12, atol=1e-12)


def test_linearize_follows_the_iterate():
    """The terms are lazy: after the unknown has changed they hold the new values."""
    u, _ = variables()
    terms = linearize(u**3, u)
    u.setValue(2.0)
    found = parts(terms)
    np.testing.assert_allclose(found["u"], 12.0)
    np.testing.assert_allclose(found[None], -16.0)


def test_other_variables_are_kept_as_they_are():
    """What is not named as an unknown is a coefficient, with its value of the moment."""
    u, v = variables()
    found = parts(linearize(u * v**2, u))
    assert set(found) == {None, "u"}
    np.testing.assert_allclose(found["u"], V**2)


@pytest.mark.parametrize("slope", [3.0, -3.0])
def test_linear_term_keeps_both_signs_in_the_matrix(slope):
    """(u − u*)/Δt = slope·u gives u*/(1 − slope Δt) for either sign (1e-10)."""
    mesh = Grid1D(nx=3)
    u = CellVariable(mesh=mesh, name="u", value=1.0, hasOld=True)
    equation = TransientTerm(var=u) == LinearTerm(coeff=CellVariable(mesh=mesh, value=slope), var=u)
    equation.solve(dt=0.1, solver=LinearLUSolver())
    np.testing.assert_allclose(u.value, 1 / (1 - slope * 0.1), rtol=1e-10)


def test_newton_converges_quadratically():
    """u³ − 2 + u = 0 by sweeps of its linearisation: errors 1e-1, 1e-2, 1e-4, 1e-8 or faster."""
    mesh = Grid1D(nx=2)
    u = CellVariable(mesh=mesh, name="u", value=1.5)
    equation = linearize(u**3 + u - 2.0, u) == 0
    errors = []
    for _ in range(6):
        equation.sweep(var=u, solver=LinearLUSolver(tolerance=1e-13))
        errors.append(float(np.max(np.abs(u.value - 1.0))))
    assert errors[-1] < 1e-9
    assert all(b < 1.0 * a**2 + 1e-9 for a, b in pairwise(errors))


def test_function_variable():
    """A function known by numbers and by its derivative: lazy, differentiated by the chain rule (1e-12)."""

    def slope(self, a, index):
        return 3 * a**2

    cube = sympy_function("cube", 1, lambda a: a**3, slope)
    u, v = variables()
    found = parts(linearize(FunctionVariable.of(cube, 2 * u) * v, u, v))
    np.testing.assert_allclose(found["u"], 2 * 3 * (2 * U) ** 2 * V, rtol=1e-12)
    np.testing.assert_allclose(found["v"], (2 * U) ** 3, rtol=1e-12)
    assert FunctionVariable.of(cube, 2.0) == 8.0


@pytest.mark.parametrize("name", sorted(_FUNCTIONS))
def test_numpys_functions(name):
    """Value (1e-12 relative) and slope (1e-6, against differences) of each, as NumPy has them."""
    function = getattr(np, name)
    shift = 2.0 if name == "arccosh" else 0.0  # where it is real
    one, others = U + shift, [V][: function.nin - 1]
    if name in ("log", "log10", "sqrt", "power"):
        one = V + 0.1
    u, v = variables()
    u.setValue(one)
    applied = u._UnaryOperatorVariable(function) if not others else u._BinaryOperatorVariable(function, v)
    found = parts(linearize(applied, u))
    h = 1e-6
    slope = (function(one + h, *others) - function(one - h, *others)) / (2 * h)
    np.testing.assert_allclose(found.get("u", 0.0), slope, rtol=1e-6, atol=1e-8)
    value = np.asarray(found[None]) + found.get("u", 0.0) * one
    np.testing.assert_allclose(value, function(one, *others), rtol=1e-12, atol=1e-15)


def test_what_cannot_be_differentiated_is_named():
    """A function that has no derivative here is an error that says which."""
    u, _ = variables()
    with pytest.raises(TraceError, match="spacing"):
        trace(u._UnaryOperatorVariable(np.spacing), {})


def test_describe():
    """An expression as text, in the names of its fields."""
    u, v = variables()
    assert describe(u * v + 1.0) in {"u*v + 1.0", "u*v + 1"}

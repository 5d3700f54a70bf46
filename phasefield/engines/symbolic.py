"""From FiPy expressions to SymPy and back: sources that linearise themselves.

FiPy's lazy variables are expression trees: an operator variable keeps its operation in ``.op`` and its
operands in ``.var``. :func:`trace` walks such a tree and applies the same operations to SymPy symbols;
:func:`linearize` differentiates the result and gives it back as FiPy terms, so that a model states a source
once, as in its paper, and Newton's method gets the exact derivative.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

import numpy as np
import sympy
from fipy import CellVariable, FaceVariable, ImplicitSourceTerm
from fipy.terms.abstractBinaryTerm import _AbstractBinaryTerm
from fipy.terms.term import Term
from fipy.tools import numerix
from fipy.variables.variable import Variable
from sympy.printing.numpy import NumPyPrinter

from phasefield.errors import TraceError

#: NumPy's functions in SymPy. Names do not do: sympy.maximum is something else.
_FUNCTIONS = {
    **{name: getattr(sympy, name) for name in ("exp", "log", "sqrt", "sign")},
    **{name: getattr(sympy, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{f"arc{name}": getattr(sympy, f"a{name}") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "absolute": sympy.Abs,
    "maximum": sympy.Max,
    "minimum": sympy.Min,
    "log10": lambda x: sympy.log(x) / sympy.log(10),
    "arctan2": sympy.atan2,
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "negative": operator.neg,
}


class LinearTerm(ImplicitSourceTerm):
    """``coeff · var``, always in the matrix.

    FiPy's ImplicitSourceTerm moves a coefficient of the 'wrong' sign to the right-hand side. That keeps a
    matrix dominant but drops the derivative Newton's method needs, and decouples coupled equations.
    """

    def _getWeight(self, var, transientGeomCoeff=None, diffusionGeomCoeff=None):
        none = numerix.zeros(var.shape, "d")
        return {"diagonal": none + 1.0, "old value": none, "b vector": none, "new value": none}


class FunctionVariable(Variable):
    """Lazy FiPy variable ``function(*args)`` for a SymPy function made by :func:`sympy_function`.

    Make it by :meth:`of`: in cells or on faces, as the arguments are.
    """

    def __init__(self, function, args):
        super().__init__(mesh=next(a.mesh for a in args if hasattr(a, "mesh")), name=function.__name__)
        self.function = function
        self.args = [self._requires(a) for a in args]

    @staticmethod
    def of(function, *args):
        """The lazy variable where an argument is one, else the plain value."""
        if any(isinstance(a, FaceVariable) for a in args):
            return _FaceFunction(function, args)
        if any(isinstance(a, Variable) for a in args):
            return _CellFunction(function, args)
        return function.evaluate(*args)

    def _calcValue(self):
        return self.function.evaluate(*(getattr(a, "value", a) for a in self.args))


class _CellFunction(FunctionVariable, CellVariable):
    pass


class _FaceFunction(FunctionVariable, FaceVariable):
    pass


def sympy_function(name, nargs, evaluate, derivative, compiled=None):
    """SymPy function defined by numbers and by its derivative.

    Parameters
    ----------
    name : str
        Printed name.
    nargs : int
        Number of arguments.
    evaluate : callable
        ``evaluate(*arrays) -> ndarray``.
    derivative : callable
        ``derivative(self, *args, i) -> sympy.Expr``, the derivative by argument i (from 1); it may use the
        function's own value ``self``.
    compiled : tuple, optional
        ``(function, *constants)``: a Python function of numbers that Numba can compile, called with the arguments and
        then the constants (floats or arrays). Without it, the function is for the FiPy engine only.

    Returns
    -------
    type
        Subclass of :class:`sympy.Function`.
    """

    def fdiff(self, argindex=1):
        return derivative(self, *self.args, argindex)

    members = {"nargs": nargs, "fdiff": fdiff, "evaluate": staticmethod(evaluate), "compiled": compiled}
    return type(name, (sympy.Function,), members)


def trace(expression, leaves: dict[int, tuple[sympy.Symbol, Variable]]):
    """SymPy form of a FiPy expression.

    Parameters
    ----------
    expression : fipy.Variable or number
        The expression.
    leaves : dict
        Symbols of the leaves met so far, by ``id`` of the variable; extended in place. A variable without
        an operation (a field, a static field, the time step) is a leaf, and so is a number made of vectors (the size
        of a gradient): its own derivative, by the fields of the next cells, is left out.

    Returns
    -------
    sympy.Expr

    Raises
    ------
    TraceError
        A function that is not among `_FUNCTIONS`, named.
    """
    if not isinstance(expression, Variable):
        return sympy.sympify(expression)
    if isinstance(expression, FunctionVariable):
        return expression.function(*(trace(a, leaves) for a in expression.args))
    operation = getattr(expression, "op", None)
    if operation is not None and not any(getattr(operand, "rank", 0) for operand in expression.var):
        operands = [trace(operand, leaves) for operand in expression.var]
        if isinstance(operation, np.ufunc):
            if operation.__name__ not in _FUNCTIONS:
                raise TraceError(f"cannot differentiate {operation.__name__}() in {expression!r}")
            return _FUNCTIONS[operation.__name__](*operands)
        return operation(*operands)
    if not hasattr(expression, "mesh") and type(expression).__name__ == "_Constant":
        return sympy.sympify(float(expression.value))
    if id(expression) not in leaves:
        name = expression.name or f"leaf{len(leaves)}"
        leaves[id(expression)] = (
            sympy.Symbol(name if name.isidentifier() else f"leaf{len(leaves)}", real=True),
            expression,
        )
    return leaves[id(expression)][0]


#: Settings that lambdify gives its own printer.
_PRINTED = {"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True}


class _Printer(NumPyPrinter):
    """Writes a sum in one order in every process.

    SymPy sorts terms by their generators. Two whose sort keys are equal, as those of x and x**1.0, stay in the order of
    a set, which follows PYTHONHASHSEED, and so would the round-off. Such a sum keeps the order of its arguments.
    """

    def _as_ordered_terms(self, expr, order=None):
        generators = [sympy.default_sort_key(g) for g in expr.as_terms()[1]]
        if all(a < b for a, b in pairwise(generators)):
            return super()._as_ordered_terms(expr, order)
        return list(expr.args)


class _Bundle(Variable):
    """Several SymPy expressions of the same leaves, evaluated by one function with shared subexpressions.

    ``source`` is the SymPy expression that they linearise; an engine that derives its own kernel starts from it.
    """

    def __init__(self, variable, source, expressions, leaves, shape):
        super().__init__(value=np.zeros((len(expressions), *shape)))
        self.variable = variable
        self.source, self.expressions, self.symbols = source, expressions, list(leaves.values())
        self.leaves = [self._requires(variable) for _, variable in leaves.values()]

    @cached_property
    def function(self):
        """Values of the expressions from those of the leaves; made for the FiPy engine, when it first asks."""
        symbols = [symbol for symbol, _ in self.symbols]
        functions = {f.__name__: f.evaluate for e in self.expressions for f in _custom_functions(e)}
        printer = _Printer(_PRINTED | {"user_functions": {name: name for name in functions}})
        modules = [functions, "numpy"]
        return sympy.lambdify(symbols, self.expressions, modules=modules, printer=printer, cse=True)

    def _calcValue(self):
        out = np.empty(self._value.shape) if self._value is not None else None
        values = self.function(*(leaf.value for leaf in self.leaves))
        if out is None:
            return np.array(np.broadcast_arrays(*values))
        for row, value in zip(out, values, strict=True):
            row[...] = value
        return out


class _Row(CellVariable):
    """One expression of a bundle times a number, as a cell variable."""

    def __init__(self, bundle, index, mesh, name, factor=1.0):
        super().__init__(mesh=mesh, name=name)
        self.bundle, self.index, self.factor = self._requires(bundle), index, factor

    def _calcValue(self):
        return self.factor * self.bundle.value[self.index]

    def __mul__(self, factor):
        if np.ndim(factor) or isinstance(factor, Variable):
            return super().__mul__(factor)
        return _Row(self.bundle, self.index, self.mesh, self.name, self.factor * factor)  # FiPy's would evaluate it

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1.0


def _custom_functions(expression):
    return {f.func for f in expression.atoms(sympy.Function) if hasattr(f.func, "evaluate")}


def linearize(source, *unknowns):
    r"""Newton linearisation of a source, as FiPy terms.

    Parameters
    ----------
    source : fipy.CellVariable
        S, an expression of the unknowns and of anything else (which is kept as it is).
    *unknowns : fipy.CellVariable
        The variables v to differentiate by.

    Returns
    -------
    fipy.Term
        :math:`S^* + \sum_v \partial S/\partial v\,(v - v^*)`, where * is the present value: an explicit
        source plus one :class:`LinearTerm` for each unknown that S depends on.

    Examples
    --------
    >>> from fipy import CellVariable, Grid1D
    >>> u = CellVariable(mesh=Grid1D(nx=1), name="u", value=3.0)
    >>> terms = linearize(u**3, u)      # 27 + 27 (u - 3)
    """
    leaves: dict[int, tuple[sympy.Symbol, Variable]] = {}
    expression = trace(source, leaves)
    mesh = unknowns[0].mesh
    depends = [v for v in unknowns if id(v) in leaves]
    slopes = [_slope(expression, leaves[id(v)][0]) for v in depends]
    constant = expression - sum(s * leaves[id(v)][0] for s, v in zip(slopes, depends, strict=True))
    bundle = _Bundle(source, expression, [constant, *slopes], leaves, (mesh.numberOfCells,))
    terms = _Row(bundle, 0, mesh, "S*")
    for index, v in enumerate(depends, start=1):
        terms = terms + LinearTerm(coeff=_Row(bundle, index, mesh, f"dS/d{v.name}"), var=v)
    return terms


def _slope(expression, symbol):
    """Derivative; 0 at a jump."""
    return sympy.diff(expression, symbol).replace(sympy.DiracDelta, lambda *_: sympy.S.Zero)


def terms_of(equation) -> Iterator[Term]:
    """The terms that FiPy made a sum of."""
    if isinstance(equation, _AbstractBinaryTerm):
        yield from terms_of(equation.term)
        yield from terms_of(equation.other)
    else:
        yield equation


def describe(source) -> str:
    """A FiPy expression as text, in the symbols of its leaves."""
    return str(trace(source, {}))


def bundle_of(coefficient):
    """The bundle of a term that :func:`linearize` made, or None."""
    return coefficient.bundle if isinstance(coefficient, _Row) else None

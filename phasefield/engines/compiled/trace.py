"""From FiPy variables to nodes: what a coefficient or a source is made of.

FiPy's lazy variables are trees: an operator variable keeps its operation in ``.op`` and its operands in ``.var``. The
same operations, applied to arrays of nodes, rebuild the expression. A variable of rank r becomes an object array of
shape (dimension,)*r + (1,), as if the mesh had one element; so FiPy's own broadcasting, indexing and dot products do
the right thing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from fipy.variables.addOverFacesVariable import _AddOverFacesVariable
from fipy.variables.arithmeticCellToFaceVariable import _ArithmeticCellToFaceVariable
from fipy.variables.faceGradVariable import _FaceGradVariable
from fipy.variables.gaussCellGradVariable import _GaussCellGradVariable
from fipy.variables.harmonicCellToFaceVariable import _HarmonicCellToFaceVariable
from fipy.variables.variable import Variable

from phasefield.engines.compiled import expressions as ex
from phasefield.engines.compiled.expressions import Node
from phasefield.engines.compiled.functions import Function, from_sympy
from phasefield.errors import TraceError
from phasefield.symbolic import FunctionVariable

#: NumPy's names of functions that are called otherwise here.
_NAMES = {
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "arctan2": "atan2", "absolute": "fabs", "abs": "fabs", "add": "add", "subtract": "sub", "multiply": "mul",
    "divide": "div", "true_divide": "div", "power": "pow", "less": "lt", "less_equal": "le", "greater": "gt",
    "greater_equal": "ge", "equal": "eq", "not_equal": "ne",
}  # fmt: skip
_OPERATORS = {
    f"Variable.__{python}__.<locals>.<lambda>": name
    for python, name in {**{c: c for c in ex.COMPARISONS}, "abs": "fabs", "mod": "fmod"}.items()
}

EXTERIOR = ex.node("exterior", place="face")  # 1 on the faces at the edge of the grid, 0 inside
OUTWARD = ex.node("outward", place="face")  # component of FiPy's face normal: -1 at the lower edge, 1 elsewhere


@dataclass(frozen=True, eq=False)
class Leaf:
    """A FiPy variable whose numbers are read when the kernel runs."""

    variable: Variable

    def __repr__(self):
        return self.variable.name or type(self.variable).__name__


class Tracer:
    """Traces the variables of one grid.

    Parameters
    ----------
    mesh : fipy.meshes.Mesh
        Uniform grid.
    spacing : sequence of float
        Cell size along each axis.
    fields : sequence of fipy.CellVariable
        Unknowns; their values may be fixed on the ends of the last axis.
    """

    def __init__(self, mesh, spacing, fields):
        self.mesh, self.spacing, self.dim = mesh, tuple(spacing), len(spacing)
        self._fields = {id(f) for f in fields}
        self._leaves: dict[int, Leaf] = {}
        self._traced: dict[tuple[int, int | None], tuple[Variable, np.ndarray]] = {}
        self._exterior = np.asarray(mesh.exteriorFaces.value)
        self._normals = np.asarray(mesh.faceNormals)

    def cell(self, variable) -> Node:
        """A scalar, or a scalar cell variable."""
        return self._scalar(self.trace(variable), variable)

    def face(self, variable, axis: int) -> Node:
        """A scalar, or a scalar face variable, on the faces of an axis."""
        return self._scalar(self.trace(variable, axis), variable)

    def row(self, coefficient, axis: int) -> list[Node]:
        """What a diffusion coefficient makes, on the faces of an axis, of each component of the gradient.

        A scalar stands for the same in all directions, a vector for the diagonal of a tensor.
        """
        traced = np.asarray(self.trace(coefficient, axis), object)
        if traced.size == 1:
            return [traced.item() if k == axis else ex.ZERO for k in range(self.dim)]
        if traced.shape == (self.dim, 1):
            return [traced[axis, 0] if k == axis else ex.ZERO for k in range(self.dim)]
        if traced.shape[:2] == (self.dim, self.dim):
            return list(traced[axis].ravel())
        raise TraceError(
            f"{_named(coefficient)}, a diffusion coefficient of shape {traced.shape}; "
            f"a vector is a FaceVariable or CellVariable of rank 1, a tensor has {self.dim} by {self.dim} components"
        )

    def along(self, vector, axis: int) -> Node:
        """Component of a vector along an axis, on the faces of that axis."""
        traced = np.asarray(self.trace(vector if isinstance(vector, Variable) else np.asarray(vector), axis), object)
        if traced.shape not in ((self.dim,), (self.dim, 1)):
            raise TraceError(f"{_named(vector)}, of shape {traced.shape}, is not a vector of {self.dim} components")
        return traced.ravel()[axis]

    def trace(self, variable, axis: int | None = None):
        """Nodes of a variable, in cells or on the faces of an axis.

        Raises
        ------
        TraceError
            Something in it has no compiled form; it is named.
        """
        if not isinstance(variable, Variable):
            return ex.number(variable) if np.ndim(variable) == 0 else self._array(np.asarray(variable), variable, axis)
        key = (id(variable), axis)
        if key not in self._traced:  # the variable is kept, so that its id stays its own
            self._traced[key] = variable, self._trace(variable, axis)
        return self._traced[key][1]

    def _trace(self, v, axis):
        if getattr(v, "_constraints", None):
            raise TraceError(f"{_named(v)} is constrained; only unknowns may be, at the bottom and the top of the box")
        if isinstance(v, FunctionVariable):
            return _map(lambda *args: ex.node("call", *args, data=Function.of(v.function)),
                        *(self.trace(a, axis) for a in v.args))  # fmt: skip
        if axis is not None and isinstance(v, _ArithmeticCellToFaceVariable):
            return _map(lambda e: self.mean(e, axis), self.trace(v.var))
        if axis is not None and isinstance(v, _HarmonicCellToFaceVariable):
            return _map(_harmonic_mean, self.trace(v.var))
        if axis is not None and isinstance(v, _FaceGradVariable):
            e = self.cell(v.var)
            along = ex.frozen(self.difference(e, axis))  # half of a gradient's derivative is worse than none
            return _column(along if k == axis else _mean(self.gradient(e, k)) for k in range(self.dim))
        if axis is None and isinstance(v, _GaussCellGradVariable):
            e = self.cell(v.var)
            return _column(self.gradient(e, k) for k in range(self.dim))
        if axis is None and isinstance(v, _AddOverFacesVariable):
            return np.array([self._divergence(v)], object)
        if getattr(v, "op", None) is not None and not self._is_reduction(v):
            return self._operation(v, [self.trace(operand, axis) for operand in v.var])
        if v.shape == () and not hasattr(v, "mesh"):
            constant = type(v).__name__ == "_Constant"
            return ex.number(v.value) if constant else ex.node("scalar", data=self._leaf(v), place="any")
        return self._array(np.asarray(v.value), v, axis)

    def _operation(self, v, operands):
        op = v.op
        name = _OPERATORS.get(getattr(op, "__qualname__", ""))
        if isinstance(op, np.ufunc):
            name = _NAMES.get(op.__name__, op.__name__)
            if name not in ex.FUNCTIONS and name not in _NAMES.values():
                raise TraceError(f"the function {op.__name__}() has no compiled form")
        if name is not None:
            return _map(lambda *args: ex.node(name, *args), *operands)
        try:
            return op(*operands)
        except Exception as error:
            raise TraceError(f"{_named(v)} has no compiled form ({error})") from error

    def _array(self, values, variable, axis):
        """Leaf of numbers in cells or on faces, or a small constant array."""
        count = self.mesh.numberOfCells if axis is None else self.mesh.numberOfFaces
        if values.shape[-1:] != (count,):
            constant = not isinstance(variable, Variable) or type(variable).__name__ == "_Constant"
            if constant and values.size <= self.dim**2:
                return np.vectorize(ex.number, otypes=[object])(values)
            if not hasattr(variable, "mesh") and 0 < values.size <= self.dim**2:
                return self._components(variable)
            wanted = "cells" if axis is None else "faces"
            raise TraceError(f"{_named(variable)}, of shape {values.shape}, is not a value for each of the {wanted}")
        leaf = self._leaf(variable)
        flat = values.reshape(-1, count)
        nodes = [self._component(leaf, k, flat[k], axis) for k in range(len(flat))]
        return np.array(nodes, object).reshape(*values.shape[:-1], 1)

    def _components(self, variable):
        """A few numbers that may change: each is read as a variable of its own."""
        parts = np.empty(variable.shape, object)
        for at in np.ndindex(variable.shape):
            part = variable[at]
            parts[at] = ex.node("scalar", data=self._leaf(part), place="any")
        return parts

    def _component(self, leaf, k, values, axis):
        if axis is None:
            return ex.node("cell", data=(leaf, k), place="cell")
        if values.dtype == bool and np.array_equal(values, self._exterior):
            return EXTERIOR
        for normal_axis, normal in enumerate(self._normals):
            if np.array_equal(values, normal):
                return OUTWARD if normal_axis == axis else ex.ZERO
        return ex.node("face", data=(leaf, k, axis), place="face")

    def _leaf(self, variable) -> Leaf:
        if id(variable) not in self._leaves:
            kept = variable if isinstance(variable, Variable) else Variable(value=np.asarray(variable, float))
            self._leaves[id(variable)] = Leaf(kept)
            self._traced[(id(variable), -1)] = variable, np.empty(0)  # its id stays its own
        return self._leaves[id(variable)]

    # -- from cells to faces and back, as FiPy does it ------------------------------------------------

    def distance(self, axis: int) -> Node:
        """Between the cells of a face; at the edge of the grid, from the cell to the face."""
        h = self.spacing[axis]
        return ex.where(EXTERIOR, h / 2, h)

    def width(self, axis: int) -> Node:
        """Of a cell."""
        return ex.number(self.spacing[axis])

    def mean(self, e: Node, axis: int) -> Node:
        """Arithmetic face value; the given one where an unknown is fixed."""
        fixed, given = self.fixed(e, axis)
        return ex.where(fixed, given, _mean(e))

    def difference(self, e: Node, axis: int) -> Node:
        """Gradient along the normal; over half a cell where an unknown is fixed."""
        h, (fixed, given) = self.spacing[axis], self.fixed(e, axis)
        return ex.where(fixed, OUTWARD * (given - ex.side(e, 0)) * (2 / h), (ex.side(e, 1) - ex.side(e, 0)) / h)

    def gradient(self, e: Node, axis: int) -> Node:
        """A component of the Gauss gradient in cells."""
        return self._gradient(self.mean(e, axis), axis)

    def _gradient(self, mean: Node, axis: int) -> Node:
        return ex.divergence([mean if k == axis else ex.ZERO for k in range(self.dim)])

    def tangential(self, e: Node, axis: int) -> Node:
        """Harmonic mean, on any face, of a component of the Gauss gradient that knows of no fixed values.

        FiPy takes the explicit part of anisotropic diffusion from it.
        """
        return _harmonic_mean(self._gradient(_mean(e), axis))

    def fixed(self, e: Node, axis: int) -> tuple[Node, Node]:
        """Whether an unknown is fixed on a face, and the value given there."""
        if axis != self.dim - 1 or e.op != "cell" or id(e.data[0].variable) not in self._fields:
            return ex.ZERO, ex.ZERO
        return ex.node("fixed", data=e.data[0], place="face"), ex.node("given", data=e.data[0], place="face")

    def field(self, variable) -> Node:
        """An unknown's value in cells."""
        return ex.node("cell", data=(self._leaf(variable), 0), place="cell")

    def _divergence(self, v) -> Node:
        """``F.divergence`` is a sum over the products of F with the faces' areas."""
        product = v.faceVariable.var[0] if getattr(v.faceVariable, "op", None) is not None else None
        areas = self.mesh._orientedAreaProjections
        if product is None or len(getattr(product, "var", ())) != 2 or not np.array_equal(product.var[1].value, areas):
            raise TraceError(f"{_named(v)} is a sum over faces that is not a divergence")
        return ex.divergence([self.trace(product.var[0], axis)[axis].item() for axis in range(self.dim)])

    def _is_reduction(self, v):
        """Whether a number is computed of a whole field; FiPy keeps doing that."""
        return not hasattr(v, "mesh") and any(hasattr(operand, "mesh") for operand in v.var)

    def _scalar(self, traced, variable) -> Node:
        if isinstance(traced, Node):
            return traced
        if traced.size != 1:
            raise TraceError(f"{_named(variable)} is a vector or tensor where a scalar is compiled")
        return traced.item()


def from_bundle(tracer: Tracer, bundle, expression) -> Node:
    """Nodes of a SymPy expression of a linearised source (:func:`phasefield.symbolic.linearize`)."""
    return from_sympy(expression, {symbol: tracer.cell(variable) for symbol, variable in bundle.symbols})


def _mean(e: Node) -> Node:
    low, high = ex.side(e, 0), ex.side(e, 1)
    return (high - low) * 0.5 + low


def _harmonic_mean(e: Node) -> Node:
    product, mean = ex.side(e, 0) * ex.side(e, 1), _mean(e)
    usable = ex.where(ex.node("gt", ex.node("fabs", mean), 1e-20), ex.node("ge", product, 0.0), 0.0)
    return ex.where(usable, product / mean, 0.0)


def _map(function, *operands):
    """Apply a function of nodes to every element of broadcast operands."""
    if all(isinstance(o, Node) for o in operands):
        return function(*operands)
    return np.frompyfunc(function, len(operands), 1)(*operands)


def _column(nodes):
    """A vector's object array."""
    return np.array(list(nodes), object)[:, np.newaxis]


def _named(variable) -> str:
    name = getattr(variable, "name", "")
    return f"{name!r}" if name else f"a {type(variable).__name__}"

"""From FiPy variables to nodes: the expression of a coefficient or a source.

FiPy's lazy variables are trees: an operator variable keeps its operation in ``.op`` and its operands in ``.var``. The
same operations, applied to arrays of nodes, rebuild the expression. A variable of rank r becomes an object array of
shape (dimension,)*r + (1,), as if the mesh had one element; so FiPy's own broadcasting, indexing and dot products do
the right thing.
"""

from __future__ import annotations

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
from phasefield.engines.compiled.leaves import DECLARE, Leaf, named
from phasefield.engines.compiled.operators import EXTERIOR, OUTWARD, Operators
from phasefield.engines.mesh import faces_across
from phasefield.engines.symbolic import FunctionVariable
from phasefield.errors import TraceError

#: NumPy functions that have another name here.
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

#: Cells along each axis of the grid that models are traced on; different, so that no shape is mistaken for another.
SMALL = (3, 4, 5)


class Tracer:
    """Traces the variables of one grid.

    Parameters
    ----------
    mesh : fipy.meshes.Mesh
        Grid of a few cells, `SMALL`: only the expression of a variable is used, not its numbers.
    spacing : sequence of float or tuple of float
        Cell size along each axis, or that of each cell.
    fields : sequence of fipy.CellVariable
        Unknowns; their values may be fixed on the ends of some axes.
    declared : sequence of (fipy.CellVariable, (str, str))
        Variables with values in each cell, and the keys under which the kernel's caller has them.
    axes : collection of int
        Axes that have conditions at their ends.
    periodic : str
        Periodic axes of the grid of the run.
    """

    def __init__(self, mesh, spacing, fields, declared, axes, periodic: str = ""):
        self.mesh, self.dim, self._periodic = mesh, len(spacing), periodic
        self._fields = {id(f) for f in fields}
        for f in fields:
            _refuse_constraints(f, f, f.faceGrad)
        self._leaves = {id(variable): Leaf(variable, key) for variable, key in declared}
        self._others: dict[tuple[str, ...], Leaf] = {}
        self._traced: dict[tuple[int, int | None], tuple[Variable, np.ndarray]] = {}
        self._exterior = np.asarray(mesh.exteriorFaces.value)
        self._normals, self._centres = np.asarray(mesh.faceNormals), np.asarray(mesh.cellCenters.value)
        self._face_centres = np.asarray(mesh.faceCenters)
        self._axes = [Leaf(Variable(name="xyz"[k]), ("coordinate", "xyz"[k])) for k in range(self.dim)]
        widths = [self._width(axis, h) for axis, h in enumerate(spacing)]
        self.ops = Operators(widths, lambda leaf: id(leaf.variable) in self._fields, axes)
        self._sides = tuple(axis for axis in sorted(axes) if axis < self.dim - 1)

    def cell(self, variable) -> Node:
        """Node of a scalar or of a scalar cell variable."""
        return self._scalar(self.trace(variable), variable)

    def row(self, coefficient, axis: int) -> list[Node]:
        """Factors of a diffusion coefficient on each component of the gradient, on the faces of an axis.

        A scalar is an isotropic coefficient, a vector the diagonal of a tensor.
        """
        traced = np.asarray(self.trace(coefficient, axis), object)
        if traced.size == 1:
            return [traced.item() if k == axis else ex.ZERO for k in range(self.dim)]
        if traced.shape == (self.dim, 1):
            return [traced[axis, 0] if k == axis else ex.ZERO for k in range(self.dim)]
        if traced.shape[:2] == (self.dim, self.dim):
            return list(traced[axis].ravel())
        raise TraceError(
            f"{named(coefficient)}, a diffusion coefficient of shape {traced.shape}; "
            f"a vector is a FaceVariable or CellVariable of rank 1, a tensor has {self.dim} by {self.dim} components"
        )

    def along(self, vector, axis: int) -> Node:
        """Component of a vector along an axis, on the faces of that axis."""
        traced = np.asarray(self.trace(vector if isinstance(vector, Variable) else np.asarray(vector), axis), object)
        if traced.shape not in ((self.dim,), (self.dim, 1)):
            raise TraceError(f"{named(vector)}, of shape {traced.shape}, is not a vector of {self.dim} components")
        return traced.ravel()[axis]

    def trace(self, variable, axis: int | None = None):
        """Nodes of a variable, in cells or on the faces of an axis.

        Raises
        ------
        TraceError
            A part of it, which the error names, has no compiled form.
        """
        if not isinstance(variable, Variable):
            return ex.number(variable) if np.ndim(variable) == 0 else self._array(np.asarray(variable), variable, axis)
        key = (id(variable), axis)
        if key not in self._traced:  # the variable is kept, so that its id stays its own
            self._traced[key] = variable, self._trace(variable, axis)
        return self._traced[key][1]

    def know(self, variable, node: Node) -> None:
        """Use a node wherever a variable in cells is traced from now on."""
        self._traced[id(variable), None] = variable, np.array([node], object)

    def _trace(self, v, axis):
        _refuse_constraints(v, v)
        if isinstance(v, FunctionVariable):
            return _map(lambda *args: ex.node("call", *args, data=Function.of(v.function)),
                        *(self.trace(a, axis) for a in v.args))  # fmt: skip
        if axis is not None and isinstance(v, _ArithmeticCellToFaceVariable):
            return _map(lambda e: self.ops.mean(e, axis), self.trace(v.var))
        if axis is not None and isinstance(v, _HarmonicCellToFaceVariable):
            return _map(lambda e: self.ops.harmonic_mean(e, axis), self.trace(v.var))
        if axis is not None and isinstance(v, _FaceGradVariable):
            return _column(self.ops.face_gradient(self.cell(v.var), axis))
        if axis is None and isinstance(v, _GaussCellGradVariable):
            e = self.cell(v.var)
            return _column(self.ops.gradient(e, k) for k in range(self.dim))
        if axis is None and isinstance(v, _AddOverFacesVariable):
            return np.array([self._divergence(v)], object)
        if id(v) not in self._leaves and not hasattr(v, "mesh") and _takes_fields(v):
            raise TraceError(f"{named(v)} is computed of a whole field; let the model's refresh() do that")
        if axis is not None and self._is_exterior(v):
            return np.array([EXTERIOR], object)
        if id(v) not in self._leaves and getattr(v, "op", None) is not None:
            return self._operation(v, [self.trace(operand, axis) for operand in v.var])
        if v.shape == () and not hasattr(v, "mesh"):
            constant = type(v).__name__ == "_Constant"
            return ex.number(v.value) if constant else ex.node("scalar", data=self._leaf(v), place="any")
        return self._array(np.asarray(v.value), v, axis)

    def _is_exterior(self, v) -> bool:
        """Whether a variable is the mesh's mark of its outer faces; in 1-D FiPy compares coordinates for it."""
        logical = v.shape == self._exterior.shape and not self._follows_fields(v) and v.value.dtype == bool
        return bool(logical and np.array_equal(v.value, self._exterior))

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
            raise TraceError(f"{named(v)} has no compiled form ({error})") from error

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
            raise TraceError(f"{named(variable)}, of shape {values.shape}, is not a value for each of the {wanted}")
        if id(variable) in self._leaves:
            return np.array([self.field(variable)], object)
        flat = values.reshape(-1, count)
        nodes = [self._component(variable, k, flat[k], axis) for k in range(len(flat))]
        return np.array(nodes, object).reshape(*values.shape[:-1], 1)

    def _components(self, variable):
        """A small array that may change: each number is read as a separate variable."""
        parts = np.empty(variable.shape, object)
        for at in np.ndindex(variable.shape):
            part = variable[at]
            parts[at] = ex.node("scalar", data=self._leaf(part), place="any")
        return parts

    def _component(self, variable, k, values, axis):
        """Node of an undeclared variable: a mask or normal of faces, a coordinate, or one number."""
        part = slice(None) if axis is None else faces_across(self.mesh, axis)
        if axis is not None and np.array_equal(values[part], self._normals[axis][part]):
            return OUTWARD
        for along, places in enumerate(self._centres if axis is None else self._face_centres):
            if np.array_equal(values[part], places[part]) and np.ptp(places[part]):
                return self._coordinate(along, axis)
        if np.ptp(values[part].astype(float)) != 0 or self._follows_fields(variable):
            raise TraceError(f"{named(variable)} has values that are unknown to the compiled engine; {DECLARE}")
        if not isinstance(variable, Variable) or type(variable).__name__ == "_Constant":
            return ex.number(values[part][0])
        return ex.node("scalar", data=Leaf(variable, part=(k, part)), place="any")

    def _coordinate(self, along, axis):
        x = ex.node("cell", data=self._axes[along], place="cell")
        if axis is None:
            return x
        half = 0.5 * self.ops.widths[along]
        if along == axis and "xyz"[axis] in self._periodic:  # where both ends meet FiPy takes the lower one
            return ex.side(x, 1) - ex.side(half, 1)
        return ex.side(x, 0) + (ex.side(half, 0) * OUTWARD if along == axis else 0.0)

    def _follows_fields(self, variable) -> bool:
        """Whether FiPy computes a variable from declared ones, in a way that is unknown here."""
        needed = getattr(variable, "requiredVariables", ())
        return any(id(w) in self._leaves or self._follows_fields(w) for w in needed)

    def _width(self, axis: int, h) -> Node:
        if np.ndim(h) == 0:
            return ex.number(h)
        name = "xyz"[axis]
        return ex.node("cell", data=Leaf(Variable(name=f"width {name}"), ("width", name)), place="cell")

    def _leaf(self, variable) -> Leaf:
        return self._leaves.setdefault(id(variable), Leaf(variable))

    def field(self, variable) -> Node:
        """A declared variable in cells; prescribed fluxes, per volume, are separate leaves."""
        leaf = self._leaf(variable)
        if leaf.array[0] == "inflow":
            return ex.node("inflow", data=(leaf, self._sides), place="cell")
        return ex.node("cell", data=leaf, place="cell")

    def at(self, which: str, leaf: Node) -> Node:
        """The leaf of an old value at another time; other leaves as they are."""
        kind, *name = getattr(leaf.data, "array", ()) or ("",)
        if kind != "old":
            return leaf
        found = self._others.setdefault((which, *name), Leaf(leaf.data.variable, (which, *name)))
        return ex.node("cell", data=found, place="cell")

    def _divergence(self, v) -> Node:
        """``F.divergence`` is a sum over the products of F with the faces' areas."""
        product = v.faceVariable.var[0] if getattr(v.faceVariable, "op", None) is not None else None
        areas = self.mesh._orientedAreaProjections
        if product is None or len(getattr(product, "var", ())) != 2 or not np.array_equal(product.var[1].value, areas):
            raise TraceError(f"{named(v)} is a sum over faces that is not a divergence")
        return ex.divergence([self.trace(product.var[0], axis)[axis].item() for axis in range(self.dim)])

    def _scalar(self, traced, variable) -> Node:
        if isinstance(traced, Node):
            return traced
        if traced.size != 1:
            raise TraceError(f"{named(variable)} is a vector or tensor where a scalar is compiled")
        return traced.item()


def _refuse_constraints(variable, *places) -> None:
    """Raise TraceError for constraints by FiPy's `constrain`, which kernels do not apply."""
    if any(getattr(p, kind, None) for p in places for kind in ("_constraints", "faceConstraints")):
        raise TraceError(f"{named(variable)} is constrained; declare the condition in the model's boundaries instead")


def from_bundle(tracer: Tracer, bundle, expression) -> Node:
    """Nodes of a SymPy expression of a linearised source (:func:`phasefield.engines.symbolic.linearize`)."""
    return from_sympy(expression, {symbol: tracer.cell(variable) for symbol, variable in bundle.symbols})


def _map(function, *operands):
    """Apply a function of nodes to every element of broadcast operands."""
    if all(isinstance(o, Node) for o in operands):
        return function(*operands)
    return np.frompyfunc(function, len(operands), 1)(*operands)


def _column(nodes):
    """Object array of a vector."""
    return np.array(list(nodes), object)[:, np.newaxis]


def _takes_fields(v) -> bool:
    """Whether a number is computed from variables on a mesh."""
    return any(hasattr(w, "mesh") or _takes_fields(w) for w in v.requiredVariables)

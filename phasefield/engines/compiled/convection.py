"""Face values of FiPy's convection terms: weights by the cell Péclet number, and limiters.

A term carries ``u φ`` through a face, with ``φ = α φ_lower + (1 − α) φ_upper``. The schemes differ in α, a function of
the Péclet number ``P = u d/D`` of the face (Patankar, Numerical Heat Transfer and Fluid Flow, 1980, ch. 5; FiPy's
manual, "Numerical schemes"). Formulas and thresholds are FiPy's own, so that the numbers are.
"""

from __future__ import annotations

from collections.abc import Callable

from fipy.terms.abstractConvectionTerm import _AbstractConvectionTerm
from fipy.terms.centralDiffConvectionTerm import CentralDifferenceConvectionTerm
from fipy.terms.explicitUpwindConvectionTerm import ExplicitUpwindConvectionTerm
from fipy.terms.exponentialConvectionTerm import ExponentialConvectionTerm
from fipy.terms.hybridConvectionTerm import HybridConvectionTerm
from fipy.terms.powerLawConvectionTerm import PowerLawConvectionTerm
from fipy.terms.upwindConvectionTerm import UpwindConvectionTerm
from fipy.terms.vanLeerConvectionTerm import VanLeerConvectionTerm

from phasefield.engines.compiled import expressions as ex
from phasefield.engines.compiled.expressions import Node
from phasefield.engines.compiled.operators import EXTERIOR, OUTWARD, Operators
from phasefield.errors import TraceError

#: Magnitude of the Péclet number of a face without diffusion.
_WITHOUT_DIFFUSION = 1e20
#: Péclet number below which FiPy uses the central weight.
_SMALL = 1e-3


def _central(peclet: Node) -> Node:
    return ex.number(0.5)


def _upwind(peclet: Node) -> Node:
    return ex.node("gt", peclet, 0.0)


def _hybrid(peclet: Node) -> Node:
    slow = ex.where(ex.node("lt", peclet, -2.0), -1 / peclet, 0.5)
    return ex.where(ex.node("gt", peclet, 2.0), (peclet - 1) / peclet, slow)


def _power_law(peclet: Node) -> Node:
    p = _not_small(peclet)

    def fifth(x):
        return (x * x) * (x * x) * x

    up = ((p - 1) + fifth(1 - p / 10)) / p
    down = (fifth(1 + p / 10) - 1) / p
    weight = ex.where(ex.node("gt", p, _SMALL), up, 0.5)
    weight = ex.where(ex.node("gt", p, 10.0), (p - 1) / p, weight)
    weight = ex.where(ex.node("lt", p, -_SMALL), down, weight)
    return ex.where(ex.node("lt", p, -10.0), -1 / p, weight)


def _exponential(peclet: Node) -> Node:
    p, largest = _not_small(peclet), 101.0
    q = ex.node("minimum", p, largest + 1)
    growth = ex.node("exp", q)
    exact = ((q - 1) * growth + 1) / (q * (growth - 1))
    weight = ex.where(ex.node("gt", ex.node("fabs", q), _SMALL), exact, 0.5)
    return ex.where(ex.node("gt", p, largest), (p - 1) / p, weight)


def _not_small(peclet: Node) -> Node:
    return ex.where(ex.node("lt", ex.node("fabs", peclet), _SMALL), _SMALL, peclet)


_WEIGHTS: dict[type, Callable[[Node], Node]] = {
    CentralDifferenceConvectionTerm: _central,
    ExponentialConvectionTerm: _exponential,
    ExplicitUpwindConvectionTerm: _upwind,
    HybridConvectionTerm: _hybrid,
    PowerLawConvectionTerm: _power_law,
    UpwindConvectionTerm: _upwind,
    VanLeerConvectionTerm: _upwind,
}


def is_convection(term) -> bool:
    """Whether a FiPy term is a convection term."""
    return isinstance(term, _AbstractConvectionTerm)


def is_explicit(term) -> bool:
    """Whether the term uses the old values."""
    return isinstance(term, ExplicitUpwindConvectionTerm)


def weight(term, ops: Operators, axis: int, velocity: Node, diffusion: Node, sign: Node) -> Node:
    """Weight α of a face's lower cell.

    Parameters
    ----------
    term : fipy.ConvectionTerm
    ops : Operators
    axis : int
    velocity : Node
        Component of the term's coefficient along the axis, on its faces.
    diffusion : Node
        Sum of the coefficients of the diffusion terms of the same unknown, on the left side: usually negative.
    sign : Node
        1 or -1, the sign of the storage term on the left side.

    Raises
    ------
    TraceError
        The scheme is unknown.
    """
    scheme = type(term)
    if scheme not in _WEIGHTS:
        raise TraceError(f"{scheme.__name__} has no compiled form")
    outward = velocity * OUTWARD  # FiPy counts along its face normals, which point out of the grid at its edge
    still = ex.where(ex.node("lt", outward, 0.0), -_WITHOUT_DIFFUSION, _WITHOUT_DIFFUSION) * sign
    peclet = still
    if diffusion is not ex.ZERO:
        peclet = -outward * ops.distance(axis) / diffusion
        peclet = ex.where(ex.node("eq", diffusion, 0.0), still, peclet)
    return ex.frozen(_WEIGHTS[scheme](peclet))


def carried(term, ops: Operators, axis: int, unknown: Node, old: Node, share: Node, dt: Node, speed: Node) -> Node:
    """The value φ that a term carries through the faces of an axis.

    At the edge of the grid φ is zero except where the unknown's value is fixed. There FiPy's implicit schemes use a
    weighted part of the given value, and its explicit ones all of it.

    Parameters
    ----------
    term, ops, axis
        As for :func:`weight`.
    unknown, old : Node
        The unknown's values in cells, now and before.
    share : Node
        Result of :func:`weight`.
    dt, speed : Node
        Time step; size of the coefficient's component along the axis.
    """
    source = old if is_explicit(term) else unknown
    lower, upper = ex.side(source, 0), ex.side(source, 1)
    if isinstance(term, VanLeerConvectionTerm):
        lower, upper = _limited(ops, axis, source, dt, speed)
    inside = share * lower + (1 - share) * upper
    fixed, given = ops.fixed(unknown, axis)
    at_edge = given if is_explicit(term) else share * ex.side(unknown, 0) + (1 - share) * given
    return ex.where(EXTERIOR, ex.where(fixed, at_edge, 0.0), inside)


def _limited(ops: Operators, axis: int, old: Node, dt: Node, speed: Node) -> tuple[Node, Node]:
    """Both cells' values, extrapolated with van Leer's limited slope to the middle of the distance of one step."""
    step = (ex.side(old, 1) - ex.side(old, 0)) / ops.distance(axis)
    gradient, way = ops.gradient(old, axis), speed * dt
    values = []
    for which, sign in ((0, 1.0), (1, -1.0)):
        slope = _van_leer(sign * ex.side(gradient, which), sign * step)
        room = ex.side(ops.widths[axis], which) - way
        values.append(ex.side(old, which) + 0.5 * slope * room)
    return values[0], values[1]


def _van_leer(in_cell: Node, on_face: Node) -> Node:
    """Monotonised central slope (van Leer, J. Comput. Phys. 23 (1977) 276)."""
    behind = -on_face + 2 * in_cell
    size, size_behind = ex.node("fabs", on_face), ex.node("fabs", behind)
    least = ex.node("minimum", ex.node("minimum", ex.node("fabs", 2 * on_face), ex.node("fabs", 2 * behind)),
                    0.5 * (size + size_behind))  # fmt: skip
    signed = ex.where(ex.node("gt", behind, 0.0), least, -least)
    return ex.where(ex.node("lt", on_face * behind, 0.0), 0.0, signed)

"""From FiPy terms to balances: each equation as a density in cells and a flux on the faces between them.

A balance is a density in the cell plus the divergence of a flux; it is zero when the equation holds. Its derivatives by
the unknowns are the matrix of Newton's method, or FiPy's own matrix where coefficients count as constants (Picard).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from fipy.terms.abstractDiffusionTerm import _AbstractDiffusionTerm
from fipy.terms.diffusionTermCorrection import DiffusionTermCorrection
from fipy.terms.diffusionTermNoCorrection import DiffusionTermNoCorrection
from fipy.terms.explicitSourceTerm import _ExplicitSourceTerm
from fipy.terms.implicitSourceTerm import ImplicitSourceTerm
from fipy.terms.transientTerm import TransientTerm
from fipy.variables.variable import Variable

from phasefield.engines.compiled import convection
from phasefield.engines.compiled import expressions as ex
from phasefield.engines.compiled.expressions import ZERO, Node
from phasefield.engines.compiled.schedule import descendants
from phasefield.engines.compiled.trace import Tracer, from_bundle
from phasefield.engines.symbolic import LinearTerm, bundle_of, terms_of
from phasefield.errors import TraceError


def _zeros():
    return defaultdict(lambda: ZERO)


@dataclass
class Balance:
    """One equation.

    Attributes
    ----------
    density : Node
        Residual per volume, without the flux.
    by_cell : dict of Node
        Derivatives of the density, by the index of the unknown.
    flux : dict of Node
        Flux along an axis, by axis.
    by_side : dict of Node
        Derivatives of the flux, by axis, index of the unknown and side (0 lower cell, 1 upper cell).
    rates : dict of float
        Factors of the rates of change, by the index of the unknown; not yet part of the density.
    """

    density: Node = ZERO
    by_cell: dict[int, Node] = field(default_factory=_zeros)
    flux: dict[int, Node] = field(default_factory=_zeros)
    by_side: dict[tuple[int, int, int], Node] = field(default_factory=_zeros)
    rates: dict[int, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, other: Balance, factor: float = 1.0) -> None:
        """Add a multiple of another balance, without its rates."""
        self.density = self.density + factor * other.density
        _add_multiple(self.by_cell, other.by_cell, factor)
        _add_multiple(self.flux, other.flux, factor)
        _add_multiple(self.by_side, other.by_side, factor)

    def on_faces(self, axis: int) -> list[Node]:
        """All expressions on the faces of an axis."""
        return [self.flux[axis], *(slope for (d, _, _), slope in self.by_side.items() if d == axis)]

    def nodes(self) -> list[Node]:
        """All expressions."""
        return [self.density, *self.by_cell.values(), *self.flux.values(), *self.by_side.values()]

    @property
    def neighbours(self) -> list[int]:
        """Unknowns of neighbouring cells in the equation."""
        return sorted({k for (_, k, _), slope in self.by_side.items() if slope is not ZERO})


def _add_multiple(mine: dict[Any, Node], theirs: dict[Any, Node], factor: float) -> None:
    for key, node in theirs.items():
        mine[key] = mine[key] + factor * node


class Assembler:
    """Turns FiPy equations into balances.

    Parameters
    ----------
    tracer : Tracer
    unknowns : sequence of fipy.CellVariable
    dt, carry : fipy.Variable
        Of the step's :class:`phasefield.engines.state.Difference`.
    newton : bool
        Whether to include the derivatives that FiPy's terms omit: of coefficients, velocities and sources.
    """

    def __init__(self, tracer: Tracer, unknowns, dt, carry, newton: bool):
        self.tracer, self.unknowns, self.newton = tracer, list(unknowns), newton
        self.dt, self.carry = tracer.cell(dt), tracer.cell(carry)
        self.convects = False  # whether an unknown is carried in its own equation
        self.nodes = [tracer.field(u) for u in self.unknowns]

    def balance(self, equation, unknown) -> Balance:
        """The balance of one FiPy equation, that of an unknown.

        Raises
        ------
        TraceError
            A term or a part of one has no compiled form.
        """
        result, terms = Balance(), list(terms_of(equation))
        for term in terms:
            row = bundle_of(_unsigned(term.coeff)[1]) if isinstance(term, _ExplicitSourceTerm) else None
            if row is not None:
                self.tracer.know(row.variable, from_bundle(self.tracer, row, row.source))
        for term in terms:
            self._add(result, term, terms)
            self.convects |= convection.is_convection(term) and term.var is unknown
        return result

    def _add(self, result: Balance, term, terms) -> None:
        if isinstance(term, TransientTerm):
            self._storage(result, term)
        elif isinstance(term, _AbstractDiffusionTerm):
            self._diffusion(result, term)
        elif convection.is_convection(term):
            self._convection(result, term, terms)
        elif isinstance(term, ImplicitSourceTerm):  # LinearTerm is one
            self._linear(result, term, terms)
        elif isinstance(term, _ExplicitSourceTerm):
            sign, coefficient = _unsigned(term.coeff)
            row = bundle_of(coefficient)  # of a linearised source: its value now; LinearTerms hold its derivatives
            value = self.tracer.cell(coefficient) if row is None else from_bundle(self.tracer, row, row.source)
            if self.newton and value.op == "divergence" and self._flows(result, sign, value):
                return
            result.density = result.density + sign * value
            if self.newton and row is None:
                for j, node in enumerate(self.nodes):
                    result.by_cell[j] = result.by_cell[j] + sign * ex.derivative(value, node)
        else:
            raise TraceError(f"{type(term).__name__} has no compiled form")

    def _flows(self, result, sign, divergence) -> bool:
        """Add the flux of a divergence with its derivatives; do nothing, and return False, if it has none."""
        slopes = {
            (axis, k, side): ex.derivative(flux, ex.side(node, side))
            for axis, flux in enumerate(divergence.args) for k, node in enumerate(self.nodes) for side in (0, 1)
        }  # fmt: skip
        if all(slope is ZERO for slope in slopes.values()):
            return False
        _add_multiple(result.flux, dict(enumerate(divergence.args)), sign)
        _add_multiple(result.by_side, slopes, sign)
        return True

    def _storage(self, result, term):
        k, coefficient = self._index(term), term.coeff
        old = getattr(coefficient, "old", coefficient)
        now, before = self.tracer.cell(coefficient), self.tracer.cell(old)
        if now is before and now.op == "number":
            result.rates[k] += now.data
            return
        value, value_before = self.nodes[k], self.tracer.cell(self.unknowns[k].old)
        change = now * (value - value_before) if now is before else now * value - self._origin(before * value_before)
        result.density = result.density + change / self.dt
        result.by_cell[k] = result.by_cell[k] + now / self.dt
        if self.newton:
            for j, node in enumerate(self.nodes):
                result.by_cell[j] = result.by_cell[j] + value * ex.derivative(now, node) / self.dt

    def _origin(self, amount: Node) -> Node:
        """An amount from which a rate of change counts, combined of two earlier states; not that of combined fields."""
        last, before = (ex.replaced(amount, partial(self.tracer.at, which)) for which in ("last", "before"))
        return last + self.carry * (last - before)

    def book(self, result: Balance, k: int, rate: float) -> None:
        """Add the rate of change of an unknown, times a number, to a balance."""
        change = self.nodes[k] - self.tracer.cell(self.unknowns[k].old)
        result.density = result.density + rate * change / self.dt
        result.by_cell[k] = result.by_cell[k] + rate / self.dt

    def _linear(self, result, term, terms):
        k = self._index(term)
        sign, coefficient = _unsigned(term.coeff)
        row = bundle_of(coefficient)
        if row is not None:
            slope = sign * from_bundle(self.tracer, row, row.expressions[coefficient.index])
        else:
            slope = sign * self.tracer.cell(coefficient)
            result.density = result.density + slope * self.nodes[k]
            if self.newton:
                for j, node in enumerate(self.nodes):
                    result.by_cell[j] = result.by_cell[j] + self.nodes[k] * ex.derivative(slope, node)
            elif not isinstance(term, LinearTerm):  # FiPy's matrix has it only where it adds to the diagonal
                slope = ex.where(ex.node("ge", self._sign(terms, k) * slope, 0.0), slope, 0.0)
        result.by_cell[k] = result.by_cell[k] + slope

    def _diffusion(self, result, term):
        """Add a diffusion term: as in FiPy, the normal part of the flux is implicit, the tangential part explicit."""
        if not isinstance(term, (DiffusionTermNoCorrection, DiffusionTermCorrection)):
            raise TraceError(f"{type(term).__name__} has no compiled form")
        if term.order != 2:
            raise TraceError(f"a diffusion term of order {term.order} has no compiled form; split the equation")
        k = self._index(term)
        for axis in range(self.tracer.dim):
            for along, coefficient in enumerate(self.tracer.row(term.nthCoeff, axis)):
                if coefficient is ZERO:
                    continue
                if along == axis:
                    gradient = self.tracer.ops.difference(self.nodes[k], axis)
                else:
                    gradient = ex.frozen(self.tracer.ops.tangential(self.nodes[k], along, axis))
                self._transport(result, axis, coefficient, gradient, k)

    def _convection(self, result, term, terms):
        k = self._index(term)
        node, old = self.nodes[k], self.tracer.cell(self.unknowns[k].old)
        for axis in range(self.tracer.dim):
            velocity = self.tracer.along(term.coeff, axis)
            if velocity is ZERO:
                continue
            sign, diffusivity = ex.side(self._sign(terms, k), 0), self._diffusivity(terms, k, axis)
            share = convection.weight(term, self.tracer.ops, axis, velocity, diffusivity, sign)
            speed = ex.frozen(ex.node("fabs", velocity))
            value = convection.carried(term, self.tracer.ops, axis, node, old, share, self.dt, speed)
            self._transport(result, axis, _with_derivatives(velocity), value, k)

    def _transport(self, result, axis, coefficient, value, k):
        """Add the flux ``coefficient · value``, whose value depends on the k-th unknown."""
        result.flux[axis] = result.flux[axis] + coefficient * value
        for side in (0, 1):
            slope = coefficient * ex.derivative(value, ex.side(self.nodes[k], side))
            result.by_side[axis, k, side] = result.by_side[axis, k, side] + slope
            if not self.newton:
                continue
            for j, node in enumerate(self.nodes):
                change = ex.derivative(coefficient, ex.side(node, side))
                result.by_side[axis, j, side] = result.by_side[axis, j, side] + change * value

    def _diffusivity(self, terms, k, axis) -> Node:
        """Sum of the coefficients of an unknown's diffusion terms, normal to the faces of an axis."""
        total = ZERO
        for term in terms:
            if isinstance(term, _AbstractDiffusionTerm) and term.var is self.unknowns[k]:
                total = total + self.tracer.row(term.nthCoeff, axis)[axis]
        return total

    def _sign(self, terms, k) -> Node:
        """1 where the storage term on the left side is positive, else -1; without storage, the sign of diffusion.

        FiPy checks whether the coefficient is positive everywhere, which differs only for mixed signs. For diffusion
        only the sign in front of the coefficient counts.
        """
        mine = [term for term in terms if getattr(term, "var", None) is self.unknowns[k]]
        storage = ZERO
        for term in mine:
            if isinstance(term, TransientTerm):
                storage = storage + self.tracer.cell(term.coeff)
        if storage is not ZERO:
            return ex.where(ex.node("ge", storage, 0.0), 1.0, -1.0)
        for term in mine:
            if isinstance(term, _AbstractDiffusionTerm):
                sign, coefficient = _unsigned(term.coeff[0])
                number = np.ndim(coefficient) == 0 and not isinstance(coefficient, Variable)
                return ex.number(-1.0 if sign * (coefficient if number else 1.0) > 0 else 1.0)
        return ex.ONE

    def _index(self, term) -> int:
        found = [k for k, u in enumerate(self.unknowns) if u is term.var]
        if not found:
            raise TraceError(f"{type(term).__name__} of {term.var.name!r}, which is not an unknown")
        return found[0]


def _with_derivatives(velocity: Node) -> Node:
    """Include the derivatives of a gradient normal to the face, unless there are tangential gradients."""
    nodes = descendants([velocity])
    return velocity if any(n.op == "divergence" for n in nodes) else ex.thawed(velocity)


def _unsigned(coefficient):
    """Sign and magnitude of a coefficient that FiPy may have negated when it moved the term to the other side.

    That of a linearised source may have any factor.
    """
    sign = 1.0
    while getattr(getattr(coefficient, "op", None), "__qualname__", "").startswith("Variable.__neg__"):
        sign, coefficient = -sign, coefficient.var[0]
    return (sign * coefficient.factor if bundle_of(coefficient) is not None else sign), coefficient

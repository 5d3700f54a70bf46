"""From FiPy terms to balances: what an equation says of a cell, and of the faces between cells.

A balance is a density in the cell plus the divergence of a flux; it is zero when the equation holds. Its derivatives by
the unknowns are the matrix of Newton's method, or FiPy's own matrix where coefficients count as constants (Picard).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from fipy.terms.abstractBinaryTerm import _AbstractBinaryTerm
from fipy.terms.abstractDiffusionTerm import _AbstractDiffusionTerm
from fipy.terms.explicitSourceTerm import _ExplicitSourceTerm
from fipy.terms.implicitSourceTerm import ImplicitSourceTerm
from fipy.terms.transientTerm import TransientTerm

from phasefield.engines.compiled import expressions as ex
from phasefield.engines.compiled.expressions import ZERO, Node
from phasefield.engines.compiled.trace import Tracer, from_bundle
from phasefield.errors import TraceError
from phasefield.symbolic import bundle_of


def _zeros():
    return defaultdict(lambda: ZERO)


@dataclass
class Balance:
    """One equation.

    Attributes
    ----------
    density : Node
        Part of the residual, per volume.
    by_cell : dict of Node
        Its derivative, by the index of the unknown.
    flux : dict of Node
        Flux along an axis, by axis.
    by_side : dict of Node
        Its derivative, by axis, index of the unknown and side (0 lower cell, 1 upper cell).
    """

    density: Node = ZERO
    by_cell: dict[int, Node] = field(default_factory=_zeros)
    flux: dict[int, Node] = field(default_factory=_zeros)
    by_side: dict[tuple[int, int, int], Node] = field(default_factory=_zeros)

    def on_faces(self, axis: int) -> list[Node]:
        """All that is needed on the faces of an axis."""
        return [self.flux[axis], *(slope for (d, _, _), slope in self.by_side.items() if d == axis)]

    def nodes(self) -> list[Node]:
        """All expressions."""
        return [self.density, *self.by_cell.values(), *self.flux.values(), *self.by_side.values()]

    @property
    def neighbours(self) -> list[int]:
        """Unknowns that the equation takes from neighbouring cells."""
        return sorted({k for (_, k, _), slope in self.by_side.items() if slope is not ZERO})


class Assembler:
    """Turns FiPy equations into balances.

    Parameters
    ----------
    tracer : Tracer
    unknowns : sequence of fipy.CellVariable
    dt : fipy.Variable
    newton : bool
        Whether the derivatives of diffusion and storage coefficients count, too.
    """

    def __init__(self, tracer: Tracer, unknowns, dt, newton: bool):
        self.tracer, self.unknowns, self.newton = tracer, list(unknowns), newton
        self.dt = tracer.cell(dt)
        self.nodes = [tracer.field(u) for u in self.unknowns]

    def balance(self, equation) -> Balance:
        """The balance of one FiPy equation.

        Raises
        ------
        TraceError
            A term, or something in one, that has no compiled form.
        """
        result = Balance()
        for term in _terms(equation):
            self._add(result, term)
        return result

    def _add(self, result: Balance, term) -> None:
        if isinstance(term, TransientTerm):
            self._storage(result, term)
        elif isinstance(term, _AbstractDiffusionTerm):
            self._diffusion(result, term)
        elif isinstance(term, ImplicitSourceTerm):  # LinearTerm is one
            self._linear(result, term)
        elif isinstance(term, _ExplicitSourceTerm):
            sign, coefficient = _unsigned(term.coeff)
            row = bundle_of(coefficient)  # of a linearised source: its value now; LinearTerms hold its derivatives
            value = self.tracer.cell(coefficient) if row is None else from_bundle(self.tracer, row, row.source)
            result.density = result.density + sign * value
            if self.newton and row is None:
                for j, node in enumerate(self.nodes):
                    result.by_cell[j] = result.by_cell[j] + sign * ex.derivative(value, node)
        else:
            raise TraceError(f"{type(term).__name__} has no compiled form")

    def _storage(self, result, term):
        k, coefficient = self._index(term), term.coeff
        old = getattr(coefficient, "old", coefficient)
        now, before = self.tracer.cell(coefficient), self.tracer.cell(old)
        value, value_before = self.nodes[k], self.tracer.cell(self.unknowns[k].old)
        change = now * (value - value_before) if now is before else now * value - before * value_before
        result.density = result.density + change / self.dt
        result.by_cell[k] = result.by_cell[k] + now / self.dt
        if self.newton:
            for j, node in enumerate(self.nodes):
                result.by_cell[j] = result.by_cell[j] + value * ex.derivative(now, node) / self.dt

    def _linear(self, result, term):
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
        result.by_cell[k] = result.by_cell[k] + slope

    def _diffusion(self, result, term):
        if term.order != 2:
            raise TraceError(f"a diffusion term of order {term.order} has no compiled form; split the equation")
        k = self._index(term)
        for axis in range(self.tracer.dim):
            gradient = self.tracer.difference(self.nodes[k], axis)
            coefficient = self.tracer.face(term.nthCoeff, axis)
            result.flux[axis] = result.flux[axis] + coefficient * gradient
            for side in (0, 1):
                slope = coefficient * ex.derivative(gradient, ex.side(self.nodes[k], side))
                result.by_side[axis, k, side] = result.by_side[axis, k, side] + slope
                if not self.newton:
                    continue
                for j, node in enumerate(self.nodes):
                    change = ex.derivative(coefficient, ex.side(node, side))
                    result.by_side[axis, j, side] = result.by_side[axis, j, side] + change * gradient

    def _index(self, term) -> int:
        found = [k for k, u in enumerate(self.unknowns) if u is term.var]
        if not found:
            raise TraceError(f"{type(term).__name__} of {term.var.name!r}, which is not an unknown")
        return found[0]


def _terms(equation):
    if isinstance(equation, _AbstractBinaryTerm):
        yield from _terms(equation.term)
        yield from _terms(equation.other)
    else:
        yield equation


def _unsigned(coefficient):
    """Sign and rest of a coefficient that FiPy may have negated on the way to the other side."""
    sign = 1.0
    while getattr(getattr(coefficient, "op", None), "__qualname__", "").startswith("Variable.__neg__"):
        sign, coefficient = -sign, coefficient.var[0]
    return sign, coefficient

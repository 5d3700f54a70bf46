"""Manufactured solutions of the interphase's equations (1)-(3): second order in space, first in time.

As in test_manufactured: smooth fields are put into the equations, written here anew in SymPy, and what is left over
becomes a source of the model, which then must return these fields. Bars: orders 1.8-2.2 and 0.9-1.1.
"""

from itertools import pairwise

import numpy as np
import pytest
import sympy

from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.physics.common.kinetics import LinearKinetics
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.interphase.model import Conductor, Interphase, Parameters
from tests.slow import slow
from tests.verification.support import order
from tests.verification.test_manufactured import (
    XI,
    Sourced,
    area,
    divergence,
    gradient,
    numeric,
    rms,
    size,
    solve,
    t,
    x,
    z,
)

δ = sympy.Rational(1, 4)
#: A coating below and a conductivity that varies, both smooth.
COATING, GRAINS = (1 + sympy.cos(sympy.pi * z)) / 4, 1 + sympy.cos(sympy.pi * x) / 2


class OfTheMiddle(Sourced):
    """Reactions have the area of the middle of the step, and the rate of its end: both by field."""

    def source(self, name, coordinates, start, end):
        found = super().source(name, coordinates, start, end)
        if name in self.areas and name not in self.prescribed:
            found -= self.areas[name](*coordinates, (start + end) / 2) * self.rates[name](*coordinates, end)
        return found


class Manufactured(OfTheMiddle, Interphase):
    """The model with a source in each equation; fields named in ``given`` just follow their solution."""

    def __init__(self, parameters, solutions, given=()):
        self.prescribed = given
        self.solutions = {name: numeric(u) for name, u in solutions.items()}
        self.residuals = {name: numeric(r) for name, r in residuals(parameters, **solutions).items()}
        self.areas = {"psi": numeric(area(solutions["psi"]))}
        self.rates = {"psi": numeric(rate(parameters, **solutions))}
        fields = [Field(name, "", "", lambda c, u=u: u(*c, 0.0), tolerance=1e-6) for name, u in self.solutions.items()]
        static = [CoefficientField(f"source_{name}", "", "", lambda c: np.zeros_like(c[0])) for name in solutions]
        functions = {"electronic": numeric(GRAINS)} | ({"coating": numeric(COATING)} if parameters.coating else {})
        static += [CoefficientField(n, "", "", lambda c, f=f: f(*c, 0.0)) for n, f in functions.items()]
        super().__init__(parameters, fields, static)

    def freedom(self, v):
        """A smooth coating would hold the front everywhere; where none does is tested elsewhere."""
        return 1.0, 1.0


def reach(psi, product, electrolyte):
    """(δ/σ_P)[−ln(1 − ψ) + what lies ahead], of both kinds of mean."""
    ρ = sympy.Float(electrolyte / product)
    ahead = (
        -ρ / (1 - ρ) * sympy.log(psi + ρ * (1 - psi))
        if electrolyte < product
        else 1.5 - psi - psi**2 / 2 - (1 - psi**2) / (2 * ρ)
    )
    return δ / product * (ahead - sympy.log((1 - psi) ** 2 + 1e-6) / 2)


def rate(p, psi, phi_i, phi_e, factors=(1, GRAINS), lacking=0, share=1):
    """u = (U − V)/(1 + r), the linear law; r of both carriers."""
    for carrier, factor in zip(("ionic", "electronic"), factors, strict=True):
        lacking += reach(psi, getattr(p.product, carrier), getattr(p.electrolyte, carrier)) / factor
    return (p.onset - phi_e + phi_i) / (1 + share * lacking)


def moved_in(psi):
    """∇·j of what the product takes up, less where the electrolyte is thin."""
    moved, out = sympy.diff(psi, t), [-q / size(gradient(psi)) for q in gradient(psi)]
    valley = sympy.Max(-δ * divergence(out), 0)
    return divergence([δ * moved * q / (1 + 4 * valley**2) for q in out])


def residuals(p, psi, phi_i, phi_e):
    """Left minus right sides of the equations, the reaction left out: the sources to add."""
    moves, factors = sympy.diff(psi, t), {"ionic": 1, "electronic": GRAINS}
    taken, currents = moves + moved_in(psi), {}
    for carrier, φ in (("ionic", phi_i), ("electronic", phi_e)):
        product, electrolyte = getattr(p.product, carrier), getattr(p.electrolyte, carrier)
        if electrolyte < product:
            σ = electrolyte + psi * (product - electrolyte)
        else:
            σ = 1 / (psi / product + (1 - psi) / electrolyte)
        σ *= factors[carrier]
        if p.coating:
            σ = 1 / (COATING / getattr(p.coating, carrier) + (1 - COATING) / σ)
        currents[carrier] = divergence([σ * q for q in gradient(φ)])
    well = psi * (1 - psi) * (1 - 2 * psi) / δ**2
    smoothing = divergence(gradient(psi)) - well
    return {
        "psi": moves - p.mobility * smoothing,
        "phi_i": currents["ionic"] - taken,
        "phi_e": currents["electronic"] + taken,
    }


#: Fields with mirrors at the walls and the top; both potentials are 0 at the bottom.
WAVE = sympy.cos(sympy.pi * x) * sympy.cos(sympy.pi * z)
RISE = sympy.cos(sympy.pi * x) * sympy.sin(sympy.pi * z / 2)
BARE = Parameters(
    mobility=0.3, onset=1.0, product=Conductor(2.0, 1.0), electrolyte=Conductor(8.0, 0.3), kinetics=LinearKinetics()
)
COATED = Parameters(
    mobility=0.3, onset=1.0, product=Conductor(2.0, 1.0), electrolyte=Conductor(8.0, 0.3), kinetics=LinearKinetics(),
    coating=Conductor(3.0, 0.4),
)  # fmt: skip
CASES = {
    "psi": (BARE, ("phi_i", "phi_e"), ("psi",)),
    "phi_i": (BARE, ("psi", "phi_e"), ("phi_i",)),
    "phi_e, coated": (COATED, ("psi", "phi_i"), ("phi_e",)),
    "together, coated": (COATED, (), ("psi", "phi_i", "phi_e")),
}


def manufactured(parameters, given, f, g):
    solutions = {"psi": XI(f), "phi_i": -0.4 * g * RISE, "phi_e": 0.3 * g * RISE}
    return Manufactured(parameters, solutions, given)


@pytest.mark.parametrize("case", CASES)
def test_second_order_in_space(case):
    """The root mean square error falls fourfold when the cells are halved."""
    parameters, given, judged = CASES[case]
    model = manufactured(parameters, given, 1 - t, 1 + t)
    errors = [solve(model, cells, 2, kind=CompiledEngine, predicted=True)[1] for cells in (24, 48)]
    for name in judged:
        assert 1.8 < order([e[name] for e in errors])[0] < 2.2, (name, errors)


@pytest.mark.parametrize("case", [slow("psi"), "together, coated"])
def test_first_order_in_time(case):
    """Halving the step halves the difference to the next halving."""
    parameters, given, judged = CASES[case]
    model = manufactured(parameters, given, sympy.cos(4 * t), 1 + sympy.sin(3 * t))
    runs = [solve(model, 8, steps, kind=CompiledEngine, predicted=True)[0] for steps in (40, 80, 160)]
    for name in judged:
        differences = [rms(a[name] - b[name]) for a, b in pairwise(runs)]
        assert 0.9 < order(differences)[0] < 1.1, (name, differences)

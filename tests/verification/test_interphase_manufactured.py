"""Manufactured solutions of the interphase's equations (1)-(3): second order in space, first in time.

As in test_manufactured: smooth fields are put into the equations, written here anew in SymPy, and what is left over
becomes a source of the model, which then must return these fields. Bars: orders 1.8-2.2 and 0.9-1.1.
"""

from itertools import pairwise

import numpy as np
import pytest
import sympy

from phasefield.physics.common.kinetics import LinearKinetics
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.interphase.model import Conductor, Interphase, Parameters
from tests.slow import slow
from tests.verification.excess import interface_excess
from tests.verification.support import order
from tests.verification.test_manufactured import Sourced, divergence, gradient, numeric, rms, solve, t, x, z

δ = sympy.Rational(1, 4)
#: A coating below and a conductivity that varies, both smooth.
COATING, GRAINS = (1 + sympy.cos(sympy.pi * z)) / 4, 1 + sympy.cos(sympy.pi * x) / 2


class Manufactured(Sourced, Interphase):
    """The model with a source in each equation; fields named in ``given`` just follow their solution."""

    def __init__(self, parameters, solutions, given=()):
        self.prescribed = given
        self.solutions = {name: numeric(u) for name, u in solutions.items()}
        self.residuals = {name: numeric(r) for name, r in residuals(parameters, **solutions).items()}
        fields = [Field(name, "", "", lambda c, u=u: u(*c, 0.0), tolerance=1e-6) for name, u in self.solutions.items()]
        static = [CoefficientField(f"source_{name}", "", "", lambda c: np.zeros_like(c[0])) for name in solutions]
        functions = {"electronic": numeric(GRAINS)} | ({"coating": numeric(COATING)} if parameters.coating else {})
        static += [CoefficientField(n, "", "", lambda c, f=f: f(*c, 0.0)) for n, f in functions.items()]
        super().__init__(parameters, fields, static)

    def freedom(self, v):
        """A smooth coating would hold the front everywhere; where none does is tested elsewhere."""
        return 1.0, 1.0


def residuals(p, psi, phi_i, phi_e):
    """Left minus right sides of the equations: the sources to add."""
    rate, factors = sympy.diff(psi, t), {"ionic": 1, "electronic": GRAINS}
    lacking, currents = 0, {}
    for carrier, φ in (("ionic", phi_i), ("electronic", phi_e)):
        product, electrolyte = getattr(p.product, carrier), getattr(p.electrolyte, carrier)
        if electrolyte < product:
            σ = electrolyte + sympy.sqrt(psi) * (product - electrolyte)
        else:
            σ = 1 / (psi / product + (1 - psi) / electrolyte)
        σ *= factors[carrier]
        if p.coating:
            σ = 1 / (COATING / getattr(p.coating, carrier) + (1 - COATING) / σ)
        lacking += δ * interface_excess(electrolyte / product) / (product * factors[carrier])
        currents[carrier] = divergence([σ * q for q in gradient(φ)])
    u = (p.onset - phi_e + phi_i) / (1 + lacking)  # linear law
    drive = 30 * psi**2 * (1 - psi) ** 2 * u / (6 * δ)
    well = psi * (1 - psi) * (1 - 2 * psi) / δ**2
    smoothing = divergence(gradient(psi)) - well
    return {
        "psi": rate - p.mobility * smoothing - drive,
        "phi_i": currents["ionic"] - rate,
        "phi_e": currents["electronic"] + rate,
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
    solutions = {"psi": 0.5 + 0.3 * f * WAVE, "phi_i": -0.4 * g * RISE, "phi_e": 0.3 * g * RISE}
    return Manufactured(parameters, solutions, given)


@pytest.mark.parametrize("case", CASES)
def test_second_order_in_space(case):
    """The root mean square error falls fourfold when the cells are halved."""
    parameters, given, judged = CASES[case]
    model = manufactured(parameters, given, 1 - t, 1 + t)
    errors = [solve(model, cells, 2)[1] for cells in (12, 24)]
    for name in judged:
        assert 1.8 < order([e[name] for e in errors])[0] < 2.2, (name, errors)


@pytest.mark.parametrize("case", [slow("psi"), "together, coated"])
def test_first_order_in_time(case):
    """Halving the step halves the difference to the next halving."""
    parameters, given, judged = CASES[case]
    model = manufactured(parameters, given, sympy.cos(4 * t), 1 + sympy.sin(3 * t))
    runs = [solve(model, 8, steps)[0] for steps in (3, 6, 12)]
    for name in judged:
        differences = [rms(a[name] - b[name]) for a, b in pairwise(runs)]
        assert 0.9 < order(differences)[0] < 1.1, (name, differences)

"""Manufactured solutions of the wetting model's equations (1)-(3): second order in space, first in time.

As in test_manufactured: smooth fields are put into the equations, written here anew in SymPy, and what is left over
becomes a source of the model, which then must return these fields. Bars: orders 1.8-2.2 and 0.9-1.1.
"""

from itertools import pairwise

import numpy as np
import pytest
import sympy

from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.wetting.model import Parameters, Wetting
from tests.slow import slow
from tests.verification.support import order
from tests.verification.test_manufactured import divergence, gradient, numeric, rms, solve, t, x, z

δ = sympy.Rational(1, 4)
PARAMETERS = Parameters((0.8, 1.0, 1.3), conductance=2.0)
#: s of lithium, layer and surroundings, by hand: (γ_ij + γ_ik − γ_jk)/2.
SPREADING = (0.25, 0.55, 0.75)
RIGID_LAYER = (1 + sympy.cos(sympy.pi * z)) / 4


class Manufactured(Wetting):
    """The model with a source in each equation."""

    def __init__(self, solutions):
        self.rigid_layer = "psi" not in solutions
        self.solutions = {name: numeric(u) for name, u in solutions.items()}
        layer = {"psi": RIGID_LAYER} if self.rigid_layer else {}
        self.residuals = {name: numeric(r) for name, r in residuals(**solutions | layer).items() if name in solutions}
        fields = [Field(name, "", "", lambda c, u=u: u(*c, 0.0), tolerance=1e-6) for name, u in self.solutions.items()]
        static = [CoefficientField(f"source_{name}", "", "", lambda c: np.zeros_like(c[0])) for name in solutions]
        static += [CoefficientField(name, "", "", lambda c, f=f: numeric(f)(*c, 0.0)) for name, f in layer.items()]
        super().__init__(PARAMETERS, fields, static)

    def equations(self, v, dt):
        return {name: eq - getattr(v, f"source_{name}") for name, eq in super().equations(v, dt).items()}

    def source(self, name, coordinates, start, end):
        return self.residuals[name](*coordinates, end)


def residuals(xi, psi, p, q=None):
    """Left minus right sides of the equations: the sources to add."""
    rigid = q is None
    zeta = 1 - xi - psi
    coupling = 12 * xi * psi * zeta
    s1, s2, s3 = SPREADING
    if rigid:
        weights, c = (s3 / (s1 + s3), 0), sympy.Rational(125, 12)
    else:
        total = 1 / s1 + 1 / s2 + 1 / s3
        weights, c = (1 / s1 / total, 1 / s2 / total), 4

    def smoothing(u, weight):
        slope = 2 * u * (1 - u) * (1 - 2 * u)
        return divergence(gradient(u)) - (slope - weight * coupling) / (2 * δ**2)

    def drive(one, other, third):
        return 30 * one**2 * other**2 * (1 + c * third) / (6 * δ)

    lithium = smoothing(xi, weights[0]) + drive(xi, zeta, psi) * p
    out = {"p": PARAMETERS.conductance * divergence(gradient(p)) - sympy.diff(xi, t)}
    if not rigid:
        exchange = drive(xi, psi, zeta) * (p - q) / 0.8
        lithium += exchange
        out["psi"] = sympy.diff(psi, t) - smoothing(psi, weights[1]) - drive(psi, zeta, xi) * q / 1.3 + exchange
        out["q"] = PARAMETERS.conductance * divergence(gradient(q)) - sympy.diff(psi, t)
    return out | {"xi": sympy.diff(xi, t) - lithium}


def manufactured(rigid, f, g):
    """Fields with mirrors on all sides."""
    wave = sympy.cos(sympy.pi * x) * sympy.cos(sympy.pi * z)
    stripes = sympy.cos(sympy.pi * x)
    solutions = {"xi": 0.35 + 0.15 * f * wave, "psi": 0.3 + 0.1 * g * stripes}
    solutions |= {"p": 0.5 * g * wave, "q": 0.4 * f * stripes}
    wanted = ("xi", "p") if rigid else ("xi", "psi", "p", "q")
    return Manufactured({name: solutions[name] for name in wanted})


@pytest.mark.parametrize("rigid", [True, False])
def test_second_order_in_space(rigid):
    """The root mean square error falls fourfold when the cells are halved."""
    model = manufactured(rigid, 1 - t, 1 + t)
    errors = [solve(model, cells, 2)[1] for cells in (12, 24)]
    for name in model.solutions:
        assert 1.8 < order([e[name] for e in errors])[0] < 2.2, (name, errors)


@pytest.mark.parametrize("rigid", [slow(True), False])
def test_first_order_in_time(rigid):
    """Halving the step halves the difference to the next halving."""
    model = manufactured(rigid, sympy.cos(4 * t), 1 + sympy.sin(3 * t))
    runs = [solve(model, 6, steps)[0] for steps in (8, 16, 32)]
    for name in model.solutions:
        differences = [rms(a[name] - b[name]) for a, b in pairwise(runs)]
        assert 0.9 < order(differences)[0] < 1.1, (name, differences)

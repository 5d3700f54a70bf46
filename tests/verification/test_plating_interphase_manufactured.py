"""Manufactured solutions of plating over an interphase, (1)-(4): second order in space, first in time.

As in test_manufactured, whose lithium this is: the equations are written here anew, in SymPy. Bars: orders 1.8-2.2 and
0.9-1.1.
"""

from itertools import pairwise

import numpy as np
import pytest
import sympy

from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.physics.common.kinetics import LinearKinetics
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.interphase.model import Conductor, Parameters
from phasefield.physics.plating_interphase.model import Metal, PlatingInterphase
from tests.verification import by_hand as hand
from tests.verification.excess import metal_excess
from tests.verification.support import order
from tests.verification.test_interphase_manufactured import RISE, WAVE, OfTheMiddle, moved_in, rate, δ
from tests.verification.test_manufactured import XI, area, divergence, gradient, numeric, rms, size, solve, t

P = Parameters(
    mobility=0.3, onset=1.0, product=Conductor(2.0, 1.0), electrolyte=Conductor(8.0, 0.3), kinetics=LinearKinetics()
)
METAL = Metal(Conductor(0.2, 5.0), mobility=0.4, kinetics=LinearKinetics(), pressure=0.1)
REACTION, SHARE = 0.7, 0.5


class Manufactured(OfTheMiddle, PlatingInterphase):
    """The model with a source in each equation; fields named in ``given`` just follow their solution."""

    def __init__(self, solutions, given=()):
        self.prescribed = given
        self.solutions = {name: numeric(u) for name, u in solutions.items()}
        self.residuals = {name: numeric(r) for name, r in residuals(**solutions).items()}
        self.areas = {"xi": numeric(leaky_area(solutions["xi"])), "psi": numeric(area(solutions["psi"]))}
        self.rates = {"xi": numeric(-current_density(**solutions)), "psi": numeric(growth(**solutions))}
        fields = [Field(name, "", "", lambda c, u=u: u(*c, 0.0), tolerance=1e-6) for name, u in self.solutions.items()]
        static = [CoefficientField(f"source_{name}", "", "", lambda c: np.zeros_like(c[0])) for name in solutions]
        super().__init__(P, METAL, REACTION, SHARE, fields, static)


def around(psi):
    """σ of ions and of electrons around the lithium."""
    return 1 / (psi / 2 + (1 - psi) / 8), 0.3 + psi * 0.7


def leaky_area(xi):
    """The part of the area at which charge is transferred."""
    a, b, c = hand.leaky_coefficients()
    return area(xi) / (1 + (hand.EDGE / xi) ** hand.POWER) * (a + b * xi * (1 - xi) + c * (1 - 2 * xi))


def distance(xi):
    """δ ln(ξ/(1 − ξ)), bounded."""
    return δ / 2 * sympy.log((xi**2 + 1e-6) / ((1 - xi) ** 2 + 1e-6))


def current_density(xi, psi, phi_i, phi_e, conductivity=None, **_):
    """y of y + r y = V + p, r = −δ ln ξ/σ_i and that of electrons."""
    reach = -δ / 2 * sympy.log(xi**2 + 1e-6) / (conductivity or around(psi)[0])
    reach += δ / 5 * hand.EDGE**6 / (xi**2 + 1e-6) ** 2.5 / 5
    return (phi_e - phi_i + 0.1) / (1 + reach)


def moved(xi, side):
    """∇·j of what lithium takes up: less on its ridges (1), or in its valleys (−1)."""
    rate, out = sympy.diff(xi, t), [-q / size(gradient(xi)) for q in gradient(xi)]
    ridge = sympy.Max(side * δ * divergence(out), 0)
    return divergence([δ * rate * q / (1 + 4 * ridge**2) for q in out])


def lithium(xi):
    """∂ξ/∂t but for the reaction: the profile's own flux, of the length s(1 + s²)/(1 + s³), s = |∇ distance|."""
    slope = gradient(distance(xi))
    s = sympy.sqrt(slope[0] ** 2 + slope[1] ** 2 + 1e-30)
    inward = [xi * (1 - xi) / δ * q * (1 + s**2) / (1 + s**3) for q in slope]
    return 0.4 * divergence([a - b for a, b in zip(gradient(xi), inward, strict=True)])


def growth(psi, phi_i, phi_e, **_):
    """Rate of the interphase, in series with what the metal's surface takes from the product."""
    metal = float(δ) * metal_excess(5.0)
    return REACTION * rate(P, psi, phi_i, phi_e, (1, 1), metal, REACTION * SHARE)


def residuals(xi, psi, phi_i, phi_e):
    """Left minus right sides of the equations, the reactions left out: the sources to add."""
    charge = sympy.diff(xi, t) + SHARE * (sympy.diff(psi, t) + moved_in(psi))
    ions, electrons = around(psi)
    ions, electrons = (1 - xi) * ions + sympy.Float(0.2), electrons + 5.0 * xi / (1 + (hand.EDGE / xi) ** 6)
    smoothing = divergence(gradient(psi)) - psi * (1 - psi) * (1 - 2 * psi) / δ**2
    return {
        "xi": sympy.diff(xi, t) - lithium(xi),
        "psi": sympy.diff(psi, t) - 0.3 * smoothing,
        "phi_i": divergence([ions * q for q in gradient(phi_i)]) - charge + moved(xi, 1),
        "phi_e": divergence([electrons * q for q in gradient(phi_e)]) + charge + moved(xi, -1),
    }


ALL = ("xi", "psi", "phi_i", "phi_e")
CASES = {"fronts": ("xi", "psi"), "together": ALL}


def manufactured(judged, f, g):
    solutions = {
        "xi": XI(f), "psi": 1 - XI(f), "phi_i": -0.4 * g * WAVE, "phi_e": 0.3 * g * RISE,
    }  # fmt: skip
    return Manufactured(solutions, tuple(name for name in ALL if name not in judged))


@pytest.mark.parametrize("case", ["fronts", "together"])
def test_second_order_in_space(case):
    """The root mean square error falls fourfold when the cells are halved."""
    model = manufactured(CASES[case], 1 - t, 1 + t)
    errors = [solve(model, cells, 2, kind=CompiledEngine, predicted=True)[1] for cells in (24, 48)]
    for name in CASES[case]:
        assert 1.8 < order([e[name] for e in errors])[0] < 2.2, (name, errors)


def test_first_order_in_time():
    """Halving the step halves the difference to the next halving."""
    model = manufactured(ALL, sympy.cos(4 * t), 1 + sympy.sin(3 * t))
    runs = [solve(model, 8, steps, kind=CompiledEngine, predicted=True)[0] for steps in (40, 80, 160)]
    for name in ALL:
        differences = [rms(a[name] - b[name]) for a, b in pairwise(runs)]
        assert 0.9 < order(differences)[0] < 1.1, (name, differences)

"""Manufactured solutions of plating over an interphase, (1)-(4): second order in space, first in time.

As in test_interphase_manufactured: the equations are written here anew, in SymPy. Bars: orders 1.8-2.2 and 0.9-1.1.
"""

from itertools import pairwise

import numpy as np
import pytest
import sympy

from phasefield.physics.common.kinetics import LinearKinetics
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.interphase.model import Conductor, Parameters
from phasefield.physics.plating_interphase.model import SERIES, Metal, PlatingInterphase
from tests.verification.excess import interface_excess, metal_excess
from tests.verification.support import order
from tests.verification.test_interphase_manufactured import RISE, WAVE, δ
from tests.verification.test_manufactured import Sourced, divergence, gradient, numeric, rms, solve, t

P = Parameters(
    mobility=0.3, onset=1.0, product=Conductor(2.0, 1.0), electrolyte=Conductor(8.0, 0.3), kinetics=LinearKinetics()
)
METAL = Metal(Conductor(0.2, 5.0), mobility=0.4, kinetics=LinearKinetics(), pressure=0.1)
REACTION, SHARE = 0.7, 0.5


class Manufactured(Sourced, PlatingInterphase):
    """The model with a source in each equation; fields named in ``given`` just follow their solution."""

    def __init__(self, solutions, given=()):
        self.prescribed = given
        self.solutions = {name: numeric(u) for name, u in solutions.items()}
        self.residuals = {name: numeric(r) for name, r in residuals(**solutions).items()}
        fields = [Field(name, "", "", lambda c, u=u: u(*c, 0.0), tolerance=1e-6) for name, u in self.solutions.items()]
        static = [CoefficientField(f"source_{name}", "", "", lambda c: np.zeros_like(c[0])) for name in solutions]
        super().__init__(P, METAL, REACTION, SHARE, fields, static)


def residuals(xi, psi, phi_i, phi_e):
    """Left minus right sides of the equations: the sources to add."""
    V, charge = phi_e - phi_i, sympy.diff(xi, t) + SHARE * sympy.diff(psi, t)
    ions = (1 - xi) / (psi / 2 + (1 - psi) / 8) + sympy.Float(0.2)
    electrons = (0.3 + sympy.sqrt(psi) * 0.7) ** (1 - xi) ** 2 * sympy.Float(5.0) ** (1 - (1 - xi) ** 2)
    lacking = REACTION * SHARE * float(δ) * (interface_excess(4.0) / 2 + interface_excess(0.3) + metal_excess(5.0))

    def relaxation(u):
        return divergence(gradient(u)) - u * (1 - u) * (1 - 2 * u) / δ**2

    plating = -60 * xi**3 * (1 - xi) ** 2 * (V + 0.1) / (1 + SERIES) / (6 * δ)
    growth = REACTION * 30 * psi**2 * (1 - psi) ** 2 * (1 - V) / (1 + lacking) / (6 * δ)
    return {
        "xi": sympy.diff(xi, t) - 0.4 * relaxation(xi) - plating,
        "psi": sympy.diff(psi, t) - 0.3 * relaxation(psi) - growth,
        "phi_i": divergence([ions * q for q in gradient(phi_i)]) - charge,
        "phi_e": divergence([electrons * q for q in gradient(phi_e)]) + charge,
    }


ALL = ("xi", "psi", "phi_i", "phi_e")
CASES = {"fronts": ("xi", "psi"), "together": ALL}


def manufactured(judged, f, g):
    solutions = {
        "xi": 0.5 - 0.3 * f * WAVE, "psi": 0.5 + 0.3 * f * WAVE, "phi_i": -0.4 * g * WAVE, "phi_e": 0.3 * g * RISE,
    }  # fmt: skip
    return Manufactured(solutions, tuple(name for name in ALL if name not in judged))


@pytest.mark.parametrize("case", ["fronts", "together"])
def test_second_order_in_space(case):
    """The root mean square error falls fourfold when the cells are halved."""
    model = manufactured(CASES[case], 1 - t, 1 + t)
    errors = [solve(model, cells, 2)[1] for cells in (12, 24)]
    for name in CASES[case]:
        assert 1.8 < order([e[name] for e in errors])[0] < 2.2, (name, errors)


def test_first_order_in_time():
    """Halving the step halves the difference to the next halving."""
    model = manufactured(ALL, sympy.cos(4 * t), 1 + sympy.sin(3 * t))
    runs = [solve(model, 8, steps)[0] for steps in (3, 6, 12)]
    for name in ALL:
        differences = [rms(a[name] - b[name]) for a, b in pairwise(runs)]
        assert 0.9 < order(differences)[0] < 1.1, (name, differences)

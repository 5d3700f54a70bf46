"""Manufactured solutions of a coating that reacts as its electrolyte does: second order in space, first in time.

As in test_interphase_manufactured: the equations are written here anew, in SymPy. Coating and electrolyte share every
cell evenly, which no run does, so that both their rates, charges and conductivities have a part everywhere; the slope
of what has reacted, which no smooth field could show to second order, is given. Bars: orders 1.8-2.2 and 0.9-1.1.
"""

from itertools import pairwise

import numpy as np
import pytest
import sympy

from phasefield.physics.common.kinetics import LinearKinetics
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.interphase.consumed_coating import ConsumedCoating, Reactant
from phasefield.physics.interphase.model import Conductor, Parameters
from tests.verification.support import order
from tests.verification.test_interphase_manufactured import GRAINS, RISE, WAVE
from tests.verification.test_manufactured import Sourced, divergence, gradient, numeric, rms, solve, t

#: Part of the coating in each cell, and what of it has reacted as faces see it.
SHARE, REDUCED = sympy.Rational(2, 5), sympy.Rational(1, 4)
REACHED, CELL = 0.8 + 0.15 * WAVE, sympy.Rational(1, 2)
P = Parameters(
    mobility=1.0, onset=1.0, product=Conductor(2.0, 1.0), electrolyte=Conductor(8.0, 0.3), kinetics=LinearKinetics(),
    coating=Conductor(0.5, 3.0), cell=float(CELL),
)  # fmt: skip
COATING = Reactant(onset=1.5, rate=0.7, kinetics=LinearKinetics(), product=Conductor(4.0, 0.6), charge=2.5)


class Manufactured(Sourced, ConsumedCoating):
    """The model with a source in each equation; fields named in ``given`` just follow their solution."""

    auxiliary = ()

    def __init__(self, solutions, given=()):
        self.prescribed = given
        self.solutions = {name: numeric(u) for name, u in solutions.items()}
        self.residuals = {name: numeric(r) for name, r in residuals(**solutions).items()}
        fields = [Field(name, "", "", lambda c, u=u: u(*c, 0.0), tolerance=1e-6) for name, u in self.solutions.items()]
        static = [CoefficientField(f"source_{name}", "", "", lambda c: np.zeros_like(c[0])) for name in solutions]
        given = {"electronic": GRAINS, "coating": SHARE, "reached": REACHED, "reduced": REDUCED, "oblique": 1.2}
        functions = {name: numeric(f) for name, f in given.items()}
        static += [CoefficientField(n, "", "", lambda c, f=f: f(*c, 0.0)) for n, f in functions.items()]
        super().__init__(COATING, P, fields, static)


def residuals(psi, phi_i, phi_e):
    """Left minus right sides of the equations: the sources to add."""
    V, half = phi_e - phi_i, sympy.sqrt(REDUCED)
    rate = (1 - SHARE) * (1 - V) + SHARE * sympy.Float(0.7) * (1.5 - V)  # positive where V < 1.1
    charge = (1 - SHARE + SHARE * 2.5) * sympy.diff(psi, t)
    ionic = (REACHED / 2 + (1 - REACHED) / 8) * (1 - SHARE) + SHARE / (half * 4.0 + (1 - half) * 0.5)
    electronic = (1 - SHARE) / (GRAINS * (0.3 + sympy.sqrt(REACHED) * 0.7))
    electronic += SHARE * (REDUCED / 0.6 + (1 - REDUCED) / 3)
    return {
        "psi": sympy.diff(psi, t) - 1.2 * (REACHED**2 - psi**2) / CELL * rate,
        "phi_i": divergence([q / ionic for q in gradient(phi_i)]) - charge,
        "phi_e": divergence([q / electronic for q in gradient(phi_e)]) + charge,
    }


ALL = ("psi", "phi_i", "phi_e")
CASES = {"potentials": ("phi_i", "phi_e"), "together": ALL}


def manufactured(judged, f, g):
    solutions = {"psi": 0.5 + 0.3 * f * WAVE, "phi_i": -0.4 * g * RISE, "phi_e": 0.3 * g * RISE}
    return Manufactured(solutions, tuple(name for name in ALL if name not in judged))


@pytest.mark.parametrize("case", CASES)
def test_second_order_in_space(case):
    """The root mean square error falls fourfold when the cells are halved."""
    model = manufactured(CASES[case], 1 - t, 1 + t)
    errors = [solve(model, cells, 2)[1] for cells in (12, 24)]
    for name in CASES[case]:
        assert 1.8 < order([e[name] for e in errors])[0] < 2.2, (name, errors)


def test_first_order_in_time():
    """Halving the step halves the difference to the next halving."""
    model = manufactured(ALL, sympy.cos(4 * t), 1 + sympy.sin(3 * t))
    runs = [solve(model, 8, steps)[0] for steps in (4, 8, 16)]
    for name in ALL:
        differences = [rms(a[name] - b[name]) for a, b in pairwise(runs)]
        assert 0.9 < order(differences)[0] < 1.1, (name, differences)

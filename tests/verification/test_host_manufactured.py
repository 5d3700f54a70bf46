"""Manufactured solutions of plating beside a host, (1)-(5): second order in space, first in time.

As in test_plating_interphase_manufactured, whose fronts are these: what a host adds is written here anew, in SymPy. Its
driving force changes sign within the box, so that lithium goes in and comes out. Bars: orders 1.8-2.2 and 0.9-1.1.
"""

from itertools import pairwise

import numpy as np
import pytest
import sympy

from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.interphase.model import Conductor
from phasefield.physics.plating_interphase.host import Host, PlatingInHost
from tests.verification import test_plating_interphase_manufactured as bare
from tests.verification.support import order
from tests.verification.test_interphase_manufactured import RISE, WAVE, OfTheMiddle, moved_in
from tests.verification.test_manufactured import XI, area, divergence, gradient, numeric, rms, solve, t, x, z

HOST = Host(Conductor(3.0, 0.5), capacity=0.6, rate=1.5, potential=1.2)
#: Part of the host in each cell, smooth.
COVER = (2 + sympy.cos(sympy.pi * x) + sympy.cos(sympy.pi * z)) / 5


class Manufactured(OfTheMiddle, PlatingInHost):
    """The model with a source in each equation; fields named in ``given`` just follow their solution."""

    def __init__(self, solutions, given=()):
        self.prescribed = given
        self.solutions = {name: numeric(u) for name, u in solutions.items()}
        self.residuals = {name: numeric(r) for name, r in residuals(**solutions).items()}
        xi, psi = solutions["xi"], solutions["psi"]
        self.areas = {"xi": numeric(bare.leaky_area(xi)), "psi": numeric(area(psi))}
        plated = -bare.current_density(**solutions, conductivity=around(psi)[0])
        self.rates = {"xi": numeric(plated), "psi": numeric(bare.growth(**solutions))}
        fields = [Field(name, "", "", lambda c, u=u: u(*c, 0.0), tolerance=1e-6) for name, u in self.solutions.items()]
        static = [CoefficientField(f"source_{name}", "", "", lambda c: np.zeros_like(c[0])) for name in solutions]
        cover = numeric(COVER)
        static.append(CoefficientField("host", "", "", lambda c: cover(*c, 0.0)))
        super().__init__(
            HOST, parameters=bare.P, metal=bare.METAL, reaction=bare.REACTION, lithium_per_volume=bare.SHARE,
            fields=fields, static=static,
        )  # fmt: skip


def around(psi):
    """σ of ions and of electrons around the lithium, with the host in series."""
    ions, electrons = bare.around(psi)
    return 1 / (COVER / 3 + (1 - COVER) / ions), 1 / (COVER / sympy.Float(0.5) + (1 - COVER) / electrons)


def residuals(xi, psi, theta, phi_i, phi_e):
    """Left minus right sides of the equations: the sources to add."""
    V, U = phi_e - phi_i, sympy.Float(1.2) * (1 - theta)
    drive = U - V - sympy.Float(0.1)  # of which the pressure takes 0.1
    into, out_of = (drive + sympy.Abs(drive)) / 2, (sympy.Abs(drive) - drive) / 2
    own = around(psi)[1] / (around(psi)[1] + 5.0 * xi / (1 + (0.03 / xi) ** 6))
    uptake = sympy.Float(1.5) * (1 - xi) * own * COVER * ((1 - theta) * into - theta * out_of)
    stored = sympy.Float(0.6) * COVER * sympy.diff(theta, t)
    charge = sympy.diff(xi, t) + bare.SHARE * (sympy.diff(psi, t) + moved_in(psi)) + stored
    ions, electrons = around(psi)
    ions, electrons = (1 - xi) * ions + sympy.Float(0.2), electrons + 5.0 * xi / (1 + (0.03 / xi) ** 6)
    fronts = bare.residuals(xi, psi, phi_i, phi_e)
    return {
        "xi": fronts["xi"],
        "psi": fronts["psi"],
        "theta": sympy.diff(theta, t) - uptake,
        "phi_i": divergence([ions * q for q in gradient(phi_i)]) - charge + bare.moved(xi, 1),
        "phi_e": divergence([electrons * q for q in gradient(phi_e)]) + charge + bare.moved(xi, -1),
    }


ALL = ("xi", "psi", "theta", "phi_i", "phi_e")
CASES = {"fronts": ("xi", "psi", "theta"), "host": ("theta", "phi_i", "phi_e"), "together": ALL}


def manufactured(judged, f, g):
    solutions = {
        "xi": XI(f), "psi": 1 - XI(f), "theta": 0.5 + 0.2 * f * WAVE,
        "phi_i": -0.4 * g * WAVE, "phi_e": 0.3 * g * RISE,
    }  # fmt: skip
    return Manufactured(solutions, tuple(name for name in ALL if name not in judged))


@pytest.mark.parametrize("case", CASES)
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


def test_the_drive_changes_sign():
    """Otherwise one of the two directions would not be tested."""
    model = manufactured(ALL, 1 - t, 1 + t)
    points = np.meshgrid(*[np.linspace(0.05, 0.95, 10)] * 2)
    θ, ions, electrons = (model.solutions[name](*points, 0.1) for name in ("theta", "phi_i", "phi_e"))
    drive = 1.2 * (1 - θ) - (electrons - ions) - 0.1
    assert drive.min() < -0.05 and drive.max() > 0.05

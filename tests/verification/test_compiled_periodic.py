"""Periodic axes: matrix and right-hand side are those of FiPy's periodic grids to 1e-12."""

import fipy
import numpy as np
import pytest
from fipy import DiffusionTerm, ImplicitSourceTerm, TransientTerm

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.fipy import FipyEngine
from phasefield.errors import PhasefieldError
from tests.errors import refused
from tests.verification.compiled_support import interpreted
from tests.verification.terms_support import GRADED, SHAPES, SPACING, One, compare, scheme, tensor, vector

AXES = [("1-D", "x"), ("2-D", "x"), ("2-D", "y"), ("2-D", "xy"), ("3-D", "x"), ("3-D", "yz"), ("3-D", "xyz")]
grids = pytest.mark.parametrize(("grid", "axes"), AXES)


@pytest.fixture(autouse=True)
def python(monkeypatch):
    """Kernels are interpreted, not compiled."""
    monkeypatch.setattr(cache, "load", interpreted)


def check(equation, grid, axes, spacing=SPACING):
    """Values are fixed at both ends of the last axis, if it has any."""
    ends = () if "xyz"[len(SHAPES[grid]) - 1] in axes else ("bottom", "top")
    compare(equation, SHAPES[grid], ends, seeds=(0, 1), spacing=spacing, periodic=axes)


@grids
@pytest.mark.parametrize("name", ["Exponential", "Upwind", "VanLeer"])
def test_convection(name, grid, axes):
    """What leaves at one end enters at the other."""

    def equation(v):
        return TransientTerm(var=v.u) + scheme(name)(vector(v), var=v.u) == DiffusionTerm(0.1, var=v.u)

    check(equation, grid, axes)


@grids
def test_means_and_gradients(grid, axes):
    """Face values, both kinds of gradients, a tensor and divergences across the seam."""

    def equation(v):
        u, dim = v.u, v.u.mesh.dim
        face = u.harmonicFaceValue + 0.1 * fipy.numerix.arctan(u.faceGrad.dot(v.s0.faceGrad))
        flux = ((v.s0.faceValue + 0.1 * u.mesh.faceCenters[0]) * u.faceGrad).divergence
        gradient = u.grad[0] * v.s0.grad[dim - 1] + u.mesh.cellCenters[dim - 1] * v.s1
        source = ImplicitSourceTerm(v.s1, var=u) + TransientTerm(1 + v.s0, var=u)
        return source == DiffusionTerm(face, var=u) + DiffusionTerm(tensor(v, "cells"), var=u) + flux + gradient

    check(equation, grid, axes)


@grids
def test_graded(grid, axes):
    """Distances across the seam are half of both cells."""

    def equation(v):
        return TransientTerm(var=v.u) + scheme("PowerLaw")(vector(v), var=v.u) == DiffusionTerm(v.u, var=v.u)

    check(equation, grid, axes, GRADED[grid])


def still(v):
    return TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u)


@pytest.mark.parametrize("kind", [FipyEngine, CompiledEngine])
def test_conditions_need_ends(kind):
    """A condition at the bottom of a periodic axis is an error that names both, and so is an axis that is not there."""
    with refused(PhasefieldError, "", "u", "bottom", "axis y", "periodic"):
        kind(One(still, ("bottom",), "y"), (4, 4), (0.5, 0.5))
    with refused(PhasefieldError, "", "'z'", "axis"):
        kind(One(still, (), "z"), (4, 4), (0.5, 0.5))


def test_a_wave_comes_back():
    """Carried once around by van Leer's scheme at half a cell a step, a smooth wave is back, to 3 % of its height.

    The sum is kept to 1e-12.
    """

    def equation(v):
        return TransientTerm(var=v.u) + scheme("VanLeer")([[1.0]], var=v.u) == 0.0

    n = 64
    engine = CompiledEngine(One(equation, (), "x"), (n,), (1 / n,), "strict")
    x = (np.arange(n) + 0.5) / n
    start = 0.5 + 0.3 * np.cos(2 * np.pi * x)
    engine.box.own(engine.state.now["u"])[...] = start
    engine.grid.renew(engine.state.now["u"])
    for _ in range(2 * n):
        assert engine.step(0.5 / n).accepted
        engine.accept()
    assert engine.owned("u") == pytest.approx(start, abs=0.03 * 0.6)
    assert engine.owned("u").sum() == pytest.approx(start.sum(), rel=1e-12)

"""Conditions on any face of the box: matrix and right-hand side are FiPy's to 1e-12, and what enters is counted."""

import fipy
import numpy as np
import pytest
from fipy import DiffusionTerm, TransientTerm

from phasefield.engines.box import FACES
from phasefield.engines.compiled import cache
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.fipy import FipyEngine
from phasefield.errors import PhasefieldError
from phasefield.physics.common.model import Boundary
from tests.errors import refused
from tests.verification.compiled_support import differences, disturb, interpreted
from tests.verification.terms_support import GRADED, ROUND_OFF, SHAPES, SPACING, One, scheme, tensor, vector


@pytest.fixture(autouse=True)
def python(monkeypatch):
    """Kernels are interpreted, not compiled."""
    monkeypatch.setattr(cache, "load", interpreted)


class Sided(One):
    """Conditions by face: (kind, value)."""

    def __init__(self, equation, sides):
        super().__init__(equation)
        self.sides = sides

    def boundaries(self, v):
        return tuple(Boundary("u", face, *condition) for face, condition in self.sides.items())

    def gradient_fluxes(self, v):
        return {"u": v.u.faceGrad}


def all_terms(v):
    flow = TransientTerm(var=v.u) + scheme("PowerLaw")(vector(v), var=v.u)
    return flow == DiffusionTerm(tensor(v, "cells"), var=v.u) + v.u.grad[0] * v.s0 + v.inflow.u


def engines(model, grid, spacing):
    return [
        FipyEngine(model, SHAPES[grid], spacing[grid]),
        CompiledEngine(model, SHAPES[grid], spacing[grid], picard=True),
    ]


UNIFORM = {grid: SPACING[: len(shape)] for grid, shape in SHAPES.items()}
grids = pytest.mark.parametrize("grid", ["2-D", "3-D"])


@grids
@pytest.mark.parametrize("spacing", [UNIFORM, GRADED], ids=["uniform", "graded"])
@pytest.mark.parametrize("first", ["value", "flux"])
def test_conditions_on_all_faces(grid, spacing, first):
    """Values and fluxes by turns, each a number or a variable of its own."""
    kinds = [first, {"value": "flux", "flux": "value"}[first]]
    faces = FACES[len(SHAPES[grid])]
    sides = {f: (kinds[n % 2], fipy.Variable(value=0.2 + 0.1 * n) if n > 1 else 0.3) for n, f in enumerate(faces)}
    reference, compiled = made = engines(Sided(all_terms, sides), grid, spacing)
    for seed in (0, 1):
        disturb(made, seed, 0.3)
        with np.errstate(all="ignore"):
            matrix, right = differences(reference, compiled, 0.1)
        assert matrix < ROUND_OFF and right < ROUND_OFF


def test_conditions_that_change():
    """A side that is fixed only later: the kernel is made again, and is FiPy's."""
    model = Sided(all_terms, {"bottom": ("value", 0.4)})
    made = engines(model, "2-D", UNIFORM)
    model.sides = {"bottom": ("value", 0.4), "left": ("value", 0.1), "right": ("flux", 0.7)}
    for engine in made:
        engine.apply_boundaries()
    disturb(made, 0, 0.3)
    with np.errstate(all="ignore"):
        assert max(differences(*made, 0.1)) < ROUND_OFF


@grids
def test_what_enters_is_stored(grid):
    """The content grows by the sum of the fluxes times their areas, to 1e-10, and cells at a face carry their share."""
    fluxes = {face: 0.1 * (n + 1) for n, face in enumerate(FACES[len(SHAPES[grid])])}
    model = Sided(
        lambda v: TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u) + v.inflow.u,
        {face: ("flux", value) for face, value in fluxes.items()},
    )
    engine = CompiledEngine(model, SHAPES[grid], UNIFORM[grid], "strict")
    before = engine.owned("u").sum()
    assert engine.step(0.1).accepted
    volume, lengths = np.prod(UNIFORM[grid]), np.multiply(SHAPES[grid], UNIFORM[grid])
    areas = {face: np.prod(lengths) / lengths[axis] for face, (axis, _) in engine.box.faces.items()}
    entered = 0.1 * sum(value * areas[face] for face, value in fluxes.items())
    assert (engine.owned("u").sum() - before) * volume == pytest.approx(entered, rel=1e-10)
    mean = [flux.mean() for flux in engine.cell_flux("u")]
    x = np.moveaxis(engine.gradient_flux("u")[0], -1, 0)
    assert mean[0] == pytest.approx(
        (0.5 * (x[:-1] + x[1:])).mean() + 0.5 * (fluxes["right"] - fluxes["left"]) / SHAPES[grid][0], rel=1e-9
    )


@pytest.mark.parametrize("kind", [FipyEngine, CompiledEngine])
def test_bad_faces(kind):
    """A face that the grid has not, and a condition that differs along a side."""
    with refused(PhasefieldError, "", "u", "front", "bottom, top, left, right"):
        kind(Sided(all_terms, {"front": ("value", 1.0)}), (4, 4), (0.5, 0.5))
    with refused(PhasefieldError, "", "left"):
        kind(Sided(all_terms, {"left": ("flux", lambda layer: layer.u)}), (4, 4), (0.5, 0.5))

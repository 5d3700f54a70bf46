"""Every FiPy term that the compiled engine knows: its matrix and right-hand side are FiPy's own, to 1e-12."""

import fipy
import numpy as np
import pytest
from fipy import DiffusionTerm, ImplicitSourceTerm, TransientTerm
from hypothesis import given, settings
from hypothesis import strategies as st

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.fipy import FipyEngine
from phasefield.errors import TraceError
from phasefield.models.base import Boundary, Field, Model
from tests.verification.compiled_support import compiled_system, differences, disturb, interpreted, unknowns

ROUND_OFF = 1e-12
SHAPES = {"1-D": (7,), "2-D": (4, 5), "3-D": (3, 4, 3)}
SPACING = (0.3, 0.5, 0.4)
SCHEMES = (
    "CentralDifference", "Exponential", "ExplicitUpwind", "Hybrid", "PowerLaw", "Upwind", "VanLeer",
)  # fmt: skip
shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def wave(x):
    return 0.5 + 0.3 * np.cos(sum(k * along for k, along in enumerate(x, start=1)))


class One(Model):
    """An unknown u whose equation is given, its value fixed at one end or both."""

    fields = (Field("u", "u", "1", wave),)

    def __init__(self, equation, ends=("bottom",)):
        super().__init__()
        self.equation, self.ends = equation, ends

    def equations(self, v, dt):
        return {"u": self.equation(v.u)}

    def boundaries(self, v):
        return tuple(Boundary("u", end, "value", 0.4) for end in self.ends)


def compare(equation, shape, ends=("bottom",), seeds=(0,), dt=0.1):
    """Assert that the compiled system of an equation is FiPy's at random states, one after the other."""
    model, spacing = One(equation, ends), SPACING[: len(shape)]
    reference, compiled = FipyEngine(model, shape, spacing), CompiledEngine(model, shape, spacing, picard=True)
    for seed in seeds:
        disturb((reference, compiled), seed, 0.3)
        with np.errstate(all="ignore"):
            matrix, right = differences(reference, compiled, dt)
        assert matrix < ROUND_OFF and right < ROUND_OFF


@pytest.fixture
def python(monkeypatch):
    """Kernels are interpreted, not compiled."""
    monkeypatch.setattr(cache, "load", interpreted)


def random_face(mesh, rank, rng, low=-1.0, high=1.0):
    shape = (mesh.dim,) * rank + (mesh.numberOfFaces,)
    return fipy.FaceVariable(mesh=mesh, rank=rank, value=rng.uniform(low, high, shape))


def scheme(name):
    return getattr(fipy, f"{name}ConvectionTerm")


@shapes
@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("size", [0.0, 0.05, 1.0, 300.0], ids=["pure", "slow", "even", "fast"])
def test_convection(name, shape, size, python):
    """Each scheme, at cell Péclet numbers of 0.01 to 100 and without diffusion, velocities random on faces."""

    def equation(u):
        rng = np.random.default_rng(7)
        velocity = random_face(u.mesh, 1, rng) * (size or 1.0)
        rest = DiffusionTerm(0.8, var=u) if size else 0.0
        return TransientTerm(var=u) + scheme(name)(velocity, var=u) == rest

    compare(equation, shape, ("bottom", "top"), seeds=(0, 1))


@shapes
@pytest.mark.parametrize("name", ["Exponential", "Upwind", "VanLeer"])
def test_convection_of_other_forms(name, shape, python):
    """Constant velocities, those of cells and of a gradient; a negated storage term; diffusion that vanishes in places;
    a velocity that is the unknown's own."""
    dim = len(shape)

    def negated(u):
        return -TransientTerm(2.0, var=u) == scheme(name)([[0.7]] * dim, var=u) + ImplicitSourceTerm(u.mesh.x, var=u)

    def in_cells(u):
        random = np.random.default_rng(3).uniform(-2, 2, (dim, u.mesh.numberOfCells))
        velocity = fipy.CellVariable(mesh=u.mesh, rank=1, value=random)
        return TransientTerm(var=u) + scheme(name)(velocity, var=u) == DiffusionTerm(u, var=u)

    def uphill(u):
        open_cells = np.random.default_rng(4).integers(0, 2, u.mesh.numberOfCells) * 1.0
        barrier = fipy.CellVariable(mesh=u.mesh, value=open_cells)
        conductivity = barrier.harmonicFaceValue
        return TransientTerm(1 + u, var=u) == scheme(name)(2 * u.faceGrad, var=u) + DiffusionTerm(conductivity, var=u)

    def own(u):
        return TransientTerm(var=u) + scheme(name)(u.faceValue * ([[1.0]] * dim), var=u) == 0.0

    for equation in (negated, in_cells, uphill, own):
        compare(equation, shape, seeds=(0, 1))


@shapes
@pytest.mark.parametrize("place", ["faces", "cells", "numbers", "changing"])
def test_tensor_diffusion(shape, place, python):
    """A full tensor: its normal part is in the matrix, the tangential one is explicit, as in FiPy."""
    dim, rng = len(shape), np.random.default_rng(5)
    numbers = rng.uniform(0.2, 1.0, (dim, dim)) + np.eye(dim)

    def equation(u):
        tensor = {
            "faces": lambda: random_face(u.mesh, 2, np.random.default_rng(6), 0.2, 1.0),
            "cells": lambda: fipy.CellVariable(mesh=u.mesh, rank=2, value=numbers[..., None] * (1 + u.mesh.x.value)),
            "numbers": lambda: [numbers.tolist()],
            "changing": lambda: fipy.Variable(value=numbers),
        }[place]()
        return TransientTerm(var=u) == DiffusionTerm(tensor, var=u)

    compare(equation, shape, seeds=(0, 1))


@pytest.mark.parametrize("shape", [SHAPES["2-D"], SHAPES["3-D"]], ids=["2-D", "3-D"])
def test_vector_diffusion(shape, python):
    """A vector is the diagonal of a tensor; FiPy takes none in 1-D. The Péclet numbers of convection see it, too."""

    def equation(u):
        vector = random_face(u.mesh, 1, np.random.default_rng(6), 0.2, 1.0)
        flow = random_face(u.mesh, 1, np.random.default_rng(8))
        return TransientTerm(var=u) + scheme("PowerLaw")(flow, var=u) == DiffusionTerm(vector, var=u)

    compare(equation, shape, ("top",))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_implicit_sources_of_either_sign(sign, python):
    """FiPy's matrix takes only what strengthens the diagonal, and so does the one of Picard's iteration."""

    def equation(u):
        return sign * TransientTerm(var=u) == ImplicitSourceTerm(fipy.numerix.sin(9 * u), var=u)

    compare(equation, (9,))


def test_newton_matrix_of_convection(python):
    """With a velocity and a conductivity that depend on u, it is the derivative of the residual: 1e-6 of the largest.

    Against central differences; of the central scheme, whose weights depend on nothing.
    """

    def equation(u):
        flow = u.faceValue**2 * [[1.0], [0.5]] + 0.3 * u.faceGrad
        return TransientTerm(var=u) + scheme("CentralDifference")(flow, var=u) == DiffusionTerm(1 + u**2, var=u)

    engine = CompiledEngine(One(equation), SHAPES["2-D"], SPACING[:2])
    disturb([engine], 0, 0.3)
    matrix, _ = compiled_system(engine, 0.1)
    start, step = unknowns(engine), 1e-5
    direction = np.random.default_rng(1).uniform(-1, 1, start.size)
    ends = []
    for sign in (1, -1):
        engine.v.u.setValue(start + sign * step * direction)
        ends.append(-compiled_system(engine, 0.1)[1])
    expected = matrix @ direction
    assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(expected, abs=1e-6 * abs(expected).max())


NUMBERS = st.floats(-2, 2).filter(lambda x: abs(x) > 0.05)
EXPRESSIONS = st.recursive(
    st.one_of(NUMBERS.map(lambda x: lambda u: x), st.just(lambda u: u)),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: lambda u: p[0](u) + p[1](u)),
        st.tuples(inner, inner).map(lambda p: lambda u: p[0](u) * p[1](u)),
        st.tuples(inner, inner).map(lambda p: lambda u: p[0](u) / (1 + p[1](u) ** 2)),
        inner.map(lambda e: lambda u: fipy.numerix.tanh(e(u))),
    ),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(SHAPES)), st.sampled_from(SCHEMES), st.lists(EXPRESSIONS, min_size=4, max_size=4),
       st.integers(0, 99), NUMBERS)  # fmt: skip
def test_random_equations(dimension, name, drawn, seed, speed):
    """All terms in one equation, with random expressions as coefficients."""
    storage, conductivity, slope, source = drawn

    def equation(u):
        flow = random_face(u.mesh, 1, np.random.default_rng(seed)) * speed
        diffusion = DiffusionTerm(1 + conductivity(u) ** 2, var=u)
        return (
            TransientTerm(1 + storage(u) ** 2, var=u) + scheme(name)(flow, var=u) + ImplicitSourceTerm(slope(u), var=u)
            == diffusion + source(u)
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "load", interpreted)
        compare(equation, SHAPES[dimension], seeds=(seed,))


@pytest.mark.parametrize(
    ("term", "named"),
    [
        (lambda u: fipy.ExplicitDiffusionTerm(1.0, var=u), "ExplicitDiffusionTerm"),
        (lambda u: DiffusionTerm((1.0, 1.0), var=u), "order 4"),
        (lambda u: scheme("Upwind")(fipy.FaceVariable(mesh=u.mesh, rank=2), var=u), "not a vector"),
    ],
)  # fmt: skip
def test_what_is_not_compiled_is_named(term, named):
    with pytest.raises(TraceError, match=named):
        CompiledEngine(One(lambda u: TransientTerm(var=u) == term(u)), (4, 4), (0.5, 0.5))

"""Every FiPy term that the compiled engine knows: its matrix and right-hand side are FiPy's own, to 1e-12."""

import fipy
import numpy as np
import pytest
from fipy import DiffusionTerm, ImplicitSourceTerm, TransientTerm
from hypothesis import given, settings
from hypothesis import strategies as st

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.errors import TraceError
from tests.errors import refused
from tests.verification.compiled_support import both_derivatives, disturb, interpreted
from tests.verification.terms_support import GRADED, SHAPES, SPACING, One, compare, scheme, tensor, vector

SCHEMES = (
    "CentralDifference", "Exponential", "ExplicitUpwind", "Hybrid", "PowerLaw", "Upwind", "VanLeer",
)  # fmt: skip
shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


@pytest.fixture
def python(monkeypatch):
    """Kernels are interpreted, not compiled."""
    monkeypatch.setattr(cache, "load", interpreted)


@shapes
@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("size", [0.0, 0.05, 1.0, 300.0], ids=["pure", "slow", "even", "fast"])
def test_convection(name, shape, size, python):
    """Each scheme, at cell Péclet numbers of 0.01 to 100 and without diffusion, velocities scattered over faces."""

    def equation(v):
        rest = DiffusionTerm(0.8, var=v.u) if size else 0.0
        return TransientTerm(var=v.u) + scheme(name)(vector(v) * (size or 1.0), var=v.u) == rest

    compare(equation, shape, ("bottom", "top"), seeds=(0, 1))


@shapes
@pytest.mark.parametrize("name", ["Exponential", "Upwind", "VanLeer"])
def test_convection_of_other_forms(name, shape, python):
    """Constant velocities, those of cells and of a gradient; a negated storage term; diffusion that vanishes in places;
    a velocity that is the unknown's own."""
    dim = len(shape)

    def negated(v):
        flow = scheme(name)([[0.7]] * dim, var=v.u)
        return -TransientTerm(2.0, var=v.u) == flow + ImplicitSourceTerm(v.s0, var=v.u)

    def in_cells(v):
        velocity = v.s0 * np.linspace(-2, 2, dim)[:, None] + np.full((dim, 1), 0.5)
        return TransientTerm(var=v.u) + scheme(name)(velocity, var=v.u) == DiffusionTerm(v.u, var=v.u)

    def uphill(v):
        diffusion = DiffusionTerm(((v.s0 > 0.5) * 1.0).harmonicFaceValue, var=v.u)
        return TransientTerm(1 + v.u, var=v.u) == scheme(name)(2 * v.u.faceGrad, var=v.u) + diffusion

    def own(v):
        return TransientTerm(var=v.u) + scheme(name)(v.u.faceValue * ([[1.0]] * dim), var=v.u) == 0.0

    for equation in (negated, in_cells, uphill, own):
        compare(equation, shape, seeds=(0, 1))


@shapes
@pytest.mark.parametrize("place", ["faces", "cells", "numbers", "changing"])
def test_tensor_diffusion(shape, place, python):
    """A full tensor: its normal part is in the matrix, the tangential one is explicit, as in FiPy."""
    numbers = np.random.default_rng(5).uniform(0.2, 1.0, (len(shape),) * 2) + np.eye(len(shape))

    def equation(v):
        given = {"numbers": [numbers.tolist()], "changing": fipy.Variable(value=numbers)}.get(place)
        return TransientTerm(var=v.u) == DiffusionTerm(tensor(v, place) if given is None else given, var=v.u)

    compare(equation, shape, seeds=(0, 1))


@pytest.mark.parametrize("shape", [SHAPES["2-D"], SHAPES["3-D"]], ids=["2-D", "3-D"])
def test_vector_diffusion(shape, python):
    """A vector is the diagonal of a tensor; FiPy takes none in 1-D. The Péclet numbers of convection see it, too."""

    def equation(v):
        flow = scheme("PowerLaw")(vector(v), var=v.u)
        return TransientTerm(var=v.u) + flow == DiffusionTerm(vector(v, 0.2, 1.0), var=v.u)

    compare(equation, shape, ("top",))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_implicit_sources_of_either_sign(sign, python):
    """FiPy's matrix takes only what strengthens the diagonal, and so does the one of Picard's iteration."""

    def equation(v):
        return sign * TransientTerm(var=v.u) == ImplicitSourceTerm(fipy.numerix.sin(9 * v.u), var=v.u)

    compare(equation, (9,))


def test_newton_matrix_of_convection(python):
    """With a velocity and a conductivity that depend on u, it is the derivative of the residual: 1e-6 of the largest.

    Against central differences; of the central scheme, whose weights depend on nothing.
    """

    def equation(v):
        u = v.u
        flow = u.faceValue**2 * [[1.0], [0.5]] + 0.3 * u.faceGrad
        return TransientTerm(var=u) + scheme("CentralDifference")(flow, var=u) == DiffusionTerm(1 + u**2, var=u)

    engine = CompiledEngine(One(equation), SHAPES["2-D"], SPACING[:2])
    disturb([engine], 0, 0.3)
    for expected, found in both_derivatives(engine, 0.1):
        assert found == pytest.approx(expected, abs=1e-6 * abs(expected).max())


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
       st.integers(0, 99), NUMBERS, st.booleans(), st.sampled_from(["", "x"]))  # fmt: skip
def test_random_equations(dimension, name, drawn, seed, speed, graded, periodic):
    """All terms in one equation, with random expressions as coefficients, on every kind of grid."""
    storage, conductivity, slope, source = drawn

    def equation(v):
        u, flow = v.u, scheme(name)(vector(v) * speed, var=v.u)
        implicit, diffusion = ImplicitSourceTerm(slope(u), var=u), DiffusionTerm(1 + conductivity(u) ** 2, var=u)
        return TransientTerm(1 + storage(u) ** 2, var=u) + flow + implicit == diffusion + source(u)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "load", interpreted)
        ends = () if (dimension, periodic) == ("1-D", "x") else ("bottom",)
        spacing = GRADED[dimension] if graded else SPACING
        compare(equation, SHAPES[dimension], ends, (seed,), spacing=spacing, periodic=periodic)


@pytest.mark.parametrize(
    ("term", "named"),
    [
        (lambda u: fipy.ExplicitDiffusionTerm(1.0, var=u), "ExplicitDiffusionTerm"),
        (lambda u: DiffusionTerm((1.0, 1.0), var=u), "order 4"),
        (lambda u: scheme("Upwind")(u.faceGrad * [[[1.0]], [[2.0]]], var=u), "vector"),
    ],
)  # fmt: skip
def test_what_is_not_compiled_is_named(term, named):
    with refused(TraceError, "", named):
        CompiledEngine(One(lambda v: TransientTerm(var=v.u) == term(v.u)), (4, 4), (0.5, 0.5))

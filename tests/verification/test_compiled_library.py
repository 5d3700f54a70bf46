"""The engine for equations of one's own: the script of docs/engine.md, other terms, and what cannot be compiled."""

import re
from pathlib import Path

import fipy
import numpy as np
import pytest
from fipy import (
    CellVariable,
    DiffusionTerm,
    ExplicitDiffusionTerm,
    ExponentialConvectionTerm,
    HybridConvectionTerm,
    ImplicitSourceTerm,
    TransientTerm,
    VanLeerConvectionTerm,
)

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.factory import make_engine
from phasefield.engines.fipy import FipyEngine
from phasefield.engines.symbolic import FunctionVariable, sympy_function
from phasefield.errors import TraceError
from phasefield.physics.common.model import Boundary, Field, Model
from tests.errors import refused
from tests.slow import slow
from tests.verification.compiled_support import compiled_system, disturb, fipy_system, interpreted, unknowns

DOCUMENT = Path(__file__).parents[2] / "docs" / "engine.md"


def wave(x):
    return 0.5 + 0.3 * np.cos(sum(k * along for k, along in enumerate(x, start=1)))


def field(name):
    return Field(name, name, "1", wave)


def test_the_script_of_the_document():
    """Cahn-Hilliard by the documented lines: the sum of c is kept to 1e-9; c is what FiPy's engine finds, to 1e-6."""
    script = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL).group(1)
    names = {}
    exec(compile(script, str(DOCUMENT), "exec"), names)  # the document is ours
    mine, kind = names["engine"], names["CahnHilliard"]
    assert mine.owned("c").sum() == pytest.approx(kind.fields[0].initial(mine.box.coordinates()).sum(), abs=1e-9)
    assert mine.owned("c").max() > 0.3  # it has separated
    reference = FipyEngine(kind(), (64, 64), (0.5, 0.5))
    for _ in range(20):
        assert reference.step(0.5).accepted
        reference.accept()
    assert np.max(np.abs(reference.owned("c") - mine.owned("c"))) < 1e-6


class Everything(Model):
    """Every kind of term and of expression that the shipped models do without, too."""

    fields = (field("u"), field("w"))

    def equations(self, v, dt):
        u, w, number = v.u, v.w, fipy.Variable(value=0.7, name="number")
        np_ = fipy.numerix
        source = np_.exp(-u) * np_.tanh(w) + np_.sqrt(u) / (1 + w**2) + abs(u - w) + (u > w) * u
        gradient = u.grad[0] * w.grad[u.mesh.dim - 1]
        face = np_.maximum(u.faceValue, w.harmonicFaceValue) + 0.1 * np_.arctan(u.faceGrad.dot(w.faceGrad))
        flux = (w.faceValue * u.faceGrad).divergence
        tensor = fipy.Variable(value=np.eye(u.mesh.dim) + 0.2)
        drift = ExponentialConvectionTerm(2 * w.faceGrad, var=u) - VanLeerConvectionTerm(u.faceGrad, var=w)
        return {
            "u": TransientTerm(1 + w**2, var=u) + ImplicitSourceTerm(1 + u**2, var=u) + drift
            == DiffusionTerm(face, var=u) + DiffusionTerm(0.3 * w, var=w) + source + number * gradient,
            "w": TransientTerm(var=w) + TransientTerm(0.5, var=u) + HybridConvectionTerm(u.faceGrad, var=u)
            == DiffusionTerm(1 + u * w, var=w) + DiffusionTerm(tensor, var=u) + flux - w**1.5,
        }

    def boundaries(self, v):
        return (
            Boundary("u", "bottom", "value", 0.3),
            Boundary("u", "top", "value", fipy.Variable(value=0.8)),
            Boundary("w", "bottom", "flux", 0.2),
        )


@pytest.mark.parametrize(
    ("shape", "load"),
    [
        pytest.param((9,), cache.load, id="1-D"),
        pytest.param((5, 7), interpreted, id="2-D, interpreted"),
        pytest.param((4, 5, 6), interpreted, id="3-D, interpreted"),
        slow((5, 7), cache.load, id="2-D"),
        slow((4, 5, 6), cache.load, id="3-D"),
    ],
)
def test_terms_equal_fipys(shape, load, monkeypatch):
    """Matrix and right-hand side of all terms at once, two unknowns, values fixed at both ends. Bar: 1e-12."""
    monkeypatch.setattr(cache, "load", load)
    spacing = (0.3, 0.5, 0.4)[: len(shape)]
    reference = FipyEngine(Everything(), shape, spacing)
    compiled = CompiledEngine(Everything(), shape, spacing, picard=True)
    for seed in range(3):
        disturb((reference, compiled), seed, 0.2)
        (L, b), (J, r) = fipy_system(reference, 0.1), compiled_system(compiled, 0.1)
        x, largest = unknowns(compiled), abs(L).max(axis=1).toarray().ravel()
        assert (abs(J - L).max(axis=1).toarray().ravel() / largest).max() < 1e-12
        assert (abs(b - L @ x - r) / (abs(L) @ abs(x) + abs(b))).max() < 1e-12


class OfOldValues(Model):
    """An explicit diffusion term, which has no compiled form."""

    fields = (field("u"),)

    def equations(self, v, dt):
        return {"u": TransientTerm(var=v.u) == ExplicitDiffusionTerm(1.0, var=v.u)}


cubed = sympy_function("cubed", 1, lambda x: x**3, lambda f, x, argument: 3 * x**2)


class OnlyNumPy(Model):
    """A function that says nothing of how to compile it."""

    fields = (field("u"),)

    def equations(self, v, dt):
        return {"u": TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u) + FunctionVariable.of(cubed, v.u)}


class Unknown(Model):
    """A lazy variable that the tracer does not know, of a field that is 0 everywhere when it is traced."""

    fields = (Field("u", "u", "1", lambda x: 0 * x[0]),)

    def equations(self, v, dt):
        return {"u": TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u) + v.u.leastSquaresGrad[0] ** 2}


class Reduced(Model):
    """A number that FiPy works out of a whole field, which the grid that is traced has not."""

    fields = (field("u"),)

    def equations(self, v, dt):
        return {"u": TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u) - v.u.cellVolumeAverage}


class Placed(Model):
    """Numbers of its own that differ from place to place, but were not declared."""

    fields = (field("u"),)

    def equations(self, v, dt):
        source = CellVariable(mesh=v.u.mesh, name="given", value=np.arange(v.u.mesh.numberOfCells) ** 2.0)
        return {"u": TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u) + source}


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (OfOldValues, "ExplicitDiffusionTerm"),
        (OnlyNumPy, "cubed"),
        (Unknown, "static"),
        (Reduced, "whole"),
        (Placed, "given"),
    ],
)
def test_what_has_no_compiled_form_is_named(model, named):
    """Compiled refuses it by the equation and the part; auto runs it on FiPy and says why."""
    with refused(TraceError, "", "equation of u: ", named):
        make_engine("compiled", model(), (8,), (0.5,))
    engine = make_engine("auto", model(), (8,), (0.5,))
    assert engine.name == "fipy" and named in engine.remark
    assert make_engine("fipy", model(), (8,), (0.5,)).remark == ""


class Held(Model):
    """A value held on a face the way FiPy's users write it, or a gradient."""

    fields = (field("u"),)

    def __init__(self, gradient: bool):
        super().__init__()
        self.gradient = gradient

    def equations(self, v, dt):
        (v.u.faceGrad if self.gradient else v.u).constrain([3.0] if self.gradient else 3.0, v.u.mesh.facesLeft)
        return {"u": TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u)}


@pytest.mark.parametrize("gradient", [False, True])
def test_constraints_of_unknowns_are_not_forgotten(gradient):
    """A kernel would have a mirror there: compiled refuses, and auto leaves it to FiPy, which obeys (5 %)."""
    with refused(TraceError, "", "'u'", "boundaries"):
        make_engine("compiled", Held(gradient), (8,), (0.5,))
    engine = make_engine("auto", Held(gradient), (8,), (0.5,))
    assert engine.name == "fipy"
    engine.step(1e3)
    u = engine.state.now["u"].ravel()
    if not gradient:
        np.testing.assert_allclose(u, 3.0, rtol=0.05)


class Far(Model):
    """Four Laplacians of one field: the value of a cell depends on cells four away."""

    fields = (field("u"),)

    def equations(self, v, dt):
        once = v.u.faceGrad.divergence
        twice = once.faceGrad.divergence
        thrice = twice.faceGrad.divergence
        return {"u": TransientTerm(var=v.u) == thrice.faceGrad.divergence}


def test_what_looks_beyond_the_copies_of_neighbours_is_refused():
    """Three layers are held; a fourth would be wrong at every cut, without a word."""
    with refused(TraceError, "", "4 cells", "3"):
        make_engine("compiled", Far(), (12,), (0.5,))

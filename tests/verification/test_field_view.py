"""Integrals and squared gradients, as a model measures them, against formulas."""

from types import SimpleNamespace

import numpy as np
import pytest
from fipy import DiffusionTerm, TransientTerm

from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.errors import RunError
from phasefield.physics.common.model import Field, Model
from phasefield.physics.common.view import FieldView
from tests.errors import refused
from tests.parallel.pool import on_ranks

LENGTH, SCALE = 1e-6, 3.0


def view(initial, shape, spacing, periodic=""):
    """Of a field u of the scale 3, on a grid with a unit of 1 µm."""

    class Wave(Model):
        fields = (Field("u", "Wave", "V", initial, scale=SCALE),)

        def equations(self, v, dt):
            return {"u": TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u)}

    Wave.periodic = periodic
    return FieldView(CompiledEngine(Wave(), shape, spacing), SimpleNamespace(scales=SimpleNamespace(length=LENGTH)))


@pytest.mark.parametrize("periodic", ["", "xy"])
def test_a_wave(periodic):
    """u = 3 cos qx cos ky: ∫|∇u|² = 9(q² + k²)A/4 where differences have (2/h) sin(qh/2) for q. 1e-10."""
    q, k, h = np.pi / 2, np.pi / 3, 0.25
    seen = view(lambda x: np.cos(q * x[0]) * np.cos(k * x[1]), (16, 24), (h, h), periodic)
    squares = sum((2 / h * np.sin(w * h / 2)) ** 2 for w in (q, k))
    assert seen.integral(seen.squared_gradient("u")) == pytest.approx(SCALE**2 * squares * 24 / 4, rel=1e-10)
    assert seen.integral(np.ones_like(seen.values("u"))) == pytest.approx(24 * LENGTH**2, rel=1e-12)


def test_unequal_cells():
    """u = 3 sin²(πx/20) on cells that grow from 0.05 on: ∫|∇u|² = 9·(π/20)²·10/2 per width, 1 %."""
    widths = 0.05 * 1.03 ** np.arange(66)
    side, n = widths.sum(), 4
    seen = view(lambda x: np.sin(np.pi * x[1] / side / 2) ** 2, (n, len(widths)), (0.5, widths))
    exact = SCALE**2 * (np.pi / (2 * side)) ** 2 * side / 2 * (0.5 * n)
    assert seen.integral(seen.squared_gradient("u")) == pytest.approx(exact, rel=0.01)
    assert seen.integral("u") == pytest.approx(SCALE * side / 2 * 0.5 * n * LENGTH**2, rel=1e-3)


def test_several_ranks(tmp_path):
    """The same on two ranks, 1e-12."""
    (tmp_path / "program.py").write_text(PROGRAM)
    assert (done := on_ranks(2, [tmp_path / "program.py"], cwd=tmp_path)).returncode == 0, done.stdout


#: The integral of `test_a_wave` on the ranks that run it.
PROGRAM = """
import numpy as np
from tests.verification.test_field_view import SCALE, view

q, k, h = np.pi / 2, np.pi / 3, 0.25
seen = view(lambda x: np.cos(q * x[0]) * np.cos(k * x[1]), (16, 24), (h, h))
squares = sum((2 / h * np.sin(w * h / 2)) ** 2 for w in (q, k))
found, exact = seen.integral(seen.squared_gradient("u")), SCALE**2 * squares * 24 / 4
assert seen.engine.comm.size == 2 and abs(found - exact) < 1e-12 * exact, (found, exact)
"""


def test_an_unknown_field():
    with refused(RunError, "", "'v'", "u"):
        view(lambda x: 0 * x[0], (8, 8), (1.0, 1.0)).squared_gradient("v")

"""Terms that look around corners, graded and periodic grids, conditions on sides: the same fields on any ranks."""

import numpy as np

from tests.parallel.pool import on_ranks

PROGRAM = """
import sys
import numpy as np
from fipy import DiffusionTerm, TransientTerm, UpwindConvectionTerm, VanLeerConvectionTerm
from phasefield import parallel
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.physics.common.model import Boundary, Field, Model

parallel.install_abort_hook()

class Sheared(Model):
    fields = (
        Field("u", "u", "1", lambda x: 1 + 0.5 * np.sin(2 * np.pi * x[0]) * np.cos(3 * x[1])),
        Field("w", "w", "1", lambda x: 1 + 0.5 * np.cos(2 * np.pi * x[0]) * np.sin(2 * x[1])),
    )
    periodic = "x"

    def equations(self, v, dt):
        tensor = [[[1.0, 0.6], [0.6, 0.8]]]
        drift = UpwindConvectionTerm(0.3 * v.w.faceGrad, var=v.w)
        return {
            "u": TransientTerm(var=v.u) + VanLeerConvectionTerm([[0.5], [0.2]], var=v.u)
            == DiffusionTerm(0.01 * v.w, var=v.u) + v.w - v.u,
            "w": TransientTerm(var=v.w) + drift
            == DiffusionTerm(tensor, var=v.w) + 0.1 * v.u.grad[0] * v.u.grad[1] + v.inflow.w,
        }

    def boundaries(self, v):
        return (Boundary("u", "bottom", "value", 1.0), Boundary("w", "top", "flux", 0.1))

class Sided(Sheared):
    periodic = ""

    def boundaries(self, v):
        return (*super().boundaries(v), Boundary("u", "left", "value", 0.9), Boundary("w", "right", "flux", 0.2))

n, found = 16, {}
heights = np.linspace(0.05, 0.15, 12)
for model in (Sheared(), Sided()):
    engine = CompiledEngine(model, (n, len(heights)), (1 / n, heights), "strict", max_newton=40)
    for _ in range(4):
        verdict = engine.step(0.01)
        assert verdict.accepted, verdict
        engine.accept()
    for f in engine.fields:
        found[f"{f.name} {type(model).__name__}"] = engine.grid.whole(engine.owned(f.name))
    found[f"total {type(model).__name__}"] = engine.grid.integral(engine.owned("u"))
if engine.comm.rank == 0:
    np.savez(sys.argv[1], **found)
"""
#: Largest difference over a field's largest value; the residuals of both engines end at 1e-10 of the first one.
TOLERANCE = 1e-10


def test_terms_do_not_depend_on_ranks(tmp_path):
    """1, 2, 3 and 4 ranks; the last cut the periodic axis as well. The integral is that of the widths, to 1e-12."""
    (tmp_path / "program.py").write_text(PROGRAM)
    found = []
    for ranks in (1, 2, 3, 4):
        path = tmp_path / f"fields{ranks}.npz"
        result = on_ranks(ranks, ["program.py", path], cwd=tmp_path, timeout=120)
        assert result.returncode == 0, result.stdout
        found.append(np.load(path))
    heights = np.linspace(0.05, 0.15, 12)
    for model in ("Sheared", "Sided"):
        expected = np.sum(found[0][f"u {model}"] * heights[:, None]) / 16
        for other in found:
            assert abs(other[f"total {model}"] - expected) < 1e-12 * abs(expected)
            for name in (f"u {model}", f"w {model}"):
                assert np.ptp(other[name]) > 0.1
                assert np.max(np.abs(other[name] - found[0][name])) < TOLERANCE * np.max(np.abs(found[0][name])), name

"""Every function that an expression may apply: its value is FiPy's, and Newton's method knows its derivative."""

import fipy
import pytest
from fipy import DiffusionTerm, TransientTerm

from phasefield.engines.compiled import cache
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.compiled.expressions import FUNCTIONS
from phasefield.engines.fipy import FipyEngine
from phasefield.physics.common.model import Field, Model
from tests.verification.compiled_support import (
    both_derivatives,
    compiled_system,
    disturb,
    fipy_system,
    interpreted,
    unknowns,
)
from tests.verification.terms_support import wave

OF_TWO = ("minimum", "maximum", "fmod", "atan2")
#: Arguments that are not between 0.1 and 0.9: on both sides of 0, of 1 and of jumps.
ARGUMENTS = {"acosh": lambda u: 1 + u} | dict.fromkeys(
    ("fabs", "sign", "floor", "ceil", "fmod", "atan2"), lambda u: 4 * u - 1.5
)
CELLS, SPACING = (12,), (0.3,)


class Applied(Model):
    """Functions of u, or of u and w, as the source of u."""

    fields = (Field("u", "u", "1", wave), Field("w", "w", "1", lambda x: wave(3 * x)))

    def __init__(self, *names):
        super().__init__()
        self.names = names

    def equations(self, v, dt):
        source = 0.0
        for name in self.names:
            function = getattr(fipy.numerix, "arc" + name[1:] if name.startswith("a") else name)
            first = ARGUMENTS.get(name, lambda u: u)(v.u)
            source = source + (function(first, v.w) if name in OF_TWO else function(first))
        return {
            "u": TransientTerm(var=v.u) == DiffusionTerm(1e-3, var=v.u) + source,
            "w": TransientTerm(var=v.w) == DiffusionTerm(1e-3, var=v.w),
        }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivative(name, monkeypatch):
    """Newton's matrix against central differences of the residual: 1e-6 of the largest change."""
    monkeypatch.setattr(cache, "load", interpreted)
    engine = CompiledEngine(Applied(name), CELLS, SPACING)
    disturb([engine], 0, 0.1)
    for expected, found in both_derivatives(engine, 1.0, directions=3):
        assert found == pytest.approx(expected, abs=1e-6 * abs(expected).max())


def test_values_are_fipys():
    """All of them in one kernel, compiled: the residual is FiPy's, to 1e-12 of its terms."""
    reference, compiled = (kind(Applied(*FUNCTIONS), CELLS, SPACING) for kind in (FipyEngine, CompiledEngine))
    disturb((reference, compiled), 0, 0.1)
    (L, b), (_, r) = fipy_system(reference, 1.0), compiled_system(compiled, 1.0)
    x = unknowns(compiled)
    assert (abs(b - L @ x - r) / (abs(L) @ abs(x) + abs(b))).max() < 1e-12

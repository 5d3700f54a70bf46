"""How often a step computes its lagged fields: a linear equation, whose iterates are known."""

import numpy as np
import pytest
from fipy import TransientTerm

from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.physics.common.model import Field, LaggedField, Model

STEP, FIRST = 0.1, 2.0


class Decay(Model):
    """∂u/∂t = −w, where w is u as a step looks at it; and a field whose rate is w as the step begins."""

    fields = (Field("u", "u", "1", lambda x: FIRST + 0 * x[0]), Field("begun", "u", "1", lambda x: 0 * x[0]))
    auxiliary = (
        LaggedField("seen", lambda fields, _: fields["u"].copy(), settles=True),
        LaggedField("at_first", lambda fields, _: fields["u"].copy()),
    )

    def __init__(self, looks):
        super().__init__()
        self.looks = looks

    def equations(self, v, dt):
        return {"u": TransientTerm(var=v.u) == -v.seen, "begun": TransientTerm(var=v.begun) == v.at_first}


@pytest.mark.parametrize("looks", [1, 2, 3])
def test_iterates(looks):
    """Each look puts in −Δt w what the iteration before has found, the first one what two states predict: to 1e-9.

    A field that does not settle is that of the prediction, in all steps. Without a prediction there are four looks.
    """
    engine = CompiledEngine(Decay(looks), shape=(4, 4), spacing=(1.0, 1.0), profile="strict")
    states = [FIRST]
    for number in (4, looks, looks):
        seen = predicted = 2 * states[-1] - states[-2] if len(states) > 1 else FIRST
        for _ in range(number):
            seen = states[-1] - STEP * seen
        begun = float(engine.owned("begun")[0, 0])
        assert engine.step(dt=STEP).accepted
        engine.accept()
        states.append(seen)
        assert engine.owned("u") == pytest.approx(np.full((4, 4), seen), rel=1e-9)
        assert engine.owned("begun") == pytest.approx(np.full((4, 4), begun + STEP * predicted), rel=1e-9)

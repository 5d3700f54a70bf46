"""An Allen-Cahn equation coupled to diffusion: a crystal grows into an undercooled melt and warms it.

∂φ/∂t = κ∇²φ − φ(φ − 1)(φ − ½ − λT)  and  ∂T/∂t = D∇²T + ∂φ/∂t, T in units of the latent heat over the heat capacity:
the simplest of R. Kobayashi's kind, Physica D 63 (1993) 410, doi:10.1016/0167-2789(93)90120-P. Cells are small where
the front passes and grow towards the far end. T − φ is conserved.

    python docs/examples/solidification.py
"""

import numpy as np
from fipy import DiffusionTerm, TransientTerm

from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.symbolic import linearize
from phasefield.physics.common.model import Field, Model

κ, λ, D = 1.0, 0.8, 4.0


class Solidification(Model):
    """φ, 1 in the crystal, and the temperature, 0 at the melting point."""

    fields = (
        Field("phi", "Phase", "1", lambda x: 0.5 * (1 - np.tanh((x[1] - 6 - np.cos(x[0] * np.pi / 16)) / 2.8))),
        Field("T", "Temperature", "1", lambda x: -0.5 + 0 * x[0]),
    )

    def equations(self, v, dt):
        φ, T = v.phi, v.T
        return {
            "phi": TransientTerm(var=φ) == DiffusionTerm(κ, var=φ) - linearize(φ * (φ - 1) * (φ - 0.5 - λ * T), φ, T),
            "T": TransientTerm(var=T) - TransientTerm(var=φ) == DiffusionTerm(D, var=T),
        }


def grow(steps, engine=CompiledEngine):
    """The engine after steps of 0.25."""
    heights = np.concatenate([np.full(40, 0.5), 0.5 * 1.08 ** np.arange(1, 31)])
    made = engine(Solidification(), (32, len(heights)), (0.5, heights))
    for _ in range(steps):
        assert made.step(0.25).accepted
        made.accept()
    return made


def mean(engine, name):
    """Integral of a field over the box, over its width. Collective."""
    return engine.grid.integral(engine.owned(name))


if __name__ == "__main__":
    for steps in (0, 40, 80, 160):
        engine = grow(steps)
        crystal, heat = mean(engine, "phi"), mean(engine, "T")
        print(f"t = {steps / 4:4.0f}: crystal {crystal:7.4f} high, T − φ kept at {heat - crystal:.9f}")

"""What the tests of the interphase share: models of layers, and rulers for them. Lengths in δ_PF, velocities in k_r."""

from __future__ import annotations

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np

from phasefield.engines.fipy import FipyEngine
from phasefield.physics.common.energy import equilibrium_profile
from phasefield.physics.common.kinetics import LinearKinetics
from phasefield.physics.common.model import Field
from phasefield.physics.interphase.model import Conductor, Interphase, Parameters
from phasefield.run.time_loop import Controller, march

#: Cells across the width δ_PF of the front.
CELLS = 4
#: u = 1 − V/U with potentials in units of U.
LINEAR = LinearKinetics()


def layer_fields(distance) -> tuple[Field, ...]:
    """ψ from a signed distance to the surface of the layer, and both potentials from 0."""
    return (
        Field("psi", "Interphase", "1", lambda x: equilibrium_profile(distance(x), 1.0), lower=-0.05, upper=1.05,
              tolerance=1e-3, controls_step=True),
        *(Field(name, "Potential", "V", lambda x: np.zeros_like(x[0]), tolerance=1e-3) for name in ("phi_i", "phi_e")),
    )  # fmt: skip


def layer(product, seed, top, electrolyte=(1e6, 1e-8), mobility=1.0, static=(), cells=CELLS, **parameters):
    """Engine of a flat layer, ``seed`` thick (coating included) in a box ``top`` high."""
    p = Parameters(
        mobility=mobility, product=Conductor(*product), electrolyte=Conductor(*electrolyte), cell=1 / cells,
        **({"onset": 1.0, "kinetics": LINEAR} | parameters),
    )  # fmt: skip
    model = Interphase(p, layer_fields(lambda x: x[-1] - seed), static)
    return FipyEngine(model, [round(top * cells)], [1 / cells])


def thickness(engine) -> float:
    """∫ψ along the height, averaged over the area."""
    return float(np.mean(engine.owned("psi"))) * engine.box.shape[-1] * engine.box.spacing[-1]


def grow(engine, times, dt=0.1, tolerance=1e-2, observe=lambda progress: None):
    """Thickness at some times, marching with adaptive steps."""
    found = []
    march(engine, Controller(dt, tolerance), times, [observe], on_stop=lambda t: found.append(thickness(engine)))
    return np.array(found)

"""Equations (1)-(3) of plating cell by cell, each sum over faces written anew: 1e-9 of the largest term."""

import numpy as np
import pytest

from phasefield.physics.common.drive import Segment
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.plating.model import Parameters, Plating
from tests.verification import by_hand as hand
from tests.verification.by_hand import ANODIC, CATHODIC, face_array

CURRENT, VOLTAGE = 0.6, -1.3
GALVANOSTATIC, POTENTIOSTATIC = Segment(True, CURRENT, 0.0, 1.0), Segment(False, VOLTAGE, 0.0, 1.0)
BINARY = {
    "transference": 0.3, "diffusivity": 0.8, "thermodynamic_factor": 1.5, "lithium_per_salt": 2.5,
    "conductivity_exponent": 0.7,
}  # fmt: skip
BOUNDS = {"xi": (0.05, 0.95), "phi": (-2.0, 2.0)}


def start(name):
    return Field(name, name, "1", lambda x: 0.5 + 0 * x[-1], tolerance=1e-4)


def model(binary=False, static=(), **parameters):
    names = ("xi", "phi", "c") if binary else ("xi", "phi")
    more = {name: CoefficientField(name, name, "1", lambda x: 1.0 + 0 * x[-1]) for name in static}
    p = Parameters(0.3, 2.0, ButlerVolmer(ANODIC, CATHODIC), **(BINARY if binary else {}), **parameters)
    return Plating(p, [start(n) for n in names], more.values())


@pytest.mark.parametrize("anisotropy", [0.0, 0.05])
@pytest.mark.parametrize("static", [(), ("film", "exchange", "conductivity")])
def test_single_ion(static, anisotropy):
    """ξ and φ with a pressure, the Gibbs-Thomson shift and its counter-term, the mesh's well, and a cubic energy."""
    m = model(static=static, floor=0.05, cell=0.4, anisotropy=anisotropy, pressure=0.4, capillarity=0.2)
    engine = hand.engine_of(m, GALVANOSTATIC, **BOUNDS, **{name: (0.2, 3.0) for name in static})
    ξ, φ = engine.owned("xi"), engine.owned("phi")
    film, exchange, conductivity = ((engine.owned(n) if static else d) for n, d in
                                    (("film", 0.0), ("exchange", 1.0), ("conductivity", 1.0)))  # fmt: skip
    K = hand.curvature(engine, "xi")
    y = hand.below_film(-φ + 0.4 + 0.2 * K, film * exchange)
    expected = hand.rate(engine, "xi") - 0.3 * smoothing(engine, anisotropy) + 0.3 * hand.well(ξ, 0.4)
    expected += hand.reaction_weight(ξ) * exchange * hand.butler_volmer(y) - 0.3 * K * 4 * ξ * (1 - ξ)
    charge = hand.diffusion(φ, 2.0 * conductivity * (1.05 - ξ)) + hand.at_top(CURRENT) - hand.rate(engine, "xi")
    hand.assert_same(engine, {"xi": expected, "phi": charge})


def smoothing(engine, ε):
    """∇·(m∇ξ), the diagonal flux of a(n)²|∇ξ|²/2, a = 1 − 3ε + 4ε Σn⁴."""
    gradient = engine.v.xi.faceGrad.value
    square = gradient**2 / ((gradient**2).sum(axis=0) + 1e-10)
    q = (square**2).sum(axis=0)
    a = 1 - 3 * ε + 4 * ε * q
    faces = []
    for z, axis in enumerate((1, 0)):
        values = face_array(engine.mesh, a * (a + 16 * ε * (square[axis] - q)), axis)
        faces.append(np.moveaxis(values, z, 0)[1:-1])
    return hand.diffusion_over(engine.owned("xi"), faces)


@pytest.mark.parametrize("reservoir", [False, True])
@pytest.mark.parametrize("segment", [GALVANOSTATIC, POTENTIOSTATIC])
def test_binary(segment, reservoir):
    """ξ, φ and c under a current or a voltage, against lithium or a reservoir of salt.

    At the counter electrode a given current is all that passes; at a voltage the gradient of c adds its own.
    """
    m = model(True, floor=0.05, reservoir=reservoir)
    engine = hand.engine_of(m, segment, **BOUNDS, c=(0.4, 2.0))
    if not segment.galvanostatic:
        m.current.setValue(CURRENT)  # as `refresh` finds it
    ξ, φ, c = (engine.owned(n) for n in ("xi", "phi", "c"))
    s, σ, moves = 1.05 - ξ, 2.0 * c**0.7, hand.rate(engine, "xi")
    B = c**ANODIC * hand.butler_volmer(-φ)
    xi = moves - 0.3 * hand.diffusion(ξ, 1.0 + 0 * ξ) + 0.3 * hand.well(ξ) + hand.reaction_weight(ξ) * B
    pull = 2 * 0.7 * 1.5 * σ / c
    salt = 0.7 * CURRENT * 2.5
    at_voltage = not segment.galvanostatic
    top = (-VOLTAGE,) if at_voltage else None
    phi = hand.diffusion(φ, σ * s, top=top) - moves
    phi -= hand.diffusion(c, pull * s, top=(1.0,) if at_voltage and reservoir else None)
    if not at_voltage:
        phi += hand.at_top(CURRENT)
    elif not reservoir:
        phi -= hand.at_top(pull[-1] * salt / 0.8)
    storage = (s * c - (1.05 - engine.state.old["xi"]) * engine.state.old["c"]) / hand.DT
    diffusion = hand.diffusion(c, 0.8 * s, top=(1.0,) if reservoir else None)
    inflow = 0 if reservoir else hand.at_top(salt)
    expected = {"xi": xi, "phi": phi, "c": storage + 0.7 * 2.5 * moves - diffusion - inflow}
    hand.assert_same(engine, expected)

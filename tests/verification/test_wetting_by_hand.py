"""Equations (1)-(3) of wetting cell by cell, each sum over faces written anew: 1e-9 of the largest term."""

import numpy as np
import pytest

from phasefield.physics.common.model import CoefficientField
from phasefield.physics.wetting.model import Parameters, Wetting
from tests.verification import by_hand as hand
from tests.verification.wetting import order_parameter, pressure

#: γ of lithium and layer, lithium and surroundings, layer and surroundings.
ENERGIES = 0.8, 1.1, 1.3
GROWTH, CONDUCTANCE = 0.4, 30.0
BOUNDS = {"xi": (0.05, 0.5), "psi": (0.05, 0.45), "p": (-1.0, 1.0), "q": (-1.0, 1.0)}


def parts(engine):
    """ξ, ψ, ζ and their wells' slopes over 2δ², and the sum of these."""
    ξ, ψ = engine.owned("xi"), engine.owned("psi")
    wells = [hand.well(u, 0.4) for u in (ξ, ψ, 1 - ξ - ψ)]
    return (ξ, ψ, 1 - ξ - ψ), wells, sum(wells)


def drive(first, second, third, coupling, energy):
    """30 p²q²(1 + c r)/6δγ."""
    return 20 * first**2 * second**2 * (1 + coupling * third) / energy


def engine_of(rigid):
    start = lambda x: 0.3 + 0 * x[-1]  # noqa: E731
    names = ("xi",) if rigid else ("xi", "psi")
    fields = [order_parameter(n, start) for n in names] + [pressure(n) for n in "pq"[: len(names)]]
    static = [CoefficientField("psi", "", "1", start)] if rigid else []
    model = Wetting(Parameters(ENERGIES, cell=0.4, conductance=CONDUCTANCE), fields, static)
    model.growth.setValue(GROWTH)
    return hand.engine_of(model, **{n: b for n, b in BOUNDS.items() if not rigid or n != "q"})


def test_rigid_layer():
    """Lithium's weight is (1 + cos θ)/2 of Young's angle; the layer stands still."""
    engine = engine_of(True)
    (ξ, ψ, ζ), wells, total = parts(engine)
    weight = (1 + (ENERGIES[2] - ENERGIES[0]) / ENERGIES[1]) / 2
    p, moves = engine.owned("p"), hand.rate(engine, "xi")
    grows = hand.diffusion(ξ, 1 + 0 * ξ) - wells[0] + weight * total
    grows += drive(ξ, ζ, ψ, 125 / 12, ENERGIES[1]) * p
    closed = hand.diffusion(p, CONDUCTANCE + 0 * p) + hand.at_top(GROWTH) - moves
    hand.assert_same(engine, {"xi": moves - grows, "p": closed})


def test_yielding_layer():
    """Weights are those of the coefficients of spreading s: w_i = s_i⁻¹/Σ s⁻¹; what lithium gains the layer loses."""
    engine = engine_of(False)
    (ξ, ψ, ζ), wells, total = parts(engine)
    inverse = 1 / np.linalg.solve([[1, 1, 0], [1, 0, 1], [0, 1, 1]], ENERGIES)
    p, q = engine.owned("p"), engine.owned("q")
    weights = inverse / inverse.sum()
    pushed = drive(ξ, ψ, ζ, 4.0, ENERGIES[0]) * (p - q)
    lithium = hand.diffusion(ξ, 1 + 0 * ξ) - wells[0] + weights[0] * total + pushed
    lithium += drive(ξ, ζ, ψ, 4.0, ENERGIES[1]) * p
    layer = hand.diffusion(ψ, 1 + 0 * ψ) - wells[1] + weights[1] * total - pushed
    layer += drive(ψ, ζ, ξ, 4.0, ENERGIES[2]) * q
    gained, moved = hand.rate(engine, "xi"), hand.rate(engine, "psi")
    hand.assert_same(engine, {
        "xi": gained - lithium, "psi": moved - layer,
        "p": hand.diffusion(p, CONDUCTANCE + 0 * p) + hand.at_top(GROWTH) - gained,
        "q": hand.diffusion(q, CONDUCTANCE + 0 * q) - moved,
    })  # fmt: skip


@pytest.mark.parametrize("rigid", [True, False])
def test_fluxes(rigid):
    """K∇p and, where the layer yields, K∇q; at rest nothing grows; the continuum's well is the default's."""
    engine = engine_of(rigid)
    fluxes = engine.model.gradient_fluxes(engine.v)
    assert set(fluxes) == ({"p"} if rigid else {"p", "q"})
    for name, values in fluxes.items():
        found = hand.face_array(engine.mesh, values.value[1], 1)[1:-1]
        exact = CONDUCTANCE * np.diff(engine.owned(name), axis=0) / hand.SPACING[1]
        np.testing.assert_allclose(found, exact, rtol=1e-9)
    fields, static = engine.model.fields, engine.model.static
    model = Wetting(Parameters(ENERGIES), fields, static)
    assert float(model.growth.value) == 0.0 and model.p.conductance == 1e5
    assert float(model.well_slopes(0.25, 0.75, 0.0)[0]) == pytest.approx(2 * 0.25 * 0.75 * 0.5)

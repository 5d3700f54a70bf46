"""Equations (1)-(2) of a contact cell by cell, each sum over faces written anew: 1e-9 of the largest term."""

import numpy as np
import pytest
from fipy import Grid3D

from phasefield.physics.common.drive import Segment
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import CoefficientField
from phasefield.physics.contact.insertion import LinearPotential, RegularSolution
from phasefield.physics.contact.model import Contact, GrowingLayer, Parameters, fields_of, rim_spreading, upward
from tests.verification import by_hand as hand
from tests.verification.by_hand import ANODIC, CATHODIC, SHAPE, SPACING

CURRENT, TIME = 0.6, 2.3
STORAGE = {
    "linear": (LinearPotential(1.7, 4.0), lambda x: 1.7 - 4.0 * (x - 0.5), lambda x: 0.25 + 0 * x),
    "regular": (
        RegularSolution(1.7, 2.4), lambda x: 1.7 - np.log(x / (1 - x)) - 2.4 * (1 - 2 * x), lambda x: x * (1 - x),
    ),
}  # fmt: skip
#: Electrode in the lower two layers; a column in full contact, one in part, one in none.
ELECTRODE = np.repeat([1.0, 1.0, 0.0, 0.0], SHAPE[0]).reshape(SHAPE[::-1])
COVERAGE = np.array([1.0, 0.4, 0.0])
MORE = ("layer", "conductivity", "spreading")


def contact(storage, gradient, more):
    """Engine at scattered fields, the layer grown for some time."""
    p = Parameters(2.0, 0.7, STORAGE[storage][0], ButlerVolmer(ANODIC, CATHODIC), SPACING[1],
                   GrowingLayer(0.3, 0.5), gradient)  # fmt: skip
    statics = [CoefficientField(n, n, "1", lambda x: 1.0 + 0 * x[-1]) for n in ("electrode", "coverage", *more)]
    model = Contact(p, fields_of(p, 0.5, 0.0257, 5e4), statics)
    bounds = {"c": (0.1, 0.9), "phi": (-2.0, 1.0)} | {name: (0.4, 2.0) for name in more}
    engine = hand.engine_of(model, Segment(True, CURRENT), **bounds)
    model.time.setValue(TIME)
    engine.state.fixed["electrode"][...] = ELECTRODE
    engine.state.fixed["coverage"][...] = COVERAGE
    engine.show()
    return engine


@pytest.mark.parametrize("more", [(), MORE])
@pytest.mark.parametrize("gradient", [0.0, 0.15])
@pytest.mark.parametrize("storage", STORAGE)
def test_contact(storage, gradient, more):
    """χ ∂x/∂t = ∇·(K∇φ), χ(φ + U) + ∇·(χκ∇x) = 0, and θ B of the drop on the plane between the two.

    A layer that grows as √t, of uneven resistance; conductivities that vary; half cells that current spreads from.
    """
    engine = contact(storage, gradient, more)
    x, φ = engine.owned("c"), engine.owned("phi")
    _, potential, mobility = STORAGE[storage]
    layer, factor, spreading = (engine.owned(n) if more else np.ones(SHAPE[::-1]) for n in MORE)
    ρ = np.where(ELECTRODE == 1, 1 / (0.7 * mobility(x)), 1 / 2.0) / factor
    faces = [2 / (ρ[1:] + ρ[:-1]), (2 / (ρ[:, 1:] + ρ[:, :-1])).T]
    mean = {n: (u[1] + u[2]) / 2 for n, u in (("layer", layer), ("ρ", ρ), ("spreading", spreading))}
    r = (0.3 + 0.5 * np.sqrt(TIME)) * mean["layer"] + SPACING[1] * mean["ρ"] * mean["spreading"]
    flux = -COVERAGE * hand.butler_volmer(hand.below_film(φ[1] - φ[2], r))  # along z, as K∂φ/∂z
    faces[0][1] = flux * SPACING[1] / (φ[2] - φ[1])
    inside = [np.array([[1.0], [0], [0]]) * np.ones(3), (ELECTRODE[:, 1:] * ELECTRODE[:, :-1]).T]
    curvature = hand.diffusion_over(x, [gradient * k for k in inside])
    expected = {
        "c": (1 - ELECTRODE) * hand.rate(engine, "c") - ELECTRODE * (φ + potential(x)) - curvature,
        "phi": hand.diffusion_over(φ, faces) + hand.at_top(CURRENT) - ELECTRODE * hand.rate(engine, "c"),
    }
    hand.assert_same(engine, expected)
    fluxes = engine.model.gradient_fluxes(engine.v)["phi"].value
    across, along = hand.face_array(engine.mesh, fluxes[0], 0), hand.face_array(engine.mesh, fluxes[1], 1)
    np.testing.assert_allclose(along[1:-1], faces[0] * np.diff(φ, axis=0) / SPACING[1], rtol=1e-9)
    np.testing.assert_allclose(across[:, 1:-1], faces[1].T * np.diff(φ, axis=1) / SPACING[0], rtol=1e-9)


def test_spreading_at_a_rim():
    """Resistance of two half cells next to a rim over that of an even current, of φ = Re √w and the current Im √w.

    s is the centre's distance from the rim, in cells. Far inside it is 1; over the covered part [s − ½, s + ½], from 0
    on, the current is the difference of Im √(−w), and the drop in the middle 2 Re √(½i − s): per area of contact.
    """
    for s in (-0.4, -0.1, 0.2, 0.5, 0.9, 3.0):
        low, high = max(s - 0.5, 0.0), s + 0.5
        drop = 2 * np.sqrt((np.sqrt(s**2 + 0.25) - s) / 2)  # Re √(½i − s), by the half-angle formula
        exact = drop * min(high - low, 1.0) / (np.sqrt(high) - np.sqrt(low))
        assert rim_spreading(np.array([s]))[0] == pytest.approx(exact, rel=1e-9)
    assert rim_spreading(np.array([200.0]))[0] == pytest.approx(1.0, rel=1e-5)
    assert rim_spreading(np.array([-0.5, -3.0])) == pytest.approx(0.0, abs=1e-3)


def test_upward_is_along_the_last_axis():
    np.testing.assert_array_equal(upward(Grid3D(nx=1, ny=1, nz=1)).value.T, [[0.0, 0.0, 1.0]] * 6)


def test_the_start_is_at_rest():
    """At a uniform content φ is −U everywhere."""
    p = Parameters(1.0, 1.0, STORAGE["regular"][0], ButlerVolmer(), 0.1)
    c, phi = fields_of(p, 0.8, 0.0257, 5e4)
    z = np.arange(10.0).reshape(2, 5)
    assert c.initial(z) == pytest.approx(0.8 * np.ones(5))
    assert phi.initial(z) == pytest.approx(-STORAGE["regular"][1](0.8) * np.ones(5))
    assert (c.scale, phi.scale, c.lower, c.upper) == (5e4, 0.0257, 0.0, 1.0)


def test_the_layer_has_its_age_at_the_end_of_the_step():
    """The first iterate of a step moves the time by Δt, later ones do not; a layer of no numbers has no resistance."""
    p = Parameters(1.0, 1.0, STORAGE["linear"][0], ButlerVolmer(), 0.1)
    assert p.layer(4.0) == 0.0
    model = Contact(p, fields_of(p, 0.5, 1.0, 1.0), ())
    assert float(model.time.value) == 0.0
    for iteration, time in ((1, 0.5), (2, 0.5), (0, 0.5), (1, 1.0)):
        model.refresh(type("Step", (), {"dt": 0.5}), None, iteration)
        assert float(model.time.value) == pytest.approx(time)

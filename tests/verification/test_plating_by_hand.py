"""Equations (1)-(4) of plating cell by cell, each sum over faces written anew: 1e-9 of the largest term."""

import numpy as np
import pytest
from scipy.optimize import brentq

from phasefield.physics.common.drive import Segment
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.plating.counter import CounterParameters
from phasefield.physics.plating.model import Parameters, Plating
from tests.verification import by_hand as hand
from tests.verification.by_hand import ANODIC, CATHODIC, face_array

CURRENT, VOLTAGE = 0.6, -1.3
GALVANOSTATIC, POTENTIOSTATIC = Segment(True, CURRENT), Segment(False, VOLTAGE)
BINARY = {
    "transference": 0.3, "diffusivity": 0.8, "thermodynamic_factor": 1.5, "lithium_per_salt": 2.5,
    "conductivity_exponent": 0.7,
}  # fmt: skip
BOUNDS = {"xi": (0.05, 0.95), "phi": (-2.0, 2.0), "predicted_xi": (0.05, 0.95)}
SALT = {"c": (0.4, 2.0)}


def start(name):
    return Field(name, name, "1", lambda x: 0.5 + 0 * x[-1], tolerance=1e-4)


def model(binary=False, static=(), **parameters):
    names = ("xi", "phi", "c") if binary else ("xi", "phi")
    more = {name: CoefficientField(name, name, "1", lambda x: 1.0 + 0 * x[-1]) for name in static}
    p = Parameters(0.3, 2.0, ButlerVolmer(ANODIC, CATHODIC), **(BINARY if binary else {}), **parameters)
    return Plating(p, [start(n) for n in names], more.values())


@pytest.mark.parametrize("anisotropy", [0.0, 0.05])
@pytest.mark.parametrize("static", [(), ("film", "exchange", "conductivity")])
@pytest.mark.parametrize("capillarity", [None, 0.2])
@pytest.mark.parametrize("cell", [0.0, 0.4])
def test_single_ion(static, anisotropy, capillarity, cell):
    """ξ and φ with a pressure and a cubic energy; the mesh's well, or what keeps the profile and Gibbs-Thomson."""
    m = model(static=static, floor=0.05, cell=cell, anisotropy=anisotropy, pressure=0.4, capillarity=capillarity)
    engine = hand.engine_of(m, GALVANOSTATIC, **BOUNDS, **{name: (0.2, 3.0) for name in static}, metal=(-1.0, 1.0))
    ξ, φ, metal = (engine.owned(n) for n in ("xi", "phi", "metal"))
    film, exchange, conductivity = ((engine.owned(n) if static else d) for n, d in
                                    (("film", 0.0), ("exchange", 1.0), ("conductivity", 1.0)))  # fmt: skip
    series = film + reach(engine) / (2.0 * conductivity)
    y = hand.below_film(metal - φ + 0.4 + gibbs_thomson(engine, capillarity, anisotropy), series * exchange)
    expected = hand.rate(engine, "xi") - 0.3 * kept(engine, capillarity, cell, anisotropy)
    continued = cell > 0 and capillarity is not None
    reaction = area(engine, cell, continued) * exchange * hand.butler_volmer(y)
    expected, uptake = expected + reaction, taken_up(engine, capillarity, reaction)
    charge = hand.diffusion(φ, 2.0 * conductivity * (1.05 - ξ)) + hand.at_top(CURRENT) - uptake
    hand.assert_same(engine, {"xi": expected, "phi": charge})


def taken_up(engine, capillarity, reaction, mean=hand.arithmetic):
    """u: of the reaction, which is −∂ξ/∂t of it; with Allen and Cahn's operator of all of ∂ξ/∂t."""
    taken = hand.rate(engine, "xi") if capillarity is None else -reaction
    if capillarity is None:
        return taken - hand.outward(engine, ridges=0, taken=taken)
    return taken - hand.outward(engine, ridges=1, taken=taken, mean=mean)


def kept(engine, capillarity, cell=0.0, anisotropy=0.0):
    """What Γ multiplies: of Allen and Cahn, or the sharpening of the predicted profile against plain diffusion."""
    ξ = engine.owned("xi")
    if capillarity is None:
        return smoothing(engine, anisotropy) - hand.well(ξ, cell)
    return hand.diffusion(ξ, np.ones_like(ξ)) - hand.sharpening(engine, engine.owned("predicted_xi"), cell)


def gibbs_thomson(engine, capillarity, anisotropy=0.0):
    """γK V_Li/RT."""
    if capillarity is None:
        return 0.0
    return capillarity * hand.front_curvature(engine, engine.owned("predicted_xi"), anisotropy)


def reach(engine):
    """−δ ln ξ."""
    return -0.125 * np.log(engine.owned("predicted_xi") ** 2 + 1e-6)


def area(engine, cell=0.0, continued=False, walls=True):
    """Of the surface in the middle of the step; on the collector from the slope above it, if it is ``continued``."""
    middle = (engine.owned("predicted_xi") + engine.state.old["xi"]) / 2
    slope = hand.gradient(middle)
    if continued:
        slope[0][0] = (middle[1] - middle[0]) / hand.SPACING[-1]
    return hand.area(middle, slope, cell, walls)


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


def test_between_pieces():
    """Without a reaction and a potential, a piece neither gains lithium from its neighbours nor takes their charge."""
    m = model(static=("exchange",), floor=0.05)
    engine = hand.engine_of(m, GALVANOSTATIC, **BOUNDS, exchange=(0.0, 0.0))
    engine.state.ghosted("phi")[...] = 0.0
    for whole in (True, False):
        found, gained = in_two_pieces(engine, whole), hand.rate(engine, "xi")
        well = 0.3 * hand.well(engine.owned("xi"), 0.0)
        fluxes = found["xi"] - well - gained, found["phi"] - hand.at_top(CURRENT) + gained
        apart = [flux[2:, 1:3].sum() for flux in fluxes]
        assert np.abs(apart) == pytest.approx(0.0, abs=1e-12) if not whole else np.min(np.abs(apart)) > 1e-3


def test_between_pieces_of_a_surface():
    """With physical capillarity a piece takes the charge of its own reaction, and gains that lithium."""
    m = model(floor=0.05, capillarity=0.2)
    engine = hand.engine_of(m, GALVANOSTATIC, **BOUNDS, metal=(-1.0, 1.0))
    ξ, φ = engine.owned("xi"), engine.owned("phi")
    y = hand.below_film(engine.owned("metal") - φ + gibbs_thomson(engine, 0.2), reach(engine) / 2.0)
    reacted = -area(engine) * hand.butler_volmer(y)
    for whole in (True, False):
        found = in_two_pieces(engine, whole)
        taken = hand.diffusion(φ, 2.0 * (1.05 - ξ)) + hand.at_top(CURRENT) - found["phi"]
        apart = [(rate - reacted)[2:, 1:3].sum() for rate in (taken, hand.rate(engine, "xi") - found["xi"])]
        assert np.abs(apart) == pytest.approx(0.0, abs=1e-12) if not whole else np.min(np.abs(apart)) > 1e-3


def in_two_pieces(engine, whole):
    """Residuals with some cells in a piece of their own, or not."""
    piece = engine.state.ghosted("piece")
    piece[...] = 1.0
    piece[2:, 1:3] = 1.0 if whole else 2.0
    engine.show()
    return hand.residuals(engine)


@pytest.mark.parametrize("reservoir", [False, True])
@pytest.mark.parametrize("segment", [GALVANOSTATIC, POTENTIOSTATIC])
@pytest.mark.parametrize("capillarity", [None, 0.2])
def test_binary(segment, reservoir, capillarity):
    """ξ, φ and c under a current or a voltage, against lithium or a reservoir of salt.

    At the counter electrode a given current is all that passes; at a voltage the gradient of c adds its own.
    """
    m = model(True, floor=0.05, reservoir=reservoir, capillarity=capillarity)
    engine = hand.engine_of(m, segment, **BOUNDS, **SALT, metal=(-1.0, 1.0))
    if not segment.galvanostatic:
        m.current.setValue(CURRENT)  # as `refresh` finds it
    ξ, φ, c = (engine.owned(n) for n in ("xi", "phi", "c"))
    s, σ = 1.05 - ξ, 2.0 * c**0.7
    rate = salt_rate(engine, engine.owned("metal") - φ + gibbs_thomson(engine, capillarity))
    reaction = area(engine, walls=False) * rate
    uptake = taken_up(engine, capillarity, reaction, hand.harmonic)
    xi = hand.rate(engine, "xi") - 0.3 * kept(engine, capillarity) + reaction
    pull = 2 * 0.7 * 1.5 * σ / c
    salt = 0.7 * CURRENT * 2.5
    at_voltage = not segment.galvanostatic
    top = (-VOLTAGE,) if at_voltage else None
    phi = hand.diffusion(φ, σ * s + 0.05 * 2.0 * ξ**2, top=top) - uptake
    phi -= 2 * 0.7 * 1.5 * diffusion_current(σ * s, c, at_voltage and reservoir)
    if not at_voltage:
        phi += hand.at_top(CURRENT)
    elif not reservoir:
        phi -= hand.at_top(pull[-1] * salt / 0.8)
    storage = (s * c - (1.05 - engine.state.old["xi"]) * engine.state.old["c"]) / hand.DT
    diffusion = hand.diffusion(c, 0.8 * s, top=(1.0,) if reservoir else None)
    inflow = 0 if reservoir else hand.at_top(salt)
    expected = {"xi": xi, "phi": phi, "c": storage + 0.7 * 2.5 * uptake - diffusion - inflow}
    hand.assert_same(engine, expected)


def salt_rate(engine, η):
    """q B(y) where c_s follows the current of the cell."""
    c = engine.owned("c")
    seen, far = reacting(c), way(engine)
    q = seen**ANODIC
    taken = far * 0.7 * 2.5 / 0.8 / seen * q
    return q * hand.at_depleting_surface(η, far / (2.0 * c**0.7) * q, taken, 2 * 0.7 * 1.5, 0.7)


def reacting(c):
    """What of the salt reacts: hardly any below 1e-3."""
    return c / (1 + (1e-3 / c) ** 2)


def way(engine):
    """The reach in a salt: at least δ/20."""
    return np.hypot(reach(engine), 0.05 / 4)


def diffusion_current(weight, c, top):
    """∇·(k∇c/c), k and c with a mean each on faces; with c = 1 at the top, or closed."""
    faces = [between(np.moveaxis(weight, a, 0)) / between(np.moveaxis(c, a, 0)) for a in (0, 1)]
    return hand.diffusion_over(c, faces, top=(1.0, weight[-1] / c[-1]) if top else None)


@pytest.mark.parametrize("segment", [GALVANOSTATIC, POTENTIOSTATIC])
@pytest.mark.parametrize("receded", [0.9, -0.7])
def test_counter_electrode(segment, receded):
    """Its current into each cell at the top, at a distance that grows as it recedes, and what stays of its salt above.

    Where it has grown, the drop of the mean current over the distance is taken off, and no salt stays.
    """
    law, h = ButlerVolmer(CATHODIC, ANODIC), hand.SPACING[-1]
    m = model(True, floor=0.05, capillarity=0.2, counter=CounterParameters(1.7, law, h))
    engine = hand.engine_of(m, segment, **BOUNDS, **SALT, at_counter=(0.6, 1.6))
    m.current.setValue(CURRENT)
    m.counter.receded.setValue(receded)
    m.counter.origin.setValue(receded - 0.1)
    φ, c, old, left = (x[-1] for x in (engine.owned("phi"), engine.owned("c"), engine.state.old["c"],
                                       engine.owned("at_counter")))  # fmt: skip
    σ, b, distance = 2.0 * c**0.7, 1.7 * (c * left) ** CATHODIC, receded + h / 2
    on_the_way = (1 - left**0.3) / 0.3 / (1 - left) / σ
    η = -VOLTAGE - φ - 2 * 0.7 * 1.5 * np.log(left)
    if distance < 0:
        η, distance = η - distance * CURRENT * on_the_way, 0.0
    i = np.array([brentq(lambda i, n=n: i - b[n] * net(η[n] - distance * i * on_the_way[n]), -1e3, 1e3, xtol=1e-14)
                  for n in range(len(φ))]) if not segment.galvanostatic else CURRENT  # fmt: skip
    ideal = model(True, floor=0.05, capillarity=0.2)
    closed = hand.residuals(hand.engine_of(ideal, Segment(True, 0.0), **BOUNDS, **SALT))
    held = max(receded - 0.1, 0.0) * (c - old) / hand.DT
    salt = 0.7 * 2.5 * i - i * c - held
    expected = {"xi": closed["xi"], "phi": closed["phi"] + hand.at_top(i), "c": closed["c"] - hand.at_top(salt)}
    hand.assert_same(engine, expected)


def net(y):
    """e^{α_a y} − e^{−α_c y} of the counter electrode."""
    return np.exp(CATHODIC * y) - np.exp(-ANODIC * y)


@pytest.mark.parametrize("binary", [False, True])
def test_fluxes(binary):
    """σ∇φ less what a gradient of c drives, and D∇c, each with s = 1 − ξ + ε, and ε of σ₀ in the metal."""
    m = model(binary, floor=0.05)
    engine = hand.engine_of(m, GALVANOSTATIC, **BOUNDS, **(SALT if binary else {}))
    s, slope = 1.05 - engine.owned("xi"), {n: np.diff(engine.owned(n), axis=0) / 0.4 for n in ("phi", "c") if n in
                                           engine.state.now}  # fmt: skip
    σ = 2.0 * (engine.owned("c") ** 0.7 if binary else 1.0)
    kept = 0.05 * 2.0 * engine.owned("xi") ** 2 * binary  # in the metal, whatever salt is left there
    expected = {"phi": between(s * σ + kept) * slope["phi"]}
    if binary:
        expected["phi"] -= 2 * 0.7 * 1.5 * between(s * σ) / between(engine.owned("c")) * slope["c"]
        expected["c"] = between(s * 0.8) * slope["c"]
    fluxes = m.gradient_fluxes(engine.v)
    assert set(fluxes) == set(expected)
    for name, exact in expected.items():
        np.testing.assert_allclose(face_array(engine.mesh, fluxes[name].value[1], 1)[1:-1], exact, rtol=1e-9)


def between(cells):
    """On faces across z."""
    return (cells[1:] + cells[:-1]) / 2


@pytest.mark.parametrize("film", [False, True])
def test_a_layer_adds_to_the_film(film):
    """y + (R + R(t) + reach/σ) B(y) = −φ, t at the end of the step: moved by Δt in the first iterate only."""
    m = model(static=("film",) * film, layer=lambda t: 3.0 + 2.0 * t)
    engine = hand.engine_of(m, GALVANOSTATIC, **BOUNDS, **({"film": (0.2, 3.0)} if film else {}))
    assert float(m.layer.value) == 3.0
    for iteration, resistance in ((1, 3.34), (2, 3.34), (0, 3.34), (1, 3.68)):
        engine.dt.setValue(hand.DT)
        m.refresh(engine.state, engine.dt, iteration)
        assert float(m.layer.value) == pytest.approx(resistance)
    assert {v.name for v in m.scalars} == {"i", "t", "R_layer"} and [v.name for v in model().scalars] == ["i"]
    series = 3.68 + reach(engine) / 2.0 + (engine.owned("film") if film else 0.0)
    y = hand.below_film(-engine.owned("phi"), series)
    found = m.reaction_rate(engine.v).value.reshape(y.shape)
    np.testing.assert_allclose(found, hand.butler_volmer(y), rtol=1e-9)


class Gains:
    """A state whose lithium grows by what a test says."""

    def __init__(self, current):
        self.current = current

    def rate(self, density):
        assert density({"xi": 0.3}) == 0.3
        return self.current


@pytest.mark.parametrize("c", [0.7, 1e-3, 1e-4])
def test_salt_that_follows_the_current(c):
    """q B(y) from much salt to hardly any: the current ends at D c/(reach (1 − t₊) c_Li), which diffusion brings.

    Of the last salt, below 1e-3, only the part (c/1e-3)² reacts.
    """
    m = model(True)
    engine = hand.engine_of(m, GALVANOSTATIC, **BOUNDS, c=(c, c))
    engine.state.ghosted("phi")[...] += 20.0
    engine.show()
    expected = salt_rate(engine, -engine.owned("phi"))
    found = m.reaction_rate(engine.v).value.reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-9 + 6e-12 / c**2)  # 1e-6 counts as none
    most = 0.8 * reacting(c) / (way(engine) * 0.7 * 2.5)
    assert np.max(-found / most) < 1.0005 and (c > 1e-4 or np.min(-found / most) > 0.99)


def test_current_at_a_voltage():
    """What plates becomes the current; from the third iterate on the secant through the last two tries, if it is near.

    With i = f(i) linear, f = 400 − 2i, plain iteration would swing; the secant finds the fixed point 400/3 at once.
    """
    m, dt = model(), type("Step", (), {"value": hand.DT})
    m.apply(POTENTIOSTATIC)
    m.current.setValue(133.0)
    found = []
    for iteration in (1, 2, 3):
        m.refresh(Gains(400 - 2 * float(m.current.value)), dt, iteration)
        found.append(float(m.current.value))
    assert found == pytest.approx([134.0, 132.0, 400 / 3])
    m.refresh(Gains(0.7), dt, 0)  # a new step forgets the tries of the last
    assert float(m.current.value) == pytest.approx(0.7) and len(m._secant._tries) == 1
    m.refresh(Gains(0.9), dt, 1)
    assert len(m._secant._tries) == 1
    for current, next_current in ((1.0, 1.0), (1.09, 1.09)):  # residuals 0.1 and 0.09: the secant would go to 1.9
        m.refresh(Gains(current), dt, 2 if current == 1.0 else 3)
        assert float(m.current.value) == pytest.approx(next_current)
    m.apply(GALVANOSTATIC)
    m.refresh(Gains(9.0), dt, 1)
    assert float(m.current.value) == CURRENT


def test_a_current_that_stays_is_no_secant():
    """Two tries with the same residual have no secant."""
    m, dt = model(), type("Step", (), {"value": hand.DT})
    m.apply(POTENTIOSTATIC)
    m.current.setValue(1.0)
    for iteration in (1, 2, 3):
        m.refresh(Gains(float(m.current.value) + 0.5), dt, iteration)
    assert float(m.current.value) == pytest.approx(2.5)


def test_defaults():
    """ε = 10⁻³, an ideal and single-ion conductor, and nothing that need not be."""
    p = Parameters(1.0, 1.0, None)
    assert (p.floor, p.thermodynamic_factor, p.transference) == (1e-3, 1.0, 1.0)
    assert (p.conductivity_exponent, p.cell, p.anisotropy, p.pressure, p.diffusivity, p.lithium_per_salt) == (0,) * 6
    assert p.layer is None and p.capillarity is None and p.reservoir is False
    m = model()
    assert [(f.name, f.settles) for f in model(True).auxiliary] == [
        ("predicted_xi", True), ("metal", False), ("piece", False),
    ]
    assert float(m.given.value) == 1.0 and float(m.time.value) == 0.0
    m.apply(POTENTIOSTATIC)
    assert float(m.given.value) == 0.0

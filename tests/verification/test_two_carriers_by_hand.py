"""Equations of an interphase, with a coating or a host too, and of plating over it: cell by cell, written anew.

1e-9 of the largest term of each equation, at scattered fields.
"""

import numpy as np
import pytest

from phasefield.physics.common.drive import Segment
from phasefield.physics.common.kinetics import ButlerVolmer, LinearKinetics
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.interphase.consumed_coating import ConsumedCoating, Reactant
from phasefield.physics.interphase.model import Conductor, Interphase, Parameters, magnitude
from phasefield.physics.interphase.reaction_degree import ReactionDegree
from phasefield.physics.plating_interphase.host import Host, PlatingInHost
from phasefield.physics.plating_interphase.model import Metal, PlatingInterphase
from tests.verification import by_hand as hand
from tests.verification.by_hand import ANODIC, CATHODIC, SHAPE, harmonic, rate
from tests.verification.excess import metal_excess, reach

LAW = ButlerVolmer(ANODIC, CATHODIC)
PRODUCT, ELECTROLYTE, COATING = Conductor(2.0, 1.5), Conductor(8.0, 0.3), Conductor(0.6, 0.05)
CARRIERS = ("ionic", "electronic")
BOUNDS = {"psi": (0.05, 0.95), "phi_i": (-1.0, 1.0), "phi_e": (-1.0, 1.0)}
EXPECTED = {"predicted_psi": (0.05, 0.9)}
SEGMENT = Segment(True, 0.6)
#: Cells that hold coating: a part of one, all of another.
COVERED = np.zeros(SHAPE[::-1])
COVERED[0, 0], COVERED[1, 0] = 1.0, 0.4


def start(name):
    return Field(name, name, "1", lambda x: 0.5 + 0 * x[-1], tolerance=1e-4)


def static(name, values=1.0):
    return CoefficientField(name, name, "1", lambda x: np.broadcast_to(np.ravel(values), x[-1].shape))


def parameters(**changes):
    return Parameters(**{"mobility": 0.3, "onset": 0.9, "product": PRODUCT, "electrolyte": ELECTROLYTE,
                         "kinetics": LAW, "cell": 0.4, **changes})  # fmt: skip


def mixed(ψ, carrier, product=PRODUCT, electrolyte=ELECTROLYTE, power=1.0):
    """In parallel, with a power of ψ as weight, where the electrolyte conducts less; else in series."""
    a, b = getattr(product, carrier), getattr(electrolyte, carrier)
    return ψ**power * a + (1 - ψ**power) * b if b < a else a * b / (ψ * b + (1 - ψ) * a)


def between(ψ, carrier):
    """Resistance of product and electrolyte between a cell and the surface, by quadrature; −ln(1 − ψ) is bounded."""
    a, b = getattr(PRODUCT, carrier), getattr(ELECTROLYTE, carrier)
    bounded = (np.log((1 - ψ) ** 2 + 1e-6) / 2 - np.log(1 - ψ)) / a
    return 0.25 * (np.vectorize(lambda s: reach(s, a, b))(ψ) - bounded)


def growing_area(engine, free):
    """Area of the interphase's front, of the middle of the step."""
    before, expected = engine.state.old["psi"], engine.owned("predicted_psi")
    slope = (hand.gradient(before, free) + hand.gradient(expected)) / 2
    return hand.area((before + expected) / 2, slope, 0.4)


def taken_in(engine, closed):
    """∂ψ/∂t + ∇·j, taken up on the product's side; less where the electrolyte is thin."""
    return rate(engine, "psi") + hand.outward(engine, -1, closed, "psi")


def carriers(engine, σ, charge):
    """Residuals of (2) and (3): currents from the bottom, at 0 V, and what the reaction takes."""
    φi, φe = engine.owned("phi_i"), engine.owned("phi_e")
    end = (0.0,)
    return {
        "phi_i": hand.diffusion(φi, σ["ionic"], harmonic, bottom=end) - charge,
        "phi_e": hand.diffusion(φe, σ["electronic"], harmonic, bottom=end) + charge,
    }


def uncoated(coated):
    """1 in cells and on faces (across z, across x) outside the coating, 0 in and on it."""
    free, across_z, across_x = np.ones(SHAPE[::-1]), np.ones((5, 3)), np.ones((4, 4))
    if coated:
        free[COVERED > 0] = across_z[:3, 0] = across_x[:2, :2] = 0.0
    return free, (across_z, across_x)


def smoothed(u, mobility, closed):
    """∇·(M∇u) through the faces that are free."""
    return hand.diffusion_over(u, [mobility * closed[0][1:-1], mobility * closed[1].T[1:-1]])


def under_coating(σ):
    """A coating in series with what else a cell holds."""
    return {c: 1 / (COVERED / getattr(COATING, c) + (1 - COVERED) / σ[c]) for c in σ}


@pytest.mark.parametrize("factors", [False, True])
@pytest.mark.parametrize("coated", [False, True])
@pytest.mark.parametrize("capillarity", [None, 0.2])
def test_interphase(factors, coated, capillarity):
    """A front whose width lacks some resistance; conductivities that vary; a coating in series that lets none move."""
    names = ["ionic", "electronic"] * factors
    statics = [static(n) for n in names] + [static("coating", COVERED)] * coated
    coating = COATING if coated else None
    model = Interphase(
        parameters(capillarity=capillarity, coating=coating), [start(n) for n in BOUNDS], statics
    )
    engine = hand.engine_of(model, **BOUNDS, **EXPECTED, **{n: (0.3, 3.0) for n in names})
    ψ, V = engine.owned("psi"), engine.owned("phi_e") - engine.owned("phi_i")
    factor = {c: engine.owned(c) if factors else 1.0 for c in CARRIERS}
    free, closed = uncoated(coated)
    σ = {c: mixed(ψ, c) * factor[c] for c in CARRIERS}
    if coated:
        σ = under_coating(σ)
    lacking = sum(between(engine.owned("predicted_psi"), c) / factor[c] for c in CARRIERS)
    η, counter = V - 0.9, 0.0
    if capillarity:
        K = hand.curvature(engine, "psi", closed)
        η, counter = η + capillarity * K, 0.3 * K * 4 * ψ * (1 - ψ)
    u = -hand.butler_volmer(hand.below_film(η, lacking))
    source = free * (-0.3 * hand.well(ψ, 0.4) + growing_area(engine, free) * u + counter)
    expected = {"psi": rate(engine, "psi") - smoothed(ψ, 0.3, closed) - source}
    hand.assert_same(engine, expected | carriers(engine, σ, taken_in(engine, closed)), rel=1e-7)
    top = engine.model.gradient_fluxes(engine.v)
    for name, c in (("phi_i", "ionic"), ("phi_e", "electronic")):
        found = hand.face_array(engine.mesh, top[name].value[1], 1)[1:-1]
        exact = harmonic(σ[c][1:], σ[c][:-1]) * np.diff(engine.owned(name), axis=0) / hand.SPACING[1]
        np.testing.assert_allclose(found, exact, rtol=1e-9)


def test_what_need_not_be_given():
    """Without a cell size the well is the continuum's; no coating, no capillarity. |x| has a slope at 0, too."""
    p = Parameters(0.3, 0.9, PRODUCT, ELECTROLYTE, LAW)
    assert (p.cell, p.coating, p.capillarity) == (0.0, None, None)
    assert (magnitude(-3.0), magnitude(2.0), magnitude(0.0)) == pytest.approx((3.0, 2.0, 1e-30), rel=1e-12, abs=0)


AUXILIARY = {"reached": (0.1, 1.0), "oblique": (1.0, 1.4)}


def test_reaction_degree():
    """∂ψ/∂t = oblique (reached² − ψ²)/h u, and the conductivities of the most reacted neighbour."""
    model = ReactionDegree(parameters(), [start(n) for n in BOUNDS], ())
    engine = hand.engine_of(model, **BOUNDS, **AUXILIARY)
    ψ, V = engine.owned("psi"), engine.owned("phi_e") - engine.owned("phi_i")
    reached, oblique = engine.state.auxiliary["reached"], engine.state.auxiliary["oblique"]
    u = -hand.butler_volmer(V - 0.9)
    moves = rate(engine, "psi")
    σ = {c: mixed(reached, c, power=0.5) for c in CARRIERS}
    hand.assert_same(
        engine, {"psi": moves - oblique * (reached**2 - ψ**2) / 0.4 * u} | carriers(engine, σ, moves)
    )


@pytest.mark.parametrize("factors", [("electronic", "ionic"), ()])
def test_consumed_coating(factors):
    """Two reactants, each with its onset, rate and charge; faces of the coating conduct by its less reacted side."""
    reactant = Reactant(0.4, 0.7, LinearKinetics(0.6, 0.9), Conductor(3.0, 0.02), 1.8)
    χ = (COVERED > 0) * 1.0
    model = ConsumedCoating(
        reactant, parameters(coating=COATING), [start(n) for n in BOUNDS],
        [static("coating", χ), *(static(n) for n in factors)],
    )  # fmt: skip
    engine = hand.engine_of(model, **BOUNDS, **AUXILIARY, reduced=(0.8, 1.0), **{n: (0.3, 3.0) for n in factors})
    ψ, V = engine.owned("psi"), engine.owned("phi_e") - engine.owned("phi_i")
    auxiliary, moves = engine.state.auxiliary, rate(engine, "psi")
    reached, reduced = auxiliary["reached"], auxiliary["reduced"]
    own, other = -0.7 * 1.5 * (V - 0.4), -hand.butler_volmer(V - 0.9)
    u = np.maximum(χ * own + (1 - χ) * other, 0.0)
    charge = (1.8 * χ + (1 - χ)) * moves
    out = {"psi": moves - auxiliary["oblique"] * (reached**2 - ψ**2) / 0.4 * u}
    for name, carrier, sign in (("phi_i", "ionic", -1), ("phi_e", "electronic", 1)):
        half = (1 - χ) / (mixed(reached, carrier, power=0.5) * (engine.owned(carrier) if factors else 1.0)) / 2
        faces = []
        for axis in (0, 1):
            (halves, below), (coated, above), (least, most) = (sides(q, axis) for q in (half, χ, reduced))
            resistance = face_resistance(np.minimum(least, most), coated + above, carrier)
            faces.append(1 / (halves + below + resistance))
        bottom = 1 / (2 * half[0] + face_resistance(reduced[0], 2 * χ[0], carrier))
        flux = hand.diffusion_over(engine.owned(name), faces, bottom=(0.0, bottom))
        out[name] = flux + sign * charge
    hand.assert_same(engine, out, rel=1e-7)  # the lesser of two values is found from a root


def sides(values, axis):
    """Values on both sides of the inner faces across an axis, which comes first."""
    along = np.moveaxis(values, axis, 0)
    return along[:-1], along[1:]


def face_resistance(ψ, coated_sides, carrier):
    """Of the coating: a cell's where both sides are coated; at one, a whole last cell's less half a product's."""
    product = Conductor(3.0, 0.02)
    inside = 1 / mixed(ψ, carrier, product, COATING, 0.5)
    last = 1 / mixed(ψ**16, carrier, product, COATING, 0.5) - ψ**16 / (2 * getattr(product, carrier))
    return np.choose(np.asarray(coated_sides, int), [0 * ψ, last, inside])


METAL = Metal(
    Conductor(0.2, 0.4), mobility=0.4, kinetics=LAW, pressure=0.1, barrier=0.2, capillarity=0.3, anisotropy=0.02
)
REACTION, SHARE = 0.7, 0.5
ALL = {"xi": (0.05, 0.95), **BOUNDS, **EXPECTED, "predicted_xi": (0.005, 0.3)}
UNKNOWNS = ("xi", *BOUNDS)


def plating_terms(engine, around, nucleation=None, coated=False, capillarity=0.0):
    """Expected residuals of plating over an interphase, with σ around the metal; and the charge that fronts take.

    The lithium's cells are in series with −δ ln ξ of what is around it, and with what electrons meet far outside; ions
    are taken up farther out, electrons farther in.
    """
    free, closed = uncoated(coated)
    ξ, ψ, V = engine.owned("xi"), engine.owned("psi"), engine.owned("phi_e") - engine.owned("phi_i")
    before, expected = engine.state.old["xi"], engine.owned("predicted_xi")
    lacking = sum(between(engine.owned("predicted_psi"), c) for c in CARRIERS) + 0.25 * metal_excess(0.4 / 1.5) / 1.5
    slope = (hand.gradient(before, free) + hand.gradient(expected)) / 2
    area = hand.area((before + expected) / 2, slope, 0.4) * hand.leaky_share((before + expected) / 2)
    reach = -0.125 * np.log(expected**2 + 1e-6) / around["ionic"]
    reach_of_electrons = 0.05 * 0.03**6 / (expected**2 + 1e-6) ** 2.5 / 0.4
    η = V + 0.1 + 0.3 * hand.front_curvature(engine, expected, 0.02)
    plating = -area * hand.butler_volmer(hand.below_film(η, reach + reach_of_electrons))
    if nucleation is not None:
        plating = plating + nucleation * (1 - ξ) * np.maximum(-V - 0.2, 0.0)
    K = hand.curvature(engine, "psi", closed)
    growth = REACTION * growing_area(engine, free) * -hand.butler_volmer(
        hand.below_film(V - 0.9 + capillarity * K, REACTION * SHARE * lacking)
    )
    counter = 0.3 * K * 4 * ψ * (1 - ψ) if capillarity else 0.0
    metal = 0.4 * ξ**7 / (ξ**6 + 0.03**6)
    σ = {"ionic": (1 - ξ) * around["ionic"] + 0.2, "electronic": around["electronic"] + metal}
    charge = [
        rate(engine, "xi") + SHARE * taken_in(engine, closed) - side * hand.outward(engine, side, closed)
        for side in (1, -1)
    ]  # that ions bring, and electrons
    sharp = 0.4 * hand.sharpening(engine, expected, 0.4, closed)
    out = {
        "xi": rate(engine, "xi") - smoothed(ξ, 0.4, closed) + sharp - free * plating,
        "psi": rate(engine, "psi") - smoothed(ψ, 0.3, closed) + free * (0.3 * hand.well(ψ, 0.4) - growth - counter),
    }
    return out, σ, charge


def carriers_of_plating(engine, σ, charge):
    """Ions enter at the top, electrons at the bottom."""
    ions = hand.diffusion(engine.owned("phi_i"), σ["ionic"], harmonic) + hand.at_top(0.6)
    electrons = hand.diffusion(engine.owned("phi_e"), σ["electronic"], harmonic, bottom=(0.0,))
    return {"phi_i": ions - charge[0], "phi_e": electrons + charge[1]}


@pytest.mark.parametrize("nucleation", [False, True])
def test_plating_over_an_interphase(nucleation):
    """Both fronts, with a pressure in the metal and lithium that appears at V < −V_n in some places."""
    model = PlatingInterphase(
        parameters(), METAL, REACTION, SHARE, [start(n) for n in UNKNOWNS], [static("nucleation")] * nucleation
    )
    engine = hand.engine_of(model, SEGMENT, **ALL, **({"nucleation": (0.0, 2.0)} if nucleation else {}))
    around = {c: mixed(engine.owned("psi"), c) for c in CARRIERS}
    out, σ, charge = plating_terms(engine, around, engine.owned("nucleation") if nucleation else None)
    hand.assert_same(engine, out | carriers_of_plating(engine, σ, charge), rel=1e-7)  # an integral by SciPy


@pytest.mark.parametrize("capillarity", [None, 0.2])
def test_plating_beside_a_coating(capillarity):
    """Neither front moves in a coating or through its walls; it is in series with what is around the metal."""
    model = PlatingInterphase(
        parameters(coating=COATING, capillarity=capillarity), METAL, REACTION, SHARE, [start(n) for n in UNKNOWNS],
        [static("coating", COVERED)],
    )  # fmt: skip
    engine = hand.engine_of(model, SEGMENT, **ALL)
    around = under_coating({c: mixed(engine.owned("psi"), c) for c in CARRIERS})
    out, σ, charge = plating_terms(engine, around, coated=True, capillarity=capillarity or 0.0)
    hand.assert_same(engine, out | carriers_of_plating(engine, σ, charge), rel=1e-7)
    plain = Metal(COATING, 0.4, LAW)
    assert (plain.pressure, plain.barrier, plain.capillarity, plain.anisotropy) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("given", [(), (1.3,)])
def test_host(given):
    """∂θ/∂t = k(1 − ξ)χ[(1 − θ)⟨U − V − p⟩ − θ⟨V + p − U⟩], U = U₀(1 − θ); the host is in series around the metal.

    That times the part of σ_e that is not the metal's.
    """
    host = Host(Conductor(0.7, 5.0), 0.6, 1.7, *given)
    model = PlatingInHost(
        host, parameters=parameters(), metal=METAL, reaction=REACTION, lithium_per_volume=SHARE,
        fields=[start(n) for n in (*UNKNOWNS, "theta")], static=[static("host")],
    )  # fmt: skip
    engine = hand.engine_of(model, SEGMENT, **ALL, theta=(0.1, 0.9), host=(0.0, 1.0))
    χ, θ, V = engine.owned("host"), engine.owned("theta"), engine.owned("phi_e") - engine.owned("phi_i")
    around = {c: 1 / (χ / getattr(host.conductor, c) + (1 - χ) / mixed(engine.owned("psi"), c)) for c in CARRIERS}
    out, σ, charge = plating_terms(engine, around)
    drive = sum(given) * (1 - θ) - V - 0.1
    own = around["electronic"] / σ["electronic"]
    taken = 1.7 * χ * own * (1 - engine.owned("xi")) * np.where(drive > 0, (1 - θ) * drive, θ * drive)
    out = out | carriers_of_plating(engine, σ, [part + 0.6 * χ * rate(engine, "theta") for part in charge])
    hand.assert_same(engine, out | {"theta": rate(engine, "theta") - taken}, rel=1e-7)

"""From decks of plating over an interphase to dimensionless numbers: from SI anew."""

import numpy as np
import pytest

from phasefield.deck import parse_deck
from phasefield.physics.common.kinetics import ButlerVolmer, LinearKinetics
from phasefield.physics.plating_interphase.host import PlatingInHost
from phasefield.physics.registry import build
from tests.unit.case_values import FILM, HOT, THERMAL, F, arrhenius, both, values
from tests.verification.compiled_support import HOST

BOTH = """
model = "plating-interphase"
[conditions]
temperature = "318.15 K"
[domain]
dimension = 2
size = ["20 nm", "50 nm"]
cells = [20, 100]
[interface]
width = "2 nm"
[electrolyte]
ionic_conductivity = "0.1 S/m"
electronic_conductivity = "1e-7 S/m"
ionic_activation_energy = "30 kJ/mol"
reduction_potential = "1.7 V"
oxidation_potential = "4 V"
[product]
ionic_conductivity = "1e-4 S/m"
electronic_conductivity = "1e-6 S/m"
volume_per_lithium = "20 cm^3/mol"
[reaction]
velocity = "0.1 nm/s"
[lithium]
molar_volume = "13 cm^3/mol"
pressure = "50 MPa"
[kinetics]
exchange_current_density = "30 A/m^2"
anodic_transfer_coefficient = 0.3
cathodic_transfer_coefficient = 0.8
[front]
height = "10 nm"
[layer]
thickness = "4 nm"
[heterogeneity.grain_boundaries]
pattern = "planes"
planes = [{ point = ["4 nm", "0 nm"], normal = [1, 0] }]
width = "2 nm"
nucleation = { rate = 5.0, barrier = "0.2 V" }
[[drive.steps]]
mode = "galvanostatic"
current_density = "60 A/m^2"
duration = "10 s"
[[drive.steps]]
mode = "galvanostatic"
current_density = "-90 A/m^2"
[stop]
time = "100 s"
charge = "3 kC/m^2"
"""
CHARGE = 2e-9 * F / 13e-6
TIME = CHARGE / 30.0
UNIT = 30.0 * 2e-9 / THERMAL
COATED = ("front.height=10.25 nm", FILM)
HOSTED = (
    "product=", "reaction=", "layer=",
    "host={thickness='6 nm', ionic_conductivity='0.02 S/m', electronic_conductivity='5 S/m', rate=0.7,"
    " maximum_concentration='20 mol/l', empty_potential='0.15 V', content=0.25}",
)  # fmt: skip


def plating(*overrides):
    return build(parse_deck(BOTH, overrides=overrides))


def test_parameters_of_both_fronts():
    """Of the interphase in RT/F and i₀, of the metal.

    Its σ_e is 1000 times what passes next to it, over the box's 25 widths; its σ_i a thousandth of the electrolyte's.
    """
    case = plating()
    p, metal, s = case.model.p, case.model.metal, case.scales
    assert (s.length, s.time, s.potential, s.current) == pytest.approx((2e-9, TIME, THERMAL, 30.0))
    velocity = 0.1e-9 * TIME / 2e-9
    assert p.mobility == pytest.approx(velocity) and p.onset == pytest.approx(1.7 / THERMAL)
    assert both(p.product) == pytest.approx((1e-4 / UNIT, 1e-6 / UNIT))
    assert both(p.electrolyte) == pytest.approx((0.1 * arrhenius(30e3, HOT) / UNIT, 1e-7 / UNIT))
    assert p.kinetics == LinearKinetics() and p.coating is None and p.cell == pytest.approx(0.25)
    assert metal.conductor.ionic == pytest.approx(1e-3 * p.electrolyte.ionic)
    assert metal.conductor.electronic == pytest.approx(25e3 * max(1e-6 / UNIT, 3.0))
    assert metal.mobility == pytest.approx(2 * 3.0) and metal.kinetics == ButlerVolmer(0.3, 0.8)
    assert metal.pressure == pytest.approx(50e6 * 13e-6 / F / THERMAL)
    assert metal.barrier == pytest.approx(0.2 / THERMAL)
    assert metal.capillarity == pytest.approx(0.5 * 13e-6 / F / 2e-9 / THERMAL) and metal.anisotropy == 0.0
    assert case.model.reaction == pytest.approx(velocity * THERMAL / 1.7)
    assert case.model.lithium_per_volume == pytest.approx(13 / 20)
    assert case.spacing == pytest.approx((0.5, 0.25))


def test_parameters_of_other_decks():
    """Without an interphase; with a given mobility; with a rest, and a product, that set what the metal conducts."""
    alone = plating("product=", "reaction=", "layer=", "heterogeneity=")
    p = alone.model.p
    assert (p.mobility, p.onset, alone.model.reaction, alone.model.lithium_per_volume) == (1.0, 1.0, 0.0, 1.0)
    assert both(p.product) == both(p.electrolyte) and alone.model.metal.barrier == 0.0
    moved = plating("interface.mobility=2e-15 m^2/s", "lithium.anisotropy=0.02").model.metal
    assert moved.mobility == pytest.approx(2e-15 * TIME / 4e-18) and moved.anisotropy == 0.02
    rest = plating("drive.steps=[{mode='rest'}]", "product.electronic_conductivity=1e-8 S/m")
    assert rest.model.metal.conductor.electronic == pytest.approx(25e3 * 0.2)
    good = plating("product.electronic_conductivity=10 S/m").model.metal.conductor.electronic
    assert good == pytest.approx(25e3 * 10.0 / UNIT)


def least_mobility(current):
    """γV²/(F²R_ct) of 0.5 J/m² where a current density over i₀ plates, dimensionless; stripping, R_ct is larger."""
    low, high = -50.0, 50.0
    while high - low > 1e-12:
        η = (low + high) / 2
        low, high = (low, η) if np.exp(0.3 * η) - np.exp(-0.8 * η) > -current else (η, high)
    slope = 0.3 * np.exp(0.3 * η) + 0.8 * np.exp(-0.8 * η)
    return 0.5 * 13e-6 / F / 2e-9 / THERMAL * slope


def test_least_mobility():
    """That of the interface energy, where a surface may be curved; the profile is kept in steps of δ²/Γ."""
    low = plating("interface.mobility=1e-20 m^2/s")
    assert low.model.metal.mobility == pytest.approx(least_mobility(3.0), rel=1e-6)
    assert low.largest_step == pytest.approx(1 / 16 / least_mobility(3.0), rel=1e-6)
    soft = plating("interface.mobility=1e-20 m^2/s", "lithium.interface_energy=0.1 J/m^2")
    assert soft.largest_step == pytest.approx(0.05 / 2.0)  # of the first segment
    stiff = plating("lithium.interface_energy=5 J/m^2")
    assert stiff.model.metal.mobility == pytest.approx(10 * least_mobility(3.0), rel=1e-6)
    assert stiff.largest_step == pytest.approx(1 / 16 / stiff.model.metal.mobility)
    rest = plating("drive.steps=[{mode='rest'}]")
    assert rest.model.metal.mobility == pytest.approx(least_mobility(0.1), rel=1e-6)
    flat = plating(
        "interface.mobility=1e-20 m^2/s", "domain.dimension=1", "domain.size=['50 nm']", "domain.cells=[100]",
        "heterogeneity=",
    )  # fmt: skip
    assert flat.model.metal.mobility == pytest.approx(1e-20 * TIME / 4e-18)


def test_steps_of_both_fronts():
    """A fiftieth of a width of the faster front, no more than a twentieth of a width of the lithium or δ²/Γ."""
    case = plating()
    assert case.largest_step == pytest.approx(1 / 16 / 6.0)
    assert case.first_step == pytest.approx(0.02 / 3.0)
    fast = plating("reaction.velocity=1 mm/s")
    velocity = 1e-3 * TIME / 2e-9
    assert velocity > 3.0 and fast.first_step == pytest.approx(0.02 / velocity)


def test_fields_of_both_fronts():
    """Lithium, the interphase on it, potentials at 0; lithium appears at boundaries at the deck's rate."""
    case = plating()
    x = np.array([4.0, 4.7, 12.0]) * 1e-9
    z = np.array([10.0, 14.0, 15.0]) * 1e-9
    weight = np.exp(-((2 * (x - 4e-9) / 2e-9) ** 2))
    np.testing.assert_allclose(values(case, "nucleation", x, z), 5.0 * TIME * weight, rtol=1e-9)
    static = {s.name: s for s in case.model.static}
    assert static["nucleation"].scale == pytest.approx(1 / TIME)
    assert values(case, "xi", x, z) == pytest.approx(1 / (1 + np.exp([0.0, 8.0, 10.0])))
    assert values(case, "psi", x, z) == pytest.approx(1 / (1 + np.exp([-8.0, 0.0, 2.0])))
    assert values(case, "phi_i", x, z) == pytest.approx(np.zeros(3)) == values(case, "phi_e", x, z)
    found = {f.name: f for f in case.model.fields}
    assert found["phi_i"].scale == pytest.approx(THERMAL)
    assert (found["xi"].lower, found["psi"].upper) == (-0.05, 1.05)
    alone = plating("product=", "reaction=", "layer=", "heterogeneity.grain_boundaries.nucleation.rate=0")
    assert values(alone, "psi", x, z) == pytest.approx(np.zeros(3))
    assert not alone.model.static


def test_fields_on_a_coating():
    """Under it lithium is sharp; it lies between front and interphase, and its holes are as if there were none."""
    case = plating("front.height=10 nm", FILM, "heterogeneity=")
    z = np.array([9.75, 10.25, 12.75, 13.25, 13.75, 17.25, 18.25]) * 1e-9
    under, hole = np.full(7, 3e-9), np.full(7, 10e-9)
    assert values(case, "coating", under, z) == pytest.approx([0, 1, 1, 0.5, 0, 0, 0])
    assert values(case, "coating", hole, z) == pytest.approx(np.zeros(7))
    assert values(case, "xi", under, z) == pytest.approx([1, 0, 0, 0, 0, 0, 0])
    assert values(case, "xi", hole, z) == pytest.approx(1 / (1 + np.exp((z - 10e-9) / 0.5e-9)))
    ψ = values(case, "psi", under, z)
    top = 1 / (1 + np.exp((z - 17.25e-9) / 0.5e-9))
    assert ψ[:3] == pytest.approx(np.ones(3)) and ψ[3:] == pytest.approx(top[3:])
    assert values(case, "psi", hole, z) == pytest.approx(1 / (1 + np.exp((z - 14e-9) / 0.5e-9)))
    assert both(case.model.p.coating) == pytest.approx((1e-5 / UNIT, 1e-12 / UNIT))
    engine = case.engine()
    record = case.record(engine)
    assert record.coating == pytest.approx(float(engine.owned("coating").sum()) * 0.25 / 20) and record.coating > 1.0
    assert plating("heterogeneity=").record(plating("heterogeneity=").engine()).coating == 0.0


def test_a_host():
    """Its conductors, room, rate and potential; its part of each cell, lithium below it; full where metal covers it."""
    case = plating(*HOSTED, "heterogeneity=")
    host = case.model.host
    assert type(case.model) is PlatingInHost
    assert both(host.conductor) == pytest.approx((0.02 / UNIT, 5.0 / UNIT))
    assert (host.capacity, host.rate, host.potential) == pytest.approx((20e3 * 13e-6, 0.7 * TIME, 0.15 / THERMAL))
    z = np.array([4.0, 10.0, 15.75, 16.0, 16.25]) * 1e-9
    x = np.zeros(5)
    assert values(case, "host", x, z) == pytest.approx([1, 1, 1, 0.5, 0])
    ξ = 1 / (1 + np.exp((z - 10e-9) / 0.5e-9))
    assert values(case, "theta", x, z) == pytest.approx(1 - 0.75 * (1 - ξ))


def test_a_host_in_three_dimensions():
    """Cells of 2, 3 and 0.5 nm: its part of each is that of the height."""
    case = plating(*HOSTED, "heterogeneity=", "domain.dimension=3", "domain.size=['20 nm', '30 nm', '50 nm']",
                   "domain.cells=[10, 10, 100]")  # fmt: skip
    z = np.array([4.0, 15.75, 16.0, 16.25]) * 1e-9
    assert values(case, "host", np.zeros(4), np.full(4, 1e-9), z) == pytest.approx([1, 1, 0.5, 0])
    assert case.model.p.cell == pytest.approx(0.25) and case.spacing == pytest.approx((1.0, 1.5, 0.25))
    ξ = 1 / (1 + np.exp((z - 10e-9) / 0.5e-9))
    assert values(case, "xi", np.zeros(4), np.full(4, 1e-9), z) == pytest.approx(ξ)


def test_why_plating_over_an_interphase_ends():
    case = plating()
    row = {"Least lithium": 2.1e-9, "Charge passed": 0.0, "Tip height": 0.0, "Short circuit": 0.0}
    assert case.stop_reason(row) is None
    assert "used up" in case.stop_reason(row | {"Least lithium": 2e-9})
    assert "charge" in case.stop_reason(row | {"Charge passed": 3000.0})


def test_derived_fields_of_both_fronts():
    """i = −flux i₀ and its size, V = (φ_e − φ_i) RT/F."""
    case = plating()
    engine = case.engine()
    case.begin(0, engine)
    rng = np.random.default_rng(1)
    for name in ("phi_i", "phi_e"):
        engine.state.now[name][...] = rng.uniform(-1, 1, engine.state.now[name].shape)
    flux = engine.cell_flux("phi_i")
    derived = case.derived_fields(engine)
    np.testing.assert_allclose(derived["ix"], -30.0 * flux[0])
    np.testing.assert_allclose(derived["iy"], -30.0 * flux[1])
    np.testing.assert_allclose(derived["current"], 30.0 * np.hypot(flux[0], flux[1]))
    np.testing.assert_allclose(derived["potential"], (engine.owned("phi_e") - engine.owned("phi_i")) * THERMAL)


def test_a_host_deck_of_the_repository():
    """The deck of lithium beside graphite: 23 mol/l of room, no interphase, a front on which the host lies."""
    case = build(parse_deck(HOST))
    assert case.model.host.capacity == pytest.approx(23e3 * 12.998e-6)
    assert case.model.lithium_per_volume == 1.0 and case.model.reaction == 0.0


def test_an_interphase_that_takes_more_than_the_drive():
    """At rest the lithium moves as fast as the interphase takes it: F k_r/V_n over 1 + k_r F L/(V_n U σ̄)."""
    flat = ("domain.dimension=1", "domain.size=['50 nm']", "domain.cells=[100]", "heterogeneity=")
    case = plating(
        "reaction.velocity=10 nm/s", "product.electronic_conductivity=1e-4 S/m", "drive.steps=[{mode='rest'}]", *flat
    )
    growth = 10e-9 / (1 + 10e-9 * F * 4e-9 * (1e4 + 1e4) / (20e-6 * 1.7))
    assert growth / 20e-6 * F > 0.1 * 30.0
    assert case.model.metal.mobility * 4e-18 / TIME == pytest.approx(2 * 2e-9 * growth * 13 / 20)

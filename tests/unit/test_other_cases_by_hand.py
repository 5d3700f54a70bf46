"""From decks of an interphase, plating over one, a contact and wetting to dimensionless numbers: from SI anew."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

from types import SimpleNamespace

import numpy as np
import pytest

from phasefield.deck import parse_deck
from phasefield.physics.common.kinetics import ButlerVolmer, LinearKinetics
from phasefield.physics.interphase.consumed_coating import ConsumedCoating
from phasefield.physics.interphase.model import Interphase
from phasefield.physics.interphase.reaction_degree import ReactionDegree
from phasefield.physics.plating_interphase.host import PlatingInHost
from phasefield.physics.registry import build
from tests.verification.compiled_support import HOST, WETTING

F, R = 96485.33212, 8.314462618


def arrhenius(energy, temperature):
    return np.exp(-energy / R * (1 / temperature - 1 / 298.15))


def values(case, name, *place):
    """A field of a case at places in SI, in its own unit."""
    found = {f.name: f for f in (*case.model.static, *case.model.fields)}[name]
    at = [np.asarray(x, float) / case.scales.length for x in place]
    return np.asarray(found.values(at) if hasattr(found, "values") else found.initial(at), float)


# -- interphase --------------------------------------------------------------------------------------------

INTERPHASE = """
model = "interphase"
[conditions]
temperature = "318.15 K"
[domain]
dimension = 2
size = ["20 nm", "40 nm"]
cells = [20, 80]
[interface]
width = "2 nm"
energy = "0.3 J/m^2"
[electrolyte]
ionic_conductivity = "0.1 S/m"
electronic_conductivity = "1e-7 S/m"
ionic_activation_energy = "30 kJ/mol"
electronic_activation_energy = "50 kJ/mol"
reduction_potential = "1.7 V"
oxidation_potential = "2.3 V"
[product]
ionic_conductivity = "1e-4 S/m"
electronic_conductivity = "1e-6 S/m"
ionic_activation_energy = "40 kJ/mol"
volume_per_lithium = "20 cm^3/mol"
[reaction]
velocity = "0.1 nm/s"
activation_energy = "20 kJ/mol"
[layer]
height = "6 nm"
[stop]
time = "1 h"
thickness = "25 nm"
"""
BUTLER_VOLMER = ("reaction.law=butler-volmer", "reaction.velocity=", "reaction.exchange_current_density=0.02 A/m^2")
FILM = ("coating={thickness='3.25 nm', ionic_conductivity='1e-5 S/m', electronic_conductivity='1e-12 S/m',"
        " defects=[{position=['10 nm'], width='4 nm'}]}")  # fmt: skip
DEGREE = ("interface.closure=degree-of-reaction", "interface.energy=")
CONSUMED = (
    *DEGREE,
    "coating.consumption={reduction_potential='1.2 V', oxidation_potential='3 V',"
    " product={ionic_conductivity='2e-4 S/m', electronic_conductivity='3e-7 S/m', volume_per_lithium='15 cm^3/mol'},"
    " reaction={velocity='0.4 nm/s', activation_energy='10 kJ/mol'}}",
)  # fmt: skip
HOT = 318.15  # K
FASTER = arrhenius(20e3, HOT)


def interphase(*overrides):
    return build(parse_deck(INTERPHASE, overrides=overrides))


def test_scales_of_an_interphase():
    """Linear: potential the window, current F k_r/V_n. Butler-Volmer: RT/F and i₀. Both rates by Arrhenius' law."""
    s, velocity = interphase().scales, 0.1e-9 * FASTER
    assert (s.length, s.potential, s.velocity) == pytest.approx((2e-9, 1.7, velocity))
    assert s.current == pytest.approx(F * velocity / 20e-6) and s.time == pytest.approx(2e-9 / velocity)
    assert s.charge == pytest.approx(2e-9 * F / 20e-6) and s.molar_volume == 20e-6
    assert s.diffusivity == pytest.approx(2e-9 * velocity) == s.length**2 / s.time
    assert s.resistance == pytest.approx(1.7 / s.current)
    s = interphase(*BUTLER_VOLMER).scales
    assert (s.potential, s.current) == pytest.approx((R * HOT / F, 0.02 * FASTER))
    assert s.velocity == pytest.approx(0.02 * FASTER * 20e-6 / F)


def conductivities(case, ionic, electronic, energies=(0.0, 0.0)):
    """Dimensionless at the deck's temperature."""
    s = case.scales
    unit = s.current * s.length / s.potential
    return tuple(σ * arrhenius(e, HOT) / unit for σ, e in zip((ionic, electronic), energies, strict=True))


def both(conductor):
    return conductor.ionic, conductor.electronic


def test_parameters_of_an_interphase():
    """Onset, conductivities, mobility, cell, Gibbs and Thomson's length; no capillarity in one dimension."""
    case = interphase()
    p = case.model.p
    assert type(case.model) is Interphase and p.onset == pytest.approx(1.0) and p.mobility == 1.0
    assert p.cell == pytest.approx(0.25) and case.spacing == pytest.approx((0.5, 0.25))
    assert both(p.electrolyte) == pytest.approx(conductivities(case, 0.1, 1e-7, (30e3, 50e3)))
    assert both(p.product) == pytest.approx(conductivities(case, 1e-4, 1e-6, (40e3, 0.0)))
    assert p.capillarity == pytest.approx(0.3 * 20e-6 / (F * 1.7 * 2e-9)) and p.coating is None
    assert p.kinetics == LinearKinetics()
    flat = interphase("domain.dimension=1", "domain.size=['40 nm']", "domain.cells=[80]").model.p
    assert flat.capillarity is None
    assert type(interphase(*DEGREE).model) is ReactionDegree and interphase(*DEGREE).model.p.capillarity is None
    moved = interphase("interface.mobility=1e-18 m^2/s")
    assert moved.model.p.mobility == pytest.approx(1e-18 / moved.scales.diffusivity)
    butler = interphase(*BUTLER_VOLMER).model.p
    assert butler.onset == pytest.approx(1.7 / (R * HOT / F)) and butler.kinetics == ButlerVolmer()


@pytest.mark.parametrize("law", ["linear", "butler-volmer"])
def test_a_coating_that_reacts(law):
    """Its onset, its rate over the electrolyte's per unit of its law, its charge V_n/V_c; Arrhenius for itself."""
    own = () if law == "linear" else (
        *BUTLER_VOLMER, "coating.consumption.reaction={law='butler-volmer', exchange_current_density='0.07 A/m^2',"
        " activation_energy='10 kJ/mol'}",
    )  # fmt: skip
    case = interphase(FILM, *CONSUMED, *own)
    reactant, s = case.model.reactant, case.scales
    assert type(case.model) is ConsumedCoating
    assert reactant.onset == pytest.approx(1.2 / s.potential) and reactant.charge == pytest.approx(20 / 15)
    slower = arrhenius(10e3, HOT)
    if law == "linear":
        assert reactant.rate == pytest.approx(0.4 / (0.1 * FASTER) / (1.2 / 1.7) * slower)
        assert reactant.kinetics == LinearKinetics()
    else:
        assert reactant.rate == pytest.approx(0.07 * slower * 15 / (0.02 * FASTER * 20))
        assert reactant.kinetics == ButlerVolmer()
    assert both(reactant.product) == pytest.approx(conductivities(case, 2e-4, 3e-7))
    assert both(case.model.p.coating) == pytest.approx(conductivities(case, 1e-5, 1e-12))
    heights = np.arange(0.25, 6, 0.5) * 1e-9  # 3.25 nm are six cells of 0.5 nm, and half of the seventh
    x = np.full_like(heights, 3e-9)
    np.testing.assert_array_equal(values(case, "coating", x, heights), (heights < 3.0e-9) * 1.0)
    np.testing.assert_array_equal(values(case, "coating", x + 7e-9, heights), np.zeros_like(x))
    ψ = values(case, "psi", x, np.array([*heights[:-1], 8.9e-9]))
    layer = np.clip(0.5 - (heights - 3.0e-9 - 6e-9) / 0.5e-9, 0, 1) * (heights > 3.0e-9)
    np.testing.assert_allclose(ψ[:-1], layer[:-1], atol=1e-9)
    assert ψ[-1] == pytest.approx(0.7)  # of the cell whose middle is 0.1 nm below the layer's top


def test_fields_of_an_interphase():
    """The layer over a coating or in its holes; the coating's part of each cell; both potentials at the electrode's."""
    case = interphase(FILM)
    z = np.array([2.75, 3.25, 3.75, 9.25, 11.25]) * 1e-9
    covered = values(case, "coating", np.full(5, 3e-9), z)
    assert covered == pytest.approx([1.0, 0.5, 0.0, 0.0, 0.0])
    assert values(case, "coating", np.full(5, 10e-9), z) == pytest.approx(np.zeros(5))
    ψ = values(case, "psi", np.full(5, 3e-9), z)
    assert ψ[3] == pytest.approx(0.5, abs=1e-6) and ψ[4] == pytest.approx(1 / (1 + np.exp(4)), rel=1e-5)
    assert values(case, "psi", [10e-9], [6e-9])[0] == pytest.approx(0.5, abs=1e-3)
    for name in ("phi_i", "phi_e"):
        assert values(case, name, np.zeros(5), z) == pytest.approx(np.zeros(5))
    found = {f.name: f for f in case.model.fields}
    assert found["phi_i"].scale == found["phi_e"].scale == pytest.approx(1.7)
    assert (found["psi"].lower, found["psi"].upper) == (-0.05, 1.05)


def test_an_electrode_that_oxidises():
    """Beyond the other edge of the window potentials change sign."""
    case = interphase("electrode.potential=4.3 V")
    assert case.scales.potential == pytest.approx(2.0) and case.model.p.onset == pytest.approx(1.0)
    assert {f.name: f for f in case.model.fields}["phi_e"].scale == pytest.approx(-2.0)
    engine = case.engine()
    engine.state.now["phi_e"][...] = 0.25
    assert case.derived_fields(engine)["potential"] == pytest.approx(4.3 - 0.5)
    assert set(case.derived_fields(engine)) == {"potential"}
    reduces = interphase(FILM, *CONSUMED)
    engine = reduces.engine()
    engine.state.now["phi_e"][...], engine.state.now["psi"][...] = 0.25, 0.3
    derived = reduces.derived_fields(engine)
    assert derived["potential"] == pytest.approx(0.25 * 1.7)
    assert derived["consumed"] == pytest.approx(0.3 * engine.owned("coating"))


def test_grain_boundaries_and_tunnelling():
    """A factor to the power of a boundary's weight; e^(−z/λ) over the coating, not below 1e-25."""
    grains = ("heterogeneity.grain_boundaries={pattern='planes', planes=[{point=['4 nm', '0 nm'], normal=[1, 0]}],"
              " width='2 nm', ionic_factor=3.0, electronic_factor=0.2}")  # fmt: skip
    case = interphase(FILM, grains, "product.tunnelling_length=0.5 nm")
    x, z = np.array([4.0, 4.7, 12.0, 3.0]) * 1e-9, np.array([2.0, 8.0, 8.0, 39.0]) * 1e-9
    weight = np.exp(-((2 * (x - 4e-9) / 2e-9) ** 2))
    np.testing.assert_allclose(values(case, "ionic", x, z), 3.0**weight, rtol=1e-9)
    decays = np.exp(-np.maximum(z - 3.25e-9, 0) / 0.5e-9)
    assert decays[3] < 1e-25
    np.testing.assert_allclose(values(case, "electronic", x, z), 0.2**weight * np.maximum(decays, 1e-25), rtol=1e-8)
    plain = interphase("product.tunnelling_length=0.5 nm", grains.replace("0.2", "1.0").replace("3.0", "1.0"))
    assert [s.name for s in plain.model.static] == ["electronic"]
    assert values(plain, "electronic", x[:2], z[:2]) == pytest.approx(np.exp(-z[:2] / 0.5e-9))


def test_why_an_interphase_ends():
    case = interphase()
    row = {"Thickness": 24.9e-9, "Largest height": 37.9e-9}
    assert case.stop_reason(row) is None
    assert "thickness" in case.stop_reason(row | {"Thickness": 25e-9})
    assert "top" in case.stop_reason(row | {"Largest height": 38e-9})
    assert "top" in interphase("stop.thickness=").stop_reason({"Thickness": 1.0, "Largest height": 38e-9})


@pytest.mark.parametrize(("given", "first"), [((), 0.02), (("time.initial_step=3 s",), 3.0), (
    ("time.initial_step=3 s", "time.max_step=2 s"), 2.0)])  # fmt: skip
def test_steps_of_what_nothing_drives(given, first):
    """Begun once, with the deck's first step or 0.02 of the unit of time, no longer than its longest; until its end."""
    case = interphase(*given)
    unit = 1.0 if not given else case.scales.time
    assert case.switch(0.0, None) == pytest.approx(first / unit)
    assert case.switch(1e-9, None) is None and case.ends == pytest.approx((3600.0 / case.scales.time,))
    assert case.largest_step == pytest.approx(2.0 / unit if len(given) == 2 else np.inf)


# -- plating over an interphase ----------------------------------------------------------------------------

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
THERMAL = R * HOT / F
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
    """Of the interphase in RT/F and i₀, of the metal: 1000 times what passes next to it, a thousandth of the ions'."""
    case = plating()
    p, metal, s = case.model.p, case.model.metal, case.scales
    assert (s.length, s.time, s.potential, s.current) == pytest.approx((2e-9, TIME, THERMAL, 30.0))
    velocity = 0.1e-9 * TIME / 2e-9
    assert p.mobility == pytest.approx(velocity) and p.onset == pytest.approx(1.7 / THERMAL)
    assert both(p.product) == pytest.approx((1e-4 / UNIT, 1e-6 / UNIT))
    assert both(p.electrolyte) == pytest.approx((0.1 * arrhenius(30e3, HOT) / UNIT, 1e-7 / UNIT))
    assert p.kinetics == LinearKinetics() and p.coating is None and p.cell == pytest.approx(0.25)
    assert metal.conductor.ionic == pytest.approx(1e-3 * p.electrolyte.ionic)
    assert metal.conductor.electronic == pytest.approx(1e3 * max(1e-6 / UNIT, 3.0))
    assert metal.mobility == pytest.approx(2 * 3.0) and metal.kinetics == ButlerVolmer(0.3, 0.8)
    assert metal.pressure == pytest.approx(50e6 * 13e-6 / F / THERMAL)
    assert metal.barrier == pytest.approx(0.2 / THERMAL)
    assert case.model.reaction == pytest.approx(velocity * THERMAL / 1.7)
    assert case.model.lithium_per_volume == pytest.approx(13 / 20)
    assert case.spacing == pytest.approx((0.5, 0.25))


def test_parameters_of_other_decks():
    """Without an interphase; with a given mobility; with a rest, and a product, that set what the metal conducts."""
    alone = plating("product=", "reaction=", "layer=", "heterogeneity=")
    p = alone.model.p
    assert (p.mobility, p.onset, alone.model.reaction, alone.model.lithium_per_volume) == (1.0, 1.0, 0.0, 1.0)
    assert both(p.product) == both(p.electrolyte) and alone.model.metal.barrier == 0.0
    moved = plating("interface.mobility=1e-17 m^2/s").model.metal
    assert moved.mobility == pytest.approx(1e-17 * TIME / 4e-18)
    rest = plating("drive.steps=[{mode='rest'}]", "product.electronic_conductivity=1e-8 S/m")
    assert rest.model.metal.conductor.electronic == pytest.approx(1e3 * 0.2)
    assert rest.model.metal.mobility == pytest.approx(0.2) and rest.longest == pytest.approx(0.5 / 0.1)
    good = plating("product.electronic_conductivity=10 S/m").model.metal.conductor.electronic
    assert good == pytest.approx(1e3 * 10.0 / UNIT)


def test_steps_of_both_fronts():
    """A fiftieth of a width of the faster front, no more than half a width of the lithium."""
    case = plating()
    assert case.longest == pytest.approx(0.5 / 3.0) == case.largest_step
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
    case.switch(0.0, engine)
    rng = np.random.default_rng(1)
    for name in ("phi_i", "phi_e"):
        engine.state.now[name][...] = rng.uniform(-1, 1, engine.state.now[name].shape)
    flux = engine.cell_flux("phi_i")
    derived = case.derived_fields(engine)
    np.testing.assert_allclose(derived["ix"], -30.0 * flux[0])
    np.testing.assert_allclose(derived["iy"], -30.0 * flux[1])
    np.testing.assert_allclose(derived["current"], 30.0 * np.hypot(flux[0], flux[1]))
    np.testing.assert_allclose(derived["potential"], (engine.owned("phi_e") - engine.owned("phi_i")) * THERMAL)


# -- contact -----------------------------------------------------------------------------------------------

CONTACT = """
model = "contact"
[conditions]
temperature = "318.15 K"
[domain]
dimension = 2
size = ["4 um", "6 um"]
cells = [8, 24]
[electrode]
thickness = "2 um"
content = 0.8
diffusivity = "1e-13 m^2/s"
maximum_concentration = "50 mol/l"
[electrode.open_circuit]
law = "linear"
standard = "3.9 V"
fall = "0.4 V"
[electrolyte]
ionic_conductivity = "0.02 S/m"
[contact]
layer_resistance = "100 ohm cm^2"
layer_rise = "20 ohm cm^2"
patches = [{ position = ["0 um"], radius = "1.2 um" }]
[kinetics]
exchange_current_density = "10 A/m^2"
anodic_transfer_coefficient = 0.3
cathodic_transfer_coefficient = 0.8
[[drive.steps]]
mode = "galvanostatic"
current_density = "-5 A/m^2"
duration = "10 s"
[[drive.steps]]
mode = "rest"
duration = "10 s"
[stop]
lowest_voltage = "3.5 V"
highest_voltage = "4.2 V"
"""
FILL = F * 50e3 * 2e-6 / 10.0


def contact(*overrides):
    return build(parse_deck(CONTACT, overrides=overrides))


def test_parameters_of_a_contact():
    """Length the electrode, time what i₀ takes to fill it; a layer's rise in the first hour, as √t."""
    case = contact()
    s, p = case.scales, case.model.p
    assert (s.length, s.time, s.potential, s.current) == pytest.approx((2e-6, FILL, THERMAL, 10.0))
    assert (s.charge, s.concentration) == pytest.approx((FILL * 10.0, 50e3))
    assert p.conductivity == pytest.approx(0.02 * THERMAL / (10.0 * 2e-6))
    assert p.diffusivity == pytest.approx(1e-13 * FILL / 4e-12) and p.cell == pytest.approx(0.125)
    assert case.spacing == pytest.approx((0.25, 0.125)) and p.kinetics == ButlerVolmer(0.3, 0.8)
    unit = THERMAL / 10.0
    assert p.layer(0.0) == pytest.approx(1e-2 / unit)
    assert p.layer(3600.0 / FILL) == pytest.approx(1.2e-2 / unit)
    assert p.layer(4 * 3600.0 / FILL) == pytest.approx(1.4e-2 / unit)
    assert p.storage.potential(0.8) == pytest.approx((3.9 - 0.4 * 0.3) / THERMAL)
    assert case.first_step == pytest.approx(1e-4 / 0.5) and case.longest == pytest.approx(0.02 / 0.5)
    rest = contact("drive.steps=[{mode='rest', duration='1 s'}]")
    assert rest.first_step == pytest.approx(1e-4) and rest.longest == pytest.approx(0.02)
    found = {f.name: f for f in case.model.fields}
    assert (found["c"].scale, found["phi"].scale) == pytest.approx((50e3, THERMAL))
    assert values(case, "c", [0.0], [0.0]) == pytest.approx([0.8])


@pytest.mark.parametrize(("law", "exact"), [
    ("{law='regular-solution', standard='3.9 V', interaction=2.5}",
     3.9 / THERMAL - np.log(0.8 / 0.2) - 2.5 * (1 - 1.6)),
    ("{law='measured', contents=[0.2, 0.5, 0.8, 0.9], potentials=['4.1 V', '4 V', '3.7 V', '3.6 V']}", 3.7 / THERMAL),
])  # fmt: skip
def test_open_circuit(law, exact):
    assert float(contact(f"electrode.open_circuit={law}").model.p.storage.potential(0.8)) == pytest.approx(exact)


def test_places_of_a_contact():
    """Electrode, patches whose rims are smoothed over a cell, a skin, voids at the counter electrode."""
    case = contact()
    x = np.array([0.25, 0.9, 1.25, 1.4, 3.0]) * 1e-6
    z = np.full(5, 1.9e-6)
    inside = (1.2e-6 - x) / 0.5e-6  # cells from the rim
    assert values(case, "electrode", x, z) == pytest.approx(np.ones(5))
    assert values(case, "electrode", x, z + 0.2e-6) == pytest.approx(np.zeros(5))
    assert values(case, "coverage", x, z) == pytest.approx(np.clip(0.5 + inside, 0, 1))
    assert values(case, "spreading", [0.9e-6], [1e-6])[0] > values(case, "spreading", [1.4e-6], [1e-6])[0]
    assert {s.name for s in case.model.static} == {"electrode", "coverage", "spreading"}
    whole = contact("contact.patches=")
    assert values(whole, "coverage", x, z) == pytest.approx(np.ones(5))
    assert {s.name for s in whole.model.static} == {"electrode", "coverage"}
    skin = contact("electrode.skin={thickness='0.5 um', diffusivity_factor=0.01}",
                   "counter.patches=[{position=['0 um'], radius='1.2 um'}]")  # fmt: skip
    places = np.array([1.4, 1.6, 2.1, 5.3, 5.6, 5.9]) * 1e-6
    at = values(skin, "conductivity", np.zeros(6), places)
    assert at == pytest.approx([1.0, 0.01, 1.0, 1.0, 1e8, 1e8])
    assert values(skin, "conductivity", np.full(6, 3e-6), places)[4] == pytest.approx(1e-8)


def test_random_patches():
    """As many as come nearest to the fraction, at least one, each of its radius."""
    case = contact("contact.patches=", "contact.random_patches={fraction=0.5, radius='0.5 um', seed=3}",
                   "domain.cells=[40, 24]")  # fmt: skip
    x = (np.arange(4000) + 0.5) * 1e-9
    covered = values(case, "coverage", x, np.full(4000, 1e-6))
    assert covered.mean() == pytest.approx(0.5, abs=0.01)
    few = contact("contact.patches=", "contact.random_patches={fraction=0.01, radius='0.5 um', seed=3}",
                  "domain.cells=[40, 24]")  # fmt: skip
    assert values(few, "coverage", x, np.full(4000, 1e-6)).mean() == pytest.approx(0.25, abs=0.01)


def test_why_a_contact_ends():
    case = contact()
    assert case.stop_reason({"Cell voltage": 3.9}) is None
    assert "lowest" in case.stop_reason({"Cell voltage": 3.5}) and "highest" in case.stop_reason({"Cell voltage": 4.2})
    free = contact("stop.lowest_voltage=", "stop.highest_voltage=")
    assert free.stop_reason({"Cell voltage": 0.0}) is None


def test_derived_fields_of_a_contact():
    """i = −flux i₀ and its size."""
    case = contact()
    rng = np.random.default_rng(1)
    engine = SimpleNamespace(cell_flux=lambda name: fluxes)
    fluxes = [rng.uniform(-1, 1, (3, 2)) for _ in range(2)]
    derived = case.derived_fields(engine)
    np.testing.assert_allclose(derived["ix"], -10.0 * fluxes[0])
    np.testing.assert_allclose(derived["current"], 10.0 * np.hypot(*fluxes))


# -- wetting -----------------------------------------------------------------------------------------------


def test_wetting():
    """Length δ_PF, time δ_PF²/M, pressure γ/δ_PF; hemispheres on the layer; what a current lets grow."""
    overrides = (
        "lithium.current_density=20 A/m^2", "stop.contact_fraction=0.3", "energies.layer_surroundings=0.6 J/m^2",
        "lithium.seeds=[{position=['0 nm'], radius='100 nm'}, {position=['200 nm'], radius='60 nm'}]",
    )  # fmt: skip
    deck = parse_deck(WETTING, overrides=overrides)
    case = build(deck)
    s, width, γ = case.scales, deck.interface.width, deck.energies
    volume, time = deck.lithium.molar_volume, width**2 / deck.interface.mobility
    assert (s.length, s.time, s.pressure) == pytest.approx((width, time, γ.lithium_surroundings / width))
    assert s.potential == pytest.approx(γ.lithium_surroundings / width * volume / F)
    assert s.charge == pytest.approx(width * F / volume) and s.current == pytest.approx(s.charge / time)
    first, second, third = γ.all
    assert case.model.p.energies == pytest.approx((first / second, 1.0, third / second))
    assert second == γ.lithium_surroundings and len({first, second, third}) == 3
    assert case.model.p.cell == pytest.approx(deck.domain.spacing[-1] / width) == case.spacing[-1]
    assert float(case.model.growth.value) == pytest.approx(20.0 / s.current)
    top = deck.layer.thickness
    x, z = np.array([0.0, 100e-9, 200e-9, 30e-9]), top + np.array([100e-9, 0.0, 60e-9, 20e-9])
    distance = np.minimum(np.hypot(x, z - top) - 100e-9, np.hypot(x - 200e-9, z - top) - 60e-9)
    ψ = 1 / (1 + np.exp(4 * (z - top) / width))
    assert values(case, "psi", x, z) == pytest.approx(ψ)
    assert values(case, "xi", x, z) == pytest.approx((1 - ψ) / (1 + np.exp(4 * distance / width)))
    found = {f.name: f for f in case.model.fields}
    assert set(found) == {"xi", "p"} and found["p"].scale == pytest.approx(s.pressure)
    assert (found["xi"].lower, found["xi"].upper) == (-0.05, 1.05)
    assert found["p"].initial([x, z]) == pytest.approx(np.zeros(4))
    yielding = build(parse_deck(WETTING, overrides=[*overrides, "layer.rigid=false"]))
    assert [f.name for f in yielding.model.fields] == ["xi", "psi", "p", "q"] and not yielding.model.static
    assert values(yielding, "psi", x, z) == pytest.approx(ψ)
    room = deck.domain.size[-1] - width
    row = {"Contact fraction": 0.29, "Tip height": room * 0.999}
    assert case.stop_reason(row) is None
    assert "contact" in case.stop_reason(row | {"Contact fraction": 0.3})
    assert "top" in case.stop_reason(row | {"Tip height": room})


def test_a_host_deck_of_the_repository():
    """The deck of lithium beside graphite: 23 mol/l of room, no interphase, a front on which the host lies."""
    case = build(parse_deck(HOST))
    assert case.model.host.capacity == pytest.approx(23e3 * 12.998e-6)
    assert case.model.lithium_per_volume == 1.0 and case.model.reaction == 0.0

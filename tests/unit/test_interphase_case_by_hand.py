"""From decks of an interphase to dimensionless numbers: from SI anew."""

import numpy as np
import pytest

from phasefield.deck import parse_deck
from phasefield.physics.common.kinetics import ButlerVolmer, LinearKinetics
from phasefield.physics.interphase.consumed_coating import ConsumedCoating
from phasefield.physics.interphase.model import Interphase
from phasefield.physics.interphase.reaction_degree import ReactionDegree
from phasefield.physics.registry import build
from tests.unit.case_values import FILM, HOT, F, R, arrhenius, both, values

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
DEGREE = ("interface.closure=degree-of-reaction", "interface.energy=")
CONSUMED = (
    *DEGREE,
    "coating.consumption={reduction_potential='1.2 V', oxidation_potential='3 V',"
    " product={ionic_conductivity='2e-4 S/m', electronic_conductivity='3e-7 S/m', volume_per_lithium='15 cm^3/mol'},"
    " reaction={velocity='0.4 nm/s', activation_energy='10 kJ/mol'}}",
)  # fmt: skip
FASTER = arrhenius(20e3, HOT)


def interphase(*overrides):
    return build(parse_deck(INTERPHASE, overrides=overrides))


def test_scales_of_an_interphase():
    """Linear: potential the window, current F k_r/V_n. Butler-Volmer: RT/F and i₀. Both rates by Arrhenius' law."""
    s, velocity = interphase().scales, 0.1e-9 * FASTER
    assert (s.length, s.potential, s.velocity) == pytest.approx((2e-9, 1.7, velocity), rel=1e-9, abs=0)
    assert s.current == pytest.approx(F * velocity / 20e-6) and s.time == pytest.approx(2e-9 / velocity)
    assert s.charge == pytest.approx(2e-9 * F / 20e-6) and s.molar_volume == 20e-6
    np.testing.assert_allclose([s.diffusivity, s.length**2 / s.time], 2e-9 * velocity, rtol=1e-9)
    assert s.resistance == pytest.approx(1.7 / s.current)
    s = interphase(*BUTLER_VOLMER).scales
    assert (s.potential, s.current) == pytest.approx((R * HOT / F, 0.02 * FASTER))
    assert s.velocity == pytest.approx(0.02 * FASTER * 20e-6 / F, rel=1e-9, abs=0)


def conductivities(case, ionic, electronic, energies=(0.0, 0.0)):
    """Dimensionless at the deck's temperature."""
    s = case.scales
    unit = s.current * s.length / s.potential
    return tuple(σ * arrhenius(e, HOT) / unit for σ, e in zip((ionic, electronic), energies, strict=True))


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


def test_degree_of_reaction_at_the_start():
    """Cells are filled from the bottom, the one at the layer's top in part: 6 nm over a coating that does not react."""
    z = np.array([0.25, 5.75, 6.1, 9.2, 9.5]) * 1e-9
    bare, filmed = interphase(*DEGREE), interphase(*DEGREE, FILM)
    assert values(bare, "psi", np.full(5, 3e-9), z) == pytest.approx([1.0, 1.0, 0.3, 0.0, 0.0])
    assert values(filmed, "psi", np.full(5, 3e-9), z) == pytest.approx([1.0, 1.0, 1.0, 0.6, 0.0], abs=1e-6)


def test_a_coating_of_whole_cells_in_three_dimensions():
    """Of the height's cells of 0.5 nm, not the sides' of 1 and 2 nm: 3.25 nm become 3 nm, 3.3 nm become 3.5 nm."""
    box = ("domain.dimension=3", "domain.size=['20 nm', '20 nm', '40 nm']", "domain.cells=[20, 10, 80]")
    places = np.full(2, 3e-9), np.full(2, 3e-9), np.array([8.75e-9, 9.25e-9])
    for thickness, expected in (("3.25", [1.0, 0.0]), ("3.3", [1.0, 1.0])):
        film = FILM.replace("3.25", thickness).replace("['10 nm']", "['10 nm', '10 nm']")
        assert values(interphase(*box, film, *CONSUMED), "psi", *places) == pytest.approx(expected, abs=1e-6)


def test_an_electrode_that_oxidises():
    """Beyond the other edge of the window potentials change sign."""
    case = interphase("electrode.potential=4.3 V")
    assert case.scales.potential == pytest.approx(2.0) and case.model.p.onset == pytest.approx(1.0)
    assert {f.name: f for f in case.model.fields}["phi_e"].scale == pytest.approx(-2.0)
    engine = case.engine()
    engine.state.now["phi_e"][...], engine.state.now["phi_i"][...] = 0.15, -0.1
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
    assert case.begin(0, None) == pytest.approx(first / unit)
    assert case.ends == pytest.approx((3600.0 / case.scales.time,))
    assert case.largest_step == pytest.approx(2.0 / unit if len(given) == 2 else np.inf)

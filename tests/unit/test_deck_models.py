"""Decks of the interphase and the contact: materials fill them in, what does not fit is named, the check computes."""

from math import sqrt

import numpy as np
import pytest

from phasefield import check
from phasefield.deck import json_schema, parse_deck
from phasefield.errors import DeckError
from phasefield.physics.interphase.case import coating_fraction, sharp_coverage
from tests.errors import refused

INTERPHASE = """
model = "interphase"
[domain]
dimension = 1
size = ["100 nm"]
cells = [160]
[interface]
width = "4 nm"
[electrolyte]
material = "LPSCl"
[reaction]
velocity = "0.1 nm/s"
[layer]
height = "5 nm"
[stop]
time = "1 h"
"""

CONTACT = """
model = "contact"
[domain]
dimension = 3
size = ["4 um", "4 um", "4 um"]
cells = [16, 16, 16]
[electrode]
material = "LiCoO2"
thickness = "1 um"
content = 0.9
open_circuit = { law = "linear", standard = "3.9 V", fall = "0.5 V" }
[electrolyte]
ionic_conductivity = "1e-4 S/cm"
[contact]
patches = [{ position = ["0 um", "0 um"], radius = "1 um" }]
[kinetics]
exchange_current_density = "1 mA/cm^2"
[[drive.steps]]
mode = "galvanostatic"
current_density = "-0.1 mA/cm^2"
duration = "1 min"
"""


def refusal(text, *overrides):
    with pytest.raises(DeckError) as caught:
        parse_deck(text, "x.toml", overrides)
    return str(caught.value)


def test_materials_fill_in():
    """The electrolyte's material brings its values, and names what forms; a deck's own value wins."""
    deck = parse_deck(INTERPHASE, overrides=["product.ionic_conductivity=2e-7 S/cm"])
    assert deck.product.material == "LPSCl-interphase"
    assert deck.product.ionic_conductivity == pytest.approx(2e-5)
    assert deck.electrolyte.reduction_potential == pytest.approx(1.71)
    assert deck.window == pytest.approx(1.71)


def test_oxidation():
    """An electrode above the window oxidises, one inside it does nothing, and the check says so."""
    oxidised = parse_deck(INTERPHASE, overrides=["electrode.potential=4 V"])
    assert (oxidised.sign, oxidised.window) == (1, pytest.approx(4 - 2.01))
    stable = parse_deck(INTERPHASE, overrides=["electrode.potential=1.9 V"])
    assert stable.window < 0
    assert "electrode.potential" in [problem.key for problem in check.warnings(stable)]
    nearly_reduced = parse_deck(INTERPHASE, overrides=["electrode.potential=1.75 V"])
    assert (nearly_reduced.sign, nearly_reduced.window) == (-1, pytest.approx(1.71 - 1.75))


@pytest.mark.parametrize(
    "override, words",
    [
        ("electrolyte.material=LPSCI", ["electrolyte.material", "LPSCI", "did you mean"]),
        ("electrolyte.material=['LAGP']", ["electrolyte.material", "text"]),
        ("electrolyte.material={}", ["electrolyte.material", "text"]),
        ("electrolyte.reduction_potential=3 V", ["electrolyte.reduction_potential", "below the oxidation"]),
        ("reaction.velocity=", ["reaction.velocity", "required"]),
        ("layer.height=1 um", ["layer.height", "box"]),
        ("model=interfase", ["model", "interphase", "did you mean"]),
        ("reaction.velocty=1 nm/s", ["reaction.velocty", "did you mean reaction.velocity"]),
    ],
)
def test_refusals(override, words):
    message = refusal(INTERPHASE, override)
    assert all(word in message for word in ("x.toml", *words)), message


#: Overrides that make a coating of LPS one that lithium consumes.
CONSUMED = (
    "interface.closure=degree-of-reaction", "coating.material=Li3PS4", "coating.thickness=5 nm",
    "coating.consumption.reaction.velocity=1 nm/s",
)  # fmt: skip


INERT = "coating.consumption.reduction_potential=0 V"


def test_a_coating_that_is_consumed():
    """Window and product come from the coating's material; a deck's own value wins; electrodes decide whether it is."""
    deck = parse_deck(INTERPHASE, overrides=CONSUMED)
    consumption = deck.coating.consumption
    assert (consumption.product.material, consumption.reduction_potential) == ("LPS-interphase", 1.71)
    assert consumption.product.volume_per_lithium == pytest.approx(18.5e-6)
    assert deck.consumes and deck.beyond(consumption) == pytest.approx(1.71)
    other = ["coating.consumption.reduction_potential=0.4 V", "coating.consumption.product.ionic_conductivity=1 S/m"]
    given = parse_deck(INTERPHASE, overrides=[*CONSUMED, *other])
    assert given.beyond(given.coating.consumption) == pytest.approx(0.4)
    assert given.coating.consumption.product.ionic_conductivity == 1.0
    assert given.coating.consumption.product.electronic_conductivity == consumption.product.electronic_conductivity
    assert not parse_deck(INTERPHASE, overrides=[*CONSUMED, "electrode.potential=1.8 V"]).consumes
    oxidised = parse_deck(INTERPHASE, overrides=[*CONSUMED, "electrode.potential=4 V"])
    assert oxidised.beyond(oxidised.coating.consumption) == pytest.approx(4 - 2.31)


@pytest.mark.parametrize(
    "override, words",
    [
        ("interface.closure=phase-field", ["coating.consumption", "degree-of-reaction", '"phase-field"']),
        ("product.tunnelling_length=1 nm", ["coating.consumption", "product.tunnelling_length"]),
        ("coating.consumption.reaction.velocity=", ["coating.consumption.reaction.velocity", "required"]),
        (
            "coating.consumption.reaction={law='butler-volmer', exchange_current_density='1 A/m^2'}",
            ["coating.consumption.reaction.law", '"butler-volmer"', '"linear"'],
        ),
        ("coating.consumption.reduction_potential=3 V", ["coating.consumption.reduction_potential", "below"]),
        ("coating.material=Al2O3", ["coating.consumption.product", "required"]),
        ("coating.consumption.velocity=1 nm/s", ["coating.consumption.reaction.velocity"]),
    ],
)
def test_consumption_refused(override, words):
    message = refusal(INTERPHASE, *CONSUMED, override)
    assert all(word in message for word in ("x.toml", *words)), message


def test_a_coating_that_is_consumed_has_whole_cells():
    """Refused otherwise, with the thicknesses that are allowed; warned of where half a cell is much of it."""
    assert check.errors(parse_deck(INTERPHASE, overrides=CONSUMED)) == []
    assert check.errors(parse_deck(INTERPHASE, overrides=[*CONSUMED, "coating.thickness=4.2 nm", INERT])) == []
    (problem,) = check.errors(parse_deck(INTERPHASE, overrides=[*CONSUMED, "coating.thickness=4.2 nm"]))
    assert problem.key == "coating.thickness" and "3.75 nm or 4.375 nm" in str(problem)
    thin = " ".join(map(str, check.warnings(parse_deck(INTERPHASE, overrides=[*CONSUMED, "coating.thickness=2.5 nm"]))))
    assert "coating.thickness" in thin and "4 cells" in thin


def test_layer_that_the_mesh_does_not_resolve():
    """Refused, with the resolution it needs."""
    coated = ["coating.material=Al2O3", "coating.thickness=1 nm"]
    problems = " ".join(map(str, check.errors(parse_deck(INTERPHASE, overrides=coated))))
    assert "coating.thickness" in problems and "500 pm or less" in problems
    thin = " ".join(map(str, check.errors(parse_deck(INTERPHASE, overrides=["layer.height=3 nm"]))))
    assert "interface.width: " in thin and " 3 nm " in thin


@pytest.mark.parametrize(
    "overrides, key, needed",
    [
        (["product.tunnelling_length=1 nm"], "product.tunnelling_length", "500 pm"),
        (["coating.defects=[{ position = ['9 nm'], width = '1 nm' }]"], "coating.defects.0.width", "500 pm"),
        (["heterogeneity.grain_boundaries.width=1.2 nm"], "heterogeneity.grain_boundaries.width", "600 pm"),
    ],
)
def test_features_that_the_mesh_does_not_resolve(overrides, key, needed):
    """A decay, a hole, a grain boundary: refused with the resolution it needs, accepted on a mesh that has it."""
    plane = [
        "domain.dimension=2", "domain.size=['20 nm', '20 nm']", "coating.material=Al2O3", "coating.thickness=4 nm",
        "heterogeneity.grain_boundaries.pattern=voronoi", "heterogeneity.grain_boundaries.grains=2",
        "heterogeneity.grain_boundaries.seed=1", "heterogeneity.grain_boundaries.width=3 nm",
    ]  # fmt: skip
    coarse = parse_deck(INTERPHASE, overrides=[*plane, "domain.cells=[25, 25]", *overrides])
    (problem,) = check.errors(coarse)
    assert problem.key == key and f" {needed} " in str(problem)
    fine = parse_deck(INTERPHASE, overrides=[*plane, "domain.cells=[50, 50]", *overrides])
    assert check.errors(fine) == []


def test_a_hole_is_open():
    """A slit of 20 nm, half in the box: no trace of coating in its cells, which would bar electrons; all beside."""
    plane = ["domain.dimension=2", "domain.size=['20 nm', '20 nm']", "domain.cells=[10, 10]"]
    film = ["coating.material=Al2O3", "coating.thickness=4 nm"]
    slit = ["coating.defects=[{ position=['0 nm'], width='20 nm' }]"]
    deck = parse_deck(INTERPHASE, overrides=[*plane, *film, *slit])
    x, z = np.meshgrid(*[np.arange(1, 20, 2) * 1e-9] * 2)
    np.testing.assert_array_equal(coating_fraction(deck.coating, deck.domain)((x, z)), (x > 10e-9) & (z < 4e-9))


@pytest.mark.parametrize("cells", [8, 16, 24, 32, 40])
def test_the_width_of_a_hole_does_not_depend_on_where_its_rims_lie(cells):
    """A slit of 30 nm in 160 nm, its rims on faces of cells or in their middle: whole cells that add up to it."""
    plane = ["domain.dimension=2", "domain.size=['160 nm', '40 nm']", f"domain.cells=[{2 * cells}, {cells // 2}]"]
    spacing = 80e-9 / cells
    x = (np.arange(2 * cells) + 0.5) * spacing
    for centre in (50.0, 50.0 + 0.25e9 * spacing, 50.0 + 0.5e9 * spacing):
        slit = f"coating.defects=[{{ position=['{centre!r} nm'], width='30 nm' }}]"
        film = ["coating.material=Al2O3", "coating.thickness=4 nm"]
        deck = parse_deck(INTERPHASE, overrides=[*plane, *film, slit])
        open_cells = sharp_coverage(deck.coating, deck.domain)([x, 0 * x]) < 1e-9
        assert np.sum(open_cells) * spacing == pytest.approx(30e-9, rel=1e-6)


def test_patch_that_the_mesh_does_not_resolve():
    """A spot of contact of less than two cells across its radius is refused, with the cells it needs."""
    (problem,) = check.errors(parse_deck(CONTACT, overrides=["contact.patches.0.radius=0.4 um"]))
    assert problem.key == "domain.cells" and " 200 nm " in str(problem)


def test_interphase_numbers():
    """The check's parabola is Wagner's: L² = L₀² + 2k_p t without reaction in the way (1e-3)."""
    numbers = check.derived(parse_deck(INTERPHASE, overrides=["reaction.velocity=1 um/s"]))
    σi, σe = numbers["ionic_conductivity"], numbers["electronic_conductivity"]
    k = 24.1e-6 * σi * σe / (σi + σe) * 1.71 / 96485.33
    assert numbers["parabolic_constant"] == pytest.approx(k, rel=0.03)  # the library's volume may be rounded
    expected = sqrt(5e-9**2 + 2 * numbers["parabolic_constant"] * 3600)
    assert numbers["planned_thickness"] == pytest.approx(expected, rel=1e-3)
    assert "Wagner" in check.report(parse_deck(INTERPHASE))


def test_contact_numbers():
    """A quarter of a disc in the corner: θ = π/64; constriction (1 − √θ)^1.5/(4σaN) on 16 µm² a disc of four."""
    numbers = check.derived(parse_deck(CONTACT))
    θ = 3.14159265 / 64
    assert numbers["contact_fraction"] == pytest.approx(θ, rel=1e-6)
    crowded = (1 - sqrt(θ)) ** 1.5 / (4 * 1e-2 * 1e-6) * 64e-12
    assert numbers["constriction_resistance"] == pytest.approx(crowded, rel=1e-6)
    assert "constriction" in check.report(parse_deck(CONTACT))


@pytest.mark.parametrize(
    "override, words",
    [
        ("electrode.thickness=1.1 um", ["electrode.thickness", "nearest is 1 µm"]),
        ("electrode.skin={ thickness = '0.3 um', diffusivity_factor = 0.1 }", ["electrode.skin", "nearest is 250 nm"]),
        ("electrode.skin={ thickness = '1 um', diffusivity_factor = 0.1 }", ["electrode.skin", "nearest is 750 nm"]),
        ("electrode.material=LiCoO", ["electrode.material", "LiCoO2"]),
        ("electrolyte={ material = 'LLZA' }", ["electrolyte.material", "LLZO"]),
        ("electrode.open_circuit.law=measured", ["open_circuit.contents", "required"]),
        ("contact.patches.0.position=['9 um', '0 um']", ["contact.patches.0.position", "outside"]),
        ("stop.tip_height=1 um", ["stop.tip_height", "unknown key"]),
    ],
)
def test_contact_refusals(override, words):
    message = refusal(CONTACT, override)
    assert all(word in message for word in words), message


@pytest.mark.parametrize("model", ["plating", "interphase", "contact"])
def test_schema(model):
    """Each model has a JSON schema for editors; an unknown one is a clear error."""
    assert json_schema(model)["properties"]["model"]
    with refused(DeckError, "model", f'"{model}"?'):
        json_schema(model + "s")


def test_snapshots_are_limited_in_every_model():
    """More than ten thousand would fill memory before the run begins."""
    with refused(DeckError, "output.every", "10000"):
        parse_deck(INTERPHASE, "x.toml", ["output.every=1e-15 s"])
    with refused(DeckError, "output.times", "3600 s"):
        parse_deck(INTERPHASE, "x.toml", ["output.times=['1 s', '2 h']"])


@pytest.mark.parametrize("content", [0.39, 0.991])
def test_content_within_the_measured_curve(content):
    """Beyond it the open-circuit potential is not known."""
    curve = "electrode.open_circuit={law='measured', contents=[0.4, 0.7, 0.99], potentials=['4.2 V', '4 V', '3.8 V']}"
    with refused(DeckError, "electrode.content", "0.4", "0.99"):
        parse_deck(CONTACT, "x.toml", [curve, f"electrode.content={content}"])
    assert parse_deck(CONTACT, "x.toml", [curve, "electrode.content=0.4"]).electrode.content == 0.4


def test_a_frozen_reaction_is_an_error():
    """500 kJ/mol at 100 K: exp(−399); its numbers overflow in the equations."""
    frozen = ("reaction.activation_energy=500 kJ/mol", "conditions.temperature=100 K")
    with refused(DeckError, "reaction", "100 K", "force=True"):
        check.require(parse_deck(INTERPHASE, "x.toml", frozen), "x.toml")
    check.require(parse_deck(INTERPHASE, "x.toml", frozen[:1]), "x.toml")


def test_a_fast_front_needs_a_layer_of_two_widths():
    """More than a hundred times as wide as k_p/k_r, it dissolved a layer of one width."""

    def warned(*overrides):
        return {problem.key for problem in check.warnings(parse_deck(INTERPHASE, "x.toml", overrides))}

    fast = "reaction.velocity=1 um/s"
    assert "interface.width" not in warned()
    assert "interface.width" in warned(fast)
    assert "interface.width" not in warned(fast, "layer.height=8 nm")

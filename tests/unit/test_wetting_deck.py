"""Decks of wetting: energies that make no angle are refused; the check computes the angle and what shows it."""

from pathlib import Path

import pytest

from phasefield import check
from phasefield.deck import load_deck
from phasefield.errors import DeckError
from phasefield.physics.registry import build
from tests.errors import refused

DECK = Path(__file__).parents[2] / "inputs" / "wetting_lithiophilic.toml"


@pytest.mark.parametrize(
    ("overrides", "key", "named"),
    [
        (["energies.lithium_layer=0.01 J/m^2", "energies.layer_surroundings=0.6 J/m^2"], "energies", "first"),
        (["layer.rigid=false", "energies.layer_surroundings=0.8 J/m^2"], "energies", "spreads"),
        (["layer.thickness=700 nm"], "lithium.seeds.0.radius", "1.06 µm"),
        (["lithium.seeds=[{position=['2 um'], radius='0.1 um'}]"], "lithium.seeds.0.position", "900 nm"),
        (["domain.dimension=1", "domain.size=['1 um']"], "domain.dimension", "2"),
    ],
)
def test_refusals(overrides, key, named):
    with refused(DeckError, key, named):
        load_deck(DECK, overrides=overrides)


def test_check():
    """Young's angle of the deck, 62°; of the same energies with a layer that yields, Neumann's."""
    assert check.derived(load_deck(DECK))["lithium_angle"] == pytest.approx(61.97, abs=0.01)
    soft = check.derived(load_deck(DECK, overrides=["layer.rigid=false"]))
    assert soft["lithium_angle"] == pytest.approx(105.37, abs=0.01)  # cos = (0.5² - 0.5² - 0.265²)/(2 0.5 0.265)
    assert soft["layer_angle"] == pytest.approx(105.37, abs=0.01)
    assert "Young's law" in check.report(load_deck(DECK))
    seed = "lithium.seeds=[{position=['0 um'], radius='0.2 um'}]"
    small = load_deck(DECK, overrides=["layer.thickness=80 nm", seed])
    assert [p.key for p in check.errors(small)] == ["layer.thickness"]
    assert [p.key for p in check.warnings(small)] == ["interface.width"]


def test_units_of_the_case():
    """Laplace's pressure of 0.5 J/m² over 1 µm is 0.5 MPa, and lithium under it 67 µV below lithium under none."""
    case = build(load_deck(DECK))
    curvature = case.scales.length / 1e-6
    assert case.scales.pressure * curvature == pytest.approx(0.5e6)
    assert case.scales.potential * curvature == pytest.approx(67.36e-6, rel=1e-3)
    assert case.scales.charge == pytest.approx(60e-9 * 96485 / 12.998e-6, rel=1e-4)

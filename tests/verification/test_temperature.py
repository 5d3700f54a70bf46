"""Warm and cold plating cells: every property follows its own activation energy, in scales, checks and models alike.

Bars: η and V of the flat cell at 25 and 60 °C within 0.4 % of the formula (record 030); numbers of ``check`` within
1e-12.
"""

import numpy as np
import pytest
from scipy.constants import R, physical_constants

from phasefield import check, materials
from phasefield.deck import parse_deck
from phasefield.errors import DeckError
from phasefield.physics.plating.case import build
from phasefield.physics.plating.scales import PlatingScales
from phasefield.run.runner import run
from tests.errors import refused

F = physical_constants["Faraday constant"][0]
#: At 25 °C, and activation energies [J/mol].
SIGMA, I0, FILM, D = 0.05, 10.0, 1e-6, 2e-10
OF_SIGMA, OF_I0, OF_FILM, OF_D = 14e3, 56e3, 40e3, 16e3
CURRENT, HEIGHT, START, THICKNESS = 20.0, 40e-6, 15e-6, 5e-9
DECK = f"""
[domain]
dimension = 1
size = ["40 um"]
cell_size = "0.5 um"
[electrolyte]
transport = "single-ion"
conductivity = "{SIGMA} S/m"
activation_energy = "14 kJ/mol"
[kinetics]
exchange_current_density = "{I0} A/m^2"
activation_energy = "56 kJ/mol"
[coating]
thickness = "5 nm"
conductivity = "{FILM} S/m"
activation_energy = "40 kJ/mol"
[interface]
width = "4 um"
[front]
height = "15 um"
[output]
snapshots = 1
[drive]
steps = ["Plate at {CURRENT} A/m2 for 100 s"]
"""
WARM = "conditions.temperature=60 degC"
LIQUID = (
    "electrolyte.transport=binary", "electrolyte.concentration=1 mol/L", f"electrolyte.diffusivity={D} m^2/s",
    "electrolyte.transference_number=0.3", "electrolyte.diffusion_activation_energy=16 kJ/mol",
)  # fmt: skip


def at(value, energy, T):
    return value * np.exp(-energy / R * (1 / T - 1 / 298.15))


@pytest.mark.parametrize("T", [298.15, 333.15])
def test_overpotential(tmp_path, T):
    """−η = (2RT/F) asinh(i/2i₀) + i h/σ_film, −V = −η + iL/σ, each property at T."""
    (tmp_path / "deck.toml").write_text(DECK)
    found = run(tmp_path / "deck.toml", tmp_path / "run", overrides=[f"conditions.temperature={T} K"]).history
    kinetic = 2 * R * T / F * np.arcsinh(CURRENT / 2 / at(I0, OF_I0, T))
    η = kinetic + CURRENT * THICKNESS / at(FILM, OF_FILM, T)
    gap = HEIGHT - START - CURRENT * found["Time [s]"] * 12.998e-6 / F
    assert found["Overpotential [V]"][1:] == pytest.approx(-η, rel=0.004)
    assert found["Cell voltage [V]"][1:] == pytest.approx(-(η + CURRENT * gap / at(SIGMA, OF_SIGMA, T))[1:], rel=0.004)


def test_warm_is_easier():
    """25 → 60 °C lowers the overpotential; without activation energies it rises by RT/F alone, and check warns."""
    cold, warm = (check.derived(parse_deck(DECK, overrides=o)) for o in ([], [WARM]))
    assert abs(warm["overpotential"]) < 0.5 * abs(cold["overpotential"])
    keys = [f"{section}.activation_energy=" for section in ("electrolyte", "kinetics", "coating")]
    bare = parse_deck(DECK, overrides=[WARM, *keys, *LIQUID[:-1]])
    assert abs(check.derived(bare)["overpotential"]) > abs(cold["overpotential"])
    warned = {problem.key for problem in check.warnings(bare)}
    assert warned >= {key.partition("=")[0] for key in keys} | {"electrolyte.diffusion_activation_energy"}
    zero = [f"{key}0 J/mol" for key in keys]
    for quiet in (parse_deck(DECK, overrides=o) for o in ([WARM], keys, [WARM, *zero])):
        assert not [p for p in check.warnings(quiet) if p.key.endswith("activation_energy")]


def test_scales_checks_and_model_have_the_same_values():
    T = 333.15
    deck = parse_deck(DECK, overrides=[WARM, *LIQUID])
    i0, σ, diffusivity, film = at(I0, OF_I0, T), at(SIGMA, OF_SIGMA, T), at(D, OF_D, T), at(FILM, OF_FILM, T)
    scales, numbers = PlatingScales.of(deck), check.derived(deck)
    assert scales.current == pytest.approx(i0, rel=1e-12)
    assert numbers["exchange_current_density"] == pytest.approx(i0, rel=1e-12)
    assert numbers["electrolyte_resistance"] == pytest.approx((HEIGHT - START) / σ, rel=1e-12)
    assert numbers["film_resistance"] == pytest.approx(THICKNESS / film, rel=1e-12)
    v = numbers["velocity"]
    assert numbers["diffusion_length"] == pytest.approx(diffusivity / v, rel=1e-12)
    case = build(deck)
    assert case.model.p.conductivity * scales.conductivity == pytest.approx(σ, rel=1e-12)
    assert case.model.p.diffusivity * scales.diffusivity == pytest.approx(diffusivity, rel=1e-12)
    assert case.planar.film * scales.resistance == pytest.approx(THICKNESS / film, rel=1e-12)
    row = next(line for line in check.report(deck).splitlines() if line.split()[:1] == ["electrolyte"])
    assert f"{σ * 1e3:.4g}" in row


MATERIAL = """
[domain]
dimension = 1
size = ["40 um"]
cell_size = "0.5 um"
[electrolyte]
transport = "binary"
material = "LiPF6-EC-EMC"
[lithium]
material = "Li"
[coating]
thickness = "5 nm"
material = "Al2O3"
[interface]
width = "4 um"
[front]
height = "15 um"
[drive]
steps = ["Plate at 1 mA/cm2 for 100 s"]
"""


def test_materials():
    """Values of the library, each with its activation energy; kinetics and interface energy are the electrolyte's."""
    deck, liquid = parse_deck(MATERIAL, overrides=[WARM]), materials.load("LiPF6-EC-EMC")
    T = 333.15
    assert deck.conductivity == pytest.approx(liquid.value("ionic_conductivity", T))
    assert deck.diffusivity == pytest.approx(liquid.value("diffusivity", T))
    assert deck.exchange_current_density == pytest.approx(liquid.value("exchange_current_density", T))
    assert deck.film_conductivity == pytest.approx(materials.load("Al2O3").value("ionic_conductivity", T))
    assert deck.lithium.molar_volume == materials.load("Li").value("molar_volume")
    assert deck.lithium.interface_energy == liquid.value("interface_energy")
    assert deck.electrolyte.concentration == 1000.0 and deck.electrolyte.transference_number == 0.2594
    solid = parse_deck(MATERIAL, overrides=["electrolyte.transport=single-ion", "electrolyte.material=LLZO"])
    assert solid.electrolyte.concentration is None
    assert solid.exchange_current_density == materials.load("c-LLZO").value("exchange_current_density")


def test_values_of_the_deck_come_first():
    """Of a value that the deck gives, the material's activation energy is not known to be that."""
    deck = parse_deck(MATERIAL, overrides=[
        WARM, "electrolyte.conductivity=0.5 S/m", "kinetics.exchange_current_density=1 mA/cm^2",
        "coating.conductivity=1e-8 S/m", "electrolyte.diffusivity=1e-10 m^2/s", "lithium.interface_energy=1 J/m^2",
        "lithium.molar_volume=13 cm^3/mol",
    ])  # fmt: skip
    assert (deck.conductivity, deck.exchange_current_density) == (0.5, 10.0)
    assert (deck.film_conductivity, deck.diffusivity) == (1e-8, 1e-10)
    assert (deck.lithium.interface_energy, deck.lithium.molar_volume) == (1.0, 13e-6)
    half = parse_deck(MATERIAL, overrides=["kinetics.cathodic_transfer_coefficient=0.3"])
    assert half.kinetics.cathodic_transfer_coefficient == 0.3
    assert half.exchange_current_density == materials.load("carbonate").value("exchange_current_density")


@pytest.mark.parametrize(("override", "key", "name"), [
    ("electrolyte.material=LiPF", "electrolyte.material", "LiPF"),
    ("electrolyte.material=Li3N", "kinetics", "kinetics"),
    ("coating.material=Li", "coating.conductivity", "mS/cm"),
    ("lithium.material=Lithum", "lithium.material", "Lithum"),
    ("electrolyte.activation_energy=-1 kJ/mol", "electrolyte.activation_energy", "J/mol"),
])  # fmt: skip
def test_what_is_refused(override, key, name):
    with refused(DeckError, key, name):
        parse_deck(MATERIAL, overrides=[override])


def test_a_single_ion_electrolyte_has_no_energy_of_diffusion():
    with refused(DeckError, "electrolyte.diffusion_activation_energy", "single-ion"):
        parse_deck(DECK, overrides=["electrolyte.diffusion_activation_energy=1 kJ/mol"])

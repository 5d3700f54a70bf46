"""Numbers and warnings of `phasefield check` on small decks with known answers."""

import json

import pytest

from phasefield import theory
from phasefield.check import derived, errors, report, require, warnings
from phasefield.deck import parse_deck
from phasefield.errors import DeckError
from tests.errors import refused
from tests.unit.decks import BINARY, COATED, FLAT, SINGLE_ION

HOLE = "coating.defects=[{position=['25 um'], width='5 um'}]"


def read(*overrides):
    return parse_deck(SINGLE_ION, "case.toml", overrides)


def warned(*overrides):
    return {problem.key: problem.message for problem in warnings(read(*overrides))}


def test_numbers_of_the_small_deck():
    """δ_PF = 2 µm, γ = 0.5 J/m², i₀ = 100 A/m², i = 60 A/m², worked out by hand."""
    numbers = derived(read())
    assert numbers["delta"] == pytest.approx(0.5e-6)
    assert numbers["W"] == pytest.approx(3e6)
    assert numbers["kappa"] == pytest.approx(1.5e-6)
    assert numbers["L_eta"] == pytest.approx(100 * 12.998e-6 / (6 * 0.5e-6 * 96485.332))
    assert numbers["velocity"] == pytest.approx(8.083e-9, rel=1e-3)
    assert numbers["mobility"] == pytest.approx(0.39 * 2e-6 * numbers["velocity"])
    assert numbers["stability_threshold"] == pytest.approx(1.6)
    assert numbers["interface_cells"] == pytest.approx(1.0986 * 6.4, rel=1e-4)
    # 2 i₀ sinh(F|η|/2RT) = i, so R_ct = RT/(F i₀) / √(1 + (i/2i₀)²)
    assert numbers["charge_transfer_resistance"] == pytest.approx(2.56926e-4 / 1.09**0.5, rel=1e-5)
    assert numbers["planned_height"] == pytest.approx(10e-6 + 1000 * numbers["velocity"])
    assert numbers["limiting_current"] is None, "a single-ion conductor has none"
    assert numbers["film_resistance"] == 0
    assert numbers["current_focusing"] == 1


def test_derived_is_json():
    for overrides in ((), BINARY, COATED, FLAT, (*COATED, HOLE)):
        json.dumps(derived(read(*overrides)), allow_nan=False)


def test_a_film_slows_growth():
    """The film adds its resistance to charge transfer, and the growth rate falls as the formula says."""
    bare, coated = derived(read()), derived(read(*COATED, f"interface.mobility={1e-15} m^2/s"))
    assert coated["film_resistance"] == pytest.approx(0.01)
    resistance = coated["charge_transfer_resistance"] + 0.01
    rate = theory.growth_rate(2 * 3.141592653589793 / 50e-6, bare["velocity"], 0.01, resistance, 1e-15)
    assert coated["ripples"] == [{"wavelength": 50e-6, "growth_rate": pytest.approx(rate)}]
    assert coated["wagner_number"] > 40 * bare["wagner_number"]


def test_current_focuses_at_defects():
    """A film that blocks all current leaves it to a hole of a tenth of the width: ten times the density."""
    numbers = derived(read("coating.thickness=10 nm", "coating.conductivity=1e-15 S/m", HOLE))
    assert numbers["current_focusing"] == pytest.approx(10.0, rel=1e-6)
    threshold = numbers["stability_threshold"]
    assert numbers["stability_threshold_at_defects"] == pytest.approx(threshold / 10, rel=1e-6)


def test_a_voltage_is_turned_into_a_current():
    """The largest planned current of a potentiostatic step is that of the planar cell."""
    deck = read("drive.steps=[{mode='potentiostatic', voltage='-0.2 V', duration='10 s'}]")
    expected = theory.planar_current(-0.2, theory.RateLaw(100.0, 298.15), 50e-6 / 0.01)
    assert derived(deck)["current_density"] == pytest.approx(expected)


def test_stripping_and_charge_limit_the_planned_height():
    rest = "{mode='rest', duration='1 s'}"
    steps = "drive.steps=[{mode='galvanostatic', current_density='%s A/m^2', duration='100 s'}, " + rest + "]"
    v = theory.front_velocity(10.0, 12.998e-6)
    stripped = derived(read(steps % -10))
    assert stripped["lowest_height"] == pytest.approx(10e-6 - 100 * v)
    assert stripped["planned_height"] == pytest.approx(10e-6)
    assert stripped["most_unstable_wavelength"] is None
    limited = derived(read(steps % 10, "stop.charge=500 C/m^2"))
    assert limited["planned_height"] == pytest.approx(10e-6 + 50 * v)


def test_the_small_deck_is_sound():
    assert errors(read()) == []
    assert warnings(read()) == []


def test_resolution():
    """6 cells across the 10–90 % width are good, 4 the least."""
    assert "only 4.4 cells" in warned("interface.width=1.25 um")["interface.width"]
    coarse = read("interface.width=1 um")
    assert "3.5 cells" in errors(coarse)[0].message
    assert warnings(coarse) == []
    with refused(DeckError, "interface.width", "--force") as caught:
        require(coarse, "case.toml")
    assert str(caught.value).startswith("case.toml: interface.width: ")
    require(coarse, "case.toml", force=True)


@pytest.mark.parametrize(
    ("overrides", "key", "message"),
    [
        (["interface.mobility=1e-15 m^2/s"], "interface.mobility", "0.049, "),
        ([*COATED, HOLE, "interface.mobility=6e-15 m^2/s"], "interface.mobility", "8.2 times"),
        (BINARY, "drive.steps", "55.13 A/m^2"),
        (["stop.time=2 h"], "domain.size", "69.2 µm"),
        (["drive.steps.0.current_density=-60 A/m^2", "stop.time=2000 s"], "drive.steps", "lithium"),
        (["stop.tip_height=11 um"], "stop.tip_height", "initial"),
        (["stop.tip_height=61 um"], "stop.tip_height", "60 µm"),
        (["front.cosines.0.wavelength=30 um"], "front.cosines.0.wavelength", "3.333 half waves"),
        (["front.seeds=[{position=['9 um'], radius='1 um'}]"], "front.seeds.0.radius", "2 µm"),
        (["front.height=4 um"], "front.height", "valleys"),
        ([*COATED, "coating.thickness=1 um"], "coating.thickness", "312.5 nm"),
        (["kinetics.law=linear", "drive.steps.0.current_density=300 A/m^2"], "kinetics.law", "RT/F"),
        (["interface.mobility=1e-10 m^2/s"], "domain.size", "narrow"),
        (["interface.mobility=1e-17 m^2/s"], "interface.width", "shorter than 3 widths"),
        (["domain.cell_size=", "domain.cells=[160, 384]"], "domain.cells", "square"),
    ],
)
def test_warnings(overrides, key, message):
    assert message in warned(*overrides)[key]


def test_report_reads_well():
    """Every line fits a terminal, sections are there, and only what applies is shown."""
    text = report(read())
    assert text.startswith("Small\n\nCase\n")
    assert max(len(line) for line in text.splitlines()) <= 110
    assert "Sand's time" not in text
    assert "film" not in text
    binary = report(read(*BINARY, *COATED, HOLE))
    assert "Sand's time" in binary
    assert "film R_film" in binary
    assert "current at defects" in binary
    assert "Growth of small ripples" not in report(read(*FLAT))

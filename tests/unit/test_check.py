"""Numbers and warnings of `phasefield check` on small decks with known answers."""

import json
import math
from pathlib import Path

import pytest

from phasefield import theory
from phasefield.check import derived, errors, report, require, warnings
from phasefield.deck import load_deck, parse_deck
from phasefield.errors import DeckError
from tests.errors import refused
from tests.unit.decks import BINARY, COATED, FLAT, SINGLE_ION
from tests.verification.sharp_front import SharpFront

INPUTS = Path(__file__).parents[2] / "inputs"
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
    assert numbers["velocity"] == pytest.approx(8.083e-9, rel=1e-3)
    assert numbers["keeping_mobility"] == pytest.approx(0.5 * 2e-6 * numbers["velocity"])
    assert numbers["mobility"] == numbers["keeping_mobility"]
    assert numbers["effective_interface_energy"] == pytest.approx(0.5), "the mobility is no capillarity"
    assert numbers["interface_cells"] == pytest.approx(1.0986 * 6.4, rel=1e-4)
    # 2 i₀ sinh(F|η|/2RT) = i, so R_ct = RT/(F i₀) / √(1 + (i/2i₀)²)
    assert numbers["charge_transfer_resistance"] == pytest.approx(2.56926e-4 / 1.09**0.5, rel=1e-5)
    assert numbers["planned_height"] == pytest.approx(10e-6 + 1000 * numbers["velocity"])
    assert numbers["limiting_current"] is None, "a single-ion conductor has none"
    assert numbers["film_resistance"] == 0
    assert numbers["current_focusing"] == 1


def test_a_large_drop_across_the_interface_is_a_warning():
    """i δ_PF/σ over RT/F = 25.69 mV: 60 A/m² · 2 µm/0.01 S/m = 12 mV; 2 RT/F are reached at 256.9 A/m²."""
    assert derived(read())["interface_drop"] == pytest.approx(0.012)
    for current, text in (("256", ""), ("258", "drop by 2 RT/F"), ("513.8", "here a width of 1 µm")):
        deck = read(f"drive.steps.0.current_density={current} A/m^2")
        found = [p.message for p in warnings(deck) if p.key == "interface.width" and "RT/F" in p.message]
        assert text in "".join(found)
        assert bool(found) == bool(text)
    with pytest.raises(DeckError, match="drop by 23 RT/F"):
        require(read("drive.steps.0.current_density=3000 A/m^2"), "case.toml")


def test_charge_transfer_can_be_too_fast_for_the_solver():
    """RT/F over δ_PF/σ = 25.69 mV · 0.01 S/m / 2 µm is 128.46 A/m²; a warning from 500 times that, 64.2 kA/m²."""
    key = "kinetics.exchange_current_density"
    assert key not in warned(f"{key}=64 kA/m^2")
    assert "1.285e+04 A/m^2 gives nearly" in warned(f"{key}=64.5 kA/m^2")[key]
    assert key not in warned(f"{key}=64.5 kA/m^2", *COATED)


def test_derived_is_json():
    for overrides in ((), BINARY, COATED, FLAT, (*COATED, HOLE)):
        json.dumps(derived(read(*overrides)), allow_nan=False)


def test_a_film_slows_growth():
    """The film adds its resistance to charge transfer, and the growth rate falls as the formula says."""
    bare, coated = derived(read()), derived(read(*COATED))
    assert coated["film_resistance"] == pytest.approx(0.01)
    resistance = coated["charge_transfer_resistance"] + 0.01
    capillary = 0.5 * (12.998e-6 / 96485.33212) ** 2 / resistance  # γV²/(F²R)
    rate = theory.growth_rate(2 * math.pi / 50e-6, bare["velocity"], 0.01, resistance, capillary)
    assert coated["ripples"] == [{"wavelength": 50e-6, "growth_rate": pytest.approx(rate)}]
    assert coated["wagner_number"] > 40 * bare["wagner_number"]


def test_what_acts_as_capillarity():
    """The interface energy, whatever the mobility; with effective capillarity the mobility, as γ = ΓF²R/V²."""
    ripple = 2 * math.pi / 50e-6
    for choice in ("auto", "physical", "effective"):
        found = derived(read(f"interface.capillarity={choice}", "interface.mobility=4e-14 m^2/s"))
        resistance = found["charge_transfer_resistance"]
        energy = 4e-14 * resistance / (12.998e-6 / 96485.33212) ** 2 if choice == "effective" else 0.5
        assert found["effective_interface_energy"] == pytest.approx(energy)
        capillary = energy * (12.998e-6 / 96485.33212) ** 2 / resistance
        rate = theory.growth_rate(ripple, found["velocity"], 0.01, resistance, capillary)
        assert found["ripples"][0]["growth_rate"] == pytest.approx(rate)


def test_automatic_mobility_is_at_least_that_of_the_interface_energy():
    """1 µA/cm² needs 1.3e-18 m²/s to keep the profile, γ = 0.5 J/m² amounts to γV²/(F²R_ct) = 3.5e-17 m²/s."""
    numbers = derived(read("drive.steps.0.current_density=1e-2 A/m^2"))
    assert numbers["keeping_mobility"] == pytest.approx(0.5 * 2e-6 * 1e-2 * 12.998e-6 / 96485.33212)
    resistance = 8.31446261815324 * 298.15 / 96485.33212 / 100.0
    assert numbers["mobility"] == pytest.approx(0.5 * (12.998e-6 / 96485.33212) ** 2 / resistance, rel=1e-6)


def test_current_focuses_at_defects():
    """A film that blocks all current leaves it to a hole of a tenth of the width: ten times the density."""
    numbers = derived(read("coating.thickness=10 nm", "coating.conductivity=1e-15 S/m", HOLE))
    assert numbers["current_focusing"] == pytest.approx(10.0, rel=1e-6)
    assert numbers["keeping_mobility"] == pytest.approx(10 * 0.5 * 2e-6 * numbers["velocity"], rel=1e-6)


def test_a_voltage_is_turned_into_a_current():
    """The largest planned current of a potentiostatic step is that of the planar cell."""
    deck = read("drive.steps=[{mode='potentiostatic', voltage='-0.2 V', duration='10 s'}]")
    expected = theory.planar_current(-0.2, theory.RateLaw(100.0, 298.15), 50e-6 / 0.01)
    assert derived(deck)["current_density"] == pytest.approx(expected)


def currents(*steps):
    """Override: galvanostatic steps, given as (current density [A/m^2], duration [s])."""
    listed = [f"{{mode='galvanostatic', current_density='{i} A/m^2', duration='{t} s'}}" for i, t in steps]
    return f"drive.steps=[{', '.join(listed)}]"


def voltage(volts, seconds):
    return f"drive.steps=[{{mode='potentiostatic', voltage='{volts} V', duration='{seconds} s'}}]"


#: V_Li/F of the small deck [m^3/C], its height of the front [m] and RT/F at 25 °C [V].
PER_CHARGE, START, THERMAL = 12.998e-6 / 96485.33212, 10e-6, 8.31446261815324 * 298.15 / 96485.33212


def test_a_deck_that_strips():
    """2 i₀ sinh(Fη/2RT) = |i| with η > 0, R_ct = RT/(F i₀) / √(1 + (i/2i₀)²); the height falls by i t V_Li/F."""
    deck = read(currents((-60, 300)))
    numbers = derived(deck)
    assert numbers["overpotential"] == pytest.approx(2 * THERMAL * math.asinh(0.3))
    assert numbers["charge_transfer_resistance"] == pytest.approx(THERMAL / 100 / 1.09**0.5)
    assert numbers["stripping_overpotential"] == numbers["overpotential"]
    assert numbers["stripping_charge_transfer_resistance"] == numbers["charge_transfer_resistance"]
    assert numbers["planned_height"] == numbers["lowest_height"] == pytest.approx(START - 18_000 * PER_CHARGE)
    assert numbers["highest_height"] == START
    assert numbers["most_unstable_wavelength"] is None
    text = report(deck)
    assert "at an overpotential of 15.19 mV" in text and "R_ct while stripping" not in text
    assert "7.575 µm" in text


def test_a_deck_that_plates_and_strips():
    """R_ct and overpotential of either, with α_a = 0.3 and α_c = 0.7; the heights at the end and between."""

    def law(x, a=0.3, c=0.7):
        return math.exp(a * x) - math.exp(-c * x), a * math.exp(a * x) + c * math.exp(-c * x)

    coefficients = ("kinetics.anodic_transfer_coefficient=0.3", "kinetics.cathodic_transfer_coefficient=0.7")
    deck = read(currents((60, 600), (-200, 100)), *coefficients)
    numbers = derived(deck)
    for name, current in (("", 60), ("stripping_", -200)):
        rate, slope = law(numbers[f"{name}overpotential"] / THERMAL)
        assert 100 * rate == pytest.approx(-current)
        assert numbers[f"{name}charge_transfer_resistance"] == pytest.approx(THERMAL / (100 * slope))
    assert numbers["highest_height"] == pytest.approx(START + 36_000 * PER_CHARGE)
    assert numbers["planned_height"] == pytest.approx(START + 16_000 * PER_CHARGE)
    assert numbers["lowest_height"] == START
    text = report(deck)
    assert "R_ct while stripping" in text
    assert "planned end" in text and "10 µm at the start, 14.85 µm at most" in text
    assert "most unstable wavelength" in text and "no lithium is plated" not in text


@pytest.mark.parametrize(("volts", "seconds"), [(0.2, 2000), (-0.2, 4000)])
def test_a_voltage_moves_the_front(volts, seconds):
    """Linear kinetics: with G = H − h + σR_ct, dG/dt = σ V V_Li/(F G), so G² grows in proportion to time."""
    numbers = derived(read(voltage(volts, seconds), "kinetics.law=linear", "stop.time=4000 s"))
    beyond = 0.01 * THERMAL / 100  # σR_ct
    gap = math.sqrt((50e-6 + beyond) ** 2 + 2 * 0.01 * volts * PER_CHARGE * seconds)
    assert numbers["planned_height"] - START == pytest.approx(50e-6 + beyond - gap, rel=1e-3)
    assert math.copysign(1.0, numbers["overpotential"]) == math.copysign(1.0, volts)


def test_limits_of_the_planned_height():
    """The run ends at a charge, at the height of a tip, or with the lithium; later steps are not done."""
    strip = currents((10, 100), (-10, 100))
    assert derived(read(strip))["planned_height"] == pytest.approx(START)
    assert derived(read(strip, "stop.charge=500 C/m^2"))["planned_height"] == pytest.approx(START + 500 * PER_CHARGE)
    by_tip = derived(read(currents((60, 1000)), "stop.tip_height=14 um"))  # a ripple of 1 µm is on the front
    assert by_tip["planned_height"] == pytest.approx(13e-6)
    bare = read(currents((-60, 3000), (60, 3000)), "stop.time=6000 s")
    assert derived(bare)["planned_height"] == derived(bare)["lowest_height"] == 0
    assert "all lithium is stripped" in report(bare)


def test_no_steady_interphase_while_stripping():
    """The lithium must advance for the interphase to thin to a steady thickness; the largest current may strip."""
    deck = INPUTS / "flagship_uncoated.toml"
    as_shipped = derived(load_deck(deck, [currents((60, 10))]))["steady_thickness"]
    both = load_deck(deck, [currents((60, 10), (-600, 10))])
    assert derived(both)["steady_thickness"] == as_shipped > 0
    stripped = load_deck(deck, [currents((-60, 10))])
    assert derived(stripped)["steady_thickness"] is None
    assert "steady thickness" not in report(stripped) and "60 A/m²" in report(stripped)


def test_an_unknown_current_is_not_reported_as_zero():
    """Of an electrode at a given voltage, the current is what the run computes."""
    text = report(load_deck(INPUTS / "contact_point.toml", [voltage(4.1, 10)]))
    assert "current density" not in text and "difference of content" not in text


def test_the_small_deck_is_sound():
    assert errors(read()) == []
    assert warnings(read()) == []


def test_resolution():
    """6 cells across the 10–90 % width are good, 4 the least."""
    assert "only 4.4 cells" in warned("interface.width=1.25 um")["interface.width"]
    coarse = read("interface.width=1 um")
    assert "3.5 cells" in errors(coarse)[0].message
    assert warnings(coarse) == []
    with refused(DeckError, "interface.width", "force=True") as caught:
        require(coarse, "case.toml")
    assert str(caught.value).startswith("case.toml: interface.width: ")
    require(coarse, "case.toml", force=True)


@pytest.mark.parametrize(
    ("overrides", "key", "message"),
    [
        # a fifth of ½ δ_PF v; in a hole that the current takes 8.16 times as fast, of 8.16 times as much
        (["interface.mobility=1.6e-15 m^2/s"], "interface.mobility", "1.617e-15 m^2/s"),
        ([*COATED, HOLE, "interface.mobility=1.3e-14 m^2/s"], "interface.mobility", "1.319e-14 m^2/s"),
        (BINARY, "drive.steps", "55.13 A/m^2"),
        (["stop.time=2 h"], "domain.size", "69.2 µm"),
        (["drive.steps.0.current_density=-60 A/m^2", "stop.time=2000 s"], "drive.steps", "lithium"),
        (["stop.tip_height=11 um"], "stop.tip_height", "initial"),
        (["stop.tip_height=61 um"], "stop.tip_height", "60 µm"),
        (["front.cosines.0.wavelength=30 um"], "front.cosines.0.wavelength", "3.333 half waves"),
        (["front.seeds=[{position=['9 um'], radius='1.9 um'}]"], "front.seeds.0.radius", "3.8 µm, narrower"),
        (["front.spheres=[{position=['9 um', '9 um'], radius='1.9 um'}]"], "front.spheres.0.radius", "3.8 µm, narrow"),
        (["front.bumps=[{position=['9 um'], height='1 um', width='3.9 um'}]"], "front.bumps.0.width", "3.9 µm, narrow"),
        (["front.cosines.0.wavelength=6.25 um"], "front.cosines.0.wavelength", "3.125 µm, narrower"),
        (["front.height=4 um"], "front.height", "valleys"),
        ([*COATED, "coating.thickness=1 um"], "coating.thickness", "312.5 nm"),
        (["kinetics.law=linear", "drive.steps.0.current_density=300 A/m^2"], "kinetics.law", "RT/F"),
        (["interface.mobility=1e-10 m^2/s", "interface.capillarity=effective"], "domain.size", "narrow"),
        (["lithium.interface_energy=1e6 J/m^2"], "domain.size", "narrow"),
        (["domain.cell_size=", "domain.cells=[160, 384]"], "domain.cells", "square"),
    ],
)
def test_warnings(overrides, key, message):
    assert message in warned(*overrides)[key]


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        (["electrolyte.material=c-LLZO"], "electrolyte.material"),  # 149.8 GPa; lithium has 7.82
        (["mechanics.electrolyte={youngs_modulus='8 GPa', poisson_ratio=0.3}"], "mechanics.electrolyte.youngs_modulus"),
        (["mechanics.electrolyte={youngs_modulus='7.6 GPa', poisson_ratio=0.3}"], None),
        (["electrolyte.material=Li2B12H12"], None),  # no modulus is known
    ],
)
def test_lithium_does_not_grow_into_a_ceramic_as_into_a_liquid(overrides, key):
    """A solid that is stiffer than lithium is a case for the model of cracks, which the warning names."""
    found = {name: message for name, message in warned(*overrides).items() if '"crack"' in message}
    assert set(found) == ({key} if key else set())


@pytest.mark.parametrize(
    ("override", "key", "named"),
    [
        ("time.max_step=1e-9 s", "time.max_step", "1e+12"),
        ("time.initial_step=99 ns", "time.initial_step", "100 ns"),
        ("interface.width=60 um", "interface.width", "60 µm"),
    ],
)
def test_a_run_that_would_not_end_or_has_no_room_for_its_front(override, key, named):
    """Errors, not problems of the deck: --force runs it."""
    deck = read(override)
    assert [problem.key for problem in errors(deck)] == [key]
    with refused(DeckError, key, named, "force=True"):
        require(deck, "case.toml")
    require(deck, "case.toml", force=True)


def test_a_front_that_moves_less_than_round_off():
    """Lithium of 10 µm that grows by 1e-9 of that in 1000 s at 7.4e-8 A/m² is a warning, a rest is none."""
    assert "drive.steps" in warned("drive.steps.0.current_density=7e-8 A/m^2")
    assert "drive.steps" not in warned("drive.steps.0.current_density=8e-8 A/m^2")
    assert "drive.steps" not in warned("drive.steps=[{mode='rest', duration='1 s'}]")


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


def row(text, title):
    (found,) = (line for line in text.splitlines() if line.strip().startswith(title))
    return found


def test_report_says_what_acts_as_capillarity():
    """The energy of the deck, or that of Γ beside it; where Γ comes from; ripples too short for the width."""
    auto, effective = report(read()), report(read("interface.capillarity=effective", "interface.mobility=4e-14 m^2/s"))
    assert row(auto, "interface energy that acts").split("acts")[1].split() == ["0.5", "J/m²", "from", "the", "deck"]
    assert "automatic; 8.083e-15 m²/s keeps the profile" in row(auto, "mobility Γ")
    assert "from the deck; 8.083e-15 m²/s keeps the profile" in row(effective, "mobility Γ")
    energy = derived(read("interface.capillarity=effective", "interface.mobility=4e-14 m^2/s"))
    ratio = energy["effective_interface_energy"] / 0.5
    assert f"of Γ; {ratio:.3g} times the physical one" in row(effective, "interface energy that acts")
    assert "shorter than 20 µm" in row(auto, "shortest growing wavelength"), "ten widths"
    assert "shorter" not in row(effective, "shortest growing wavelength")


SALT = (
    "electrolyte.transport=binary", "electrolyte.conductivity=1 S/m", "electrolyte.concentration=1 mol/L",
    "electrolyte.diffusivity=3e-10 m^2/s", "electrolyte.transference_number=0.38",
    "kinetics.exchange_current_density=200 A/m^2", "domain.size=['50 um', '30 um']", "domain.cells=[200, 120]",
    "front.height=5 um", "stop.time=1 min", "front.cosines=", "domain.cell_size=",
)  # fmt: skip


@pytest.mark.parametrize("widths", [1.49, 1.51])
def test_layer_without_salt(widths):
    """√(D t_Sand) of a current beyond the limit, thinner or thicker than one and a half widths of 2 µm."""
    layer = widths * 2e-6
    current = math.sqrt(math.pi) * 3e-10 * 1000 * theory.FARADAY / (2 * 0.62 * layer)
    found = warned(*SALT, f"drive.steps.0.current_density={current} A/m^2")
    assert (f"{2 * widths:.3g} µm" in found["interface.width"]) == (widths < 1.5)


@pytest.mark.parametrize("voltage", [0.1, 0.3, 0.5])
def test_salt_at_a_front_that_plates_for_long(voltage):
    """Current and salt at a voltage are those of a sharp front on a moving grid after 2 s: 1 %, 2 % of c₀."""
    found = derived(read(*SALT, f"drive.steps=[{{mode='potentiostatic', voltage='{-voltage} V'}}]"))
    front = SharpFront(5e-6, 30e-6, 3e-10, 0.38, 1000.0, 1.0, 200.0)
    for _ in range(200):
        current = front.current(voltage, 0.01)
        salt = front.advance(current, 0.01)
    gap = (front.top - front.height) / 25e-6  # narrower since, with the same salt: steeper by its square
    assert found["sustained_current"] == pytest.approx(current * gap**2, rel=0.01)
    assert found["salt_at_front"] == pytest.approx(salt / 1000.0, abs=0.02)


@pytest.mark.parametrize(("current", "time"), [(2500, 60), (2500, 0.1), (9000, 60)])
def test_salt_at_a_given_current(current, time):
    """What is left of it: by the limiting current, before that by Sand's time, above the limit nothing."""
    drive = f"drive.steps=[{{mode='galvanostatic', current_density='{current} A/m^2'}}]"
    found = derived(read(*SALT, drive, f"stop.time={time} s"))
    steady, early = 1 - current / 3735.0, 1 - math.sqrt(time / found["sand_time"])
    assert found["salt_at_front"] == pytest.approx(max(steady, early, 1e-9), rel=1e-3)
    assert found["sustained_current"] == current


@pytest.mark.parametrize("current", [2500, 4500])
def test_salt_at_a_hold_after_a_given_current(current):
    """That of the hold if the current is above the limit of 3735 A/m², that of the current if the hold passes more."""
    given = f"{{mode='galvanostatic', current_density='{current} A/m^2', until={{voltage='-0.3 V'}}, duration='1 min'}}"
    alone = derived(read(*SALT, f"drive.steps=[{given}]"))
    held = derived(read(*SALT, "drive.steps=[{mode='potentiostatic', voltage='-0.3 V'}]"))
    assert 2500 < held["sustained_current"] < 3735 < held["current_density"]
    both = derived(read(*SALT, f"drive.steps=[{given}, {{mode='potentiostatic', voltage='-0.3 V', duration='1 min'}}]"))
    kept = ("sustained_current", "salt_at_front", "reach")
    assert [both[key] for key in kept] == [(held if current > 3735 else alone)[key] for key in kept]
    assert both["current_density"] == current and both["depletion"] == pytest.approx(current / 3735.0, rel=1e-3)


def test_salt_at_a_voltage_that_no_salt_carries():
    """10 V take all salt and the limiting current; a voltage that the pressure in the lithium overcomes takes none."""
    found = derived(read(*SALT, "drive.steps=[{mode='potentiostatic', voltage='-10 V'}]"))
    assert found["sustained_current"] == pytest.approx(3735.0, rel=1e-3)
    assert 0 < found["salt_at_front"] < 1e-6
    pressed = "drive.steps=[{mode='potentiostatic', voltage='1 mV'}]", "lithium.pressure=130 MPa"
    assert derived(read(*SALT, *pressed))["salt_at_front"] == 1


def test_an_interface_energy_without_meaning():
    """γV_Li/RT = 5.24e-9 m per J/m²: 10 widths of 2 µm are 3814 J/m²."""
    require(read("lithium.interface_energy=3800 J/m^2"), "case.toml")
    with refused(DeckError, "lithium.interface_energy", "case.toml", "20.08 µm"):
        require(read("lithium.interface_energy=3830 J/m^2"), "case.toml")


def test_a_mobility_with_which_no_run_ends():
    """Steps of δ²/Γ = (0.5 µm)²/1e-8 m²/s = 25 µs: 4e7 in the 1000 s of the deck."""
    with refused(DeckError, "interface.mobility", "case.toml", "25 µs"):
        require(read("interface.mobility=1e-8 m^2/s"), "case.toml")


def test_a_width_that_decides_the_shape():
    """A warning where the ripple that grows fastest is shorter than two widths, and the reach than one."""
    voltages = (f"drive.steps=[{{mode='potentiostatic', voltage='{v} V'}}]" for v in (-0.15, -0.6))
    mild, strong = (read(*SALT, voltage) for voltage in voltages)
    assert derived(mild)["reach"] > mild.interface.width > strong.interface.width / 2 > derived(strong)["reach"]
    assert "interface.width" not in {problem.key for problem in warnings(mild)}
    (found,) = (problem.message for problem in warnings(strong) if problem.key == "interface.width")
    assert "reach" in found
    assert "salt at a flat front" in report(strong)


def test_a_product_that_conducts_nothing():
    """A warning where k_r δ/k_p is above 1e11, and by which factor: k_p = 2.8e-28 m²/s, δ = 90 nm, k_r = 10 nm/s."""

    def found(velocity):
        changes = "product.electronic_conductivity=1e-20 S/cm", "layer.height=360 nm", f"reaction.velocity={velocity}"
        deck = load_deck(INPUTS / "systems/lagp.toml", changes)
        return {problem.key: problem.message for problem in warnings(deck)}.get("interface.width", "")

    assert "3e+12" in found("10 nm/s")
    assert "32 times slower" in found("10 nm/s")
    assert not found("0.3 nm/s")

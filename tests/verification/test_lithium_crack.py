"""Lithium in a flaw of a solid electrolyte: arrest, growth, charge, and what a deck may ask for."""

from dataclasses import replace

import numpy as np
import pytest

from phasefield import check
from phasefield.deck import parse_deck
from phasefield.errors import DeckError
from phasefield.io.rundir import open_run
from phasefield.physics.registry import build
from phasefield.run.runner import run
from phasefield.theory import crack as laws
from tests.errors import refused
from tests.parallel.pool import on_ranks
from tests.verification import crack_support as exact

COARSE = exact.COARSE


def history(folder, current, time, overrides=()):
    """A run at a current [A/m²] for a time [s], and its history."""
    deck = parse_deck(exact.DECK.format(current=0.1 * current, time=time), overrides=overrides)
    done = run(deck, folder / "run")
    opened = open_run(done.path)
    return opened, opened.history


@pytest.mark.parametrize("part", [pytest.param(0.8, marks=pytest.mark.slow), 0.95])
def test_below_the_critical_current_the_flaw_arrests(tmp_path, part):
    """p = F⟨η⟩/V_Li, the mean over a flaw without width: within 1 %; the crack has grown by less than l."""
    pressure, current = exact.critical()
    _, found = history(tmp_path, part * current, 60)
    assert found["Pressure [Pa]"][-1] == pytest.approx(part * pressure, rel=0.01)
    assert found["Crack length [m]"][-1] < 1.075 * exact.LENGTH
    assert abs(found["Current into the crack [1]"][-1]) < 0.005
    assert np.max(np.abs(found["Charge closure [1]"])) < 1e-6


def test_above_the_critical_current_the_flaw_grows(tmp_path):
    """At 1.3 of it: at Griffith's pressure, within 5 %, since the tip of a flaw is blunt."""
    pressure, current = exact.critical()
    _, found = history(tmp_path, 1.3 * current, 20)
    assert found["Crack length [m]"][-1] > 1.15 * exact.LENGTH
    assert np.max(found["Pressure [Pa]"]) == pytest.approx(pressure, rel=0.05)
    assert np.max(np.abs(found["Charge closure [1]"])) < 1e-6


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A coarse flaw at 1.5 times its critical current."""
    return history(tmp_path_factory.mktemp("grown"), 40.0, 12, (*COARSE, "output.snapshots=2"))


def test_the_lithium_is_what_opens_the_crack(grown):
    """Charge in the crack = volume that it has opened F/V_Li = charge passed less that at the electrode."""
    opened, found = grown
    last = opened.snapshot(-1)
    thickness = np.sum(last["lithium"]) * 1e-12 / 51e-6  # cells of 1 µm²
    charge = thickness * exact.FARADAY / exact.VOLUME
    assert found["Charge in the crack [C/m2]"][-1] == pytest.approx(charge, rel=1e-6)
    gained = found["Charge passed [C/m2]"] - found["Charge at the electrode [C/m2]"]
    np.testing.assert_allclose(found["Charge in the crack [C/m2]"], gained, atol=1e-6 * gained[-1])
    assert found["Crack length [m]"][-1] > 1.15 * exact.LENGTH
    assert np.all(np.diff(found["Crack length [m]"]) > -1e-12)


def test_the_work_of_the_lithium_becomes_crack_and_strain(grown):
    """∫ p dV from the charge in the crack against elastic and surface energy, within 3 %."""
    _, found = grown
    p, charge = found["Pressure [Pa]"], found["Charge in the crack [C/m2]"]
    work = np.sum(0.5 * (p[1:] + p[:-1]) * np.diff(charge)) * exact.VOLUME / exact.FARADAY
    stored = found["Elastic energy [J/m2]"] + found["Surface energy [J/m2]"]
    assert stored[-1] - stored[0] == pytest.approx(work, rel=0.03)


def test_the_crack_does_not_follow_the_time_step(grown, tmp_path):
    """Half the steps: pressure within 1 %, length within 2 %."""
    _, found = grown
    longest = float(np.max(found["Time step [s]"]))
    _, fine = history(tmp_path, 40.0, 12, (*COARSE, f"time.max_step={0.5 * longest} s"))
    assert fine["Pressure [Pa]"][-1] == pytest.approx(found["Pressure [Pa]"][-1], rel=0.01)
    assert fine["Crack length [m]"][-1] == pytest.approx(found["Crack length [m]"][-1], rel=0.02)


def test_a_toughness_that_falls_with_the_current(grown, tmp_path):
    """A quarter of the energy: growth at half the pressure, within 3 %, below the critical current of the solid."""
    _, found = grown
    corrosion = "electrolyte.corrosion={current_density='1e-4 mA/cm^2', least_toughness=0.5}"
    _, corroded = history(tmp_path, 20.0, 16, (*COARSE, corrosion))
    assert np.max(corroded["Pressure [Pa]"]) == pytest.approx(0.5 * np.max(found["Pressure [Pa]"]), rel=0.03)
    assert corroded["Crack length [m]"][-1] > 1.15 * exact.LENGTH
    assert np.max(np.abs(corroded["Charge closure [1]"])) < 1e-6


def test_the_law_of_corrosion():
    """Half of the fall at i½; none without plating; at the critical current, i = i_c f(i)."""
    assert laws.corroded(2.0, 2.0, 0.25) == pytest.approx(0.625)
    assert laws.corroded(-5.0, 2.0, 0.25) == 1
    assert laws.corroded(1e9, 2.0, 0.25) == pytest.approx(0.25)
    numbers = check.derived(deck("electrolyte.corrosion={current_density='0.5 mA/cm^2'}"))
    i, plain = numbers["corroded_current_density"], numbers["critical_current_density"]
    assert i == pytest.approx(plain * (0.25 + 0.75 / (1 + i / 5)))
    assert check.derived(deck())["corroded_current_density"] is None


def test_stripping_closes_the_crack(tmp_path):
    """The lithium goes back through the crack's faces; when none is left, the run ends. The damage stays."""
    steps = (
        "drive.steps=[{mode='galvanostatic', current_density='2 mA/cm^2', duration='3 s'}, "
        "{mode='galvanostatic', current_density='-2 mA/cm^2'}]",
    )
    opened, found = history(tmp_path, 1.0, 60, (*COARSE, *steps))
    assert opened.status["reason"] == "the lithium in the crack is used up"
    assert found["Pressure [Pa]"].max() > 5e7
    assert found["Pressure [Pa]"][-1] == 0
    assert found["Opening [m]"][-1] < 0.02 * found["Opening [m]"].max()
    assert np.max(np.abs(found["Charge closure [1]"][1:])) < 1e-6
    assert np.min(opened.snapshot(-1)["d"][25, :9]) > 0.99


def test_an_open_mouth_holds_no_pressure(tmp_path):
    """Far above the critical current the lithium flows out, and nothing grows."""
    _, found = history(tmp_path, 100.0, 5, (*COARSE, "flaw.mouth=open", "mechanics.pressure=5 MPa"))
    np.testing.assert_allclose(found["Pressure [Pa]"], 5e6)
    assert found["Crack length [m]"][-1] == pytest.approx(exact.LENGTH, rel=1e-3)
    assert found["Current into the crack [1]"][-1] > 0.02
    assert np.max(np.abs(found["Charge closure [1]"])) < 1e-6


def test_a_stack_pressure_shifts_the_voltage(tmp_path):
    """At rest: −p V_Li/F against lithium without pressure; the flaw's lithium comes to the same pressure."""
    _, found = history(tmp_path, 1.0, 30, (*COARSE, "drive.steps=[{mode='rest'}]", "mechanics.pressure=50 MPa"))
    wanted = -50e6 * exact.VOLUME / exact.FARADAY
    assert found["Cell voltage [V]"][-1] == pytest.approx(wanted, rel=5e-4)
    np.testing.assert_allclose(found["Pressure [Pa]"], 50e6, rtol=0.01)
    assert found["Pressure [Pa]"][-1] == pytest.approx(50e6, rel=5e-4)  # it comes back within some filling times
    assert found["Crack length [m]"][-1] == pytest.approx(exact.LENGTH, rel=0.01)


@pytest.mark.slow
def test_half_a_disc_in_three_dimensions(tmp_path):
    """A flaw of 6 cells at 1.5 times the critical current grows, at the pressure of a penny crack within 8 %."""
    solid = (
        "domain.dimension=3", "domain.size=['35 um', '35 um', '18 um']", "domain.cells=[35, 35, 18]",
        "electrolyte.strength=430 MPa", "flaw.length=6 um", "output.snapshots=1",
    )  # fmt: skip
    opened, found = history(tmp_path, 100.0, 6, solid)
    pressure = exact.TOUGHNESS * np.sqrt(np.pi / (4 * 6e-6))
    assert np.max(found["Pressure [Pa]"]) == pytest.approx(pressure, rel=0.08)
    assert found["Crack length [m]"][-1] > 1.1 * 6e-6
    assert np.max(np.abs(found["Charge closure [1]"])) < 1e-6
    d = opened.snapshot(-1)["d"]
    np.testing.assert_allclose(d, d[:, ::-1], atol=1e-3)


def voltage_over_a_slit(cells, half):
    """Cell voltage at 1 mA/cm² with a dry crack across a box of 40 µm, up to `half` from a mirror."""
    size = ("domain.size=['40 um', '41 um']", f"domain.cells=[{40 * cells}, {41 * cells}]")
    parsed = deck(*size, f"electrolyte.strength={415 * cells**0.5} MPa", "kinetics.resistance=1 ohm cm^2")
    case = build(parsed)
    model, h = case.model, case.spacing[0]
    middle = 0.5 * (41 * cells // 2 * 2 + 1) * h
    model.crack.flaw = lambda x: (np.abs(x[-1] - middle) < 0.4 * h) & (x[0] < half / 10)
    dry = [replace(f, values=lambda _, box: np.zeros(box.ghosted_shape)) for f in model.auxiliary if f.name == "faces"]
    model.auxiliary = (*dry, *(f for f in model.auxiliary if f.name != "faces"))
    engine, step = case.engine(), 1e-3 * case.first_step
    case.begin(0, engine)
    assert engine.initialise(step).accepted and engine.step(step).accepted
    record = case.record(engine)
    record.update(step)
    return record.row(step)["Cell voltage"]


def test_a_dry_crack_blocks_the_ions():
    """A slit of half-length a in a strip of half-width W lengthens the ions' way by (4W/π) ln sec(πa/2W).

    From cells of 1 and ½ µm, without the error in proportion to the cell: within 4 %.
    """
    way = []
    for cells in (1, 2):
        drop = voltage_over_a_slit(cells, 0.0) - voltage_over_a_slit(cells, 16.0)
        way.append(drop / 10.0 * exact.CONDUCTIVITY)
    assert way[0] > way[1]
    wanted = -4 * 40e-6 / np.pi * np.log(np.cos(0.5 * np.pi * 16 / 40))
    assert 2 * way[1] - way[0] == pytest.approx(wanted, rel=0.04)


# -- decks -------------------------------------------------------------------------------------------


def deck(*overrides):
    return parse_deck(exact.DECK.format(current=1.0, time=1.0), overrides=(*COARSE, *overrides))


def test_numbers_of_the_check():
    """l = 3(1 − ν²)K²/8σ², G_c = (1 − ν²)K²/E, p = K/√(πa); their current, with 0.52 a/σ for the ions' way."""
    numbers = check.derived(deck())
    share = 1 - 0.26**2
    assert numbers["damage_length"] == pytest.approx(0.375 * share * (1e6 / 415e6) ** 2)
    assert numbers["release_rate"] == pytest.approx(share * 1e12 / 150e9)
    pressure = 1e6 / np.sqrt(np.pi * 1e-5)
    assert numbers["critical_pressure"] == pytest.approx(pressure)
    current = pressure * exact.VOLUME / exact.FARADAY / (1e-3 + 0.52 * 1e-5 / 0.05)
    assert numbers["critical_current_density"] == pytest.approx(current)
    sharp = pressure * exact.VOLUME / exact.FARADAY
    sharp /= exact.mean_overpotential(1.0, 1e-5, 200e-6, 100e-6, 1e-3, 0.05)
    assert numbers["critical_current_density"] == pytest.approx(sharp, rel=0.02)


@pytest.mark.parametrize(
    ("key", "overrides", "needed"),
    [
        ("electrolyte.poisson_ratio", ["electrolyte.poisson_ratio=0.5"], ""),
        ("electrolyte.strength", ["electrolyte.strength="], "482.8 MPa"),
        ("electrolyte.strength", ["electrolyte.strength=500 MPa"], "482.8 MPa"),
        ("flaw.length", ["flaw.length=45 um"], "38"),
        ("flaw.length", ["flaw.length=4 um"], "2.03"),
        ("flaw.position", ["flaw.position=['60 um']"], "51"),
        ("flaw.position", ["flaw.position=['1 um', '1 um']"], "1"),
        ("kinetics.resistance", ["kinetics.exchange_current_density=1 mA/cm^2"], ""),
        ("mechanics.pressure", ["mechanics.pressure=-1 MPa"], ""),
        ("time.method", ["time.method=bdf2"], ""),
        ("domain.dimension", ["domain.dimension=1", "domain.size=['40 um']", "domain.cells=[40]"], ""),
        ("drive.steps.0.until.tip_height", [
            "drive.steps=[{mode='galvanostatic', current_density='1 mA/cm^2', until={tip_height='1 um'}}]"], ""),
    ],
)  # fmt: skip
def test_bad_decks_are_refused_with_what_they_need(key, overrides, needed):
    with refused(DeckError, key, *([needed] if needed else [])):
        deck(*overrides)


RANKS = """
import sys
from phasefield.deck import parse_deck
from phasefield.physics.registry import build
from phasefield.run.runner import run
from tests.verification import crack_support as exact

text = exact.DECK.format(current=6.0, time=0.5)
run(parse_deck(text, overrides=(*exact.SMALL, "solver.profile=strict")), sys.argv[1])
"""


@pytest.mark.timeout(280)
def test_ranks(tmp_path):
    """1, 2 and 3 ranks: pressure and charge to 1e-6 while the flaw fills; cracks that grow are in test_fracture."""
    (tmp_path / "program.py").write_text(RANKS)
    found = []
    for ranks in (1, 2, 3):
        done = on_ranks(ranks, [tmp_path / "program.py", f"run-{ranks}"], cwd=tmp_path)
        assert done.returncode == 0, done.stdout
        found.append(open_run(tmp_path / f"run-{ranks}").history)
    assert found[0]["Pressure [Pa]"][-1] > 2e7
    for other in found[1:]:
        assert other.rows == found[0].rows
        for head in ("Pressure [Pa]", "Crack length [m]", "Charge in the crack [C/m2]", "Cell voltage [V]"):
            np.testing.assert_allclose(other[head], found[0][head], rtol=1e-6, atol=1e-6 * np.max(np.abs(other[head])))

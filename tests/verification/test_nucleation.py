"""Lithium on a bare collector: seeds, sites that nucleate, nuclei that grow until the mesh resolves them.

Bars: mean deposit of seeds within 1 %; number of nuclei of instantaneous and progressive nucleation within 10 % of the
formulas, averaged over 20 random seeds; current of nuclei that only charge transfer limits within 2 % of the formula
of single ones, within 10 % over the 20 seeds; ledger closed to 1e-6; voltage where a nucleus becomes resolved
continuous to 10 %; the same nuclei on 1, 2 and 3 ranks and on other meshes; restarts to the same bits.

Scharifker & Hills (Electrochim. Acta 28 (1983) 879) start from N = N₀ and N = N₀(1 − exp(−At)). Their currents are
those of growth that diffusion limits. Here charge transfer limits it, i per area of hemispheres, and before they
overlap

    I = 2π N₀ (V i t/F)² i,    I = (2π/3) A N₀ (V i/F)² t³ i

for instantaneous and progressive nucleation (Fleischmann & Thirsk; Milchev, Electrocrystallization, ch. 5).
"""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.constants import R, k, physical_constants
from scipy.optimize import brentq
from scipy.stats import norm

from phasefield.check import derived, warnings
from phasefield.deck import parse_deck
from phasefield.engines.solver import ask
from phasefield.errors import DeckError
from phasefield.io.rundir import open_run
from phasefield.mesh.caps import Cap
from phasefield.mesh.shapes import nucleation_sites
from phasefield.physics.plating.nucleation import Nuclei, Nucleus
from phasefield.physics.registry import build
from phasefield.run.runner import restart, run
from tests.errors import refused
from tests.parallel.pool import on_ranks
from tests.reliability.restarts import ALWAYS, cut, differences

F = physical_constants["Faraday constant"][0]
MOLAR, GAMMA, SIGMA, I0, T = 12.998e-6, 0.5, 0.3, 10.0, 298.15
SEEDED = 20

BARE = f"""
[domain]
dimension = 2
size = ["20 um", "20 um"]
cell_size = "0.25 um"
[electrolyte]
transport = "single-ion"
conductivity = "{SIGMA} S/m"
[kinetics]
exchange_current_density = "{I0} A/m^2"
[interface]
width = "2 um"
[front]
height = "0 m"
"""
TWO_SEEDS = 'seeds = [{ position = ["5 um"], radius = "2 um" }, { position = ["15 um"], radius = "2 um" }]\n'
PLATE = '[[drive.steps]]\nmode = "galvanostatic"\ncurrent_density = "1 mA/cm^2"\nduration = "4 min"\n'
#: Three sites, the last of which never nucleates.
SITES = """
[collector.nucleation]
overpotential = "60 mV"
sites = [{ position = ["5 um"] }, { position = ["14 um"], overpotential = "80 mV" },
         { position = ["9 um"], overpotential = "1.9 V" }]
"""
LIQUID = BARE.replace(
    f'transport = "single-ion"\nconductivity = "{SIGMA} S/m"',
    'transport = "binary"\nconductivity = "8 mS/cm"\nconcentration = "1 mol/L"\ndiffusivity = "3e-10 m^2/s"\n'
    "transference_number = 0.4",
)
COARSE = ("domain.cell_size=0.5 um", "time.initial_step=0.2 ms")


def ran(folder, text, *overrides):
    folder.mkdir(exist_ok=True)
    (folder / "deck.toml").write_text(text)
    return run(folder / "deck.toml", folder / "run", overrides=overrides)


def started(text):
    """Case and engine of a deck in its initial state."""
    case = build(parse_deck(text))
    return case, case.engine()


def deposit(text):
    """Mean thickness of the lithium at the start [m]."""
    case, engine = started(text)
    return case.thickness(engine) * case.scales.length


# -- the bare collector -----------------------------------------------------------------------------------


@pytest.mark.parametrize("height", ["0 m", "1 pm"])
def test_two_seeds_are_all_there_is(height):
    """Two half circles of 2 µm on 20 µm."""
    found = deposit(BARE.replace("0 m", height) + TWO_SEEDS + PLATE)
    assert found == pytest.approx(np.pi * 2e-6**2 / 20e-6, rel=0.01)


@pytest.mark.parametrize("degrees", [40, 60, 120, 150])
def test_caps_of_any_contact_angle(degrees):
    """A circle's segment over a chord of 4 µm: half the angle's sector less its triangle."""
    θ = np.radians(degrees)
    text = BARE + 'seeds = [{ position = ["10 um"], radius = "2 um" }]\n'
    found = deposit(text + f'[collector]\ncontact_angle = "{degrees} deg"\n' + PLATE)
    radius = 2e-6 / np.sin(θ)
    assert found * 20e-6 == pytest.approx(radius**2 * (θ - np.sin(2 * θ) / 2), rel=0.01)


@pytest.mark.parametrize("degrees", [50, 90, 110])
def test_caps_in_three_dimensions(degrees):
    """πh(3a² + h²)/6 of a cap of height h on a circle of radius a."""
    a = 2e-6
    h = a * np.tan(np.radians(degrees) / 2)
    box = ('dimension = 3', 'size = ["10 um", "10 um", "10 um"]', 'position = ["5 um", "4 um"]')
    text = BARE.replace("dimension = 2", box[0]).replace('size = ["20 um", "20 um"]', box[1])
    text += f'seeds = [{{ {box[2]}, radius = "2 um" }}]\n[collector]\ncontact_angle = "{degrees} deg"\n' + PLATE
    assert deposit(text) * 1e-10 == pytest.approx(np.pi * h * (3 * a**2 + h**2) / 6, rel=0.01)


@pytest.mark.parametrize("height", [0.1, 0.6, 2.0, 5.0])
def test_a_film_thinner_than_its_interface(height):
    """It holds the lithium of the deck, however thin it is; cells leave out (h/δ)²/24 of a tail."""
    assert deposit(BARE.replace("0 m", f"{height} um") + PLATE) == pytest.approx(height * 1e-6, rel=0.01)


def test_copper_is_not_plated(tmp_path):
    """The lithium stays next to its seeds, and its charge is the one that has passed."""
    found = ran(tmp_path, BARE + 'seeds = [{ position = ["4 um"], radius = "2 um" }]\n' + PLATE)
    history = found.history
    gained = history["Mean thickness [m]"] - history["Mean thickness [m]"][0]
    np.testing.assert_allclose(gained[1:], I0 * history["Time [s]"][1:] * MOLAR / F, rtol=1e-6)
    ξ = found.snapshot(len(found.times) - 1).fields["xi"].T
    x = (np.arange(ξ.shape[-1]) + 0.5) * 0.25e-6
    far = abs(x - 4e-6) > history["Tip height [m]"][-1] + 6e-6  # three widths
    assert far.sum() > 10 and ξ[:, far].max() < 1e-4


# -- when sites nucleate ----------------------------------------------------------------------------------


def section(**keys):
    text = "[collector.nucleation]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items())
    return parse_deck(BARE + text + "\n" + PLATE).nucleation


def nuclei(seed, rate=None, **keys):
    """Nuclei of random sites, without an engine; potentials in V, times in s."""
    sites = nucleation_sites(section(density='"1e10 1/cm^2"', seed=seed, **keys), (1e-5, 2e-6))
    cap = Cap(np.pi / 2, 3)
    return Nuclei(Nucleus(cap, 1e-6, 0.0), sites.positions, sites.overpotentials, sites.patience, rate)


def test_instantaneous_nucleation():
    """At a given overpotential all sites nucleate at once whose own is less: N₀Φ((η − μ)/s)."""
    for η in (0.05, 0.06, 0.075):
        numbers = []
        for seed in range(SEEDED):
            found = nuclei(seed, overpotential='"60 mV"', spread='"10 mV"')
            everywhere = np.ones(len(found.positions), bool)
            for _ in range(5):
                found.born(np.full(len(found.positions), η), everywhere, 1.0)
            numbers.append(found.formed)
        assert np.mean(numbers) == pytest.approx(2000 * norm.cdf((η - 0.06) / 0.01), rel=0.1)


def barrier_rate(η, angle, frequency):
    """ν exp(−ΔG*/kT), ΔG* = 4πγr*²/3 · (2 + cos θ)(1 − cos θ)²/4, r* = 2γV/Fη."""
    r = 2 * GAMMA * MOLAR / F / η
    work = 4 * np.pi / 3 * GAMMA * r**2 * (2 + np.cos(angle)) * (1 - np.cos(angle)) ** 2 / 4
    return frequency * np.exp(-work / (k * T))


def test_progressive_nucleation():
    """N₀(1 − exp(−At)), with A by the barrier; at each time within 10 % over the seeds."""
    deck = BARE + '[collector]\ncontact_angle = "45 deg"\n[collector.nucleation]\nattempt_frequency = "1e13 1/s"\n'
    case = build(parse_deck(deck + 'density = "1e8 1/cm^2"\n' + PLATE))
    unit, volt = case.scales.time, R * T / F
    A = barrier_rate(0.13, np.pi / 4, 1e13)
    assert case.nuclei.rate(np.array([0.13 / volt]))[0] / unit == pytest.approx(A, rel=1e-9)
    times, numbers = np.array([0.1, 0.5, 1.0, 2.0]) / A, np.zeros(4)
    for seed in range(SEEDED):
        found = nuclei(seed, lambda η: case.nuclei.rate(η) / unit, attempt_frequency='"1e13 1/s"')
        sites, steps = len(found.positions), 400
        counts = []
        for _ in range(steps):
            found.born(np.full(sites, 0.13 / volt), np.ones(sites, bool), times[-1] / steps)
            counts.append(found.formed)
        numbers += np.interp(times, np.arange(1, steps + 1) * times[-1] / steps, counts) / SEEDED
    np.testing.assert_allclose(numbers, 2000 * (1 - np.exp(-A * times)), rtol=0.1)


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_nucleus_grows_as_fast_as_its_surface(dimension):
    """R = r* + vt at any length of the step, for half circles and hemispheres."""
    nucleus = Nucleus(Cap(np.pi / 2, dimension), 1e-3, 0.0)
    volume = {2: np.pi / 2, 3: 2 * np.pi / 3}[dimension]
    for steps in (1, 7):
        lithium = np.zeros(1)
        for _ in range(steps):
            lithium = lithium + 0.5 / steps * nucleus.growth(np.ones(1), lithium, 0.5 / steps, lambda *_: 0.4)
        assert lithium[0] == pytest.approx(volume * (0.201**dimension - 0.001**dimension), rel=1e-7)


@pytest.mark.parametrize("dimension", [2, 3])
def test_the_electrolyte_around_a_nucleus(dimension):
    """Resistance of the half shell from r to the smallest resolved radius, 1 at 90°, per area of the nucleus."""
    nucleus, seen = Nucleus(Cap(np.pi / 2, dimension), 1e-6, 0.0), []
    r = np.array([0.01, 0.2, 0.7])
    volume = {2: np.pi / 2 * r**2, 3: 2 * np.pi / 3 * r**3}[dimension]
    nucleus.growth(np.ones(3), volume, 0.1, lambda where, distance: seen.append(distance) or 0 * r)
    shell = {2: np.log(1 / r) / np.pi * np.pi * r, 3: (1 / r - 1) / (2 * np.pi) * 2 * np.pi * r**2}[dimension]
    np.testing.assert_allclose(seen[0], shell, rtol=1e-4)


def test_charge_transfer_of_a_nucleus():
    """y + (R_film + d/σ) q B(y) = p − φ, with the salt's and the coating's factor q; its velocity is −qB."""
    text = LIQUID.replace("[front]", '[lithium]\npressure = "20 MPa"\n[front]') + SITES + PLATE
    case = build(parse_deck(text + '[coating]\nthickness = "5 nm"\nconductivity = "1e-7 S/cm"\n'))
    p, s = case.model.p, case.scales
    film, φ, c, distance = 5e-9 / 1e-5, 0.08, 0.7, 0.3e-6
    v = SimpleNamespace(phi=φ * F / (R * T), c=c, film=film / s.resistance, exchange=0.4)
    found = case.model.nucleus_velocity(v, 1.0, distance / s.length) * s.current
    q, η = 0.4 * c**0.5, 20e6 * MOLAR / F - φ
    ohm = film + distance / (0.8 * c)

    def current(y):
        return 2 * I0 * q * np.sinh(y * F / (2 * R * T))

    y = brentq(lambda y: y + ohm * current(y) - η, η, 0.0, xtol=1e-15)
    assert p.pressure == pytest.approx(20e6 * MOLAR / (R * T)) and found == pytest.approx(-current(y), rel=1e-9)
    assert case.nuclei.pressure == pytest.approx(p.pressure)


def test_only_free_sites_wait():
    """Where lithium covers the collector, or strips, no site nucleates, and none comes nearer to it."""
    for keys in ({"overpotential": '"60 mV"'}, {"attempt_frequency": '"1 1/s"'}):
        found = nuclei(1, None if "overpotential" in keys else lambda η: np.full(len(η), 1e3), **keys)
        half = np.arange(len(found.positions)) < 1000
        found.born(np.full(len(half), 0.07), half, 1.0)
        assert (found.active == half).all() and found.formed == 1000
        found.born(np.full(len(half), -0.07), ~half, 1.0)
        assert found.formed == 1000 and not found.waited.any()


def test_current_of_progressive_nucleation():
    """(2π/3)AN₀v²t³ per area of the surface, while At is small."""
    A, v, t, steps = 0.1, 0.3, 1.0, 400
    nucleus, charges = Nucleus(Cap(np.pi / 2, 3), 1e-9, 0.0), []
    for seed in range(SEEDED):
        found = nuclei(seed, lambda η: np.full(len(η), A), attempt_frequency='"1 1/s"')
        sites, lithium = len(found.positions), 0.0
        each = np.zeros(sites)
        for _ in range(steps):
            dt, before = t / steps, lithium
            each = each + dt * nucleus.growth(found.active * 1.0, each, dt, lambda *_: v)
            lithium = each.sum()
            found.born(np.ones(sites), np.ones(sites, bool), dt)
        charges.append((lithium - before) / dt)
    assert np.mean(charges) == pytest.approx(2 * np.pi / 3 * A * 2000 * v**3 * t**3, rel=0.1)


# -- nuclei in a run --------------------------------------------------------------------------------------

HOLD = '[[drive.steps]]\nmode = "potentiostatic"\nvoltage = "-0.1 V"\nduration = "60 s"\n'


@pytest.mark.parametrize("dimension", [2, 3])
def test_current_of_instantaneous_nucleation(tmp_path, dimension):
    """At −100 mV: N π r i per length in 2-D, N 2π r² i in 3-D, r = r* + V i t/F; the electrolyte hardly resists."""
    text = BARE.replace(f"{SIGMA} S/m", "100 S/m") + SITES + HOLD
    overrides, area, number = COARSE, 20e-6, 2
    if dimension == 3:
        text = text.replace('["20 um", "20 um"]', '["8 um", "8 um", "8 um"]').replace("dimension = 2", "dimension = 3")
        overrides = (*COARSE, "collector.nucleation.sites=[{position=['2 um', '3 um']}, {position=['6 um', '5 um']}]")
        area = 64e-12
    history = ran(tmp_path, text, *overrides).history
    local = 2 * I0 * np.sinh(0.1 * F / (2 * R * T))
    radius = 2 * GAMMA * MOLAR / F / 0.06 + MOLAR * local / F * history["Time [s]"]
    later = (history["Unresolved nuclei [1]"] == number) & (radius > 50e-9)  # much larger than the critical one
    assert later.sum() > 5 and history["Nuclei [1]"][-1] == number
    volume = {2: np.pi * radius**2 / 2, 3: 2 * np.pi * radius**3 / 3}[dimension]
    charge = number * volume / area * F / MOLAR
    np.testing.assert_allclose(history["Charge in unresolved nuclei [C/m2]"][later], charge[later], rtol=0.02)
    middle = radius - MOLAR * local / F * history["Time step [s]"] / 2  # the current is that of a step
    surface = {2: np.pi * middle, 3: 2 * np.pi * middle**2}[dimension]
    current = number * surface / area * local
    np.testing.assert_allclose(history["Current density [A/m2]"][later], current[later], rtol=0.02)


@pytest.fixture(scope="module")
def plated(tmp_path_factory):
    """Both sites nucleate, and become resolved."""
    return ran(tmp_path_factory.mktemp("plated"), BARE + SITES + PLATE.replace("4 min", "9 min"), *COARSE, *ALWAYS)


def test_the_ledger_closes(plated):
    """Charge is in lithium, resolved or not, and in the double layer; none appears when a nucleus is resolved."""
    h = plated.history
    passed, unresolved, layer = (
        h[f"Charge {name} [C/m2]"] for name in ("passed", "in unresolved nuclei", "of the double layer")
    )
    assert np.abs(h["Charge closure [1]"]).max() < 1e-8  # the double layer below a cap holds 1e-6 of what has passed
    np.testing.assert_allclose(passed[1:], I0 * h["Time [s]"][1:], rtol=1e-9)
    np.testing.assert_allclose(h["Charge plated [C/m2]"] + layer - layer[0], passed, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(h["Mean thickness [m]"], h["Charge plated [C/m2]"] * MOLAR / F, rtol=1e-9, atol=1e-18)
    alone = h["Tip height [m]"] == 0
    np.testing.assert_allclose(unresolved[alone], h["Charge plated [C/m2]"][alone], rtol=1e-9, atol=1e-12)
    assert unresolved[-1] < 1e-9 * unresolved.max() and h["Unresolved nuclei [1]"][-1] == 0


def test_the_double_layer_takes_the_first_current(plated):
    """η = it/C until the first nucleus."""
    h = plated.history
    alone = (h["Nuclei [1]"] == 0) & (h["Time [s]"] > 0)
    at_collector = -h["Overpotential [V]"][alone]
    assert alone.sum() > 3 and 0.03 < at_collector[-1] < 0.08
    np.testing.assert_allclose(at_collector, I0 * h["Time [s]"][alone] / 0.2, rtol=0.01)


def test_a_pressure_delays_nuclei(tmp_path):
    """A site of 60 mV nucleates under 100 MPa, which takes 13.5 mV, at 73.5 mV only."""
    text = BARE.replace("[front]", '[lithium]\npressure = "100 MPa"\n[front]') + SITES
    for voltage, number in (("-0.07 V", 0), ("-0.077 V", 1)):
        drive = HOLD.replace("-0.1 V", voltage).replace("60 s", "1 ms")
        assert ran(tmp_path / voltage, text + drive, *COARSE).history["Nuclei [1]"][-1] == number


def test_only_the_sites_that_the_overpotential_passes(plated):
    h = plated.history
    assert h["Nuclei [1]"][-1] == 2
    first = np.flatnonzero(h["Nuclei [1]"] >= 1)[0] - 1  # a nucleus forms at the end of the step before
    assert 0.06 <= -h["Overpotential [V]"][first] < 0.1


def test_a_nucleus_becomes_a_cap(plated):
    """Voltage and height go on, within 10 % and a tenth of the width."""
    h = plated.history
    end = int(np.flatnonzero(h["Tip height [m]"] > 0)[0])
    assert h["Cell voltage [V]"][end] == pytest.approx(h["Cell voltage [V]"][end - 1], rel=0.1)
    assert h["Tip height [m]"][end] == pytest.approx(2e-6, abs=0.2e-6)
    ξ = plated.snapshot(len(plated.times) - 1).fields["xi"].T
    assert (ξ[0, [10, 28]] > 0.9).all() and ξ[0, [0, 18, 39]].max() < 0.5


CHANGES = """[[drive.steps]]
mode = "potentiostatic"
voltage = "-0.08 V"
duration = "1 min"
[[drive.steps]]
mode = "rest"
duration = "10 s"
[[drive.steps]]
mode = "galvanostatic"
current_density = "-1 mA/cm^2"
duration = "1 h"
"""


def test_a_salt_and_a_drive_that_changes(tmp_path):
    """Nuclei take up the salt's cations as other lithium does; a strip dissolves them again, to the last."""
    found = ran(tmp_path, LIQUID + SITES + PLATE.replace("4 min", "20 s") + CHANGES, *COARSE)
    h = found.history
    assert np.abs(h["Charge closure [1]"]).max() < 1e-6 and np.abs(h["Salt closure [1]"]).max() < 1e-6
    assert h["Unresolved nuclei [1]"].max() == 2 and found.status["reason"] == "lithium used up"
    assert h["Mean thickness [m]"][-1] == pytest.approx(2e-9, rel=1e-5)
    assert h["Cell voltage [V]"][-1] > 0


def test_a_salt_around_a_nucleus_that_becomes_resolved(tmp_path):
    found = ran(tmp_path, LIQUID + SITES + PLATE.replace("4 min", "9 min"), *COARSE).history
    assert found["Unresolved nuclei [1]"][-1] == 0
    assert np.abs(found["Charge closure [1]"]).max() < 1e-6 and np.abs(found["Salt closure [1]"]).max() < 1e-6


def test_a_cycle_without_lithium_at_the_start(tmp_path):
    """Plated, stripped until 0.3 V, plated again: the site nucleates again, and the ledger of the cycles closes."""
    drive = 'steps = [{ cycles = 2, steps = ["Plate at 1 mA/cm2 for 5 minutes", "Strip at 1 mA/cm2 until 0.3 V"] }]'
    site = "\n[collector.nucleation]\noverpotential = '20 mV'\nsites = [{ position = ['10 um'] }]\n"
    found = ran(tmp_path, BARE + site + "[drive]\n" + drive, *COARSE)
    h, cycles = found.history, found.cycles
    assert h["Nuclei [1]"][-1] == 2 and np.abs(h["Charge closure [1]"]).max() < 1e-6
    strips = h["Current density [A/m2]"] < 0
    ends = np.flatnonzero(strips & ~np.append(strips[1:], False))
    np.testing.assert_allclose(h["Cell voltage [V]"][ends], [0.3, 0.3], atol=6e-4)  # 0.2 %, as record 034 says
    out = cycles["Charge out [C/m2]"]
    held = I0 * 300 * np.array([1, 2]) - np.cumsum(out)  # what strips have left, less the charge of the double layer
    layer = -h["Charge of the double layer [C/m2]"][ends]
    np.testing.assert_allclose(h["Mean thickness [m]"][ends] * F / MOLAR - layer, held, rtol=1e-4)
    assert (cycles["Coulombic efficiency [1]"] > 0.97).all()


def test_a_nucleus_dissolves_beside_a_seed(tmp_path):
    """Its surface moves as fast as the seed's: after a strip that is longer it is gone, and its site is free."""
    drive = 'steps = ["Plate at 1 mA/cm2 for 2 s", "Strip at 1 mA/cm2 for 6 s", "Plate at 1 mA/cm2 for 1 s"]'
    site = "[collector.nucleation]\noverpotential = '5 mV'\nsites = [{ position = ['15 um'] }]\n"
    text = BARE + 'seeds = [{ position = ["5 um"], radius = "3 um" }]\n' + site + "[drive]\n" + drive
    h = ran(tmp_path, text, *COARSE).history
    i, number, charge = (
        h[name] for name in ("Current density [A/m2]", "Unresolved nuclei [1]", "Charge in unresolved nuclei [C/m2]")
    )
    strip = np.flatnonzero(i < 0)
    assert number[strip[0]] == 1 and number[strip[-1]] == 0
    assert number[-1] == 1 and h["Nuclei [1]"][-1] == 2
    assert abs(charge[strip[-1]]) < 1e-4 * charge.max()
    assert np.abs(h["Charge closure [1]"]).max() < 1e-6


# -- the same nuclei --------------------------------------------------------------------------------------

RANDOM = """
[collector.nucleation]
density = "1e7 1/cm^2"
overpotential = "60 mV"
spread = "12 mV"
seed = 5
"""
PROGRAM = 'from phasefield.run.runner import run\nrun("deck.toml", "run", overrides={overrides!r})\n'


def last_state(found):
    """What checkpoints save of the nuclei, after each step."""
    folders = sorted((found.path / "checkpoints").iterdir())
    return [json.loads((folder / "state.json").read_text())["observers"]["events"] for folder in folders]


@pytest.mark.promise("any number of ranks gives one answer")
@pytest.mark.parametrize("ranks", [pytest.param(2, marks=pytest.mark.slow), 3])
def test_the_same_nuclei_on_any_number_of_ranks(tmp_path, ranks):
    text = BARE + RANDOM + HOLD.replace("-0.1 V", "-0.065 V").replace("60 s", "0.05 s")
    overrides = (*COARSE, "solver.profile=strict", *ALWAYS)
    alone = ran(tmp_path / "alone", text, *overrides)
    (tmp_path / "deck.toml").write_text(text)
    (tmp_path / "program.py").write_text(PROGRAM.format(overrides=overrides))
    done = on_ranks(ranks, [tmp_path / "program.py"], cwd=tmp_path, timeout=240.0)
    assert done.returncode == 0, done.stdout
    together = open_run(tmp_path / "run")
    assert [s["active"] for s in last_state(together)] == [s["active"] for s in last_state(alone)]
    assert 1 <= alone.history["Nuclei [1]"][-1] < len(last_state(alone)[0]["active"])
    for name in ("Charge in unresolved nuclei [C/m2]", "Current density [A/m2]"):
        np.testing.assert_allclose(together.history[name], alone.history[name], rtol=1e-8, atol=1e-12)


def test_the_same_nuclei_on_another_mesh(tmp_path):
    text = BARE + RANDOM + HOLD.replace("-0.1 V", "-0.065 V").replace("60 s", "0.05 s")
    found = [
        last_state(ran(tmp_path / cell, text, *COARSE, f"domain.cell_size={cell}", *ALWAYS))[-1]["active"]
        for cell in ("0.4 um", "0.5 um")
    ]
    assert found[0] == found[1] and 0 < sum(found[0]) < len(found[0])


@pytest.mark.promise("a restart goes on to the same bits")
@pytest.mark.parametrize("moment", [pytest.param("no nucleus", marks=pytest.mark.slow), "unresolved", "resolved"])
def test_restart(plated, tmp_path, moment):
    h = plated.history
    steps = {
        "no nucleus": int(np.flatnonzero(h["Nuclei [1]"])[0]) - 3,
        "unresolved": int(np.flatnonzero(h["Unresolved nuclei [1]"])[4]),
        "resolved": int(np.flatnonzero(h["Tip height [m]"])[0]) - 1,  # resolved at its end
    }
    part = cut(plated.path, steps[moment], tmp_path / "part")
    restart(part)
    assert differences(plated.path, part) == []


@pytest.mark.promise("a restart goes on to the same bits")
def test_restart_of_classical_nucleation(tmp_path):
    """What each site has waited is part of the state."""
    text = BARE + '[collector]\ncontact_angle = "45 deg"\n[collector.nucleation]\nattempt_frequency = "1e13 1/s"\n'
    whole = ran(tmp_path, text + 'density = "2e7 1/cm^2"\n' + HOLD.replace("-0.1 V", "-0.13 V"), *COARSE, *ALWAYS)
    numbers = whole.history["Nuclei [1]"]
    assert 1 < numbers[-1] and len(np.unique(numbers)) > 2  # progressive
    part = cut(whole.path, int(np.flatnonzero(numbers)[0]) + 1, tmp_path / "part")
    restart(part)
    assert differences(whole.path, part) == []


#: FiPy's own linear solver hardly converges where only the double layer holds the potential.
EXACT = ("solver.petsc={pc_type='lu'}", "solver.profile=strict")


def test_both_engines(tmp_path):
    """The same steps in FiPy's and in the compiled engine, while nuclei form and begin to grow."""
    text = BARE + SITES.replace("60 mV", "20 mV").replace("80 mV", "30 mV") + PLATE.replace("4 min", "2 ms")
    one, other = (
        ran(tmp_path / name, text, *COARSE, *EXACT, f"solver.engine={name}").history for name in ("fipy", "compiled")
    )
    ask({})  # engines of later tests are made without a deck
    assert one["Nuclei [1]"][-1] == 2 and one["Charge in unresolved nuclei [C/m2]"][-1] > 0
    for name in ("Cell voltage [V]", "Charge in unresolved nuclei [C/m2]", "Time [s]"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-6, atol=1e-12)


# -- decks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (BARE + PLATE, "front.height"),
        (BARE + "cosines = [{ amplitude = '1 um', wavelength = '20 um' }]\n" + PLATE, "front.height"),
        (BARE + "[collector.nucleation]\noverpotential = '60 mV'\n" + PLATE, "collector.nucleation.density"),
        (BARE + "[collector.nucleation]\ndensity = '1e6 1/cm^2'\n" + PLATE, "collector.nucleation.overpotential"),
        (BARE + RANDOM + "attempt_frequency = '1 1/s'\n" + PLATE, "collector.nucleation.attempt_frequency"),
        (BARE + RANDOM.replace("12 mV", "30 mV") + PLATE, "collector.nucleation.spread"),
        (BARE + RANDOM.replace("1e7", "1e16") + PLATE, "collector.nucleation.density"),
        (BARE + SITES.replace("14 um", "24 um") + PLATE, "collector.nucleation.sites.1.position"),
        (BARE + "[collector]\ncontact_angle = '0 deg'\n" + TWO_SEEDS + PLATE, "collector.contact_angle"),
    ],
)
def test_decks_that_are_refused(text, key):
    with refused(DeckError, key):
        parse_deck(text)


def test_a_bare_deck_of_one_dimension_is_refused():
    text = BARE.replace("dimension = 2", "dimension = 1").replace('["20 um", "20 um"]', '["20 um"]')
    with refused(DeckError, "collector.nucleation"):
        parse_deck(text + RANDOM + PLATE)


def test_what_check_says():
    """Critical radius and barrier by the formulas, the peak of the overpotential as a run has it."""
    deck = parse_deck(BARE + '[collector]\ncontact_angle = "70 deg"\n' + RANDOM + PLATE)
    numbers = derived(deck)
    assert numbers["critical_radius"] == pytest.approx(2 * GAMMA * MOLAR / F / 0.06, rel=1e-12)
    c = np.cos(np.radians(70))
    work = 16 * np.pi / 3 * GAMMA**3 * (MOLAR / F / 0.06) ** 2 * (2 + c) * (1 - c) ** 2 / 4
    assert numbers["nucleation_barrier"] == pytest.approx(work, rel=1e-12)
    assert numbers["nucleation_barrier_kT"] == pytest.approx(work / (k * T), rel=1e-12)
    assert numbers["nucleation_sites"] == round(np.sqrt(1e11) * 20e-6) == numbers["expected_nuclei"]


def test_the_estimate_of_check(plated, tmp_path):
    """The largest overpotential within 15 %, and the number of nuclei."""
    deck = parse_deck(BARE + SITES + PLATE)
    numbers = derived(deck)
    assert numbers["largest_overpotential"] == pytest.approx(-plated.history["Overpotential [V]"].min(), rel=0.15)
    assert numbers["expected_nuclei"] == 2


def test_check_warns_of_sites_that_overlap_before_they_are_resolved():
    for density, warned in (("1e6 1/cm^2", False), ("1e8 1/cm^2", True)):
        deck = parse_deck(BARE + RANDOM.replace("1e7 1/cm^2", density) + PLATE)
        assert warned == any(problem.key == "interface.width" for problem in warnings(deck))

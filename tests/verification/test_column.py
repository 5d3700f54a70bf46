"""A column of lithium that grows against an elastic support, a whisker: it ends, or it flows.

A column of the thickness H that fills its place at a presses with p = (H − a)/(1/k + H/E) on a support of the stiffness
k per area; its sides are free. By −n·σ·n V_Li/F the pressure takes driving force from charge transfer: at a given
voltage V growth ends at p = |V|F/V_Li, 17.5 mV for 130 MPa. It reaches that pressure only if lithium is stronger; if it
flows at Y, the column goes on growing at the rate that |V| − Y V_Li/F drives. Formulas are written here anew.

Outside numbers: growth stress up to 130 MPa and yield strength up to 244 MPa of whiskers (Zhang et al., Nat.
Nanotechnol. 15 (2020) 94, doi:10.1038/s41565-019-0604-x).

Bars, set before the first run of this file: pressure at which growth ends 1 %; its course in time 1 % of the largest;
at a given current 1e-6; the plateau 1e-9, growth there 0.5 %; engines and ranks 1e-6; restart bitwise.
"""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from phasefield import check
from phasefield.deck import parse_deck
from phasefield.errors import DeckError
from phasefield.io.rundir import open_run
from phasefield.run import runner
from tests.errors import refused
from tests.parallel.pool import on_ranks
from tests.reliability.restarts import ALWAYS, cut, differences
from tests.verification.sharp_front import RT_F, V_LI, F

LENGTH, MODULUS, STIFFNESS, STRENGTH = 2e-6, 7.82e9, 1e15, 244e6
EXCHANGE, CONDUCTIVITY, BOX = 50.0, 0.02, 4e-6
WORTH = V_LI / F  # V/Pa
DECK = """
[domain]
dimension = 1
size = ["4 um"]
cells = [64]
[interface]
width = "0.5 um"
[electrolyte]
transport = "single-ion"
conductivity = "0.02 S/m"
{lithium}
[column]
stiffness = "1e9 MPa/m"
youngs_modulus = "7.82 GPa"
yield_stress = "244 MPa"
[kinetics]
exchange_current_density = "50 A/m^2"
[front]
height = "2 um"
{steps}
[output]
snapshots = 1
"""
PRESSURE, FLOW, TIME = "Pressure of the column [Pa]", "Flow of the column [m]", "Time [s]"
CURRENT, THICKNESS, CLOSURE = "Current density [A/m2]", "Mean thickness [m]", "Charge closure [1]"


def text(*steps, lithium=""):
    """A deck of steps: a voltage [V] or a current density [A/m²], given by its unit, and a duration [s]."""
    kinds = {
        "V": 'mode = "potentiostatic"\nvoltage = "{!r} V"',
        "A/m^2": 'mode = "galvanostatic"\ncurrent_density = "{!r} A/m^2"',
        "": 'mode = "rest"',
    }
    blocks = [f'[[drive.steps]]\n{kinds[unit].format(value)}\nduration = "{time!r} s"' for value, unit, time in steps]
    return DECK.format(steps="\n".join(blocks), lithium=lithium)


def run(folder, deck, overrides=()):
    folder.mkdir(exist_ok=True)
    (folder / "deck.toml").write_text(deck)
    found = runner.run(folder / "deck.toml", folder / "run", overrides=("output.exact_times=true", *overrides))
    assert np.abs(found.history[CLOSURE]).max() < 1e-9
    return found.history


def compliance(H):
    return 1 / STIFFNESS + H / MODULUS


def current(voltage, pressure, H):
    """Of Butler and Volmer in series with the electrolyte above the column [A/m²]; plating positive."""
    ohmic = (BOX - H) / CONDUCTIVITY
    driving = -voltage - pressure * WORTH
    bound = 2 * EXCHANGE * math.sinh(abs(driving) / 2 / RT_F) + 1e-12
    return brentq(lambda i: i - 2 * EXCHANGE * math.sinh((driving - i * ohmic) / 2 / RT_F), -bound, bound, xtol=1e-14)


@pytest.mark.parametrize("voltage", [-5e-3, -17.5e-3, -30e-3])
def test_growth_ends_where_the_pressure_is_worth_the_voltage(voltage, tmp_path):
    """Within 1 %, after 8 time constants R(F/V_Li)²(1/k + H/E) of charge transfer and electrolyte."""
    R = RT_F / EXCHANGE + (BOX - LENGTH) / CONDUCTIVITY
    h = run(tmp_path, text((voltage, "V", 8 * R * compliance(LENGTH) / WORTH**2)))
    assert h[PRESSURE][-1] == pytest.approx(-voltage / WORTH, rel=0.01)
    assert abs(h[CURRENT][-1]) < 0.01 * current(voltage, 0.0, LENGTH)
    assert h[FLOW][-1] == 0


def test_the_course_of_the_pressure(tmp_path):
    """dH/dt = i(p)V_Li/F with p of the column: within 1 % of the largest pressure at every step."""
    voltage, end = -25e-3, 120.0
    h = run(tmp_path, text((voltage, "V", end)))

    def pressure(H):
        return (H - LENGTH) / compliance(H)

    course = solve_ivp(lambda _, H: [current(voltage, pressure(H[0]), H[0]) * WORTH], (0, end), [LENGTH],
                       rtol=1e-9, atol=1e-15, dense_output=True)  # fmt: skip
    expected = pressure(course.sol(h[TIME])[0])
    assert expected[-1] > 0.8 * -voltage / WORTH
    np.testing.assert_allclose(h[PRESSURE], expected, atol=0.01 * expected[-1])


def test_the_pressure_at_a_given_current(tmp_path):
    """It rises with E_eff v/L, 1/E_eff = 1/E + 1/(kL), and more slowly as the column gets longer; then it flows."""
    i, end = 20.0, 150.0
    h = run(tmp_path, text((i, "A/m^2", end)))
    H = LENGTH + i * WORTH * h[TIME]
    elastic = (H - LENGTH) / compliance(H)
    np.testing.assert_allclose(h[PRESSURE], np.minimum(elastic, STRENGTH), rtol=1e-6, atol=1.0)
    first = h[TIME] < 10
    slope = np.polyfit(h[TIME][first], h[PRESSURE][first], 1)[0]
    assert slope == pytest.approx(i * WORTH / compliance(LENGTH), rel=0.01)
    np.testing.assert_allclose(h[FLOW], np.maximum(0, H - LENGTH - STRENGTH * compliance(H)), rtol=1e-4, atol=1e-13)
    assert h[FLOW][-1] > 10e-9


def test_beyond_its_strength_the_column_flows_and_grows_on(tmp_path):
    """At 50 mV: 244 MPa to the end, and the current that 50 − 32.9 mV drive."""
    h = run(tmp_path, text((-50e-3, "V", 120.0)))
    flowing = h[FLOW] > 0
    assert np.sum(flowing) > 20
    np.testing.assert_allclose(h[PRESSURE][flowing], STRENGTH, rtol=1e-9)
    for k in (np.argmax(flowing) + 5, -1):
        expected = current(-50e-3, STRENGTH, h[THICKNESS][k])
        assert 0.2 * current(-50e-3, 0.0, LENGTH) < expected
        assert h[CURRENT][k] == pytest.approx(expected, rel=5e-3)


def test_stripped_and_plated_again(tmp_path):
    """A column that has flowed loses contact at another length, and finds it again there."""
    i = 20.0
    h = run(tmp_path, text((i, "A/m^2", 150.0), (-i, "A/m^2", 150.0), (i, "A/m^2", 80.0)))
    t = h[TIME]
    H = LENGTH + i * WORTH * (np.minimum(t, 150) - np.clip(t - 150, 0, 150) + np.maximum(t - 300, 0))
    top = LENGTH + i * WORTH * 150.0
    filling = top - STRENGTH * compliance(top)
    after = t >= 150
    expected = np.maximum(0, (H - filling) / compliance(H))
    np.testing.assert_allclose(h[PRESSURE][after], expected[after], rtol=1e-5, atol=10.0)
    assert np.any(expected[after] == 0)
    assert expected[-1] > 0.2 * STRENGTH
    assert h[FLOW][-1] == pytest.approx(filling - LENGTH, rel=1e-4)


def test_a_column_that_is_pressed_at_the_start(tmp_path):
    """It starts at `lithium.pressure`, stays there while no current flows, and strips at 0 V."""
    pressed = '[lithium]\npressure = "130 MPa"'
    h = run(tmp_path / "rest", text((0.0, "", 10.0), lithium=pressed))
    np.testing.assert_allclose(h[PRESSURE], 130e6, rtol=1e-6)
    h = run(tmp_path / "free", text((0.0, "V", 600.0), lithium=pressed))
    assert np.all(h[CURRENT][1:] < 0)
    assert h[PRESSURE][-1] < 1e6


def test_a_stiff_support_ends_growth_within_nanometres(tmp_path):
    """130 MPa after 1 nm, 0.002 widths of the interface: the pressure is found while the step is solved. 1 %."""
    stiff = ("column.stiffness=1e11 MPa/m", "column.youngs_modulus=1e12 Pa")
    h = run(tmp_path, text((-17.5e-3, "V", 6.0)), stiff)
    assert h[PRESSURE][-1] == pytest.approx(17.5e-3 / WORTH, rel=0.01)
    assert h[PRESSURE].max() < 1.02 * 17.5e-3 / WORTH
    assert h[THICKNESS][-1] - LENGTH < 2e-9


def test_fipy_engine(tmp_path):
    """The same by both engines, to 1e-6 of the strength."""
    deck = text((-50e-3, "V", 8.0)).replace("1e9 MPa/m", "1e10 MPa/m")
    one, other = (run(tmp_path / name, deck, (f"solver.engine={name}", "solver.profile=strict"))
                  for name in ("compiled", "fipy"))  # fmt: skip
    at = np.interp(other[TIME], one[TIME], one[PRESSURE])
    np.testing.assert_allclose(other[PRESSURE], at, rtol=0, atol=1e-6 * STRENGTH)


PROGRAM = """
import sys
from phasefield.run.runner import run
run("deck.toml", "run-" + sys.argv[1], overrides=("solver.profile=strict",))
"""


@pytest.mark.timeout(280)
def test_ranks(tmp_path):
    """1, 2 and 3 ranks: pressure and flow to 1e-6."""
    (tmp_path / "deck.toml").write_text(text((-50e-3, "V", 20.0)).replace("1e9 MPa/m", "1e10 MPa/m"))
    (tmp_path / "program.py").write_text(PROGRAM)
    for ranks in (1, 2, 3):
        job = on_ranks(ranks, ["program.py", str(ranks)], cwd=tmp_path, timeout=90)
        assert job.returncode == 0, job.stdout
    one, *others = (open_run(tmp_path / f"run-{ranks}").history for ranks in (1, 2, 3))
    assert one[FLOW][-1] > 0
    for other in others:
        np.testing.assert_allclose(other[PRESSURE][-1], one[PRESSURE][-1], rtol=1e-6)
        np.testing.assert_allclose(other[FLOW][-1], one[FLOW][-1], rtol=1e-6)


@pytest.mark.promise("a restart goes on to the same bits")
def test_restart_while_it_flows(tmp_path):
    """Bitwise: the length at which the column fills its place is part of the state."""
    stiffer = "column.stiffness=1e10 MPa/m"
    whole = run(tmp_path, text((-50e-3, "V", 20.0), (10e-3, "V", 5.0)), (stiffer, *ALWAYS))
    flowing = int(np.flatnonzero(whole[FLOW] > 0)[3])
    part = cut(tmp_path / "run", flowing, tmp_path / "part")
    runner.restart(part)
    assert differences(tmp_path / "run", part) == []


@pytest.mark.parametrize(
    ("key", "old", "new", "names"),
    [
        ("column", 'dimension = 1\nsize = ["4 um"]\ncells = [64]',
         'dimension = 2\nsize = ["4 um", "4 um"]\ncells = [64, 64]', ("domain.dimension",)),
        ("column", "[front]", '[mechanics.electrolyte]\nyoungs_modulus = "1 GPa"\npoisson_ratio = 0.3\n[front]',
         ("mechanics",)),
        ("lithium.pressure", "[column]", '[lithium]\npressure = "250 MPa"\n[column]', ("244",)),
        ("lithium.pressure", "[column]", '[lithium]\npressure = "-1 MPa"\n[column]', ()),
        ("column.stiffness", 'stiffness = "1e9 MPa/m"', 'stiffness = "40 N/m"', ()),
        ("column.yield_strength", "yield_stress", "yield_strength", ("yield_stress",)),
    ],
)  # fmt: skip
def test_refused(key, old, new, names):
    deck = text((-0.05, "V", 1.0))
    assert old in deck
    with refused(DeckError, key, *names):
        parse_deck(deck.replace(old, new, 1))


def test_what_check_expects():
    """Pressure at which growth ends or lithium flows, its time constant, and a warning where a tenth has flowed."""
    numbers = check.derived(parse_deck(text((-20e-3, "V", 1e3))))
    assert numbers["column_pressure"] == pytest.approx(20e-3 / WORTH, rel=1e-4)
    H = brentq(lambda H: (H - LENGTH) / compliance(H) - 20e-3 / WORTH, LENGTH, 2 * LENGTH)
    assert numbers["planned_height"] == pytest.approx(H, rel=1e-6)
    assert numbers["column_flow"] == 0
    linear = check.derived(parse_deck(text((-1e-6, "V", 1.0))))
    assert linear["column_time"] == pytest.approx(RT_F / EXCHANGE * compliance(LENGTH) / WORTH**2, rel=1e-4)
    for duration, warned in ((200.0, False), (700.0, True)):
        deck = parse_deck(text((20.0, "A/m^2", duration)))
        H = LENGTH + 20.0 * WORTH * duration
        flow = H - brentq(lambda H: (H - LENGTH) / compliance(H) - STRENGTH, LENGTH, 3 * LENGTH)
        numbers = check.derived(deck)
        assert numbers["column_pressure"] == STRENGTH
        assert numbers["column_flow"] == pytest.approx(flow, rel=1e-6)
        assert ("column.yield_stress" in {w.key for w in check.warnings(deck)}) == warned

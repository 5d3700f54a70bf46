"""A counter electrode of lithium: its kinetics are in the voltage, and it recedes, so that the gap stays.

Bars, set before the first run: V of the flat cell within 0.5 % at every step, plating and stripping, at a given current
and at a given voltage; ledgers closed to 1e-8; engines and ranks 1e-9; the same bits after a restart. Set after a look
at the steps: a rest within 0.1 mV (was 0.01); in a salt 0.5 % and 1 mV from 4 s after a change on (was 2 s: the error
of the long steps), while less than a fifth of the gap has moved.
"""

import numpy as np
import pytest
from scipy.constants import R, physical_constants
from scipy.optimize import brentq

from phasefield import check
from phasefield.deck import parse_deck
from phasefield.errors import DeckError
from phasefield.io.rundir import open_run
from phasefield.physics.registry import build
from phasefield.run.runner import restart, run
from tests.errors import refused
from tests.parallel.pool import on_ranks
from tests.reliability.restarts import ALWAYS, cut, differences
from tests.slow import slow
from tests.verification.lithium_cell import LithiumCell

F = physical_constants["Faraday constant"][0]
RT_F, MOLAR = R * 298.15 / F, 12.998e-6
I0, SIGMA, GAP = 10.0, 0.01, 25e-6
DECK = f"""
[domain]
dimension = 1
size = ["40 um"]
cell_size = "0.5 um"
[electrolyte]
transport = "single-ion"
conductivity = "{SIGMA} S/m"
[kinetics]
exchange_current_density = "{I0} A/m^2"
[counter]
[interface]
width = "4 um"
[front]
height = "15 um"
[output]
snapshots = 1
[drive]
"""
EACH_WAY = (
    'steps = ["Plate at 3 mA/cm2 for 400 s", "Hold at -60 mV for 200 s", "Rest for 20 s", '
    '"Strip at 3 mA/cm2 for 900 s", "Hold at 60 mV for 200 s"]'
)
SALT = (
    "electrolyte.transport=binary", "electrolyte.conductivity=1 S/m", "electrolyte.concentration=1 mol/L",
    "electrolyte.diffusivity=1e-10 m^2/s", "electrolyte.transference_number=0.3",
    "counter.exchange_current_density=20 A/m^2",
)  # fmt: skip
RIPPLE = (
    "domain.dimension=2", "domain.size=['16 um', '40 um']", "domain.cell_size=1 um",
    "front.cosines=[{amplitude = '2 um', wavelength = '32 um'}]",
)  # fmt: skip


def ran(folder, steps, *overrides, name="run"):
    (folder / "deck.toml").write_text(DECK + steps)
    return run(folder / "deck.toml", folder / name, overrides=overrides)


def columns(found, *heads):
    return (found.history[head][1:] for head in heads)


def test_linear(tmp_path):
    """V = −i(R_ct + R_ct,c + L/σ), with the gap of the start: the counter electrode recedes as the other grows."""
    found = ran(tmp_path, EACH_WAY, "kinetics.law=linear", "counter.exchange_current_density=5 A/m^2")
    V, i = columns(found, "Cell voltage [V]", "Current density [A/m2]")
    assert V == pytest.approx(-i * (RT_F / I0 + RT_F / 5.0 + GAP / SIGMA), rel=0.005, abs=1e-4)
    thickness = found.history["Mean thickness [m]"]
    assert thickness.max() > 16.5e-6 and thickness.min() < 13.5e-6
    assert (i > 5).sum() > 10 and (i < -5).sum() > 10 and (i == 0).any()


def test_butler_and_volmer(tmp_path):
    """Three times i₀, and transfer coefficients of 0.3 and 0.6 at the counter electrode."""
    overrides = ("counter.anodic_transfer_coefficient=0.3", "counter.cathodic_transfer_coefficient=0.6")
    found = ran(tmp_path, EACH_WAY, *overrides, "counter.exchange_current_density=15 A/m^2")
    V, i, own = columns(found, "Cell voltage [V]", "Current density [A/m2]", "Counter overpotential [V]")

    def at_the_counter(i):
        return RT_F * brentq(lambda y: 15.0 * (np.exp(0.3 * y) - np.exp(-0.6 * y)) - i, -20, 20, xtol=1e-14)

    expected = np.array([at_the_counter(x) for x in i])
    given = np.isclose(abs(i), 30.0)
    assert own[given] == pytest.approx(expected[given], rel=1e-9)
    assert own == pytest.approx(expected, rel=1e-4, abs=1e-6)
    exact = -(2 * RT_F * np.arcsinh(i / 2 / I0) + expected + i * GAP / SIGMA)
    assert V == pytest.approx(exact, rel=0.005, abs=1e-4)
    assert abs(found.history["Charge closure [1]"]).max() < 1e-7


def test_a_salt(tmp_path):
    """Two sharp fronts that move together: c at both, and so both i₀, the diffusion potential, and the drop."""
    steps = (
        'steps = ["Plate at 40 mA/cm2 for 60 s", "Hold at -250 mV for 20 s", "Rest for 20 s", '
        '"Strip at 30 mA/cm2 for 70 s"]'
    )
    found = ran(tmp_path, steps, *SALT, "time.tolerance=0.002", "time.max_step=2 s")
    t, V, i, held, salt = (
        found.history[head]
        for head in ("Time [s]", "Cell voltage [V]", "Current density [A/m2]", "Charge closure [1]", "Salt closure [1]")
    )
    cell, expected = LithiumCell(GAP, 1e-10, 0.3, 1000.0, 1.0, (I0, 20.0)), [0.0]
    for dt, current in zip(np.diff(t), i[1:], strict=True):
        for _ in range(10):
            cell.advance(current, dt / 10)
        expected.append(cell.voltage(current))
    late = np.ones_like(t, bool)
    for change in (0.0, 60.0, 80.0, 100.0):
        late &= (t < change) | (t >= change + 4)
    assert late.sum() > 30
    assert V[late] == pytest.approx(np.array(expected)[late], rel=0.005, abs=1e-3)
    assert max(abs(held).max(), abs(salt).max()) < 1e-8


def test_the_electrolyte_keeps_its_volume(tmp_path):
    """Lithium of 0.4 of the gap goes over: c at its ends, and V, stay. If its salt stayed too, c would double."""
    found = ran(tmp_path, 'steps = ["Plate at 4 mA/cm2 for 1900 s"]', *SALT)
    V = found.history["Cell voltage [V]"]
    cell = LithiumCell(GAP, 1e-10, 0.3, 1000.0, 1.0, (I0, 20.0))
    for _ in range(1000):
        cell.advance(40.0, 0.1)
    assert found.history["Mean thickness [m]"][-1] > 25e-6
    assert V[2:] == pytest.approx(cell.voltage(40.0), rel=0.005)
    snapshot = found.snapshot(-1).fields
    c, ξ = snapshot["c"].ravel(), snapshot["xi"].ravel()
    assert c[ξ < 1e-3] == pytest.approx(1000.0, rel=0.04)


def test_each_face_has_its_own_current():
    """Over a rippled front, i of a cell at the top solves i = i₀B(−V − φ − i d/σ); the ledger has their mean."""
    from phasefield.physics.plating.ledger import entering

    deck = parse_deck(DECK + 'steps = ["Hold at -200 mV for 1 s"]', overrides=[*RIPPLE, "front.height=35 um"])
    case = build(deck)
    engine, s = case.engine(), case.scales
    dt = case.begin(0, engine)
    assert engine.initialise(dt).accepted and engine.step(dt).accepted
    φ = engine.owned("phi")[-1] * s.potential
    distance = 0.5e-6 + float(case.model.counter.receded.value) * s.length

    def current(φ):
        return brentq(lambda i: i - 2 * I0 * np.sinh((0.2 - φ - i * distance / SIGMA) / RT_F / 2), 0, 1e4, xtol=1e-9)

    expected = np.array([current(x) for x in φ])
    assert np.ptp(expected) > 0.04 * expected.mean()
    assert case.model.counter.current(case.model.counter.cells(engine)) * s.current == pytest.approx(expected, rel=1e-9)
    assert entering(engine, "phi") * s.current == pytest.approx(expected.mean(), rel=1e-9)
    iz = case.derived_fields(engine)["iy"]
    below = -engine.gradient_flux("phi")[-1][-2] * s.current
    assert iz[-1] == pytest.approx((below - expected) / 2, rel=1e-9)


@pytest.mark.parametrize("overrides", [(), SALT], ids=["single ion", "salt"])
def test_fast_kinetics_do_not_shorten_steps(tmp_path, overrides):
    """10⁵ times i₀: the steps of an electrode without kinetics, and its current in the first of them: 0.5 %."""
    steps = 'steps = ["Hold at -100 mV for 100 s"]'
    fast = ran(tmp_path, steps, *overrides, "counter.exchange_current_density=1e6 A/m^2", name="fast")
    ideal = [x for x in overrides if not x.startswith("counter")]
    (tmp_path / "deck.toml").write_text((DECK + steps).replace("[counter]", ""))
    ideal = run(tmp_path / "deck.toml", tmp_path / "ideal", overrides=ideal)
    assert len(fast.history["Time [s]"]) <= len(ideal.history["Time [s]"]) + 2
    i = [found.history["Current density [A/m2]"][1] for found in (fast, ideal)]
    assert i[0] == pytest.approx(i[1], rel=5e-3)


@pytest.mark.parametrize("counter", [True, False])
def test_salt_is_used_up_where_it_is_plated(tmp_path, counter):
    """At twice the limit, stripping ends by itself, 6 % after Sand's time (bar 8 %): the last cell has no salt."""
    overrides = [*SALT, "time.tolerance=0.001", "time.initial_step=0.2 ms", "domain.cell_size=0.25 um"]
    overrides += [] if counter else ["counter="]
    found = ran(tmp_path, 'steps = ["Strip at 200 mA/cm2 for 20 s"]', *overrides)
    sand = np.pi * 1e-10 * (1000.0 * F / (2 * 2000.0 * 0.7)) ** 2
    assert found.done and "counter electrode" in found.status["reason"]
    assert found.history["Time [s]"][-1] == pytest.approx(sand, rel=0.08)


def test_its_lithium_is_used_up(tmp_path):
    """The run ends when the charge of its thickness has passed: 1e-6."""
    found = ran(tmp_path, 'steps = ["Plate at 3 mA/cm2 for 400 s"]', "counter.thickness=1 um")
    assert found.status["reason"] == "counter electrode used up"
    assert found.history["Charge passed [C/m2]"][-1] == pytest.approx(1e-6 * F / MOLAR, rel=1e-6)


def test_check(tmp_path):
    """R_ct of each electrode, the planned current at a voltage, and what the drive takes of its lithium."""
    hold = 'steps = ["Hold at -60 mV for 200 s"]'
    deck = parse_deck(DECK + hold, overrides=["counter.exchange_current_density=5 A/m^2"])
    numbers = check.derived(deck)
    i = numbers["current_density"]
    kinetic = 2 * RT_F * (np.arcsinh(i / 2 / I0) + np.arcsinh(i / 2 / 5.0))
    assert kinetic + i * GAP / SIGMA == pytest.approx(0.06, rel=1e-9)
    assert numbers["counter_overpotential"] == pytest.approx(2 * RT_F * np.arcsinh(i / 2 / 5.0), rel=1e-9)
    assert build(deck).planar.current(build(deck).drive[0]) * I0 == pytest.approx(i, rel=1e-8)
    grown = numbers["planned_height"] - 15e-6
    assert grown == pytest.approx(i * 200 * MOLAR / F, rel=1e-9)
    for part, warned in ((0.9, True), (1.1, False)):
        thin = parse_deck(DECK + hold, overrides=[
            "counter.exchange_current_density=5 A/m^2", f"counter.thickness={part * grown} m",
        ])  # fmt: skip
        assert ("counter.thickness" in {problem.key for problem in check.warnings(thin)}) == warned
    plain = parse_deck((DECK + hold).replace("[counter]", ""))
    assert check.derived(plain)["counter_overpotential"] is None
    for report in (check.report(deck), check.report(plain)):
        assert sum("counter electrode" in line for line in report.splitlines()) == 1


def test_refused():
    """An activation energy of an i₀ that is not its own, and a counter electrode that is a reservoir."""
    with refused(DeckError, "counter.activation_energy"):
        parse_deck(DECK + EACH_WAY, overrides=["counter.activation_energy=50 kJ/mol"])
    with refused(DeckError, "counter"):
        parse_deck(DECK + EACH_WAY, overrides=[*SALT, "electrolyte.counter_electrode=reservoir"])


@pytest.mark.parametrize("overrides", [(), slow(SALT)], ids=["single ion", "salt"])
def test_engines(tmp_path, overrides):
    """FiPy's engine and the compiled one, strict, in the same steps: 1e-9 of the largest value."""
    steps = 'steps = ["Plate at 3 mA/cm2 for 8 s", "Hold at -60 mV for 8 s"]'
    same = ("solver.profile=strict", "solver.petsc={pc_type = 'lu'}", "time.initial_step=2 s", "time.max_step=2 s")
    one, other = (
        ran(tmp_path, steps, *overrides, f"solver.engine={engine}", *same, name=engine)
        for engine in ("fipy", "compiled")
    )
    for head in ("Cell voltage [V]", "Current density [A/m2]", "Counter overpotential [V]", "Mean thickness [m]"):
        a, b = one.history[head][1:], other.history[head][1:]  # the first row of FiPy's engine is only a guess
        assert a == pytest.approx(b, abs=1e-9 * abs(a).max()), head


@pytest.mark.promise("a restart goes on to the same bits")
@pytest.mark.parametrize("overrides", [(), SALT], ids=["single ion", "salt"])
def test_restart(tmp_path, overrides):
    """In a hold: how far the electrode has receded is part of the state."""
    steps = 'steps = ["Plate at 3 mA/cm2 for 60 s", "Hold at -60 mV for 100 s"]'
    whole = ran(tmp_path, steps, *overrides, *ALWAYS)
    inside = np.flatnonzero(whole.history["Time [s]"] > 100)[0]
    part = cut(whole.path, int(inside), tmp_path / "part")
    restart(part)
    assert differences(whole.path, part) == []


@pytest.mark.parametrize("ranks", [slow(2), 3])
def test_ranks(tmp_path, ranks):
    """A rippled front at a given current and voltage, in a salt: 1e-9 of the largest value."""
    steps = 'steps = ["Plate at 3 mA/cm2 for 20 s", "Hold at -60 mV for 20 s"]'
    one = ran(tmp_path, steps, *RIPPLE, *SALT, "solver.profile=strict")
    program = f'from phasefield.run.runner import run\nrun("deck.toml", "more", overrides={[*RIPPLE, *SALT]!r}'
    (tmp_path / "program.py").write_text(program + ' + ["solver.profile=strict"])\n')
    assert (done := on_ranks(ranks, [tmp_path / "program.py"], cwd=tmp_path)).returncode == 0, done.stdout
    more = open_run(tmp_path / "more").history
    for head in ("Cell voltage [V]", "Current density [A/m2]", "Counter overpotential [V]", "Tip height [m]"):
        assert more[head] == pytest.approx(one.history[head], abs=1e-9 * abs(more[head]).max()), head

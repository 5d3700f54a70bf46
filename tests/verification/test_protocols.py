"""Steps that end by a condition: met where a formula says, to the tolerance, and not by a step too many.

Bars: the condition within 1e-6 of its limit (1 µV for voltages); the voltage of the flat cell within 0.4 % (record
030) where a condition ends a step; the decay of a rest within 10 %; sums of the cycles within the digits of the
history from which they are made anew; the same bits after a restart.
"""

import json
import shutil

import numpy as np
import pytest
from scipy.constants import R, physical_constants

from phasefield.errors import RunError
from phasefield.io.rundir import CYCLES, open_run
from phasefield.run.runner import restart, run
from tests.errors import refused
from tests.parallel.pool import on_ranks
from tests.reliability.restarts import ALWAYS, MODELS, cut, differences

F = physical_constants["Faraday constant"][0]
HEIGHT, START, SIGMA, I0, MOLAR = 40e-6, 15e-6, 0.003, 100.0, 12.998e-6
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
[interface]
width = "4 um"
[front]
height = "15 um"
[output]
snapshots = 1
[drive]
"""
LIQUID = (
    "electrolyte.transport=binary", "electrolyte.conductivity=0.05 S/m", "electrolyte.concentration=1 mol/L",
    "electrolyte.diffusivity=1e-11 m^2/s", "electrolyte.transference_number=0.3",
)  # fmt: skip


def flat(i, height):
    """V of the flat cell whose lithium plates i: kinetics and Ohm's law."""
    return -2 * R * 298.15 / F * np.arcsinh(i / (2 * I0)) - i * (HEIGHT - height) / SIGMA


def ran(folder, steps, *overrides, name="run"):
    (folder / "deck.toml").write_text(DECK + steps)
    return run(folder / "deck.toml", folder / name, overrides=overrides)


def values(found, head):
    return found.history[head]


def test_until_a_voltage(tmp_path):
    """Stripping widens the gap until the voltage, which rises with it, is 89.5 mV."""
    found = ran(tmp_path, 'steps = ["Strip at 1 mA/cm2 until 89.5 mV", "Plate at 1 mA/cm2 until 0.001 mAh/cm2"]')
    V, t, i = (values(found, head) for head in ("Cell voltage [V]", "Time [s]", "Current density [A/m2]"))
    last = np.flatnonzero(i < 0)[-1]
    assert 0 <= V[last] - 0.0895 <= 1e-6 and (V[1:last] < 0.0895).all()
    assert flat(-10.0, START - 10.0 * t[last] * MOLAR / F) == pytest.approx(0.0895, rel=0.004)
    assert t[-1] == pytest.approx(t[last] + 3.6), "0.001 mAh/cm2 at 1 mA/cm2"
    assert found.status["reason"].startswith("end of")


def test_plating_until_a_voltage(tmp_path):
    """Salt is depleted at the lithium, so the voltage falls; the step ends when it is −12 mV, and the next begins."""
    steps = 'steps = ["Plate at 1 mA/cm2 until -12 mV", "Rest for 1 s"]'
    found = ran(tmp_path, steps, *LIQUID, "time.max_step=2 s")
    V, i = values(found, "Cell voltage [V]"), values(found, "Current density [A/m2]")
    last = np.flatnonzero(i > 0)[-1]
    assert 0 <= -0.012 - V[last] <= 1e-6 and (V[:last] > -0.012).all() and last > 3
    assert i[-1] == 0 and values(found, "Time [s]")[-1] == pytest.approx(values(found, "Time [s]")[last] + 1)


def test_constant_current_then_constant_voltage(tmp_path):
    """A hold strips at less and less current as the gap widens; it ends at 0.8 mA/cm², where a formula says."""
    found = ran(tmp_path, 'steps = ["Strip at 1 mA/cm2 until 85 mV", "Hold at 85 mV until 0.95 mA/cm2"]')
    i, V = (values(found, head) for head in ("Current density [A/m2]", "Cell voltage [V]"))
    hold = np.flatnonzero(V == 0.085)[-8:]
    assert 0 <= 9.5 - abs(i[-1]) <= 9.5e-6 and (abs(i[hold[:-1]]) > 9.5).all()
    assert V[-1] == 0.085
    charge = values(found, "Charge passed [C/m2]")[-1]
    assert flat(-9.5, START + charge * MOLAR / F) == pytest.approx(0.085, rel=0.004)


@pytest.mark.parametrize(("step", "head", "limit"), [
    ("Hold at -80 mV until 0.02 mAh/cm2", "Charge passed [C/m2]", 720.0),
    ("Hold at 80 mV until 0.02 mAh/cm2", "Charge passed [C/m2]", -720.0),
    ("Plate at 1 mA/cm2 until 15.4 um", "Tip height [m]", 15.4e-6),
    ("Hold at 80 mV until 14.6 um", "Tip height [m]", 14.6e-6),
])  # fmt: skip
def test_until_a_charge_or_a_height(tmp_path, step, head, limit):
    found = ran(tmp_path, f'steps = ["{step}"]')
    assert values(found, head)[-1] == pytest.approx(limit, rel=1.01e-6)
    assert abs(values(found, head)[-2] - limit) > 1e-3 * abs(limit), "the step before is not there yet"


def test_the_charge_of_a_given_current_is_a_time(tmp_path):
    """Met to the last digit, without a search: no more tries than steps."""
    found = ran(tmp_path, 'steps = ["Strip at 1 mA/cm2 until 0.01 mAh/cm2"]')
    assert values(found, "Charge passed [C/m2]")[-1] == pytest.approx(-360.0, rel=1e-12)
    assert values(found, "Rejected steps [1]")[-1] == 0


def test_rest_until_the_voltage_is_steady(tmp_path):
    """The last step is the first whose |ΔV|/Δt is within the bound; a salt relaxes with the time of its slowest mode.

    Its rate is that of its end, and the one before that of the middle of its step: 5 % less.
    """
    steps = 'steps = ["Plate at 1 mA/cm2 for 30 s", "Rest until 2 uV/s"]'
    found = ran(tmp_path, steps, *LIQUID, "time.max_step=0.5 s")
    i, V, t = (values(found, head) for head in ("Current density [A/m2]", "Cell voltage [V]", "Time [s]"))
    rest = np.flatnonzero(i == 0)[1:]
    rate = abs(np.diff(V)[rest[1:] - 1] / np.diff(t)[rest[1:] - 1])
    assert 0 <= 2e-6 - rate[-1] <= 1e-7 and (rate[:-1] > 2e-6).all()
    late = rest[1:][rate < 6e-6]
    decay = np.log(rate[rate < 6e-6][0] / rate[-2]) / (t[late[-2]] - t[late[0]])
    assert decay == pytest.approx(np.pi**2 * 1e-11 / (HEIGHT - START) ** 2, rel=0.1)


def test_a_condition_that_holds_from_the_start(tmp_path):
    """85 mV are passed at once: the step ends after a thousandth of a first step, and the next one begins."""
    found = ran(tmp_path, 'steps = ["Strip at 2 mA/cm2 until 85 mV", "Rest for 3 s"]')
    assert found.history.rows > 2 and found.status["state"] == "done"
    assert values(found, "Time step [s]")[1] < 0.1 and values(found, "Current density [A/m2]")[1] == pytest.approx(-20)
    assert values(found, "Time [s]")[-1] == pytest.approx(3.0 + values(found, "Time step [s]")[1])


@pytest.mark.parametrize(("key", "head", "limit", "rate"), [
    ("charge=200 C/m^2", "Charge passed [C/m2]", -200.0, "Strip"),
    ("charge=200 C/m^2", "Charge passed [C/m2]", 200.0, "Plate"),
    ("tip_height=15.3 um", "Tip height [m]", 15.3e-6, "Plate"),
])  # fmt: skip
def test_the_run_ends_at_its_limits(tmp_path, key, head, limit, rate):
    """Plated or stripped; the last step is cut so that the limit is just met."""
    found = ran(tmp_path, f'steps = ["{rate} at 1 mA/cm2 for 1 hour"]', f"stop.{key}")
    assert values(found, head)[-1] == pytest.approx(limit, rel=1.01e-6)
    assert key.partition("=")[0].split("_")[0] in found.status["reason"]


CYCLED = """cycles = 2
steps = [
  "Plate at 1 mA/cm2 for 1 hour or until 0.01 mAh/cm2",
  { cycles = 2, steps = ["Rest for 3 s", "Hold at 82 mV until 0.004 mAh/cm2"] },
  "Hold at -84 mV until 0.001 mAh/cm2 or for 3 hours",
]
"""


@pytest.fixture(scope="module")
def cycled(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("cycled"), CYCLED, *ALWAYS, "time.max_step=10 s")


def test_summary_of_the_cycles(cycled):
    """A cycle is a pass through a block; its row is made anew from the rows of the history in its time."""
    table, history = cycled.cycles, cycled.history
    np.testing.assert_array_equal(table["Cycle"], np.arange(1, 9))
    ends = table["Time [s]"]
    np.testing.assert_allclose(np.cumsum(table["Duration [s]"]), ends, rtol=1e-8)
    charge, V = history["Charge passed [C/m2]"], history["Cell voltage [V]"]
    η = history["Overpotential [V]"]
    for k, (start, end) in enumerate(zip([0.0, *ends[:-1]], ends, strict=True)):
        inside = np.flatnonzero((history["Time [s]"] > start) & (history["Time [s]"] <= end))
        dq = charge[inside] - charge[inside - 1]
        into, out = dq[dq > 0].sum(), -dq[dq < 0].sum()
        row = {head: table[head][k] for head in table}
        assert row["Charge in [C/m2]"] == pytest.approx(into, rel=1e-7, abs=1e-6)
        assert row["Charge out [C/m2]"] == pytest.approx(out, rel=1e-7, abs=1e-6)
        there, back = (into, out) if next((passed for passed in dq if passed), 1) > 0 else (out, into)
        efficiency = back / there if there else np.nan
        assert row["Coulombic efficiency [1]"] == pytest.approx(efficiency, rel=1e-7, nan_ok=True)
        mean = (abs(dq) * abs(η[inside])).sum() / abs(dq).sum()
        assert row["Mean overpotential [V]"] == pytest.approx(mean, rel=1e-7)
        for way, part in (("in", dq > 0), ("out", dq < 0)):
            mean = (abs(dq) * V[inside])[part].sum() / abs(dq[part]).sum() if part.any() else np.nan
            assert row[f"Mean voltage {way} [V]"] == pytest.approx(mean, rel=1e-7, nan_ok=True)
    np.testing.assert_allclose(table["Charge out [C/m2]"][[1, 2, 5, 6]], 144.0, rtol=1e-6)
    np.testing.assert_allclose(table["Charge in [C/m2]"][[0, 3, 4, 7]], [360.0, 36.0, 360.0, 36.0], rtol=1e-6)


@pytest.mark.promise("a restart goes on to the same bits")
@pytest.mark.parametrize("where", ["in a cycle", "at the end of a step", "at the end of a cycle"])
def test_restart_in_a_cycle(cycled, tmp_path, where):
    """From a checkpoint in the middle of a step, and where a condition ended one: same bits, same cycles."""
    t, i = cycled.history["Time [s]"], cycled.history["Current density [A/m2]"]
    second = int(np.flatnonzero(np.isclose(t, cycled.cycles["Time [s]"][1]))[0])
    step = {"in a cycle": second - 2, "at the end of a step": second + 1, "at the end of a cycle": second}[where]
    while where == "at the end of a step" and i[step + 1] == 0:
        step += 1
    part = cut(cycled.path, step, tmp_path / "part")
    restart(part)
    assert differences(cycled.path, part) == []
    assert (part / CYCLES).read_text() == (cycled.path / CYCLES).read_text()


def test_fewer_cycles_than_have_passed(cycled, tmp_path):
    """Conditions end steps early, so the planned time alone does not show it."""
    part = cut(cycled.path, cycled.history.rows - 3, tmp_path / "part")
    with refused(RunError, "end-passed", 6):
        restart(part, overrides=["drive.cycles=1"])


def test_more_cycles(cycled, tmp_path):
    """A run that is done goes on with the cycles that are added."""
    part = tmp_path / "part"
    shutil.copytree(cycled.path, part)
    restart(part, overrides=["drive.cycles=3"])
    more = open_run(part)
    assert list(more.cycles["Cycle"]) == list(range(1, 13))
    assert list(more.cycles["Time [s]"][:8]) == list(cycled.cycles["Time [s]"])
    np.testing.assert_allclose(more.cycles["Charge in [C/m2]"][[8, 11]], [360.0, 36.0], rtol=1e-6)


def test_cycles_on_two_ranks(cycled, tmp_path):
    """The conditions end the same steps on two ranks, and the rows are the same to what the linear solver leaves."""
    (tmp_path / "deck.toml").write_text(DECK + CYCLED)
    program = 'from phasefield.run.runner import run\nrun("deck.toml", "run", overrides=["time.max_step=10 s"])\n'
    (tmp_path / "program.py").write_text(program)
    assert (done := on_ranks(2, [tmp_path / "program.py"], cwd=tmp_path)).returncode == 0, done.stdout
    found = open_run(tmp_path / "run")
    assert found.history.rows == cycled.history.rows
    for head in cycled.cycles:
        np.testing.assert_allclose(found.cycles[head], cycled.cycles[head], rtol=1e-5, err_msg=head)


def test_a_run_that_is_cut_short_has_its_last_cycle(tmp_path):
    """The end of the run ends the cycle too; when the run goes on, the row is replaced by that of the whole cycle."""
    steps = 'cycles = 2\nsteps = ["Plate at 1 mA/cm2 for 20 s", "Strip at 1 mA/cm2 for 10 s"]'
    found = ran(tmp_path, steps, "stop.time=40 s")
    assert list(found.cycles["Charge out [C/m2]"]) == pytest.approx([100.0, 0.0])
    assert np.isclose(found.cycles["Time [s]"][-1], 40.0)
    restart(found.path, overrides=["stop.time="])
    whole = open_run(found.path)
    assert list(whole.cycles["Coulombic efficiency [1]"]) == pytest.approx([0.5, 0.5])
    assert list(whole.cycles["Time [s]"]) == pytest.approx([30.0, 60.0])


def test_snapshots_where_conditions_end_steps(cycled, tmp_path):
    """One at each such end, if they are no more than the planned ones."""
    found = ran(tmp_path, 'steps = ["Hold at -80 mV until 0.002 mAh/cm2", "Rest for 10 s"]', "output.snapshots=2")
    ends = found.history["Time [s]"][found.history["Current density [A/m2]"] > 0][-1]
    assert np.isclose(found.times, ends).any()
    state = json.loads((cycled.path / "status.json").read_text())["state"]
    assert state == "done" and len(cycled.times) == 2, "ten conditions, one planned snapshot"


def of_model(folder, model, steps):
    text, overrides = MODELS[model]
    (folder / "deck.toml").write_text(text)
    longer = [f"drive.steps={steps}", "stop.time=10 h", "output.snapshots=2"]
    return run(folder / "deck.toml", folder / "run", overrides=[*overrides, *longer])


def test_an_electrode_that_stores_lithium(tmp_path):
    """Charged until 4.02 V, held until 0.03 mA/cm², discharged by a charge: the same steps and words."""
    steps = ["Delithiate at 0.05 mA/cm2 until 4.02 V", "Hold at 4.02 V until 0.03 mA/cm2",
             "Lithiate at 0.1 mA/cm2 for 1 hour or until 0.002 mAh/cm2"]  # fmt: skip
    found = of_model(tmp_path, "contact", json.dumps(steps))
    i, V, q = (values(found, h) for h in ("Current density [A/m2]", "Cell voltage [V]", "Charge passed [C/m2]"))
    charged, held = np.flatnonzero(np.isclose(i, -0.5))[-1], np.flatnonzero(V == 4.02)[-1]
    assert 0 <= V[charged] - 4.02 <= 1e-6 and 0 <= 0.3 - abs(i[held]) <= 3e-7
    assert i[-1] == pytest.approx(1.0) and q[-1] - q[held] == pytest.approx(72.0, rel=1e-9)
    assert list(found.cycles["Coulombic efficiency [1]"]) == pytest.approx([-72.0 / q[held]])  # it is charged first
    assert "Mean overpotential [V]" not in found.cycles


def test_lithium_over_an_interphase(tmp_path):
    """Plated to a height, and held at a voltage for a charge."""
    steps = ["Plate at 2 mA/cm2 until 6.3 nm", "Hold at -2 mV until 1e-4 mAh/cm2"]
    found = of_model(tmp_path, "plating-interphase", json.dumps(steps))
    height, V, q = (values(found, h) for h in ("Tip height [m]", "Cell voltage [V]", "Charge passed [C/m2]"))
    plated = np.flatnonzero(V == -0.002)[0] - 1
    assert height[plated] == pytest.approx(6.3e-9, rel=1.01e-6)
    assert q[-1] - q[plated] == pytest.approx(3.6, rel=1.01e-6)

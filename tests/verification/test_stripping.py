"""Lithium stripped to the collector: V stays positive, and run or step ends when the deck's lithium has passed.

Bars: charge within 1e-6 of what the lithium held, less what is left; at a cut-off of 1 V within 0.3 %; ledger closed to
1e-9; the voltage of thick lithium within 0.4 % of the formula (record 030); lithium of the deck within 0.1 %.
"""

import numpy as np
import pytest
from scipy.constants import R, physical_constants

from phasefield.io.rundir import open_run
from phasefield.run.runner import restart, run
from tests.parallel.pool import on_ranks
from tests.reliability.restarts import ALWAYS, cut, differences

F = physical_constants["Faraday constant"][0]
MOLAR, SIGMA, I0, WIDTH, HEIGHT, GAP = 12.998e-6, 0.03, 10.0, 3e-6, 5e-6, 25e-6
#: Mean thickness at which lithium counts as used up.
LEFT = 1e-3 * WIDTH
FLAT = f"""
[domain]
dimension = 1
size = ["30 um"]
cell_size = "0.375 um"
[electrolyte]
transport = "single-ion"
conductivity = "{SIGMA} S/m"
[kinetics]
exchange_current_density = "{I0} A/m^2"
[interface]
width = "3 um"
[front]
height = "5 um"
[output]
snapshots = 8
[drive]
"""
RIPPLE = FLAT.replace("dimension = 1", "dimension = 2").replace(
    'size = ["30 um"]\ncell_size = "0.375 um"', 'size = ["20 um", "30 um"]\ncell_size = "0.5 um"'
).replace('height = "5 um"', 'height = "5 um"\ncosines = [{ amplitude = "2 um", wavelength = "40 um" }]')  # fmt: skip


def ran(folder, text, drive, *overrides):
    (folder / "deck.toml").write_text(text + drive)
    return run(folder / "deck.toml", folder / "run", overrides=overrides)


def test_a_flat_film(tmp_path):
    """To the end of its lithium; the film keeps its place on the collector while it is thinner than its interface."""
    found = ran(tmp_path, FLAT, 'steps = ["Strip at 1 mA/cm2 for 2 hours"]')
    history, V, i = found.history, found.history["Cell voltage [V]"], 10.0
    assert found.status["state"] == "done" and found.status["reason"] == "lithium used up"
    held = (history["Mean thickness [m]"][0] - LEFT) * F / MOLAR
    assert -history["Charge plated [C/m2]"][-1] == pytest.approx(held, rel=1e-6)
    assert history["Mean thickness [m]"][-1] == pytest.approx(LEFT, abs=1.01e-6 * WIDTH)
    assert abs(history["Charge closure [1]"]).max() < 1e-9
    assert history["Mean thickness [m]"][0] == pytest.approx(HEIGHT, rel=1e-3)
    assert (V > 0).all() and V[-1] > 1.0 and V[-1] == V.max()
    thickness = history["Mean thickness [m]"]
    thick = thickness > 1.3 * WIDTH
    exact = 2 * R * 298.15 / F * np.arcsinh(i / 2 / I0) + i * (GAP + HEIGHT - thickness) / SIGMA
    np.testing.assert_allclose(V[thick], exact[thick], rtol=0.004)
    for k in range(len(found.times)):
        ξ = found.snapshot(k).fields["xi"].ravel()
        assert ξ.mean() * (GAP + HEIGHT) < 0.05 * WIDTH or (ξ.argmax() == 0 and (np.diff(ξ) < 1e-4).all())
    assert (history["Tip height [m]"] >= 0).all()


def test_a_cut_off_voltage(tmp_path):
    """0.1 V is met while the film is thin but there."""
    found = ran(tmp_path, FLAT, 'steps = ["Strip at 1 mA/cm2 until 0.1 V"]').history
    assert 0 <= found["Cell voltage [V]"][-1] - 0.1 <= 1e-6
    assert LEFT < found["Mean thickness [m]"][-1] < 0.1 * WIDTH


def test_held_until_the_lithium_is_gone(tmp_path):
    """A given voltage strips less and less, until the current or the lithium is gone."""
    found = ran(tmp_path, FLAT, 'steps = ["Hold at 50 mV until 0.01 mA/cm2"]')
    assert found.status["state"] == "done" and "end of the drive" in found.status["reason"]
    thickness, current = found.history["Mean thickness [m]"][-1], found.history["Current density [A/m2]"][-1]
    assert thickness < 0.1 * WIDTH or abs(current) <= 0.1


CYCLE = 'cycles = 2\nsteps = ["Strip at 1 mA/cm2 until 1 V", "Rest for 1 minute", "Plate at 1 mA/cm2 for 10 minutes"]'


@pytest.fixture(scope="module")
def cycled(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("cycled"), RIPPLE, CYCLE)


def test_cycles_of_a_rippled_film(cycled):
    """1 V comes when hardly any is left: the step ends there, the rest shows no voltage, and the cell goes on."""
    history, cycles = cycled.history, cycled.cycles
    i, V = history["Current density [A/m2]"], history["Cell voltage [V]"]
    ends = np.flatnonzero((i < 0) & (np.roll(i, -1) == 0))
    held = history["Mean thickness [m]"][0] * F / MOLAR
    for end in ends:
        assert V[end] > 1.0
        assert 0.997 * held < -history["Charge plated [C/m2]"][end] < held
    assert abs(history["Charge closure [1]"]).max() < 1e-9
    assert (V[i < 0] > 0).all() and (V[i > 0] < 0).all() and (abs(V[1:][i[1:] == 0]) < 1e-3).all()
    assert cycled.status["reason"] == "end of the drive" and len(ends) == 2
    assert cycles["Charge out [C/m2]"][1] == pytest.approx(cycles["Charge in [C/m2]"][0], rel=0.01)
    assert cycles["Charge in [C/m2]"] == pytest.approx(6000.0, rel=1e-9)


@pytest.mark.parametrize(("width", "left", "warned"), [(2.0, 55.0, False), (3.0, 31.0, False), (3.0, 5.0, True)])
def test_plating_again(tmp_path, width, left, warned):
    """What is left of a film, in nm, is the top of a front and becomes one again. Below 1 %, the run warns.

    Charge 1e-6; ξ falls from the collector on. The voltage of the film, thinner than its interface still, within 2.5 %.
    """
    charge = (HEIGHT - left * 1e-9) * F / MOLAR
    steps = f'steps = ["Strip at 2 mA/cm2 until {charge} C/m2", "Plate at 2 mA/cm2 until 0.5 mAh/cm2"]'
    overrides = ("output.snapshots=1", f"interface.width={width} um", f"domain.cell_size={width / 8} um")
    found = ran(tmp_path, FLAT, steps, *overrides)
    assert ("lithium is plated on a film" in (found.path / "run.log").read_text()) == warned
    thickness = found.history["Mean thickness [m]"]
    assert thickness[-1] - thickness.min() == pytest.approx(18000.0 * MOLAR / F, rel=1e-6)
    if warned:
        return
    ξ, i = found.snapshot(-1).fields["xi"].ravel(), 20.0
    assert ξ[0] > 0.95 and (np.diff(ξ) < 1e-4).all()
    exact = 2 * R * 298.15 / F * np.arcsinh(i / 2 / I0) + i * (GAP + HEIGHT - thickness[-1]) / SIGMA
    assert found.history["Cell voltage [V]"][-1] == pytest.approx(-exact, rel=0.025)


def test_two_ranks(cycled, tmp_path):
    (tmp_path / "deck.toml").write_text(RIPPLE + CYCLE.replace("2", "1", 1))
    (tmp_path / "program.py").write_text('from phasefield.run.runner import run\nrun("deck.toml", "run")\n')
    assert (done := on_ranks(2, [tmp_path / "program.py"], cwd=tmp_path)).returncode == 0, done.stdout
    history = open_run(tmp_path / "run").history
    end = np.flatnonzero(history["Current density [A/m2]"] < 0)[-1]
    assert history["Cell voltage [V]"][end] > 1.0
    assert history["Time [s]"][end] == pytest.approx(cycled.history["Time [s]"][end], rel=1e-6)


def test_a_cut_off_that_lithium_does_not_reach(tmp_path):
    """9 V is more than the last lithium gives: that it is used up ends the step in its place, and the rest follows.

    At 1 mA/cm², the lithium has 9 V at 5 nm, more than `LEFT`: its potential found anew has so in a split step.
    """
    found = ran(tmp_path, FLAT, 'steps = ["Strip at 0.1 mA/cm2 until 9 V", "Rest for 10 s"]')
    assert found.status["reason"] == "end of the drive" and found.history["Current density [A/m2]"][-1] == 0
    end = np.flatnonzero(found.history["Current density [A/m2]"] < 0)[-1]
    assert found.history["Mean thickness [m]"][end] == pytest.approx(LEFT, abs=1.01e-6 * WIDTH)


@pytest.mark.promise("a restart goes on to the same bits")
def test_restart_in_a_thin_film(tmp_path):
    """Where the thickness bounds the steps: the bound is part of the state."""
    whole = ran(tmp_path, FLAT, 'steps = ["Strip at 1 mA/cm2 until 1 V", "Rest for 10 s"]', *ALWAYS)
    thin = np.flatnonzero(whole.history["Mean thickness [m]"] < 0.3 * WIDTH)[3]
    part = cut(whole.path, int(thin), tmp_path / "part")
    restart(part)
    assert differences(whole.path, part) == []

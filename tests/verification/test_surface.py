"""The closure of the diffuse front: right from the first step of any drive, at any mobility, through depletion.

A flat front against Butler-Volmer and Ohm, and against a sharp front in a salt. Bars, set before the first run: the
voltage within 0.5 % at every step, a rest within 1 mV, the current through depletion within 1 %. Set later, in
decision record 039: a rest also within 0.2 % of the overpotential before it.
"""

import math
from itertools import product

import numpy as np
import pytest

from phasefield.deck import parse_deck
from phasefield.physics.plating.planned import Planned
from phasefield.run import runner
from tests.slow import slow
from tests.verification.sharp_front import RT_F, V_LI, F, SharpFront

WIDTH, HEIGHT, EXCHANGE = 4e-6, 60e-6, 10.0
DECK = """
[domain]
dimension = 1
size = ["60 um"]
cell_size = "0.5 um"
[electrolyte]
{electrolyte}
[kinetics]
exchange_current_density = "{exchange} A/m^2"
law = "{law}"
[interface]
width = "{width} um"
[front]
height = "10 um"
[drive]
steps = [{drive}]
"""
SALT = {"transport": "binary", "conductivity": "10 mS/cm", "concentration": "1 mol/L", "diffusivity": "3e-6 cm^2/s",
        "transference_number": 0.3, "conductivity_exponent": 1.0}  # fmt: skip


def deck_of(electrolyte, drive, law="butler-volmer", exchange=EXCHANGE, width=4):
    lines = "\n".join(f'{key} = "{v}"' if isinstance(v, str) else f"{key} = {v}" for key, v in electrolyte.items())
    return DECK.format(electrolyte=lines, drive=drive, law=law, exchange=exchange, width=width)


def history(text, folder, *overrides):
    (folder / "deck.toml").write_text(text)
    return runner.run(folder / "deck.toml", folder / "run", overrides=overrides)


@pytest.mark.parametrize("law", ["butler-volmer", slow("linear")])
@pytest.mark.parametrize(("ratio", "drop", "part"), product([0.01, 1.0, 20.0], [0.01, 0.3, 2.0], [1.0, 0.1]))
def test_a_current_and_a_rest(ratio, drop, part, law, tmp_path):
    """i/i₀, iδ_PF/σ in RT/F and Γ over the automatic one. V = −(η + iL/σ) at each step; 0 from the rest's first on.

    0.5 %; 1 mV, and 0.2 % of η.
    """
    i = ratio * EXCHANGE
    conductivity, duration = i * WIDTH / (drop * RT_F), 0.75 * WIDTH * F / (i * V_LI)
    drive = (
        f'{{mode = "galvanostatic", current_density = "{i} A/m^2", duration = "{duration} s"}}, '
        f'{{mode = "rest", duration = "{duration / 2} s"}}'
    )
    text = deck_of({"transport": "single-ion", "conductivity": f"{conductivity} S/m"}, drive, law)
    mobility = part * Planned(parse_deck(text, "deck")).mobility
    found = history(text, tmp_path, f"interface.mobility={mobility} m^2/s", "output.snapshots=1").history
    η = RT_F * (ratio if law == "linear" else 2 * math.asinh(ratio / 2))
    expected = -(η + i * (HEIGHT - found["Mean thickness [m]"]) / conductivity)
    driven, after = found["Current density [A/m2]"] > 0, found["Time [s]"] > duration * 1.0001
    assert driven.sum() > 10 and after.sum() > 3
    assert found["Cell voltage [V]"][driven] == pytest.approx(expected[driven], rel=5e-3)
    assert np.abs(found["Cell voltage [V]"][after]).max() < min(1e-3, 2e-3 * η)
    at_surface = np.abs(found["Overpotential [V]"][driven] + η).max()
    assert at_surface < 0.02 * (η + drop * RT_F)


def sharp():
    return SharpFront(10e-6, HEIGHT, 3e-10, 0.3, 1000.0, 1.0, EXCHANGE)


@pytest.mark.parametrize("width", [4, 2])
def test_through_the_limiting_current(width, tmp_path):
    """−0.5 V: the current falls to what the salt carries, 12 % below the limit. 1 %; no step below 0.1 ms."""
    drive = '{mode = "potentiostatic", voltage = "-0.5 V", duration = "5 s"}'
    cells = f"domain.cell_size={width / 8} um"
    run = history(deck_of(SALT, drive, width=width), tmp_path, cells, "time.tolerance=0.002")
    found, front, expected, dt = run.history, sharp(), {}, 0.01
    for step in range(1, 501):
        expected[step] = front.current(0.5, dt)
        front.advance(expected[step], dt)
    for time in (2, 3, 5):
        current = np.interp(time, found["Time [s]"], found["Current density [A/m2]"])
        assert current == pytest.approx(expected[100 * time], rel=0.01)
    assert found["Time step [s]"][1:].min() > 1e-4
    for balance in ("Charge closure [1]", "Salt closure [1]"):
        assert np.abs(found[balance]).max() < 1e-6


def test_the_salt_runs_out(tmp_path):
    """1.8 times the limit: the run ends by itself when the sharp front has no salt left. 2 %; no step below 50 µs.

    The voltage on the way: 1 %. The end comes 1.4 % early, when 1 % of the salt is left.
    """
    drive = '{mode = "galvanostatic", current_density = "3000 A/m^2", duration = "20 s"}'
    overrides = ("time.tolerance=0.001", "time.initial_step=0.1 ms", "domain.cell_size=0.25 um")
    run = history(deck_of(SALT, drive, width=2), tmp_path, *overrides)
    found, front, dt, steps = run.history, sharp(), 5e-4, 0
    while front.advance(3000.0, dt) > 0:
        steps += 1
        if steps in (200, 600):
            voltage = np.interp(steps * dt, found["Time [s]"], found["Cell voltage [V]"])
            assert -voltage == pytest.approx(front.voltage(3000.0, dt), rel=0.01)
    assert run.done and found["Time [s]"][-1] == pytest.approx(steps * dt, rel=0.02)
    assert found["Time step [s]"][1:].min() > 5e-5
    assert found["Cell voltage [V]"][-1] < -0.75


def test_voltage_of_a_salt(tmp_path):
    """Twice i₀ in 1 mol/L: Butler-Volmer, Ohm and diffusion potential from the first row to the steady state. 0.5 %.

    The salt at both electrodes: 0.5 % of what it has changed by, and 0.3 mol/m³.
    """
    drive = '{mode = "galvanostatic", current_density = "200 A/m^2", duration = "20 s"}'
    found = history(deck_of(SALT, drive, exchange=100.0), tmp_path, "time.max_step=0.1 s").history
    first = found["Overpotential [V]"][0] - found["Cell voltage [V]"][0]
    assert first == pytest.approx(200 * 50e-6, rel=0.01)  # no salt has moved yet
    at = ("Salt at the lithium [mol/m3]", "Salt at the counter electrode [mol/m3]")
    assert [found[column][0] for column in at] == pytest.approx([1000, 1000], rel=2e-4)
    front = SharpFront(10e-6, HEIGHT, 3e-10, 0.3, 1000.0, 1.0, 100.0)
    for step in range(1, 1001):
        voltage, salt = front.voltage(200.0, 0.02), front.after(200.0, 0.02)[1:3]
        front.advance(200.0, 0.02)
        if step in (50, 250, 1000):
            now = np.interp(0.02 * step, found["Time [s]"], found["Cell voltage [V]"])
            assert -now == pytest.approx(voltage, rel=5e-3)
            for column, c in zip(at, salt, strict=True):
                there = np.interp(0.02 * step, found["Time [s]"], found[column])
                assert there == pytest.approx(c, abs=5e-3 * abs(c - 1000) + 0.3)

"""Lithium beside a host that conducts ions and electrons and stores lithium, against the laws of `theory.host`.

Bars, set before the first run: the front's part of a current 5 % (as that of isolated deposits), lithium taken up by
diffusion 3 %, growth rate of a ripple 15 % (12 % without a host, and 5 % of the front's part). The last was 20 % after
it, for a host that takes nothing: 15.2 % too slow on fronts of 0.5 µm, 11.7 % on fronts of 0.3 µm.
"""

from __future__ import annotations

import numpy as np
import pytest

from phasefield import run, theory
from phasefield.check import derived, errors, warnings
from phasefield.deck import parse_deck
from phasefield.errors import DeckError
from tests.errors import refused
from tests.slow import slow

#: δ_PF and the host's thickness [µm], i [A/m²], i₀ [A/m²], c_h [mol/m³], σ_i of host and electrolyte [S/m].
WIDTH, THICK, CURRENT, EXCHANGE, ROOM, IONIC = 0.5, 10.0, 1.0, 100.0, 2e5, 0.01
RESISTANCE = theory.GAS_CONSTANT * 298.15 / theory.FARADAY / EXCHANGE

DECK = """
model = "plating-interphase"
[domain]
dimension = {dimension}
size = [{lateral}"{height} um"]
cells = [{across}{cells}]
[interface]
width = "0.5 um"
{mobility}
[electrolyte]
ionic_conductivity = "0.01 S/m"
electronic_conductivity = "1e-9 S/m"
reduction_potential = "0 V"
oxidation_potential = "5 V"
[host]
thickness = "{thick} um"
ionic_conductivity = "0.01 S/m"
electronic_conductivity = "{electronic} S/m"
maximum_concentration = "{room} mol/m^3"
rate = {rate}
empty_potential = "{potential} V"
[kinetics]
law = "linear"
exchange_current_density = "{exchange} A/m^2"
[front]
height = "3 um"
{front}
[[drive.steps]]
{drive}
[stop]
time = "{time} s"
[time]
max_step = "{step} s"
[output]
snapshots = 1
"""
PLATE = f'mode = "galvanostatic"\ncurrent_density = "{CURRENT} A/m^2"'


def rate(electronic: float, length: float, room: float = ROOM) -> float:
    """k that gives a spreading length [µm]; [1/s]."""
    return (theory.spreading_length(IONIC, electronic, room, 1.0) / (length * 1e-6)) ** 2


def deck(
    electronic, k, *, thick=THICK, room=ROOM, potential=0.0, drive=PLATE, time=600.0, lateral=0.0, front="",
    mobility="", exchange=EXCHANGE, overrides=(),
):  # fmt: skip
    """A deck; lengths in µm, the rest in SI."""
    height, cell = thick + 7.0, WIDTH / 6
    text = DECK.format(
        dimension=2 if lateral else 1, lateral=f'"{lateral} um", ' if lateral else "", height=height, thick=thick,
        across=f"{round(lateral / cell)}, " if lateral else "", cells=round(height / cell), electronic=electronic,
        room=room, rate=k, potential=potential, drive=drive, time=time, step=time / 40, front=front, mobility=mobility,
        exchange=exchange,
    )  # fmt: skip
    return parse_deck(text, "deck", overrides)


def books_balance(history):
    """Ions through the top are lithium plated and stored, electrons as many: 1e-6 in every step."""
    for column in ("Charge closure [1]", "Carrier closure [1]"):
        assert history[column] == pytest.approx(0.0, abs=1e-6)


def test_pressure_shifts_the_voltage_and_nothing_else(tmp_path):
    """It takes p V_Li/F from plating at the front and in pores alike: of the voltage 1 %, of the shares 0.1 %."""
    found = []
    for pressure in ("0 MPa", "100 MPa"):
        given = deck(IONIC, rate(IONIC, THICK / 2), time=60.0, overrides=[f"lithium.pressure={pressure}"])
        history = run(given, tmp_path / pressure).history
        found.append([history[head][-1] for head in ("Cell voltage [V]", "Charge plated [C/m2]")])
    (voltage, plated), (pressed, as_much) = found
    shift = theory.pressure_overpotential(100e6, given.lithium.molar_volume)
    assert voltage - pressed == pytest.approx(shift, rel=0.01)
    assert as_much == pytest.approx(plated, rel=1e-3)


@pytest.mark.parametrize("ratio", [slow(0.01), 1.0, slow(100.0)])
def test_share(ratio, tmp_path):
    """The front's part of a current under a host two spreading lengths thick, electrons slower, as fast and faster."""
    electronic, length = ratio * IONIC, THICK / 2
    made = run(deck(electronic, rate(electronic, length)), tmp_path / "run")
    history = made.history
    late = history["Time [s]"] > 300.0  # the front's profile has come to rest
    plated, stored, passed = (
        np.ptp(history[f"Charge {what} [C/m2]"][late]) for what in ("plated", "stored in the host", "passed")
    )
    assert plated + stored == pytest.approx(passed)
    expected = theory.front_share(IONIC, electronic, THICK * 1e-6, length * 1e-6, RESISTANCE)
    assert plated / passed == pytest.approx(expected, rel=0.05)
    books_balance(history)


def test_an_insulator_takes_nothing(tmp_path):
    """Without electrons, or without a rate, all the lithium is plated at the front: 1 %."""
    for name, electronic, k in (("blocked", 1e-6, rate(IONIC, THICK / 2)), ("inert", 1.0, 1e-9)):
        history = run(deck(electronic, k), tmp_path / name).history
        assert history["Charge plated [C/m2]"][-1] == pytest.approx(history["Charge passed [C/m2]"][-1], rel=0.01)


def test_lithiation(tmp_path):
    """At rest, lithium goes into a fast host by diffusion of both carriers: 2√(σ̄c_hU₀t/πF)."""
    electronic, room, potential = 0.01, 300.0, 0.1
    time = (4e-6) ** 2 * theory.FARADAY * room / (0.005 * potential)  # √(Dt) = 4 µm
    made = run(
        deck(electronic, rate(electronic, 0.1, room), thick=20.0, room=room, potential=potential,
             drive='mode = "rest"', time=time, exchange=1e4), tmp_path / "run",
    )  # fmt: skip
    history = made.history
    time, stored = history["Time [s]"], history["Charge stored in the host [C/m2]"]
    third = int(np.searchsorted(time, time[-1] / 3))  # before, the lithium's own surface still resists
    first, last = (
        theory.FARADAY * theory.lithiated_amount(t, IONIC, electronic, room, potential) for t in (time[third], time[-1])
    )
    assert stored[-1] - stored[third] == pytest.approx(last - first, rel=0.03)
    assert history["Charge plated [C/m2]"][-1] == pytest.approx(-history["Charge stored in the host [C/m2]"][-1])
    books_balance(history)


@pytest.mark.parametrize("takes", [pytest.param(True, id="host"), slow(False, id="inert")])
def test_ripple(takes, tmp_path):
    """Three spreading lengths of host: a ripple grows as theory says, far slower than if the host took nothing."""
    half, length, current = 10.0, THICK / 3, 10 * CURRENT
    share = theory.front_share(IONIC, 1.0, THICK * 1e-6, length * 1e-6, RESISTANCE) if takes else 1.0
    velocity = share * theory.front_velocity(current, 12.998e-6)
    k, mobility = np.pi / (half * 1e-6), 0.6 * WIDTH * 1e-6 * velocity
    one = deck(
        1.0, rate(1.0, length) if takes else 1e-9, lateral=half, time=900.0, mobility=f'mobility = "{mobility} m^2/s"',
        drive=PLATE.replace("1.0 A", "10 A"), front='cosines = [{amplitude = "0.4 um", wavelength = "20 um"}]',
    )  # fmt: skip
    history = run(one, tmp_path / "run").history
    ripple = history["Tip height [m]"] - history["Least lithium [m]"]
    late = slice(history.rows // 3, None)
    found = np.polyfit(history["Time [s]"][late], np.log(ripple[late]), 1)[0]
    reached = length * 1e-6 if takes else np.inf
    physical = theory.physical_mobility(0.5, 12.998e-6, RESISTANCE)
    expected = theory.growth_rate_in_host(k, velocity, IONIC, RESISTANCE, physical, reached)
    inert = theory.growth_rate(k, velocity / share, IONIC, RESISTANCE, physical)
    assert expected < 0.3 * inert if takes else expected == pytest.approx(inert)
    assert found == pytest.approx(expected, rel=0.05)
    books_balance(history)


def test_refused():
    """A host beside a coating, or thinner than two cells; a host whose length is less than a cell is warned of."""
    one = deck(1.0, rate(1.0, THICK / 2))
    assert derived(one)["spreading_length"] == pytest.approx(THICK / 2 * 1e-6) and not errors(one)
    text = DECK.replace("[host]", '[coating]\nmaterial = "Al2O3"\nthickness = "1 um"\n[host]')
    filled = dict(
        dimension=1, lateral="", height=17.0, thick=10.0, across="", cells=204, electronic=1.0, room=ROOM, rate=1.0,
        potential=0.0, drive=PLATE, time=1.0, step=1.0, front="", mobility="", exchange=EXCHANGE,
    )  # fmt: skip
    with refused(DeckError, "host", "[coating]"):
        parse_deck(text.format(**filled))
    thin = parse_deck(DECK.format(**filled | {"thick": 0.1}))
    assert [problem.key for problem in errors(thin)] == ["host.thickness"]
    assert "host.rate" in [problem.key for problem in warnings(deck(1.0, 1e3))]

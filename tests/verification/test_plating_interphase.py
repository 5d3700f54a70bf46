"""Two fronts in one set of books, and the laws that a flat pair of them must follow."""

from pathlib import Path

import numpy as np
import pytest

from phasefield import run, theory
from phasefield.physics.registry import build
from tests.slow import slow
from tests.verification.excess import metal_excess
from tests.verification.two_fronts import NM, PLATE, PLATING, REST, SHARE, WIDTH, flat, growth, leaky

INPUTS = Path(__file__).parents[2] / "inputs"


def books_balance(history):
    """Ions through the top are lithium plated plus lithium lost, electrons as many: 1e-6 in every step."""
    for column in ("Charge closure [1]", "Carrier closure [1]"):
        assert history[column] == pytest.approx(0.0, abs=1e-6)


def test_rest(tmp_path):
    """L²/2k_p + L/k_r = (1 + V_Li/V_n) t + C: Wagner and Deal-Grove from 5 to 8 widths. Bar: 3 % of what has grown.

    The factor is the lithium's: it withdraws by V_Li/V_n of what the electrolyte's side grows, and leaves product.
    """
    product, (first, last) = growth(10.0, 4.0), (10.0, 16.0)
    parabolic, reaction = ((1 + SHARE) * k for k in product)
    time = (last**2 - first**2) * NM**2 / (2 * parabolic) + (last - first) * NM / reaction
    assert theory.grown_thickness(time, parabolic, reaction, initial=first * NM) == pytest.approx(last * NM)

    lithium = 3 * WIDTH + SHARE / (1 + SHARE) * (last - first)
    deck = flat(product, lithium, first, lithium + last + 2 * WIDTH, time, REST)
    history = run(deck, tmp_path / "run").history
    L = history["Interphase thickness [m]"]
    grown = theory.grown_thickness(history["Time [s]"], parabolic, reaction, initial=L[0]) - L[0]
    assert (L - L[0])[-1] == pytest.approx(grown[-1], rel=0.03)
    assert history["Charge plated [C/m2]"][-1] == pytest.approx(-history["Charge lost to the interphase [C/m2]"][-1])
    withdrawn = history["Tip height [m]"][0] - history["Tip height [m]"][-1]
    assert withdrawn == pytest.approx(SHARE / (1 + SHARE) * grown[-1], rel=0.03)
    books_balance(history)


def test_steady(tmp_path):
    """Both fronts move at v = iV_Li/F(1 + V_Li/V_n), k_p/v − k_p/k_r apart, whence soever they start. Bar: 5 %.

    Deviations die out as exp(−vt/(L + k_p/k_r)); the run takes 2.5 of these times.
    """
    steady, crossover = 8.0, 2.0
    product, velocity = growth(steady, crossover), PLATING / (1 + SHARE)
    assert theory.steady_thickness(*product, velocity) == pytest.approx(steady * NM)
    way, first = 2.5 * (steady + crossover), 1.2 * steady
    deck = flat(product, 3 * WIDTH, first, 5 * WIDTH + first + way, way * NM / velocity, PLATE)
    history = run(deck, tmp_path / "run").history
    L = history["Interphase thickness [m]"]
    assert L[0] == pytest.approx(first * NM, rel=0.01)
    assert L[-1] == pytest.approx(steady * NM, rel=0.05)
    plated, lost = (history[f"Charge {what} [C/m2]"] for what in ("plated", "lost to the interphase"))
    assert plated + lost == pytest.approx(20.0 * history["Time [s]"], rel=1e-6)
    assert np.diff(lost)[-1] / np.diff(plated)[-1] == pytest.approx(SHARE, rel=0.05)
    assert history["Rejected steps [1]"][-1] <= 0.1 * history.rows
    books_balance(history)


def test_lithium_used_up(tmp_path):
    """At rest, a fast interphase takes all the lithium: the run says so, in steps that stay long until then."""
    deck = flat(growth(100.0, 100.0), 3 * WIDTH, 4.0, 30.0, 60.0, REST)
    made = run(deck, tmp_path / "run")
    assert made.manifest["stop reason"] == "lithium used up: the interphase reaches the bottom of the box"
    history = made.history
    assert history["Least lithium [m]"][-1] <= WIDTH * NM < history["Least lithium [m]"][-2]
    assert history["Time step [s]"][-2] > 0.1 * history["Time step [s]"].max()
    books_balance(history)


@pytest.mark.parametrize("ratio", [slow(0.1), 1.0, slow(10.0)])
def test_isolated_share(ratio, tmp_path):
    """A current divides between front and a boundary ahead of it as σ_i to σ_e. Bar: 5 % of the boundary's part.

    The electrons' way is shorter by what the metal's diffuse surface conducts of it.
    """
    ionic, ahead = 1.5e-6, 24.0
    deck = leaky(ionic, ratio * ionic, 3 * WIDTH + ahead, 44.0, 1.0)
    made = run(deck, tmp_path / "run")
    gained = made.snapshot(-1)["xi"] - made.snapshot(0)["xi"]
    part = gained[len(gained) // 2 :].sum() / gained.sum()
    metal = build(deck).model.metal.conductor.electronic / build(deck).model.p.electrolyte.electronic
    shorter = ahead - metal_excess(metal) * WIDTH / 4
    assert part == pytest.approx(theory.leaked_share(ratio * ahead / shorter), rel=0.05)
    books_balance(made.history)


def test_front_or_isolated(tmp_path):
    """σ_e decides: at 10⁻³ σ_i no isolated lithium, under a barrier none either, at 10 σ_i more than at the front."""
    runs = {
        name: run(leaky(1.5e-6, 1.5e-6 * ratio, 30.0, 44.0, 1.5, barrier), tmp_path / name).history
        for name, ratio, barrier in (("front", 1e-3, 0.0), ("barrier", 10.0, 1.0), ("isolated", 10.0, 0.0))
    }
    isolated = {name: history["Isolated lithium [m]"][-1] for name, history in runs.items()}
    front = {name: np.ptp(history["Mean thickness [m]"]) - isolated[name] for name, history in runs.items()}
    assert isolated["front"] == 0 == isolated["barrier"]
    assert isolated["isolated"] > 0.5 * WIDTH * NM and isolated["isolated"] > front["isolated"]
    for history in runs.values():
        books_balance(history)


@pytest.mark.slow
@pytest.mark.parametrize(("current", "bare", "with_lif"), [("0.3 mA/cm^2", False, False), ("1 mA/cm^2", True, False)])
def test_fluoride_in_the_boundaries(current, bare, with_lif, tmp_path):
    """Li | Li2B12H12: LiF keeps electrons out of the boundaries, so that lithium stays in front at a higher current.

    Claim of the literature, for LiF formed in place: the critical current is higher (2.35 times as much again for
    LiBH4-LiF); here it is above 1 mA/cm² instead of below. Deposits ahead of the front have less than 0.1 % of the
    lithium under LiF; bare between half and twice r/(1 + r) = 9 % at 1 mA/cm² (the front comes nearer to them), and
    less than 2 % at 0.3 mA/cm², which leaves little beyond the barrier.
    """
    for name, expected in (("lbh", bare), ("lbh_lif", with_lif)):
        deck = INPUTS / "systems" / f"{name}.toml"
        made = run(deck, tmp_path / name, overrides=[f"drive.steps.0.current_density={current}"])
        ahead = made.snapshot(-1)["xi"][len(made.snapshot(-1)["xi"]) * 2 // 3 :].sum()
        share = ahead / (made.snapshot(-1)["xi"] - made.snapshot(0)["xi"]).sum()
        assert (made.history["Isolated lithium [m]"][-1] > 0) == expected
        assert 0.045 < share < 0.18 if expected else share < {"lbh": 0.02, "lbh_lif": 1e-3}[name]
        books_balance(made.history)


@pytest.mark.parametrize("current", [slow(1.5), slow(2.5), 3.0])
def test_deposit_at_a_boundary(tmp_path, current):
    """Lithium at a boundary ahead of the front, in inputs/systems/lbh.toml: none below the barrier, then Ohm's share.

    Without a deposit no electrons flow, so |V| at the boundary, d ahead, is η + i d/σ_i: 15.1 mV at 1.5 A/m², less than
    the barrier of 20 mV; 25.2 and 30.2 mV at 2.5 and 3 A/m². A deposit grows without a barrier, at V = 0: electrons
    carry i_e with η + (i − i_e) d/σ_i = i_e d/σ_e, while the front comes nearer. Bars: 0.1 %; 6 % of the share.
    """
    ionic, electronic, exchange, gap, moved = 1e-3, 1e-4, 10.0, 7.5e-6, 36_000.0 * 12.998e-6 / 96485.33212
    η = 2 * 8.314462618 * 298.15 / 96485.33212 * np.arcsinh(current / (2 * exchange))
    d = gap - moved * (np.arange(200) + 0.5) / 200
    share = np.mean((η / current + d / ionic) / (d / electronic + d / ionic))
    deck = INPUTS / "systems" / "lbh.toml"
    made = run(deck, tmp_path / "run", overrides=[f"drive.steps.0.current_density={current} A/m^2"])
    last, first = (np.asarray(made.snapshot(k)["xi"]) for k in (-1, 0))
    found = last[2 * len(last) // 3 :].sum() / (last - first).sum()
    if η + current * gap / ionic < 0.02:
        assert found < 1e-3
    else:
        assert found == pytest.approx(share, rel=0.06)

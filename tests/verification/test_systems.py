"""The systems of the review: what each paper claims comes out of conductivities, potentials and geometry.

Claims stand beside the findings in ``tools/systems``, written before the first run. ``make systems`` checks all of them
and records the numbers; here one of each physical law is run again.
"""

from __future__ import annotations

from math import exp
from types import SimpleNamespace

import pytest
from scipy.integrate import quad, solve_ivp

from phasefield.check import derived
from phasefield.deck import load_deck
from tools.systems import checks
from tools.systems.cases import CASES
from tools.systems.coated_flaws import ALUMINA, FLUORIDE, WIDE
from tools.systems.runs import DECKS, Runs
from tools.systems.table import README, SYSTEMS, findings, missed, readme, recorded, short

FINDINGS = {finding.key: finding for _, finding in findings()}

#: A claim of each law; ``make systems`` checks all.
LAWS = {
    "bare growth": "latp thickness",
    "few electrons": "lagp blocking",
    "growth under a coating": "latp suppression 5",
    "tunnelling": "llzo thickness",
    "reaction at a cathode": "ncm523 bare",
    "reaction of a gas": "carbonate cool",
    "contact through a film": "wetting whole, film",
    "constriction of a current": "point theory",
    "lithium in an electrode behind a contact": "film rough",
    "plating in a host": "graphite front",
    "plating against a support": "whisker ends",
    "plating over an interphase": "flagship flat",
    "lithium in a flaw": "llzo flaw 10 theory",
    "film over a flaw": "llzo flaw pulled theory",
}
#: Cases that these claims run.
FLAT = ("latp", "latp 5 nm", "llzo", "ncm523", "carbonate")
CLOSED = (*FLAT, "graphite", "whisker")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return Runs(tmp_path_factory.mktemp("systems"), CASES)


@pytest.mark.parametrize("key", LAWS.values(), ids=LAWS)
def test_claim(key, runs):
    """What the paper saw, within the bounds of the claim; and the number that the page gives (1 %)."""
    number = FINDINGS[key].of(runs)
    assert FINDINGS[key].holds(number), f"{number:g} is not in {FINDINGS[key].claim}"
    assert not checks.is_old(number, recorded()[key]), "the page is old: make systems"


#: Claims that are missed, as the page says (decisions 033, 053 and 059 say why).
MISSED = ["lbh slow", "voids exponent", "breathing first, 64 MPa"]


def test_the_page_is_current():
    """The page has these findings, in these words; all its numbers are as claimed, but for the misses known."""
    numbers = recorded()
    assert numbers.keys() == FINDINGS.keys(), "make systems"
    assert README.read_text(encoding="utf-8") == readme(numbers), "make systems"
    assert missed(SYSTEMS, numbers) == MISSED


def test_a_missed_claim_is_told():
    """A number outside its claim is named."""
    numbers = recorded() | {"lzp resistance": 11.0}
    assert set(missed(SYSTEMS, numbers)) == {*MISSED, "lzp resistance"}
    assert readme(numbers).count("MISSED") == readme(recorded()).count("MISSED") + 1


def test_what_was_chosen_is_not_called_predicted():
    """The first line counts the numbers beside a measured value by their origin, and each row says its own."""
    compared = [f for f in FINDINGS.values() if f.measured is not None]
    text = readme(recorded())
    first, rows = text.split("\n\n")[1].replace("\n", " "), text.split("## All numbers")[1].splitlines()
    assert [int(word) for word in first.split() if word.isdigit()] == [
        len(compared), *(sum(f.origin == kind for f in compared) for kind in ("predicted", "calibrated", "input"))
    ]  # fmt: skip
    for f in compared:
        (row,) = (row for row in rows if f" {f.quantity} | " in row.replace("\\|", "|") and short(f.measured) in row)
        assert f.origin in row
    assert {FINDINGS[key].origin for key in ("llzo implied", "wetting bare fraction")} == {"calibrated"}


class History(dict):
    """Columns by name."""

    columns = property(lambda self: [*self])


def test_what_does_not_hold_of_a_run_is_named():
    """A layer 4 % too thick, an open closure, a run without one, a number that moved by 2 %: all of them, no other."""

    def made(thickness=1.0, **closures):
        history = History({name: [value] for name, value in closures.items()} | {"Thickness [m]": [thickness]})
        return SimpleNamespace(history=history, resolved={"derived": {"planned_thickness": 1.0}})

    runs = {name: made(**{"Charge closure [1]": -9e-7}) for name in checks.CLOSED}
    assert [*checks.problems(runs, {"a": 1.009}, {"a": 1.0})] == []
    runs |= {"lzp": made(1.04, **{"Charge closure [1]": 2e-6}), "strip": made()}
    assert [*checks.problems(runs, {"a": 1.0, "b": 1.02, "new": 7.0}, {"a": 1.0, "b": 1.0})] == [
        "lzp: thickness is +4.0% off theory",
        "lzp: Charge closure [1] is 2e-06",
        "strip: no closure is nan",
        "b: 1.02, the page had 1",
    ]


def test_theory_and_closures_are_checked_of_known_cases():
    """``make systems`` checks these and more."""
    assert set(FLAT) < set(checks.FLAT) < set(CASES) and set(CLOSED) < set(checks.CLOSED) < set(CASES)


def test_every_deck_is_run():
    """No deck lies there unused."""
    assert {path.stem for path in DECKS.glob("*.toml")} == {deck for deck, *_ in CASES.values() if "/" not in deck}


def flat_thickness(deck, end):
    """Thickness of a flat layer [m] from dL/dt = V_n U/(F R), R of layer, coating and reaction in series.

    Written here anew, from Ohm's law; `phasefield.theory` has the solutions of this equation.
    """
    gas, faraday = 8.31446261815324, 96485.33212

    def at_temperature(value, energy):
        return value * exp(-energy / gas * (1 / deck["conditions"]["temperature"] - 1 / 298.15))

    def resistivity(phase, distance=0.0, decay=None):
        ions, electrons = (at_temperature(phase[f"{of}_conductivity"], phase[f"{of}_activation_energy"])
                           for of in ("ionic", "electronic"))  # fmt: skip
        return 1 / ions + exp(distance / decay if decay else 0.0) / electrons

    potential, electrolyte, product = deck["electrode"]["potential"], deck["electrolyte"], deck["product"]
    window = max(electrolyte["reduction_potential"] - potential, potential - electrolyte["oxidation_potential"])
    coating, reaction, volume = deck["coating"], deck["reaction"], product["volume_per_lithium"]
    fixed = volume * window / (faraday * at_temperature(reaction["velocity"], reaction["activation_energy"]))
    fixed += coating["thickness"] * resistivity(coating) if coating else 0.0

    def rates(_, state):
        thickness, layer = state
        rate = volume * window / (faraday * (fixed + layer))
        return [rate, rate * resistivity(product, thickness, product["tunnelling_length"])]

    start = deck["layer"]["height"]
    layer = quad(lambda distance: resistivity(product, distance, product["tunnelling_length"]), 0.0, start)[0]
    return solve_ivp(rates, (0.0, end), [start, layer], method="LSODA", rtol=1e-8, atol=0.0).y[0, -1]


@pytest.mark.parametrize("name", FLAT)
def test_a_flat_layer_follows_theory(name, runs):
    """Wagner, Deal-Grove, coated or tunnelling growth, 3 % at the end of the run; `make systems` compares the same."""
    history, resolved = runs[name].history, runs[name].resolved
    expected = flat_thickness(resolved["deck"], history["Time [s]"][-1])
    assert abs(history["Thickness [m]"][-1] / expected - 1) <= checks.THEORY == 0.03
    assert resolved["derived"]["planned_thickness"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", CLOSED)
def test_closures(name, runs):
    """Lithium consumed or stored is the charge that ions carried; in layers electrons carried the same: 1e-6."""
    for column, value in checks.closures(runs, name).items():
        assert abs(value) < checks.CLOSURE == 1e-6, column


@pytest.mark.parametrize("coating", (ALUMINA, WIDE, FLUORIDE), ids=str)
def test_the_adhesion_that_decides_how_a_film_breaks(coating):
    """With it, the deck's film tears and is pulled off at the same pressure; with less it is pulled off first."""
    less, even, more = (pressures(coating, f"{part * coating.held!r} J/m^2") for part in (0.9, 1.0, 1.1))
    assert less[0] == even[0] == more[0] == pytest.approx(coating.tears * 1e6, rel=1e-9)
    assert less[1] < even[1] < more[1]
    assert even[1] == pytest.approx(even[0], rel=1e-6)


def pressures(coating, adhesion):
    """At which a deck's film tears, and is pulled off [Pa]."""
    deck = load_deck(DECKS / "llzo_flaw.toml", overrides=(*coating.overrides, f"film.adhesion={adhesion}"))
    numbers = derived(deck)
    return numbers["film_tearing_pressure"], numbers["film_pulling_pressure"]

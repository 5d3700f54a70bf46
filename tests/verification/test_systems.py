"""The systems of the review: what each paper claims comes out of conductivities, potentials and geometry.

Claims stand beside the findings in ``tools/systems``, written before the first run. ``make systems`` checks all of them
and records the numbers; here most runs are made again.
"""

from __future__ import annotations

import pytest

from tools.systems.cases import CASES
from tools.systems.runs import DECKS, Runs
from tools.systems.table import README, SYSTEMS, findings, missed, readme, recorded

FINDINGS = {finding.key: finding for _, finding in findings()}

#: Left to ``make systems``: the largest meshes, and runs that repeat with another number what one here shows.
LONG = {
    "lagp ragged",
    "latp suppression 15",
    "latp optimum",
    "latp hole 5",
    "latp hole 10",
    "latp hole, blocking",
    "flagship bare fine",
    "flagship coated fine",
    "flagship coated lost",
    "graphite ions",
    "lbh ahead",
    "lbh critical, half",
    "lbh critical, LiF",
    "lbh slow",
    "lbh LiF",
    "lgps reaction week",
    "lgps reaction exponent",
    "lgps readings",
    "llzo bulk",
    "wetting bare",
    "wetting bare, film",
}

#: Cases of one flat layer, to be as thick as theory says (``phasefield check``): 3 %.
FLAT = ("lagp", "latp", "latp 5 nm", "lzp", "llzo", "lgps", "lpscl", "ncm523", "ncm523 coated", "ncm811", "carbonate")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return Runs(tmp_path_factory.mktemp("systems"), CASES)


@pytest.mark.parametrize("key", [key for key in FINDINGS if key not in LONG])
def test_claim(key, runs):
    """What the paper saw, within the bounds of the claim; and the number that the page gives (1 %)."""
    number = FINDINGS[key].of(runs)
    assert FINDINGS[key].holds(number), f"{number:g} is not in {FINDINGS[key].claim}"
    assert number == pytest.approx(recorded()[key], rel=0.01, abs=1e-6), "the page is old: make systems"


def test_the_page_is_current():
    """The page tells of these findings, in these words; all its numbers are as claimed."""
    numbers = recorded()
    assert numbers.keys() == FINDINGS.keys() and LONG < FINDINGS.keys(), "make systems"
    assert README.read_text(encoding="utf-8") == readme(numbers), "make systems"
    assert missed(SYSTEMS, numbers) == []


def test_a_missed_claim_is_told():
    """A number outside its claim is named."""
    numbers = recorded() | {"lzp resistance": 11.0}
    assert missed(SYSTEMS, numbers) == ["lzp resistance"]
    assert "MISSED" in readme(numbers) and "MISSED" not in readme(recorded())


def test_every_deck_is_run():
    """No deck lies there unused."""
    assert {path.stem for path in DECKS.glob("*.toml")} == {deck for deck, *_ in CASES.values() if "/" not in deck}


@pytest.mark.parametrize("name", FLAT)
def test_a_flat_layer_follows_theory(name, runs):
    """Wagner, Deal-Grove, coated or tunnelling growth, 3 % at the end of the run."""
    run = runs[name]
    assert run.history["Thickness [m]"][-1] == pytest.approx(run.resolved["derived"]["planned_thickness"], rel=0.03)


@pytest.mark.parametrize(
    "name",
    [*FLAT, "strip", "lnmo", "particle both", "point wide", "wetting ZnO", "graphite", "whisker", "flagship"],
)
def test_books_close(name, runs):
    """Lithium consumed or stored is the charge that ions carried; in layers electrons carried the same: 1e-6."""
    history = runs[name].history
    closures = [column for column in history.columns if "closure" in column]
    assert closures
    for column in closures:
        assert abs(history[column][-1]) < 1e-6, column

"""From nanometres to micrometres: plating under an interphase whose resistance R(t) is found by a run of its own.

Bars: 0.5 % of what the layer adds to the overpotential, and 1e-6 for the books.
"""

import tomllib

import numpy as np
import pytest

from phasefield import run, theory
from phasefield.deck import load_deck, parse_deck
from phasefield.errors import DeckError
from tests.errors import refused
from tests.verification.test_plating_interphase import INPUTS

DECK = INPUTS / "plating_interphase_film.toml"
CURRENT = 10.0
#: A profile that hardly feels the drive, and short steps, as for the other planar cells.
FINE = ("domain.cells=[112]", "interface.mobility=8e-15 m^2/s", "time.tolerance=5e-4", "time.initial_step=0.5 s")


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    return run(DECK, tmp_path_factory.mktemp("film") / "run", overrides=FINE).history


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    """The section [interphase] as a deck of its own, run by itself."""
    deck = load_deck(DECK).interphase
    assert deck.model == tomllib.loads(DECK.read_text())["interphase"]["model"]
    return run(deck, tmp_path_factory.mktemp("layer") / "run").history


def test_overpotential(history, layer):
    """η(t) = η(i) − iR(t): that of charge transfer, and of the layer's own run at the same times.

    From when the front has moved by a fifth of its width, and its profile is that of a moving one.
    """
    resistance = np.interp(history["Time [s]"], layer["Time [s]"], layer["Resistance [ohm m2]"])
    assert resistance[-1] > 5 * resistance[0]
    transfer = theory.RateLaw(100.0).overpotential(CURRENT)
    added, moved = history["Overpotential [V]"] - transfer, history["Tip height [m]"] > 6.3e-6
    assert np.sum(moved) > 50
    assert added[moved] == pytest.approx(-CURRENT * resistance[moved], rel=5e-3)
    assert history["Layer resistance [ohm m2]"] == pytest.approx(resistance, rel=5e-3)


def test_leakage(history, layer):
    """What the layer took of the lithium is told beside what was plated; the latter is the whole current."""
    lost = history["Charge lost to the interphase [C/m2]"]
    assert lost[-1] == pytest.approx(layer["Charge consumed [C/m2]"][-1], rel=5e-3)  # other stops, other steps
    assert history["Charge plated [C/m2]"] == pytest.approx(CURRENT * history["Time [s]"], rel=1e-6, abs=1e-9)
    assert history["Charge closure [1]"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("override", "key"),
    [
        ("interphase.stop.time=10 s", "interphase.stop.time"),
        ("interphase.domain.cells=[2]", "interphase.domain.cells.0"),
    ],
)
def test_refusals(override, key):
    """A layer's run that ends too early, or is wrong in itself, is an error of the deck at its place."""
    with refused(DeckError, key):
        parse_deck(DECK.read_text(), overrides=[override])

"""Cells that grow with the height: how many there are, how high, and which are refused."""

import numpy as np
import pytest

from phasefield.deck import parse_deck
from phasefield.deck.grading import Grading
from phasefield.errors import DeckError
from phasefield.io.fields import Snapshot
from tests.errors import refused
from tests.unit.decks import FLAT, SINGLE_ION


@pytest.mark.parametrize("height", [60.0, 61.3, 200.0])
@pytest.mark.parametrize("growth", [1.02, 1.1, 1.3])
def test_heights(growth, height):
    """They fill the box; equal up to the start, then a geometric series with a ratio of at most `growth`."""
    heights = np.array(Grading(start="20.1 um", growth=growth, largest="1 mm").heights(0.5e-6, height * 1e-6)) * 1e6
    assert heights.sum() == pytest.approx(height, rel=1e-12)
    assert heights[:41] == pytest.approx(0.5) and heights[41] > 0.5
    ratios = heights[41:] / heights[40:-1]
    assert ratios == pytest.approx(ratios[0], rel=1e-6) and ratios[0] <= growth
    rest = height - 20.5
    assert len(heights) - 41 == np.ceil(np.log(1 + rest / 0.5 * (1 - 1 / growth)) / np.log(growth))


def test_largest():
    """No cell is higher than that."""
    heights = np.array(Grading(start="20 um", growth=1.2, largest="3 um").heights(0.5e-6, 200e-6))
    assert heights.sum() == pytest.approx(200e-6, rel=1e-12)
    assert heights.max() == pytest.approx(3e-6, rel=1e-9) and np.all(heights[1:] / heights[:-1] < 1.2 + 1e-9)


def test_grid_of_a_deck():
    """The deck's cells are those of equal cells; the grid's are fewer."""
    domain = parse_deck(SINGLE_ION, overrides=["domain.grading={start='30 um', growth=1.2}"]).domain
    assert domain.cells == (160, 192) and domain.shape[0] == 160
    assert 96 < domain.shape[1] < 120 and len(domain.edges[1]) == domain.shape[1]
    assert sum(domain.edges[1]) == pytest.approx(60e-6, rel=1e-12)
    assert domain.spacing == pytest.approx((0.3125e-6, 0.3125e-6))


@pytest.mark.parametrize(
    ("overrides", "key", "names"),
    [
        (["domain.grading={start='59.9 um'}"], "domain.grading.start", ["60 µm"]),
        (["domain.grading={start='70 um'}"], "domain.grading.start", ["60 µm"]),
        (["domain.grading={start='1 um'}"], "domain.grading.start", ["1.25 µm"]),
        (["domain.grading={start='30 um', growth=1.0}"], "domain.grading.growth", []),
        (["domain.grading={start='30 um', growth=2}"], "domain.grading.growth", ["1.3"]),
        (["domain.grading={start='30 um', largest='0.3 um'}"], "domain.grading.largest", ["312.5 nm"]),
        (["domain.grading={start='14.9 um'}"], "front.height", ["10.9 µm"]),
        (["domain.grading={start='30 um'}", "stop.tip_height=26.5 um"], "stop.tip_height", ["26 µm"]),
        (["domain.grading={begin='30 um'}"], "domain.grading.begin", ["start"]),
        (
            ["domain.grading={start='30 um'}", "mechanics={electrolyte={youngs_modulus='1 MPa', poisson_ratio=0.4}}"],
            "domain.grading",
            ["[mechanics]"],
        ),
    ],
)
def test_refused(overrides, key, names):
    """With the value needed."""
    with refused(DeckError, key, *names):
        parse_deck(SINGLE_ION, overrides=overrides)


def test_one_dimension():
    """The only axis is the height."""
    deck = parse_deck(SINGLE_ION, overrides=[*FLAT, "domain.grading={start='30 um'}"])
    assert deck.domain.shape == (len(deck.domain.edges[0]),) and deck.domain.shape[0] < deck.domain.cells[0]


def test_even_cells_of_a_snapshot():
    """A field that is linear in the height keeps its values, beyond the centres of the last cells, too."""
    heights = np.array([0.0, 1.0, 2.0, 3.5, 6.0])
    centres = 0.5 * (heights[1:] + heights[:-1])
    field = 3 * centres + np.arange(2)[:, None]
    snapshot = Snapshot(0.0, (0.0, 0.0), (1.0, 1.0), {"phi": field}, heights)
    assert snapshot.centres(1) == pytest.approx(centres) and snapshot.centres(0) == pytest.approx([0.5, 1.5])
    even = snapshot.even()
    assert even.shape == (2, 6) and even.heights is None and even.even() is even
    assert even["phi"] == pytest.approx(3 * (np.arange(6) + 0.5) + np.arange(2)[:, None])

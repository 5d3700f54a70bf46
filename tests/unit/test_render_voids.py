"""Pictures of voids: contact and the current density in it along the interface, of a run of a few steps."""

import numpy as np
import pytest
from matplotlib.text import Text

from phasefield.deck import parse_deck
from phasefield.io.rundir import open_run
from phasefield.postprocess.galleries import GALLERIES
from phasefield.run.runner import run
from tests.verification import voids_support as exact


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    deck = parse_deck(exact.DECK.format(pressure=0.2, current=-1.0, time=200), overrides=exact.PLANE)
    return open_run(run(deck, tmp_path_factory.mktemp("voids") / "run").path)


def test_contact_is_filled_and_its_current_drawn(short_run):
    figure = GALLERIES["voids"].painter([short_run], 2, [[0, 1]], None, "contact")([[0, 1]])
    electrolyte, interface = figure.axes[1], figure.axes[3]  # at the end
    last = short_run.snapshot(1)
    assert np.array_equal(electrolyte.images[0].get_array(), last["current"].T.astype(np.float32))
    filled = interface.patches[1].get_data()
    assert np.array_equal(filled.values, last["contact"][:, 0])
    assert filled.edges[[0, -1]] == pytest.approx([0, 100])
    curve = interface.lines[-1].get_ydata()
    assert 0 < np.max(curve) < 1
    assert curve / np.max(curve) == pytest.approx(last["contact_current"][:, 0] / np.max(last["contact_current"]))
    contact = short_run.history["Contact [1]"][-1]
    assert f"contact {contact:.2f}" in {text.get_text() for text in figure.findobj(Text)}


def test_the_interface_of_three_dimensions(tmp_path):
    """From above: contact, and the current density in it."""
    solid = (
        "domain.dimension=3", "domain.size=['40 um', '40 um', '20 um']", "domain.cells=[8, 8, 4]",
        "voids.places=[{position=['10 um', '10 um'], radius='10 um', contact=0.4}]",
    )  # fmt: skip
    deck = parse_deck(exact.DECK.format(pressure=0.2, current=-1.0, time=20), overrides=solid)
    solved = open_run(run(deck, tmp_path / "run").path)
    figure = GALLERIES["voids"].painter([solved], 3, [[1]], None, "contact")([[1]])
    last = solved.snapshot(1)
    for axes, name in zip(figure.axes, ("contact", "contact_current"), strict=False):
        assert np.array_equal(axes.images[0].get_array(), last[name][:, :, 0].T.astype(np.float32))
    assert {"Contact fraction"} <= {axes.get_ylabel() for axes in figure.axes}


def test_history_of_the_contact(short_run):
    titles = {axes.get_title(loc="left") for axes in GALLERIES["voids"].chart([short_run]).axes}
    assert {"Contact fraction", "Voids, volume per area (µm)"} <= titles


def test_without_current_there_is_no_line(tmp_path):
    """A rest: the scale of the curve is 1, and no current line is traced."""
    overrides = (*exact.PLANE, "drive.steps=[{mode='rest'}]")
    deck = parse_deck(exact.DECK.format(pressure=0.2, current=-1.0, time=1), overrides=overrides)
    rested = open_run(run(deck, tmp_path / "run").path)
    figure = GALLERIES["voids"].painter([rested], 2, [[0]], None, "contact")([[0]])
    assert np.max(figure.axes[1].lines[-1].get_ydata()) < 1e-9
    assert not figure.axes[0].collections

"""Pictures of lithium in a crack: damage with the lithium, and the stress, of a run of a few steps."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text

from phasefield.deck import parse_deck
from phasefield.io.rundir import open_run
from phasefield.postprocess import crack_plane, crack_volume
from phasefield.postprocess.galleries import GALLERIES
from phasefield.postprocess.phases import COLOURS
from phasefield.run.runner import run
from tests.verification import crack_support as exact


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    deck = parse_deck(exact.DECK.format(current=6.0, time=0.3), overrides=exact.SMALL)
    return open_run(run(deck, tmp_path_factory.mktemp("crack") / "run").path)


def test_lithium_is_where_the_electrolyte_is_broken(short_run):
    painter = GALLERIES["crack"].painter([short_run], 2, [[0, 1]], None, "d")
    figure = painter([[0, 1]])
    damage, stress = (figure.axes[k] for k in (0, 2))
    lithium = np.asarray(damage.images[2].get_array())
    painted = np.all(np.isclose(lithium, to_rgba(COLOURS["lithium"])), axis=-1)
    assert np.array_equal(painted.T, short_run.snapshot(0)["d"] > 0.9)
    assert np.count_nonzero(painted) == 5  # a flaw of 10 µm in cells of 2 µm
    scale = stress.images[0].norm
    assert scale.vmin == -scale.vmax
    words = {text.get_text() for text in figure.findobj(Text)}
    pressure = short_run.history["Pressure [Pa]"][-1] / 1e6
    assert {"Damage", "lithium", "0 MPa", f"{pressure:.0f} MPa"} <= words


def test_a_crack_is_dark_where_lithium_does_not_reach(tmp_path, monkeypatch):
    """With a yield stress the key names the dry crack, and broken cells are dark where it is not."""
    deck = parse_deck(exact.DECK.format(current=6.0, time=0.01), overrides=(*exact.SMALL, "lithium.yield_stress=9 MPa"))
    opened = open_run(run(deck, tmp_path / "run").path)
    monkeypatch.setattr(crack_plane, "REACHED", 2.0)  # nothing is
    figure = GALLERIES["crack"].painter([opened], 2, [[0]], None, "d")([[0]])
    dry = np.asarray(figure.axes[0].images[1].get_array())
    assert np.count_nonzero(np.all(np.isclose(dry, to_rgba(COLOURS["dry crack"])), axis=-1)) == 5
    assert "dry crack" in {text.get_text() for text in figure.findobj(Text)}


def test_a_film_keeps_the_flaw_empty_until_it_breaks(tmp_path):
    """Whole: dark cells under a line along all of the electrode. Broken: lithium, and a gap in the line at the flaw."""
    film = (
        "film.thickness=5 nm", "film.mouth=4 um", "film.resistance=5 ohm cm^2", "film.youngs_modulus=170 GPa",
        "film.poisson_ratio=0.24", "film.fracture_toughness=2.3 MPa m^0.5",
    )  # fmt: skip
    deck = parse_deck(exact.DECK.format(current=6.0, time=0.3), overrides=(*exact.SMALL, *film))
    opened = open_run(run(deck, tmp_path / "run").path)
    assert list(opened.history["Film [1]"][[1, -1]]) == [1, 0]
    across = opened.snapshot(0).shape[0]
    for index, name, covered in ((0, "dry crack", across), (1, "lithium", across - 1)):
        figure = GALLERIES["crack"].painter([opened], 2, [[index]], None, "d")([[index]])
        axes = figure.axes[0]
        painted = [np.asarray(image.get_array()) for image in axes.images[1:]]
        cells = [np.count_nonzero(np.all(np.isclose(a, to_rgba(COLOURS[name])), axis=-1)) for a in painted]
        assert 5 in cells, name
        (line,) = axes.collections
        assert len(line.get_segments()) == covered
        words = {text.get_text() for text in figure.findobj(Text)}
        assert {"coating", "dry crack"} <= words
        assert any("on the coating" in word for word in words) == (name == "dry crack")


def test_history_of_the_crack(short_run):
    titles = {axes.get_title(loc="left") for axes in GALLERIES["crack"].chart([short_run]).axes}
    assert {"Pressure in the crack (MPa)", "Crack length (µm)", "K over toughness"} <= titles


def test_a_crack_in_three_dimensions(tmp_path):
    """Lithium is summed across the crack, the walls show the middle planes; both have a bar, the electrode a key."""
    box = (
        "domain.dimension=3", "domain.size=['22 um', '22 um', '18 um']", "domain.cells=[11, 11, 9]", "flaw.length=8 um",
        "electrolyte.strength=341 MPa",
    )  # fmt: skip
    opened = open_run(run(parse_deck(exact.DECK.format(current=6.0, time=0.02), overrides=box), tmp_path / "run").path)
    last = opened.snapshot(-1)
    film = crack_volume.thickness(last)
    np.testing.assert_allclose(film[0], np.sum(last["lithium"], axis=0) * 2000)  # cells of 2 µm, in nm
    along, across = crack_volume.middle_planes(last)
    assert np.array_equal(along, last["tension"][5]) and np.array_equal(across, last["tension"][:, 5])
    figure = GALLERIES["crack"].painter([opened], 3, [[1]], None, "d")([[1]])
    words = {text.get_text() for text in figure.findobj(Text)}
    assert {"electrode", "Thickness of the lithium (nm)", "σ$_1$ in the middle planes (MPa)"} <= words

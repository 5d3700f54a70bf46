"""Pictures of wetting: one sheet and one chart of runs side by side; 3-D is refused with what to do instead."""

import numpy as np
import pytest

from phasefield.compare import comparison
from phasefield.errors import RunError
from phasefield.io.rundir import open_run
from phasefield.postprocess.galleries import GALLERIES
from phasefield.postprocess.wetting_plane import draw_wetting_plane
from phasefield.run.runner import run
from tests.unit.test_wetting_deck import DECK

SHORT = ["domain.cell_size=12.5 nm", "domain.size=['0.5 um','0.6 um']", "stop.time=0.2 s", "output.snapshots=1"]


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    return open_run(run(DECK, tmp_path_factory.mktemp("wetting") / "run", overrides=SHORT).path)


def test_each_phase_has_its_colour(short_run):
    """The corner of the box is lithium's grey over the layer's orange, and the far corner neither."""
    figure = draw_wetting_plane([short_run], [[0, 1]])
    panel = figure.axes[0]
    image = np.asarray(panel.images[0].get_array())
    low, middle, high = image[1, 1], image[len(image) // 2, 1], image[-2, -2]
    assert low[0] > low[2] + 0.4
    assert np.ptp(middle) < 0.05
    assert high.min() > middle.max()
    assert any("% covered" in text.get_text() for text in panel.texts)


def test_three_dimensions_are_refused(short_run):
    with pytest.raises(RunError, match="ParaView"):
        GALLERIES["wetting"].painter([short_run], 3, [[0]], None, "xi")
    assert GALLERIES["wetting"].chart([short_run]).axes


def test_numbers_side_by_side(short_run):
    """The deck's energies make 62°; the angle of the run is the last of its history, its height in nm."""
    table = {line.split("  ")[0]: line.split()[-1] for line in comparison([short_run]).splitlines()}
    assert table["Angle through lithium, theory [°]"] == "61.97"
    assert float(table["Contact angle [°]"]) == pytest.approx(short_run.history["Contact angle [deg]"][-1], abs=0.01)
    assert 100 < float(table["Height over the layer [nm]"]) < 500

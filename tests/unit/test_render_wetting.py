"""Pictures of wetting: one sheet and one chart of runs side by side; 3-D is refused with what to do instead."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from phasefield.compare import comparison
from phasefield.errors import RunError
from phasefield.io.rundir import Snapshot, open_run
from phasefield.postprocess.galleries import GALLERIES
from phasefield.postprocess.wetting_plane import _draw_angle, draw_wetting_plane, whole
from phasefield.run.runner import run
from tests.unit.test_wetting_deck import DECK

SHORT = ["domain.cell_size=12.5 nm", "domain.size=['0.5 um','0.6 um']", "stop.time=0.2 s", "output.snapshots=1"]


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    return open_run(run(DECK, tmp_path_factory.mktemp("wetting") / "run", overrides=SHORT).path)


def test_each_phase_has_its_colour(short_run):
    """In the middle there is lithium's grey over the layer's orange, and in the far corner neither."""
    figure = draw_wetting_plane([short_run], [[0, 1]])
    panel = figure.axes[0]
    image = np.asarray(panel.images[0].get_array())
    centre = image.shape[1] // 2  # of the drop, whose half the run has
    low, middle, high = image[1, centre], image[len(image) // 2, centre], image[-2, -2]
    assert low[0] > low[2] + 0.4
    assert np.ptp(middle) < 0.05
    assert high.min() > middle.max()
    assert any("% covered" in text.get_text() for text in panel.texts)


def drop(angle, at, cells=(60, 40), step=0.01):
    """A cap of lithium of some angle [deg] at a side wall or in the middle, on a layer of 0.1 µm."""
    radius, level = 0.2 / np.sin(np.radians(angle)), 0.1
    middle = {"left": 0.0, "right": cells[0] * step, "middle": cells[0] * step / 2}[at]
    x, y = np.meshgrid(*(step * (np.arange(n) + 0.5) for n in cells), indexing="ij")
    away = np.hypot(x - middle, y - level + radius * np.cos(np.radians(angle))) - radius
    psi = 0.5 * (1 - np.tanh((y - level) / 0.01))
    xi = 0.5 * (1 - np.tanh(away / 0.01)) * (1 - psi)
    return Snapshot(0.0, (0.0, 0.0), (step, step), {"xi": xi, "psi": psi})


@pytest.mark.parametrize(("at", "width"), [("left", 1.2), ("right", 1.2), ("middle", 0.6)])
def test_the_drop_is_drawn_whole(at, width):
    """One that a wall cuts gets its mirror image, so that it stands in the middle of the picture."""
    shot = whole(drop(60.0, at))
    assert shot.shape[0] * shot.spacing[0] == pytest.approx(width)
    assert np.allclose(shot["xi"], shot["xi"][::-1])
    middle = shot.origin[0] + width / 2
    assert middle == pytest.approx({"left": 0.0, "right": 0.6, "middle": 0.3}[at])


@pytest.mark.parametrize("angle", [40.0, 70.0, 120.0])
@pytest.mark.parametrize("at", ["left", "right"])
def test_the_angle_is_that_of_the_drop(angle, at):
    """The line begins at the contact line, 0.2 µm from the middle, and is the tangent of the cap there."""
    head, shot = ("Contact angle [deg]", "Contact fraction [1]"), whole(drop(angle, at))
    times = np.array([0.0, 1.0])
    history = {"Time [s]": times, head[0]: np.full(2, angle), head[1]: np.full(2, 0.2 / 0.6)}
    run = SimpleNamespace(history=history, resolved={"deck": {"layer": {"thickness": 1e-7}}})
    axes = Figure().add_subplot()
    _draw_angle(axes, shot, run)
    (start, end) = axes.lines[0].get_xydata()
    middle = shot.origin[0] + shot.shape[0] * shot.spacing[0] / 2
    assert start == pytest.approx([middle + 0.2, 0.1], abs=0.006)
    centre = np.array([middle, 0.1 - 0.2 / np.tan(np.radians(angle))])
    assert (end - start) @ (start - centre) == pytest.approx(0.0, abs=2e-3 * np.linalg.norm(end - start))
    assert axes.texts[0].get_text() == f"{angle:.0f}°"


def test_several_drops_have_no_angle():
    shot = drop(60.0, "left")
    both = np.maximum(shot["xi"], shot["xi"][::-1])
    axes = Figure().add_subplot()
    run = SimpleNamespace(history={}, resolved={"deck": {"layer": {"thickness": 1e-7}}})
    _draw_angle(axes, Snapshot(0.0, (0.0, 0.0), shot.spacing, {**shot.fields, "xi": both}), run)
    assert not axes.lines


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

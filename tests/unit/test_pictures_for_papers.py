"""Pictures as journals ask for them: formats, resolution, letters; colours that cannot be mistaken for each other."""

from itertools import combinations

import imageio.v2 as imageio
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from phasefield.errors import RunError
from phasefield.io.fields import Snapshot
from phasefield.io.rundir import open_run
from phasefield.postprocess import phases, plain, style
from phasefield.postprocess.interphase_plane import _draw_map
from phasefield.postprocess.interphase_volume import SURFACE_COLOURS
from phasefield.postprocess.render import draw, render_runs
from phasefield.postprocess.sheet import BAR_AXES, Scale, letter_panels
from tests.errors import refused
from tests.unit.synthetic_run import write_run

#: What a file of each format begins with.
MAGIC = {"png": b"\x89PNG", "pdf": b"%PDF-", "svg": b"<?xml"}


@pytest.fixture(scope="module")
def plane(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "plane", (12, 14), (30.0, 40.0), snapshots=3)


@pytest.mark.parametrize("format", MAGIC)
def test_formats(plane, tmp_path, format):
    """Fields and curves; lines and texts of PDF and SVG are not pixels."""
    made = render_runs([plane], tmp_path, movie=False, format=format)
    assert [path.name for path in made] == [f"plane.{format}", f"plane_history.{format}"]
    for path in made:
        assert path.read_bytes().startswith(MAGIC[format])
    if format == "pdf":
        assert b"/FontFile2" in made[0].read_bytes() and b"/Type3" not in made[0].read_bytes(), "TrueType fonts"


def test_resolution(plane, tmp_path):
    """Half the pixels per inch, half the pixels."""
    usual, half = (render_runs([plane], tmp_path / str(dpi), movie=False, dpi=dpi)[0] for dpi in (None, 100))
    shapes = [np.array(imageio.imread(path).shape[:2]) for path in (usual, half)]
    assert shapes[0] == pytest.approx(2 * shapes[1], abs=1)


def test_resolution_of_scenes(tmp_path):
    """A 3-D scene is drawn with as many points as its picture has, not enlarged: edges stay sharp."""
    run = write_run(tmp_path / "block", (8, 8, 8), (20.0, 20.0, 20.0), snapshots=1)
    picture = imageio.imread(render_runs([run], tmp_path, movie=False, dpi=400)[0])[..., :3].astype(float).mean(axis=-1)
    enlarged = imageio.imread(render_runs([run], tmp_path, movie=False)[0])[..., :3].astype(float).mean(axis=-1)
    enlarged = enlarged.repeat(2, 0).repeat(2, 1)
    slopes = [np.percentile(np.abs(np.diff(one, axis=0)).max(axis=0), 50) for one in (picture, enlarged)]
    assert picture.shape == pytest.approx(enlarged.shape, abs=2) and slopes[0] > 0.5 * slopes[1]


@pytest.mark.parametrize("wrong", [{"dpi": 10}, {"dpi": 5000}, {"format": "tiff"}])
def test_wrong_formats(plane, tmp_path, wrong):
    with refused(RunError, "limit-passed" if "dpi" in wrong else "unknown-name", *map(str, wrong.values())):
        render_runs([plane], tmp_path, **wrong)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("time", [-1.0, 1200.0])
def test_times_outside_the_run(plane, tmp_path, time):
    """They are not taken for the first or the last. A rounded end is the end."""
    with refused(RunError, "no-snapshot", f"{time:g} s", "0 s to 1100 s"):
        render_runs([plane], tmp_path, times=[500.0, time])
    assert len(open_run(plane).plot(times=[1101.0]).axes) == 2


def letters_in(axes):
    return [text.get_text() for text in axes.texts if text.get_text().startswith("(")]


def test_letters(plane):
    """(a) and (b) in the upper run, (c) and (d) below it; a colour bar has none."""
    runs = [open_run(plane)] * 2
    figure = draw(runs, times=[0.0, 1100.0])
    letter_panels(figure)
    boxes = ((axes, axes.get_position()) for axes in figure.axes)
    rows = sorted((-box.y0, box.x0, axes.get_label(), letters_in(axes)) for axes, box in boxes)
    assert [found for *_, label, found in rows if label != BAR_AXES] == [["(a)"], ["(b)"], ["(c)"], ["(d)"]]
    assert [found for *_, label, found in rows if label == BAR_AXES] == [[]]


def test_letters_of_curves(plane, tmp_path):
    """Beside the titles: a letter inside would be on a curve."""
    from phasefield.postprocess.history import draw_history

    figure = draw_history([open_run(plane)])
    letter_panels(figure)
    assert [axes.get_title("right") for axes in figure.axes][:3] == ["(a)", "(b)", "(c)"]


def lab(colour):
    """CIE L*a*b* of a colour in sRGB under D65: IEC 61966-2-1, and CIE 15:2004."""
    linear = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)])
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else t * 841 / 108 + 4 / 29 for t in xyz / [0.95047, 1.0, 1.08883])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


MAPS = {name: quantity.colours for name, quantity in style.QUANTITIES.items()}
#: Colour maps that one picture may show side by side.
TOGETHER = [
    [MAPS["potential"], MAPS["phi_e"]],
    [MAPS["theta"], MAPS["potential"]],
    [MAPS["current"], MAPS["content"]],
    [SURFACE_COLOURS["height"], MAPS["potential"]],
    [SURFACE_COLOURS["height"], MAPS["phi_e"]],
    *([style.SURFACE_CURRENT, MAPS[name]] for name in ("c", "phi", "current")),
    *([MAPS["height"], MAPS[name]] for name in ("c", "phi", "current")),
    list(plain.COLOURS),
]


@pytest.mark.parametrize("maps", TOGETHER, ids=lambda maps: " ".join(one.name for one in maps))
def test_maps_of_one_picture_share_no_end(maps):
    """A colour means one value of one quantity: ends differ by 15 in CIE's ΔE (1976), where 2.3 can just be noticed."""
    for one, other in combinations(maps, 2):
        for a in (one(0.0), one(1.0)):
            for b in (other(0.0), other(1.0)):
                assert np.linalg.norm(lab(a[:3]) - lab(b[:3])) > 15


def host_snapshot():
    """θ is 5 outside the host, where it means nothing, and 0.25 to 0.75 inside."""
    host, xi = np.zeros((8, 10)), np.zeros((8, 10))
    host[:, :6], xi[:, :2] = 1.0, 1.0
    theta = np.where(host > 0.5, np.linspace(0.25, 0.75, 8)[:, None], 5.0)
    fields = {"host": host, "xi": xi, "theta": np.where(xi > 0.5, 9.0, theta), "potential": theta}
    return Snapshot(0.0, (0.0, 0.0), (1.0, 1.0), fields)


def test_maps_of_a_host_end_at_the_host(plane):
    """Nothing is mapped where there is no host, and what is there does not stretch the scale."""
    from types import SimpleNamespace

    snapshot = host_snapshot()
    run = SimpleNamespace(snapshot=lambda index: snapshot)
    scale = phases.potential_scale([run], [[0]], "theta")
    assert (scale.vmin, scale.vmax, scale.extend) == (0.25, 0.75, "neither")
    axes = style.Picture().subplots()
    _draw_map(axes, snapshot, "theta", Scale(0.25, 0.75))
    shown = axes.images[0].get_array().T
    assert np.array_equal(np.ma.getmaskarray(shown), snapshot["host"] < 0.5)

"""Pictures are made with the right content, and a wrong request is one clear error."""

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import imageio.v2 as imageio
import matplotlib.colors
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from phasefield.errors import RunError
from phasefield.io.rundir import EvenRun, Snapshot, open_run
from phasefield.postprocess import check_rendering, movie, render, render_runs, style, to_pyvista
from phasefield.postprocess.galleries import gallery_of
from phasefield.postprocess.grids import carried_to_surface, coarsened, isolated
from phasefield.postprocess.history import charted
from phasefield.postprocess.movie import Frames, _drawn, movie_snapshots, write_movie
from phasefield.postprocess.plane import draw_panel, key
from phasefield.postprocess.render import Shown, _painter
from phasefield.postprocess.sheet import Scale, fitted_scale, short_names
from phasefield.postprocess.style import FILM, ISOLATED, charge_label, round_length, time_label
from tests.errors import refused
from tests.unit.synthetic_run import write_run

PLANE, BLOCK = (40, 48), (20, 20, 20)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A bare and a coated run in two and in three dimensions, and one with salt."""
    folder = tmp_path_factory.mktemp("runs")
    return {
        "bare": write_run(folder / "plating_bare", PLANE, (50, 60), snapshots=3),
        "coated": write_run(folder / "plating_coated", PLANE, (50, 60), coated=True, snapshots=3),
        "salt": write_run(folder / "plating_salt", PLANE, (50, 60), binary=True, snapshots=2),
        "bare 3d": write_run(folder / "plating_bare_3d", BLOCK, (40, 40, 40), snapshots=2),
        "coated 3d": write_run(folder / "plating_coated_3d", BLOCK, (40, 40, 40), coated=True, snapshots=2),
        "line": write_run(folder / "line", (64,), (50,), snapshots=3, holes=[]),
    }


@pytest.fixture(scope="module")
def plane_pictures(runs, tmp_path_factory):
    return render_runs([runs["bare"], runs["coated"]], output=tmp_path_factory.mktemp("plane"))


@pytest.fixture(scope="module")
def volume_pictures(runs, tmp_path_factory):
    return render_runs([runs["bare 3d"], runs["coated 3d"]], output=tmp_path_factory.mktemp("volume"))


def share_of(picture, colour, tolerance=0.06):
    """Share of the pixels of a picture that have nearly the colour given."""
    wanted = np.array(matplotlib.colors.to_rgb(colour))
    pixels = picture[..., :3] / 255
    return float(np.mean(np.abs(pixels - wanted).max(axis=-1) < tolerance))


def share_of_grey(picture):
    """Share of the pixels that are neither coloured, nor white, nor ink."""
    pixels = picture[..., :3].astype(int)
    spread = pixels.max(axis=-1) - pixels.min(axis=-1)
    level = pixels.mean(axis=-1)
    return float(np.mean((spread < 18) & (level > 130) & (level < 243)))


def test_plane_files_and_size(plane_pictures):
    """A pair of 2-D runs gives a sheet, a movie and a history, named after both; sizes suit a video codec."""
    assert [path.name for path in plane_pictures] == [
        "plating_bare_vs_coated.png",
        "plating_bare_vs_coated.mp4",
        "plating_bare_vs_coated_history.png",
    ]
    height, width = imageio.imread(plane_pictures[0]).shape[:2]
    assert width % 16 == 0 and height % 16 == 0
    assert width > 1200 and height > 800


def test_plane_shows_lithium_electrolyte_and_film(plane_pictures):
    """The metal is a grey body, the electrolyte is coloured, the film is drawn in its own colour."""
    picture = imageio.imread(plane_pictures[0])
    assert 0.1 < share_of_grey(picture) < 0.5
    assert 0.3 < np.mean(np.ptp(picture[..., :3].astype(int), axis=-1) > 40) < 0.8
    upper, lower = np.array_split(picture, 2)
    assert share_of(lower, FILM) > 0.003
    assert share_of(upper, FILM) == 0, "the bare run has no film"


def test_isolated_cells():
    """Axes (x, height): what the bottom does not reach across faces."""
    xi = np.array([[1.0, 0.4, 0.9, 0.8], [0.7, 0.6, 0.1, 0.2], [0.2, 0.7, 0.7, 0.0]])
    expected = np.zeros((3, 4), bool)
    expected[0, 2:] = True
    assert np.array_equal(isolated(xi), expected)
    assert not isolated(np.ones((3, 4))).any() and not isolated(np.zeros((3, 4))).any()


def test_isolated_lithium_has_a_colour_of_its_own(runs):
    """The same lithium, with and without a gap above the bottom."""
    snapshot, shares = open_run(runs["bare"]).snapshot(-1), []
    cut = snapshot["xi"].copy()
    cut[:, :4] = 0.0
    for xi in (snapshot["xi"], cut):
        figure = Figure(figsize=(4, 4))
        axes = figure.add_axes((0, 0, 1, 1))
        draw_panel(axes, replace(snapshot, fields=snapshot.fields | {"xi": xi}), "phi", Scale(-400, 0, "neither"))
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        shares.append(share_of(np.asarray(canvas.buffer_rgba()), ISOLATED, 0.12))
    assert shares[0] < 0.01 and shares[1] > 0.1


@pytest.mark.parametrize(("side", "named"), [(1, False), (5, True)])
def test_the_key_names_what_can_be_seen(runs, side, named):
    """Isolated lithium of one of 1920 cells is not worth a name, of 25 it is. The film and its defects always are."""
    snapshot = open_run(runs["coated"]).snapshot(0)
    xi = np.zeros(PLANE)
    xi[:, :10] = 1.0
    xi[4 : 4 + side, 20 : 20 + side] = 1.0
    axes = Figure().add_subplot()
    key(axes, [replace(snapshot, fields=snapshot.fields | {"xi": xi})])
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["film", "defect", *(["isolated"] if named else [])]


def test_lithium_grows_in_the_picture(runs, tmp_path):
    """The body of metal at the end is larger than at the start, by the amount the fields say."""
    run = open_run(runs["bare"])
    shares = []
    for name, time in (("start", 0.0), ("end", run.times[-1])):
        first, *_ = render_runs([runs["bare"]], output=tmp_path / name, movie=False, times=[time])
        shares.append(share_of_grey(imageio.imread(first)))
    metal = [np.mean(run.snapshot(k)["xi"] > 0.5) for k in (0, -1)]
    assert shares[1] / shares[0] == pytest.approx(metal[1] / metal[0], rel=0.15)


@pytest.mark.parametrize(("colour", "number"), [("phi", 2), ("c", 2)])
def test_electrolyte_can_be_coloured_by_other_fields(runs, tmp_path, colour, number):
    """Potential and concentration can be selected; the files of a single run have its name."""
    made = render_runs([runs["salt"]], output=tmp_path, movie=False, colour=colour)
    assert len(made) == number and made[0].name == "plating_salt.png"
    assert np.ptp(imageio.imread(made[0])) > 200


def test_movies_have_a_frame_per_snapshot(plane_pictures, volume_pictures):
    """Every output time is one frame; frames keep their size and differ from each other."""
    for path, count in ((plane_pictures[1], 3), (volume_pictures[2], 2)):
        frames = imageio.mimread(path)
        assert len(frames) == count
        assert all(side % 16 == 0 for side in frames[0].shape[:2])
        assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 1


def test_movies_drawn_by_two_processes_are_the_same(tmp_path, monkeypatch):
    """Frame by frame, in order; also the colours, which other processes must be given. A process draws two."""
    monkeypatch.setitem(movie.WORTH, 2, 2)
    run = write_run(tmp_path / "plating", PLANE, (50, 60), snapshots=5)
    made = [render_runs([run], output=tmp_path / str(n), processes=n)[1] for n in (1, 2)]
    alone, together = (np.array(imageio.mimread(path, memtest=False)) for path in made)
    assert len(alone) == 5 and np.array_equal(alone, together)


def frames_and_pictures(paths):
    """Each frame of a movie of runs, and the same snapshots on a figure of their own: colours, arrays of int."""
    shown = [open_run(path) for path in paths]
    snapshots = movie_snapshots(shown)
    painted = _painter(shown, gallery_of(shown), None, None)(snapshots)
    with matplotlib.rc_context(style.RC):
        frames = Frames(painted)
        for frame in ([[index] for index in numbers] for numbers in zip(*snapshots, strict=True)):
            canvas = FigureCanvasAgg(painted(frame))
            canvas.draw()
            yield frames.pixels(frame).astype(int), np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


@pytest.mark.parametrize("names", [("bare", "coated"), ("salt",), ("bare 3d",)])
def test_frames_on_one_figure_are_pictures_of_their_own(runs, names):
    """Nothing of the frame before stays, nothing is missing: pixel for pixel."""
    made = list(frames_and_pictures([runs[name] for name in names]))
    assert all(np.array_equal(frame, picture) for frame, picture in made)
    assert all(np.abs(one[0] - other[0]).max() > 50 for one, other in pairwise(made))


def test_a_figure_is_used_again(runs):
    """For frames of one movie only."""
    shown = [open_run(runs["bare"])]
    painted = _painter(shown, gallery_of(shown), None, None)([[0, 1, 2]])
    one, other = [], []
    for figures in (one, other):
        frames = Frames(lambda frame, figures=figures: figures.append(painted(frame)) or figures[-1])
        for index in range(3):
            frames.pixels([[index]])
    assert len({id(figure) for figure in one}) == len({id(figure) for figure in other}) == 1
    assert one[0] is not other[0] and painted([[0]]) is not painted([[0]])


def test_snapshots_are_read_once(runs, monkeypatch):
    """Unless they take too much memory together; then the last one stays."""
    read, shown = [], Shown(runs["bare"])
    original = EvenRun.snapshot
    monkeypatch.setattr(EvenRun, "snapshot", lambda self, index: read.append(index) or original(self, index))
    for index in (0, 1, 0, 1, 2, 0):
        assert shown.snapshot(index).time == shown.times[index]
    assert read == [0, 1, 2]
    monkeypatch.setattr(render, "MOST_KEPT", 0)
    shown, _ = Shown(runs["bare"]), read.clear()
    for index in (0, 0, 1, 1, 0):
        assert shown.snapshot(index).time == shown.times[index]
    assert read == [0, 1, 0]


def test_a_movie_that_fails_leaves_the_one_before(tmp_path):
    """And nothing else."""
    movie = tmp_path / "movie.mp4"
    movie.write_text("the one before")
    with refused(RunError, "not-a-run", "nowhere"):
        write_movie(movie, [[0]], lambda snapshots: open_run("nowhere"))
    assert [path.name for path in tmp_path.iterdir()] == ["movie.mp4"] and movie.read_text() == "the one before"


@pytest.mark.parametrize(
    ("failing", "code", "named"),
    [(open_run, "not-a-run", "nowhere: "), (os._exit, "", "processes=1")],
)
def test_failures_of_another_process_are_told(failing, code, named):
    """As if they had come up here."""
    frames = ["nowhere"] * 2 if failing is open_run else [9] * 2
    with refused(RunError, code, named):
        list(_drawn(frames, failing, processes=2))


def test_volume_shows_cut_metal_coloured_surface_and_defects(volume_pictures):
    """The block has grey cut faces and a coloured surface; only the coated run, on the right, has rings."""
    assert [path.suffix for path in volume_pictures] == [".png", ".png", ".mp4", ".png"]
    picture = imageio.imread(volume_pictures[0])
    assert share_of_grey(picture) > 0.05
    red_over_blue = picture[..., 0].astype(int) - picture[..., 2] > 50
    assert np.mean(red_over_blue) > 0.03
    left, right = picture[:, : int(0.42 * picture.shape[1])], picture[:, int(0.42 * picture.shape[1]) :]
    assert share_of(right, FILM, 0.1) > share_of(left, FILM, 0.1) + 3e-4


def test_surface_coloured_by_height(runs, tmp_path):
    """The other colouring of the surface gives another picture."""
    by_height = render_runs([runs["bare 3d"]], tmp_path / "h", movie=False, times=[1100.0], surface="height")
    by_current = render_runs([runs["bare 3d"]], tmp_path / "i", movie=False, times=[1100.0])
    assert np.abs(imageio.imread(by_height[0]).astype(int) - imageio.imread(by_current[0])).mean() > 1


def test_line_gives_profiles(runs, tmp_path):
    """A 1-D run gives profiles and a history, and no movie."""
    made = render_runs([runs["line"]], output=tmp_path)
    assert [path.name for path in made] == ["line.png", "line_history.png"]
    assert np.ptp(imageio.imread(made[0])) > 200


def test_pictures_go_beside_the_run_by_default(runs):
    """Without an output directory, pictures are where the runs are, not in them."""
    made = render_runs([runs["line"]])
    assert made[0].parent == runs["line"].parent / "pictures"


def test_wrong_requests(runs, tmp_path):
    """Mixed dimensions, unknown choices, missing fields and empty requests are refused in words."""
    with refused(RunError, "mixed-runs", "plating_bare is 2-D", "plating_bare_3d is 3-D"):
        render_runs([runs["bare"], runs["bare 3d"]], tmp_path)
    with refused(RunError, "unknown-name", "colour = 'pink'", "'c'"):
        render_runs([runs["bare"]], tmp_path, colour="pink")
    with refused(RunError, "unknown-name", "'c'"):
        render_runs([runs["bare"]], tmp_path, colour="c")
    with pytest.raises(RunError, match="render"):
        render_runs([], tmp_path)
    with refused(RunError, "not-a-run", "nowhere"):
        render_runs([tmp_path / "nowhere"], tmp_path)


def test_rendering_can_be_checked():
    """The check names the window and the renderer behind it."""
    report = check_rendering()
    assert "RenderWindow" in report and "renderer" in report


def test_drawing_without_a_display_is_quiet():
    """With no X server nothing is printed about it."""
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    command = "from phasefield.postprocess import check_rendering; check_rendering()"
    done = subprocess.run([sys.executable, "-c", command], env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and "display" not in done.stderr.lower()


def test_vtk_grid_keeps_every_cell_in_its_place(runs):
    """A cell looked up by position in the VTK image has the value of the array."""
    snapshot = open_run(runs["coated 3d"]).snapshot(-1)
    grid = to_pyvista(snapshot)
    place = [snapshot.centres(axis)[index] for axis, index in enumerate((3, 11, 7))]
    assert grid["current"][grid.find_containing_cell(place)] == snapshot["current"][3, 11, 7]
    assert grid.bounds[5] == pytest.approx(40)
    assert to_pyvista(open_run(runs["bare"]).snapshot(0)).dimensions == (41, 49, 2)


def test_coarsening_keeps_means_and_place():
    """Block averages keep the mean, and the box up to the cells that fill no block."""
    values = np.random.default_rng(1).random((12, 9))
    coarse = coarsened(Snapshot(0.0, (0.0, 0.0), (0.5, 0.5), {"xi": values}), limit=40)
    assert coarse.shape == (6, 4) and coarse.spacing == (1.0, 1.0)
    assert coarse["xi"].mean() == pytest.approx(values[:, :8].mean())


def test_current_is_carried_up_to_the_surface():
    """Inside the interface, where the ionic current fades, the value just ahead of it is shown."""
    xi = np.array([[1.0, 0.9, 0.5, 0.1, 0.01, 0.0]])
    current = np.array([[0.0, 1.0, 5.0, 9.0, 10.0, 11.0]])
    assert carried_to_surface(current, xi).tolist() == [[10, 10, 10, 10, 10, 11]]
    assert carried_to_surface(current, np.ones_like(xi)) is current


def test_colour_scales():
    """Currents start at zero, and a uniform field is not stretched into noise."""
    assert fitted_scale("current", [np.array([3.0, 4.0])]).vmin == 0
    uniform = fitted_scale("c", [np.array([1.0, 1.0 + 1e-9])])
    assert uniform.vmax - uniform.vmin > 1e-3
    assert fitted_scale("phi", []).vmax > 0


def test_words_and_numbers():
    """Names lose their common parts; lengths, times and charges have readable units."""
    assert short_names(["plating_uncoated_3d", "plating_coated_3d"]) == ["uncoated", "coated"]
    assert short_names(["plating", "plating_coated"]) == ["plating", "plating coated"]
    assert short_names(["plating_coated"]) == ["plating coated"]
    assert (round_length(50.0), round_length(1.3)) == (20.0, 0.5)
    assert (time_label(30, 90), time_label(600, 1200), time_label(9000, 36000)) == (
        "30.0 s",
        "10.0 min",
        "2.5 h",
    )
    assert charge_label(36e3).startswith("1.00 mAh")
    assert charge_label(-14.4e3).startswith("−0.40 mAh") and charge_label(-1e-3).startswith("0.00 mAh")


def test_isolated_lithium_has_a_chart_only_where_there_is_some(tmp_path):
    """Without any, its column is zero from first to last; other columns that are zero keep their charts."""
    found = []
    for name, most in (("none", 0.0), ("some", 1e-6)):
        run = open_run(write_run(tmp_path / name, (6, 8), (20.0, 20.0), snapshots=2, holes=[]))
        rows = run.history.rows
        run.history["Isolated lithium [m]"] = np.linspace(0.0, most, rows)
        run.history["Overpotential [V]"] = np.zeros(rows)
        found.append([column.name for column in charted([run])])
    assert "Isolated lithium" not in found[0] and "Isolated lithium" in found[1]
    assert all("Overpotential" in names for names in found)

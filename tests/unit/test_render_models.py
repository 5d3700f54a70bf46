"""Pictures of interphases and contacts show the phases that the fields have, on common scales, with nothing clipped."""

from dataclasses import replace

import imageio.v2 as imageio
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from phasefield.errors import RunError
from phasefield.io.rundir import open_run
from phasefield.postprocess import render, render_runs, style
from phasefield.postprocess.contact import parts
from phasefield.postprocess.galleries import GALLERIES
from phasefield.postprocess.growth import planned_law
from phasefield.postprocess.interphase_profile import bands
from phasefield.postprocess.phases import potential_scale
from tests.errors import refused
from tests.unit import synthetic_models as synthetic
from tests.unit.synthetic_models import write_model
from tests.unit.test_render import frames_and_pictures, share_of, share_of_grey

CELLS = {1: (80,), 2: (40, 40), 3: (20, 20, 20)}
MODELS = ("interphase", "plating-interphase", "contact")
ALL = [(model, dimension) for model in MODELS for dimension in CELLS]
#: What must be written on a picture of the fields, by model and dimension.
WORDS = {
    ("interphase", 1): {"electrode", "coating", "interphase", "electrolyte", "Potential (V)", "Height (nm)"},
    ("interphase", 2): {"V", "φ$_e$", "Potential V against Li (V)", "Electronic potential φ$_e$ (V)", "20 nm"},
    ("interphase", 3): {"Height, interphase (nm)", "Potential V against Li, cut and walls (V)", "20 nm", "interphase"},
    ("plating-interphase", 1): {"lithium", "interphase", "ψ, ξ", "Potential (V)"},
    ("plating-interphase", 2): {"lithium", "Potential V against Li (V)", "20 nm", "interphase 10 nm"},
    ("plating-interphase", 3): {"lithium", "Height, interphase (nm)", "60.0 min"},
    ("contact", 1): {"Lithium content x", "Ion potential φ (V)", "Height (µm)", "electrode ", " electrolyte"},
    ("contact", 2): {"Lithium content x, electrode", "gap or void: no contact", "1 µm", "0.00 V, x = 0.00"},
    ("contact", 3): {"Lithium content x, electrode", "patch in contact", "1 µm"},
}  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of every model and dimension: layers under coatings with a hole, contacts with a gap."""
    folder = tmp_path_factory.mktemp("runs")
    return {
        (model, dimension): write_model(
            folder / f"{model}_{dimension}d", model, cells, coated=dimension > 1 or model == "interphase"
        )
        for model in MODELS
        for dimension, cells in CELLS.items()
    }


@pytest.fixture(scope="module")
def drawn(runs, tmp_path_factory):
    """Files and figures of every model and dimension, each made once; in 3-D only the large picture of the end."""
    made, keep = {}, render.save_picture
    patch = pytest.MonkeyPatch()

    def made_once(key):
        if key not in made:
            figures = []
            keeping = lambda figure, path, **options: (figures.append(figure), keep(figure, path))[1]  # noqa: E731
            patch.setattr(render, "save_picture", keeping)
            times = [synthetic.END] if key[1] == 3 else None
            files = render_runs([runs[key]], tmp_path_factory.mktemp("pictures"), movie=False, times=times)
            patch.undo()
            made[key] = files, figures
        return made[key]

    return made_once


def words_of(figure):
    return {text.get_text() for text in figure.findobj(Text) if text.get_visible()}


@pytest.mark.parametrize("model, dimension", ALL)
def test_every_model_and_dimension(drawn, model, dimension):
    """Two files, named after the run; the picture is labelled, and nothing overlaps its edge or is blank."""
    files, figures = drawn((model, dimension))
    chart = {"interphase": "thickness"}.get(model, "history")
    assert [path.name for path in files] == [f"{model}_{dimension}d.png", f"{model}_{dimension}d_{chart}.png"]
    assert WORDS[model, dimension] <= words_of(figures[0]), words_of(figures[0])
    for path, figure in zip(files, figures, strict=True):
        box = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
        width, height = figure.get_size_inches()
        assert box.x0 > -0.01 and box.y0 > -0.01 and box.x1 < width + 0.01 and box.y1 < height + 0.01
        picture = imageio.imread(path)
        assert picture.shape[1] > 700 and picture.shape[0] > 400
        assert np.mean(np.abs(picture[..., :3].astype(int) - 255).max(axis=-1) > 20) > 0.02


@pytest.mark.parametrize("model", ["interphase", "plating-interphase"])
def test_phases_fill_what_the_fields_say(runs, drawn, model):
    """In the row of phases, areas of metal, coating and interphase are in the proportion of the fields, to 15 %."""
    (path, _), (figure, _) = drawn((model, 2))
    run = open_run(runs[model, 2])
    box, picture = figure.axes[2].get_position(), imageio.imread(path)  # the last time's
    rows, columns = picture.shape[:2]
    panel = picture[int((1 - box.y1) * rows) : int((1 - box.y0) * rows), int(box.x0 * columns) : int(box.x1 * columns)]
    last = run.snapshot(-1)
    metal = last.fields.get("xi", np.zeros(last.shape)) > 0.5
    film = (last["coating"] > 0.5) & ~metal
    product = (last["psi"] > 0.5) & ~film & ~metal
    whole = 1.0 if "xi" in last.fields else 1.1  # the strip of electrode
    assert share_of(panel, style.FILM) == pytest.approx(film.mean() / whole, rel=0.15)
    assert share_of(panel, style.PRODUCT) == pytest.approx(product.mean() / whole, rel=0.15)
    assert share_of(panel, style.LITHIUM) == pytest.approx(metal.mean() if metal.any() else 0.1 / 1.1, rel=0.15)


def test_maps_share_scales_and_the_window_bounds_them(runs, drawn):
    """V goes from lithium's to the electrolyte's own; a value beyond, as a faulty one, is cut off and gets an arrow."""
    _, (figure, _) = drawn(("interphase", 2))
    norms = {image.norm for axes in figure.axes for image in axes.images}
    assert len(norms) == 2  # of V and of φ_e, each for all times
    ends = sorted((norm.vmin, norm.vmax) for norm in norms)
    assert ends == [(0.0, pytest.approx(0.9 * 1.7)), (0.0, pytest.approx(1.7))]
    run = open_run(runs["interphase", 2])
    assert potential_scale([run], [[0, 2]], "potential").extend == "neither"

    class Faulty(type(run)):
        def snapshot(self, index):
            good = super().snapshot(index)
            good.fields["potential"][0, -1] = 40.0  # in the electrolyte
            good.fields["phi_e"][0, 0] = -9.0  # in the coating
            return good

    scale = potential_scale([Faulty(run.path)], [[0, 2]], "potential")
    assert (scale.vmin, scale.vmax, scale.extend) == (0.0, pytest.approx(1.7), "max")
    scale = potential_scale([Faulty(run.path)], [[0, 2]], "phi_e")
    assert (scale.vmin, scale.vmax, scale.extend) == (0.0, pytest.approx(0.9 * 1.7), "min")


def test_bands_of_a_profile(runs):
    """In 1-D the phases lie where they are: the coating 10 nm thick, the interphase up to where ψ = ½ (half a cell)."""
    last = open_run(runs["interphase", 1]).snapshot(-1)
    placed = bands(last, 0.05)
    assert placed["coating"] == (0.0, pytest.approx(0.01, abs=0.0005))
    assert placed["interphase"][1] == pytest.approx(0.008 + 0.01 + 0.03, abs=0.0005)
    moving = bands(open_run(runs["plating-interphase", 1]).snapshot(-1), 0.05)
    assert moving["lithium"] == (0.0, pytest.approx(0.02 * 1.3, abs=0.001))


def test_bands_of_a_coating_that_is_consumed(runs):
    """Its product is below the rest of it; the interphase begins above both, though ψ is 0 between."""
    last = open_run(runs["interphase", 1]).snapshot(-1)
    consumed = last["coating"] * (last.centres(0) < 0.004)
    psi = np.where(last["coating"] > 0.5, consumed, last["psi"])
    placed = bands(replace(last, fields={**last.fields, "consumed": consumed, "psi": psi}), 0.05)
    assert placed["coating's product"] == (0.0, pytest.approx(0.004, abs=0.0005))
    assert placed["coating"] == (placed["coating's product"][1], pytest.approx(0.01, abs=0.0005))
    assert placed["interphase"] == bands(last, 0.05)["interphase"]


def test_growth_has_its_law(runs, drawn):
    """Thickness against time is on logarithmic axes, with the law beside it, intact and (dotted) without coating."""
    _, (_, figure) = drawn(("interphase", 2))
    first = figure.axes[0]
    assert (first.get_xscale(), first.get_yscale()) == ("log", "log")
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Thickness (nm)",
        "Resistance (Ω cm²)",
        "Leakage (µA cm⁻²)",
    ]
    run, lines = open_run(runs["interphase", 2]), first.lines
    assert [line.get_linestyle() for line in lines] == ["-", "--", ":"]
    bare = planned_law(run, coated=False)
    time, thickness = lines[2].get_data()
    assert np.interp(time * 60.0, bare.time, 1e9 * bare.thickness) == pytest.approx(thickness, rel=1e-3)
    assert lines[1].get_ydata()[-1] < thickness[-1]


@pytest.mark.parametrize("coated", [False, True])
def test_law_of_wagner(runs, coated):
    """t = (L² − L₀²)/2k_p + (L − L₀)(1/k_r + a/k_p) to 1e-3, the resistance to ions is L/σ_i plus the coating's."""
    law = planned_law(open_run(runs["interphase", 2]), coated=coated)
    known, start = synthetic.derived(True), 8e-9
    k, film = known["parabolic_constant"], known["coating_equivalent"] if coated else 0.0
    grown = law.thickness[1:] - start
    time = grown * (law.thickness[1:] + start) / (2 * k) + grown * (1 / known["reaction_velocity"] + film / k)
    assert law.time[1:] == pytest.approx(time, rel=1e-3)
    assert law.resistance == pytest.approx(law.thickness / known["ionic_conductivity"] + (2e-4 if coated else 0.0))


def test_contact_shows_content_below_and_current_above(runs, drawn):
    """Each panel maps the electrode up to the plane and the electrolyte over it, on two common scales, and the gap."""
    _, (figure, _) = drawn(("contact", 2))
    panels = [axes for axes in figure.axes if len(axes.images) == 2]
    assert len(panels) == 3
    assert len({image.norm for axes in panels for image in axes.images}) == 2
    plane = synthetic.ELECTRODE
    for axes in panels:
        below, above = (image.get_extent() for image in axes.images)
        assert below[2:] == [0.0, pytest.approx(plane, abs=0.04)] and above[2:] == [below[3], pytest.approx(3.0)]
        (gap,) = axes.patches[-1:]
        assert gap.get_x() + gap.get_width() == pytest.approx(4.0)
        assert gap.get_width() == pytest.approx(4.0 - synthetic.PATCH, abs=0.1)
    electrode, electrolyte = parts(open_run(runs["contact", 2]), -1)
    assert electrode["content"].max() < synthetic.CONTENT + 1e-9 and electrode["content"].min() < 0.6
    assert electrolyte["current"].max() == pytest.approx(0.1 * 0.8, rel=0.1)  # mA/cm², at the contact's end


def test_solids_in_three_dimensions(drawn):
    """Metal, coating and product are there together; a contact has a ring in the film's colour round its patch."""
    for model, least in (("interphase", 0.03), ("plating-interphase", 0.02), ("contact", 5e-4)):
        picture = imageio.imread(drawn((model, 3))[0][0])
        pixels = picture[..., :3].astype(int)
        orange = (pixels[..., 0] - pixels[..., 2] > 90) & (np.abs(pixels[..., 0] / 1.62 - pixels[..., 1]) < 25)
        assert orange.mean() > least, model
    picture = imageio.imread(drawn(("plating-interphase", 3))[0][0])
    assert share_of_grey(picture) > 0.04


def test_choices(runs, tmp_path):
    """One potential, and another colour of the surface, can be selected; a wrong one gives the model's."""
    painter = GALLERIES["interphase"].painter([open_run(runs["interphase", 2])], 2, [[0]], "phi_i", "height")
    assert "Ionic potential φ$_i$ (V)" in words_of(painter([[0]]))
    run = open_run(runs["contact", 3])
    pictures = []
    for surface in GALLERIES["contact"].surfaces:
        painter = GALLERIES["contact"].painter([run], 3, [[-1]], None, surface)
        canvas = FigureCanvasAgg(painter([[-1]], detail=0.5))
        canvas.draw()
        pictures.append(np.asarray(canvas.buffer_rgba())[..., :3].astype(int))
    assert np.abs(pictures[0] - pictures[1]).mean() > 1
    with refused(RunError, "unknown-name", "colour = 'c'", "'potential', 'phi_e', 'phi_i'"):
        render_runs([runs["interphase", 2]], tmp_path, colour="c")
    with refused(RunError, "mixed-runs", "interphase", "contact"):
        render_runs([runs["interphase", 2], runs["contact", 2]], tmp_path)


@pytest.mark.parametrize("model", MODELS)
def test_frames_on_one_figure_are_pictures_of_their_own(runs, model):
    """With several panels and colour bars, and a key at the foot."""
    made = list(frames_and_pictures([runs[model, 2]]))
    assert all(np.array_equal(frame, picture) for frame, picture in made) and len(made) > 2


@pytest.mark.parametrize("key", [pytest.param(("interphase", 3), marks=pytest.mark.slow), ("contact", 2)])
def test_movies(runs, tmp_path, key):
    """A frame for each snapshot, of sides that video codecs take, and they differ."""
    movie = next(path for path in render_runs([runs[key]], tmp_path, times=[0.0]) if path.suffix == ".mp4")
    frames = imageio.mimread(movie)
    assert len(frames) == 3 and all(side % 16 == 0 for side in frames[0].shape[:2])
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 0.5

"""Content of the pictures of studies and of their page, from directories made without a solver."""

from html.parser import HTMLParser
from itertools import product

import numpy as np
import pytest
from matplotlib.image import imread

from phasefield.errors import RunError
from phasefield.postprocess.study_dots import draw_agreement, draw_scatter
from phasefield.postprocess.study_maps import Outcome, draw_outcome
from phasefield.postprocess.study_ranks import draw_sensitivity, rank_correlations, sobol_indices
from phasefield.postprocess.study_report import write_report
from phasefield.postprocess.study_table import number
from phasefield.study.expand import points
from phasefield.study.schema import StudyDeck
from tests.errors import refused
from tests.unit.synthetic_study import RESULT, THEORY, axis, write_study_with_runs, write_table


@pytest.fixture
def grid(tmp_path):
    """Current × film × seed; the tip is current² / film, one member of four at (4, 10) has failed."""
    crossed = product((1.0, 2.0, 4.0), (10.0, 20.0, 40.0), (1, 2))
    settings = [{"current": i, "film": f, "seed": s} for i, f, s in crossed]
    results = [s["current"] ** 2 / s["film"] + 0.01 * s["seed"] for s in settings]
    results[12] = np.nan
    axes = [axis("current", "mA/cm^2", "log"), axis("film", "nm"), axis("seed", replicate=True)]
    return write_table(tmp_path / "s", axes, settings, results, theory=results)


def test_a_map_has_the_medians_of_replicates(grid):
    """Where a replicate has failed the others count; axes are the current and the film."""
    chart = draw_outcome(grid, Outcome(RESULT, level=0.1, theory=THEORY))
    axes = chart.figure.axes[0]
    shown = np.asarray(axes.collections[0].get_array()).reshape(3, 3)
    expected = np.array([[i**2 / f + 0.015 for i in (1, 2, 4)] for f in (10, 20, 40)])
    expected[0, 2] = 4**2 / 10 + 0.02
    assert shown == pytest.approx(expected)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Current (mA/cm²)", "Film (nm)")
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1", "2", "4"]
    assert {text.get_text() for text in chart.figure.legends[0].get_texts()} == {"0.1 in simulation", "0.1 in theory"}


def test_lines_of_a_map_leave_its_numbers_free(grid):
    """Around each number its own cell's colour covers the lines, and only within the cell."""
    axes = draw_outcome(grid, Outcome(RESULT, level=0.1, theory=THEORY)).figure.axes[0]
    axes.figure.draw_without_rendering()
    colours = axes.collections[0].get_facecolors()
    inches = axes.get_window_extent().width / axes.get_xlim()[1]
    above = max(line.get_zorder() for line in axes.collections)
    assert len(axes.texts) == len(colours)
    for text, colour in zip(axes.texts, colours, strict=True):
        box = text.get_bbox_patch()
        assert text.get_zorder() > above and box.get_facecolor() == pytest.approx(tuple(colour), abs=0.01)
        assert text.get_window_extent().width < box.get_window_extent().width < inches


def test_a_map_names_its_values_and_has_lines_of_other_quantities(tmp_path):
    """i f = 5 on the diagonal of three by three cells; a member that is left out does not end the line."""
    settings = [{"current": i, "film": f} for i, f in product((1.0, 2.0, 4.0), (1.25, 2.5, 5.0)) if i * f < 20]
    results = [float(s["current"] * s["film"] > 4) for s in settings]
    theory = [s["current"] * s["film"] / 5 for s in settings]
    axes = [axis("current", "A/m^2"), axis("film", "nm")]
    table = write_table(tmp_path / "s", axes, settings, results, theory=theory)
    line = {"quantity": THEORY, "level": 1.0, "label": "as much"}
    figure = draw_outcome(table, Outcome(RESULT, names=("flat", "tips"), lines=(line,))).figure
    assert len(figure.axes) == 1, "no colour bar"
    axes = figure.axes[0]
    assert not axes.texts, "the key has the names, so that no line crosses a word"
    shown = axes.collections[0].get_array().reshape(3, 3)
    assert [shown.filled(-1).ravel().tolist().count(value) for value in (0, 1, -1)] == [3, 5, 1]
    (contour,) = (found for found in axes.collections if hasattr(found, "levels"))
    points = np.concatenate([path.vertices for path in contour.get_paths()])
    assert points.sum(axis=1) == pytest.approx(3.0), "column and row add up to that of the middle"
    assert points[:, 0].min() <= 0 and points[:, 0].max() >= 3 and axes.get_xlim() == axes.get_ylim() == (0, 3)
    names, lines = ([text.get_text() for text in legend.get_texts()] for legend in figure.legends)
    assert (names, lines) == (["tips", "flat", "no result"], ["as much"])
    colours = [tuple(patch.get_facecolor()) for patch in figure.legends[0].get_patches()]
    assert colours[:2] == [tuple(axes.collections[0].to_rgba(value)) for value in (1.0, 0.0)]


def test_spots_lie_where_the_cells_are(grid):
    """Each member of a map can be reached; larger currents lie further right, thicker films further up."""
    chart = draw_outcome(grid, Outcome(RESULT))
    assert sorted(spot.member for spot in chart.spots) == list(range(18))
    place = {spot.member: spot for spot in chart.spots}
    assert place[0].x < place[6].x < place[12].x and place[0].y > place[2].y > place[4].y
    assert all(0 < spot.x < 1 and 0 < spot.y < 1 for spot in chart.spots)


def test_lines_show_the_spread_of_seeds(tmp_path):
    settings = [{"film": f, "seed": s} for f in (10.0, 20.0, 40.0) for s in (1, 2, 3)]
    results = [s["film"] * s["seed"] for s in settings]
    table = write_table(tmp_path / "s", [axis("film", "nm"), axis("seed", replicate=True)], settings, results)
    axes = draw_outcome(table, Outcome(RESULT)).figure.axes[0]
    dots, line = axes.lines[:2]
    assert len(dots.get_xdata()) == 9
    assert list(line.get_ydata()) == [20, 40, 80]
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (10, 120)


@pytest.mark.parametrize(("kinds", "note"), [(6, None), (9, "3 more panels not shown")])
def test_panels_that_find_no_room_are_counted(tmp_path, kinds, note):
    crossed = product((1.0, 2.0), (10.0, 20.0), (f"kind {n}" for n in range(kinds)))
    settings = [{"film": f, "drive": d, "kind": k} for f, d, k in crossed]
    table = write_table(tmp_path / "s", [axis("film"), axis("drive"), axis("kind")], settings, range(4 * kinds))
    figure = draw_outcome(table, Outcome(RESULT)).figure
    assert len(figure.axes) == 6
    assert figure.get_supxlabel() == (note or "")


def test_words_make_lines(tmp_path):
    """Named cases differ by colour, with a legend, not by a position on a scale."""
    settings = [{"film": f, "kind": k} for k in ("bare", "coated") for f in (10.0, 20.0, 40.0)]
    table = write_table(tmp_path / "s", [axis("kind"), axis("film", "nm")], settings, range(6))
    axes = draw_outcome(table, Outcome(RESULT)).figure.axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["bare", "coated"]
    assert axes.get_xlabel() == "Film (nm)"


def test_agreement_is_on_the_diagonal(grid):
    chart = draw_agreement(grid, Outcome(RESULT, theory=THEORY))
    dots = chart.figure.axes[0].lines[1]
    assert len(dots.get_xdata()) == 17 and np.array_equal(dots.get_xdata(), dots.get_ydata())
    assert draw_agreement(grid, Outcome(RESULT)) is None


def test_sampled_settings_get_a_panel_each(tmp_path):
    table = ishigami_table(tmp_path / "s", 4)
    chart = draw_scatter(table, Outcome(RESULT))
    assert [panel.get_xlabel() for panel in chart.figure.axes] == ["A", "B", "C"]
    for panel, name in zip(chart.figure.axes, "abc", strict=True):
        assert list(panel.lines[0].get_xdata()) == [m["settings"][name] for m in table.members]
    assert len(chart.spots) == 3 * 20


def test_logarithmic_settings_have_few_plain_ticks(tmp_path):
    """Within one power of ten: 1, 2, 5, 10, not nine that overlap."""
    settings = [{"current": float(x)} for x in np.geomspace(1, 10, 20)]
    table = write_table(tmp_path / "s", [axis("current", scale="log", sampled=True)], settings, list(range(20)))
    panel = draw_scatter(table, Outcome(RESULT)).figure.axes[0]
    panel.figure.draw_without_rendering()
    low, high = panel.get_xlim()
    shown = [t.get_text() for t in panel.get_xticklabels(which="both") if low <= t.get_position()[0] <= high]
    assert [text for text in shown if text] == ["1", "2", "5", "10"]


def test_rank_correlation(grid):
    """Whatever grows with the current has 1, whatever the film has nothing to do with has 0."""
    settings = [member["settings"] for member in grid.members]
    axes = [dict(vars(a)) for a in grid.axes]
    found = write_table(grid.path.parent / "t", axes, settings, [np.exp(s["current"]) for s in settings])
    ranks = rank_correlations(found, RESULT)
    assert ranks == pytest.approx({"current": 1.0, "film": 0.0}, abs=1e-12)


def ishigami_table(path, blocks, lost=()):
    """sin a + 7 sin² b + 0.1 c⁴ sin a over (−π, π)³, sampled as a study samples; members `lost` have failed."""
    ranges = [{"name": n, "key": "x.y", "range": [-np.pi, np.pi]} for n in "abc"]
    sampling = {"method": "saltelli", "samples": blocks, "seed": 3}
    deck = StudyDeck.model_validate({"base": "b.toml", "axes": ranges, "sampling": sampling})
    settings = [point.settings for point in points(deck, "test")]
    results = [np.sin(s["a"]) + 7 * np.sin(s["b"]) ** 2 + 0.1 * s["c"] ** 4 * np.sin(s["a"]) for s in settings]
    for n in lost:
        results[n] = np.nan
    return write_table(path, [axis(n, sampled=True) for n in "abc"], settings, results, sampling=sampling)


def test_sobol_indices(tmp_path):
    """Of Ishigami's function (Ishigami and Homma 1990): alone 0.3139, 0.4424, 0; together 0.5576, 0.4424, 0.2437.

    Bar: 0.05, with 1024 blocks.
    """
    indices = sobol_indices(ishigami_table(tmp_path / "s", 1024), RESULT)
    assert indices["S1"] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.05)
    assert indices["ST"] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.05)


def test_sobol_indices_leave_out_broken_blocks(tmp_path):
    """Blocks of five members with a failed one do not count; the bar is still 0.05."""
    lost = range(0, 1024 * 5, 77)
    indices = sobol_indices(ishigami_table(tmp_path / "s", 1024, lost), RESULT)
    assert indices["ST"] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.05)


def test_a_picture_of_what_matters(tmp_path):
    chart = draw_sensitivity(ishigami_table(tmp_path / "s", 16), Outcome(RESULT))
    ranks, shares = chart.figure.axes
    assert ranks.get_xlim() == (-1, 1) and "Sobol" in shares.get_xlabel()
    assert len(shares.containers) >= 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(180.0, "180"), (-0.19, "−0.19"), (3e-16, "3·10⁻¹⁶"), (1e-9, "10⁻⁹"), (9.49e-15, "9.49·10⁻¹⁵"), (np.nan, "–"),
     (4, "4"), ("bare", "bare"), (0.0, "0"), (1e6, "10⁶")],
)  # fmt: skip
def test_numbers_for_readers(value, text):
    assert number(value) == text


class Page(HTMLParser):
    """Tags of a page: nesting, ids, links, images."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.images, self.text = [], [], [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        assert tag != "script"
        if tag not in ("meta", "img", "br", "link"):
            self.open.append(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if tag == "a" else []
        self.images += [found["src"]] if tag == "img" else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_report(tmp_path):
    """One page with every picture in it, a member's part for every member, no link that leads nowhere."""
    path = write_study_with_runs(tmp_path / "s")
    written = write_report(path)
    page = Page((path / "report.html").read_text(encoding="utf-8"))
    assert "Tips & <dendrites>" in page.text and "step 1 rejected <12> times" in page.text
    assert len(page.ids) == len(set(page.ids)) == 4
    assert all(image.startswith("data:image/png;base64,") for image in page.images)
    assert len(page.images) == 2 + 3, "lines, morphologies, and a picture of each member that is done"
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside == set(page.ids)
    assert all((path / link).exists() for link in page.links if not link.startswith("#"))
    for picture in written[:-1]:
        pixels = imread(picture)[..., :3]
        assert pixels.shape[0] > 300 and pixels.std() > 0.05, f"{picture} is blank"


def test_nothing_to_draw_is_an_error(tmp_path):
    with refused(RunError, "unreadable", tmp_path):
        write_report(tmp_path)
    table = write_table(tmp_path / "s", [axis("film", "nm")], [{"film": 1.0}], [np.nan])
    with refused(RunError, "no-member", table.path):
        write_report(table.path)
    with refused(RunError, "unknown-name", "'Tip'"):
        table.outcome("Tip")

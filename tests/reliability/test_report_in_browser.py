"""The page of a study as a browser shows it."""

import pytest

from phasefield.postprocess.study_report import write_report
from tests.reliability.browser import BROWSER, answers, problems
from tests.unit.synthetic_study import write_study_with_runs


@pytest.mark.skipif(BROWSER is None, reason="needs Debian's package chromium")
@pytest.mark.promise("the page of a study in a browser: whole, every point leads somewhere")
@pytest.mark.parametrize("width", [1280, 500])
def test_page_is_whole_in_a_browser(tmp_path, width):
    """Each picture is there, each spot can be clicked and leads somewhere; nothing is fetched, nothing sticks out."""
    path = write_study_with_runs(tmp_path / "s")
    write_report(path)
    found = answers(path / "report.html", width)
    assert found["images"] == 2 + 3 and found["spots"] >= 2 * 3
    assert problems(found) == {}

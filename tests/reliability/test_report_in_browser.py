"""The page of a study as a browser shows it: Debian's chromium, without a screen."""

import json
import re
import shutil
import subprocess

import pytest

from phasefield.postprocess.study_report import write_report
from tests.unit.synthetic_study import write_study_with_runs

BROWSER = shutil.which("chromium")
#: Asks the page, once it is laid out; the answers become its title.
QUESTIONS = """
<script>
addEventListener("load", () => {
  const boxes = (query) => [...document.querySelectorAll(query)].map((e) => [e, e.getBoundingClientRect()]);
  const within = (a, b) => a.x + a.width / 2 >= b.x && a.x + a.width / 2 <= b.right
                        && a.y + a.height / 2 >= b.y && a.y + a.height / 2 <= b.bottom;
  const hits = ([spot, box]) => {
    spot.scrollIntoView({block: "center"});
    const now = spot.getBoundingClientRect();
    return document.elementFromPoint(now.x + now.width / 2, now.y + now.height / 2) === spot;
  };
  document.title = JSON.stringify({
    blank: boxes("img").filter(([image]) => !(image.complete && image.naturalWidth > 100)).length,
    images: boxes("img").length,
    outside: boxes("a.spot").filter(([spot, box]) => !within(box, spot.parentElement.getBoundingClientRect())).length,
    unreachable: boxes("a.spot").filter((pair) => !hits(pair)).length,
    spots: boxes("a.spot").length,
    lost: boxes("a[href^='#']").filter(([link]) => !document.getElementById(link.hash.slice(1))).length,
    loaded: performance.getEntriesByType("resource").map((e) => e.name).filter((name) => !name.startsWith("data:")),
    wider: document.documentElement.scrollWidth - innerWidth,
    mode: document.compatMode,
  });
});
</script>
"""


@pytest.mark.skipif(BROWSER is None, reason="needs Debian's package chromium")
@pytest.mark.parametrize("width", [1280, 500])
def test_page_is_whole_in_a_browser(tmp_path, width):
    """Each picture is there, each spot can be clicked and leads somewhere; nothing is fetched, nothing sticks out."""
    path = write_study_with_runs(tmp_path / "s")
    write_report(path)
    asked = path / "asked.html"
    asked.write_text((path / "report.html").read_text(encoding="utf-8").replace("</body>", f"{QUESTIONS}</body>"))
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
         f"--window-size={width},900", "--virtual-time-budget=10000", "--dump-dom", asked.as_uri()],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    found = json.loads(re.search(r"<title>(\{.*?\})</title>", done.stdout)[1])
    assert found["images"] == 2 + 3 and found["spots"] >= 2 * 3
    assert found["wider"] <= 0, "the page is wider than the window"
    wrong = {key: found[key] for key in ("blank", "outside", "unreachable", "lost")}
    assert not any(wrong.values()), wrong
    assert found["loaded"] == [] and found["mode"] == "CSS1Compat"

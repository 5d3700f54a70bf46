"""What a browser says of the page of a study: Debian's chromium, without a screen."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

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


def answers(page: Path, width: int) -> dict:
    """What a page says of itself in a window of some width [pixels]."""
    asked = page.with_name("asked.html")
    asked.write_text(page.read_text(encoding="utf-8").replace("</body>", f"{QUESTIONS}</body>"))
    done = subprocess.run(
        [BROWSER or "chromium", "--headless", "--no-sandbox", "--disable-gpu",
         f"--user-data-dir={page.parent}/profile", f"--window-size={width},900", "--virtual-time-budget=10000",
         "--dump-dom", asked.as_uri()],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    if not (found := re.search(r"<title>(\{.*?\})</title>", done.stdout)):
        raise AssertionError(f"the browser did not show the page: {done.stderr[-500:]}")
    return json.loads(found[1])


def problems(found: dict) -> dict:
    """Of answers, what is not as it should be."""
    expected = {"blank": 0, "outside": 0, "unreachable": 0, "lost": 0, "loaded": [], "mode": "CSS1Compat"}
    wrong = {key: found[key] for key, value in expected.items() if found[key] != value}
    return wrong | ({"wider": found["wider"]} if found["wider"] > 0 else {})

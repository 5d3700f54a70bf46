"""Build the site: ``python -m tools.site``. Warnings of Sphinx, such as a link that leads nowhere, are errors."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sphinx.cmd.build import build_main

from tools.site.source import ROOT, write_source

#: A page for those who open the folder of the site.
FRONT = '<!doctype html><meta http-equiv="refresh" content="0; url=docs/index.html"><title>phasefield</title>\n'


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "build" / "site", help="Folder of the site.")
    parser.add_argument("--no-tutorials", action="store_true", help="Do not run the code of the tutorials.")
    chosen = parser.parse_args()
    source, html = chosen.output / "source", chosen.output / "html"
    write_source(source)
    options = ["-D", "nb_execution_mode=off", "-D", "suppress_warnings=myst-nb.lexer"] if chosen.no_tutorials else []
    configuration = ["-c", str(Path(__file__).parent), "-d", str(chosen.output / "doctrees")]
    code = build_main(["-b", "html", "-W", "--keep-going", "-q", *configuration, *options, str(source), str(html)])
    if code == 0:
        (html / "index.html").write_text(FRONT, encoding="utf-8")
        print(f"site: {html / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main())

"""Every link between the pages of the documentation leads somewhere, and every path that they name exists."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
#: Folders of the repository whose paths the pages name; `runs/` is not there before a run.
FOLDERS = "phasefield", "tests", "inputs", "docs", "tools", "mpi_runs", "postprocess"
PAGES = sorted(
    page
    for pattern in ("*.md", *(f"{folder}/**/*.md" for folder in FOLDERS))
    for page in ROOT.glob(pattern)
    if "phasefield/postprocess" not in page.as_posix()
)

#: Python files of the repository; and those of other packages that the pages name.
SOURCES = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
FOREIGN = {"_gmsh41.py", "abstractConvectionTerm.py"}


def links(text: str) -> list[str]:
    """Targets of the links and pictures of a page that lead neither to the web nor into a code block."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def paths(text: str) -> list[str]:
    """Paths of the repository in code spans, but for those with a placeholder (``<model>``, ``VERSION``, ``*``)."""
    spans = re.findall(r"`([\w./-]+)`", text)
    return [span for span in spans if span.split("/")[0] in FOLDERS and "/" in span and not re.search("[A-Z]{5}", span)]


def modules(text: str) -> list[str]:
    """Dotted names of the package in code spans, such as `phasefield.run.runner`."""
    return re.findall(r"`(phasefield(?:\.[a-z_]\w*)+)`", text)


def files(text: str) -> list[str]:
    """Names of Python files in code spans, with or without folders; the end of a path is enough (`trace.py`)."""
    return [span for span in re.findall(r"`([\w./-]+\.py)`", text) if span.rpartition("/")[2] not in FOREIGN]


def unknown(file: str) -> bool:
    """Whether no file of the repository has this path or ends in it."""
    return not any(f"/{path.relative_to(ROOT).as_posix()}".endswith(f"/{file}") for path in SOURCES)


def headings(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    found = re.findall(r"^#+ +(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def broken(page: Path, target: str) -> bool:
    """Whether a relative link leads to no file, or to no heading of it."""
    path, _, anchor = unquote(target).partition("#")
    file = (page.parent / path).resolve() if path else page
    return not file.exists() or bool(anchor and anchor not in headings(file))


def missing(dotted: str) -> bool:
    """Whether a dotted name is neither a module nor a name that the module before its last dot has in its text."""
    module, _, name = dotted.rpartition(".")
    if any((ROOT / f"{dotted.replace('.', '/')}{ending}").exists() for ending in (".py", "/__init__.py")):
        return False
    sources = (ROOT / f"{module.replace('.', '/')}{ending}" for ending in (".py", "/__init__.py"))
    return not any(re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) for file in sources if file.exists())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_paths_exist(page):
    text = page.read_text(encoding="utf-8")
    assert [target for target in links(text) if broken(page, target)] == []
    assert [path for path in paths(text) if not (ROOT / path).exists()] == []
    assert [name for name in modules(text) if missing(name)] == []
    assert [file for file in files(text) if unknown(file)] == []


def test_all_decisions_are_in_the_table():
    """Each record has its row, and its number is its own."""
    folder = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    rows = [link for link in links((folder / "README.md").read_text(encoding="utf-8")) if link in records]
    assert rows == records
    assert [name[:3] for name in records] == [f"{number:03}" for number in range(1, len(records) + 1)]


def test_what_does_not_exist_is_found():
    """A link to no file, one to no heading, a path and a module of before are each found."""
    page = ROOT / "README.md"
    assert links("[a](docs/none.md) [b](https://example.org) ```\n[c](x)\n```") == ["docs/none.md"]
    assert broken(page, "docs/none.md") and not broken(page, "docs/engine.md")
    assert broken(page, "docs/engine.md#no-such-heading") and not broken(page, "docs/engine.md#meshes-of-any-shape")
    assert paths("`phasefield/models/base.py` `runs/x` `tests/data/runs-VERSION.tar.xz`") == [
        "phasefield/models/base.py"
    ]
    assert missing("phasefield.heartbeat") and not missing("phasefield.run.runner")
    assert not missing("phasefield.open_run")
    assert unknown(*files("`junction_of_before.py`")) and not unknown(*files("`wetting/junction.py`"))

"""The folder that Sphinx reads: the Markdown pages of the repository in their places, and pages made now.

Links between pages stay as they are. A link to another file leads to a page with its text, one to a folder to the
README in it. The tables of contents follow from the links of docs/index.md and of each folder's README, so that no page
has to be named twice.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from tools.site import pages

ROOT = Path(__file__).parents[2]
INDEX = PurePosixPath("docs/index.md")
#: Pages made now, by the heading of docs/index.md below which they stand.
MADE: dict[str, tuple[PurePosixPath, ...]] = {
    "Gallery": (pages.GALLERY,),
    "Reference": (pages.KEYS, pages.COMMANDS, pages.API),
}
LANGUAGES = {".py": "python", ".toml": "toml", ".sh": "bash", ".sbatch": "bash", ".cff": "yaml", ".json": "json"}
#: A fenced block, or the target of a link or picture.
BLOCK_OR_LINK = re.compile(r"^(`{3,}).*?^\1`*$|(?<=\]\()([^)\s]+)(?=\))", re.DOTALL | re.MULTILINE)


class Target(NamedTuple):
    """Where a link leads: a path below the root, and the rest of the link from its # on."""

    path: PurePosixPath
    anchor: str


def write_source(folder: Path) -> None:
    """Write all pages anew into a folder, and the files that they show."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "docs" / "images", folder / "docs" / "images")
    texts = {**own_pages(), **pages.made()}
    linked: set[PurePosixPath] = set()
    for page, text in texts.items():
        _write(folder / page, with_contents(page, relinked(page, text, linked)))
    for file in linked:
        if shown(file) not in texts:
            _write(folder / shown(file), file_page(file))


def own_pages() -> dict[PurePosixPath, str]:
    """The Markdown pages of the repository, but for the one that is made by a command."""
    folders = "docs", "inputs", "mpi_runs"
    found = [*ROOT.glob("*.md"), *(page for folder in folders for page in (ROOT / folder).rglob("*.md"))]
    own = {PurePosixPath(page.relative_to(ROOT).as_posix()): page.read_text(encoding="utf-8") for page in sorted(found)}
    del own[pages.KEYS]
    return own


def relinked(page: PurePosixPath, text: str, linked: set[PurePosixPath]) -> str:
    """A page whose links lead to pages; files to which it links are added to `linked`."""

    def mended(match: re.Match[str]) -> str:
        target = match[2] and target_of(page, match[2])
        if not target:
            return match[0]
        if (ROOT / target.path).is_dir():
            target = Target(target.path / "README.md", target.anchor)
        elif (ROOT / target.path).is_file() and target.path.suffix not in (".md", ".png"):
            linked.add(target.path)
            target = Target(shown(target.path), target.anchor)
        return os.path.relpath(target.path, page.parent) + target.anchor

    return BLOCK_OR_LINK.sub(mended, text)


def target_of(page: PurePosixPath, link: str) -> Target | None:
    """Where a link of a page leads; None for one to the web or into the page itself."""
    if re.match(r"[a-z]+:|#", link):
        return None
    path, hash_, anchor = link.partition("#")
    return Target(PurePosixPath(os.path.normpath(page.parent / path)), hash_ + anchor)


def shown(file: PurePosixPath) -> PurePosixPath:
    """The page that shows a file."""
    return file.with_name(f"{file.name}.md")


def file_page(file: PurePosixPath) -> str:
    """A page with the text of a file."""
    text = (ROOT / file).read_text(encoding="utf-8").rstrip()
    language = LANGUAGES.get(file.suffix, "bash" if text.startswith("#!") else "text")
    return f"---\norphan: true\n---\n\n# `{file}`\n\n````{language}\n{text}\n````\n"


def with_contents(page: PurePosixPath, text: str) -> str:
    """A page with the tables of contents that follow from its links, which the side of the site shows."""
    if page == INDEX:
        parts = re.split(r"^## (.*)\n", text, flags=re.MULTILINE)
        sections = zip(parts[1::2], parts[2::2], strict=True)
        return parts[0] + "".join(f"## {name}\n{body}\n{_section_contents(name, body)}" for name, body in sections)
    if page.name == "README.md" and page.parent != PurePosixPath("."):
        below = [("", link) for _, link in _pages_of(text) if not link.startswith("..")]
        return f"{text}\n{contents('', below)}" if below else text
    return text


def _section_contents(name: str, body: str) -> str:
    made = [(pages.TITLES[page], os.path.relpath(page.with_suffix(""), INDEX.parent)) for page in MADE.get(name, ())]
    lines = "".join(f"- [{title}]({link}.md)\n" for title, link in made)
    return f"{lines}\n{contents(name, [*made, *_pages_of(body)])}"


def _pages_of(text: str) -> list[tuple[str, str]]:
    """Texts and targets, without their ending, of the links of a page to other pages, each page once."""
    found = re.findall(r"(?<!!)\[([^\]]*)\]\(([^)\s#:]+\.md)\)", text)
    titles = {link.removesuffix(".md"): title.replace("`", "") for title, link in reversed(found)}
    return [(title, link) for link, title in reversed(titles.items())]


def contents(caption: str, links: list[tuple[str, str]]) -> str:
    """A hidden table of contents of titles and pages; without a title, the page's own; without a caption, none."""
    head = f":caption: {caption}\n" if caption else ""
    entries = "".join(f"{title} <{link}>\n" if title else f"{link}\n" for title, link in links)
    return f"```{{toctree}}\n:hidden:\n{head}\n{entries}```\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

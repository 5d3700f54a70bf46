"""The site has every page and every deck, and a link of a page leads to the page that shows its target.

Sphinx itself, whose warnings are errors, is run by ``make docs``.
"""

import re
from pathlib import PurePosixPath

import pytest

from phasefield.deck.examples import examples
from phasefield.physics import registry
from tools.site import gallery, pages, source


@pytest.fixture(scope="module")
def texts():
    """All pages of the site but those of single files, as Sphinx gets them."""
    found = {**source.own_pages(), **pages.made()}
    return {page: source.with_contents(page, source.relinked(page, text, set())) for page, text in found.items()}


def below(page, text):
    """Pages in the tables of contents of a page."""
    blocks = "\n".join(re.findall(r"```\{toctree\}\n(.*?)```", text, re.DOTALL))
    links = re.findall(r"^(?:.*<)?([\w./-]+)>?$", re.sub("^:.*", "", blocks, flags=re.MULTILINE), re.MULTILINE)
    return {source.target_of(page, f"{link}.md").path for link in links}


def test_every_page_is_in_a_table_of_contents(texts):
    """From docs/index.md, or from the README of a folder; the pages of decks are reached from the gallery."""
    listed = {page for name, text in texts.items() for page in below(name, text)}
    decks = {gallery.place(example) for example in examples()}
    assert set(texts) - decks - listed == {source.INDEX}
    assert listed <= set(texts)


def test_the_kinds_of_pages_are_apart(texts):
    """A page of the repository stands under one heading of docs/index.md."""
    captions = re.findall(r":caption: (.*)\n\n([^`]*)```", texts[source.INDEX])
    kinds = [caption for caption, _ in captions]
    assert {"Tutorials", "How to", "Explanation", "Reference", "Gallery"} <= set(kinds)
    entries = [line for _, body in captions for line in body.splitlines()]
    assert len(entries) == len(set(entries))


def test_each_model_has_its_keys(texts):
    for model in registry.names():
        assert f'model = "{model}"' in texts[PurePosixPath(f"inputs/keys/{model}.md")]


def test_every_deck_is_in_the_gallery(texts):
    page = texts[pages.GALLERY]
    for example in examples():
        assert f"[{example.title}](../{gallery.place(example)})" in page and f"`{example.name}`" in page
        assert gallery.head(example), f"{example.name} has no comment at its top"
    assert set(gallery.costs()["decks"]) <= {example.name for example in examples()}


def test_every_picture_shows_decks_that_exist():
    names = {example.name for example in examples()}
    assert {deck for decks in gallery.PICTURES.values() for deck in decks} <= names
    drawn = {path.stem for path in (source.ROOT / "docs" / "images").glob("*.png")}
    assert drawn - set(gallery.PICTURES) == {
        "view", "your_model", "your_model_history", "published_growth", "published_profiles", "plating_large_3d",
    }  # fmt: skip; of pages in docs/, the last of a deck with other values
    assert set(gallery.PICTURES) <= drawn


def test_links_lead_to_pages():
    """A file to the page that shows it, a folder to its README, a page to itself; blocks of code stay as they are."""
    linked = set()
    text = (
        "[a](../setup.cfg) [a](../LICENSE) [b](../mpi_runs/) [c](engine.md#your-own-equations) "
        "[d](https://example.org) [e](#f)\n"
        "```\n[a](../setup.cfg)\n```\n"
    )
    assert source.relinked(PurePosixPath("docs/x.md"), text, linked) == (
        "[a](../setup.cfg.md) [a](../LICENSE.md) [b](../mpi_runs/README.md) [c](engine.md#your-own-equations) "
        "[d](https://example.org) [e](#f)\n```\n[a](../setup.cfg)\n```\n"
    )
    assert linked == {PurePosixPath("setup.cfg"), PurePosixPath("LICENSE")}
    assert "[metadata]" in source.file_page(PurePosixPath("setup.cfg"))


def test_the_summary_of_a_deck_is_its_head():
    """Two sentences, three after a question; names of other decks are links."""
    by_name = {example.name: example for example in examples()}
    film = gallery.summary(by_name["plating_film"])
    assert film.startswith("Lithium is plated under an intact film: ten nanometres of lithiated alumina")
    assert "[plating_uncoated.toml](../inputs/plating_uncoated.toml.md)" in film and "where they come from" not in film
    assert gallery.summary(by_name["pinholes.study"]).count(".") == 2

"""Errors of a deck name its lines, and help with its own model's keys only."""

import pickle
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasefield.check import require
from phasefield.deck import load_deck, parse_deck
from phasefield.deck.lines import Written
from phasefield.errors import DeckError, Problem
from phasefield.study import load_study
from tests.errors import refused
from tests.unit.decks import SINGLE_ION

INPUTS = Path(__file__).parents[2] / "inputs"
TEXT = '''# a comment with [brackets] = "and" 'quotes'
title = """two
lines with = and [x]"""   # 2 to 3
"a key".b = 1
literal = \'\'\'it's
raw\'\'\'

[section]
plain = 5   # = 9
point.inside.deep = [1, 2,
  { a = "}", b = [3,
     4] },
  # } ] comment
  5,
]

[[list.entries]]
x = 1
[[list.entries]]
x = 2979-05-27T07:32:00Z
[list.entries.sub]
y = { z = "\\"]" , w = 1.5e-3 }
[[list.entries.parts]]
v = 1
[[list.entries.parts]]
v = 2
'''
LINES = {
    "title": 2, "literal": 5, "section": 8, "section.plain": 9, "section.point": 10, "section.point.inside.deep": 10,
    "section.point.inside.deep.1": 10, "section.point.inside.deep.2.a": 11, "section.point.inside.deep.2.b.1": 12,
    "section.point.inside.deep.3": 14, "list.entries.0.x": 18, "list.entries.1": 19, "list.entries.1.x": 20,
    "list.entries.1.sub": 21, "list.entries.1.sub.y.w": 22, "list.entries.1.parts.1.v": 26,
}  # fmt: skip


def lines_of(text, keys, overrides=()):
    return [p.line for p in Written(text, overrides).located([Problem(key, "is wrong") for key in keys])]


def test_lines_of_all_kinds_of_keys():
    """Counted by hand."""
    tomllib.loads(TEXT)
    assert dict(zip(LINES, lines_of(TEXT, LINES), strict=True)) == LINES


def test_missing_keys_are_at_their_table():
    """And at no line if the table is missing, too."""
    assert lines_of(TEXT, ["section.missing", "list.entries.1.missing.more", "missing.key", ""]) == [8, 19, None, None]


def test_overrides_are_on_no_line():
    changed = ["section.plain=1", "list.entries=[]"]
    assert lines_of(TEXT, ["section.plain", "list.entries.0.x", "section", "title"], changed) == [None, None, None, 2]


def keys_in(value, path=()):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in pairs:
        yield (*path, name)
        yield from keys_in(inner, (*path, name))


@pytest.mark.parametrize("path", sorted(INPUTS.rglob("*.toml")), ids=lambda path: path.stem)
def test_lines_of_shipped_decks(path):
    """Each key is in the text of its line."""
    text = path.read_text()
    keys = [key for key in keys_in(tomllib.loads(text)) if isinstance(key[-1], str)]
    for key, line in zip(keys, lines_of(text, [".".join(map(str, key)) for key in keys]), strict=True):
        assert key[-1] in text.splitlines()[line - 1]


@given(st.text(alphabet="ab.=[]{}\"'#\n ,1\\-"))
def test_any_valid_text_is_scanned_to_its_end(text):
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines_of(text, ["a"])


def test_an_error_names_file_and_line(tmp_path):
    """As compilers do, so that a terminal can open the place."""
    deck = tmp_path / "my.toml"
    deck.write_text(SINGLE_ION.replace("height", "heigth"))
    line = 1 + [text.split("=")[0].strip() for text in deck.read_text().splitlines()].index("heigth")
    with refused(DeckError, "front.heigth") as caught:
        load_deck(deck)
    assert f"{deck}:{line}: front.heigth" in str(caught.value)
    with refused(DeckError, "front.heigth") as caught:
        parse_deck(deck.read_text())
    assert "deck: front.heigth" in str(caught.value), "a text without a file has no lines"


def test_errors_of_check_have_lines(tmp_path):
    """They are found after the deck was read; so does a deck that went to another process."""
    path = tmp_path / "my.toml"
    path.write_text(SINGLE_ION.replace('width = "2 um"', 'width = "1 um"'))
    line = 1 + next(n for n, text in enumerate(path.read_text().splitlines()) if text.startswith("width"))
    for deck in (load_deck(path), pickle.loads(pickle.dumps(load_deck(path)))):  # noqa: S301
        with refused(DeckError, "interface.width", f"{path}") as caught:
            require(deck, str(path))
        assert f"{path}:{line}: interface.width" in str(caught.value)


def test_the_text_is_no_value_of_a_deck(tmp_path):
    """Decks with the same values are equal, however they are written."""
    path = tmp_path / "my.toml"
    path.write_text("# comment\n" + SINGLE_ION)
    assert load_deck(path) == parse_deck(SINGLE_ION)


@pytest.mark.parametrize(
    ("example", "key", "named"),
    [
        ("plating_coated", "coating.defects.0.radius", "width"),
        ("plating_coated", "drive.steps.0.currentdensity", "drive.steps.0.current_density"),
        ("plating_coated", "product.material", '"plating"'),
        ("contact_point", "stop.tip_height", "highest_voltage"),
        ("contact_point", "coating.thickness", '"contact"'),
    ],
)
def test_hints_stay_within_the_model(example, key, named):
    """No key of another shape, of a step of the drive, or of another model is recommended."""
    with pytest.raises(DeckError) as caught:
        load_deck(INPUTS / f"{example}.toml", [f"{key}=1"])
    (problem,) = caught.value.problems
    assert named in problem.message and "seeds" not in problem.message and "until" not in problem.message


def test_a_study_is_no_deck():
    study, deck = INPUTS / "pinholes.study.toml", INPUTS / "plating_coated.toml"
    with refused(DeckError, "", f"{study} --run"):
        load_deck(study)
    with refused(DeckError, "", f"run {deck}"):
        load_study(deck)


def test_errors_of_a_study_have_lines(tmp_path):
    (tmp_path / "base.toml").write_text(SINGLE_ION)
    study = tmp_path / "my.study.toml"
    study.write_text('base = "base.toml"\n[[axes]]\nname = "i"\nkey = "interface.widht"\nvalues = ["2 um"]\n')
    with refused(DeckError, "axes.0.key", "interface.width") as caught:
        load_study(study)
    assert f"{study}:4: axes.0.key" in str(caught.value)

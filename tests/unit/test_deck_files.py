"""Decks as files, and `--set`: what cannot be read or set is refused, and the reason given."""

import pytest

from phasefield.deck import deck_text, load_deck, parse_deck
from phasefield.errors import DeckError
from tests.unit.decks import SINGLE_ION

POTENTIOSTATIC = (
    "drive.steps.0.mode=potentiostatic",
    "drive.steps.0.current_density=",
    "drive.steps.0.voltage=-0.1 V",
)


def read(*overrides):
    return parse_deck(SINGLE_ION, "case.toml", overrides)


def test_overrides():
    deck = read(*POTENTIOSTATIC, "title=My title", "interface.mobility=1e-15 m^2/s", "time.tolerance=5e-3")
    assert deck.drive.steps[0].voltage == -0.1
    assert deck.title == "My title"
    assert deck.interface.mobility == 1e-15
    assert deck.time.tolerance == 5e-3


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("no value", "KEY=VALUE"),
        ("=3", "KEY=VALUE"),
        ("a..b=3", "KEY=VALUE"),
        ("drive.steps.1.voltage=-1 V", "numbered from 0"),
        ("drive.steps.x.voltage=-1 V", "numbered from 0"),
        ("title.x=1", "title "),
        ("stop.tip_height=", "stop.tip_height: "),
    ],
)
def test_overrides_that_fit_nothing(override, message):
    with pytest.raises(DeckError) as caught:
        read(override)
    assert message in str(caught.value)


def test_an_override_cannot_smuggle_in_other_keys():
    with pytest.raises(DeckError) as caught:
        read("title=1\nsolver.max_newton = 3")
    assert [problem.key for problem in caught.value.problems] == ["title"]


def test_deck_text_keeps_comments_and_reads_back(tmp_path):
    """What a run directory keeps is the deck as written, with the overrides in it."""
    path = tmp_path / "a.toml"
    path.write_text("# A comment\n" + SINGLE_ION)
    assert deck_text(path) == path.read_text()
    overrides = ["front.height=12 um", "stop.time=", "drive.steps.0.duration=5 s", "coating.thickness=1 nm"]
    text = deck_text(path, [*overrides, "coating.conductivity=1 S/m"])
    assert text.startswith("# A comment\n")
    assert parse_deck(text) == load_deck(path, [*overrides, "coating.conductivity=1 S/m"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "UTF-8 (byte 0 "),
        (b"x" * 1_000_001, "larger than 1000000 bytes"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"a." * 100_000 + b"b = 1", "nested too deeply"),
        (b"a = 1\na = 2\n", "not valid TOML: Cannot overwrite a value (at line 2"),
        (b"a = \x00", "not valid TOML"),
        (b"a = " + b"9" * 10_000, "not valid TOML"),
        (b"", "domain: is required"),
    ],
)
def test_files_that_are_no_deck(tmp_path, content, message):
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(DeckError) as caught:
        load_deck(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_paths_that_are_no_file(tmp_path):
    for path, message in ((tmp_path, "is a directory"), (tmp_path / "no.toml", "no such file"), ("a\0b", "")):
        with pytest.raises(DeckError) as caught:
            load_deck(path)
        assert message in str(caught.value)

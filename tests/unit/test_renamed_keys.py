"""Renamed keys: the old name still works, with a log line; decks, studies and restarts treat it alike."""

import pytest

from phasefield.deck import deck_text, load, load_deck, parse_deck
from phasefield.deck.keys import keys
from phasefield.deck.renamed import RENAMED, renamed
from phasefield.errors import DeckError, RunError
from phasefield.physics import registry
from phasefield.run.deck_changes import require_continuable
from phasefield.run.restart import Saved
from phasefield.study import deck_hash
from tests.unit.decks import FLAT, SINGLE_ION

PRESSED = SINGLE_ION + '[lithium]\n%s = "50 MPa"  # of a whisker\n'
#: Of the deck that follows, from the last version that knew the old name only.
DIGEST = "58d7a530094787aed00984903c09172a7d0a868c3977ef6d568b2c77f69bc0e7"
OLD, NEW = PRESSED % "stress", PRESSED % "pressure"


@pytest.fixture
def lines(monkeypatch):
    """What the reader of decks logs, as in a process that has not said it yet."""
    found = []
    load._name_the_new_key.cache_clear()
    monkeypatch.setattr(load.log, "warning", lambda text, *arguments: found.append(text % arguments))
    return found


def test_table():
    """Each new key is one of some model's, no old one is, and both are in one section."""
    known = {key.path for model in registry.names() for key in keys(registry.schema(model))}
    assert set(RENAMED.values()) <= known
    assert not known & RENAMED.keys()
    assert all(old.rpartition(".")[0] == new.rpartition(".")[0] for old, new in RENAMED.items())


def test_old_name_is_read_as_the_new_one(lines):
    assert parse_deck(OLD) == parse_deck(NEW)
    assert parse_deck(OLD).lithium.pressure == 50e6
    parse_deck(OLD, "another")
    (line,) = lines
    assert "lithium.stress" in line
    assert "lithium.pressure" in line


def test_new_name_says_nothing(lines):
    parse_deck(NEW)
    assert lines == []


def test_both_names_are_one_too_many():
    with pytest.raises(DeckError) as caught:
        parse_deck(OLD + 'pressure = "1 MPa"')
    (problem,) = caught.value.problems
    assert problem.key == "lithium.stress"
    assert "lithium.pressure" in problem.message


def test_a_model_without_the_key_knows_neither_name():
    """Its error names the key as it was written."""
    deck = 'model = "wetting"\n[lithium]\nstress = "1 MPa"'
    with pytest.raises(DeckError) as caught:
        parse_deck(deck)
    assert "lithium.stress" in {problem.key for problem in caught.value.problems}


@pytest.mark.parametrize("text", [OLD, NEW])
@pytest.mark.parametrize("key", ["lithium.stress", "lithium.pressure"])
def test_override_by_either_name(text, key, tmp_path):
    """It replaces what the file has, by whichever name; also in the text that a run directory keeps."""
    file = tmp_path / "deck.toml"
    file.write_text(text)
    wanted = [f"{key}=20 MPa"]
    assert load_deck(file, wanted).lithium.pressure == 20e6
    assert load_deck(file, [f"{key}="]).lithium.pressure == 0.0
    written = deck_text(file, wanted)
    assert parse_deck(written).lithium.pressure == 20e6
    assert "# of a whisker" in written


def test_digest_of_a_study_member():
    """The same as before the key was renamed, so that a study finds the members that it has run."""
    assert deck_hash(parse_deck(OLD)) == deck_hash(parse_deck(NEW)) == DIGEST


def test_restart_of_a_run_by_the_old_name():
    """Its checkpoint has the old key; the same value is no change, and another one is another cell."""
    deck = parse_deck(NEW, overrides=FLAT)
    values = renamed(deck.resolved(), {new: old for old, new in RENAMED.items()})
    assert values["lithium"]["stress"] == 50e6
    assert "pressure" not in values["lithium"]
    saved = Saved(None, {"deck": values}, {"progress": {"time": 0.0}})
    assert require_continuable(saved, deck, deck, 1.0) == {}
    other = parse_deck(NEW, overrides=[*FLAT, "lithium.pressure=1 MPa"])
    with pytest.raises(RunError):
        require_continuable(saved, deck, other, 1.0)

"""Decks from Python: a dict or a loaded deck has a text that reads back to the same, so its run can be restarted."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

import phasefield
from phasefield.deck import load_deck, parse_deck
from phasefield.deck.write import text_of, text_of_deck
from phasefield.errors import DeckError
from tests.meshes import needs_gmsh
from tests.reliability.restarts import MODELS, differences

INPUTS = Path(__file__).parents[2] / "inputs"
DECKS = sorted(path for path in INPUTS.glob("**/*.toml") if not path.name.endswith(".study.toml"))
TEXT, OVERRIDES = MODELS["plating"]


def boxes():
    return [pytest.param(path, id=path.stem) for path in DECKS if "\nmesh =" not in path.read_text()]


@pytest.mark.parametrize("path", boxes())
def test_every_shipped_deck_reads_back_to_the_same(path):
    deck = load_deck(path)
    assert parse_deck(text_of_deck(deck)).resolved() == deck.resolved()
    assert parse_deck(text_of(tomllib.loads(path.read_text()))).resolved() == deck.resolved()


@needs_gmsh
@pytest.mark.parametrize("path", [path for path in DECKS if "\nmesh =" in path.read_text()])
def test_a_mesh_is_the_copy_in_the_run_directory(path, tmp_path):
    deck = load_deck(path)
    ((name, content),) = deck.attachments.values()
    (tmp_path / name).write_text(content)
    again = parse_deck(text_of_deck(deck), folder=tmp_path)
    before, after = deck.resolved(), again.resolved()
    assert after["domain"].pop("mesh").startswith(f"{name}, ") and before["domain"].pop("mesh")
    assert after == before


def test_runs_of_a_file_a_dict_and_a_deck_are_the_same_and_restart(tmp_path):
    """Bitwise; overrides work with each, and each can be continued to a later time."""
    path = tmp_path / "deck.toml"
    path.write_text(TEXT)
    end = "stop.time=1 s"
    made = {
        "file": phasefield.run(path, tmp_path / "file", overrides=[*OVERRIDES, end]),
        "dict": phasefield.run(tomllib.loads(TEXT), tmp_path / "dict", overrides=[*OVERRIDES, end]),
        "deck": phasefield.run(load_deck(path), tmp_path / "deck", overrides=[*OVERRIDES, end]),
        "set": phasefield.run(load_deck(path, [*OVERRIDES, end]), tmp_path / "set"),
    }
    for run in made.values():
        assert differences(made["file"].path, run.path) == []
        assert load_deck(run.path / "deck.toml").resolved() == load_deck(path, [*OVERRIDES, end]).resolved()
    for run in made.values():
        assert phasefield.restart(run.path, ["stop.time=1.5 s"]).status["time"] == pytest.approx(1.5)
    assert differences(made["file"].path, made["set"].path) == []


def test_a_deck_changed_in_memory_is_the_deck_that_runs(tmp_path):
    """A value of 17 digits is rounded to the 15 that a text is read with; the rest is as it was set."""
    deck = parse_deck(TEXT, overrides=OVERRIDES)
    stop = deck.stop.model_copy(update={"time": 0.1 + 0.2})
    changed = deck.model_copy(update={"stop": stop})
    assert parse_deck(text_of_deck(changed)).stop.time == pytest.approx(0.3, rel=1e-14)
    run = phasefield.run(changed, tmp_path / "run")
    assert run.status["time"] == pytest.approx(0.3, rel=1e-14)


def test_numbers_and_paths_of_python_have_a_form():
    text = text_of({"a": np.float64(0.5), "b": np.array([1, 2]), "c": {"d": Path("x/y"), "e": (True, "f")}})
    assert tomllib.loads(text) == {"a": 0.5, "b": [1, 2], "c": {"d": "x/y", "e": [True, "f"]}}


@pytest.mark.parametrize("value", [None, object(), len])
def test_what_has_no_form_is_named(value, tmp_path):
    with pytest.raises(DeckError) as caught:
        phasefield.run({"domain": {"cells": [1, value]}}, tmp_path / "run")
    assert [problem.key for problem in caught.value.problems] == ["domain.cells.1"]
    assert not (tmp_path / "run").exists()


def test_public_names():
    """Each is there, and asking for one imports no more than it needs."""
    for name in phasefield.__all__:
        assert getattr(phasefield, name) is not None and name in dir(phasefield)
    with pytest.raises(AttributeError):
        _ = phasefield.simulat

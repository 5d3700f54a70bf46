"""Decks to start from: they are the shipped ones, complete, and nothing of the user's is overwritten."""

import tomllib
from pathlib import Path

import pytest

from phasefield.check import errors
from phasefield.cli import main
from phasefield.deck import load_deck
from phasefield.deck.examples import STARTS, copy, examples, named, write_start
from phasefield.errors import RunError
from phasefield.physics import registry
from phasefield.study import load_study
from tests.errors import refused

INPUTS = Path(__file__).parents[2] / "inputs"


def call(*arguments):
    with pytest.raises(SystemExit) as caught:
        main([str(a) for a in arguments])
    return caught.value.code or 0


@pytest.mark.parametrize("kind", STARTS)
def test_a_new_deck_is_valid(kind, tmp_path):
    """It says what it is an example of, keeps all comments and values, and is worth running."""
    path = write_start(kind, tmp_path / "my.toml")
    assert errors(load_deck(path)) == []
    example = INPUTS / f"{STARTS[kind]}.toml"
    assert path.read_text().endswith(example.read_text())
    assert tomllib.loads(path.read_text()) == tomllib.loads(example.read_text())


@pytest.mark.parametrize("model", registry.PACKAGES)
def test_every_model_has_a_start(model):
    assert load_deck(named(STARTS[model]).path).model == model


def test_new_overwrites_nothing(tmp_path):
    """Neither a file nor where a link leads."""
    path, link = tmp_path / "my.toml", tmp_path / "link.toml"
    path.write_text("mine")
    link.symlink_to(tmp_path / "elsewhere.toml")
    for present in (path, link):
        with refused(RunError, "file-exists", present):
            write_start("coated", present)
    assert path.read_text() == "mine" and not (tmp_path / "elsewhere.toml").exists()
    with refused(RunError, "unwritable", tmp_path / "no"):
        write_start("coated", tmp_path / "no" / "my.toml")


def test_wrong_names(tmp_path):
    with refused(RunError, "unknown-name", "'coated'"):
        write_start("caoted", tmp_path / "my.toml")
    with refused(RunError, "unknown-name", "'plating_pulse'"):
        named("plating_puls")


def test_all_decks_are_examples():
    assert {example.path.resolve() for example in examples()} == set(INPUTS.rglob("*.toml"))
    assert named("lagp").name == named("systems/lagp.toml").name == "systems/lagp"


@pytest.mark.parametrize("study", sorted(INPUTS.glob("*.study.toml"), key=str), ids=lambda path: path.name)
def test_a_copied_study_has_its_deck(study, tmp_path):
    """It can be planned where it was copied to."""
    copied = copy([named(study.name)], tmp_path / "new")
    assert copied[0].read_bytes() == study.read_bytes() and load_study(copied[0]).members


def test_a_copied_mesh_deck_has_its_geometry(tmp_path):
    names = [path.name for path in copy([named("plating_curved")], tmp_path)]
    assert names == ["plating_curved.toml", "curved_electrode.geo"]


def test_copying_all_or_nothing(tmp_path):
    """One name of a file that is there, and none is written."""
    (tmp_path / "plating_pulse.toml").write_text("mine")
    with refused(RunError, "file-exists", "plating_pulse.toml"):
        copy(examples(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["plating_pulse.toml"]
    assert len({example.path.name for example in examples()}) == len(examples())


def test_commands(tmp_path, capsys, monkeypatch):
    """Lists have every name; what was written is printed."""
    monkeypatch.chdir(tmp_path)
    assert call("new") == 0 and [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(STARTS)
    assert call("examples") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [one.name for one in examples()]
    assert call("new", "coated") == 0 and capsys.readouterr().out == "coated.toml\n"
    assert call("new", "coated") == 2 and "coated.toml" in capsys.readouterr().err
    assert call("examples", "plating_pulse", "-o", "some/where") == 0
    assert capsys.readouterr().out == "some/where/plating_pulse.toml\n"
    assert call("examples", "--all", "-o", "all") == 0 and len(list(Path("all").iterdir())) == len(examples()) + 1

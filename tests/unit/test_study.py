"""Studies: their members, the grammar of constraints, and the errors of invalid ones."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phasefield import cli
from phasefield.deck import load_deck
from phasefield.deck.keys import keys
from phasefield.errors import DeckError, RunError
from phasefield.study import deck_hash, load_study
from phasefield.study.constraints import ConstraintError, holds, names_in
from phasefield.study.folder import Folder
from phasefield.study.load import same_values
from phasefield.study.schema import StudyDeck
from tests.errors import refused
from tests.unit.studies import GRID, write_study


@pytest.fixture
def study(tmp_path):
    """Write a study and load it with overrides."""

    def load(*overrides, text=GRID):
        return load_study(write_study(tmp_path, text), overrides)

    return load


def column(study, name):
    return [member.point.settings[name] for member in study.members]


def test_grid(study):
    """Axes cross, the last one fastest; values have the unit of the first, a range is even in its logarithm."""
    found = study()
    assert column(found, "velocity") == [1, 1, 1, 2, 2, 2]
    assert column(found, "layer") == [5, 10, 20] * 2
    assert [member.index for member in found.members] == [1, 2, 3, 4, 5, 6]
    last = found.members[-1].deck
    assert (last.reaction.velocity, last.layer.height) == (2e-9, 20e-9)


def test_zip(study):
    together = 'axes.1.together_with="velocity"'
    found = study("axes.1.count=2", together)
    assert list(zip(column(found, "velocity"), column(found, "layer"), strict=True)) == [(1, 5), (2, 20)]
    with refused(DeckError, "axes.1.together_with", "2 values", "3"):
        study(together)


def test_cases_set_and_remove(study):
    """Named pieces of a deck: with the coating and without, or several keys at once."""
    text = GRID.split("[[axes]]")[0] + """
[set]
stop.time = "2 s"
[[axes]]
name = "kind"
[axes.cases]
coated = {}
bare = { coating = "" }
thick = { coating.thickness = "9 nm", stop.time = "3 s" }
"""
    coated, bare, thick = (member.deck for member in study(text=text).members)
    assert coated.coating.thickness == 4e-9 and coated.stop.time == 2
    assert bare.coating is None
    assert (thick.coating.thickness, thick.stop.time) == (9e-9, 3)


def sampled(method, samples, seed=1, scale="linear"):
    return f"""
base = "base.toml"
[sampling]
method = "{method}"
samples = {samples}
seed = {seed}
[[axes]]
name = "velocity"
key = "reaction.velocity"
range = ["1 nm/s", "9 nm/s"]
scale = "{scale}"
[[axes]]
name = "layer"
key = "layer.height"
range = ["5 nm", "20 nm"]
"""


@pytest.mark.parametrize("method", ["lhs", "sobol"])
def test_samples_fill_every_stratum(study, method):
    """Latin hypercubes and Sobol's sequence of 2^m points have one point in each of n equal strata of every axis."""
    found = study(text=sampled(method, 16))
    for name, low, high in (("velocity", 1, 9), ("layer", 5, 20)):
        strata = np.floor((np.array(column(found, name)) - low) / (high - low) * 16)
        assert sorted(strata) == list(range(16)), name


def test_a_logarithmic_range_is_sampled_in_its_logarithm(study):
    found = study(text=sampled("lhs", 8, scale="log"))
    strata = np.floor(np.log(np.array(column(found, "velocity"))) / np.log(9) * 8)
    assert sorted(strata) == list(range(8))


def test_samples_follow_their_seed(study):
    first, same, other = (column(study(text=sampled("lhs", 4, seed)), "layer") for seed in (1, 1, 2))
    assert first == same != other


def test_saltelli_blocks_change_one_axis_at_a_time(study):
    """Each block: a point, that point with one coordinate from another for each axis, the other point."""
    found = study(text=sampled("saltelli", 4))
    rows = np.array([column(found, "velocity"), column(found, "layer")]).T.reshape(4, 4, 2)
    for a, ab1, ab2, b in rows:
        assert tuple(ab1) == (b[0], a[1]) and tuple(ab2) == (a[0], b[1])
    assert [member.point.sample for member in found.members] == list(range(16))


def test_constraints(study):
    found = study("constraints=[\"velocity * '2 s' + layer <= '12 nm'\"]")
    assert list(zip(column(found, "velocity"), column(found, "layer"), strict=True)) == [(1, 5), (1, 10), (2, 5)]
    assert found.excluded == 3
    with refused(DeckError, "constraints", "6 combinations"):
        study("constraints=[\"layer < '1 nm'\"]")
    with refused(DeckError, "constraints.0", "velocity < layer"):
        study('constraints=["velocity < layer"]')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < '2 um'", True),
        ("'500 nm' < a <= '1 um'", True),
        ("a**2 >= '2 um^2' or n == 3", True),
        ("not (n == 3 and word == 'bare')", False),
        ("-n + 5 * 2 / 4 > 0", False),
        ("word != 'coated'", True),
    ],
)
def test_grammar(text, expected):
    assert holds(text, {"a": "1 um", "n": 3, "word": "bare"}) is expected


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "a.real < 1", "a[0] < 1", "(lambda: 1)() < 2", "[1] == [1]", "f(a) < 1",
        "a < 1 if a else 2", "(a := 1) < 2", "9**9**9 < 1", "a**b < 1", "a", "1 + 1", "", "a <", "a < '3 flurbles'",
        "1 < " + "+".join("1" * 300), "f'{a}' == 'x'", "True < 2", "a is 1", "1j < a", "b'x' == a", "*a < 1",
    ],
)  # fmt: skip
def test_what_is_no_constraint(text):
    with pytest.raises(ConstraintError):
        names_in(text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab19.'\"()[]{}<=*/+-,_ :\\nmif\n", max_size=40))
def test_any_text_is_a_constraint_or_an_error(text):
    """Nothing but ConstraintError ever comes out, and nothing takes long."""
    try:
        holds(text, {"a": "1 um", "b": 2.0, "m": "word", "i": 1, "f": 0, "n": -1})
    except (ConstraintError, KeyError):
        pass


def test_names_are_made_of_safe_characters(study):
    """Whatever a deck says, directories have plain names, and differ."""
    text = GRID.replace('values = ["1 nm/s", "0.002 um/s"]', 'values = ["../../etc", "a/b%00"]').replace(
        "reaction.velocity", "title"
    )
    with refused(DeckError, "axes"):  # titles do not make a deck another
        study(text=text)
    names = [m.name for m in study(text=text.replace('key = "title"', 'key = "electrode.name"')).members]
    assert len(set(names)) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-") for name in names)
    assert not any(name.startswith(".") or ".." in name for name in names)


@pytest.mark.parametrize(
    ("override", "key", "names"),
    [
        ("base=/etc/passwd", "base", ["/etc/passwd"]),
        ("base=../base.toml", "base", [".."]),
        ("base=link.toml", "base", ["link"]),
        ("base=bose.toml", "base", ["base.toml?"]),
        ("axes.0.valeus=[1]", "axes.0.valeus", ["[1]", "unknown", "axes.0.values?"]),
        ("axes.0.key=reaction.velocty", "axes.0.key", ["reaction.velocity?"]),
        ('axes.0.values=["1 nm/s", "2 nm"]', "axes.0.values", ["nm (length)", "nm/s"]),
        ('axes.0.values=["1 nm", "2 nm"]', "reaction.velocity", ["member 1 (velocity = 1 nm", '"1 nm"']),
        ('axes.1.range=["20 nm", "5 nm"]', "axes.1.range", []),
        ('axes.1.range=["5 nmc2", "20 nm"]', "axes.1.range", ['"nmc2"']),
        ("axes.1.count=", "sampling", ["range", "count"]),
        ("axes.1.name=velocity", "axes.1.name", ['"velocity"']),
        ("axes.1.name=../x", "axes.1.name", ["../x"]),
        ("axes.1.together_with=nobody", "axes.1.together_with", ["nobody"]),
        ('constraints=["speed < 1"]', "constraints.0", ["speed", "velocity, layer"]),
        ("axes.1.key=", "axes.1.key", ["range"]),
        ("ranks=0", "ranks", ["0", "1"]),
    ],
)
def test_bad_studies_are_one_clear_message(tmp_path, capsys, override, key, names):
    """File, key, value and what is allowed; exit code 2."""
    path = write_study(tmp_path)
    outside = tmp_path.parent / f"{tmp_path.name}_outside.toml"
    outside.write_text((tmp_path / "base.toml").read_text())
    (tmp_path / "link.toml").symlink_to(outside)
    with refused(DeckError, key, *names):
        load_study(path, [override])
    with pytest.raises(SystemExit) as caught:
        cli.main(["study", str(path), "--set", override])
    error = capsys.readouterr().err
    assert caught.value.code == 2 and "small.study.toml" in error and "Traceback" not in error


def test_the_hash_is_of_the_values(tmp_path):
    """Another notation, another title and a default written out make the same deck, another value makes another."""
    base = write_study(tmp_path).parent / "base.toml"
    same = deck_hash(load_deck(base, ["layer.height=0.008 um", "title=Other", "solver.profile=default"]))
    assert deck_hash(load_deck(base)) == same
    assert deck_hash(load_deck(base, ["layer.height=9 nm"])) != same


def test_runs_of_an_earlier_version_count(tmp_path):
    """A run is of a member's deck if all values agree that both have, whichever keys were added since."""
    deck = load_deck(write_study(tmp_path).parent / "base.toml").resolved()
    earlier = json.loads(json.dumps(deck))
    del earlier["solver"], earlier["output"]["fields"]
    assert same_values(earlier, deck)
    for change in ({"layer": {**earlier["layer"], "height": 9e-9}}, {"output": {"snapshots": 3}}, {"model": "plating"}):
        assert not same_values(earlier | change, deck)
    grid = {"domain": {**earlier["domain"], "cells": [60, 60]}}
    assert not same_values(earlier | grid, deck)


def test_prepare_writes_decks_that_are_the_members(study, tmp_path):
    found = study()
    folder = Folder(tmp_path / "runs")
    folder.prepare(found)
    for member in found.members:
        assert deck_hash(load_deck(folder.file(member, "toml"))) == member.hash
    description = json.loads((folder.path / "study.json").read_text())
    assert [m["settings"]["layer"] for m in description["members"]] == [5, 10, 20] * 2
    assert {folder.state(member).name for member in found.members} == {"waiting"}


def test_prepare_refuses_a_directory_that_leads_elsewhere(study, tmp_path):
    found = study()
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / found.members[0].name).symlink_to(tmp_path.parent)
    with refused(RunError, "foreign-files", found.members[0].name):
        Folder(tmp_path / "runs").prepare(found)


def test_every_key_is_documented():
    text = (Path(__file__).parents[2] / "docs" / "studies.md").read_text(encoding="utf-8")
    names = {key.name for key in keys(StudyDeck)}
    assert sorted(name for name in names if not re.search(rf"\b{name}\b", text)) == []

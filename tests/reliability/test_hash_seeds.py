"""Same bits, same answer: what Python's sets and hashes are, in one process or another, changes no digit."""

import json
import os
import subprocess
import sys

import pytest

from tests import meshes
from tests.reliability.restarts import MODELS, differences

#: Seeds of Python's hashes.
SEEDS = ("0", "3")
RUN = """
import json, sys
from phasefield.run import runner
for name, (deck, overrides) in json.load(open("decks.json")).items():
    runner.run(deck, f"{name} {sys.argv[1]}", overrides=overrides, force=True)  # coarse meshes
"""
#: On a mesh runs FiPy's engine: SymPy writes sums whose terms its keys do not tell apart in the order of a set. The
#: salt closes to 1e-4 on this engine.
ON_A_MESH = {"one ion": ("stop.time=20 s",), "liquid": (*meshes.LIQUID, "solver.closure=1e-3")}
SHORT = {"plating, liquid": "stop.time=1 s", "contact": "stop.time=4 min", "wetting": "stop.time=10 s"}
#: In boxes: a model for each engine; and the others.
BOXES = (("plating, liquid", "compiled"), ("wetting", "fipy"))
MORE_BOXES = tuple((name, engine) for name in SHORT for engine in ("compiled", "fipy") if (name, engine) not in BOXES)


def different(folder, decks):
    """What is not the same, by deck, in runs under two seeds. A process for each seed makes the runs of all decks."""
    (folder / "decks.json").write_text(json.dumps(decks))
    for seed in SEEDS:
        environment = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", RUN, seed]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=250)
        assert done.returncode == 0, done.stderr
    return {name: differences(*(folder / f"{name} {seed}" for seed in SEEDS)) for name in decks}


def box(folder, name, engine):
    """A deck of a model in a box and its overrides."""
    text, overrides = MODELS[name]
    deck = folder / f"{name}.toml"
    deck.write_text(text)
    return str(deck), (*overrides, SHORT[name], f"solver.engine={engine}")


@pytest.mark.parametrize("boxes", [BOXES, pytest.param(MORE_BOXES, marks=pytest.mark.slow)], ids=["some", "others"])
def test_boxes(tmp_path, boxes):
    found = different(tmp_path, {f"{name}, {engine}": box(tmp_path, name, engine) for name, engine in boxes})
    assert found == {f"{name}, {engine}": [] for name, engine in boxes}


@meshes.needs_gmsh
def test_decks_on_a_mesh(tmp_path):
    deck = str(meshes.flat_deck(tmp_path, edge=0.8))
    found = different(tmp_path, {name: (deck, overrides) for name, overrides in ON_A_MESH.items()})
    assert found == {name: [] for name in ON_A_MESH}

"""Same bits, same answer: what Python's sets and hashes are, in one process or another, changes no digit."""

import os
import subprocess
import sys

import pytest

from tests import meshes
from tests.reliability.restarts import MODELS, differences

RUN = """
import sys
from phasefield.run import runner
runner.run(sys.argv[1], sys.argv[2], overrides=sys.argv[3:], force=True)
"""


def runs(deck, folder, overrides):
    """Directories of the same run under two seeds of Python's hashes."""
    made = []
    for seed in ("0", "3"):
        made.append(folder / f"seed {seed}")
        command = [sys.executable, "-c", RUN, str(deck), str(made[-1]), *overrides]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=250)
        assert done.returncode == 0, done.stderr
    return made


@meshes.needs_gmsh
@pytest.mark.parametrize("more", [(), meshes.LIQUID], ids=["one ion", "liquid"])
def test_decks_on_a_mesh(tmp_path, more):
    """FiPy's engine: SymPy writes sums whose terms its keys do not tell apart in the order of a set."""
    deck = meshes.flat_deck(tmp_path, edge=0.8)
    more = (*more, "solver.closure=1e-3") if more else ("stop.time=20 s",)  # the salt closes to 1e-4 on this engine
    assert differences(*runs(deck, tmp_path, more)) == []


@pytest.mark.parametrize("engine", ["compiled", "fipy"])
@pytest.mark.parametrize("name", ["plating, liquid", "contact", "wetting"])
def test_boxes(tmp_path, name, engine):
    text, overrides = MODELS[name]
    (tmp_path / "deck.toml").write_text(text)
    short = {"contact": "stop.time=4 min", "wetting": "stop.time=10 s"}.get(name, "stop.time=1 s")
    more = (*overrides, short, f"solver.engine={engine}")
    assert differences(*runs(tmp_path / "deck.toml", tmp_path, more)) == []

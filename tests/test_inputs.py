"""Every deck in inputs/ is worth running, starts, and loses no lithium."""

from pathlib import Path

import numpy as np
import pytest

from phasefield.check import errors
from phasefield.check.resources import written
from phasefield.deck import load_deck
from phasefield.run import runner
from phasefield.run import session as simulation
from tests.meshes import needs_gmsh

INPUTS = Path(__file__).parent.parent / "inputs"


#: A deck of each model, electrolyte and kind of grid. The first steps of the others are left to `make test-slow`.
TRIED = {
    "contact_patches_3d",
    "crack_llzo",
    "flagship_coated",
    "interphase_coated",
    "interphase_crack",
    "interphase_stress",
    "interphase_coating_consumed",
    "plating_binary",
    "plating_coated",
    "plating_curved",
    "plating_interphase_film",
    "plating_polymer",
    "symmetric_cell",
    "void_cycle",
    "wetting_lithiophilic",
}


def decks(pattern, tried=None):
    """Decks below a pattern, those on a mesh only where Gmsh is there; all but ``tried`` are slow."""
    paths = sorted(path for path in INPUTS.glob(pattern) if not path.name.endswith(".study.toml"))
    assert tried is None or tried < {path.stem for path in paths}

    def marks(path):
        on_a_mesh = "\nmesh =" in path.read_text()
        return [needs_gmsh] * on_a_mesh + [pytest.mark.slow] * (tried is not None and path.stem not in tried)

    return [pytest.param(path, id=path.stem, marks=marks(path)) for path in paths]


STEPS = 3

#: The first steps of a 3-D deck are tried on an eighth of its cells, too coarse for more than that.
COARSENED = 2


@pytest.mark.parametrize("path", decks("**/*.toml"))
def test_check_finds_no_error(path):
    assert errors(load_deck(path)) == []


@pytest.fixture(params=decks("*.toml", TRIED))
def path(request):
    return request.param


def test_first_steps_lose_nothing(path, tmp_path, monkeypatch):
    """What passes is what is plated, reacts, or is stored: to 1e-6 after every step, in every model.

    Boxes run on the compiled engine, which nothing but `auto` asks for.
    """
    deck = load_deck(path)
    coarser = [f"domain.cells={[n // COARSENED for n in deck.domain.cells]}"] if deck.domain.dimension == 3 else []
    monkeypatch.setattr(simulation, "StopConditions", lambda *_: lambda progress: "enough" * (progress.step >= STEPS))
    run = runner.run(path, tmp_path / "run", force=True, overrides=coarser)
    history = run.history

    assert run.manifest["engine"] == ("fipy" if getattr(deck.domain, "mesh", None) else "compiled")
    spare = written(deck) - len(run.snapshot(-1).fields)
    assert 0 <= spare <= 1, "the disk that it takes was predicted from so many fields"
    assert history.rows == STEPS + 1
    closures = [column for column in history.columns if "closure" in column]
    assert "Charge closure [1]" in closures
    for column in closures:
        assert history[column] == pytest.approx(0.0, abs=1e-6)
    if deck.model == "plating":
        given_current_passes(deck, history)


def given_current_passes(deck, history):
    """Galvanostatic: the charge passed is the deck's current by the time, and the lithium plated, each step.

    On a bare collector the double layer takes a part of it.
    """
    current, dt = history["Current density [A/m2]"], history["Time step [s]"]
    passed, plated = history["Charge passed [C/m2]"], history["Charge plated [C/m2]"]
    if deck.nucleation:
        plated = plated + history["Charge of the double layer [C/m2]"]
    throughput = np.cumsum(np.abs(current) * dt)
    assert passed == pytest.approx(np.cumsum(current * dt), rel=1e-8)
    if deck.drive.steps[0].mode == "galvanostatic":
        assert current[1:] == pytest.approx(deck.drive.steps[0].current_density, rel=1e-9)
        assert np.all(np.abs(plated - passed)[1:] <= 1e-6 * throughput[1:])

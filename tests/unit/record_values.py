"""Cases whose fields are given, and sums over their cells written anew, for the tests of records."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np

from phasefield.deck import parse_deck
from phasefield.engines.fipy import FipyEngine
from phasefield.engines.state import Difference
from phasefield.physics.registry import build

F = 96485.33212


def opened(text, overrides=(), seed=1, **bounds):
    """Deck, case and engine, its drive in force; some fields scattered within bounds, their old values, too."""
    deck = parse_deck(text, overrides=overrides)
    case = build(deck)
    engine = FipyEngine(case.model, deck.domain.cells, case.spacing)
    case.begin(0, engine)
    rng = np.random.default_rng(seed)
    for name, (low, high) in bounds.items():
        engine.state.ghosted(name)[...] = rng.uniform(low, high, engine.ghosted(name).shape)
        if name in engine.state.old:
            engine.state.old[name][...] = rng.uniform(low, high, engine.ghosted(name).shape)
    return deck, case, engine


def updated(record, dt, *args):
    """Add a step of length dt to the sums of a record or a ledger."""
    engine = args[0] if args else record.engine
    engine.state.difference = Difference(dt)
    record.update(*args or (dt,))


def passing(monkeypatch, engine, **fluxes):
    """What enters through a boundary from now on, by field and face."""
    monkeypatch.setattr(engine, "boundary_flux", lambda name, face: fluxes[f"{name}_{face}"])


def integral(engine, values):
    """Per cross-section: the sum over the cells by their height, over the number of columns."""
    return float(np.sum(values)) * engine.box.spacing[-1] / values[0].size


def profile(engine, heights):
    """The tanh profile of columns of lithium, and their heights in widths."""
    z = (np.arange(engine.box.shape[-1]) + 0.5) * engine.box.spacing[-1]
    heights = np.asarray(heights)
    return 1 / (1 + np.exp(4 * (z.reshape(-1, *[1] * heights.ndim) - heights)))


def shifted(engine, name, by):
    """The field's integral grows by so much."""
    held = engine.state.now[name]
    held += by / (held.shape[0] * engine.box.spacing[-1])

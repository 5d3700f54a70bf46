"""The scripts of docs/examples: a modeller's own equations, with no deck."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from phasefield.engines.fipy import FipyEngine

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def example(name):
    """The module of a script."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pfhub_7a_in_space():
    """The error falls with the square of the cells, order 2 to 0.25, and is below 1e-3 on 256 × 128, at t = 2."""
    pfhub = example("pfhub_7a")
    sizes, errors = pfhub.in_space(2.0, (64, 128, 256), 25)
    assert pfhub.orders(sizes, errors) == pytest.approx(2.0, abs=0.25)
    assert errors[1] < 1e-3


def test_pfhub_7a_in_time():
    """Implicit Euler is of order 1, to 0.05."""
    pfhub = example("pfhub_7a")
    assert pfhub.orders(*pfhub.in_time(2.0, 64, (10, 20, 40))) == pytest.approx(1.0, abs=0.05)


def test_solidification():
    """Heat and latent heat are conserved to 1e-7, the crystal grows, and FiPy's engine finds the same to 1e-5."""
    script = example("solidification")
    start, mine, reference = script.grow(0), script.grow(20), script.grow(20, FipyEngine)

    def total(engine):
        return script.mean(engine, "T") - script.mean(engine, "phi")

    assert total(mine) == pytest.approx(total(start), rel=1e-7)
    assert script.mean(mine, "phi") > script.mean(start, "phi") + 1.0
    for name in ("phi", "T"):
        assert np.max(np.abs(mine.owned(name) - reference.owned(name))) < 1e-5

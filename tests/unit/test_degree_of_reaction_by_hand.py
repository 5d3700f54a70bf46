"""What the neighbours of a cell have reacted, and how oblique a front is there: cell by cell, in loops."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

from types import SimpleNamespace

import numpy as np
import pytest

from phasefield.physics.interphase.consumed_coating import ConsumedCoating
from phasefield.physics.interphase.reaction_degree import ReactionDegree

SHAPES = [(5, 4), (4, 3, 5)]  # the height first


def on_grid(bottom):
    """A box that begins at the electrode, or one of another rank above it."""
    return SimpleNamespace(touches=lambda face: bottom and face == "bottom")


def limited(x):
    return min(max(float(x), 0.0), 1.0)


def neighbours(ψ, cell, bottom):
    """ψ below and above along each axis: 1 in the electrode, and the cell's own where the grid ends."""
    for axis in range(ψ.ndim):
        pair = []
        for step in (-1, 1):
            at = list(cell)
            at[axis] += step
            inside = 0 <= at[axis] < ψ.shape[axis]
            pair.append(limited(ψ[tuple(at) if inside else cell]))
        if axis == 0 and cell[0] == 0 and bottom:
            pair[0] = 1.0
        yield pair


def most(ψ, cell, bottom):
    """The most that the cell or one of its neighbours has reacted."""
    return max(limited(ψ[cell]), *(value for pair in neighbours(ψ, cell, bottom) for value in pair))


def oblique(ψ, cell, bottom):
    """√Σ s² over the largest s; s, along each axis, the steeper rise of ψ² towards a neighbour, 0 if none rises."""
    here = limited(ψ[cell])
    slopes = [max(near * near - here * here for near in (*pair, here)) for pair in neighbours(ψ, cell, bottom)]
    return float(np.sqrt(sum(s * s for s in slopes))) / max(slopes) if max(slopes) > 0 else 0.0


def scattered(shape, seed):
    """Also a little beyond 0 and 1, as Newton's method leaves it."""
    return np.random.default_rng(seed).uniform(-0.2, 1.2, shape)


def found_by(model, fields, bottom):
    return {field.name: field.values(fields, on_grid(bottom)) for field in model.auxiliary}


@pytest.mark.parametrize("bottom", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_neighbours(shape, bottom):
    ψ = scattered(shape, 1)
    before = ψ.copy()
    found = found_by(ReactionDegree, {"psi": ψ}, bottom)
    for cell in np.ndindex(shape):
        assert found["reached"][cell] == most(ψ, cell, bottom)
        assert found["oblique"][cell] == pytest.approx(oblique(ψ, cell, bottom), rel=1e-12)
    assert (ψ == before).all()


def test_no_front():
    """Where nothing has reacted more, nothing grows; towards one neighbour a front is straight, across a corner √2."""
    assert (found_by(ReactionDegree, {"psi": np.full((4, 4), 0.3)}, False)["oblique"] == 0.0).all()
    ψ = np.zeros((4, 4))
    ψ[1, :2] = ψ[2, 2:] = 1.0
    found = found_by(ReactionDegree, {"psi": ψ}, False)["oblique"]
    assert (found[0, 0], found[1, 2]) == pytest.approx((1.0, np.sqrt(2)))


@pytest.mark.parametrize("bottom", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_coating_reacts_by_itself(shape, bottom):
    """Coating next to its own product and the electrode; electrolyte next to product or any coating."""
    ψ, χ = scattered(shape, 2), np.random.default_rng(3).integers(0, 2, shape).astype(float)
    found = found_by(ConsumedCoating, {"psi": ψ, "coating": χ}, bottom)
    for cell in np.ndindex(shape):
        seen = χ * ψ if χ[cell] else np.maximum(χ, ψ)
        assert found["reached"][cell] == most(seen, cell, bottom)
        assert found["oblique"][cell] == pytest.approx(oblique(seen, cell, bottom), rel=1e-12)
        assert found["reduced"][cell] == most(χ * ψ, cell, bottom)

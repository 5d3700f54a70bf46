"""The compiled balance of forces against the stress that it comes from, and the solver's looser balances."""

from math import prod

import numpy as np
import pytest

from phasefield.engines.grid import Grid
from phasefield.mechanics import FIXED, Elasticity, End, Filling, Fracture
from tests.verification import fracture_support as exact

SHAPES = ((11,), (7, 9), (5, 6, 8))
H = (0.3, 0.5, 0.4)


def random_solid(shape, contrast=100.0):
    """A solid of random cells between two walls and a plate with a casing, and random numbers."""
    rng = np.random.default_rng(len(shape))
    grid = Grid(shape, H[: len(shape)])
    solid = Elasticity(grid, [End(stiffness=0.7)] + [End()] * (len(shape) - 1))
    λ, μ = (contrast ** rng.uniform(0, 1, shape[::-1]) for _ in range(2))
    solid._prepare(λ, μ)
    return solid, λ, μ, rng


def product(solid, values):
    """The operator times a vector."""
    x, y = solid._operator.createVecs()
    x.array[...] = values
    solid.mult(None, x, y)
    return y.array.copy()


@pytest.mark.parametrize("shape", SHAPES)
def test_forces_do_the_work_of_the_stress(shape):
    """Σ f·u = Σ ε:C:ε over cells and edges, + casings: 1e-12. u moves no wall; γ of an edge is of four faces."""
    solid, λ, μ, rng = random_solid(shape)
    dim = len(shape)
    x = rng.normal(size=dim * prod(shape) + dim)
    scaled = x.copy()
    faces = [part * scale for part, scale in zip(solid._parts(x), solid._scale, strict=True)]
    strains = solid._plate_scale * x[dim * prod(shape) :]
    for k in range(dim):
        scaled.reshape(-1)[: dim * prod(shape)].reshape(dim, *shape[::-1])[k][solid._resistance.walls[k]] = 0.0
    moved = [np.pad(u, 1) for u in faces]  # 0 on lower walls
    work = 0.0
    for k in range(dim):  # normal strains
        axis = -1 - k
        ε = np.diff(moved[k], axis=axis).take(range(shape[k]), axis=axis)
        own = tuple(slice(None) if a == dim - 1 - k else slice(1, -1) for a in range(dim))
        faces[k] = ε[own] / H[k] + strains[k]
    work += np.sum(λ * sum(faces) ** 2 + 2 * μ * sum(ε**2 for ε in faces))
    for k in range(dim):
        for m in range(k):
            slope = gradient(moved[k], dim - 1 - m, H[m]) + gradient(moved[m], dim - 1 - k, H[k])
            inner = tuple(slice(1, -2) if a in (dim - 1 - k, dim - 1 - m) else slice(1, -1) for a in range(dim))
            logs = np.log(μ)
            for a in (dim - 1 - k, dim - 1 - m):
                logs = 0.5 * (logs.take(range(1, logs.shape[a]), a) + logs.take(range(logs.shape[a] - 1), a))
            work += np.sum(np.exp(logs) * slope[inner] ** 2)
    work += 0.7 * solid._cells * solid.lengths[0] * strains[0] ** 2
    assert scaled @ product(solid, scaled) == pytest.approx(work, rel=1e-12)


def gradient(u, axis, h):
    """Difference to the next one, of the shape of u."""
    return (np.roll(u, -1, axis) - u) / h


@pytest.mark.parametrize("shape", SHAPES)
def test_the_operator_is_symmetric_and_positive(shape):
    solid, _, _, rng = random_solid(shape)
    x, y = rng.normal(size=(2, len(shape) * (prod(shape) + 1)))
    ax, ay = product(solid, x), product(solid, y)
    assert y @ ax == pytest.approx(x @ ay, rel=1e-12)
    assert x @ ax > 0


@pytest.mark.parametrize("contrast, most", [(10.0, 30), (1000.0, 90)])
def test_a_soft_layer_and_a_stiff_one(contrast, most):
    """In series the stress is the same: the plate moves by Σ p h/(λ + 2μ), to 1e-6, in few iterations.

    The bounds were 20 and 60 iterations of BiCGStab, which has two V-cycles in each; GMRES has one.
    """
    shape = (16, 12, 20)
    soft = np.broadcast_to(np.arange(20)[:, None, None] % 10 < 4, shape[::-1])
    moduli = np.where(soft, 1.0, contrast)
    found = Elasticity(Grid(shape, (0.5,) * 3), [FIXED, FIXED, End(pressure=0.01)]).solve(moduli, moduli, 0 * moduli)
    assert found.plates[2] == pytest.approx(-0.01 * 0.5 * (8 + 12 / contrast) / 3, rel=1e-6)
    assert found.iterations <= most


def test_cells_of_random_stiffness():
    """A hundred times stiffer than their neighbours, or not: a state is found, and the mean stress is the plate's."""
    shape = (16, 12, 20)
    moduli = np.where(np.random.default_rng(1).random(shape[::-1]) < 0.5, 1.0, 100.0)
    found = Elasticity(Grid(shape, (0.5,) * 3), [FIXED, FIXED, End(pressure=0.01)]).solve(moduli, moduli, 0 * moduli)
    np.testing.assert_allclose(np.mean(found.normal[2], axis=(1, 2)), -0.01, rtol=1e-6)
    assert found.iterations <= 100


@pytest.mark.parametrize("contrast", [1.0, 100.0, 10000.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_forces_are_balanced_in_double_precision(shape, contrast):
    """What GMRES finds in single precision leaves 1e-9 of the forces, as the operator in double precision has them."""
    solid, λ, μ, rng = random_solid(shape, contrast)
    solid.solve(λ, μ, 0.01 * rng.uniform(size=shape[::-1]))
    system = solid._single
    left = system.residual - product(solid, system.update)
    assert np.linalg.norm(left) <= 1e-9 * np.linalg.norm(system.residual)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_product_in_single_precision(shape):
    """That of double precision to 1e-5 of its largest value, for what the preconditioner has found."""
    solid, _, _, rng = random_solid(shape)
    system = solid._single
    system.take()
    given, found, out = (np.zeros(system.residual.size, np.float32) for _ in range(3))
    given[:] = rng.normal(size=given.size)
    for part, wall in zip(solid._parts(given), solid._resistance.walls, strict=True):
        part[wall] = 0.0  # as no residual is there
    system.precondition(given)
    system.collect(found)
    system.multiply(out)
    double = product(solid, found)
    np.testing.assert_allclose(out, double, atol=1e-5 * np.max(np.abs(double)), rtol=0)


def disc():
    """A quarter of a penny crack and its damage."""
    grid = Grid((25, 20, 20), (0.2,) * 3)
    fracture = Fracture(grid, [FIXED, FIXED, End()], exact.LAME, exact.SHEAR, 1.0, 0.4)
    z, y, x = np.indices((20, 20, 25))
    return fracture, fracture.seeded((x == 12) & (np.hypot(z + 0.5, y + 0.5) < 5))


def test_sweeps_end_near_the_state_that_they_converge_to():
    """Growth within 1 %, pressure within 0.3 % of what a thousandth of the tolerance gives."""
    fracture, d = disc()
    once, converged = (fracture.solve(d, Filling(content=2.0), tolerance=tol, sweeps=2000) for tol in (1e-3, 1e-6))
    grown, most = (fracture.area(found.damage) - fracture.area(d) for found in (once, converged))
    assert most > 0.1
    assert grown == pytest.approx(most, rel=0.01)
    assert once.pressure == pytest.approx(converged.pressure, rel=0.003)


def test_a_start_from_a_response_changes_the_way_and_not_the_state():
    """Growth within 1 %, pressure within 0.3 %; fewer iterations. A rough response is within 1e-3 of the exact one."""
    fracture, d = disc()
    filling = Filling(content=2.0)
    rough, exactly = fracture.response(d, filling, tolerance=1e-5), fracture.response(d, filling)
    np.testing.assert_allclose(rough.by_cell, exactly.by_cell, atol=1e-3 * np.abs(exactly.by_cell).max())
    assert np.sum(rough.by_cell) == pytest.approx(np.sum(exactly.by_cell), rel=1e-3)
    warm, cold = (fracture.solve(d, filling, start=start) for start in (rough.displaced, None))
    grown, most = (fracture.area(found.damage) - fracture.area(d) for found in (warm, cold))
    assert grown == pytest.approx(most, rel=0.01)
    assert warm.pressure == pytest.approx(cold.pressure, rel=0.003)

"""The balance of forces on staggered displacements against exact solutions."""

import json
from pathlib import Path

import numpy as np
import pytest

from phasefield.engines.compiled import gmres
from phasefield.engines.grid import Grid
from phasefield.errors import PhasefieldError
from phasefield.mechanics import FIXED, Elasticity, End, NoEquilibrium
from phasefield.mechanics.staggered import Staggered
from phasefield.theory.elasticity import lame_constants
from tests.errors import refused
from tests.parallel.mpi import mpirun
from tests.verification import elasticity_support as exact

SHAPES = ((12,), (9, 14), (6, 8, 10))


def box(shape, h=0.5):
    return Grid(shape, (h,) * len(shape))


def whole(shape, value):
    return np.full(shape[::-1], float(value))


@pytest.mark.parametrize("shape", SHAPES)
def test_three_pressures_strain_a_uniform_solid_by_hookes_law(shape):
    """ε_k = [p_k − ν Σ p_m]/E, with the axes that the box does not have held."""
    young, poisson, pressures = 3.0, 0.3, (0.02, -0.01, 0.03)[: len(shape)]
    λ, μ = exact.constants(young, poisson)
    solid = Elasticity(box(shape), [End(pressure=p) for p in pressures], 1e-14)
    found = solid.solve(whole(shape, λ), whole(shape, μ), whole(shape, 0.004))
    matrix = λ + 2 * μ * np.eye(len(shape))
    strains = np.linalg.solve(matrix, -np.array(pressures) + (3 * λ + 2 * μ) * 0.004)
    for axis, p in enumerate(pressures):
        np.testing.assert_allclose(found.normal[axis], -p, rtol=1e-12)
        assert found.plates[axis] == pytest.approx(strains[axis] * 0.5 * shape[axis], rel=1e-12)
        steps = np.diff(found.displacements[axis], axis=-1 - axis)
        np.testing.assert_allclose(steps, 0.5 * strains[axis], rtol=1e-11)
    held = λ * strains.sum() - (3 * λ + 2 * μ) * 0.004
    for across in found.normal[len(shape) :]:
        np.testing.assert_allclose(across, held, rtol=1e-12)
    for τ in found.shear.values():
        np.testing.assert_allclose(τ, 0, atol=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_stress_free_strain_for_each_axis(shape):
    """Free ends follow it; held axes press back by Hooke's law."""
    λ, μ, own = 1.1, 0.7, (0.003, -0.002, 0.005)
    free = [axis != 0 for axis in range(len(shape))]
    solid = Elasticity(box(shape), [End() if moves else FIXED for moves in free], 1e-14)
    found = solid.solve(whole(shape, λ), whole(shape, μ), [whole(shape, ε) for ε in own])
    held = np.array([not moves for moves in (*free, *[False] * (3 - len(shape)))])
    matrix = λ + 2 * μ * np.eye(3)
    elastic, moving = np.where(held, -np.array(own), 0.0), ~held
    elastic[moving] = np.linalg.solve(matrix[np.ix_(moving, moving)], -matrix[np.ix_(moving, held)] @ elastic[held])
    for σ, expected in zip(found.normal, matrix @ elastic, strict=True):
        np.testing.assert_allclose(σ, expected, rtol=1e-12, atol=1e-14)
    for axis, moves in enumerate(free):
        moved = (own[axis] + elastic[axis]) * 0.5 * shape[axis] if moves else 0.0
        assert found.plates[axis] == pytest.approx(moved, rel=1e-12)


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_a_uniform_strain_with_shear_is_in_equilibrium(shape):
    """The patch test, of the operators away from the walls."""
    rng, dim, h = np.random.default_rng(3), len(shape), 0.5
    gradient = rng.uniform(-1, 1, (dim, dim))
    o = Staggered(box(shape, h))
    o.take(whole(shape, 1.3), whole(shape, 0.7))
    places = np.meshgrid(*(h * (np.arange(-1, n + 1) + 0.5) for n in shape), indexing="ij")
    u = []
    for k in range(dim):
        at = [x + 0.5 * h * (axis == k) for axis, x in enumerate(places)]
        u.append(sum(g * x for g, x in zip(gradient[k], at, strict=True)).T)
    strains, shear = o.strains(u), o.shear(o.shear_strains(u))
    inner = (slice(1, -1),) * dim
    for k, σ in enumerate(o.normal(strains)):
        np.testing.assert_allclose(o.own(σ), 1.3 * np.trace(gradient) + 1.4 * gradient[k, k], rtol=1e-12)
    for (k, m), τ in shear.items():
        np.testing.assert_allclose(o.centred(τ, (k, m))[inner], 0.7 * (gradient[k, m] + gradient[m, k]), rtol=1e-12)
    for force in o.forces(o.normal(strains), shear):
        np.testing.assert_allclose(force[inner], 0, atol=1e-12)


@pytest.mark.parametrize("axis", [0, 1])
def test_two_layers_between_walls(axis):
    """σ = −h₁ s/M₁ / (h₁/M₁ + h₂/M₂), s = (3λ₁ + 2μ₁) ε₁: exact, with the step of the moduli on a face."""
    shape, ε1 = (20, 20), 1e-3
    (λ1, μ1), (λ2, μ2) = (1.0, 0.5), (20.0, 10.0)
    first = np.broadcast_to(np.arange(20) < 8, (20, 20))
    first = first if axis == 0 else first.T
    λ, μ = np.where(first, λ1, λ2), np.where(first, μ1, μ2)
    found = Elasticity(box(shape), [FIXED, FIXED], 1e-14).solve(λ, μ, np.where(first, ε1, 0.0))
    s, M1, M2 = (3 * λ1 + 2 * μ1) * ε1, λ1 + 2 * μ1, λ2 + 2 * μ2
    np.testing.assert_allclose(found.normal[axis], -8 * s / M1 / (8 / M1 + 12 / M2), rtol=1e-12)


def test_columns_share_a_plate():
    """Two halves of different stiffness beside each other, ν = 0: the same strain, the forces add up."""
    shape, soft, stiff = (10, 12), 2.0, 6.0
    μ = 0.5 * np.where(np.broadcast_to(np.arange(10) < 4, (12, 10)), soft, stiff)
    found = Elasticity(box(shape), [FIXED, End(pressure=0.1)], 1e-14).solve(0 * μ, μ, 0 * μ)
    strain = -0.1 / (0.4 * soft + 0.6 * stiff)
    assert found.plates == (0.0, pytest.approx(6.0 * strain, rel=1e-12))
    np.testing.assert_allclose(found.normal[1], 2 * μ * strain, rtol=1e-11)
    assert found.normal[1].mean() == pytest.approx(-0.1, rel=1e-12)


def test_a_casing_is_a_spring_in_series():
    """A box of M/H that would swell by s: σ = −(p + kU), U = (s ε H/M − p H/M)/(1 + k H/M)."""
    (λ, μ), shape, p, k, ε = (1.0, 0.5), (8, 10), 0.02, 0.3, 0.01
    found = Elasticity(box(shape), [FIXED, End(pressure=p, stiffness=k)], 1e-14).solve(
        whole(shape, λ), whole(shape, μ), whole(shape, ε)
    )
    M, H = λ + 2 * μ, 5.0
    moved = (4.0 * ε - p) * H / M / (1 + k * H / M)
    assert found.plates[1] == pytest.approx(moved, rel=1e-12)
    np.testing.assert_allclose(found.normal[1], -(p + k * moved), rtol=1e-12)


@pytest.mark.parametrize(("axes", "cells", "radius", "body"), [(2, 80, 20, 64), (3, 44, 12, 34)])
def test_swollen_lithium_in_a_garnet(axes, cells, radius, body):
    """A cylinder (Eshelby) and a ball (Lamé) against the radial equation of the same diffuse profile: 0.2 % rms."""
    width, strain, shape = 6.0, 1e-3, (cells,) * axes
    grid = box(shape, 1.0)
    places = np.meshgrid(*(np.arange(cells) + 0.5 for _ in shape), indexing="ij")
    r = np.sqrt(sum(x**2 for x in places))
    solid = Elasticity(grid, [FIXED] * axes)
    found = solid.solve(*exact.inclusion(r, radius, body, width, strain))  # symmetric in all axes
    σ_r, σ_t = exact.radial(radius, body, width, strain, float(cells), axes)
    pressure, near = -σ_r(0.0), r < 0.75 * body
    assert pressure > 0
    for k, σ in enumerate(found.normal[:axes]):
        cosine = (places[::-1][k] / r) ** 2
        wanted = σ_r(r) * cosine + σ_t(r) * (1 - cosine)
        assert np.sqrt(np.mean((σ - wanted)[near] ** 2)) < 0.002 * pressure
    # Shear stress is on edges; what it is in the middle of cells is a mean, which a front of six cells blunts
    o = solid.operators
    sheared = o.shear(o.shear_strains([o.local(u) for u in found.displacements]))
    for (k, m), τ in sheared.items():
        x = [p + 0.5 * (axis in (k, m)) for axis, p in enumerate(places[::-1])]  # of the upper edges
        at = np.sqrt(sum(p**2 for p in x))
        wanted = (σ_r(at) - σ_t(at)) * x[k] * x[m] / at**2
        upper = τ[tuple(slice(1, None) if axis in (k, m) else slice(None) for axis in reversed(range(axes)))]
        assert np.sqrt(np.mean((upper - wanted)[near] ** 2)) < 0.002 * pressure
        middle = (σ_r(r) - σ_t(r)) * places[::-1][k] * places[::-1][m] / r**2
        assert np.sqrt(np.mean((found.shear[k, m] - middle)[near] ** 2)) < 0.004 * pressure


@pytest.mark.parametrize("axes", [2, 3])
def test_the_sharp_inclusion(axes):
    """The profile's pressure tends to that of a sharp inclusion in an infinite solid, as the support is to be right.

    Cylinder: p = (1 + ν₁) ε/[(1 + ν₂)/E₂ + (1 + ν₁)(1 − 2ν₁)/E₁] (Eshelby 1957); ball: 3K₁·4μ₂ ε/(3K₁ + 4μ₂).
    """
    ε = 1e-3
    (E1, ν1), (E2, ν2) = exact.LITHIUM, exact.GARNET
    (λ1, μ1), (_, μ2) = exact.constants(E1, ν1), exact.constants(E2, ν2)
    cylinder = (1 + ν1) * ε / ((1 + ν2) / E2 + (1 + ν1) * (1 - 2 * ν1) / E1)
    ball = 4 * μ2 * (3 * λ1 + 2 * μ1) * ε / (3 * λ1 + 2 * μ1 + 4 * μ2)
    σ_r, _ = exact.radial(1.0, 30.0, 0.02, ε, 32.0, axes, nodes=100_000)
    assert -σ_r(0.0) == pytest.approx(cylinder if axes == 2 else ball, rel=0.005)


def test_a_crack_of_one_row_of_cells_opens():
    """Under a tension σ across it: 4aσ/E' in its middle, volume 2πa²σ/E' (Sneddon), within 2 %.

    The crack is a row of 20 cells of 10⁻⁶ stiffness along the bottom, which is its mirror, as is the left side; its tip
    is one cell further than they. The box is ten times as wide.
    """
    a, n, (E, ν) = 20, 200, exact.GARNET
    λ, μ = exact.constants(E, ν)
    weak = np.ones((n, n))
    weak[0, :a] = 1e-6
    found = Elasticity(box((n, n), 1.0), [FIXED, End(pressure=-1.0)], 1e-8).solve(λ * weak, μ * weak, 0 * weak)
    opening, modulus = 2 * found.displacements[1][0, :a], E / (1 - ν**2)
    assert opening[0] == pytest.approx(4 * (a + 1) / modulus, rel=0.02)
    assert 2 * opening.sum() == pytest.approx(2 * np.pi * (a + 1) ** 2 / modulus, rel=0.02)


def test_the_matrix_is_symmetric_and_the_energy_is_the_work():
    """⟨a, Sb⟩ = ⟨b, Sa⟩; and with walls or free ends, ∫ ½ σ:(ε − ε₀) = −½ ∫ σ:ε₀."""
    rng, shape = np.random.default_rng(5), (7, 6, 8)
    λ, μ, ε0 = (rng.uniform(0.5, 4.0, shape[::-1]) for _ in range(3))
    solid = Elasticity(box(shape), [FIXED, End(), End()], 1e-13)
    found = solid.solve(λ, μ, ε0)
    work = -0.5 * np.sum(sum(found.normal) * ε0)
    assert np.sum(found.energy) == pytest.approx(work, rel=1e-10)
    a, b, image = (solid._operator.createVecRight() for _ in range(3))
    a.setArray(rng.normal(size=a.getLocalSize()))
    b.setArray(rng.normal(size=b.getLocalSize()))
    solid._operator.mult(a, image)
    there = image.dot(b)
    solid._operator.mult(b, image)
    assert image.dot(a) == pytest.approx(there, rel=1e-12)


def test_a_stress_is_a_function_of_what_is_given():
    """The second solution has the same bits as the first, whatever was solved between."""
    rng, shape = np.random.default_rng(7), (9, 14)
    solid = Elasticity(box(shape), [FIXED, End(pressure=0.1)])
    first, other = ([rng.uniform(0.5, 2.0, shape[::-1]) for _ in range(3)] for _ in range(2))
    once = solid.solve(*first)
    solid.solve(*other)
    again = solid.solve(*first)
    assert np.array_equal(once.largest_principal, again.largest_principal)
    assert once.plates == again.plates


def test_the_largest_principal_stress():
    """Of pure shear at 45°, and of a box under three pressures."""
    found = Elasticity(box((6, 8, 10)), [End(pressure=p) for p in (3.0, -2.0, 1.0)]).solve(
        *(whole((6, 8, 10), x) for x in (1.0, 1.0, 0.0))
    )
    np.testing.assert_allclose(found.largest_principal, 2.0, rtol=1e-8)


@pytest.mark.timeout(280)
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks(ranks):
    done = mpirun(ranks, Path(exact.__file__), timeout=120)
    assert done.returncode == 0, done.stdout
    there, here = json.loads(done.stdout.splitlines()[-1]), exact.numbers()
    assert there.keys() == here.keys()
    for key, values in here.items():
        for mine, others in zip(values, there[key], strict=True):
            np.testing.assert_allclose(others, mine, rtol=1e-9, atol=1e-9 * max(map(abs, mine)))


def test_the_cost_of_a_cell_does_not_grow():
    """Iterations hardly grow with the grid: the multigrids see all lengths."""
    iterations = []
    for n in (16, 32):
        r = np.sqrt(sum(x**2 for x in np.meshgrid(*(np.arange(n) + 0.5,) * 3, indexing="ij")))
        solid = Elasticity(box((n,) * 3), [FIXED, FIXED, End(pressure=0.1)], 1e-8)
        iterations.append(solid.solve(*exact.inclusion(r, n / 4, n, n / 8, 1e-3)).iterations)
    assert iterations[1] <= 1.6 * iterations[0]
    assert iterations[1] < 30


@pytest.mark.parametrize("wrong", ["iterations", "moduli"])
def test_no_equilibrium_is_an_error(wrong, monkeypatch):
    """After too many iterations, or with a modulus that is no number, there is no stress."""
    shape, rng = (9, 14), np.random.default_rng(1)
    λ, μ, ε0 = (rng.uniform(0.5, 2.0, shape[::-1]) for _ in range(3))
    if wrong == "moduli":
        μ[3, 3] = np.nan
    solid = Elasticity(box(shape), [FIXED, End()])
    if wrong == "iterations":
        monkeypatch.setattr(gmres, "DIRECTIONS", 2)
        monkeypatch.setattr(gmres, "CORRECTIONS", 1)
    with refused(NoEquilibrium, ""):
        solid.solve(λ, μ, ε0)


def test_what_is_refused():
    for young, poisson in ((1.0, 0.5), (1.0, 0.6), (1.0, -1.0), (0.0, 0.3), (-1.0, 0.3)):
        with pytest.raises(ValueError) as caught:
            lame_constants(young, poisson)
        assert str(poisson) in str(caught.value)
    for wrong in ({"stiffness": -1.5}, {"free": False, "pressure": 1.5}):
        with pytest.raises(ValueError, match=r"1\.5"):
            End(**wrong)
    with refused(PhasefieldError, "", "x"):
        Elasticity(Grid((6, 8), (1.0, 1.0), periodic="x"), [FIXED, FIXED])
    with refused(PhasefieldError, "", "y"):
        Elasticity(Grid((6, 8), (1.0, [1.0] * 7 + [2.0])), [FIXED, FIXED])
    assert lame_constants(2.0, 0.25) == pytest.approx((0.8, 0.8))

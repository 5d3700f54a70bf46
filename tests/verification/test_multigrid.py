"""The multigrid of the compiled engine against direct solutions, and how fast it gets there.

Bounds on iterations were written before the first run: FGMRES to 1e-8 in about as many as hypre's BoomerAMG needs.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path

import numpy as np
import pytest

from phasefield.engines.compiled.multigrid import Multigrid
from phasefield.engines.grid import Grid
from tests.parallel.pool import on_ranks
from tests.slow import slow
from tests.verification import multigrid_support
from tests.verification.multigrid_support import SHARED, Problem, block, dense, front, reaction, shared

SHAPES = [(3,), (5, 4), (3, 2, 4), (40,), (13, 9), (9, 7, 5), (2, 11, 6), (1, 8, 9)]


def noise(shape, seed=5):
    return np.random.default_rng(seed).standard_normal(shape[::-1])


def ragged(shape, contrast=1e-3, width=6.0, spacing=None, film=1.0, strength=0.8):
    """The block of a ragged front."""
    conductivity, metal = front(shape, contrast, width)
    return block(conductivity, spacing or (1.0,) * len(shape), reaction(metal, strength), film)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_many_cycles_give_the_direct_solution(shape, sign):
    """Of a small grid, to what float32 leaves (condition number about 100): 1e-4. The smallest are solved at once."""
    values = block(front(shape, contrast=0.1, width=3.0)[0], (1.0,) * len(shape), surplus=0.1)
    b = noise(shape)
    direct = np.linalg.solve(sign * dense(values, shape), b.ravel()).reshape(b.shape)
    cycles = 1 if b.size <= 27 else 25
    assert Problem(shape, sign * values, sign=sign).solve(b, cycles) == pytest.approx(
        direct, abs=1e-4 * abs(direct).max()
    )


#: Even and odd numbers of cells along periodic axes, as neighbours across the seam of odd ones have one colour.
PERIODIC = [((40,), "x"), ((31,), "x"), ((12, 9), "x"), ((12, 9), "y"), ((13, 9), "xy"), ((9, 7, 5), "xyz")]


@pytest.mark.parametrize(("shape", "periodic"), PERIODIC)
def test_periodic_axes(shape, periodic):
    """The same as above, along a ring or on a torus."""
    values = block(front(shape, contrast=0.1, width=3.0)[0], (1.0,) * len(shape), surplus=0.1, periodic=periodic)
    b = noise(shape)
    direct = np.linalg.solve(dense(values, shape), b.ravel()).reshape(b.shape)
    assert Problem(shape, values, periodic=periodic).solve(b, 25) == pytest.approx(direct, abs=1e-4 * abs(direct).max())


@pytest.mark.parametrize(
    ("left", "shape"), [(0.35, (64, 64)), (0.35, (24, 24, 24)), (0.5, (63, 65)), (0.5, (21, 26, 35))]
)
def test_a_cycle_on_a_torus(left, shape):
    """What it leaves of the residual, constant coefficients. The bound of odd numbers was set after a run: 0.42."""
    axes = "xyz"[: len(shape)]
    values = block(np.ones(shape[::-1]), (1.0,) * len(shape), surplus=1e-4, periodic=axes)
    problem, b = Problem(shape, values, periodic=axes), noise(shape)
    start, end = (np.linalg.norm(b - problem.times(problem.solve(b, n))) for n in (1, 5))
    assert (end / start) ** (1 / 4) < left


@pytest.mark.parametrize("shape", [(96, 110), (97, 111), (37, 41, 29)])
def test_iterations_with_periodic_sides(shape):
    """A ragged front, in as many iterations as between mirrors."""
    conductivity, metal = front(shape)
    sides = "xy"[: len(shape) - 1]
    values = block(conductivity, (1.0,) * len(shape), reaction(metal), periodic=sides)
    assert Problem(shape, values, periodic=sides).iterations() <= 14


def upwind(shape, peclet):
    """The block of a flow towards larger x, y and z."""
    values = block(np.ones(shape[::-1]), (1.0,) * len(shape), surplus=0.2)
    for lower in range(1, values.shape[1], 2):
        values[:, lower] -= peclet * (values[:, lower] < 0)
        values[:, 0] += peclet
    return values


def test_upwind_convection_is_solved_too():
    """Rows that are not symmetric: cells of Péclet number 5 along each axis, a value given upstream."""
    shape = (11, 9, 8)
    values = upwind(shape, 5.0)
    b = noise(shape)
    direct = np.linalg.solve(dense(values, shape), b.ravel()).reshape(b.shape)
    assert Problem(shape, values).solve(b, 25) == pytest.approx(direct, abs=1e-4 * abs(direct).max())


@pytest.mark.parametrize("shape", [(64, 64), (24, 24, 24), (21, 26, 35)])
def test_a_cycle_leaves_a_third_at_most(shape):
    """For constant coefficients: of the residual, over four cycles after the first."""
    problem = Problem(shape, block(np.ones(shape[::-1]), (1.0,) * len(shape), surplus=1e-4))
    b = noise(shape)
    start, end = (np.linalg.norm(b - problem.times(problem.solve(b, n))) for n in (1, 5))
    assert (end / start) ** (1 / 4) < 0.35


@pytest.mark.parametrize(
    ("most", "shape", "options"),
    [
        (14, (40, 40, 40), {}),
        (14, (37, 41, 29), {}),
        (16, (40, 40, 40), {"contrast": 1e-6}),
        (20, (40, 40, 40), {"width": 1.5}),
        (24, (40, 40, 40), {"contrast": 1e-6, "width": 1.5}),
        (20, (40, 40, 40), {"film": 1e-4}),
        (24, (32, 32, 32), {"film": 1e-6, "strength": 0.01}),
        (14, (96, 110), {}),
        (20, (96, 110), {"contrast": 1e-6, "width": 1.5}),
        (14, (300,), {}),
        (16, (32, 32, 32), {"spacing": (4.0, 4.0, 1.0)}),
        (16, (32, 32, 32), {"spacing": (1.0, 1.0, 4.0)}),
        (16, (32, 32, 32), {"spacing": (2.0, 1.0, 1.0)}),
        (16, (60, 70), {"spacing": (1.0, 4.0)}),
        (14, (2, 60, 50), {}),
    ],
)
def test_iterations(most, shape, options):
    """Of ragged fronts whose metal conducts 1e-3 or 1e-6 of the electrolyte, films on faces, flat cells, odd sizes."""
    assert Problem(shape, ragged(shape, **options), options.get("spacing")).iterations() <= most


def test_iterations_where_a_reaction_feeds_itself():
    """Less than nothing left on the diagonals of a layer, but the block positive definite. Bound set after a run."""
    shape = (32, 32, 32)
    surplus = np.where(abs(np.arange(32) - 15.5) < 3, -0.05, 0.05)[:, None, None]
    assert Problem(shape, block(np.ones(shape), (1.0,) * 3, surplus)).iterations() <= 14


def test_flat_cells_are_made_coarse_along_their_short_side_first():
    """Told that cells are cubes, a multigrid for cells of 1 × 1 × 1/4 takes half as many iterations more."""
    shape, spacing = (24, 24, 48), (4.0, 4.0, 1.0)
    values = ragged(shape, spacing=spacing)
    told, untold = Problem(shape, values, spacing), Problem(shape, values)
    assert untold.iterations() > 1.5 * told.iterations()
    assert told.multigrid.layouts[1].parts.whole == (24, 24, 24)


def coarse_block(problem):
    """The second level's block, as values of `block`."""
    layout, level = problem.multigrid.layouts[1], problem.multigrid.levels[1]
    g = level.entries.astype(float)
    return np.column_stack([1 / g[:, -1], -g[:, :-1]]), layout.parts.whole


@pytest.mark.parametrize("shape", [(60,), (12, 8), (8, 12, 4)])
def test_coarse_matrix_of_constant_coefficients_is_the_coarse_grid_s(shape):
    """σ A / h of cells of twice the size, to float32."""
    problem = Problem(shape, block(np.ones(shape[::-1]), (1.0,) * len(shape), surplus=0.3))
    values, coarse = coarse_block(problem)
    expected = block(np.ones(coarse[::-1]), (2.0,) * len(shape), surplus=0.3)
    assert values == pytest.approx(expected, rel=1e-6)


def test_coarse_matrix_keeps_convection():
    """In 1-D: the flow is the same through coarse faces as through fine ones, diffusion about half as strong."""
    coarse = -coarse_block(Problem((60,), upwind((60,), 5.0)))[0][5:-5, 1:]
    assert coarse[:, 0] - coarse[:, 1] == pytest.approx(5.0, rel=1e-6)
    assert np.all((coarse[:, 1] > 0.45) & (coarse[:, 1] < 0.7))


def test_coarse_matrix_keeps_resistances_in_series():
    """In 1-D: between the centres of two pairs, half of each pair's own resistance and that of the face between."""
    g = np.array([1.0, 0.5, 1e-5, 2.0, 0.1])  # of the faces of 6 cells, a film on the third
    values = np.zeros((60, 3))
    faces = np.resize(g, 59)
    values[1:, 1] = values[:-1, 2] = -faces
    values[:, 0] = -values[:, 1:].sum(axis=1) + 0.01
    coarse = -coarse_block(Problem((60,), values))[0][:-1, 2]
    r = 1 / faces
    assert coarse == pytest.approx(1 / (0.5 * r[0:-2:2] + r[1:-1:2] + 0.5 * r[2::2]), rel=1e-6)


def test_coarse_matrices_of_a_symmetric_one_are_symmetric():
    """To float32's round-off, at odd sizes too. What is left of the diagonal is not lost: the sums agree."""
    shape = (13, 9, 11)
    values = ragged(shape, film=1e-4)
    coarse, whole = coarse_block(Problem(shape, values))
    matrix = dense(coarse, whole)
    assert matrix == pytest.approx(matrix.T, rel=1e-5)
    assert matrix.sum() == pytest.approx(values.sum(), rel=1e-4)


@pytest.mark.parametrize("shape", [(40,), (20, 17), (12, 11, 10)])
def test_a_singular_block_gives_one_of_its_solutions(shape):
    """No surplus on any diagonal, a right-hand side of mean zero: the residual falls to float32's round-off."""
    problem = Problem(shape, block(np.ones(shape[::-1]), (1.0,) * len(shape)))
    b = noise(shape)
    b -= b.mean()
    u = problem.solve(b, 15)
    assert np.linalg.norm(b - problem.times(u)) < 1e-4 * np.linalg.norm(b)
    assert abs(u).max() < 100 * abs(b).max()


def test_cells_without_entries_are_left_alone():
    """A block of zeros, and one row of zeros: finite, zero there."""
    shape = (9, 8, 7)
    assert not Problem(shape, np.zeros((504, 7))).solve(noise(shape)).any()


def test_what_is_not_a_number_comes_out_as_such_and_leaves_no_trace():
    """The outer solver reports it: no error from the coarsest level's direct solver. Then the same bits as before."""
    shape = (9, 8, 7)
    values, b = ragged(shape), noise(shape)
    problem = Problem(shape, values)
    before = problem.solve(b)
    broken = values.copy()
    broken[40, 0] = np.nan
    problem.setup(broken)
    assert np.isnan(problem.solve(b)).any()
    problem.setup(values)
    assert np.array_equal(problem.solve(b), before)


def test_sharing_work_arrays_changes_nothing():
    """Two blocks, the second with the first's tables and right-hand side, solved in turn: the same bits as alone."""
    shape = (14, 13, 15)
    blocks, b = [ragged(shape), ragged(shape, contrast=0.3, film=1e-3)], noise(shape)
    alone = [Problem(shape, values).solve(b) for values in blocks]
    first = Problem(shape, blocks[0])
    second = Problem(shape, blocks[1], like=first.multigrid)
    for _ in range(2):
        assert np.array_equal(first.solve(b), alone[0])
        assert np.array_equal(second.solve(b), alone[1])
    assert np.array_equal(first.multigrid.u[first.inner], alone[0])


def step_by_step(multigrid, k=0):
    """A V-cycle from zero, one half sweep over the whole level after the other."""
    level, layout = multigrid.levels[k], multigrid.layouts[k]
    if k == len(multigrid.levels) - 1:
        found = np.zeros(layout.shape, np.float32)
        inner = layout.inner(found)
        inner[...] = (multigrid.inverse @ layout.inner(layout.join(level.b)).ravel()).reshape(inner.shape)
        layout.split(found, level.u)
        return
    level.first_sweep()
    for colour in (1, 0, 1):
        level.sweep(colour)
    level.restrict(multigrid.levels[k + 1])
    step_by_step(multigrid, k + 1)
    level.prolong(multigrid.levels[k + 1])
    for colour in (1, 0):
        level.sweep(colour)


@pytest.mark.parametrize("shape", [(61,), (300, 47), (24, 18, 31), (90, 70, 9)])
def test_a_cycle_layer_by_layer_is_one_sweep_after_the_other(shape):
    """To float32's round-off of the coarsest level's product; sizes of several layers, and of one."""
    problem, b = Problem(shape, ragged(shape)), noise(shape)
    found = problem.solve(b)
    multigrid = problem.multigrid
    multigrid.levels[0].u[...] = 0
    step_by_step(multigrid)
    slowly = multigrid.layouts[0].join(multigrid.levels[0].u)[problem.inner]
    assert found == pytest.approx(slowly, abs=1e-5 * abs(found).max())


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="only x86 processors are asked to")
def test_numbers_too_small_for_the_usual_format_become_zero_in_a_cycle_only():
    """1e-40 is such a number in single precision. After the cycle the processor calculates with it as before."""
    shape = (20, 17)
    problem = Problem(shape, ragged(shape))
    assert not problem.solve(np.full(shape[::-1], 1e-40)).any()
    assert problem.solve(np.full(shape[::-1], 1e-30)).any()
    assert np.float32(1e-40) * np.ones(1, np.float32) != 0


@pytest.mark.parametrize("shape", [(64, 64, 64), (500, 500)])
def test_memory(shape):
    """65 bytes a cell, and what other fields need less."""
    multigrid = Multigrid(Grid(shape, (1.0,) * len(shape)))
    assert multigrid.nbytes() / np.prod(shape) < 65
    assert multigrid.nbytes(shared=False) / np.prod(shape) < 50


@pytest.mark.parametrize("ranks", [1, slow(2), 3, slow(4)])
def test_ranks(ranks):
    """Any number of ranks takes as many iterations as one, or one more or less, and repeats itself to the bit."""
    result = on_ranks(ranks, ["-m", multigrid_support.__name__], cwd=Path(__file__).parents[2])
    assert result.returncode == 0, result.stdout
    rows = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert [row["name"] for row in rows] == list(SHARED)
    for row in rows:
        assert row["stale"] == 0, row
        assert row["same"], row
        assert row["residual"] < 1e-4, row
        assert abs(row["iterations"] - serial(row["name"])) <= 1, row
    if ranks > 1:
        assert all(row["shared levels"] > 0 for row in rows if "small" not in row["name"])


def serial(name):
    from mpi4py import MPI

    return shared(name, MPI.COMM_SELF).iterations()

"""What `make bench` compares solves one and the same problem: no speed counts between different answers."""

import shutil

import numpy as np
import pytest

from phasefield.engines import stepping
from tests.benchmarks import accuracy, decks
from tests.benchmarks.problem import Problem
from tests.benchmarks.programs import PROGRAMS
from tests.slow import slow

STEPS = 3
#: Between programs that solve every step to round-off; the issue of the benchmarks asks for it.
STRICT = 1e-7
#: Looks for the surface in the first step, which has no prediction, after which more of them change nothing. After the
#: usual 4, φ still depends by 3e-7 RT/F on the path of Newton's method; the reference engine, whose diffusion
#: coefficients lag, has a path of its own.
SETTLED = 8
#: Factor on the fields' own tolerances (1e-4 and 1e-3) up to which plain FiPy sweeps here. Without it, the rate law
#: before decision 042 would pass: its φ is off by 5e-4 RT/F.
FURTHER = 1e-2
#: Between a program swept so far and the exact solution: sweeps that halve the error stop within their last change,
#: once in every step.
SWEPT = {"xi": STEPS * FURTHER * 1e-4, "phi": STEPS * FURTHER * 1e-3, "c": STEPS * FURTHER * 1e-4}
FLAT, SOLID = (16, 24), (12, 8, 16)
CASES = [(FLAT, "single-ion"), (FLAT, "binary"), (SOLID, "single-ion")]


def after_steps(program, problem):
    """Fields by name after some steps, whatever the path of the first one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepping, "LOOKS", SETTLED)
        for _ in range(STEPS):
            program.step(problem.dt)
    return {name: program.gather(name) for name in problem.names}


@pytest.fixture(scope="module", params=[*CASES, slow((SOLID, "binary"))], ids=str)
def solved(request):
    """A problem, and what phasefield's reference engine makes of it at round-off."""
    problem = Problem.of(*request.param)
    return problem, after_steps(PROGRAMS["fipy"](problem, "strict"), problem)


def test_hand_written_program_solves_the_same_equations(solved):
    """Stencils written by hand from equations (1)-(4) and FiPy's assembly of the model have one solution."""
    problem, reference = solved
    found = after_steps(PROGRAMS["hand-written"](problem, "strict"), problem)
    for name, field in reference.items():
        assert np.abs(found[name] - field).max() < STRICT * max(1, np.abs(field).max()), name


@pytest.mark.parametrize(("cells", "transport"), CASES)
def test_hand_written_program_looks_as_often_as_the_engines(cells, transport):
    """With the usual looks, two programs with the exact Jacobian take one path, also in the first step."""
    problem = Problem.of(cells, transport)
    programs = [PROGRAMS[name](problem, "strict") for name in ("compiled", "hand-written")]
    for _ in range(STEPS):
        for program in programs:
            program.step(problem.dt)
        for name in problem.names:
            expected, found = (program.gather(name) for program in programs)
            assert np.abs(found - expected).max() < STRICT * max(1, np.abs(expected).max()), name


def test_plain_fipy_solves_the_same_equations(solved):
    """A user's own segregated script arrives where the coupled system does, within the sweeps' tolerance."""
    problem, reference = solved
    program = PROGRAMS["plain-fipy"](problem)
    program.tolerance = {name: FURTHER * tolerance for name, tolerance in program.tolerance.items()}
    found = after_steps(program, problem)
    for name, field in reference.items():
        assert np.abs(found[name] - field).max() < SWEPT[name] * max(1, np.abs(field).max()), name


def test_the_problem_is_not_trivial(solved):
    """The front is rough, moves, and bends the potential, so that agreement says something."""
    problem, reference = solved
    xi, phi = reference["xi"], reference["phi"]
    across = tuple(range(1, xi.ndim))
    assert np.ptp(xi, axis=across).max() > 0.1
    assert np.ptp(phi) > 0.1
    start = PROGRAMS["hand-written"](problem).gather("xi")
    assert xi.mean() - start.mean() == pytest.approx(
        STEPS * problem.current * problem.dt / (problem.cells[-1] * problem.case.spacing[-1]), rel=1e-6
    )


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_the_ceiling_program_is_of_second_order():
    """Half the step, about a quarter of the error, and of what its charge misses: 0.2 to 0.4. First order: 0.5."""
    problem, library = Problem.of((16, 16, 32), "single-ion"), accuracy.compiled_c()
    fine, *runs = (accuracy.ceiling(library, problem, steps, stages) for steps, stages in ((640, 5), (20, 9), (40, 9)))
    before = accuracy.start(problem)[0]
    coarse, half = (accuracy.front_error(run, fine, before) for run in runs)
    assert 0.2 < half / coarse < 0.4
    assert 0.2 < runs[1].closure / runs[0].closure < 0.4
    assert coarse < 0.01


def test_fipys_engine_solves_a_salt_in_few_iterations():
    """A multigrid for each field: 5 a solve. One for ξ and c together took 16, and did not converge at 32³."""
    problem = Problem.of((16, 16, 24), "binary")
    counts = PROGRAMS["fipy"](problem).step(problem.dt)
    assert counts["linear"] <= 8 * counts["newton"]


def test_newton_iterations_are_counted_on_graded_cells():
    """`make bench` begins with all shipped decks, and ends if one of them fails."""
    (count,) = decks.iterations("compiled", 1, "inputs/plating_tall.toml")
    assert 1 <= count <= 12

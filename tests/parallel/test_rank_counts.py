"""Any number of ranks gives one answer, also more ranks than cores: fields, and the lithium that was plated."""

import json

import numpy as np
import pytest

from tests.benchmarks.problem import Problem
from tests.benchmarks.programs import PROGRAMS
from tests.parallel.pool import on_ranks

#: Few, so that boxes are nearly as thin as they can be.
CELLS = (6, 6, 11)
STEPS = 1  # every step more is ranks that wait for a core
#: Two and three are those of test_compiled_ranks.py. Four cut two axes, eight all three.
RANKS = (4, pytest.param(8, marks=pytest.mark.slow))
COMPARED = ("compiled", "hand-written")
#: In the strict profile, where every step is solved to round-off.
TOLERANCE = 1e-9

SCRIPT = """
import json, sys
sys.path.insert(0, "")
from mpi4py import MPI
from tests.parallel.test_rank_counts import solve

found = solve()
if MPI.COMM_WORLD.rank == 0:
    print("JSON " + json.dumps(found), flush=True)
"""


def solve():
    """Fields after the steps, as lists, by program and name; on rank 0."""
    found = {}
    for program in COMPARED:
        problem = Problem.of(CELLS, "single-ion")
        solver = PROGRAMS[program](problem, "strict")
        for _ in range(STEPS):
            solver.step(problem.dt)
        fields = {name: solver.gather(name) for name in problem.names}
        found[program] = {name: field.tolist() for name, field in fields.items() if field is not None}
    return found


@pytest.fixture(scope="module")
def fields(tmp_path_factory):
    """The programs' fields on a number of ranks."""
    script = tmp_path_factory.mktemp("ranks") / "script.py"
    script.write_text(SCRIPT)
    found = {1: solve()}

    def fields(ranks):
        if ranks not in found:
            result = on_ranks(ranks, script)
            assert result.returncode == 0, result.stdout
            line = next(line for line in result.stdout.splitlines() if line.startswith("JSON "))
            found[ranks] = json.loads(line.removeprefix("JSON "))
        return found[ranks]

    return fields


@pytest.mark.parametrize("ranks", RANKS)
@pytest.mark.parametrize("program", COMPARED)
def test_fields_do_not_depend_on_the_number_of_ranks(fields, program, ranks):
    alone, together = fields(1)[program], fields(ranks)[program]
    for name, field in alone.items():
        gap = np.abs(np.array(together[name]) - np.array(field)).max()
        assert gap < TOLERANCE * np.abs(field).max(), name


@pytest.mark.parametrize("ranks", [1, *RANKS])
@pytest.mark.parametrize("program", COMPARED)
def test_lithium_is_the_charge_passed_on_any_number_of_ranks(fields, program, ranks):
    """Faraday's law: ∫(ξ − ξ₀) over the box is the current density times area and time, whoever owns which cell."""
    problem = Problem.of(CELLS, "single-ion")
    h = problem.case.spacing
    centres = np.meshgrid(*[(np.arange(n) + 0.5) * d for n, d in zip(CELLS, h, strict=True)], indexing="ij")
    start = problem.initial([x.ravel() for x in centres])["xi"].mean()
    height = CELLS[-1] * h[-1]
    gained = (np.mean(fields(ranks)[program]["xi"]) - start) * height
    assert gained == pytest.approx(STEPS * problem.dt * problem.current, rel=1e-8)

"""The arithmetic behind the benchmark tables, on numbers whose answers are known."""

import math
import subprocess

import pytest
from petsc4py import PETSc

from tests.benchmarks import run
from tests.benchmarks.counts import Counts
from tests.benchmarks.forecast import Machine, coarse_memory, forecast, predict
from tests.benchmarks.jobs import Figure, Job, per_cell
from tests.benchmarks.measure import _events, objects, traffic
from tests.benchmarks.plan import Plan
from tests.benchmarks.problem import Problem
from tests.benchmarks.programs import PROGRAMS
from tests.benchmarks.table import JUDGED, Row, at_least, at_most, markdown, ratio, slope

LOG = """
                         Max       Max/Min     Avg       Total
MPI Msg Count:        9.000e+00     1.000   9.000e+00  1.800e+01
MPI Msg Len (bytes):  1.204e+03     1.000   1.338e+02  2.408e+03
MPI Reductions:       3.300e+01     1.000

Object Type          Creations   Destructions. Reports information only for process 0.

--- Event Stage 0: Main Stage

              Viewer     1              0
   Distributed Mesh     12              7
              Vector     2              2
========================================================
Average time for MPI_Barrier(): 2 3
"""


def test_petsc_log_is_read():
    """Alive is created less destroyed; messages and bytes are totals over ranks."""
    assert objects(LOG) == 1 + 5 + 0
    assert traffic(LOG) == {"messages": 18, "bytes": 2408, "reductions": 33}


def test_set_up_of_the_compiled_engine_is_seen():
    """Made outside PETSc's solve, it is in the log under the name by which it is looked for."""
    PETSc.Log.begin()
    problem = Problem.of((8, 16), "single-ion")
    program, before = PROGRAMS["compiled"](problem), _events()
    program.step(problem.dt)
    spent = {name: seconds - before[name] for name, seconds in _events().items()}
    assert 0.01 * spent["solve"] < spent["setup"] < spent["solve"]


def test_time_per_cell_and_iteration():
    """Two steps of 3 ms and 5 ms with 4 iterations on 1000 cells: 2 µs an iteration, 4 µs a step."""
    steps = [{"cpu": 3e-3, "newton": 1}, {"cpu": 5e-3, "newton": 3}]
    results = [{"cells": [10, 10, 10], "steps": steps}]
    assert per_cell(results, "newton").median == pytest.approx(2)
    assert per_cell(results).median == pytest.approx(4)


def test_ratio_keeps_the_range():
    """Medians 4 and 2: the quotient is 2, and lies between 3/2.5 and 5/1."""
    quotient = ratio(Figure((3.0, 4.0, 5.0)), Figure((1.0, 2.0, 2.5)))
    assert quotient.median == 2
    assert (min(quotient.values), max(quotient.values)) == (3 / 2.5, 5.0)
    assert ratio(None, Figure((1.0,))) is None


def test_memory_slope_ignores_the_first_half():
    """70 bytes a step after a steep beginning."""
    start = [0, 10_000, 20_000, 30_000]
    assert slope({"every": 10, "bytes": [*start, 30_700, 31_400, 32_100, 32_800]}) == pytest.approx(70)


@pytest.mark.parametrize(("bar", "value", "verdict"), [
    (at_most(3), 3.1, "**no**"), (at_most(3), 3.0, "yes"), (at_least(10), 9.9, "**no**"), (at_least(10), 10.0, "yes"),
])  # fmt: skip
def test_bars_judge_the_compiled_engine_only(bar, value, verdict):
    row = Row("time", *bar, {JUDGED: Figure((value,)), "fipy": Figure((1e9 if value < 5 else 0.0,))})
    assert markdown([row], [JUDGED, "fipy"]).splitlines()[-1].endswith(f"{verdict} |")
    absent = Row("time", *bar, {JUDGED: None, "fipy": Figure((1.0,))})
    assert "not there" in markdown([absent], [JUDGED, "fipy"])


def test_a_failed_job_says_so():
    """An unknown program: no numbers, and the reason."""
    result = Job("no-such-program", (16, 16), options=("--nonsense",)).run()
    assert "nonsense" in result["error"]


def test_prediction_adds_its_parts():
    """10 iterations of 1 µs per cell on 1000 cells a rank, 5 messages, 1 MB, 2 reductions of 10 stages, 4 gatherings of
    10 stages and 8 kB in all."""
    machine = Machine(latency=1e-6, bandwidth=1e9)
    parts = predict(1024 * 1000, 1024, 10, 1e-6, 5, 1e6, 2, 4, 8e3, machine)
    assert parts["work"] == pytest.approx(10e-3)
    assert parts["messages"] == pytest.approx(50e-6)
    assert parts["bytes"] == pytest.approx(10e-3)
    assert parts["reductions"] == pytest.approx(200e-6)
    assert parts["gathers"] == pytest.approx(10 * (40e-6 + 8e-6))
    assert parts["step"] == pytest.approx(sum(v for k, v in parts.items() if k != "step"))


def counted(cells, ranks, linear=20.0, reductions=40.0, gathers=0.0):
    cpu, memory = 1e-6 * linear * math.prod(cells), 1e6 + 500 * math.prod(cells) / ranks
    gathered = 1e4 * gathers
    return Counts(cells, ranks, 2, cpu, cpu, 2.0, linear, 0.1, 0.0, 0.0, reductions, gathers, gathered, memory)


def test_forecast_of_what_was_measured_is_what_was_measured():
    """Without growth of the iterations, eight boxes forecast as eight boxes inside: same work and gatherings, 26/7 of
    the messages, twice the faces; of memory what grows with the cells."""
    sizes = [counted((n, n, n), 1) for n in (16, 32)]
    counts = {"size": sizes, "strong": [counted((32, 32, 32), 1), counted((32, 32, 32), 8, gathers=80.0)]}
    sent = {8: {"messages": 70.0, "bytes": 1e5}}
    machine = Machine()
    boxes = forecast(counts, sent, 32, 8)
    assert boxes["linear"] == pytest.approx(20)
    assert boxes["work"] == pytest.approx(20 * 1e-6 * 32**3 / 8)
    assert boxes["messages"] == pytest.approx(20 * 260 * machine.latency)
    assert boxes["bytes"] == pytest.approx(20 * 2e5 / machine.bandwidth)
    assert boxes["gathers"] == pytest.approx(80 * (3 * machine.latency + 1e4 / machine.bandwidth))
    assert boxes["memory"] == pytest.approx(500 * 32**3 / 8 + coarse_memory(2))


def test_forecast_of_many_boxes_grows_from_their_own_neighbours():
    """4 × 4 × 4 boxes have 2.5³ − 1 neighbours in the mean, and 4.5 of 6 faces."""
    sizes = [counted((n, n, n), 1) for n in (16, 32)]
    sent = {64: {"messages": 70.0, "bytes": 1e5}}
    boxes = forecast({"size": sizes, "strong": [sizes[-1], counted((32, 32, 32), 64)]}, sent, 32, 64)
    assert boxes["messages"] == pytest.approx(20 * 70 * 26 / (2.5**3 - 1) * Machine().latency)
    assert boxes["bytes"] == pytest.approx(20 * 1e5 * 6 / 4.5 / Machine().bandwidth)


def test_who_gathers_nothing_keeps_no_coarse_grid():
    sizes = [counted((n, n, n), 1) for n in (16, 32)]
    strong = [sizes[-1], counted((32, 32, 32), 8)]
    found = forecast({"size": sizes, "strong": strong}, {8: {"messages": 1.0, "bytes": 1.0}}, 32, 8)
    assert found["gathers"] == 0
    assert found["memory"] == pytest.approx(500 * 32**3 / 8)


def test_a_deck_that_fails_fails_the_benchmark(monkeypatch):
    """Without a word, too."""
    silent = subprocess.CompletedProcess([], 1, stdout="", stderr="")
    monkeypatch.setattr(run.subprocess, "run", lambda *args, **options: silent)
    with pytest.raises(RuntimeError, match=r"^compiled .*inputs/.* 1: "):
        run.newton("compiled", Plan(("compiled",)))


def test_forecast_lets_iterations_grow_but_never_fall():
    """One Krylov iteration more per doubling of the edge and half a one per doubling of ranks, two Newton iterations:
    from 20 at 32³ on one rank to 20 + 2·(4 + 0.5·10) = 38 at 512³ on 1024. Falling counts are not extrapolated."""
    sent = {8: {"messages": 70.0, "bytes": 1e5}}
    strong = [counted((32, 32, 32), 1), counted((32, 32, 32), 8, linear=23)]
    growing = {"size": [counted((16, 16, 16), 1, linear=18), counted((32, 32, 32), 1)], "strong": strong}
    assert forecast(growing, sent, 512, 1024)["linear"] == pytest.approx(38)
    falling = {"size": [counted((16, 16, 16), 1, linear=25), counted((32, 32, 32), 1)], "strong": strong}
    assert forecast(falling, sent, 512, 1024)["linear"] == pytest.approx(30)

"""What mechanics costs: ``python -m tests.benchmarks.mechanics [elasticity | crack N]``, CPU time of this process.

``elasticity``: a step of plating, and the stress of the same cells, solved again for lithium that has grown by a step.
``crack N``: steps of lithium in half a disc in a box of N × N × N cells, until the crack has grown by a quarter.
Prints one line of JSON. Everything is measured after a small problem was solved once, so that nothing compiles.
"""

from __future__ import annotations

import json
import os
import sys
import time

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np

from phasefield.deck import parse_deck
from phasefield.engines.grid import Grid
from phasefield.mechanics import FIXED, Elasticity, End
from phasefield.physics.registry import build

CELLS, STEPS = 48, 5
CRACK = """
title = "Cost of a crack"
model = "crack"
[domain]
dimension = 3
size = ["{n} um", "{n} um", "{n} um"]
cells = [{n}, {n}, {n}]
[electrolyte]
ionic_conductivity = "0.5 mS/cm"
youngs_modulus = "150 GPa"
poisson_ratio = 0.26
fracture_toughness = "1 MPa m^0.5"
strength = "415 MPa"
[flaw]
length = "{flaw} um"
[kinetics]
law = "linear"
resistance = "10 ohm cm^2"
[[drive.steps]]
mode = "galvanostatic"
current_density = "8 mA/cm^2"
[stop]
time = "60 s"
"""


def elasticity() -> dict:
    """Microseconds per cell of a step of plating, and of the stress of lithium that grows."""
    from tests.benchmarks.problem import Problem
    from tests.benchmarks.programs import PROGRAMS

    problem = Problem.of((CELLS,) * 3, "single-ion")
    PROGRAMS["compiled"](Problem.of((16,) * 3, "single-ion")).step(problem.dt)
    program = PROGRAMS["compiled"](problem)
    plating = [_timed(lambda: program.step(problem.dt)) for _ in range(2 + STEPS)][2:]
    grid = Grid((CELLS,) * 3, (1.0,) * 3)
    solid, z = Elasticity(grid, [FIXED, FIXED, End()]), np.indices((CELLS,) * 3)
    stress = [_timed(lambda k=k: _stress(solid, z, 0.1 * k)) for k in range(2 + STEPS)][2:]
    return {"plating": _per_cell(plating, CELLS), "stress": _per_cell(stress, CELLS)}


def _stress(solid: Elasticity, z: np.ndarray, grown: float) -> None:
    """Stress of a wavy layer of lithium (E = 7.8, ν = 0.38) on a polymer of a tenth of that."""
    height = 0.4 * CELLS + grown + 2 * np.cos(2 * np.pi * z[2] / CELLS) * np.cos(2 * np.pi * z[1] / CELLS)
    part = 0.5 * (1 + np.tanh((height - z[0]) / 2))
    solid.solve(0.9 + 8.1 * part, 0.3 + 2.5 * part, 0.01 * part)


def crack(n: int) -> dict:
    """Steps before and during growth, with what is left of the deck's planned growth."""
    engine_of(9).step(1e-3)
    engine = engine_of(n)
    case, record = engine.case, engine.case.record(engine)
    case.begin(0, engine)
    dt, out = case.first_step, []
    assert engine.initialise(dt).accepted
    length = 1.0
    while length < 1.25:
        start = time.process_time()
        assert engine.step(dt).accepted
        engine.accept()
        record.update(dt)
        row = record.row(0.0)
        out.append({"cpu": time.process_time() - start, "sweeps": row["Sweeps"], "length": record.length, "dt": dt})
        dt, length = min(case.largest_after(row), 1.5 * dt), record.length
        print(out[-1], file=sys.stderr, flush=True)
    return {"cells": n, "steps": out}


def engine_of(n: int):
    """Engine of a crack deck of n cells along each axis, with its case."""
    case = build(parse_deck(CRACK.format(n=n, flaw=max(6, n // 6))))
    engine = case.engine()
    engine.case = case
    return engine


def _timed(work) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _per_cell(times, cells: int) -> float:
    """Median [µs per cell]."""
    return 1e6 * float(np.median(times)) / cells**3


if __name__ == "__main__":
    found = elasticity() if sys.argv[1:] == ["elasticity"] else crack(int(sys.argv[2]))
    print("JSON " + json.dumps(found))

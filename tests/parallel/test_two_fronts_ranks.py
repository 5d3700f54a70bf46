"""Plating over an interphase on 1, 2 and 3 ranks: the same fields and the same books."""

import numpy as np
import pytest

from phasefield.io.rundir import open_run
from tests.parallel.mpi import mpirun
from tests.verification.test_plating_interphase import INPUTS

#: The coated flagship pair's deck on a coarser mesh, a few steps from its start.
OVERRIDES = (
    "domain.cells=[32, 32]", "interface.width=20 nm", "layer.thickness=20 nm", "stop.time=0.2 s", "output.snapshots=1",
    "solver.profile=strict",
)  # fmt: skip
#: Largest difference of a field or column, over its own largest value.
BAR = 1e-8

RUN = f"""
import sys
from phasefield.runner import run

run({str(INPUTS / "flagship_coated.toml")!r}, "run-" + sys.argv[1], overrides={OVERRIDES!r})
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    directory = tmp_path_factory.mktemp("ranks")
    program = directory / "program.py"
    program.write_text(RUN)
    for ranks in (1, 2, 3):
        job = mpirun(ranks, [program, str(ranks)], cwd=directory)
        assert job.returncode == 0, job.stdout
    return {ranks: open_run(directory / f"run-{ranks}") for ranks in (1, 2, 3)}


@pytest.mark.parametrize("ranks", [2, 3])
def test_same_run(runs, ranks):
    """Fields of the last snapshot and columns of every step agree to 1e-8 of their size with the strict profile."""
    one, other = runs[1], runs[ranks]
    assert other.history.rows == one.history.rows > 2
    for name in ("xi", "psi", "phi_i", "phi_e"):
        a, b = one.snapshot(-1)[name], other.snapshot(-1)[name]
        assert np.max(np.abs(a - b)) <= BAR * np.max(np.abs(a)), name
    for column in ("Charge plated [C/m2]", "Charge lost to the interphase [C/m2]", "Cell voltage [V]"):
        a, b = one.history[column], other.history[column]
        assert np.max(np.abs(a - b)) <= BAR * np.max(np.abs(a)), column

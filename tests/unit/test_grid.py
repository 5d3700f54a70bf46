"""Grids that PETSc's integers cannot count are refused before anything is allocated."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
import pytest
from mpi4py import MPI
from petsc4py import PETSc

from phasefield.engines import grid
from phasefield.engines.mesh import make_mesh
from phasefield.errors import PhasefieldError
from phasefield.physics.common import diagnostics
from tests.errors import refused

#: 1300³ cells are 2.2·10⁹: more than 2³¹ − 1, less than 2⁶³.
HUGE = (1300, 1300, 1300)


@pytest.mark.skipif(PETSc.IntType().itemsize == 8, reason="this PETSc has 64-bit indices")
def test_more_unknowns_than_32_bits_are_refused():
    """PETSc would wrap the row numbers; the message says how many there are and what to do."""
    with refused(PhasefieldError, "", "2,197,000,000 unknowns", "2,147,483,647", "64-bit"):
        make_mesh(HUGE, (1.0, 1.0, 1.0))


def test_unknowns_count_not_cells(monkeypatch):
    """1000 cells pass a limit of 1000 with one field and not with two; NumPy's shapes count without overflow."""
    monkeypatch.setattr(grid, "MOST_UNKNOWNS", 1000)
    mesh, _ = make_mesh((10, 100), (1.0, 1.0), fields=1)
    assert mesh.numberOfCells == 1000
    with pytest.raises(PhasefieldError, match="2,000 unknowns"):
        make_mesh((10, 100), (1.0, 1.0), fields=2)
    with pytest.raises(PhasefieldError, match="4,398,046,511,104 unknowns"):
        make_mesh(np.array([2**14] * 3, dtype=np.int32), (1.0, 1.0, 1.0))


def test_an_engine_counts_its_models_fields(monkeypatch):
    """A model of two fields on 256 cells has 512 unknowns."""
    from phasefield.engines.fipy import FipyEngine
    from tests.benchmarks.problem import Problem

    problem = Problem.of((16, 16), "single-ion")
    monkeypatch.setattr(grid, "MOST_UNKNOWNS", 511)
    with pytest.raises(PhasefieldError, match="512 unknowns"):
        FipyEngine(problem.case.model, problem.cells, problem.case.spacing)
    monkeypatch.setattr(grid, "MOST_UNKNOWNS", 512)
    FipyEngine(problem.case.model, problem.cells, problem.case.spacing)


def test_means_at_a_face_are_weighted_by_area():
    """Of x over cells that grow sixfold, it is half the width: exact for the midpoint rule."""
    widths = (1.0, 2.0, 6.0)
    made = grid.Grid((3, 4), (widths, 1.0), MPI.COMM_SELF)
    assert made.mean_at("top", lambda: made.box.centres()[0][0]) == pytest.approx(4.5)


def test_uneven_cells_are_not_measured_as_if_they_were_equal():
    """Maps of contacts are made for equal cells; others are refused by name."""
    made = grid.Grid((3, 4), ((1.0, 2.0, 6.0), 1.0), MPI.COMM_SELF)
    with refused(PhasefieldError, "", "equal", "along x"):
        _ = made.box.sizes


def test_fronts_in_uneven_cells():
    """A flat front is where its profile says, and has the area of the box, wherever cells grow."""
    heights = (1.0, 1.0, 1.5, 2.0, 2.5, 3.0)
    made = grid.Grid((3, 6), (1.0, heights), MPI.COMM_SELF)
    xi = 0.5 * (1 - np.tanh((made.box.centres()[1] - 4.2) / 2)) * np.ones((1, 3))
    assert diagnostics.height_map(xi, made) == pytest.approx(4.2)
    assert diagnostics.area_ratio(xi, made) == pytest.approx(xi[0, 0] - xi[-1, 0])

"""Whose options the linear solver runs with."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import pytest
from petsc4py import PETSc

from phasefield.engines import solver
from phasefield.engines.solver import PROFILES, CoupledSolver, petsc_options
from phasefield.errors import DeckError
from tests.errors import refused


def options_of(*args):
    CoupledSolver(*args)
    found = petsc_options()
    return found["phasefield_pc_type"], found.get("phasefield_fieldsplit_local_pc_type")


def test_options_follow_the_model():
    """One process may run models of several kinds; each gets the preconditioner meant for it."""
    profile = PROFILES["default"]
    assert options_of({"phi"}, profile) == ("fieldsplit", "bjacobi")
    assert options_of({"phi"}, profile, 1) == ("fieldsplit", "hypre")
    assert options_of({"phi"}, profile, 2) == ("fieldsplit", "fieldsplit")
    assert petsc_options()["phasefield_fieldsplit_local_fieldsplit_1_pc_type"] == "hypre"
    assert options_of(set(), profile)[0] == "hypre"
    assert options_of({"phi"}, profile) == ("fieldsplit", "bjacobi")


def test_the_users_options_win(monkeypatch):
    """What was set before the first solve, in the environment or a deck, stays."""
    options = PETSc.Options()
    for key in petsc_options():
        options.delValue(key)
    monkeypatch.setattr(solver, "_ours", set())
    options["phasefield_ksp_type"] = "bcgs"
    try:
        for elliptic in ({"phi"}, set()):
            CoupledSolver(elliptic, PROFILES["default"])
            assert petsc_options()["phasefield_ksp_type"] == "bcgs"
    finally:
        options.delValue("phasefield_ksp_type")


@pytest.mark.parametrize("key", ["pc_type", "phi_pc_type"])
def test_lu_on_ranks_without_a_package_for_it(monkeypatch, key):
    """One line before anything is written, instead of PETSc's error in the first step; one rank needs no package."""
    monkeypatch.setattr(solver, "PARALLEL_LU", ())
    with refused(DeckError, f"solver.petsc.{key}", "lu", "2", "MUMPS", "bjacobi"):
        solver.ask({key: "lu"}, ranks=2)
    solver.ask({key: "bjacobi"}, ranks=2)
    solver.ask({key: "lu"}, ranks=1)
    solver.ask({})


def test_reasons_of_petsc_are_words():
    """Every reason with which PETSc ends without a solution, but those that only say that a method is wrong for it."""
    reasons = PETSc.KSP.ConvergedReason
    for name in ("MAX_IT", "DTOL", "BREAKDOWN", "NANORINF", "PCSETUP_FAILED"):
        assert not any(letter.isdigit() for letter in solver.failure(getattr(reasons, f"DIVERGED_{name}"))), name
    assert len({solver.failure(n) for n in (solver.NOT_FINITE, -3, -4, -5, -9, -11)}) == 6
    assert "-7" in solver.failure(-7)

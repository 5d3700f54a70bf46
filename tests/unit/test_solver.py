"""Whose options the linear solver runs with."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

from petsc4py import PETSc

from phasefield.engines import solver
from phasefield.engines.solver import PROFILES, CoupledSolver, petsc_options


def options_of(*args):
    CoupledSolver(*args)
    found = petsc_options()
    return found["phasefield_pc_type"], found.get("phasefield_fieldsplit_local_pc_type")


def test_options_follow_the_model():
    """One process may run models of several kinds; each gets the preconditioner meant for it."""
    profile = PROFILES["default"]
    assert options_of({"phi"}, profile) == ("fieldsplit", "bjacobi")
    assert options_of({"phi"}, profile, True) == ("fieldsplit", "hypre")
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

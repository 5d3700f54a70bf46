"""PETSc options in decks: those that are allowed, and those that are not."""

import pytest

from phasefield.deck import markdown, parse_deck, petsc
from phasefield.errors import DeckError
from tests.unit.decks import SINGLE_ION


def refused(options: str):
    """The only problem of a deck with these."""
    with pytest.raises(DeckError) as caught:
        parse_deck(SINGLE_ION, "deck", [f"solver.petsc={options}"])
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize(
    "options",
    [
        'ksp_type = "fgmres", phi_pc_type = "hypre"', "ksp_gmres_restart = 20, ksp_rtol = 1e-9, ksp_max_it = 50",
        'pc_type = "lu"', 'pc_type = "fieldsplit", fieldsplit_local_pc_type = "bjacobi"',
        'phi_pc_type = "hypre", phi_pc_hypre_boomeramg_strong_threshold = 0.7, phi_ksp_type = "preonly"',
        'fieldsplit_local_fieldsplit_1_pc_type = "jacobi", phi_e_pc_type = "gamg"',
        "ksp_atol = 0, ksp_divtol = 1000000",
    ],
)  # fmt: skip
def test_what_is_allowed(options):
    parse_deck(SINGLE_ION, "deck", [f"solver.petsc={{ {options} }}"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        # files
        ('ksp_view_mat = "binary"', "is no PETSc option that a deck may set"),
        ('ksp_view_solution = "hdf5"', "no PETSc"),
        ('ksp_view = "ascii"', "no PETSc"), ('ksp_monitor = "x"', "no PETSc"), ("log_view = true", "no PETSc"),
        ('phi_ksp_view_rhs = "binary"', "no PETSc"), ('fieldsplit_phi_mat_view = "binary"', "no PETSc"),
        ('ksp_converged_reason = "x"', "no PETSc"), ('options_file = "x"', "no PETSc"), ("on_error_abort = true", "no"),
        # code, and what crashes
        ('pc_type = "python"', "must be one of fieldsplit"), ('pc_type = "shell"', "must be one of"),
        ('ksp_type = "preonly"', "must be one of"), ('pc_type = "none"', "must be one of"),
        ('pc_type = "ilu"', "one of"),
        ('phi_pc_type = "shell"', "must be one of"), ('phi_pc_type = "fieldsplit"', "must be one of"),
        ('pc_hypre_type = "ams"', "must be one of boomeramg"),
        # numbers with which nothing is solved, or memory ends
        ("ksp_rtol = 1", "must be a number from 1e-16 to 0.1"), ("ksp_atol = 1e30", "must be a number from 0 to 1e-12"),
        ("ksp_rtol = -1e-9", "number"), ("ksp_rtol = nan", "must be a number"), ("ksp_divtol = inf", "a number"),
        ('pc_type = ["lu"]', "must be one of"), ("ksp_rtol = { a = 1 }", "must be a number"),
        ("ksp_gmres_restart = 100000000", "must be a whole number from 2 to 1000"), ("ksp_max_it = 0", "whole number"),
        ("ksp_gmres_restart = 20.0", "whole number"), ("ksp_gmres_restart = true", "whole number"),
        ('ksp_rtol = "1e-9"', "must be a number"), ("pc_type = 3", "must be one of"),
        # slips
        ('ksp_typ = "fgmres"', "did you mean 'ksp_type'"), ('phi_pc_typ = "lu"', "did you mean 'phi_pc_type'"),
        ('pc_type = "hyper"', "did you mean 'hypre'"), ('"PC type" = "lu"', "no PETSc option"), ('"" = 1', "no PETSc"),
        ('phasefield_pc_type = "lu"', "no PETSc option"), ('"a\\u001b[31mb" = 1', "no PETSc option"),
    ],
)  # fmt: skip
def test_what_is_refused(options, said):
    """The error has key, value, allowed values and the nearest option; other options go into the environment."""
    found = refused(f"{{ {options} }}")
    assert found.key.startswith("solver.petsc.") and said in found.message and found.value
    assert "\x1b" not in str(found)
    if "no PETSc" in found.message:
        assert "PETSC_OPTIONS" in found.message


def test_no_allowed_name_writes_or_loads():
    """Words of PETSc's that do."""
    for name in (*petsc.ALLOWED, *petsc.BLOCK):
        assert not any(word in name for word in ("view", "monitor", "file", "log", "python", "load", "stdout", "error"))


def test_all_allowed_names_are_documented():
    text = markdown()
    assert all(f"`{name}`" in text for name in petsc.ALLOWED)

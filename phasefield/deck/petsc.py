"""PETSc options that a deck may set: names, kinds and ranges.

PETSc has options that write files, load code or crash the program, and new ones with every release. So a deck may set
only those listed here; the user who starts the run may set all others in ``PETSC_OPTIONS``.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from phasefield.errors import Problem


@dataclass(frozen=True)
class Range:
    """Numbers in a range; whole numbers if both bounds are."""

    low: float
    high: float

    def takes(self, value: object) -> bool:
        kinds = int if isinstance(self.low, int) and isinstance(self.high, int) else int | float
        return isinstance(value, kinds) and not isinstance(value, bool) and self.low <= value <= self.high

    def __str__(self) -> str:
        whole = isinstance(self.low, int) and isinstance(self.high, int)
        return f"a {'whole ' if whole else ''}number from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class OneOf:
    """One of some words."""

    words: tuple[str, ...]

    def takes(self, value: object) -> bool:
        return isinstance(value, str) and value in self.words

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"


def _words(text: str) -> OneOf:
    return OneOf(tuple(text.split()))


#: Options of the whole system. Excluded are Krylov methods that stop after one application, tolerances that solve
#: nothing, and preconditioners for one rank only ("ilu"; "bjacobi" is the same there).
WHOLE: dict[str, Range | OneOf] = {
    "ksp_type": _words("fgmres gmres lgmres gcr fbcgs bcgs bcgsl tfqmr"),
    "ksp_rtol": Range(1e-16, 0.1),
    "ksp_atol": Range(0.0, 1e-12),
    "ksp_divtol": Range(1e3, 1e100),
    "ksp_max_it": Range(1, 100_000),
    "ksp_gmres_restart": Range(2, 1000),
    "ksp_bcgsl_ell": Range(1, 20),
    "pc_type": _words("fieldsplit hypre gamg lu bjacobi asm jacobi sor"),
    "pc_fieldsplit_type": _words("schur additive multiplicative symmetric_multiplicative"),
    "pc_fieldsplit_schur_fact_type": _words("full upper lower diag"),
    "pc_fieldsplit_schur_precondition": _words("selfp a11 self"),
}
#: Options of the whole system or of a block.
_TUNING: dict[str, Range | OneOf] = {
    "pc_factor_levels": Range(0, 10),
    "pc_factor_shift_type": _words("none nonzero positive_definite inblocks"),
    "pc_asm_overlap": Range(0, 10),
    "pc_sor_omega": Range(0.1, 1.9),
    "pc_sor_its": Range(1, 20),
    "pc_gamg_threshold": Range(-1.0, 1.0),
    "pc_hypre_type": _words("boomeramg"),
    "pc_hypre_boomeramg_strong_threshold": Range(0.0, 1.0),
    "pc_hypre_boomeramg_max_levels": Range(2, 50),
    "pc_hypre_boomeramg_max_iter": Range(1, 20),
    "pc_hypre_boomeramg_cycle_type": _words("V W"),
    "pc_hypre_boomeramg_grid_sweeps_all": Range(1, 10),
    "pc_hypre_boomeramg_truncfactor": Range(0.0, 0.99),
    "pc_hypre_boomeramg_P_max": Range(0, 100),
    "pc_hypre_boomeramg_agg_nl": Range(0, 10),
    "pc_hypre_boomeramg_coarsen_type": _words("HMIS PMIS Falgout CLJP"),
    "pc_hypre_boomeramg_interp_type": _words("ext+i ext+i-cc standard classical direct multipass"),
    "pc_hypre_boomeramg_relax_type_all": _words("SOR/Jacobi symmetric-SOR/Jacobi l1scaled-Jacobi Jacobi Chebyshev"),
}
#: Options of a field's block or of a split.
BLOCK: dict[str, Range | OneOf] = {
    "ksp_type": _words("preonly richardson fgmres gmres bcgs"),
    "ksp_rtol": Range(1e-16, 0.9),
    "ksp_max_it": Range(1, 1000),
    "pc_type": _words("hypre gamg lu bjacobi asm jacobi sor"),
} | _TUNING
ALLOWED = WHOLE | _TUNING
#: Fields with a block of their own, and the splits of the assembled matrix.
_FIELDS = "xi|phi|c|psi|phi_i|phi_e|u|mu"
_PREFIX = re.compile(rf"({_FIELDS}|fieldsplit_(?:local|phi)(?:_fieldsplit_[0-9])?)_(?=ksp_|pc_)")

DESCRIPTION = (
    "PETSc options of the linear solver, without its prefix `phasefield_`, those of a field's block with its name: "
    '`{ ksp_type = "fgmres", phi_pc_type = "hypre" }`. Allowed: ' + ", ".join(f"`{key}`" for key in ALLOWED) + "; any "
    "other in the environment's PETSC_OPTIONS."
)


def problem(key: str, value: object) -> Problem | None:
    """Problem of an option in a deck, or None."""
    where = f"petsc.{key[:60]}"
    found = _PREFIX.match(key)
    start, allowed = (found.end(), BLOCK) if found else (0, ALLOWED)
    name = key[start:]
    if name not in allowed:
        near = difflib.get_close_matches(name[:60], allowed, 1)
        hint = f" (did you mean {key[:start] + near[0]!r}?)" if near else ""
        message = f"is no PETSc option that a deck may set{hint}; inputs/README.md lists them"
        message += "; set others in the environment's PETSC_OPTIONS"
        return Problem(where, message, _shown(value))
    if not allowed[name].takes(value):
        near = difflib.get_close_matches(str(value)[:60], getattr(allowed[name], "words", ()), 1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        return Problem(where, f"must be {allowed[name]}{hint}", _shown(value))
    return None


def _shown(value: object) -> str:
    return repr(value)[:60].replace("'", '"') if isinstance(value, str) else str(value)[:60]

"""The linear solver handed to FiPy: one coupled Newton matrix, block-preconditioned by PETSc."""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from fipy.solvers.petsc.petscSolver import PETScSolver
from petsc4py import PETSc

from phasefield.errors import DeckError, Problem

#: PETSc options of the coupled solve; a deck's or the environment's own ``phasefield_…`` options win.
#: The reaction couples ξ and φ in each cell as strongly as conduction couples φ between cells, so φ is
#: preconditioned by its Schur complement with the diagonal of the other block (selfp), which holds both.
OPTIONS = {
    "ksp_type": "fgmres",
    "pc_type": "fieldsplit",
    "pc_fieldsplit_type": "schur",
    "pc_fieldsplit_schur_fact_type": "full",
    "pc_fieldsplit_schur_precondition": "selfp",
    "fieldsplit_local_ksp_type": "preonly",
    "fieldsplit_phi_ksp_type": "preonly",
    "fieldsplit_phi_pc_type": "hypre",
}
#: A single field needs no blocks.
SINGLE_OPTIONS = {"ksp_type": "fgmres", "pc_type": "hypre"}
PREFIX = "phasefield_"
#: Least residual that is asked for, relative to the sizes of the terms of all equations. In equations with small terms,
#: such as those of electrons in an insulator, a residual far below the round-off of the others still counts.
FLOOR = 1e-20
#: Reason if the equations are not finite, so that nothing was solved. PETSc's reason is never 0 after a solve; its NaN
#: (-9) may come from the preconditioner.
NOT_FINITE = 0
#: Meaning of the reasons why nothing was solved; PETSc's numbers, from its KSPConvergedReason.
FAILURES = {
    NOT_FINITE: "the equations are not finite",
    -3: "linear solver diverged: too many iterations",
    -4: "linear solver diverged: its residual grew beyond ksp_divtol",
    -5: "linear solver diverged: its Krylov method broke down",
    -6: "linear solver diverged: its Krylov method broke down",
    -9: "linear solver diverged: it met numbers that are not finite",
    -11: "linear solver diverged: its preconditioner could not be set up",
}
#: Packages with which PETSc factorises a matrix that several ranks share.
PARALLEL_LU = ("mumps", "superlu_dist", "strumpack", "mkl_cpardiso")
#: Options set here, which the next model may replace, and options that a deck requested.
_ours: set[str] = set()
_asked: set[str] = set()


@dataclass(frozen=True)
class Profile:
    """Tolerances of a solver profile.

    Attributes
    ----------
    linear : float [1]
        Unpreconditioned residual over the right-hand side, if the unknowns are the fields (FiPy).
    newton : float [1]
        Factor on each field's own tolerance.
    update : float [1]
        Unpreconditioned residual over the residual of the equations, if the unknown is Newton's update (compiled). What
        remains of the sum of each equation over the grid is removed, so that balances close to round-off.
    response : float [1]
        The same, with nothing removed, where single cells matter: with numbers of groups of cells, and with fields that
        each cell solves by itself, which may be zero in most cells.
    """

    linear: float
    newton: float
    update: float
    response: float


PROFILES = {
    "default": Profile(linear=1e-9, newton=1.0, update=1e-3, response=1e-8),
    "strict": Profile(linear=1e-13, newton=1e-7, update=1e-14, response=1e-14),
}


def set_options(wanted: dict[str, str]) -> None:
    """Set PETSc options that neither the deck nor the environment gives.

    Options set for an earlier solver are removed.
    """
    options = PETSc.Options()
    for key in list(_ours):
        options.delValue(PREFIX + key)
        _ours.discard(key)
    for key, value in wanted.items():
        if not options.hasName(PREFIX + key):
            options[PREFIX + key] = value
            _ours.add(key)


def failure(reason: int) -> str:
    """Why nothing was solved, in words, of PETSc's reason or `NOT_FINITE`."""
    return FAILURES.get(reason, f"linear solver diverged (KSPConvergedReason {reason} of PETSc)")


def ask(wanted: Mapping[str, str | int | float | bool], ranks: int = PETSc.COMM_WORLD.size) -> None:
    """Set the PETSc options of a deck, given without prefix, in place of those of an earlier deck.

    Raises
    ------
    DeckError
        The deck asks for "lu" on several ranks, for which this PETSc has no package.
    """
    factors = [key for key, value in wanted.items() if key.endswith("pc_type") and value == "lu"]
    if factors and ranks > 1 and not any(map(PETSc.Sys.hasExternalPackage, PARALLEL_LU)):
        message = f"needs a PETSc with MUMPS or SuperLU_DIST on {ranks} ranks, which this one lacks"
        message += ': choose another preconditioner, such as "bjacobi", or run on one rank'
        raise DeckError("deck", [Problem(f"solver.petsc.{key}", message, '"lu"') for key in factors])
    options = PETSc.Options()
    for key in _asked:
        options.delValue(PREFIX + key)
    _asked.clear()
    for key, value in wanted.items():
        options[PREFIX + key] = value
        _ours.discard(key)
        _asked.add(key)


def given(key: str) -> bool:
    """Whether the deck or the environment gives an option, named without prefix."""
    return key not in _ours and PETSc.Options().hasName(PREFIX + key)


def from_environment(key: str) -> bool:
    """Whether the environment gives an option, and not a deck; named without prefix."""
    return key not in _asked and given(key)


def unread() -> list[str]:
    """Options of the deck that no solver has read."""
    library, found = ctypes.CDLL(PETSc.__file__), []  # brings libpetsc's symbols; petsc4py does not bind this one
    for key in sorted(_asked):
        used = ctypes.c_int(0)
        library.PetscOptionsUsed(None, f"{PREFIX}{key}".encode(), ctypes.byref(used))
        if not used.value:
            found.append(key)
    return found


def parts(names: Sequence[str], elliptic: Collection[str]) -> list[tuple[str, list[int]]]:
    """Fields that form a block of the matrix, by the block's name in PETSc's options; none without fields."""
    local = [k for k, name in enumerate(names) if name not in elliptic]
    other = [k for k, name in enumerate(names) if name in elliptic]
    return [(label, members) for label, members in (("local", local), ("phi", other)) if members]


def _local_options(multigrids: int) -> dict[str, str]:
    """Options of the block of fields that are not elliptic, see `CoupledSolver`."""
    block = "fieldsplit_local_"
    if multigrids < 2:
        return {block + "pc_type": "hypre" if multigrids else "bjacobi"}
    chosen = {block + "pc_type": "fieldsplit", block + "pc_fieldsplit_type": "multiplicative"}
    for k in range(multigrids):
        chosen |= {f"{block}fieldsplit_{k}_ksp_type": "preonly", f"{block}fieldsplit_{k}_pc_type": "hypre"}
    return chosen


class CoupledSolver(PETScSolver):
    """Solves the system that FiPy assembled and keeps the convergence reason, which FiPy would only log.

    Parameters
    ----------
    elliptic : set of str
        Names of the fields without a time derivative of their own; the rest form the other block.
    profile : Profile
    multigrids : int
        Number of fields of the other block, if one of them diffuses over many cells in a step; else 0. Each has a
        multigrid then, one after the other: a single one for all of them does not converge where one field changes
        another much, as the front does the little salt in the metal behind it.
    """

    def __init__(self, elliptic: set[str], profile: Profile, multigrids: int = 0):
        super().__init__(tolerance=profile.linear, criterion="RHS", iterations=400, precon=None)
        self.elliptic, self.reason, self.iterations_done = elliptic, 0, 0
        set_options(OPTIONS | _local_options(multigrids) if elliptic else SINGLE_OPTIONS)

    def _canSolveAsymmetric(self):
        return True

    def _solve_(self, L, x, b):
        L.assemble()
        if not all(np.isfinite(part.norm()) for part in (L, x, b)):
            self.reason, self.iterations_done = NOT_FINITE, 0
            return x
        ksp = PETSc.KSP().create(L.comm)
        ksp.setOptionsPrefix(PREFIX)
        ksp.setOperators(L)
        ksp.setInitialGuessNonzero(True)
        # a first guess near the solution makes any residual on the way look divergent
        ksp.setTolerances(rtol=self.tolerance, atol=1e-300, divtol=1e30, max_it=self.iterations)
        blocks = self._blocks(L)
        if len(blocks) > 1:
            ksp.getPC().setType("fieldsplit")
            ksp.getPC().setFieldSplitIS(*blocks)
        ksp.setFromOptions()
        inner = self._split_local(ksp.getPC(), blocks)
        ksp.solve(b, x)
        self.reason, self.iterations_done = ksp.getConvergedReason(), ksp.getIterationNumber()
        ksp.destroy()
        for _, rows in (*blocks, *inner):
            rows.destroy()
        return x

    def _split_local(self, pc, blocks):
        """Rows of each field in the local block, if its preconditioner is one for each."""
        if len(blocks) < 2 or pc.getType() != "fieldsplit":
            return []
        pc.setUp()
        local = pc.getFieldSplitSubKSP()[0].getPC()
        if local.getType() != "fieldsplit":
            return []
        fields = sum(name not in self.elliptic for name in self._names)
        first, last = local.getOperators()[0].getOwnershipRange()
        n = (last - first) // fields
        inner = [(str(k), PETSc.IS().createStride(n, first + k * n, 1, comm=pc.comm)) for k in range(fields)]
        local.setFieldSplitIS(*inner)
        local.setFromOptions()
        return inner

    @property
    def _names(self) -> list[str]:
        return [variable.name for variable in getattr(self.var, "vars", [self.var])]

    def _blocks(self, L):
        """Rows of the local and of the elliptic fields; FiPy stores a rank's rows field by field."""
        names = self._names
        first, last = L.getOwnershipRange()
        n = (last - first) // len(names)
        blocks = []
        for label, members in parts(names, self.elliptic):
            rows = [row for k in members for row in range(first + k * n, first + (k + 1) * n)]
            blocks.append((label, PETSc.IS().createGeneral(rows, comm=L.comm)))
        return blocks


PETSC_VERSION = ".".join(map(str, PETSc.Sys.getVersion()))


def petsc_options() -> dict[str, str]:
    """The PETSc options in use, for the run directory."""
    return dict(PETSc.Options().getAll())

"""The linear solver that stays: one KSP for all Newton iterations and steps, its preconditioner rebuilt once a step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from petsc4py import PETSc

from phasefield.engines.solver import OPTIONS, PREFIX, SINGLE_OPTIONS, Profile, set_options

#: What is left of a residual that is all round-off, relative to the terms it is the sum of.
ROUND_OFF = 1e-16

#: BoomerAMG with coarser coarse grids than its default: a little more iterations, each half as long.
MULTIGRID = {
    "boomeramg_strong_threshold": "0.5",
    "boomeramg_coarsen_type": "HMIS",
    "boomeramg_interp_type": "ext+i",
    "boomeramg_P_max": "4",
    "boomeramg_agg_nl": "1",
}


def options(diffusive: Sequence[bool], coupled: bool) -> dict[str, str]:
    """PETSc options of the solver.

    Parameters
    ----------
    diffusive : sequence of bool
        Of the fields that are not elliptic: which diffuse over many cells in a step.
    coupled : bool
        Whether there are elliptic fields.

    Notes
    -----
    Multigrid takes a block for one field. So where a salt diffuses, the fields of the local block are solved one after
    the other: 8 iterations instead of 22, each a third shorter.
    """
    if not coupled:
        return SINGLE_OPTIONS | {f"pc_hypre_{key}": value for key, value in MULTIGRID.items()}
    phi, local = "fieldsplit_phi_pc_hypre_", "fieldsplit_local_"
    chosen = OPTIONS | {phi + key: value for key, value in MULTIGRID.items()}
    kinds = ["hypre" if far else "bjacobi" for far in diffusive]
    if len(kinds) == 1 or not any(diffusive):
        return chosen | {local + "pc_type": kinds[0]}
    split = local + "pc_fieldsplit_"
    chosen |= {local + "pc_type": "fieldsplit", split + "type": "multiplicative", split + "block_size": str(len(kinds))}
    for k, kind in enumerate(kinds):
        part = f"{local}fieldsplit_{k}_"
        chosen |= {f"{split}{k}_fields": str(k), part + "ksp_type": "preonly", part + "pc_type": kind}
    return chosen


class UpdateSolver:
    """Solves for Newton's update: J δ = −residual.

    The tolerance is relative to the residual itself, so that no size of step makes the first guess good enough, but
    not below what round-off leaves.

    Parameters
    ----------
    matrix : CellMatrix
    names : sequence of str
        Of the fields.
    elliptic : set of str
        Those without a time derivative of their own.
    diffusive : set of str
        Those that diffuse over many cells in a step.
    profile : Profile
    """

    def __init__(self, matrix, names: Sequence[str], elliptic: set[str], diffusive: set[str], profile: Profile):
        self.matrix, self.profile = matrix, profile
        self._blocks = _blocks(matrix.petsc, names, elliptic)
        coupled = len(self._blocks) > 1
        self._options = options([name in diffusive for name in names if name not in elliptic], coupled)
        self.residual, self.update = matrix.petsc.createVecLeft(), matrix.petsc.createVecRight()
        self._ksp: PETSc.KSP | None = None
        self._due = True

    @property
    def ksp(self) -> PETSc.KSP:
        """Made when it is first wanted, as PETSc's options are common to all engines of a program."""
        if self._ksp is None:
            set_options(self._options)
            self._ksp = PETSc.KSP().create(self.matrix.petsc.comm)
            self._ksp.setOptionsPrefix(PREFIX)
            self._ksp.setOperators(self.matrix.petsc)
            if len(self._blocks) > 1:
                self._ksp.getPC().setType("fieldsplit")
                self._ksp.getPC().setFieldSplitIS(*self._blocks)
            self._ksp.setFromOptions()
        return self._ksp

    def renew(self) -> None:
        """Build the preconditioner again at the next solve, and keep it until told again.

        Once a step: to keep it over several steps gains nothing, as the iterations grow by what the setup costs, and
        would let a step depend on those before it.
        """
        self._due = True

    def solve(self, magnitude: float) -> tuple[int, int]:
        """PETSc's reason, and iterations; ``update`` then holds the result.

        Parameters
        ----------
        magnitude : float
            Norm of the sums of the sizes of each row's terms.
        """
        if not np.isfinite(magnitude):
            return PETSc.KSP.ConvergedReason.DIVERGED_NANORINF, 0
        fresh = self._due
        reason, iterations = self._try(magnitude)
        if reason <= 0 and not fresh:  # the matrix has moved too far from the preconditioner's
            self._due = True
            reason, more = self._try(magnitude)
            iterations += more
        return reason, iterations

    def _try(self, magnitude: float) -> tuple[int, int]:
        self.ksp.getPC().setReusePreconditioner(not self._due)
        self._due = False
        self.ksp.setTolerances(rtol=self.profile.update, atol=max(ROUND_OFF * magnitude, 1e-300), max_it=400)
        self.update.set(0.0)
        self.ksp.solve(self.residual, self.update)
        return self.ksp.getConvergedReason(), self.ksp.getIterationNumber()


def _blocks(matrix, names, elliptic):
    """Rows of the local and of the elliptic fields."""
    first, last = matrix.getOwnershipRange()
    field = np.arange(first, last) % len(names)
    blocks = []
    for label, members in (
        ("local", [k for k, name in enumerate(names) if name not in elliptic]),
        ("phi", [k for k, name in enumerate(names) if name in elliptic]),
    ):
        if members:
            rows = np.arange(first, last)[np.isin(field, members)].astype(PETSc.IntType)
            blocks.append((label, PETSc.IS().createGeneral(rows, comm=matrix.comm)))
    return blocks

"""The linear solver that stays: one KSP for all Newton iterations and steps, its preconditioner rebuilt once a step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from petsc4py import PETSc

from phasefield.engines.solver import PREFIX, Profile, set_options

#: What is left of a residual that is all round-off, relative to the terms it is the sum of.
ROUND_OFF = 1e-16


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
    profile : Profile
    diffusive : bool
        Whether a field of the other block diffuses over many cells in a step.
    """

    def __init__(self, matrix, names: Sequence[str], elliptic: set[str], profile: Profile, diffusive: bool):
        self.matrix, self.profile = matrix, profile
        set_options(bool(elliptic), diffusive)
        self.ksp = PETSc.KSP().create(matrix.petsc.comm)
        self.ksp.setOptionsPrefix(PREFIX)
        self.ksp.setOperators(matrix.petsc)
        self._blocks = _blocks(matrix.petsc, names, elliptic)
        if len(self._blocks) > 1:
            self.ksp.getPC().setType("fieldsplit")
            self.ksp.getPC().setFieldSplitIS(*self._blocks)
        self.ksp.setFromOptions()
        self.residual, self.update = matrix.petsc.createVecLeft(), matrix.petsc.createVecRight()
        self._due = True

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

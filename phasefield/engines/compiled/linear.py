"""Persistent linear solver for all Newton iterations and steps; the preconditioner is rebuilt once a step."""

from __future__ import annotations

import weakref

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from phasefield.engines.compiled.assembled import Assembled
from phasefield.engines.compiled.blocks import Blocks
from phasefield.engines.compiled.gmres import DIRECTIONS, Gmres
from phasefield.engines.solver import FLOOR, NOT_FINITE, PREFIX, Profile, given, set_options

#: Largest shift of an update, over its largest value. A shift that corrects a loose solution is much smaller.
LARGEST_SHIFT = 0.1
#: Number of directions that PETSc's GMRES keeps after another solver has failed.
MANY = 100

#: Event in PETSc's log for the setup of the engine's own preconditioners, which PETSc's events do not cover.
RENEWAL = "PhasefieldRenew"
#: Event for the engine's own solver.
SOLUTION = "PhasefieldSolve"

#: Options that are not set here if the user gives them.
ASKED = ("ksp_type", "ksp_gmres_restart", "ksp_rtol", "ksp_atol", "ksp_divtol", "ksp_max_it")


class UpdateSolver:
    """Solves for Newton's update: J δ = −residual.

    The tolerance is relative to the residual itself, so that the zero first guess is never accepted, but not below the
    round-off of the residual.

    Parameters
    ----------
    system : Blocks or Assembled
    profile : Profile
    """

    def __init__(self, system: Blocks | Assembled, profile: Profile):
        self.system, self.profile = system, profile
        self._ksp: PETSc.KSP | None = None
        self._due, self._thorough = True, False
        self._own: Gmres | None = None  # made at first use, if no options ask for PETSc's solvers
        self._tolerance = profile.update
        # PETSc crashes at exit if the Python objects of its shells were deleted
        self._end = weakref.finalize(self, system.operator.destroy)

    @property
    def ksp(self) -> PETSc.KSP:
        """The KSP; created at first use, since PETSc's options are shared by all engines of a program."""
        if self._ksp is None:
            set_options(self.system.options)
            self._ksp = ksp = PETSc.KSP().create(self.system.operator.comm)
            ksp.setOptionsPrefix(PREFIX)
            ksp.setOperators(self.system.operator)
            self.system.attach(ksp)
            ksp.setFromOptions()
            self._end.detach()
            weakref.finalize(self, _destroy, ksp, self.system.operator)
        return self._ksp

    @property
    def _given(self) -> set[str]:
        """Options of the solver that the user has given."""
        return {key for key in ASKED if given(key)}

    def renew(self) -> None:
        """Rebuild the preconditioner at the next solve, and then keep it until the next call.

        Called once a step: keeping it over several steps saves nothing, since more iterations cost as much as the
        setup, and would make a step depend on earlier ones.
        """
        self._due = True
        self._thorough = False

    def solve(self, magnitude: float, tolerance: float) -> tuple[int, int]:
        """PETSc's reason or `NOT_FINITE`, and iterations; ``system.update`` then holds the result.

        If the solver fails, it is repeated with a preconditioner of the present matrix, and finally with GMRES with
        many directions, which is then used for the rest of the step.

        Parameters
        ----------
        magnitude : float
            Norm of the sums of the sizes of each row's terms.
        tolerance : float
            Residual over that of the equations. Where it is loose, what is left of their sums is removed.
        """
        self._tolerance = tolerance
        if not np.isfinite(magnitude):
            return NOT_FINITE, 0
        fresh = self._due
        reason, iterations = self._try(magnitude)
        if reason <= 0 and not fresh:  # the matrix differs too much from the preconditioner's
            self._due = True
            reason, more = self._try(magnitude)
            iterations += more
        if reason <= 0 and not self._thorough and "ksp_type" not in self._given:
            self._thorough = True
            reason, more = self._try(magnitude)
            iterations += more
        if reason > 0 and tolerance > self.profile.response and not self._balance():
            self._tolerance = self.profile.response
            reason, more = self._try(magnitude)
            iterations += more
        return reason, iterations

    def _try(self, magnitude: float) -> tuple[int, int]:
        system, comm = self.system, self._comm
        if self._due and not np.isfinite(comm.allreduce(float(system.entries.values.sum()))):
            return NOT_FINITE, 0  # a residual may be finite while its slope is not: no preconditioner then
        if self._due:
            with PETSc.Log.Event(RENEWAL):
                system.renew()
        least = max(FLOOR * magnitude, 1e-300)
        if isinstance(system, Blocks) and system.plain and not self._thorough and not self._given:
            self._due = False
            self._own = self._own or Gmres(system)
            with PETSc.Log.Event(SOLUTION):
                return self._own.solve(self._tolerance, least)
        return self._petsc(least)

    def _petsc(self, least: float) -> tuple[int, int]:
        """The same by PETSc, with GMRES unless an option asks for something else."""
        ksp, system, asked = self.ksp, self.system, self._given
        if "ksp_gmres_restart" not in asked:  # each time: a step must not depend on those before
            ksp.setGMRESRestart(MANY if self._thorough else DIRECTIONS)
        ksp.getPC().setReusePreconditioner(not self._due)
        self._due = False
        wanted = {
            "rtol": self._tolerance,
            "atol": least,
            "divtol": 1e30,  # residuals may rise far above the first before they fall
            "max_it": 400,
        }
        ksp.setTolerances(**{key: value for key, value in wanted.items() if f"ksp_{key}" not in asked})
        system.solution.set(0.0)
        ksp.solve(system.right, system.solution)
        return ksp.getConvergedReason(), ksp.getIterationNumber()

    @property
    def _comm(self) -> MPI.Comm:
        return self.system.operator.comm.tompi4py()

    def _balance(self) -> bool:
        """Shift the update of each field by a constant, so that the sum of each linear equation over the grid is zero.

        Otherwise what the solver leaves of this sum would be an error of the balances. If the sums hardly depend on a
        shift, a large one would be needed, in the next iteration again: then nothing is shifted, and the result is
        False.
        """
        system, comm = self.system, self._comm
        sums, largest = system.entries.sums(system.update)
        sums, most = comm.allreduce(sums), comm.allreduce(float(largest), MPI.MAX)
        if not np.isfinite(sums).all():
            return True  # the verdict is that a field is not finite
        shift = np.linalg.lstsq(sums[:, :-1], sums[:, -1], rcond=None)[0]
        if np.abs(shift).max() > LARGEST_SHIFT * most:
            return False
        system.update[...] += shift[:, None]
        return True


def _destroy(*objects) -> None:
    for each in objects:
        each.destroy()

"""GMRES in the precision of the matrix, inside an iteration that corrects its solution in double precision."""

from __future__ import annotations

import math

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from phasefield.engines.compiled.blocks import Blocks

#: Least residual over the first one that a precision is relied on for.
LEAST: dict[type, float] = {np.float32: 1e-4, float: 1e-12}
#: Directions that are kept, and corrections after which the solver gives up.
DIRECTIONS, CORRECTIONS = 30, 40

_REASON = PETSc.KSP.ConvergedReason


class Gmres:
    """Solver for systems of which each field has a multigrid.

    Vectors have the precision of the matrix, and so has the residual that they reduce, scaled to the size 1. A
    tolerance that this precision cannot be relied on for, or that takes more directions than are kept, is reached in
    several corrections: the residual of all that has been found is computed in double precision, and the next
    correction reduces it further.

    The matrix multiplies what the multigrids have found, in single precision, where they have put it, with the ghost
    cells that they have exchanged.

    Parameters
    ----------
    system : Blocks

    Notes
    -----
    Y. Saad, SIAM J. Sci. Comput. 14 (1993) 461, with classical Gram–Schmidt: two reductions for an iteration.
    """

    def __init__(self, system: Blocks):
        self._system, self._comm = system, system.grid.comm
        self._basis: list[np.ndarray] = []
        self._found: list[np.ndarray] = []  # what the preconditioner makes of each vector of the basis

    def solve(self, wanted: float, least: float) -> tuple[int, int]:
        """PETSc's reason and iterations; `system.update` then holds the solution. Collective.

        Parameters
        ----------
        wanted : float
            Residual over the right-hand side.
        least : float
            Residual that is small enough in any case.
        """
        system, done, relied = self._system, 0, LEAST[self._system.kind]
        left, update = system.entries.residual.reshape(-1), system.update.reshape(-1)
        size = self._norm(left)
        target = max(wanted * size, least)
        update[:] = 0.0
        for _ in range(CORRECTIONS):
            if not math.isfinite(size):
                return _REASON.DIVERGED_NANORINF, done
            if size <= target:
                return _REASON.CONVERGED_RTOL, done
            iterations, reached = self._correct(left, size, max(target / size, relied))
            done += iterations
            if target >= relied * size and reached:
                return _REASON.CONVERGED_RTOL, done
            left = system.entries.residual.reshape(-1) - system.times(update)
            size = self._norm(left)
        return _REASON.DIVERGED_MAX_IT, done

    def _correct(self, right: np.ndarray, size: float, wanted: float) -> tuple[int, bool]:
        """Reduce a right-hand side of the given size, and add the solution to the update.

        Returns
        -------
        int
            Iterations.
        bool
            Whether the residual is as small as is wanted.
        """
        system, vectors = self._system, self._system.vectors
        kind = system.kind
        np.multiply(right, 1 / size, out=self._vector(self._basis, 0, kind), casting="same_kind")
        columns: list[list[float]] = []  # of the triangular factor of the Hessenberg matrix
        turns: list[tuple[float, float]] = []  # Givens rotations that made it so
        left = [1.0]
        while len(columns) < DIRECTIONS and abs(left[-1]) > wanted:
            k = len(columns)
            system.precondition(self._basis[k])
            system.collect(self._vector(self._found, k, np.float32))
            w = self._vector(self._basis, k + 1, kind)
            system.multiply(w)
            column = self._reduced([vectors.dot(v, w) for v in self._basis[: k + 1]])
            for v, part in zip(self._basis, column, strict=False):
                vectors.add(w, kind(-part), v)
            rest = self._norm(w)
            if not math.isfinite(rest):
                return k + 1, False
            for j, (c, s) in enumerate(turns):
                column[j], column[j + 1] = c * column[j] + s * column[j + 1], c * column[j + 1] - s * column[j]
            length = math.hypot(column[k], rest)
            if length == 0.0:
                break
            turns.append((column[k] / length, rest / length))
            column[k] = length
            columns.append(column)
            left[k:] = [turns[k][0] * left[k], -turns[k][1] * left[k]]
            if rest:
                w *= kind(1 / rest)
        parts = [0.0] * len(columns)
        for k in reversed(range(len(columns))):
            parts[k] = (left[k] - sum(columns[j][k] * parts[j] for j in range(k + 1, len(columns)))) / columns[k][k]
        for part, found in zip(parts, self._found, strict=False):
            vectors.add(system.update.reshape(-1), size * part, found)
        return len(columns), abs(left[-1]) <= wanted

    def _vector(self, vectors: list[np.ndarray], k: int, kind: type) -> np.ndarray:
        """The kth of some vectors, which are made when they are first wanted."""
        if k == len(vectors):
            vectors.append(self._system.room.array(self._system.entries.residual.size, kind))
        return vectors[k]

    def _reduced(self, sums: list[float]) -> list[float]:
        """Sums over all ranks."""
        total = np.array(sums)
        self._comm.Allreduce(MPI.IN_PLACE, total)
        return total.tolist()

    def _norm(self, vector: np.ndarray) -> float:
        return math.sqrt(self._reduced([self._system.vectors.dot(vector, vector)])[0])

"""GMRES in the precision of the matrix, inside an iteration that corrects its solution in double precision."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from phasefield.engines.compiled.room import Room
from phasefield.engines.grid import Grid

#: Least residual over the first one that a precision is relied on for.
LEAST: dict[type, float] = {np.float32: 1e-4, float: 1e-12}
#: Directions that are kept, and corrections after which the solver gives up.
DIRECTIONS, CORRECTIONS = 30, 40
#: Vectors in one array, all of whose products with another read that one once.
EACH = 4

_REASON = PETSc.KSP.ConvergedReason


class System(Protocol):
    """What is solved: a matrix, and a preconditioner that leaves what it has found where the matrix finds it.

    Attributes
    ----------
    grid : Grid
    kind : type
        Of the matrix and of the vectors that it is multiplied with: ``numpy.float32`` or ``float``.
    vectors : module
        Generated functions of vectors, see `products.vectors`.
    residual, update : ndarray of float
        Right-hand side and solution, flat.
    room : Room
        Memory for the solver's vectors.
    """

    grid: Grid
    kind: Any
    vectors: ModuleType
    room: Room

    @property
    def residual(self) -> np.ndarray: ...

    @property
    def update(self) -> np.ndarray: ...

    def precondition(self, r: np.ndarray) -> None:
        """Solve approximately for r. Collective."""

    def collect(self, out: np.ndarray) -> None:
        """Copy what has been found."""

    def multiply(self, out: np.ndarray) -> None:
        """The matrix times what has been found. Collective."""

    def times(self, x: np.ndarray) -> np.ndarray:
        """The matrix times x, in double precision. Collective."""


class Vectors:
    """Vectors of a system, which are made when they are first wanted, `EACH` in one array."""

    def __init__(self, system: System, kind: type):
        self._system, self._kind = system, kind
        self._made: list[np.ndarray] = []

    def vector(self, k: int) -> np.ndarray:
        """The kth; all before it must be there."""
        if k == EACH * len(self._made):
            size = self._system.residual.size
            self._made.append(self._system.room.array(EACH * size, self._kind).reshape(EACH, size))
        return self._made[k // EACH][k % EACH]

    def blocks(self, count: int) -> Iterator[tuple[np.ndarray, slice]]:
        """The arrays of the first vectors, and which these are."""
        for start, block in zip(range(0, count, EACH), self._made, strict=False):
            yield block, slice(start, min(start + EACH, count))


class Gmres:
    """Solver for systems with a preconditioner in single precision.

    Vectors have the precision of the matrix, and so has the residual that they reduce, scaled to the size 1. A
    tolerance that this precision cannot be relied on for, or that takes more directions than are kept, is reached in
    several corrections: the residual of all that has been found is computed in double precision, and the next
    correction reduces it further.

    The matrix multiplies what the multigrids have found, in single precision, where they have put it, with the ghost
    cells that they have exchanged.

    Parameters
    ----------
    system : System

    Notes
    -----
    Y. Saad, SIAM J. Sci. Comput. 14 (1993) 461, with classical Gram–Schmidt: two reductions for an iteration.
    """

    def __init__(self, system: System):
        self._system, self._comm = system, system.grid.comm
        self._basis = Vectors(system, system.kind)
        self._found = Vectors(system, np.float32)  # what the preconditioner makes of the basis

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
        left, update = system.residual, system.update.reshape(-1)
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
            left = system.residual - system.times(update)
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
        system, kind, basis = self._system, self._system.kind, self._basis
        np.multiply(right, 1 / size, out=basis.vector(0), casting="same_kind")
        columns: list[list[float]] = []  # of the triangular factor of the Hessenberg matrix
        turns: list[tuple[float, float]] = []  # Givens rotations that made it so
        left = [1.0]
        while len(columns) < DIRECTIONS and abs(left[-1]) > wanted:
            k = len(columns)
            system.precondition(basis.vector(k))
            system.collect(self._found.vector(k))
            w = basis.vector(k + 1)
            system.multiply(w)
            column = self._products(basis, k + 1, w)
            self._add(w, -np.array(column, kind), basis)
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
        self._add(system.update.reshape(-1), size * np.array(parts), self._found)
        return len(columns), abs(left[-1]) <= wanted

    def _products(self, vectors: Vectors, count: int, w: np.ndarray) -> list[float]:
        """The products of the first vectors with one, over all ranks."""
        sums = np.empty(count)
        for block, some in vectors.blocks(count):
            self._system.vectors.dots(block, len(sums[some]), w, sums[some])
        self._comm.Allreduce(MPI.IN_PLACE, sums)
        return sums.tolist()

    def _add(self, w: np.ndarray, factors: np.ndarray, vectors: Vectors) -> None:
        """w += the first vectors times factors."""
        for block, some in vectors.blocks(len(factors)):
            self._system.vectors.add(w, factors[some], block, len(factors[some]))

    def _norm(self, vector: np.ndarray) -> float:
        square = np.empty(1)
        self._system.vectors.dots(vector[None], 1, vector, square)
        self._comm.Allreduce(MPI.IN_PLACE, square)
        return math.sqrt(square[0])

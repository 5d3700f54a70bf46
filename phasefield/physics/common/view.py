"""View of the present state of a run in SI units, for a model's measurements and a user's observers."""

from __future__ import annotations

from typing import Any

import numpy as np
from mpi4py import MPI

from phasefield.errors import RunError


class FieldView:
    """The present fields of a run. Methods marked collective must be called on every rank.

    Parameters
    ----------
    engine : NewtonEngine
    case : Case

    Attributes
    ----------
    engine : NewtonEngine
        Access to everything else: dimensionless values, fluxes, cells at boundaries.
    """

    def __init__(self, engine, case):
        self.engine, self._case = engine, case
        self._scales = {f.name: f.scale for f in (*engine.model.fields, *engine.model.static)}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fields, including those fixed in time."""
        return tuple(self._scales)

    def values(self, name: str) -> np.ndarray:
        """A field in the cells of this rank, in its own unit; a copy, axes (last, …, x).

        Raises
        ------
        RunError
            The run has no such field.
        """
        if name not in self._scales:
            raise RunError(f"no field {name!r} in this run; it has {', '.join(self.names)}")
        return self.engine.owned(name) * self._scales[name]

    def coordinates(self) -> list[np.ndarray]:
        """Coordinates of the centres of this rank's cells [m], x first; arrays of axes (last, …, x)."""
        box, length = self.engine.box, self._case.scales.length
        return [box.own(np.broadcast_to(x, box.ghosted_shape)) * length for x in box.centres()]

    def whole(self, of: str | np.ndarray) -> np.ndarray | None:
        """Gather a field, or an array over this rank's cells, on rank 0; None elsewhere. Collective."""
        return self.engine.grid.whole(self._array(of))

    def mean(self, of: str | np.ndarray) -> float:
        """Mean over the volume. Collective.

        Parameters
        ----------
        of : str or ndarray
            Name of a field, or an array over the cells of this rank, such as ``view.values("T") ** 2``.
        """
        values = self._array(of)
        return self.engine.grid.integral(values) / self.engine.grid.integral(np.ones_like(values))

    def integral(self, of: str | np.ndarray) -> float:
        """Integral over the box [m to the power of its dimensions, times the unit of what is integrated]. Collective.

        Parameters
        ----------
        of : str or ndarray
            As for :meth:`mean`.
        """
        box = self.engine.box
        size = [box.length(axis) * self._case.scales.length for axis in range(len(box.shape))]
        return self.mean(of) * float(np.prod(size))

    def squared_gradient(self, name: str) -> np.ndarray:
        """|∇u|² of a field in the cells of this rank, in the square of its unit per m²; axes (last, …, x).

        In each direction the mean of the squares on both faces of a cell: the integral of it is what the discretised
        equations reduce as a gradient energy. Faces at the ends of the box count as mirrors.

        Raises
        ------
        RunError
            The run has no such field.
        """
        self.values(name)  # refuses unknown names
        box, values = self.engine.box, self.engine.ghosted(name)
        total = np.zeros(box.owned_shape)
        for axis in range(values.ndim):
            across = np.moveaxis(values, -1 - axis, 0)
            widths = np.moveaxis(np.broadcast_to(box.widths(axis), values.shape), -1 - axis, 0)
            slopes = np.diff(across, axis=0) / (0.5 * (widths[1:] + widths[:-1]))
            squares = np.concatenate([0 * across[:1], slopes**2, 0 * across[:1]])
            total += box.own(np.moveaxis(0.5 * (squares[1:] + squares[:-1]), 0, -1 - axis))
        return total * (self._scales[name] / self._case.scales.length) ** 2

    def minimum(self, of: str | np.ndarray) -> float:
        """Smallest value. Collective."""
        return self._over_ranks(np.min(self._array(of)), MPI.MIN)

    def maximum(self, of: str | np.ndarray) -> float:
        """Largest value. Collective."""
        return self._over_ranks(np.max(self._array(of)), MPI.MAX)

    def _array(self, of: Any) -> np.ndarray:
        return self.values(of) if isinstance(of, str) else np.asarray(of, float)

    def _over_ranks(self, value, operation: MPI.Op) -> float:
        return float(self.engine.comm.allreduce(float(value), operation))

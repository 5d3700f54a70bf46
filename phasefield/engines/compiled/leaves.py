"""Leaves of expressions: variables whose numbers are read when a kernel runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from fipy.variables.variable import Variable

from phasefield.errors import TraceError

DECLARE = "what differs from place to place must be a field, a static field or an auxiliary of the model"


@dataclass(frozen=True, eq=False)
class Leaf:
    """A FiPy variable whose numbers are read when the kernel runs.

    Attributes
    ----------
    variable : fipy.Variable
    array : tuple of str
        Kind and name of the array with its values in each cell; empty for a single number.
    part : tuple
        Index of the number of a variable that is the same everywhere: component, cells or faces.
    """

    variable: Variable
    array: tuple[str, ...] = ()
    part: tuple = ()

    def number(self) -> float:
        """The present value of a variable that is the same everywhere.

        Raises
        ------
        TraceError
            It is no longer the same everywhere.
        """
        values = np.asarray(self.variable.value, float)
        if values.ndim == 0:
            return float(values)
        part = values.reshape(-1, values.shape[-1])[self.part]
        if np.ptp(part) != 0.0:
            raise TraceError(f"{named(self.variable)} was the same everywhere and is not any more; {DECLARE}")
        return float(part[0])

    def __repr__(self):
        return self.variable.name or type(self.variable).__name__


def named(variable) -> str:
    """Name of a variable in messages."""
    name = getattr(variable, "name", "")
    return f"{name!r}" if name else f"a {type(variable).__name__}"

"""All that an engine's next step depends on, as data, and back; where nothing changes, the next step has the same bits.

Boundary conditions are not part of it: the drive that is in force at a time says them. Nor are preconditioners, which
are made anew in every step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from phasefield.engines.stepping import NewtonEngine

#: Ending of the name of a field one step before, which the next step extrapolates from.
BEFORE = ".before"


def arrays(engine: NewtonEngine) -> dict[str, np.ndarray]:
    """Owned values by name, axes (last, …, x); dimensionless."""
    found = {f.name: engine.owned(f.name) for f in engine.fields}
    return found | {name + BEFORE: engine.slab.owned(values) for name, values in engine._previous.items()}


def numbers(engine: NewtonEngine) -> dict[str, Any]:
    """What is no field, as JSON; the same on every rank."""
    return {
        "extrapolates": bool(engine._previous),
        "previous dt": engine._previous_dt,
        "scalars": {x.name: float(x.value) for x in engine.model.scalars},
    }


def restore(engine: NewtonEngine, found: dict[str, Any], read: Callable[[str], np.ndarray]) -> None:
    """Put an engine back into a state.

    Parameters
    ----------
    engine : NewtonEngine
        With the boundary conditions of that time in force.
    found : dict
        What :func:`numbers` gave.
    read : callable
        Values of a name that :func:`arrays` gave, with the neighbours' layers.
    """
    for x in engine.model.scalars:
        x.setValue(found["scalars"][x.name])
    engine._previous = {}
    for f in engine.fields:
        variable = getattr(engine.v, f.name)
        variable.setValue(read(f.name).ravel())
        variable.updateOld()
        if found["extrapolates"]:
            engine._previous[f.name] = read(f.name + BEFORE).ravel()
            variable.old.setValue(engine._previous[f.name])
    engine._previous_dt = found["previous dt"]
    engine._update_inflow()

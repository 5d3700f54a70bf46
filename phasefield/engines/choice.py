"""Which engine runs a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from phasefield.engines.fipy import FipyEngine
from phasefield.engines.solver import ask
from phasefield.engines.stepping import NewtonEngine
from phasefield.errors import TraceError

EngineName = Literal["auto", "compiled", "fipy"]


def make_engine(
    name: EngineName,
    model,
    shape,
    spacing,
    profile: str = "default",
    max_newton: int = 12,
    petsc: Mapping[str, Any] | None = None,
) -> NewtonEngine:
    """The engine of a name, for a model on a grid. Collective.

    Parameters
    ----------
    name : str
        ``"compiled"``, ``"fipy"``, or ``"auto"``: compiled if all of the model can be, else FiPy; the engine's
        ``remark`` then says why.
    model, shape, spacing, profile, max_newton
        As for :class:`phasefield.engines.stepping.NewtonEngine`.
    petsc : mapping, optional
        PETSc options without their prefix.

    Raises
    ------
    TraceError
        ``"compiled"``, and a part of the model has no compiled form.
    """
    ask(petsc or {})
    if name != "fipy":
        from phasefield.engines.compiled.engine import CompiledEngine  # Numba takes a while to import

        try:
            return CompiledEngine(model, shape, spacing, profile, max_newton)
        except TraceError as error:
            if name == "compiled":
                raise
            remark = f"runs on the FiPy engine, several times slower: {error}"
    else:
        remark = ""
    engine = FipyEngine(model, shape, spacing, profile, max_newton)
    engine.remark = remark
    return engine

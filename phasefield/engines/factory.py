"""Choice of the engine that runs a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from phasefield.engines.fipy import FipyEngine
from phasefield.engines.solver import ask
from phasefield.engines.stepping import NewtonEngine
from phasefield.engines.unstructured import MeshEngine, fipy_mesh
from phasefield.errors import TraceError
from phasefield.mesh.triangles import Triangles
from phasefield.run import garbage

if TYPE_CHECKING:
    from phasefield.engines.compiled.engine import CompiledEngine
    from phasefield.engines.compiled.split import SplitEngine

EngineName = Literal["auto", "compiled", "fipy"]

#: Beginning of the remark if the engine is not the first choice.
SLOWER = "runs on the FiPy engine, several times slower"


def compiled_engine() -> type[CompiledEngine]:
    """The compiled engine's class. Its first import takes a while, and the FiPy engine does without Numba."""
    with garbage.importing():
        from phasefield.engines.compiled.engine import CompiledEngine
    return CompiledEngine


def split_engine() -> type[SplitEngine]:
    """The same with split steps."""
    with garbage.importing():
        from phasefield.engines.compiled.split import SplitEngine
    return SplitEngine


def make_engine(
    name: EngineName,
    model,
    shape,
    spacing,
    profile: str = "default",
    max_newton: int = 12,
    order: int = 1,
    petsc: Mapping[str, Any] | None = None,
    split: bool = False,
) -> NewtonEngine:
    """The engine of a name, for a model on a grid. Collective.

    Parameters
    ----------
    name : str
        ``"compiled"``, ``"fipy"``, or ``"auto"``: compiled if the whole model can be compiled, else FiPy; the engine's
        ``remark`` then gives the reason.
    model, shape, spacing, profile, max_newton, order
        As for :class:`phasefield.engines.stepping.NewtonEngine`.
    petsc : mapping, optional
        PETSc options without their prefix.
    split : bool
        Split each step, which only the compiled engine does.

    Raises
    ------
    TraceError
        ``"compiled"``, and a part of the model has no compiled form; or its steps cannot be split.
    """
    ask(petsc or {})
    if split:
        return split_engine()(model, shape, spacing, profile, max_newton)
    if name != "fipy":
        try:
            return compiled_engine()(model, shape, spacing, profile, max_newton, order)
        except TraceError as error:
            if name == "compiled":
                raise
            remark = f"{SLOWER}: {error}"
    else:
        remark = ""
    engine = FipyEngine(model, shape, spacing, profile, max_newton, order)
    engine.remark = remark
    return engine


def make_mesh_engine(
    name: EngineName,
    model,
    triangles: Triangles,
    profile: str = "default",
    max_newton: int = 12,
    order: int = 1,
    petsc: Mapping[str, Any] | None = None,
) -> NewtonEngine:
    """The engine of a name, for a model on a mesh of triangles: FiPy's.

    Parameters
    ----------
    name, profile, max_newton, order, petsc
        As for :func:`make_engine`.
    model : Model
    triangles : Triangles
        In the model's length.

    Raises
    ------
    TraceError
        ``"compiled"``.
    RunError
        Several ranks.
    """
    ask(petsc or {})
    reason = "the compiled engine is for boxes, not for meshes of triangles"
    if name == "compiled":
        raise TraceError(reason)
    engine = MeshEngine(model, fipy_mesh(triangles), profile, max_newton, order)
    engine.remark = "" if name == "fipy" else f"{SLOWER}: {reason}"
    return engine

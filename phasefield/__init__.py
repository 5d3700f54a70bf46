"""Phase-field simulation of lithium plating and interphase growth, and of models of your own.

>>> import phasefield
>>> run = phasefield.run("inputs/plating_uncoated.toml")        # doctest: +SKIP
>>> run.history["Tip height [m]"][-1]                           # doctest: +SKIP

:func:`run` takes a deck, :func:`simulate` a :class:`Model` of your own (docs/your_model.md), :func:`restart`
continues a run, :func:`open_run` reads one, :func:`render` draws some, :func:`view` shows some in a page.
"""

from typing import TYPE_CHECKING

import phasefield.run  # noqa: F401 - the package, now: later it would take the name of the function

if TYPE_CHECKING:
    from phasefield.engines.symbolic import linearize
    from phasefield.io.rundir import open_run
    from phasefield.physics.common.columns import Column
    from phasefield.physics.common.model import Boundary, CoefficientField, Field, LaggedField, Model
    from phasefield.postprocess.render import render_runs as render
    from phasefield.postprocess.viewer.launch import view
    from phasefield.run.runner import restart, run
    from phasefield.run.simulate import Grid, simulate
    from phasefield.units import Dimensional
else:
    del run

__version__ = "0.2.0"

#: Where the public names live; loaded when first used, because MPI, PETSc and FiPy take a second.
_HOMES = {
    "Boundary": "phasefield.physics.common.model",
    "CoefficientField": "phasefield.physics.common.model",
    "Column": "phasefield.physics.common.columns",
    "Dimensional": "phasefield.units",
    "Field": "phasefield.physics.common.model",
    "Grid": "phasefield.run.simulate",
    "LaggedField": "phasefield.physics.common.model",
    "Model": "phasefield.physics.common.model",
    "linearize": "phasefield.engines.symbolic",
    "open_run": "phasefield.io.rundir",
    "render": "phasefield.postprocess.render:render_runs",
    "restart": "phasefield.run.runner",
    "run": "phasefield.run.runner",
    "simulate": "phasefield.run.simulate",
    "view": "phasefield.postprocess.viewer.launch",
}

__all__ = [
    "Boundary",
    "CoefficientField",
    "Column",
    "Dimensional",
    "Field",
    "Grid",
    "LaggedField",
    "Model",
    "__version__",
    "linearize",
    "open_run",
    "render",
    "restart",
    "run",
    "simulate",
    "view",
]


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'phasefield' has no attribute {name!r}")
    from importlib import import_module

    module, _, inside = _HOMES[name].partition(":")
    return getattr(import_module(module), inside or name)


def __dir__():
    return sorted({*globals(), *__all__})

"""Phase-field simulation of lithium plating and interphase growth.

>>> import phasefield
>>> run = phasefield.run("inputs/plating_uncoated.toml")        # doctest: +SKIP
>>> run.history["Tip height [m]"][-1]                           # doctest: +SKIP
"""

from typing import TYPE_CHECKING

import phasefield.run  # noqa: F401 - the package, now: later it would take the name of the function

if TYPE_CHECKING:
    from phasefield.io.rundir import open_run
    from phasefield.run.runner import restart, run
else:
    del run

__version__ = "0.1.0"
__all__ = ["__version__", "open_run", "restart", "run"]

#: Where the public names live; loaded when first used, because MPI, PETSc and FiPy take a second.
_HOMES = {"run": "phasefield.run.runner", "restart": "phasefield.run.runner", "open_run": "phasefield.io.rundir"}


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'phasefield' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)

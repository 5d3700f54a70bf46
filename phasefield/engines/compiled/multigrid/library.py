"""The kernels of `stencils`, compiled."""

from __future__ import annotations

import functools
from pathlib import Path
from types import ModuleType

from phasefield.engines.compiled import cache


@functools.cache
def kernels(axes: int) -> ModuleType:
    """The module for so many dimensions.

    It is kept with the generated ones, so a package that cannot be written to, and many jobs, do no harm.
    """
    text = Path(__file__).with_name("stencils.py").read_text(encoding="utf-8")
    return cache.load(text.replace("AXES = 3", f"AXES = {axes}"))

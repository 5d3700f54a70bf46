"""The kernels of `stencils`, compiled."""

from __future__ import annotations

import functools
from pathlib import Path
from types import ModuleType

from phasefield.engines.compiled import cache


@functools.cache
def kernels(axes: int) -> ModuleType:
    """The compiled module for a number of dimensions.

    It is cached with the generated modules, so that read-only packages and simultaneous jobs work.
    """
    text = Path(__file__).with_name("stencils.py").read_text(encoding="utf-8")
    return cache.load(text.replace("AXES = 3", f"AXES = {axes}"))

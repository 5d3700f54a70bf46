"""The kernels of `stencils`, compiled."""

from __future__ import annotations

import functools
from pathlib import Path
from types import ModuleType

from phasefield.engines.compiled import cache


@functools.cache
def kernels() -> ModuleType:
    """The module, kept with the generated ones: so a package that cannot be written to, and many jobs, do no harm."""
    return cache.load(Path(__file__).with_name("stencils.py").read_text(encoding="utf-8"))

"""When Python searches for garbage, cycles of objects that nothing else refers to: not where there is none.

What is dropped outside of cycles is freed at once, as ever.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left() -> Iterator[None]:
    """No search meanwhile: imports and compilers make a million objects and drop few, and it would take a tenth."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


@contextmanager
def importing() -> Iterator[None]:
    """The same; and later searches pass over what there is then, since modules stay until the process ends.

    Each search of them all takes 0.1 s, and there are several in a short run, the last ones when Python ends. Where the
    modules have been imported before, nothing changes: what an earlier run has left is still searched.
    """
    known = len(sys.modules)
    with left():
        yield
    if len(sys.modules) > known:
        gc.freeze()

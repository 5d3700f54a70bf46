"""Python's search for cyclic garbage: switched off where there is none, since it costs a third of a start.

Objects outside of cycles are freed at once as before.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left() -> Iterator[None]:
    """Search for no garbage meanwhile: imports and compilers make a million objects and drop few of them."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


@contextmanager
def importing() -> Iterator[None]:
    """The same, and later searches leave out the imported objects, since modules stay until the process ends.

    Each search of all objects takes 0.1 s, and a short run makes several. If nothing was imported, nothing changes:
    objects that an earlier run has left are still searched.
    """
    known = len(sys.modules)
    with left():
        yield
    if len(sys.modules) > known:
        gc.freeze()

"""Memory that is freed goes back to the machine.

SuperLU_DIST, a part of many builds of PETSc, tells the C library on loading to keep all memory for later. A run would
then hold what its largest measurement once needed, besides what its steps need (record 068).
"""

from __future__ import annotations

import ctypes
from functools import cache

#: Parameters of glibc's ``mallopt``: how much freed memory at the heap's end is kept, the size from which an array gets
#: memory of its own, which goes back at once, and the largest number of such arrays. Both sizes are larger than glibc's
#: own, so that smaller arrays are used again without a call of the system.
TRIM_THRESHOLD, MMAP_THRESHOLD, MMAP_MAX = -1, -3, -4
VALUES = {MMAP_THRESHOLD: 1 << 22, TRIM_THRESHOLD: 1 << 22, MMAP_MAX: 1 << 16}


@cache
def give_back() -> None:
    """Set the C library so for the whole process, once; others than glibc do it anyway."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        for parameter, value in VALUES.items():
            mallopt(parameter, value)

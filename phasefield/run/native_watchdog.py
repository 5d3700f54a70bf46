"""A watch that needs no Python to run.

A rank that waits for another one inside PETSc holds Python's lock, so no thread of Python can see that it hangs. This
one is a thread of the system that runs a few lines of machine code. It counts its own ticks and not the time, so a
process that was suspended and woken again has lost one tick.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numba import carray, cfunc, types

from phasefield.parallel import EXIT_ABORTED

#: Ticks without a beat after which the process ends.
TICKS = 25
_BEATS, _OVER, _TICK, _TEXT, _LENGTH = range(5)
_usleep: Any = types.ExternalFunction("usleep", types.int32(types.uint32))
_write: Any = types.ExternalFunction("write", types.intp(types.int32, types.intp, types.intp))
_exit: Any = types.ExternalFunction("_exit", types.void(types.int32))


@cfunc(types.voidptr(types.voidptr))
def _watch(address):
    state = carray(address, 5, np.int64)
    seen, idle = state[_BEATS], 0
    while state[_OVER] == 0:
        _usleep(state[_TICK])
        idle = idle + 1 if state[_BEATS] == seen else 0
        seen = state[_BEATS]
        if idle >= TICKS and state[_OVER] == 0:
            _write(2, state[_TEXT], state[_LENGTH])
            _exit(EXIT_ABORTED)
    return address


class Heartbeat:
    """Ends the process if no beat comes for some time.

    Parameters
    ----------
    patience : float [s]
    text : str
        Written to standard error then.
    """

    def __init__(self, patience: float, text: str):
        self._text = ctypes.create_string_buffer(text.encode())
        tick = min(int(1e6 * patience / TICKS), 2**31)
        self._state = np.array([0, 0, tick, ctypes.addressof(self._text), len(self._text) - 1], np.int64)

    def start(self) -> None:
        """Begin to watch; what the thread looks at stays in memory until the process ends."""
        _KEPT.append(self)
        thread = ctypes.c_ulong()
        library = ctypes.CDLL(None)
        address = ctypes.c_void_p(_watch.address)
        if library.pthread_create(ctypes.byref(thread), None, address, ctypes.c_void_p(self._state.ctypes.data)):
            raise OSError("no thread for the watchdog")
        library.pthread_detach(thread)

    def beat(self) -> None:
        """All is well."""
        self._state[_BEATS] += 1

    def stop(self) -> None:
        """Watch no longer."""
        self._state[_OVER] = 1


#: Of this process: a thread may look once more after it was stopped.
_KEPT: list[Heartbeat] = []

"""A watch that needs no Python to run.

A rank that waits for another one inside PETSc holds Python's lock, so no thread of Python can see that it hangs. This
one is a thread of the system that runs a few lines of machine code. It counts its own ticks and not the time, so a
process that was suspended and woken again has lost one tick.
"""

from __future__ import annotations

import ctypes
import functools

import llvmlite.binding as llvm
import numpy as np

from phasefield.parallel import EXIT_ABORTED

#: Ticks without a beat after which the process ends.
TICKS = 25
_BEATS, _OVER, _TICK, _TEXT, _LENGTH = range(5)

#: The thread, as LLVM's intermediate representation: to compile the same function with Numba takes half a second at
#: each start. It sleeps for a tick, then reads the state: it returns when the watch is over, and ends the process after
#: `TICKS` ticks without a new beat.
_PROGRAM = f"""
declare i32 @usleep(i32)
declare i64 @write(i32, i8*, i64)
declare void @_exit(i32)

define i8* @watch(i64* %state) {{
begin:
  %beats = getelementptr i64, i64* %state, i64 {_BEATS}
  %over = getelementptr i64, i64* %state, i64 {_OVER}
  %first = load volatile i64, i64* %beats
  br label %look
look:
  %seen = phi i64 [%first, %begin], [%now, %count]
  %idle = phi i64 [0, %begin], [%ticks, %count]
  %ended = load volatile i64, i64* %over
  %stopped = icmp ne i64 %ended, 0
  br i1 %stopped, label %stop, label %sleep
sleep:
  %tick.at = getelementptr i64, i64* %state, i64 {_TICK}
  %tick = load i64, i64* %tick.at
  %tick.short = trunc i64 %tick to i32
  %slept = call i32 @usleep(i32 %tick.short)
  %now = load volatile i64, i64* %beats
  %same = icmp eq i64 %now, %seen
  %one.more = add i64 %idle, 1
  %ticks = select i1 %same, i64 %one.more, i64 0
  %hangs = icmp sge i64 %ticks, {TICKS}
  br i1 %hangs, label %end, label %count
count:
  br label %look
end:
  %ended.meanwhile = load volatile i64, i64* %over
  %stopped.meanwhile = icmp ne i64 %ended.meanwhile, 0
  br i1 %stopped.meanwhile, label %stop, label %die
die:
  %text.at = getelementptr i64, i64* %state, i64 {_TEXT}
  %text.address = load i64, i64* %text.at
  %text = inttoptr i64 %text.address to i8*
  %length.at = getelementptr i64, i64* %state, i64 {_LENGTH}
  %length = load i64, i64* %length.at
  %written = call i64 @write(i32 2, i8* %text, i64 %length)
  call void @_exit(i32 {EXIT_ABORTED})
  unreachable
stop:
  ret i8* null
}}
"""


@functools.cache
def _machine_code():
    """LLVM's engine that holds the program, for as long as the process lives."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(_PROGRAM), machine)
    engine.finalize_object()
    return engine


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
        address = ctypes.c_void_p(_machine_code().get_function_address("watch"))
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

"""A process that has imported what a run needs, and forks runs, which then start without these imports.

:mod:`phasefield.study.warm` starts it as ``python -m phasefield.run.warm MODEL`` and sends requests through its
standard input, a socket. MPI may not be running when a process forks, so each run starts MPI, PETSc and FiPy itself.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module

from phasefield.run import garbage
from phasefield.run.startup_signals import STOP_SIGNALS, listen

#: Largest request [byte], also the largest argument of a command on Linux.
MOST = 1 << 17
#: What a run imports, except FiPy, PETSc, and the modules of this package that import them.
MODULES = (
    "numpy", "scipy.linalg", "scipy.ndimage", "scipy.sparse.csgraph", "scipy.sparse.linalg", "scipy.special",
    "sympy", "sympy.sets.setexpr", "h5py", "matplotlib", "tomlkit", "tqdm", "mpi4py.MPI",
    "phasefield.cli", "phasefield.engines.compiled.cache", "phasefield.run.runner",
)  # fmt: skip
#: The same for a model.
PARTS = "deck", "check", "columns"


def main() -> None:
    """Answer requests until the other end of the socket is closed. In each run's own process this returns, too."""
    channel = socket.socket(fileno=os.dup(0))
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)  # no run, and no process that waits for one, may keep the socket open
    os.environ.pop("MPLBACKEND", None)  # see phasefield.__main__
    with garbage.left():
        _import(sys.argv[1])
        gc.freeze()
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)  # they are for the runs, which get them once they listen
    while True:
        request, streams, _, _ = socket.recv_fds(channel, MOST, 2)
        _collect(os.WNOHANG if request else 0)
        if not request:
            return
        if os.fork() == 0:
            channel.close()
            log, reply = streams
            _fork_and_report(reply)
            return _run(json.loads(request), log)
        for stream in streams:
            os.close(stream)


def _import(model: str) -> None:
    """Import what can be imported without MPI."""
    import mpi4py

    mpi4py.rc.initialize, mpi4py.rc.finalize = False, True
    for module in MODULES:
        import_module(module)
    from phasefield.physics import registry
    from phasefield.units import quantity

    for part in PARTS if model in registry.PACKAGES else ():  # a model of another package may import FiPy
        registry.part(model, part)
    quantity("1 um", "m")  # reads all units


def _fork_and_report(reply: int) -> None:
    """Fork; return in the child. The parent writes the child's number, waits for it, writes its exit code, and ends."""
    child = os.fork()
    if child == 0:
        os.close(reply)
        return
    try:
        try:
            os.write(reply, b"%d\n" % child)
        except BrokenPipeError:  # nobody waits for it any more, so nobody holds the lock of its member
            os.kill(child, signal.SIGKILL)
        os.write(reply, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    finally:
        os._exit(0)


def _collect(flags: int) -> None:
    """Collect processes that have ended, so that their time counts as this one's."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, flags)[0]:
            pass


def _run(arguments: list[str], log: int) -> None:
    """The command line in this process, as a job of its own: a session, a log, random numbers."""
    os.setsid()
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    listen()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    import numpy
    from mpi4py import MPI

    from phasefield import __main__ as program

    numpy.random.seed()  # noqa: NPY002  as an import does, since models and observers of users may draw from it
    MPI.Init_thread(MPI.THREAD_MULTIPLE)  # as mpi4py does when it is imported
    sys.argv = [program.__file__, *arguments]
    program.main()


if __name__ == "__main__":
    main()

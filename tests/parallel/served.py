"""A rank that runs the programs it is sent, until nobody can send any: ``python -m tests.parallel.served SOCKET``."""

from __future__ import annotations

import gc
import json
import logging
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from mpi4py import MPI  # noqa: F401, starts MPI: the environment of a program could hide that there are more ranks

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXCPU)


def serve(address: str) -> None:
    """Answer each program by a byte, y or n. Waits for a socket, since a rank that waits in MPI keeps a core busy."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        threading.Thread(target=_end_with_the_tests, args=(connection,), daemon=True).start()
        for line in connection.makefile("r"):
            job = json.loads(line)
            with _printing_to(job["output"]), _as_it_was():
                good = _run(job)
            gc.collect()  # what PETSc must free on all ranks at once is freed between programs
            connection.sendall(b"y" if good else b"n")


def _end_with_the_tests(connection: socket.socket) -> None:
    """End this process, also in the middle of a program, when the tests' process is gone."""
    hung_up = select.poll()
    hung_up.register(connection, select.POLLRDHUP)
    hung_up.poll()
    os._exit(0)


def _run(job: dict) -> bool:
    os.chdir(job["cwd"])
    os.environ.update(job["environment"])
    kind, *words = job["arguments"]
    try:
        if kind == "-m":
            sys.argv = list(words)
            runpy.run_module(words[0], run_name="__main__", alter_sys=True)
        else:
            sys.argv = [kind, *words]
            sys.path.insert(0, os.path.dirname(os.path.abspath(kind)))
            runpy.run_path(kind, run_name="__main__")
    except SystemExit as end:
        return not end.code
    except BaseException:
        traceback.print_exc()
        return False
    return True


@contextmanager
def _printing_to(path: str) -> Iterator[None]:
    """Let a file have what this process prints, C code's words, too."""
    saved, file = os.dup(1), os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(file, number)
    os.close(file)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number in (1, 2):
            os.dup2(saved, number)
        os.close(saved)


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Put back what a program may change of this process."""
    logger = logging.getLogger("phasefield")
    log = list(logger.handlers), logger.level, logger.propagate
    argv, path, environment, cwd = list(sys.argv), list(sys.path), dict(os.environ), os.getcwd()
    hooks, filters = (sys.excepthook, threading.excepthook), list(warnings.filters)
    handlers = {number: signal.getsignal(number) for number in HANDLED}
    streams, options = (sys.stdout, sys.stderr), _petsc_options()
    try:
        yield
    finally:
        for handler in set(logger.handlers) - set(log[0]):
            handler.close()
        logger.handlers[:], logger.propagate = log[0], log[2]
        logger.setLevel(log[1])
        sys.argv, sys.path[:] = argv, path
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(cwd)
        (sys.excepthook, threading.excepthook), warnings.filters[:] = hooks, filters
        for number, handler in handlers.items():
            signal.signal(number, handler)
        sys.stdout, sys.stderr = streams
        for name in _petsc_options().keys() - options.keys():
            sys.modules["petsc4py.PETSc"].Options().delValue(name)


def _petsc_options() -> dict:
    """PETSc's options; none as long as nobody has started it."""
    petsc = sys.modules.get("petsc4py.PETSc")
    return petsc.Options().getAll() if petsc else {}


if __name__ == "__main__":
    serve(sys.argv[1])

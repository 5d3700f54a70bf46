"""Requests to stop a run, by signals or by the end of its wall time, and the watchdog that ends a run that hangs."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from mpi4py import MPI

from phasefield.parallel import EXIT_ABORTED, comm, is_root
from phasefield.run.native_watchdog import Heartbeat
from phasefield.run.startup_signals import STARTUP, STOP_SIGNALS, SignalLatch

log = logging.getLogger(__name__)

#: Times the patience of a watchdog after which ranks other than the first end the job. The first looks every twentieth
#: of the patience, so it comes before them, and alone can write into the run directory that a rank hangs.
OTHERS, LOOKS = 1.15, 20
#: The same for the native watchdog, which ends a process whose Python thread cannot run.
LATER = 1.25


class StopRequest(NamedTuple):
    """Decision of all ranks after a time step.

    Attributes
    ----------
    stop : str
        Why the run must write a checkpoint and stop; empty if it need not.
    checkpoint : bool
        Whether a checkpoint is due.
    """

    stop: str
    checkpoint: bool


class StopRequests:
    """Collects stop requests inside its context.

    Parameters
    ----------
    every : float [s]
        Wall time between checkpoints.
    limit : float or None [s]
        Wall time after which to stop.
    """

    def __init__(self, every: float, limit: float | None):
        self.every, self.limit = every, limit
        self._latch = SignalLatch()
        self._start = self._last = time.monotonic()
        self._usual: dict = {}

    def __enter__(self) -> StopRequests:
        if threading.current_thread() is threading.main_thread():  # Python allows handlers only there
            self._usual = {number: signal.signal(number, self._latch) for number in STOP_SIGNALS}
            if STARTUP.number:  # a signal during set-up
                self._latch(STARTUP.number)
        return self

    def __exit__(self, *_) -> None:
        for number, handler in self._usual.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def poll(self, communicator: MPI.Intracomm) -> StopRequest:
        """Check the signals of all ranks, and the time limits by the clock of rank 0. Collective."""
        now, first = time.monotonic(), communicator.rank == 0
        late = first and self.limit is not None and now - self._start > self.limit
        due = first and now - self._last > self.every
        heard = np.array([self._latch.number, late, due], np.int64)
        communicator.Allreduce(MPI.IN_PLACE, heard, MPI.MAX)
        number, near, time_for_one = heard.tolist()
        if time_for_one:
            self._last = now
        told = f"signal {signal.Signals(number).name}" if number else ""
        return StopRequest(told or ("its wall time is nearly used up" if near else ""), bool(time_for_one))


class Watchdog:
    """Ends the job when a rank has made no progress for too long, by a thread on each rank.

    That thread cannot run while the rank waits inside a library that holds Python's lock. Then a native thread ends the
    process a little later, and the launcher ends the job.

    Parameters
    ----------
    patience : float [s]

    Attributes
    ----------
    last_words : callable
        Called with the reason before the end, on the rank that detects it; must not wait for other ranks.
    """

    def __init__(self, patience: float):
        self.patience = patience
        self.last_words: Callable[[str], None] = lambda text: None
        self._beat, self._over = time.monotonic(), threading.Event()
        self._heart = Heartbeat(LATER * patience, f"error: {self._told} (in a library)\n")
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> Watchdog:
        self._thread.start()
        self._heart.start()
        return self

    def __exit__(self, *_) -> None:
        self._heart.stop()
        self._over.set()
        self._thread.join()

    def beat(self, progress=None) -> None:
        """Report progress; called as an observer of time steps."""
        self._beat = time.monotonic()
        self._heart.beat()

    @property
    def _told(self) -> str:
        return f"no progress for {self.patience:g} s: a rank hangs, or checkpoint.watchdog is too short"

    def _watch(self) -> None:
        seen = time.monotonic()
        longest = self.patience if is_root() else OTHERS * self.patience
        while not self._over.wait(self.patience / LOOKS):
            now = time.monotonic()
            if now - seen > self.patience / 2:  # this process itself was suspended: the others decide
                self._beat = now
            seen = now
            if now - self._beat > longest:
                self._end(self._told)

    def _end(self, text: str) -> None:
        threading.Timer(5.0, os._exit, [EXIT_ABORTED]).start()  # in case the next lines hang as well
        log.error("%s", text)
        self.last_words(text)
        comm().Abort(EXIT_ABORTED)

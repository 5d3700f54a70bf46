"""Signals that arrive while a run starts or after it has ended. Imports nothing that takes time."""

from __future__ import annotations

import atexit
import os
import signal
import time

#: Signals that request a checkpoint and a stop: those of SLURM's --signal and of the end of a job.
STOP_SIGNALS = (signal.SIGUSR1, signal.SIGTERM)
#: A second signal within this time [s] counts as the first: a launcher may forward a signal that ranks already had.
SAME = 1.0


class SignalLatch:
    """Stores the first stop signal; a second signal ends the process at once.

    Attributes
    ----------
    number : int
        Number of the first signal; 0 if there was none.
    """

    def __init__(self) -> None:
        self.number, self._first = 0, 0.0

    def __call__(self, number, frame=None) -> None:
        """Signal handler."""
        if not self.number:
            self.number, self._first = number, time.monotonic()
        elif time.monotonic() - self._first > SAME:
            os._exit(128 + number)  # at once, without touching any file


#: Latch of this process until a run handles signals itself.
STARTUP = SignalLatch()


def listen() -> None:
    """Keep stop signals from killing the process, from now until it exits.

    A signal during start-up is kept for the run. After the run, its exit code must show how the run ended, so a late
    signal is ignored. Use it only in processes that do nothing after a run.
    """
    for number in STOP_SIGNALS:
        signal.signal(number, STARTUP)
    atexit.register(_ignore)


def _ignore() -> None:
    """Ignore stop signals: at exit Python restores the default effect of handled signals, but not of ignored ones."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)

"""Signals that come while a run starts or when it has ended. Imports nothing that takes time."""

from __future__ import annotations

import atexit
import os
import signal
import time

#: What asks a run to write a checkpoint and stop; SLURM's --signal, and what ends a job.
STOP_SIGNALS = (signal.SIGUSR1, signal.SIGTERM)
#: Seconds in which a second signal is taken for the first: a launcher may pass on what the ranks got themselves.
SAME = 1.0


class SignalLatch:
    """Hears what asks a run to stop; a second signal ends the process at once.

    Attributes
    ----------
    number : int
        Of the signal that was heard first; 0 if none was.
    """

    def __init__(self) -> None:
        self.number, self._first = 0, 0.0

    def __call__(self, number, frame=None) -> None:
        """As a signal's handler."""
        if not self.number:
            self.number, self._first = number, time.monotonic()
        elif time.monotonic() - self._first > SAME:
            os._exit(128 + number)  # at once, and no file is touched


#: Of this process, before a run listens itself.
STARTUP = SignalLatch()


def listen() -> None:
    """From now on until the process is gone, let a signal be no reason to die.

    While a run starts, it is kept for it. Once it has ended, its exit code must tell how, and not when a signal came.
    For processes that do nothing after a run.
    """
    for number in STOP_SIGNALS:
        signal.signal(number, STARTUP)
    atexit.register(_ignore)


def _ignore() -> None:
    """Python puts back the usual effect of what it handles before it is gone, but not of what is ignored."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)

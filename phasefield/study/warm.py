"""Jobs that a warm process forks: see :mod:`phasefield.run.warm`."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from phasefield.study.job import PROGRAM

#: Time that the warm process has to import what it needs, and to end [s].
PATIENCE = 100.0


class Forked:
    """A job that a warm process has forked, with the interface of :class:`subprocess.Popen`.

    Parameters
    ----------
    reply : file
        Gives the number of the process, and its exit code once it has ended.

    Raises
    ------
    OSError
        It was not forked.
    """

    def __init__(self, reply: IO[bytes]):
        self._reply = reply
        self._code: int | None = None
        ready = select.select([reply], [], [], PATIENCE)[0]
        number = reply.readline() if ready else b""
        if not number:
            reply.close()
            raise OSError("the process that starts members gave no answer")
        self.pid = int(number)

    def poll(self) -> int | None:
        """Exit code, or None while it runs."""
        if self._code is None and select.select([self._reply], [], [], 0)[0]:
            self.wait()
        return self._code

    def wait(self) -> int:
        """Wait for the end, and return the exit code."""
        if self._code is None:
            with self._reply:
                self._code = int(self._reply.readline() or -signal.SIGKILL)  # it was killed with the one that waits
        return self._code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has ended since
                os.kill(self.pid, number)


class Warm:
    """Starts jobs of one rank by a warm process, which begins with the first job and ends with the context.

    Parameters
    ----------
    model : str
        Model of the jobs, whose modules are imported beforehand.
    environment : mapping
        Environment of the jobs.
    """

    def __init__(self, model: str, environment: Mapping[str, str]):
        self.model, self.environment = model, environment
        self._lock = threading.Lock()
        self._channel: socket.socket
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Warm:
        return self

    def __exit__(self, *_) -> None:
        self._end()

    def start(self, arguments: Sequence[str], output: IO[str]) -> Forked:
        """Start a command of this program; a `phasefield.study.job.Start`."""
        request = json.dumps(arguments[len(PROGRAM) :]).encode()
        try:
            return Forked(self._reply_to(request, output))
        except OSError:  # it was killed before it forked
            return Forked(self._reply_to(request, output))

    def _reply_to(self, request: bytes, output: IO[str]) -> IO[bytes]:
        reading, writing = os.pipe()
        try:
            with self._lock:
                if self._process is None:
                    self._begin()
                try:
                    socket.send_fds(self._channel, [request], [output.fileno(), writing])
                except OSError:  # it was killed
                    self._begin()
                    socket.send_fds(self._channel, [request], [output.fileno(), writing])
        except OSError:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return open(reading, "rb", buffering=0)

    def _end(self) -> None:
        if self._process is not None:
            self._channel.close()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:  # it hangs
                self._process.kill()
                self._process.wait()

    def _begin(self) -> None:
        self._end()
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "phasefield.run.warm", self.model], stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL, env=self.environment, start_new_session=True,
            )  # fmt: skip

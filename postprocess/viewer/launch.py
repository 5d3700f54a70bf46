"""Start the page: in this process, or in one of its own that a run or a notebook does not wait for."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import subprocess
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path

from phasefield.errors import RunError
from phasefield.postprocess.viewer.server import Viewer, require_trame

log = logging.getLogger(__name__)

#: How long a page of a run or a notebook lives on when nobody has it open, and how long one may take to start.
IDLE, START = "10 min", 120.0
LOW_PRIORITY = 5
#: Environment of MPI jobs, which a process of its own must not take for its own.
OF_MPI = ("OMPI_", "PMIX_", "PMI_", "PRTE_", "MPI_LOCALRANKID", "MPI_LOCALNRANKS")


def serve(
    runs: Sequence[str | Path], port: int, say: Callable[[str], None], browser: bool = False, idle: float = 0.0
) -> None:
    """Serve a page of runs until Ctrl-C.

    Parameters
    ----------
    runs : sequence of str or Path
        Run directories; those that do not exist yet are waited for.
    port : int
        0 takes a free one.
    say : callable
        Prints the address.
    browser : bool
        Whether to open it, if there is a display.
    idle : float [s]
        End when no page has been open for so long; 0 is never.

    Raises
    ------
    RunError
        A package is missing, or the port is taken.
    """

    def ready(address: str) -> None:
        say(address)
        sys.stdout.flush()
        if browser and _has_display():
            threading.Thread(target=_open, args=(address,), daemon=True).start()

    async def all_of_it() -> None:
        await Viewer([Path(run) for run in runs]).serve(port, ready, idle)

    with suppress(KeyboardInterrupt):
        asyncio.run(all_of_it())


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(address: str) -> None:
    """Open a page in a browser, through a file: other users of the machine can read command lines, but not this."""
    with tempfile.NamedTemporaryFile("w", suffix=".html", prefix="phasefield-", delete=False) as file:
        file.write(f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(address)}">')
    webbrowser.open(Path(file.name).as_uri())
    threading.Event().wait(20.0)  # until the browser has read it
    with suppress(OSError):
        os.unlink(file.name)


class Apart:
    """A page in a process of its own. It outlives this one, and ends when no page has been open for `IDLE`.

    Parameters
    ----------
    runs : sequence of str or Path
        Run directories.
    port : int
        0 takes a free one.
    browser : bool
        Whether to open it in a browser.
    said : callable
        Called with each line that the process prints, of which the first is the address; in a thread.

    Attributes
    ----------
    address : str
        Where the page is; empty until it is there.
    """

    def __init__(self, runs: Sequence[str | Path], port: int, browser: bool, said: Callable[[str], None]):
        require_trame()
        options = ["--browser" if browser else "--no-browser", "--wait", "--idle", IDLE, "--port", str(port)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(OF_MPI)}
        command = [sys.executable, "-m", "phasefield", "view", *options, "--"]
        # A session of its own: Ctrl-C is for the run. Its output ends here: mpirun waits for that of its processes.
        self._process = subprocess.Popen(
            [*command, *map(str, runs)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env=environment, start_new_session=True,
        )  # fmt: skip
        with suppress(OSError):  # it may have ended
            os.setpriority(os.PRIO_PROCESS, self._process.pid, LOW_PRIORITY)
        self._said, self._answered, self.address, self._last = said, threading.Event(), "", ""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._last = line.rstrip("\n")
            self._said(self._last)  # first: who waits for the address may then end this process
            if not self.address and line.startswith("http://"):
                self.address = line.strip()
                self._answered.set()
        self._answered.set()

    def wait(self) -> None:
        """Wait until the page is there.

        Raises
        ------
        RunError
            It did not start.
        """
        if not self._answered.wait(START) or not self.address:
            self.close()
            raise RunError(f"the page of `phasefield view` did not start: {self._last or 'no answer'}", code="no-page")

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(START)

    def _repr_html_(self) -> str:
        return f'<iframe src="{escape(self.address)}" style="width: 100%; height: 800px; border: 0"></iframe>'


def view(*runs: str | Path, port: int = 0) -> Apart:
    """Show runs in an interactive page inside a notebook, as ``phasefield view`` does in a browser.

    Parameters
    ----------
    *runs : str or Path
        Run directories. Those that go on are followed; those that do not exist yet are waited for.
    port : int
        Port of the page on the machine of the notebook's kernel, to forward it by SSH; 0 takes a free one.

    Returns
    -------
    Apart
        Shown by a notebook. ``address`` is its address, and ``close()`` ends it; it also ends with the kernel.

    Raises
    ------
    RunError
        A package is missing, or the page did not start.
    """
    page = Apart(runs, port, browser=False, said=lambda line: log.debug("%s", line))
    atexit.register(page.close)
    page.wait()
    return page

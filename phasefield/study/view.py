"""Progress of a running study: one bar for all members on a terminal, one line per member in a log."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from phasefield.study.folder import Folder, State
from phasefield.study.load import Member, Study

#: Seconds between two checks of the running members.
PERIOD = 1.0


class View:
    """Shows the progress of the members of a study.

    Parameters
    ----------
    study : Study
    folder : Folder
    ended : int
        Number of members that need not be run.
    """

    def __init__(self, study: Study, folder: Folder, ended: int):
        self.total, self.folder, self.ended = len(study.members), folder, ended
        self.running: dict[str, Member] = {}
        self._lock, self._over = threading.Lock(), threading.Event()
        form = "{percentage:3.0f}% {bar} {desc} [{elapsed} < {remaining}]"
        self._bar = tqdm(total=self.total, bar_format=form, dynamic_ncols=True) if sys.stderr.isatty() else None

    def __call__(self, member: Member, state: State) -> None:
        """Record the new state of a member; may be called from any thread."""
        with self._lock:
            if state.name == "running":
                self.running[member.name] = member
                return
            self.running.pop(member.name, None)
            self.ended += state.name in ("done", "failed")
            if self._bar is None or state.name != "done":
                reason = f": {state.reason}" if state.reason else ""
                tqdm.write(f"[{self.ended}/{self.total}] {member.name} {state.name}{reason}", file=sys.stderr)
        self._draw()

    def _draw(self) -> None:
        if self._bar is None:
            return
        with self._lock:
            members = list(self.running.values())
        parts = [self.folder.progress(member) for member in members]
        shown = ", ".join(f"{m.index}: {part:.0%}" for m, part in zip(members, parts, strict=True))
        with self._lock:
            self._bar.n = min(self.total, self.ended + sum(parts))
            running = f"; running {shown}" if shown else ""
            self._bar.set_description_str(f"{self.ended} of {self.total}{running}")

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Update the view regularly inside the context."""

        def refresh() -> None:
            while not self._over.wait(PERIOD):
                self._draw()

        thread = threading.Thread(target=refresh, daemon=True)
        if self._bar is not None:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            if self._bar is not None:
                thread.join()
                self._bar.close()

"""The observer that shows the progress of a run: a bar, or lines in a log."""

from __future__ import annotations

import logging
import math
import sys
import time

from tqdm import tqdm

from phasefield.parallel import is_root
from phasefield.run.observers import History
from phasefield.run.outlook import Expectation, Outlook

log = logging.getLogger(__name__)

#: Units of long times, from the longest [s].
LONG = ((86400, "d"), (3600, "h"), (60, "min"))


class Display:
    """Shows the progress of the run, on rank 0: a bar on a terminal or in a notebook, lines at intervals in a log.

    Parameters
    ----------
    history : History
        Observed before this.
    outlook : Outlook
        Expects the end.
    period : float [s]
        Between two lines of a log.
    """

    def __init__(self, history: History, outlook: Outlook, period: float = 15.0):
        self.history, self.outlook, self.period = history, outlook, period
        self._last = time.perf_counter()
        self._bar = None
        if is_root() and (kind := bar_class()) is not None:
            form = "{percentage:3.0f}% {bar} {postfix} [{elapsed}]"
            self._bar = kind(total=1.0, bar_format=form, dynamic_ncols=True)

    def __call__(self, progress) -> None:
        if not is_root():
            return
        now, row = time.perf_counter(), self.history.row
        expected = self.outlook.expect(row, now)
        text = f"t = {row['Time']:.4g} s, dt = {row['Time step']:.3g} s, {self.history.account.record.summary(row)}"
        part = row["Time"] / expected.end if expected.end else 0.0
        if self._bar is not None:
            self._bar.n = part
            self._bar.set_postfix_str(f"{text}{_left(expected)}")
        elif now - self._last >= self.period and progress.step:
            self._last = now
            log.info("%3.0f %%  step %d  %s%s", 100 * part, progress.step, text, _left(expected))

    def close(self) -> None:
        """Finish the bar."""
        if self._bar is not None:
            self._bar.close()


def bar_class() -> type[tqdm] | None:
    """The kind of progress bar that suits the standard error: of a notebook or of a terminal; None for a log."""
    if "ipykernel" in sys.modules:
        from tqdm.auto import tqdm as fitting

        return fitting
    return tqdm if sys.stderr.isatty() else None


def _left(expected: Expectation) -> str:
    """The wall time left, and the condition that is expected to end the run."""
    if not math.isfinite(expected.left):
        return ""
    size, unit = next((one for one in LONG if expected.left >= 2 * one[0]), (1, "s"))
    until = f" until: {expected.reason}" if expected.reason else " left"
    return f", about {float(f'{expected.left / size:.2g}'):g} {unit}{until}"

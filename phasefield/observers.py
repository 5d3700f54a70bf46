"""What is recorded of a run, and when: each observer owns one output and is called after accepted steps."""

from __future__ import annotations

import logging
import sys
import time

from tqdm import tqdm

from phasefield.parallel import is_root

log = logging.getLogger(__name__)


class History:
    """Measures each accepted state and writes it as a row of ``history.csv``.

    Parameters
    ----------
    record : Record
        Opened on the initial state.
    unit : float [s]
        The model's time.
    file : HistoryFile

    Attributes
    ----------
    row : dict of float
        The last row, by column head.
    """

    def __init__(self, record, unit: float, file):
        self.record, self.unit, self.file = record, unit, file
        self.row: dict[str, float] = {}
        self._start = time.perf_counter()

    def __call__(self, progress) -> None:
        if progress.step > 0:
            self.record.enter(progress.dt)
        now = progress.time * self.unit
        self.row = {
            "Step": progress.step,
            "Time [s]": now,
            "Time step [s]": progress.dt * self.unit,
            **self.record.row(now),
            "Newton iterations [1]": progress.verdict.newton,
            "Linear iterations [1]": progress.verdict.linear,
            "Limited updates [1]": progress.verdict.limited,
            "Rejected steps [1]": progress.rejected,
            "Wall time [s]": time.perf_counter() - self._start,
        }
        self.file.append(self.row)


class Snapshots:
    """Writes the fields at given times, and in the last state of a run that stops early.

    Parameters
    ----------
    engine : FipyEngine
    case : Case
    file : SnapshotFile
    times : sequence of float [1]
        Times the march stops at anyway.
    names : sequence of str
        Fields wanted; those the run does not have are left out.
    """

    def __init__(self, engine, case, file, times, names):
        self.engine, self.case, self.file, self.times = engine, case, file, set(times)
        self.names, self._written = names, -1

    def __call__(self, progress) -> None:
        if progress.time in self.times:
            self.write(progress)

    def write(self, progress) -> None:
        """Write the present state, once."""
        if progress.step == self._written:
            return
        self._written = progress.step
        model, owned = self.engine.model, self.engine.owned
        fields = {f.name: owned(f.name) * f.scale for f in (*model.fields, *model.static)}
        fields |= self.case.derived_fields(self.engine)
        wanted = {name: values for name, values in fields.items() if name in self.names}
        self.file.append(progress.time * self.case.scales.time, wanted)


class Display:
    """Shows where the run stands: a bar on a terminal, a line now and then in a log; rank 0 only.

    Parameters
    ----------
    history : History
        Observed before this.
    planned : float [1]
        Planned time.
    period : float [s]
        Between two lines of a log.
    """

    def __init__(self, history: History, planned: float, period: float = 15.0):
        self.history, self.planned, self.period = history, planned, period
        self._last = self._start = time.perf_counter()
        self._bar = None
        if is_root() and sys.stderr.isatty():
            form = "{percentage:3.0f}% {bar} {postfix} [{elapsed} < {remaining}]"
            self._bar = tqdm(total=1.0, bar_format=form, dynamic_ncols=True)

    def __call__(self, progress) -> None:
        if not is_root():
            return
        fraction, now = min(progress.time / self.planned, 1.0), time.perf_counter()
        row = self.history.row
        text = f"t = {row['Time [s]']:.4g} s, dt = {row['Time step [s]']:.3g} s, {self.history.record.tell(row)}"
        if self._bar is not None:
            self._bar.n = fraction
            self._bar.set_postfix_str(text)
        elif now - self._last >= self.period and fraction > 0:
            self._last = now
            left = (now - self._start) * (1 - fraction) / fraction
            log.info("%3.0f %%  step %d  %s, about %.0f s left", 100 * fraction, progress.step, text, left)

    def close(self) -> None:
        """Finish the bar."""
        if self._bar is not None:
            self._bar.close()


class StopConditions:
    """Ends the run when the case says so.

    Parameters
    ----------
    case : Case
    history : History
        Observed before this.
    """

    def __init__(self, case, history: History):
        self.case, self.history = case, history

    def __call__(self, progress) -> str | None:
        return self.case.stop_reason(self.history.row)

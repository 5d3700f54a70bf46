"""What is recorded of a run, and when: each observer owns one output and is called after accepted steps."""

from __future__ import annotations

import logging
import math
import sys
import time

import numpy as np
from tqdm import tqdm

from phasefield import diagnostics
from phasefield.ledger import Ledger, cell_voltage, mean_overpotential
from phasefield.parallel import is_root

log = logging.getLogger(__name__)

#: ξ further ahead of the front than this many interface widths counts as lithium out of place.
AHEAD = 1.5
#: Neighbourhood of the tip, in interface widths, that its radius is fitted to.
TIP_REACH = 1.0


class History:
    """Measures each accepted state and writes it as a row of ``history.csv``.

    Parameters
    ----------
    engine : FipyEngine
    scales : Scales
    file : HistoryFile

    Attributes
    ----------
    row : dict of float
        The last row, by column head.
    ledger : Ledger
    """

    def __init__(self, engine, scales, file):
        self.engine, self.scales, self.file = engine, scales, file
        self.ledger = Ledger.open(engine)
        self.row: dict[str, float] = {}
        self._start = time.perf_counter()

    def __call__(self, progress) -> None:
        if progress.step > 0:
            self.ledger.enter(self.engine, progress.dt)
        self.row = self._measure(progress)
        self.file.append(self.row)

    def _measure(self, progress) -> dict[str, float]:
        engine, s, ledger = self.engine, self.scales, self.ledger
        slab, comm, ξ = engine.slab, engine.comm, engine.held("xi")
        heights = diagnostics.height_map(ξ, slab, comm)
        tip, now = float(heights.max()) * s.length, progress.time * s.time
        earlier = self.row.get("Tip height [m]", tip), self.row.get("Time [s]", now)
        return {
            "Step": progress.step,
            "Time [s]": now,
            "Time step [s]": progress.dt * s.time,
            "Current density [A/m2]": ledger.current * s.current,
            "Cell voltage [V]": cell_voltage(engine) * s.potential,
            "Overpotential [V]": mean_overpotential(engine) * s.potential,
            "Charge passed [C/m2]": ledger.passed * s.charge,
            "Charge plated [C/m2]": ledger.plated(engine) * s.charge,
            "Charge closure [1]": ledger.charge_closure(engine),
            "Salt closure [1]": ledger.salt_closure(engine),
            "Tip height [m]": tip,
            "Mean thickness [m]": diagnostics.integral(engine.owned("xi"), slab, comm) * s.length,
            "Roughness [m]": float(np.std(heights)) * s.length,
            "Tip-valley distance [m]": float(np.ptp(heights)) * s.length,
            "Area ratio [1]": diagnostics.area_ratio(ξ, slab, comm),
            "Tip velocity [m/s]": (tip - earlier[0]) / (now - earlier[1]) if now > earlier[1] else 0.0,
            "Tip radius [m]": diagnostics.tip_radius(heights, slab.spacing, TIP_REACH) * s.length,
            "Largest xi ahead [1]": diagnostics.largest_ahead(ξ, heights, slab, comm, AHEAD),
            "Short circuit [1]": float(diagnostics.short_circuit(engine.owned("xi"), slab, comm)),
            "Newton iterations [1]": progress.verdict.newton,
            "Linear iterations [1]": progress.verdict.linear,
            "Rejected steps [1]": progress.rejected,
            "Wall time [s]": time.perf_counter() - self._start,
        }


class Snapshots:
    """Writes the fields at given times, and in the last state of a run that stops early.

    Parameters
    ----------
    engine : FipyEngine
    scales : Scales
    file : SnapshotFile
    times : sequence of float [1]
        Times the march stops at anyway.
    names : sequence of str
        Fields wanted; those the run does not have are left out.
    """

    def __init__(self, engine, scales, file, times, names):
        self.engine, self.scales, self.file, self.times = engine, scales, file, set(times)
        self.names, self._written = names, -1

    def __call__(self, progress) -> None:
        if progress.time in self.times:
            self.write(progress)

    def write(self, progress) -> None:
        """Write the present state, once."""
        if progress.step == self._written:
            return
        self._written = progress.step
        model, owned, s = self.engine.model, self.engine.owned, self.scales
        fields = {f.name: owned(f.name) * f.scale for f in (*model.fields, *model.static)}
        components = {
            f"i{x}": -flux * s.current for x, flux in zip("xyz", self.engine.cell_flux("phi"), strict=False)
        }
        fields |= components | {"current": np.sqrt(sum(i**2 for i in components.values()))}
        wanted = {name: values for name, values in fields.items() if name in self.names}
        self.file.append(progress.time * s.time, wanted)


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
        text = (
            f"t = {row['Time [s]']:.4g} s, dt = {row['Time step [s]']:.3g} s, "
            f"tip {row['Tip height [m]'] * 1e6:.2f} µm, {row['Overpotential [V]'] * 1e3:.1f} mV"
        )
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
    """Ends the run when the deck's charge, tip height or short circuit is reached.

    Parameters
    ----------
    stop : Stop
        The ``[stop]`` section of a deck.
    history : History
        Observed before this.
    """

    def __init__(self, stop, history: History):
        self.history = history
        self.charge = stop.charge if stop.charge is not None else math.inf
        self.tip_height = stop.tip_height if stop.tip_height is not None else math.inf
        self.on_short_circuit = stop.short_circuit

    def __call__(self, progress) -> str | None:
        row = self.history.row
        if self.on_short_circuit and row["Short circuit [1]"]:
            return "short circuit: lithium connects the electrodes"
        if row["Charge passed [C/m2]"] >= self.charge:
            return "planned charge passed"
        if row["Tip height [m]"] >= self.tip_height:
            return "planned tip height reached"
        return None

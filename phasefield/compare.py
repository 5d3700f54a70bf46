"""Several runs side by side: what was plated, how well the books balance, and what the run cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan, prod
from typing import NamedTuple

import numpy as np

from phasefield.errors import RunError
from phasefield.io.rundir import Run
from phasefield.units import pretty

#: A front whose roughness is less than this part of its height is flat.
ROUND_OFF = 1e-12
MISSING = "–"  # a quantity that a run does not have, such as salt in a single-ion conductor


class Quantity(NamedTuple):
    """One line of the table.

    Attributes
    ----------
    head : str
        Name and unit.
    of : callable
        From a run to the value in that unit; NaN if the run has no such quantity.
    form : str
        How the value is printed, a format specification.
    """

    head: str
    of: Callable[[Run], float]
    form: str = "#.4g"


def at_end(column: str, per_unit: float = 1.0) -> Callable[[Run], float]:
    """The last value of a column of the history, divided by the unit to print it in."""
    return lambda run: run.history[column][-1] / per_unit


def gained(column: str, per_unit: float = 1.0) -> Callable[[Run], float]:
    """The last value in a column of the history less the first, divided by the unit to print it in."""
    return lambda run: (run.history[column][-1] - run.history[column][0]) / per_unit


def largest(column: str) -> Callable[[Run], float]:
    """The largest magnitude in a column of the history; NaN if the column holds no number."""

    def of(run: Run) -> float:
        magnitudes = np.abs(run.history[column])
        numbers = magnitudes[~np.isnan(magnitudes)]
        return float(numbers.max()) if len(numbers) else np.nan

    return of


def noted(key: str, per_unit: float = 1.0) -> Callable[[Run], float]:
    """A number of the manifest, divided by the unit to print it in; NaN if it was not noted."""
    return lambda run: run.manifest.get(key, np.nan) / per_unit


def cells(run: Run) -> float:
    """Number of cells of the grid."""
    return prod(run.resolved["deck"]["domain"]["cells"])


def cost(run: Run) -> float:
    """Wall time per cell and step [µs]."""
    return noted("wall time [s]", 1e-6)(run) / (cells(run) * at_end("Step")(run))


def roughening(run: Run) -> float:
    """Rate at which the logarithm of the roughness grew over the run [1/h]; NaN if it began flat, but for round-off."""
    roughness, time = run.history["Roughness [m]"], run.history["Time [s]"]
    elapsed, rough = (time[-1] - time[0]) / 3600, roughness[0] > ROUND_OFF * run.history["Mean thickness [m]"][0]
    return float(np.log(roughness[-1] / roughness[0]) / elapsed) if rough and elapsed > 0 else np.nan


def predicted_growth(run: Run) -> float:
    """Growth rate of the deck's first ripple, by linear theory [1/h]; NaN if it has none, or a film with defects."""
    ripples = run.resolved.get("derived", {}).get("ripples")
    film = run.resolved["deck"].get("coating") or {}
    pierced = any(film.get(key) for key in ("defects", "random_defects", "cracks", "far_thickness", "roughness"))
    return np.nan if pierced or not ripples else ripples[0]["growth_rate"] * 3600


def short_circuit_time(run: Run) -> float:
    """When lithium first connected the electrodes [min]; NaN if it never did."""
    shorted = np.flatnonzero(run.history["Short circuit [1]"])
    return float(run.history["Time [s]"][shorted[0]] / 60) if len(shorted) else np.nan


def tip_position(run: Run) -> float:
    """Where the highest lithium is along the first lateral axis [nm]; NaN in one dimension."""
    column = "Tip position x [m]"
    return run.history[column][-1] / 1e-9 if column in run.history.columns else np.nan


def derived(key: str, per_unit: float = 1.0) -> Callable[[Run], float]:
    """A number that follows from the deck, divided by the unit to print it in; NaN if it is infinite or not there."""

    def of(run: Run) -> float:
        value = run.resolved.get("derived", {}).get(key)
        return np.nan if value is None else value / per_unit

    return of


MILLIAMPERE_HOUR_PER_CM2 = 3.6e4  # [C/m²]

OHM_CM2 = 1e-4  # [Ω m²]

PLATING = (
    (
        Quantity("Simulated time [s]", at_end("Time [s]")),
        Quantity("Charge plated [mAh/cm²]", at_end("Charge plated [C/m2]", MILLIAMPERE_HOUR_PER_CM2)),
        Quantity("Tip height [µm]", at_end("Tip height [m]", 1e-6)),
        Quantity("Mean thickness of the deposit [µm]", gained("Mean thickness [m]", 1e-6)),
        Quantity("Roughness [µm]", at_end("Roughness [m]", 1e-6)),
        Quantity("Overpotential [mV]", at_end("Overpotential [V]", 1e-3)),
        Quantity("Growth rate of the roughness [1/h]", roughening),
        Quantity("Growth rate of the ripple, linear theory [1/h]", predicted_growth),
        Quantity("Short circuit after [min]", short_circuit_time),
    ),
    (
        Quantity("Largest closure error, lithium against charge [1]", largest("Charge closure [1]"), ".1e"),
        Quantity("Largest closure error, salt [1]", largest("Salt closure [1]"), ".1e"),
    ),
)

INTERPHASE = (
    (
        Quantity("Simulated time [s]", at_end("Time [s]")),
        Quantity("Thickness [nm]", at_end("Thickness [m]", 1e-9)),
        Quantity("Thickness of a flat layer, theory [nm]", derived("planned_thickness", 1e-9)),
        Quantity("Roughness [nm]", at_end("Roughness [m]", 1e-9)),
        Quantity("Growth rate [nm/h]", at_end("Growth rate [m/s]", 1e-9 / 3600)),
        Quantity("Lithium consumed [µAh/cm²]", at_end("Charge consumed [C/m2]", 36.0)),
        Quantity("Resistance of layer and coating [Ω cm²]", at_end("Resistance [ohm m2]", OHM_CM2)),
        Quantity("Potential at the front [V]", at_end("Potential at the front [V]")),
    ),
    (
        Quantity("Largest closure error, lithium against charge [1]", largest("Charge closure [1]"), ".1e"),
        Quantity("Largest closure error, electrons against ions [1]", largest("Carrier closure [1]"), ".1e"),
    ),
)

PLATING_INTERPHASE = (
    (
        Quantity("Simulated time [s]", at_end("Time [s]")),
        Quantity("Charge plated [µAh/cm²]", at_end("Charge plated [C/m2]", 36.0)),
        Quantity("Lithium lost to the interphase [µAh/cm²]", at_end("Charge lost to the interphase [C/m2]", 36.0)),
        Quantity("Tip height [nm]", at_end("Tip height [m]", 1e-9)),
        Quantity("Tip at x [nm]", tip_position),
        Quantity("Roughness [nm]", at_end("Roughness [m]", 1e-9)),
        Quantity("Interphase thickness [nm]", at_end("Interphase thickness [m]", 1e-9)),
        Quantity("Isolated lithium [nm]", at_end("Isolated lithium [m]", 1e-9)),
        Quantity("Cell voltage [mV]", at_end("Cell voltage [V]", 1e-3)),
        Quantity("Short circuit after [min]", short_circuit_time),
    ),
    (
        Quantity("Largest closure error, lithium against charge [1]", largest("Charge closure [1]"), ".1e"),
        Quantity("Largest closure error, electrons against ions [1]", largest("Carrier closure [1]"), ".1e"),
    ),
)

CONTACT = (
    (
        Quantity("Simulated time [s]", at_end("Time [s]")),
        Quantity("Cell voltage [V]", at_end("Cell voltage [V]")),
        Quantity("Charge stored [µAh/cm²]", at_end("Charge stored [C/m2]", 36.0)),
        Quantity("Mean lithium content [1]", at_end("Mean content [1]")),
        Quantity("Spread of content [1]", at_end("Spread of content [1]")),
        Quantity("Electrolyte [Ω cm²]", at_end("Electrolyte resistance [ohm m2]", OHM_CM2)),
        Quantity("Constriction [Ω cm²]", at_end("Constriction resistance [ohm m2]", OHM_CM2)),
        Quantity("Charge transfer and layer [Ω cm²]", at_end("Interface resistance [ohm m2]", OHM_CM2)),
        Quantity("Hot spot, largest over mean current [1]", at_end("Hot spot [1]")),
    ),
    (Quantity("Largest closure error, lithium against charge [1]", largest("Charge closure [1]"), ".1e"),),
)

WETTING = (
    (
        Quantity("Simulated time [s]", at_end("Time [s]")),
        Quantity("Contact fraction [1]", at_end("Contact fraction [1]")),
        Quantity("Contact angle [°]", at_end("Contact angle [deg]")),
        Quantity("Angle through lithium, theory [°]", derived("lithium_angle")),
        Quantity("Height over the layer [nm]", at_end("Height over the layer [m]", 1e-9)),
        Quantity("Lithium [nm]", at_end("Lithium [m]", 1e-9)),
        Quantity("Pressure [MPa]", at_end("Pressure [Pa]", 1e6)),
        Quantity("Potential [µV]", at_end("Potential [V]", 1e-6)),
        Quantity("Charge plated [µAh/cm²]", at_end("Charge plated [C/m2]", 36.0)),
    ),
    (
        Quantity("Largest closure error, lithium against charge [1]", largest("Charge closure [1]"), ".1e"),
        Quantity("Largest closure error, layer [1]", largest("Layer closure [1]"), ".1e"),
    ),
)

BY_MODEL = {
    "plating": PLATING, "interphase": INTERPHASE, "plating-interphase": PLATING_INTERPHASE, "contact": CONTACT,
    "wetting": WETTING,
}  # fmt: skip

COST = (
    (
        Quantity("Cells", cells, ".0f"),
        Quantity("Steps", at_end("Step"), ".0f"),
        Quantity("Ranks", noted("ranks"), ".0f"),
        Quantity("Wall time [s]", noted("wall time [s]"), ".1f"),
        Quantity("Wall time per cell and step [µs]", cost),
        Quantity("Peak memory, all ranks [MB]", noted("peak memory [bytes]", 1e6), ".0f"),
    ),
)


def comparison(runs: Sequence[Run]) -> str:
    """A table of several runs, one column each: their end state, their worst closure errors, their cost.

    Parameters
    ----------
    runs : sequence of Run
        Runs that have ended, from :func:`phasefield.open_run`.

    Returns
    -------
    str
        Lines of text for a terminal.

    Raises
    ------
    RunError
        If a run lacks a file or a column that the table needs, or the runs are of different models.
    """
    models = {run.model for run in runs}
    if len(models) > 1:
        raise RunError(f"runs of different models have no table in common: {', '.join(sorted(models))}")
    names = [run.name for run in runs]
    if len(set(names)) < len(names):
        names = [str(run.path) for run in runs]
    groups = (*BY_MODEL[models.pop()], *COST)
    blocks = [[[line.head, *(_text(line, run) for run in runs)] for line in group] for group in groups]
    rows = [["", *names], *(row for block in blocks for row in block)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = "─" * (sum(widths) + 2 * len(names))
    return f"\n{rule}\n".join("\n".join(_line(row, widths) for row in block) for block in [rows[:1], *blocks])


def _text(quantity: Quantity, run: Run) -> str:
    try:
        value = float(quantity.of(run))
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise RunError(f"{run.path}: '{quantity.head}' cannot be had from its files ({error})") from None
    return MISSING if isnan(value) else format(value, quantity.form)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    head, *values = (text.rjust(width) for text, width in zip(row, widths, strict=True))
    return "  ".join([row[0].ljust(len(head)), *values])


def standing(run: Run) -> str:
    """How far a run has come, in a line."""
    state = run.status
    planned = run.resolved.get("derived", {}).get("planned_time")
    share = f", {state['time'] / planned:.0%} of the planned time" if planned else ""
    reason = f": {state['reason']}" if state.get("reason") else ""
    return f"{state['state']} at {pretty(state['time'], 's')} in {state['steps']} steps{share}{reason}"

"""Several runs side by side: what was plated, how well the books balance, and what the run cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan, prod
from typing import NamedTuple

import numpy as np

from phasefield.io.rundir import Run

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


MILLIAMPERE_HOUR_PER_CM2 = 3.6e4  # [C/m²]

GROUPS = (
    (
        Quantity("Simulated time [s]", at_end("Time [s]")),
        Quantity("Charge plated [mAh/cm²]", at_end("Charge plated [C/m2]", MILLIAMPERE_HOUR_PER_CM2)),
        Quantity("Tip height [µm]", at_end("Tip height [m]", 1e-6)),
        Quantity("Mean thickness of the deposit [µm]", gained("Mean thickness [m]", 1e-6)),
        Quantity("Roughness [µm]", at_end("Roughness [m]", 1e-6)),
        Quantity("Overpotential [mV]", at_end("Overpotential [V]", 1e-3)),
    ),
    (
        Quantity("Largest closure error, lithium against charge [1]", largest("Charge closure [1]"), ".1e"),
        Quantity("Largest closure error, salt [1]", largest("Salt closure [1]"), ".1e"),
    ),
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
        If a run lacks a file or a column that the table needs.
    """
    names = [run.name for run in runs]
    if len(set(names)) < len(names):
        names = [str(run.path) for run in runs]
    blocks = [[[line.head, *(_text(line, run) for run in runs)] for line in group] for group in GROUPS]
    rows = [["", *names], *(row for block in blocks for row in block)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = "─" * (sum(widths) + 2 * len(names))
    return f"\n{rule}\n".join("\n".join(_line(row, widths) for row in block) for block in [rows[:1], *blocks])


def _text(quantity: Quantity, run: Run) -> str:
    value = quantity.of(run)
    return MISSING if isnan(value) else format(value, quantity.form)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    head, *values = (text.rjust(width) for text, width in zip(row, widths, strict=True))
    return "  ".join([row[0].ljust(len(head)), *values])

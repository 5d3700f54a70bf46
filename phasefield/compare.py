"""Comparison of several runs: their final values, the errors of their balances, and their cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import isnan
from typing import Any, NamedTuple

import numpy as np

from phasefield.errors import RunError
from phasefield.io.rundir import Run
from phasefield.physics.common.columns import STEP, TIME, Column, Derived, Reduction
from phasefield.units import pretty

MISSING = "–"  # a quantity that a run does not have, such as salt in a single-ion conductor


class Quantity(NamedTuple):
    """One line of the table.

    Attributes
    ----------
    head : str
        Name and unit.
    of : callable
        Takes a run and returns the value in that unit; NaN if the run has no such quantity.
    form : str
        Format specification with which the value is printed.
    stays : bool
        Whether the line is shown though no run has a number: that an event never came is a result.
    """

    head: str
    of: Callable[[Run], float]
    form: str = "#.4g"
    stays: bool = False


class Reducing(NamedTuple):
    """How a column is reduced to one number.

    Attributes
    ----------
    head : str
        Head of the line: a format string with the column's display name, that name inside a sentence, and its unit.
    of : callable
        Takes the column's values, the times [s] and the column; returns the number in SI, NaN if there is none.
    per_unit : float or None
        Size of the head's unit in SI; None for the unit in which the column is shown.
    """

    head: str
    of: Callable[[np.ndarray, np.ndarray, Column], float]
    per_unit: float | None = None


def growth_rate(values: np.ndarray, time: np.ndarray, column: Column) -> float:
    """Mean growth rate of the logarithm over the run [1/s]; NaN if the column began at zero up to round-off."""
    elapsed = time[-1] - time[0]
    return float(np.log(values[-1] / values[0]) / elapsed) if values[0] > column.floor and elapsed > 0 else np.nan


def largest(values: np.ndarray, time: np.ndarray, column: Column) -> float:
    """The largest magnitude; NaN if the column has no finite number."""
    numbers = np.abs(values[~np.isnan(values)])
    return float(numbers.max()) if len(numbers) else np.nan


def first_time(values: np.ndarray, time: np.ndarray, column: Column) -> float:
    """First time at which the column is not zero [s]; NaN if it is always zero."""
    found = np.flatnonzero(values)
    return float(time[found[0]]) if len(found) else np.nan


REDUCTIONS: dict[Reduction, Reducing] = {
    "end": Reducing("{name} [{unit}]", lambda values, time, column: values[-1]),
    "gained": Reducing("{name} [{unit}]", lambda values, time, column: values[-1] - values[0]),
    "largest": Reducing("Largest {inside} [{unit}]", largest),
    "growth": Reducing("Growth rate of the {inside} [1/h]", growth_rate, 1 / 3600),
    "first": Reducing("{name} after [min]", first_time, 60.0),
}


def noted(key: str, per_unit: float = 1.0) -> Callable[[Run], float]:
    """A number of the manifest, divided by the unit to print it in; NaN if the manifest lacks it."""
    return lambda run: run.manifest.get(key, np.nan) / per_unit


def cells(run: Run) -> float:
    """Number of cells of the grid; NaN if the run lacks it."""
    return run.resolved["derived"].get("cells", np.nan)


def cost(run: Run) -> float:
    """Wall time per cell and step [µs]."""
    return noted("wall time [s]", 1e-6)(run) / (cells(run) * run.history[STEP.head][-1])


def lines(columns: Iterable[Column], derived: Sequence[Derived] = ()) -> tuple[tuple[Quantity, ...], ...]:
    """The lines that follow from a model's declarations: its results, and the errors of its balances.

    Parameters
    ----------
    columns : iterable of Column
        Columns of ``history.csv``.
    derived : sequence of Derived
        Numbers that follow from the deck and are shown.
    """
    numbers, closures = [], []
    for column in columns:
        if column.closes:
            head = f"Largest closure error, {column.closes} [1]"
            closures.append(Quantity(head, reduced(column, Reducing(head, largest, 1.0)), ".1e"))
        elif column.shown:
            numbers += [_line_of(column, REDUCTIONS[name]) for name in column.compare]
        numbers += [Quantity(d.line, following(d)) for d in derived if d.after == column.name]
    return tuple(group for group in (tuple(numbers), tuple(closures)) if group)


def _line_of(column: Column, by: Reducing) -> Quantity:
    name = column.called
    head = by.head.format(name=name, inside=name[:1].lower() + name[1:], unit=column.shown)
    return Quantity(head, reduced(column, by), stays=by is REDUCTIONS["first"])


def reduced(column: Column, by: Reducing) -> Callable[[Run], float]:
    """A column's number, divided by the unit to print it in; NaN if the run has no such column."""

    def of(run: Run) -> float:
        values, time = run.history.get(column.head), run.history[TIME.head]
        if values is None:
            return np.nan
        return by.of(values, time, column) / (column.per_unit if by.per_unit is None else by.per_unit)

    return of


def following(number: Derived) -> Callable[[Run], float]:
    """A number that follows from the deck, in the unit shown; NaN if it is infinite, missing, or does not apply."""

    def of(run: Run) -> float:
        value = _at(run.resolved.get("derived"), number.key)
        holds = not any(_at(run.resolved["deck"], key) for key in number.unless)
        return value / number.per_unit if holds and value is not None else np.nan

    return of


def _at(tree: Any, key: str) -> Any:
    """The value of a dotted key in nested tables and lists; None if there is none."""
    for part in key.split("."):
        try:
            tree = tree[int(part)] if isinstance(tree, list) else tree.get(part)
        except (IndexError, ValueError, AttributeError):
            return None
    return tree


COST = (
    (
        Quantity("Cells", cells, ".0f"),
        Quantity("Steps", lambda run: run.history[STEP.head][-1], ".0f"),
        Quantity("Ranks", noted("ranks"), ".0f"),
        Quantity("Wall time [s]", noted("wall time [s]"), ".1f"),
        Quantity("Wall time per cell and step [µs]", cost),
        Quantity("Peak memory, all ranks [MB]", noted("peak memory [bytes]", 1e6), ".0f"),
    ),
)


def comparison(runs: Sequence[Run]) -> str:
    """A table of several runs, one column each: final state, largest balance errors, cost.

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
        A run lacks a file that the table needs or has made no step, or the runs are of different models.
    """
    names = [run.name for run in runs]
    if len(set(names)) < len(names):
        names = [str(run.path) for run in runs]
    blocks = compared(runs)
    rows = [["", *names], *(row for block in blocks for row in block)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = "─" * (sum(widths) + 2 * len(names))
    return f"\n{rule}\n".join("\n".join(_line(row, widths) for row in block) for block in [rows[:1], *blocks])


def compared(runs: Sequence[Run]) -> list[list[list[str]]]:
    """The groups of lines of `comparison`; a line is its head, then the number of each run. Errors as there.

    What no run has a number for, such as salt in single-ion conductors, is left out.
    """
    models = {run.model for run in runs}
    if len(models) > 1:
        raise RunError(
            f"runs of different models have no table in common: {', '.join(sorted(models))}", code="mixed-runs"
        )
    for run in runs:
        if run.history.rows == 0:
            raise RunError(f"{run.path}: its history has no time step yet")
    groups = (*lines(*declared(runs)), *COST)
    return [block for group in groups if (block := list(_known(group, runs)))]


def _known(group: Iterable[Quantity], runs: Sequence[Run]) -> Iterator[list[str]]:
    """The lines of a group that at least one run has a number for."""
    for line in group:
        texts = [_text(line, run) for run in runs]
        if line.stays or set(texts) != {MISSING}:
            yield [line.head, *texts]


def declared(runs: Sequence[Run]) -> tuple[list[Column], list[Derived]]:
    """The columns and derived numbers that runs of one model declare; the first run that declares one counts."""
    columns: dict[str, Column] = {}
    derived: dict[str, Derived] = {}
    for run in runs:
        columns |= {column.head: column for column in run.columns if column.head not in columns}
        derived |= {number.key: number for number in run.derived_shown if number.key not in derived}
    return list(columns.values()), list(derived.values())


def _text(quantity: Quantity, run: Run) -> str:
    try:
        value = float(quantity.of(run))
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise RunError(f"{run.path}: '{quantity.head}' cannot be computed from its files ({error})") from None
    return MISSING if isnan(value) else format(value, quantity.form)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    head, *values = (text.rjust(width) for text, width in zip(row, widths, strict=True))
    return "  ".join([row[0].ljust(len(head)), *values])


def standing(run: Run) -> str:
    """One line about the state of a run."""
    state = run.status
    planned = run.resolved.get("derived", {}).get("planned_time")
    share = f", {state['time'] / planned:.0%} of the planned time" if planned else ""
    reason = f": {state['reason']}" if state.get("reason") else ""
    return f"{state['state']} at {pretty(state['time'], 's')} in {state['steps']} steps{share}{reason}"

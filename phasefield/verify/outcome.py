"""Run cases, and hold what they found against what was expected."""

from __future__ import annotations

import resource
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from phasefield.errors import Stopped
from phasefield.verify.case import Case, Quantity, extrapolated

LOG = "verify.log"


@dataclass(frozen=True)
class Row:
    """One number of a case: theirs and ours.

    Attributes
    ----------
    quantity : Quantity
    theirs, coarse, fine, limit : float
        Their number, ours at both resolutions, and ours extrapolated.
    """

    quantity: Quantity
    theirs: float
    coarse: float
    fine: float
    limit: float

    @property
    def deviation(self) -> float:
        """Of the finer run, relative to the quantity's scale."""
        return (self.fine - self.theirs) / abs(self.quantity.scale or self.theirs)

    @property
    def held(self) -> bool:
        """Whether the deviation is within the bound; not if it is no number."""
        return abs(self.deviation) <= self.quantity.bound


@dataclass(frozen=True)
class Outcome:
    """What became of a case.

    Attributes
    ----------
    case : Case
    rows : tuple of Row
        Empty if a run failed.
    cost : float [s]
        CPU time of both runs, with start and compilation.
    failure : str
        Why a run failed.
    """

    case: Case
    rows: tuple[Row, ...]
    cost: float
    failure: str = ""

    @property
    def misses(self) -> int:
        """Numbers beyond their bound; all of them if a run failed."""
        return sum(not row.held for row in self.rows) if self.rows else len(self.case.quantities)

    @property
    def held(self) -> bool:
        """Whether every number is within its bound."""
        return not self.misses


def run(case: Case, folder: Path) -> Outcome:
    """Solve a case at both resolutions.

    Parameters
    ----------
    case : Case
    folder : Path
        Empty, for the runs: each resolution gets a folder in it, and what they print goes to ``verify.log``.

    Returns
    -------
    Outcome
        Also if a run fails: then with the error, as a miss.

    Raises
    ------
    Stopped
        The process was asked to stop.
    """
    before = _cpu()
    try:
        with open(folder / LOG, "w", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
            found = [case.measure(size, folder / f"{size:g}") for size in case.sizes]
        rows = tuple(_row(case, *numbers) for numbers in zip(case.quantities, *found, strict=True))
    except Stopped:
        raise
    except Exception as error:  # the page names it; the other cases go on
        return Outcome(case, (), _cpu() - before, f"{type(error).__name__}: {error}")
    return Outcome(case, rows, _cpu() - before)


def _row(case: Case, quantity: Quantity, coarse: float, fine: float) -> Row:
    ratio = case.sizes[0] / case.sizes[1]
    limit = extrapolated(coarse, fine, ratio, case.order)
    return Row(quantity, quantity.reference, float(coarse), float(fine), float(limit))


def _cpu() -> float:
    """CPU time of this process and of those that it waited for [s]."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)

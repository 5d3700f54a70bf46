"""Declaration of a model's columns, from which tables, charts, studies and reports are made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Literal, TypeVar, get_args

#: How ``phasefield compare`` reduces a column to one number: its last value, the last minus the first, the largest
#: magnitude, the growth rate of its logarithm, or the first time at which it is not zero.
Reduction = Literal["end", "gained", "largest", "growth", "first"]


@dataclass(frozen=True)
class Column:
    """A column of ``history.csv``.

    Attributes
    ----------
    name : str
        Name of the quantity; with the unit in brackets it is the column's head.
    unit : str
        SI unit of the column, in ASCII; "1" for a plain number, "" for a count that has none in its head.
    shown : str
        Unit in tables and charts, one of :mod:`phasefield.units`; empty if none shows the column.
    compare : tuple of Reduction
        Reductions of the column in ``phasefield compare``, with one line of its table each.
    chart : bool
        Whether it is drawn against time.
    study : bool
        Whether a study without ``outcomes`` draws it.
    closes : str
        If the column is the relative error of a balance: the two amounts that are compared.
    title : str
        Display name, if `name` is not clear enough.
    floor : float [unit]
        A value up to this is round-off, and has no growth rate.
    undefined : bool
        Whether some states have no such value, as there is no resistance at rest: it is then NaN or infinite. A step
        with such a value in any other column is rejected.

    Raises
    ------
    ValueError
        A reduction is unknown, or a column in a table, chart or study has no unit to show.
    """

    name: str
    unit: str
    shown: str = ""
    compare: tuple[Reduction, ...] = ("end",)
    chart: bool = False
    study: bool = False
    closes: str = ""
    title: str = ""
    floor: float = 0.0
    undefined: bool = False

    def __post_init__(self) -> None:
        if unknown := set(self.compare) - set(get_args(Reduction)):
            known = ", ".join(get_args(Reduction))
            raise ValueError(f"column '{self.name}': no reduction '{min(unknown)}'; there are {known}")
        if (self.chart or self.study) and not self.shown:
            raise ValueError(f"column '{self.name}': a chart or a study shows it, so give the unit `shown`")
        if self.study and not {"end", "gained"} & set(self.compare):
            raise ValueError(f"column '{self.name}': a study draws lines of compare, so give \"end\" or \"gained\"")

    @property
    def head(self) -> str:
        """Head of the column in ``history.csv``."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    @property
    def called(self) -> str:
        """Display name."""
        return self.title or self.name

    @property
    def line(self) -> str:
        """Head of the line of ``phasefield compare`` with its value at the end."""
        return f"{self.called} [{self.shown}]"

    @cached_property
    def per_unit(self) -> float:
        """One of the unit shown, in the SI unit."""
        return _per_unit(self.shown, self.unit)


@dataclass(frozen=True)
class Derived:
    """A number that follows from the deck, with a line in ``phasefield compare``.

    Attributes
    ----------
    key : str
        Dotted key in the ``derived`` numbers of ``resolved.json``; entries of lists by their number.
    title : str
        Display name.
    unit, shown : str
        SI unit, and unit in tables.
    after : str
        Name of the column that it predicts, and after whose line it is shown.
    unless : tuple of str
        Dotted keys of the deck; if one of them is given, the number does not apply.
    """

    key: str
    title: str
    unit: str
    shown: str
    after: str
    unless: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """Head of its line of ``phasefield compare``."""
        return f"{self.title} [{self.shown}]"

    @cached_property
    def per_unit(self) -> float:
        """One of the unit shown, in the SI unit."""
        return _per_unit(self.shown, self.unit)


Declared = TypeVar("Declared", Column, Derived)


def to_json(declared: Column | Derived) -> dict[str, Any]:
    """Declaration for ``resolved.json``, with the factor between its units if there are two."""
    return asdict(declared) | ({"per_unit": declared.per_unit} if declared.shown else {})


def from_json(kind: type[Declared], found: Mapping[str, Any]) -> Declared:
    """Inverse of :func:`to_json`; keys of later versions are ignored."""
    known = {field.name for field in fields(kind)}
    given: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in found.items() if key in known}
    return kind(**given)


def _per_unit(shown: str, unit: str) -> float:
    if shown in ("", unit):
        return 1.0
    from phasefield.units import quantity  # here: it reads a list of units

    return quantity(f"1 {shown}", re.sub(r"(?<=[A-Za-z])(\d)", r"^\1", unit))


#: Columns of every run, before and after those of its model.
STEP = Column("Step", "")
TIME = Column("Time", "s", "s", title="Simulated time")
BEFORE = (STEP, TIME, Column("Time step", "s"))
AFTER = (
    Column("Newton iterations", "1"),
    Column("Linear iterations", "1"),
    Column("Limited updates", "1"),
    Column("Rejected steps", "1"),
    Column("Wall time", "s"),
)

#: Columns of several models.
CURRENT = Column("Current density", "A/m2")
CHARGE_PASSED = Column("Charge passed", "C/m2")
CHARGE_CLOSURE = Column("Charge closure", "1", closes="lithium against charge")
CARRIER_CLOSURE = Column("Carrier closure", "1", closes="electrons against ions")
SHORT_CIRCUIT = Column("Short circuit", "1", "1", compare=("first",))


def of_a_run(columns: Iterable[Column]) -> tuple[Column, ...]:
    """All columns of ``history.csv``, in order, given those of a model."""
    return (*BEFORE, *columns, *AFTER)


def headed(row: Mapping[str, float], columns: Sequence[Column]) -> dict[str, float]:
    """A row keyed by the heads of its columns, in their order.

    Parameters
    ----------
    row : mapping of str to float [SI]
        Values by name; by head if two columns have the same name. Columns that the run does not have are omitted.
    columns : sequence of Column

    Raises
    ------
    KeyError
        A value belongs to no column.
    """
    names = [column.name for column in columns]
    keys = {column.head if names.count(column.name) > 1 else column.name: column.head for column in columns}
    if unknown := [name for name in row if name not in keys]:
        near = get_close_matches(unknown[0], keys, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"declared are {', '.join(keys)}"
        raise KeyError(f"a row has '{unknown[0]}', which no column declares; {hint}")
    return {head: row[key] for key, head in keys.items() if key in row}

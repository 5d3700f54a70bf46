"""The table of a study for pictures: its axes, and the settings and results of each member."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasefield.errors import RunError
from phasefield.io import safe
from phasefield.io.record import read_record
from phasefield.io.rundir import Run, open_run

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
DESCRIPTION, TABLE = "study.json", "table.csv"


@dataclass(frozen=True)
class Axis:
    """An axis along which a study varies.

    Attributes
    ----------
    name, unit : str
    scale : {"linear", "log"}
    sampled, replicate : bool
    values : tuple
        The different settings; numbers in increasing order, words in order of appearance.
    """

    name: str
    unit: str
    scale: str
    sampled: bool
    replicate: bool
    values: tuple

    @property
    def numeric(self) -> bool:
        """Whether the settings are numbers."""
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values)

    @property
    def title(self) -> str:
        """Text of an axis of a picture."""
        name = self.name.replace("_", " ").capitalize()
        return f"{name} ({nice_unit(self.unit)})" if self.unit else name

    def text(self, value: Any) -> str:
        """A setting with its unit."""
        return f"{number(value)} {nice_unit(self.unit)}".rstrip()


@dataclass(frozen=True)
class MemberRun(Run):
    """A run that pictures name by its number in the study, since the name of its directory is long.

    Attributes
    ----------
    index : int
    """

    index: int = 0

    @property
    def name(self) -> str:
        return f"member {self.index}"


@dataclass(frozen=True)
class StudyTable:
    """The table of a study, read from its directory.

    Attributes
    ----------
    path : Path
    description : mapping
        Content of ``study.json``.
    axes : tuple of Axis
    members : tuple of mapping
        Members in ``study.json``, in the order of the rows.
    columns : mapping
        Columns of ``table.csv``, as text.
    """

    path: Path
    description: Mapping[str, Any]
    axes: tuple[Axis, ...]
    members: tuple[Mapping[str, Any], ...]
    columns: Mapping[str, Sequence[str]]

    @property
    def varied(self) -> tuple[Axis, ...]:
        """Axes with several settings that are not replicates."""
        return tuple(axis for axis in self.axes if len(axis.values) > 1 and not axis.replicate)

    def settings(self, axis: Axis) -> list[Any]:
        """The setting of each member."""
        return [member["settings"][axis.name] for member in self.members]

    def outcome(self, head: str) -> NDArray[np.float64]:
        """A column of numbers; NaN where a member has none.

        Raises
        ------
        RunError
            There is no such column.
        """
        if head not in self.columns:
            raise RunError(
                f"{self.path / TABLE}: has no column '{head}', only {', '.join(self.columns)}", code="unknown-name"
            )
        return np.array([float(text) if text else np.nan for text in self.columns[head]])

    def where(self, settings: Mapping[str, Any]) -> NDArray[np.bool_]:
        """Which members have these settings."""
        matches = [all(m["settings"][name] == value for name, value in settings.items()) for m in self.members]
        return np.array(matches, dtype=bool)

    def run(self, index: int) -> Run | None:
        """The run of a member, if it is done."""
        if self.columns["State"][index] != "done":
            return None
        member = self.members[index]
        return MemberRun(open_run(self.path / member["name"]).path, member["index"])

    def label(self, index: int) -> str:
        """The settings of a member, as text."""
        settings = self.members[index]["settings"]
        return ", ".join(f"{axis.name.replace('_', ' ')} {axis.text(settings[axis.name])}" for axis in self.axes)


def read_study(path: Path) -> StudyTable:
    """Read the table of a study.

    Raises
    ------
    RunError
        There is no table in the directory, or it cannot be read.
    """
    try:
        description = read_record(path / DESCRIPTION)
        heads, *rows = list(csv.reader(safe.read(path / TABLE).decode().splitlines()))
        columns = dict(zip(heads, zip(*rows, strict=True), strict=True))
        members = {member["name"]: member for member in description["members"]}
        ordered = tuple(members[name] for name in columns["Member"])
        axes = tuple(
            _axis(axis, [member["settings"][axis["name"]] for member in ordered]) for axis in description["axes"]
        )
        return StudyTable(path, description, axes, ordered, columns)
    except (RunError, OSError, ValueError, LookupError, TypeError, AttributeError, csv.Error) as error:
        raise RunError(f"{path}: has no readable table of a study ({error})", code="unreadable") from None


def _axis(found: Mapping[str, Any], settings: Sequence[Any]) -> Axis:
    different = tuple(dict.fromkeys(settings))
    axis = Axis(found["name"], found["unit"], found["scale"], found["sampled"], found["replicate"], different)
    return Axis(**{**vars(axis), "values": tuple(sorted(different))}) if axis.numeric else axis


def number(value: Any, digits: int = 4) -> str:
    """A number in readable form, such as 180, −0.19 or 3·10⁻¹⁶; words are unchanged."""
    if not isinstance(value, float):
        return str(value).replace("-", "−") if isinstance(value, int) else str(value)
    if not np.isfinite(value):
        return "–"
    size = np.floor(np.log10(abs(value))) if value else 0
    if -3 <= size < 5:
        return f"{float(f'{value:.{digits}g}'):.10g}".replace("-", "−")
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    text = f"{float(mantissa):g}·10{str(int(power)).translate(RAISED)}"
    return text.removeprefix("1·").replace("-", "−")


def nice_unit(unit: str) -> str:
    """A unit of a deck for readers: ``mA/cm^2`` as mA/cm²."""
    for plain, nice in (("^2", "²"), ("^3", "³"), ("**2", "²"), ("**3", "³"), ("um", "µm"), ("ohm", "Ω"), ("*", " ")):
        unit = unit.replace(plain, nice)
    return unit

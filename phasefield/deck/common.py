"""Sections and rules that all decks have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

from pydantic import Field, PrivateAttr

from phasefield.deck.base import Section
from phasefield.deck.cell import Conditions, Domain
from phasefield.deck.drive import Drive, DriveStep
from phasefield.deck.lines import Written
from phasefield.deck.operation import Checkpoint, Output, Solver, Stop, Time
from phasefield.errors import Problem
from phasefield.units import pretty


class Deck(Section):
    """A case, validated, in SI units; made by `load_deck`. Each physics has its own subclass.

    Attributes
    ----------
    title : str
    model : str
        Physical model of the deck.
    conditions, domain, time, solver, output, checkpoint
        Sections that every deck has; every key is described in ``inputs/README.md``.
    """

    title: str = Field("", max_length=200, description="Title of the run, shown in reports and pictures.")
    model: str
    conditions: Conditions = Field(default_factory=Conditions, description="Operating conditions of the cell.")
    domain: Domain = Field(description="Simulation box and mesh.")
    time: Time = Field(default_factory=Time, description="Time stepping.")
    solver: Solver = Field(default_factory=Solver, description="Solution of the equations in each time step.")
    output: Output = Field(default_factory=Output, description="Snapshots.")
    checkpoint: Checkpoint = Field(
        default_factory=Checkpoint, description="Checkpoints, and the limits of a batch job."
    )

    _written: Written = PrivateAttr(Written(""))

    def set_text(self, written: Written) -> None:
        """Remember the text that the deck was read from, for `located`."""
        self._written = written

    def located(self, problems: Sequence[Problem]) -> list[Problem]:
        """The same problems with their lines in the deck's text, if it was read from a file."""
        return self._written.located(problems)

    @property
    def planned_time(self) -> float:
        """Simulated time if no other condition stops the run [s]."""
        raise NotImplementedError

    @property
    def snapshot_times(self) -> tuple[float, ...]:
        """Times of the snapshots after the one at the start [s]; the last is the planned time."""
        return self.output.times_until(self.planned_time)

    @property
    def more_snapshots(self) -> int:
        """Largest number of snapshots at other times, where conditions end steps of a drive."""
        return 0

    @property
    def possible_fields(self) -> tuple[str, ...]:
        """Fields that runs of this physics may have."""
        return self.output.possible()

    @property
    def absent_fields(self) -> dict[str, str]:
        """Fields that other runs of this physics may have but this one has not: the reason, by name."""
        return {}

    @property
    def attachments(self) -> dict[str, tuple[str, str]]:
        """Files that the deck names: by key, the name of the copy in the run directory, and the text."""
        return {}

    @property
    def method(self) -> str:
        """Method of the time steps: the deck's; for "auto", "split" where steps can be split, and else "bdf2"."""
        if self.time.method != "auto":
            return self.time.method
        return "bdf2" if self.unsplit else "split"

    @property
    def order(self) -> int:
        """Order of the method in time: 1 for implicit Euler, else 2."""
        return 1 if self.method == "implicit-euler" else 2

    @property
    def splits(self) -> bool:
        """Whether the steps are split."""
        return self.method == "split"

    @property
    def unsplit(self) -> str:
        """Why the steps cannot be split; empty if they can."""
        return 'only lithium plating (model = "plating") splits its steps'

    @property
    def further_memory(self) -> float:
        """Memory per cell for what is computed beside the equations [byte]."""
        return 0.0

    @property
    def compiles(self) -> bool:
        """Whether the deck allows the compiled engine."""
        return self.solver.engine != "fipy"

    @property
    def has_end(self) -> bool:
        """Whether the deck says when the run ends; it is a problem of the deck if not."""
        return True

    def problems(self) -> Iterator[Problem]:
        if self.time.method == "split" and self.unsplit:
            yield Problem("time.method", f'must be "auto", "bdf2" or "implicit-euler": {self.unsplit}', '"split"')
        if self.has_end:
            yield from output_problems(self.output, self.planned_time)
        if "fields" in self.output.model_fields_set:
            for name in self.output.fields:
                if reason := self.absent_fields.get(name):
                    yield Problem("output.fields", f'"{name}" does not exist in this run: {reason}')

    def resolved(self) -> dict[str, Any]:
        """Every value, defaults included, as JSON-able numbers in SI units."""
        return self.model_dump(mode="json")


def absent_axes(dimension: int) -> dict[str, str]:
    """Components of a current that do not exist in this dimension: the reason, by name."""
    axes = {"iy": (2, "second"), "iz": (3, "third")}
    return {name: f"there is no {which} axis" for name, (least, which) in axes.items() if dimension < least}


class ScheduledStep(NamedTuple):
    """A step of the drive with its start and its latest end [s]."""

    start: float
    end: float
    step: DriveStep


class DrivenDeck(Deck):
    """A cell to which currents or voltages are applied, step after step."""

    #: Whether the electrode is lithium: it has a tip, and no other voltage than 0 at rest.
    of_lithium: ClassVar[bool] = True

    drive: Drive = Field(description="Current or voltage applied to the cell.")
    stop: Stop = Field(default_factory=Stop, description="Conditions that end the run before the drive ends.")

    @property
    def planned_time(self) -> float:
        """Simulated time if no condition ends the run, or a step, earlier [s]."""
        ends = [t for t in (self.drive.duration, self.stop.time) if t is not None]
        return min(ends)

    def schedule(self) -> Iterator[ScheduledStep]:
        """The steps of the drive, cycle after cycle, up to the planned time, if no condition ends one earlier."""
        start, stop = 0.0, self.planned_time
        for step, *_ in self.drive.unrolled():
            end = min(start + step.longest, stop)
            if end > start:
                yield ScheduledStep(start, end, step)
            start = end
            if start >= stop:
                return

    @property
    def more_snapshots(self) -> int:
        """Number of steps that a condition may end, if it is not larger than the number of planned snapshots."""
        if self.output.model_fields_set & {"every", "times"}:
            return 0
        number = sum(bool(planned.step.conditions) for planned in self.drive.unrolled())
        return number if number <= self.output.snapshots else 0

    @property
    def has_end(self) -> bool:
        return self.drive.duration is not None or self.stop.time is not None

    def problems(self) -> Iterator[Problem]:
        yield from super().problems()
        if not self.has_end:
            yield Problem("stop.time", "is required, because the last step of the drive has no duration")
        for key, step in self.drive.entries():
            yield from self._condition_problems(f"drive.{key}.until", step)

    def _condition_problems(self, key: str, step: DriveStep) -> Iterator[Problem]:
        """Problems of conditions that the electrode never meets, or meets at once."""
        limits = step.conditions
        if not self.of_lithium:
            if "tip_height" in limits:
                yield Problem(f"{key}.tip_height", "does not exist in this model, whose electrode has no tip")
            return
        if step.mode == "galvanostatic" and "voltage" in limits:
            if step.plates and limits["voltage"] >= 0:
                yield Problem(f"{key}.voltage", 'must be negative, such as "-0.1 V": the voltage is below 0 in plating')
            elif not step.plates and limits["voltage"] <= 0:
                yield Problem(f"{key}.voltage", 'must be positive, such as "1 V": the voltage is above 0 in stripping')


def output_problems(output: Output, end: float) -> Iterator[Problem]:
    """Problems of snapshots that are too many, or later than the end of a run [s]."""
    if output.every is not None and end > 10_000 * output.every:
        yield Problem("output.every", f"gives more than 10000 snapshots in {pretty(end, 's')}")
    if output.times and output.times[-1] > end * (1 + 1e-9):
        yield Problem("output.times", f"must not be later than the planned end of the run, {pretty(end, 's')}")

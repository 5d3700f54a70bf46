"""What every deck has, whichever physics it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import Field

from phasefield.deck.base import Section
from phasefield.deck.cell import Conditions, Domain
from phasefield.deck.operation import Checkpoint, Drive, DriveStep, Output, Solver, Stop, Time
from phasefield.errors import Problem
from phasefield.units import pretty


class Deck(Section):
    """A case, validated, in SI units; made by `load_deck`. Each physics has its own subclass.

    Attributes
    ----------
    title : str
    model : str
        Which physics.
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

    @property
    def planned_time(self) -> float:
        """Simulated time if no other condition stops the run [s]."""
        raise NotImplementedError

    @property
    def snapshot_times(self) -> tuple[float, ...]:
        """Times of the snapshots after the one at the start [s]; the last is the planned time."""
        return self.output.times_until(self.planned_time)

    @property
    def attachments(self) -> dict[str, tuple[str, str]]:
        """Files that the deck names: by key, what the run directory's own copy is called, and its text."""
        return {}

    @property
    def compiles(self) -> bool:
        """Whether the compiled engine is asked for, as far as the deck tells."""
        return self.solver.engine != "fipy"

    def resolved(self) -> dict[str, Any]:
        """Every value, defaults included, as JSON-able numbers in SI units."""
        return self.model_dump(mode="json")


class ScheduledStep(NamedTuple):
    """A step of the drive, and when it applies [s]."""

    start: float
    end: float
    step: DriveStep


class DrivenDeck(Deck):
    """A cell to which currents or voltages are applied, step after step."""

    drive: Drive = Field(description="Current or voltage applied to the cell.")
    stop: Stop = Field(default_factory=Stop, description="Conditions that end the run before the drive ends.")

    @property
    def planned_time(self) -> float:
        """Simulated time if no other condition stops the run [s]."""
        ends = [t for t in (self.drive.duration, self.stop.time) if t is not None]
        return min(ends)

    def schedule(self) -> Iterator[ScheduledStep]:
        """The steps of the drive, cycle after cycle, up to the planned time."""
        start, stop = 0.0, self.planned_time
        for _ in range(self.drive.cycles):
            for step in self.drive.steps:
                end = stop if step.duration is None else min(start + step.duration, stop)
                if end > start:
                    yield ScheduledStep(start, end, step)
                start = end
                if start >= stop:
                    return

    def problems(self) -> Iterator[Problem]:
        if self.drive.duration is None and self.stop.time is None:
            yield Problem("stop.time", "is required, because the last step of the drive has no duration")
            return
        end = self.planned_time
        if self.output.every is not None and end > 10_000 * self.output.every:
            yield Problem("output.every", f"gives more than 10000 snapshots in {pretty(end, 's')}")
        if self.output.times and self.output.times[-1] > end * (1 + 1e-9):
            yield Problem("output.times", f"must not be later than the planned end of the run, {pretty(end, 's')}")

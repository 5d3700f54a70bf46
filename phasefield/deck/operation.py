"""Sections of a deck that say what is done: drive, stop, time stepping, solver, output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args

from pydantic import Field

from phasefield.deck import petsc
from phasefield.deck.base import ChargePerArea, CurrentDensity, Duration, Length, Section, Voltage
from phasefield.deck.cell import AutoDuration
from phasefield.errors import Problem

_DRIVEN_BY = {"galvanostatic": "current_density", "potentiostatic": "voltage", "rest": None}


class DriveStep(Section):
    mode: Literal["galvanostatic", "potentiostatic", "rest"] = Field(
        description="Current given, voltage given, or no current."
    )
    current_density: CurrentDensity | None = Field(
        None, description="Current over the box's cross-section; plating is positive. Galvanostatic only."
    )
    voltage: Voltage | None = Field(
        None, description="Metal against counter electrode; plating is negative. Potentiostatic only."
    )
    duration: Duration | None = Field(
        None, description="How long; the last step of a single cycle may leave it to `stop.time`."
    )

    def problems(self) -> Iterator[Problem]:
        driven_by = _DRIVEN_BY[self.mode]
        for key in ("current_density", "voltage"):
            given = getattr(self, key) is not None
            if given and key != driven_by:
                yield Problem(key, f'does not belong to mode = "{self.mode}"')
            elif key == driven_by and not given:
                yield Problem(key, f'is required when mode = "{self.mode}"')
        if self.current_density == 0:
            yield Problem("current_density", 'must not be zero; write mode = "rest"')


class Drive(Section):
    cycles: int = Field(1, ge=1, le=100_000, description="How often the list of steps is gone through.")
    steps: tuple[DriveStep, ...] = Field(
        strict=False, min_length=1, max_length=1000, description="Steps, one after the other."
    )

    def problems(self) -> Iterator[Problem]:
        if self.cycles * len(self.steps) > 100_000:
            yield Problem("cycles", "makes more than 100000 steps of all cycles")
        for index, step in enumerate(self.steps):
            open_end = self.cycles == 1 and index == len(self.steps) - 1
            if step.duration is None and not open_end:
                yield Problem(f"steps.{index}.duration", "is required, except on the last step of a single cycle")

    @property
    def duration(self) -> float | None:
        """Time of all steps of all cycles [s]; None if the last one is open."""
        durations = [step.duration for step in self.steps]
        if None in durations:
            return None
        return self.cycles * sum(d for d in durations if d is not None)


class Stop(Section):
    time: Duration | None = Field(
        None, description="End of the run; required if the last step of the drive has no duration."
    )
    charge: ChargePerArea | None = Field(None, description='Net charge plated, "C/m^2" or "mAh/cm^2".')
    tip_height: Length | None = Field(None, description="Height of the highest lithium.")
    short_circuit: bool = Field(True, description="Stop when lithium connects both electrodes.")


class Time(Section):
    initial_step: AutoDuration = Field("auto", description='First time step, or "auto".')
    max_step: Duration | None = Field(None, description="Longest time step allowed.")
    tolerance: float = Field(1e-2, ge=1e-6, le=0.2, description="Largest local error of ξ in a step.")


class Checkpoint(Section):
    every: Duration = Field("5 min", description="Wall time between checkpoints.")
    keep: int = Field(2, ge=2, le=1000, description="Valid checkpoints kept; older ones are removed.")
    failures: int = Field(
        3, ge=0, le=1000, description="Checkpoints in a row that may fail, on a full disk say, before the run ends."
    )
    wall_time: Duration | None = Field(
        None, description="Wall time of the job; before it ends, the run writes a checkpoint and exits with code 75."
    )
    margin: Duration = Field("5 min", description="How long before.")
    watchdog: Duration = Field("1 h", description="Wall time without a time step after which the job ends, as hung.")

    def problems(self) -> Iterator[Problem]:
        if self.wall_time is not None and self.margin >= self.wall_time:
            yield Problem("margin", "must be shorter than wall_time")


class Solver(Section):
    engine: Literal["auto", "compiled", "fipy"] = Field(
        "auto",
        description="`compiled`: the equations as machine code; `fipy`: FiPy's own assembly, the slower reference; "
        "`auto`: compiled if every term can be.",
    )
    profile: Literal["default", "strict"] = Field(
        "default", description="`strict`: tolerances so tight that no number of ranks changes the answer."
    )
    max_newton: int = Field(12, ge=1, le=1000, description="Newton iterations before a step is rejected.")
    max_rejections: int = Field(12, ge=0, le=1000, description="Rejections of one step before the run stops.")
    petsc: dict[str, Any] = Field(
        {}, strict=False, max_length=100, description=petsc.DESCRIPTION
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        for key, value in self.petsc.items():
            if found := petsc.problem(key, value):
                yield found


FieldName = Literal["xi", "phi", "c", "current", "ix", "iy", "iz", "film", "conductivity"]
FIELDS: tuple[FieldName, ...] = get_args(FieldName)


class Output(Section):
    snapshots: int = Field(
        20, ge=1, le=10_000, description="Number of snapshots after the first, evenly over the planned time."
    )
    every: Duration | None = Field(None, description="Time between snapshots, instead of `snapshots`.")
    times: tuple[Duration, ...] | None = Field(
        None, strict=False, max_length=10_000, description="Times of the snapshots, instead of `snapshots`."
    )
    fields: tuple[FieldName, ...] = Field(
        FIELDS, strict=False, min_length=1, description="Fields in the snapshots, as far as the run has them."
    )

    def problems(self) -> Iterator[Problem]:
        given = [key for key in ("snapshots", "every", "times") if key in self.model_fields_set]
        for key in given[1:]:
            yield Problem(key, f"excludes {given[0]}; give only one of snapshots, every, times")
        if self.times is not None and any(b <= a for a, b in zip(self.times, self.times[1:], strict=False)):
            yield Problem("times", "must grow from one to the next")
        if len(set(self.fields)) < len(self.fields):
            yield Problem("fields", "names a field twice")

    def times_until(self, end: float) -> tuple[float, ...]:
        """Times of the snapshots after the one at the start [s]; the last is the end."""
        if self.times is not None:
            times = list(self.times)
        elif self.every is not None:
            times = [k * self.every for k in range(1, int(end / self.every) + 1)]
        else:
            times = [k * end / self.snapshots for k in range(1, self.snapshots)]
        return (*(t for t in times if t < end * (1 - 1e-9)), end)

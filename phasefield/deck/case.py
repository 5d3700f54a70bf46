"""The whole deck, and what must fit together between its sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import Field

from phasefield.deck.base import Section
from phasefield.deck.cell import Conditions, Domain, Electrolyte, Interface, Kinetics, Lithium
from phasefield.deck.operation import Drive, DriveStep, Output, Solver, Stop, Time
from phasefield.deck.shapes import Coating, Front, Heterogeneity
from phasefield.errors import Problem
from phasefield.units import pretty


class ScheduledStep(NamedTuple):
    """A step of the drive, and when it applies [s]."""

    start: float
    end: float
    step: DriveStep


class Deck(Section):
    """A case, validated, in SI units; made by `load_deck`.

    Attributes
    ----------
    title : str
    conditions, domain, interface, electrolyte, lithium, kinetics, front, drive, stop, time, solver, output
        The sections of the file; every key is described in ``inputs/README.md``.
    coating, heterogeneity
        Sections that a deck may leave out; None then.
    """

    title: str = Field("", max_length=200, description="Title, for people.")
    conditions: Conditions = Field(default_factory=Conditions, description="Conditions of the cell.")
    domain: Domain = Field(description="Box and mesh.")
    interface: Interface = Field(description="The diffuse interface.")
    electrolyte: Electrolyte = Field(description="The electrolyte.")
    lithium: Lithium = Field(default_factory=Lithium, description="Lithium metal.")
    kinetics: Kinetics = Field(description="Charge transfer.")
    front: Front = Field(description="The lithium at the start.")
    coating: Coating | None = Field(
        None, description="A film thinner than a cell: a resistance in series with charge transfer."
    )
    heterogeneity: Heterogeneity | None = Field(None, description="Structure of the electrolyte.")
    drive: Drive = Field(description="What is applied to the cell.")
    stop: Stop = Field(default_factory=Stop, description="When the run ends, beside the end of the drive.")
    time: Time = Field(default_factory=Time, description="Time stepping.")
    solver: Solver = Field(default_factory=Solver, description="Solution of a step.")
    output: Output = Field(default_factory=Output, description="Snapshots.")

    @property
    def planned_time(self) -> float:
        """Simulated time if no other condition stops the run [s]."""
        ends = [t for t in (self.drive.duration, self.stop.time) if t is not None]
        return min(ends)

    @property
    def gap(self) -> float:
        """Electrolyte between the flat lithium and the counter electrode [m]."""
        return self.domain.size[-1] - self.front.height

    @property
    def snapshot_times(self) -> tuple[float, ...]:
        """Times of the snapshots after the one at the start [s]; the last is the planned time."""
        return self.output.times_until(self.planned_time)

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

    def resolved(self) -> dict[str, Any]:
        """Every value, defaults included, as JSON-able numbers in SI units."""
        return self.model_dump(mode="json")

    def problems(self) -> Iterator[Problem]:
        yield from self._front_problems()
        yield from self._position_problems()
        yield from self._plane_problems()
        yield from self._time_problems()
        yield from self._output_problems()

    def _front_problems(self) -> Iterator[Problem]:
        front, height = self.front, self.domain.size[-1]
        lateral = self.domain.dimension - 1
        top, bottom = front.height + front.rise, front.height - front.fall
        if top >= height:
            reach = f"with its features the lithium reaches {pretty(top, 'm')}"
            yield Problem("front.height", f"{reach}, but the box is only {pretty(height, 'm')} high")
        if bottom <= 0:
            yield Problem("front.height", "the valleys of the front reach the bottom of the box")
        for index, cosine in enumerate(front.cosines):
            if lateral and cosine.axis >= lateral:
                key = f"front.cosines.{index}.axis"
                yield Problem(key, f"must be a lateral axis, at most {lateral - 1} here")
        if not lateral:
            for key in ("cosines", "bumps", "seeds", "noise"):
                if getattr(front, key):
                    yield Problem(f"front.{key}", "a front in 1-D is flat: it has no lateral axis")
        if front.noise and front.noise.correlation_length < min(self.domain.spacing):
            yield Problem("front.noise.correlation_length", "must not be smaller than a cell")

    def _position_problems(self) -> Iterator[Problem]:
        """Points of the electrode plane must have its coordinates and lie on it."""
        lateral = self.domain.size[:-1]
        if not lateral:
            if self.coating and (self.coating.defects or self.coating.random_defects):
                yield Problem("coating", "a film in 1-D has no defects: there is no lateral axis")
            return
        defects = self.coating.defects if self.coating else ()
        positions = {
            "front.bumps": [bump.position for bump in self.front.bumps],
            "front.seeds": [seed.position for seed in self.front.seeds],
            "coating.defects": [defect.position for defect in defects],
        }
        for name, points in positions.items():
            for index, point in enumerate(points):
                yield from _point_problems(f"{name}.{index}.position", point, lateral)

    def _plane_problems(self) -> Iterator[Problem]:
        planes = self.heterogeneity.grain_boundaries.planes if self.heterogeneity else ()
        dimension = self.domain.dimension
        for index, plane in enumerate(planes):
            key = f"heterogeneity.grain_boundaries.planes.{index}"
            yield from _point_problems(f"{key}.point", plane.point, self.domain.size)
            if len(plane.normal) != dimension:
                yield Problem(f"{key}.normal", f"needs {dimension} numbers, not {len(plane.normal)}")

    def _time_problems(self) -> Iterator[Problem]:
        if self.drive.duration is None and self.stop.time is None:
            yield Problem("stop.time", "is required, because the last step of the drive has no duration")
            return
        end = self.planned_time
        if self.output.every is not None and end > 10_000 * self.output.every:
            yield Problem("output.every", f"asks for more than 10000 snapshots in {pretty(end, 's')}")
        if self.output.times and self.output.times[-1] > end * (1 + 1e-9):
            yield Problem("output.times", f"go beyond the end of the run, planned at {pretty(end, 's')}")

    def _output_problems(self) -> Iterator[Problem]:
        if "fields" not in self.output.model_fields_set:
            return
        missing = {
            "c": self.electrolyte.transport != "binary" and "only a binary electrolyte has a concentration",
            "iy": self.domain.dimension < 2 and "there is no second axis",
            "iz": self.domain.dimension < 3 and "there is no third axis",
            "film": self.coating is None and "there is no coating",
            "conductivity": self.heterogeneity is None and "there is no heterogeneity",
        }
        for name in self.output.fields:
            if reason := missing.get(name):
                yield Problem("output.fields", f'"{name}" does not exist in this run: {reason}')


def _point_problems(key: str, point: tuple[float, ...], size: tuple[float, ...]) -> Iterator[Problem]:
    if len(point) != len(size):
        yield Problem(key, f"needs {len(size)} coordinate{'s' * (len(size) > 1)}, not {len(point)}")
    elif any(not 0 <= x <= length for x, length in zip(point, size, strict=True)):
        box = " by ".join(pretty(length, "m") for length in size)
        yield Problem(key, f"lies outside the box, which is {box} here")

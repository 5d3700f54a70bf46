"""The drive of a deck: steps that a current, a voltage or a rest fills, what ends them, and blocks of cycles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Discriminator, Field, Tag

from phasefield.deck.base import (
    ChargePerArea,
    CurrentDensity,
    CurrentSize,
    Duration,
    Length,
    Section,
    Voltage,
    VoltageRate,
)
from phasefield.deck.sentence import EXAMPLES, from_sentence
from phasefield.errors import Problem
from phasefield.units import pretty

#: Longest duration of a step that has a condition but no duration [s], as in PyBaMM.
DAY = 86400.0
MOST_STEPS = 100_000
#: Tags by which pydantic tells a block from a step; they begin with a character that no key of a deck has.
STEP, BLOCK = "<step>", "<block>"

_DRIVEN_BY = {"galvanostatic": "current_density", "potentiostatic": "voltage", "rest": None}
#: Conditions that may end a step, by its mode.
ENDED_BY = {
    "galvanostatic": ("voltage", "charge", "tip_height"),
    "potentiostatic": ("current", "charge", "tip_height"),
    "rest": ("voltage_rate",),
}


class Until(Section):
    voltage: Voltage | None = Field(
        None,
        examples=["1 V"],
        description="Voltage that the current of a galvanostatic step reaches: from above by plating, from below by "
        "stripping.",
    )
    current: CurrentSize | None = Field(
        None,
        examples=["0.1 mA/cm^2"],
        description="Magnitude below which the current density of a potentiostatic step falls.",
    )
    charge: ChargePerArea | None = Field(
        None, description="Charge that passes in this step, plated or stripped; not of a rest."
    )
    tip_height: Length | None = Field(
        None,
        description="Height of the highest lithium: from below by plating, from above by stripping; not of a rest.",
    )
    voltage_rate: VoltageRate | None = Field(
        None, description="Rate |dV/dt| below which the voltage of a rest changes."
    )

    def problems(self) -> Iterator[Problem]:
        if not self.given:
            yield Problem("", 'needs a condition, such as { voltage = "1 V" }')

    @property
    def given(self) -> dict[str, float]:
        """Limits that are given, by key."""
        return {key: limit for key in type(self).model_fields if (limit := getattr(self, key)) is not None}


class DriveStep(Section):
    mode: Literal["galvanostatic", "potentiostatic", "rest"] = Field(
        description=(
            "`galvanostatic`: the current is given; `potentiostatic`: the voltage is given; `rest`: no current flows."
        )
    )
    current_density: CurrentDensity | None = Field(
        None,
        description=(
            "Current divided by the cross-section of the box; positive values plate lithium. Galvanostatic only."
        ),
    )
    voltage: Voltage | None = Field(
        None,
        description=(
            "Voltage of the metal against the counter electrode; negative values plate lithium. Potentiostatic only."
        ),
    )
    duration: Duration | None = Field(
        None,
        description=(
            "Duration of the step; if there is one cycle only, the last step may leave it to `stop.time`. A step with "
            "`until` takes a day at most if no duration is given."
        ),
    )
    until: Until | None = Field(
        None, description="Conditions that end the step before its duration: the first that is met."
    )

    def problems(self) -> Iterator[Problem]:
        driven_by = _DRIVEN_BY[self.mode]
        for key in ("current_density", "voltage"):
            given = getattr(self, key) is not None
            if given and key != driven_by:
                yield Problem(key, f'is not allowed with mode = "{self.mode}"')
            elif key == driven_by and not given:
                yield Problem(key, f'is required when mode = "{self.mode}"')
        if self.current_density == 0:
            yield Problem("current_density", 'must not be zero; write mode = "rest"')
        allowed = ENDED_BY[self.mode]
        for key in self.conditions:
            if key not in allowed:
                yield Problem(f"until.{key}", f'cannot end a step of mode = "{self.mode}"; {" or ".join(allowed)} can')

    @property
    def conditions(self) -> dict[str, float]:
        """Limits that end the step, by the key of ``until``."""
        return self.until.given if self.until else {}

    @property
    def plates(self) -> bool:
        """Whether the step plates (or stores) lithium, and does not strip it."""
        return (self.current_density or 0.0) > 0 or (self.voltage or 0.0) < 0

    @property
    def strips(self) -> bool:
        """Whether the step strips (or releases) lithium."""
        return (self.current_density or 0.0) < 0 or (self.voltage or 0.0) > 0

    @property
    def longest(self) -> float:
        """Longest duration [s]; infinite if nothing but the end of the run ends the step."""
        by_charge = self.conditions.get("charge")
        limits = [self.duration] if self.duration is not None else []
        if by_charge is not None and self.current_density:
            limits.append(by_charge / abs(self.current_density))
        return min(limits, default=DAY if self.until else math.inf)

    def __str__(self) -> str:
        if self.current_density is not None:
            return pretty(self.current_density, "A/m^2")
        return pretty(self.voltage, "V") if self.voltage is not None else "rest"


class Block(Section):
    cycles: int = Field(
        ge=1, le=MOST_STEPS, description="Only in a block `{ cycles = 3, steps = [...] }`: number of its repetitions."
    )
    steps: tuple[Entry, ...] = Field(
        strict=False, min_length=1, max_length=1000, description="Only in a block: steps that are repeated."
    )


def _kind(value: Any) -> str:
    """Tag of a step or of a block."""
    if isinstance(value, Block):
        return BLOCK
    return BLOCK if isinstance(value, dict) and value.keys() & {"cycles", "steps"} else STEP


_Table = Annotated[
    Annotated[DriveStep, Tag(STEP)] | Annotated[Block, Tag(BLOCK)],
    Discriminator(_kind),
]


class _OrSentence:
    """Adds the sentence to the JSON schema of a step."""

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        return {"anyOf": [handler(core_schema), {"type": "string", "examples": list(EXAMPLES)}]}


#: A step as a table or as a sentence, or a block.
Entry = Annotated[_Table, BeforeValidator(from_sentence), _OrSentence()]
Block.model_rebuild()


class PlannedStep(NamedTuple):
    """A step of the drive with its place in it.

    ``cycle`` counts the passes through all blocks from 1, ``place`` is the number of the step in its block, after that
    of the block.
    """

    step: DriveStep
    cycle: int
    place: str


class Drive(Section):
    cycles: int = Field(1, ge=1, le=MOST_STEPS, description="Number of times that the list of steps is repeated.")
    steps: tuple[Entry, ...] = Field(
        strict=False,
        min_length=1,
        max_length=1000,
        description=(
            "Steps of a cycle, in order: tables, or sentences such as "
            + ", ".join(f'`"{example}"`' for example in EXAMPLES)
            + ". A table `{ cycles = 3, steps = [...] }` is a block of steps that are repeated."
        ),
    )

    def problems(self) -> Iterator[Problem]:
        if _number(self) > MOST_STEPS:
            yield Problem("cycles", f"gives more than {MOST_STEPS} steps in total")
            return
        last = f"steps.{len(self.steps) - 1}"
        for key, step in self.entries():
            if math.isinf(step.longest) and not (self.cycles == 1 and key == last):
                message = "is required, except on the last step of a single cycle; `until` may stand in for it"
                yield Problem(f"{key}.duration", message)

    def entries(self) -> Iterator[tuple[str, DriveStep]]:
        """Every step once, with its key in this section."""
        yield from _entries(self.steps, "steps")

    @property
    def each(self) -> tuple[DriveStep, ...]:
        """Every step once."""
        return tuple(step for _, step in self.entries())

    def unrolled(self) -> Iterator[PlannedStep]:
        """Every step of every cycle, in order."""
        cycle = 0

        def walk(block: Drive | Block, outer: str) -> Iterator[PlannedStep]:
            nonlocal cycle
            for _ in range(block.cycles):
                begins = True
                for number, entry in enumerate(block.steps, start=1):
                    if isinstance(entry, Block):
                        yield from walk(entry, f"{outer}{number}.")
                        begins = True
                        continue
                    cycle += begins
                    begins = False
                    yield PlannedStep(entry, cycle, f"{outer}{number}")

        yield from walk(self, "")

    @property
    def duration(self) -> float | None:
        """Duration of all steps of all cycles at most [s]; None if the last step has no duration."""
        longest = _duration(self)
        return None if math.isinf(longest) else longest


def _entries(steps: tuple[DriveStep | Block, ...], key: str) -> Iterator[tuple[str, DriveStep]]:
    for index, entry in enumerate(steps):
        if isinstance(entry, Block):
            yield from _entries(entry.steps, f"{key}.{index}.steps")
        else:
            yield f"{key}.{index}", entry


def _number(block: Drive | Block) -> int:
    return block.cycles * sum(_number(entry) if isinstance(entry, Block) else 1 for entry in block.steps)


def _duration(block: Drive | Block) -> float:
    return block.cycles * sum(_duration(e) if isinstance(e, Block) else e.longest for e in block.steps)

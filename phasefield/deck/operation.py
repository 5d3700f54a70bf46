"""Sections of a deck for operation and numerics: stop, time stepping, solver, output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args

from pydantic import Field, field_validator

from phasefield.deck import petsc
from phasefield.deck.base import ChargePerArea, Duration, Length, Section
from phasefield.deck.cell import AutoDuration
from phasefield.errors import Problem


class Stop(Section):
    time: Duration | None = Field(
        None, description="End of the run; required if the last step of the drive has no duration."
    )
    charge: ChargePerArea | None = Field(
        None, description='Net charge, plated or stripped, at which the run ends, such as "1 mAh/cm^2".'
    )
    tip_height: Length | None = Field(None, description="Height of the highest lithium at which the run ends.")
    short_circuit: bool = Field(True, description="Whether the run ends when lithium connects both electrodes.")


class Time(Section):
    initial_step: AutoDuration = Field("auto", description='First time step; with "auto" the program estimates it.')
    max_step: Duration | None = Field(None, description="Longest time step allowed.")
    tolerance: float = Field(2e-3, ge=1e-6, le=0.2, description="Largest local time error of ξ allowed in a step.")
    method: Literal["auto", "bdf2", "implicit-euler", "split"] = Field(
        "auto",
        description=(
            "`bdf2`: the error falls with the square of the step; `implicit-euler`: in proportion to it. With "
            "`implicit-euler`, a tolerance of 1e-2 takes about as many steps as 2e-3 with `bdf2`. `split`: as exact as "
            "`bdf2` or more so, several times cheaper; only for plating from an electrolyte without a salt. `auto`: "
            "`split` where it is possible, `implicit-euler` with nucleation and for cracks, and else `bdf2`; `run.log` "
            "says which."
        ),
    )


class Checkpoint(Section):
    every: Duration = Field("5 min", description="Wall time between checkpoints.")
    keep: int = Field(
        2, ge=2, le=1000, description="Number of valid checkpoints that are kept; older ones are removed."
    )
    failures: int = Field(
        3,
        ge=0,
        le=1000,
        description="Number of checkpoints in a row that may fail, for example on a full disk, before the run ends.",
    )
    wall_time: Duration | None = Field(
        None,
        description=(
            "Wall time of the batch job; shortly before it ends, the run writes a checkpoint and exits with code 75."
        ),
    )
    margin: Duration = Field("5 min", description="Time before the end of `wall_time` at which the run stops.")
    watchdog: Duration = Field(
        "1 h", description="Wall time without a finished time step after which the run counts as hung and is ended."
    )

    def problems(self) -> Iterator[Problem]:
        if self.wall_time is not None and self.margin >= self.wall_time:
            yield Problem("margin", "must be shorter than wall_time")


class Solver(Section):
    engine: Literal["auto", "compiled", "fipy"] = Field(
        "auto",
        description=(
            "`compiled`: the equations are compiled to machine code; `fipy`: FiPy assembles them, which is slower and "
            "serves as the reference; `auto`: `compiled` if every term has a compiled form, else `fipy`."
        ),
    )
    profile: Literal["default", "strict"] = Field(
        "default",
        description=(
            "Tolerances of the solvers; with `strict` they are so tight that the results do not depend on the number "
            "of ranks."
        ),
    )
    max_newton: int = Field(
        12,
        ge=1,
        le=1000,
        description="Largest number of Newton iterations; if they do not converge, the step is rejected.",
    )
    max_rejections: int = Field(
        12, ge=0, le=1000, description="Number of times that one step may be rejected before the run fails."
    )
    closure: float = Field(
        1e-6,
        gt=0,
        le=1,
        description=(
            "Largest error of the balances of lithium, charge and salt after a time step, over the amount that has "
            "passed; a step with a larger error is rejected, and the run fails if shorter steps do not help."
        ),
    )
    petsc: dict[str, Any] = Field({}, strict=False, max_length=100, description=petsc.DESCRIPTION)

    def problems(self) -> Iterator[Problem]:
        for key, value in self.petsc.items():
            if found := petsc.problem(key, value):
                yield found


FIELDS_MEANING = "Fields that the snapshots contain, as far as the run has them; `\"all\"` for every one."
#: Word for every field of the run, instead of a list of names.
ALL = "all"


class Output(Section):
    """Times and fields of the snapshots.

    The type of ``fields`` in a physics is a literal with the possible names and "all"; if it is any text, the names are
    checked when the first snapshot is written.
    """

    snapshots: int = Field(
        20,
        ge=1,
        le=10_000,
        description=(
            "Number of snapshots after the initial one, evenly spaced over the planned time. Up to as many more are "
            "written where conditions end steps of the drive."
        ),
    )
    every: Duration | None = Field(None, description="Time between snapshots, instead of `snapshots`.")
    times: tuple[Duration, ...] | None = Field(
        None, strict=False, max_length=10_000, description="Times of the snapshots, instead of `snapshots`."
    )
    exact_times: bool | None = Field(
        None,
        description=(
            "Whether time steps end exactly at the times of the snapshots. If not, a snapshot shows the state after "
            "the first step that reaches its time, and steps are not longer than the time between two snapshots. By "
            "default true with `times`, and false otherwise."
        ),
    )
    fields: tuple[str, ...] = Field((ALL,), strict=False, min_length=1, description=FIELDS_MEANING)

    @field_validator("fields", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """Accept a single name as a list of one."""
        return [given] if isinstance(given, str) else given

    @classmethod
    def possible(cls) -> tuple[str, ...]:
        """Names of the possible fields; empty if any name is possible."""
        name = get_args(cls.model_fields["fields"].annotation)[0]
        return tuple(field for field in get_args(name) if field != ALL)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> dict[str, Any]:
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema)["properties"]
        listed = properties["fields"]
        about = {key: listed.pop(key) for key in ("default", "description", "title") if key in listed}
        properties["fields"] = {"anyOf": [listed, {"const": ALL}], **about}
        return schema

    def problems(self) -> Iterator[Problem]:
        given = [key for key in ("snapshots", "every", "times") if key in self.model_fields_set]
        for key in given[1:]:
            yield Problem(
                key, f"must not be given together with {given[0]}: give only one of snapshots, every and times"
            )
        if self.times is not None and any(b <= a for a, b in zip(self.times, self.times[1:], strict=False)):
            yield Problem("times", "must increase from each time to the next")
        if len(set(self.fields)) < len(self.fields):
            yield Problem("fields", "must not name a field twice")
        if ALL in self.fields and len(self.fields) > 1:
            yield Problem("fields", f'must not name other fields together with "{ALL}", which means every field')

    @property
    def lands(self) -> bool:
        """Whether time steps end exactly at the times of the snapshots."""
        return self.times is not None if self.exact_times is None else self.exact_times

    def times_until(self, end: float) -> tuple[float, ...]:
        """Times of the snapshots after the one at the start [s]; the last is the end."""
        if self.times is not None:
            times = list(self.times)
        elif self.every is not None:
            times = [k * self.every for k in range(1, int(end / self.every) + 1)]
        else:
            times = [k * end / self.snapshots for k in range(1, self.snapshots)]
        return (*(t for t in times if t < end * (1 - 1e-9)), end)

"""The study deck: a base deck, the axes along which it varies, and the results to draw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from phasefield.deck.base import Duration, Section, Seed
from phasefield.errors import Problem
from phasefield.study.constraints import ConstraintError, names_in

#: Names of axes become part of file names and of constraints.
AxisName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
MAX_MEMBERS = 10_000


class Axis(Section):
    name: AxisName = Field(description="Short name: a lower-case letter, then lower-case letters, digits and `_`.")
    key: str | None = Field(
        None, max_length=200, examples=["coating.thickness"], description="Key of the deck that varies."
    )
    values: tuple[Any, ...] | None = Field(
        None, strict=False, min_length=1, max_length=MAX_MEMBERS, description="Values of the key, written as in a deck."
    )
    range: tuple[Any, ...] | None = Field(
        None, strict=False, min_length=2, max_length=2,
        description="Smallest and largest value, instead of `values`; the axis is sampled unless `count` is given.",
    )  # fmt: skip
    count: int | None = Field(None, ge=2, le=MAX_MEMBERS, description="Number of values, evenly spaced over the range.")
    scale: Literal["linear", "log"] = Field(
        "linear", description="Scale on which values are evenly spaced and pictures show the axis."
    )
    cases: dict[AxisName, dict[str, Any]] | None = Field(
        None, min_length=1, max_length=MAX_MEMBERS,
        description='Named parts of a deck, instead of a key, as in `cases.bare = { coating = "" }`.',
    )  # fmt: skip
    together_with: AxisName | None = Field(
        None, description="Name of an earlier axis; the values of both axes are then paired instead of combined."
    )
    replicate: bool = Field(
        False, description="Whether the members along this axis differ by chance only, such as by the seed of noise."
    )

    @property
    def sampled(self) -> bool:
        """Whether `[sampling]` chooses the values."""
        return self.range is not None and self.count is None

    def problems(self) -> Iterator[Problem]:
        given = [name for name in ("values", "range", "cases") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            yield Problem("name", f"an axis has one of values, range and cases; this one has {found}", self.name)
        if (self.key is None) == (self.cases is None):
            yield Problem("key", "belongs to values or a range, not to cases; cases name their own keys")
        if self.count is not None and self.range is None:
            yield Problem("count", "is only allowed together with range")
        if self.sampled and (self.together_with or self.replicate):
            yield Problem("range", "is sampled, so it cannot be paired with another axis or be a replicate; give count")


class Sampling(Section):
    method: Literal["lhs", "sobol", "saltelli"] = Field(
        description=(
            "Method: Latin hypercube, Sobol' sequence, or the blocks of a Sobol' sequence that Sobol indices need "
            "(Saltelli)."
        )
    )
    samples: int = Field(
        ge=1,
        le=MAX_MEMBERS,
        description="Number of points; for saltelli the number of blocks, each of (number of axes + 2) points.",
    )
    seed: Seed = Field(description="Seed of the random numbers; the same seed gives the same points.")

    def problems(self) -> Iterator[Problem]:
        if self.method != "lhs" and self.samples & (self.samples - 1):
            yield Problem("samples", "must be a power of two, which keeps the sequence balanced", str(self.samples))


class Line(Section):
    quantity: str = Field(
        description="Row of `phasefield compare`, with its unit.", examples=["Wagner number [1]"]
    )
    level: float = Field(1.0, description="Value of the quantity along the line.")
    label: str = Field(max_length=60, description="Name of the line in the key.", examples=["Sand's time"])


class Outcome(Section):
    quantity: str = Field(
        description="Row of `phasefield compare` that is shown, with its unit.", examples=["Tip height [µm]"]
    )
    scale: Literal["linear", "log"] = Field("linear", description="Scale of its axis or colours.")
    level: float | None = Field(
        None, description="Value at which a contour line is drawn, such as 0 between growth and decay."
    )
    theory: str | None = Field(None, description="Row of `phasefield compare` with the value that theory predicts.")
    names: tuple[str, ...] = Field(
        (), strict=False, max_length=8,
        description='Names of the values 0, 1, 2 … of a whole number, such as `["flat", "tips", "branches"]`.',
    )  # fmt: skip
    lines: tuple[Line, ...] = Field(
        (), strict=False, max_length=4, description="Lines in a map along which another quantity has a given value."
    )


class StudyDeck(Section):
    title: str = Field("", max_length=200, description="Title of the study, shown in reports and pictures.")
    base: str = Field(max_length=200, description="Deck that the members vary; a path inside the folder of the study.")
    ranks: int = Field(1, ge=1, le=100_000, description="Number of MPI ranks of each member.")
    timeout: Duration | None = Field(
        None,
        description=(
            "Longest wall time of one attempt to run a member; after it the member is ended and counts as failed."
        ),
    )
    constraints: tuple[str, ...] = Field(
        (), strict=False, max_length=100,
        description=(
            "Conditions that members must satisfy, written with names of axes: `\"current * 2 <= '10 mA/cm^2'\"`."
        ),
    )  # fmt: skip
    set: dict[str, Any] = Field(default_factory=dict, description="Keys of the deck that are set for every member.")
    axes: tuple[Axis, ...] = Field(
        strict=False, min_length=1, max_length=20, description="Axes along which the deck varies."
    )
    sampling: Sampling | None = Field(None, description="Sampling of the axes that have a range and no count.")
    outcomes: tuple[Outcome, ...] = Field((), strict=False, max_length=20, description="Results that are drawn.")

    def problems(self) -> Iterator[Problem]:
        names = [axis.name for axis in self.axes]
        for index, axis in enumerate(self.axes):
            if axis.name in names[:index]:
                yield Problem(f"axes.{index}.name", "is the name of two axes", axis.name)
            if axis.together_with is not None and axis.together_with not in names[:index]:
                yield Problem(f"axes.{index}.together_with", "must be the name of an earlier axis", axis.together_with)
        sampled = any(axis.sampled for axis in self.axes)
        if sampled and self.sampling is None:
            yield Problem("sampling", "is required, because an axis has a range and no count")
        if self.sampling is not None and not sampled:
            yield Problem("sampling", "has no axis to sample: every axis has values, cases or a count")
        if self.sampling is not None and self.sampling.method == "saltelli" and self.constraints:
            yield Problem(
                "constraints",
                'cannot be combined with method = "saltelli", whose blocks must stay complete; use "lhs" or "sobol"',
            )
        for index, text in enumerate(self.constraints):
            yield from _constraint_problems(f"constraints.{index}", text, names)


def _constraint_problems(key: str, text: str, names: list[str]) -> Iterator[Problem]:
    try:
        unknown = names_in(text) - set(names)
    except ConstraintError as error:
        yield Problem(key, str(error), text)
        return
    if unknown:
        yield Problem(key, f"no axis is called {min(unknown)}; there are {', '.join(names)}", text)

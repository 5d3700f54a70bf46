"""The study deck: a base deck, what varies over it, and what is asked of the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from phasefield.deck.base import Duration, Section, Seed
from phasefield.errors import Problem
from phasefield.study.constraints import ConstraintError, names_in

#: Becomes part of file names and of constraints.
AxisName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
MAX_MEMBERS = 10_000


class Axis(Section):
    name: AxisName = Field(description="Short name: a letter, then letters, digits and `_`, all small.")
    key: str | None = Field(
        None, max_length=200, examples=["coating.thickness"], description="The key of the deck that varies."
    )
    values: tuple[Any, ...] | None = Field(
        None, strict=False, min_length=1, max_length=MAX_MEMBERS, description="Its values, as a deck has them."
    )
    range: tuple[Any, ...] | None = Field(
        None, strict=False, min_length=2, max_length=2,
        description="Instead of `values`: its least and its largest value; sampled unless `count` is given.",
    )  # fmt: skip
    count: int | None = Field(None, ge=2, le=MAX_MEMBERS, description="So many values, evenly over the range.")
    scale: Literal["linear", "log"] = Field("linear", description="Evenly in what; and how pictures show the axis.")
    cases: dict[AxisName, dict[str, Any]] | None = Field(
        None, min_length=1, max_length=MAX_MEMBERS,
        description='Instead of a key: named pieces of a deck, as in `cases.bare = { coating = "" }`.',
    )  # fmt: skip
    together_with: AxisName | None = Field(
        None, description="Name of an earlier axis that this one goes in step with, instead of crossing it."
    )
    replicate: bool = Field(False, description="These members differ by chance only, such as by the seed of noise.")

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
            yield Problem("count", "belongs to a range")
        if self.sampled and (self.together_with or self.replicate):
            yield Problem("range", "is sampled, so it goes with no other axis and replicates nothing; give count")


class Sampling(Section):
    method: Literal["lhs", "sobol", "saltelli"] = Field(
        description="Latin hypercube, Sobol's sequence, or the blocks of it that Sobol indices need."
    )
    samples: int = Field(ge=1, le=MAX_MEMBERS, description="Points; for saltelli blocks, each of axes + 2 points.")
    seed: Seed = Field(description="Same seed, same points.")

    def problems(self) -> Iterator[Problem]:
        if self.method != "lhs" and self.samples & (self.samples - 1):
            yield Problem("samples", "must be a power of two, or the sequence is not balanced", str(self.samples))


class Outcome(Section):
    quantity: str = Field(description="A line of `phasefield compare`, with its unit.", examples=["Tip height [µm]"])
    scale: Literal["linear", "log"] = Field("linear", description="Of its axis or colours.")
    level: float | None = Field(None, description="A value to draw a line at, such as 0 between growth and decay.")
    theory: str | None = Field(None, description="The line of `phasefield compare` that predicts it.")


class StudyDeck(Section):
    title: str = Field("", max_length=200, description="Title, for people.")
    base: str = Field(max_length=200, description="Deck to start from; a path under the study's own folder.")
    ranks: int = Field(1, ge=1, le=100_000, description="Ranks of each member.")
    timeout: Duration | None = Field(
        None, description="Wall time of each attempt at a member, after which the member is ended and has failed."
    )
    constraints: tuple[str, ...] = Field(
        (), strict=False, max_length=100,
        description='What members must fulfil, by names of axes: `"current * 2 <= \'10 mA/cm^2\'"`.',
    )  # fmt: skip
    set: dict[str, Any] = Field(default_factory=dict, description="A piece of a deck that holds for every member.")
    axes: tuple[Axis, ...] = Field(strict=False, min_length=1, max_length=20, description="What varies.")
    sampling: Sampling | None = Field(None, description="How axes with a range and no count are sampled.")
    outcomes: tuple[Outcome, ...] = Field((), strict=False, max_length=20, description="What is drawn.")

    def problems(self) -> Iterator[Problem]:
        names = [axis.name for axis in self.axes]
        for index, axis in enumerate(self.axes):
            if axis.name in names[:index]:
                yield Problem(f"axes.{index}.name", "names two axes", axis.name)
            if axis.together_with is not None and axis.together_with not in names[:index]:
                yield Problem(f"axes.{index}.together_with", "must be the name of an earlier axis", axis.together_with)
        sampled = any(axis.sampled for axis in self.axes)
        if sampled and self.sampling is None:
            yield Problem("sampling", "is required, because an axis has a range and no count")
        if self.sampling is not None and not sampled:
            yield Problem("sampling", "has nothing to sample: every axis has values, cases or a count")
        if self.sampling is not None and self.sampling.method == "saltelli" and self.constraints:
            yield Problem("constraints", "would break up saltelli's blocks; use lhs or sobol")
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

"""Expand axes into members: the settings of each member, and the overrides that set them in its deck."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phasefield.errors import DeckError, Problem
from phasefield.study.schema import Axis, Sampling, StudyDeck
from phasefield.units import UnitError, quantity, unit_of

#: Digits kept of computed values, which the study does not give.
DIGITS = 4


@dataclass(frozen=True)
class Scaled:
    """An axis with its unit and its values, as tables and pictures show them.

    Attributes
    ----------
    axis : Axis
    unit : str
        Unit of the numbers, as the study writes it; "" for words and plain numbers.
    """

    axis: Axis
    unit: str

    @classmethod
    def of(cls, axis: Axis) -> Scaled:
        """Take the unit from the first value given."""
        given = axis.values or axis.range or ()
        return cls(axis, unit_of(given[0]) if given and isinstance(given[0], str) else "")

    def setting(self, value: Any, index: int) -> Any:
        """A value of the deck as a number in the axis' unit, or as a word."""
        if isinstance(value, str):
            return quantity(value, self.unit) if self.unit else value
        plain = isinstance(value, int | float) and not self.unit
        return value if plain else f"{self.axis.name}{index}"

    def text(self, setting: Any) -> Any:
        """Inverse of :meth:`setting`: the value of a setting in a deck or a constraint."""
        return f"{setting:.10g} {self.unit}" if self.unit else setting

    def ends(self) -> tuple[float, float]:
        """Least and largest value of a range, in the axis' unit."""
        assert self.axis.range is not None
        low, high = (self.setting(value, index) for index, value in enumerate(self.axis.range))
        numbers = isinstance(low, int | float) and isinstance(high, int | float)
        if not numbers or not low < high or (self.axis.scale == "log" and low <= 0):
            positive = ", both positive" if self.axis.scale == "log" else ""
            raise UnitError(f"must be two numbers, the smaller number first{positive}")
        return low, high

    def between(self, shares: NDArray[np.float64]) -> list[float]:
        """The values at given fractions (0 to 1) of the range."""
        low, high = self.ends()
        if self.axis.scale == "log":
            values = low * (high / low) ** shares
        else:
            values = low + (high - low) * shares
        whole = isinstance(low, int) and isinstance(high, int)
        return [round(value) if whole else float(f"{value:.{DIGITS}g}") for value in values]


@dataclass(frozen=True)
class Point:
    """Settings of some axes, by name, and the lines ``key=value`` that make them.

    Attributes
    ----------
    settings : dict
        Numbers in the axis' unit, or words.
    overrides : tuple of str
    sample : int or None
        Number of the point in the sampling.
    """

    settings: dict[str, Any]
    overrides: tuple[str, ...] = ()
    sample: int | None = None

    def __add__(self, other: Point) -> Point:
        sample = self.sample if other.sample is None else other.sample
        return Point(self.settings | other.settings, self.overrides + other.overrides, sample)


def points(deck: StudyDeck, source: str) -> list[Point]:
    """Every combination of the axes, before any constraint.

    Raises
    ------
    DeckError
        A value cannot be read, or paired axes differ in length; `source` is the file that errors name.
    """
    problems: list[Problem] = []
    dimensions: dict[str, list[Point]] = {}
    leader: dict[str, str] = {}
    for index, axis in enumerate(deck.axes):
        try:
            if axis.sampled:
                Scaled.of(axis).ends()
                continue
            own = list(_listed(axis))
        except UnitError as error:
            given = "values" if axis.values is not None else "range"
            problems.append(Problem(f"axes.{index}.{given}", str(error)))
            continue
        other = axis.together_with
        leader[axis.name] = first = leader.get(other, axis.name) if other else axis.name
        if other and first not in dimensions:
            problems.append(Problem(f"axes.{index}.together_with", "is a sampled axis; give it a count", other))
        elif other and len(dimensions[first]) != len(own):
            message = f"has {len(dimensions[first])} values, but this axis has {len(own)}; the numbers must be equal"
            problems.append(Problem(f"axes.{index}.together_with", message, other))
        else:
            dimensions[first] = [a + b for a, b in zip(dimensions[first], own, strict=True)] if other else own
    if problems:
        raise DeckError(source, problems)
    if deck.sampling is not None:
        dimensions["sampling"] = _sampled(deck, deck.sampling)
    start = Point({}, tuple(flattened(deck.set)))
    return [_ordered(sum(chosen, start), deck) for chosen in product(*dimensions.values())]


def _ordered(point: Point, deck: StudyDeck) -> Point:
    """The point with its settings in the order of the axes."""
    return replace(point, settings={axis.name: point.settings[axis.name] for axis in deck.axes})


def _listed(axis: Axis) -> Iterator[Point]:
    if axis.cases is not None:
        for name, piece in axis.cases.items():
            yield Point({axis.name: name}, tuple(flattened(piece)))
        return
    scaled = Scaled.of(axis)
    if axis.values is not None:
        for index, value in enumerate(axis.values):
            yield Point({axis.name: scaled.setting(value, index)}, (f"{axis.key}={literal(value)}",))
    else:
        assert axis.count is not None
        for setting in scaled.between(np.linspace(0, 1, axis.count)):
            yield _point(scaled, setting)


def _point(scaled: Scaled, setting: float) -> Point:
    return Point({scaled.axis.name: setting}, (f"{scaled.axis.key}={literal(scaled.text(setting))}",))


def _sampled(deck: StudyDeck, sampling: Sampling) -> list[Point]:
    axes = [Scaled.of(axis) for axis in deck.axes if axis.sampled]
    cube = _unit_samples(sampling, len(axes))
    columns = [scaled.between(shares) for scaled, shares in zip(axes, cube.T, strict=True)]
    return [
        sum((_point(scaled, value) for scaled, value in zip(axes, row, strict=True)), Point({}, (), number))
        for number, row in enumerate(zip(*columns, strict=True))
    ]


def _unit_samples(sampling: Sampling, dimensions: int) -> NDArray[np.float64]:
    """Points in the unit cube, one row each."""
    if sampling.method == "saltelli":
        from SALib.sample import sobol

        bounds = {"num_vars": dimensions, "names": [str(d) for d in range(dimensions)], "bounds": [[0, 1]] * dimensions}
        return sobol.sample(bounds, sampling.samples, calc_second_order=False, seed=sampling.seed)
    from scipy.stats import qmc

    generator = np.random.default_rng(sampling.seed)
    sampler = {"lhs": qmc.LatinHypercube, "sobol": qmc.Sobol}[sampling.method]
    return sampler(dimensions, seed=generator).random(sampling.samples)


def flattened(piece: Mapping[str, Any], under: str = "") -> Iterator[str]:
    """A part of a deck as lines ``key=value``; an empty text removes its key."""
    for key, value in piece.items():
        if isinstance(value, dict) and value:
            yield from flattened(value, f"{under}{key}.")
        else:
            yield f"{under}{key}={'' if value == '' else literal(value)}"


def literal(value: Any) -> str:
    """A value as one line of TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False, default=str)

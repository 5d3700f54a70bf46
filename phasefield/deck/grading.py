"""Section of a deck for cells that grow with the height, where there is only electrolyte."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from pydantic import Field

from phasefield.deck.base import Length, Section
from phasefield.errors import Problem
from phasefield.units import pretty


class Grading(Section):
    start: Length = Field(
        examples=["50 um"],
        description=(
            "Height up to which all cells are equal; above it they grow. The lithium must stay two widths of the "
            "interface below it: the run ends where it does not."
        ),
    )
    growth: float = Field(
        1.1,
        gt=1,
        le=1.3,
        description="Largest ratio of a cell's height to that of the cell below; it is made a little smaller, so that "
        "whole cells fill the box.",
    )
    largest: Length | None = Field(
        None, description="Largest height of a cell; if not given, sixteen times that of the equal cells."
    )

    def heights(self, cell: float, height: float) -> tuple[float, ...]:
        """Heights of all cells from the bottom of a box to its top [m].

        Parameters
        ----------
        cell : float [m]
            Height of the equal cells.
        height : float [m]
            Height of the box.

        Returns
        -------
        tuple of float
            Their sum is ``height``. Only equal cells if there is no room for one that grows.
        """
        equal = math.ceil(self.start / cell - 1e-6)
        rest, largest = height - equal * cell, self.largest_of(cell)

        def grown(growth: float, number: int) -> np.ndarray:
            with np.errstate(over="ignore"):
                return np.minimum(cell * growth ** np.arange(1, number + 1), largest)

        enough = max(1, math.ceil(rest / cell))
        number = 1 + int(np.searchsorted(grown(self.growth, enough).cumsum(), rest))
        if rest <= number * cell:
            number = round(height / cell)
            return (height / number,) * number
        low, high = 1.0, self.growth
        for _ in range(60):  # bisection: the sum rises with the growth
            middle = 0.5 * (low + high)
            low, high = (middle, high) if grown(middle, number).sum() < rest else (low, middle)
        above = grown(high, number) * (rest / grown(high, number).sum())
        return (*(cell,) * equal, *map(float, above))

    def largest_of(self, cell: float) -> float:
        """Largest height of a cell, given that of the equal ones [m]."""
        return 16 * cell if self.largest is None else self.largest

    def problems_in(self, cell: float, height: float) -> Iterator[Problem]:
        """Problems with the cells of a box [m]; their keys are those of this section."""
        if self.largest is not None and self.largest <= cell:
            yield Problem("largest", f"must be more than the height of the equal cells, {pretty(cell, 'm')}")
        elif self.start < 4 * cell:
            yield Problem("start", f"leaves less than four equal cells: at least {pretty(4 * cell, 'm')} is allowed")
        elif len(set(self.heights(cell, height))) == 1:
            yield Problem(
                "start", f"leaves no room for cells that grow, since the box is {pretty(height, 'm')} high: "
                "give a smaller height, or leave out domain.grading",
            )  # fmt: skip

"""A number of a model that follows from the fields of the step it acts on: found while the step is solved."""

from __future__ import annotations


class Secant:
    """Next value of a fixed point, by the secant through the last two tries; plain iteration may swing for ever."""

    def __init__(self) -> None:
        self._tries: list[tuple[float, float]] = []

    def after(self, tried: float, found: float, iteration: int) -> float:
        """Value to try next.

        Parameters
        ----------
        tried : float
            Value with which the present fields were solved.
        found : float
            Value that follows from them.
        iteration : int
            Of Newton's method, from 1 on; 0 once the step has converged.
        """
        if iteration in (0, 1):
            self._tries = []
        self._tries = [*self._tries[-1:], (tried, found - tried)]
        if len(self._tries) < 2 or iteration <= 2:
            return found
        (x0, r0), (x1, r1) = self._tries
        if r1 == r0:
            return found
        following = x1 - r1 * (x1 - x0) / (r1 - r0)
        return following if abs(following - x1) < 4 * abs(r1) else found

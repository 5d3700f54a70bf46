"""When a run is expected to end: at its planned time, or earlier where a condition is approached."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from phasefield.run.protocol import Protocol

#: Number of steps from which speeds are taken; the first steps of a run are much shorter than later ones.
RECENT = 12


class Expectation(NamedTuple):
    """The end that is expected of a run.

    Attributes
    ----------
    end : float [s]
        Simulated time.
    reason : str
        The condition that ends it; empty for the planned time.
    left : float [s]
        Wall time until then; infinite before two steps have shown how fast the run is.
    """

    end: float
    reason: str
    left: float


class Outlook:
    """Expects the end of a run from its last steps.

    A condition is extrapolated in a straight line, so one that is approached ever faster is met earlier than said, and
    what comes at once, such as a short circuit, is not foreseen.

    Parameters
    ----------
    protocol : Protocol
        Knows the steps of the drive and the conditions.
    planned : float [s]
        Planned end.
    """

    def __init__(self, protocol: Protocol, planned: float):
        self.protocol, self.planned = protocol, planned
        self._steps: deque[tuple[float, float]] = deque(maxlen=RECENT)
        self._distances: deque[tuple[float, dict[str, float]]] = deque(maxlen=RECENT)
        self._index = -1

    def expect(self, row: Mapping[str, float], wall: float) -> Expectation:
        """The expected end, after an accepted step.

        Parameters
        ----------
        row : mapping of float
            Values of the step, by the names of their columns.
        wall : float [s]
            Wall time at its end.
        """
        protocol, now = self.protocol, row["Time"]
        if protocol.index != self._index:  # other conditions, and another current
            self._distances.clear()
            self._index = protocol.index
        of_run, of_step = protocol.distances(row, row["Time step"])
        self._steps.append((now, wall))
        self._distances.append((now, of_run | of_step))
        step_end = min([protocol.latest, *(self._met(name, now) for name in of_step)])
        ends = {name: self._met(name, now) for name in of_run} | {"": min(step_end + protocol.later, self.planned)}
        reason = min(ends, key=lambda name: ends[name])
        end = max(ends[reason], now)
        (first, start), elapsed = self._steps[0], now - self._steps[0][0]
        left = (end - now) * (wall - start) / elapsed if now > first else math.inf
        return Expectation(end, reason, left)

    def _met(self, name: str, now: float) -> float:
        """Time at which a condition will be met if it is approached as in the last steps; infinite if it is not [s]."""
        found = [(time, distances[name]) for time, distances in self._distances if name in distances]
        found = [(time, distance) for time, distance in found if math.isfinite(distance)]
        if len(found) < 2 or found[-1][0] != now:
            return math.inf
        (time, distance), (_, last) = found[0], found[-1]
        speed = (last - distance) / (now - time)
        return now - last / speed if speed > 0 else math.inf

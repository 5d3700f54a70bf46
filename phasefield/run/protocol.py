"""The drive while it runs: which step it is in, when that ends, and the rules by which a time step is accepted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from phasefield.deck.common import Deck, DrivenDeck
from phasefield.deck.drive import DriveStep, PlannedStep
from phasefield.deck.sentence import LIMITS
from phasefield.physics.common.case import Case
from phasefield.physics.common.stop import EXACT, EXACT_VOLTAGE, Limit
from phasefield.run.account import Account
from phasefield.units import pretty

#: Unit of the limit of a condition, by its key.
LIMIT_UNITS = {key: unit for unit, key in LIMITS.items()}
#: State of a protocol that checkpoints save.
KEPT = ("index", "started", "ended", "met", "charge", "passed", "voltage", "before")


class Protocol:
    """Position of a run in the steps of its drive; a run without a drive is a single step.

    Parameters
    ----------
    deck : Deck
    case : Case

    Attributes
    ----------
    index : int
        Number of the present step from 0, cycles unrolled.
    started : float [s]
        Its start.
    ended, met : bool, str
        Whether a condition has ended it, and its key.
    charge, passed : float [C/m²]
        Charge that had passed at its start, and until now.
    voltage : float or None [V]
        Cell voltage after the last time step, if that belongs to this step of the drive.
    before : float or None
        :meth:`beyond` after it, if it is finite.
    """

    def __init__(self, deck: Deck, case: Case):
        self.steps: tuple[PlannedStep, ...] = tuple(deck.drive.unrolled()) if isinstance(deck, DrivenDeck) else ()
        self.planned, self.unit, self.limits = deck.planned_time, case.scales.time, case.limits
        self._used_up, self._bounds = case.used_up, case.bounds
        self._ends = case.ends
        self.index, self.started, self.passed = 0, 0.0, 0.0
        self._forget()

    def _forget(self) -> None:
        """Forget the values of an earlier step of the drive."""
        self.ended, self.met, self.charge = False, "", self.passed
        self.voltage: float | None = None
        self.before: float | None = None

    @property
    def step(self) -> PlannedStep | None:
        """The present step; None without a drive."""
        return self.steps[self.index] if self.steps else None

    def over(self, now: float) -> bool:
        """Whether the last step ends at a time [1] that a time step has reached."""
        last = self.index >= len(self.steps) - 1 or (self._end >= self.planned and not self.ended)
        return self.due(now) and last

    @property
    def _end(self) -> float:
        """Latest end of the present step [s]."""
        return min(self.started + self.step.step.longest, self.planned) if self.step else self.planned

    @property
    def end(self) -> float:
        """The same in the model's time [1]."""
        return self._end / self.unit if self.steps else self._ends[-1]

    @property
    def length(self) -> float:
        """Longest duration of the present step [1]."""
        return self.end - self.started / self.unit

    @property
    def last_of_cycle(self) -> bool:
        """Whether the next step belongs to another cycle."""
        following = self.index + 1
        return following >= len(self.steps) or self.steps[following].cycle != self.steps[self.index].cycle

    @property
    def latest(self) -> float:
        """Latest end of the present step, the same in seconds."""
        return self._end

    @property
    def later(self) -> float:
        """Longest duration of the steps after the present one [s]."""
        return sum(planned.step.longest for planned in self.steps[self.index + 1 :])

    def due(self, now: float) -> bool:
        """Whether the present step ends at a time [1] that a time step has reached."""
        return self.ended or now >= self.end

    def complete(self, now: float) -> bool:
        """Whether it ends there by itself, and not by the end of the run."""
        step = self.step
        return self.ended or (now >= self.end and step is not None and self.started + step.step.longest <= self.planned)

    def advance(self, now: float) -> None:
        """Go on to the step that begins at a time [1]."""
        self.started = self._end if now >= self.end else now * self.unit
        self.index += 1
        self._forget()

    # -- conditions ------------------------------------------------------------------------------------

    def beyond(self, row: Mapping[str, float], dt: float) -> float:
        """How far a state is beyond the first condition that ends the step or the run.

        Parameters
        ----------
        row : dict of float
            Its values, by the names of the columns.
        dt : float [s]
            Length of the time step to it.

        Returns
        -------
        float
            In units of the condition's tolerance; negative while none is met.
        """
        of_run = (limit.beyond(row) / limit.tolerance for limit in (*self.limits, *self._last_lithium()))
        return max([-math.inf, *of_run, *self._beyond_step(row, dt).values()])

    def distances(self, row: Mapping[str, float], dt: float) -> tuple[dict[str, float], dict[str, float]]:
        """How far a state is beyond each condition that ends the run, and beyond each that ends the step, by name.

        Negative while a condition is not met; parameters as of :meth:`beyond`.
        """
        run = (*self.limits, *self._bounds, *self._last_lithium())
        return {limit.reason: limit.beyond(row) for limit in run}, self._beyond_step(row, dt)

    def _beyond_step(self, row: Mapping[str, float], dt: float) -> dict[str, float]:
        """The same for each condition that ends the step, by its key."""
        found: dict[str, float] = {}
        if self.step is None:
            return found
        step = self.step.step
        for key, limit in step.conditions.items():
            distance = getattr(self, f"_{key}")(step, limit, row, dt)
            found[key] = distance / (EXACT_VOLTAGE if key == "voltage" else EXACT * limit)
        if self._used_up and self._stands_for_a_condition:
            found["lithium"] = self._used_up.beyond(row) / self._used_up.tolerance
        return found

    @property
    def _stands_for_a_condition(self) -> bool:
        """Whether lithium that is used up ends the step: the voltage would rise, or the current fall, without bound."""
        step = self.step.step if self.step else None
        return step is not None and step.strips and bool(step.conditions.keys() & {"voltage", "current"})

    def exhausted(self) -> bool:
        """Note that nothing more can be stripped; return whether this ends the step, and not the run."""
        if self._stands_for_a_condition:
            self.ended, self.met = True, "lithium"
        return self._stands_for_a_condition

    def _last_lithium(self) -> tuple[Limit, ...]:
        """The condition that no lithium is left, while it ends the run."""
        strips = self.step is not None and self.step.step.strips
        return (self._used_up,) if self._used_up and strips and not self._stands_for_a_condition else ()

    def stop_reason(self, row: Mapping[str, float]) -> str | None:
        """The reason to end the run if no lithium is left to strip in the state of a row, or None."""
        return next((limit.reason for limit in self._last_lithium() if limit.beyond(row) >= 0), None)

    def _voltage(self, step: DriveStep, limit: float, row: Mapping[str, float], dt: float) -> float:
        return (limit - row["Cell voltage"]) * (1 if step.plates else -1)

    def _current(self, step: DriveStep, limit: float, row: Mapping[str, float], dt: float) -> float:
        return limit - abs(row["Current density"])

    def _charge(self, step: DriveStep, limit: float, row: Mapping[str, float], dt: float) -> float:
        if step.mode == "galvanostatic":  # its duration: exact, and found without a search
            return -math.inf
        return abs(row["Charge passed"] - self.charge) - limit

    def _tip_height(self, step: DriveStep, limit: float, row: Mapping[str, float], dt: float) -> float:
        return (row["Tip height"] - limit) * (1 if step.plates else -1)

    def _voltage_rate(self, step: DriveStep, limit: float, row: Mapping[str, float], dt: float) -> float:
        if self.voltage is None:  # the drive has just changed, and the voltage with it
            return -math.inf
        return limit - abs(row["Cell voltage"] - self.voltage) / dt

    def note(self, row: Mapping[str, float], dt: float) -> None:
        """Note an accepted time step of length dt [s], or the initial state if dt is 0."""
        self.passed = row.get("Charge passed", 0.0)
        if dt > 0:
            met = [key for key, beyond in self._beyond_step(row, dt).items() if beyond >= 0]
            self.ended, self.met = bool(met), met[0] if met else ""
            beyond = self.beyond(row, dt)
            self.before = beyond if math.isfinite(beyond) else None
            self.voltage = row.get("Cell voltage")

    # -- texts, checkpoints ----------------------------------------------------------------------------

    @property
    def ending(self) -> str:
        """Why the drive has ended."""
        step = self.step.step if self.step else None
        if step is None or not self.ended:
            return "end of the drive"
        if self.met == "lithium":
            return "end of the drive: lithium used up"
        limit = pretty(step.conditions[self.met], LIMIT_UNITS[self.met])
        return f"end of the drive: {self.met.replace('_', ' ')} of {limit} reached"

    def described(self) -> str:
        """The present step, for a message; empty without a drive."""
        if self.step is None:
            return ""
        step, cycle, place = self.step
        of_cycle = f" of cycle {cycle}" if self.steps[-1].cycle > 1 else ""
        return f", in step {place}{of_cycle} of the drive ({step})"

    def state(self) -> dict[str, Any]:
        """Position and last values, as JSON."""
        return {name: getattr(self, name) for name in KEPT}

    def restore(self, state: Mapping[str, Any], now: float) -> None:
        """Continue from a state, at a time [1]; states of version 0.1.0 follow from the time.

        Raises
        ------
        KeyError, ValueError
            It is the state of another drive.
        """
        if state:
            for name in KEPT:
                setattr(self, name, state[name])
            if not (0 <= self.index < max(len(self.steps), 1) and 0 <= self.started <= now * self.unit * (1 + 1e-9)):
                raise ValueError(f"step {self.index} of the drive, begun at {self.started:g} s")
            return
        while self.steps and self.end < now:
            self.started, self.index = self._end, self.index + 1


class Rules:
    """Rules of a run for its time loop, see :class:`phasefield.run.time_loop.Rules`.

    Parameters
    ----------
    account : Account
        Measures a step and judges its balances.
    protocol : Protocol
        Knows the conditions that end a step.
    unit : float [s]
        Time unit of the model.
    """

    def __init__(self, account: Account, protocol: Protocol, unit: float):
        self.account, self.protocol, self.unit = account, protocol, unit
        self._beyond = -math.inf

    @property
    def beyond(self) -> float:
        """Excess of the last judged step over the first condition that ends it."""
        return self._beyond

    @property
    def before(self) -> float | None:
        """Excess over the conditions at the start of the step; None if it is not known."""
        return self.protocol.before

    @property
    def ended(self) -> bool:
        """Whether a condition has ended the present step of the drive."""
        return self.protocol.ended

    def judge(self, end: float, dt: float) -> str:
        """Measure a solved step; return why it must be rejected, or ""."""
        if reason := self.account.judge(end * self.unit, dt):
            return reason
        self._beyond = self.protocol.beyond(self.account.row, dt * self.unit)
        return ""

    def undo(self) -> None:
        """Forget the last judged step."""
        self.account.undo()


def stops(protocol: Protocol, landings: list[float], now: Callable[[], float]) -> Iterator[float]:
    """The times [1] that time steps must hit, each when it is asked for: ends of steps of the drive, and landings."""
    while not protocol.over(now()):
        yield max(now(), min([protocol.end, *(time for time in landings if time > now())]))

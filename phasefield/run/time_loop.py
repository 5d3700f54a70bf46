"""The time loop: try a step, accept or reject it, choose the next step length. Contains no physics."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from phasefield.engines.verdict import Verdict
from phasefield.errors import StepError

log = logging.getLogger(__name__)

#: Bounds of the factor by which the error controller changes the step.
GROW, SHRINK, SAFETY = 1.3, 0.4, 0.9
#: A run has stalled after this many successive steps that are too short to reach its end.
STALL = 100
#: Rejections of one step after which the model is asked whether any step is possible.
HOPELESS = 4
#: Length of a step over the longest one, and over the longest that is allowed, below which the model is asked the same.
SHORT = 0.01
#: A step whose error exceeds the tolerance by more than this factor is done again.
REDO = 2.0
#: Reason of the end after the last stop.
END = "end of the planned time"
#: Largest number of tries to end a step where a condition is met.
MOST_TRIES = 80
#: Shortest of them over the first: a condition that is met then counts as met from the start. A voltage depends a
#: little on the length of the step too, as coefficients are those of predicted fields.
SHORTEST_LANDING = 1e-3
#: Number of tries after which every other one is a bisection, in case that the condition is not smooth.
SMOOTH = 6


@dataclass
class Controller:
    """Chooses step sizes from the local error; all of its state is in its attributes.

    Attributes
    ----------
    dt : float
        Length of the next step.
    tolerance : float
        Target of the local error of one step.
    largest, smallest : float
        Bounds of the step.
    crawling : float
        Steps shorter than this, because of their error or a rejection, count towards a stall.
    crawled : int
        Number of such steps in a row until now.
    """

    dt: float
    tolerance: float
    largest: float = float("inf")
    smallest: float = 0.0
    crawling: float = 0.0
    crawled: int = 0

    def proposal(self, remaining: float) -> float:
        """Length of the next step, chosen so that no very short step remains before the next stop."""
        steps = max(1, -(-remaining // self.dt)) if self.dt < remaining else 1
        return remaining / steps if steps <= 2 else self.dt

    def accepted(self, dt: float, error: float, order: int = 1) -> None:
        """Adapt the step after an accepted one, whose error scales with the step to the power of order + 1.

        A step cut short by a stop does not shrink the next one. Steps have three digits: the error is a small
        difference, so its round-off, which differs between numbers of ranks, would be seen in the fields.
        """
        wish = SAFETY * (self.tolerance / error) ** (1 / (order + 1)) if error > 0 else GROW
        proposed = float(f"{dt * min(max(wish, SHRINK), GROW):.3g}")
        cut_short = dt < self.dt and wish >= 1
        self.crawled = self.crawled + 1 if dt < min(self.crawling, self.largest) and not cut_short else 0
        self.dt = min(max(proposed, self.dt) if cut_short else proposed, self.largest)

    def state(self) -> dict[str, float]:
        """Length of the next step and of the longest one, if there is one."""
        return {"dt": self.dt} | ({"largest": self.largest} if math.isfinite(self.largest) else {})

    def limit(self, largest: float) -> None:
        """Set the longest step."""
        self.largest = largest
        self.dt = min(self.dt, largest)

    def rejected(self, dt: float) -> None:
        """Halve the step."""
        self.dt = dt / 2


@dataclass
class Progress:
    """Progress of the time loop.

    Attributes
    ----------
    time, dt : float [1]
        End and length of the last accepted step.
    step, rejected : int
        Accepted and rejected steps so far.
    verdict : Verdict
        Verdict on the last accepted step.
    rejection : str
        Why the last rejected step was rejected.
    stop_reason : str
        Why the time loop ended; empty while it runs.
    """

    time: float = 0.0
    dt: float = 0.0
    step: int = 0
    rejected: int = 0
    verdict: Verdict = field(default_factory=lambda: Verdict(True, "initial state"))
    rejection: str = ""
    stop_reason: str = ""


Observer = Callable[[Progress], str | None]


class Rules(Protocol):
    """Measures a solved step: whether it may be accepted, and how far it went beyond the conditions that end it."""

    @property
    def beyond(self) -> float:
        """Excess of the last judged step over the first condition that ends it, in units of its tolerance.

        Negative while no condition is met. A step that ends with an excess of more than 1 is solved again.
        """

    @property
    def before(self) -> float | None:
        """The same at the start of the step; None if it is not known, as the drive has changed there."""

    @property
    def ended(self) -> bool:
        """Whether the last accepted step met a condition that ends the present part of the drive."""

    def judge(self, end: float, dt: float) -> str:
        """Measure a solved step by its end time and its length; return why it must be rejected, "" if it is good."""

    def undo(self) -> None:
        """Forget the last judged step, which was good."""


class Landing:
    """Search for the length of a step that just meets a condition, by regula falsi (Illinois) on solved steps.

    Parameters
    ----------
    before : float or None
        Excess at the start of the step, see `Rules`.

    Attributes
    ----------
    wanted : float or None
        Length to try next; None if the last try may be accepted.
    """

    def __init__(self, before: float | None):
        self.wanted: float | None = None
        known = before is not None and -math.inf < before < 0
        self._low, self._below = 0.0, before - 0.5 if before is not None and known else None
        self._high, self._above = 0.0, 0.0
        self._tries, self._side, self._least = 0, 0, 0.0

    def tried(self, dt: float, beyond: float) -> None:
        """Note a solved step and its excess, and choose the next length."""
        nearest = dt == self.wanted == self._high
        if (self._tries == 0 and beyond < 0) or 0 <= beyond <= 1 or nearest:
            self.wanted = None
            return
        self._tries += 1
        self._least = self._least or dt * SHORTEST_LANDING
        side = 1 if beyond > 0 else -1
        again = side == self._side  # the other end then counts half, or it would never move
        if side > 0:
            self._high, self._above = dt, beyond - 0.5
            if again and self._below is not None:
                self._below *= 0.5
        else:
            self._low, self._below = dt, beyond - 0.5
            self._above *= 0.5 if again else 1.0
        self._side = side
        self.wanted = self._next()

    def _next(self) -> float:
        width = self._high - self._low
        if self._tries >= MOST_TRIES or width <= 1e-9 * self._high or self._high <= self._least:
            return self._high  # as near as round-off allows, or met from the start
        if self._below is None:
            return max(0.5 * self._high, self._least)
        share = self._below / (self._below - self._above) if self._tries <= SMOOTH or self._tries % 2 else 0.5
        return max(self._low + width * min(max(share, 1e-6), 1 - 1e-6), self._least)


def march(
    engine,
    controller: Controller,
    stops: Iterable[float],
    observers: Iterable[Observer],
    max_rejections: int = 12,
    progress: Progress | None = None,
    on_stop: Callable[[float], None] | None = None,
    rules: Rules | None = None,
    exhausted: Callable[[], str] | None = None,
    written: Callable[[float], str] = "{:.3g}".format,
) -> Progress:
    """Advance an engine to the last of a list of stops.

    Parameters
    ----------
    engine
        ``step(dt) -> Verdict``, ``accept()``, ``reject()``; see :class:`phasefield.engines.stepping.NewtonEngine`.
    controller : Controller
    stops : iterable of float [1]
        Times that steps must hit exactly: changes of the drive, the end, snapshots if the deck says so. Each is asked
        for after `on_stop` was called for the one before.
    observers : iterable of callable
        Called in order with the progress, before the first and after each accepted step; a text that one returns
        ends the loop and is the reason.
    max_rejections : int
        Number of successive rejections that are tolerated; one more raises StepError.
    progress : Progress, optional
        Progress to continue from: after the observers were called, before the drive changes there.
    on_stop : callable, optional
        Called with the time at each stop, after the observers: the drive may change there.
    rules : Rules, optional
        Judges each solved step before it is accepted. A step that goes too far beyond a condition is solved again,
        shorter, until it just meets the condition; the stop before which it ends is then left out.
    exhausted : callable, optional
        Called after a step was rejected `HOPELESS` times or more, and after steps that are much shorter than earlier
        ones, with the fields of the last accepted step; returns why the run cannot continue, which ends the loop, or
        "". If `rules` then count the present part of the drive as ended, the loop goes on with the next.
    written : callable
        Turns a length of time into text, for messages.

    Returns
    -------
    Progress

    Raises
    ------
    StepError
        A step failed more than ``max_rejections`` times in a row, or became smaller than
        ``controller.smallest``, or the last `STALL` steps were shorter than ``controller.crawling``; the fields are
        those of the last accepted step.
    """
    progress = progress or Progress()
    observers, longest = list(observers), 0.0

    def observe() -> bool:
        reasons = [reason for observer in observers if (reason := observer(progress))]
        progress.stop_reason = reasons[0] if reasons else ""
        return bool(reasons)

    if progress.step == 0 and observe():
        return progress
    for stop in (stop for stop in stops if stop >= progress.time):
        while progress.time < stop and not (rules and rules.ended):
            step = _one_step(engine, controller, stop, max_rejections, progress, rules, exhausted, written)
            if step is None and progress.stop_reason:
                return progress
            if step is None:
                break
            progress.time, progress.dt, progress.verdict = step
            progress.step += 1
            engine.accept()
            controller.accepted(progress.dt, progress.verdict.error, progress.verdict.order)
            longest = max(longest, progress.dt)
            if observe():
                return progress
            ended = rules and rules.ended
            short = progress.dt < SHORT * min(longest, controller.largest)
            if exhausted and not ended and short and (why := exhausted()):
                progress.stop_reason = why
                return progress
            if controller.crawled >= STALL:
                raise StepError(
                    f"the run has stalled: its last {STALL} steps were shorter than {written(controller.crawling)}, "
                    f"and {progress.rejected} steps were rejected{_last(progress)}"
                )
        if on_stop is not None:
            on_stop(progress.time)
    progress.stop_reason = END
    return progress


def _last(progress: Progress) -> str:
    return f", the last one because of: {progress.rejection}" if progress.rejection else ""


def _one_step(
    engine, controller, stop, max_rejections, progress, rules: Rules | None, exhausted, written
) -> tuple[float, float, Verdict] | None:
    """Try until a step is accepted; return its end, length and verdict, None if no step is possible any longer: in
    the run, which has a reason to stop then, or in the present part of the drive.

    Rejected tries do not change the engine.
    """
    remaining = stop - progress.time
    for tries in range(1, max_rejections + 2):
        dt = controller.proposal(remaining)
        end = stop if dt == remaining else progress.time + dt
        verdict = engine.step(dt)
        if not verdict.accepted:
            reason = verdict.reason
        elif verdict.error > REDO * controller.tolerance:
            reason = f"time error {verdict.error:.1e}"
        else:
            reason = rules.judge(end, dt) if rules else ""
        if not reason and rules:
            end, dt, verdict, reason = _landed(engine, controller, progress.time, rules, end, dt, verdict)
        if not reason:
            return end, dt, verdict
        engine.reject()
        progress.rejected, progress.rejection = progress.rejected + 1, reason
        controller.rejected(dt)
        log.info("step %d, try %d with dt = %s rejected: %s", progress.step + 1, tries, written(dt), reason)
        if exhausted and tries >= HOPELESS and ((why := exhausted()) or (rules and rules.ended)):
            progress.stop_reason = why
            return None
        if controller.dt < controller.smallest:
            break
    raise StepError(
        f"step {progress.step + 1} was rejected {tries} times, the last time with dt = {written(dt)}: {reason}"
    )


def _landed(
    engine, controller, start: float, rules: Rules, end: float, dt: float, verdict: Verdict
) -> tuple[float, float, Verdict, str]:
    """A good step, solved again until it just meets the condition that it goes beyond, if there is one.

    Returns its end, length and verdict, and why the last try must be rejected.
    """
    landing = Landing(rules.before)
    landing.tried(dt, rules.beyond)
    while landing.wanted is not None:
        rules.undo()
        engine.reject()
        dt = landing.wanted
        end, verdict = start + dt, engine.step(dt)
        if not verdict.accepted:
            return end, dt, verdict, verdict.reason
        if reason := rules.judge(end, dt):
            return end, dt, verdict, reason
        landing.tried(dt, rules.beyond)
    return end, dt, verdict, ""

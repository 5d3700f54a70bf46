"""The time loop: try a step, accept or reject it, choose the next step length. Contains no physics."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from phasefield.engines.verdict import Verdict
from phasefield.errors import StepError

log = logging.getLogger(__name__)

#: Bounds of the factor by which the error controller changes the step.
GROW, SHRINK, SAFETY = 1.3, 0.4, 0.9
#: A run has stalled after this many successive steps that are too short to reach its end.
STALL = 100
#: Rejections of one step after which the model is asked whether any step is possible.
HOPELESS = 4
#: Length of a step over the longest one, below which the model is asked the same.
SHORT = 0.01
#: A step whose error exceeds the tolerance by more than this factor is done again.
REDO = 2.0


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

    def accepted(self, dt: float, error: float) -> None:
        """Adapt the step after an accepted one; the local error of implicit Euler scales with the square of the step.

        A step cut short by a stop does not shrink the next one. Steps have three digits: the error is a small
        difference, so its round-off, which differs between numbers of ranks, would be seen in the fields.
        """
        wish = SAFETY * (self.tolerance / error) ** 0.5 if error > 0 else GROW
        proposed = float(f"{dt * min(max(wish, SHRINK), GROW):.3g}")
        cut_short = dt < self.dt and wish >= 1
        self.crawled = self.crawled + 1 if dt < min(self.crawling, self.largest) and not cut_short else 0
        self.dt = min(max(proposed, self.dt) if cut_short else proposed, self.largest)

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


def march(
    engine,
    controller: Controller,
    stops: Sequence[float],
    observers: Iterable[Observer],
    max_rejections: int = 12,
    progress: Progress | None = None,
    on_stop: Callable[[float], None] | None = None,
    judge: Callable[[float, float], str] | None = None,
    exhausted: Callable[[], str] | None = None,
    written: Callable[[float], str] = "{:.3g}".format,
) -> Progress:
    """Advance an engine to the last of a list of stops.

    Parameters
    ----------
    engine
        ``step(dt) -> Verdict``, ``accept()``, ``reject()``; see :class:`phasefield.engines.stepping.NewtonEngine`.
    controller : Controller
    stops : sequence of float [1]
        Times that steps must hit exactly: outputs, changes of the drive, the end.
    observers : iterable of callable
        Called in order with the progress, before the first and after each accepted step; a text that one returns
        ends the loop and is the reason.
    max_rejections : int
        Number of successive rejections that are tolerated; one more raises StepError.
    progress : Progress, optional
        Progress to continue from: after the observers were called, before the drive changes there.
    on_stop : callable, optional
        Called with the time at each stop, after the observers: the drive may change there.
    judge : callable, optional
        Called with the end time and the length of a solved step before it is accepted; returns why the step must be
        rejected, "" if it is good.
    exhausted : callable, optional
        Called after a step was rejected `HOPELESS` times or more, and after steps that are much shorter than earlier
        ones, with the fields of the last accepted step; returns why the run cannot continue, which ends the loop, or
        "".
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
        while progress.time < stop:
            step = _one_step(engine, controller, stop, max_rejections, progress, judge, exhausted, written)
            if step is None:
                return progress
            progress.time, progress.dt, progress.verdict = step
            progress.step += 1
            engine.accept()
            controller.accepted(progress.dt, progress.verdict.error)
            longest = max(longest, progress.dt)
            if observe():
                return progress
            if exhausted and progress.dt < SHORT * longest and (why := exhausted()):
                progress.stop_reason = why
                return progress
            if controller.crawled >= STALL:
                raise StepError(
                    f"the run has stalled: its last {STALL} steps were shorter than {written(controller.crawling)}, "
                    f"and {progress.rejected} steps were rejected{_last(progress)}"
                )
        if on_stop is not None:
            on_stop(stop)
    progress.stop_reason = "end of the planned time"
    return progress


def _last(progress: Progress) -> str:
    return f", the last one because of: {progress.rejection}" if progress.rejection else ""


def _one_step(
    engine, controller, stop, max_rejections, progress, judge, exhausted, written
) -> tuple[float, float, Verdict] | None:
    """Try until a step is accepted; return its end, length and verdict, None if no step is possible any longer.

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
            reason = judge(end, dt) if judge else ""
        if not reason:
            return end, dt, verdict
        engine.reject()
        progress.rejected, progress.rejection = progress.rejected + 1, reason
        controller.rejected(dt)
        log.info("step %d, try %d with dt = %s rejected: %s", progress.step + 1, tries, written(dt), reason)
        if exhausted and tries >= HOPELESS and (why := exhausted()):
            progress.stop_reason = why
            return None
        if controller.dt < controller.smallest:
            break
    raise StepError(
        f"step {progress.step + 1} was rejected {tries} times, the last time with dt = {written(dt)}: {reason}"
    )

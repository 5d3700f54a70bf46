"""Run the members of a study: several in parallel, each by one runner only, even if several run the same study."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from phasefield import check
from phasefield.check.resources import memory_present
from phasefield.errors import DeckError, RunError, StepError
from phasefield.io import safe
from phasefield.io.lock import is_held
from phasefield.run.cores import cores
from phasefield.study.folder import Folder, State
from phasefield.study.job import LAUNCHER, Start, command, environment, is_alone, started
from phasefield.study.launch import RESUBMIT, Ending, attempt, main_message
from phasefield.study.load import Member, Study
from phasefield.study.lock import Claim, claimed
from phasefield.study.warm import Warm

#: A job that ended by a signal that this runner did not send is tried once more at once.
KILLED_AT_MOST = 2
#: Least time that a job has to write a checkpoint after it was asked to stop [s].
GRACE = 120.0
STOPPED_BY = signal.SIGINT, signal.SIGTERM, signal.SIGUSR1


@dataclass
class Runner:
    """Runs members.

    Attributes
    ----------
    study : Study
    folder : Folder
    launcher : str
        Command that starts the ranks.
    retry : bool
        Try failed members again: from their checkpoint, or from their beginning if the solver failed.
    queued : bool
        If a member stopped because of its wall time, leave its restart to the queue.
    on_change : callable
        Called with a member and its state whenever the state changes; from any thread.
    stop : threading.Event
        When set, running members are asked to write a checkpoint, and no other member is started.
    """

    study: Study
    folder: Folder
    launcher: str = LAUNCHER
    retry: bool = False
    queued: bool = False
    on_change: Callable[[Member, State], None] = lambda member, state: None
    stop: threading.Event = field(default_factory=threading.Event)
    _start: Start = started

    def run_all(self, jobs: int) -> list[State]:
        """Run all members that are not done, `jobs` at a time; return the state of each member."""
        with self._starting(), ThreadPoolExecutor(jobs) as pool:
            futures = [pool.submit(self.run, member) for member in self.study.members]
            wait(futures)
        return [future.result() for future in futures]

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """Start jobs of one rank by a warm process inside the context. Other systems than Linux must not fork so."""
        if not is_alone(self.launcher, self.study.deck.ranks) or sys.platform != "linux":
            yield
            return
        with Warm(self.study.members[0].deck.model, environment(os.environ)) as warm:
            self._start = warm.start
            try:
                yield
            finally:
                self._start = started

    def run(self, member: Member) -> State:
        """Run a member, unless it is done, has failed, or another runner runs it."""
        state = self.folder.state(member)
        if self.stop.is_set() or not self.is_open(state):
            return state
        try:
            with claimed(self.folder.lock(member)) as claim:
                if claim is None:
                    return State("running", "by another runner")
                before = self.folder.state(member, ours=True)  # may have changed before this runner had the lock
                if not self.is_open(before):
                    return before
                if is_held(self.folder.run(member)):
                    return State("running", "by a process that the study did not start")
                self.on_change(member, State("running"))
                state = self._to_its_end(member, claim)
        except (OSError, RunError) as error:
            state = State("failed", f"cannot be run: {error}")
        self.on_change(member, state)
        return state

    def is_open(self, state: State) -> bool:
        """Whether a member in this state should be run."""
        return state.name in ("waiting", "stopped") or (self.retry and state.name == "failed")

    def _to_its_end(self, member: Member, claim: Claim) -> State:
        """Attempt a member until it is done, has failed, or must stop; record how it ended."""
        before = self._last_code(member)
        self.folder.forget_end(member)
        if problems := check.errors(member.deck):
            state = State("failed", "; ".join(map(str, problems)))
            self.folder.note_end(member, state, DeckError.exit_code)
            return state
        if before == StepError.exit_code:  # from its last good state the solver would fail again
            with suppress(OSError):
                safe.remove(self.folder.run(member))
        killed = 0
        while True:
            progress = self.folder.steps(member)
            ending = attempt(
                self._start, command(self.launcher, self.study.deck.ranks, self._arguments(member)),
                self.folder.file(member, "log"), claim, self.stop, self.study.deck.timeout,
                max(GRACE, member.deck.checkpoint.margin),
            )  # fmt: skip
            if not claim.beat():
                return self.folder.state(member)  # another runner has the member now and records its end
            state = self._judged(member, ending)
            if ending.code == RESUBMIT:
                again = not self.queued and self.folder.steps(member) > progress
            else:
                killed += 1
                again = killed < KILLED_AT_MOST
            if state.name != "stopped" or ending.cause == "stop" or self.stop.is_set() or not again:
                if state.name != "done":
                    self.folder.note_end(member, state, ending.code)
                return state

    def _last_code(self, member: Member) -> int | None:
        """Exit code of the last attempt; None if there was no attempt, or its record is damaged."""
        try:
            return self.folder.ended(member).get("exit code")
        except RunError:
            return None

    def _arguments(self, member: Member) -> list[str]:
        """Arguments of ``phasefield``: restart if there is a checkpoint, else run from the beginning."""
        run = self.folder.run(member)
        if any(name[0].isdigit() for name in safe.names(run / "checkpoints", 2)):
            return ["restart", str(run)]
        force = ["--force"] if run.exists() else []  # it was stopped before its first checkpoint
        return ["run", str(self.folder.file(member, "toml")), "--output", str(run), *force]

    def _judged(self, member: Member, ending: Ending) -> State:
        """State of a member after its job ended; a complete result counts more than the exit code."""
        if ending.cause == "timeout":
            assert self.study.deck.timeout is not None
            return State("failed", f"took longer than the {self.study.deck.timeout:g} s of timeout")
        if self.folder.finished(member):
            return State("done")
        said = main_message(self.folder.file(member, "log"))
        if ending.code == RESUBMIT or ending.cause == "stop":
            return State("stopped", "asked to stop" if ending.cause == "stop" else said)
        if ending.code > 128:
            return State("stopped", f"ended by signal {ending.code - 128}")
        return State("failed", said or f"exit code {ending.code}")


def jobs_that_fit(study: Study) -> int:
    """Number of members that the cores and the memory of this machine can run in parallel; at least 1."""
    largest = max(check.needs(member.deck).memory(study.deck.ranks) for member in study.members)
    return max(1, min(cores() // study.deck.ranks, int(memory_present() // largest)))


@contextmanager
def stopping(stop: threading.Event) -> Iterator[None]:
    """Make the first Ctrl-C, TERM or USR1 set an event; a second one has its usual effect."""
    if threading.current_thread() is not threading.main_thread():
        raise RunError("a study must be run from the main thread, which receives signals")
    usual = {number: signal.getsignal(number) for number in STOPPED_BY}

    def ask(number, frame):
        stop.set()
        for number, handler in usual.items():
            signal.signal(number, handler)

    for number in STOPPED_BY:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)

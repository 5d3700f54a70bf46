"""The time loop with an engine that obeys the test: stops, rejections, error control, observers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phasefield.engines.verdict import Verdict
from phasefield.errors import StepError
from phasefield.run.time_loop import GROW, REDO, SHRINK, Controller, Progress, march


class FakeEngine:
    """Integrates time; ``verdict(time, dt)`` says of each try what becomes of it."""

    def __init__(self, verdict=lambda time, dt: Verdict(True, "fine")):
        self.verdict, self.time, self.kept, self.tries, self.state = verdict, 0.0, [], [], 0.0

    def step(self, dt):
        self.tries.append(dt)
        self.state = self.time + dt
        return self.verdict(self.time, dt)

    def accept(self):
        self.time = self.state
        self.kept.append(self.tries[-1])

    def reject(self):
        self.state = self.time


def refuse_above(limit):
    return lambda time, dt: Verdict(dt <= limit, "too long")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(0.01, 100.0), min_size=1, max_size=6, unique=True).map(sorted),
    st.floats(1e-2, 50.0),
    st.floats(1e-5, 1.0),
)
def test_stops_are_hit_exactly(stops, dt, error):
    """Each stop is met to the last bit, in order; the times only grow; the steps add up."""
    engine, met, times = FakeEngine(lambda time, step: Verdict(True, "fine", error=error * step**2)), [], []
    progress = march(
        engine, Controller(dt, 1e-2, largest=1.0, smallest=0.0), stops, [lambda p: times.append(p.time)],
        max_rejections=60, on_stop=lambda stop: met.append((stop, times[-1])),
    )  # fmt: skip
    assert met == [(stop, stop) for stop in stops]
    assert progress.time == stops[-1]
    assert np.all(np.diff(times) > 0)
    assert sum(engine.kept) == pytest.approx(stops[-1], rel=1e-9)
    assert progress.step == len(engine.kept) == len(times) - 1
    assert progress.stop_reason == "end of the planned time"


@settings(max_examples=100, deadline=None)
@given(st.floats(0.011, 1.0), st.floats(1.0, 20.0))
def test_no_slivers(dt, end):
    """Before a stop no step is shorter than half the controller's, whatever the remainder."""
    engine = FakeEngine()
    march(engine, Controller(dt, 1.0, largest=dt), [end], [])
    assert min(engine.kept) >= 0.5 * min(dt, end) * (1 - 1e-9)
    assert max(engine.kept) <= dt * (1 + 1e-9)


def test_a_stop_does_not_shrink_later_steps():
    """A step cut short by a stop leaves the controller's own step as it was."""
    engine = FakeEngine()
    controller = Controller(1.0, 1.0, largest=1.0)
    march(engine, controller, [3.1, 10.1], [])
    assert controller.dt == 1.0
    assert max(engine.kept[4:]) == 1.0


def test_rejections_are_bounded():
    """An engine that never agrees ends the march in a StepError with its reason, after bounded tries."""
    engine = FakeEngine(lambda time, dt: Verdict(False, "linear solver diverged"))
    with pytest.raises(StepError, match="diverged"):
        march(engine, Controller(1.0, 1e-2), [10.0], [], max_rejections=5)
    assert 5 <= len(engine.tries) <= 6
    assert engine.kept == [] and engine.state == 0.0
    np.testing.assert_allclose(np.diff(np.log2(engine.tries)), -1.0)


def test_smallest_step():
    """Nor does it go on below the smallest step."""
    engine = FakeEngine(refuse_above(0.0))
    with pytest.raises(StepError, match=r"dt = 0\.125: "):
        march(engine, Controller(1.0, 1e-2, smallest=0.1), [10.0], [], max_rejections=50)
    assert min(engine.tries) >= 0.1


def test_rejected_steps_leave_no_trace():
    """A rejected step is neither observed nor counted as time; the loop continues with half the step."""
    engine, seen = FakeEngine(refuse_above(0.3)), []
    controller = Controller(1.0, 1e-2, largest=1.0)
    progress = march(engine, controller, [2.0], [lambda p: seen.append((p.time, p.verdict.accepted))])
    assert progress.time == engine.time == 2.0
    assert progress.rejected == len(engine.tries) - len(engine.kept) > 0
    assert all(accepted for _, accepted in seen)
    assert max(engine.kept) <= 0.3
    assert [t for t, _ in seen] == pytest.approx([0.0, *np.cumsum(engine.kept)])


def test_a_coarse_step_is_done_again():
    """A converged step whose error is far above the tolerance is rejected too."""
    engine = FakeEngine(lambda time, dt: Verdict(True, "fine", error=dt**2))
    march(engine, Controller(1.0, 1e-2), [1.0], [])
    assert max(dt**2 for dt in engine.kept) <= REDO * 1e-2
    assert len(engine.tries) > len(engine.kept)


def test_error_control():
    """With an error of dt² the step settles at 0.9 √tolerance, never jumping by more than GROW or SHRINK."""
    engine = FakeEngine(lambda time, dt: Verdict(True, "fine", error=dt**2))
    march(engine, Controller(1e-3, 1e-2), [5.0], [])
    assert np.median(engine.kept) == pytest.approx(0.09, rel=0.01)
    ratios = np.divide(engine.kept[1:-2], engine.kept[:-3])
    third_digit = 0.005  # steps are rounded to it
    assert np.all((ratios <= GROW * (1 + third_digit)) & (ratios >= SHRINK * (1 - third_digit)))


def test_round_off_does_not_choose_the_step():
    """Local errors that differ by 1e-9, as between numbers of ranks: the same steps, but for one in a million."""
    rng = np.random.default_rng(4)
    differ = 0
    for dt, error in zip(10 ** rng.uniform(-6, 3, 1000), 10 ** rng.uniform(-4, -1, 1000), strict=True):
        one, other = (Controller(dt, 1e-2) for _ in range(2))
        one.accepted(dt, error)
        other.accepted(dt, error * (1 + 1e-9))
        differ += one.dt != other.dt
    assert differ == 0


def test_largest_step():
    engine = FakeEngine()
    march(engine, Controller(0.01, 1e-2, largest=0.2), [5.0], [])
    assert max(engine.kept) <= 0.2 * (1 + 1e-12)


def test_an_observer_stops_the_march():
    """Its text is the reason; every observer still sees that step; the initial state may stop it at once."""
    engine, seen = FakeEngine(), []
    observers = [lambda p: "short circuit" if p.step == 3 else None, lambda p: seen.append(p.step)]
    progress = march(engine, Controller(0.1, 1e-2, largest=0.1), [5.0], observers)
    assert progress.stop_reason == "short circuit"
    assert seen == [0, 1, 2, 3]
    idle = FakeEngine()
    assert (
        march(idle, Controller(0.1, 1e-2), [5.0], [lambda p: "already there"]).stop_reason == "already there"
    )
    assert idle.tries == []


def test_going_on():
    """The loop continues from a progress: the initial state is not observed again."""
    engine, seen = FakeEngine(), []
    engine.time = 1.0
    before = Progress(time=1.0, step=4)
    progress = march(engine, Controller(0.5, 1e-2), [2.0], [lambda p: seen.append(p.time)], progress=before)
    assert progress.time == 2.0 and seen[0] > 1.0


class Until:
    """Rules that end a march where f(time) is 0 to 1; ``before`` is f at the start of a step, if it is known."""

    def __init__(self, engine, f, known=True, judge=lambda end, dt: ""):
        self.engine, self.f, self.known, self.undone, self.judge_ = engine, f, known, 0, judge
        self.beyond = -1.0

    @property
    def before(self):
        return self.f(self.engine.time) if self.known else None

    @property
    def ended(self):
        return self.f(self.engine.time) >= 0

    def judge(self, end, dt):
        self.beyond = self.f(self.engine.state)
        return self.judge_(end, dt)

    def undo(self):
        self.undone += 1


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("f", [
    lambda t: 1e6 * (t - 3.3), lambda t: 1e6 * (np.expm1(5 * (t - 3.3))), lambda t: 1e6 * (t - 3.3) ** 3,
    lambda t: 1e6 * (np.exp(-3.3) - np.exp(-t)), lambda t: 1e9 if t > 3.3 else -1.0,
])  # fmt: skip
def test_a_step_ends_where_a_condition_is_met(f, known):
    """Straight, steep, flat or with a jump: from 0 to the tolerance beyond, or as near as steps can be; few tries."""
    engine = FakeEngine()
    rules = Until(engine, f, known)
    progress = march(engine, Controller(0.7, 1.0, largest=0.7), [5.0], [], rules=rules, max_rejections=0)
    assert 0 <= f(progress.time) <= 1 or progress.time == pytest.approx(3.3, abs=1e-8)
    assert progress.rejected == 0 and progress.time < 5.0
    assert f(progress.time - 2e-6) < 0 or abs(progress.time - 3.3) < 0.02
    assert len(engine.tries) - len(engine.kept) == rules.undone <= (80 if f(4.0) == 1e9 else 20)


def test_a_condition_met_from_the_start():
    """The step is halved a few times, and then kept; the controller's own step stays."""
    engine, controller = FakeEngine(), Controller(0.5, 1.0, largest=0.5)
    rules = Until(engine, lambda t: 1e6 if t > 0 else -1.0, known=False)
    march(engine, controller, [5.0], [], rules=rules)
    assert len(engine.kept) == 1 and engine.kept[0] == pytest.approx(0.5 / 1000) and controller.dt == 0.5


def test_a_shorter_try_may_fail():
    """Then it is rejected as any other step, and the search begins anew."""
    engine = FakeEngine(lambda time, dt: Verdict(not 0.2 < dt < 0.5, "not there"))
    rules = Until(engine, lambda t: 1e6 * (t - 0.3))
    progress = march(engine, Controller(0.6, 1.0, largest=0.6), [5.0], [], rules=rules)
    assert 0 <= rules.f(progress.time) <= 1 and progress.rejected > 0

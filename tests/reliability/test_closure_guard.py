"""A step that loses lithium, charge or salt, or cannot be measured, is rejected; if that does not help, the run fails.

The account is wrong by 1e-5 in one early step: more than `solver.closure` allows by default, and far less than any
curve would show. It must be noticed in that step, in each model, on both engines.
"""

from pathlib import Path

import pytest

from phasefield.engines.stepping import NewtonEngine
from phasefield.errors import DeckError, StepError
from phasefield.physics.common.balance import Balance
from phasefield.physics.plating.record import PlatingRecord
from phasefield.run import account, runner, session
from phasefield.run.account import Account
from tests.errors import refused
from tests.reliability.restarts import MODELS

WRONG, STEP = 3e-5, 3

#: What these decks need to be judged: a current that comes in; on FiPy's engine, the tolerances that close the salt.
MORE = {
    "wetting": ("lithium.current_density=5 mA/cm^2",),
    "plating, liquid": ("solver.profile=strict", "solver.closure=1e-6"),
}


@pytest.fixture
def deck(tmp_path):
    """Path and overrides of a small deck of a model."""

    def made(name: str) -> tuple:
        text, overrides = MODELS[name]
        (tmp_path / "deck.toml").write_text(text)
        return tmp_path / "deck.toml", overrides

    return made


def booked_wrongly(monkeypatch, tries: range, wrong: float = WRONG) -> None:
    """In these tries of steps, what is booked as having come through a boundary is too much by a part."""
    made, flux, judge = [], NewtonEngine.boundary_flux, Account.judge

    def judged(self, time, dt):
        made.append(dt)
        with monkeypatch.context() as context:
            if len(made) in tries:
                context.setattr(NewtonEngine, "boundary_flux", lambda *where: flux(*where) * (1 + wrong))
            return judge(self, time, dt)

    monkeypatch.setattr(account.Account, "judge", judged)


def enough(monkeypatch, steps: int) -> None:
    """End runs after some steps."""
    monkeypatch.setattr(session, "StopConditions", lambda *_: lambda progress: "enough" * (progress.step >= steps))


def rejections(run: Path) -> list[str]:
    """Lines of a run's log about steps that do not close."""
    return [line for line in (run / "run.log").read_text().splitlines() if "solver.closure" in line]


@pytest.mark.parametrize(
    ("model", "engine"),
    [
        *((model, "compiled") for model in MODELS),
        ("plating, liquid", "fipy"),
        *(pytest.param(model, "fipy", marks=pytest.mark.slow) for model in MODELS if model != "plating, liquid"),
    ],
)
def test_a_step_that_is_booked_wrongly_is_rejected(deck, tmp_path, monkeypatch, model, engine):
    """Only that try of that step; without the mutation no step is rejected for it."""
    path, overrides = deck(model)
    overrides = [*overrides, *MORE.get(model, ()), f"solver.engine={engine}"]
    enough(monkeypatch, STEP + 2)
    runner.run(path, tmp_path / "right", overrides=overrides)
    assert rejections(tmp_path / "right") == []
    booked_wrongly(monkeypatch, range(STEP, STEP + 1))
    runner.run(path, tmp_path / "wrong", overrides=overrides)
    (line,) = rejections(tmp_path / "wrong")
    assert f"step {STEP}, try " in line


def test_a_step_that_stays_wrong_ends_the_run(deck, tmp_path, monkeypatch):
    """The run fails, and names the balance and the key; what it has written is that of the last good step."""
    path, overrides = deck("plating")
    booked_wrongly(monkeypatch, range(STEP, 1000), wrong=1e-2)
    with pytest.raises(StepError) as caught:
        runner.run(path, tmp_path / "run", overrides=[*overrides, "solver.max_rejections=2"])
    assert f"step {STEP} " in str(caught.value) and "solver.closure" in str(caught.value)
    assert caught.value.exit_code == 3


def test_the_bound_is_a_key_of_the_deck(deck, tmp_path, monkeypatch):
    """With solver.closure = 1e-4 an error of 3e-5 passes."""
    path, overrides = deck("plating")
    enough(monkeypatch, STEP + 1)
    booked_wrongly(monkeypatch, range(STEP, 1000))
    run = runner.run(path, tmp_path / "run", overrides=[*overrides, "solver.closure=1e-4"])
    assert 1e-7 < abs(run.history["Charge closure [1]"][-1]) < 6e-5


@pytest.mark.parametrize(("name", "accepted"), [("Roughness", False), ("Tip radius", True)])
def test_a_column_that_is_no_number(deck, tmp_path, monkeypatch, name, accepted):
    """NaN in a column that every state has rejects the step; a flat tip has no radius, and may say so."""
    path, overrides = deck("plating")
    row = PlatingRecord.row
    monkeypatch.setattr(PlatingRecord, "row", lambda self, time: row(self, time) | {name: float("nan")})
    overrides = [*overrides, "solver.max_rejections=1", "stop.time=0.5 s"]
    if accepted:
        assert runner.run(path, tmp_path / "run", overrides=overrides).history.rows > 1
        return
    with pytest.raises(StepError) as caught:
        runner.run(path, tmp_path / "run", overrides=overrides)
    assert name in str(caught.value)


def test_error_of_a_balance():
    """|gap|/through: 3e-6 of 3; round-off of what is held is none; NaN stays one."""
    assert Balance(3e-6, 2.0, 1.0, 5.0).error(3.0) == pytest.approx(1e-6, rel=1e-3)
    assert Balance(-3e-6, -2.0, 1.0, 5.0).error(3.0) == pytest.approx(1e-6, rel=1e-3)
    assert Balance(4e-12, 0.0, 0.0, 50.0).error(0.0) == 0.0
    assert not Balance(float("nan"), 10.0, 0.0, 50.0).error(10.0) <= 1.0


def test_what_passes_back_counts_too(deck, tmp_path):
    """Plated and stripped again: the net charge is nothing, and the balance is still measured by what went through."""
    path, overrides = deck("plating")
    there = "{mode='galvanostatic', current_density='60 A/m^2', duration='1 s'}"
    back = "{mode='galvanostatic', current_density='-60 A/m^2', duration='1 s'}"
    run = runner.run(path, tmp_path / "run", overrides=[*overrides, f"drive.steps=[{there}, {back}]", "stop.time="])
    assert run.done and abs(run.history["Charge passed [C/m2]"][-1]) < 1e-6
    assert rejections(tmp_path / "run") == []


def test_no_closure_below_zero(deck, tmp_path):
    path, overrides = deck("plating")
    with refused(DeckError, "solver.closure", "-1"):
        runner.run(path, tmp_path / "run", overrides=[*overrides, "solver.closure=-1"])


def test_a_stall_ends_the_run_and_says_where(deck, tmp_path, monkeypatch):
    """Steps that the error keeps below a millionth of the segment: after a hundred of them the run fails."""
    path, overrides = deck("plating, liquid")
    error = NewtonEngine._time_error
    monkeypatch.setattr(NewtonEngine, "_time_error", lambda self, dt: max(error(self, dt), dt * 1e6))
    with pytest.raises(StepError) as caught:
        runner.run(path, tmp_path / "run", overrides=[*overrides, "time.initial_step=1 ns"])
    text = str(caught.value)
    assert "100 steps" in text and "mol/m3" in text and "x = " in text and "y = " in text
    assert 100 <= (tmp_path / "run" / "history.csv").read_text().count("\n") <= 130


def test_short_steps_that_the_deck_asks_for_are_no_stall(deck, tmp_path, monkeypatch):
    """`time.max_step` bounds every step; two hundred of them are a long run, not a stall."""
    path, overrides = deck("plating")
    enough(monkeypatch, 200)
    run = runner.run(path, tmp_path / "run", overrides=[*overrides, "time.max_step=1 us", "time.initial_step=1 us"])
    assert run.history.rows == 201

"""A step is believed only if it deserves it; one that is not leaves no trace, and the run ends cleanly."""

import dataclasses
import hashlib

import numpy as np
import pytest
from fipy import DiffusionTerm, TransientTerm

from phasefield import cli
from phasefield.deck import load_deck
from phasefield.engines.compiled.split import SplitEngine
from phasefield.engines.conditions import Conditions
from phasefield.engines.factory import make_engine
from phasefield.engines.symbolic import linearize
from phasefield.engines.verdict import Verdict
from phasefield.errors import StepError
from phasefield.io.rundir import open_run
from phasefield.physics.common.model import Field, Model
from phasefield.physics.registry import build
from phasefield.run import runner
from phasefield.run import session as simulation
from phasefield.run.time_loop import Controller, Progress, march
from tests.errors import refused
from tests.parallel.decks import RIPPLE
from tests.parallel.pool import on_ranks
from tests.reliability.restarts import differences_but_rejections, distrusted
from tests.unit.decks import BINARY

POTENTIOSTATIC = ("drive.steps=[{mode='potentiostatic', voltage='-0.05 V'}]",)
CASES = {
    "single ion": (),
    "binary": BINARY,
    "potentiostatic": POTENTIOSTATIC,
    "binary, potentiostatic": (*BINARY, *POTENTIOSTATIC),
}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "deck.toml"
    path.write_text(RIPPLE)
    return path


@pytest.fixture(params=["fipy", "compiled"])
def engine(path, request):
    """Make an engine that has taken two good steps, so that it extrapolates."""

    def engine(*overrides, **options):
        deck = load_deck(path, overrides)
        case = build(deck)
        engine = make_engine(request.param, case.model, deck.domain.cells, case.spacing, **options)
        case.model.apply(case.drive[0])
        engine.apply_boundaries()
        for _ in range(2):
            assert engine.step(0.03).accepted
            engine.accept()
        return engine

    return engine


def state(engine):
    """Hash of every bit that is written, or that the next step starts from."""
    digest = hashlib.sha256()
    for f in engine.fields:
        digest.update(np.ascontiguousarray(engine.ghosted(f.name)).tobytes())
    for name in {"phi", "c"} & {f.name for f in engine.fields}:
        digest.update(np.ascontiguousarray(engine.cell_flux(name)).tobytes())
    return digest.hexdigest()


# -- rejection -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        ("fipy", "single ion"),
        ("compiled", "single ion"),
        ("compiled", "binary, potentiostatic"),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in [
            ("fipy", "binary, potentiostatic"),
            *((engine, name) for engine in ("fipy", "compiled") for name in ("binary", "potentiostatic")),
        ]),
    ],
    indirect=["engine"],
)  # fmt: skip
def test_rejected_step_equals_one_never_tried(engine, name):
    """A step 1000 times too long is put back, fields and fluxes, which a run that fails writes after the rejection.

    The next good one gives the same bits as without it.
    """
    tried, untried = (engine(*CASES[name]) for _ in range(2))
    before = [tried.ghosted(f.name).copy() for f in tried.fields]
    written = state(tried)

    def as_before():
        return all(np.array_equal(tried.ghosted(f.name), old) for f, old in zip(tried.fields, before, strict=True))

    for too_long in (30.0, 0.3):
        tried.step(too_long)
        assert not as_before()
        tried.reject()
        assert as_before() and state(tried) == written
    for _ in range(2):
        verdicts = tried.step(0.03), untried.step(0.03)
        assert verdicts[0] == verdicts[1]
        assert verdicts[0].accepted
        tried.accept(), untried.accept()
    assert state(tried) == state(untried)


@pytest.mark.promise("every third step done twice: the same bits")
@pytest.mark.parametrize("engine", ["compiled", "fipy"])
def test_every_third_step_done_twice_changes_nothing(path, tmp_path, engine):
    """A whole run, history and snapshots, is the same when a step is now and then rejected and done again."""
    overrides = [f"solver.engine={engine}"]
    plain = runner.run(path, tmp_path / "plain", overrides=overrides)
    with distrusted():
        redone = runner.run(path, tmp_path / "redone", overrides=overrides)
    assert redone.manifest["rejected steps"] > 0
    assert differences_but_rejections(plain.path, redone.path) == []


# -- verdicts ------------------------------------------------------------------------------------------


def test_newton_that_does_not_converge_is_no_step(engine):
    engine = engine()
    engine.max_newton = 1
    verdict = engine.step(0.1)
    assert not verdict.accepted
    assert verdict.reason.startswith("Newton's method still moves (xi ")


def test_field_outside_its_bounds_is_no_step(engine):
    engine = engine()
    engine.fields = [dataclasses.replace(f, upper=0.9) if f.name == "xi" else f for f in engine.fields]
    verdict = engine.step(0.03)
    assert not verdict.accepted
    assert verdict.reason.startswith("xi reached [") and verdict.reason.endswith("outside [-0.05, 0.9]")


NAN_ON_ONE_RANK = """
import itertools
import numpy as np
from phasefield import parallel
from phasefield.physics.registry import build
from phasefield.deck import load_deck
from phasefield.engines.factory import make_engine

parallel.install_abort_hook()
deck = load_deck("deck.toml", ["solver.max_newton=8"])
for name, field in itertools.product(("fipy", "compiled"), ("film", "phi")):
    case = build(deck)
    engine = make_engine(name, case.model, deck.domain.cells, case.spacing)
    case.model.apply(case.drive[0])
    engine.apply_boundaries()
    values = engine.ghosted(field)
    if engine.comm.rank == engine.comm.size - 1:
        values.ravel()[values.size // 2] = np.nan
    verdict = engine.step(0.03)
    verdicts = engine.comm.allgather(verdict)
    assert (verdict.accepted, verdict.reason) == (False, "the equations are not finite"), (name, field, verdict)
    assert len(set(verdicts)) == 1, verdicts
    engine.reject()
"""


@pytest.mark.promise("a NaN on one rank: no step on any")
@pytest.mark.parametrize("ranks", [1, 2])
def test_nan_on_one_rank_is_no_step_on_any(path, ranks):
    """FiPy only warns of it; every rank must say no, and why, on both engines alike."""
    script = path.parent / "nan.py"
    script.write_text(NAN_ON_ONE_RANK)
    result = on_ranks(ranks, script, cwd=path.parent, timeout=60)
    assert result.returncode == 0, result.stdout


class Steep(Model):
    """∂u/∂t = ∇²u − √u from 0, where the slope of the root is infinite."""

    fields = (Field("u", "u", "1", lambda x: 0 * x[0]),)

    def equations(self, v, dt):
        return {"u": TransientTerm(var=v.u) == DiffusionTerm(1.0, var=v.u) - linearize(v.u**0.5, v.u)}


@pytest.mark.parametrize("engine", ["fipy", "compiled"])
def test_infinite_slope_is_told(engine):
    """The compiled engine's residual is finite, and only its matrix is not."""
    verdict = make_engine(engine, Steep(), (8,), (0.5,)).step(0.1)
    assert (verdict.accepted, verdict.reason) == (False, "the equations are not finite")


# -- giving up -----------------------------------------------------------------------------------------


class Stubborn:
    """An engine that refuses every step after a time."""

    def __init__(self, last):
        self.time, self.last, self.tries, self.rejections = 0.0, last, [], 0

    def step(self, dt):
        self.tries.append(dt)
        return Verdict(self.time < self.last, "no", error=1e-2)

    def accept(self):
        self.time += self.tries[-1]

    def reject(self):
        self.rejections += 1


@pytest.mark.promise("a solver that does not converge: shorter steps, then an end that says why")
@pytest.mark.parametrize("bearable", [0, 3])
def test_march_gives_up_after_so_many_rejections(bearable):
    engine, progress = Stubborn(last=0.25), Progress()
    with refused(StepError, "", "step 3", f"{bearable + 1} times", "dt = ", ": no"):
        march(engine, Controller(dt=0.15, tolerance=1e-2, largest=0.15), [1.0], [], bearable, progress)
    assert progress.step == 2
    assert progress.rejected == engine.rejections == bearable + 1
    assert np.allclose(np.divide(engine.tries[3:], engine.tries[2:-1]), 0.5)


@pytest.fixture
def failed(path, tmp_path, monkeypatch, capsys):
    """A run whose engine finds no solution any more after three steps, by the command line."""
    original = SplitEngine.step

    def step(self, dt):
        verdict = original(self, dt)
        accepted = getattr(self, "accepted", 0)
        return Verdict(False, "the cell melted") if accepted == 3 else verdict

    def accept(self):
        accept_original(self)
        self.accepted = getattr(self, "accepted", 0) + 1

    accept_original = SplitEngine.accept
    monkeypatch.setattr(SplitEngine, "step", step)
    monkeypatch.setattr(SplitEngine, "accept", accept)
    out = tmp_path / "failed"
    with pytest.raises(SystemExit) as caught:
        cli.main(["run", str(path), "-o", str(out), "--set", "solver.max_rejections=4"])
    monkeypatch.undo()
    return caught.value.code, capsys.readouterr().err, open_run(out)


def test_run_that_fails_says_so_and_keeps_its_last_state(failed, path, tmp_path, monkeypatch):
    """Exit code 3, status and manifest tell why, and what was accepted is on disk, bit for bit."""
    code, message, run = failed
    assert code == 3
    assert "rejected 5 times" in message and "the cell melted" in message
    assert run.status["state"] == "failed" and "the cell melted" in run.status["reason"]
    assert run.status["steps"] == run.history["Step"][-1] == 3
    assert run.manifest["rejected steps"] == 5
    assert run.times[-1] == pytest.approx(run.history["Time [s]"][-1])

    monkeypatch.setattr(simulation, "StopConditions", lambda *_: lambda progress: "enough" * (progress.step == 3))
    stopped = runner.run(path, tmp_path / "stopped")
    assert np.array_equal(stopped.times, run.times)
    for name, values in stopped.snapshot(-1).fields.items():
        assert np.array_equal(run.snapshot(-1)[name], values), name


# -- the ledger -----------------------------------------------------------------------------------------


def test_voltage_after_current_plates_what_passes(path, tmp_path):
    """The counter electrode's condition changes its kind in the middle of a run."""
    current = "{mode='galvanostatic', current_density='6 mA/cm^2', duration='4 s'}"
    voltage = "{mode='potentiostatic', voltage='-0.05 V'}"
    steps = f"drive.steps=[{current}, {voltage}]"
    run = runner.run(path, tmp_path / "run", overrides=[steps, "stop.time=8 s"])
    assert run.history["Charge closure [1]"] == pytest.approx(0.0, abs=1e-6)
    assert run.snapshot(-1)["phi"][:, -1] == pytest.approx(0.05, rel=0.02)


def test_current_after_voltage_and_a_rest_plate_what_passes(path, tmp_path):
    """Back from a given voltage to a given current, and then none: the charge passed is what was asked for."""
    steps = [
        "{mode='potentiostatic', voltage='-0.05 V', duration='3 s'}",
        "{mode='galvanostatic', current_density='6 mA/cm^2', duration='3 s'}",
        "{mode='rest', duration='3 s'}",
    ]
    run = runner.run(path, tmp_path / "run", overrides=[f"drive.steps=[{', '.join(steps)}]", "stop.time="])
    time, current = run.history["Time [s]"], run.history["Current density [A/m2]"]
    assert current[(time > 3) & (time <= 6)] == pytest.approx(60.0, rel=1e-9)
    assert current[time > 6] == pytest.approx(0.0, abs=1e-9)
    assert run.history["Charge closure [1]"] == pytest.approx(0.0, abs=1e-6)
    assert time[-1] == pytest.approx(9.0)


@pytest.mark.promise("a flux that is wrong by a millionth is caught by the ledger")
@pytest.mark.parametrize("engine", ["compiled", "fipy"])
@pytest.mark.parametrize("wrong", [0.0, 1e-6])
def test_ledger_sees_a_flux_that_is_wrong_by_a_millionth(path, tmp_path, monkeypatch, engine, wrong):
    """The equations get a current larger by 1e-6 than the one that is booked: the closure is 1e-6."""
    original = Conditions.entering
    monkeypatch.setattr(Conditions, "entering", lambda self, *where: original(self, *where) / (1 + wrong))
    overrides = ["solver.profile=strict", "stop.time=4 s", f"solver.engine={engine}"]
    run = runner.run(path, tmp_path / "run", overrides=overrides)
    assert run.history["Charge closure [1]"][1:] == pytest.approx(wrong, abs=1e-9)

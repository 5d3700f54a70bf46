"""Split steps: the same solution as that of coupled implicit steps, of second order, with charge by construction.

Bars, set before the first run. Charge closes to 1e-12 of what has passed, at a given current and at a given voltage.
Half the step divides the error by 3 at least (4 in theory), and it is below that of BDF2 with as many steps. (The bars
are those; the steps were 10 and 20 at first, and are 20 and 40, where the theory holds.) A flat cell has the voltage of
Butler, Volmer and Ohm within 0.5 % at every row, also in the first after a change of the drive, and at a given voltage
their current. The rate of ξ is the residual of the implicit engine's equation, to 1e-11. A step that was rejected
leaves no trace in the next.
"""

import logging

import numpy as np
import pytest
from petsc4py import PETSc
from scipy.constants import R

from phasefield.check import report
from phasefield.deck import parse_deck
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.compiled.split import SplitEngine
from phasefield.engines.compiled.split.stages import SAFETY, error_constant, number_of_stages, stages
from phasefield.engines.solver import PREFIX, ask
from phasefield.errors import DeckError, TraceError
from phasefield.physics.registry import build
from phasefield.run.runner import restart, run
from tests.errors import refused
from tests.parallel.decks import RIPPLE
from tests.reliability.restarts import ALWAYS, cut, differences
from tests.slow import slow
from tests.verification.test_dead_lithium import floating
from tests.verification.test_protocols import DECK as FLAT
from tests.verification.test_protocols import HEIGHT, I0, MOLAR, SIGMA, START, F

SPAN = 0.8
DECK = """
[domain]
dimension = {dimension}
size = [{sides}"12 um"]
cell_size = "0.5 um"
[interface]
width = "3 um"
capillarity = "{capillarity}"
[electrolyte]
transport = "single-ion"
conductivity = "0.1 mS/cm"
[lithium]
interface_energy = "0.5 J/m^2"
anisotropy = {anisotropy}
[kinetics]
exchange_current_density = "10 mA/cm^2"
{film}
[front]
height = "4 um"
cosines = [{{ amplitude = "0.6 um", wavelength = "8 um" }}]
[[drive.steps]]
mode = "{mode}"
{value}
[stop]
time = "1 h"
"""
COATING = (
    '[coating]\nthickness = "0.2 um"\nconductivity = "0.05 mS/cm"\ndefects = [{ position = ["4 um"], width = "2 um" }]'
)
GIVEN = {"mode": "galvanostatic", "value": 'current_density = "6 mA/cm^2"'}
HELD = {"mode": "potentiostatic", "value": 'voltage = "-0.1 V"'}
CASES = {
    "physical": {},
    "effective": {"capillarity": "effective"},
    "anisotropic": {"anisotropy": 0.05},
    "coated": {"film": COATING},
    "held": HELD,
    "space": {"dimension": 3, "sides": '"4 um", "8 um", '},
}

SALT = (
    "electrolyte.transport=binary", "electrolyte.concentration=1 mol/L", "electrolyte.diffusivity=1e-10 m^2/s",
    "electrolyte.transference_number=0.4",
)  # fmt: skip
NUCLEI = (
    "front.height=0 um", "front.cosines=", "front.noise=", "coating=",
    "collector.nucleation={sites=[{position=['4 um']}], overpotential='0.1 V'}",
)  # fmt: skip


def case(**changes):
    given = {"dimension": 2, "sides": '"8 um", ', "capillarity": "physical", "anisotropy": 0.0, "film": "", **GIVEN}
    return build(parse_deck(DECK.format(**given | changes)))


def begun(kind=SplitEngine, **changes):
    """A case, and its engine before the first step."""
    made = case(**changes)
    engine = kind(made.model, made.deck.domain.shape, made.spacing)
    made.begin(0, engine)
    return made, engine


def advance(engine, steps):
    for _ in range(steps):
        assert engine.step(0.05).accepted
        engine.accept()


def marched(kind, changes, steps, span=SPAN):
    """ξ at the start and after steps of equal length, and the charge that has passed through the top."""
    _, engine = begun(kind, **changes)
    start, passed = engine.owned("xi").copy(), 0.0
    for _ in range(steps):
        verdict = engine.step(span / steps)
        assert verdict.accepted, verdict
        passed += engine.added("phi", engine.boundary_flux("phi", "top"))
        engine.accept()
    return start, engine.owned("xi").copy(), passed, engine


def second_order(*arguments):
    return CompiledEngine(*arguments, order=2)


@pytest.mark.parametrize("name", [*(n for n in CASES if n != "space"), slow("space")])
def test_solution_of_second_order(name):
    """Against BDF2 with 320 steps, from which the error of 40 split steps is far."""
    changes = CASES[name]
    start, reference, *_ = marched(second_order, changes, 320)

    def error(kind, steps):
        return np.abs(marched(kind, changes, steps)[1] - reference).sum() / np.abs(reference - start).sum()

    coarse, fine = error(SplitEngine, 20), error(SplitEngine, 40)
    assert fine < coarse / 3
    assert fine < error(second_order, 40)


@pytest.mark.parametrize("name", CASES)
def test_charge_is_what_the_current_has_brought(name):
    """To round-off, though each step has one linear solve that leaves a hundredth of its residual."""
    start, end, passed, engine = marched(SplitEngine, CASES[name], 10)
    gained = engine.grid.integral(end) - engine.grid.integral(start)
    assert abs(gained - passed) < 1e-12 * abs(passed)
    assert abs(passed) > 0.1


def test_rate_is_that_of_the_implicit_equation():
    """At the same fields, with the reaction in double precision: both come from the same FiPy terms."""
    made, engine = begun()
    assert engine.step(1e-6).accepted
    engine.reject()
    written = np.zeros(engine.box.ghosted_shape)
    arrays, xi = engine._kernels.arrays, engine.state.now["xi"]
    arrays["known"], unused = np.zeros_like(xi), np.zeros_like(xi)
    arrays["before"] = arrays["known"]
    engine._kernels.write("reactions", xi, arrays["known"], unused)
    engine._kernels.write("rate", xi, written, ahead=0.0)
    rate = engine.box.own(written)
    implicit = CompiledEngine(made.model, made.deck.domain.shape, made.spacing, order=1)
    implicit.apply_boundaries()
    implicit.state.put("phi", engine.state.now["phi"])
    implicit.state.look()
    implicit.dt.setValue(1.0)
    implicit.model.refresh(implicit.state, implicit.dt, 1)
    implicit.lag.setValue(0.0)
    implicit.assemble()
    volume = np.prod(made.spacing)
    residual = implicit.system.entries.residual[0].reshape(rate.shape) / volume
    assert np.abs(rate - residual).max() < 1e-11 * np.abs(residual).max()


def test_rejected_step_leaves_no_trace():
    made = case()
    engines = [SplitEngine(made.model, made.deck.domain.shape, made.spacing) for _ in range(2)]
    for engine in engines:
        made.begin(0, engine)
        for _ in range(3):
            assert engine.step(0.05).accepted
            engine.accept()
    engines[0].step(0.2)
    engines[0].reject()
    for engine in engines:
        assert engine.step(0.05).accepted
    for name in ("xi", "phi"):
        assert np.array_equal(*(engine.owned(name) for engine in engines))


def test_a_potential_that_is_not_found_leaves_no_trace(monkeypatch):
    """After a change of the drive: the fields are those of the last step, not those before it."""
    made, engine = begun()
    advance(engine, 2)
    made.begin(0, engine)
    held = {name: engine.owned(name).copy() for name in ("xi", "phi")}
    monkeypatch.setattr(engine, "_find_potential", lambda: engine.state.now["phi"].fill(np.nan) or "not found")
    assert not engine.step(0.05).accepted
    engine.reject()
    assert all(np.array_equal(engine.owned(name), values) for name, values in held.items())


@pytest.mark.parametrize("off", [0.5, -4.0])
def test_first_potential_does_not_depend_on_its_guess(off):
    """Found from a guess that is wrong by 0.5 and 4 RT/F: the same to the field's own tolerance, 1e-3."""
    found = []
    for wrong in (0.0, off):
        _, engine = begun()
        engine.state.now["phi"] += wrong
        assert engine._find_potential() == ""
        found.append(engine.owned("phi").copy())
    assert np.abs(found[1] - found[0]).max() < 1e-3


def test_potential_is_that_of_the_end_of_the_step():
    """At the top, it is less than half as far from that of the present ξ, found anew, as the middle's is."""
    made, engine = begun()
    advance(engine, 4)
    top = (-1, slice(None))
    end, middle = engine.owned("phi")[top].mean(), engine.box.own(engine.state.moments[-1].potential)[top].mean()
    made.begin(0, engine)
    assert engine._find_potential() == ""
    found = engine.owned("phi")[top].mean()
    assert 0 < abs(end - found) < 0.5 * abs(middle - found)


def test_reaction_and_potential_are_extrapolated():
    """From two moments, the first guess of φ, and ξ after its stages, are nearer to what is found than from one."""
    made, guessed, errors = case(), [], []
    for kept in (1, 2):
        engine = SplitEngine(made.model, made.deck.domain.shape, made.spacing)
        made.begin(0, engine)
        for _ in range(4):
            assert engine.step(0.05).accepted
            engine.accept()
        engine.state.moments, engine.state.earlier_dt = engine.state.moments[-kept:], 0.0  # only the correction counts
        errors.append(engine.step(0.05).error)
        guessed.append(np.abs(engine._kernels.arrays["guess"] - engine._next[-1].potential).max())
    assert 0 < errors[1] < 0.5 * errors[0]
    assert 0 < guessed[1] < 0.5 * guessed[0]


HEADS = "Current density [A/m2]", "Cell voltage [V]", "Charge passed [C/m2]"


def voltage(i, height):
    """V of the flat cell: kinetics and Ohm's law."""
    return -2 * R * 298.15 / F * np.arcsinh(i / (2 * I0)) - i * (HEIGHT - height) / SIGMA


def test_voltage_at_every_change_of_the_drive(tmp_path):
    """Pulses of both signs, and rests between them; each row, also the first after a change."""
    steps = 'steps = ["Plate at 2 mA/cm2 for 20 s", "Rest for 6 s", "Strip at 3 mA/cm2 for 10 s", "Rest for 6 s"]'
    (tmp_path / "deck.toml").write_text(FLAT + steps)
    found = run(tmp_path / "deck.toml", tmp_path / "run", overrides=["time.method=split", "time.max_step=2 s"]).history
    i, V, charge = (found[head][1:] for head in HEADS)
    height = START + charge * MOLAR / F
    flows = i != 0
    assert flows.sum() > 10 and (~flows).sum() > 2
    assert V[flows] == pytest.approx(voltage(i, height)[flows], rel=0.005)
    assert np.abs(V[~flows]).max() < 0.005 * np.abs(V).max()
    assert np.abs(found["Charge closure [1]"]).max() < 1e-12


def test_current_at_given_voltages(tmp_path):
    """Each voltage's current at every row, the first included; charge closes with what is measured at the top."""
    steps = 'steps = ["Hold at -0.2 V for 20 s", "Hold at 0.05 V for 10 s", "Hold at -0.25 V for 10 s"]'
    (tmp_path / "deck.toml").write_text(FLAT + steps)
    found = run(tmp_path / "deck.toml", tmp_path / "run", overrides=["time.method=split", "time.max_step=2 s"]).history
    i, V, charge = (found[head][1:] for head in HEADS)
    height = START + charge * MOLAR / F
    assert len(V) > 20 and set(np.round(V, 9)) == {-0.2, 0.05, -0.25}
    assert voltage(i, height) == pytest.approx(V, rel=0.005)
    assert np.abs(found["Charge closure [1]"]).max() < 1e-12


def test_pieces_apart_are_solved_implicitly(caplog):
    """A disc without contact has a potential that only implicit steps solve for; one line in the log says so."""
    made, engine = floating([((16, 30), 5)])
    split = SplitEngine(made.model, made.deck.domain.shape, made.spacing)
    made.begin(0, split)
    with caplog.at_level(logging.INFO):
        for each in (engine, split):
            for _ in range(2):
                assert each.step(1e-3).accepted
                each.accept()
    assert sum("implicit" in record.message for record in caplog.records) == 1
    assert np.abs(split.owned("xi") - engine.owned("xi")).max() < 1e-6


def test_where_shorter_split_steps_are_no_better(tmp_path):
    """6 mA/cm² in 0.3 µS/cm, 77 RT/F across the width: steps go on as those of BDF2, and a restart among them, too.

    Bars, set before the first run: growth of the tip within 0.5 %, voltage within 0.1 %, charge to 1e-12.
    """
    text = DECK.format(dimension=2, sides='"8 um", ', capillarity="physical", anisotropy=0.0, film="", **GIVEN)
    (tmp_path / "deck.toml").write_text(text)
    fast = ("interface.width=1 um", "electrolyte.conductivity=3e-4 mS/cm", "stop.time=60 s", "output.snapshots=2")
    split, whole = (
        run(tmp_path / "deck.toml", tmp_path / m, force=True, overrides=(*fast, *ALWAYS, f"time.method={m}"))
        for m in ("split", "bdf2")
    )
    assert (split.path / "run.log").read_text().count("until the drive changes") == 1
    tips, volts = ([found.history[head] for found in (split, whole)] for head in ("Tip height [m]", HEADS[1]))
    assert tips[0][-1] - tips[0][0] == pytest.approx(tips[1][-1] - tips[1][0], rel=0.005)
    assert volts[0][-1] == pytest.approx(volts[1][-1], rel=0.001)
    assert np.abs(split.history["Charge closure [1]"]).max() < 1e-12
    part = cut(split.path, int(split.history["Step"][-2]), tmp_path / "part")
    restart(part, force=True)
    assert differences(split.path, part) == []


def test_error_of_stages_is_found_from_a_cubic():
    """Steps of three lengths along u = t³, the last one with the error of seven stages, 1/6 − third term of theirs."""
    made = case()
    engine = SplitEngine(made.model, made.deck.domain.shape, made.spacing)
    state, (last, before, dt) = engine.state, (0.3, 0.2, 0.5)
    missed = 6 * dt**3 * (1 - 2 / 3 * (7**2 + 7 - 6) / (7**2 + 7 - 2)) / 6
    state.old["xi"][...], state.before["xi"][...] = 0.0, -(last**3)
    state.earlier["xi"][...], state.now["xi"][...] = -((last + before) ** 3), dt**3 - missed
    state.extrapolates, state.previous_dt, state.earlier_dt = True, last, before
    assert engine._of_stages(dt, 7) == pytest.approx(missed, rel=1e-12)


@pytest.mark.parametrize("number", [3, 5, 13, 41])
def test_stages(number):
    """Of a linear equation: second order with the error constant of the formula, and stable as far as is used."""

    def amplified(z):
        steps = stages(number)
        earlier, last = 1.0, 1.0 + next(steps).first * z
        for s in steps:
            earlier, last = last, s.last * last + s.earlier * earlier + s.start + s.first * z + s.own * z * last
        return last

    z = 0.02
    terms = np.polynomial.Polynomial.fit(np.linspace(-z, z, 9), [amplified(x) for x in np.linspace(-z, z, 9)], 5)
    third = terms.convert().coef
    assert third[:3] == pytest.approx([1, 1, 0.5], abs=1e-9)
    assert 1 / 6 - third[3] == pytest.approx(error_constant(number), rel=1e-3)
    longest = SAFETY * (number**2 + number - 2) / 2
    assert number_of_stages(longest) <= number < number_of_stages(longest + 1)
    assert max(abs(amplified(-x)) for x in np.linspace(0.1, longest, 200)) < 1


@pytest.mark.parametrize(
    ("text", "overrides", "reason"),
    [
        (RIPPLE, SALT, "salt"),
        (RIPPLE, ("solver.engine=fipy",), "fipy"),
    ],
)  # fmt: skip
def test_deck_that_is_not_split_is_refused(text, overrides, reason):
    """By name of the key, with what is allowed and why."""
    with refused(DeckError, "time.method", "split", "bdf2", reason):
        parse_deck(text, overrides=[*overrides, "time.method=split"])


@pytest.mark.parametrize(
    ("overrides", "method", "why"),
    [
        ((), "split", ""),
        (("time.method=bdf2",), "bdf2", ""),
        (("time.method=implicit-euler",), "implicit-euler", ""),
        (SALT, "bdf2", "salt"),
        (("solver.engine=fipy",), "bdf2", "fipy"),
        (("solver.petsc={pc_type='lu'}",), "bdf2", "solver.petsc"),
        (NUCLEI, "implicit-euler", "nucleation"),
    ],
)
def test_method_of_a_deck(overrides, method, why):
    """What "auto" stands for; `check` has a row with it, and with the reason where steps are not split."""
    deck = parse_deck(RIPPLE, overrides=list(overrides))
    assert deck.method == method and deck.splits == (method == "split")
    (row,) = [line for line in report(deck).splitlines() if "time method" in line]
    assert row.split()[2] == method and ("not split" in row) == bool(why) and why in row
    assert build(deck).engine().method == method


def test_option_of_the_environment_that_needs_a_matrix_is_heard():
    """With "auto", steps are those of BDF2, no longer than the flux of the profile allows; a deck's own says no."""
    options = PETSc.Options()
    options[PREFIX + "pc_type"] = "lu"
    try:
        made = build(parse_deck(RIPPLE))
        assert made.engine().method == "bdf2" and not made.splits
        assert build(parse_deck(RIPPLE, overrides=["time.method=split"])).splits
    finally:
        options.delValue(PREFIX + "pc_type")
    assert made.splits and made.engine().method == "split"


def test_method_of_a_run_is_kept(tmp_path):
    """In its manifest and in its log."""
    (tmp_path / "deck.toml").write_text(FLAT + 'steps = ["Plate at 2 mA/cm2 for 1 s"]')
    for name, overrides in (("split", []), ("bdf2", ["time.method=bdf2"])):
        found = run(tmp_path / "deck.toml", tmp_path / name, overrides=overrides)
        assert found.manifest["time method"] == name
        assert f"time method: {name}" in (found.path / "run.log").read_text()


def test_option_that_needs_a_matrix_is_refused():
    """PETSc's options may also come from the environment: they are not ignored."""
    made = case()
    ask({"pc_type": "lu"}, ranks=1)
    try:
        with refused(TraceError, "", "pc_type"):
            SplitEngine(made.model, made.deck.domain.shape, made.spacing)
    finally:
        ask({})

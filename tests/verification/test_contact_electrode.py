"""Lithium in an electrode behind a contact: diffusion, ledger, spread, capacity, phases, equations, ranks.

Formulas: Carslaw & Jaeger, Conduction of Heat in Solids, 2nd ed. (1959). Bars were written before the first run.
"""

import numpy as np
import pytest
import sympy
from scipy.optimize import brentq

import phasefield
from phasefield.physics.contact import diagnostics as measure
from phasefield.physics.contact import geometry
from phasefield.physics.contact.insertion import LinearPotential, MeasuredPotential, RegularSolution
from phasefield.physics.contact.model import Contact, GrowingLayer
from phasefield.run.time_loop import Controller, march
from phasefield.theory import FARADAY
from phasefield.theory import contact as theory
from tests.parallel.pool import on_ranks
from tests.slow import slow
from tests.verification.contact_support import contact_statics, engine_of, parameters_of, steps, uniform
from tests.verification.support import order


def curved(x):
    """A measured curve of an ideal kind, −ln(x/(1 − x)), which Fick's law must not notice."""
    return -np.log(x / (1 - x))


KNOTS = np.linspace(0.02, 0.98, 97)


@pytest.mark.parametrize("storage", [slow(LinearPotential(0.0, 8.0)), MeasuredPotential(KNOTS, curved(KNOTS))])
def test_diffusion_from_a_flat_contact(storage):
    """Constant current into a half-space: the surface rises by 2j√(t/πD). 1 %."""
    cell, current, D = 0.04, 0.2, 1.0
    parameters = parameters_of(cell, diffusivity=D, storage=storage)
    engine = engine_of(parameters, (62,), contact_statics([], 50 * cell, cell), content=0.3, current=current)
    for dt, number in ((2e-4, 10), (1e-3, 8), (3e-3, 30)):
        steps(engine, dt, number)
    time = 0.1
    x = engine.owned("c")
    surface = x[49] + 0.5 * cell * current / D
    assert surface - 0.3 == pytest.approx(2 * current * np.sqrt(time / (np.pi * D)), rel=0.01)


@pytest.mark.parametrize("drive", [slow({"current": 0.2}), {"voltage": -1.0}, {"current": -0.2}])
def test_lithium_ledger(drive):
    """Charge passed = F Δ∫c through a partial contact with a growing layer; the plane carries it all. 10⁻⁶."""
    cell = 0.25
    parameters = parameters_of(cell, diffusivity=4.0, storage=RegularSolution(0.0, 1.0), layer=GrowingLayer(0.1, 0.3))
    statics = contact_statics([geometry.Patch((0.6,), 0.9)], 2.0, cell)
    engine = engine_of(parameters, (12, 16), statics, **drive)
    start, passed = measure.stored(engine), 0.0
    for _ in range(6):
        steps(engine, 0.1)
        passed += measure.current(engine) * 0.1
        assert measure.current_map(engine).mean() == pytest.approx(measure.current(engine), rel=1e-6)
    assert measure.stored(engine) - start == pytest.approx(passed, rel=1e-6)
    assert np.sign(passed) == np.sign(drive.get("current", 1.0))


def spread_after(charge, current, radius):
    cell = 0.25
    parameters = parameters_of(cell, diffusivity=2.0, storage=LinearPotential(0.0, 10.0))
    statics = contact_statics([geometry.Patch((0.0,), radius)], 4.0, cell)
    engine = engine_of(parameters, (16, 20), statics, content=0.2, current=current)
    steps(engine, charge / current / 12, 12)
    return measure.content_spread(engine)


def test_spread_of_the_content():
    """At equal charge: more uneven at a higher rate, less so at a larger contact; the mean is Faraday's."""
    slow, fast = spread_after(0.8, 0.05, 1.0), spread_after(0.8, 0.2, 1.0)
    wide = spread_after(0.8, 0.2, 3.0)
    assert slow.std < 0.5 * fast.std
    assert wide.std < 0.8 * fast.std
    assert fast.highest - fast.lowest > slow.highest - slow.lowest
    for spread in (slow, fast, wide):
        assert spread.mean == pytest.approx(0.2 + 0.8 / 4.0, rel=1e-6)


def test_accessible_capacity():
    """A sheet charged until its surface is full takes 1 − jL/(3DΔx) of its room (quasi-steady). 1 % of the room."""
    cell, start, full, current = 0.04, 0.1, 0.95, 0.8
    parameters = parameters_of(cell, storage=LinearPotential(0.0, 5.0))
    engine = engine_of(parameters, (35,), contact_statics([], 1.0, cell), content=start, current=current)
    begin = measure.stored(engine)
    cutoff = measure.Cutoff(engine, fullest=full - 0.5 * cell * current)  # the surface is half a cell further
    progress = march(engine, Controller(1e-3, 1e-2, largest=0.012), [10.0], [cutoff])
    assert "rose to" in progress.stop_reason
    usable = theory.usable_fraction(current * FARADAY, 1.0, 1.0, full - start)
    found = measure.accessible_capacity(engine, begin) / (full - start)
    assert found == pytest.approx(usable, abs=0.01)


def test_two_phases_at_the_binodal():
    """Ω = 3: a lithium-rich and a poor phase come to rest where ln[x/(1 − x)] + Ω(1 − 2x) = 0. 1 %."""
    cell, Ω = 0.1, 3.0
    parameters = parameters_of(cell, storage=RegularSolution(1.0, Ω), gradient=0.05)
    engine = engine_of(parameters, (44,), contact_statics([], 4.0, cell), current=0.0)
    z = engine.box.coordinates()[0]
    engine.state.put("c", np.where(z < 2.0, 0.15, np.where(z < 4.0, 0.85, 0.5)))
    for dt in (0.02, 0.1, 0.5, 2.0, 4.0):
        steps(engine, dt, 5)
    poor = brentq(lambda x: np.log(x / (1 - x)) + Ω * (1 - 2 * x), 1e-6, 0.3)
    spread = measure.content_spread(engine)
    assert spread.lowest == pytest.approx(poor, rel=0.01)
    assert 1 - spread.highest == pytest.approx(poor, rel=0.01)
    assert measure.cell_voltage(engine) == pytest.approx(1.0, rel=1e-3)  # the plateau


# -- equations and ranks -------------------------------------------------------------------------------

x, z, t = sympy.symbols("x z t")
CONTENT = sympy.Rational(1, 2) + sympy.Rational(1, 5) * sympy.cos(sympy.pi * x) * sympy.cos(sympy.pi * z) * (1 + t)
Ω, κ, D = sympy.Rational(3, 2), sympy.Rational(1, 20), sympy.Rational(7, 10)


def laplacian(u):
    return sympy.diff(u, x, 2) + sympy.diff(u, z, 2)


POTENTIAL = sympy.log(CONTENT / (1 - CONTENT)) + Ω * (1 - 2 * CONTENT) - κ * laplacian(CONTENT)
MOBILITY = D * CONTENT * (1 - CONTENT)
RESIDUAL = sympy.diff(CONTENT, t) - sum(sympy.diff(MOBILITY * sympy.diff(POTENTIAL, q), q) for q in (x, z))


class Manufactured(Contact):
    """Equations (1)-(2) of a regular solution with the source that CONTENT needs."""

    def equations(self, v, dt):
        equations = super().equations(v, dt)
        return equations | {"phi": equations["phi"] - v.source}


def manufactured_error(cells):
    parameters = parameters_of(1 / cells, 1.0, float(D), RegularSolution(0.0, float(Ω)), gradient=float(κ))
    residual, content = (sympy.lambdify((x, z, t), e, "numpy") for e in (RESIDUAL, CONTENT))
    statics = (uniform("electrode", 1.0), uniform("coverage", 1.0), uniform("source", 0.0))
    engine = engine_of(parameters, (cells, cells), statics, model=Manufactured, current=0.0)
    centres = engine.box.coordinates()
    engine.state.put("c", content(*centres, 0.0))
    for time in (0.05, 0.1):  # linear in time, where implicit Euler is exact
        engine.state.put("source", -residual(*centres, time))
        steps(engine, 0.05)
    return float(np.sqrt(np.mean((engine.owned("c").ravel() - content(*centres, 0.1)) ** 2)))


def test_manufactured_solution():
    """Balance and closure of a phase-separating electrode: second order in space (1.8-2.2)."""
    errors = [manufactured_error(cells) for cells in (8, 16, 32)]
    assert np.all((order(errors) > 1.8) & (order(errors) < 2.2)), errors


RANKS = """
import os
os.environ["FIPY_SOLVERS"] = "petsc"
import phasefield
from phasefield.physics.contact import diagnostics as measure
from phasefield.physics.contact import geometry
from phasefield.physics.contact.insertion import RegularSolution
from phasefield.physics.contact.model import GrowingLayer
from phasefield.parallel import is_root
from tests.verification import contact_support as t

parameters = t.parameters_of(0.25, storage=RegularSolution(0.0, 1.0), layer=GrowingLayer(0.1, 0.3))
patches = geometry.scatter(2, 0.5, (4.0,), seed=3)
engine = t.engine_of(parameters, (16, 12), t.contact_statics(patches, 1.5, 0.25), current=0.3)
t.steps(engine, 0.1, 4)
r, s = measure.resistance(engine), measure.content_spread(engine)
numbers = [r.electrolyte, r.constriction, r.interface, r.electrode, s.mean, s.std, s.lowest, s.highest,
           measure.cell_voltage(engine), measure.hot_spot(engine), measure.rim_over_centre(engine, patches),
           *measure.current_map(engine), *measure.column_content_map(engine), *measure.surface_content_map(engine)]
if is_root():
    print("NUMBERS", *(f"{n:.12e}" for n in numbers))
"""


def test_ranks_agree(tmp_path, monkeypatch):
    """One and two ranks (the cut is at the contact) give the same maps and resistances. 10⁻⁷."""
    program = tmp_path / "ranks.py"
    program.write_text(RANKS)
    monkeypatch.setenv("PYTHONPATH", ".")
    found = []
    for ranks in (1, 2):
        job = on_ranks(ranks, program)
        assert job.returncode == 0, job.stdout
        line = next(line for line in job.stdout.splitlines() if line.startswith("NUMBERS"))
        found.append(np.array(line.split()[1:], float))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-7, atol=1e-9)


FILLED = """model = "contact"
[domain]
dimension = 1
size = ["2 um"]
cells = [20]
[electrode]
thickness = "1 um"
content = 0.6
diffusivity = "1e-9 m^2/s"
maximum_concentration = "50 mol/L"
[electrode.open_circuit]
law = "measured"
contents = [0.3, 0.5, 0.7]
potentials = ["4.1 V", "4.0 V", "3.9 V"]
[electrolyte]
ionic_conductivity = "1 mS/cm"
[contact]
[kinetics]
exchange_current_density = "1 mA/cm^2"
[[drive.steps]]
mode = "galvanostatic"
current_density = "%s 1 A/m^2"
"""


@pytest.mark.parametrize(("way", "last", "word"), [("", 0.7, "risen"), ("-", 0.3, "fallen")])
def test_a_run_ends_where_its_open_circuit_curve_ends(tmp_path, way, last, word):
    """An electrode that diffusion keeps even is full when F c_max L Δx has passed; 10⁻⁴ of content are left. 10⁻³."""
    (tmp_path / "deck.toml").write_text(FILLED.replace("%s ", way))
    run = phasefield.run(tmp_path / "deck.toml", tmp_path / "run", overrides=["stop.time=10 h"])
    assert run.status["state"] == "done" and word in run.status["reason"]
    held = FARADAY * 50e3 * 1e-6 * (abs(last - 0.6) - 1e-4)
    assert run.history["Time [s]"][-1] == pytest.approx(held, rel=1e-3)

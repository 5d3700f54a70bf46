"""The compiled engine's linear solver: products, eliminated rates, blocks, and PETSc's options."""

import os
import subprocess
import sys

import numpy as np
import pytest
from fipy import DiffusionTerm, TransientTerm
from fipy.tools import numerix

from phasefield.engines.compiled import cache
from phasefield.engines.compiled import engine as compiled
from phasefield.engines.compiled.assembled import Assembled
from phasefield.engines.compiled.blocks import Blocks, separable
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.compiled.entries import Entry
from phasefield.engines.compiled.petsc_block import PetscBlock
from phasefield.engines.factory import make_engine
from phasefield.engines.solver import ask
from phasefield.engines.symbolic import linearize
from phasefield.physics.common.model import Field, Model
from phasefield.run.runner import run
from tests.verification.compiled_support import CASES, PLATING, compiled_system, disturb, engine, interpreted


@pytest.fixture(autouse=True)
def no_options():
    """PETSc's options are common to a program: none is left behind."""
    yield
    ask({})


#: Of the largest entry of a product, or of a residual.
ROUND_OFF = 1e-12


@pytest.mark.parametrize("name", CASES)
def test_product_is_that_of_the_assembled_matrix(name, monkeypatch):
    """J v from the entries where they stand, against compressed rows, in 1-D to 3-D: 1e-12. Python assembles them."""
    monkeypatch.setattr(cache, "load", interpreted)
    made, dt = engine(CompiledEngine, name)
    disturb([made], 0, 0.02)
    matrix, _ = compiled_system(made, dt)
    assert isinstance(made.system, Blocks)
    x, y = made.system.solution.duplicate(), made.system.solution.duplicate()
    x.setArray(np.random.default_rng(0).uniform(-1, 1, x.getLocalSize()))
    made.system.operator.mult(x, y)
    given, found = (v.getArray().reshape(len(made.fields), -1).T.ravel() for v in (x, y))
    expected = matrix @ given
    assert np.max(np.abs(found - expected)) < ROUND_OFF * np.abs(expected).max()


@pytest.mark.parametrize(("name", "row", "of"), [("interphase", 1, 0), ("rigid layer", 1, 0), ("yielding layer", 2, 0)])
def test_rates_are_eliminated_by_whole_equations(name, row, of, monkeypatch):
    """The charge balance less a multiple of the front's equation, to 1e-12 of the largest residual."""
    monkeypatch.setattr(cache, "load", interpreted)
    plain, dt = engine(CompiledEngine, name, picard=True)
    made, _ = engine(CompiledEngine, name)
    disturb([plain, made], 0, 0.02)
    fields = len(made.fields)
    before, after = (compiled_system(e, dt)[1].reshape(-1, fields) for e in (plain, made))
    change = before[:, row] - after[:, row]
    factor = change @ before[:, of] / (before[:, of] @ before[:, of])
    assert abs(factor) > 0.5
    assert np.max(np.abs(change - factor * before[:, of])) < ROUND_OFF * np.abs(before).max()


def test_only_fields_with_blocks_of_their_own_are_separable():
    """A field that is coupled to neighbours must be so to its own, or to none."""
    own = [Entry(0, 0), Entry(1, 1)]
    assert separable(own, [True, True])
    assert separable([*own, Entry(0, 0, 0, 1), Entry(0, 1, 0, 1)], [True, True])
    assert not separable([*own, Entry(0, 1, 0, 1)], [True, True])
    assert not separable(own, [True, False])


OPTIONS = {
    "default": ({}, Blocks),
    "hypre for the potential": ({"phi_pc_type": "hypre"}, Blocks),
    "GMRES": ({"ksp_type": "fgmres", "ksp_gmres_restart": 20}, Blocks),
    "LU of the whole matrix": ({"pc_type": "lu"}, Assembled),
    "Schur complement": ({"pc_type": "fieldsplit"}, Assembled),
}


@pytest.mark.parametrize("given", OPTIONS)
def test_options_change_the_solver_not_the_solution(given):
    """Three strict steps in 3-D agree with those by the default solver: 1e-9 of a field's largest value."""
    options, kind = OPTIONS[given]

    def march(petsc):
        made, dt = engine(lambda *args, **more: make_engine("compiled", *args, **more, petsc=petsc), "solid", "strict")
        for _ in range(3):
            verdict = made.step(dt)
            assert verdict.accepted, verdict
            made.accept()
        return made

    reference, found = march({}), march(options)
    assert isinstance(found.system, kind)
    if "phi_pc_type" in options:
        assert isinstance(found.system.blocks[1], PetscBlock)
    for f in found.fields:
        mine, other = found.owned(f.name), reference.owned(f.name)
        assert np.max(np.abs(mine - other)) < 1e-9 * max(np.abs(other).max(), 1.0), f.name


@pytest.mark.parametrize("name", ["solid", "film", "binary at a voltage", "interphase", "contact"])
def test_a_loose_solution_leaves_nothing_of_the_sums(name, monkeypatch):
    """Of each linear equation over the grid: 1e-12 of the sum of the sizes of its terms, of residuals left to 1e-3."""
    monkeypatch.setattr(cache, "load", interpreted)
    made, dt = engine(CompiledEngine, name)
    disturb([made], 0, 0.02)
    matrix, residual = compiled_system(made, dt)
    assert made.solver.solve(1.0, 1e-3)[0] > 0
    update, fields = made.system.update.T.ravel(), len(made.fields)
    left, size = residual - matrix @ update, abs(matrix) @ abs(update) + abs(residual)
    sums, sizes = (x.reshape(-1, fields).sum(axis=0) for x in (left, size))
    assert np.all(abs(sums) < ROUND_OFF * sizes)
    assert np.linalg.norm(left) > 1e-8 * np.linalg.norm(residual)  # it was solved loosely indeed


def test_a_field_of_single_cells_is_eliminated_from_the_others():
    """The closure of a contact's electrode. Without its part on the potential's diagonal, 8 iterations do not do."""
    made, dt = engine(CompiledEngine, "contact")
    assert made.system.local == [0] and made.system.order == [1]
    verdict = made.initialise(dt)
    assert verdict.accepted
    assert verdict.linear <= 8 * verdict.newton


def test_tolerances_that_are_given_are_kept():
    """A loose one ends each solve after an iteration or two, where the engine's own takes many more."""
    makers = [lambda *a, o=o, **k: make_engine("compiled", *a, **k, petsc=o) for o in ({}, {"ksp_rtol": 0.3})]
    iterations = []
    for maker in makers:
        made, dt = engine(maker, "solid", "strict")
        verdict = made.initialise(dt)
        iterations.append(verdict.linear / verdict.newton)
    assert iterations[1] < 2 < iterations[0]


@pytest.mark.parametrize(
    ("options", "unread"),
    [
        ({"ksp_type": "fgmres", "phi_pc_type": "hypre"}, []),
        ({"fieldsplit_phi_pc_type": "hypre"}, ["fieldsplit_phi_pc_type"]),
        ({"pc_type": "lu", "phi_pc_type": "hypre"}, ["phi_pc_type"]),
        ({"c_pc_type": "hypre"}, ["c_pc_type"]),
    ],
)
def test_options_that_nothing_reads_are_told(tmp_path, capsys, options, unread):
    """Of a split that is not made, and of a field that has no block or is not there."""
    changes = [*(f"solver.petsc.{key}={value}" for key, value in options.items()), "stop.time=0.1 s"]
    (tmp_path / "deck.toml").write_text(PLATING)
    run(tmp_path / "deck.toml", tmp_path / "run", overrides=changes)
    told = [line.split(":")[:2] for line in capsys.readouterr().err.splitlines() if "solver.petsc" in line]
    assert told == [["warning", f" solver.petsc.{key}"] for key in unread]


@pytest.mark.parametrize("name", ["compiled", "fipy"])
def test_options_of_the_environment_count(name):
    """They come to PETSc when it starts, so in a process of their own."""
    program = (
        "from tests.verification.compiled_support import *\n"
        "from phasefield.engines.factory import make_engine\n"
        f"made, dt = engine(lambda *args, **more: make_engine({name!r}, *args, **more), 'solid')\n"
        "print(made.step(dt).reason)\n"
    )
    environment = os.environ | {"PETSC_OPTIONS": "-phasefield_ksp_max_it 1 -phasefield_ksp_rtol 1e-14"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, timeout=120)
    assert "linear solver diverged" in done.stdout, done.stdout + done.stderr


class Saturating(Model):
    """∂u/∂t = −arctan(u): Newton's method diverges from |u| > 1.39 if the step is long."""

    fields = (Field("u", "u", "1", lambda x: 10.0 + x[0], tolerance=1e-6),)

    def equations(self, v, dt):
        return {"u": TransientTerm(var=v.u) == DiffusionTerm(1e-9, var=v.u) - linearize(numerix.arctan(v.u), v.u)}


@pytest.mark.parametrize(("halvings", "converges"), [(0, False), (8, True)])
def test_line_search(halvings, converges, monkeypatch):
    """A step to the steady state 0 of u, from where the full update leads away."""
    monkeypatch.setattr(cache, "load", interpreted)
    monkeypatch.setattr(compiled, "HALVINGS", halvings)
    engine = CompiledEngine(Saturating(), (4,), (1.0,))
    assert engine.step(1e9).accepted == converges
    if converges:
        assert np.abs(engine.owned("u")).max() < 1e-6

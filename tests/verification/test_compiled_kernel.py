"""The compiled engine assembles FiPy's own matrix and right-hand side, and Newton's matrix is the true derivative."""

import numpy as np
import pytest

from phasefield.engines.compiled import cache
from phasefield.engines.compiled import engine as engine_module
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.fipy import FipyEngine
from tests.slow import slow
from tests.verification.compiled_support import (
    CASES,
    both,
    both_derivatives,
    differences,
    disturb,
    engine,
    interpreted,
)

#: Largest difference of matrix or right-hand side.
ROUND_OFF = 1e-12
#: That of the matrix in single cases. In the rows of θ a hundredth of the entries, those by φ_i and φ_e where both are
#: nearly equal, differ by up to 5e-11; why is not known.
MATRIX = {"host": 1e-10}


#: How a kernel runs. Python needs no seconds of compilation, which one case shows to be right; the others are slow.
LOADS = {"interpreted": interpreted, "compiled": cache.load}


@pytest.mark.parametrize(
    ("name", "load"),
    [
        *((name, "interpreted") for name in CASES),
        ("solid", "compiled"),
        *(slow(name, "compiled") for name in CASES if name != "solid"),
    ],
)
def test_the_same_system_as_fipy(name, load, monkeypatch):
    """Random states, in each model, 1-D to 3-D. Bar: 1e-12."""
    monkeypatch.setattr(cache, "load", LOADS[load])
    monkeypatch.setattr(engine_module, "SINGLE", float)  # or its numbers had seven digits
    reference, compiled, dt = both(name, picard=True)
    for seed in range(3):
        disturb((reference, compiled), seed, 0.02)
        matrix, right = differences(reference, compiled, (1 + seed) * dt)
        assert matrix < MATRIX.get(name, ROUND_OFF)
        assert right < ROUND_OFF


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("solid", "compiled"),
        ("binary at a voltage", "interpreted"),
        ("contact", "interpreted"),
        slow("binary at a voltage", "compiled"),
        slow("contact", "compiled"),
    ],
)
def test_the_same_fluxes_as_fipy(name, load, monkeypatch):
    """Through both ends, and in cells, of random states. Bar: 1e-12 of the largest."""
    monkeypatch.setattr(cache, "load", LOADS[load])
    reference, compiled, _ = both(name, picard=True)
    disturb((reference, compiled), 0, 0.02)
    for each in (reference, compiled):
        each.conditions.evaluate()
    for told in reference.model.gradient_fluxes(reference.v):
        mine, fipys = compiled.cell_flux(told), reference.cell_flux(told)
        largest = max(np.abs(part).max() for part in fipys)
        assert largest > 0
        assert np.max(np.abs(np.subtract(mine, fipys))) < ROUND_OFF * largest
        for end in ("bottom", "top"):
            difference = compiled.boundary_flux(told, end) - reference.boundary_flux(told, end)
            assert abs(difference) < ROUND_OFF * largest


def test_a_wrong_sign_is_seen(monkeypatch):
    """The comparison above fails if a constant of the kernel is negated (some are thresholds, which do no harm)."""
    monkeypatch.setattr(cache, "load", interpreted)
    reference, compiled, dt = both("two fronts", picard=True)
    disturb((reference, compiled), 0, 0.02)
    numbers = compiled.kernel.inputs.numbers
    found, right = [], dict(numbers)
    for wrong in [key for key in right if isinstance(key, tuple) and key[0] == "constant"]:
        numbers.clear()
        numbers.update({("constant", -key[1]) if key == wrong else key: place for key, place in right.items()})
        found.append(max(differences(reference, compiled, dt)))
    assert max(found) > 1e-3


@pytest.mark.parametrize(
    "name", ["film", "binary at a voltage", "interphase", "consumed coating", "rigid layer", "yielding layer", "host"]
)
def test_newton_matrix_is_the_derivative_of_the_residual(name, monkeypatch):
    """Central differences of the residual along random directions: 1e-6 of the largest change.

    The drive's current, a number that follows the iterates, is held. Python runs the kernels: no compiler matters here.
    """
    monkeypatch.setattr(cache, "load", interpreted)
    compiled, dt = engine(CompiledEngine, name)
    disturb([compiled], 0, 0.02)
    fields = len(compiled.fields)
    for expected, found in both_derivatives(compiled, dt, directions=2):
        for row in range(fields):
            bar = 1e-6 * abs(expected[row::fields]).max()
            assert found[row::fields] == pytest.approx(expected[row::fields], abs=bar)


@pytest.mark.parametrize(
    ("name", "profile", "bar"),
    [
        ("film", "strict", 1e-8),  # the normal of the front divides what is left in the tails of ξ by ξ(1 − ξ)
        slow("binary at a voltage", "strict", 1e-9),
        slow("interphase", "strict", 1e-9),
        slow("consumed coating", "strict", 1e-9),
        ("rigid layer", "strict", 1e-8),  # a conductance of 10⁵ between pressures leaves FiPy's 9 digits
        slow("yielding layer", "strict", 1e-8),
        slow("host", "strict", 1e-9),
        ("contact", "default", 1e-6),  # FiPy's Newton iteration stalls above the strict tolerance
        slow("two fronts", "strict", 1e-8),  # conductivities of electrons from 10⁻¹⁴ S/m on leave φ_e 8 digits
    ],
)
def test_ten_steps_agree_with_fipy(name, profile, bar):
    """Differences over a field's largest value; Newton iterations are no more than FiPy's."""
    states, iterations = [], []
    for kind in (FipyEngine, CompiledEngine):
        made, dt = engine(kind, name, profile, max_newton=40)
        assert made.initialise(dt).accepted
        newton = 0
        for _ in range(10):
            verdict = made.step(dt)
            assert verdict.accepted, verdict
            made.accept()
            newton += verdict.newton
        states.append([made.owned(f.name).copy() for f in made.fields])
        iterations.append(newton)
    for f, mine, other in zip(made.fields, *states, strict=True):
        assert np.max(np.abs(mine - other)) < bar * max(np.max(np.abs(mine)), 1.0), f.name
    assert iterations[1] <= iterations[0]


@pytest.mark.parametrize("name", ["film", "binary at a voltage", "consumed coating"])
def test_what_a_step_keeps_changes_nothing(name, monkeypatch):
    """Three steps, after one whose drive jumped: bitwise those that compute everything in each iteration."""
    monkeypatch.setattr(cache, "load", interpreted)

    def after(anew):
        made, dt = engine(CompiledEngine, name)
        assemble = made.assemble
        monkeypatch.setattr(made, "assemble", lambda **_: assemble(anew=anew))
        for _ in range(3):
            assert made.step(0.1 * dt).accepted
            made.accept()
        return [made.owned(f.name).copy() for f in made.fields]

    made, _ = engine(CompiledEngine, name)
    assert 0 < made.kernel.prepared
    np.testing.assert_array_equal(after(anew=False), after(anew=True))


def test_what_was_kept_too_long_is_seen(monkeypatch):
    """If old values and lagged fields are not read again, the next step is another."""
    monkeypatch.setattr(cache, "load", interpreted)
    made, dt = engine(CompiledEngine, "film")
    made.step(0.1 * dt)
    made.accept()
    made.dt.setValue(0.1 * dt)
    made.state.begin(0.1 * dt)
    made.state.look()
    made.assemble(anew=False)
    kept = made.system.entries.residual.copy()
    made.assemble(anew=True)
    assert not np.array_equal(kept, made.system.entries.residual)

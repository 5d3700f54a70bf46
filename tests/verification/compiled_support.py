"""Small cases of every model on both engines, and FiPy's own linear system to compare with."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
import scipy.sparse as sparse

from phasefield.deck import parse_deck
from phasefield.engines.compiled import cache
from phasefield.engines.compiled.assembled import indices
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.engines.fipy import FipyEngine
from phasefield.engines.solver import CoupledSolver
from phasefield.physics.registry import build
from tests.unit.decks import BINARY
from tests.verification.two_fronts import REST, flat, growth

PLATING = """
[domain]
dimension = 2
size = ["4 um", "6 um"]
cells = [8, 12]
[interface]
width = "2 um"
[electrolyte]
transport = "single-ion"
conductivity = "0.1 mS/cm"
[kinetics]
exchange_current_density = "10 mA/cm^2"
[front]
height = "3 um"
[[front.cosines]]
amplitude = "0.5 um"
wavelength = "4 um"
[coating]
thickness = "10 nm"
conductivity = "1e-6 S/m"
[[drive.steps]]
mode = "galvanostatic"
current_density = "6 mA/cm^2"
[stop]
time = "1 h"
"""
SOLID = (
    "domain.dimension=3", "domain.size=['3 um', '4 um', '6 um']", "domain.cells=[6, 8, 12]", "front.cosines=",
    "lithium.anisotropy=0.03", "interface.capillarity=physical",
)  # fmt: skip
VOLTAGE = "drive.steps=[{mode='potentiostatic', voltage='-0.05 V'}]"

INTERPHASE = """
model = "interphase"
[domain]
dimension = 2
size = ["8 nm", "24 nm"]
cells = [8, 24]
[interface]
width = "4 nm"
[electrolyte]
material = "LPSCl"
[reaction]
velocity = "0.1 nm/s"
[layer]
height = "9 nm"
[stop]
time = "1 h"
"""

#: A coating with a hole that lithium consumes, less noble than the electrolyte.
CONSUMED = (
    "interface.closure=degree-of-reaction", "layer.height=1.5 nm", "coating.material=Li3PS4", "coating.thickness=8 nm",
    "coating.defects=[{position=['0 nm'], width='4 nm'}]", "coating.consumption.reaction.velocity=0.2 nm/s",
    "coating.consumption.reduction_potential=1.2 V",
)  # fmt: skip

CONTACT = """
model = "contact"
[domain]
dimension = 2
size = ["4 um", "4 um"]
cells = [8, 8]
[electrode]
material = "LiCoO2"
thickness = "2 um"
content = 0.8
[electrode.open_circuit]
law = "measured"
contents = [0.4, 0.5, 0.6, 0.75, 0.9, 0.95, 0.99]
potentials = ["4.25 V", "4.17 V", "4.08 V", "3.96 V", "3.92 V", "3.90 V", "3.80 V"]
[electrolyte]
ionic_conductivity = "1e-4 S/cm"
[contact]
patches = [{ position = ["0 um"], radius = "1.2 um" }]
[kinetics]
exchange_current_density = "1 mA/cm^2"
[[drive.steps]]
mode = "galvanostatic"
current_density = "-0.1 mA/cm^2"
duration = "1 min"
"""

INPUTS = Path(__file__).parents[2] / "inputs"

WETTING = (INPUTS / "wetting_lithiophilic.toml").read_text()
#: A small droplet that grows.
DROPLET = (
    "domain.size=['240 nm', '320 nm']", "domain.cell_size=20 nm", "layer.thickness=120 nm",
    "lithium.seeds=[{position=['0 nm'], radius='100 nm'}]", "lithium.current_density=20 A/m^2",
)  # fmt: skip

HOST = (INPUTS / "systems" / "li_graphite.toml").read_text()
COARSE = ("domain.size=['8 um', '36 um']", "domain.cells=[6, 27]", "interface.width=4 um",
          "front.cosines=[{amplitude='1 um', wavelength='16 um'}]")  # fmt: skip

CASES = {
    "film": (PLATING, ()),
    "solid": (PLATING, SOLID),
    "binary at a voltage": (PLATING, (*BINARY, VOLTAGE, "electrolyte.counter_electrode=reservoir", "coating=")),
    "binary, second order": (PLATING, (*BINARY, VOLTAGE, "coating=", "time.method=bdf2")),
    "binary in one dimension": (
        PLATING,
        (*BINARY, "domain.dimension=1", "domain.size=['6 um']", "domain.cells=[12]", "front.cosines=", "coating="),
    ),
    "interphase": (INTERPHASE, ()),
    "consumed coating": (INTERPHASE, CONSUMED),
    "contact": (CONTACT, ()),
    "rigid layer": (WETTING, DROPLET),
    "yielding layer": (WETTING, (*DROPLET, "layer.rigid=false")),
    "host": (HOST, COARSE),
    "two fronts": flat(growth(10.0, 4.0), 6.0, 10.0, 30.0, 100.0, REST),  # one-dimensional
}


def engine(kind, name: str, *args, **options):
    """An engine of a case with the deck's method, its drive in force."""
    given = CASES[name]
    deck = parse_deck(given[0], name, given[1]) if isinstance(given, tuple) else given
    case = build(deck)
    made = kind(case.model, deck.domain.cells, case.spacing, *args, **({"order": deck.order} | options))
    first_step = case.begin(0, made)
    return made, first_step


def both(name: str, *args, **options):
    """FiPy's engine, the compiled one, and the first step."""
    reference, first_step = engine(FipyEngine, name, *args)
    compiled, _ = engine(CompiledEngine, name, *args, **options)
    return reference, compiled, first_step


def disturb(engines, seed: int, size: float) -> None:
    """Multiply now and before by random numbers around 1, the same for all engines."""
    rng = np.random.default_rng(seed)
    for f in engines[0].fields:
        start = engines[0].owned(f.name).copy()
        before, now = (start * (1 + size * rng.uniform(-1, 1, start.shape)) + 1e-3 * size for _ in range(2))
        for each in engines:
            state = each.state
            for held, values in ((state.origin, before), (state.old, before), (state.before, before), (state.now, now)):
                held = held[f.name]
                each.box.own(held)[...] = values
                each.grid.renew(held)


class _Caught(CoupledSolver):
    """Keeps the system that FiPy assembled instead of solving it."""

    def _solve_(self, L, x, b):
        L.assemble()
        self.rows, self.right, self.reason = L.getValuesCSR(), b.array.copy(), 1
        return x


def fipy_system(engine, dt: float):
    """Matrix and right-hand side of FiPy, the unknowns of a cell side by side."""
    engine.dt.setValue(dt)
    engine.conditions.evaluate()
    engine.show()
    solver = _Caught(engine.elliptic, engine.profile)
    engine._renew_convection()
    engine.system.sweep(dt=dt, solver=solver)
    order = np.arange(engine.cells * len(engine.fields)).reshape(len(engine.fields), -1).T.ravel()
    matrix = sparse.csr_matrix(solver.rows[::-1])
    return matrix[order][:, order], solver.right[order]


def compiled_system(engine, dt: float):
    """Matrix and minus the residual of the compiled engine, the unknowns of a cell side by side.

    The engine may keep the matrix in single precision. A kernel that Python runs writes all digits that it computes.
    """
    engine.dt.setValue(dt)
    engine.conditions.evaluate()
    entries = engine.system.entries
    if not hasattr(engine._module.assemble, "py_func"):
        entries.values = entries.values.astype(float)
    engine.assemble()
    rows, columns = indices(engine.grid, engine.kernel.layout, len(engine.fields))
    there = columns >= 0
    numbers = entries.rows().ravel()[there], (rows[there], columns[there])
    size = engine.cells * len(engine.fields)
    return sparse.coo_matrix(numbers, shape=(size, size)).tocsr(), entries.residual.T.ravel()


def differences(reference, compiled, dt: float):
    """Largest differences of matrix and right-hand side from FiPy's.

    Of an entry, relative to the largest of its row; of a row's residual, relative to the sizes of its terms.
    """
    (L, b), (J, r) = fipy_system(reference, dt), compiled_system(compiled, dt)
    x = unknowns(compiled)
    row = abs(L).max(axis=1).toarray().ravel()
    size = abs(L) @ abs(x) + abs(b)
    return (abs(J - L).max(axis=1).toarray().ravel() / row).max(), (abs(b - L @ x - r) / size).max()


def interpreted(source: str) -> SimpleNamespace:
    """A kernel's functions run by Python itself, which spares each random equation seconds of compilation."""
    if "generated by phasefield from the equations" not in source:
        return _load(source)
    names: dict = {}
    ours = "from phasefield.engines.compiled.cache import njit"
    plain = source.replace(ours, "njit = lambda *args, **options: (lambda function: function)")
    assert plain != source
    plain = plain.replace("U = np.uintp", "U = int")  # for NumPy, sums of these and integers are floats
    exec(plain.replace("from math import *", _NUMPY_FOR_MATH), names)  # generated from the equations of a test
    return SimpleNamespace(**names)


_load = cache.load

#: Functions that give inf and nan where those of Python's math raise; max and min stay Python's, as NumPy 2 has others.
_NUMPY_FOR_MATH = "from numpy import *\nfrom builtins import abs, max, min, round\nfrom numpy import " + ", ".join(
    f"arc{name} as a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "tan2")
)


def both_derivatives(engine, dt: float, directions: int = 1, seed: int = 1):
    """Of the residual along random directions: Newton's matrix's, and central differences."""
    matrix, _ = compiled_system(engine, dt)
    rng, x, step = np.random.default_rng(seed), unknowns(engine), 1e-5
    fields = [f.name for f in engine.fields]

    def residual(values):
        for field, part in zip(fields, values.reshape(-1, len(fields)).T, strict=True):
            engine.state.put(field, part)
        return -compiled_system(engine, dt)[1]

    for _ in range(directions):
        along = rng.uniform(-1, 1, x.size) * abs(x)
        yield matrix @ along, (residual(x + step * along) - residual(x - step * along)) / (2 * step)


def unknowns(engine):
    """Values of all fields, those of a cell side by side."""
    return np.stack([engine.owned(f.name).ravel() for f in engine.fields], axis=1).ravel()

"""What the exchange current, the film and the counter electrode's half cell do to a current: formulas written anew.

A sign or a factor changed in one of these places once left every other test green.
"""

import os
from types import SimpleNamespace

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
import pytest
from fipy import CellVariable, Grid1D
from scipy.optimize import brentq

from phasefield.deck import parse_deck
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import Field
from phasefield.physics.plating.fields import static_fields
from phasefield.physics.plating.ledger import cell_voltage
from phasefield.physics.plating.model import Parameters, Plating
from phasefield.physics.plating.scales import PlatingScales
from tests.verification.support import advance, planar_engine

ANODIC, CATHODIC, PRESSURE = 0.3, 0.8, 0.4
THERMAL = 8.314462618 * 298.15 / 96485.33212  # RT/F [V]


def the_model(**changes):
    """A binary plating model whose transfer coefficients differ."""
    fields = [Field(name, "", "", lambda x: x[-1]) for name in ("xi", "phi", "c")]
    kinetics = ButlerVolmer(ANODIC, CATHODIC)
    salt = {"transference": 0.4, "lithium_per_salt": 70.0, "diffusivity": 20.0}
    return Plating(Parameters(1.0, 1.0, kinetics, **salt, **changes), fields)


def variables(**values):
    """Cell variables of a grid of five cells."""
    mesh = Grid1D(nx=5)
    return SimpleNamespace(**{n: CellVariable(mesh=mesh, name=n, value=np.array(x)) for n, x in values.items()})


C, PHI = [0.05, 0.5, 1.0, 1.7, 2.5], [0.8, -2.0, 0.4, 3.0, -5.0]
METAL = [0.0, 0.0, -0.7, 0.5, 1.0]
EXCHANGE, FILM = [1.0, 0.2, 3.0, 1.0, 0.5], [0.0, 0.3, 2.0, 10.0, 40.0]
#: What the fields are expected to be at the end of the step.
EXPECTED_XI = [0.95, 0.8, 0.45, 0.2, 0.1]


@pytest.mark.parametrize("film", [False, True])
def test_rate_of_a_binary_electrolyte(film):
    """i/i₀ = J = b (c x)^{α_a}[e^{α_a y} − e^{−α_c y}], α_a ≠ α_c: to 1e-9.

    y + [R − δ ln ξ′/σ] J + 2(1 − t₊) ln x = φ_m − φ + p V_Li/RT, with the salt x = c_s/c = 1 − δ ln ξ′ κ J/c that
    diffusion leaves at the surface, κ = (1 − t₊)c_Li/c₀D; ξ′ as predicted, and −δ ln ξ′ at least about δ/20.
    """
    v = variables(
        xi=[0.5] * 5, phi=PHI, metal=METAL, c=C, exchange=EXCHANGE, predicted_xi=EXPECTED_XI,
        **({"film": FILM} if film else {}),
    )  # fmt: skip
    reach, c = np.hypot(0.125 * np.log(np.array(EXPECTED_XI) ** 2 + 1e-6), 0.0125), np.array(C)
    c = c / (1 + 1e-6 / c**2)  # the last thousandth of the salt hardly reacts
    q, η = np.array(EXCHANGE) * c**ANODIC, np.array(METAL) + PRESSURE - np.array(PHI)
    expected = [depleted(*each) for each in zip(η, q, np.array(FILM) * film + reach, reach * 0.6 * 70.0 / 20.0 / c,
                                                strict=True)]  # fmt: skip
    found = the_model(pressure=PRESSURE).reaction_rate(v)
    np.testing.assert_allclose(found.value, expected, rtol=1e-9, atol=1e-9)


def depleted(η, q, r, κ):
    """J of y + r J + 1.2 ln x = η, x = 1 + κ J, J = q x^{α_a}[e^{α_a y} − e^{−α_c y}], by brackets within brackets."""

    def excess(J):
        x = 1 + κ * J
        rate = J / (q * x**ANODIC)
        y = brentq(lambda y: np.exp(ANODIC * y) - np.exp(-CATHODIC * y) - rate, -60, 60, xtol=1e-15)
        return y + r * J + 1.2 * np.log(x) - η

    return brentq(excess, (1e-9 - 1) / κ, 30 / r, xtol=1e-15)


@pytest.mark.parametrize("factor", [0.25, 4.0])
def test_coating_changes_the_exchange_current(factor):
    """A coating without a hole multiplies i₀ by its factor: the overpotential at 60 A/m² in the second half, 0.5 %.

    α = ½: η = −(2RT/F) arsinh(i/(2 f i₀)); the film's own ohmic drop of 10 nm at 1 S/m is 0.6 µV.
    """
    current, exchange, conductivity = 60.0, 30.0, 0.5
    coating = f'[coating]\nthickness = "10 nm"\nconductivity = "1 S/m"\nexchange_current_factor = {factor}'
    width, velocity = 1e-6, current * 12.998e-6 / 96485.33212
    deck, case, engine = planar_engine(
        f'mode = "galvanostatic"\ncurrent_density = "{current} A/m^2"', conductivity=conductivity, exchange=exchange,
        extra=coating, mobility=f"{4 * width * velocity!r} m^2/s",
    )  # fmt: skip
    rows = []

    def observe(progress):
        gap = deck.domain.size[-1] - engine.grid.integral(engine.owned("xi")) * case.scales.length
        rows.append(cell_voltage(engine) * case.scales.potential + current * gap / conductivity)

    per_width = width / velocity / case.scales.time
    assert engine.initialise(1e-4 * per_width).accepted
    advance(engine, 0.5 * per_width, 0.01 * per_width, observe=observe, tolerance=5e-4)
    expected = -2 * THERMAL * np.arcsinh(current / (2 * factor * exchange))
    np.testing.assert_allclose(rows[len(rows) // 2 :], expected, rtol=0.005)


GRAINS = """
[domain]
dimension = 2
size = ["8 um", "8 um"]
cells = [64, 64]
[interface]
width = "1 um"
[electrolyte]
transport = "single-ion"
conductivity = "0.02 S/m"
[kinetics]
exchange_current_density = "30 A/m^2"
[front]
height = "3 um"
[heterogeneity.grain_boundaries]
pattern = "planes"
width = "1 um"
conductivity_factor = 0.1
exchange_current_factor = 5.0
[[heterogeneity.grain_boundaries.planes]]
point = ["2 um", "0 um"]
normal = [1, 0]
[[drive.steps]]
mode = "galvanostatic"
current_density = "10 A/m^2"
[stop]
time = "1 s"
"""


def test_grain_boundaries_conduct_by_their_factor():
    """In the middle of a boundary σ is a tenth and i₀ five times the grain's; far from it both are the grain's: 1 %."""
    deck = parse_deck(GRAINS)
    fields = {f.name: f for f in static_fields(deck, PlatingScales.of(deck))}
    x = np.linspace(0, 8, 4001)
    place = np.array([x, np.full_like(x, 6.0)])  # widths
    found = {name: fields[name].values(place) * fields[name].scale for name in ("conductivity", "exchange")}
    assert found["conductivity"].max() == pytest.approx(0.02, rel=0.01)
    assert found["conductivity"].min() == pytest.approx(0.002, rel=0.01)
    assert found["exchange"].max() == pytest.approx(150.0, rel=0.01)
    assert found["exchange"].min() == pytest.approx(30.0, rel=0.01)
    np.testing.assert_allclose([x[np.argmin(found["conductivity"])], x[np.argmax(found["exchange"])]], 2.0)
    falls = 0.02 * (1 + (0.1 - 1) * np.exp(-((2 * (x - 2.0) / 1.0) ** 2)))  # to 1/e at half the width
    np.testing.assert_allclose(found["conductivity"], falls, rtol=1e-9)


def test_voltage_is_taken_on_the_face():
    """φ is linear ahead of the front: the face is half a cell beyond the last centre. 1 % of that half cell's drop."""
    deck, case, engine = planar_engine(
        'mode = "galvanostatic"\ncurrent_density = "60 A/m^2"', conductivity=2e-3, mobility="1e-14 m^2/s"
    )
    assert engine.initialise(1e-3).accepted
    φ = engine.owned("phi")
    half = (φ[-1] - φ[-2]) / 2
    spacing, current = deck.domain.spacing[-1], 60.0
    assert half * case.scales.potential == pytest.approx(current * spacing / 2 / 2e-3, rel=0.01)  # of the current
    assert cell_voltage(engine) == pytest.approx(-(φ[-1] + half), abs=0.01 * half)


BINARY = """
[domain]
dimension = 1
size = ["30 um"]
cells = [240]
[interface]
width = "1 um"
mobility = "1e-14 m^2/s"
[electrolyte]
transport = "binary"
conductivity = "0.05 S/m"
conductivity_exponent = 0.7
concentration = "1000 mol/m^3"
diffusivity = "1e-10 m^2/s"
transference_number = 0.3
thermodynamic_factor = 1.8
[kinetics]
exchange_current_density = "30 A/m^2"
[front]
height = "5 um"
[[drive.steps]]
mode = "galvanostatic"
current_density = "60 A/m^2"
[stop]
time = "1 h"
"""


def test_voltage_on_the_face_of_a_binary_electrolyte():
    """The half cell at the counter electrode has an ohmic and a diffusion drop: 2 % of the two together.

    dφ/dz = i/σ(c) + (2RT/F)(1 − t₊)χ d ln c/dz, with the salt flux of an electrode that emits cations only:
    D dc/dz = (1 − t₊) i/F.
    """
    from phasefield.engines.fipy import FipyEngine
    from phasefield.physics.registry import build

    deck = parse_deck(BINARY)
    case = build(deck)
    engine = FipyEngine(case.model, deck.domain.cells, case.spacing)
    case.model.apply(case.drive[0])
    engine.apply_boundaries()
    step = 0.2 / case.scales.time
    assert engine.initialise(step).accepted
    for _ in range(5):
        assert engine.step(step).accepted
        engine.accept()
    current, half, c = 60.0, 30e-6 / 240 / 2, engine.owned("c")[-1]
    assert 1.01 < c < 1.2, "polarised"
    gradient = 0.7 * current / 96485.33212 / 1e-10  # mol/m⁴
    drop = current * half / (0.05 * c**0.7) + 2 * THERMAL * 0.7 * 1.8 * gradient * half / (c * 1000)
    found = -cell_voltage(engine) - engine.owned("phi")[-1]
    assert found * case.scales.potential == pytest.approx(drop, rel=0.02)

"""A flat front against charge transfer, film and ohmic drop in series (B5, B6).

The exact current solves V = η(i) − i(gap/σ + R_film) with the gap from the present front to the counter
electrode (`theory.planar_current`). The mobility is 4 δ_PF v here, where the front law holds to 0.1 %.
"""

from functools import cache

import numpy as np
import pytest

from phasefield import theory
from phasefield.physics.plating.ledger import cell_voltage
from phasefield.physics.plating.planned import Planned
from phasefield.theory import RateLaw
from tests.slow import slow
from tests.verification.support import advance, planar_engine, position

#: Γ/(δ_PF v): a profile that hardly feels the drive, and short steps.
STIFF = 4.0
EXCHANGE, GAP = 30.0, 10.0


@cache
def run(drive, law, resistance, width=1.0, conductivity=0.05, stiffness=STIFF, film=""):
    """Advance a flat front by most of a width; its (current, cell voltage, gap, Newton iterations) by step.

    ``drive`` is (mode, value), ``resistance`` that of the film, for the planned velocity.
    """
    mode, value = drive
    key, unit = ("voltage", "V") if mode == "potentiostatic" else ("current_density", "A/m^2")
    current = value
    if mode == "potentiostatic":
        current = theory.planar_current(value, law, GAP * 1e-6 / conductivity + resistance)
    velocity = abs(theory.front_velocity(current, 12.998e-6))
    deck, case, engine = planar_engine(
        f'mode = "{mode}"\n{key} = "{value!r} {unit}"', width=width, gap=GAP, conductivity=conductivity,
        exchange=EXCHANGE, extra=film,
        mobility=f"{stiffness * width * 1e-6 * velocity!r} m^2/s" if stiffness else "auto",
    )  # fmt: skip
    rows = []

    def record(progress):
        gap = deck.domain.size[-1] - position(engine) * case.scales.length
        rows.append((engine.boundary_flux("phi", "top") * case.scales.current,
                     cell_voltage(engine) * case.scales.potential, gap, progress.verdict.newton))  # fmt: skip

    per_width = deck.interface.width / velocity / case.scales.time
    assert engine.initialise(1e-4 * per_width).accepted
    advance(engine, 0.75 * per_width, 0.01 * per_width, observe=record, tolerance=5e-4)
    return Planned(deck), np.array(rows[1:]).T


def late(values):
    """The second half of a run, when the start is forgotten."""
    return values[len(values) // 2 :]


LAW = RateLaw(EXCHANGE)


def film(resistance: float) -> str:
    """The deck's coating of an area-specific resistance [ohm m^2]."""
    return f'[coating]\nthickness = "10 nm"\nconductivity = "{1e-8 / resistance!r} S/m"' if resistance else ""


@pytest.mark.parametrize(
    "voltage, width", [(-0.1, 0.5), slow(-0.1, 1.0), slow(-0.1, 2.0), slow(-0.05, 1.0), slow(-0.3, 1.0), (0.1, 1.0)]
)
def test_potentiostatic(voltage, width):
    """The current of Butler-Volmer and ohmic drop, whatever δ_PF: 0.5 % (B6), plating and stripping."""
    plan, (current, cell, gap, _) = run(("potentiostatic", voltage), LAW, 0.0, width)
    expected = [theory.planar_current(voltage, plan.law, g / 0.05) for g in gap]
    np.testing.assert_allclose(late(current), late(expected), rtol=0.005)
    np.testing.assert_allclose(cell, voltage, rtol=1e-12)


@pytest.mark.parametrize("width", [slow(0.5), 1.0, slow(2.0)])
def test_potentiostatic_with_automatic_mobility(width):
    """The same, 0.5 %, with the mobility a deck gets by default."""
    plan, (current, _, gap, _) = run(("potentiostatic", -0.1), LAW, 0.0, width, stiffness=None)
    expected = [theory.planar_current(-0.1, plan.law, g / 0.05) for g in gap]
    np.testing.assert_allclose(late(current), late(expected), rtol=0.005)


def test_tafel_slope():
    """118.3 mV per decade = RT ln 10/(αF) from −0.2 to −0.3 V without ohmic drop: 0.5 % (B5)."""
    runs = [run(("potentiostatic", voltage), LAW, 0.0, conductivity=1e3) for voltage in (-0.3, -0.2)]
    high, low = (np.log10(np.mean(late(current))) for _, (current, *_) in runs)
    assert 0.1 / (high - low) == pytest.approx(0.1183, rel=0.005)


@pytest.mark.parametrize("current", [60.0, -60.0, slow(3.0)])
def test_galvanostatic(current):
    """The cell voltage is the overpotential of Butler-Volmer less the ohmic drop: 0.5 % of the former."""
    plan, (_, cell, gap, _) = run(("galvanostatic", current), LAW, 0.0)
    overpotential = cell + current * gap / 0.05
    np.testing.assert_allclose(late(overpotential), plan.law.overpotential(current), rtol=0.005)


@pytest.mark.parametrize("ratio", [slow(1), 10, slow(1000)])
def test_film(ratio):
    """A film of 1, 10, 1000 charge-transfer resistances adds iR to the overpotential: 0.5 % of the sum.

    It converges as the bare front does: at most two more Newton iterations in any step.
    """
    resistance = ratio * LAW.resistance()
    _, (_, _, _, bare) = run(("galvanostatic", 60.0), LAW, 0.0)
    plan, (_, cell, gap, newton) = run(("galvanostatic", 60.0), LAW, resistance, film=film(resistance))
    assert plan.film_resistance == pytest.approx(resistance)
    overpotential = cell + 60.0 * gap / 0.05
    np.testing.assert_allclose(late(overpotential), LAW.overpotential(60.0) - 60.0 * resistance, rtol=0.005)
    assert newton.max() <= bare.max() + 2


def test_film_potentiostatic():
    """At a voltage, a film of ten charge-transfer resistances is a resistance in series: 0.5 %."""
    resistance = 10 * LAW.resistance()
    plan, (current, _, gap, _) = run(("potentiostatic", -0.3), LAW, resistance, film=film(resistance))
    expected = [theory.planar_current(-0.3, plan.law, g / 0.05 + resistance) for g in gap]
    np.testing.assert_allclose(late(current), late(expected), rtol=0.005)

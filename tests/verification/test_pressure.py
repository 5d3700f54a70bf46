"""Lithium under pressure: a whisker stalls where its pressure p takes all of the driving force, |η| = pV_Li/F.

Outside numbers: growth stress up to 130 MPa and yield strength up to 244 MPa of whiskers (Zhang et al., Nat.
Nanotechnol. 15 (2020) 94, doi:10.1038/s41565-019-0604-x), which amount to 17.5 mV and 32.9 mV.
Bars: currents to 0.5 % of what plates without pressure at the same voltage.
"""

import pytest

from phasefield import theory
from tests.verification.support import planar_engine

VOLUME = 12.998e-6


def current(voltage: float, pressure: str) -> float:
    """Of a confined column at a cell voltage [V], at the start [A/m^2]."""
    _, case, engine = planar_engine(
        f'mode = "potentiostatic"\nvoltage = "{voltage!r} V"', mobility="1e-17 m^2/s",
        extra=f'[lithium]\npressure = "{pressure}"',
    )  # fmt: skip
    assert engine.step(1e-6).accepted
    return engine.boundary_flux("phi", "top") * case.scales.current


@pytest.mark.parametrize(("pressure", "stall"), [("130 MPa", 17.5e-3), ("244 MPa", 32.9e-3)])
def test_stall(pressure, stall):
    """No current at 17.5 mV under 130 MPa, at 32.9 mV under 244 MPa; it dissolves below and plates beyond."""
    assert theory.pressure_overpotential(float(pressure.split()[0]) * 1e6, VOLUME) == pytest.approx(stall, rel=5e-3)
    free = current(-stall, "0 Pa")
    assert free > 0
    assert abs(current(-stall, pressure)) < 5e-3 * free
    assert current(-stall - 5e-3, pressure) > 0 > current(-stall + 5e-3, pressure)


def test_pressure_is_a_shift():
    """Pressure acts as so much less voltage: the same current at V + pV_Li/F without it, to 0.5 %."""
    shift = theory.pressure_overpotential(130e6, VOLUME)
    assert current(-0.05, "130 MPa") == pytest.approx(current(-0.05 + shift, "0 Pa"), rel=5e-3)

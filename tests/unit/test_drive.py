"""The drive of a deck, step after step, in the model's units."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
import pytest
from scipy.constants import R, physical_constants

from phasefield.deck import parse_deck
from phasefield.physics.common.drive import DrivenModel, Segment
from phasefield.physics.common.schedule import segments
from phasefield.physics.plating.case import build
from phasefield.physics.plating.scales import PlatingScales

DECK = """
title = "Pulses"
[domain]
dimension = 1
size = ["30 um"]
cells = [240]
[interface]
width = "1 um"
[electrolyte]
transport = "single-ion"
conductivity = "0.05 S/m"
[kinetics]
exchange_current_density = "30 A/m^2"
[front]
height = "5 um"
[drive]
cycles = 2
[[drive.steps]]
mode = "galvanostatic"
current_density = "60 A/m^2"
duration = "10 s"
[[drive.steps]]
mode = "rest"
duration = "5 s"
[[drive.steps]]
mode = "potentiostatic"
voltage = "0.1 V"
duration = "2 s"
"""


def test_segments():
    """Cycles are unrolled end to end; a rest is no current; currents in i₀, voltages in RT/F."""
    deck = parse_deck(DECK)
    scales = PlatingScales.of(deck)
    drive = segments(deck, scales)
    F = physical_constants["Faraday constant"][0]
    assert [s.galvanostatic for s in drive] == [True, True, False] * 2
    np.testing.assert_allclose([s.value for s in drive], [2.0, 0.0, 0.1 * F / (R * 298.15)] * 2)
    ends = np.array([10, 15, 17, 27, 32, 34])
    time = 1e-6 * F / (12.998e-6 * 30.0)  # to plate one width at i₀
    np.testing.assert_allclose(build(deck).ends, ends / time)


def test_scales_make_the_equations_simple():
    """Each scale is what the others make of it: i₀ = F c_Li δ_PF/t, σ = i₀δ_PF/(RT/F), R = (RT/F)/i₀."""
    s = PlatingScales.of(parse_deck(DECK))
    F = physical_constants["Faraday constant"][0]
    assert s.charge == pytest.approx(F / 12.998e-6 * 1e-6)
    assert s.current * s.time == pytest.approx(s.charge)
    assert s.conductivity * s.potential / s.length == pytest.approx(s.current)
    assert s.diffusivity * s.time == pytest.approx(s.length**2)
    assert s.resistance * s.current == pytest.approx(s.potential)


def test_counter_electrode():
    """At the top: nothing enters unless a current is given; at a voltage V against it, φ is −V."""
    model = DrivenModel()
    condition = model.counter_electrode("phi")
    assert (condition.field, condition.face, condition.kind) == ("phi", "top", "flux")
    assert float(condition.value.value) == float(model.voltage.value) == 0.0 and model.galvanostatic
    model.apply(Segment(True, 0.6))
    assert model.galvanostatic and float(model.counter_electrode("phi").value.value) == 0.6
    model.apply(Segment(False, -0.3))
    condition = model.counter_electrode("phi")
    assert not model.galvanostatic and (condition.field, condition.face, condition.kind) == ("phi", "top", "value")
    assert float(condition.value.value) == 0.3

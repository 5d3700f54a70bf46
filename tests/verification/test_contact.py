"""Partial contact against formulas of contact theory: constriction, and resistances in series with it.

Constriction: a disc on a half-space, 1/(4σa) (Holm 1967); discs on a lattice, (1 − √θ)^1.5 of it (Cooper, Mikic &
Yovanovich 1969), 3 % at 8 cells per radius. By the mirrors at the walls a quarter disc in a corner is a lattice of
discs. Bars were written before the first run, those of the issue among them.
"""

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import brentq

from phasefield.physics.common.kinetics import ButlerVolmer, LinearKinetics
from phasefield.physics.common.model import Boundary
from phasefield.physics.contact import diagnostics as measure
from phasefield.physics.contact import geometry
from phasefield.physics.contact.insertion import LinearPotential
from phasefield.physics.contact.model import Contact, GrowingLayer
from phasefield.theory import contact as theory
from tests.verification.contact_support import contact_statics, engine_of, parameters_of, static, steps

# -- constriction --------------------------------------------------------------------------------------


def lattice(per_radius, width, height, patches=None, model=Contact, **others):
    """Engine of perfect contact (charge transfer 10⁻⁴ of the constriction) between metal and electrolyte."""
    cell = 1 / per_radius
    patches = patches or [geometry.Patch((0.0, 0.0), 1.0)]
    parameters = parameters_of(cell, conductivity=1e-4, kinetics=LinearKinetics(), **others)
    statics = contact_statics(patches, 2 * cell, cell)
    return steps(engine_of(parameters, (width, width, height + 2), statics, current=1e-3), 1.0)


def asr_over_theory(engine, discs, radius=1.0):
    """Constriction of an engine's quarter discs over the one-sided formula of Cooper, Mikic & Yovanovich."""
    density = discs / 4 / (engine.box.columns * engine.box.spacing[0] ** 2)
    exact = theory.constriction_asr(engine.model.p.conductivity, radius, density)
    resistance = measure.resistance(engine)
    return (resistance.constriction + resistance.interface) / exact


def test_lattice_of_discs_converges():
    """B18: 3 % at 8 cells per radius, and nearer with more."""
    errors = [
        abs(asr_over_theory(lattice(per, width, height), 1) - 1)
        for per, width, height in ((6, 17, 24), (8, 22, 32), (12, 33, 48))
    ]
    assert errors[1] < 0.03
    assert errors[0] > errors[1] > errors[2], errors


def test_one_disc_on_a_half_space():
    """1/(4σa): what the resistance of one disc tends to as the box grows, 3 % at 8 cells per radius.

    The neighbours take away a part ∝ √θ (exact for a disc in a tube: 1.41 √θ), so a line through two boxes ends there.
    """
    ratios, roots = [], []
    for width in (20, 36):
        engine = lattice(8, width, width)
        area = (width / 8) ** 2
        resistance = measure.resistance(engine)
        total = (resistance.constriction + resistance.interface) / (4 * area)
        ratios.append(total / theory.spreading_resistance(engine.model.p.conductivity, 1.0))
        roots.append(np.sqrt(np.pi / 4 / area))
    slope = (ratios[1] - ratios[0]) / (roots[1] - roots[0])
    assert ratios[1] - slope * roots[1] == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("corners, per_radius", [(2, 8), (1, 12)])
def test_resistance_falls_with_radius_times_number(corners, per_radius):
    """ASR ∝ 1/(aN) but for the neighbours' factor: twice as many discs, or 1.5 times the radius. 3 %."""
    cell, width = 1 / 8, 30
    far = width * cell
    radius = per_radius / 8
    patches = [geometry.Patch((0.0, 0.0), radius), geometry.Patch((far, far), radius)][:corners]
    assert asr_over_theory(lattice(8, width, 36, patches), corners, radius) == pytest.approx(1.0, abs=0.03)


class Through(Contact):
    """The electrode conducts to a plane at its bottom: φ is held there, as far away as the top."""

    def boundaries(self, v):
        return (*super().boundaries(v), Boundary("phi", "bottom", "value", 0.0))


def test_two_sided_constriction():
    """Two bodies in contact: their constrictions add, each with its own conductivity. 3 % at 8 cells per radius."""
    cell, width, height = 1 / 8, 22, 24
    electrode, electrolyte = 3e-4, 1e-4
    storage = LinearPotential(0.0, 10.0)
    parameters = parameters_of(cell, electrolyte, electrode * storage.fall, storage, LinearKinetics())
    statics = contact_statics([geometry.Patch((0.0, 0.0), 1.0)], height * cell, cell)
    engine = engine_of(parameters, (width, width, 2 * height), statics, model=Through, current=1e-6)
    steps(engine, 1e9)  # nothing is stored any more
    density = 1 / (4 * (width * cell) ** 2)
    exact = sum(theory.constriction_asr(σ, 1.0, density) for σ in (electrode, electrolyte))
    even = height * cell * (1 / electrode + 1 / electrolyte)
    polarisation = -measure.cell_voltage(engine) / 1e-6
    assert polarisation - even == pytest.approx(exact, rel=0.03)


def test_voids_at_the_lithium():
    """Lithium that touches in discs only: constriction from the other side. 5 %: its rims are staircases."""
    cell, width, height = 1 / 8, 22, 32
    parameters = parameters_of(cell, conductivity=1e-4, kinetics=LinearKinetics())
    layers = height + 4
    discs = geometry.coverage([geometry.Patch((0.0, 0.0), 1.0)], cell)
    factor = geometry.voids(discs, layers * cell, cell)
    statics = (*contact_statics([], 2 * cell, cell), static("conductivity", factor))
    engine = steps(engine_of(parameters, (width, width, layers), statics, current=1e-3), 1.0)
    even = height * cell / parameters.conductivity
    found = -measure.cell_voltage(engine) / 1e-3 - even
    exact = theory.constriction_asr(parameters.conductivity, 1.0, 1 / (4 * (width * cell) ** 2))
    assert found == pytest.approx(exact, rel=0.05)


# -- charge transfer and layers in series --------------------------------------------------------------


@pytest.mark.parametrize("current", [2.0, -2.0])
def test_charge_transfer_and_layer_in_series(current):
    """Full contact: polarisation is Ohm's law, a layer, and Butler-Volmer's overpotential with its own signs. 10⁻⁶."""
    law = ButlerVolmer(anodic=0.3, cathodic=0.7)
    parameters = parameters_of(0.1, conductivity=2.0, kinetics=law, layer=GrowingLayer(initial=1.5))
    engine = steps(engine_of(parameters, (12,), contact_statics([], 0.2, 0.1), current=current), 1e-3, 3)
    overpotential = brentq(lambda y: law.rate(y) + current, -20, 20)  # lithiation is cathodic
    expected = overpotential - current * (1.5 + 1.0 / 2.0)
    assert measure.cell_voltage(engine) == pytest.approx(expected, rel=1e-6, abs=2e-6)
    resistance = measure.resistance(engine)
    assert resistance.interface == pytest.approx(1.5 - overpotential / current, rel=1e-6)
    assert resistance.constriction == pytest.approx(0.0, abs=1e-5)


def test_full_contact_is_the_charge_transfer_limit():
    """As strips join, the resistance falls to that of charge transfer alone (rough to flat film). 10⁻⁶."""
    cell, width = 0.125, 32
    totals = []
    for radius in (0.5, 1.0, 2.0, 3.5, None):
        patches = [] if radius is None else [geometry.Patch((0.0,), radius)]
        statics = contact_statics(patches, 2 * cell, cell)
        parameters = parameters_of(cell, kinetics=LinearKinetics())
        engine = steps(engine_of(parameters, (width, 34), statics, current=0.01), 1.0)
        resistance = measure.resistance(engine)
        totals.append(resistance.constriction + resistance.interface)
    assert all(a > b for a, b in pairwise(totals)), totals
    assert totals[-1] == pytest.approx(1.0, rel=1e-6)  # in units of RT/(F i₀)


def test_resistive_contact_divides_by_its_fraction():
    """A layer of 100 spreading resistances makes the current even: ASR = R/θ plus a constriction of 1 %. 3 %."""
    cell = 1 / 6
    patches = [geometry.Patch((0.0, 0.0), 1.0)]
    parameters = parameters_of(cell, kinetics=LinearKinetics(), layer=GrowingLayer(initial=100.0))
    statics = contact_statics(patches, 2 * cell, cell)
    engine = steps(engine_of(parameters, (16, 16, 18), statics, current=1e-3), 1.0)
    fraction = np.pi / 4 / (16 * cell) ** 2
    assert measure.coverage_map(engine).mean() == pytest.approx(fraction, rel=0.01)
    resistance = measure.resistance(engine)
    expected = theory.contact_asr(fraction, 1.0, (1.0,), 101.0)
    assert resistance.constriction + resistance.interface == pytest.approx(expected, rel=0.03)
    assert measure.hot_spot(engine) == pytest.approx(1.0, abs=0.02)


def test_current_crowds_at_the_rim():
    """Under a perfect disc i = i_mean/(2√(1 − r²/a²)) (Holm): outer tenth over inner third 4.46; fast kinetics, 15 %.

    ∫ over rings: (√(1 − 0.9²) over 0.19) / ((1 − √(8/9)) over 1/9), coarse because the rim cells are a tenth wide.
    """
    patches = [geometry.Patch((0.0, 0.0), 1.0)]
    engine = lattice(12, 33, 36)
    exact = (np.sqrt(1 - 0.81) / 0.19) / ((1 - np.sqrt(8 / 9)) * 9)
    assert measure.rim_over_centre(engine, patches) == pytest.approx(exact, rel=0.15)
    assert measure.hot_spot(engine) > 1.5


def test_growing_layer():
    """R(t) = R₀ + k√t while a constant current flows (the voltage shows it); a rejected step does not age it. 10⁻⁶."""
    parameters = parameters_of(0.1, kinetics=LinearKinetics(), layer=GrowingLayer(initial=0.5, rate=2.0))
    engine = engine_of(parameters, (12,), contact_statics([], 0.2, 0.1), current=0.01)
    for step in range(1, 6):
        assert engine.step(0.7).accepted
        engine.reject()
        steps(engine, 0.2)
        resistance = measure.resistance(engine)
        assert resistance.interface == pytest.approx(1.0 + 0.5 + 2.0 * np.sqrt(0.2 * step), rel=1e-6)
        assert resistance.total == pytest.approx(2.5 + 2.0 * np.sqrt(0.2 * step), rel=1e-4)

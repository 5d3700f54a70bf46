"""Wells, weights and drives of three phases against the formulas from which they are derived."""

import numpy as np
import pytest
import sympy

from phasefield.physics.common import energy
from phasefield.physics.wetting import junction

ENERGIES = (0.8, 1.0, 1.3)
p, q = sympy.symbols("p q")


@pytest.mark.parametrize("rigid", [False, True])
@pytest.mark.parametrize("cell", [0.0, 1.0])
@pytest.mark.parametrize("absent", range(3))
def test_two_phases_are_those_of_the_binary_model(absent, cell, rigid):
    """With the third phase at 0, its slope is 0 and the other two are the well's of the mesh, whatever the energies."""
    first = np.linspace(-0.02, 1.02, 11)
    phases = np.insert(np.array([first, 1 - first]), absent, 0.0, axis=0)
    slopes = np.delete(junction.junction_slopes(phases, junction.junction_weights(ENERGIES, rigid), cell), absent, 0)
    third = junction.junction_slopes(phases, junction.junction_weights(ENERGIES, rigid), cell)[absent]
    assert third == pytest.approx(0.0, abs=1e-15)
    assert slopes[0] == pytest.approx(energy.double_well_slope(first, cell), abs=1e-15)
    assert slopes[1] == pytest.approx(-slopes[0], abs=1e-15)


def test_coupling_on_the_continuum():
    """G = Σ g′ is 12 p₁p₂p₃, so the three slopes differ from the wells' own by 12 w_i p₁p₂p₃."""
    phases = (p, q, 1 - p - q)
    slopes = junction.junction_slopes(phases, (0, 0, 1))
    assert sympy.expand(slopes[0] - energy.double_well_slope(p)) == 0
    assert sympy.expand(energy.double_well_slope(phases[2]) - slopes[2] - 12 * p * q * (1 - p - q)) == 0


@pytest.mark.parametrize("rigid", [False, True])
def test_relaxation_keeps_the_sum_and_lowers_the_energy(rigid):
    """Rates −(A_i − w_i ΣA) add to 0 and Σ s_i A_i × rate ≤ 0, for any variational derivatives s_i A_i.

    A rigid phase has A = 0 and does not move.
    """
    s = junction.spreading_coefficients(ENERGIES)
    weights = np.array(junction.junction_weights(ENERGIES, rigid))
    slopes = np.random.default_rng(1).normal(size=(100, 3))
    if rigid:
        slopes[:, 1] = 0.0
    rates = -(slopes - weights * slopes.sum(axis=1, keepdims=True))
    assert rates.sum(axis=1) == pytest.approx(0.0, abs=1e-12)
    assert np.all((s * slopes * rates).sum(axis=1) < 0)
    assert np.allclose(np.add.outer(s, s)[[0, 0, 1], [1, 2, 2]], ENERGIES)


def test_weights_of_phases_that_yield():
    """w_i = s_i⁻¹/Σ s⁻¹ of s₁ + s₂ = γ₁₂ and so on; no phase is rigid unless said."""
    inverse = 1 / np.linalg.solve([[1, 1, 0], [1, 0, 1], [0, 1, 1]], ENERGIES)
    for weights in (junction.junction_weights(ENERGIES), junction.junction_weights(ENERGIES, False)):
        assert weights == pytest.approx(tuple(inverse / inverse.sum()))


def test_angles_balance_forces():
    """Neumann's triangle: the three tensions, each along its interface, add up to nothing; all equal, 120° each."""
    first, second, third = junction.neumann_angles(ENERGIES)
    assert first + second + third == pytest.approx(2 * np.pi)
    directions = np.exp(1j * np.array([0.0, first, -second]))  # of 12, 13 and 23
    assert abs(np.dot(ENERGIES, directions)) < 1e-12
    assert np.degrees(junction.neumann_angles((1.0, 1.0, 1.0))) == pytest.approx(120.0)


@pytest.mark.parametrize("angle", [62.0, 90.0, 142.0])
def test_young(angle):
    """γ₁₃ cos θ = γ₂₃ − γ₁₂; the weight of a wetting phase is (1 + cos θ)/2."""
    energies = 0.7, 0.5, 0.7 + 0.5 * np.cos(np.radians(angle))
    assert np.degrees(junction.contact_angle(energies)) == pytest.approx(angle)
    weights = junction.junction_weights(energies, rigid=True)
    assert weights == pytest.approx(((1 + np.cos(np.radians(angle))) / 2, 0, (1 - np.cos(np.radians(angle))) / 2))


def test_spreading_is_refused():
    """Where one energy is not below the sum of the others, three phases do not meet."""
    with pytest.raises(ValueError, match="spreads"):
        junction.junction_weights((1.0, 1.0, 2.0))
    for energies in ((0.1, 0.5, 0.7), (0.25, 0.5, 0.75)):
        with pytest.raises(ValueError, match="lithium"):
            junction.junction_weights(energies, rigid=True)
    with pytest.raises(ValueError, match="third"):
        junction.junction_weights((0.7, 0.5, 0.1), rigid=True)


def test_drive_of_two_phases():
    """Where two phases meet the drive is h′; where either meets the third it is nothing."""
    assert sympy.expand(junction.pair_drive(p, 1 - p, 0) - energy.interpolation_slope(p)) == 0
    assert junction.pair_drive(p, 0, 1 - p) == junction.pair_drive(0, q, 1 - q) == 0


def test_drive_finds_a_rigid_surface():
    """The work of driving p onto q beside a rigid third phase, less that of sharp phases, is 0 over the surface."""
    s = sympy.Symbol("s", positive=True)
    work = sympy.integrate(junction.pair_drive(p, s - p, 1 - s, sympy.nsimplify(junction.RIGID)), (p, 0, s))
    profile = s * (1 - s)  # ds/dx, in 1/δ
    assert sympy.integrate(sympy.cancel((work - s) / profile), (s, 0, 1)) == 0


def test_drive_finds_a_yielding_surface():
    """The same where p invades two phases that both give way in proportion."""
    s = sympy.Symbol("s", positive=True)  # the part of one of them
    drives = [
        junction.pair_drive(p, (1 - p) * one, (1 - p) * (1 - one), sympy.nsimplify(junction.YIELDING))
        for one in (s, 1 - s)
    ]
    work = sympy.integrate(sympy.expand(drives[0] + drives[1]), (p, 0, 1))
    assert sympy.integrate(sympy.cancel((work - 1) / (s * (1 - s))), (s, 0, 1)) == 0


@pytest.mark.parametrize("angle", [40.0, 90.0, 150.0])
@pytest.mark.parametrize("dimension", [2, 3])
def test_cap(dimension, angle):
    """A cap of radius 3 is 3(1 − cos θ) high and has the curvature (d − 1)/3; no cap is higher than its sphere."""
    height = 3 * (1 - np.cos(np.radians(angle)))
    assert np.degrees(junction.cap_angle(height, (dimension - 1) / 3, dimension)) == pytest.approx(angle)
    assert np.isnan(junction.cap_angle(6.1, (dimension - 1) / 3, dimension))

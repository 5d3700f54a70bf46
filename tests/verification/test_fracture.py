"""Cracks as a phase field against Griffith, Sneddon and the strength of a bar.

Length: half a crack's; E' = E/(1 − ν²) = G_c = 1.
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from phasefield.engines.grid import Grid
from phasefield.errors import PhasefieldError
from phasefield.mechanics import AT1, AT2, FIXED, End, Filling, Fracture, NoFracture, length_of_strength
from tests.errors import refused
from tests.parallel.mpi import mpirun
from tests.verification import fracture_support as exact

E, ν, λ, μ = exact.YOUNG, exact.POISSON, exact.LAME, exact.SHEAR


def box(shape, h):
    return Grid(shape, (h,) * len(shape))


def half(h, width, length, **options):
    """The right half of a crack of half-length 1 in the middle row of a box, and the damage of that crack."""
    n = round(width / h)
    fracture = Fracture(box((n, 2 * n + 1), h), [FIXED, End()], λ, μ, 1.0, length, **options)
    return fracture, fracture.seeded(exact.row((2 * n + 1, n), cells=round(1 / h)))


# -- the energy of a crack, and the strength of a bar ----------------------------------------------


@pytest.mark.parametrize("law", [AT1, AT2])
def test_the_profile_and_the_energy_of_a_crack(law):
    """(1 − |x|/2l)² up to 2l, or exp(−|x|/l), within 0.01; energy G_c within 1 %; 4 cells per l."""
    n, G = 121, 2.5
    fracture = Fracture(box((n,), 0.25), [FIXED], 1.0, 1.0, G, 1.0, law)
    x = 0.25 * np.abs(np.arange(n) - n // 2)
    d = fracture.seeded(x == 0)
    wanted = np.maximum(1 - x / 2, 0) ** 2 if law is AT1 else np.exp(-x)
    np.testing.assert_allclose(d, wanted, atol=0.01)
    assert fracture.surface(d) == pytest.approx(G, rel=0.01)
    assert fracture.area(d) == pytest.approx(1.0, rel=0.01)


def test_the_energy_of_cracks_in_two_materials():
    """A crack in each half costs what the solid there costs."""
    fracture = Fracture(box((240,), 0.25), [FIXED], 1.0, 1.0, np.where(np.arange(240) < 120, 1.0, 4.0), 1.0)
    d = fracture.seeded(np.isin(np.arange(240), (60, 180)))
    assert fracture.surface(d) == pytest.approx(5.0, rel=0.01)
    assert fracture.area(d) == pytest.approx(2.0, rel=0.01)


def stretched(axes, strain, law, damage=None, cells=6, length=0.5):
    """A bar stretched by its upper end along the last axis, free at its other sides."""
    shape, h = (cells,) * axes, 0.25
    stiff = 1e5
    ends = [End()] * (axes - 1) + [End(pressure=-stiff * strain * cells * h, stiffness=stiff)]
    fracture = Fracture(box(shape, h), ends, λ, μ, 1.0, length, law)
    return fracture.solve(np.zeros(shape[::-1]) if damage is None else damage)


#: Modulus of a bar: nothing is strained along the axes that a box does not have.
MODULI = {1: λ + 2 * μ, 2: 1.0, 3: E}


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_bar_is_intact_up_to_its_strength(axes):
    """AT1: σ_c = √(3 G_c E/8l); no damage at 0.995 of it, damage at 1.005."""
    M, length = MODULI[axes], 0.5
    strength = np.sqrt(3 * M / (8 * length))
    below, above = (stretched(axes, q * strength / M, AT1) for q in (0.995, 1.005))
    assert np.max(below.damage) == 0
    np.testing.assert_allclose(below.normal[axes - 1], 0.995 * strength, rtol=1e-4)
    assert np.min(above.damage) > 0
    assert length_of_strength(1.0, M, strength) == pytest.approx(length)


@pytest.mark.parametrize("axes", [1, 2])
def test_the_largest_stress_of_a_bar_in_the_other_law(axes):
    """AT2: 9/16 √(E G_c/3l) at a strain of √(G_c/3lE), within 1 %; a short bar breaks evenly."""
    M, length = MODULI[axes], 0.5
    peak = np.sqrt(1 / (3 * length * M))
    stress = [np.mean(stretched(axes, q * peak, AT2).normal[axes - 1]) for q in (0.9, 1.0, 1.1)]
    assert stress[1] == pytest.approx(9 / 16 * np.sqrt(M / (3 * length)), rel=0.01)
    assert stress[1] > max(stress[0], stress[2])


def test_damage_stays_when_the_load_is_gone():
    broken = stretched(1, 2.0, AT2).damage
    assert np.min(broken) > 0.5
    np.testing.assert_array_equal(stretched(1, 0.0, AT2, damage=broken).damage, broken)


# -- pressurised cracks ----------------------------------------------------------------------------


def test_the_opening_and_the_volume_of_a_crack_under_pressure():
    """4pa/E' in its middle and Sneddon's volume, of cracks in a row: within 3 %."""
    p, width, h = 0.01, 6.0, 0.05
    fracture, d = half(h, width, 0.1)
    found = fracture.solve(d, Filling(given=p))
    assert found.pressure == p
    assert 2 * found.volume == pytest.approx(p * exact.Row(width).volume(1.0), rel=0.03)
    # The crack's opening: what its band has become wider, beyond the strain of its weakened solid under pressure
    uy, middle, band = found.displacements[1][:, 0], found.damage.shape[0] // 2, 2
    opening = uy[middle + band] - uy[middle - band - 1]
    assert opening == pytest.approx(4 * p, rel=0.03)


@pytest.mark.parametrize(("law", "per_length"), [(AT1, 2), (AT1, 3), (AT2, 2)])
def test_the_pressure_of_a_growing_crack(law, per_length):
    """Griffith: K²/E' = G_c at the length that holds the volume: within 2 % once it grows, and no peak before it."""
    width, length = 6.0, 0.2
    fracture, d = half(length / per_length, width, length, law=law)
    theory, onset = exact.Row(width), 2 * np.sqrt(np.pi)
    areas = [fracture.area(d)]
    for volume in onset * np.array([1.2, 1.5, 1.8, 2.1]):
        found = fracture.solve(d, Filling(content=volume / 2))
        d = found.damage
        areas.append(fracture.area(d))
        a = theory.holding(volume)
        assert 2 * found.volume == pytest.approx(volume, rel=1e-9)
        if volume > 1.3 * onset:
            assert found.pressure == pytest.approx(theory.critical(a), rel=0.02)
    assert np.all(np.diff(areas) > 0)
    # The crack grows by what theory says, from one volume to another
    grown = theory.holding(2.1 * onset) - theory.holding(1.5 * onset)
    assert areas[-1] - areas[-3] == pytest.approx(grown, rel=0.05)


def test_a_compressible_filling_and_a_dry_crack():
    """p = (content − V)/compliance; a crack that is wider than its filling is dry."""
    fracture, d = half(0.1, 4.0, 0.2)
    response = fracture.solve(d, Filling(given=1.0e-3)).volume / 1e-3
    found = fracture.solve(d, Filling(content=0.2, compliance=response))
    assert found.pressure == pytest.approx(0.1 / response, rel=1e-3)
    assert found.volume == pytest.approx(0.2 - response * found.pressure, rel=1e-6)
    pulled = Fracture(fracture.grid, [FIXED, End(pressure=-0.1)], λ, μ, 1.0, 0.2)
    wide = pulled.solve(d)
    dry = pulled.solve(d, Filling(content=0.5 * wide.volume))
    assert dry.pressure == 0
    assert dry.volume == pytest.approx(wide.volume, rel=1e-6)


def test_a_penny_crack():
    """3-D: Griffith's pressure of a growing crack, and Sneddon's volume before, within 5 %."""
    width, h, length = 3.0, 0.1, 0.2
    n = round(width / h)
    shape = (2 * n + 1, n, n)
    fracture = Fracture(box(shape[::-1], h), [FIXED, FIXED, End()], λ, μ, 1.0, length)
    x = h * (np.arange(n) + 0.5)
    broken = np.zeros(shape, bool)
    broken[n] = np.hypot(x[None], x[:, None]) < 1
    a0 = np.sqrt(4 * broken.sum() * h**2 / np.pi)
    d = fracture.seeded(broken)
    before = fracture.solve(d, Filling(given=0.01))
    assert 4 * before.volume == pytest.approx(16 / 3 * a0**3 * 0.01, rel=0.05)
    found = fracture.solve(d, Filling(content=7.0 / 4))
    a, pressure = exact.penny(7.0)
    assert found.pressure == pytest.approx(pressure, rel=0.05)
    area = 4 * fracture.area(found.damage)
    assert area == pytest.approx(np.pi * a**2, rel=0.12)  # the edge of the crack counts as well


# -- compression ---------------------------------------------------------------------------------


def garnet(pressures, strength, split=True, cells=(16, 24), broken=None):
    """LLZO of 1 MPa m^½ in MPa and µm, under pressures; its damage, and the intact one's."""
    young, toughness = 150e3, 1.0
    rate = toughness**2 * (1 - ν**2) / young * 1e6  # MPa µm
    length = length_of_strength(rate, young, strength)
    ends, moduli = [End(pressure=p) for p in pressures], np.array([λ, μ]) * young / E
    fracture = Fracture(box(cells, 0.5 * length), ends, *moduli, rate, length, split=split)
    start = np.zeros(cells[::-1]) if broken is None else fracture.seeded(broken)
    return fracture.solve(start), start


@pytest.mark.parametrize("pressures", [(100.0, 100.0), (0.0, 100.0)])
def test_a_stack_pressure_breaks_nothing(pressures):
    """100 MPa on an intact solid of 400 MPa strength, from one side or from two: no damage."""
    found, _ = garnet(pressures, 400.0)
    assert np.max(found.damage) == 0
    np.testing.assert_allclose(found.normal[1], -100.0, rtol=1e-6)


def test_the_split_is_what_keeps_a_pressed_solid_whole():
    """A solid of 80 MPa, pressed from both sides: ½Mε² is above the threshold, its part of shear below."""
    assert np.max(garnet((100.0, 100.0), 80.0)[0].damage) == 0
    assert np.max(garnet((100.0, 100.0), 80.0, split=False)[0].damage) > 0.01


def test_a_pressed_crack_carries_the_load_and_does_not_grow():
    broken = exact.row((24, 16), cells=6, centred=True)
    found, start = garnet((0.0, 100.0), 400.0, broken=broken)
    # Its shear stress damages the flanks a little more: (100 MPa)² against (400 MPa)²
    np.testing.assert_allclose(found.damage, start, atol=0.02)
    np.testing.assert_allclose(found.normal[1].mean(axis=1), -100.0, rtol=1e-3)
    whole, _ = garnet((0.0, 100.0), 400.0)
    pulled, _ = garnet((0.0, -1.0), 400.0, broken=broken)
    stiffness = 100.0 / -whole.plates[1]
    # All of the bulk modulus is left in the band of the crack, which is 0.57 of λ + 2μ
    assert 100.0 / -found.plates[1] > 0.9 * stiffness
    assert 1.0 / pulled.plates[1] < 0.85 * stiffness  # the same crack opens under tension
    closed = found.normal[1][12, 8]
    assert closed < -50.0


# -- where a crack goes -----------------------------------------------------------------------------


@pytest.mark.parametrize(("weaker", "follows"), [(0.4, True), (0.95, False)])
def test_a_crack_follows_a_weak_boundary(weaker, follows):
    """One that leaves at 45° is followed if its G_c is less than cos⁴(22.5°) = 0.73 of the solid's (Cotterell, Rice).

    All cells beyond 1.3 that break are within the boundary, or in the row of the crack.
    """
    h, n = 0.1, 40
    y, x = np.meshgrid(h * (np.arange(2 * n + 1) - n), h * (np.arange(n) + 0.5), indexing="ij")
    across = np.abs(y - (x - 1)) / np.sqrt(2)
    boundary = (across < 0.3) & (x > 0.9)
    fracture = Fracture(box((n, 2 * n + 1), h), [FIXED, End()], λ, μ, np.where(boundary, weaker, 1.0), 0.2)
    seed = exact.row(x.shape, cells=10)
    found = fracture.solve(fracture.seeded(seed), Filling(content=5.0))
    new = (found.damage > 0.9) & (x > 1.3)
    assert np.count_nonzero(new) >= 5
    if follows:
        assert np.all(across[new] < 0.3)
    else:
        assert np.all(np.abs(y[new]) < 0.15)


# -- numbers and refusals --------------------------------------------------------------------------


def test_the_force_on_the_damage_is_the_derivative_of_the_energy():
    """At a fixed displacement, cell by cell: elastic energy and work of the filling against damage."""
    rng, shape = np.random.default_rng(3), (7, 6)
    d = rng.uniform(0.1, 0.6, shape)
    fracture = Fracture(box(shape[::-1], 0.5), [FIXED, End(pressure=-0.1)], λ, μ, 1.0, 1.0, residual=1e-3, split=False)
    solid, p = fracture.solid, 0.2
    solid.start(rng.uniform(-0.02, 0.02, shape))

    def energy(damage):
        """Of the displacement found below."""
        g = fracture._weak(damage)
        solid.operators.take(g * λ, g * μ)
        around = solid.operators.local(g)
        edges = {pair: solid.operators.on_edges(around, pair) * m for pair, m in solid._intact.items()}
        solid.operators.edges = edges
        return np.sum(solid.state(g, 0.0)[2] - p * (1 - g) * solid.dilatation)

    g = fracture._weak(d)
    solid.balance(g, 1 - g, Filling(given=p), None)
    force = (1 - fracture.residual) * (solid.tensile() + p * solid.dilatation)
    for cell in ((0, 0), (3, 2), (6, 5)):
        step = np.zeros(shape)
        step[cell] = 1e-5
        slope = (energy(d + step) - energy(d - step)) / 2e-5
        assert slope == pytest.approx(-2 * (1 - d[cell]) * force[cell], rel=1e-6)


def test_the_balance_of_energy_of_a_growing_crack():
    """What the filling does between two volumes is what solid and crack take up, within 2 %."""
    fracture, d = half(0.1, 4.0, 0.2)
    states, work = [], 0.0
    for volume in np.linspace(1.8, 2.4, 9):
        found = fracture.solve(d, Filling(content=volume), tolerance=1e-4)
        d = found.damage
        states.append(found)
    for a, b in pairwise(states):
        work += 0.5 * (a.pressure + b.pressure) * (b.volume - a.volume)
    stored = states[-1].elastic + states[-1].surface - states[0].elastic - states[0].surface
    assert states[-1].surface - states[0].surface > 0.3 * work
    assert stored == pytest.approx(work, rel=0.02)


def test_a_part_of_the_energy_is_a_solid_of_that_energy():
    """A crack that breaks at a quarter of G_c is one of a solid with a quarter of it."""
    fracture, d = half(0.1, 2.0, 0.2)
    found = fracture.solve(d, Filling(content=1.2), energy=0.25)
    weak = Fracture(fracture.grid, [FIXED, End()], λ, μ, 0.25, 0.2).solve(d, Filling(content=1.2))
    assert fracture.area(found.damage) > fracture.area(d) + 0.1
    assert found.pressure == pytest.approx(weak.pressure, rel=1e-6)
    np.testing.assert_allclose(found.damage, weak.damage, atol=1e-5)


def test_a_state_is_a_function_of_what_is_given():
    fracture, d = half(0.1, 2.0, 0.2)
    first = fracture.solve(d, Filling(content=1.5))
    fracture.solve(d, Filling(content=0.3))
    again = fracture.solve(d, Filling(content=1.5))
    assert np.array_equal(first.damage, again.damage)
    assert first.pressure == again.pressure
    assert np.array_equal(first.normal[1], again.normal[1])


@pytest.mark.timeout(280)
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks(ranks):
    done = mpirun(ranks, Path(exact.__file__), timeout=120)
    assert done.returncode == 0, done.stdout
    there, here = json.loads(done.stdout.splitlines()[-1]), exact.numbers()
    assert there.keys() == here.keys()
    for key, values in here.items():
        for mine, others in zip(values, there[key], strict=True):
            np.testing.assert_allclose(others, mine, rtol=1e-5, atol=1e-6)


def test_refusals():
    with refused(PhasefieldError, "", "0.133"):
        Fracture(box((6, 6), 0.25), [FIXED, FIXED], λ, μ, 1.0, 0.2)
    fracture, d = half(0.1, 2.0, 0.2)
    with refused(NoFracture, "", "2"):
        fracture.solve(d, Filling(content=3.0), sweeps=2)

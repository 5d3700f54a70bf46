"""Cracks along grain boundaries: their energy, where they go, and the pressure of lithium in them."""

import numpy as np
import pytest
from scipy.optimize import brentq

from phasefield import check
from phasefield.deck import parse_deck
from phasefield.engines.grid import Grid
from phasefield.errors import DeckError
from phasefield.io.rundir import open_run
from phasefield.mechanics import AT1, AT2, FIXED, End, Filling, Fracture
from phasefield.run.runner import run
from phasefield.theory.grain_boundary import crack_energy, least_width, local_energy
from tests.errors import refused
from tests.verification import crack_support as lithium
from tests.verification import fracture_support as exact

λ, μ = exact.LAME, exact.SHEAR


# -- the energy of a crack along a boundary ---------------------------------------------------------


def continuum(local, width, length, steps=4000):
    """The same in AT1 without cells: l²(G d')' = G/2 up to where d and d' vanish, integrated twice by trapezia."""

    def profile(end):
        x = np.linspace(0, end, steps + 1)
        G = 1 - (1 - local) * np.exp(-((2 * x / width) ** 2))
        rest = np.append(np.cumsum((0.5 * (G[1:] + G[:-1]) * x[1])[::-1])[::-1], 0)
        slope = rest / (2 * length**2 * G)
        d = np.append(np.cumsum((0.5 * (slope[1:] + slope[:-1]) * x[1])[::-1])[::-1], 0)
        return x, G, d, slope

    x, G, d, slope = profile(brentq(lambda end: profile(end)[2][0] - 1, 0.01 * length, 10 * length))
    density = G * (d / length + length * slope**2)
    return 0.75 * np.sum(0.5 * (density[1:] + density[:-1]) * x[1])


@pytest.mark.parametrize("width", [0.5, 2.0, 6.0])
def test_the_energy_of_a_crack_along_a_narrow_boundary(width):
    """Cells of l/16 against the equation of the profile, within 2 %; a narrow boundary costs more than its middle."""
    found = crack_energy(0.3, width, 1.0, 1 / 16)
    assert found == pytest.approx(continuum(0.3, width, 1.0), rel=0.02)
    assert 0.3 < found < 1
    assert crack_energy(0.3, 200.0, 1.0, 0.5) == pytest.approx(0.3, rel=0.01)


@pytest.mark.parametrize(("law", "power"), [(AT1, 1), (AT2, 2)])
@pytest.mark.parametrize("width", [2.0, 3.0])
def test_a_crack_along_a_boundary_takes_what_is_asked_for(law, power, width):
    """By the solver of the damage: mean over a boundary in a cell and between two, over a crack in the solid."""
    wanted, h, n = 0.4, 0.5, 81
    local = local_energy(wanted, width, 1.0, h, power)
    x = h * (np.arange(n) - n // 2)

    def energy(at, factor):
        rate = 1 - (1 - factor) * np.exp(-((2 * (x - at) / width) ** 2))
        fracture = Fracture(Grid((n,), (h,)), [FIXED], 1.0, 1.0, rate, 1.0, law)
        return fracture.surface(fracture.seeded(x == 0))

    mean = 0.5 * (energy(0.0, local) + energy(0.25, local))
    assert mean / energy(0.0, 1.0) == pytest.approx(wanted, rel=1e-3)


def test_a_boundary_may_be_too_narrow():
    least = least_width(0.25, 1.0, 0.5)
    assert local_energy(0.25, 0.95 * least, 1.0, 0.5) is None
    assert local_energy(0.25, 1.05 * least, 1.0, 0.5) == pytest.approx(0.0, abs=0.02)


# -- where cracks go ------------------------------------------------------------------------------


def solid(distance, energy, h=0.1, width=3.0, length=0.2, thick=0.6):
    """The right half of a crack of half-length 1, in a solid with a boundary at a distance(x, y) from each place."""
    n = round(width / h)
    y, x = np.meshgrid(h * (np.arange(2 * n + 1) - n), h * (np.arange(n) + 0.5), indexing="ij")
    local = local_energy(energy, thick, length, h)
    rate = 1 - (1 - local) * np.exp(-((2 * distance(x, y) / thick) ** 2))
    fracture = Fracture(Grid((n, 2 * n + 1), (h, h)), [FIXED, End()], λ, μ, rate, length)
    return fracture, fracture.seeded(exact.row(x.shape, cells=round(1 / h))), x, y


@pytest.mark.parametrize("energy", [0.4, 0.6])
def test_the_pressure_of_a_crack_along_a_boundary(energy):
    """√(E'G_gb/πa) in a row of cracks, at the length that holds the volume: within 4 %."""
    width = 3.0
    fracture, d, _, _ = solid(lambda x, y: np.abs(y), energy, width=width)
    theory, onset = exact.Row(width), 2 * np.sqrt(np.pi * energy)
    for part in (1.3, 1.7):
        found = fracture.solve(d, Filling(content=part * onset / 2))
        d = found.damage
    a = brentq(lambda a: np.sqrt(energy) * theory.critical(a) * theory.volume(a) - 1.7 * onset, 0.5, 2.5)
    assert a > 1.2
    assert found.pressure == pytest.approx(np.sqrt(energy) * theory.critical(a), rel=0.04)


@pytest.mark.parametrize(("energy", "turns"), [(0.12, True), (0.5, False)])
def test_a_crack_that_meets_a_boundary_at_a_right_angle(energy, turns):
    """It turns into the boundary if that costs less than 0.26 of the solid (He, Hutchinson, Int. J. Solids Struct. 25,
    1053 (1989), for equal solids; 0.25 by Cotterell and Rice), otherwise it goes on through it.
    """
    fracture, d, x, y = solid(lambda x, y: np.abs(x - 1.2), energy)
    for content in (2.4, 3.6):
        d = fracture.solve(d, Filling(content=content)).damage
    new = (d > 0.9) & (x > 1.05)
    along, beyond = np.any(new & (np.abs(y) > 0.35)), np.any(new & (x > 1.4))
    assert along == turns
    assert beyond != turns


# -- lithium in a deck with grain boundaries -------------------------------------------------------

#: One boundary straight up from the electrode, at x [µm].
PLANE = "pattern='planes', planes=[{{point=['{x} um', '0 um'], normal=[1, 0]}}], width='5 um', toughness_factor={q}"


def deck(*overrides, x=25.5, q=0.6, current=1.0, time=1.0):
    grains = f"heterogeneity.grain_boundaries={{{PLANE.format(x=x, q=q)}}}"
    text = lithium.DECK.format(current=current, time=time)
    return parse_deck(text, overrides=(*lithium.COARSE, grains, *overrides))


def test_lithium_grows_along_a_weak_boundary(tmp_path):
    """At 1.6 times the current that is critical for the boundary, 0.96 of the solid's: growth, at 0.6 of the pressure
    of the solid without boundary at 1.6 times its own critical current, within 3 %.
    """
    _, current = lithium.critical()
    found, histories = None, []
    for name, more, part, time in (("solid", ["heterogeneity="], 1.6, 12), ("boundary", [], 0.96, 16)):
        done = run(deck(*more, current=0.1 * part * current, time=time), tmp_path / name)
        found = open_run(done.path)
        histories.append(found.history)
    largest = [np.max(history["Pressure [Pa]"]) for history in histories]
    assert largest[1] == pytest.approx(0.6 * largest[0], rel=0.03)
    for history in histories:
        assert history["Crack length [m]"][-1] > 1.15 * lithium.LENGTH
    broken = found.snapshot(-1)["d"] > 0.9
    assert np.all(np.any(broken, axis=1) == (np.arange(51) == 25))
    toughness = found.snapshot(0)["toughness"]
    assert np.max(toughness) == pytest.approx(lithium.TOUGHNESS, rel=1e-6)
    assert np.min(toughness) == toughness[25, 0]


def test_numbers_of_the_check():
    numbers = check.derived(deck())
    assert numbers["boundary_pressure"] == pytest.approx(0.6e6 / np.sqrt(np.pi * 1e-5))
    # √ of the energy in the middle, by cells of 1 µm and l = 2.03 µm
    local = local_energy(0.36, 5.0, 1e6 * numbers["damage_length"], 1.0)
    assert numbers["boundary_strength"] == pytest.approx(415e6 * np.sqrt(local))
    assert check.derived(deck("heterogeneity="))["boundary_pressure"] is None


@pytest.mark.parametrize(
    ("key", "overrides", "needed"),
    [
        ("heterogeneity.grain_boundaries.width", ["heterogeneity.grain_boundaries.width=2 um"], ""),
        ("heterogeneity.grain_boundaries.toughness_factor", [
            "heterogeneity.grain_boundaries.toughness_factor=1.1"], "1"),
        ("heterogeneity.grain_boundaries.planes.0.normal", [
            "heterogeneity.grain_boundaries.planes=[{point=['1 um', '1 um'], normal=[1, 0, 0]}]"], "2"),
    ],
)  # fmt: skip
def test_boundaries_that_are_refused(key, overrides, needed):
    with refused(DeckError, key, *([needed] if needed else [])):
        deck(*overrides, q=0.3)


def test_a_boundary_of_few_cells_is_found():
    keys = {problem.key for problem in check.warnings(deck("heterogeneity.grain_boundaries.width=3 um", q=0.9))}
    assert "heterogeneity.grain_boundaries.width" in keys

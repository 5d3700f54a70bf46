"""An interphase that cracks: when, where, and how it grows then.

Bars, written before the first run: the thickness at which a flat layer under tension cracks, and the energy that the
crack of a swollen half cylinder releases, within 10 % of their formulas; carriers and charge to 1e-6.
"""

import numpy as np
import pytest
from mpi4py import MPI

from phasefield import check
from phasefield.deck import parse_deck
from phasefield.engines.grid import Grid
from phasefield.errors import DeckError
from phasefield.mechanics import FIXED, End, Fracture
from phasefield.physics.interphase.fracture import BROKEN, LayerCracks, Solid
from phasefield.run.runner import run
from phasefield.theory import elasticity
from tests.errors import refused

E, ν = 60e9, 0.25
STRESS = -E * (0.97 ** (1 / 3) - 1) / (1 - ν)
#: K_Ic²/(Z σ²): a layer and its mirror image, a tunnelling crack (Hutchinson and Suo 1992).
CRITICAL = (0.6e6 / STRESS) ** 2 / (np.pi / 2)
#: A product that shrinks: the layer is under tension. Product and electrolyte are equally stiff.
FLAT = """
model = "interphase"
[domain]
dimension = 2
size = ["3536.75 nm", "940 nm"]
cells = [301, 80]
[interface]
width = "60 nm"
[electrolyte]
material = "LAGP"
[product]
material = "LAGP-interphase"
[reaction]
velocity = "50 nm/s"
[layer]
height = "310 nm"
[mechanics.electrolyte]
youngs_modulus = "60 GPa"
poisson_ratio = 0.25
fracture_toughness = "1 MPa m^0.5"
[mechanics.product]
youngs_modulus = "60 GPa"
poisson_ratio = 0.25
volume_change = -0.03
fracture_toughness = "0.6 MPa m^0.5"
[mechanics.cracks]
strength = "3.8 GPa"
ionic_conductivity = "1e-5 S/cm"
electronic_conductivity = "1e-3 S/cm"
places = ["1768.4 nm"]
[time]
initial_step = "2 s"
max_step = "6 s"
[stop]
time = "300 s"
thickness = "410 nm"
[output]
snapshots = 1
fields = "all"
"""


def run_of(folder, *overrides):
    (folder / "deck.toml").write_text(FLAT)
    return run(folder / "deck.toml", folder / "run", overrides=overrides)


@pytest.fixture(scope="module")
def cracked(tmp_path_factory):
    return run_of(tmp_path_factory.mktemp("cracked"))


def first_crack(found):
    """Number of the first row with a crack."""
    return int(np.argmax(found.history["Crack length [m]"] > 50e-9))


def test_the_thickness_at_which_a_flat_layer_cracks(cracked):
    """K_Ic²/(π/2 σ²), between the last row without a crack and the first with one."""
    h, k = cracked.history["Thickness [m]"], first_crack(cracked)
    assert k > 2 and h[k] - h[k - 1] < 0.04 * CRITICAL
    assert 0.5 * (h[k] + h[k - 1]) == pytest.approx(CRITICAL, rel=0.10)
    length = cracked.history["Crack length [m]"][k]
    assert length == pytest.approx(h[k], rel=0.10)  # through the layer, and not into the tougher electrolyte
    x, _ = np.nonzero(cracked.snapshot(-1)["d"] >= BROKEN)
    assert set(x) == {150}


def test_growth_through_the_crack(cracked):
    """Before: L² = 2 k_p t from the start on. After: faster; both carriers and charge are conserved."""
    t, h, k = cracked.history["Time [s]"], cracked.history["Thickness [m]"], first_crack(cracked)
    numbers = check.derived(parse_deck(FLAT))
    k_p, k_r = numbers["parabolic_constant"], numbers["reaction_velocity"]
    before = (h[k - 1] ** 2 - h[0] ** 2 + 2 * k_p / k_r * (h[k - 1] - h[0])) / (2 * k_p * t[k - 1])
    after = (h[-1] ** 2 - h[k] ** 2) / (2 * k_p * (t[-1] - t[k]))
    assert before == pytest.approx(1.0, abs=0.02)
    assert after > 1.15
    for column in ("Charge closure [1]", "Carrier closure [1]"):
        assert np.max(np.abs(cracked.history[column])) < 1e-6


@pytest.mark.parametrize(
    "override", ["mechanics.product.volume_change=0", "mechanics.product.fracture_toughness=5 MPa m^0.5"]
)
def test_no_crack(override, tmp_path):
    """Without strain, and with a large toughness: no damage, and the layer is that of a deck without cracks."""
    short = "stop.thickness=380 nm", "time.initial_step=10 s", "time.max_step=20 s"
    found = run_of(tmp_path, override, *short)
    assert np.all(found.snapshot(-1)["d"] == 0) and found.history["Crack length [m]"][-1] == 0
    (tmp_path / "plain").mkdir()
    plain = run_of(tmp_path / "plain", override, *short, "mechanics.cracks=")
    assert len(plain.history["Time [s]"]) == len(found.history["Time [s]"])
    np.testing.assert_allclose(found.history["Thickness [m]"], plain.history["Thickness [m]"], rtol=1e-7)


def released(tension, lower, upper, n=200):
    """Half of tension times opening of a crack between two heights and of its mirror image, for one of them; E' = 1.

    The opening is √(1 − t²) Σ c_k U_k(t); −(1/4π) ∫ opening/(z − s)² ds over both cracks is minus the tension.
    """
    k = np.arange(1, n + 1)
    θ = k * np.pi / (n + 1)
    half, middle = 0.5 * (upper - lower), 0.5 * (upper + lower)
    z = middle + half * np.cos(θ)
    U = np.sin(np.outer(θ, k)) / np.sin(θ)[:, None]
    weights = np.pi / (n + 1) * np.sin(θ) ** 2
    own = np.pi * k * U / half
    image = (weights / (z[:, None] + z[None, :]) ** 2) @ U * half
    c = np.linalg.solve(own - image, 4 * np.pi * tension(z))
    return 0.5 * half * np.sum(weights * tension(z) * (U @ c))


def test_the_crack_of_a_blister():
    """0.19924 p² R²/E' for a crack from R to 2R; no other depth releases more per area."""
    by_depth = {c: released(lambda z: z**-2, 1.0, 1.0 + c) / c for c in (0.8, 1.0, 1.2)}
    assert by_depth[1.0] == pytest.approx(elasticity.BLISTER, rel=1e-4)
    assert max(by_depth.values()) == by_depth[1.0]
    assert released(np.ones_like, 1e3, 1e3 + 2) == pytest.approx(np.pi, rel=1e-5)  # π a² of one crack, far from another


@pytest.mark.parametrize("strain", [0.4, 0.0, -0.4])
def test_a_blister_in_a_wide_box(strain):
    """The crack to be tried is above a swollen half cylinder, and releases 0.19924 p² R²/E'; in one that shrinks,
    it is within. Cells of size 1, E = 1, l = 1.5, sides and top at 6 R; no crack grows, so tough is the solid."""
    radius, shape = 50, (601, 300)
    grid = Grid(shape, (1.0, 1.0), MPI.COMM_SELF)
    x, z = (grid.box.own(np.broadcast_to(c, grid.box.ghosted_shape)) for c in grid.box.centres())
    ψ = 0.5 * (1 + np.tanh(radius - np.hypot(x - 0.5 * shape[0], z)))
    none, ends = np.zeros(ψ.shape), [FIXED, End()]
    λ, μ = (np.full(ψ.shape, m) for m in elasticity.lame_constants(1.0, ν))
    fracture = Fracture(grid, ends, λ, μ, np.full(ψ.shape, 1e6), 1.5)
    intact = fracture.solve(none, stress_free=strain * ψ)
    assert intact.damage.max() == 0
    pressure = elasticity.swollen_pressure((1.0, ν), (1.0, ν), strain)
    assert pressure == pytest.approx(strain / (2 * (1 - ν)))
    solid = Solid(λ, μ, strain * ψ, np.full(ψ.shape, 1e-3))
    cells = LayerCracks(ends, 1.5, [0.5 * shape[0]]).candidate(0.5 * shape[0], ψ, none, solid, intact, grid)
    if strain == 0:
        assert cells is None
        return
    height, column = np.nonzero(cells)
    assert set(column) == {300}
    assert (height.min(), height.max()) == ((50, 98) if strain > 0 else (0, 48))
    if strain > 0:
        cracked = fracture.solve(fracture.seeded(cells), stress_free=strain * ψ)
        release = (intact.elastic - cracked.elastic) / (1 - ν**2) / (pressure * radius) ** 2
        assert release == pytest.approx(elasticity.BLISTER, rel=0.10)


@pytest.mark.parametrize(
    "half_width, flat, least, most", [(6, 0.0, 0.9, 1.1), (4, 0.0, 0.85, 1.1), (2, 0.0, 0.4, 0.6), (6, 0.12, 0.8, 0.95)]
)
def test_neighbours_and_a_flat_layer_take_a_blisters_energy(half_width, flat, least, most):
    """Record 056: near other bulges, or in a flat layer, less is released; an even layer has no tension at all.

    No formula is known. The bars were set after the first run, around what it found: 1.06, 0.95, 0.52, 0.88.
    """
    radius = 30
    shape = 2 * half_width * radius + 1, max(half_width, 4) * radius
    grid = Grid(shape, (1.0, 1.0), MPI.COMM_SELF)
    x, z = (grid.box.own(np.broadcast_to(c, grid.box.ghosted_shape)) for c in grid.box.centres())
    ψ = 0.5 * (1 + np.tanh(np.maximum(radius - np.hypot(x - 0.5 * shape[0], z), flat * radius - z)))
    λ, μ = (np.full(ψ.shape, m) for m in elasticity.lame_constants(1.0, ν))
    fracture = Fracture(grid, [FIXED, End()], λ, μ, np.full(ψ.shape, 1e6), 1.5)
    crack = np.zeros(ψ.shape, bool)
    crack[radius : 2 * radius - 1, shape[0] // 2] = True
    none = np.zeros(ψ.shape)
    intact, cracked = (fracture.solve(d, stress_free=0.02 * ψ) for d in (none, fracture.seeded(crack)))
    pressure = elasticity.swollen_pressure((1.0, ν), (1.0, ν), 0.02)
    release = (intact.elastic - cracked.elastic) / (1 - ν**2) / (pressure * radius) ** 2
    assert least < release / elasticity.BLISTER < most


@pytest.mark.parametrize(
    "key, override",
    [
        ("mechanics.cracks.places.0", "mechanics.cracks.places=['4 um']"),
        ("mechanics.product.fracture_toughness", "mechanics.product.fracture_toughness="),
        ("mechanics.cracks", "interface.closure=degree-of-reaction"),
    ],
)
def test_refused_decks(key, override):
    with refused(DeckError, key):
        parse_deck(FLAT, overrides=[override])


def test_a_damage_that_the_mesh_does_not_resolve():
    [problem] = check.errors(parse_deck(FLAT, overrides=["mechanics.cracks.strength=10 GPa"]))
    assert problem.key == "mechanics.cracks.strength"

"""The stress of a growing interphase, from a deck to its history and snapshots."""

from pathlib import Path

import numpy as np
import pytest

from phasefield import check
from phasefield.deck import parse_deck
from phasefield.errors import DeckError
from phasefield.io.rundir import open_run
from phasefield.postprocess.galleries import gallery_of
from phasefield.postprocess.interphase_profile import draw_interphase_profiles
from phasefield.run.runner import run
from tests.errors import refused
from tests.parallel.pool import on_ranks
from tests.verification.elasticity_support import constants, smooth

#: A product that shrinks: the layer is under tension.
FLAT = """
model = "interphase"
[domain]
dimension = 1
size = ["60 nm"]
cells = [60]
[interface]
width = "6 nm"
[electrolyte]
material = "LPSCl"
[reaction]
velocity = "1 nm/s"
[layer]
height = "12 nm"
[mechanics]
pressure = "40 MPa"
[mechanics.electrolyte]
fracture_toughness = "0.23 MPa m^0.5"
[mechanics.product]
youngs_modulus = "40 GPa"
poisson_ratio = 0.3
volume_change = -0.01
fracture_toughness = "0.2 MPa m^0.5"
[stop]
time = "4 s"
[output]
snapshots = 1
fields = "all"
"""
STRAIN = 0.99 ** (1 / 3) - 1
#: Of Li6PS5Cl in the library (Deng 2016), and of the product [Pa].
ELECTROLYTE, PRODUCT = constants(22.1e9, 0.37), constants(40e9, 0.3)
INPUTS = Path(__file__).parents[2] / "inputs"


def local(ψ, p):
    """λ, μ, and stress along a flat layer in cells of a degree of reaction ψ under the pressure p [Pa].

    Nothing is strained sideways, and σ_zz = −p, so ε_z = (−p + (3λ + 2μ)ψε)/(λ + 2μ).
    """
    w = smooth(np.clip(ψ, 0, 1))
    λ, μ = (w * a + (1 - w) * b for a, b in zip(PRODUCT, ELECTROLYTE, strict=True))
    free = (3 * λ + 2 * μ) * ψ * STRAIN
    upward = (free - p) / (λ + 2 * μ)
    return λ, μ, upward, λ * upward - free


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    return run_of(tmp_path_factory, "flat")


def run_of(factory, name, *overrides):
    folder = factory.mktemp(name)
    (folder / "deck.toml").write_text(FLAT)
    return run(folder / "deck.toml", folder / "run", overrides=overrides)


def test_a_flat_film(flat):
    """−(Eε + νp)/(1 − ν) along the reacted part of the layer, and the local formula through its front, to 3e-8."""
    last, row = flat.snapshot(-1), {head: values[-1] for head, values in flat.history.items()}
    ψ = last["psi"]
    _, _, upward, along = local(ψ, 40e6)
    np.testing.assert_allclose(last["tension"], np.maximum(along, -40e6), rtol=3e-8)
    np.testing.assert_allclose(last["pressure"], (40e6 - 2 * along) / 3, rtol=3e-8, atol=1.0)
    film = -(40e9 * STRAIN + 0.3 * 40e6) / 0.7
    assert ψ[0] > 1 - 1e-3 and last["tension"][0] == pytest.approx(film, rel=0.02)
    assert film > 0  # tension: an expanding product would be pressed
    mean = np.sum(along * ψ) / np.sum(ψ)
    assert row["Mean stress along the layer [Pa]"] == pytest.approx(mean, rel=1e-5)  # ψ is clipped at 0 there
    assert row["Largest tension in the layer [Pa]"] == pytest.approx(along[ψ >= 0.5].max(), rel=1e-8)
    assert row["Largest tension in the electrolyte [Pa]"] == pytest.approx(along[ψ < 0.5].max(), rel=1e-8)
    assert row["Displacement of the top [m]"] == pytest.approx(np.sum(upward) * 1e-9, rel=1e-7)


def test_the_criteria_of_griffith(flat):
    """G = 1.976 σ² h (1 − ν²)/E; the layer cracks at K²/(1.976 σ²), flaws of (K/1.1215σ)²/π grow in the electrolyte."""
    row = {head: values[-1] for head, values in flat.history.items()}
    σ, h = row["Mean stress along the layer [Pa]"], row["Thickness [m]"]
    assert row["Energy release rate [J/m2]"] == pytest.approx(1.976 * σ**2 * h * 0.91 / 40e9, rel=3e-4)
    assert row["Critical thickness [m]"] == pytest.approx(0.2e6**2 / (1.976 * σ**2), rel=3e-4)
    tension = row["Largest tension in the electrolyte [Pa]"]
    flaw = (0.23e6 / (1.1215 * tension)) ** 2 / np.pi if tension > 0 else np.inf
    assert row["Critical flaw in the electrolyte [m]"] == pytest.approx(flaw)


def test_the_energy_of_the_layer(flat):
    """½ σ:(ε − ε₀), summed over the cells."""
    last = flat.snapshot(-1)
    λ, μ, upward, _ = local(last["psi"], 40e6)
    up, side = upward - last["psi"] * STRAIN, -last["psi"] * STRAIN
    density = 0.5 * λ * (up + 2 * side) ** 2 + μ * (up**2 + 2 * side**2)
    assert flat.history["Elastic energy [J/m2]"][-1] == pytest.approx(np.sum(density) * 1e-9, rel=1e-7)


def test_a_stiff_casing_takes_the_force(tmp_path_factory):
    """The top moves by U, and the pressure becomes p + kU: U = Σ (s − p/M) h/(1 + k Σ h/M)."""
    found = run_of(tmp_path_factory, "casing", "mechanics.casing_stiffness=5e17 Pa/m", "stop.time=1 s")
    ψ = found.snapshot(-1)["psi"]
    λ, μ, upward, _ = local(ψ, 40e6)
    softness = np.sum(1e-9 / (λ + 2 * μ))
    moved = np.sum(upward) * 1e-9 / (1 + 5e17 * softness)
    assert 0.1 < 5e17 * softness < 10
    assert found.history["Displacement of the top [m]"][-1] == pytest.approx(moved, rel=1e-7)
    _, _, _, along = local(ψ, 40e6 + 5e17 * moved)
    assert found.history["Largest tension in the layer [Pa]"][-1] == pytest.approx(along[ψ >= 0.5].max(), rel=1e-7)


def test_a_swelling_product_presses_the_layer(tmp_path_factory):
    """The sign: with the opposite change of volume the film is compressed, and has no criterion of tension."""
    found = run_of(tmp_path_factory, "swelling", "mechanics.product.volume_change=0.01", "stop.time=1 s")
    film = -(40e9 * (1.01 ** (1 / 3) - 1) + 0.3 * 40e6) / 0.7  # more than the mean, which has the front in it
    assert film < found.history["Mean stress along the layer [Pa]"][-1] < 0.8 * film
    assert found.history["Energy release rate [J/m2]"][-1] == 0.0
    assert found.history["Critical thickness [m]"][-1] == np.inf


def test_mechanics_does_not_act_on_the_layer(flat, tmp_path_factory):
    """One way: with and without it, the fields of a run have the same bits."""
    without = run_of(tmp_path_factory, "without", "mechanics=")
    assert "tension" not in without.snapshot(-1).fields
    assert np.array_equal(without.snapshot(-1)["psi"], flat.snapshot(-1)["psi"])


def test_the_picture_of_a_flat_film(flat):
    """Two lines of stress over the height, in MPa."""
    figure = draw_interphase_profiles([flat], [[0, len(flat.times) - 1]])
    last = flat.snapshot(-1)
    drawn = [line.get_ydata() for axes in figure.axes for line in axes.lines]
    for name in ("tension", "pressure"):
        assert any(len(y) == 60 and np.allclose(y, last[name] * 1e-6) for y in drawn), name
    assert "Stress (MPa)" in {axes.get_ylabel() for axes in figure.axes}


SMALL = ("domain.cells=[36, 24]", "interface.width=16 nm", "layer.height=16 nm", "coating.thickness=12 nm",
         "stop.time=10 s", "output.snapshots=1", "solver.profile=strict")  # fmt: skip
PROGRAM = f"""
import sys
from phasefield.run.runner import run
run({str(INPUTS / "interphase_stress.toml")!r}, "run-" + sys.argv[1], overrides={SMALL!r})
"""


@pytest.fixture(scope="module")
def pinhole(tmp_path_factory):
    """The small run over a hole in the coating, by the number of ranks."""
    folder = tmp_path_factory.mktemp("pinhole")
    (folder / "program.py").write_text(PROGRAM)
    for ranks in (1, 2, 3):
        job = on_ranks(ranks, ["program.py", str(ranks)], cwd=folder, timeout=90)
        assert job.returncode == 0, job.stdout
    return {ranks: open_run(folder / f"run-{ranks}") for ranks in (1, 2, 3)}


def test_the_map_of_stress(pinhole):
    """In MPa, over a scale with zero in its middle that cuts off few values."""
    run = pinhole[1]
    gallery, shown = gallery_of([run]), [[len(run.times) - 1]]
    figure = gallery.painter([run], 2, shown, None, "height")(shown)
    tension = run.snapshot(-1)["tension"]
    maps = [image for axes in figure.axes for image in axes.images if np.allclose(image.get_array(), tension.T)]
    assert len(maps) == 1
    low, high = maps[0].get_clim()
    assert low == -high and 0 < np.mean(np.abs(tension) > high) <= 0.01
    bar = next(axes for axes in figure.axes if axes.get_ylabel().endswith("(MPa)"))
    assert bar.get_ylim() == pytest.approx((low * 1e-6, high * 1e-6))


@pytest.mark.timeout(280)
def test_ranks(pinhole):
    """The same stress on 1, 2 and 3 ranks, to the tolerance of the solver."""
    one = pinhole[1]
    for other in (pinhole[2], pinhole[3]):
        for name in ("tension", "pressure"):
            a, b = one.snapshot(-1)[name], other.snapshot(-1)[name]
            assert np.max(np.abs(a - b)) < 1e-6 * np.max(np.abs(a))
        for head in ("Mean stress along the layer [Pa]", "Elastic energy [J/m2]", "Displacement of the top [m]"):
            np.testing.assert_allclose(other.history[head], one.history[head], rtol=1e-6)


@pytest.mark.parametrize(
    ("key", "overrides", "names"),
    [
        ("mechanics.product.poisson_ratio", ["mechanics.product.poisson_ratio=0.5"], ["0.5"]),
        ("mechanics.product.poisson_ratio", ["mechanics.product.poisson_ratio=-1.0"], ["-1"]),
        ("mechanics.product.youngs_modulus", ["mechanics.product.youngs_modulus=0 GPa"], []),
        ("mechanics.product.youngs_modulus", ["mechanics.product.youngs_modulus=40 mS/cm"], ["mS/cm"]),
        ("mechanics.product.fracture_toughness", ["mechanics.product.fracture_toughness=0.2 MPa"], ["MPa m^0.5"]),
        ("mechanics.product.volume_change", ["mechanics.product.volume_change=0.8"], ["0.5"]),
        ("mechanics.pressure", ["mechanics.pressure=-1 MPa"], []),
        ("mechanics.casing_stiffness", ["mechanics.casing_stiffness=-1 Pa/m"], []),
        ("mechanics.coating", ["mechanics.coating={youngs_modulus='1 GPa', poisson_ratio=0.3}"], []),
        ("mechanics.coating.poisson_ratio",
         ["coating={thickness='4 nm', ionic_conductivity='1e-6 S/cm', electronic_conductivity='1e-9 S/cm'}",
          "mechanics.coating={youngs_modulus='1 GPa'}"], []),
        ("mechanics.coating",
         ["coating={thickness='4 nm', ionic_conductivity='1e-6 S/cm', electronic_conductivity='1e-9 S/cm'}"], []),
        ("output.fields", ["mechanics=", "output.fields=['tension']"], ["tension"]),
    ],
)  # fmt: skip
def test_what_is_refused(key, overrides, names):
    with refused(DeckError, key, *names):
        parse_deck(FLAT, overrides=overrides)


def test_materials_fill_in_elastic_constants():
    """Those of the phases of the deck, unless mechanics names another material."""
    m = parse_deck(FLAT).mechanics
    assert (m.electrolyte.youngs_modulus, m.electrolyte.poisson_ratio) == (22.1e9, 0.37)
    other = parse_deck(FLAT, overrides=["mechanics.electrolyte.material=LAGP"]).mechanics
    assert other.electrolyte.youngs_modulus == 120e9
    coated = parse_deck(FLAT, overrides=["coating={material='Al2O3', thickness='4 nm'}"]).mechanics
    assert coated.coating is not None and coated.coating.material == "Al2O3"


def test_the_check():
    """The film's stress, the thickness at which it cracks; warnings if the run goes beyond it, or strains too much."""
    deck = parse_deck(FLAT)
    numbers = check.derived(deck)
    film = -(40e9 * STRAIN + 0.3 * 40e6) / 0.7
    assert numbers["film_stress"] == pytest.approx(film)
    energy = 0.5 * 2 * (40e9 * STRAIN / 0.7) * STRAIN  # ½ σ ε along both axes
    volume = deck.product.volume_per_lithium
    assert numbers["elastic_voltage"] == pytest.approx(energy * volume / 96485.33, rel=1e-6)
    assert numbers["critical_thickness"] == pytest.approx(0.2e6**2 / (1.976 * film**2), rel=3e-4)
    assert not {key for key in keys(deck) if key.startswith("mechanics")}
    assert "mechanics.product.fracture_toughness" in keys(
        parse_deck(FLAT, overrides=["mechanics.product.fracture_toughness=0.02 MPa m^0.5"])
    )
    edge = deck.electrolyte.reduction_potential  # 5 mV below it, 0.2 mV count
    for change in (["mechanics.product.volume_change=-0.2"], [f"electrode.potential={edge - 0.005} V"]):
        assert "mechanics.product.volume_change" in keys(parse_deck(FLAT, overrides=change))


def keys(deck):
    return {problem.key for problem in check.warnings(deck)}

"""Coatings that are graded, rough or cracked: each place behaves as an even coating of its own thickness.

Bars, set before the first run: the layer behind a coating graded over twenty times its thickness 5 %, as of pinholes.
"""

import numpy as np
import pytest

from phasefield import run, theory
from phasefield.deck import parse_deck
from phasefield.errors import DeckError
from phasefield.mesh import shapes as geometry
from phasefield.physics.registry import build
from tests.errors import refused
from tests.unit.decks import SINGLE_ION

GRADED = """
model = "interphase"
[domain]
dimension = 2
size = ["200 nm", "48 nm"]
cells = [200, 48]
[interface]
width = "4 nm"
[electrolyte]
ionic_conductivity = "1e-2 S/m"
electronic_conductivity = "1e-14 S/m"
reduction_potential = "2 V"
oxidation_potential = "4 V"
[product]
ionic_conductivity = "1e-2 S/m"
electronic_conductivity = "1e-8 S/m"
volume_per_lithium = "25 cm^3/mol"
[reaction]
velocity = "10 nm/s"
[layer]
height = "4 nm"
[coating]
ionic_conductivity = "1e-2 S/m"
electronic_conductivity = "5e-9 S/m"
thickness = "5 nm"
far_thickness = "15 nm"
[stop]
time = "50 s"
[output]
snapshots = 1
"""


def test_graded(tmp_path):
    """L = −a + √(a² + 2k_p t) with the thickness above each place, from 5 nm on the left to 15 nm on the right."""
    made = run(parse_deck(GRADED), tmp_path / "run")
    derived, last = made.resolved["derived"], made.snapshot(-1)
    film = 5e-9 + 10e-9 * (np.arange(200) + 0.5) / 200
    layer = (np.asarray(last["psi"]).sum(axis=1) - np.asarray(last["coating"]).sum(axis=1)) * 1e-9
    expected = theory.grown_thickness(
        50.0, derived["parabolic_constant"], derived["reaction_velocity"], 2 * film, initial=4e-9
    )
    inner = slice(20, -20)  # walls are mirrors, where the grade turns round
    assert layer[inner] == pytest.approx(expected[inner], rel=0.05)
    assert layer[20] > 1.3 * layer[-21], "the grade decides"
    for column in ("Charge closure [1]", "Carrier closure [1]"):
        assert made.history[column] == pytest.approx(0.0, abs=1e-6)


def film(coating, flat=True):
    """The film's resistance in the plane of the electrode [ohm m²], on 40 cells a side of 40 µm."""
    lateral = 1 if flat else 2
    case = build(parse_deck(SINGLE_ION, "deck", [
        f"domain.dimension={lateral + 1}", f"domain.size={['40 um'] * (lateral + 1)}", "domain.cell_size=1 um",
        "front.cosines=", "drive.steps=[{mode='rest'}]",
        f'coating={{thickness="10 nm", conductivity="1e-8 S/cm"{coating and ", " + coating}}}',
    ]))  # fmt: skip
    static = next(s for s in case.model.static if s.name == "film")
    x = (np.arange(40) + 0.5) * 1e-6 / case.scales.length
    places = np.meshgrid(*[x] * lateral, indexing="ij")
    return static.values([*places, np.full(places[0].shape, 4.0)]) * static.scale


def test_graded_film():
    """A film of the plating model resists by h(x)/σ."""
    x = np.arange(40) + 0.5
    np.testing.assert_allclose(film('far_thickness = "30 nm"'), (10 + 20 * x / 40) * 1e-9 / 1e-6, rtol=1e-12)


def test_rough_film():
    """The mean is the nominal thickness to the root mean square over the root of the number of bumps; so is the rms."""
    h = film('roughness = {amplitude = "2 nm", correlation_length = "2 um", seed = 5}', flat=False) * 1e-6
    assert h.mean() == pytest.approx(10e-9, rel=0.05) and h.std() == pytest.approx(2e-9, rel=0.05)
    assert h.min() > 0


def test_crack():
    """A crack of 4 µm by 20 µm takes that area (and two half discs) from the film; the rest is untouched. Bar: 3 %."""
    whole, cracked = (
        film(coating, flat=False)
        for coating in ("", 'cracks = [{start = ["10 um", "20 um"], end = ["30 um", "20 um"], width = "4 um"}]')
    )
    bare = (1 - cracked / whole).sum() * 1.0
    assert bare == pytest.approx(4 * 20 + np.pi * 2**2, rel=0.03)
    assert cracked[20, 20] < 0.02 * whole[20, 20] and cracked[20, 30] == pytest.approx(whole[20, 30])


def test_segment():
    """Distance from a line's inside, its ends, and of a line without length."""
    x, y = np.array([1.0, 4.0, -1.0]), np.array([1.0, 4.0, 0.0])
    np.testing.assert_allclose(geometry.segment_distance([x, y], (0, 0), (2, 0)), [1, np.hypot(2, 4), 1])
    np.testing.assert_allclose(geometry.segment_distance([x, y], (0, 0), (0, 0)), np.hypot(x, y))


@pytest.mark.parametrize(
    ("coating", "flat", "key"),
    [
        ('cracks = [{start = ["1 um"], end = ["9 um"], width = "1 um"}]', True, "coating.cracks"),
        ('cracks = [{start = ["1um", "90um"], end = ["9um", "9um"], width = "1um"}]', False, "coating.cracks.0.start"),
        ('roughness = {amplitude = "3 nm", correlation_length = "5 um", seed = 1}', True, "coating.roughness"),
    ],
)
def test_bad_input(coating, flat, key):
    """What cannot be is refused, and says why."""
    with refused(DeckError, key):
        film(coating, flat)

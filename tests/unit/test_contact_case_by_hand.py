"""From decks of a contact to dimensionless numbers: from SI anew."""

from types import SimpleNamespace

import numpy as np
import pytest

from phasefield.deck import parse_deck
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.contact.model import rim_spreading
from phasefield.physics.registry import build
from tests.unit.case_values import THERMAL, F, values

CONTACT = """
model = "contact"
[conditions]
temperature = "318.15 K"
[domain]
dimension = 2
size = ["4 um", "6 um"]
cells = [8, 24]
[electrode]
thickness = "2 um"
content = 0.8
diffusivity = "1e-13 m^2/s"
maximum_concentration = "50 mol/l"
[electrode.open_circuit]
law = "linear"
standard = "3.9 V"
fall = "0.4 V"
[electrolyte]
ionic_conductivity = "0.02 S/m"
[contact]
layer_resistance = "100 ohm cm^2"
layer_rise = "20 ohm cm^2"
patches = [{ position = ["0 um"], radius = "1.2 um" }]
[kinetics]
exchange_current_density = "10 A/m^2"
anodic_transfer_coefficient = 0.3
cathodic_transfer_coefficient = 0.8
[[drive.steps]]
mode = "galvanostatic"
current_density = "-5 A/m^2"
duration = "10 s"
[[drive.steps]]
mode = "rest"
duration = "10 s"
[stop]
lowest_voltage = "3.5 V"
highest_voltage = "4.2 V"
"""
FILL = F * 50e3 * 2e-6 / 10.0


def contact(*overrides):
    return build(parse_deck(CONTACT, overrides=overrides))


def test_parameters_of_a_contact():
    """Length the electrode, time what i₀ takes to fill it; a layer's rise in the first hour, as √t."""
    case = contact()
    s, p = case.scales, case.model.p
    assert (s.length, s.time, s.potential, s.current) == pytest.approx((2e-6, FILL, THERMAL, 10.0))
    assert (s.charge, s.concentration) == pytest.approx((FILL * 10.0, 50e3))
    assert p.conductivity == pytest.approx(0.02 * THERMAL / (10.0 * 2e-6))
    assert p.diffusivity == pytest.approx(1e-13 * FILL / 4e-12) and p.cell == pytest.approx(0.125)
    assert case.spacing == pytest.approx((0.25, 0.125)) and p.kinetics == ButlerVolmer(0.3, 0.8)
    unit = THERMAL / 10.0
    assert p.layer(0.0) == pytest.approx(1e-2 / unit)
    assert p.layer(3600.0 / FILL) == pytest.approx(1.2e-2 / unit)
    assert p.layer(4 * 3600.0 / FILL) == pytest.approx(1.4e-2 / unit)
    assert p.storage.potential(0.8) == pytest.approx((3.9 - 0.4 * 0.3) / THERMAL)
    assert case.first_step == pytest.approx(1e-4 / 0.5) and case.largest_step == pytest.approx(0.02 / 0.5)
    rest = contact("drive.steps=[{mode='rest', duration='1 s'}]")
    assert rest.first_step == pytest.approx(1e-4) and rest.largest_step == pytest.approx(0.02)
    voltage = contact("drive.steps=[{mode='potentiostatic', voltage='3.8 V', duration='1 s'}]")
    assert voltage.fastest == 0.0 and (voltage.first_step, voltage.largest_step) == (rest.first_step, rest.largest_step)
    found = {f.name: f for f in case.model.fields}
    assert (found["c"].scale, found["phi"].scale) == pytest.approx((50e3, THERMAL))
    assert values(case, "c", [0.0], [0.0]) == pytest.approx([0.8])


@pytest.mark.parametrize(("law", "exact"), [
    ("{law='regular-solution', standard='3.9 V', interaction=2.5}",
     3.9 / THERMAL - np.log(0.8 / 0.2) - 2.5 * (1 - 1.6)),
    ("{law='measured', contents=[0.2, 0.5, 0.8, 0.9], potentials=['4.1 V', '3.9 V', '3.7 V', '3.6 V']}", 3.7 / THERMAL),
])  # fmt: skip
def test_open_circuit(law, exact):
    assert float(contact(f"electrode.open_circuit={law}").model.p.storage.potential(0.8)) == pytest.approx(exact)


def test_places_of_a_contact():
    """Electrode, patches whose rims are smoothed over a cell, a skin, voids at the counter electrode."""
    case = contact()
    x = np.array([0.25, 0.9, 1.25, 1.4, 3.0]) * 1e-6
    z = np.full(5, 1.9e-6)
    inside = (1.2e-6 - x) / 0.5e-6  # cells from the rim
    assert values(case, "electrode", x, z) == pytest.approx(np.ones(5))
    assert values(case, "electrode", x, z + 0.2e-6) == pytest.approx(np.zeros(5))
    assert values(case, "coverage", x, z) == pytest.approx(np.clip(0.5 + inside, 0, 1))
    assert values(case, "spreading", [0.9e-6], [1e-6])[0] > values(case, "spreading", [1.4e-6], [1e-6])[0]
    assert {s.name for s in case.model.static} == {"electrode", "coverage", "spreading"}
    whole = contact("contact.patches=")
    assert values(whole, "coverage", x, z) == pytest.approx(np.ones(5))
    assert {s.name for s in whole.model.static} == {"electrode", "coverage"}
    skin = contact("electrode.skin={thickness='0.5 um', diffusivity_factor=0.01}",
                   "counter.patches=[{position=['0 um'], radius='1.2 um'}]")  # fmt: skip
    places = np.array([1.4, 1.6, 2.1, 5.3, 5.6, 5.9]) * 1e-6
    at = values(skin, "conductivity", np.zeros(6), places)
    assert at == pytest.approx([1.0, 0.01, 1.0, 1.0, 1e8, 1e8])
    assert values(skin, "conductivity", np.full(6, 3e-6), places)[4] == pytest.approx(1e-8)


def test_a_contact_in_three_dimensions():
    """Cells of 0.8, 0.6 and 0.25 µm: the height's lie on each other, the smaller of the sides' smooths a disc's rim."""
    disc = "patches=[{position=['0 um', '3 um'], radius='1.2 um'}]"
    case = contact("domain.dimension=3", "domain.size=['4 um', '5.4 um', '6 um']", "domain.cells=[5, 9, 24]",
                   f"contact.{disc}", f"counter.{disc}")  # fmt: skip
    assert case.model.p.cell == pytest.approx(0.125) and case.spacing == pytest.approx((0.4, 0.3, 0.125))
    y = np.array([3.0, 4.0, 4.1, 4.4, 5.0]) * 1e-6
    x, inside = np.full(5, 0.3e-6), (1.2e-6 - np.hypot(0.3e-6, y - 3e-6)) / 0.6e-6
    assert values(case, "electrode", x, y, np.full(5, 1.9e-6)) == pytest.approx(np.ones(5))
    assert values(case, "coverage", x, y, np.full(5, 1.9e-6)) == pytest.approx(np.clip(0.5 + inside, 0, 1))
    spreads = rim_spreading(inside)
    assert values(case, "spreading", x, y, np.full(5, 1.9e-6)) == pytest.approx(spreads)
    heights = np.array([5.9, 5.7, 5.4, 5.3]) * 1e-6
    for place, factor in ((0.0, 1e8), (3e-6, 1e-8)):
        found = values(case, "conductivity", np.full(4, place), np.full(4, 3.1e-6), heights)
        assert found == pytest.approx([1e8, factor, 1.0, 1.0])


def test_random_patches():
    """As many as come nearest to the fraction, at least one, each of its radius."""
    case = contact("contact.patches=", "contact.random_patches={fraction=0.5, radius='0.5 um', seed=3}",
                   "domain.cells=[40, 24]")  # fmt: skip
    x = (np.arange(4000) + 0.5) * 1e-9
    covered = values(case, "coverage", x, np.full(4000, 1e-6))
    assert covered.mean() == pytest.approx(0.5, abs=0.01)
    few = contact("contact.patches=", "contact.random_patches={fraction=0.01, radius='0.5 um', seed=3}",
                  "domain.cells=[40, 24]")  # fmt: skip
    assert values(few, "coverage", x, np.full(4000, 1e-6)).mean() == pytest.approx(0.25, abs=0.01)


def row(voltage=3.9, current=0.0, lowest=0.5, highest=0.5):
    return {"Cell voltage": voltage, "Current density": current, "Lowest content": lowest, "Highest content": highest}


def test_why_a_contact_ends():
    """A voltage of the deck; or no more lithium to take out at a place, or no more room for it, up to 10⁻⁴."""
    case = contact()
    assert case.stop_reason(row()) is None
    assert "lowest" in case.stop_reason(row(3.5)) and "highest" in case.stop_reason(row(4.2))
    free = contact("stop.lowest_voltage=", "stop.highest_voltage=")
    assert free.stop_reason(row(0.0)) is None
    assert "risen to 1" in free.stop_reason(row(current=1.0, highest=0.99991))
    assert "fallen to 0" in free.stop_reason(row(current=-1.0, lowest=9e-5))
    assert free.stop_reason(row(current=-1.0, highest=0.99991)) is None


def test_derived_fields_of_a_contact():
    """i = −flux i₀ and its size."""
    case = contact()
    rng = np.random.default_rng(1)
    engine = SimpleNamespace(cell_flux=lambda name: fluxes)
    fluxes = [rng.uniform(-1, 1, (3, 2)) for _ in range(2)]
    derived = case.derived_fields(engine)
    np.testing.assert_allclose(derived["ix"], -10.0 * fluxes[0])
    np.testing.assert_allclose(derived["current"], 10.0 * np.hypot(*fluxes))

"""The longest step follows the current of the present segment of the drive, in all driven models.

Bars, set before the first run: the longest step of a segment is that of a drive of this segment alone; a flat cell has
the voltage of Butler, Volmer and Ohm within 0.4 % (record 030), and a contact the integral of its law within 2e-3,
whatever the current was before; a hundredth of the current takes less than a tenth of the steps that are as long as
those of the larger current.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from phasefield.deck import parse_deck
from phasefield.io.rundir import open_run
from phasefield.physics.plating.case import PlatingCase
from phasefield.physics.registry import build
from phasefield.run.runner import run
from tests.verification import crack_support, voids_support
from tests.verification.test_protocols import DECK as PLATING
from tests.verification.test_protocols import flat
from tests.verification.two_fronts import LEAKY, PLATE, growth
from tests.verification.two_fronts import flat as two_fronts

CONTACT = """
model = "contact"
[domain]
dimension = 1
size = ["3 um"]
cells = [12]
[electrolyte]
ionic_conductivity = "0.02 S/m"
[electrode]
thickness = "2 um"
content = 0.8
diffusivity = "1e-13 m^2/s"
maximum_concentration = "50 mol/L"
open_circuit = { law = "linear", standard = "3.9 V", fall = "0.4 V" }
[kinetics]
exchange_current_density = "1 mA/cm^2"
[drive]
"""
MADE = {
    "plating": lambda drive: parse_deck(PLATING, overrides=[drive]),
    "plating, in a plane": lambda drive: parse_deck(
        PLATING, overrides=["domain.dimension=2", "domain.size=['10 um', '40 um']", drive]
    ),
    "plating-interphase": lambda drive: two_fronts(  # without an interphase
        growth(10.0, 1.0), 6.0, 4.0, 20.0, 10.0, PLATE, [*LEAKY[:3], drive]
    ),
    "contact": lambda drive: parse_deck(CONTACT, overrides=[drive]),
    "voids": lambda drive: parse_deck(voids_support.DECK.format(pressure=1, current=1, time=9), overrides=[drive]),
    "crack": lambda drive: parse_deck(crack_support.DECK.format(current=1, time=9), overrides=[drive]),
}


def segments(*currents, seconds=5):
    """Override of the drive: currents [mA/cm²], each for a time."""
    steps = (f"{{mode='galvanostatic', current_density='{i} mA/cm^2', duration='{seconds} s'}}" for i in currents)
    return f"drive.steps=[{', '.join(steps)}]"


@pytest.mark.parametrize("model", MADE)
def test_the_longest_step_of_each_segment(model, monkeypatch):
    """As in a drive of this segment alone, and a hundred times longer at a hundredth of the current."""
    monkeypatch.setattr(PlatingCase, "thickness", lambda case, engine: 1e6)
    engine = SimpleNamespace(apply_boundaries=lambda: None)

    def longest(*currents):
        found = []
        for index, current in enumerate(currents):
            case = build(MADE[model](segments(*currents)))
            case.begin(index, engine)
            quiet = {"Crack velocity": 0.0, "Pressure rate": 0.0, "Connected lithium": 1.0}
            row = quiet | {"Current density": 10.0 * current}
            assert case.largest_after(row) == pytest.approx(case.largest_step, rel=1e-12)
            found.append(case.largest_step)
        return found

    fast, slow = longest(10.0, 0.1)
    assert [fast] == pytest.approx(longest(10.0), rel=1e-12) and [slow] == pytest.approx(longest(0.1), rel=1e-12)
    assert slow == pytest.approx(100 * fast, rel=1e-9)
    assert longest(0.1, -10.0)[::-1] == pytest.approx([fast, slow], rel=1e-9)


def test_slow_plating_after_fast(tmp_path):
    """1-D: 10 mA/cm², a rest, and a hundredth of it. The rest is at 0 V, the voltages are those of the flat cell."""
    slow = "{mode='galvanostatic', current_density='0.1 mA/cm^2', duration='2000 s'}"
    fast = "{mode='galvanostatic', current_density='10 mA/cm^2', duration='20 s'}"
    drive = f"drive.steps=[{fast}, {{mode='rest', duration='100 s'}}, {slow}]"
    found = open_run(run(MADE["plating"](drive), tmp_path / "run").path).history
    i, V, t = (found[name] for name in ("Current density [A/m2]", "Cell voltage [V]", "Time [s]"))
    at_rest, slowly = (t > 20) & (t <= 120), t > 120
    thick = 15e-6 + found["Charge passed [C/m2]"] * 12.998e-6 / 96485.33212
    np.testing.assert_allclose(V[~at_rest][1:], flat(i[~at_rest], thick[~at_rest])[1:], rtol=0.004)
    assert np.max(np.abs(V[at_rest])) < 1e-6
    as_before = 2000 / np.max(np.diff(t[t <= 20]))
    assert 0 < np.sum(slowly) < 0.1 * as_before
    assert np.max(np.abs(found["Charge closure [1]"])) < 1e-6


def test_slow_plating_of_voids_after_fast_stripping(tmp_path):
    """Contact falls in the strip, and creep closes the voids while lithium is plated a hundred times more slowly."""
    strip = "{mode='galvanostatic', current_density='-5 mA/cm^2', duration='100 s'}"
    plate = "{mode='galvanostatic', current_density='0.05 mA/cm^2', duration='20000 s'}"
    text = voids_support.DECK.format(pressure=1, current=1, time=20100)
    deck = parse_deck(text, overrides=[f"drive.steps=[{strip}, {plate}]"])
    found = open_run(run(deck, tmp_path / "run").path).history
    t, contact = found["Time [s]"], found["Contact [1]"]
    first = t <= 100
    np.testing.assert_allclose(contact[first], voids_support.contact_at(t[first], 1.0, 50.0, 1.0), atol=2e-3)
    later = voids_support.contact_at(t[~first] - 100, contact[first][-1], 0.0, 1.0)
    np.testing.assert_allclose(contact[~first], later, atol=2e-3)
    assert 0 < np.sum(~first) < 0.1 * 20000 / np.max(np.diff(t[first]))

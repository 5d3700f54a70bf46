"""From decks of lithium on a layer to dimensionless numbers: from SI anew."""

import numpy as np
import pytest

from phasefield.deck import parse_deck
from phasefield.physics.registry import build
from tests.unit.case_values import F, values
from tests.verification.compiled_support import DROPLET, WETTING


def test_wetting():
    """Length δ_PF, time δ_PF²/M, pressure γ/δ_PF; hemispheres on the layer; what a current lets grow."""
    overrides = (
        "lithium.current_density=20 A/m^2", "stop.contact_fraction=0.3", "energies.layer_surroundings=0.6 J/m^2",
        "lithium.seeds=[{position=['0 nm'], radius='100 nm'}, {position=['200 nm'], radius='60 nm'}]",
    )  # fmt: skip
    deck = parse_deck(WETTING, overrides=overrides)
    case = build(deck)
    s, width, γ = case.scales, deck.interface.width, deck.energies
    volume, time = deck.lithium.molar_volume, width**2 / deck.interface.mobility
    assert (s.length, s.time, s.pressure) == pytest.approx((width, time, γ.lithium_surroundings / width))
    assert s.potential == pytest.approx(γ.lithium_surroundings / width * volume / F)
    assert s.charge == pytest.approx(width * F / volume) and s.current == pytest.approx(s.charge / time)
    first, second, third = γ.all
    assert case.model.p.energies == pytest.approx((first / second, 1.0, third / second))
    assert second == γ.lithium_surroundings and len({first, second, third}) == 3
    assert case.model.p.cell == pytest.approx(deck.domain.spacing[-1] / width) == case.spacing[-1]
    assert float(case.model.growth.value) == pytest.approx(20.0 / s.current)
    top = deck.layer.thickness
    x, z = np.array([0.0, 100e-9, 200e-9, 30e-9]), top + np.array([100e-9, 0.0, 60e-9, 20e-9])
    distance = np.minimum(np.hypot(x, z - top) - 100e-9, np.hypot(x - 200e-9, z - top) - 60e-9)
    ψ = 1 / (1 + np.exp(4 * (z - top) / width))
    assert values(case, "psi", x, z) == pytest.approx(ψ)
    assert values(case, "xi", x, z) == pytest.approx((1 - ψ) / (1 + np.exp(4 * distance / width)))
    found = {f.name: f for f in case.model.fields}
    assert set(found) == {"xi", "p"} and found["p"].scale == pytest.approx(s.pressure)
    assert (found["xi"].lower, found["xi"].upper) == (-0.05, 1.05)
    assert found["p"].initial([x, z]) == pytest.approx(np.zeros(4))
    yielding = build(parse_deck(WETTING, overrides=[*overrides, "layer.rigid=false"]))
    assert [f.name for f in yielding.model.fields] == ["xi", "psi", "p", "q"] and not yielding.model.static
    assert values(yielding, "psi", x, z) == pytest.approx(ψ)
    room = deck.domain.size[-1] - width
    row = {"Contact fraction": 0.29, "Tip height": room * 0.999}
    assert case.stop_reason(row) is None
    assert "contact" in case.stop_reason(row | {"Contact fraction": 0.3})
    assert "top" in case.stop_reason(row | {"Tip height": room})


def test_wetting_in_three_dimensions():
    """Cells of 60, 50 and 20 nm: the height is the last axis; balls on the layer."""
    case = build(parse_deck(WETTING, overrides=[
        *DROPLET, "domain.dimension=3", "domain.size=['240 nm', '250 nm', '320 nm']", "domain.cell_size=",
        "domain.cells=[4, 5, 16]", "lithium.seeds=[{position=['30 nm', '40 nm'], radius='90 nm'}]",
    ]))  # fmt: skip
    width = case.deck.interface.width
    assert case.model.p.cell == pytest.approx(20e-9 / width)
    assert case.spacing == pytest.approx((60e-9 / width, 50e-9 / width, 20e-9 / width))
    x, y, z = np.array([[30e-9, 40e-9, 210e-9], [80e-9, 20e-9, 150e-9], [200e-9, 220e-9, 110e-9]]).T
    ψ = 1 / (1 + np.exp(4 * (z - 120e-9) / width))
    away = np.sqrt((x - 30e-9) ** 2 + (y - 40e-9) ** 2 + (z - 120e-9) ** 2) - 90e-9
    assert values(case, "psi", x, y, z) == pytest.approx(ψ)
    assert values(case, "xi", x, y, z) == pytest.approx((1 - ψ) / (1 + np.exp(4 * away / width)), abs=1e-12)
    row = {"Contact fraction": 0.0, "Tip height": 320e-9 - width - 1e-12}
    assert case.stop_reason(row) is None and case.stop_reason(row | {"Tip height": 320e-9 - width}) is not None

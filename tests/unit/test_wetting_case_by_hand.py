"""From decks of lithium on a layer to dimensionless numbers: from SI anew."""

import numpy as np
import pytest

from phasefield.deck import parse_deck
from phasefield.physics.registry import build
from tests.unit.case_values import F, values
from tests.verification.compiled_support import WETTING


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

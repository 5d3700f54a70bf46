"""What is measured of lithium on a layer, column by column, from fields and charges that are given."""

import numpy as np
import pytest

from tests.unit.record_values import F, integral, opened, passing, profile, updated
from tests.verification.compiled_support import DROPLET, WETTING

IN_SPACE = ("domain.dimension=3", "domain.size=['240 nm', '250 nm', '320 nm']", "domain.cell_size=",
            "domain.cells=[4, 5, 16]", "lithium.seeds=[{position=['0 nm', '0 nm'], radius='100 nm'}]")  # fmt: skip


@pytest.mark.parametrize("changes", [(), ("layer.rigid=false",), IN_SPACE])
def test_row_of_wetting(monkeypatch, changes):
    """Contact ∫ξψ/∫ψ(1 − ψ); the angle of a cap as high and as curved; amounts against the charge."""
    overrides = (*DROPLET, *changes)
    deck, case, engine = opened(WETTING, overrides, psi=(0.3, 0.6), p=(0.2, 0.6))
    width = deck.interface.width
    columns = engine.box.shape[-2::-1]  # z, y, x without z
    heights = np.linspace(4.0, 5.0, np.prod(columns)).reshape(columns) * 80e-9 / width * 0.45
    engine.state.now["xi"][...] = profile(engine, heights)
    record = case.record(engine)
    passing(monkeypatch, engine, p_top=0.4)
    updated(record, 2.0)
    first, layer = integral(engine, engine.owned("xi")), integral(engine, engine.owned("psi"))
    engine.state.now["xi"] *= 1.01
    engine.state.ghosted("psi")[...] *= 1.02
    row = record.row(1.0)
    ξ, ψ, p = (engine.owned(n) for n in ("xi", "psi", "p"))
    assert row["Contact fraction"] == pytest.approx(np.sum(ξ * ψ) / np.sum(ψ * (1 - ψ)))
    height = row["Tip height"] - 120e-9
    assert row["Height over the layer"] == pytest.approx(height)
    assert row["Tip height"] == pytest.approx(heights.max() * width, rel=0.01)
    cosine = 1 - height / width * p.mean() / len(columns)
    assert row["Contact angle"] == pytest.approx(np.degrees(np.arccos(cosine)), nan_ok=True)
    assert np.isfinite(row["Contact angle"])
    assert row["Lithium"] == pytest.approx(1.01 * first * width)
    pressure = p.mean() * deck.energies.lithium_surroundings / width
    volume = deck.lithium.molar_volume
    assert row["Pressure"] == pytest.approx(pressure)
    assert row["Potential"] == pytest.approx(-pressure * volume / F)
    charge = width * F / volume
    assert row["Charge passed"] == pytest.approx(0.8 * charge)
    assert row["Charge plated"] == pytest.approx(0.01 * first * charge)
    assert row["Charge closure"] == pytest.approx((0.01 * first - 0.8) / first)
    assert row["Layer closure"] == pytest.approx(0.02)
    balances = record.balances()
    moved = {n: integral(engine, np.abs(engine.owned(n) - engine.state.old[n])) for n in ("xi", "psi") if
             n in engine.state.old}  # fmt: skip
    charge_balance = (0.01 * first - 0.8, 0.8, moved["xi"], 1.01 * first)
    assert tuple(balances["Charge closure"]) == pytest.approx(charge_balance)
    layer_balance = (0.02 * layer, 0.0, moved.get("psi", 0.0), 1.02 * layer)
    assert tuple(balances["Layer closure"]) == pytest.approx(layer_balance)
    kept = record.state()
    again = case.record(engine)
    again.restore(kept)
    assert again.state() == kept

"""What is measured of an interphase, column by column, from fields and charges that are given."""

import numpy as np
import pytest

from tests.unit.record_values import F, integral, opened, passing, profile, updated
from tests.verification.compiled_support import CONSUMED, INTERPHASE

GRAINS = ("heterogeneity.grain_boundaries={pattern='planes', planes=[{point=['4 nm', '0 nm'], normal=[1, 0]}],"
          " width='2 nm', ionic_factor=3.0}")  # fmt: skip


@pytest.mark.parametrize("coated", [False, True])
def test_row_of_an_interphase(monkeypatch, coated):
    """Thickness, growth, charge of ions and electrons, the columns' resistances in parallel, V at the front."""
    coating = ("coating.material=Li3PS4", "coating.thickness=6 nm") if coated else (GRAINS,)
    deck, case, engine = opened(INTERPHASE, coating, phi_i=(0.0, 0.5), phi_e=(0.5, 1.0))
    s, heights = case.scales, np.array([2.2, 2.5, 2.9, 2.4, 2.2, 2.1, 2.3, 2.6])
    engine.state.now["psi"][...] = profile(engine, heights)
    record = case.record(engine)
    at_rest = ("Charge closure", "Carrier closure", "Growth rate", "Leakage current density")
    assert [record.row(0.0)[name] for name in at_rest] == [0.0] * 4
    passing(monkeypatch, engine, phi_i_bottom=0.6, phi_e_bottom=-0.5)
    updated(record, 2.0)
    passing(monkeypatch, engine, phi_i_bottom=0.2, phi_e_bottom=-0.3)
    updated(record, 1.0)
    before = integral(engine, engine.owned("psi"))
    engine.state.now["psi"][...] = profile(engine, heights + 0.5)
    grown = integral(engine, engine.owned("psi")) - before
    row, volume = record.row(1.0), deck.product.volume_per_lithium
    χ = engine.owned("coating") if coated else 0 * engine.owned("psi")
    film = integral(engine, χ)
    assert row["Thickness"] == pytest.approx((before + grown - film) * 4e-9)
    assert row["Largest height"] == pytest.approx(3.4 * 4e-9) and row["Smallest height"] == pytest.approx(2.6 * 4e-9)
    assert row["Roughness"] == pytest.approx(heights.std() * 4e-9)
    assert row["Growth rate"] == pytest.approx(0.2 * 0.1e-9)
    i0 = F * 0.1e-9 / volume
    assert row["Leakage current density"] == pytest.approx(0.3 * i0)
    assert row["Lithium consumed"] == pytest.approx(grown * 4e-9 / volume)
    assert row["Charge consumed"] == pytest.approx(grown * 4e-9 / volume * F)
    assert row["Charge passed"] == pytest.approx(1.4 * 4e-9 / volume * F)
    assert row["Charge closure"] == pytest.approx((grown - 1.4) / 1.4)
    assert row["Carrier closure"] == pytest.approx((1.3 - 1.4) / 1.4)
    ψ = engine.owned("psi")
    factor = 1.0 if coated else engine.owned("ionic")
    resistivity = (1 - χ) * ψ / deck.product.ionic_conductivity / factor
    if coated:
        resistivity = resistivity + χ / deck.coating.ionic_conductivity
    columns = resistivity.sum(axis=0) * 1e-9
    assert row["Resistance"] == pytest.approx(1 / np.mean(1 / columns))
    weight = (ψ - ψ**2) ** 2
    V = np.sum((engine.owned("phi_e") - engine.owned("phi_i")) * weight) / np.sum(weight)
    assert row["Potential at the front"] == pytest.approx(V * s.potential)
    moved = integral(engine, np.abs(ψ - engine.state.old["psi"]))
    balances = record.balances()
    assert tuple(balances["Charge closure"]) == pytest.approx((grown - 1.4, 1.4, moved, before + grown))
    assert tuple(balances["Carrier closure"]) == pytest.approx((-0.1, 1.4, moved, before + grown))
    kept = record.state()
    again = case.record(engine)
    again.restore(kept)
    assert again.state() == kept


def test_row_of_a_consumed_coating(monkeypatch):
    """The coating's part apart: what of it is consumed, the lithium and the current that takes, the film it leaves."""
    deck, case, engine = opened(INTERPHASE, CONSUMED, psi=(0.0, 0.5), phi_i=(0.0, 0.5), phi_e=(0.5, 1.0))
    χ, charge = engine.owned("coating"), case.model.reactant.charge
    volume, own = deck.product.volume_per_lithium, deck.consumption.product.volume_per_lithium
    assert charge == pytest.approx(volume / own) and 0 < χ.mean() < 1
    record = case.record(engine)
    ψ = engine.owned("psi").copy()
    passing(monkeypatch, engine, phi_i_bottom=0.6, phi_e_bottom=-0.5)
    engine.state.old["psi"][...] = engine.state.now["psi"]
    engine.state.now["psi"] *= 1.2
    updated(record, 2.0)
    row = record.row(1.0)
    consumed, outside = integral(engine, χ * ψ), integral(engine, (1 - χ) * ψ)
    assert row["Coating consumed [m]"] == pytest.approx(1.2 * consumed * 4e-9)
    assert row["Coating consumed [1]"] == pytest.approx(1.2 * consumed / integral(engine, χ))
    assert row["Lithium taken by the coating"] == pytest.approx(1.2 * consumed * 4e-9 / own)
    assert row["Thickness"] == pytest.approx(1.2 * outside * 4e-9)
    assert row["Lithium consumed"] == pytest.approx(0.2 * (outside + charge * consumed) * 4e-9 / volume)
    assert row["Growth rate"] == pytest.approx((0.6 - charge * 0.2 * consumed / 2.0) * 0.1e-9)
    now = 1.2 * ψ
    film = now / deck.consumption.product.ionic_conductivity + (1 - now) / deck.coating.ionic_conductivity
    columns = (χ * film + (1 - χ) * now / deck.product.ionic_conductivity).sum(axis=0) * 1e-9
    assert row["Resistance"] == pytest.approx(1 / np.mean(1 / columns))
    weight = (1 - χ) * (now - now**2) ** 2
    V = np.sum((engine.owned("phi_e") - engine.owned("phi_i")) * weight) / np.sum(weight)
    assert row["Potential at the front"] == pytest.approx(V * case.scales.potential)
    kept = record.state()
    again = case.record(engine)
    again.restore(kept)
    assert again.state() == kept
    engine.state.now["psi"][...] = np.minimum(profile(engine, [2.4, 2.6, 2.9, 3.0, 2.2, 2.1, 2.3, 2.6]), 1 - χ)
    heights = record.row(2.0)
    assert (heights["Largest height"], heights["Smallest height"]) == pytest.approx((3.0 * 4e-9, 2.1 * 4e-9), rel=0.05)

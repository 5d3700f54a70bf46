"""What is measured of a contact, column by column, from fields and charges that are given."""

import numpy as np
import pytest

from phasefield.physics.contact import diagnostics as measure
from tests.unit.record_values import F, opened, passing, updated
from tests.verification.compiled_support import CONTACT


def test_row_of_a_contact(monkeypatch):
    """Charge stored and passed, there and back; the content's mean, spread and extremes; no resistance at rest."""
    deck, case, engine = opened(CONTACT, c=(0.5, 0.9), phi=(-155.0, -153.0))
    s, x = case.scales, engine.owned("c")[:4]
    record = case.record(engine)
    row = record.row(0.0)
    assert row["Charge closure"] == 0.0
    for name in ("Electrolyte", "Constriction", "Interface", "Electrode", "Total"):
        assert np.isnan(row[f"{name} resistance"])
    assert np.isnan(row["Hot spot"])
    passing(monkeypatch, engine, phi_top=0.6)
    updated(record, 2.0)
    passing(monkeypatch, engine, phi_top=-0.1)
    updated(record, 1.0)
    engine.state.now["c"][:4] += 0.02
    row = record.row(1.0)
    charge = F * deck.electrode.maximum_concentration * 2e-6
    assert row["Current density"] == pytest.approx(-0.1 * 10.0) and row["Charge passed"] == pytest.approx(1.1 * charge)
    assert row["Charge stored"] == pytest.approx(0.02 * charge)
    half = 0.5 * 0.25 * float(case.model.current.value) / case.model.p.conductivity
    voltage = -(np.mean(engine.owned("phi")[-1]) + half)
    assert row["Cell voltage"] == pytest.approx(voltage * 8.314462618 * deck.conditions.temperature / F, rel=1e-9)
    assert row["Charge closure"] == pytest.approx((0.02 - 1.1) / 1.3)
    assert (row["Mean content"], row["Spread of content"]) == pytest.approx((x.mean(), x.std()))
    assert (row["Lowest content"], row["Highest content"]) == pytest.approx((x.min(), x.max()))
    parts = [row[f"{n} resistance"] for n in ("Electrolyte", "Constriction", "Interface", "Electrode")]
    assert row["Electrolyte resistance"] == pytest.approx(2e-6 / 1e-2)
    assert row["Total resistance"] == pytest.approx(sum(parts))
    moved = float(np.abs(x - engine.state.old["c"][:4]).sum()) * 0.25 / 8
    stored = float(x.sum()) * 0.25 / 8
    assert tuple(record.balances()["Charge closure"]) == pytest.approx((0.02 - 1.1, 1.3, moved, stored))
    assert (s.charge, s.length) == pytest.approx((charge, 2e-6))
    kept = record.state()
    again = case.record(engine)
    again.restore(kept)
    assert again.state() == kept


def test_the_plane_in_three_dimensions():
    """Its maps have the axes y and x, next to the layer of cells below it."""
    _, _, engine = opened(CONTACT, (
        "domain.dimension=3", "domain.size=['4 um', '6 um', '4 um']", "domain.cells=[8, 6, 8]",
        "contact.patches=[{position=['1 um', '2 um'], radius='1.5 um'}]",
    ), c=(0.5, 0.9), phi=(-155.0, -153.0))  # fmt: skip
    height = int(engine.owned("electrode")[:, 0, 0].sum())
    np.testing.assert_allclose(measure.surface_content_map(engine), engine.owned("c")[height - 1])
    np.testing.assert_allclose(measure.coverage_map(engine), engine.owned("coverage")[height])
    assert measure.surface_content_map(engine).shape == (6, 8)
    assert 0.05 < measure.coverage_map(engine).mean() < 0.95
    engine.state.now["phi"][:height], engine.state.now["phi"][height:] = -155.0, -154.0  # no current along the layers
    np.testing.assert_array_equal(measure.current_map(engine) != 0, measure.coverage_map(engine) > 0)

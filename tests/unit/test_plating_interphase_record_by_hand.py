"""What is measured of plating over an interphase, column by column, from fields and charges that are given."""

import numpy as np
import pytest

from phasefield.physics.plating_interphase.record import PlatingInterphaseRecord
from tests.unit.record_values import F, integral, opened, passing, profile, shifted, updated
from tests.verification.compiled_support import HOST


def test_row_of_a_host(monkeypatch):
    """Lithium plated, lost and stored; ions and electrons that passed; both closures over what happened."""
    overrides = ("domain.size=['8 um', '36 um']", "domain.cells=[4, 24]", "interface.width=4 um", "front.cosines=")
    _, case, engine = opened(HOST, overrides, psi=(0.0, 0.4), phi_i=(-1.0, 0.0), theta=(0.2, 0.8))
    s, model, heights = case.scales, case.model, np.array([2.0, 2.4, 3.1, 2.6])
    engine.state.now["xi"][...] = profile(engine, heights)
    record = case.record(engine)
    at_rest = record.row(0.0)
    assert at_rest["Charge closure"] == at_rest["Carrier closure"] == 0.0
    passing(monkeypatch, engine, phi_i_top=0.5, phi_e_bottom=-0.45)
    updated(record, 2.0)
    nothing = record.row(0.5)  # has reacted yet
    assert (nothing["Charge closure"], nothing["Carrier closure"]) == pytest.approx((-1.0, 0.9 - 1.0))
    for name, by in (("xi", 0.4), ("psi", 0.3)):
        shifted(engine, name, by)
    before = integral(engine, engine.owned("host") * engine.owned("theta"))
    engine.state.now["theta"] *= 1.1
    stored = model.host.capacity * 0.1 * before
    assert stored > 0.01
    row = record.row(1.0)
    charge = 4e-6 * F / 12.998e-6
    assert model.lithium_per_volume == 1.0
    assert row["Charge plated"] == pytest.approx(0.4 * charge)
    assert row["Charge lost to the interphase"] == pytest.approx(0.3 * charge)
    assert row["Charge stored in the host"] == pytest.approx(stored * charge)
    assert row["Charge passed"] == pytest.approx(1.0 * charge) and row["Current density"] == pytest.approx(0.5 * 500.0)
    scale = 0.7 + stored
    assert row["Charge closure"] == pytest.approx((0.7 + stored - 1.0) / scale)
    assert row["Carrier closure"] == pytest.approx((0.9 - 1.0) / scale)
    half = 0.5 * 0.375 * float(model.current.value) / model.p.electrolyte.ionic
    voltage = -np.mean(engine.owned("phi_i")[-1]) - half
    assert row["Cell voltage"] == pytest.approx(voltage * s.potential)
    assert row["Interphase thickness"] == pytest.approx(
        integral(engine, engine.owned("psi") * (1 - engine.owned("xi"))) * 4e-6
    )
    assert row["Mean thickness"] == pytest.approx(integral(engine, engine.owned("xi")) * 4e-6)
    balances = record.balances()
    moved = {n: integral(engine, np.abs(engine.owned(n) - engine.state.old[n])) for n in ("xi", "psi", "theta")}
    all_moved = moved["xi"] + moved["psi"] + model.host.capacity * moved["theta"]
    lithium = integral(engine, engine.owned("xi"))
    assert tuple(balances["Charge closure"]) == pytest.approx((0.7 + stored - 1.0, 1.0, all_moved, lithium))
    assert tuple(balances["Carrier closure"]) == pytest.approx((-0.1, 1.0, all_moved, lithium))
    engine.state.now["xi"][...] = profile(engine, heights)
    shape = record.row(1.0)
    assert (shape["Tip height"], shape["Least lithium"]) == pytest.approx((3.1 * 4e-6, 2.0 * 4e-6))
    assert shape["Roughness"] == pytest.approx(heights.std() * 4e-6)
    assert shape["Tip position x"] == pytest.approx(2.5 * 2e-6)
    assert shape["Isolated lithium"] == 0.0 and shape["Short circuit"] == 0.0
    coated = PlatingInterphaseRecord(engine, s, 0.3).row(1.0)["Interphase thickness"]
    assert coated == pytest.approx(shape["Interphase thickness"] - 0.3 * 4e-6)
    kept = record.state()
    again = case.record(engine)
    again.restore(kept)
    assert again.state() == kept
    again.restore({k: v for k, v in kept.items() if k != "stored"})
    assert again.stored == 0.0


def test_a_host_in_three_dimensions():
    """Where the tip is along x and y; lithium that nothing connects; the last half cell of the height; a voltage."""
    overrides = ("domain.dimension=3", "domain.size=['8 um', '12 um', '36 um']", "domain.cells=[4, 5, 24]",
                 "interface.width=4 um", "front.cosines=")  # fmt: skip
    _, case, engine = opened(HOST, overrides, phi_i=(-1.0, 0.0))
    heights = np.full((5, 4), 2.0)
    heights[3, 1] = 2.9
    engine.state.now["xi"][...] = profile(engine, heights)
    engine.state.now["xi"][12:15, 0, 2] = 0.9
    row, potential = case.record(engine).row(0.0), 8.314462618 * 298.15 / F
    assert (row["Tip position x"], row["Tip position y"]) == pytest.approx((2.5 * 2e-6, 0.5 * 2.4e-6))
    assert row["Isolated lithium"] == pytest.approx(3 / 20 * 1.5e-6)
    engine.state.now["xi"][...] = profile(engine, heights)
    row, i = case.record(engine).row(0.0), float(case.model.current.value)
    assert (row["Tip position x"], row["Tip position y"]) == pytest.approx((1.5 * 2e-6, 3.5 * 2.4e-6))
    half = 0.5 * 0.375 * i / case.model.p.electrolyte.ionic
    assert abs(half) > 1e-3
    assert row["Cell voltage"] == pytest.approx(-(np.mean(engine.owned("phi_i")[-1]) + half) * potential)
    given = opened(HOST, (*overrides, "drive.steps=[{mode='potentiostatic', voltage='-0.2 V'}]"))
    assert given[1].record(given[2]).row(0.0)["Cell voltage"] == pytest.approx(-0.2)

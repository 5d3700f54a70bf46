"""What is measured of plating, column by column, from fields that are given: sums over the cells written anew.

What enters through a boundary is given, too, so that the balances are those of known charges.
"""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
import pytest

from phasefield.physics.plating.layer import GrowingLayer
from phasefield.physics.plating.ledger import Ledger, carried_at_most, cell_voltage, mean_overpotential, salt
from phasefield.physics.plating.record import PlatingRecord
from tests.unit.decks import BINARY, SINGLE_ION
from tests.unit.record_values import F, integral, opened, passing, profile, shifted, updated
from tests.verification.by_hand import at_surface, share

SMALL = ("domain.size=['6 um', '20 um']", "domain.cell_size=1 um", "front.cosines=")


def test_ledger(monkeypatch):
    """Two steps, one back: charge passed and through, salt that came in, and three closures of a binary electrolyte."""
    _, case, engine = opened(SINGLE_ION, (*SMALL, *BINARY), xi=(0.1, 0.9), c=(0.5, 2.0))
    p, ξ, c = case.model.p, engine.owned("xi"), engine.owned("c")
    per_salt = 0.7 / (12.998e-6 * 1000.0)
    held = integral(engine, (1 - ξ + p.floor) * c + per_salt * ξ)
    assert salt(engine) == pytest.approx(held)
    ledger = Ledger.open(engine)
    assert ledger.charge_closure(engine) == 0.0 and ledger.salt_closure(engine) == pytest.approx(0.0, abs=1e-12)
    assert (ledger.passed, ledger.throughput, ledger.salt_in, ledger.current) == (0.0, 0.0, 0.0, 0.0)
    passing(monkeypatch, engine, phi_top=0.6, c_top=3.0)
    updated(ledger, 2.0, engine)
    passing(monkeypatch, engine, phi_top=-0.2, c_top=1.0)
    updated(ledger, 1.5, engine)
    assert (ledger.current, ledger.passed, ledger.throughput, ledger.salt_in) == pytest.approx((-0.2, 0.9, 1.5, 7.5))
    shifted(engine, "xi", 0.3)
    assert ledger.plated(engine) == pytest.approx(0.3)
    assert ledger.charge_closure(engine) == pytest.approx((0.3 - 0.9) / 1.5)
    gained = salt(engine) - held
    assert ledger.salt_closure(engine) == pytest.approx((gained - 7.5) / held)
    balances = ledger.balances(engine)
    moved = {n: integral(engine, np.abs(engine.owned(n) - engine.state.old[n])) for n in ("xi", "c")}
    charge, of_salt = balances["Charge closure"], balances["Salt closure"]
    assert tuple(charge) == pytest.approx((0.3 - 0.9, 1.5, moved["xi"], integral(engine, engine.owned("xi"))))
    expected = (gained - 7.5, per_salt * 1.5, per_salt * moved["xi"] + moved["c"], salt(engine))
    assert tuple(of_salt) == pytest.approx(expected)


def test_ledger_without_salt(monkeypatch):
    """A single-ion conductor has no salt, and nothing of it comes in."""
    _, _, engine = opened(SINGLE_ION, SMALL, xi=(0.1, 0.9))
    ledger = Ledger.open(engine)
    passing(monkeypatch, engine, phi_top=0.5)
    updated(ledger, 1.0, engine)
    assert (salt(engine), ledger.salt, ledger.salt_in, ledger.salt_closure(engine)) == (0.0, 0.0, 0.0, 0.0)
    assert set(ledger.balances(engine)) == {"Charge closure"}
    blank = Ledger(1.0, 2.0)
    assert (blank.passed, blank.throughput, blank.salt_in, blank.current) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(("low", "high", "least", "most"), [(0.1, 0.9, 1.0, np.inf), (0.48, 0.52, 0.1, 0.9)])
def test_overpotential(low, high, least, most):
    """−φ at the surface, φ + δ ln ξ n·∇φ/(1 − ξ), over the area of the surface, more or less than the box's; or 0."""
    _, _, engine = opened(SINGLE_ION, SMALL, xi=(low, high), phi=(-3.0, 1.0))
    ξ, φ = engine.owned("xi"), engine.owned("phi")
    slopes = [gradient(u, engine.box.spacing) for u in (ξ, φ)]
    steep = np.sqrt(np.sum(slopes[0] ** 2, axis=0))
    along = -np.sum(slopes[0] * slopes[1], axis=0) / steep
    at_surface = φ + 0.25 * np.log(ξ) * along / (1 - ξ)
    area = steep * share(ξ)
    assert least < integral(engine, area) < most
    assert mean_overpotential(engine) == pytest.approx(-np.sum(at_surface * area) / np.sum(area), rel=1e-4)
    engine.state.now["xi"][...] = 1.0
    assert mean_overpotential(engine) == pytest.approx(0.0, abs=1e-9)


def test_overpotential_with_salt():
    """φ less 2(1 − t₊)χ ln c has no jump at uniform current; its value at the surface, and c_s's part added again.

    c_s is that of cells with ξ(1 − ξ) > 0.2 where the largest of the surface is asked.
    """
    _, case, engine = opened(SINGLE_ION, (*SMALL, *BINARY), xi=(0.05, 0.95), phi=(-3.0, 1.0), c=(0.5, 2.0))
    spacing, pull = engine.box.spacing, 2 * 0.7 * case.model.p.thermodynamic_factor
    ξ, φ, c = (engine.owned(name) for name in ("xi", "phi", "c"))
    slope, slope_of_φ, slope_of_c = (gradient(u, spacing) for u in (ξ, φ, c))
    steep = np.sqrt(np.sum(slope**2, axis=0))
    along = -np.sum(slope * (slope_of_φ - pull * slope_of_c / c), axis=0) / steep
    without = φ - pull * np.log(c) + 0.25 * np.log(ξ) * along / (1 - ξ)
    c_s = at_surface(c, ξ, slope_of_c, slope)
    area = steep * share(ξ)
    expected = -np.sum((without + pull * np.log(c_s)) * area) / np.sum(area)
    assert mean_overpotential(engine) == pytest.approx(expected, rel=1e-4)
    near = np.abs(ξ - 0.5) < np.sqrt(0.15)
    p = case.model.p
    brought = 8 * c * p.diffusivity / (-np.log(ξ**2 + 1e-6) * (1 - p.transference) * p.lithium_per_salt)  # δ = 1/4
    mean = np.sum((area * brought)[near]) / np.sum(area[near])
    assert carried_at_most(engine) == pytest.approx(mean * integral(engine, area), rel=1e-4)


def gradient(u, spacing):
    """∇u from the means on faces, mirrors at the ends."""
    out = []
    for axis, h in enumerate(spacing[::-1]):
        along = np.moveaxis(u, axis, 0)
        faces = np.concatenate([along[:1], (along[1:] + along[:-1]) / 2, along[-1:]])
        out.append(np.moveaxis(np.diff(faces, axis=0) / h, 0, axis))
    return np.stack(out)


def test_voltage_of_the_cell():
    """The drive's, or −φ on the top face: half a cell beyond the last, where i/σ and the salt's gradient lead."""
    _, case, engine = opened(SINGLE_ION, (*SMALL, *BINARY), phi=(-3.0, 1.0), c=(0.5, 2.0))
    p, φ, c = case.model.p, engine.owned("phi")[-1], engine.owned("c")[-1]
    i = 0.6
    gradient = 0.7 * i / (12.998e-6 * 1000.0) / p.diffusivity
    slope = i / (p.conductivity * c) + 2 * 0.7 * gradient / c
    assert cell_voltage(engine) == pytest.approx(-np.mean(φ + 0.25 * slope))
    single = opened(SINGLE_ION, SMALL, phi=(-3.0, 1.0))
    expected = -np.mean(single[2].owned("phi")[-1] + 0.25 * i / single[1].model.p.conductivity)
    assert cell_voltage(single[2]) == pytest.approx(expected)
    given = opened(SINGLE_ION, (*SMALL, "drive.steps=[{mode='potentiostatic', voltage='-0.2 V'}]"))
    assert cell_voltage(given[2]) == pytest.approx(-0.2 / given[1].scales.potential)


def test_plating_row(monkeypatch):
    """Columns in SI of a rough deposit, and of the layer that grows on it; the tip's velocity since the last row."""
    _, case, engine = opened(SINGLE_ION, SMALL, phi=(-3.0, 1.0))
    s, heights = case.scales, np.array([4.1, 4.4, 5.2, 4.9, 4.3, 4.0])
    engine.state.now["xi"][...] = profile(engine, heights)
    layer = GrowingLayer(np.array([0.0, 10.0]), np.array([1.0, 2.0]), np.array([3.0, 5.0]))
    record = PlatingRecord(engine, s, layer)
    passing(monkeypatch, engine, phi_top=0.6)
    updated(record, 2.0)
    shifted(engine, "xi", 0.0)
    row = record.row(5.0)
    length = 2e-6
    charge = length * F / 12.998e-6
    assert row["Current density"] == pytest.approx(60.0) and row["Charge passed"] == pytest.approx(1.2 * charge)
    assert row["Charge plated"] == pytest.approx(0.0, abs=1e-9) and row["Charge closure"] == pytest.approx(-1.0)
    assert row["Cell voltage"] == pytest.approx(cell_voltage(engine) * 8.314462618 * 298.15 / F)
    assert row["Overpotential"] == pytest.approx(mean_overpotential(engine) * 8.314462618 * 298.15 / F)
    assert row["Tip height"] == pytest.approx(5.2 * length)
    assert row["Roughness"] == pytest.approx(heights.std() * length)
    assert row["Tip-valley distance"] == pytest.approx(1.2 * length)
    assert row["Mean thickness"] == pytest.approx(heights.mean() * length, rel=1e-3)
    assert row["Tip velocity"] == 0.0 and row["Short circuit"] == 0.0 and row["Salt closure"] == 0.0
    assert row["Area ratio"] > 1.0 and row["Largest xi ahead"] < 0.01
    assert (row["Layer resistance"], row["Charge lost to the interphase"]) == pytest.approx((1.5, 4.0))
    assert record.state()["ledger"]["passed"] == pytest.approx(1.2)
    engine.state.now["xi"][...] = profile(engine, heights + 0.3)
    later = record.row(7.0)
    assert later["Tip velocity"] == pytest.approx(0.3 * length / 2.0)
    assert later["Charge plated"] == pytest.approx(0.3 * charge, rel=1e-3)
    assert record.row(7.0)["Tip velocity"] == 0.0
    assert "Layer resistance" not in PlatingRecord(engine, s).row(0.0)
    assert record.balances()["Charge closure"].passed == pytest.approx(1.2)
    kept = record.state()
    again = PlatingRecord(engine, s, layer)
    again.restore(kept)
    assert again.state() == kept and again.ledger.passed == pytest.approx(1.2)
    assert "10.40 µm" in record.summary(row)


def test_tip_radius_and_lithium_ahead():
    """A parabola h = h₀ − x²/2R over one width gives R; the column of lithium ahead begins 1.5 widths ahead."""
    _, case, engine = opened(SINGLE_ION, ("domain.size=['12 um', '20 um']", "domain.cell_size=0.25 um",
                                          "front.cosines="))  # fmt: skip
    x = (np.arange(48) + 0.5) * 0.125
    engine.state.now["xi"][...] = profile(engine, 6.0 - (x - 3.0) ** 2 / (2 * 4.0))
    record = PlatingRecord(engine, case.scales)
    assert record.row(0.0)["Tip radius"] == pytest.approx(4.0 * 2e-6, rel=0.05)
    for ahead, noticed in ((1.2, False), (1.8, True)):
        before = engine.ghosted("xi").copy()
        engine.state.now["xi"][int((6.0 + ahead) / 0.125), 0] = 0.4
        assert (record.row(0.0)["Largest xi ahead"] == pytest.approx(0.4)) == noticed
        engine.state.now["xi"][...] = before


def test_reach_of_the_tip():
    """Least squares over eight cells on each side, one width: of −k x⁴, by the sums of powers."""
    overrides = ("domain.size=['12 um', '20 um']", "domain.cell_size=0.25 um", "front.cosines=")
    _, case, engine = opened(SINGLE_ION, overrides)
    x = (np.arange(48) + 0.5) * 0.125
    engine.state.now["xi"][...] = profile(engine, 6.0 - 0.05 * (x - 2.9375) ** 4)
    s0, s2, s4, s6 = (np.sum((np.arange(-8, 9) * 0.125) ** k) for k in (0, 2, 4, 6))
    curvature = 2 * 0.05 * (s0 * s6 - s2 * s4) / (s0 * s4 - s2**2)
    assert PlatingRecord(engine, case.scales).row(0.0)["Tip radius"] == pytest.approx(2e-6 / curvature)

"""What is measured of a contact, from scattered fields: sums over cells and columns written anew, 1e-9."""

from types import SimpleNamespace

import numpy as np
import pytest

from phasefield.physics.common.drive import Segment
from phasefield.physics.contact import diagnostics as measure
from phasefield.physics.contact.geometry import Patch
from tests.verification import by_hand as hand
from tests.verification.by_hand import SPACING
from tests.verification.test_contact_by_hand import COVERAGE, CURRENT, MORE, STORAGE, TIME, contact

#: Thickness of the electrode, two layers of cells, and of the electrolyte above.
THICKNESS, GAP = 0.8, 0.8


def at_voltage(engine, voltage):
    engine.model.apply(Segment(False, voltage))
    engine.apply_boundaries()


def test_content():
    """∫x dz per cross-section; mean, spread and extremes; by columns and next to the contact; what a step moved."""
    engine = contact("linear", 0.0, MORE)
    inside, before = engine.owned("c")[:2], engine.state.old["c"][:2]
    assert measure.stored(engine) == pytest.approx(inside.mean() * THICKNESS)
    assert measure.moved(engine) == pytest.approx(np.abs(inside - before).mean() * THICKNESS)
    assert measure.accessible_capacity(engine, 0.9) == pytest.approx((0.9 - inside.mean() * THICKNESS) / THICKNESS)
    found = measure.content_spread(engine)
    exact = inside.mean(), np.sqrt(np.mean((inside - inside.mean()) ** 2)), inside.min(), inside.max()
    assert (found.mean, found.std, found.lowest, found.highest) == pytest.approx(exact)
    np.testing.assert_allclose(measure.column_content_map(engine), inside.mean(axis=0))
    np.testing.assert_allclose(measure.surface_content_map(engine), inside[1])
    np.testing.assert_allclose(measure.coverage_map(engine), COVERAGE)


def plane(engine, more):
    """Per column: layer's resistance, the half cells' below and above, y and the current per area of contact."""
    x, φ = engine.owned("c"), engine.owned("phi")
    layer, factor, spreading = (engine.owned(n) if more else np.ones((4, 3)) for n in MORE)
    spread = (spreading[1] + spreading[2]) / 2
    below = SPACING[1] / 2 / (0.7 * STORAGE["linear"][2](x[1])) / factor[1] * spread
    above = SPACING[1] / 2 / 2.0 / factor[2] * spread
    film = (0.3 + 0.5 * np.sqrt(TIME)) * (layer[1] + layer[2]) / 2
    y = hand.below_film(φ[1] - φ[2], film + below + above)
    return film, below, above, y, -hand.butler_volmer(y)


@pytest.mark.parametrize("more", [(), MORE])
def test_currents(more, monkeypatch):
    """θ B on the plane; its largest where contact is whole over the mean per area of contact; rim over centre."""
    engine = contact("linear", 0.0, more)
    *_, local = plane(engine, more)
    np.testing.assert_allclose(measure.current_map(engine), COVERAGE * local, rtol=1e-9)
    mean = np.sum(COVERAGE * local) / np.sum(COVERAGE)
    assert measure.hot_spot(engine) == pytest.approx(np.abs(local[0] / mean))
    assert measure.rim_over_centre(engine, [Patch((0.0,), 0.48)]) == pytest.approx(local[1] / local[0])
    monkeypatch.setattr(engine, "boundary_flux", lambda name, face: {("phi", "top"): 0.37}[name, face])
    assert measure.current(engine) == CURRENT
    at_voltage(engine, -0.4)
    assert measure.current(engine) == 0.37


def test_maps_follow_the_state():
    """Of any field, though expressions of layers that are the same are not evaluated again."""
    engine = contact("linear", 0.0, MORE)
    for name, change in (("phi", 0.2), ("c", -0.03), ("phi", 0.0)):
        engine.owned(name)[...] += change * np.arange(4)[:, None]
        *_, local = plane(engine, MORE)
        np.testing.assert_allclose(measure.current_map(engine), COVERAGE * local, rtol=1e-9)
        np.testing.assert_allclose(measure.surface_content_map(engine), engine.owned("c")[1])


def test_hot_spot_of_whole_cells(monkeypatch):
    """A rim that is covered in part does not count, whatever it carries."""
    monkeypatch.setattr(measure, "current_map", lambda engine: np.array([-1.0, -1.2, -3.0, 0.0]))
    monkeypatch.setattr(measure, "coverage_map", lambda engine: np.array([1.0, 1.0, 0.5, 0.0]))
    assert measure.hot_spot(None) == pytest.approx(1.2 / (5.2 / 2.5))


@pytest.mark.parametrize("more", [(), MORE])
def test_resistances(more):
    """Power lost over the square of the current: at the plane, in the electrode, and what is left of U − E."""
    engine = contact("linear", 0.0, more)
    x, φ = engine.owned("c"), engine.owned("phi")
    ρ_top = 1 / 2.0 / (engine.owned("conductivity")[3] if more else 1.0)
    voltage = -np.mean(φ[3] + SPACING[1] / 2 * ρ_top * CURRENT)
    assert measure.cell_voltage(engine) == pytest.approx(voltage)
    film, below, _, y, local = plane(engine, more)
    j = COVERAGE * local
    i, found = j.mean(), measure.resistance(engine)
    assert found.electrolyte == pytest.approx(GAP / 2.0)
    assert found.interface == pytest.approx(np.mean(j * (film * local - y)) / i**2)
    surface = np.mean(j * (φ[1] + below * local)) / i
    rest = 1.7 - 4.0 * (x[:2].mean() - 0.5)
    assert found.electrode == pytest.approx((surface + rest) / i)
    assert found.total == pytest.approx((rest - voltage) / i)
    parts = found.electrolyte, found.constriction, found.interface, found.electrode
    assert found.total == pytest.approx(sum(parts))
    at_voltage(engine, -0.4)
    assert measure.cell_voltage(engine) == pytest.approx(-0.4)


def test_rim_over_centre_of_discs(monkeypatch):
    """In three dimensions: cells beyond nine tenths of a radius over those in the inner third, of the nearest disc."""
    cells, sizes = (8, 12), (0.5, 0.25)
    rng = np.random.default_rng(5)
    current, covered = rng.uniform(0.5, 2.0, (2, *cells[::-1]))
    covered[:3, :2] = 0.0
    monkeypatch.setattr(measure, "current_map", lambda engine: current)
    monkeypatch.setattr(measure, "coverage_map", lambda engine: covered)
    engine = SimpleNamespace(box=SimpleNamespace(shape=(*cells, 5), sizes=(*sizes, 0.1)))
    sums = {"rim": np.zeros(2), "centre": np.zeros(2)}
    for row, column in np.ndindex(current.shape):
        x, y = (column + 0.5) * 0.5, (row + 0.5) * 0.25
        ratio = min(np.hypot(x - 1.0, y - 2.2) / 1.1, np.hypot(x - 3.0, y - 0.9) / 0.8)
        both = np.array([current[row, column], covered[row, column]])
        sums["rim"] += both * (ratio > 0.9) * (both[1] > 0)
        sums["centre"] += both * (ratio < 1 / 3)
    found = measure.rim_over_centre(engine, [Patch((1.0, 2.2), 1.1), Patch((3.0, 0.9), 0.8)])
    exact = sums["rim"][0] / sums["rim"][1] / (sums["centre"][0] / sums["centre"][1])
    assert found == pytest.approx(exact)


def test_cut_offs(monkeypatch):
    """A run goes on between the lowest and highest voltage, and the emptiest and fullest content (0 and 1)."""
    monkeypatch.setattr(measure, "cell_voltage", lambda engine: engine[0])
    monkeypatch.setattr(measure, "content_spread", lambda engine: SimpleNamespace(lowest=engine[1], highest=engine[2]))
    limits = {"lowest": -2.0, "highest": 3.0, "emptiest": 0.1, "fullest": 0.9}
    for state, ends in (
        ((1.0, 0.2, 0.8), ""), ((-2.0, 0.2, 0.8), ""), ((3.0, 0.2, 0.8), ""), ((-2.1, 0.2, 0.8), "cut-off"),
        ((3.1, 0.2, 0.8), "cut-off"), ((1.0, 0.1, 0.8), "fell to 0.1 "), ((1.0, 0.2, 0.9), "rose to 0.9 "),
    ):  # fmt: skip
        reason = measure.Cutoff(state, **limits)(None)
        assert (reason is None) if not ends else ends in reason
    for state, ends in (((1e9, 1e-9, 1 - 1e-9), False), ((-1e9, 0.0, 0.5), True), ((0.0, 0.5, 1.0), True)):
        assert (measure.Cutoff(state)(None) is not None) == ends

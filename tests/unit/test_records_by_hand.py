"""What is measured of each model, column by column, from fields that are given: sums over the cells written anew.

What enters through a boundary is given, too, so that the books are those of known charges.
"""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import numpy as np
import pytest

from phasefield.deck import parse_deck
from phasefield.engines.fipy import FipyEngine
from phasefield.physics.plating.layer import GrowingLayer
from phasefield.physics.plating.ledger import Ledger, cell_voltage, mean_overpotential, salt
from phasefield.physics.plating.record import PlatingRecord
from phasefield.physics.registry import build
from tests.unit.decks import BINARY, SINGLE_ION
from tests.verification.compiled_support import CONSUMED, CONTACT, DROPLET, HOST, INTERPHASE, WETTING

F = 96485.33212
SMALL = ("domain.size=['6 um', '20 um']", "domain.cell_size=1 um", "front.cosines=")


def opened(text, overrides=(), seed=1, **bounds):
    """Deck, case and engine, its drive in force; some fields scattered within bounds, their old values, too."""
    deck = parse_deck(text, overrides=overrides)
    case = build(deck)
    engine = FipyEngine(case.model, deck.domain.cells, case.spacing)
    case.switch(0.0, engine)
    rng = np.random.default_rng(seed)
    for name, (low, high) in bounds.items():
        engine.state.ghosted(name)[...] = rng.uniform(low, high, engine.ghosted(name).shape)
        if name in engine.state.old:
            engine.state.old[name][...] = rng.uniform(low, high, engine.ghosted(name).shape)
    return deck, case, engine


def passing(monkeypatch, engine, **fluxes):
    """What enters through a boundary from now on, by field and face."""
    monkeypatch.setattr(engine, "boundary_flux", lambda name, face: fluxes[f"{name}_{face}"])


def integral(engine, values):
    """Per cross-section: the sum over the cells by their height, over the number of columns."""
    return float(np.sum(values)) * engine.box.spacing[-1] / values[0].size


def profile(engine, heights):
    """The tanh profile of columns of lithium, and their heights in widths."""
    z = (np.arange(engine.box.shape[-1]) + 0.5) * engine.box.spacing[-1]
    heights = np.asarray(heights)
    return 1 / (1 + np.exp(4 * (z.reshape(-1, *[1] * heights.ndim) - heights)))


def shifted(engine, name, by):
    """The field's integral grows by so much."""
    held = engine.state.now[name]
    held += by / (held.shape[0] * engine.box.spacing[-1])


# -- plating -----------------------------------------------------------------------------------------------


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
    ledger.update(engine, 2.0)
    passing(monkeypatch, engine, phi_top=-0.2, c_top=1.0)
    ledger.update(engine, 1.5)
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
    ledger.update(engine, 1.0)
    assert (salt(engine), ledger.salt, ledger.salt_in, ledger.salt_closure(engine)) == (0.0, 0.0, 0.0, 0.0)
    assert set(ledger.balances(engine)) == {"Charge closure"}
    blank = Ledger(1.0, 2.0)
    assert (blank.passed, blank.throughput, blank.salt_in, blank.current) == (0.0, 0.0, 0.0, 0.0)


def test_overpotential():
    """⟨−φ⟩ with the weight ξ²(1 − ξ)²; nothing where there is no interface."""
    _, _, engine = opened(SINGLE_ION, SMALL, xi=(0.1, 0.9), phi=(-3.0, 1.0))
    ξ, φ = engine.owned("xi"), engine.owned("phi")
    weight = ξ * ξ * (1 - ξ) * (1 - ξ)
    assert mean_overpotential(engine) == pytest.approx(-np.sum(φ * weight) / np.sum(weight))
    engine.state.now["xi"][...] = 1.0
    assert mean_overpotential(engine) == 0.0


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
    record.update(2.0)
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
    """A parabola h = h₀ − x²/2R over one width gives R; what lies more than one and a half widths ahead is told."""
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


# -- plating over an interphase ----------------------------------------------------------------------------


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
    record.update(2.0)
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


# -- interphase --------------------------------------------------------------------------------------------

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
    record.update(2.0)
    passing(monkeypatch, engine, phi_i_bottom=0.2, phi_e_bottom=-0.3)
    record.update(1.0)
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
    engine.state.now["psi"] *= 1.2
    record.update(2.0)
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


# -- contact -----------------------------------------------------------------------------------------------


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
    record.update(2.0)
    passing(monkeypatch, engine, phi_top=-0.1)
    record.update(1.0)
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


# -- wetting -----------------------------------------------------------------------------------------------


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
    record.update(2.0)
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

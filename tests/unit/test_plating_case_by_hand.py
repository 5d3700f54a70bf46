"""From a plating deck to dimensionless numbers and back: each number once more from SI, with constants written here."""

import math
import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from phasefield.deck import load_deck, parse_deck
from phasefield.physics.common.kinetics import ButlerVolmer, LinearKinetics
from phasefield.physics.plating import layer as layer_
from phasefield.physics.plating.case import PlatingCase, dimensionless
from phasefield.physics.plating.fields import heights, static_fields
from phasefield.physics.plating.layer import GrowingLayer
from phasefield.physics.plating.ledger import carried_at_most
from phasefield.physics.plating.mesh_case import MeshPlatingCase
from phasefield.physics.plating.planar import PlanarCell
from phasefield.physics.registry import build
from tests import meshes
from tests.unit.decks import BINARY, SINGLE_ION

F, R = 96485.33212, 8.314462618
DECK = """
[conditions]
temperature = "318.15 K"
[domain]
dimension = 2
size = ["12 um", "20 um"]
cells = [24, 50]
[interface]
width = "2 um"
mobility = "3e-14 m^2/s"
capillarity = "physical"
conductivity_floor = 2e-3
[electrolyte]
transport = "binary"
conductivity = "0.05 S/m"
conductivity_exponent = 0.7
concentration = "800 mol/m^3"
diffusivity = "1e-10 m^2/s"
transference_number = 0.3
thermodynamic_factor = 1.8
[lithium]
molar_volume = "13 cm^3/mol"
interface_energy = "0.6 J/m^2"
pressure = "50 MPa"
anisotropy = 0.02
[kinetics]
exchange_current_density = "30 A/m^2"
anodic_transfer_coefficient = 0.3
cathodic_transfer_coefficient = 0.8
[front]
height = "5 um"
[[front.cosines]]
amplitude = "1 um"
wavelength = "24 um"
[coating]
thickness = "10 nm"
conductivity = "1e-6 S/m"
exchange_current_factor = 0.5
defects = [{ position = ["8 um"], width = "4 um" }]
[heterogeneity.grain_boundaries]
pattern = "planes"
width = "1 um"
conductivity_factor = 0.1
exchange_current_factor = 5.0
planes = [{ point = ["2 um", "0 um"], normal = [1, 0] }]
[[drive.steps]]
mode = "galvanostatic"
current_density = "60 A/m^2"
duration = "10 s"
[[drive.steps]]
mode = "rest"
duration = "5 s"
[[drive.steps]]
mode = "potentiostatic"
voltage = "-0.05 V"
[stop]
time = "100 s"
charge = "3 kC/m^2"
tip_height = "15 um"
"""
THERMAL = R * 318.15 / F
CHARGE = 2e-6 * F / 13e-6
TIME = CHARGE / 30.0
FILM = 10e-9 / 1e-6


@pytest.fixture(scope="module")
def case():
    return build(parse_deck(DECK))


def test_scales(case):
    """Length δ_PF, time δ_PF F/(i₀V_Li), potential RT/F, current i₀; 1 mol/L where there is no salt."""
    s = case.scales
    assert (s.length, s.current, s.molar_volume, s.concentration) == pytest.approx((2e-6, 30.0, 13e-6, 800.0))
    assert (s.charge, s.time, s.potential) == pytest.approx((CHARGE, TIME, THERMAL))
    assert s.diffusivity == pytest.approx(4e-12 / TIME, rel=1e-9, abs=0)
    assert s.conductivity == pytest.approx(30.0 * 2e-6 / THERMAL)
    assert s.resistance == pytest.approx(THERMAL / 30.0)
    assert build(parse_deck(SINGLE_ION)).scales.concentration == 1000.0


def test_parameters(case):
    """Everything the equations count with."""
    p = case.model.p
    assert p.mobility == pytest.approx(3e-14 * TIME / 4e-12)
    assert p.conductivity == pytest.approx(0.05 * THERMAL / (30.0 * 2e-6))
    assert p.kinetics == ButlerVolmer(0.3, 0.8)
    assert (p.conductivity_exponent, p.floor, p.anisotropy, p.thermodynamic_factor) == (0.7, 2e-3, 0.02, 1.8)
    assert p.cell == pytest.approx(0.2)
    assert p.pressure == pytest.approx(50e6 * 13e-6 / (R * 318.15))
    assert p.capillarity == pytest.approx(0.6 * 13e-6 / (R * 318.15 * 2e-6))
    assert (p.transference, p.lithium_per_salt) == pytest.approx((0.3, 1 / (13e-6 * 800.0)))
    assert p.diffusivity == pytest.approx(1e-10 * TIME / 4e-12)
    assert p.layer is None and not p.reservoir
    assert case.spacing == pytest.approx((0.25, 0.2))


def test_parameters_of_other_decks():
    """A single-ion conductor; both kinds of capillarity; a reservoir; a linear law; a layer that grows."""
    single = build(parse_deck(SINGLE_ION)).model.p
    assert (single.conductivity_exponent, single.transference, single.diffusivity) == (0.0, 1.0, 0.0)
    assert single.lithium_per_salt == 0.0 and not single.reservoir
    assert single.capillarity == pytest.approx(0.5 * 12.998e-6 / (R * 298.15 * 2e-6))
    effective = parse_deck(SINGLE_ION, overrides=["interface.capillarity=effective"])
    assert build(effective).model.p.capillarity is None
    deck = parse_deck(SINGLE_ION, overrides=[*BINARY, "electrolyte.counter_electrode=reservoir", "kinetics.law=linear"])
    p = build(deck).model.p
    assert p.reservoir and p.kinetics == LinearKinetics(0.5, 0.5)
    s = build(deck).scales
    layer = GrowingLayer(np.array([0.0, 100.0]), np.array([1.0, 3.0]), np.array([2.0, 6.0]))
    assert dimensionless(deck, s, layer).layer(25.0 / s.time) == pytest.approx(1.5 / s.resistance)
    assert (layer.resistance_at(50.0), layer.lost_at(75.0)) == pytest.approx((2.0, 5.0))


def test_drive(case):
    """Currents over i₀, voltages over RT/F, times over the time; a rest is no current."""
    values = [(d.galvanostatic, d.value, end * TIME) for d, end in zip(case.drive, case.ends, strict=True)]
    expected = [(True, 2.0, 10.0), (True, 0.0, 15.0), (False, -0.05 / THERMAL, 100.0)]
    for found, exact in zip(values, expected, strict=True):
        assert found[0] is exact[0] and found[1:] == pytest.approx(exact[1:])


def test_film_and_boundaries():
    """R = d/σ where the coating is, a boundary's factors in its middle, both together on the exchange current."""
    deck = parse_deck(DECK)
    scales = build(deck).scales
    fields = {f.name: f for f in static_fields(deck, scales)}
    x = np.array([2.0, 4.5, 8.0, 11.0]) / 2
    place = [x, np.full(4, 3.0)]
    found = {name: f.values(place) * f.scale for name, f in fields.items()}
    rim = np.abs(np.array([2.0, 4.5, 8.0, 11.0]) - 8.0) - 2.0  # µm, from the defect's edge; smoothed over a cell
    covered = (1 + np.tanh(2 * rim / 0.4)) / 2
    boundary = np.exp(-((2 * np.array([0.0, 2.5, 6.0, 9.0])) ** 2))
    np.testing.assert_allclose(found["film"], FILM * covered, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found["conductivity"], 0.05 * (1 - 0.9 * boundary), rtol=1e-9)
    exchange = 30.0 * (1 - 0.5 * covered) * (1 + 4.0 * boundary)
    np.testing.assert_allclose(found["exchange"], exchange, rtol=1e-9)
    plain = parse_deck(DECK, overrides=["coating.exchange_current_factor=1", "heterogeneity="])
    assert [f.name for f in static_fields(plain, scales)] == ["film"]
    assert static_fields(parse_deck(SINGLE_ION), scales) == []


def test_start(case):
    """The front's profile from the distance along z/|∇|, φ of the flat cell over the front, the salt uniform."""
    fields = {f.name: f for f in case.model.fields}
    x, z = np.array([0.0, 6.0, 12.0, 0.0]) / 2, np.array([6.0, 5.0, 4.0, 10.0]) / 2
    ξ = fields["xi"].initial([x, z])
    assert ξ[:3] == pytest.approx([0.5, 0.5, 0.5], abs=1e-6) and ξ[3] < 1e-3
    assert fields["c"].initial([x, z]) == pytest.approx(np.ones(4))
    assert [fields[n].scale for n in ("xi", "phi", "c")] == pytest.approx([1.0, THERMAL, 800.0])
    assert (fields["xi"].lower, fields["xi"].upper, fields["c"].lower) == (-0.05, 1.05, -0.05)
    assert [fields[n].positive for n in ("xi", "phi", "c")] == [False, False, True]
    φ = fields["phi"].initial([x, np.array([1.0, 2.5, 5.0, 10.0])])
    assert φ[0] == φ[1] and φ[3] - φ[2] == pytest.approx(2.0 * 5.0 / case.model.p.conductivity)
    assert case.planar.surface_current(float(φ[0])) == pytest.approx(2.0)


@pytest.mark.parametrize("dimension", [1, 3])
def test_start_in_other_dimensions(dimension):
    """Heights are along the last axis, and the salt is uniform, on one axis and on three."""
    more = ("'4 um', '6 um', '60 um'", "4, 6, 60") if dimension == 3 else ("'60 um'", "60")
    deck = parse_deck(SINGLE_ION, overrides=[
        *BINARY, f"domain.dimension={dimension}", f"domain.size=[{more[0]}]", f"domain.cells=[{more[1]}]",
        "domain.cell_size=", "front.cosines=",
    ])  # fmt: skip
    case = build(deck)
    fields = {f.name: f for f in case.model.fields}
    z = np.array([1.0, 5.0, 12.0, 20.0])
    place = [*np.array([[0.3, 0.9, 1.4, 1.9], [2.5, 1.5, 0.5, 0.1]])[: dimension - 1], z]
    np.testing.assert_allclose(heights(deck.domain, case.scales)(place), z, rtol=1e-12)
    np.testing.assert_allclose(fields["xi"].initial(place), 1 / (1 + np.exp(4 * (z - 5.0))), atol=1e-12)
    np.testing.assert_array_equal(fields["c"].initial(place), np.ones(4))
    φ = fields["phi"].initial(place)
    assert φ[0] == φ[1] and φ[3] - φ[2] == pytest.approx(0.6 * 8.0 / case.model.p.conductivity)


def test_box_or_mesh(tmp_path):
    """A deck with a mesh gets the case of meshes: its thickness is per area of the electrode."""
    path = meshes.flat_deck(tmp_path)
    path.write_text(path.read_text().replace("flat.geo", "square.msh").replace('"1 um"', '"16 um"'))
    (tmp_path / "square.msh").write_text(meshes.SQUARE)
    assert type(build(load_deck(path))) is MeshPlatingCase
    assert type(build(parse_deck(SINGLE_ION))) is PlatingCase


def test_flat_cell(case):
    """Heights, gap, and samples of the surface in the middle of each cell, filmed and bare."""
    planar = case.planar
    assert (planar.height, planar.gap) == pytest.approx((2.5, 7.5))
    assert (planar.conductivity, planar.pressure) == (case.model.p.conductivity, case.model.p.pressure)
    x = (np.arange(24) + 0.5) * 0.25
    expected = {f.name: f.values([x, np.full(24, 2.5)]) for f in case.model.static}
    np.testing.assert_allclose(planar.film, expected["film"])
    np.testing.assert_allclose(planar.exchange, expected["exchange"])
    assert planar.film.std() > 0.1 * planar.film.mean()
    moved = planar.at(3.5)
    assert (moved.height, moved.gap) == pytest.approx((3.5, 6.5))


def test_flat_cell_of_a_layer_and_of_many_cells():
    """A layer adds its first resistance to a bare surface; no more than 200 samples; without a pressure unless said."""
    deck = parse_deck(SINGLE_ION)
    s, p = build(deck).scales, build(deck).model.p
    bare = PlanarCell.of(deck, s, p, ())
    assert (bare.film, bare.exchange, bare.pressure) == (0.0, 1.0, 0.0)
    grown = PlanarCell.of(deck, s, SimpleNamespace(**{**vars(p), "layer": lambda t: 7.0 + t}), ())
    assert grown.film == 7.0
    wide = parse_deck(DECK, overrides=["domain.cells=[240, 400]"])
    planar = build(wide).planar
    assert planar.film.shape == (200,)
    x = (np.arange(200) + 0.5) * 6.0 / 200
    fields = {f.name: f for f in static_fields(wide, build(wide).scales)}
    np.testing.assert_allclose(planar.film, fields["film"].values([x, np.full(200, 2.5)]))
    assert PlanarCell(ButlerVolmer(), np.zeros(1), np.ones(1), 1.0, 2.0, 3.0).pressure == 0.0


def test_flat_cell_of_three_dimensions():
    """Each column of cells counts, along x and along y."""
    deck = parse_deck(DECK, overrides=[
        "domain.dimension=3", "domain.size=['12 um', '6 um', '20 um']", "domain.cells=[12, 4, 50]", "front.cosines=",
        "heterogeneity=", "coating.defects=[{position=['8 um', '2 um'], width='4 um'}]",
    ])  # fmt: skip
    case = build(deck)
    film = {f.name: f for f in case.model.static}["film"]
    columns = [((i + 0.5) / 2, (j + 0.5) * 0.75) for i in range(12) for j in range(4)]
    expected = [float(film.values([np.array(x), np.array(y), np.array(2.5)])) for x, y in columns]
    assert sorted(case.planar.film) == pytest.approx(sorted(expected))
    assert 0.1 < np.mean(expected) / max(expected) < 0.95


def flat(**changes):
    given = {"law": LinearKinetics(), "film": np.array([0.0, 2.0]), "exchange": np.array([1.0, 0.5]), "height": 1.0,
             "gap": 6.0, "conductivity": 3.0, "pressure": 0.4}  # fmt: skip
    return PlanarCell(**given | changes)


def test_linear_flat_cell():
    """A linear law in closed form: i = −⟨b/(1 + r b)⟩(p − φ), in series with gap/σ = 2."""
    slope = np.mean([1.0, 0.5 / (1 + 2.0 * 0.5)])
    assert flat().surface_current(3.0) == pytest.approx(slope * (3.0 - 0.4))
    assert flat().surface_drop(1.5) == pytest.approx(0.4 + 1.5 / slope)
    for voltage in (-5.0, 5.0):
        i = (-voltage - 0.4) / (1 / slope + 2.0)
        segment = SimpleNamespace(galvanostatic=False, value=voltage)
        assert flat().current(segment) == pytest.approx(i)
        potential = flat().potential(segment)
        assert potential(np.array([0.0, 1.0, 4.0, 7.0])) == pytest.approx(-voltage - i * np.array([2.0, 2.0, 1.0, 0.0]))
    rest = SimpleNamespace(galvanostatic=False, value=-0.4)
    assert flat().current(rest) == 0.0
    given = SimpleNamespace(galvanostatic=True, value=1.5)
    assert flat().current(given) == 1.5
    assert flat().potential(given)(np.array([0.5, 4.0])) == pytest.approx(0.4 + 1.5 / slope + np.array([0.0, 1.5]))


def test_steps(case, monkeypatch):
    """A first step of 2 % of a width, none of more than 5 %, at the current of the segment; what the deck says less.

    A first step takes a tenth of the salt at most: c falls by 2(1 − t₊)(c_Li/c₀)i √(t/πD).

    The part of the profile's diffusion that is explicit spreads over δ in δ²/Γ: no longer step, with δ = ¼ δ_PF.

    A rest is taken as slowly as the fastest segment; a drive of no current at all by a thousandth of i₀.
    """
    currents = [abs(case.planar.current(s)) for s in case.drive]
    assert currents[:2] == [2.0, 0.0]
    assert case.fastest == pytest.approx(max(currents))
    assert case.largest_step == pytest.approx((0.5e-6) ** 2 / 3e-14 / TIME)
    for overrides in (["interface.mobility=1e-14 m^2/s"], ["interface.capillarity=effective"]):
        other = build(parse_deck(DECK, overrides=overrides))
        assert other.largest_step == pytest.approx(0.05 / currents[0])
    case.model.segment = case.drive[0]
    p = case.model.p
    taken = 2 * (1 - p.transference) * p.lithium_per_salt * 2.0 * math.sqrt(case.first_step / (math.pi * p.diffusivity))
    assert taken == pytest.approx(0.1)
    single_ion = build(parse_deck(SINGLE_ION))
    single_ion.model.segment = single_ion.drive[0]
    assert single_ion.first_step == pytest.approx(0.02 / abs(single_ion.planar.current(single_ion.drive[0])))
    for segment in (case.drive[1], None):  # a rest, as slow as the fastest current
        case.model.segment = segment
        of_salt = 0.1 / (2 * (1 - p.transference) * p.lithium_per_salt * max(currents))
        assert case.first_step == pytest.approx(min(0.02 / max(currents), math.pi * p.diffusivity * of_salt**2))
    case.model.segment = None
    rest = build(parse_deck(SINGLE_ION, overrides=["drive.steps=[{mode='rest'}]"]))
    assert rest.fastest == 1e-3
    limited = build(parse_deck(DECK, overrides=["time.max_step=0.1 s"]))
    assert limited.largest_step == pytest.approx(0.1 / TIME)
    monkeypatch.setattr(PlatingCase, "thickness", lambda case, engine: 1e6)  # it bounds no step
    engine = SimpleNamespace(apply_boundaries=lambda: None)
    given = build(parse_deck(DECK, overrides=["time.initial_step=0.01 s"]))
    assert given.begin(0, engine) == pytest.approx(0.01 / TIME)
    given = build(parse_deck(DECK, overrides=["time.initial_step=0.2 s", "time.max_step=0.1 s"]))
    assert given.begin(0, engine) == pytest.approx(0.1 / TIME)


def test_why_a_run_ends(case):
    """Charge, tip and short circuit of the deck, and the salt for a given current, which has a direction."""
    salt = {"Salt at the lithium": 8.1, "Salt at the counter electrode": 0.0}
    row = {"Charge passed": 2999.0, "Tip height": 14.9e-6, "Short circuit": 0.0, **salt}
    assert case.stop_reason(row) is None
    assert "charge" in case.stop_reason(row | {"Charge passed": 3000.0})
    assert "tip" in case.stop_reason(row | {"Tip height": 15e-6})
    assert "short" in case.stop_reason(row | {"Short circuit": 1.0})
    assert "lithium" in case.stop_reason(row | {"Salt at the lithium": 7.9})
    open_ended = build(parse_deck(DECK, overrides=["stop.charge=", "stop.tip_height=", "stop.short_circuit=false"]))
    assert open_ended.stop_reason({"Charge passed": 1e9, "Tip height": 1.0, "Short circuit": 1.0, **salt}) is None
    open_ended.model.current.setValue(-1.0)
    assert "counter" in open_ended.stop_reason(row)


def test_a_new_segment_moves_the_potential():
    """At a change of the drive φ gains what it differs by in a flat cell whose lithium is as thick as it is now."""
    case = build(parse_deck(SINGLE_ION, overrides=[
        "domain.size=['4 um', '40 um']", "domain.cell_size=1 um", "front.cosines=",
        "drive.steps=[{mode='galvanostatic', current_density='6 mA/cm^2', duration='9 s'},"
        " {mode='galvanostatic', current_density='-2 mA/cm^2'}]",
    ]))  # fmt: skip
    engine = case.engine()
    assert case.begin(0, engine) == pytest.approx(0.02 / 0.6)
    engine.state.now["xi"][...] = 0.5  # 20 µm of lithium, 10 widths
    before = engine.ghosted("phi").copy()
    case.begin(1, engine)
    z = (np.arange(40) + 0.5) / 2
    flat = case.planar.at(10.0)
    lost = flat.surface_drop(0.6) - flat.surface_drop(-0.2) + 0.8 * np.maximum(z - 10.0, 0.0) / flat.conductivity
    np.testing.assert_allclose(engine.ghosted("phi") - before, np.broadcast_to(-lost[:, None], before.shape), atol=1e-9)
    flux = engine.cell_flux("phi")
    derived = case.derived_fields(engine)
    np.testing.assert_allclose(derived["iy"], -flux[1] * 100.0, rtol=1e-12)
    np.testing.assert_allclose(derived["current"], np.hypot(flux[0], flux[1]) * 100.0, rtol=1e-12)


def test_record(case):
    """It measures the engine in the case's units, and has the layer that grows."""
    layer = GrowingLayer(np.array([0.0]), np.array([1.0]), np.array([2.0]))
    grown, engine = replace(case, layer=layer), case.engine()
    record = grown.record(engine)
    assert record.engine is engine and record.scales is case.scales and record.layer is layer


@pytest.mark.parametrize(("left", "at_voltage", "ends"), [
    (1.24, False, True), (1.26, False, False), (1.24, True, False),
])  # fmt: skip
def test_salt_that_is_used_up(left, at_voltage, ends):
    """A given current ends where diffusion brings less than 1.25 of it to the surface; a voltage finds its own."""
    steps = "{mode='potentiostatic', voltage='-0.1 V'}" if at_voltage else (
        "{mode='galvanostatic', current_density='60 A/m^2'}")  # fmt: skip
    case = build(parse_deck(SINGLE_ION, overrides=[
        *BINARY, "domain.size=['4 um', '40 um']", "domain.cell_size=0.5 um", "front.cosines=", f"drive.steps=[{steps}]",
    ]))  # fmt: skip
    engine = case.engine()
    case.begin(0, engine)
    brought = carried_at_most(engine)  # of c = 1
    engine.state.put("c", np.full_like(engine.ghosted("c"), left * 60 / case.scales.current / brought))
    assert ("salt" in case.exhausted(engine)) is ends and bool(case.exhausted(engine)) is ends
    engine.state.put("xi", np.zeros_like(engine.ghosted("xi")))  # without lithium there is no surface to run dry
    assert case.exhausted(engine) == ""
    single = build(parse_deck(SINGLE_ION))
    single.model.apply(single.drive[0])
    assert single.exhausted(None) == ""


def test_a_layer_is_grown_by_itself(monkeypatch):
    """Its times, resistances and charges are the rows of its run, begun at time 0; each step is counted once."""
    counted, engine = [], SimpleNamespace(initialise=lambda dt: SimpleNamespace(accepted=dt == 0.1))

    class Record:
        def update(self, dt):
            counted.append(dt)

        def row(self, time):
            return {"Resistance": 2 * time + 1, "Charge consumed": 5 * time}

    case = SimpleNamespace(
        engine=lambda: engine, begin=lambda index, of: 0.1 if (index, of) == (0, engine) else None,
        record=lambda engine: Record(), scales=SimpleNamespace(time=10.0), stop_reason=lambda row: None,
        largest_step=1.0, ends=(1.0,),
    )  # fmt: skip

    def march(*given):
        assert given[:3] == (engine, ("controller", 0.1, 0.01, 1.0), (1.0,)) and given[4] == 3
        for step, time, dt in ((0, 0.0, 0.0), (1, 0.4, 0.4), (2, 1.0, 0.6)):
            given[3][0](SimpleNamespace(step=step, time=time, dt=dt))

    monkeypatch.setattr(layer_, "build", lambda deck: case)
    monkeypatch.setattr(layer_, "march", march)
    monkeypatch.setattr(layer_, "Controller", lambda *given: ("controller", *given))
    deck = SimpleNamespace(time=SimpleNamespace(tolerance=0.01), solver=SimpleNamespace(max_rejections=3))
    grown = layer_.grow(deck)
    np.testing.assert_allclose(grown.times, [0.0, 4.0, 10.0])
    np.testing.assert_allclose(grown.resistance, [1.0, 9.0, 21.0])
    np.testing.assert_allclose(grown.lost, [0.0, 20.0, 50.0])
    assert counted == [0.4, 0.6]

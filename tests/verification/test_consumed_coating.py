"""A coating that lithium consumes, against Deal-Grove in each of two layers in series, and their books.

Bars, set before the first run: 3 % for growth in the coating, for when it is used up and for growth behind it; 1e-6 in
lithium and charge; nothing at all where the window is not reached. Units as in test_reaction_degree: cells of 1, U = 1,
F/V_n = 1; the coating has 20 cells.
"""

from __future__ import annotations

import numpy as np
import pytest
from fipy import CellVariable, Grid1D, Grid2D, Grid3D

from phasefield import run, theory
from phasefield.check import derived
from phasefield.deck import load_deck
from phasefield.engines.factory import make_engine
from phasefield.physics.common.model import CoefficientField, Field
from phasefield.physics.interphase.consumed_coating import ConsumedCoating, Reactant, least
from phasefield.physics.interphase.model import Conductor, Parameters
from phasefield.postprocess.growth import planned_law
from phasefield.run.time_loop import Controller, march
from phasefield.theory import coating as laws
from tests.slow import slow
from tests.test_inputs import INPUTS
from tests.verification.interphase import LINEAR
from tests.verification.support import added

CELLS = 20
DECK = INPUTS / "interphase_coating_consumed.toml"
#: One-dimensional, without the hole; twice as many cells.
FLAT = (
    "domain.dimension=1", "domain.size=['60 nm']", "domain.cells=[60]", "coating.defects=", "interface.width=1 nm",
    "time.tolerance=0.01", "output.snapshots=1",
)  # fmt: skip


def pair(ambipolar, ratio=100.0):
    """Conductivities of ions and electrons, the latter slower, with a given ambipolar one."""
    return ambipolar * (1 + ratio), ambipolar * (1 + 1 / ratio)


def case(left, product, layer, onset=1.0, velocities=(100.0, 1.0), charge=1.0, top=20):
    """Engine and theory of a coating; ambipolar conductivities of what is left of it, of its product, of the layer."""
    p = Parameters(
        mobility=1.0, onset=1.0, product=Conductor(*pair(layer)), electrolyte=Conductor(1e3, 1e-6), kinetics=LINEAR,
        cell=1.0, coating=Conductor(*pair(left)),
    )  # fmt: skip
    own, other = velocities
    reactant = Reactant(onset, own / onset / other, LINEAR, Conductor(*pair(product)), charge)
    fields = [
        Field("psi", "", "1", lambda x: 0 * x[-1], lower=-0.05, upper=1.05, tolerance=1e-4, controls_step=True),
        *(Field(name, "", "1", lambda x: 0 * x[-1], tolerance=1e-4) for name in ("phi_i", "phi_e")),
    ]
    covered = CoefficientField("coating", "", "1", lambda x: 1.0 * (x[-1] < CELLS))
    fronts = laws.TwoFronts(
        CELLS,
        left,
        laws.Reactant(onset, own / other, theory.FARADAY / charge, product),
        laws.Reactant(1.0, 1.0, theory.FARADAY, layer),
        0.0,
    )
    return make_engine("auto", ConsumedCoating(reactant, p, fields, [covered]), [CELLS + top], [1.0]), fronts


def grow(engine, times, tolerance=0.02):
    """Consumed coating and layer at some times."""
    found = []

    def look(_):
        ψ = engine.owned("psi")
        found.append((np.sum(ψ[:CELLS]), np.sum(ψ[CELLS:])))

    march(engine, Controller(times[0] / 50, tolerance), times, [], on_stop=look)
    return np.array(found).T


@pytest.mark.parametrize("parabolic", [slow(0.05), 2.0, slow(1e3)])
def test_coating_that_passes_nothing_on(parabolic):
    """s²/2k_p + s/k_c = t within the coating until it is used up, whether conduction or reaction limits."""
    wanted = np.array([8.0, 12.0, 16.0, 19.0])
    engine, fronts = case(1e-6 * parabolic, parabolic, 0.05, velocities=(1.0, 1.0), charge=2.0)
    times = wanted**2 / parabolic + wanted  # V_c is V_n/2, and so is k_p
    assert fronts.coating.parabolic == pytest.approx(parabolic / 2)
    consumed, layer = grow(engine, times, 0.005)
    assert consumed == pytest.approx(wanted, rel=0.03)
    assert np.max(layer) < 0.02 * CELLS


#: Conductivities of what is left, of its product and of the layer; U_c; what rates limit.
COURSES = {
    "insulating": (2e-7, 0.2, 0.05, 1.0, (100.0, 1.0)),
    "a tenth as conducting": (0.02, 0.2, 0.05, 0.6, (100.0, 1.0)),
    "as conducting": (0.2, 0.2, 0.05, 0.6, (100.0, 1.0)),
    "more conducting": (2.0, 0.2, 0.05, 0.6, (100.0, 1.0)),
    "nobler than the electrolyte": (0.02, 0.2, 0.05, 1.6, (100.0, 1.0)),
    "slow": (2e-6, 20.0, 0.05, 1.0, (0.05, 1.0)),
}


#: A coating that passes electrons on, and one that lithium attacks before the electrolyte.
TRIED = {"a tenth as conducting", "nobler than the electrolyte"}


@pytest.mark.parametrize("name", [name if name in TRIED else slow(name) for name in COURSES])
def test_both_fronts(name):
    """Coating and layer on their way and behind it: each to 3 % of what was there and is left, once 6 cells thick."""
    *conductivities, onset, velocities = COURSES[name]
    engine, fronts = case(*conductivities, onset=onset, velocities=velocities)
    used_up = fronts.course([1e5]).used_up
    times = used_up * np.array([0.2, 0.4, 0.6, 0.8, 1.5, 2.0, 2.5])
    consumed, layer = grow(engine, times, 0.005 if name == "slow" else 0.02)
    expected = fronts.course(times)
    thick = expected.consumed > 6
    assert consumed[thick] == pytest.approx(expected.consumed[thick], rel=0.03)
    assert consumed[-1] == pytest.approx(CELLS, rel=1e-3)
    thick = expected.layer > 6
    assert layer[thick] == pytest.approx(expected.layer[thick], rel=0.03)


@pytest.mark.parametrize("charge", [slow(0.5), 2.0])
def test_used_up_and_what_grows_behind(charge):
    """h²/2k_p + h/k_c, by where the layer behind starts from; it grows as under a film of the coating's product."""
    engine, fronts = case(1e-6, 0.2, 0.05, charge=charge)
    time = laws.consumption_time(CELLS, fronts.coating)
    assert fronts.course([2 * time]).used_up == pytest.approx(0.99**2 * time, rel=0.005)
    times = time * np.array([1.5, 2.0, 3.0, 4.0])
    _, layer = grow(engine, times)
    film, parabolic = CELLS * 0.05 / 0.2, 0.05
    squares = (layer + film + parabolic) ** 2 / (2 * parabolic)  # k_r = 1 is in series
    assert np.diff(squares) == pytest.approx(np.diff(times), rel=0.03)
    began = times - squares + (film + parabolic) ** 2 / (2 * parabolic)
    assert began == pytest.approx(time, rel=0.03)


def test_time_until_used_up(tmp_path):
    """What `check` foresees of the shipped deck, flat, and pictures draw: time, thickness, resistance to 3 %; books."""
    deck = load_deck(DECK, FLAT)
    foreseen = derived(deck)
    made = run(DECK, tmp_path / "run", overrides=FLAT)
    history, law = made.history, planned_law(made)
    part, time = history["Coating consumed [1]"], history["Time [s]"]
    used_up = float(np.interp(1 - laws.TRACE, part, time))
    assert used_up == pytest.approx(foreseen["coating_used_up"], rel=0.03)
    assert history["Thickness [m]"][-1] == pytest.approx(foreseen["planned_thickness"], rel=0.03)
    assert law.time[0] == foreseen["coating_used_up"]
    shown = np.interp(time[-1], law.time, law.thickness), np.interp(time[-1], law.time, law.resistance)
    assert shown == pytest.approx((history["Thickness [m]"][-1], history["Resistance [ohm m2]"][-1]), rel=0.03)
    books_close(history, deck)
    lithium = deck.coating.thickness / deck.coating.consumption.product.volume_per_lithium
    assert history["Lithium taken by the coating [mol/m2]"][-1] == pytest.approx(lithium, rel=1e-3)


def test_butler_volmer(tmp_path):
    """Where only its reaction limits, the coating's front moves at i₀V_c/F · 2 sinh(FU_c/2RT), Arrhenius in i₀: 3 %."""
    conducting = "ionic_conductivity='1 S/m', electronic_conductivity='1 S/m', volume_per_lithium='20 cm^3/mol'"
    law, warmer = "law='butler-volmer', exchange_current_density", 313.15
    history = run(DECK, tmp_path / "run", overrides=[
        *FLAT, "stop.time=1 s", "time.max_step=10 ms", f"conditions.temperature={warmer} K",
        "coating.consumption.reduction_potential=0.1 V", f"coating.consumption.product={{{conducting}}}",
        f"coating.consumption.reaction={{{law}='5 A/m^2', activation_energy='40 kJ/mol'}}",
        f"reaction={{{law}='1e-9 A/m^2'}}", "electrolyte.reduction_potential=0.2 V",
    ]).history  # fmt: skip
    exchange = theory.arrhenius(5.0, 40e3, warmer)
    overpotential = 0.1 * theory.FARADAY / (2 * theory.GAS_CONSTANT * warmer)
    velocity = exchange * 20e-6 / theory.FARADAY * 2 * np.sinh(overpotential)
    assert history["Coating consumed [m]"][-1] == pytest.approx(velocity, rel=0.03)  # in 1 s
    assert 6e-9 < velocity < 20e-9


def books_close(history, deck):
    """Charge of either carrier is that of all lithium consumed, which is the coating's and the layer's: 1e-6."""
    for column in ("Charge closure [1]", "Carrier closure [1]"):
        assert history[column] == pytest.approx(0.0, abs=1e-6)
    grown = history["Thickness [m]"] - history["Thickness [m]"][0]
    parts = history["Lithium taken by the coating [mol/m2]"] + grown / deck.product.volume_per_lithium
    assert history["Lithium consumed [mol/m2]"] == pytest.approx(parts, rel=1e-6)
    passed = added(history["Leakage current density [A/m2]"], history["Time step [s]"])
    assert passed == pytest.approx(theory.FARADAY * parts, rel=1e-6)
    advanced = added(history["Growth rate [m/s]"], history["Time step [s]"])
    assert advanced == pytest.approx(grown, rel=1e-6, abs=1e-6 * grown[-1])


def test_books_beside_a_hole(tmp_path):
    """Two fronts in two dimensions, one around the other: lithium and charge close to 1e-6 in every step."""
    overrides = ["domain.cells=[30, 30]", "coating.thickness=16 nm", "stop.time=10 min"]
    history = run(DECK, tmp_path / "run", overrides=overrides).history
    assert 0.3 < history["Coating consumed [1]"][-1] < 1
    books_close(history, load_deck(DECK, overrides))


@pytest.mark.parametrize("potential", ["0 V", slow("-0.3 V")])
def test_a_window_that_is_not_reached(potential, tmp_path):
    """The coating stays, to the last bit, and the layer behind it grows as without the section."""
    override = f"coating.consumption.reduction_potential={potential}"
    common = [*FLAT, "stop.time=10 min"]
    inert = run(DECK, tmp_path / "inert", overrides=[*common, "coating.consumption="]).history
    stable = run(DECK, tmp_path / "stable", overrides=[*common, override]).history
    assert np.array_equal(stable["Thickness [m]"], inert["Thickness [m]"])


def test_a_front_that_rests_within_the_coating():
    """Where all conduct alike, V rises to U at the layer's front: the coating's hardly moves once it is where V is U_c.

    That is at s/(h + L) = U_c/U at most; to half a cell, and what grows behind to 3 %.
    """
    engine, fronts = case(0.05, 0.05, 0.05, onset=0.3, velocities=(100.0, 1.0))
    times = np.array([2000.0, 4000.0, 6000.0])
    consumed, layer = grow(engine, times)
    expected = fronts.course(times)
    assert np.all(expected.consumed < 0.3 * (CELLS + expected.layer))
    assert consumed == pytest.approx(expected.consumed, abs=0.5)
    assert layer[1:] == pytest.approx(expected.layer[1:], rel=0.03)


@pytest.mark.parametrize("shape", [(5,), (5, 4), (3, 4, 5)])
def test_the_smaller_of_two_neighbours_to_round_off(shape):
    """Along every axis, of cells that are not cubes; m − √(m² − ab) is off by 1e-9 where both are nearly equal."""
    sizes = (0.5, 2.0, 3.0)[: len(shape)]
    mesh = (Grid1D, Grid2D, Grid3D)[len(shape) - 1](
        **{f"n{axis}": n for axis, n in zip("xyz", shape, strict=False)},
        **{f"d{axis}": d for axis, d in zip("xyz", sizes, strict=False)},
    )
    values = 0.7 + np.random.default_rng(3).choice([0.0, 1e-15, -3e-13, 4e-10, 2e-6, 0.2], mesh.numberOfCells)
    lower, upper = values[np.ma.filled(mesh.faceCellIDs, 0)]
    expected = np.where(mesh.exteriorFaces.value, lower, np.minimum(lower, upper))
    assert np.max(np.abs(least(CellVariable(mesh, value=values)).value - expected)) < 1e-15

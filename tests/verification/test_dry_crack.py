"""A crack that runs ahead of its lithium: pressure, reach and length, charge, stripping, ranks."""

import json

import numpy as np
import pytest

from phasefield.deck import parse_deck
from phasefield.engines.grid import Grid
from phasefield.errors import DeckError
from phasefield.io.rundir import open_run
from phasefield.mechanics import End, Filling, Flow, Fracture
from phasefield.run.runner import run
from tests.errors import refused
from tests.parallel.pool import on_ranks
from tests.verification import crack_support as exact
from tests.verification.fracture_support import LAME, SHEAR
from tests.verification.plastic_filling import PlasticFilling, at_volume

#: Size of a cell and width of the damage, over the flaw.
CELL, WIDTH = 0.05, 0.1
#: Half of the distance of the cracks of the row.
HALF = 3.0


def flawed():
    """A flaw of half-length 1 in the middle of a box of 6 × 3, with a mirror at its mouth; E' = G_c = 1."""
    shape = (121, 60)
    fracture = Fracture(Grid(shape, (CELL, CELL)), [End(), End()], LAME, SHEAR, 1.0, WIDTH)
    flaw = np.zeros(shape[::-1], bool)
    flaw[:20, 60] = True
    return fracture, flaw


def test_the_integrals_give_griffith_without_a_yield_stress():
    """P = 1/√(2W tan(πa/2W)) in a row, within 0.2 %; a front that cannot move: K = 2P√(a/π) asin(b/a), within 1 %."""
    pressure, front, _ = PlasticFilling(1.5, HALF, 1.0).growing(0.0)
    assert pressure == pytest.approx(1 / np.sqrt(2 * HALF * np.tan(0.5 * np.pi * 1.5 / HALF)), rel=2e-3)
    assert front == pytest.approx(1.5, rel=1e-3)
    stiff, front, _ = PlasticFilling(1.5, 40.0, 1.0).growing(1e3)
    assert front == pytest.approx(1.0, abs=0.01)
    assert stiff == pytest.approx(1 / (2 * np.sqrt(1.5 / np.pi) * np.arcsin(front / 1.5)), rel=0.01)


@pytest.mark.parametrize("stress", [0.7, pytest.param(3.0, marks=pytest.mark.slow), 12.0])
def test_how_far_a_crack_runs_ahead(stress):
    """Pressure within 4 %, half-length within 4 %, front within 0.1 a of integrals along a sharp crack.

    The stress is that of lithium in a garnet with a flaw of 10 µm if it yields at 0.8, 3 and 13 MPa.
    """
    fracture, flaw = flawed()
    found = None
    for volume in (2.2, 3.0, 4.0):
        start = fracture.seeded(flaw) if found is None else found.damage
        found = fracture.solve(start, Filling(content=volume), flow=Flow(stress, flaw))
    length, pressure, front = at_volume(volume, HALF, 1.0, stress)
    assert found.pressure == pytest.approx(pressure, rel=0.04)
    assert fracture.area(found.damage) - fracture.area(fracture.seeded(flaw)) + 1 == pytest.approx(length, rel=0.04)
    filled = CELL * np.sum((found.reach * (found.damage > 0.9))[:, 60])
    assert filled == pytest.approx(front, abs=0.1)
    assert found.volume == pytest.approx(volume, rel=1e-9)
    np.testing.assert_allclose(np.sum(found.opening) * CELL**2, volume, rtol=1e-6)


def test_a_filling_that_flows_easily_fills_the_crack():
    """A yield stress of 1e-4 changes pressure and length by less than 1 %."""
    fracture, flaw = flawed()
    free, soft = (
        fracture.solve(fracture.seeded(flaw), Filling(content=1.5), flow=flow) for flow in (None, Flow(1e-4, flaw))
    )
    assert soft.pressure == pytest.approx(free.pressure, rel=0.01)
    assert fracture.area(soft.damage) == pytest.approx(fracture.area(free.damage), rel=0.01)
    broken = free.damage > 0.9
    assert np.min(soft.reach[broken]) > 0.95


# -- decks -------------------------------------------------------------------------------------------

PLATE = "{mode='galvanostatic', current_density='4 mA/cm^2', duration='22 s'}"
STRIP = "{mode='galvanostatic', current_density='-4 mA/cm^2', duration='60 s'}"
YIELD = "lithium.yield_stress=15 MPa"


def history(folder, time, *overrides):
    deck = parse_deck(exact.DECK.format(current=4.0, time=time), overrides=(*exact.COARSE, YIELD, *overrides))
    opened = open_run(run(deck, folder / "run").path)
    return opened, opened.history


@pytest.fixture(scope="module")
def cycle(tmp_path_factory):
    """A flaw of 10 µm that is plated until its crack runs ahead, and stripped."""
    folder = tmp_path_factory.mktemp("dry")
    return history(folder, 80, f"drive.steps=[{PLATE}, {STRIP}]", "output.times=['21.9 s']", "output.snapshots=")


def test_the_crack_runs_ahead_and_the_charge_closes(cycle):
    """Lithium at the electrode and in the crack is the charge passed, to 1e-6 in each step."""
    _, found = cycle
    plating = found["Current density [A/m2]"] > 0
    assert np.max(found["Dry length [m]"][plating]) > 1e-6
    assert np.max(found["Crack length [m]"]) > 1.3 * exact.LENGTH
    assert np.max(np.abs(found["Charge closure [1]"])) < 1e-6
    gained = found["Charge passed [C/m2]"] - found["Charge at the electrode [C/m2]"]
    np.testing.assert_allclose(found["Charge in the crack [C/m2]"], gained, atol=1e-6 * np.max(gained))


def test_where_the_crack_is_dry(cycle):
    """Lithium in the flaw, none at the tip; no lithium is counted where it does not reach."""
    opened, _ = cycle
    last = opened.snapshot(1)
    middle, reach = last["d"][25], last["reach"][25]
    broken = np.flatnonzero(middle > 0.9)
    assert np.min(reach[:8]) > 0.95
    assert reach[broken[-1]] < 0.5
    assert last["lithium"][25][broken[-1]] < 0.5 * np.max(last["lithium"])


def test_stripping_empties_and_closes_a_dry_crack(cycle):
    """The run ends when the lithium is used up: no pressure, opening below 2 % of its largest. The damage stays."""
    opened, found = cycle
    assert opened.status["reason"] == "the lithium in the crack is used up"
    assert found["Pressure [Pa]"][-1] == 0
    assert found["Opening [m]"][-1] < 0.02 * found["Opening [m]"].max()
    assert found["Crack length [m]"][-1] == pytest.approx(np.max(found["Crack length [m]"]), rel=1e-6)


def test_a_negative_yield_stress_is_refused():
    with refused(DeckError, "lithium.yield_stress"):
        parse_deck(exact.DECK.format(current=1.0, time=1.0), overrides=["lithium.yield_stress=-1 MPa"])


RANKS = """
import json
import numpy as np
from mpi4py import MPI
from phasefield.engines.grid import Grid
from phasefield.mechanics import End, Filling, Flow, Fracture
from tests.verification.fracture_support import LAME, SHEAR

grid, flaw = Grid((25, 20), (0.2, 0.2), MPI.COMM_WORLD), np.zeros((20, 25), bool)
flaw[:5, 12] = True
flaw = flaw[grid.box.place]
fracture = Fracture(grid, [End(), End()], LAME, SHEAR, 1.0, 0.4)
found = fracture.solve(fracture.seeded(flaw), Filling(content=4.0), flow=Flow(3.0, flaw))
reach = grid.whole(found.reach)
if MPI.COMM_WORLD.rank == 0:
    print(json.dumps([found.pressure, found.surface, found.elastic, found.sweeps, *map(float, reach[:, 12])]))
"""


@pytest.mark.timeout(280)
def test_ranks(tmp_path):
    """1, 2 and 3 ranks: pressure, energies, sweeps and reach to 1e-6 while the crack runs ahead."""
    (tmp_path / "program.py").write_text(RANKS)
    found = []
    for ranks in (1, 2, 3):
        done = on_ranks(ranks, tmp_path / "program.py", cwd=tmp_path)
        assert done.returncode == 0, done.stdout
        found.append(json.loads(done.stdout.splitlines()[-1]))
    assert found[0][4] > 0.99 and 0.1 < min(found[0][4:12]) < 0.9
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=1e-6, atol=1e-6)

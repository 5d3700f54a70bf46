"""Lithium that has lost contact floats at the potential at which its net current is zero.

Bars, set before the first run: net current 1e-10 of the gross one; drift of a disc and a sphere in a uniform field
within 5 % of the dipole's formula, their potential within 2 % of the field's at their centre; the lithium of each row
within 1e-6 of what has passed; the same bits after a restart; two ranks within 1e-6.

A disc or sphere of radius R in a current density i: outside, φ = −(i/σ)(r + b/rᵐ) cos θ, m = 1 or 2. What arrives at
its surface, −i(1 − mb/Rᵐ⁺¹) cos θ, is plated by a drop over R_ct: −(i/σR_ct)(R + b/Rᵐ) cos θ. So it is
−(1 + m) i cos θ/(1 + mσR_ct/R), and the metal moves against the current without changing its shape.
"""

import numpy as np
import pytest
from scipy import ndimage
from scipy.constants import R as GAS
from scipy.constants import physical_constants

from phasefield.deck import parse_deck
from phasefield.engines.unstructured import MeshEngine, fipy_mesh
from phasefield.io.rundir import open_run
from phasefield.mesh.triangles import Triangles
from phasefield.physics.common.drive import Segment
from phasefield.physics.common.kinetics import ButlerVolmer
from phasefield.physics.common.model import Field
from phasefield.physics.plating.model import Parameters, Plating
from phasefield.physics.plating.pieces import isolated
from phasefield.physics.registry import build
from phasefield.run.runner import restart, run
from tests.parallel.pool import on_ranks
from tests.reliability.restarts import ALWAYS, cut, differences
from tests.slow import slow
from tests.verification.support import front_field

F = physical_constants["Faraday constant"][0]
RT_F, MOLAR, SIGMA = GAS * 298.15 / F, 12.998e-6, 0.01
FIELD = """
[domain]
dimension = {dimension}
size = [{sides}"{top} um"]
cell_size = "{cell} um"
[electrolyte]
{electrolyte}
[kinetics]
exchange_current_density = "{exchange} A/m^2"
law = "{law}"
[interface]
width = "{width} um"
[front]
height = "6 um"
spheres = [{spheres}]
[[drive.steps]]
mode = "galvanostatic"
current_density = "{current} A/m^2"
duration = "10 h"
"""
SINGLE_ION = f'transport = "single-ion"\nconductivity = "{SIGMA} S/m"'
SALT = f'{SINGLE_ION.replace("single-ion", "binary")}\nconcentration = "1 mol/L"\ndiffusivity = "1e-10 m^2/s"' \
       "\ntransference_number = 0.3"  # fmt: skip


def floating(spheres, dimension=2, side=32, top=50, cell=0.25, width=2, law="linear", electrolyte=SINGLE_ION,
             exchange=10, current=1.0, engine="auto"):  # fmt: skip
    """Case and engine of spheres, (centre, radius) in µm, over flat lithium; the potentials are solved for."""
    sides = f'"{side} um", ' * (dimension - 1)
    listed = ", ".join(
        f'{{ position = [{", ".join(f"{chr(34)}{x} um{chr(34)}" for x in centre)}], radius = "{radius} um" }}'
        for centre, radius in spheres
    )
    text = FIELD.format(dimension=dimension, sides=sides, top=top, cell=cell, width=width, law=law, spheres=listed,
                        electrolyte=electrolyte, exchange=exchange, current=current)  # fmt: skip
    case = build(parse_deck(f'{text}\n[solver]\nengine = "{engine}"\n[time]\nmethod = "bdf2"\n'))
    found = case.engine()
    case.begin(0, found)
    found.initialise(case.first_step)
    return case, found


def piece_of(engine, low):
    """The metal above a height in widths, and the cells up to six widths from it along the axes."""
    ξ, h = engine.owned("xi"), engine.box.spacing[-1]
    above = (np.arange(len(ξ)) * h > low).reshape(-1, *[1] * (ξ.ndim - 1))
    return ndimage.binary_dilation(above & (ξ > 0.5), iterations=round(6 / h))


def moved(engine, case, low, steps=3):
    """Net and gross gain of lithium of the piece above a height by step, and the velocity of its centre [m/s]."""
    ξ, found = engine.owned("xi"), []
    z = (np.arange(len(ξ)) + 0.5).reshape(-1, *[1] * (ξ.ndim - 1)) * engine.box.spacing[-1] * case.scales.length
    for _ in range(steps):
        part, before = piece_of(engine, low), ξ.copy()
        assert (verdict := engine.step(case.first_step)).accepted, verdict
        engine.accept()
        change = (ξ - before)[part]
        drift = np.sum((ξ - before) * z * part) / np.sum(before * part) / (case.first_step * case.scales.time)
        found.append((change.sum(), np.abs(change).sum(), drift))
    return np.array(found).T


@pytest.mark.parametrize("exchange", [1, 10, slow(100)])
def test_drift_of_a_disc(exchange):
    """Half a disc at the wall; limited by charge transfer, and by the electrolyte; its potential is the field's."""
    case, engine = floating([((0, 34), 4)], exchange=exchange)
    net, gross, velocity = moved(engine, case, 9)
    assert np.max(np.abs(net) / gross) < 1e-10
    exact = 2 * MOLAR / F / (1 + SIGMA * RT_F / exchange / 4e-6)
    assert velocity == pytest.approx(exact, rel=0.05)
    potential = engine.state.auxiliary["metal"].max() * RT_F
    assert potential == pytest.approx(RT_F / exchange + 28e-6 / SIGMA, rel=0.02)


def test_drift_of_a_sphere():
    """A quarter of a sphere at the edge between two walls."""
    case, engine = floating([((0, 0, 34), 4)], dimension=3, side=14, top=46, cell=0.4, exchange=10)
    net, gross, velocity = moved(engine, case, 9, steps=2)
    assert np.max(np.abs(net) / gross) < 1e-10
    assert velocity == pytest.approx(3 * MOLAR / F / (1 + 2 * SIGMA * RT_F / 10 / 4e-6), rel=0.05)


@pytest.mark.parametrize("electrolyte", [SINGLE_ION, SALT])
@pytest.mark.parametrize("engine", ["compiled", "fipy"])
def test_two_pieces(electrolyte, engine):
    """Butler-Volmer in a strong field: each exchanges nothing, and the upper one has the higher potential."""
    case, engine = floating([((0, 13), 2), ((16, 22), 2)], side=16, top=30, cell=0.5, law="butler-volmer",
                            electrolyte=electrolyte, current=40, engine=engine)  # fmt: skip
    ξ = engine.owned("xi")
    for _ in range(3):
        before, pieces = ξ.copy(), isolated(ξ, engine.grid)
        assert engine.step(case.first_step).accepted
        for k in (1, 2):
            change = (ξ - before)[pieces == k]
            assert abs(change.sum()) < 1e-10 * np.abs(change).sum()
        engine.accept()
    drop = np.ptp(engine.floats.numbers) * RT_F
    assert drop == pytest.approx(40 * 9e-6 / SIGMA, rel=0.25)


def test_both_engines():
    """The same fields and potentials after a step, to the tolerance of Newton's method: 1e-6."""
    found = []
    for name in ("compiled", "fipy"):
        case, engine = floating([((0, 13), 2), ((16, 16), 2)], side=16, top=24, cell=0.5, law="butler-volmer",
                                current=40, engine=f'{name}"\nprofile = "strict')  # fmt: skip
        assert engine.name == name and engine.step(case.first_step).accepted
        found.append((engine.floats.numbers, engine.owned("xi").copy(), engine.owned("phi").copy()))
    for one, other in zip(*found, strict=True):
        assert one == pytest.approx(other, rel=0, abs=1e-6)


def test_line_search():
    """The search of the first guess moves the potentials of pieces as it moves the fields."""
    found = []
    for searching in (False, True):
        case, engine = floating([((0, 13), 2)], side=16, top=24, cell=0.5, law="butler-volmer", current=200)
        engine.searching = searching
        assert engine.step(case.first_step).accepted
        found.append((engine.floats.numbers, engine.owned("xi").copy(), engine.owned("phi").copy()))
    for one, other in zip(*found, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def squares(nx, nz, size):
    """A box of square cells, each cut into two triangles."""
    points = np.array([[i * size, k * size] for k in range(nz + 1) for i in range(nx + 1)])
    corner = np.arange((nx + 1) * (nz + 1)).reshape(nz + 1, nx + 1)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]
    corners = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    ends = {end: np.column_stack([row[:-1], row[1:]]) for end, row in (("bottom", corner[0]), ("top", corner[-1]))}
    return Triangles(points, corners, ends)


def test_on_triangles():
    """A disc in the field between two electrodes, on FiPy's engine: no net current; a potential of the field around it.

    Gradients on these triangles are rough: the potential is 15 % off that in a box.
    """

    def distance(x):
        return np.minimum(x[1] - 2, np.hypot(x[0], x[1] - 6) - 1)

    model = Plating(
        Parameters(mobility=0.02, conductivity=5.0, kinetics=ButlerVolmer()),
        [front_field(distance), Field("phi", "Potential", "V", lambda x: 0.5 + 0 * x[0], tolerance=1e-3)],
    )
    engine = MeshEngine(model, fipy_mesh(squares(24, 40, 0.25)))
    model.apply(Segment(True, 0.5))
    engine.apply_boundaries()
    assert engine.initialise(0.01).accepted
    areas = np.asarray(engine.mesh.cellVolumes)
    for _ in range(2):
        before, piece = engine.owned("xi").copy(), isolated(engine.owned("xi"), engine.grid) == 1
        assert engine.step(0.02).accepted
        change = ((engine.owned("xi") - before) * areas)[piece]
        assert abs(change.sum()) < 1e-10 * np.abs(change).sum()
        engine.accept()
    assert engine.floats.numbers[0] == pytest.approx(2 * np.arcsinh(0.25) + 4 * 0.5 / 5, rel=0.15)


def test_reconnection(tmp_path):
    """Plated lithium reaches a floating disc, which is then connected again.

    Down to a gap of one width, its lithium is the same within 2 %; nearer, their diffuse surfaces overlap.
    """
    text = FIELD.format(dimension=2, sides='"16 um", ', top=24, cell=0.25, width=1.5, law="butler-volmer", exchange=10,
                        spheres='{ position = ["8 um", "13 um"], radius = "3 um" }', electrolyte=SINGLE_ION,
                        current=20)  # fmt: skip
    (tmp_path / "deck.toml").write_text(text.replace('duration = "10 h"', 'until = { charge = "1.3 mAh/cm^2" }'))
    found = run(tmp_path / "deck.toml", tmp_path / "run")
    history = found.history
    apart, joined = history["Isolated lithium [m]"], history["Connected lithium [m]"]
    closed(history)
    assert apart[0] == pytest.approx(np.pi * (9 + np.pi**2 * 0.375**2 / 3) * 1e-12 / 16e-6, rel=0.03)  # of a tanh
    last = np.flatnonzero(apart > 0)[-1]
    assert 5 < last < len(apart) - 1 and (apart[: last + 1] > 0).all()
    for k, time in enumerate(found.times):
        metal = found.snapshot(k)["xi"][32] > 0.5
        gap = (~metal[: metal.nonzero()[0][-1]]).sum() * 0.25 / 1.5
        if gap >= 1:
            assert np.interp(time, history["Time [s]"], apart) == pytest.approx(apart[0], rel=0.02)
    assert joined[last + 1] - joined[last] == pytest.approx(apart[last], rel=0.03)


def closed(history):
    """Connected and isolated lithium are all there is; what was stripped was lithium."""
    connected, apart = history["Connected lithium [m]"], history["Isolated lithium [m]"]
    passed, total = history["Charge passed [C/m2]"], connected + apart
    assert total == pytest.approx(history["Mean thickness [m]"], rel=1e-9)
    through = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(passed)))]) * MOLAR / F
    assert (np.abs(total - total[0] - passed * MOLAR / F) <= 1e-6 * through + 1e-15).all()


FINGER = """
[domain]
dimension = 2
size = ["16 um", "20 um"]
cell_size = "0.25 um"
[electrolyte]
transport = "single-ion"
conductivity = "0.1 mS/cm"
[kinetics]
exchange_current_density = "1 mA/cm^2"
[interface]
width = "1.5 um"
[front]
height = "2 um"
spheres = [
    { position = ["8 um", "3 um"], radius = "2 um" },
    { position = ["8 um", "5 um"], radius = "1.4 um" },
    { position = ["8 um", "6.5 um"], radius = "1.4 um" },
    { position = ["8 um", "11 um"], radius = "4 um" },
]
[output]
snapshots = 2
[drive]
cycles = 2
steps = ["Plate at 1 mA/cm2 until 0.04 mAh/cm2", "Rest for 1 minute", "Strip at 1 mA/cm2 until 0.3 V"]
"""


@pytest.fixture(scope="module")
def finger(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finger")
    (folder / "deck.toml").write_text(FINGER)
    return run(folder / "deck.toml", folder / "run")


#: Until some steps after the neck has dissolved.
SHORT = ('drive.steps=["Strip at 1 mA/cm2 for 41 minutes"]', "drive.cycles=1", "output.snapshots=1")


def test_a_necked_finger(finger):
    """The neck dissolves first; the stump stays, and is what the strip leaves of the charge."""
    history = finger.history
    closed(history)
    apart, connected = history["Isolated lithium [m]"], history["Connected lithium [m]"]
    first = np.flatnonzero(apart > 0)[0]
    assert (apart[first:] == 0).sum() <= 4 and apart[first] > 0.25 * (apart + connected)[first]  # it may touch again
    assert history["Current density [A/m2]"][first] < 0
    voltage, current = history["Cell voltage [V]"][1:], history["Current density [A/m2]"][1:]
    assert (voltage[current != 0] * current[current != 0] < 0).all()
    assert np.abs(voltage[current == 0]).max() < 1e-3 and (apart[1:][current == 0] > 0).sum() > 2
    stripping = np.append(history["Current density [A/m2]"], 10.0) < 0
    ends = np.flatnonzero(stripping[:-1] & ~stripping[1:])
    assert len(ends) == 2
    assert (connected[ends] < 0.03 * apart[-1]).all()
    cycles = finger.cycles
    charge = np.diff([(connected + apart)[0], *(connected + apart)[ends]]) * F / MOLAR
    efficiency = 1 - charge / cycles["Charge in [C/m2]"]
    assert cycles["Coulombic efficiency [1]"] == pytest.approx(efficiency, rel=1e-6)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    folder = tmp_path_factory.mktemp("short")
    (folder / "deck.toml").write_text(FINGER)
    return run(folder / "deck.toml", folder / "run", overrides=(*SHORT, *ALWAYS))


@pytest.mark.promise("a restart goes on to the same bits")
def test_restart_with_a_piece(short, tmp_path):
    """From the step before the neck dissolves, and with a piece."""
    apart = np.flatnonzero(short.history["Isolated lithium [m]"] > 0)
    for step in (apart[0] - 1, apart[-2]):
        part = cut(short.path, int(step), tmp_path / f"part{step}")
        restart(part)
        assert differences(short.path, part) == []


def test_two_ranks(short, tmp_path):
    (tmp_path / "deck.toml").write_text(FINGER)
    (tmp_path / "program.py").write_text(
        f'from phasefield.run.runner import run\nrun("deck.toml", "run", overrides={SHORT!r})\n'
    )
    assert (done := on_ranks(2, [tmp_path / "program.py"], cwd=tmp_path)).returncode == 0, done.stdout
    found, alone = open_run(tmp_path / "run").history, short.history
    assert alone["Isolated lithium [m]"][-1] > 1e-6
    for head in ("Isolated lithium [m]", "Cell voltage [V]"):
        assert found[head] == pytest.approx(alone[head], rel=1e-6, abs=1e-15)

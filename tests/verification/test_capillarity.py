"""Is the lithium as stiff as the deck says, whatever the width of the interface?

A ripple a cos kx on a front of velocity v = iV/F, in an electrolyte of conductivity σ much thicker than 1/k: with
R = RT/(F i₀ √(1 + (i/2i₀)²)) of charge transfer, it grows at ω = k(v − σγ(V/F)²k²)/(1 + σRk); so it neither grows nor
decays at the wavelength 2π√(σγV/Fi). Bars, set before the first run: the interface energy ± 10 %, an excess of at most
1 J/m² at a width of 1 µm; growth rates within 5 % at kδ_PF ≤ 0.3; 2 % between the last two of three widths.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from fipy import CellVariable, Grid2D
from scipy.ndimage import label

from phasefield.physics.common.surface import curvature, sharpening
from phasefield.run import runner
from tests.slow import slow
from tests.verification.sharp_front import RT_F, V_LI, F

CONDUCTIVITY, EXCHANGE = 0.02, 50.0
DECK = """
[domain]
dimension = 2
size = ["{size[0]} um", "{size[1]} um"]
cell_size = "{cell} um"
[interface]
width = "{width} um"
[lithium]
interface_energy = "{energy} J/m^2"
[electrolyte]
transport = "single-ion"
conductivity = "{conductivity} S/m"
[kinetics]
exchange_current_density = "{exchange} A/m^2"
[front]
height = "{height} um"
{shape}
[[drive.steps]]
{drive}
[time]
tolerance = 0.002
[stop]
time = "{time} s"
[output]
snapshots = 1
"""


def run(folder, size, width, height, shape, current, time, energy=0.5, overrides=(), observers=(), **electric):
    """A deck with 8 cells per width. Lengths in µm, the rest in SI."""
    drive = f'mode = "galvanostatic"\ncurrent_density = "{current} A/m^2"' if current else 'mode = "rest"'
    electric = {"conductivity": CONDUCTIVITY, "exchange": EXCHANGE} | electric
    deck = DECK.format(
        size=size, cell=width / 8, width=width, energy=energy, height=height, shape=shape, drive=drive, time=time,
        **electric,
    )  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / "deck.toml").write_text(deck)
    return runner.run(folder / "deck.toml", folder / "run", overrides=overrides, observers=observers).history


def mobility_of(width, current):
    """Half of width times velocity: the automatic mobility as the documentation has it [m²/s]."""
    return 0.5 * width * 1e-6 * current * V_LI / F


def cut_off(energy, current):
    """Wavelength of the ripple that keeps its height [µm]."""
    return 2e6 * math.pi * math.sqrt(CONDUCTIVITY * energy * V_LI / (F * current))


def ripple(folder, wavelength, width, energy, current, mobility=None, room=0.0, time=None):
    """A ripple of a hundredth of its wavelength: its growth rate, what theory has, and the energy that it reveals.

    It runs for a fifth of the time in which it decays by 1/e, or while the front moves by 2.5 widths.
    """
    cell = width / 8
    cells = round(wavelength / 2 / cell)
    wavelength = 2 * cells * cell
    k, v = 2e6 * math.pi / wavelength, current * V_LI / F
    resistance = RT_F / (EXCHANGE * math.sqrt(1 + (current / 2 / EXCHANGE) ** 2))
    slower = (1 + CONDUCTIVITY * resistance * k) / k
    stiffness = CONDUCTIVITY * (V_LI / F) ** 2 * k**2
    height = 5 * width + room
    time = time or (2.5e-6 * width / v if current else min(0.2 * slower / (stiffness * energy), 1500.0))
    top = round((height + 0.6 * wavelength + 4 * width) / cell) * cell
    given = (f"interface.mobility={mobility} m^2/s",) if mobility else ()
    found = run(
        folder, (cells * cell, top), width, height,
        f'cosines = [{{ amplitude = "{0.01 * wavelength} um", wavelength = "{wavelength} um" }}]',
        current, time, energy, (f"time.max_step={time / 15} s", *given),
    )  # fmt: skip
    t, swing = found["Time [s]"], found["Tip-valley distance [m]"]
    later = t > 0.2 * t[-1]
    assert later.sum() > 10
    rate = np.polyfit(t[later], np.log(swing[later]), 1)[0]
    expected = (v - stiffness * energy) / slower
    return SimpleNamespace(rate=rate, expected=expected, energy=(v - rate * slower) / stiffness)


@pytest.mark.parametrize("energy", [slow(500.0), 50.0, slow(5.0)])
def test_energy_by_decay(energy, tmp_path):
    """At rest, wavelength of 20 widths: 10 %. The mobility is what 4 mA/cm² would ask for, or that of the energy."""
    mobility = mobility_of(1.0, 40.0) if energy < 100 else None
    assert ripple(tmp_path, 20.0, 1.0, energy, 0.0, mobility).energy == pytest.approx(energy, rel=0.1)


def test_energy_of_lithium_by_decay(tmp_path):
    """0.5 J/m² at rest, width 1 µm: an excess of at most 1 J/m²."""
    assert ripple(tmp_path, 20.0, 1.0, 0.5, 0.0, mobility_of(1.0, 40.0)).energy == pytest.approx(0.5, abs=1.0)


@pytest.mark.parametrize(
    ("energy", "current", "widths"),
    [(50.0, 40.0, 20), slow(500.0, 10.0, 20), slow(500.0, 100.0, 20), slow(50.0, 100.0, 20), slow(50.0, 10.0, 20),
     slow(5.0, 40.0, 20), slow(50.0, 40.0, 10), slow(50.0, 40.0, 40)],
)  # fmt: skip
def test_energy_by_cut_off(energy, current, widths, tmp_path):
    """The shortest ripple that grows is within 5 % of theory, so the energy is within 10 %."""
    critical = cut_off(energy, current)
    width = float(f"{critical / widths:.3g}")
    shorter, longer = (
        ripple(tmp_path / str(part), part * critical, width, energy, current).rate for part in (0.95, 1.05)
    )
    assert shorter < 0 < longer


@pytest.mark.parametrize("part", [slow(0.25), 1.0, slow(4.0)])
def test_growth_rate(part, tmp_path):
    """4 mA/cm², kδ_PF = 0.3, and parts of the automatic mobility: 5 %. With all of it the excess is at most 1 J/m²."""
    found = ripple(tmp_path, 21.0, 1.0, 0.5, 40.0, part * mobility_of(1.0, 40.0))
    assert found.rate == pytest.approx(found.expected, rel=0.05)
    if part == 1:
        assert found.energy == pytest.approx(0.5, abs=1.0)


@pytest.mark.slow
def test_growth_rate_converges(tmp_path):
    """Widths of 2, 1 and 0.5 µm, wavelength 20 µm: 2 % between the last two, and 5 % of theory."""
    wide, middle, narrow = (
        ripple(tmp_path / str(width), 20.0, width, 0.5, 40.0, room=10.0 - 5 * width, time=800.0)
        for width in (2.0, 1.0, 0.5)
    )
    assert middle.rate == pytest.approx(narrow.rate, rel=0.02)
    assert narrow.rate == pytest.approx(narrow.expected, rel=0.05)
    assert wide.rate == pytest.approx(narrow.rate, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "shape", "exchange"),
    [((8.0, 16.0), 'cosines = [{ amplitude = "0.8 um", wavelength = "16 um" }]', 50.0),
     ((10.0, 22.0), 'seeds = [{ position = ["0 um"], radius = "4 um" }]', 100.0)],
    ids=["ripple", "seed"],
)  # fmt: skip
def test_short_circuit_converges(size, shape, exchange, tmp_path):
    """Widths of 2, 1 and 0.5 µm: growth, tip speed, time of the short circuit. 2 % between the last two."""
    results = []
    for width in (2.0, 1.0, 0.5):
        found = run(
            tmp_path / str(width), size, width, 5.0, shape, 40.0, 3000.0,
            overrides=("time.tolerance=0.01",), conductivity=0.005, exchange=exchange,
        )  # fmt: skip
        t, tip = found["Time [s]"], found["Tip height [m]"]
        assert found["Short circuit [1]"][-1] == 1
        early = (t > 50) & (t < 400)
        growth = np.polyfit(t[early], np.log(found["Tip-valley distance [m]"][early]), 1)[0]
        between = np.interp([0.65 * size[1] * 1e-6, 0.9 * size[1] * 1e-6], tip, t)
        results.append((growth, 1 / (between[1] - between[0]), t[-1]))
    wide, middle, narrow = np.array(results)
    assert middle == pytest.approx(narrow, rel=0.02)
    assert wide == pytest.approx(narrow, rel=0.06)


class Whole:
    """Observer of lithium that appears where there was none: pieces without a cell of earlier lithium."""

    def __init__(self):
        self.earlier, self.out_of_nothing = None, 0

    def __call__(self, view):
        metal = view.fields.values("xi") > 0.5
        if self.earlier is not None:
            pieces, number = label(metal)
            self.out_of_nothing += number - len(np.unique(pieces[metal & self.earlier]))
        self.earlier = metal


@pytest.mark.parametrize("part", [1.0, slow(0.25)])
def test_thin_finger_only_recedes(part, tmp_path):
    """A finger as thin as the interface, stripped at 1 mA/cm²: its tip never rises, V > 0, no lithium from nothing.

    Tolerance: a tenth of a cell. It loses at least 4 µm in 700 s.
    """
    width, whole = 1.5, Whole()
    found = run(
        tmp_path, (10.5, 24.0), width, 3.0,
        'bumps = [{ position = ["5.25 um"], height = "14 um", width = "1.5 um" }]', -10.0, 700.0,
        overrides=(f"interface.mobility={part * mobility_of(width, 10.0)} m^2/s", "time.tolerance=0.01"),
        observers=(whole,),
    )  # fmt: skip
    tip = found["Tip height [m]"] * 1e6
    assert np.diff(tip).max() < 0.1 * width / 8
    assert tip[0] - tip[-1] > 4
    assert found["Cell voltage [V]"][1:].min() > 0
    assert whole.out_of_nothing == 0


@pytest.mark.parametrize("strength", [0.0, 0.03])
def test_curvature_of_a_disc(strength):
    """K(1 − 15ε cos 4θ) at a radius of 5 widths, in all cells between ξ = 0.1 and 0.9: 3 % of K. 8 cells per width."""
    mesh = Grid2D(nx=52, ny=52, dx=1 / 8, dy=1 / 8)
    x, y = mesh.cellCenters.value
    radius = np.hypot(x, y)
    xi = CellVariable(mesh=mesh, value=0.5 * (1 - np.tanh(2 * (radius - 5.0))))
    found = curvature(xi, strength).value
    expected = (1 - 15 * strength * np.cos(4 * np.arctan2(y, x))) / radius
    near = (xi.value > 0.1) & (xi.value < 0.9)
    assert near.sum() > 300
    assert np.abs(found - expected)[near].max() < 0.03 / 5.0


@pytest.mark.parametrize("angle", [0.0, 20.0, 45.0])
@pytest.mark.parametrize(("thickness", "sign"), [(1.0, 0), (1.3, 1), (0.8, -1)])
def test_the_flux_keeps_the_profile(thickness, sign, angle):
    """∇²ξ − sharpening: 0 on the tanh profile of any direction (1 % of ∇²ξ); steepens a wide one, widens a steep one.

    It moves no lithium through a closed box: 1e-12.
    """
    n, cell = 96, 1 / 8
    mesh = Grid2D(nx=n, ny=n, dx=cell, dy=cell)
    x, y = mesh.cellCenters.value - 6.0
    along = x * math.cos(math.radians(angle)) + y * math.sin(math.radians(angle))
    ξ = CellVariable(mesh=mesh, value=0.5 * (1 - np.tanh(2 * along / thickness)))
    smoothing = ξ.faceGrad.divergence.value
    rate = smoothing - sharpening(ξ, cell / 0.25).value
    assert abs(rate.sum()) < 1e-12 * np.abs(smoothing).sum() + 1e-9
    inner = (np.abs(x) < 3) & (np.abs(y) < 3)
    if sign == 0:
        assert np.abs(rate[inner]).max() < 0.01 * np.abs(smoothing[inner]).max()
    else:  # steepening adds metal where there is more of it
        assert sign * np.sum(rate[inner] * (ξ.value[inner] - 0.5)) > 0.02 * np.sum(np.abs(smoothing[inner]) * 0.5)

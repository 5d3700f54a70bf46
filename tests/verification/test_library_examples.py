"""The scripts of docs/examples: a modeller's own equations, with no deck.

`phasefield verify` compares those of PFHub with published results; here are shorter tests of them.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from phasefield.engines.fipy import FipyEngine
from phasefield.verify.cases import nucleation, published, separation

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def example(name):
    """The module of a script."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pfhub_7a_in_space():
    """The error falls with the square of the cells, order 2 to 0.25, and is below 1e-3 on 256 × 128, at t = 2."""
    pfhub = example("pfhub_7a")
    sizes, errors = pfhub.in_space(2.0, (64, 128, 256), 25)
    assert pfhub.orders(sizes, errors) == pytest.approx(2.0, abs=0.25)
    assert errors[1] < 1e-3


def test_pfhub_7a_in_time():
    """Implicit Euler is of order 1, to 0.05."""
    pfhub = example("pfhub_7a")
    assert pfhub.orders(*pfhub.in_time(2.0, 64, (10, 20, 40))) == pytest.approx(1.0, abs=0.05)


def test_solidification():
    """Heat and latent heat are conserved to 1e-7, the crystal grows, and FiPy's engine finds the same to 1e-5."""
    script = example("solidification")
    start, mine, reference = script.grow(0), script.grow(20), script.grow(20, FipyEngine)

    def total(engine):
        return script.mean(engine, "T") - script.mean(engine, "phi")

    assert total(mine) == pytest.approx(total(start), rel=1e-7)
    assert script.mean(mine, "phi") > script.mean(start, "phi") + 1.0
    for name in ("phi", "T"):
        assert np.max(np.abs(mine.owned(name) - reference.owned(name))) < 1e-5


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Runs of the scripts go to a folder of the test."""
    monkeypatch.chdir(tmp_path)


def column(run, name):
    """A column of a run, by the beginning of its head."""
    (head,) = (head for head in run.history if head.startswith(name))
    return run.history[head]


def test_pfhub_1a():
    """The free energy never rises, and falls by what the Fourier series of the case says: 3 % on coarse cells."""
    run = example("pfhub_1a").solve(4.0, 12.0, "run")
    energy = column(run, "Free energy")
    assert np.all(np.diff(energy) <= 1e-9 * energy[0])
    series = separation.spectral((10.0,), 100, 0.1)[0]
    assert np.interp(10.0, run.history["Time [s]"], energy) == pytest.approx(series, rel=0.03)
    assert np.max(np.abs(column(run, "Solute closure"))) < 1e-10


def test_pfhub_2a():
    """Each η falls along the slope of f: by differences 1e-6. F(0.1) of a published run: 1 %."""
    pfhub = example("pfhub_2a")
    run = pfhub.solve(4.0, 0.1, "run")
    energy = column(run, "Free energy")
    assert np.all(np.diff(energy) < 0)
    assert energy[-1] == pytest.approx(4213.12, rel=0.01)
    c, η, step = 0.45, [0.3, 0.2, 0.6, 0.1], 1e-6
    for k in range(4):
        ahead, behind = ([e + sign * step * (j == k) for j, e in enumerate(η)] for sign in (1, -1))
        slope = (pfhub.chemical(c, ahead) - pfhub.chemical(c, behind)) / (2 * step)
        assert pfhub.slope(c, η, k) == pytest.approx(slope, rel=1e-6)


def test_pfhub_3a():
    """Heat is kept to 1e-10. The dendrite is as long along y as along x, and shorter along the diagonal."""
    run = example("pfhub_3a").solve(0.8, 50.0, "run", 96.0)
    assert np.max(np.abs(column(run, "Heat closure"))) < 1e-10
    phi = run.snapshot(-1)["phi"]
    assert np.max(np.abs(phi - phi.T)) < 1e-5
    diagonal = np.interp(0.0, -np.diag(phi), np.sqrt(2) * 0.8 * (np.arange(120) + 0.5))
    assert column(run, "Tip position")[-1] > diagonal + 1


def test_pfhub_6a():
    """F at the start, with the potential by its series, 0.2 %; then it falls as in a published run, 0.6 %.

    Charge is kept.
    """
    run = example("pfhub_6a").solve(2.0, 5.0, "run")
    energy = column(run, "Free energy")
    assert energy[0] == pytest.approx(separation.initial_energy(200, 200), rel=0.002)
    assert np.all(np.diff(energy) < 0)
    assert np.interp(3.19, run.history["Time [s]"], energy) == pytest.approx(separation.FENICS[3.19], rel=0.006)
    assert np.max(np.abs(column(run, "Charge closure"))) < 1e-10


def test_pfhub_8a():
    """A seed of 1.1 critical radii grows as in rings, 1 %; one of 0.9 melts."""
    pfhub = example("pfhub_8a")
    grown = column(pfhub.solve(5.5, 0.5, 60.0, "grows"), "Solid area")
    assert grown[-1] == pytest.approx(nucleation.radial(5.5, pfhub.Δf, (60.0,), 50.0, 0.1)[0], rel=0.01)
    assert column(pfhub.solve(4.5, 1.0, 60.0, "melts"), "Solid area")[-1] < 1.0


def test_pfhub_8b():
    """Y = 1 − exp(−Kt²) has Avrami's exponent 2. A few seeds in a small square follow Kolmogorov's assumption: 5 %."""
    pfhub = example("pfhub_8b")
    time = np.linspace(1, 100, 50)
    assert pfhub.avrami(time, 1 - np.exp(-1e-3 * time**2)) == pytest.approx(2.0)
    run, centres = pfhub.solve(1, 0.8, 60.0, "run", 3, 100.0), pfhub.places(1, 3, 100.0)
    half = np.interp(0.5, column(run, "Solid fraction"), run.history["Time [s]"])
    assert half == pytest.approx(np.median(nucleation.arrival(np.zeros(3), centres, 100.0, 200)), rel=0.05)


def test_pfhub_8c(monkeypatch):
    """Seeds appear one after the other, each with the area of its profile, π(r² + π²/6): 1 %."""
    pfhub = example("pfhub_8c")
    for name, value in {"SIDE": 60.0, "SEEDS": 2, "END": 4.0}.items():
        monkeypatch.setattr(pfhub, name, value)
    monkeypatch.setattr(pfhub, "events", lambda number: np.array([[0.0, 15.0, 58.0], [3.0, 40.0, 20.0]]))
    time, fraction = pfhub.solve(1, 0.5, 0.01)
    area, seed = fraction * 60.0**2, np.pi * (2.2**2 + np.pi**2 / 6)
    assert area[1] == pytest.approx(seed, rel=0.02)
    k = int(np.argmax(np.diff(area)[1:])) + 1
    assert time[k] == pytest.approx(3.0, abs=0.02)
    assert area[k + 1] - area[k] == pytest.approx(seed, rel=0.02)


def charge(run):
    """What crosses the electrolyte of a run [C/m²]."""
    time, current = column(run, "Time ["), column(run, "Current")
    return np.sum(0.5 * (current[1:] + current[:-1]) * np.diff(time))


def test_chen_2015():
    """In a closed cell plating stops at Nernst's salt: 0.5 %. Lithium is kept: 1e-6. The whole voltage acts: 2 mV.

    At first the field brings iDcF/RTσ of cations into an open cell: 2 %.
    """
    chen = example("chen_2015")
    closed = chen.solve(chen.Chen(-0.04, uniform=True, closed=True, front=5.0, size=10.0), 0.1875, 400.0, "closed")
    assert column(closed, "Salt at the front")[-1] == pytest.approx(np.exp(-0.04 / published.THERMAL), rel=0.005)
    start, end = (closed.snapshot(k) for k in (0, -1))

    def lithium(snapshot):
        return np.mean(snapshot["c"]) + 76.4 * np.mean(snapshot["xi"])

    assert lithium(end) == pytest.approx(lithium(start), rel=1e-6)
    opened = chen.solve(chen.Chen(-0.2, front=5.0, size=20.0), 0.1875, 0.05, "open")
    start, last = opened.snapshot(0), opened.snapshot(-1)
    came = 20e-6 * (lithium(last) - lithium(start))
    assert came == pytest.approx(charge(opened) * 3.197e-10 / (published.THERMAL * 1.19), rel=0.02)
    assert np.interp(0.5, last["xi"][::-1], last["phi"][::-1]) == pytest.approx(-0.2, abs=2e-3)


def test_hong_2018():
    """At −RT/F ln 2 the front rests: within 2 % of its speed at 0 V, where lithium dissolves; that one is known to 3 %.

    The lithium that comes in at first is what crosses the electrolyte as charge: σ = F²Dc/RT, 2 %.
    """
    hong = example("hong_2018")

    def speed(voltage):
        run = hong.solve(hong.Hong(voltage, uniform=True, front=5.0, size=10.0), 0.125, 5.0, f"{voltage}")
        return np.polyfit(column(run, "Time [")[2:], 1e9 * column(run, "Front")[2:], 1)[0]

    free = speed(0.0)
    assert free == pytest.approx(-0.75, rel=0.03)
    assert speed(-np.log(2) / hong.A) == pytest.approx(0.0, abs=0.02 * abs(free))
    run = hong.solve(hong.Hong(-0.2, front=5.0, size=25.0), 0.25, 0.1, "open")
    came = np.ptp(column(run, "Lithium")) * 96485.0 * 14.89e3
    assert came == pytest.approx(charge(run), rel=0.02)

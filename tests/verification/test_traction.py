"""The pressure of a solid electrolyte on the lithium that grows into it.

A ripple a cos kx has grown on flat lithium, and the electrolyte, which sticks to it, was flat: the surfaces of both
solids move apart by a cos kx along the normal, and together along x. The surface of a half-space of the shear modulus G
and Poisson's ratio ν moves, under a pressure p cos kx and a shear stress τ sin kx, by [(1 − ν)p + (½ − ν)τ]/(Gk) along
its normal, and by [(½ − ν)p + (1 − ν)τ]/(Gk) along x (the upper and the lower one with opposite signs of τ). So
p = K k a with K = A/(A² − B²), A = Σ(1 − ν)/G, B = Δ(½ − ν)/G. Lithium under p grows slower, as under pV/F of less
voltage: with R of charge transfer, a grows at ω = k[v − σ(V/F)²(Kk + γk²)]/(1 + σRk). Assumed: ka ≪ 1, linear
elasticity, solids and gap much thicker than 1/k.

Monroe and Newman (J. Electrochem. Soc. 152 (2005) A396) have no balance of forces along the normal: both solids are
drawn into the ripple from flat ones, and the mean of both sides counts. Their limit is G₁(5ν₁ − 1)/(3 − 4ν₁) =
G₂(5ν₂ − 1)/(3 − 4ν₂), about twice the shear modulus of lithium. Here the traction is balanced, and the limit depends on
the current.

Bars, set before the first run of this file: growth stops within 5 % of the shear modulus of the formula; a flat front
under pressure as with `lithium.pressure` to 1e-6; half a front at the rate of Butler and Volmer to 0.5 %.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from phasefield import check
from phasefield.deck import parse_deck
from phasefield.engines.compiled.engine import CompiledEngine
from phasefield.errors import DeckError
from phasefield.io.rundir import open_run
from phasefield.physics.plating.model import Plating
from phasefield.physics.registry import build
from phasefield.run import runner
from phasefield.theory.elasticity import lame_constants, ripple_modulus
from tests.errors import refused
from tests.parallel.pool import on_ranks
from tests.slow import slow
from tests.verification.sharp_front import RT_F, V_LI, F

CONDUCTIVITY, EXCHANGE, CURRENT, ENERGY = 0.02, 50.0, 40.0, 0.5
#: Of lithium in the library (Masias 2019) [Pa].
LITHIUM = 7.82e9 / 2 / 1.381, 0.381
WAVELENGTH, AMPLITUDE = 20e-6, 0.1e-6
DECK = """
[domain]
dimension = 2
size = ["10 um", "{top} um"]
cell_size = "{cell} um"
[interface]
width = "{width} um"
[electrolyte]
transport = "single-ion"
conductivity = "0.02 S/m"
[kinetics]
exchange_current_density = "50 A/m^2"
[front]
height = "{height} um"
cosines = [{{ amplitude = "0.1 um", wavelength = "20 um" }}]
[mechanics.electrolyte]
youngs_modulus = "{young} Pa"
poisson_ratio = {poisson}
[[drive.steps]]
mode = "galvanostatic"
current_density = "{current} A/m^2"
[stop]
time = "{time} s"
[output]
snapshots = 1
"""


def text(shear=20e6, poisson=0.33, width=1.0, current=CURRENT, time=40.0, height=10.0, top=26.0, cells=8):
    young = 2 * shear * (1 + poisson)
    return DECK.format(
        young=young, poisson=poisson, width=width, cell=width / cells, current=current, time=time, height=height,
        top=top,
    )  # fmt: skip


def half_spaces(one, other):
    """K [Pa] of two pairs of G and ν."""
    (G1, ν1), (G2, ν2) = one, other
    A, B = (1 - ν1) / G1 + (1 - ν2) / G2, (0.5 - ν1) / G1 - (0.5 - ν2) / G2
    return A / (A**2 - B**2)


def run(folder, deck, overrides=()):
    folder.mkdir(exist_ok=True)
    (folder / "deck.toml").write_text(deck)
    return runner.run(folder / "deck.toml", folder / "run", overrides=overrides)


def growth(folder, **deck):
    """Growth rate of the ripple, from the second step on [1/s]."""
    found = run(folder, text(**deck)).history
    t, swing = found["Time [s]"], found["Tip-valley distance [m]"]
    assert len(t) >= 6
    return np.polyfit(t[1:], np.log(swing[1:]), 1)[0]


def limit(poisson):
    """Shear modulus at which the ripple of the deck neither grows nor decays [Pa]: Kk + γk² = iF/(σV)."""
    k = 2 * math.pi / WAVELENGTH
    wanted = CURRENT * F / (CONDUCTIVITY * V_LI) / k - ENERGY * k
    low, high = 1e3, 1e10
    while high / low > 1 + 1e-9:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if half_spaces((middle, poisson), LITHIUM) < wanted else (low, middle)
    return low


@pytest.mark.parametrize(
    ("poisson", "width"), [(0.33, 1.0), slow(0.45, 1.0), slow(0.33, 0.5)],
)  # fmt: skip
def test_the_shear_modulus_at_which_a_ripple_stops(poisson, width, tmp_path):
    """5 %. The growth rate is linear in K, which is nearly linear in so small a modulus."""
    expected = limit(poisson)
    moduli = 0.85 * expected, 1.15 * expected
    softer, stiffer = (growth(tmp_path / str(G), shear=G, poisson=poisson, width=width) for G in moduli)
    assert softer > 0 > stiffer
    found = moduli[0] + (moduli[1] - moduli[0]) * softer / (softer - stiffer)
    assert found == pytest.approx(expected, rel=0.05)


def test_growth_under_an_elastic_electrolyte(tmp_path):
    """Half of the limiting modulus: the rate of the formula to 5 % of that without elasticity."""
    G, k, v = 0.5 * limit(0.33), 2 * math.pi / WAVELENGTH, CURRENT * V_LI / F
    R = RT_F / (EXCHANGE * math.sqrt(1 + (CURRENT / 2 / EXCHANGE) ** 2))
    K = half_spaces((G, 0.33), LITHIUM)
    free, held = (k * (v - CONDUCTIVITY * (V_LI / F) ** 2 * k * s) / (1 + CONDUCTIVITY * R * k)
                  for s in (ENERGY * k, ENERGY * k + K))  # fmt: skip
    assert held < 0.6 * free
    assert growth(tmp_path, shear=G) == pytest.approx(held, abs=0.05 * free)


def test_the_theory_of_the_program():
    """`ripple_modulus` and the growth rates of `check` are those above."""
    lame = [lame_constants(2 * G * (1 + ν), ν) for G, ν in ((30e6, 0.4), LITHIUM)]
    assert ripple_modulus(*lame) == pytest.approx(half_spaces((30e6, 0.4), LITHIUM), rel=1e-12)
    k, v = 2 * math.pi / WAVELENGTH, CURRENT * V_LI / F
    R = RT_F / (EXCHANGE * math.sqrt(1 + (CURRENT / 2 / EXCHANGE) ** 2))
    for G in (1e6, limit(0.33), 1e9):
        K = half_spaces((G, 0.33), LITHIUM)
        rate = k * (v - CONDUCTIVITY * (V_LI / F) ** 2 * k * (K + ENERGY * k)) / (1 + CONDUCTIVITY * R * k)
        numbers = check.derived(parse_deck(text(shear=G)))
        assert numbers["ripples"][0]["growth_rate"] == pytest.approx(rate, rel=1e-6, abs=1e-6 * k * v)
    marginal = check.derived(parse_deck(text(shear=limit(0.33))))["marginal_wavelength"]
    assert marginal == pytest.approx(WAVELENGTH, rel=1e-6)


FLAT = """
[domain]
dimension = 1
size = ["20 um"]
cells = [160]
[interface]
width = "1 um"
[electrolyte]
transport = "single-ion"
conductivity = "0.02 S/m"
[kinetics]
exchange_current_density = "50 A/m^2"
[front]
height = "6 um"
{pressure}
[[drive.steps]]
mode = "potentiostatic"
voltage = "-0.05 V"
[stop]
time = "20 s"
[output]
snapshots = 1
"""
ELASTIC = """
[mechanics]
pressure = "130 MPa"
electrolyte = { youngs_modulus = "0.2 GPa", poisson_ratio = 0.33 }
"""


def test_stack_pressure_on_a_flat_front(tmp_path):
    """It acts as `lithium.pressure`, through the stress of the cell, in steps of the same method: 1e-6."""
    text = FLAT + '[time]\nmethod = "bdf2"\n'
    stacked = run(tmp_path / "stacked", text.format(pressure=ELASTIC)).history
    given = run(tmp_path / "given", text.format(pressure='[lithium]\npressure = "130 MPa"')).history
    for column in ("Current density [A/m2]", "Tip height [m]", "Overpotential [V]"):
        at_its_times = np.interp(given["Time [s]"], stacked["Time [s]"], stacked[column])
        np.testing.assert_allclose(at_its_times, given[column], rtol=1e-6, atol=1e-12)
    free = run(tmp_path / "free", FLAT.format(pressure="")).history
    assert given["Current density [A/m2]"][-1] < 0.8 * free["Current density [A/m2]"][-1]
    for column in ("Smallest", "Largest"):
        np.testing.assert_allclose(stacked[f"{column} pressure on the lithium [Pa]"], 130e6, rtol=1e-6)


def test_half_a_front_under_pressure():
    """130 MPa on the left half: each half plates at its own rate, in an electrolyte without resistance. 0.5 %."""
    deck = parse_deck(text(width=2.0, cells=6, height=8.0, top=18.0).replace("0.02 S/m", "1e4 S/m").replace(
        'cosines = [{ amplitude = "0.1 um", wavelength = "20 um" }]', "").replace(
        'mode = "galvanostatic"\ncurrent_density = "40.0 A/m^2"', 'mode = "potentiostatic"\nvoltage = "-0.03 V"'))
    case = build(deck)

    def pressure(fields, grid):
        x = grid.box.centres()[0] * case.scales.length
        return np.broadcast_to((x < 5e-6) * 130e6 * V_LI / (F * RT_F), grid.box.ghosted_shape)

    model = Plating(replace(case.model.p, traction=pressure), case.model.fields, case.model.static)
    engine = CompiledEngine(model, deck.domain.cells, case.spacing)
    model.apply(case.drive[0])
    engine.apply_boundaries()
    before, dt = engine.owned("xi").sum(axis=0), 1e-3
    assert engine.step(dt).accepted
    rate = (engine.owned("xi").sum(axis=0) - before) * case.spacing[-1] / dt  # in units of i₀
    shift = 130e6 * V_LI / F
    for part, η in ((slice(1, 12), 0.03 - shift), (slice(18, 29), 0.03)):
        np.testing.assert_allclose(rate[part], 2 * math.sinh(η / 2 / RT_F), rtol=5e-3)


def test_the_longest_steps_are_stable(tmp_path):
    """A stiff polymer and a small current: at steps of ½/r, r = 0.73 E'(V/F)²/(δR), a ripple only decays."""
    shear, current = 0.4e9, 1.0
    found = run(tmp_path, text(shear=shear, current=current, time=400.0, height=5.0, top=15.0, cells=6)).history
    t, swing = found["Time [s]"], found["Tip-valley distance [m]"]
    rate = 0.73 * 2 * shear / (1 - 0.33) * (V_LI / F) ** 2 / (0.25e-6 * RT_F / EXCHANGE)
    assert np.diff(t).max() == pytest.approx(0.5 / rate, rel=1e-3)
    assert np.all(np.diff(swing) < 0)
    assert np.polyfit(t[1:], np.log(swing[1:]), 1)[0] < 0


PROGRAM = """
import sys
from phasefield.run.runner import run
run("deck.toml", "run-" + sys.argv[1], overrides=("solver.profile=strict",))
"""


@pytest.mark.timeout(280)
def test_ranks(tmp_path):
    """The same shape and pressure on 1, 2 and 3 ranks; the forces of a strain of 1 are solved to 1e-9."""
    (tmp_path / "deck.toml").write_text(text(width=2.0, cells=4, time=20.0, height=8.0, top=20.0))
    (tmp_path / "program.py").write_text(PROGRAM)
    for ranks in (1, 2, 3):
        job = on_ranks(ranks, ["program.py", str(ranks)], cwd=tmp_path, timeout=90)
        assert job.returncode == 0, job.stdout
    one, *others = (open_run(tmp_path / f"run-{ranks}") for ranks in (1, 2, 3))
    for other in others:
        for name, size, bar in (("xi", 1.0, 1e-6), ("pressure", np.abs(one.snapshot(-1)["pressure"]).max(), 1e-4)):
            np.testing.assert_allclose(other.snapshot(-1)[name], one.snapshot(-1)[name], rtol=0, atol=bar * size)


@pytest.mark.parametrize(
    ("key", "old", "new", "names"),
    [
        ("mechanics.electrolyte.poisson_ratio", "poisson_ratio = 0.33", "poisson_ratio = 0.5", ()),
        ("lithium.pressure", "[mechanics", '[lithium]\npressure = "1 MPa"\n[mechanics', ("mechanics.pressure",)),
        ("mechanics.pressure", "[mechanics", '[mechanics]\npressure = "-1 MPa"\n[mechanics', ()),
        ("mechanics", 'height = "10.0 um"\n', 'height = "0 um"\nseeds = [{ position = ["0 um"], radius = "3 um" }]\n#',
         ("front.height",)),
    ],
)  # fmt: skip
def test_refused(key, old, new, names):
    assert old in text()
    with refused(DeckError, key, *names):
        parse_deck(text().replace(old, new, 1))


def test_check_warns_of_steep_ripples_and_of_gaps():
    """Slope 2π 0.1/20 = 0.031, so the ripple pulls with K times that in its valleys."""
    tension = half_spaces((20e6, 0.33), LITHIUM) * 2 * math.pi * AMPLITUDE / WAVELENGTH
    for pressure, warned in ((0.99 * tension, True), (1.01 * tension, False)):
        deck = parse_deck(text().replace("[mechanics", f'[mechanics]\npressure = "{pressure!r} Pa"\n[mechanics', 1))
        assert ("mechanics.pressure" in {w.key for w in check.warnings(deck)}) == warned
    for amplitude, warned in ((0.94, False), (0.96, True)):
        deck = parse_deck(text().replace('amplitude = "0.1 um"', f'amplitude = "{amplitude} um"'))
        assert ("front.cosines" in {w.key for w in check.warnings(deck)}) == warned

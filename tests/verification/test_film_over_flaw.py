"""A film that seals a flaw: the flaw is empty until the film breaks, and then has bare faces.

While it holds, the cell is flat: lithium that is confined above the mouth can have the pressure that i(R + R_f) is
worth, R_f the film's. It breaks at the pressure of `tests/verification/test_film.py`, so from a current density on that
follows. Then the faces of the flaw, without a film, are in parallel with the electrode and fill the flaw, until its
pressure is what the ions' potential is worth: i(R + R_f + 0.52 a/σ) at rest. Formulas are written here anew.

Bars, set before the first run of this file: load of the film 1e-3, now 3e-3, since a flaw as wide as a cell turns ions
aside; it holds at 0.97 of the current and breaks at 1.03;
part of the current into the flaw just after 6 %; pressure at rest 3 %; ranks 1e-6; restart bitwise.
"""

import numpy as np
import pytest

from phasefield import check
from phasefield.deck import parse_deck
from phasefield.errors import DeckError
from phasefield.io.rundir import open_run
from phasefield.run import runner
from tests.errors import refused
from tests.parallel.pool import on_ranks
from tests.reliability.restarts import ALWAYS, cut, differences
from tests.verification.sharp_front import V_LI, F

R, R_FILM, SIGMA, FLAW, WIDTH = 10e-4, 5e-4, 0.05, 10e-6, 57e-6
WORTH = V_LI / F
DECK = """
model = "crack"
[domain]
dimension = 2
size = ["57 um", "45 um"]
cells = [57, 45]
[electrolyte]
ionic_conductivity = "0.05 S/m"
youngs_modulus = "150 GPa"
poisson_ratio = 0.26
fracture_toughness = "1 MPa m^0.5"
strength = "418 MPa"
[flaw]
length = "10 um"
[film]
thickness = "5 nm"
mouth = "600 nm"
resistance = "5 ohm cm^2"
youngs_modulus = "170 GPa"
poisson_ratio = 0.24
fracture_toughness = "2.3 MPa m^0.5"
[kinetics]
law = "linear"
resistance = "10 ohm cm^2"
[mechanics]
pressure = "5 MPa"
{steps}
[output]
snapshots = 1
"""
LOAD, HOLDS, PRESSURE = "Load of the film [Pa]", "Film [1]", "Pressure [Pa]"
INTO, LENGTH, CLOSURE = "Current into the crack [1]", "Crack length [m]", "Charge closure [1]"


def text(*steps):
    """A deck of current densities [A/m²] and durations [s]."""
    block = '[[drive.steps]]\nmode = "galvanostatic"\ncurrent_density = "{!r} A/m^2"\nduration = "{!r} s"\n'
    return DECK.format(steps="".join(block.format(*step) for step in steps))


def strength(deck):
    return check.derived(parse_deck(deck))["film_breaking_pressure"]


def run(folder, deck, *overrides):
    folder.mkdir(exist_ok=True)
    (folder / "deck.toml").write_text(deck)
    found = runner.run(folder / "deck.toml", folder / "run", overrides=overrides).history
    assert np.nanmax(np.abs(found[CLOSURE])) < 1e-6
    return found


def test_it_holds_and_breaks(tmp_path):
    """The stack pressure is part of what charge transfer works against: p = p_s + i(R + R_f)F/V_Li."""
    i = (strength(text((1.0, 1.0))) - 5e6) * WORTH / (R + R_FILM)
    h = run(tmp_path, text((0.97 * i, 5.0), (1.03 * i, 5.0)))
    current = h["Current density [A/m2]"]
    first, second = (np.abs(current - part * i) < 1e-6 * i for part in (0.97, 1.03))
    assert np.sum(first) >= 3
    assert np.all(h[HOLDS][first] == 1)
    denser = 57 / 56  # no current enters the column of cells that stands for the flaw
    np.testing.assert_allclose(h[LOAD][first], 5e6 + 0.97 * i * denser * (R + R_FILM) / WORTH, rtol=3e-3)
    assert np.all(np.abs(h[INTO][first]) < 1e-9)
    assert np.all(h[LENGTH][first] == pytest.approx(FLAW, rel=1e-6))
    assert h[LOAD][second][0] > strength(text((1.0, 1.0)))
    assert np.all(h[HOLDS][second][1:] == 0)


def test_the_flaw_has_bare_faces_then(tmp_path):
    """Just after the film is broken, the lithium in the flaw has no pressure yet, and that at the electrode has p_s."""
    i = 10.0
    h = run(tmp_path, text((i, 0.1)), "film.mouth=3 um", "time.initial_step=10 ms", "time.max_step=10 ms")
    faces, electrode = 2 * FLAW / R, WIDTH / (R + R_FILM)
    potential = (i * WIDTH + electrode * 5e6 * WORTH) / (faces + electrode)
    first = np.flatnonzero(h[INTO] > 0)[0]
    assert h[PRESSURE][first] < 0.02 * i * (R + R_FILM) / WORTH
    assert h[INTO][first] == pytest.approx(faces * potential / (i * WIDTH), rel=0.06)


def test_then_the_flaw_fills_to_the_worth_of_both_resistances(tmp_path):
    """At rest below growth: the pressure is larger than that of a bare flaw by (R + R_f + 0.52 a/σ)/(R + 0.52 a/σ)."""
    i = 9.0
    h = run(tmp_path, text((i, 120.0)), "film.mouth=3 um")
    spread = 0.52 * FLAW / SIGMA
    assert h[HOLDS][-1] == 0
    assert h[INTO][-1] < 0.01
    assert h[PRESSURE][-1] == pytest.approx(5e6 + i * (R + R_FILM + spread) / WORTH, rel=0.03)


@pytest.mark.parametrize(("mouth", "holds"), [("0.6 um", True), ("4 um", False)])
def test_soft_lithium_presses_with_the_stack(mouth, holds, tmp_path):
    """Whatever the current: 5 MPa break a film over a mouth of 4 µm, and not over one of 0.6 µm."""
    deck = text((40.0, 0.5)).replace("[film]", '[film]\nlithium = "soft"')
    assert (strength(deck.replace("600 nm", mouth)) > 5e6) == holds
    h = run(tmp_path, deck, f"film.mouth={mouth}")
    assert h[HOLDS][-1] == holds
    np.testing.assert_allclose(h[LOAD], 5e6, rtol=1e-9)


@pytest.mark.promise("a restart goes on to the same bits")
def test_restart(tmp_path):
    """Whether the film is broken is part of the state."""
    run(tmp_path, text((1.0, 1.0), (14.0, 2.0)), *ALWAYS)
    h = open_run(tmp_path / "run").history
    broken = int(np.flatnonzero(h[HOLDS] == 0)[2])
    part = cut(tmp_path / "run", broken, tmp_path / "part")
    runner.restart(part)
    assert differences(tmp_path / "run", part) == []


PROGRAM = """
import sys
from phasefield.run.runner import run
coarse = ("domain.cells=[29, 23]", "electrolyte.strength=340 MPa", "solver.profile=strict")
run("deck.toml", "run-" + sys.argv[1], overrides=coarse)
"""


@pytest.mark.timeout(400)
def test_ranks(tmp_path):
    """1, 2 and 3 ranks: load and pressure to 1e-6 of the largest."""
    (tmp_path / "deck.toml").write_text(text((1.0, 0.2), (14.0, 0.3)))
    (tmp_path / "program.py").write_text(PROGRAM)
    for ranks in (1, 2, 3):
        job = on_ranks(ranks, ["program.py", str(ranks)], cwd=tmp_path, timeout=120)
        assert job.returncode == 0, job.stdout
    one, *others = (open_run(tmp_path / f"run-{ranks}").history for ranks in (1, 2, 3))
    assert one[HOLDS][-1] == 0
    for other in others:
        for column in (LOAD, PRESSURE):
            assert other[column][-1] == pytest.approx(one[column][-1], rel=1e-6)


@pytest.mark.parametrize(
    ("key", "old", "new", "names"),
    [
        ("flaw.mouth", 'length = "10 um"', 'length = "10 um"\nmouth = "open"', ("closed",)),
        ("film.resistance", 'resistance = "5 ohm cm^2"\n', "", ("ionic_conductivity",)),
        ("film.adhesion", "[film]", '[film]\nadhesion = "1 J"', ()),
        ("film.lithium", "[film]", '[film]\nlithium = "hard"', ("confined", "soft")),
    ],
)
def test_refused(key, old, new, names):
    deck = text((1.0, 1.0))
    assert old in deck
    with refused(DeckError, key, *names):
        parse_deck(deck.replace(old, new, 1))


def test_what_check_expects():
    """The weaker of tearing and adhesion; the current that makes the pressure; the critical current with the film."""
    deck = parse_deck(text((1.0, 1.0)).replace("[film]", '[film]\nadhesion = "0.1 J/m^2"'))
    numbers = check.derived(deck)
    assert numbers["film_breaking_pressure"] == numbers["film_pulling_pressure"] < numbers["film_tearing_pressure"]
    assert numbers["film_lifting_pressure"] < numbers["film_pulling_pressure"]
    excess = numbers["film_breaking_pressure"] - 5e6
    assert numbers["film_breaking_current_density"] == pytest.approx(excess * WORTH / (R + R_FILM), rel=1e-6)
    growth = 1e6 / np.sqrt(np.pi * FLAW)
    expected = growth * WORTH / (R + R_FILM + 0.52 * FLAW / SIGMA)
    assert numbers["critical_current_density"] == pytest.approx(expected, rel=1e-3)
    pressed = parse_deck(text((1.0, 1.0)).replace("5 MPa", "200 MPa"))
    assert "mechanics.pressure" in {w.key for w in check.warnings(pressed)}

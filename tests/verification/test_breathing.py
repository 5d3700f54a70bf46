"""A contact that breathes: opening, damage, pressure, capacity, and the open-circuit potential under stress.

The bars are from before the first run.
"""

from itertools import pairwise

import numpy as np
import pytest

from phasefield import check
from phasefield.deck import parse_deck
from phasefield.errors import DeckError
from phasefield.io.rundir import open_run
from phasefield.run.runner import run
from phasefield.theory import breathing as laws
from phasefield.theory.elasticity import lame_constants
from tests.errors import refused
from tests.parallel.pool import on_ranks
from tests.verification import breathing_support as exact


def deck(*overrides, pressure=1.0, current=-0.05, time=6000):
    return parse_deck(exact.DECK.format(pressure=pressure, current=current, time=time), overrides=overrides)


def history(folder, *overrides, **values):
    return open_run(run(deck(*overrides, **values), folder / "run").path).history


def interface(stack):
    """The program's interface, in Pa."""
    return deck(pressure=stack / 1e6).mechanics.interface(exact.THICKNESS)


# -- laws --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.8])
def test_compliances(fraction):
    """Against the displacements of a sphere in a shell, whose three constants are solved for; to 1e-9."""
    found, lifting = laws.compliances(lame_constants(*exact.ELECTROLYTE), lame_constants(*exact.PARTICLE), fraction)
    shell = max(fraction, 1e-12)
    strain, stack, gap = -0.01, 3e7, 0.002
    pressure = exact.pressure_of_shells(strain, stack, gap, shell)
    assert pressure == pytest.approx((gap + strain + lifting * stack) / found, rel=1e-9)


@pytest.mark.parametrize("stack", [0.0, 1e6, 5e7])
def test_contact_while_the_particle_shrinks(stack):
    """Opening strain and contact, to 1e-9; none is left in the end."""
    found = interface(stack)
    assert found.opening_strain == pytest.approx(exact.opening(stack), rel=1e-9)
    for strain in (0.0, 0.99 * found.opening_strain, -0.004, -0.006, -0.009):
        touch = found.touch(strain)
        bonded = exact.contact_at(strain, stack)
        assert touch.contact == pytest.approx(exact.closed_again(bonded, strain, stack), rel=1e-9)
    assert found.touch(-0.03).contact == 0 and found.touch(-0.03).pressure == 0


def test_the_work_of_separation_is_the_adhesion():
    """∫ pull dδ from a bonded to an open contact, by the trapezoidal rule; to 1e-3."""
    touches = [interface(1e6).touch(strain) for strain in np.linspace(-0.001, -0.02, 4000)]
    gaps, pulls = (np.array([getattr(t, name) for t in touches]) for name in ("gap", "pressure"))
    work = -np.sum(0.5 * (pulls[1:] + pulls[:-1]) * np.diff(gaps)) * exact.RADIUS
    assert work == pytest.approx(exact.ADHESION, rel=1e-3)


def test_what_has_separated_stays_so():
    """Back and forth below the widest gap: the same contact; pressed together, the part of rough faces."""
    found = interface(5e7)
    widest = found.touch(-0.009).widest
    half = found.touch(-0.006, widest)
    assert half.contact == pytest.approx(found.touch(-0.009).contact)
    assert 0 < half.gap < widest and half.widest == widest
    assert found.touch(-0.009, half.widest).gap == pytest.approx(widest)
    pressed = found.touch(0.0, widest)
    bonded = exact.contact_at(-0.009, 5e7)
    assert pressed.contact == pytest.approx(exact.closed_again(bonded, 0.0, 5e7), rel=1e-9)
    assert pressed.contact > bonded + 0.01


def test_bonds_that_fail_at_once():
    """A strength of √(2Γ/CR) or more; the interface is then open, without force."""
    most = laws.largest_strength(exact.compliance()[0], exact.RADIUS, exact.ADHESION)
    for strength, stable in ((0.999 * most, True), (1.001 * most, False)):
        found = deck(f"mechanics.strength={strength} Pa").mechanics.interface(exact.THICKNESS)
        assert found.stable is stable
    touch = found.touch(1.001 * found.opening_strain)
    assert (touch.contact, touch.pressure) == (0.0, 0.0)
    assert touch.gap == pytest.approx(-1.001 * found.opening_strain - found.lift)


# -- runs --------------------------------------------------------------------------------------------


def test_without_breathing_nothing_changes(tmp_path):
    """No change of volume: the contact without mechanics, to 1e-10."""
    still = history(tmp_path / "still", "mechanics.volume_changes=[0, 0, 0, 0]", pressure=10.0)
    plain = history(tmp_path / "plain", "mechanics=")
    assert still.rows == plain.rows
    for head in ("Time [s]", "Cell voltage [V]", "Mean content [1]", "Spread of content [1]", "Hot spot [1]"):
        np.testing.assert_allclose(still[head], plain[head], rtol=1e-10, equal_nan=True)
    assert np.all(still["Contact [1]"] == 1)
    assert "Contact [1]" not in plain


@pytest.mark.parametrize("pressure", [1.0, 20.0])
def test_contact_of_a_run(tmp_path, pressure):
    """The strain at which the contact opens to 2 %, and the contact against the mean strain to 1e-3, slow charging."""
    found = history(tmp_path, "stop.highest_voltage=4.3 V", pressure=pressure, current=-0.02, time=12000)
    strain, contact = exact.strain_of(found["Mean content [1]"]), found["Contact [1]"]
    opened = strain[np.flatnonzero(contact < 1 - 1e-6)]
    closed = strain[np.flatnonzero(contact >= 1 - 1e-6)]
    assert closed.min() >= 1.02 * exact.opening(pressure * 1e6)
    assert opened.max() <= 0.98 * exact.opening(pressure * 1e6)
    law = [exact.contact_at(s, pressure * 1e6) for s in strain]
    assert min(law) < 0.7
    np.testing.assert_allclose(contact, law, atol=1e-3)
    np.testing.assert_allclose(found["Volume change [1]"], (1 + strain) ** 3 - 1, atol=1e-5)


@pytest.fixture(scope="module")
def cycled(tmp_path_factory):
    """Three cycles under two pressures [MPa]."""
    folder = tmp_path_factory.mktemp("cycled")
    found = {}
    for pressure in (1.0, 60.0):
        opened = open_run(run(deck(*exact.CYCLES, pressure=pressure), folder / f"{pressure}").path)
        found[pressure] = opened.history, opened.cycles
    return found


def test_ledger(cycled):
    """Lithium against charge, each step: 1e-6."""
    for found, _ in cycled.values():
        assert np.nanmax(np.abs(found["Charge closure [1]"])) < 1e-6


def test_pressure_keeps_contact_and_capacity(cycled):
    """More pressure, more contact in the end and more charge in each cycle; no bond is lost after the first charge."""
    ends = [found["Contact [1]"][-1] for found, _ in cycled.values()]
    charges = np.array([cycles["Charge out [C/m2]"] for _, cycles in cycled.values()])
    assert ends[0] < ends[1]
    assert np.all(np.diff(charges, axis=0) > 0)
    np.testing.assert_allclose(charges[:, 2], charges[:, 1], rtol=1e-5)
    for found, cycles in cycled.values():
        later = found["Time [s]"] > cycles["Time [s]"][0]
        assert np.min(found["Contact [1]"][later]) >= np.min(found["Contact [1]"]) - 1e-9


@pytest.mark.parametrize("pressure", [1.0, 60.0])
def test_capacity_of_a_given_contact(cycled, pressure):
    """Content where charging ends: open-circuit potential, overpotential of the contact, diffusion; within 0.005.

    In the first charge the contact is that of the content; in the third, that which the first has left.
    """
    found, cycles = cycled[pressure]
    bounds = np.concatenate([[0.0], cycles["Time [s]"]])
    ends = []
    for low, high in pairwise(bounds):
        inside = (found["Time [s]"] > low) & (found["Time [s]"] <= high)
        ends.append(found["Mean content [1]"][inside].min())
    left = found["Contact [1]"].min()
    for content, contact in ((ends[0], exact.contact_at(exact.strain_of(ends[0]), pressure * 1e6)), (ends[2], left)):
        current, surface = 0.5, 0.5 * exact.THICKNESS / (3 * exact.FARADAY * exact.DIFFUSIVITY * exact.SITES)
        potential = exact.STANDARD + exact.FALL * (0.5 - content + surface)
        assert potential + exact.overpotential(current, contact) == pytest.approx(4.3, abs=0.005 * exact.FALL)


def test_a_pressure_that_holds_the_contact(tmp_path):
    """Just above the one that the check names, all stays in contact; just below, not."""
    needed = check.derived(deck("stop.highest_voltage=4.1 V"))["holding_pressure"] / 1e6
    for factor, whole in ((1.01, True), (0.95, False)):
        found = history(
            tmp_path / str(factor), "stop.highest_voltage=4.1 V", pressure=factor * needed, current=-0.01, time=40000
        )
        assert bool(np.min(found["Contact [1]"]) == 1) is whole


def test_lost_contact_ends_the_run(tmp_path):
    opened = open_run(run(deck("stop.contact=0.3", current=-0.02, time=40000), tmp_path / "run").path)
    assert opened.status["reason"] == "contact lost"
    assert opened.history["Contact [1]"][-1] == pytest.approx(0.3, abs=2e-6)


def test_a_hold_opens_the_contact_further(tmp_path):
    """At a constant voltage more lithium leaves, and contact with it; a discharge through the rest ends at once."""
    steps = ["Delithiate at 0.05 mA/cm2 for 5 h or until 4.3 V", "Hold at 4.3 V for 5 h or until 5 uA/cm2",
             "Lithiate at 0.05 mA/cm2 for 5 h or until 3.4 V"]  # fmt: skip
    opened = open_run(run(deck(*exact.CYCLES, f"drive.steps={steps}", "drive.cycles=1"), tmp_path / "run").path)
    found = opened.history
    held = found["Cell voltage [V]"] > 4.3 - 1e-4
    law = [exact.contact_at(s, 1e6) for s in exact.strain_of(found["Mean content [1]"][held])]
    np.testing.assert_allclose(found["Contact [1]"][held], law, atol=1e-3)
    assert found["Contact [1]"][-1] < 0.5 * found["Contact [1]"][held][0]
    assert np.nanmax(np.abs(found["Charge closure [1]"])) < 1e-6
    assert found["Cell voltage [V]"][-1] <= 3.4


def test_patches_breathe_together(tmp_path):
    """Half of the plane in contact: half of the contact of the same strain; the hot spot counts touching cells."""
    overrides = ("domain.dimension=2", "domain.size=['0.8 um', '1.2 um']", "domain.cells=[8, 12]",
                 "contact.patches=[{position=['0 um'], radius='0.4 um'}]")  # fmt: skip
    found = history(tmp_path, *overrides, current=-0.02, time=8000)
    law = [0.5 * exact.contact_at(s, 1e6) for s in exact.strain_of(found["Mean content [1]"])]
    np.testing.assert_allclose(found["Contact [1]"], law, atol=1e-3)
    assert found["Contact [1]"][-1] < 0.45
    assert 1 <= found["Hot spot [1]"][-1] < 1.1


# -- Larché and Cahn ---------------------------------------------------------------------------------

REST = ("drive.steps=[{mode='rest'}]", "mechanics.volume_changes=[-0.054, -0.036, 0, 0.006]")


def test_pressure_lowers_the_open_circuit_potential(tmp_path):
    """By Ω p/F at rest: lithium that swells the oxide does work against the pressure; 1 %."""
    values = [history(tmp_path / str(p), *REST, pressure=p, time=10)["Cell voltage [V]"][-1] for p in (0.0, 100.0)]
    step = 1e-4  # Ω by differences of the volume, per mole of sites
    volume = (exact.strain_of(0.9 + step) - exact.strain_of(0.9 - step)) * 3 / (2 * step * exact.SITES)
    shift = -volume * exact.pressure_of_shells(0.0, 100e6) / exact.FARADAY
    assert shift < -1e-3
    assert values[1] - values[0] == pytest.approx(shift, rel=0.01)


def test_uneven_lithium_is_stressed(tmp_path):
    """A quasi-steady profile: its spread is smaller by the slope that stress adds to the potential; 1 %.

    The profile is parabolic, with the standard deviation g L/√45 for a flux D g.
    """
    spreads = []
    for changes in ([0, 0, 0, 0], [-0.18, -0.12, 0, 0.02]):
        override = f"mechanics.volume_changes={changes}"
        found = history(tmp_path / str(changes[0]), override, pressure=100.0, current=-0.05, time=800)
        spreads.append(found["Spread of content [1]"][-1])
    flux = 0.5 / (exact.FARADAY * exact.DIFFUSIVITY * exact.SITES) * exact.THICKNESS / np.sqrt(45)
    assert spreads[0] == pytest.approx(flux, rel=0.02)  # 8 cells
    assert spreads[0] / spreads[1] == pytest.approx(1 + exact.stiffening(0.2), rel=0.01)
    assert exact.stiffening(0.2) > 0.3


# -- decks -------------------------------------------------------------------------------------------


def test_numbers_of_the_check():
    """Down to the content whose open-circuit potential is 4.1 V, against the same formulas."""
    numbers = check.derived(deck("stop.highest_voltage=4.1 V"))
    emptiest = 0.5 - (4.1 - exact.STANDARD) / exact.FALL
    assert numbers["emptiest_content"] == pytest.approx(emptiest, abs=1.1e-3)
    compliance, lifting = exact.compliance()
    needed = (-exact.strain_of(emptiest) - compliance * exact.STRENGTH) / lifting
    assert numbers["holding_pressure"] == pytest.approx(needed, rel=0.01)
    assert exact.strain_of(numbers["opening_content"]) == pytest.approx(exact.opening(1e6), rel=0.01)
    assert numbers["reach"] == pytest.approx(2 * exact.ADHESION / exact.STRENGTH)
    assert numbers["particle_radius"] == pytest.approx(exact.RADIUS)
    assert check.derived(deck(pressure=500.0))["opening_content"] is None


def test_a_strength_that_is_too_high():
    far = check.errors(deck("mechanics.strength=60 MPa"))
    assert [problem.key for problem in far] == ["mechanics.strength"]
    assert not check.errors(deck("mechanics.strength=40 MPa"))


@pytest.mark.parametrize(
    ("key", "overrides"),
    [
        ("mechanics.pressure", ["mechanics.pressure=-1 MPa"]),
        ("mechanics.electrode.poisson_ratio", ["mechanics.electrode.poisson_ratio=0.5"]),
        ("mechanics.electrolyte.youngs_modulus", ["mechanics.electrolyte.youngs_modulus="]),
        ("mechanics.contents", ["mechanics.contents=[0.1, 0.3, 0.9, 1]"]),
        ("mechanics.contents", ["mechanics.contents=[0, 0.9, 0.3, 1]"]),
        ("mechanics.volume_changes", ["mechanics.volume_changes=[0, 0]"]),
        ("mechanics.adhesion", ["mechanics.adhesion=0 J/m^2"]),
        ("mechanics.volume_fraction", ["mechanics.volume_fraction=1"]),
        ("mechanics.toughness", ["mechanics.toughness=1 MPa"]),
        ("stop.contact", ["stop.contact=0"]),
    ],
)
def test_bad_decks_are_refused(key, overrides):
    with refused(DeckError, key):
        deck(*overrides)


RANKS = """
import sys
from phasefield.deck import parse_deck
from phasefield.run.runner import run
from tests.verification import breathing_support as exact

text = exact.DECK.format(pressure=20, current=-0.05, time=2500)
run(parse_deck(text, overrides=("solver.profile=strict",)), sys.argv[1])
"""


@pytest.mark.timeout(280)
def test_ranks(tmp_path):
    """1, 2 and 3 ranks: the same steps, contact, voltage and content to 1e-9."""
    (tmp_path / "program.py").write_text(RANKS)
    found = []
    for ranks in (1, 2, 3):
        done = on_ranks(ranks, [tmp_path / "program.py", f"run-{ranks}"], cwd=tmp_path)
        assert done.returncode == 0, done.stdout
        found.append(open_run(tmp_path / f"run-{ranks}").history)
    assert found[0]["Contact [1]"][-1] < 0.9
    for other in found[1:]:
        assert other.rows == found[0].rows
        for head in ("Contact [1]", "Cell voltage [V]", "Mean content [1]", "Gap [m]"):
            np.testing.assert_allclose(other[head], found[0][head], rtol=1e-9, atol=1e-20)

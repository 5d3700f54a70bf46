"""What a plating deck's flat front will do, from SI and the textbook's laws anew; rate laws by bisection."""

import os

os.environ.setdefault("FIPY_SOLVERS", "petsc")  # before FiPy is first imported

import math

import pytest

from phasefield.deck import parse_deck
from phasefield.physics.plating.planned import Planned
from tests.unit.test_plating_case_by_hand import DECK, F, R

THERMAL = R * 318.15 / F
VOLUME, WIDTH = 13e-6, 2e-6
FILM, GAP = 10e-9 / 1e-6, 15e-6 / 0.05
#: i₀ under the film, and V p of the pressure.
EXCHANGE, PRESSURE = 15.0, 50e6 * VOLUME / F


def planned(*overrides):
    return Planned(parse_deck(DECK, overrides=overrides))


def butler_volmer(η, exchange=EXCHANGE):
    return exchange * (math.exp(-0.8 * η / THERMAL) - math.exp(0.3 * η / THERMAL))


def bisected(function, low, high):
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2


def transfer(current, exchange=EXCHANGE):
    """−dη/di at a current."""
    η = bisected(lambda η: current - butler_volmer(η, exchange), -1.0, 1.0)
    slope = 0.8 * math.exp(-0.8 * η / THERMAL) + 0.3 * math.exp(0.3 * η / THERMAL)
    return THERMAL / exchange / slope


def at_voltage(voltage, series):
    """i of V + p = η − i R."""
    return butler_volmer(bisected(lambda η: η - butler_volmer(η) * series - voltage - PRESSURE, -1.0, 1.0))


def test_currents():
    """Given, none, and what a voltage drives through electrolyte and film at its start."""
    plan, driven = planned(), at_voltage(-0.05, GAP + FILM)
    assert plan.currents == pytest.approx((60.0, 0.0, driven))
    assert (plan.largest_current, plan.plating_current) == (60.0, 60.0) and 0 < driven < 60.0
    assert plan.film_resistance == pytest.approx(FILM)
    assert plan.charge_transfer_resistance == pytest.approx(transfer(60.0))
    assert plan.resistance == pytest.approx(transfer(60.0) + FILM)
    bare = planned("coating=")
    assert bare.film_resistance == 0.0 and bare.charge_transfer_resistance == pytest.approx(transfer(60.0, 30.0))
    strips = planned("drive.steps=[{mode='galvanostatic', current_density='-90 A/m^2', duration='1 s'}, {mode='rest'}]")
    assert (strips.largest_current, strips.plating_current) == (90.0, 0.0)
    assert strips.charge_transfer_resistance == pytest.approx(transfer(-90.0))
    linear = planned("kinetics.law=linear")
    assert linear.charge_transfer_resistance == pytest.approx(THERMAL / EXCHANGE / 1.1)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_hold_begins_with_the_current_of_the_step_that_it_ends(sign):
    """It takes less than its voltage drives at the start of the run; another voltage is a step of its own."""
    driven = at_voltage(-sign * 0.05, GAP + FILM)
    given = f"{{mode='galvanostatic', current_density='{driven / 2} A/m^2', until={{voltage='{-sign * 0.05} V'}}}}"
    hold = f"{{mode='potentiostatic', voltage='{-sign * 0.05} V', duration='1 s'}}"
    lower = f"{{mode='potentiostatic', voltage='{-sign * 0.08} V', duration='1 s'}}"
    assert planned(f"drive.steps=[{given}, {hold}]").currents == pytest.approx((driven / 2, driven / 2))
    assert planned(f"drive.steps=[{hold}, {given}]").currents == pytest.approx((driven, driven / 2))
    other = at_voltage(-sign * 0.08, GAP + FILM)
    assert planned(f"drive.steps=[{given}, {lower}]").currents == pytest.approx((driven / 2, other))
    twice = given.replace(str(driven / 2), str(2 * driven))
    assert planned(f"drive.steps=[{twice}, {hold}]").currents == pytest.approx((2 * driven, driven)), "never met"



def test_mobility():
    """The deck's; or half a width times the velocity at the film's holes; at least the real interface's γV²/(F²R)."""
    assert planned().mobility == 3e-14
    free, velocity = planned("interface.mobility="), 60.0 * VOLUME / F
    assert free.mobility == pytest.approx(0.5 * WIDTH * velocity * focused(4 / 12), rel=1e-9, abs=0)
    bare = planned("interface.mobility=", "coating=")
    assert bare.mobility == pytest.approx(0.5 * WIDTH * velocity, rel=1e-9, abs=0)
    slow = ("drive.steps=[{mode='galvanostatic', current_density='1e-6 A/m^2'}]",)
    physical = 0.6 * VOLUME**2 / (F**2 * (transfer(1e-6) + FILM))
    assert planned("interface.mobility=", *slow).mobility == pytest.approx(physical, rel=1e-6, abs=0)
    assert planned("interface.mobility=1e-30 m^2/s", *slow).mobility == pytest.approx(physical, rel=1e-6, abs=0)
    soft = planned("interface.mobility=1e-30 m^2/s", "interface.capillarity=effective", *slow)
    assert soft.mobility == soft.capillary_mobility == 1e-30
    assert planned(*slow).capillary_mobility == pytest.approx(physical, rel=1e-6, abs=0)


def test_heights():
    """By Faraday's law after each step of each cycle, until the planned charge has passed."""
    per_charge = VOLUME / F
    steps = ("drive.cycles=2", "drive.steps=[{mode='galvanostatic', current_density='60 A/m^2', duration='10 s'},"
             " {mode='rest', duration='5 s'},"
             " {mode='galvanostatic', current_density='-20 A/m^2', duration='20 s'}]", "stop.time=")  # fmt: skip
    charges = [0.0, 600.0, 600.0, 200.0, 800.0, 800.0, 400.0]
    found = planned(*steps, "stop.charge=").heights
    assert found == pytest.approx([5e-6 + q * per_charge for q in charges], rel=1e-9, abs=0)
    limited = planned(*steps, "stop.charge=700 C/m^2").heights
    charges = [0.0, 600.0, 600.0, 200.0, 700.0]
    assert limited == pytest.approx([5e-6 + q * per_charge for q in charges], rel=1e-9, abs=0)


def focused(area, factor=0.5, film=FILM):
    """1/(θ + (1 − θ) R_bare/R_film), the resistances those of small currents."""
    bare = THERMAL / 30.0 / 1.1
    return 1 / (area + (1 - area) * bare / (bare / factor + film))


IN_SPACE = ("domain.dimension=3", "domain.size=['12 um', '10 um', '20 um']", "domain.cells=[24, 20, 50]",
            "front.cosines=", "heterogeneity=")  # fmt: skip


def test_focusing():
    """Strips on a line, discs and cracks on a plane, holes at random; one without holes or film, or if all is hole."""
    assert planned().focusing == pytest.approx(focused(4 / 12))
    assert planned("coating=").focusing == planned("coating.defects=").focusing == 1.0
    wide = "coating.defects=[{position=['8 um'], width='11 um'}, {position=['2 um'], width='9 um'}]"
    assert planned(wide).focusing == 1.0
    assert planned(wide, "coating.exchange_current_factor=1.5", "coating.conductivity=1 S/m").focusing == 1.0
    random = "coating.random_defects={number=3, width='1 um', seed=1}"
    assert planned("coating.defects=", random).focusing == pytest.approx(focused(3 / 12))
    holes = "coating.defects=[{position=['8 um', '5 um'], width='4 um'}, {position=['2 um', '2 um'], width='1 um'}]"
    crack = "coating.cracks=[{start=['1 um', '1 um'], end=['4 um', '5 um'], width='0.5 um'}]"
    area = math.pi * (4 + 0.25 + 0.75) + 5 * 0.5
    assert planned(*IN_SPACE, holes, crack, random).focusing == pytest.approx(focused(area / 120))
    easier = planned("coating.exchange_current_factor=3", "coating.conductivity=1 S/m")
    assert focused(4 / 12, 3.0, 1e-8) < 1 and easier.focusing == 1.0
    flat = planned("domain.dimension=1", "domain.size=['20 um']", "domain.cells=[50]", "front.cosines=",
                   "heterogeneity=", "coating.defects=")  # fmt: skip
    assert flat.focusing == 1.0
